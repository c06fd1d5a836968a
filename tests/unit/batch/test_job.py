"""Jobs from their beginning to their end: order, failures, going on, what is refused, servers that fail."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from polygist.batch import servers
from polygist.batch.columns import Columns
from polygist.batch.source import Selection
from polygist.errors import ConfigurationError, OutputBusy, OutputFailed, OutputForeign, ServersLost
from polygist.v1 import polygist_pb2 as pb
from tests.unit.batch.stand import Broken, Fake, errors, job, lines, options, output, records, run

TEXTS = [f"Text {i} " * (1 + i * 7 % 5) for i in range(11)]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_FIRST_SECONDS", 0.001)
    monkeypatch.setattr(servers, "_LONGEST_SECONDS", 0.01)


def test_records_come_in_the_order_of_the_input_and_hold_nothing_of_the_run(tmp_path: Path) -> None:
    result = run(lines(tmp_path / "in.jsonl", TEXTS), tmp_path / "out", Fake(), Fake())
    found = records(tmp_path / "out")
    assert result.complete
    assert [(r["position"], r["id"]) for r in found] == [(i, f"n{i}") for i in range(11)]
    assert [r["digest"]["summary"]["headline"] for r in found] == [t.upper()[:40] for t in TEXTS]
    assert {*found[0]} == {"position", "id", "sha256", "digest"}
    assert not {"timings", "tokens", "request_id"} & {*found[0]["digest"]}
    index = json.loads((tmp_path / "out" / "index.json").read_text())
    assert [(p["first"], p["last"], p["records"]) for p in index["parts"]] == [(0, 3, 4), (4, 7, 4), (8, 10, 3)]
    assert (index["state"], index["items"], index["job"]["models"]) == ("complete", 11, ["fake 1"])
    assert index["work"]["tokens"] == {"input": 11, "output": 22}


def test_within_the_window_the_longest_goes_first(tmp_path: Path) -> None:
    engine, texts = Fake(), [f"{i} " * i for i in (1, 5, 2, 9, 3, 8, 4, 7)]
    held = job(lines(tmp_path / "in.jsonl", texts), tmp_path / "out", engine, chosen=options(window=8))
    full = threading.Event()
    engine.script = lambda _: full.wait(10)
    put = held._window.put

    def told(task: object) -> None:
        put(task)
        if task.item.position == 7:
            full.set()

    held._window.put = told
    held.run()
    assert engine.asked[1:] == sorted(engine.asked[1:], key=len, reverse=True)


def test_one_bad_row_fails_alone(tmp_path: Path) -> None:
    texts = [*TEXTS[:3], "bad text", '"no object"', "{broken", 17, "\ud800", ""]
    rows = lines(tmp_path / "in.jsonl", texts[:5])
    with rows.open("ab") as file:
        file.write(
            b'{broken\n\xff\xfe\n{"text": "\\ud800"}\n\n{"id": 7, "text": ""}\n{"text": "' + b"x" * 100_001 + b'"}\n'
        )
    run(rows, tmp_path / "out")
    assert [r["position"] for r in records(tmp_path / "out")] == [0, 1, 2, 4]
    found = {(e["position"], e["id"], e["status"], e["reason"]) for e in errors(tmp_path / "out")}
    assert found == {
        (3, "n3", "INVALID_ARGUMENT", "UNKNOWN"),
        (5, "", "INVALID_ARGUMENT", "MALFORMED"),
        (6, "", "INVALID_ARGUMENT", "NOT_UTF8"),
        (7, "", "INVALID_ARGUMENT", "NOT_UTF8"),
        (8, "7", "INVALID_ARGUMENT", "NO_TEXT"),
        (9, "", "INVALID_ARGUMENT", "TOO_LARGE"),
    }


def test_a_job_that_is_done_asks_nothing_again(tmp_path: Path) -> None:
    rows, engine = lines(tmp_path / "in.jsonl", [*TEXTS, "bad"]), Fake()
    run(rows, tmp_path / "out")
    before = output(tmp_path / "out")
    result = run(rows, tmp_path / "out", engine)
    assert engine.asked == []
    assert result.totals.records == 11
    assert output(tmp_path / "out") == before


def test_failed_articles_are_tried_again_on_request_and_their_records_stand_in_their_places(tmp_path: Path) -> None:
    texts = [*TEXTS[:3], "bad one", *TEXTS[3:], 17]
    rows = lines(tmp_path / "in.jsonl", texts)
    run(rows, tmp_path / "out")
    lines(rows, [t.replace("bad", "good") if isinstance(t, str) else "mended" for t in texts])
    with pytest.raises(OutputForeign, match="position 3"):
        run(rows, tmp_path / "out")
    engine = Fake()
    result = run(rows, tmp_path / "out", engine, chosen=options(retry_failed=True))
    assert sorted(engine.asked) == ["good one", "mended"]
    assert (result.totals.records, result.totals.failed) == (13, 0)
    run(rows, tmp_path / "fresh")
    assert output(tmp_path / "out") == output(tmp_path / "fresh")


def test_a_row_that_fails_again_stays_in_the_errors(tmp_path: Path) -> None:
    rows = lines(tmp_path / "in.jsonl", ["bad", *TEXTS])
    run(rows, tmp_path / "out")
    before = output(tmp_path / "out")
    engine = Fake()
    run(rows, tmp_path / "out", engine, chosen=options(retry_failed=True))
    assert engine.asked == ["bad"]
    assert output(tmp_path / "out") == before


CHANGES = {
    "a text": lambda t: [*t[:5], "another", *t[6:]],
    "a row more": lambda t: [*t, "one more"],
    "a row less": lambda t: t[:-1],
    "a part less": lambda t: t[:8],
    "order": lambda t: [t[1], t[0], *t[2:]],
    "a row between": lambda t: [*t[:2], "new", *t[2:]],
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("length", [11, 12])
def test_another_input_is_refused(tmp_path: Path, change: str, length: int) -> None:
    texts = [f"Text {i}" for i in range(length)]
    run(lines(tmp_path / "in.jsonl", texts), tmp_path / "out")
    before = output(tmp_path / "out")
    with pytest.raises(OutputForeign, match="the input is not the one"):
        run(lines(tmp_path / "in.jsonl", CHANGES[change](texts)), tmp_path / "out")
    assert output(tmp_path / "out") == before


def test_an_article_that_changed_before_its_part_was_written_is_refused(tmp_path: Path) -> None:
    rows, engine, chosen = lines(tmp_path / "in.jsonl", TEXTS), Fake(), options(part_size=100)
    stopped = job(rows, tmp_path / "out", engine, chosen=chosen)
    engine.script = lambda text: stopped.stop() if text == TEXTS[0] else None
    assert not stopped.run().complete
    assert (tmp_path / "out" / "part-00000.0.spool").stat().st_size
    with pytest.raises(OutputForeign, match="at position 0"):
        run(lines(rows, ["Another", *TEXTS[1:]]), tmp_path / "out", chosen=chosen)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"part_size": 5}, "part_size was 4, now 5"),
        ({"output_format": "parquet"}, "output_format was jsonl, now parquet"),
        ({"columns": Columns(where=(("a", "b"),))}, "columns.where was \\[\\], now \\['a=b'\\]"),
        ({"selection": Selection(limit=3)}, "selection.limit was 0, now 3"),
    ],
)
def test_other_options_are_refused_by_name(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    rows = lines(tmp_path / "in.jsonl", TEXTS)
    run(rows, tmp_path / "out")
    with pytest.raises(OutputForeign, match=said):
        run(rows, tmp_path / "out", chosen=options(**changed))


def test_another_model_is_refused(tmp_path: Path) -> None:
    rows = lines(tmp_path / "in.jsonl", TEXTS)
    run(rows, tmp_path / "out")
    with pytest.raises(OutputForeign, match="models was"):
        run(rows, tmp_path / "out", Fake(model=pb.Model(id="fake", revision="2")))


def test_servers_with_different_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="fake0 has fake 1, fake1 fake 2"):
        job(
            lines(tmp_path / "in.jsonl", TEXTS), tmp_path / "out", Fake(), Fake(model=pb.Model(id="fake", revision="2"))
        )


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("important")
    with pytest.raises(OutputForeign, match="holds other files"):
        run(lines(tmp_path / "in.jsonl", TEXTS), tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_a_part_that_was_cut_is_not_taken_for_whole(tmp_path: Path) -> None:
    rows = lines(tmp_path / "in.jsonl", TEXTS)
    run(rows, tmp_path / "out")
    part = tmp_path / "out" / "part-00001.jsonl"
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(OutputForeign, match=r"part-00001\.jsonl"):
        run(rows, tmp_path / "out")


def test_a_damaged_checkpoint_is_not_cut_short(tmp_path: Path) -> None:
    rows = lines(tmp_path / "in.jsonl", TEXTS)
    run(rows, tmp_path / "out")
    checkpoint = tmp_path / "out" / "checkpoint.jsonl"
    damaged = checkpoint.read_bytes().replace(b'"part": 1', b'"part"; 1')
    checkpoint.write_bytes(damaged)
    with pytest.raises(OutputForeign, match="line 3 is damaged"):
        run(rows, tmp_path / "out")
    assert checkpoint.read_bytes() == damaged


def test_two_processes_do_not_share_a_folder(tmp_path: Path) -> None:
    rows, engine = lines(tmp_path / "in.jsonl", TEXTS), Fake()
    said = list[Exception]()

    def another(text: str) -> None:
        if text == TEXTS[0]:
            with pytest.raises(OutputBusy) as error:
                run(rows, tmp_path / "out")
            said.append(error.value)

    engine.script = another
    assert run(rows, tmp_path / "out", engine).complete
    assert len(said) == 1


def test_stopped_it_keeps_what_was_answered_and_goes_on(tmp_path: Path) -> None:
    rows, engine = lines(tmp_path / "in.jsonl", TEXTS), Fake()
    stopped = job(rows, tmp_path / "out", engine)
    engine.script = lambda _: stopped.stop() if len(engine.asked) == 5 else None
    assert not stopped.run().complete
    assert json.loads((tmp_path / "out" / "index.json").read_text())["state"] == "unfinished"
    again = Fake()
    assert run(rows, tmp_path / "out", again).complete
    assert sorted(engine.asked + again.asked) == sorted(TEXTS)
    run(rows, tmp_path / "fresh")
    assert output(tmp_path / "out") == output(tmp_path / "fresh")


def test_what_a_server_refuses_for_now_is_asked_again(tmp_path: Path) -> None:
    class Busy(Fake):
        def digest_many(self, items: Iterator[pb.DigestManyRequest], *, ahead: int) -> Iterator[pb.DigestManyResponse]:
            for answer in super().digest_many(items, ahead=ahead):
                if len(self.asked) % 3 == 1:
                    answer.error.code = servers.grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
                yield answer

    result = run(lines(tmp_path / "in.jsonl", TEXTS), tmp_path / "out", Busy())
    assert (result.totals.records, result.totals.failed) == (11, 0)


def test_an_article_that_is_always_refused_fails_alone(tmp_path: Path) -> None:
    result = run(lines(tmp_path / "in.jsonl", ["wait", *TEXTS]), tmp_path / "out", chosen=options(attempts=2))
    assert result.totals.records == 11
    assert [(e["position"], e["status"]) for e in errors(tmp_path / "out")] == [(0, "UNAVAILABLE")]


def test_the_articles_of_a_server_that_dies_go_to_the_others(tmp_path: Path) -> None:
    dying, other = Fake(), Fake()
    taken = threading.Event()

    def dies(text: str) -> None:
        taken.set()
        dying.down = True
        raise Broken

    dying.script = dies
    other.script = lambda _: taken.wait(10)
    made = job(lines(tmp_path / "in.jsonl", TEXTS), tmp_path / "out", dying, other, chosen=options(patience_seconds=0))
    assert made.run().totals.records == 11
    assert sorted(other.asked) == sorted(TEXTS)
    assert list(made.progress.lost) == ["fake0"]


def test_a_stream_that_breaks_is_opened_again(tmp_path: Path) -> None:
    engine = Fake()

    def breaks(_: str) -> None:
        if len(engine.asked) % 4 == 2:
            raise Broken

    engine.script = breaks
    result = run(lines(tmp_path / "in.jsonl", TEXTS), tmp_path / "out", engine)
    assert (result.totals.records, result.totals.failed) == (11, 0)


def test_an_article_that_breaks_every_stream_is_given_up(tmp_path: Path) -> None:
    def breaks(text: str) -> None:
        if text == "poison":
            raise Broken

    result = run(lines(tmp_path / "in.jsonl", [*TEXTS, "poison"]), tmp_path / "out", Fake(breaks))
    assert result.totals.records == 11
    assert [(e["position"], e["reason"]) for e in errors(tmp_path / "out")] == [(11, "STREAM_BROKEN")]


def test_without_a_server_it_stops_and_fails_nothing(tmp_path: Path) -> None:
    rows, engine = lines(tmp_path / "in.jsonl", TEXTS), Fake()

    def dies(_: str) -> None:
        if len(engine.asked) == 6:
            engine.down = True
            raise Broken

    engine.script = dies
    with pytest.raises(ServersLost, match="no server is left: fake0"):
        run(rows, tmp_path / "out", engine, chosen=options(patience_seconds=0))
    assert errors(tmp_path / "out") == []
    assert run(rows, tmp_path / "out").totals.records == 11


def test_an_engine_that_refuses_all_stops_it_and_fails_nothing(tmp_path: Path) -> None:
    rows = lines(tmp_path / "in.jsonl", ["wait"] * 6)
    with pytest.raises(ServersLost):
        run(rows, tmp_path / "out", chosen=options(patience_seconds=0.05))
    assert errors(tmp_path / "out") == []


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    rows = lines(tmp_path / "in.jsonl", TEXTS)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputFailed, match="file"):
        run(rows, tmp_path / "file" / "out")


def test_an_empty_input_has_an_empty_output(tmp_path: Path) -> None:
    result = run(lines(tmp_path / "in.jsonl", []), tmp_path / "out")
    assert result.complete
    assert records(tmp_path / "out") == []
    assert json.loads((tmp_path / "out" / "index.json").read_text())["items"] == 0
