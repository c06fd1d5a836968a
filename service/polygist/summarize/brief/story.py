"""Several documents on one story, taken apart into statements."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TypeVar

from polygist.concurrency import Stop
from polygist.summarize.brief.copies import copies
from polygist.summarize.brief.likeness import Likeness
from polygist.summarize.brief.types import Citation, Document
from polygist.summarize.brief.words import words
from polygist.summarize.fitness import fitness, inside_quotes
from polygist.summarize.lexicon import lexicon
from polygist.summarize.vectors import Tfidf, Vectors
from polygist.summarize.words import WORD, folded, one_line
from polygist.types import Figure, Sentence, Span

T = TypeVar("T")

_STANDS = 0.5  # fitness of a sentence that can be read alone
_MOST_FIGURES = 20
_ELSEWHERE = 0.2  # weight of a sentence that is in no summary


@dataclass(frozen=True)
class Statement:
    """A sentence of a document. `source` is the document, or the one that it is a copy of.

    `weight` (0 to 1) is how central it is to its document, `alone` whether it can be read alone, `denies` whether it
    says that something is not so. `mentions` are its names: where, and which of those of the document.
    """

    document: int
    source: int
    sentence: Sentence
    weight: float
    alone: bool
    denies: bool
    figures: tuple[Figure, ...]
    mentions: tuple[tuple[Span, int], ...]

    @property
    def names(self) -> frozenset[int]:
        """Its names, by their places among those of the document."""
        return frozenset(i for _, i in self.mentions)

    @property
    def lists(self) -> bool:
        """Whether it holds more figures than can be told what each is said of: a table, a list of results."""
        return len(self.figures) > _MOST_FIGURES

    @property
    def text(self) -> str:
        """On one line."""
        return one_line(self.sentence.text)


class Story:
    """The documents, which of them are copies, and all their statements in order, each once that a document repeats.

    What takes long checks `stop` between its steps, see `Stop.check`.
    """

    def __init__(self, documents: Sequence[Document], language: str, stop: Stop) -> None:
        self.documents, self.language, self.stop = tuple(documents), language, stop
        self.copy_of = copies([d.article for d in documents])
        self.statements = tuple(chain.from_iterable(self._statements(i) for i in range(len(documents))))

    @cached_property
    def vectors(self) -> Vectors:
        """A unit row for each statement."""
        self.stop.check()
        from scipy.sparse import csr_matrix  # takes a while to import

        if not self.statements:
            return csr_matrix((0, 1))
        return Tfidf()([s.sentence.text for s in self.statements], self.language)

    @cached_property
    def likeness(self) -> Likeness:
        """How alike the statements are."""
        return Likeness(self.vectors, [s.document for s in self.statements], self.stop)

    def source(self, document: int) -> int:
        """The document, or the one that it is a copy of."""
        original = self.copy_of[document]
        return document if original is None else original

    @property
    def sources(self) -> tuple[int, ...]:
        """The documents that are no copies."""
        return tuple(i for i, original in enumerate(self.copy_of) if original is None)

    def translated(self, document: int) -> bool:
        """Whether the caller's text is in another language."""
        return self.documents[document].origins is not None

    def cite(self, document: int, span: Span) -> Citation:
        """A place in the caller's text; of a translation, the sentence that the place comes from."""
        found = self.documents[document]
        if found.origins is None:
            return Citation(document, Span(*span))
        starts = [s.span.start for s in found.article.sentences]
        return Citation(document, found.origins[bisect_right(starts, span.start) - 1])

    def cited(self, statement: Statement) -> Citation:
        """Where a statement stands."""
        return self.cite(statement.document, statement.sentence.span)

    def _statements(self, index: int) -> list[Statement]:
        self.stop.check()
        article, summary = self.documents[index].article, self.documents[index].summary
        sentences, known, own = article.sentences, lexicon(self.language), words(self.language)
        weights = {span: point.rank_score for point in summary.key_points for span in point.spans}
        weights |= dict.fromkeys(summary.lead_spans, 1.0)
        figures = _by_sentence(sentences, [(f.span, f) for f in summary.figures])
        names = _by_sentence(sentences, [(s, (s, i)) for i, m in enumerate(summary.mentions) for s in m.spans])
        quoted = inside_quotes(sentences, summary.quotes)
        once = {" ".join(s.text.casefold().split()): s.position for s in reversed(sentences)}
        return [
            Statement(
                index,
                self.source(index),
                s := sentences[i],
                weights.get(s.span, _ELSEWHERE / (1 + 0.1 * i)),
                any(c.isalpha() for c in s.text) and fitness(s, known, quoted[i]) >= _STANDS,
                not own.negations.isdisjoint(folded(w) for w in WORD.findall(s.text)),
                tuple(figures[i]),
                tuple(names[i]),
            )
            for i in sorted(once.values())
        ]


def _by_sentence(sentences: Sequence[Sentence], found: Sequence[tuple[Span, T]]) -> list[list[T]]:
    """What stands in each sentence, in order; what stands in none is left out."""
    starts = [s.span.start for s in sentences]
    sorted_: list[list[T]] = [[] for _ in sentences]
    for span, thing in sorted(found, key=lambda pair: pair[0]):
        i = bisect_right(starts, span.start) - 1
        if i >= 0 and span.end <= sentences[i].span.end:
            sorted_[i].append(thing)
    return sorted_
