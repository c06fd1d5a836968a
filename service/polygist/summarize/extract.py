"""An Article into a Summary made of its own sentences."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from polygist.summarize.compress import shorten
from polygist.summarize.figures import figures
from polygist.summarize.fitness import fitness, inside_quotes
from polygist.summarize.focus import matches
from polygist.summarize.lexicon import lexicon
from polygist.summarize.names import mentions
from polygist.summarize.quotes import quotes
from polygist.summarize.rank import PacSum, Ranker, Scores
from polygist.summarize.select import choose, repeated, unit
from polygist.summarize.timeline import timeline
from polygist.summarize.vectors import Meaning, Meanings, Tfidf, Vectorizer, Vectors
from polygist.summarize.words import one_line
from polygist.types import (
    Article,
    BlockKind,
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
REVISION = "6"
LANGUAGES = ("de", "en", "uk")

_LEAD = {SummaryLength.SHORT: 1, SummaryLength.MEDIUM: 2, SummaryLength.LONG: 2}
KEY_POINTS = {SummaryLength.SHORT: 3, SummaryLength.MEDIUM: 5, SummaryLength.LONG: 8}
_OPENING = 3  # sentences among which the lead begins, and a section at least
_SHARE = 0.4  # of what the lead leaves, at most, becomes key points unless the caller names a number
_STANDS = 0.5  # fitness of a sentence that can be read alone
_FOCUS = 0.7  # weight of the match with a focus, over rank


def summarize(
    article: Article,
    options: SummaryOptions,
    *,
    meaning: Meaning | None = None,
    vectorizer: Vectorizer | None = None,
    ranker: Ranker | None = None,
) -> Summary:
    """The extractive summary of an article. Deterministic; an article without sentences gives empty fields.

    Every text is a sentence of the article on one line (white space folded, control characters dropped), a key point
    perhaps without words that it can do without; the spans say where it stands. With a `meaning` sentences repeat each
    other, and match the focus, by what a model makes of them, too. `vectorizer` and `ranker` are for comparisons; the
    defaults are those of METHOD.
    """
    names = mentions(article)
    said = quotes(article, names)
    counted = figures(article)
    sentences = article.sentences
    vectors = (vectorizer or Tfidf())([s.text for s in sentences], article.language) if sentences else np.zeros((0, 1))
    lines = [one_line(s.text) for s in sentences]
    short = [shorten(line, article.language) for line in lines]
    fit = _fitness(article, sentences, said)
    short_fit = _fitness_of_shorter(article, said, lines, short, fit)
    rank = unit((ranker or PacSum())(vectors, sentences))
    scores = rank * fit
    lead = _lead(scores, sentences, _LEAD[options.length])
    match = _matches(options.focus, sentences, article.language, meaning)
    alike = vectors if meaning is None else meaning.sentences
    found = bool(match.any())
    worth = ((1 - _FOCUS) * rank + _FOCUS * match if found else rank) * short_fit
    points = _points(worth, (short_fit >= _STANDS) | (match > 0), alike, sentences, lead, options, spread=not found)
    best = max((float(worth[i]) for i in points), default=1.0)
    headline = one_line(article.title or (lines[lead[0]] if lead else ""))
    key_points = tuple(
        _key_point(article, sentences[i], short[i], float(worth[i]) / best, float(match[i]) if options.focus else None)
        for i in sorted(points)
    )
    lead_text = " ".join(lines[i] for i in lead)
    return Summary(
        headline=headline,
        lead=lead_text,
        lead_spans=tuple(sentences[i].span for i in lead),
        key_points=key_points,
        sections=_section_lines(article, scores, fit >= _STANDS, ~repeated(alike, sentences, [*lead, *points])),
        quotes=said,
        mentions=names,
        figures=counted,
        language=article.language,
        compression_ratio=_ratio(article.text, headline, lead_text, *(p.text for p in key_points)),
        key_dates=timeline(article, counted, said),
        focus_found=found or not options.focus,
    )


def _matches(focus: str, sentences: Sequence[Sentence], language: str, meaning: Meaning | None) -> Scores:
    """How well each sentence matches the focus: by its words and, where it is known, its meaning, of which either is
    enough: 1 - (1 - words)(1 - meaning)."""
    if not focus:
        return np.zeros(len(sentences))
    words = matches(focus, sentences, language)
    return words if meaning is None or meaning.focus is None else 1.0 - (1.0 - words) * (1.0 - meaning.focus)


def _fitness(article: Article, sentences: Sequence[Sentence], said: Sequence[Quote]) -> Scores:
    """The fitness of each sentence; 0 where it has no letter and no digit."""
    words = lexicon(article.language)
    quoted = inside_quotes(sentences, said)
    return np.array(
        [
            fitness(s, words, q) if any(c.isalnum() for c in s.text) else 0.0
            for s, q in zip(sentences, quoted, strict=True)
        ]
    )


def _fitness_of_shorter(
    article: Article, said: Sequence[Quote], lines: Sequence[str], short: Sequence[str], fit: Scores
) -> Scores:
    """The fitness of the shortened sentences; `fit` is that of the whole ones."""
    found, changed = fit.copy(), [i for i, line in enumerate(lines) if short[i] != line]
    sentences = article.sentences
    found[changed] = _fitness(article, [replace(sentences[i], text=short[i]) for i in changed], said)
    return found


def _key_point(article: Article, sentence: Sentence, text: str, rank: float, focus: float | None) -> KeyPoint:
    """A sentence with the text that is left of it."""
    return KeyPoint(
        text=text,
        rank_score=rank,
        support_score=1.0,
        spans=(sentence.span,),
        section=one_line(article.sections[sentence.section].heading or ""),
        focus_score=focus,
        shortened=text != one_line(sentence.text),
    )


def _lead(scores: Scores, sentences: Sequence[Sentence], count: int) -> list[int]:
    """One or two consecutive sentences that begin with the best of the opening, the earlier ones preferred.

    None of a block quote, unless there is nothing else.
    """
    prose = [i for i, s in enumerate(sentences) if not s.quoted] or list(range(len(sentences)))
    opening = prose[:_OPENING]
    if not opening:
        return []
    first = max(opening, key=lambda i: (scores[i] * (1.0 - 0.25 * opening.index(i)), -i))
    follows = first + 1 in prose[: _OPENING + 1] and sentences[first + 1].section == sentences[first].section
    return [first, first + 1] if count > 1 and follows and len(sentences) > _OPENING else [first]


def _points(
    scores: Scores,
    stands: NDArray[np.bool_],
    vectors: Vectors | Meanings,
    sentences: Sequence[Sentence],
    lead: Sequence[int],
    options: SummaryOptions,
    *,
    spread: bool,
) -> list[int]:
    """The best of what the lead leaves. Sentences that do not stand alone only fill up a number that a caller names."""
    rest = [i for i in range(len(sentences)) if i not in lead]
    count = options.key_points or min(KEY_POINTS[options.length], round(len(rest) * _SHARE + 0.2))
    top = max((scores[i] for i in rest), default=0.0)
    relative = np.minimum(scores / top, 1.0) if top > 0 else scores
    chosen = choose(np.where(stands, relative, 0.0), vectors, sentences, count, taken=lead, spread=spread)
    if options.key_points and len(chosen) < count:
        more = count - len(chosen)
        chosen += choose(relative, vectors, sentences, more, taken=[*lead, *chosen], spread=spread)
    return chosen


def _section_lines(
    article: Article, scores: Scores, stands: NDArray[np.bool_], fresh: NDArray[np.bool_]
) -> tuple[SectionSummary, ...]:
    """For each heading with sentences under it, the best that is fresh, stands alone and opens the section.

    Fresh is what neither lead nor key points have said; what opens the section is its first half or first three: later
    ones often leave the matter of the heading. Where there is none, the best that stands alone, be it a repetition.
    """
    lines = []
    times = [b.span.start for b in article.blocks if b.kind is BlockKind.TIMESTAMP]
    for section in article.sections:
        sentences = _until_next(times, section.sentences)
        opening = sentences[: max(_OPENING, len(sentences) // 2)]
        new = [s for s in opening if fresh[s.position] and stands[s.position]]
        best = max(
            new or sentences,
            key=lambda s: (stands[s.position], scores[s.position], -s.position),
            default=None,
        )
        if section.heading is not None and best is not None and scores[best.position] > 0:
            lines.append(SectionSummary(one_line(section.heading), one_line(best.text), (Span(*best.span),)))
    return tuple(lines)


def _until_next(times: Sequence[int], sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """The sentences of the first entry, where times part those of a section: later ones are about something else."""
    at = bisect_right(times, sentences[0].span.start) if sentences else len(times)
    return [s for s in sentences if at == len(times) or s.span.start < times[at]]


def _ratio(text: str, *parts: str) -> float:
    return sum(map(len, parts)) / len(text) if text else 0.0
