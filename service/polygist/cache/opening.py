"""Which tiers there are."""

from functools import reduce
from pathlib import Path

from polygist.cache.base import Cache, Observer
from polygist.cache.disk import Disk
from polygist.cache.memory import Memory
from polygist.cache.tiers import Tiers
from polygist.errors import ConfigurationError


def open_cache(
    *,
    memory_bytes: int,
    disk_path: Path | None,
    disk_bytes: int,
    redis_url: str | None,
    redis_ttl_seconds: int,
    observer: Observer,
) -> Cache | None:
    """Memory in front of the disk in front of Redis, as far as each is wanted; None where none is.

    A bound of 0 bytes, or no path or URL, turns a tier off. `disk_path` is a folder of the cache's own, which is made
    when it is missing; trouble with it, or with reaching Redis, never fails. Raises ConfigurationError for a URL that
    can't be used, or when redis-py is not installed.
    """
    behind = [_remote(redis_url, redis_ttl_seconds, observer)] if redis_url else []
    tiers: list[Cache] = [Memory(memory_bytes, observer)] if memory_bytes else []
    if disk_path and disk_bytes:
        tiers.append(Disk(disk_path, disk_bytes, observer))
    tiers += behind
    return reduce(lambda rest, front: Tiers(front, rest), reversed(tiers)) if tiers else None


def _remote(url: str, ttl_seconds: int, observer: Observer) -> Cache:
    try:
        from polygist.cache.remote import Remote
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("redis"):
            raise
        raise ConfigurationError(
            "POLYGIST_CACHE_REDIS_URL needs redis-py; install it with: pip install 'polygist[redis]'"
        ) from error
    return Remote(url, ttl_seconds, observer)
