"""Models in a local folder, used where they lie."""

from pathlib import Path

from polygist.errors import PullFailed
from polygist.store.origins.base import Listing, Offer, Told


class Folder:
    """A folder as `save_pretrained` writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def listing(self) -> Listing:
        """The files in it. Raises PullFailed."""
        if not self._path.is_dir():
            raise PullFailed(f"the folder {self._path} is missing")
        return Listing({f.name: Offer(f.stat().st_size) for f in sorted(self._path.iterdir()) if f.is_file()})

    def fetch(self, name: str, file: Path, told: Told) -> None:
        """Nothing is copied."""
        raise NotImplementedError
