"""Who does the work of a batch job: servers, one inside this process, or actors on a Ray cluster."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from polygist import settings
from polygist.batch.servers import Engine
from polygist.cli import access
from polygist.cli.exits import USAGE, fail
from polygist.cli.sessions import address
from polygist.client import Client
from polygist.errors import ConfigurationError

if TYPE_CHECKING:
    from polygist.batch.actors import Actors


class Runner(StrEnum):
    """Where engines are."""

    SERVERS = "servers"
    RAY = "ray"


@contextmanager
def engines(
    runner: Runner,
    server: str,
    local: bool,
    actors: str,
    actor_cpus: int,
    actor_gpus: float | None,
) -> Iterator[tuple[dict[str, Engine], int]]:
    """Engines by their names, and how many articles they want at hand at least."""
    if runner is Runner.RAY:
        if server or local:
            raise fail("--runner ray starts its engines itself; --server and --local are not for it", USAGE)
        with _actors(actors, actor_cpus, actor_gpus) as engine:
            yield {"ray": engine}, engine.pool.in_flight
        return
    with ExitStack() as stack:
        names = [name.strip() for name in server.split(",") if name.strip()] or [address("")]
        if local:
            from polygist import inprocess  # the engines take seconds to import

            inside = stack.enter_context(inprocess.running(settings.load()))
            yield {inside: stack.enter_context(Client(inside, None, retries=False))}, 0
            return
        known = access.chosen()
        yield {name: stack.enter_context(known.client(name, None, retries=False)) for name in names}, 0


@contextmanager
def _actors(bounds: str, cpus: int, gpus: float | None) -> "Iterator[Actors]":
    least, _, most = bounds.partition(":")
    if not (least.isdecimal() and int(least) and (not most or (most.isdecimal() and int(most) >= int(least)))):
        raise fail("--actors is MIN:MAX, or MIN: for as many as there is room for", USAGE)
    try:
        from polygist.batch.actors import Pool, running  # an extra, and takes seconds to import
    except ImportError as error:
        raise ConfigurationError("--runner ray needs: pip install 'polygist[ray]'") from error
    given = settings.load()
    gpus = float(given.device == "cuda") if gpus is None else gpus
    chosen = {name: getattr(given, name) for name in given.model_fields_set}
    pool = Pool(int(least), int(most or 0), cpus, gpus, given.max_articles_in_flight)
    with running(partial(in_process, chosen, cpus), pool) as engine:
        yield engine


@contextmanager
def in_process(chosen: Mapping[str, object], cpus: int) -> Iterator[Engine]:
    """What an actor works with: a server inside its process. What the job's process was told by its environment holds
    here, too."""
    from polygist import inprocess

    seat = {"threads": cpus} if chosen.get("device") == "cuda" else {"replicas": 1, "threads": cpus}
    with (
        inprocess.running(settings.load(**{**chosen, **seat})) as target,
        Client(target, None, retries=False) as client,
    ):
        yield client
