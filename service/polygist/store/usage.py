"""When a built model was last put to use: the time of an empty file beside it."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path


def touch(model: Path) -> None:
    """A model's folder is used now. Where the cache can't be written, nobody will know."""
    with suppress(OSError):
        _file(model).touch()


def last(model: Path) -> datetime | None:
    """When it was used, None for not yet."""
    try:
        return datetime.fromtimestamp(_file(model).stat().st_mtime, UTC)
    except OSError:
        return None


def forget(model: Path) -> None:
    """It is gone."""
    _file(model).unlink(missing_ok=True)


def _file(model: Path) -> Path:
    return model.with_name(f".{model.name}.used")
