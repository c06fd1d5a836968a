"""Which waiting jobs to compute together."""

from collections.abc import Iterable, Sequence

from polygist.engines.work import Job

# Prompts of one batch differ by at most a quarter of the oldest one's length, or by this many tokens: CTranslate2
# steps through what exceeds the shortest prompt token by token.
_FREE_SPREAD = 8


def cost(jobs: Sequence[Job]) -> int:
    """Tokens of a batch with its padding and the room for its output: rows x (longest prompt + longest output).

    >>> from polygist.engines.base import GREEDY
    >>> cost([Job((1, 2, 3), 10, GREEDY), Job((1,), 20, GREEDY)])
    46
    """
    if not jobs:
        return 0
    return len(jobs) * (max(len(j.prompt) for j in jobs) + max(j.max_new_tokens for j in jobs))


def choose(waiting: Iterable[Job], max_tokens: int, max_items: int) -> list[Job]:
    """A batch out of jobs in order of age: the oldest, and those most like it that fit the token budget.

    The oldest one is always part of it, so nothing waits for ever, and makes a batch alone if it exceeds the budget by
    itself. Others have the same decoding and a prompt of similar length.
    """
    oldest, *others = waiting
    length = len(oldest.prompt)
    spread = max(_FREE_SPREAD, length // 4)
    alike = [j for j in others if j.decoding == oldest.decoding and abs(len(j.prompt) - length) <= spread]
    alike.sort(key=lambda j: abs(len(j.prompt) - length))  # stable: among equals the older comes first
    batch, longest, room = [oldest], length, oldest.max_new_tokens
    for job in alike:
        if len(batch) == max_items:
            break
        wider, roomier = max(longest, len(job.prompt)), max(room, job.max_new_tokens)
        if (len(batch) + 1) * (wider + roomier) <= max_tokens:
            batch.append(job)
            longest, room = wider, roomier
    return batch
