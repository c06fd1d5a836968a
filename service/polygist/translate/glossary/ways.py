"""The ways to get terms into a translation; bench/glossary.py measures them."""

from collections import defaultdict
from collections.abc import Sequence

from polygist.translate.changes import replaced
from polygist.translate.glossary.forms import places
from polygist.translate.glossary.marks import LETTERED, NUMBERED, Style, free
from polygist.translate.glossary.sentence import Answer, Sentence, Translate, Way, settled
from polygist.translate.glossary.terms import outside
from polygist.translate.verbatim import kept
from polygist.types import Span


async def plain(sentence: Sentence, translate: Translate) -> Answer:
    """Translate, and see whether the terms are there."""
    return read(await translate(sentence.text), sentence)


async def mixed(sentence: Sentence, translate: Translate) -> Answer:
    """Write the target terms into the sentence, and see whether they come through."""
    return read(await translate(sentence.written({i: m.target for i, m in enumerate(sentence.matches)})), sentence)


def marked(styles: Sequence[Style]) -> Way:
    """Write marks into the sentence in place of its terms, and the target terms in place of the marks afterwards."""

    async def way(sentence: Sentence, translate: Translate) -> Answer | None:
        marks = free(sentence.text, len(sentence.matches), styles)
        if not marks:
            return None
        text = await translate(sentence.written(dict(enumerate(marks))))
        spans = {i: places(mark, text, sentence.target, inflected=False) for i, mark in enumerate(marks)}
        found = {i: at[0] for i, at in spans.items() if at}
        # Part of a word, a mark that was written twice: nothing that a reader should see.
        rest = replaced(text, dict.fromkeys(found.values(), " ")).casefold()
        return None if any(mark.casefold() in rest for mark in marks) else settled(text, found, sentence)

    return way


def read(text: str, sentence: Sentence) -> Answer:
    """A translation and the terms that stand in it as often as in the source, as they are written or inflected."""
    members: dict[str, list[int]] = defaultdict(list)
    for i, match in enumerate(sentence.matches):
        members[match.target.casefold()].append(i)
    found: dict[int, Span] = {}
    addresses = kept(text)
    for wanted in sorted(members, key=len, reverse=True):  # a term may stand inside a longer one
        indexes = members[wanted]
        inflected = all(sentence.matches[i].term.target for i in indexes)
        spans = places(wanted, text, sentence.target, inflected=inflected)
        free = outside(spans, addresses)
        spans = _apart([span for span in spans if span in free], list(found.values()))
        if len(spans) == len(indexes):
            found |= dict(zip(indexes, spans, strict=True))
    forms = {i for i, s in found.items() if text[s.start : s.end].casefold() != sentence.matches[i].target.casefold()}
    return settled(text, found, sentence, left=forms)


def _apart(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    return [s for s in spans if all(s.end <= t.start or t.end <= s.start for t in taken)]


by_number = marked(NUMBERED)
by_letters = marked(LETTERED)
