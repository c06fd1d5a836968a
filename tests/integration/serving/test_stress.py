"""Hundreds of callers of every kind at once: each gets one outcome, and the metrics say what the callers saw."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Sequence

import grpc

from polygist.client import digest_request
from polygist.engines.base import Ended, Halt, Row
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.conftest import Held, HeldEngine, Serve

CALLERS = 240
CODES = {
    grpc.StatusCode.OK: "OK",
    grpc.StatusCode.CANCELLED: "Canceled",
    grpc.StatusCode.DEADLINE_EXCEEDED: "DeadlineExceeded",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "ResourceExhausted",
    grpc.StatusCode.INTERNAL: "Internal",
    grpc.StatusCode.UNAVAILABLE: "Unavailable",
    grpc.StatusCode.INVALID_ARGUMENT: "InvalidArgument",
}
OUTCOMES = {"OK": "ok", "Canceled": "cancelled", "DeadlineExceeded": "deadline", "InvalidArgument": "invalid"}
OUTCOMES |= {"ResourceExhausted": "refused", "Unavailable": "refused", "Internal": "error"}
Stub = polygist_pb2_grpc.PolygistStub


class Moody(HeldEngine):
    """Takes a moment for each batch, and fails at one in thirty."""

    def __init__(self) -> None:
        super().__init__()
        self._random = random.Random(3)

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        self.released.wait(0.002)
        if self._random.random() < 1 / 30:
            raise RuntimeError("a bad moment")
        super().run(rows, ended, halt)


async def code_of(call: Awaitable[object]) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    except asyncio.CancelledError:
        return grpc.StatusCode.CANCELLED
    return grpc.StatusCode.OK


async def translate(stub: Stub, pick: random.Random, n: int) -> grpc.StatusCode:
    texts = [f"Caller {n % 50} says sentence {i} of his text." for i in range(pick.randint(0, 12))]
    priority = pick.choice([pb.PRIORITY_INTERACTIVE, pb.PRIORITY_BULK])
    request = pb.TranslateRequest(texts=texts, source_language="en", target_languages=["de", "uk"], priority=priority)
    return await end_of(stub.Translate(request, timeout=pick.choice([None, 0.05, 5])), pick)


async def digest(stub: Stub, pick: random.Random, n: int) -> grpc.StatusCode:
    text = " ".join(f"The deal number {n % 40} of part {i} was signed on Friday." for i in range(pick.randint(2, 9)))
    request = digest_request(text, ["de"], "en")
    return await end_of(stub.Digest(request, timeout=pick.choice([None, 0.05, 5])), pick)


async def end_of(call: grpc.aio.UnaryUnaryCall, pick: random.Random) -> grpc.StatusCode:
    if pick.random() < 0.2:
        await asyncio.sleep(pick.random() * 0.1)
        call.cancel()
    return await code_of(call)


async def stream(stub: Stub, pick: random.Random, n: int) -> Counter[str]:
    """The outcomes of a stream's articles."""
    items = [
        pb.DigestManyRequest(
            id=str(i), digest=digest_request(f"Article {n} {i} is short. So it ends." * (i % 4), ["de"], "en")
        )
        for i in range(pick.randint(1, 15))
    ]
    call = stub.DigestMany(iter(items))
    seen: Counter[str] = Counter()
    ids = set()
    async for answer in call:
        ids.add(answer.id)
        code = next(c for c in grpc.StatusCode if c.value[0] == answer.error.code) if answer.HasField("error") else None
        seen[OUTCOMES[CODES[code]] if code else "ok"] += 1
    assert ids == {i.id for i in items}
    assert await call.code() is grpc.StatusCode.OK
    return seen


def counted(server: Held, name: str, key: str, **labels: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for metric in server.metrics.registry.collect():
        for sample in metric.samples:
            if sample.name == name and labels.items() <= sample.labels.items() and sample.value:
                found[sample.labels.get(key, "")] += int(sample.value)
    return found


async def test_every_call_has_one_outcome_and_the_metrics_agree(held: Serve) -> None:
    pick = random.Random(7)
    async with held(engine=Moody(), max_queue_items=150, max_batch_items=8, max_concurrent_calls=100) as server:
        async with server.channel() as channel:
            stub = polygist_pb2_grpc.PolygistStub(channel)
            kinds = [pick.choice(["translate", "translate", "digest", "stream"]) for _ in range(CALLERS)]
            work = {"translate": translate, "digest": digest, "stream": stream}

            async def caller(n: int, kind: str) -> object:
                await asyncio.sleep(n / 200)
                try:
                    return await work[kind](stub, random.Random(n), n)
                except grpc.aio.AioRpcError as error:
                    return error.code()

            ends = await asyncio.wait_for(asyncio.gather(*map(caller, range(CALLERS), kinds)), 120)
        async with asyncio.timeout(20):
            while server.metrics.registry.get_sample_value("polygist_requests_in_flight"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        for kind, method in (("translate", "Translate"), ("digest", "Digest")):
            saw = Counter(CODES[e] for e, k in zip(ends, kinds, strict=True) if k == kind)
            handled = counted(server, "grpc_server_handled_total", "grpc_code", grpc_method=method)
            assert sum(saw.values()) == sum(k == kind for k in kinds)
            # What a caller gives up may never have reached the server, or may have ended there before it heard of it.
            for code in ("OK", "InvalidArgument", "ResourceExhausted", "Internal", "Unavailable"):
                assert saw[code] <= handled[code] <= saw[code] + saw["Canceled"] + saw["DeadlineExceeded"], code
            assert sum(handled.values()) <= sum(saw.values())
            requests = counted(server, "polygist_requests_total", "outcome", method=method)
            assert requests == _by_outcome(handled)
        articles = sum((e for e in ends if isinstance(e, Counter)), Counter())
        assert counted(server, "polygist_articles_total", "outcome") == articles
        assert articles["ok"] > 100
        for priority in ("interactive", "bulk"):
            labels = {"model": "held", "priority": priority}
            assert server.metrics.registry.get_sample_value("polygist_queue_items", labels) == 0
            assert server.metrics.registry.get_sample_value("polygist_queue_tokens", labels) == 0


def _by_outcome(codes: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for code, n in codes.items():
        found[OUTCOMES[code]] += n
    return found
