"""Pairs in files of bounded size, by mix."""

from pathlib import Path

from training.pairs import Pair, Writer


class Shards:
    """A folder of MIX-000.jsonl.gz, MIX-001.jsonl.gz, ... with at most `size` pairs each; a context manager."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder, self._size = folder, size
        self._open: dict[str, tuple[Writer, int]] = {}
        self._files: dict[str, list[Path]] = {}

    def add(self, mix: str, pair: Pair) -> None:
        writer, count = self._open.get(mix, (None, 0))
        if writer is None or count == self._size:
            if writer:
                writer.close()
            files = self._files.setdefault(mix, [])
            files.append(self._folder / f"{mix}-{len(files):03d}.jsonl.gz")
            writer, count = Writer(files[-1]), 0
        writer.add(pair)
        self._open[mix] = writer, count + 1

    def files(self, *mixes: str) -> list[Path]:
        """The files of these mixes, in order; complete once they are closed."""
        return [file for mix in mixes for file in self._files.get(mix, ())]

    def close(self) -> None:
        """Finish all files; the next pair begins a new one."""
        for writer, _ in self._open.values():
            writer.close()
        self._open.clear()

    def __enter__(self) -> "Shards":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
