"""An engine in a process of its own: it can't hold up the event loop, and when it dies or hangs nothing else does."""

import itertools
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from polygist.engines.base import Ended, Engine, Halt, Row
from polygist.engines.messages import Begin, Drop, Failed, HaltNow, Ready, RowEnded, Run, RunEnded
from polygist.errors import EngineDied, EngineFailed, OutOfMemory
from polygist.types import ModelInfo

# How often a run asks whether it should halt when nobody calls `ask`. Each time costs the cores what their engine could
# use.
_ASK_SECONDS = 0.25
# An engine that shows no sign of life for so long is put to death. A step takes seconds at most; a whole batch of an
# engine that is not asked between steps takes longer.
_SILENCE_SECONDS = 120.0
_LOAD_SECONDS = 600.0
_END_SECONDS = 5.0


class ProcessEngine:
    """A `base.Engine` that `load` makes in another process; `load` must be picklable.

    Starting is begun at once; `wait_until_loaded` ends it. Raises EngineDied from any call when the process is gone.
    """

    def __init__(self, load: Callable[[], Engine], silence_seconds: float = _SILENCE_SECONDS) -> None:
        ours, theirs = socket.socketpair()
        _bound(ours, silence_seconds)
        with theirs:
            # -P: no file in the working directory takes the place of a module.
            command = [sys.executable, "-P", "-m", "polygist.engines.host", str(theirs.fileno())]
            try:
                self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)  # noqa: S603  # our own program  # nosec B603
            except OSError as error:
                ours.close()
                raise EngineFailed(f"no process can be started for the engine: {error.strerror}") from error
        self._connection = Connection(ours.detach())
        self._bell: int | None = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._bell_lock = threading.Lock()
        self._arrivals = select.poll()
        self._arrivals.register(self._connection, select.POLLIN)
        self._arrivals.register(self._bell, select.POLLIN)
        self._silence_seconds = silence_seconds
        self._ready: Ready | None = None
        self._counter = itertools.count()
        self._numbers: dict[Row, int] = {}
        self._under_way = False
        try:
            self._send(load)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def wait_until_loaded(self) -> None:
        """Raises EngineFailed with the reason when the model can't be loaded."""
        try:
            answer = self._receive(_LOAD_SECONDS)
        except EngineDied:
            self.close()
            raise
        match answer:
            case Ready() as ready:
                self._ready = ready
            case Failed(message=message):
                self.close()
                raise EngineFailed(message)

    @property
    def info(self) -> ModelInfo:
        return self._loaded.info

    @property
    def joins(self) -> bool:
        return self._loaded.joins

    @property
    def spare(self) -> int:
        return self._loaded.spare

    @property
    def _loaded(self) -> Ready:
        if self._ready is None:
            raise EngineFailed("the engine is not loaded")
        return self._ready

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        """See `base.Engine`. What a callback raises halts the run, too; its rows begin again where it found them."""
        try:
            self._end_last()
            self._start(rows)
            by_number = {self._numbers[row]: row for row in rows}
            for message in self._said(halt):
                match message:
                    case RowEnded(number, hypothesis):
                        row = by_number.pop(number)
                        del self._numbers[row]
                        ended(row, hypothesis)
                    case RunEnded(left):
                        for found in left:
                            row = by_number[found.number]
                            row.generated[:], row.log_probability = found.generated, found.log_probability
                    case Failed(message=reason, memory=memory):
                        raise OutOfMemory(reason) if memory else EngineFailed(reason)
        except BaseException:
            self._leave(rows)
            raise

    def _start(self, rows: Sequence[Row]) -> None:
        new = [row for row in rows if row not in self._numbers]
        self._numbers.update((row, next(self._counter)) for row in new)
        self._send(Run(tuple(self._numbers[r] for r in rows), tuple(self._begin(r) for r in new)))
        self._under_way = True

    def _said(self, halt: Halt) -> Iterator[Any]:
        """What the process says of a run, up to the last word."""
        halted, heard = False, time.monotonic()
        while self._under_way:
            if not halted and halt():
                halted = True
                self._send(HaltNow())
            if not self._poll(_ASK_SECONDS):
                if time.monotonic() - heard > self._silence_seconds:
                    raise self._silent()
                continue
            heard = time.monotonic()
            message = self._receive(0)
            self._under_way = not isinstance(message, RunEnded | Failed)
            yield message

    def _leave(self, rows: Sequence[Row]) -> None:
        """Out of a run: the process is told to halt it, and forgets its rows."""
        if self._under_way:
            with suppress(EngineDied):  # the next run finds out
                self._send(HaltNow())
        self.drop(rows)

    def _end_last(self) -> None:
        """What is still to come of a run that was left is not for the next."""
        for _ in self._said(lambda: False):
            pass

    def _begin(self, row: Row) -> Begin:
        so_far = tuple(row.generated), row.log_probability, row.prefix
        return Begin(self._numbers[row], tuple(row.prompt), row.max_new_tokens, row.decoding, *so_far)

    def drop(self, rows: Sequence[Row]) -> None:
        """See `base.Engine`."""
        numbers = tuple(self._numbers.pop(row) for row in rows if row in self._numbers)
        if numbers:
            with suppress(EngineDied):  # the next run finds out
                self._send(Drop(numbers))

    def ask(self) -> None:
        """From any thread: the answer of `halt` may have changed, and a run under way asks for it at once."""
        with self._bell_lock:
            if self._bell is not None:
                os.eventfd_write(self._bell, 1)

    def close(self) -> None:
        """See `base.Engine`. The process ends by itself when nobody is connected; one that does not is killed."""
        self._connection.close()
        with self._bell_lock:
            if self._bell is not None:
                os.close(self._bell)
            self._bell = None
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process at once; `close` is still to be called."""
        self._process.kill()
        self._process.wait()

    def _silent(self) -> EngineDied:
        self.kill()
        return EngineDied("the engine showed no sign of life")

    def _send(self, message: object) -> None:
        try:
            self._connection.send(message)
        except BlockingIOError as error:
            raise self._silent() from error
        except OSError as error:
            raise EngineDied("the engine's process is gone") from error

    def _poll(self, seconds: float) -> bool:
        """Whether there is a message or the end of the connection, waiting so long for it, or until `ask`.

        `Connection.poll` takes several times as much of a core.
        """
        found = {number for number, _ in self._arrivals.poll(1000 * seconds)}
        if self._bell in found:
            os.eventfd_read(self._bell)
        return self._connection.fileno() in found

    def _receive(self, seconds: float) -> Any:
        """The next message, waiting so long for it."""
        try:
            if seconds and not self._connection.poll(seconds):
                self.kill()
                raise EngineDied("the engine took too long to load")
            return self._connection.recv()
        except BlockingIOError as error:
            raise self._silent() from error
        except (EOFError, OSError) as error:
            raise EngineDied("the engine's process is gone") from error


def _bound(connection: socket.socket, seconds: float) -> None:
    """Half a message ends in BlockingIOError when so long nothing more of it comes, or is taken."""
    whole = int(seconds)
    timeval = struct.pack("ll", whole, int((seconds - whole) * 1_000_000))
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        connection.setsockopt(socket.SOL_SOCKET, option, timeval)
