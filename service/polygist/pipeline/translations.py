"""A digest in another language: the summary's texts and the article through a translator, and put together again."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from polygist.concurrency import gather
from polygist.pipeline import fields
from polygist.pipeline.requests import Translation
from polygist.types import Estimate, Route, Summary, TranslatedText, Usage, Warning

Translate = Callable[[str], Coroutine[Any, Any, TranslatedText]]


@dataclass(frozen=True)
class Made:
    """A translation with the doubts about it, their paths complete, and its cost."""

    translation: Translation
    warnings: tuple[Warning, ...]
    usage: Usage


async def translate_digest(
    translate: Translate,
    code: str,
    where: str,
    route: Route,
    summary: Summary | None,
    article: str | None,
    *,
    sentence_pairs: bool,
) -> Made:
    """Translate what is given of a summary and an article text.

    `code` is the target language as the caller wrote it, `where` the path of this translation in the response,
    `route` how `translate` gets there. A text that the summary holds more than once is translated once.
    """
    wanted = list(fields.texts(summary)) if summary else []
    unique = list(dict.fromkeys(text for _, text in wanted))
    whole = [] if article is None else [article]
    results = await gather(translate(text) for text in unique + whole)
    by_text = dict(zip(unique, results, strict=False))
    # The span of such a warning refers to a text of the summary, which is not the caller's own.
    warnings = [
        replace(w, where=f"{where}.summary.{path}", span=None) for path, text in wanted for w in by_text[text].warnings
    ]
    body = results[-1] if whole else TranslatedText("")
    warnings += [replace(w, where=f"{where}.article_text") for w in body.warnings]
    texts = {text: result.text for text, result in by_text.items()}
    new = fields.translated(summary, code, texts) if summary else None
    pairs = body.pairs if sentence_pairs else ()
    estimate = sum((r.estimate for r in results), Estimate())
    usage = sum((r.usage for r in results), Usage())
    return Made(Translation(code, new, body.text, estimate, route, pairs), tuple(warnings), usage)
