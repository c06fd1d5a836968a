"""Which waiting jobs to compute together, and which of those under way to bring further now."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, islice

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


def joining(waiting: Iterable[Item], active: Sequence[Item], bounds: Bounds, callers: int = 1) -> list[Item]:
    """Those that may join the rows under way, in their order: the first that finds no room holds back what else its
    caller has, and all others where so many `callers` are held back.

    Interactive items count interactive ones alone, since bulk stands aside for them: at most twice the bounds are under
    way. So does what another caller has beyond its part, see `turn`: within its own part of the bounds each finds room.
    Bulk does not join interactive rows, whose steps it would make longer. A suspect is computed alone. An engine with
    nothing to do always gets an item.
    """
    if any(i.suspect for i in active):
        return []
    going, found, held = list(active), list[Item](), set[str]()
    for item in waiting:
        bulk = item.priority is Priority.BULK
        if bulk and (held or any(i.priority is Priority.INTERACTIVE for i in going)):
            break
        if item.share.caller in held:
            continue
        if item.suspect:
            return found if found or active else [item]
        if going and not _has_room(item, going, bounds):
            held.add(item.share.caller)
            if bulk or len(held) >= callers:
                break
            continue
        found.append(item)
        going.append(item)
    return found


def _has_room(item: Item, going: Sequence[Item], bounds: Bounds) -> bool:
    """Whether one may join those."""
    if item.priority is Priority.BULK:
        return _fit([item, *going], bounds)
    urgent = [item, *(i for i in going if i.priority is Priority.INTERACTIVE)]
    if _fit(urgent, bounds):
        return True
    part = item.share.weight / _weights(urgent)
    own = [i for i in urgent if i.share.caller == item.share.caller]
    return part < 1 and _fit(own, bounds, part) and _fit([item, *going], bounds, 2)


def _fit(items: Sequence[Item], bounds: Bounds, times: float = 1) -> bool:
    rows = [i.row for i in items]
    return places(rows) <= times * bounds.rows and sum(r.work for r in rows) <= times * bounds.tokens


def _weights(items: Iterable[Item]) -> int:
    """Of all who have some of them."""
    return sum(share.weight for share in {i.share.caller: i.share for i in items}.values())


def ready(going: Sequence[Item], rows: int) -> list[Item]:
    """Those of `going` that lie ready at an engine which works on so many rows with their beams; never the first."""
    taken = accumulate(item.row.decoding.beam_size for item in going)
    return [item for item, n in islice(zip(going, taken, strict=True), 1, None) if n > rows]


def turn(active: Sequence[Item], company: int, rows: int) -> list[Item]:
    """Whom to bring further now: all, or where somebody waits for some, those and `company` rows with beams in all; of
    several callers' those that `fair` leaves, of so many `rows` at most."""
    urgent = fair([i for i in active if i.priority is Priority.INTERACTIVE], company, rows)
    if not urgent:
        return list(active)
    bulk = [i for i in active if i.priority is Priority.BULK]
    taken = accumulate((i.row.decoding.beam_size for i in bulk), initial=places(i.row for i in urgent))
    free = sum(n <= company for n in islice(taken, 1, None))
    return urgent + bulk[:free]


def fair(urgent: Sequence[Item], company: int, rows: int) -> list[Item]:
    """Of several callers' items those that may be brought further together: all of one caller, and for several so few
    that nobody's take longer than by its part of the engine.

    `company` rows take about as long as one, and more of them longer by their number. So one who has m of the rows and
    the part p of the weights bears company x (1/p - 1) or m/p rows in all, whichever is more: of two callers the one
    with few rows has no more company than beside bulk, the one with many as much again. Those who have the least by
    weight go first, so that all share in that number; the oldest item of each goes on in any case.
    """
    of = dict[str, list[Item]]()
    for item in urgent:
        of.setdefault(item.share.caller, []).append(item)
    if len(of) < 2:
        return list(urgent)
    total = _weights(urgent)
    sizes = [(places(i.row for i in items), items[0].share.weight / total) for items in of.values()]
    own, part = min(sizes, key=lambda size: size[0] / size[1])
    most = min(rows, max(company, company * (1 / part - 1), own / part))
    lines = (_parts(items) for items in of.values())
    turns = sorted(chain.from_iterable(lines), key=lambda turn: turn[0])
    taken, going = 0, list[Item]()
    for before, item in turns:
        size = item.row.decoding.beam_size
        if not before or taken + size <= most:
            going.append(item)
            taken += size
    return going


def _parts(items: Sequence[Item]) -> Iterator[tuple[float, Item]]:
    """Each of a caller's with the places that go before it, by its weight."""
    before = accumulate((i.row.decoding.beam_size for i in items), initial=0)
    return ((n / item.share.weight, item) for n, item in zip(before, items, strict=False))
