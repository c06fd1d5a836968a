"""What several sources say, what one alone says, and what matters most."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from polygist.summarize.brief.clusters import Fit, clusters
from polygist.summarize.brief.likeness import cosine
from polygist.summarize.brief.story import Statement, Story
from polygist.summarize.brief.types import Point
from polygist.summarize.select import choose

_SAYS_SO = 0.5  # of a statement, that another one has to say, too, to be cited for it
_SAME = 0.6  # likeness from which on two statements say the same
_TOLD = 0.3  # likeness to a statement of another source from which on a statement is not new


@dataclass(frozen=True)
class Group:
    """Statements that say the same, by their numbers; `best` is the one that says no more than the others do."""

    best: int
    members: tuple[int, ...]
    sources: int
    weight: float


class Points:
    """The statements of a story in groups. `claims` are those of the contradictions, each with its statements."""

    def __init__(self, story: Story, fit: Fit, claims: Sequence[frozenset[int]]) -> None:
        self._story, self._fit, self._claims = story, fit, claims
        self._disputed = frozenset(i for claim in claims for i in claim)
        self.groups = [self._group(c) for c in clusters(story.likeness, story.statements, fit)]

    def agreements(self) -> tuple[Point, ...]:
        """What two or more sources say, most sources first; not what is a claim of a contradiction already."""
        shared = [g for g in self.groups if g.sources > 1 and self._of(g).alone and not self._is_claim(g)]
        return self._points(sorted(shared, key=lambda g: (-g.sources, -g.weight, g.best)))

    def unique(self, most: int) -> tuple[Point, ...]:
        """What one source alone says, up to so many of each, in the order of the documents."""
        by_source: dict[int, list[Group]] = defaultdict(list)
        for group in self.groups:
            if self._is_new(group):
                by_source[self._of(group).source].append(group)
        best = (sorted(groups, key=lambda g: (-g.weight, g.best))[:most] for groups in by_source.values())
        return self._points(sorted((g for groups in best for g in groups), key=lambda g: g.best))

    def key(self, count: int, taken: Iterable[int]) -> tuple[Point, ...]:
        """Up to `count` that matter most and do not repeat each other or the statements `taken`; most sources first."""
        if not self.groups:
            return ()
        of = {i: g for g, group in enumerate(self.groups) for i in group.members}
        # One more source weighs as much as the most central sentence of an article.
        worth = (g.sources - 1 + g.weight / g.sources if self._of(g).alone else 0.0 for g in self.groups)
        weights = np.fromiter(worth, dtype=np.float64)
        sentences = [self._of(g).sentence for g in self.groups]
        vectors = self._story.vectors[[g.best for g in self.groups]]
        before = sorted({of[i] for i in taken if i in of})
        chosen = choose(weights / max(weights.max(), 1e-9), vectors, sentences, count, taken=before, spread=False)
        return self._points(sorted((self.groups[g] for g in chosen), key=lambda g: -g.sources))

    def _of(self, group: Group) -> Statement:
        return self._story.statements[group.best]

    def _group(self, cluster: Sequence[int]) -> Group:
        """The members that say what the best one says; the others have something else beside it."""
        statements, covered = self._story.statements, self._story.likeness.covered

        def worth(i: int) -> tuple[bool, float, bool, bool, float, int]:
            shares = [covered(i, j) for j in cluster if statements[j].source != statements[i].source]
            shared = sum(shares) / len(shares) if shares else 0.0
            own = statements[i]
            original = own.source == own.document
            return own.alone, round(shared, 2), i not in self._disputed, original, own.weight, -i

        best = max(cluster, key=worth)
        rows = self._story.likeness.rows
        says_so = (j for j in cluster if covered(best, j) >= _SAYS_SO or cosine(rows[best], rows[j]) >= _SAME)
        members = [best, *(j for j in says_so if j != best)]
        by_source: dict[int, float] = defaultdict(float)
        for i in members:
            by_source[statements[i].source] = max(by_source[statements[i].source], statements[i].weight)
        return Group(best, tuple(members), len(by_source), sum(by_source.values()))

    def _is_claim(self, group: Group) -> bool:
        return any(claim.issuperset(group.members) for claim in self._claims)

    def _is_new(self, group: Group) -> bool:
        statements, likeness = self._story.statements, self._story.likeness
        own = self._of(group)
        if group.sources > 1 or not own.alone or not self._disputed.isdisjoint(group.members):
            return False
        return not any(
            (k >= _TOLD or likeness.covered(group.best, j) >= _SAYS_SO) and self._fit(group.best, j)
            for k, j in likeness.nearest[group.best]
            if statements[j].source != own.source
        )

    def _points(self, groups: Iterable[Group]) -> tuple[Point, ...]:
        return tuple(self._point(g) for g in groups)

    def _point(self, group: Group) -> Point:
        story = self._story
        return Point(
            text=self._of(group).text,
            citations=tuple(story.cited(story.statements[i]) for i in group.members),
            sources=group.sources,
            disputed=not self._disputed.isdisjoint(group.members),
            translated=story.translated(self._of(group).document),
        )
