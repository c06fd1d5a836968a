"""What a job that went through a queue tells the span of its caller."""

from polygist import tracing
from polygist.engines.waiting import Item
from polygist.engines.work import Completion, Job


def answered(model: str, job: Job, done: Completion, now: float) -> None:
    """Its wait, and the work, which is linked to the batches that it was part of."""
    if tracing.current() is None:
        return
    begun = now - done.inference_seconds
    facts = {"polygist.model": model, "polygist.priority": job.priority.name.lower()}
    tracing.past("queue", begun - done.queue_seconds, begun, facts)
    work: tracing.Attributes = {**facts, **_asked(job), "polygist.output_tokens": done.output_tokens}
    tracing.past("inference", begun, now, work, links=done.batches)


def unanswered(model: str, job: Job, since: float, item: Item | None, error: BaseException) -> None:
    """Its wait, and the work where an engine had begun with its `item`, in vain."""
    facts = {"polygist.model": model, "polygist.priority": job.priority.name.lower()}
    kind = tracing.fault(error)
    begun = None if item is None or item.begun is None else max(item.begun, since)
    tracing.past("queue", since, begun, facts, error=kind if begun is None else "")
    if item is not None and begun is not None:
        work: tracing.Attributes = {**facts, **_asked(job)}
        tracing.past("inference", begun, None, work, links=item.batches, error=kind)


def _asked(job: Job) -> dict[str, int]:
    return {
        "polygist.input_tokens": len(job.prompt),
        "polygist.max_new_tokens": job.max_new_tokens,
        "polygist.beam_size": job.decoding.beam_size,
    }
