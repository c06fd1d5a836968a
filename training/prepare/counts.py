"""What went in, what was dropped and why, and what came out, as a small text to keep."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from training.pairs import Pair


@dataclass
class Counts:
    """Pairs read by (data set, direction), kept by (data set, direction, part), dropped by filter."""

    read: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def drop(self, pair: Pair, reason: str) -> None:
        self.read[pair.d, pair.direction] += 1
        self.dropped[reason] += 1

    def keep(self, pair: Pair, part: str) -> None:
        """`part` is the one of the output that it went into."""
        self.read[pair.d, pair.direction] += 1
        self.kept[pair.d, pair.direction, part] += 1

    def text(self, free: str, licences: Mapping[str, str]) -> str:
        """Tables of tab-separated columns, one after the other. `free` is the part that is the mix `open`; all parts
        are the mix `all`."""
        rows: list[tuple[object, ...]] = [
            ("filter", "dropped"),
            *sorted(self.dropped.items(), key=lambda item: (-item[1], item[0])),
            (),
            ("direction", "read", "all", "open"),
        ]
        for direction in sorted({direction for _, direction in self.read}):
            read = sum(n for (_, at), n in self.read.items() if at == direction)
            kept = {key: n for key, n in self.kept.items() if key[1] == direction}
            opened = sum(n for (_, _, part), n in kept.items() if part == free)
            rows.append((direction, read, sum(kept.values()), opened))
        rows += [(), ("data set", "direction", "read", "all", "open", "licence")]
        for (name, direction), read in sorted(self.read.items()):
            kept = {key: n for key, n in self.kept.items() if key[:2] == (name, direction)}
            opened = self.kept[name, direction, free]
            rows.append((name, direction, read, sum(kept.values()), opened, licences.get(name, "-")))
        return "\n".join("\t".join(map(str, row)) for row in rows) + "\n"
