"""Translates a document with markup: its runs as texts of their own, all at once, and their marks into the results."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from polygist.concurrency import gather
from polygist.translate.changes import Changes
from polygist.translate.markup.projection import project
from polygist.translate.markup.runs import Document, Placed, Run, render
from polygist.types import Estimate, Span, TranslatedText, Usage, Warning

# Translates a text, or a phrase of one.
TextTranslator = Callable[[str], Awaitable[TranslatedText]]
# What is to change in a translation, by the text and its translation.
Reviser = Callable[[str, TranslatedText], Awaitable[Changes]]


async def no_changes(text: str, made: TranslatedText) -> Changes:
    """Leaves a translation as it is."""
    return {}


@dataclass(frozen=True)
class TranslatedMarkup:
    """A document in the target language; all spans refer to the source.

    `uncertain` are the blocks in whose translation the place of a tag is a guess.
    """

    text: str
    warnings: tuple[Warning, ...]
    usage: Usage
    uncertain: tuple[Span, ...]
    estimate: Estimate


@dataclass(frozen=True)
class _Result:
    placed: Placed
    warnings: tuple[Warning, ...]
    usage: Usage
    estimate: Estimate
    uncertain: tuple[Span, ...] = ()


async def translate(
    document: Document,
    text_translator: TextTranslator,
    window: asyncio.Semaphore | None = None,
    revise: Reviser = no_changes,
) -> TranslatedMarkup:
    """The document in the target language; translations are changed by `revise` once their marks have places.

    `window` bounds the runs under way; it must not be one that `text_translator` waits for, too. Raises what
    `text_translator` raises.
    """
    results = await gather((_run(run, text_translator, revise) for run in document.runs), window)
    return TranslatedMarkup(
        render(document, [r.placed for r in results]),
        tuple(w for r in results for w in r.warnings),
        sum((r.usage for r in results), Usage()),
        tuple(span for r in results for span in r.uncertain),
        sum((r.estimate for r in results), Estimate()),
    )


async def _run(run: Run, text_translator: TextTranslator, revise: Reviser) -> _Result:
    done = await text_translator(run.text)
    warnings = tuple(replace(w, span=run.source_span(w.span) if w.span else run.span) for w in done.warnings)
    changes = await revise(run.text, done)
    if done.text == run.text:
        return _Result(Placed(run.text, run.marks).changed(changes), warnings, done.usage, done.estimate)
    usage = done.usage

    async def phrase(text: str) -> str:
        nonlocal usage
        alone = await text_translator(text)
        usage += alone.usage
        return alone.text

    marks, uncertain = await project(run, done.text, [(p.source, p.target) for p in done.pairs], phrase)
    placed = Placed(done.text, marks).changed(changes)
    return _Result(placed, warnings, usage, done.estimate, (run.span,) if uncertain else ())
