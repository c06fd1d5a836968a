"""`polygist batch`: digests of many articles, in files."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from polygist.batch import files
from polygist.batch.columns import Columns
from polygist.batch.estimate import estimate
from polygist.batch.formats import FORMATS as OUTPUT
from polygist.batch.job import Job
from polygist.batch.options import Options, common
from polygist.batch.rows import FORMATS as INPUT
from polygist.batch.servers import Engine
from polygist.batch.source import Selection, Source
from polygist.cli import jobs
from polygist.cli.choices import (
    LENGTHS,
    METHODS,
    SCOPES,
    UNITS,
    Focus,
    Length,
    LengthOption,
    Local,
    MethodOption,
    Points,
    Scope,
    Unit,
    UnitOption,
)
from polygist.cli.choices import (
    Source as Language,
)
from polygist.cli.exits import INTERRUPTED, PARTLY, USAGE, exits, fail
from polygist.cli.options import (
    GlossaryOption,
    MinQualityOption,
    NumbersOption,
    Quality,
    QualityOption,
    translation,
)
from polygist.cli.runners import Runner, engines
from polygist.client import digest_request
from polygist.v1 import polygist_pb2 as pb

# Where Kubernetes writes down which pod of an indexed Job this is, from 0.
_JOB_INDEX = "JOB_COMPLETION_INDEX"
_INFO_SECONDS = 10.0
_SAMPLE_SECONDS = 30.0


def batch(
    input: Annotated[
        str, typer.Argument(metavar="INPUT|-", help="A file, folder, pattern or URL; - is JSONL on standard input.")
    ],
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="A folder, made where there is none.")],
    targets: Annotated[str, typer.Option(help="Languages to translate into, as in uk,de.")] = "",
    source: Language = "",
    length: LengthOption = Length.MEDIUM,
    points: Points = 0,
    focus: Focus = "",
    method: MethodOption = None,
    scope: Annotated[Scope | None, typer.Option(help="What is translated.")] = None,
    quality: QualityOption = Quality.BALANCED,
    min_quality: MinQualityOption = 0.0,
    glossary: GlossaryOption = None,
    localize_numbers: NumbersOption = False,
    offset_unit: UnitOption = Unit.CODE_POINT,
    input_format: Annotated[str, typer.Option(help=f"{', '.join(INPUT)}; as files' names end otherwise.")] = "",
    output_format: Annotated[str, typer.Option(help=f"{' or '.join(OUTPUT)}.")] = "jsonl",
    text_column: Annotated[str, typer.Option(help="Column of the article's text.")] = "text",
    html_column: Annotated[str, typer.Option(help="Column of the page, read where there is no text.")] = "html",
    title_column: Annotated[str, typer.Option(help="Column of the title, where the text is without it.")] = "",
    id_column: Annotated[str, typer.Option(help="Column of the id, which the record repeats.")] = "id",
    language_column: Annotated[
        str, typer.Option(help="Column of the language; empty cells are as --source says.")
    ] = "",
    delimiter: Annotated[str, typer.Option(help="Between the cells of CSV.")] = "",
    where: Annotated[list[str] | None, typer.Option(help="column=value: only such rows. May be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Only so many rows; 0: all.")] = 0,
    shard: Annotated[
        str, typer.Option(help="i/n: every n-th row, beginning with the i-th (from 1); job/n: see docs.")
    ] = "1/1",
    part_size: Annotated[int, typer.Option(min=1, help="Rows of the input in a part of the output.")] = 1000,
    window: Annotated[int, typer.Option(min=1, help="Articles in memory, sorted by length.")] = 256,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to wait for a server that gives no answer.")] = 300.0,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try failed articles again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing: count, time a sample, estimate.")] = False,
    server: Annotated[
        str, typer.Option(help="host:port of one or more servers, commas between; localhost where not given.")
    ] = "",
    local: Local = False,
    runner: Annotated[Runner, typer.Option(help="Who does the work: servers, or actors on a Ray cluster.")] = (
        Runner.SERVERS
    ),
    actors: Annotated[str, typer.Option(help="MIN:MAX of Ray's actors; as many as there is room for.")] = "1:",
    actor_cpus: Annotated[int, typer.Option(min=1, help="CPUs, and so threads, of each actor.")] = 1,
    actor_gpus: Annotated[
        float | None, typer.Option(min=0, help="GPUs of each actor; one where POLYGIST_DEVICE is cuda.")
    ] = None,
) -> None:
    """Digests of many articles, each exactly once. Goes on where it was stopped when it is run again."""
    into = [t.strip() for t in targets.split(",") if t.strip()]
    request = digest_request(
        pb.Article(),
        into,
        source,
        pb.SummaryOptions(length=LENGTHS[length], key_points=points, focus=focus, method=METHODS[method]),
        SCOPES[scope] if scope else pb.TRANSLATION_SCOPE_UNSPECIFIED,
        UNITS[offset_unit],
        priority=pb.PRIORITY_BULK,
        translation=translation(quality, min_quality, glossary, source, into, localize_numbers=localize_numbers),
    )
    options = Options(
        request,
        Columns(text_column, html_column, title_column, id_column, language_column, _pairs(where or []), delimiter),
        Selection(*shard_of(shard), limit),
        _known(input_format, ["", *INPUT], "--input-format"),
        _known(output_format, OUTPUT, "--output-format"),
        part_size,
        window,
        patience,
        retry_failed=retry_failed,
    )
    with exits():
        if files.holds(input, output):
            raise fail("OUTPUT lies in INPUT, and would be read as a part of it; name a folder elsewhere", USAGE)
        read = Source(files.expand(input), options.columns, options.selection, options.input_format)
        with engines(runner, server, local, actors, actor_cpus, actor_gpus) as (found, at_hand):
            options = replace(options, window=max(window, at_hand))
            if dry_run:
                Console().print(jobs.estimated(estimate(read, found, options, _SAMPLE_SECONDS)))
                return
            _run(read, output, found, options)


def _run(read: Source, output: Path, engines: Mapping[str, Engine], options: Options) -> None:
    with jobs.Watch(read) as watch:
        job = Job(read, output, engines, options, common(engines, _INFO_SECONDS), watch)
        with _stopped_by_signals(job):
            result = job.run()
    Console().print(jobs.result(result.totals, job.progress))
    if not result.complete:
        raise fail("stopped; the same command goes on from here", INTERRUPTED)
    if result.totals.failed:
        raise fail(f"{result.totals.failed:,} failed, see {output}/errors.jsonl; --retry-failed tries again", PARTLY)


@contextmanager
def _stopped_by_signals(job: Job) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the job with what is under way; the second does what it always does."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(number: int, frame: FrameType | None) -> None:
        put_back()
        job.stop()

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        put_back()


def _pairs(where: list[str]) -> tuple[tuple[str, str], ...]:
    pairs = [condition.partition("=") for condition in where]
    if any(not name or not equals for name, equals, _ in pairs):
        raise fail("--where is column=value", USAGE)
    return tuple((name, value) for name, _, value in pairs)


def shard_of(shard: str) -> tuple[int, int]:
    """ "2/5" as (2, 5); with "job" for the number that of this pod, as an indexed Job of Kubernetes has given it."""
    number, _, of = shard.partition("/")
    if number == "job":
        index = os.environ.get(_JOB_INDEX, "")
        if not index.isdecimal():
            raise fail(f"--shard job/n needs {_JOB_INDEX}, which an indexed Job of Kubernetes sets", USAGE)
        number = str(int(index) + 1)
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise fail("--shard is i/n with i from 1 to n", USAGE)
    return int(number), int(of)


def _known(name: str, names: list[str] | Mapping[str, object], option: str) -> str:
    if name not in names:
        raise fail(f"{option}: no such format {name!r}; there are: {', '.join(filter(None, names))}", USAGE)
    return name
