"""How terms get into the translation of a sentence: ways are tried in turn, and each has to prove itself.

The choice and order of the ways are those of bench/results/glossary.json.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from polygist.translate.changes import replaced
from polygist.translate.glossary.marks import NUMBERED, free
from polygist.translate.glossary.sentence import Answer, Sentence, Translate, Way
from polygist.translate.glossary.terms import Match
from polygist.translate.glossary.ways import by_letters, by_number, mixed, plain
from polygist.types import WarningType

# A sentence and its translation in, what is doubtful about them out.
Doubts = Callable[[str, str], Awaitable[frozenset[WarningType]]]

# What is tried after the plain translation, in order.
WAYS: tuple[Way, ...] = (by_number, by_letters, mixed)


@dataclass(frozen=True)
class Placing:
    """A translation, and the terms of the source that are in it and that are not.

    `doubts` were found with marks in place of the terms: one that keeps its foreign letters is no doubt.
    """

    text: str
    placed: tuple[Match, ...]
    unplaced: tuple[Match, ...]
    doubts: frozenset[WarningType] = frozenset()


async def place(
    text: str,
    matches: Iterable[Match],
    languages: tuple[str, str],
    translate: Translate,
    doubts: Doubts,
    ways: Sequence[Way] = WAYS,
) -> Placing:
    """The translation of the sentence `text` with as many of its terms as one of the ways brings in.

    `languages` are those of the source and the target. The first way that places every term and raises no doubt that
    the plain translation does not raise is taken, else the one that places most; the plain translation where none does.
    """
    sentence = Sentence(text, tuple(matches), *languages)
    first = await _judged(await plain(sentence, translate), sentence, doubts)
    best = first
    for way in ways:
        if not best.unplaced:
            break
        answer = await way(sentence, translate)
        made = await _judged(answer, sentence, doubts) if answer else first
        if made.doubts <= first.doubts and len(made.placed) > len(best.placed):
            best = made
    return best


async def _judged(answer: Answer, sentence: Sentence, doubts: Doubts) -> Placing:
    free_marks = free(sentence.text, len(sentence.matches), NUMBERED)
    marks = {i: mark for i, mark in enumerate(free_marks) if i in answer.found}
    told = replaced(answer.text, {answer.found[i]: mark for i, mark in marks.items()})
    return Placing(
        answer.text,
        tuple(m for i, m in enumerate(sentence.matches) if i in answer.found),
        tuple(m for i, m in enumerate(sentence.matches) if i not in answer.found),
        await doubts(sentence.written(marks), told),
    )
