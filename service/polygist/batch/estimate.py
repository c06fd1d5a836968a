"""What a job would take, from all of its input and a sample on its servers. Nothing is written."""

import queue
import random
import resource
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from polygist.batch.items import Item
from polygist.batch.options import Options
from polygist.batch.servers import Done, Engine, Gone, Server
from polygist.batch.source import Source
from polygist.batch.window import Task, Window

_SAMPLE = 32


@dataclass
class Estimate:
    """Of the input: rows, rows that were not asked for, articles, faults by reason, code points of all and of the
    longest article. Of the sample: articles, code points and bytes of records in so many seconds."""

    rows: int = 0
    filtered: int = 0
    articles: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    code_points: int = 0
    longest: int = 0
    sampled: int = 0
    sampled_code_points: int = 0
    sampled_bytes: int = 0
    sampled_seconds: float = 0.0
    window: int = 0

    @property
    def seconds(self) -> float | None:
        """Of the whole job; None where no answer came."""
        done = self.sampled_code_points
        return self.code_points * self.sampled_seconds / done if done else None

    @property
    def output_bytes(self) -> int | None:
        """Of all records as JSONL; None where no answer came."""
        return self.articles * self.sampled_bytes // self.sampled if self.sampled else None

    @property
    def memory_bytes(self) -> int:
        """Of this process at most: what it has now, and a window of the longest article, text and record."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + self.window * self.longest * 8


def estimate(source: Source, engines: Mapping[str, Engine], options: Options, seconds: float) -> Estimate:
    """Read the input, and digest a sample of it for at most so many seconds. Raises InputUnreadable."""
    found, pick, chosen = Estimate(window=options.window), random.Random(1), list[Item]()
    for item in source.items():
        if item.fault:
            found.faults[item.fault.reason] += 1
            continue
        found.articles += 1
        found.code_points += item.length
        found.longest = max(found.longest, item.length)
        if len(chosen) < _SAMPLE:
            chosen.append(item)
        elif (place := pick.randrange(found.articles)) < _SAMPLE:
            chosen[place] = item
    found.rows, found.filtered = source.rows, source.filtered
    _time(found, chosen, engines, options, seconds)
    return found


def _time(found: Estimate, chosen: list[Item], engines: Mapping[str, Engine], options: Options, seconds: float) -> None:
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    window = Window(_SAMPLE, options.attempts)
    part: Any = None  # nothing is kept
    for item in chosen:
        window.admit()
        window.put(Task(item, part))
    window.end()
    servers = {Server(n, e, window, options.request, events.put, seconds) for n, e in engines.items()}
    for server in servers:
        server.start()
    begun = time.monotonic()
    try:
        while servers and (left := begun + seconds - time.monotonic()) > 0:
            match events.get(timeout=left):
                case Done(task, outcome):
                    window.release()
                    if not outcome.fault:
                        found.sampled += 1
                        found.sampled_code_points += task.item.length
                        found.sampled_bytes += len(outcome.record.encode())
                        found.sampled_seconds = time.monotonic() - begun
                case Gone(thread, _):
                    servers.discard(thread)
    except queue.Empty:
        pass  # the time is up
    finally:
        window.close()
        for server in servers:
            server.stop()
