"""The log as it is written: real loggers, a real handler."""

import asyncio
import concurrent.futures
import gc
import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping

import pytest
import structlog

from polygist import logs, settings
from polygist.errors import ConfigurationError
from polygist.logs import ACCESS, Format, Repeats
from polygist.settings import LogLevel

Written = Callable[..., io.StringIO]


@pytest.fixture
def written() -> Iterator[Written]:
    """Configures logging as `serve` does, into a buffer; puts everything back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    named: list[str] = []

    def configure(
        format: Format = "json", levels: Mapping[str, LogLevel] | None = None, repeats: int = 0
    ) -> io.StringIO:
        stream = io.StringIO()
        named.extend(levels or {})
        logs.configure("INFO", levels or {}, format, repeats, stream)
        return stream

    yield configure
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in named:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_of_json_has_what_was_bound_and_what_was_given(written: Written) -> None:
    stream = written()
    logs.bind(request_id="r-1", trace_id="ab" * 16)
    logging.getLogger("polygist.x").warning("a batch of %d failed\n%s", 3, "here\nthere")
    (line,) = lines(stream)
    assert line.pop("timestamp")
    assert line == {
        "event": "a batch of 3 failed",
        "level": "warning",
        "logger": "polygist.x",
        "request_id": "r-1",
        "trace_id": "ab" * 16,
        "stack": "here\nthere",
    }


def test_what_libraries_keep_on_records_is_not_written(written: Written) -> None:
    stream = written()
    logging.getLogger("polygist.x").warning("late", extra={"_theirs": 1, "rows": 3})
    (line,) = lines(stream)
    assert line["rows"] == 3
    assert not [name for name in line if name.startswith("_")]


def test_a_line_for_a_person_has_its_stack_below_it(written: Written) -> None:
    stream = written("console")
    logging.getLogger("polygist.x").error("it failed\nfirst\nsecond", extra={"rows": 3})
    head, *below = stream.getvalue().rstrip().splitlines()
    assert "it failed" in head
    assert "rows=3" in head
    assert below[-2:] == ["first", "second"]


@pytest.mark.parametrize("text", ["\x1b[31mred", "carriage\rreturn", '"quote"', "слово", "\u2028"])
def test_hostile_words_stay_one_line_of_json(written: Written, text: str) -> None:
    stream = written()
    logging.getLogger("polygist.x").warning("told: %s", text)
    assert [line["event"] for line in lines(stream)] == [f"told: {text}"]
    assert stream.getvalue().count("\n") == 1


def test_modules_have_levels_of_their_own(written: Written) -> None:
    stream = written(levels={"polygist.quiet": "ERROR", "polygist.loud": "DEBUG"})
    for name in ("polygist.quiet.below", "polygist.loud.below", "polygist.other"):
        logging.getLogger(name).debug("detail")
        logging.getLogger(name).warning("odd")
    assert [(line["logger"], line["event"]) for line in lines(stream)] == [
        ("polygist.loud.below", "detail"),
        ("polygist.loud.below", "odd"),
        ("polygist.other", "odd"),
    ]


def test_levels_come_from_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYGIST_LOG_LEVELS", "polygist.engines=debug, polygist.cache=ERROR,")
    assert settings.load().log_levels == {"polygist.engines": "DEBUG", "polygist.cache": "ERROR"}


@pytest.mark.parametrize("value", ["polygist.engines=LOUD", "polygist.engines", "="])
def test_a_bad_level_names_the_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("POLYGIST_LOG_LEVELS", value)
    with pytest.raises(ConfigurationError, match="POLYGIST_LOG_LEVELS:"):
        settings.load()


MARKER = "Zyxwvut"


async def never_retrieved(article: str) -> None:
    """asyncio tells of an error that nobody asks for, with its message below the first line."""

    async def handler(text: str) -> None:
        raise ValueError(f"cannot use {text!r}")

    task = asyncio.create_task(handler(article))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()


def broken_callback(article: str) -> None:
    """concurrent.futures logs what a callback raises."""

    def callback(_: object) -> None:
        raise ValueError(f"cannot use {article!r}")

    future: concurrent.futures.Future[None] = concurrent.futures.Future()
    future.add_done_callback(callback)
    future.set_result(None)


@pytest.mark.parametrize("format", ["json", "console"])
def test_errors_that_libraries_log_bring_no_text(written: Written, format: Format) -> None:
    stream = written(format, {"asyncio": "INFO", "concurrent.futures": "INFO"})
    asyncio.run(never_retrieved(MARKER))
    broken_callback(MARKER)
    said = stream.getvalue()
    assert "Task exception was never retrieved" in said
    assert "exception calling callback" in said
    assert said.count("ValueError") >= 2
    assert said.count("test_logs.py") >= 2
    assert MARKER not in said


@pytest.mark.parametrize("format", ["json", "console"])
def test_errors_that_we_log_bring_their_place_and_those_of_their_causes(written: Written, format: Format) -> None:
    stream = written(format)
    try:
        try:
            raise KeyError(MARKER)
        except KeyError as error:
            raise RuntimeError(MARKER) from error
    except RuntimeError:
        logging.getLogger("polygist.x").exception("it failed")
    logging.getLogger("polygist.x").error("it is said to have failed", exc_info=True)  # noqa: LOG014
    said = stream.getvalue()
    assert "RuntimeError" in said
    assert "KeyError" in said
    assert "it is said to have failed" in said
    assert MARKER not in said


def test_a_record_that_can_not_be_written_leaves_its_place(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    for repeats in (0, 1):
        stream = written(repeats=repeats)
        logging.getLogger("polygist.x").warning("%d of them", MARKER)
        said = capsys.readouterr().err
        assert "test_logs.py" in said
        assert MARKER not in said + stream.getvalue()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def record(line: int, name: str = "polygist.x", level: int = logging.ERROR) -> logging.LogRecord:
    return logging.LogRecord(name, level, "module.py", line, "it failed %d times\nhere", (line,), None)


def failed(what: object) -> logging.LogRecord:
    return logging.LogRecord("polygist.x", logging.ERROR, "module.py", 1, "%s failed\nhere", (what,), None)


def test_repeats_are_counted_and_told_once() -> None:
    clock = Clock()
    repeats = Repeats(2, clock)
    assert [repeats.passes(record(1)) for _ in range(5)] == [True, True, False, False, False]
    assert repeats.passes(record(2))
    assert list(repeats.due()) == []
    clock.now = 60
    (told,) = repeats.due()
    assert told.getMessage() == "it failed 1 times: again, left out"
    assert (told.name, told.levelno, vars(told)["left_out"]) == ("polygist.x", logging.ERROR, 3)
    assert list(repeats.due()) == []
    assert repeats.passes(record(1))


def test_the_rare_is_seen_beside_the_common() -> None:
    clock = Clock()
    repeats = Repeats(1, clock)
    assert [repeats.passes(failed(what)) for what in ("Digest", "Digest", "Translate", "Digest")] == [1, 0, 1, 0]
    clock.now = 60
    assert [(told.getMessage(), vars(told)["left_out"]) for told in repeats.due()] == [
        ("Digest failed: again, left out", 2)
    ]


def test_messages_that_differ_in_their_numbers_are_one_event() -> None:
    repeats = Repeats(2, Clock())
    assert sum(repeats.passes(failed(f"a batch of {number}")) for number in range(100)) == 2


def test_what_one_line_says_in_ever_new_words_is_bounded() -> None:
    clock = Clock()
    repeats = Repeats(2, clock)
    assert sum(repeats.passes(failed("x" * number)) for number in range(10_000)) < 50
    clock.now = 60
    (told,) = repeats.due()
    assert told.getMessage().endswith("and the like: again, left out")
    assert vars(told)["left_out"] > 9_000


def test_what_was_left_out_is_told_outside_the_call_that_logs_next(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("polygist.logs.Repeats", lambda most: Repeats(most, clock))
    stream = written(repeats=1)
    log = logging.getLogger("polygist.x")
    logs.bind(request_id="its own", trace_id="ab" * 16)
    for _ in range(2):
        log.error("odd")
    logs.bind(request_id="another")
    clock.now = 60
    log.error("next")
    _, told, following = lines(stream)
    assert (told["event"], told["left_out"]) == ("odd: again, left out", 1)
    assert {"request_id", "trace_id"}.isdisjoint(told)
    assert following["request_id"] == "another"


def test_the_access_log_is_never_cut() -> None:
    repeats = Repeats(1, Clock())
    assert all(repeats.passes(record(1, ACCESS, logging.INFO)) for _ in range(100))


def test_0_is_no_bound() -> None:
    repeats = Repeats(0, Clock())
    assert all(repeats.passes(record(1)) for _ in range(100))


def test_what_was_left_out_is_told_at_the_end(written: Written) -> None:
    stream = written(repeats=3)
    log = logging.getLogger("polygist.x")
    for number in range(10):
        log.warning("odd: %d", number)
    logging.getLogger().handlers[0].close()
    assert [line["event"] for line in lines(stream)] == ["odd: 0", "odd: 1", "odd: 2", "odd: 0: again, left out"]
    assert lines(stream)[-1]["left_out"] == 7
