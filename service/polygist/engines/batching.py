"""Which waiting jobs to compute together, and which of those under way to bring further now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from polygist.engines.base import Row
from polygist.engines.waiting import Item
from polygist.types import Priority

# For engines that pad: prompts of one batch differ by at most a quarter of the oldest one's length, or by this many
# tokens.
_FREE_SPREAD = 8


@dataclass(frozen=True)
class Bounds:
    """What an engine works on at once: rows, and tokens of prompts and outputs. A beam counts as a row."""

    rows: int
    tokens: int


def places(rows: Iterable[Row]) -> int:
    """Rows with their beams."""
    return sum(row.decoding.beam_size for row in rows)


def padded(rows: Sequence[Row]) -> int:
    """Tokens of a batch with its padding and the room for its output: rows x (longest prompt + longest output).

    >>> from polygist.engines.base import GREEDY
    >>> padded([Row((1, 2, 3), 10, GREEDY), Row((1,), 20, GREEDY)])
    46
    """
    if not rows:
        return 0
    return places(rows) * (max(len(r.prompt) for r in rows) + max(r.max_new_tokens for r in rows))


def volume(rows: Sequence[Row], *, pads: bool) -> tuple[int, int]:
    """Tokens of a batch with the room for its output, and how many of them are padding, none unless the engine `pads`.

    >>> from polygist.engines.base import GREEDY
    >>> volume([Row((1, 2, 3), 10, GREEDY), Row((1,), 20, GREEDY)], pads=True)
    (46, 12)
    """
    filled = sum(row.work for row in rows)
    return (padded(rows), padded(rows) - filled) if pads else (filled, 0)


def alike(waiting: Iterable[Item], bounds: Bounds) -> list[Item]:
    """A whole batch for an engine that pads: the first that waits, and those most like it within the bounds.

    The first is always part of it, so nothing waits for ever, and makes a batch alone if it exceeds the bounds by
    itself. Others have the same decoding and a prompt of similar length. A suspect is computed alone.
    """
    first, *others = waiting
    if first.suspect:
        return [first]
    length, way = len(first.row.prompt), first.row.decoding.way
    spread = max(_FREE_SPREAD, length // 4)
    near = [
        i for i in others if not i.suspect and i.row.decoding.way == way and abs(len(i.row.prompt) - length) <= spread
    ]
    near.sort(key=lambda i: (i.priority, abs(len(i.row.prompt) - length)))  # stable: the older before the younger
    batch = [first]
    for item in near:
        rows = [i.row for i in (*batch, item)]
        if places(rows) <= bounds.rows and padded(rows) <= bounds.tokens:
            batch.append(item)
    return batch


def joining(waiting: Iterable[Item], active: Sequence[Item], bounds: Bounds) -> list[Item]:
    """Those that may join the rows under way, in their order: the first that finds no room holds back the others.

    Interactive items count interactive ones alone, since bulk stands aside for them: at most twice the bounds are under
    way. Bulk does not join interactive rows, whose steps it would make longer. A suspect is computed alone. An engine
    with nothing to do always gets an item.
    """
    if any(i.suspect for i in active):
        return []
    urgent = [i.row for i in active if i.priority is Priority.INTERACTIVE]
    rows = [i.row for i in active]
    found: list[Item] = []
    for item in waiting:
        bulk = item.priority is Priority.BULK
        if bulk and urgent:
            break
        if item.suspect:
            return found if found or active else [item]
        beside = [*(rows if bulk else urgent), item.row]
        room = places(beside) <= bounds.rows and sum(r.work for r in beside) <= bounds.tokens
        if not room and (active or found):
            break
        found.append(item)
        rows.append(item.row)
        if not bulk:
            urgent.append(item.row)
    return found


def ready(going: Sequence[Item], rows: int) -> list[Item]:
    """Those of `going` that lie ready at an engine which works on so many rows with their beams; never the first."""
    taken = accumulate(item.row.decoding.beam_size for item in going)
    return [item for item, n in islice(zip(going, taken, strict=True), 1, None) if n > rows]


def turn(active: Sequence[Item], company: int) -> list[Item]:
    """Whom to bring further now: all, or where somebody waits for some, those and `company` rows with beams in all."""
    urgent = [i for i in active if i.priority is Priority.INTERACTIVE]
    if not urgent:
        return list(active)
    bulk = [i for i in active if i.priority is Priority.BULK]
    taken = accumulate((i.row.decoding.beam_size for i in bulk), initial=places(i.row for i in urgent))
    free = sum(n <= company for n in islice(taken, 1, None))
    return urgent + bulk[:free]
