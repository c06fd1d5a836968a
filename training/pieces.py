"""A folder as files of bounded size, for machines that are filled bit by bit, and back.

    python -m training.pieces split FOLDER OUT [--size 60000000]
    python -m training.pieces join OUT FOLDER

OUT gets 000, 001, ... and `sums`, which holds the sha256 of each. Pieces may come to the other machine
in any order; `join` says which are missing (exit status 75) and writes the folder when all are there and right.
"""

import argparse
import hashlib
import shutil
import tarfile
import tempfile
from pathlib import Path

MOST_BYTES = 60_000_000
SUMS = "sums"
UNFINISHED = 75  # EX_TEMPFAIL of sysexits.h
_BLOCK = 1 << 20


class Missing(Exception):
    """Pieces are not there, or not what they should be."""


def split(folder: Path, out: Path, size: int = MOST_BYTES) -> list[Path]:
    """Write the folder's files in pieces of at most `size` bytes; returns the pieces."""
    out.mkdir(parents=True)
    with tempfile.TemporaryFile(dir=out) as whole:
        with tarfile.open(fileobj=whole, mode="w") as tar:
            for file in sorted(p for p in folder.rglob("*") if p.is_file()):
                with file.open("rb") as content:
                    tar.addfile(_entry(file, folder), content)
        whole.seek(0)
        pieces: list[Path] = []
        while block := whole.read(size):
            pieces.append(out / f"{len(pieces):03d}")
            pieces[-1].write_bytes(block)
    (out / SUMS).write_text("".join(f"{_sha256(p)}  {p.name}\n" for p in pieces), encoding="ascii")
    return pieces


def _entry(file: Path, folder: Path) -> tarfile.TarInfo:
    """Name and size alone, so that the same files make the same pieces."""
    entry = tarfile.TarInfo(file.relative_to(folder).as_posix())
    entry.size = file.stat().st_size
    return entry


def join(pieces: Path, folder: Path) -> None:
    """Write the folder from its pieces, whole or not at all. Raises Missing with the names of those that are not there
    or not right; FileExistsError if the folder is there."""
    if folder.exists():
        raise FileExistsError(f"{folder} is there already")
    if not (pieces / SUMS).is_file():
        raise Missing(f"{pieces / SUMS} is missing")
    lines = (pieces / SUMS).read_text(encoding="ascii").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    wrong = [n for n, digest in sums.items() if not (pieces / n).is_file() or _sha256(pieces / n) != digest]
    if wrong:
        raise Missing(f"{pieces} lacks {', '.join(wrong)}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        whole = Path(work, "whole.tar")
        with whole.open("wb") as stream:
            for name in sums:
                with (pieces / name).open("rb") as piece:
                    shutil.copyfileobj(piece, stream)
        with tarfile.open(whole) as tar:
            tar.extractall(Path(work, "folder"), filter="data")
        Path(work, "folder").rename(folder)


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", choices=("split", "join"))
    arguments.add_argument("source", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--size", type=int, default=MOST_BYTES)
    options = arguments.parse_args()
    if options.what == "split":
        print(f"{len(split(options.source, options.out, options.size))} pieces")
        return
    try:
        join(options.source, options.out)
    except Missing as missing:
        print(missing)
        raise SystemExit(UNFINISHED) from None


if __name__ == "__main__":
    main()
