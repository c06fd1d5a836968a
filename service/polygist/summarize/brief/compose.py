"""Several documents into a brief."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence

from polygist.concurrency import Stop
from polygist.summarize.brief.contradictions import Disputes
from polygist.summarize.brief.facts import Fact, unit_of
from polygist.summarize.brief.names import Names
from polygist.summarize.brief.openings import headline, lead
from polygist.summarize.brief.points import Points
from polygist.summarize.brief.story import Story
from polygist.summarize.brief.types import Brief, Document, SharedFigure
from polygist.summarize.brief.words import words
from polygist.summarize.extract import KEY_POINTS
from polygist.types import Figure, FigureKind, SummaryLength, SummaryOptions

METHOD = "brief-tfidf"
REVISION = "1"

_LEAD = {SummaryLength.SHORT: 1, SummaryLength.MEDIUM: 2, SummaryLength.LONG: 2}
_UNIQUE = {SummaryLength.SHORT: 1, SummaryLength.MEDIUM: 3, SummaryLength.LONG: 5}
# What tells one figure from another: kind, unit, value, end of a range, date.
Key = tuple[FigureKind, str, float | None, float | None, str]


def brief(documents: Sequence[Document], language: str, options: SummaryOptions, stop: Stop | None = None) -> Brief:
    """One digest of documents in one language. Deterministic; takes some ten seconds for a million code points.

    Raises CancelledError at the next step after `stop` is set.
    """
    stop = stop or Stop()
    story = Story(documents, language, stop)
    names = Names(story)
    disputes = Disputes(story, names)
    claims = [frozenset(f.statement for f in claim) for d in disputes.all for claim in d.claims]
    disputed = frozenset(i for claim in claims for i in claim)
    points = Points(story, _fit(story, names, disputes), claims)
    values = {_key(f.figure, language) for d in disputes.all for claim in d.claims for f in claim}
    opening = lead(story, disputed, _LEAD[options.length])
    title = headline(story, opening, _titles_with(story, values))
    return Brief(
        language=language,
        headline=title.text,
        headline_citation=next(iter(title.citations), None),
        headline_disputed=title.disputed,
        lead=opening.text,
        lead_citations=opening.citations,
        lead_disputed=opening.disputed,
        key_points=points.key(options.key_points or KEY_POINTS[options.length], opening.statements),
        agreements=points.agreements(),
        contradictions=disputes.contradictions(),
        unique_points=points.unique(_UNIQUE[options.length]),
        names=names.all(),
        figures=_figures(story, values),
        copy_of=story.copy_of,
    )


def _fit(story: Story, names: Names, disputes: Disputes) -> Callable[[int, int], bool]:
    """Whether two statements can say the same: neither denies what the other says, and figures and names are shared."""
    named = [names.of(s.document, s.names) for s in story.statements]
    by_statement: dict[int, list[Fact]] = defaultdict(list)
    for fact in disputes.facts:
        by_statement[fact.statement].append(fact)

    def fit(i: int, j: int) -> bool:
        story.stop.check()
        if story.statements[i].lists or story.statements[j].lists:
            return story.statements[i].text == story.statements[j].text
        if story.statements[i].denies != story.statements[j].denies:
            return False
        if named[i] and named[j] and named[i].isdisjoint(named[j]):
            return False
        return _figures_agree(by_statement[i], by_statement[j])

    return fit


def _figures_agree(a: Iterable[Fact], b: Iterable[Fact]) -> bool:
    """Whether every kind of figure that both have has one that both have."""
    for kind in FigureKind:
        one, two = ([f for f in side if f.figure.kind is kind] for side in (a, b))
        if one and two and not any(f.agrees(g) for f in one for g in two):
            return False
    return True


def _titles_with(story: Story, values: Collection[Key]) -> frozenset[int]:
    """The documents whose title has one of these figures."""
    found = set()
    for d, document in enumerate(story.documents):
        span = document.article.title_span
        inside = [f for f in document.summary.figures if span and span.start <= f.span.start and f.span.end <= span.end]
        if any(_key(f, story.language) in values for f in inside):
            found.add(d)
    return frozenset(found)


def _key(figure: Figure, language: str) -> Key:
    return figure.kind, unit_of(figure, words(language)), figure.value, figure.high, figure.date


def _figures(story: Story, disputed: Collection[Key]) -> tuple[SharedFigure, ...]:
    """The figures of all documents, the same ones joined, those of most sources first."""
    groups: dict[Key, list[tuple[int, Figure]]] = defaultdict(list)
    for d, document in enumerate(story.documents):
        for figure in document.summary.figures:
            if figure.value is not None or figure.date:
                groups[_key(figure, story.language)].append((d, figure))
    made = [
        SharedFigure(
            figure=group[0][1],
            citations=tuple(sorted({story.cite(d, f.span) for d, f in group})),
            sources=len({story.source(d) for d, _ in group}),
            disputed=key in disputed,
            translated=story.translated(group[0][0]),
        )
        for key, group in groups.items()
    ]
    return tuple(sorted(made, key=lambda f: (-f.sources, f.citations[0])))
