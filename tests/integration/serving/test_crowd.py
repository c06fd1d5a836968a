"""A crowd of callers over engines that fail in every way: the metrics say what the callers, and the segments, saw."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import grpc
import pytest

from polygist.client import digest_request
from polygist.engines import fleet, worker
from polygist.engines.scheduler import Completion, Job, Scheduler
from polygist.errors import DeadlineExceeded, EngineDied, QueueFull
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.stand import BULK, Scripted, Stand, expected, request, serving, texts, translate, until

SEED = 20
CALLERS, MOST = 300, 6
Code = grpc.StatusCode
# How the server ends a call, and how its caller does: each with its name in grpc_server_handled, and as an outcome.
BY_THE_SERVER = {
    Code.OK: ("OK", "ok"),
    Code.INTERNAL: ("Internal", "error"),
    Code.RESOURCE_EXHAUSTED: ("ResourceExhausted", "refused"),
    Code.UNAVAILABLE: ("Unavailable", "refused"),
}
BY_THE_CALLER = {Code.CANCELLED: ("Canceled", "cancelled"), Code.DEADLINE_EXCEEDED: ("DeadlineExceeded", "deadline")}
NAMES = BY_THE_SERVER | BY_THE_CALLER
METHODS = ("Translate", "Digest", "DigestMany")


class Counting(Scheduler):
    """Counts how jobs end, as those see it who have submitted them."""

    made: "list[Counting]"

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.begun, self.ends = 0, Counter[str]()
        Counting.made.append(self)

    async def submit(self, job: Job, *, admitted: bool = False) -> Completion:
        self.begun += 1
        try:
            done = await super().submit(job, admitted=admitted)
        except BaseException as error:
            hopeless = isinstance(error, DeadlineExceeded) and "can't be met" in str(error)
            self.ends["hopeless" if hopeless else type(error).__name__] += 1
            raise
        self.ends["ok"] += 1
        return done


@dataclass
class Seen:
    """How calls ended, by method, and the outcomes of articles of streams."""

    calls: Counter[tuple[str, Code]] = field(default_factory=Counter)
    articles: Counter[str] = field(default_factory=Counter)

    def of(self, method: str, codes: Iterable[Code]) -> int:
        return sum(self.calls[method, code] for code in codes)


class Crowd:
    """Callers of every kind; `patient` ones neither leave nor have a deadline."""

    def __init__(self, channel: grpc.aio.Channel, rng: random.Random, *, patient: bool) -> None:
        self._stub, self._rng, self._patient = polygist_pb2_grpc.PolygistStub(channel), rng, patient
        self.seen = Seen()

    async def come(self, n: int) -> None:
        kinds = [self._translate, self._digest, self._digest_many]
        plan = [(self._rng.choice(kinds), self._rng.uniform(0, n / 100)) for _ in range(n)]

        async def one(i: int, call: Callable[[int], Awaitable[None]], wait: float) -> None:
            await asyncio.sleep(wait)
            await call(i)

        async with asyncio.timeout(120), asyncio.TaskGroup() as group:
            for i, (call, wait) in enumerate(plan):
                group.create_task(one(i, call, wait))

    def _how(self) -> tuple[float | None, float | None]:
        """The call's deadline, and when its caller leaves."""
        way = "stay" if self._patient else self._rng.choice(["stay", "stay", "deadline", "leave"])
        seconds = self._rng.choice([0.001, 0.01, 0.1, 0.5]) * self._rng.uniform(0.5, 1)
        return seconds if way == "deadline" else None, seconds if way == "leave" else None

    def _text(self, i: int) -> str:
        # Some ask for the same as others do.
        return f"Somebody asks for number {self._rng.choice([i, i, i % 20])}."

    def _priority(self) -> pb.Priority.ValueType:
        return self._rng.choice([pb.PRIORITY_UNSPECIFIED, pb.PRIORITY_INTERACTIVE, BULK])

    async def _ended(self, method: str, call: grpc.aio.Call, leaves: float | None) -> None:
        if leaves is not None:
            asyncio.get_running_loop().call_later(leaves, call.cancel)
        code = await call.code()
        if not self._patient and await call.details() == "Internal error from Core":
            code = Code.CANCELLED  # how grpc.aio calls a stream whose time was up before it began
        assert code in NAMES, await call.details()
        self.seen.calls[method, code] += 1

    async def _translate(self, i: int) -> None:
        deadline, leaves = self._how()
        sources = [self._text(i) for _ in range(self._rng.randint(1, 4))]
        call = self._stub.Translate(request(*sources, priority=self._priority()), timeout=deadline)
        await self._ended("Translate", call, leaves)
        if await call.code() is Code.OK:
            assert texts(await call) == expected(*sources)

    async def _digest(self, i: int) -> None:
        deadline, leaves = self._how()
        article = digest_request(f"{self._text(i)} It is soon over.", ["de"], "en", priority=self._priority())
        call = self._stub.Digest(article, timeout=deadline)
        await self._ended("Digest", call, leaves)
        if await call.code() is Code.OK:
            assert (await call).translations[0].summary.lead.startswith("So ")

    async def _digest_many(self, i: int) -> None:
        deadline, leaves = self._how()
        articles = [f"{self._text(i)} It is part {k}." for k in range(self._rng.randint(1, 6))]
        items = [pb.DigestManyRequest(digest=digest_request(article, ["de"], "en")) for article in articles]
        call = self._stub.DigestMany(iter(items), timeout=deadline)
        ending = asyncio.create_task(self._ended("DigestMany", call, leaves))
        answered = set()
        try:
            async for answer in call:
                assert answer.index not in answered
                answered.add(answer.index)
                code = next(c for c in Code if c.value[0] == answer.error.code)
                self.seen.articles[NAMES[code][1]] += 1
        except (grpc.aio.AioRpcError, asyncio.CancelledError):
            assert not self._patient
        await ending
        if await call.code() is Code.OK:
            assert answered == set(range(len(items)))


def handled(stand: Stand, method: str) -> Counter[str]:
    found = ((dict(k), int(n)) for k, n in stand.samples("grpc_server_handled_total").items())
    return Counter({k["grpc_code"]: n for k, n in found if k["grpc_method"] == method})


def outcomes(stand: Stand, name: str, **wanted: str) -> Counter[str]:
    found = ((dict(k), int(n)) for k, n in stand.samples(name).items())
    return Counter({k["outcome"]: n for k, n in found if wanted.items() <= k.items()})


def quiet(stand: Stand) -> bool:
    """Nothing is under way, and every gauge says so."""
    started = sum(stand.samples("grpc_server_started_total").values())
    (scheduler,) = Counting.made
    return (
        started == sum(stand.samples("grpc_server_handled_total").values())
        and stand.value("polygist_requests_in_flight") == 0
        and not stand.samples("polygist_queue_items")
        and not stand.samples("polygist_queue_tokens")
        and not scheduler._running
    )


def everything(stand: Stand, crowd: Crowd) -> bool:
    """Whether each end that a call may have was seen, and each reason to drop a segment."""
    ends = {code for _, code in crowd.seen.calls}
    return ends == set(NAMES) and all(map(stand.dropped, ("refused", "hopeless", "deadline", "cancelled")))


async def test_every_call_has_one_end_and_is_counted_by_it(
    embedded_model: BuiltModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    Counting.made = []
    monkeypatch.setattr(fleet, "Scheduler", Counting)
    monkeypatch.setattr(worker, "_PAUSES", (0.05, 0.1))
    rng, troubles = random.Random(SEED), random.Random(SEED + 1)
    calm, engines = True, 0

    def script(_: list[str]) -> None:
        time.sleep(0.002)
        if not calm and troubles.random() < 0.05:
            raise troubles.choice([ValueError("broken"), MemoryError(), EngineDied("gone")])

    def make() -> Scripted:
        nonlocal engines
        engines += 1
        engine = Scripted(embedded_model, joins=bool(engines % 2))
        engine.script = script
        return engine

    limits = {"max_batch_items": 4, "max_queue_items": 10, "max_concurrent_calls": 10_000, "max_segments_in_flight": 3}
    async with serving(make, **limits) as stand, stand.channel() as channel:
        before = {method: handled(stand, method) for method in METHODS}
        calm = False
        wild = Crowd(channel, rng, patient=False)
        come = 0
        # On a busy machine some of what may happen to a call happens to none of the first ones.
        while come < MOST * CALLERS and not everything(stand, wild):
            await wild.come(CALLERS)
            come += CALLERS
            await until(lambda: quiet(stand))
        assert everything(stand, wild)
        assert wild.seen.calls.total() == come
        for method in METHODS:
            new, given_up = handled(stand, method) - before[method], wild.seen.of(method, BY_THE_CALLER)
            # The server may have ended in its own way what its caller has given up meanwhile, or never heard of it.
            for code, (name, _) in BY_THE_SERVER.items():
                assert wild.seen.calls[method, code] <= new[name] <= wild.seen.calls[method, code] + given_up
            assert wild.seen.of(method, BY_THE_SERVER) <= new.total() <= wild.seen.of(method, NAMES)

        before = {method: handled(stand, method) for method in METHODS}
        articles = outcomes(stand, "polygist_articles_total")
        patient = Crowd(channel, rng, patient=True)
        await patient.come(CALLERS)
        await until(lambda: quiet(stand))
        for method in METHODS:
            seen = Counter({NAMES[code][0]: n for (m, code), n in patient.seen.calls.items() if m == method})
            assert handled(stand, method) - before[method] == seen
        assert outcomes(stand, "polygist_articles_total") - articles == patient.seen.articles
        assert patient.seen.of("DigestMany", NAMES) == patient.seen.calls["DigestMany", Code.OK]

        for method in METHODS:
            ends, by_code = Counter[str](), handled(stand, method)
            for name, outcome in NAMES.values():
                ends[outcome] += by_code[name]
            assert outcomes(stand, "polygist_requests_total", method=method) == +ends
        (scheduler,) = Counting.made
        assert scheduler.begun == scheduler.ends.total()
        # Counted where a caller hears of it: an article that waits for room is refused many times, and then answered.
        assert 0 < stand.dropped("refused") == stand.value("polygist_refusals_total", reason="queue")
        assert stand.dropped("refused") <= scheduler.ends[QueueFull.__name__]
        assert stand.dropped("hopeless") == scheduler.ends["hopeless"]
        # One whose answer came in the same moment is not dropped; one cancelled at its deadline is dropped by that.
        late, left = (scheduler.ends[error.__name__] for error in (DeadlineExceeded, asyncio.CancelledError))
        assert stand.dropped("cancelled") <= left
        assert stand.dropped("deadline") + stand.dropped("cancelled") <= late + left
        assert engines > 2

        calm = True
        await until(lambda: stand.value("polygist_engine_up", model=stand.model) == 1)
        assert texts(await translate(channel, "All is well.")) == expected("All is well.")
