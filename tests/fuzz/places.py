"""Places that callers name for jobs: what is allowed lies below a root, wherever links and percent signs lead."""

import os
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from polygist.errors import InputUnreadable, InvalidRequest
from polygist.jobs.roots import Roots, below

_URL = "memory://news/"


@cache
def _folder() -> Path:
    """A root with links that lead out of it and back, and a neighbour whose name begins like its own."""
    home = Path(tempfile.mkdtemp(prefix="polygist-places-"))
    root = home / "in"
    for folder in (root / "deep", home / "in-not", home / "out"):
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text("A text.")
    (root / "link").symlink_to(home / "out")
    (root / "up").symlink_to("..")
    (root / "own").symlink_to(root / "deep")
    return Path(os.path.realpath(root))


def check(data: bytes) -> None:
    """A place below the root where it begins with "/", a URL where with another sign."""
    root, place = str(_folder()), data.decode("utf-8", "surrogateescape")
    roots = Roots([root, _URL])
    for named in (place, root + place, _URL + place):
        try:
            roots.check(named, "files.place")
        except InvalidRequest as error:
            assert [v.field for v in error.violations] == ["files.place"]
            continue
        assert ".." not in unquote(unquote(named)).split("/")
        if not os.path.isabs(named):
            assert named.startswith(_URL.rstrip("/"))
            continue
        try:
            found = roots.files(named)
        except InputUnreadable:
            continue
        for file in found:
            assert below(os.path.realpath(file.path), root)
            with file.open() as stream:
                stream.read()
