"""Every kind of input as the same items: positions, ids, texts, faults, filters."""

import bz2
import gzip
import io
import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from polygist.batch import rows
from polygist.batch.columns import Columns
from polygist.batch.files import expand
from polygist.batch.items import Item
from polygist.batch.source import Selection, Source
from polygist.errors import InputUnreadable

TEXTS = ["One, two.", 'He said "three"\nand went.', "Чотири «п'ять».", "Straße, " * 40]


def read(place: Path | str, columns: Columns | None = None, selection: Selection | None = None) -> list[Item]:
    return list(Source(expand(str(place)), columns or Columns(), selection or Selection()).items())


def plain(items: list[Item]) -> list[tuple[int, str, str]]:
    """Position, id and text, or the reason of a fault."""
    return [(i.position, i.id, i.fault.reason if i.fault else i.article.text or i.article.html) for i in items]


def jsonl(path: Path) -> Path:
    path.write_text("".join(json.dumps({"id": f"a{i}", "text": t}) + "\n" for i, t in enumerate(TEXTS)))
    return path


def csv(path: Path, mark: str = ",") -> Path:
    quoted = ['"' + t.replace('"', '""') + '"' for t in TEXTS]
    body = "".join(f"a{i}{mark}{t}\r\n" for i, t in enumerate(quoted))
    path.write_bytes(b"\xef\xbb\xbf" + f"id{mark}text\r\n{body}".encode())
    return path


def table(path: Path) -> Path:
    ids = pa.array([f"a{i}" for i in range(len(TEXTS))]).dictionary_encode()
    parquet.write_table(pa.table({"id": ids, "text": TEXTS, "other": [1] * len(TEXTS)}), path, row_group_size=3)
    return path


def packed(path: Path, compress: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(compress(jsonl(path).read_bytes()))
    return path


def remote(path: Path) -> str:
    with fsspec.open("memory://batch/in.jsonl", "wb") as file:
        file.write(jsonl(path).read_bytes())
    return "memory://batch/in.jsonl"


KINDS: dict[str, Callable[[Path], Path | str]] = {
    "jsonl": lambda p: jsonl(p / "a.jsonl"),
    "jsonl.gz": lambda p: packed(p / "a.jsonl.gz", gzip.compress),
    "jsonl.bz2": lambda p: packed(p / "a.jsonl.bz2", bz2.compress),
    "jsonl.xz": lambda p: packed(p / "a.jsonl.xz", lzma.compress),
    "csv": lambda p: csv(p / "a.csv"),
    "tsv": lambda p: csv(p / "a.tsv", "\t"),
    "parquet": lambda p: table(p / "a.parquet"),
    "url": lambda p: remote(p / "a.jsonl"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rows_in_every_format_are_the_same_items(tmp_path: Path, kind: str) -> None:
    source = Source(expand(str(KINDS[kind](tmp_path))), Columns(), Selection())
    items = list(source.items())
    assert plain(items) == [(i, f"a{i}", t) for i, t in enumerate(TEXTS)]
    assert [i.sha256 for i in items] == [i.sha256 for i in read(jsonl(tmp_path / "same.jsonl"))]
    assert source.share() == 1.0


def test_standard_input_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = jsonl(tmp_path / "a.jsonl").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert [t for *_, t in plain(read("-"))] == TEXTS


def folder(path: Path) -> Path:
    (path / "b").mkdir(parents=True)
    (path / "b" / "two.html").write_text("<p>Two</p>", encoding="utf-8")
    (path / "a.txt").write_bytes(b"\xef\xbb\xbfOne")
    (path / "c.txt").write_bytes("Größe".encode("latin-1"))
    (path / "d.pdf").write_bytes(b"%PDF")
    (path / ".hidden.txt").write_text("no")
    (path / "z.jsonl").write_text('{"id": "x", "text": "Last"}\n')
    (path / "empty.txt").write_text("")
    return path


def test_a_folder_is_read_in_the_order_of_its_names_and_what_can_not_be_read_is_said(tmp_path: Path) -> None:
    assert plain(read(folder(tmp_path / "in"))) == [
        (0, "a.txt", "One"),
        (1, "b/two.html", "<p>Two</p>"),
        (2, "c.txt", "NOT_UTF8"),
        (3, "d.pdf", "UNKNOWN_FORMAT"),
        (4, "empty.txt", "NO_TEXT"),
        (5, "x", "Last"),
    ]


def test_a_pattern_names_some_of_the_files(tmp_path: Path) -> None:
    assert [i for _, i, _ in plain(read(f"{folder(tmp_path / 'in')}/**/*.html"))] == ["b/two.html"]
    assert [i for _, i, _ in plain(read(f"{tmp_path}/in/*.txt"))] == ["a.txt", "c.txt", "empty.txt"]


def test_a_file_that_can_not_be_opened_is_the_fault_of_one_item(tmp_path: Path) -> None:
    files = expand(str(folder(tmp_path / "in")))
    (tmp_path / "in" / "a.txt").unlink()
    assert plain(list(Source(files, Columns(), Selection()).items()))[0] == (0, "a.txt", "UNREADABLE")


@pytest.mark.parametrize("place", ["nothing.jsonl", "*.nothing", "nothing://a/b", "empty"])
def test_no_input_is_an_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputUnreadable):
        read(place if "://" in place else tmp_path / place)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.parquet"])
def test_a_damaged_file_is_an_error_with_its_name(tmp_path: Path, name: str) -> None:
    whole = KINDS[name.removeprefix("a.")](tmp_path)
    Path(whole).write_bytes(Path(whole).read_bytes()[:-40])
    with pytest.raises(InputUnreadable, match=f"^{name}"):
        read(whole)


def test_a_column_that_is_not_there_is_an_error_that_lists_those_that_are(tmp_path: Path) -> None:
    for place in (csv(tmp_path / "a.csv"), table(tmp_path / "a.parquet")):
        with pytest.raises(InputUnreadable, match="no column 'body'; there are: id, text"):
            read(place, Columns(text="body"))
        with pytest.raises(InputUnreadable, match="no column 'lang'"):
            read(place, Columns(language="lang"))


def test_of_a_row_that_is_taken_for_names_an_error_shows_little(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{'A word. ' * 10_000},{','.join(map(str, range(100)))}\n")
    with pytest.raises(InputUnreadable, match=r"there are: A word\. .{32}…, 0, .*, 28, and 71 more$") as error:
        read(tmp_path / "a.csv")
    assert len(str(error.value)) < 250


def test_columns_are_mapped(tmp_path: Path) -> None:
    row = {"nr": 7, "kopf": "Titel", "inhalt": "Text", "sprache": "de"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    (item,) = read(tmp_path / "a.jsonl", Columns("inhalt", "html", "kopf", "nr", "sprache"))
    assert (item.id, item.language) == ("7", "de")
    assert (item.article.titled.title, item.article.titled.body) == ("Titel", "Text")


def test_a_page_is_taken_where_there_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": null, "html": "<p>A</p>"}\n{"text": "T", "html": "<p>A</p>"}\n')
    assert [i.article.WhichOneof("content") for i in read(tmp_path / "a.jsonl")] == ["html", "text"]


MALFORMED = [(b'"a","b"c"\n', "MALFORMED"), (b"1,2,3\n", "MALFORMED"), (b"a,\xff\xfe\n", "NOT_UTF8")]


@pytest.mark.parametrize(("row", "reason"), MALFORMED)
def test_a_malformed_row_of_csv_fails_alone(tmp_path: Path, row: bytes, reason: str) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,text\n1,One\n" + row + b"\n3,Three\n")
    assert [t for *_, t in plain(read(tmp_path / "a.csv"))] == ["One", reason, "Three"]


def test_a_quotation_mark_that_is_never_closed_does_not_take_the_rest_for_an_article(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'id,text\n1,One\n2,"Two\n3,Three\n')
    assert [t for *_, t in plain(read(tmp_path / "a.csv"))] == ["One", "MALFORMED"]


def test_a_parquet_string_that_is_no_utf8_fails_alone(tmp_path: Path) -> None:
    raw = pa.array([b"One", b"\xff\xfe", b"Three"], pa.binary()).view(pa.string())
    parquet.write_table(pa.table({"text": raw}), tmp_path / "a.parquet")
    assert [t for *_, t in plain(read(tmp_path / "a.parquet"))] == ["One", "NOT_UTF8", "Three"]


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_line_that_is_too_long_fails_alone_and_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    monkeypatch.setattr(rows, "MAX_ROW_BYTES", 50)
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "A"}\n{"text": "' + b"x" * 400 + b'"}' + end)
    assert [t for *_, t in plain(read(tmp_path / "a.jsonl"))] == ["A", "ROW_TOO_LONG"]


HOSTILE = ['{"text": ' + "[" * 100_000, "[1]", "1" * 5000, '{"text": {"a": 1}}', '{"id": "\\ud800", "text": "A"}', "\0"]


def test_hostile_lines_end_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join([*HOSTILE, '{"text": "Last"}']))
    found = [t for *_, t in plain(read(tmp_path / "a.jsonl"))]
    assert found == ["MALFORMED", "MALFORMED", "MALFORMED", "NO_TEXT", "A", "MALFORMED", "Last"]


def numbered(path: Path, number: int) -> Path:
    path.write_text("".join(json.dumps({"text": f"T{i}", "even": i % 2 == 0, "n": i}) + "\n" for i in range(number)))
    return path


def test_rows_are_chosen_by_column_and_limit_and_keep_their_positions(tmp_path: Path) -> None:
    place = numbered(tmp_path / "a.jsonl", 10)
    assert [i.position for i in read(place, Columns(where=(("even", "true"),)))] == [0, 2, 4, 6, 8]
    assert [i.position for i in read(place, Columns(where=(("even", "true"), ("n", "4"))))] == [4]
    assert [i.position for i in read(place, selection=Selection(2, 3, limit=2))] == [1, 4]
    assert read(place, Columns(where=(("missing", "x"),))) == []


@given(number=st.integers(0, 30), shards=st.integers(1, 7))
def test_shards_share_the_rows(tmp_path_factory: pytest.TempPathFactory, number: int, shards: int) -> None:
    place = numbered(tmp_path_factory.mktemp("shards") / "a.jsonl", number)
    found = [i.position for n in range(1, shards + 1) for i in read(place, selection=Selection(n, shards))]
    assert sorted(found) == list(range(number))


def test_the_hash_tells_fields_apart_and_not_where_a_row_stands(tmp_path: Path) -> None:
    given = [{"id": "a", "text": "bc"}, {"id": "ab", "text": "c"}, {"id": "a", "text": "bc"}, {"id": "a", "html": "bc"}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in given))
    hashes = [i.sha256 for i in read(tmp_path / "a.jsonl")]
    assert hashes[0] == hashes[2]
    assert len(set(hashes)) == 3
