"""A request's way to the models."""

import asyncio
from typing import Protocol

from polygist import shares
from polygist.engines.base import Decoding
from polygist.engines.work import Completion, Job
from polygist.errors import QueueFull
from polygist.types import Priority


class Queue(Protocol):
    """The way to a model, see `engines.scheduler.Scheduler.submit`."""

    async def submit(self, job: Job, *, admitted: bool = False) -> Completion: ...


class Lane:
    """A request's way to the models: its deadline (time.monotonic seconds, None for none), priority and window.

    The window bounds the segments that the request has under way at once, and their places in the queue, so a long
    article passes through in its own time and leaves room for others. A full queue refuses a request at its first
    segment, and none of it later.
    """

    def __init__(self, deadline: float | None, window: int, priority: Priority = Priority.INTERACTIVE) -> None:
        self.deadline, self.priority = deadline, priority
        self.window, self._places = asyncio.Semaphore(window), asyncio.Semaphore(window)
        self._admitted = False
        self._refusal: QueueFull | None = None

    async def submit(
        self, queue: Queue, prompt: tuple[int, ...], max_new_tokens: int, how: Decoding, prefix: tuple[int, ...] = ()
    ) -> Completion:
        """One prompt through a queue."""
        async with self._places:
            if self._refusal:
                raise self._refusal
            admitted, self._admitted = self._admitted, True
            job = Job(prompt, max_new_tokens, how, self.deadline, self.priority, prefix, shares.current())
            try:
                return await queue.submit(job, admitted=admitted)
            except QueueFull as error:
                # Segments beside the first one run before its refusal ends them: they must not slip in.
                self._refusal = error
                raise
