"""Figures for a terminal: short ones, rates, and rows of them that are never cut."""

import time
from collections.abc import Sequence

from google.protobuf.duration_pb2 import Duration
from rich import box
from rich.columns import Columns
from rich.console import Console, ConsoleOptions, RenderResult
from rich.filesize import pick_unit_and_suffix
from rich.table import Table
from rich.text import Text

# Of the first column: it is the one that gives way.
_NAME = 14
_GAP = 2


def short(number: float, decimals: int = 0) -> str:
    """Five characters or less, for any number below 10¹⁸; decimals are those of numbers below 100.

    >>> short(7.46, 1), short(123.4, 1), short(9_999), short(12_345), short(1_250_000)
    ('7.5', '123', '9999', '12k', '1.2M')
    """
    if abs(number) < 9_999.5:
        return f"{number:.{decimals if abs(number) < 99.95 else 0}f}"
    size, unit = pick_unit_and_suffix(abs(int(number)), ["", "k", "M", "G", "T", "P"], 1000)
    return f"{number / size:.{1 if abs(number) < 9.95 * size else 0}f}{unit}"


def plain(said: str, style: str = "") -> Text:
    """What a server said, without control characters; nothing in it is markup.

    >>> plain("a[/]\\x1b[2Jb").plain
    'a[/][2Jb'
    """
    return Text("".join(c for c in said if c.isprintable()), style, no_wrap=True, overflow="ellipsis")


def seconds(duration: Duration) -> float:
    """All of it."""
    return duration.seconds + duration.nanos / 1e9


def age(seconds: float) -> str:
    """
    >>> age(93784)
    '1 d 02:03:04'
    """
    days, left = divmod(int(seconds), 86_400)
    clock = time.strftime("%H:%M:%S", time.gmtime(left))
    return f"{days} d {clock}" if days else clock


class Rates:
    """Numbers a second over so many seconds; none where they are not any."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, before: float, now: float) -> str:
        """
        >>> Rates(2)(10, 25)
        '7.5'
        """
        return short((now - before) / self._seconds, 1) if self._seconds > 0 else "–"

    def share(self, before: float, now: float) -> str:
        """Of the time.

        >>> Rates(2).share(10, 11)
        '50%'
        """
        return f"{(now - before) / self._seconds:.0%}" if self._seconds > 0 else "–"


class Rows:
    """A table of names and figures; where there is no room for it, each name with its figures below."""

    def __init__(self, name: str, *heads: str) -> None:
        self._name, self._heads = name, heads
        self._rows = list[tuple[Text, Sequence[str]]]()

    def add(self, name: Text, *figures: str) -> None:
        """One more; as many figures as there are heads."""
        self._rows.append((name, figures))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = zip(self._heads, *(figures for _, figures in self._rows), strict=True)
        room = _NAME + sum(_GAP + max(map(len, column)) for column in columns)
        if room <= options.max_width:
            yield self._table()
            return
        for name, figures in self._rows:
            name.stylize("bold")
            yield name
            pairs = zip(self._heads, figures, strict=True)
            yield Columns([Text.assemble((f"{head} ", "dim"), value) for head, value in pairs], padding=(0, _GAP))

    def _table(self) -> Table:
        table = Table(
            box=box.SIMPLE_HEAD, header_style="dim", show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0)
        )
        table.add_column(self._name, min_width=_NAME)
        for head in self._heads:
            table.add_column(head, justify="right", no_wrap=True)
        for name, figures in self._rows:
            table.add_row(name, *map(Text, figures))
        return table
