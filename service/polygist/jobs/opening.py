"""From settings to the jobs of a server."""

from polygist.errors import ConfigurationError
from polygist.jobs.keeper import Keeper
from polygist.jobs.roots import Roots
from polygist.jobs.shifts import Bounds
from polygist.metrics import Metrics
from polygist.settings import Settings


def open_jobs(settings: Settings, metrics: Metrics) -> Keeper | None:
    """None where there is no folder to keep jobs in. Raises ConfigurationError."""
    roots = Roots(settings.jobs_roots)
    if settings.jobs_dir is None:
        return None
    if settings.jobs_dir.exists() and not settings.jobs_dir.is_dir():
        raise ConfigurationError(f"POLYGIST_JOBS_DIR: {settings.jobs_dir} is no folder")
    bounds = Bounds(settings.jobs_at_once, settings.max_running_jobs, settings.jobs_expire_seconds)
    return Keeper(settings.jobs_dir, roots, bounds, metrics)
