"""How the log is written: as lines for a person or as JSON, levels by module, and repeats counted in place of written.

Modules log by the standard library, with what varies in arguments or `extra`, so that who uses them as a library has
their records in a log of one's own. structlog writes them where `polygist serve` runs. Of what libraries log, an error
is told by its place alone, and what stands below the first line is left out: both quote what was worked on.
"""

import contextvars
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TextIO

import structlog

from polygist.places import place

Format = Literal["console", "json"]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

# A line for each call says more than how often it comes.
ACCESS = "polygist.access"
_MINUTE = 60.0
_STRUCTLOG = ("_record", "_from_structlog")
_OWN = "polygist"
# Messages of one line of code that are told apart, numbers in them aside; further ones count as one.
_MOST_MESSAGES = 16
_NUMBER = re.compile(r"[0-9]++")


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
        _given,
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


def _given(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Without what libraries put on every record for themselves, as Ray does; structlog's own two go later."""
    return {name: value for name, value in event.items() if not name.startswith("_") or name in _STRUCTLOG}


def _stacked(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The place of an error in a field of its own: what we write below the first line of an event, and of a record that
    comes with an error. Neither the error's message nor the values of its stack's names are in it."""
    event["event"], _, below = str(event["event"]).partition("\n")
    stack = below if _is_own(event["logger"]) else ""
    if error := _error(event.pop("exc_info", None)):
        stack = place(error)
    return {**event, "stack": stack} if stack else event


def _is_own(logger: str) -> bool:
    return logger == _OWN or logger.startswith(f"{_OWN}.")


def _error(exc_info: object) -> BaseException | None:
    """That of a record, which may say "none" by a tuple of Nones."""
    found = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    return found if isinstance(found, BaseException) else None


def _first_line(record: logging.LogRecord) -> str:
    return record.getMessage().partition("\n")[0]


@dataclass
class _Window:
    """A minute of an event: its first record, and how often it came."""

    first: logging.LogRecord
    begun: float
    seen: int = 1


class Repeats:
    """Lets an event pass so often a minute, and tells once how often it came besides.

    An event is a line of code that logs at a level, and the first line of what it says, numbers aside; of those that
    one line of code makes so many are told apart that a rare one is seen beside a common one, and no more. Used under
    a handler's lock.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        # Of each line of code: by what it says.
        self._windows: dict[tuple[str, int, int], dict[str, _Window]] = {}

    def passes(self, record: logging.LogRecord) -> bool:
        """Whether to write a record. Raises what rendering it raises."""
        if not self._most or record.name == ACCESS:
            return True
        windows = self._windows.setdefault((record.pathname, record.lineno, record.levelno), {})
        said = _NUMBER.sub("0", _first_line(record))
        if said not in windows and len(windows) >= _MOST_MESSAGES:
            said = ""
        window = windows.get(said)
        if window is None:
            windows[said] = _Window(record, self._clock())
            return True
        window.seen += 1
        return window.seen <= self._most

    def due(self, *, all: bool = False) -> Iterator[logging.LogRecord]:
        """A record for each event whose minute is over and that came more often than it was written."""
        now = self._clock()
        for line, windows in list(self._windows.items()):
            for said in [s for s, w in windows.items() if all or now - w.begun >= _MINUTE]:
                window = windows.pop(said)
                if window.seen > self._most:
                    yield _told(window.first, window.seen - self._most, others=not said)
            if not windows:
                del self._windows[line]


def _told(first: logging.LogRecord, left_out: int, *, others: bool) -> logging.LogRecord:
    what = "%s and the like: again, left out" if others else "%s: again, left out"
    told = logging.LogRecord(first.name, first.levelno, first.pathname, first.lineno, what, (_first_line(first),), None)
    told.left_out = left_out
    return told


class _Handler(logging.StreamHandler[TextIO]):
    """Writes what its `repeats` let pass."""

    def __init__(self, stream: TextIO, repeats: Repeats) -> None:
        super().__init__(stream)
        self._repeats = repeats

    def emit(self, record: logging.LogRecord) -> None:
        for told in self._repeats.due():
            self._tell(told)
        try:
            passes = self._repeats.passes(record)
        except Exception:
            self.handleError(record)
            return
        if passes:
            super().emit(record)

    def _tell(self, told: logging.LogRecord) -> None:
        """Outside the call that happens to log now: what is told is of many."""
        contextvars.Context().run(super().emit, told)

    def handleError(self, record: logging.LogRecord) -> None:
        """A record that can't be written leaves its place; logging's own way is to print what it was made of."""
        error = sys.exc_info()[1]
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{record.pathname}:{record.lineno}: can't log: {type(error).__name__}\n")

    def close(self) -> None:
        self.acquire()
        try:
            for told in self._repeats.due(all=True):
                self._tell(told)
        finally:
            self.release()
        super().close()
