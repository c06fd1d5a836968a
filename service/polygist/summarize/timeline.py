"""The days, months and years of an article: those it names, and those it names by their distance from its own day."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from polygist.summarize.dates import key_dates
from polygist.summarize.figures import figures_in
from polygist.summarize.relative import relative_dates
from polygist.types import Article, BlockKind, Figure, KeyDate, Quote, Sentence, Span

_DATED = (BlockKind.DATELINE, BlockKind.TIMESTAMP)
_FULL, _NO_YEAR = len("2025-03-06"), len("--03-06")


def timeline(article: Article, found: Sequence[Figure], said: Sequence[Quote]) -> tuple[KeyDate, ...]:
    """Each once, in the order of the text, with their sentences.

    'Yesterday' and its like count where the day of the article is known, outside of what somebody is quoted with, and
    in sentences that name no other day, from which they might count.
    """
    named = key_dates(article, found)
    own = day_of(article)
    if not own:
        return named
    made = {d.date: d for d in named}
    starts = [f.span.start for f in found if len(f.date) >= _NO_YEAR]
    quoted = _Spans([q.span for q in said])
    for sentence in article.sentences:
        if bisect_left(starts, sentence.span.start) == bisect_left(starts, sentence.span.end):
            for span, date in _told(article, sentence, own):
                if not quoted.hold(span) and not any(known.startswith(date) for known in made):
                    text = article.text[slice(*span)]
                    made[date] = KeyDate(date, " ".join(text.split()), span, sentence.span, relative=True)
    return tuple(sorted(made.values(), key=lambda d: d.span))


def _told(article: Article, sentence: Sentence, own: str) -> Iterator[tuple[Span, str]]:
    return relative_dates(article.text, sentence.span, article.language, own)


def day_of(article: Article) -> str:
    """The day of an article in ISO 8601, '--03-06' without its year; "" where it names none or several.

    It is that of the page, else that in datelines and times of publication.
    """
    if len(article.date) >= _FULL:
        return article.date[:_FULL]
    dated = (f.date for b in article.blocks if b.kind in _DATED for f in figures_in(article, b.span))
    days = {d for d in dated if len(d) in (_FULL, _NO_YEAR)}
    full = {d for d in days if len(d) == _FULL}
    rest = days - full - {"-" + d[4:] for d in full}
    return (full or rest).pop() if len(full) + len(rest) == 1 else ""


class _Spans:
    """Spans that do not overlap."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = sorted(spans)

    def hold(self, span: Span) -> bool:
        """Whether one of them has all of it."""
        at = bisect_right(self._spans, span.start, key=lambda s: s.start) - 1
        return at >= 0 and span.end <= self._spans[at].end
