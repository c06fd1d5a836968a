"""What a job that went through a queue tells the span of its caller."""

from polygist import tracing
from polygist.engines.work import Completion, Job


def answered(model: str, job: Job, done: Completion, now: float) -> None:
    """Its wait, and the work, which is linked to the batches that it was part of."""
    if tracing.current() is None:
        return
    begun = now - done.inference_seconds
    facts = {"polygist.model": model, "polygist.priority": job.priority.name.lower()}
    tracing.past("queue", begun - done.queue_seconds, begun, facts)
    tokens = {
        "polygist.input_tokens": done.input_tokens,
        "polygist.output_tokens": done.output_tokens,
        "polygist.max_new_tokens": job.max_new_tokens,
        "polygist.beam_size": job.decoding.beam_size,
    }
    tracing.past("inference", begun, now, {**facts, **tokens}, links=done.batches)


def unanswered(model: str, job: Job, since: float, error: BaseException) -> None:
    """Its wait, in vain."""
    facts = {"polygist.model": model, "polygist.priority": job.priority.name.lower()}
    tracing.past("queue", since, None, facts, error=type(error).__name__)
