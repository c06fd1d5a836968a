"""Different values for the same thing in different sources."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import log

from polygist.summarize.brief.facts import COUNTED, Fact, content, facts
from polygist.summarize.brief.likeness import Likeness
from polygist.summarize.brief.names import Names
from polygist.summarize.brief.story import Story
from polygist.summarize.brief.types import Claim, Contradiction
from polygist.summarize.tokens import key_of
from polygist.summarize.vectors import Tfidf
from polygist.summarize.words import WORD, folded

_SAME = 0.85  # of what one figure is said of, that the other one is said of, too
_SHARED = 2  # content words that both are said of
_KNOWN = 0.5  # of what a count is said of, that the other article speaks of
_COMPOUND = 4  # letters of a word that may end a longer one: Brücke, Allerbrücke


@dataclass(frozen=True)
class Dispute:
    """Facts on one thing, those that agree together; two groups or more."""

    claims: tuple[tuple[Fact, ...], ...]

    @property
    def statements(self) -> frozenset[int]:
        """The statements of all of them."""
        return frozenset(f.statement for claim in self.claims for f in claim)


class Disputes:
    """All disputes of a story, in the order of the text."""

    def __init__(self, story: Story, names: Names) -> None:
        self._story, self._names = story, names
        self.facts = facts(story, names)
        self._facts = [f for f in self.facts if f.comparable]
        self._weights = _weights(self._facts)
        self._central = _central(story)
        self._vocabulary: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        self.all = self._find()

    def _find(self) -> tuple[Dispute, ...]:
        if not self._facts:
            return ()
        vectors = Tfidf()([f.text for f in self._facts], self._story.language)
        documents = [self._story.statements[f.statement].document for f in self._facts]
        near = Likeness(vectors, documents, self._story.stop)
        same = [(i, j) for _, i, j in near.pairs if self._same_thing(self._facts[i], self._facts[j])]
        twins: dict[int, set[int]] = defaultdict(set)
        for i, j in same:
            if self._facts[i].agrees(self._facts[j]):
                twins[i].add(self._facts[j].source)
                twins[j].add(self._facts[i].source)
        # Who gives the same value, too, does not contradict it with another one.
        apart = [
            (i, j)
            for i, j in same
            if not self._facts[i].agrees(self._facts[j])
            and self._facts[j].source not in twins[i]
            and self._facts[i].source not in twins[j]
        ]
        groups = _joined(self._clear(apart, {frozenset(pair) for pair in same}))
        return tuple(sorted(map(self._dispute, groups), key=lambda d: min(d.statements)))

    def _clear(self, apart: Sequence[tuple[int, int]], same: Collection[frozenset[int]]) -> list[tuple[int, int]]:
        """The pairs whose facts differ from none that is said of something else: 12 can't contradict both of two."""
        others: dict[int, set[int]] = defaultdict(set)
        for i, j in apart:
            others[i].add(j)
            others[j].add(i)

        def fits(j: int, k: int) -> bool:
            return frozenset((j, k)) in same or self._facts[j].agrees(self._facts[k])

        return [(i, j) for i, j in apart if all(fits(j, k) for k in others[i]) and all(fits(i, k) for k in others[j])]

    def _dispute(self, numbers: Sequence[int]) -> Dispute:
        claims: list[list[Fact]] = []
        for fact in (self._facts[i] for i in sorted(numbers)):
            own = next((c for c in claims if c[0].agrees(fact)), None)
            if own is None:
                claims.append([fact])
            else:
                own.append(fact)
        return Dispute(tuple(map(tuple, sorted(claims, key=lambda c: (-len({f.source for f in c}), c[0].statement)))))

    def _same_thing(self, a: Fact, b: Fact) -> bool:
        self._story.stop.check()
        if a.source == b.source or a.figure.kind is not b.figure.kind or a.unit != b.unit:
            return False
        if (a.denies, a.earlier, a.counted, a.years) != (b.denies, b.earlier, b.counted, b.years):
            return False
        if a.times and b.times and a.times.isdisjoint(b.times):
            return False
        return self._same_place(a, b) and self._same_subject(a, b)

    def _same_place(self, a: Fact, b: Fact) -> bool:
        """Whether neither is said of a place of its own, nor both of different bodies."""
        apart = a.places ^ b.places
        if apart - self._central or (a.places and b.places and not a.places & b.places):
            return False
        return not (a.bodies and b.bodies) or bool(a.bodies & b.bodies)

    def _same_subject(self, a: Fact, b: Fact) -> bool:
        shared = {t for t in a.context if _in(t, b.context)}
        if a.counted:
            bare = min(len(a.context), len(b.context)) <= len(a.counted) + 1
            known = min(self._known(a, b), self._known(b, a))
            return (bare or len(shared) > len(a.counted)) and known >= _KNOWN
        if len(shared) < _SHARED:
            return False
        return max(self._covered(a, b), self._covered(b, a)) >= _SAME

    def _known(self, fact: Fact, other: Fact) -> float:
        """The share of what a count is said of that the article of another one speaks of at all."""
        document = self._story.statements[other.statement].document
        if document not in self._vocabulary:
            found = (s.sentence.text for s in self._story.statements if s.document == document)
            terms = frozenset(t for text in found for t in content(text, self._story.language))
            self._vocabulary[document] = terms, frozenset(e for t in terms for e in _ends(t))
        said = [t for t in fact.context if not t.startswith(COUNTED)]
        words, ends = self._vocabulary[document]
        known = sum(t in words or t in ends or not words.isdisjoint(_ends(t)) for t in said)
        return known / len(said) if said else 1.0

    def _covered(self, a: Fact, by: Fact) -> float:
        whole = sum(self._weights[t] for t in a.context)
        return sum(self._weights[t] for t in a.context if _in(t, by.context)) / whole if whole else 0.0

    def contradictions(self) -> tuple[Contradiction, ...]:
        """For the brief, those of most sources first."""
        made = [(sum(c.sources for c in found.claims), found) for found in map(self._contradiction, self.all)]
        return tuple(found for _, found in sorted(made, key=lambda m: -m[0]))

    def _contradiction(self, dispute: Dispute) -> Contradiction:
        return Contradiction(tuple(map(self._claim, dispute.claims)))

    def _claim(self, found: Sequence[Fact]) -> Claim:
        story = self._story
        statements = [story.statements[f.statement] for f in found]
        return Claim(
            figure=found[0].figure,
            text=statements[0].text,
            citations=tuple(story.cited(s) for s in statements),
            figures=tuple(story.cite(s.document, f.figure.span) for s, f in zip(statements, found, strict=True)),
            sources=len({s.source for s in statements}),
            translated=story.translated(statements[0].document),
        )


def _ends(term: str) -> list[str]:
    """The ends of a word that may be words of their own: brücke in allerbrücke."""
    return [term[i:] for i in range(1, len(term) - _COMPOUND + 1)]


def _in(term: str, others: frozenset[str]) -> bool:
    if term in others:
        return True
    return len(term) >= _COMPOUND and any(
        len(o) >= _COMPOUND and (o.endswith(term) or term.endswith(o)) for o in others
    )


def _weights(found: Sequence[Fact]) -> dict[str, float]:
    count = Counter(t for f in found for t in f.context)
    return {t: log(1 + len(found) / n) for t, n in count.items()}


def _central(story: Story) -> frozenset[str]:
    """The words with a capital that half of the sources have, two at least, by what their case forms share."""
    found = {(s.source, w) for s in story.statements for w in WORD.findall(s.sentence.text) if w[0].isupper()}
    count = Counter(k for _, k in {(source, key_of(folded(w), story.language)) for source, w in found})
    return frozenset(k for k, n in count.items() if n > 1 and 2 * n >= len(story.sources))


def _joined(pairs: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Numbers that pairs join, directly or by others."""
    root: dict[int, int] = {}

    def find(i: int) -> int:
        while root.setdefault(i, i) != i:
            i = root[i]
        return i

    for i, j in pairs:
        root[find(i)] = find(j)
    groups: dict[int, list[int]] = defaultdict(list)
    for i in root:
        groups[find(i)].append(i)
    yield from groups.values()
