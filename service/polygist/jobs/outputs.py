"""Where the output of a job goes: a folder that the caller named, or one of its own, copied to a URL at its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec

from polygist.batch.index import NAME as INDEX
from polygist.errors import OutputFailed, OutputForeign, PolygistError
from polygist.jobs.roots import Roots

_CLAIMED = "claimed"


class Output:
    """The output of a job whose `own` folder is there. `place` is "" for results, a path or a URL.

    Raises OutputFailed, OutputForeign, InvalidRequest where the place is allowed no more.
    """

    def __init__(self, place: str, own: Path, roots: Roots) -> None:
        self._place, self._own = place, own
        if place:
            roots.check(place, "output.folder")
        self._copied = "://" in place
        self.folder = own / "output" if self._copied or not place else Path(place)
        if self._copied:
            self._claim()

    def _claim(self) -> None:
        """Nothing is there unless this job has put it there."""
        if (self._own / _CLAIMED).exists():
            return
        with _writing(self._place):
            system, path = fsspec.core.url_to_fs(self._place)
            if system.exists(path) and system.find(path):
                raise OutputForeign(f"{self._place}: holds other files; name another folder")
        (self._own / _CLAIMED).touch()

    @property
    def results(self) -> Path | None:
        """Where results are to be read, if the caller has named no place."""
        return None if self._place else self.folder

    def publish(self) -> None:
        """Copy what was written to where it was asked for, the index last."""
        if not self._copied:
            return
        files = [f for f in sorted(self.folder.iterdir()) if f.suffix != ".spool" and f.name != "checkpoint.jsonl"]
        with _writing(self._place):
            system, path = fsspec.core.url_to_fs(self._place)
            system.makedirs(path, exist_ok=True)
            for file in sorted(files, key=lambda f: f.name == INDEX):
                system.put_file(str(file), f"{path.rstrip('/')}/{file.name}")


@contextmanager
def _writing(place: str) -> Iterator[Any]:
    """Errors of file systems, which plug-ins have of their own, as OutputFailed."""
    try:
        yield
    except PolygistError:
        raise
    except Exception as error:
        said = getattr(error, "strerror", None) or str(error).split("\n", 1)[0][:200] or type(error).__name__
        raise OutputFailed(f"{place}: {said}") from error
