"""The jobs in SQLite: what these methods have returned from outlasts a crash."""

import json
import os
import sqlite3
import threading
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from polygist.errors import InvalidRequest, OutputFailed, QuotaExceeded, Violation
from polygist.jobs.records import NEXT, Counts, Ending, Order, Record, State

_VERSION = 1
_RETRY_SECONDS = 30.0
_TABLES = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    caller TEXT NOT NULL,
    request_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    output TEXT NOT NULL,
    state TEXT NOT NULL,
    counts TEXT NOT NULL,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    expires REAL,
    error BLOB NOT NULL DEFAULT x'',
    warnings TEXT NOT NULL DEFAULT '{}',
    reasons TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE UNIQUE INDEX requests ON jobs (caller, request_id) WHERE request_id != '';
CREATE INDEX states ON jobs (state, number);
CREATE INDEX expiry ON jobs (expires) WHERE expires IS NOT NULL;
CREATE TABLE messages (
    number INTEGER PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    request BLOB NOT NULL,
    results BLOB NOT NULL DEFAULT x''
) STRICT;
"""


_COLUMNS = tuple(field.name for field in fields(Record))


class Store:
    """Jobs by name. For any thread, which it blocks; made where there is none. Raises OutputFailed."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        with _failing():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        with self._transaction() as run:
            made = run("PRAGMA user_version").fetchone()[0]
        if made not in (0, _VERSION):
            raise OutputFailed(f"{path}: made by another version of polygist")
        with self._lock, _failing():
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            if not made:
                self._connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;")

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        with self._lock, _failing():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Nothing is asked of it any more."""
        with self._lock:
            self._connection.close()

    def create(self, order: Order, now: float, most: int) -> tuple[Record, bool]:
        """A job that waits, and whether it is new: an order with a request_id that is known has its job already.

        Raises InvalidRequest where that id was of another order, QuotaExceeded where the caller has `most` waiting.
        """
        with self._transaction() as run:
            if found := order.request_id and self._known(run, order):
                return found, False
            counted = "SELECT count(*) FROM jobs WHERE caller = ? AND state = 'queued'"
            if run(counted, (order.caller,)).fetchone()[0] >= most:
                message = f"{most} batch jobs of this caller wait, as many as may (POLYGIST_MAX_QUEUED_JOBS)"
                raise QuotaExceeded(message, _RETRY_SECONDS, order.caller)
            name = uuid.uuid4().hex
            counts = json.dumps(asdict(Counts(total=order.total)))
            row = (name, order.caller, order.request_id, order.sha256, order.output, counts, now)
            columns = "name, caller, request_id, sha256, output, counts, created"
            run(f"INSERT INTO jobs ({columns}, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'queued')", row)  # noqa: S608
            run("INSERT INTO messages (number, request) VALUES (last_insert_rowid(), ?)", (order.request,))
            return _required(run, name), True

    def _known(self, run: Any, order: Order) -> Record | None:
        where = "SELECT * FROM jobs WHERE caller = ? AND request_id = ?"
        found = _record(run(where, (order.caller, order.request_id)).fetchone())
        if found and found.sha256 != order.sha256:
            raise InvalidRequest(Violation("request_id", f"is that of another request, {found.name}", "CONFLICT"))
        return found

    def get(self, name: str) -> Record | None:
        """A job; None where there is none."""
        with self._transaction() as run:
            return _named(run, name)

    def message(self, number: int, which: str) -> bytes:
        """The "request" of a job, or its "results"; empty where they are not there."""
        with self._transaction() as run:
            row = run(f"SELECT {which} FROM messages WHERE number = ?", (number,)).fetchone()  # noqa: S608  # no caller's
            return bytes(row[0]) if row else b""

    def page(
        self,
        size: int,
        before: int | None = None,
        states: Collection[State] = tuple(State),
        owner: str | None = None,
    ) -> list[Record]:
        """Jobs in one of those states, the newest first, of those with a lower number than `before`; an owner's own."""
        where = f"state IN ({', '.join('?' * len(states))}) AND number < ? AND caller = coalesce(?, caller)"
        query = f"SELECT * FROM jobs WHERE {where} ORDER BY number DESC LIMIT ?"  # noqa: S608  # no caller's
        with self._transaction() as run:
            rows = run(query, (*(s.value for s in states), before or 2**63 - 1, owner, size)).fetchall()
        return [r for row in rows if (r := _record(row))]

    def waiting(self) -> list[Record]:
        """Jobs that wait for their turn, the oldest first."""
        with self._transaction() as run:
            rows = run("SELECT * FROM jobs WHERE state = 'queued' ORDER BY number").fetchall()
        return [r for row in rows if (r := _record(row))]

    def move(self, name: str, state: State, now: float) -> bool:
        """Let a job be in a state that is no end; whether it could get there from where it was."""
        if state is not State.RUNNING:
            return self._move(name, state)
        return self._move(name, state, ", started = coalesce(started, ?)", (now,))

    def end(self, name: str, ending: Ending, now: float, expires: float) -> bool:
        """A job has ended; whether it could, where it was. It expires then."""
        values = (
            *(json.dumps(asdict(ending.counts)), now, expires, ending.error),
            *(json.dumps(dict(ending.warnings)), json.dumps(dict(ending.reasons))),
        )
        columns = ", counts = ?, ended = ?, expires = ?, error = ?, warnings = ?, reasons = ?"
        return self._move(name, ending.state, columns, values, ending.results)

    def _move(
        self, name: str, state: State, more: str = "", values: tuple[Any, ...] = (), results: bytes = b""
    ) -> bool:
        """`more` are other columns to set, with their `values`."""
        origins = [origin.value for origin, following in NEXT.items() if state in following]
        places = ", ".join("?" * len(origins))
        update = f"UPDATE jobs SET state = ?{more} WHERE name = ? AND state IN ({places})"  # noqa: S608  # no caller's
        with self._transaction() as run:
            if not run(update, (state.value, *values, name, *origins)).rowcount:
                return False
            if results:
                number = "(SELECT number FROM jobs WHERE name = ?)"
                run(f"UPDATE messages SET results = ? WHERE number = {number}", (results, name))  # noqa: S608
            return True

    def progress(self, name: str, counts: Counts) -> None:
        """How far a job is."""
        with self._transaction() as run:
            run("UPDATE jobs SET counts = ? WHERE name = ? AND ended IS NULL", (json.dumps(asdict(counts)), name))

    def delete(self, name: str) -> bool:
        """Forget a job that has ended; whether there was one."""
        with self._transaction() as run:
            return bool(run("DELETE FROM jobs WHERE name = ? AND ended IS NOT NULL", (name,)).rowcount)

    def expired(self, now: float) -> list[str]:
        """Names of jobs whose time is up."""
        with self._transaction() as run:
            return [row[0] for row in run("SELECT name FROM jobs WHERE expires <= ?", (now,))]

    def next_expiry(self) -> float | None:
        """When the next job's time is up."""
        with self._transaction() as run:
            found: float | None = run("SELECT min(expires) FROM jobs").fetchone()[0]
            return found

    def names(self) -> set[str]:
        """Of all jobs."""
        with self._transaction() as run:
            return {row[0] for row in run("SELECT name FROM jobs")}

    def tally(self) -> dict[State, int]:
        """How many jobs are in each state."""
        with self._transaction() as run:
            found = dict(run("SELECT state, count(*) FROM jobs GROUP BY state").fetchall())
        return {state: found.get(state.value, 0) for state in State}


@contextmanager
def _failing() -> Iterator[None]:
    """Errors of SQLite and of its file as OutputFailed."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise OutputFailed(f"the database of batch jobs: {error}") from error


def _named(run: Any, name: str) -> Record | None:
    return _record(run("SELECT * FROM jobs WHERE name = ?", (name,)).fetchone())


def _required(run: Any, name: str) -> Record:
    found = _named(run, name)
    assert found is not None, "it was written in this transaction"  # noqa: S101
    return found


def _record(row: tuple[Any, ...] | None) -> Record | None:
    """A row, whose columns are the fields of a record."""
    if row is None:
        return None
    found = dict(zip(_COLUMNS, row, strict=True))
    found["state"], found["counts"] = State(found["state"]), Counts(**json.loads(found["counts"]))
    found["warnings"], found["reasons"] = json.loads(found["warnings"]), json.loads(found["reasons"])
    return Record(**found)
