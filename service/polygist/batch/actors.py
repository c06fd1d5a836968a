"""The engine of a job on a Ray cluster: actors that Ray Data starts, feeds, and starts again where one is lost.

Ray Data streams blocks from one task, which gets them from the job, to a pool of actors, which grows and shrinks
between its bounds. Everything else that a job promises is done by the job itself, see job.py.
"""

import logging
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import grpc
import pyarrow as pa

# Else a call behind the end of a job would start a cluster.
os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")

import ray
from ray.data import ActorPoolStrategy, DataContext
from ray.data.exceptions import ExecutionTimeoutError, SystemException
from ray.exceptions import RayError
from ray.util.annotations import RayDeprecationWarning
from ray.util.queue import Queue

from polygist.batch.feeder import Feeder
from polygist.batch.servers import Engine, described, said
from polygist.errors import ConfigurationError
from polygist.v1 import polygist_pb2 as pb

# What an actor does when it starts: makes its engine.
Start = Callable[[], AbstractContextManager[Engine]]

# How often a block is tried again where its actor is lost, before all is begun anew. One whose machine is gone is asked
# every few seconds until Ray has started it elsewhere, and each time counts.
_RETRIES = 10
_END_SECONDS = 10.0


@dataclass(frozen=True)
class Pool:
    """`least` to `most` actors (0: as many as the cluster has room for), each with so many of its CPUs and GPUs.

    `articles` are what an engine works on at once.
    """

    least: int = 1
    most: int = 0
    cpus: int = 1
    gpus: float = 0.0
    articles: int = 16

    @property
    def block(self) -> int:
        """Articles that go to an actor together and come back together: few, so that it seldom waits for the last, and
        not one by one, since each block takes the job's process tens of milliseconds."""
        return max(1, self.articles // 2)

    @property
    def calls(self) -> int:
        """Blocks that an actor works on at once: one more than its engine has room for."""
        return -(-self.articles // self.block) + 1

    @property
    def in_flight(self) -> int:
        """Articles on their way: those that all actors work on and as many that wait, so that Ray sees a backlog."""
        return self.most * self.calls * self.block * 2

    def within(self, resources: Mapping[str, float]) -> "Pool":
        """With its upper bound, from what a cluster has."""
        if self.most:
            return self
        room = min(resources.get("CPU", 0) / self.cpus, resources.get("GPU", 0) / self.gpus if self.gpus else 1e9)
        return replace(self, most=max(self.least, int(room)))


class Actors:
    """An `Engine`. A stream is an execution of Ray Data, whose actors start with it and end with it."""

    def __init__(self, start: Start, pool: Pool) -> None:
        self._start, self.pool = start, pool

    def info(self, timeout: float | None = None) -> pb.GetInfoResponse:
        """What an engine somewhere in the cluster says of itself; it is started for that, which takes as long as it
        takes. Its limits are those of all actors. Raises ConfigurationError where none starts."""
        return self._info

    @cached_property
    def _info(self) -> pb.GetInfoResponse:
        pool = self.pool
        try:
            asked = ray.remote(num_cpus=pool.cpus, num_gpus=pool.gpus, max_retries=2)(_info)
            found = pb.GetInfoResponse.FromString(ray.get(asked.remote(self._start)))
        except RayError as error:
            raise ConfigurationError(f"no engine starts there; {_last_line(error)}") from error
        found.limits.max_articles_in_flight = pool.in_flight
        return found

    def digest_many(self, items: Iterable[pb.DigestManyRequest], *, ahead: int) -> Iterator[pb.DigestManyResponse]:
        """Answers in any order. Raises Broken where actors were lost too often, or can't start."""
        try:
            _connect()
            # What is on its way lies where the job runs, and is lost only with it.
            here = {"num_cpus": 0, "label_selector": {"ray.io/node-id": ray.get_runtime_context().get_node_id()}}
            blocks = Queue(2 * self.pool.most, actor_options=here)
            feeder = Feeder(items, ahead, self.pool.block, blocks.put)
            feeder.start()
            try:
                for block in self._answers(blocks, here):
                    for answer in chain.from_iterable(block["answers"].to_pylist()):
                        feeder.answered()
                        yield pb.DigestManyResponse.FromString(answer)
            finally:
                feeder.end()
                with suppress(RayError):  # a job that has ended may have closed the connection
                    blocks.shutdown(force=True)
                feeder.join(_END_SECONDS)
        except (RayError, SystemException, ExecutionTimeoutError, ConfigurationError) as error:
            # With the connection ends all that was made over it: actors that wait for a machine keep new ones out.
            ray.shutdown()
            raise Broken(error) from error
        if feeder.error:
            raise feeder.error

    def _answers(self, blocks: Queue, here: Mapping[str, Any]) -> Iterator[pa.Table]:
        pool, context = self.pool, DataContext.get_current().copy()
        context.enable_progress_bars = context.print_on_execution_start = False
        # Every row is a block of its own, and goes on at once.
        context.target_max_block_size = 1
        compute = ActorPoolStrategy(
            min_size=pool.least,
            max_size=pool.most,
            max_concurrent_calls_per_actor=pool.calls,
            enable_true_multi_threading=True,
        )
        with DataContext.current(context):
            # What the task has taken from the queue would be lost with it: better the stream than an article.
            requests = ray.data.from_items([0]).map_batches(_read, fn_args=(blocks,), max_retries=0, **here)
            answers = requests.map_batches(
                _Actor,
                fn_constructor_args=(self._start, described(self._info)),
                batch_size=1,
                batch_format="pyarrow",
                compute=compute,
                num_cpus=pool.cpus,
                num_gpus=pool.gpus,
                max_task_retries=_RETRIES,
            )
        # None is held back for the one behind it.
        yield from answers.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)


class Broken(grpc.RpcError):
    """The stream ended too early."""

    def __init__(self, error: Exception) -> None:
        super().__init__(_last_line(error))


def _last_line(error: Exception) -> str:
    """Of what Ray says, which is a traceback from elsewhere, as a rule."""
    if isinstance(error, ExecutionTimeoutError):
        return "Ray: nothing has moved for too long"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"Ray: {lines[-1][:300] if lines else type(error).__name__}"


@contextmanager
def running(start: Start, pool: Pool) -> Iterator[Actors]:
    """Actors on the cluster that RAY_ADDRESS names or that runs on this machine; where there is none, one is started
    for this process alone. Raises ConfigurationError where there is no connection."""
    # Nobody is told of the job.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray 2.64 wants another way to say how often a task is tried; 2.60 has none.
    warnings.simplefilter("ignore", RayDeprecationWarning)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    _connect()
    try:
        yield Actors(start, pool.within(ray.cluster_resources()))
    finally:
        ray.shutdown()


def _connect() -> None:
    if ray.is_initialized():
        return
    try:
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError) as error:  # none answers, or one with another version
        raise ConfigurationError(_last_line(error)) from error


# What follows runs elsewhere in the cluster.


def _info(start: Start) -> bytes:
    with start() as engine:
        return engine.info().SerializeToString()


def _read(_: Any, blocks: Queue) -> Iterator[pa.Table]:
    """A row for each block that the job puts in line."""
    while block := blocks.get():
        yield pa.table({"requests": pa.array([block], pa.list_(pa.binary()))})


class _Actor:
    """An engine, and what is asked of it."""

    def __init__(self, start: Start, about: Mapping[str, Any]) -> None:
        self._open = ExitStack()
        self._engine = self._open.enter_context(start())
        if (now := described(self._engine.info())) != about:
            raise ConfigurationError(f"the actors differ: one has {said(about)}, another {said(now)}")

    def __call__(self, block: pa.Table) -> pa.Table:
        requests = [pb.DigestManyRequest.FromString(r) for r in chain.from_iterable(block["requests"].to_pylist())]
        answers = [a.SerializeToString() for a in self._engine.digest_many(requests, ahead=len(requests))]
        return pa.table({"answers": pa.array([answers], pa.list_(pa.binary()))})

    def __del__(self) -> None:
        self._open.close()
