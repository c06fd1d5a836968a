"""Files of batch jobs: every row is an item, with an article that can be sent or the reason why it has none."""

import io
from itertools import islice
from types import SimpleNamespace

from polygist.batch.columns import Columns
from polygist.batch.files import File
from polygist.batch.rows import FORMATS
from polygist.batch.source import Selection, Source
from polygist.errors import InputUnreadable

_FORMATS = ("jsonl", "csv", "tsv", "text", "html")
_MOST = 1_000


def check(data: bytes) -> None:
    """The first byte says in which format."""
    name, content = _FORMATS[(data[:1] or b"0")[0] % len(_FORMATS)], data[1:]
    assert name in FORMATS
    system = SimpleNamespace(open=lambda path, mode: io.BytesIO(content))
    for columns in (Columns(), Columns(title="title", language="language", where=(("id", "1"),))):
        source = Source([File("in", system, "in", len(content))], columns, Selection(), name)
        try:
            items = list(islice(source.items(), _MOST))
        except InputUnreadable:
            continue
        positions = [item.position for item in items]
        assert positions == sorted(set(positions))
        for item in items:
            assert (item.article is None) is not (item.fault is None)
            assert item.article is None or item.article.SerializeToString()
            assert len(item.sha256) == 64
            assert item.id.encode() is not None
