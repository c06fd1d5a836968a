"""The engines of one or more models: they load side by side, and each model's stand behind a scheduler."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from polygist.engines.process import ProcessEngine
from polygist.engines.scheduler import Limits, Observer, Scheduler
from polygist.types import ModelInfo

Maker = Callable[[], ProcessEngine]


class Served(NamedTuple):
    """A model that is loaded, and the way to it."""

    info: ModelInfo
    scheduler: Scheduler


@asynccontextmanager
async def fleet(
    models: Sequence[Sequence[Maker]],
    limits: Limits,
    observe: Callable[[ModelInfo], Observer],
    meanwhile: Awaitable[object],
) -> AsyncIterator[list[Served]]:
    """Engines of each model by their makers, which begin to load at once; `meanwhile` is waited for before they are.

    `observe` makes the one who is told of a model's work. All engines end with the context.
    """
    engines = await _loaded_all(models, meanwhile)
    served = []
    for makers, made in zip(models, engines, strict=True):
        info = made[0].info
        again = [partial(_loaded, make) for make in makers]
        served.append(Served(info, Scheduler(made, again, limits, observe(info))))
    try:
        yield served
    finally:
        # The grace period was spent on the calls; what is left has no one to wait for it.
        await asyncio.gather(*(one.scheduler.close(0) for one in served))


async def _loaded_all(models: Sequence[Sequence[Maker]], meanwhile: Awaitable[object]) -> list[list[ProcessEngine]]:
    engines: list[list[ProcessEngine]] = []
    try:
        for makers in models:
            engines.append([])
            for make in makers:
                engines[-1].append(make())  # those before one that can't be made are to be closed
        await meanwhile
        for engine in _all(engines):
            await asyncio.to_thread(engine.wait_until_loaded)
    except BaseException:
        await asyncio.gather(*(asyncio.to_thread(engine.close) for engine in _all(engines)))
        raise
    return engines


def _all(engines: Sequence[Sequence[ProcessEngine]]) -> list[ProcessEngine]:
    return [engine for of_model in engines for engine in of_model]


def _loaded(make: Maker) -> ProcessEngine:
    engine = make()
    try:
        engine.wait_until_loaded()
    except BaseException:
        engine.close()
        raise
    return engine
