"""Jobs in their database: where they may go, who may have how many, what outlasts what."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from polygist.errors import InvalidRequest, OutputFailed, QuotaExceeded
from polygist.jobs.records import ENDS, NEXT, Counts, Ending, Order, State
from polygist.jobs.store import Store


def opened(path: Path) -> Store:
    """No test turns the power off."""
    store = Store(path)
    store._connection.execute("PRAGMA synchronous = OFF")
    return store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return opened(tmp_path / "jobs.sqlite")


def order(caller: str = "a", request_id: str = "", request: bytes = b"r", output: str = "/out") -> Order:
    return Order(caller, request_id, request.hex(), output, 3, request)


def created(store: Store, **given: object) -> str:
    return store.create(order(**given), 1.0, 100)[0].name


def test_a_job_that_is_created_waits_and_has_its_request(store: Store) -> None:
    record, new = store.create(order(request=b"asked"), 5.0, 1)
    assert new
    assert (record.state, record.created, record.counts.total, record.over) == (State.QUEUED, 5.0, 3, False)
    assert store.get(record.name) == record
    assert store.message(record.number, "request") == b"asked"
    assert store.message(record.number, "results") == b""
    assert store.get("0" * 32) is None


def test_a_request_id_is_one_job_of_its_caller(store: Store) -> None:
    first, new = store.create(order(request_id="x"), 1, 1)
    assert new
    # Also where no second one may wait.
    assert store.create(order(request_id="x"), 2, 1) == (first, False)
    assert store.create(order("b", "x"), 2, 1)[1]
    with pytest.raises(InvalidRequest) as error:
        store.create(order(request_id="x", request=b"other"), 2, 1)
    assert [(v.field, v.reason) for v in error.value.violations] == [("request_id", "CONFLICT")]


def test_a_caller_has_so_many_that_wait(store: Store) -> None:
    names = [store.create(order("a"), 1, 2)[0].name for _ in range(2)]
    with pytest.raises(QuotaExceeded, match="2 batch jobs") as error:
        store.create(order("a"), 1, 2)
    assert (error.value.caller, error.value.cause) == ("a", "jobs")
    store.create(order("b"), 1, 2)
    store.move(names[0], State.RUNNING, 2)
    assert store.create(order("a"), 1, 2)[1], "one that runs does not wait"


@given(st.lists(st.sampled_from(State), max_size=8))
@settings(max_examples=60)
def test_a_job_goes_where_it_may_and_nowhere_else(tmp_path_factory: pytest.TempPathFactory, way: list[State]) -> None:
    store = opened(tmp_path_factory.mktemp("store") / "jobs.sqlite")
    name, here = created(store), State.QUEUED
    for state in way:
        allowed = state in NEXT[here]
        if state in ENDS:
            counts = Counts(3, False, 1, 2)
            assert store.end(name, Ending(state, counts, b"e", b"r", {"w": 1}, {"f": 2}), 9, 19) == allowed
        else:
            assert store.move(name, state, 5) == allowed
        here = state if allowed else here
        record = store.get(name)
        assert record is not None
        assert record.state is here
        assert record.over == (here in ENDS) == (record.expires == 19)
        assert (record.ended == 9) == record.over
        if record.over:
            assert (record.counts.done, record.error, record.warnings, record.reasons) == (1, b"e", {"w": 1}, {"f": 2})
            assert store.message(record.number, "results") == b"r"
    assert store.delete(name) == (here in ENDS)
    store.close()


class Lives(RuleBasedStateMachine):
    """Many jobs beside a model of them, with a crash now and then."""

    names = Bundle("names")
    folder: Path

    @initialize()
    def begin(self) -> None:
        self.path = self.folder / f"{id(self)}.sqlite"
        self.store, self.known, self.clock = opened(self.path), dict[str, State](), 0.0

    @rule(target=names, caller=st.sampled_from("ab"))
    def create(self, caller: str) -> str:
        self.clock += 1
        name = self.store.create(order(caller), self.clock, 1000)[0].name
        self.known[name] = State.QUEUED
        return name

    @rule(name=names, state=st.sampled_from(State))
    def go(self, name: str, state: State) -> None:
        if state in ENDS:
            self.store.end(name, Ending(state, Counts()), self.clock, self.clock + 5)
        else:
            self.store.move(name, state, self.clock)
        if name in self.known and state in NEXT[self.known[name]]:
            self.known[name] = state

    @rule(name=consumes(names))
    def delete(self, name: str) -> None:
        over = self.known.get(name) in ENDS
        assert self.store.delete(name) == over
        if over:
            del self.known[name]

    @rule()
    def crash(self) -> None:
        """Another connection sees all of it."""
        self.store = opened(self.path)

    @invariant()
    def same(self) -> None:
        if not hasattr(self, "store"):
            return
        assert {r.name: r.state for r in self.store.page(10**6)} == self.known
        assert [r.name for r in self.store.waiting()] == [n for n, s in self.known.items() if s is State.QUEUED]
        assert {s: n for s, n in self.store.tally().items() if n} == {
            s: list(self.known.values()).count(s) for s in self.known.values()
        }


def test_many_jobs_are_what_a_dictionary_of_them_is(tmp_path: Path) -> None:
    Lives.folder = tmp_path
    run_state_machine_as_test(Lives, settings=settings(max_examples=15, stateful_step_count=25, deadline=None))


def test_pages_go_back_in_time(store: Store) -> None:
    names = [created(store) for _ in range(5)]
    store.move(names[3], State.RUNNING, 1)
    first = store.page(2)
    assert [r.name for r in first] == [names[4], names[3]]
    assert [r.name for r in store.page(9, first[-1].number)] == names[2::-1]
    assert [r.name for r in store.page(9, states={State.RUNNING})] == [names[3]]
    assert store.page(9, states=()) == []


def test_what_has_expired_is_known(store: Store) -> None:
    assert store.next_expiry() is None
    names = [created(store) for _ in range(3)]
    for i, name in enumerate(names[:2]):
        store.move(name, State.RUNNING, 1)
        store.end(name, Ending(State.SUCCEEDED, Counts()), 2, 10 + i)
    assert store.next_expiry() == 10
    assert store.expired(9.9) == []
    assert store.expired(10) == names[:1]
    assert sorted(store.expired(100)) == sorted(names[:2])


def test_the_first_start_is_kept(store: Store) -> None:
    name = created(store)
    for now, state in enumerate((State.RUNNING, State.QUEUED, State.RUNNING), start=7):
        assert store.move(name, state, now)
    record = store.get(name)
    assert record is not None
    assert record.started == 7


def test_a_file_that_is_no_database_or_of_another_version_is_said(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"no database" * 1000)
    with pytest.raises(OutputFailed, match="database"):
        Store(tmp_path / "noise")
    connection = sqlite3.connect(tmp_path / "new")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(OutputFailed, match="another version"):
        Store(tmp_path / "new")


def test_a_disk_that_is_full_is_said_and_nothing_is_half_done(store: Store) -> None:
    store._connection.execute("PRAGMA max_page_count = 20")
    before = store.page(9)
    with pytest.raises(OutputFailed, match="full"):
        store.create(order(request=b"x" * 500_000), 1, 9)
    assert store.page(9) == before
    store._connection.execute("PRAGMA max_page_count = 1000000")
    assert store.create(order(request=b"x" * 500_000), 1, 9)[1]
