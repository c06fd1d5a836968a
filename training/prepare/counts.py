"""What went in, what was dropped and why, and what came out, as a small text to keep."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from training.pairs import Pair


@dataclass
class Counts:
    """Pairs read and kept by (data set, direction), dropped by filter and by (data set, filter)."""

    read: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def drop(self, pair: Pair, reason: str) -> None:
        self.read[pair.d, pair.direction] += 1
        self.dropped[reason] += 1

    def keep(self, pair: Pair) -> None:
        self.read[pair.d, pair.direction] += 1
        self.kept[pair.d, pair.direction] += 1

    def text(self, mixes: Mapping[str, Iterable[str]], licences: Mapping[str, str]) -> str:
        """Tables of tab-separated columns, one after the other. `mixes` are the data sets of each mix, by its name."""
        mixes = {name: frozenset(sets) for name, sets in mixes.items()}
        directions = sorted({direction for _, direction in self.read})
        tables = [
            ("filter", "dropped"),
            *sorted(self.dropped.items(), key=lambda item: (-item[1], item[0])),
            (),
            ("direction", "read", "kept", *(f"in {mix}" for mix in mixes)),
            *(self._direction(d, mixes) for d in directions),
            (),
            ("data set", "direction", "read", "kept", "mixes", "licence"),
            *(
                (name, direction, count, self.kept[name, direction], _of(name, mixes), licences.get(name, "unknown"))
                for (name, direction), count in sorted(self.read.items())
            ),
        ]
        return "\n".join("\t".join(map(str, row)) for row in tables) + "\n"

    def _direction(self, direction: str, mixes: Mapping[str, Iterable[str]]) -> tuple[object, ...]:
        def total(counter: Counter[tuple[str, str]], sets: Iterable[str] | None = None) -> int:
            return sum(n for (d, at), n in counter.items() if at == direction and (sets is None or d in sets))

        return (direction, total(self.read), total(self.kept), *(total(self.kept, sets) for sets in mixes.values()))


def _of(name: str, mixes: Mapping[str, Iterable[str]]) -> str:
    return ", ".join(mix for mix, sets in mixes.items() if name in sets)
