"""Single words and their translations, found in short sentence pairs: words that seldom come without each other."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from training.pairs import Pair

DATASET = "words"
_WORD = re.compile(r"[^\W\d_]++(?:['’ʼ-][^\W\d_]++)*+")
_LONGEST = 10
_SHORTEST_WORD = 3
_FEWEST = 5
_LEAST = 0.5


def pairs(read: Callable[[], Iterable[Pair]]) -> Iterator[Pair]:
    """Word pairs of each direction that `read` gives, most certain first; it is called twice.

    A word pair is mutually best by the Dice coefficient, 2 n(st) / (n(s) + n(t)) over sentences of at most ten words,
    with at least 0.5, of words that are seen five times or more and that differ. It has the capital that the word has
    inside sentences.
    """
    tables: dict[tuple[str, str], _Table] = defaultdict(_Table)
    for pair in filter(_short, read()):
        tables[pair.s, pair.t].see(pair)
    for table in tables.values():
        table.choose()
    for pair in filter(_short, read()):
        tables[pair.s, pair.t].join(pair)
    for (s, t), table in sorted(tables.items()):
        yield from (Pair(s, t, a, b, DATASET) for a, b in table.best())


class _Table:
    """How often words are seen on either side, in which forms, and together; of one direction."""

    def __init__(self) -> None:
        self._alone: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._forms: tuple[dict[str, Counter[str]], ...] = (defaultdict(Counter), defaultdict(Counter))
        self._known: list[set[str]] = []
        self._together: Counter[tuple[str, str]] = Counter()

    def see(self, pair: Pair) -> None:
        for side, text in enumerate((pair.source, pair.target)):
            words = _WORD.findall(text)
            self._alone[side].update({w.casefold() for w in words})
            for word in words[1:]:
                self._forms[side][word.casefold()][word] += 1

    def choose(self) -> None:
        """Once all pairs are seen: only frequent words of some length are looked for."""
        self._known = [
            {w for w, n in seen.items() if n >= _FEWEST and len(w) >= _SHORTEST_WORD} for seen in self._alone
        ]

    def join(self, pair: Pair) -> None:
        source, target = (
            {w.casefold() for w in _WORD.findall(text)} & known
            for text, known in zip((pair.source, pair.target), self._known, strict=True)
        )
        self._together.update((a, b) for a in source for b in target)

    def best(self) -> Iterator[tuple[str, str]]:
        seen = self._alone
        scores = {(a, b): 2 * n / (seen[0][a] + seen[1][b]) for (a, b), n in self._together.items() if n >= _FEWEST}
        for (a, b), score in _mutual(scores):
            if score >= _LEAST and a != b:
                yield _usual(a, self._forms[0]), _usual(b, self._forms[1])


def _short(pair: Pair) -> bool:
    return max(pair.source.count(" "), pair.target.count(" ")) < _LONGEST


def _mutual(scores: dict[tuple[str, str], float]) -> Iterator[tuple[tuple[str, str], float]]:
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    best: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for (a, b), _ in ranked:
        best[0].setdefault(a, b)
        best[1].setdefault(b, a)
    return (item for item in ranked if best[0][item[0][0]] == item[0][1] and best[1][item[0][1]] == item[0][0])


def _usual(word: str, forms: dict[str, Counter[str]]) -> str:
    counts = forms.get(word)
    return min(counts, key=lambda form: (-counts[form], form)) if counts else word
