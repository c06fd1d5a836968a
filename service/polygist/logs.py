"""How the log is written: as lines for a person or as JSON, levels by module, and repeats counted in place of written.

Modules log by the standard library, with what varies in arguments or `extra`, so that who uses them as a library has
their records in a log of one's own. structlog writes them where `polygist serve` runs.
"""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

import structlog

Format = Literal["console", "json"]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

# A line for each call says more than how often it comes.
ACCESS = "polygist.access"
_MINUTE = 60.0


def bind(**facts: str) -> None:
    """What every record of this task and of those that it starts says besides."""
    structlog.contextvars.bind_contextvars(**facts)


def configure(
    level: Level,
    levels: Mapping[str, Level],
    format: Format,
    repeats: int,
    stream: TextIO = sys.stderr,
) -> logging.Handler:
    """Write the log of this process to a stream, each event at most `repeats` times a minute, 0 for no bound.

    `levels` are those of modules and what is below them, by name. Returns the handler, whose `close` tells of repeats
    that were not told yet.
    """
    handler = _Handler(stream, Repeats(repeats))
    handler.setFormatter(_formatter(format, color=stream.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, own in levels.items():
        logging.getLogger(name).setLevel(own)
    return handler


def _formatter(format: Format, *, color: bool) -> logging.Formatter:
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _stacked,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    written: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if format == "json"
        else structlog.dev.ConsoleRenderer(colors=color, pad_event_to=0)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, written],
    )


def _stacked(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What stands below the first line of an event is the stack of an error, in a field of its own."""
    event["event"], _, below = str(event["event"]).partition("\n")
    return {**event, "stack": below} if below else event


@dataclass
class _Window:
    """A minute of an event: its first record, and how often it came."""

    first: logging.LogRecord
    begun: float
    seen: int = 1


class Repeats:
    """Lets an event pass so often a minute, and tells once how often it came besides.

    An event is a line of code that logs at a level, so there are only so many. Used under a handler's lock.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._windows: dict[tuple[str, int, int], _Window] = {}

    def passes(self, record: logging.LogRecord) -> bool:
        """Whether to write a record."""
        if not self._most or record.name == ACCESS:
            return True
        key = (record.pathname, record.lineno, record.levelno)
        window = self._windows.get(key)
        if window is None:
            self._windows[key] = _Window(record, self._clock())
            return True
        window.seen += 1
        return window.seen <= self._most

    def due(self, *, all: bool = False) -> Iterator[logging.LogRecord]:
        """A record for each event whose minute is over and that came more often than it was written."""
        now = self._clock()
        for key in [k for k, w in self._windows.items() if all or now - w.begun >= _MINUTE]:
            window = self._windows.pop(key)
            if window.seen > self._most:
                yield _told(window.first, window.seen - self._most)


def _told(first: logging.LogRecord, left_out: int) -> logging.LogRecord:
    event = str(first.msg).partition("\n")[0]
    told = logging.LogRecord(
        first.name, first.levelno, first.pathname, first.lineno, "%s: again, left out", (event,), None
    )
    told.left_out = left_out
    return told


class _Handler(logging.StreamHandler[TextIO]):
    """Writes what its `repeats` let pass."""

    def __init__(self, stream: TextIO, repeats: Repeats) -> None:
        super().__init__(stream)
        self._repeats = repeats

    def emit(self, record: logging.LogRecord) -> None:
        for told in self._repeats.due():
            super().emit(told)
        if self._repeats.passes(record):
            super().emit(record)

    def close(self) -> None:
        self.acquire()
        try:
            for told in self._repeats.due(all=True):
                super().emit(told)
        finally:
            self.release()
        super().close()
