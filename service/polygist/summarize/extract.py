"""An Article into a Summary made of its own sentences."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from polygist.summarize.dates import key_dates
from polygist.summarize.figures import figures
from polygist.summarize.fitness import fitness, inside_quotes
from polygist.summarize.lexicon import lexicon
from polygist.summarize.names import mentions
from polygist.summarize.quotes import quotes
from polygist.summarize.rank import PacSum, Ranker, Scores
from polygist.summarize.select import choose, repeated, unit
from polygist.summarize.vectors import Tfidf, Vectorizer, Vectors
from polygist.types import (
    Article,
    KeyPoint,
    Quote,
    SectionSummary,
    Sentence,
    Span,
    Summary,
    SummaryLength,
    SummaryOptions,
)

METHOD = "pacsum-tfidf"
REVISION = "3"
LANGUAGES = ("de", "en", "uk")

_LEAD = {SummaryLength.SHORT: 1, SummaryLength.MEDIUM: 2, SummaryLength.LONG: 2}
KEY_POINTS = {SummaryLength.SHORT: 3, SummaryLength.MEDIUM: 5, SummaryLength.LONG: 8}
_OPENING = 3  # sentences among which the lead begins, and a section at least
_SHARE = 0.4  # of what the lead leaves, at most, becomes key points unless the caller names a number
_STANDS = 0.5  # fitness of a sentence that can be read alone
_UNREADABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def summarize(
    article: Article,
    options: SummaryOptions,
    *,
    vectorizer: Vectorizer | None = None,
    ranker: Ranker | None = None,
) -> Summary:
    """The extractive summary of an article. Deterministic; an article without sentences gives empty fields.

    Every text is a sentence of the article on one line (white space folded, control characters dropped); the spans
    say where it stands. `vectorizer` and `ranker` are for comparisons; the defaults are those of METHOD.
    """
    names = mentions(article)
    said = quotes(article, names)
    counted = figures(article)
    sentences = article.sentences
    vectors = (vectorizer or Tfidf())([s.text for s in sentences], article.language) if sentences else np.zeros((0, 1))
    fit = _fitness(article, said)
    scores = unit((ranker or PacSum())(vectors, sentences)) * fit
    lead = _lead(scores, sentences, _LEAD[options.length])
    points = _points(scores, fit, vectors, sentences, lead, options)
    best = max((float(scores[i]) for i in points), default=1.0)
    headline = one_line(article.title or (sentences[lead[0]].text if lead else ""))
    key_points = tuple(
        KeyPoint(
            text=one_line(sentences[i].text),
            rank_score=float(scores[i]) / best,
            support_score=1.0,
            spans=(sentences[i].span,),
            section=one_line(article.sections[sentences[i].section].heading or ""),
        )
        for i in sorted(points)
    )
    lead_text = " ".join(one_line(sentences[i].text) for i in lead)
    return Summary(
        headline=headline,
        lead=lead_text,
        lead_spans=tuple(sentences[i].span for i in lead),
        key_points=key_points,
        sections=_section_lines(article, scores, fit >= _STANDS, ~repeated(vectors, sentences, [*lead, *points])),
        quotes=said,
        mentions=names,
        figures=counted,
        language=article.language,
        compression_ratio=_ratio(article.text, headline, lead_text, *(p.text for p in key_points)),
        key_dates=key_dates(article, counted),
    )


def one_line(text: str) -> str:
    """A text without line breaks, runs of spaces and characters that can't be seen: 'a\\n b\\x00' -> 'a b'."""
    return " ".join(_UNREADABLE.sub("", text).split())


def _fitness(article: Article, said: Sequence[Quote]) -> Scores:
    """The fitness of each sentence; 0 where it has no letter and no digit."""
    words = lexicon(article.language)
    quoted = inside_quotes(article.sentences, said)
    return np.array(
        [
            fitness(s, words, q) if any(c.isalnum() for c in s.text) else 0.0
            for s, q in zip(article.sentences, quoted, strict=True)
        ]
    )


def _lead(scores: Scores, sentences: Sequence[Sentence], count: int) -> list[int]:
    """One or two consecutive sentences that begin with the best of the opening, the earlier ones preferred."""
    opening = range(min(_OPENING, len(sentences)))
    if not opening:
        return []
    first = max(opening, key=lambda i: (scores[i] * (1.0 - 0.25 * i), -i))
    follows = first + 1 < len(sentences) and sentences[first + 1].section == sentences[first].section
    return [first, first + 1] if count > 1 and follows and len(sentences) > _OPENING else [first]


def _points(
    scores: Scores,
    fit: Scores,
    vectors: Vectors,
    sentences: Sequence[Sentence],
    lead: Sequence[int],
    options: SummaryOptions,
) -> list[int]:
    """The best of what the lead leaves. Sentences that do not stand alone only fill up a number that a caller names."""
    rest = [i for i in range(len(sentences)) if i not in lead]
    count = options.key_points or min(KEY_POINTS[options.length], round(len(rest) * _SHARE + 0.2))
    top = max((scores[i] for i in rest), default=0.0)
    relative = np.minimum(scores / top, 1.0) if top > 0 else scores
    chosen = choose(np.where(fit >= _STANDS, relative, 0.0), vectors, sentences, count, taken=lead)
    if options.key_points and len(chosen) < count:
        chosen += choose(relative, vectors, sentences, count - len(chosen), taken=[*lead, *chosen])
    return chosen


def _section_lines(
    article: Article, scores: Scores, stands: NDArray[np.bool_], fresh: NDArray[np.bool_]
) -> tuple[SectionSummary, ...]:
    """For each heading with sentences under it, the best that is fresh, stands alone and opens the section.

    Fresh is what neither lead nor key points have said; what opens the section is its first half or first three: later
    ones often leave the matter of the heading. Where there is none, the best that stands alone, be it a repetition.
    """
    lines = []
    for section in article.sections:
        opening = section.sentences[: max(_OPENING, len(section.sentences) // 2)]
        new = [s for s in opening if fresh[s.position] and stands[s.position]]
        best = max(
            new or section.sentences,
            key=lambda s: (stands[s.position], scores[s.position], -s.position),
            default=None,
        )
        if section.heading is not None and best is not None and scores[best.position] > 0:
            lines.append(SectionSummary(one_line(section.heading), one_line(best.text), (Span(*best.span),)))
    return tuple(lines)


def _ratio(text: str, *parts: str) -> float:
    return sum(map(len, parts)) / len(text) if text else 0.0
