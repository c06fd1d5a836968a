"""Reloading under load: another model takes over, or does not, and nobody notices."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from polygist.client import digest_request
from polygist.errors import CardInvalid, EngineDied, EngineFailed
from polygist.settings import Settings
from polygist.store import installed
from polygist.store.installed import Translator
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.stand import (
    INFO,
    Scripted,
    Stand,
    engines_by,
    expected,
    serving,
    texts,
    translate,
    until,
)

TEXT = "This is what is asked."


@dataclass
class Shelf:
    """The models that a profile leads to, one after the other, and the engines made of them."""

    model: BuiltModel
    revision: int = 1
    engines: list[Scripted] = field(default_factory=list)
    # Called before an engine is made, or loads.
    before_making: Callable[[], None] = lambda: None
    before_loading: Callable[[], None] = lambda: None

    def make(self) -> Scripted:
        self.before_making()
        engine = Scripted(self.model, replace(INFO, revision=str(self.revision)))
        engine.wait_until_loaded = self.before_loading
        self.engines.append(engine)
        return engine


@pytest.fixture
def shelf(embedded_model: BuiltModel, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf(embedded_model)
    ((card, _),) = installed.translation(Settings())

    def found(settings: Settings) -> tuple[Translator, ...]:
        manifest = replace(embedded_model.manifest, revision=str(made.revision))
        return ((card, replace(embedded_model, manifest=manifest)),)

    monkeypatch.setattr(installed, "translation", found)
    return made


async def revision(channel: grpc.aio.Channel) -> str:
    info = await polygist_pb2_grpc.PolygistStub(channel).GetInfo(pb.GetInfoRequest())
    return str(info.models[0].revision)


def reloads(stand: Stand) -> dict[str, float]:
    return {dict(labels)["outcome"]: n for labels, n in stand.samples("polygist_reloads_total").items()}


def made_by(answer: pb.TranslateResponse | pb.DigestResponse) -> str:
    return next(m.revision for m in answer.models if m.part == "translations")


async def has(channel: grpc.aio.Channel, wanted: str) -> None:
    async with asyncio.timeout(60):
        while await revision(channel) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_each_call_ends_on_the_model_it_began_with_and_none_fails(shelf: Shelf) -> None:
    async with serving(shelf.make, max_batch_items=1) as stand, stand.channel() as channel:
        (old,) = shelf.engines
        sent, answered = 0, asyncio.Event()
        ending = False

        async def articles() -> AsyncIterator[pb.DigestManyRequest]:
            nonlocal sent
            for n in count():
                if ending:
                    return
                request = digest_request(f"{TEXT} It is number {n}.", ["de"], "en")
                yield pb.DigestManyRequest(id=str(n), digest=request)
                sent += 1

        answers: list[pb.DigestManyResponse] = []

        async def read() -> None:
            async for answer in polygist_pb2_grpc.PolygistStub(channel).DigestMany(articles()):
                answers.append(answer)
                answered.set()

        reading = asyncio.create_task(read())
        await asyncio.wait_for(answered.wait(), 60)
        old.released.clear()
        old.entered.clear()
        begun = [translate(channel, f"Call {n} began before.") for n in range(5)]
        assert await asyncio.to_thread(old.entered.wait, 60)
        await until(lambda: stand.value("polygist_requests_in_flight") == 6)
        before = len(answers)
        shelf.revision = 2
        reload = asyncio.create_task(stand.service.reload())
        await has(channel, "2")
        later = await translate(channel, "This one began after.")
        assert (made_by(later), texts(later)) == ("2", expected("This one began after."))
        await asyncio.wait_for(reload, 60)
        assert not old.closed.is_set()
        old.released.set()
        assert {made_by(await call) for call in begun} == {"1"}
        await until(old.closed.is_set)
        wanted = len(answers) + 20
        await until(lambda: len(answers) > wanted or reading.done())
        ending = True
        await asyncio.wait_for(reading, 60)
        assert reloads(stand) == {"ok": 1}
        assert not shelf.engines[1].closed.is_set()
        assert [a for a in answers if a.HasField("error")] == []
        assert len(answers) == sent == len({a.id for a in answers})
        assert {made_by(a.digest) for a in answers[:before]} == {"1"}
        # Those that waited in the old one end there.
        assert {made_by(a.digest) for a in answers[before + 40 :]} <= {"2"}
        assert made_by(answers[-1].digest) == "2"


async def test_nothing_happens_where_nothing_has_changed(shelf: Shelf) -> None:
    async with serving(shelf.make) as stand, stand.channel() as channel:
        await stand.service.reload()
        assert reloads(stand) == {"unchanged": 1}
        assert len(shelf.engines) == 1
        assert not shelf.engines[0].closed.is_set()
        assert made_by(await translate(channel, TEXT)) == "1"


def _raises(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    "error",
    [EngineFailed("the file is cut short"), OSError(12, "Cannot allocate memory"), ValueError("nobody foresaw this")],
    ids=["engine", "memory", "unforeseen"],
)
@pytest.mark.parametrize("where", ["before_making", "before_loading"])
async def test_the_old_model_serves_on_when_the_new_one_does_not_load(
    shelf: Shelf, where: str, error: Exception
) -> None:
    async with serving(shelf.make) as stand, stand.channel() as channel:
        shelf.revision = 2
        setattr(shelf, where, _raises(error))
        await stand.service.reload()
        assert reloads(stand) == {"failed": 1}
        assert (await revision(channel), made_by(await translate(channel, TEXT))) == ("1", "1")
        assert not shelf.engines[0].closed.is_set()
        setattr(shelf, where, lambda: None)
        await stand.service.reload()
        assert reloads(stand) == {"failed": 1, "ok": 1}
        assert (await revision(channel), made_by(await translate(channel, TEXT))) == ("2", "2")
        assert shelf.engines[0].closed.is_set()


async def test_a_bad_profile_changes_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(shelf.make) as stand, stand.channel() as channel:
        monkeypatch.setattr(installed, "translation", lambda settings: _raises(CardInvalid("no such profile"))())
        await stand.service.reload()
        assert reloads(stand) == {"failed": 1}
        assert made_by(await translate(channel, TEXT)) == "1"


async def test_no_engine_is_left_behind_when_one_of_several_does_not_load(shelf: Shelf) -> None:
    async with serving(shelf.make) as stand:
        shelf.revision = 2

        def second_fails() -> None:
            if len(shelf.engines) == 3:
                raise EngineFailed("there is no room for a second one")

        shelf.before_loading = second_fails
        stand.service._settings = stand.service._settings.model_copy(update={"replicas": 2})
        await stand.service.reload()
        assert reloads(stand) == {"failed": 1}
        assert [engine.closed.is_set() for engine in shelf.engines] == [False, True, True]


async def test_a_model_that_is_no_longer_served_is_not_healthy_and_its_successor_is(shelf: Shelf) -> None:
    async with serving(shelf.make) as stand, stand.channel() as channel:
        make, health = shelf.make, health_pb2_grpc.HealthStub(channel)

        async def state(service: str) -> int:
            return (await health.Check(health_pb2.HealthCheckRequest(service=service))).status

        def renamed() -> Scripted:
            engine = make()
            engine.info = replace(engine.info, id="successor")
            return engine

        shelf.revision = 2
        with engines_by(renamed):
            await stand.service.reload()
        assert await state("successor") == health_pb2.HealthCheckResponse.SERVING
        assert await state(INFO.id) != health_pb2.HealthCheckResponse.SERVING
        assert stand.value("polygist_engine_up", model="successor") == 1
        assert stand.value("polygist_engine_up", model=INFO.id) == 0


@pytest.mark.parametrize("name", [INFO.id, "successor"])
async def test_a_candidate_that_dies_says_nothing_of_the_model_that_serves(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with serving(shelf.make) as stand, stand.channel() as channel:
        make, health = shelf.make, stand.service.server.set_model_health
        told: list[tuple[str, bool]] = []

        async def tell(model: str, serves: bool) -> None:
            told.append((model, serves))
            await health(model, serves)

        def dying() -> Scripted:
            engine = make()
            engine.info = replace(INFO, id=name, revision="2")

            def die(_: list[str]) -> None:
                raise EngineDied("there is no memory for two")

            engine.script = die
            return engine

        monkeypatch.setattr(stand.service.server, "set_model_health", tell)
        shelf.revision = 2
        with engines_by(dying):
            await stand.service.reload()
        assert reloads(stand) == {"failed": 1}
        assert told == []
        assert stand.samples("polygist_engine_up") == {(("model", INFO.id),): 1}
        assert made_by(await translate(channel, TEXT)) == "1"


async def test_a_successor_is_healthy_while_its_predecessor_ends_its_last_call(shelf: Shelf) -> None:
    async with serving(shelf.make) as stand, stand.channel() as channel:
        make, health = shelf.make, health_pb2_grpc.HealthStub(channel)

        def renamed() -> Scripted:
            engine = make()
            engine.info = replace(engine.info, id="successor")
            return engine

        async def state(service: str) -> int:
            return (await health.Check(health_pb2.HealthCheckRequest(service=service))).status

        shelf.revision = 2
        with engines_by(renamed), stand.service._live.use():
            reload = asyncio.create_task(stand.service.reload())
            async with asyncio.timeout(20):
                while True:
                    with suppress(grpc.aio.AioRpcError):  # NOT_FOUND before it is known
                        if await state("successor") == health_pb2.HealthCheckResponse.SERVING:
                            break
                    await asyncio.sleep(0.02)
            # The next reload does not wait for a caller who takes his time.
            await asyncio.wait_for(reload, 20)
            assert await state(INFO.id) != health_pb2.HealthCheckResponse.SERVING
            assert not shelf.engines[0].closed.is_set()
        await until(shelf.engines[0].closed.is_set)


async def test_the_loop_stays_free_when_a_reload_is_given_up(shelf: Shelf) -> None:
    """As when the server is told to end while a model loads."""
    async with serving(shelf.make) as stand, stand.channel() as channel:
        shelf.revision = 2
        # Loading ends with the engine, and it is only closed by a loop that does not wait for it.
        shelf.before_loading = lambda: shelf.engines[1].closed.wait(60) and None
        reload = asyncio.create_task(stand.service.reload())
        await until(lambda: len(shelf.engines) == 2)
        reload.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(reload, 30)
        assert shelf.engines[1].closed.is_set()
        assert made_by(await asyncio.wait_for(translate(channel, TEXT), 30)) == "1"
