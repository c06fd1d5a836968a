"""The input of a job as batch jobs read it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from polygist.batch.columns import Columns
from polygist.batch.disk import Disk, Hashed
from polygist.batch.files import File, expand
from polygist.batch.items import Item
from polygist.batch.options import Options
from polygist.batch.source import Selection, Source
from polygist.jobs.roots import Roots
from polygist.v1 import polygist_pb2 as pb

_NAME = "input.jsonl"


class Counted(Source):
    """A source that knows how many items and code points it has given, and whether those are all."""

    def __init__(self, files: Sequence[File], columns: Columns, selection: Selection, format: str = "") -> None:
        super().__init__(files, columns, selection, format)
        self._limit = selection.limit
        self.given = self.characters = 0
        self.ended = False

    def items(self) -> Iterator[Item]:
        self.given, self.characters, self.ended = 0, 0, False
        for item in super().items():
            self.given += 1
            self.characters += item.length
            yield item
        self.ended = True

    def total(self) -> tuple[int, bool]:
        """How many items there are, 0 where nothing is known yet; and whether that is an estimate."""
        if self.ended:
            return self.given, False
        share = self.share()
        expected = round(self.given / share) if share else 0
        return min(expected, self._limit) if self._limit else expected, True


def source(request: pb.CreateBatchDigestRequest, options: Options, roots: Roots, folder: Path) -> Counted:
    """The source of a job, whose own folder is there.

    Raises JobErrors, InvalidRequest where a place is allowed no more.
    """
    if request.HasField("files"):
        roots.check(request.files.place, "files.place")
        files = roots.files(request.files.place)
    else:
        Disk().replace(folder / _NAME, lambda file: _write(request.articles, file))
        files = expand(str(folder / _NAME))
    return Counted(files, options.columns, options.selection, options.input_format)


def _write(given: pb.BatchArticles, file: Hashed) -> None:
    for one in given.articles:
        article = one.article
        row = {
            "id": one.id,
            "language": one.source_language,
            "title": article.titled.title,
            "text": article.text or article.titled.body,
            "html": article.html,
        }
        file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
