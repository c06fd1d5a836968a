"""What is asked of a job, as it is kept and as it is done."""

from pathlib import Path

import pytest

from polygist.batch.columns import Columns
from polygist.batch.items import Item
from polygist.batch.source import Selection
from polygist.errors import InvalidRequest
from polygist.jobs import inputs, requests
from polygist.jobs.roots import Roots
from polygist.v1 import polygist_pb2 as pb

LIMITS = pb.Limits(max_inline_articles=10, max_request_id_code_points=10)


def inline(**fields: object) -> pb.CreateBatchDigestRequest:
    articles = [
        pb.BatchArticle(id="1", article=pb.Article(text='One "text"\n\u2028 with breaks.'), source_language="en"),
        pb.BatchArticle(id="2", article=pb.Article(titled=pb.TitledText(title="Title", body="Body."))),
        pb.BatchArticle(id="3", article=pb.Article(html="<p>Seite</p>"), source_language="de"),
        pb.BatchArticle(),
    ]
    return pb.CreateBatchDigestRequest(articles=pb.BatchArticles(articles=articles), **fields)


def test_articles_that_come_along_are_read_as_they_were_sent(tmp_path: Path) -> None:
    request = inline()
    read = inputs.source(request, requests.options(request), Roots([]), tmp_path)
    assert read.total() == (0, True)
    items = list(read.items())
    assert [i.id for i in items] == ["1", "2", "3", ""]
    assert [i.article for i in items] == [*(a.article for a in request.articles.articles[:3]), None]
    assert [i.language for i in items] == ["en", "", "de", ""]
    assert items[3].fault
    assert items[3].fault.reason == "NO_TEXT"
    assert read.total() == (4, False)
    assert read.characters == sum(map(length, items))


def length(item: Item) -> int:
    return item.length


def test_files_are_read_as_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("url;body;lang;kind\na;Eins.;de;x\nb;Two.;en;y\nc;Drei.;de;x\n")
    files = pb.BatchFiles(
        place=f"{tmp_path}/*.csv",
        columns=pb.BatchColumns(text="body", id="url", language="lang", delimiter=";"),
        where={"kind": "x"},
        limit=1,
    )
    request = pb.CreateBatchDigestRequest(
        files=files, output=pb.BatchOutput(folder="/o", format="parquet", part_size=5, retry_failed=True)
    )
    options = requests.options(request)
    assert options.columns == Columns("body", "html", "", "url", "lang", (("kind", "x"),), ";")
    assert options.selection == Selection(limit=1)
    assert (options.output_format, options.part_size, options.retry_failed) == ("parquet", 5, True)
    assert options.request.priority == pb.PRIORITY_BULK
    (item,) = inputs.source(request, options, Roots([str(tmp_path)]), tmp_path).items()
    assert (item.id, item.language) == ("a", "de")


def test_the_same_request_has_the_same_hash_and_another_one_another() -> None:
    made = [requests.order(inline(request_id=i), "c", LIMITS, Roots([])) for i in ("a", "a", "b")]
    assert made[0] == made[1]
    assert made[0].sha256 != made[2].sha256
    assert pb.CreateBatchDigestRequest.FromString(made[0].request) == inline(request_id="a")
    assert (made[0].total, made[0].output) == (4, "")


@pytest.mark.parametrize("place", ["/x/*a*a*a*a", "/x/**/y/**/z", "/x/" + "*?" * 1000, "/x/***/**"])
def test_patterns_that_could_take_for_ever_are_refused(place: str) -> None:
    request = pb.CreateBatchDigestRequest(files=pb.BatchFiles(place=place), output=pb.BatchOutput(folder="/x"))
    with pytest.raises(InvalidRequest) as error:
        requests.order(request, "c", LIMITS, Roots(["/"]))
    assert [(v.field, v.reason) for v in error.value.violations] == [("files.place", "TOO_COMPLEX")]


def asked(place: str, folder: str) -> pb.CreateBatchDigestRequest:
    return pb.CreateBatchDigestRequest(files=pb.BatchFiles(place=place), output=pb.BatchOutput(folder=folder))


@pytest.mark.parametrize(
    ("place", "folder"),
    [
        *(("/d/in", "/d/in"), ("/d/in", "/d/in/out"), ("/d/in", "/d/in/"), ("/d/in", "/d//in/./out"), ("/d/", "/d/o")),
        *(("/d/**/*.jsonl", "/d/out"), ("/d/*.jsonl", "/d"), ("/d/o*/*.jsonl", "/d/out"), ("s3://b/**", "s3://b/x")),
    ],
)
def test_an_output_does_not_lie_in_the_input(place: str, folder: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        requests.order(asked(place, folder), "c", LIMITS, Roots(["/d", "s3://b"]))
    assert [(v.field, v.reason) for v in error.value.violations] == [("output.folder", "CONFLICT")]


@pytest.mark.parametrize(
    ("place", "folder"),
    [
        *(("/d/in", "/d/in-2"), ("/d/in", "/d"), ("/d/in.jsonl", "/d/out"), ("/d/in/**/*.jsonl", "/d/out")),
        *(("/d/*.jsonl", "/d/out"), ("/d/in*/*.jsonl", "/d/out"), ("s3://b/in/*.jsonl", "s3://b/out")),
    ],
)
def test_an_output_lies_beside_the_input(place: str, folder: str) -> None:
    assert requests.order(asked(place, folder), "c", LIMITS, Roots(["/d", "s3://b"])).output == folder
