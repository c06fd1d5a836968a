"""Headline and lead of a brief: those of the document that opens with what the others open with."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from polygist.summarize.brief.story import Story
from polygist.summarize.brief.types import Citation
from polygist.summarize.words import one_line

_ENOUGH = 0.4  # likeness from which on a source says the same
_ASIDE = 0.3  # what counts of something that another source says far from its opening
_DISPUTED = 0.85  # factor for an opening that states a figure which another source contradicts


@dataclass(frozen=True)
class Opening:
    """A headline or lead; `statements` are those that it is made of, by their numbers."""

    text: str
    citations: tuple[Citation, ...]
    disputed: bool
    statements: tuple[int, ...] = ()


def lead(story: Story, disputed: Collection[int], most: int) -> Opening:
    """Up to `most` sentences: the lead of the document whose lead most sources say something like, best in theirs.

    Empty where no document has a sentence.
    """
    found = {d: [i for i in numbers if _leads(story, i)][:most] for d, numbers in _candidates(story).items()}
    worth = {d: sum(_support(story, i) for i in n) * _factor(n, disputed) for d, n in found.items() if n}
    if not worth:
        return Opening("", (), False)
    best = found[max(worth, key=lambda d: (worth[d], -d))]
    statements = [story.statements[i] for i in best]
    return Opening(
        " ".join(s.text for s in statements),
        tuple(story.cited(s) for s in statements),
        not set(disputed).isdisjoint(best),
        tuple(best),
    )


def headline(story: Story, opening: Opening, disputed: Collection[int]) -> Opening:
    """The title of the document that the lead is from; where it has none, the first sentence of the lead.

    `disputed` are the documents whose title has a figure that another source contradicts.
    """
    if not opening.statements:
        return opening
    first = story.statements[opening.statements[0]]
    article = story.documents[first.document].article
    if article.title is None or article.title_span is None:
        return Opening(first.text, opening.citations[:1], opening.disputed)
    return Opening(one_line(article.title), (Citation(first.document, article.title_span),), first.document in disputed)


def _candidates(story: Story) -> dict[int, list[int]]:
    """The statements of each document that is no copy and no translation; of the others where there is none."""
    found: dict[int, list[int]] = defaultdict(list)
    for i, s in enumerate(story.statements):
        found[s.document].append(i)
    own = {d: n for d, n in found.items() if d in story.sources and not story.translated(d)}
    return own or dict(found)


def _leads(story: Story, i: int) -> bool:
    statement = story.statements[i]
    return statement.sentence.span in story.documents[statement.document].summary.lead_spans


def _support(story: Story, i: int) -> float:
    """How much other sources say of it, and how central it is to them: that of the nearest statement, added up."""
    best: dict[int, float] = defaultdict(float)
    for likeness, j in story.likeness.nearest[i]:
        other = story.statements[j]
        if other.source != story.statements[i].source:
            central = _ASIDE + (1 - _ASIDE) * other.weight
            best[other.source] = max(best[other.source], min(likeness, _ENOUGH) * central)
    return sum(best.values()) + 0.01


def _factor(numbers: Sequence[int], disputed: Collection[int]) -> float:
    return 1.0 if set(disputed).isdisjoint(numbers) else _DISPUTED
