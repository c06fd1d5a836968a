"""What is kept of an answer, and how it is stored."""

import io
import json
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from polygist.batch.disk import Hashed
from polygist.batch.formats import FORMATS
from polygist.batch.items import Item
from polygist.batch.outcomes import answered, fault_of, record_line
from polygist.v1 import polygist_pb2 as pb

WARNING = pb.Warning(type=pb.Warning.TYPE_SHORT_ARTICLE, detail="short")
DIGEST = pb.DigestResponse(
    request_id="made by the server",
    source_language="uk",
    summary=pb.Summary(headline="Назва", lead="Лід", key_points=[pb.KeyPoint(text="Раз", rank_score=1 / 3)]),
    translations=[
        pb.Translation(target_language="de", summary=pb.Summary(headline="Titel"), estimated_quality=0.1 + 0.2),
        pb.Translation(target_language="en", article_text="Text"),
    ],
    warnings=[WARNING, WARNING],
    timings=pb.Timings(total=Duration(seconds=3)),
    tokens=pb.TokenCounts(input=5, output=7, remembered_segments=1),
)


def test_a_record_is_the_digest_without_what_differs_from_run_to_run() -> None:
    outcome = answered(Item(3, "a", "hash"), DIGEST)
    record = json.loads(outcome.record)
    assert {k: record[k] for k in ("position", "id", "sha256")} == {"position": 3, "id": "a", "sha256": "hash"}
    assert [*record["digest"]] == ["source_language", "summary", "translations", "warnings"]
    assert record["digest"]["summary"]["key_points"][0] == {"text": "Раз", "rank_score": 1 / 3}
    assert outcome.warnings == {"short_article": 2}
    assert outcome.tokens == {"input": 5, "output": 7, "remembered_segments": 1}


def test_the_columns_of_parquet(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        FORMATS["parquet"].write(Hashed(file), [answered(Item(3, "a", "hash"), DIGEST).record])
    (row,) = parquet.read_table(tmp_path / "a").to_pylist()
    digest = json.loads(row.pop("digest"))
    assert digest["source_language"] == "uk"
    empty = {"headline": None, "lead": None, "key_points": []}
    assert row == {
        "position": 3,
        "id": "a",
        "sha256": "hash",
        "source_language": "uk",
        "headline": "Назва",
        "lead": "Лід",
        "key_points": ["Раз"],
        "translations": [
            {"language": "de", **empty, "headline": "Titel", "article_text": None, "estimated_quality": 0.1 + 0.2},
            {"language": "en", **empty, "article_text": "Text", "estimated_quality": None},
        ],
        "warnings": ["short_article", "short_article"],
    }


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
ROW = st.tuples(st.integers(0, 2**62), TEXT, TEXT, st.lists(st.tuples(TEXT, st.floats(0, 1)), max_size=3))


@given(rows=st.lists(ROW, max_size=300))
def test_records_come_back_from_a_part_letter_by_letter(
    tmp_path_factory: object, rows: list[tuple[int, str, str, list[tuple[str, float]]]]
) -> None:
    made = []
    for position, id, headline, points in rows:
        summary = {"headline": headline, "key_points": [{"text": t, "rank_score": s} for t, s in points]}
        made.append(record_line(position, id, "hash", {"source_language": "en", "summary": summary}))
    path = tmp_path_factory.mktemp("part") / "part"  # type: ignore[attr-defined]
    for format in FORMATS.values():
        with path.open("wb") as file:
            format.write(Hashed(file), made)
        assert list(format.read(path)) == made


def test_the_same_records_are_the_same_bytes() -> None:
    def written(name: str) -> bytes:
        file = io.BytesIO()
        FORMATS[name].write(Hashed(file), [answered(Item(3, "a", "hash"), DIGEST).record] * 300)
        return file.getvalue()

    for name in FORMATS:
        assert written(name) == written(name)


def test_a_fault_names_fields_and_reason() -> None:
    status = status_pb2.Status(code=3, message="digest.article.text: is too long")
    violation = error_details_pb2.BadRequest.FieldViolation(field="digest.article.text", description="is too long")
    for detail in (
        error_details_pb2.ErrorInfo(reason="INVALID_REQUEST"),
        error_details_pb2.BadRequest(field_violations=[violation]),
    ):
        status.details.add().Pack(detail)
    found = fault_of(status)
    assert (found.status, found.reason) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
    assert found.message == "article.text: is too long"
