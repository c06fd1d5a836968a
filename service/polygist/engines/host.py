"""The main program of an engine's process: `python -m polygist.engines.host FD`, started by `process.ProcessEngine`.

The process ends when its owner closes the connection, or dies.
"""

import pickle
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from polygist.engines.base import Engine, Hypothesis, Row
from polygist.engines.messages import Alive, Begin, Drop, Failed, HaltNow, Left, Ready, RowEnded, Run, RunEnded
from polygist.errors import OutOfMemory, PolygistError
from polygist.places import place

_ALIVE_SECONDS = 1.0


class Host:
    """Serves an engine over a connection until that is closed."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        self._engine, self._connection = engine, connection
        self._rows: dict[int, Row] = {}
        self._numbers: dict[Row, int] = {}
        self._told = 0.0

    def serve(self) -> None:
        """Do what the owner says. Raises EOFError when the owner is gone."""
        self._connection.send(Ready(self._engine.info, self._engine.joins, self._engine.spare))
        while True:
            match self._connection.recv():
                case Run() as run:
                    self._run(run)
                case Drop() as drop:
                    self._drop(drop)
                case HaltNow():
                    pass  # it came after the end of the run

    def _run(self, run: Run) -> None:
        for begin in run.new:
            self._begin(begin)
        self._told = time.monotonic()
        try:
            self._engine.run([self._rows[n] for n in run.numbers], self._ended, self._halt)
        except (PolygistError, MemoryError) as error:
            self._connection.send(Failed(str(error), isinstance(error, OutOfMemory | MemoryError)))
        except EOFError:
            raise
        except Exception as error:
            self._connection.send(Failed(f"{type(error).__name__} at {place(error)}", False))
        else:
            self._connection.send(RunEnded(tuple(self._left(n) for n in run.numbers if n in self._rows)))

    def _begin(self, begin: Begin) -> None:
        so_far = list(begin.generated), begin.log_probability
        row = Row(begin.prompt, begin.max_new_tokens, begin.decoding, *so_far, begin.prefix)
        self._rows[begin.number], self._numbers[row] = row, begin.number

    def _left(self, number: int) -> Left:
        row = self._rows[number]
        return Left(number, tuple(row.generated), row.log_probability)

    def _ended(self, row: Row, hypothesis: Hypothesis) -> None:
        number = self._numbers.pop(row)
        del self._rows[number]
        self._connection.send(RowEnded(number, hypothesis))

    def _halt(self) -> bool:
        now = time.monotonic()
        if now - self._told > _ALIVE_SECONDS:
            self._connection.send(Alive())
            self._told = now
        # A HaltNow, or the end of the connection.
        return self._connection.poll(0)

    def _drop(self, drop: Drop) -> None:
        rows = [self._rows.pop(n) for n in drop.numbers if n in self._rows]
        self._engine.drop(rows)
        for row in rows:
            del self._numbers[row]


def main() -> None:
    # A terminal and systemd send these to all processes of a service; the owner says when to end.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    connection = Connection(int(sys.argv[1]))
    load: Callable[[], Engine] = connection.recv()
    try:
        engine = load()
    except Exception as error:
        connection.send(Failed(str(error) or type(error).__name__, isinstance(error, OutOfMemory | MemoryError)))
        return
    try:
        Host(engine, connection).serve()
    except (EOFError, BrokenPipeError, ConnectionResetError, pickle.UnpicklingError):
        engine.close()


if __name__ == "__main__":
    main()
