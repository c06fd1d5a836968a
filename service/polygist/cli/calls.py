"""Commands that call a server, or one inside this process with --local."""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer
from grpc_health.v1 import health_pb2, health_pb2_grpc

from polygist.cli import briefs, render
from polygist.cli.choices import (
    LENGTHS,
    METHODS,
    SCOPES,
    UNITS,
    File,
    Focus,
    Json,
    Length,
    LengthOption,
    Local,
    MethodOption,
    Points,
    Scope,
    Server,
    Source,
    Timeout,
    Unit,
    UnitOption,
)
from polygist.cli.exits import REFUSED, USAGE, fail
from polygist.cli.options import (
    ArticleFormatOption,
    Format,
    FormatOption,
    GlossaryOption,
    MinQualityOption,
    NumbersOption,
    Quality,
    QualityOption,
    translation,
)
from polygist.cli.sessions import article, connected, read, show
from polygist.client import Client
from polygist.v1 import polygist_pb2 as pb

_HERE = ""
_LINES = 64


def digest(
    file: File,
    targets: Annotated[str, typer.Option(help="Languages to translate into, as in uk,de.")] = "",
    source: Source = "",
    length: LengthOption = Length.MEDIUM,
    points: Points = 0,
    focus: Focus = "",
    method: MethodOption = None,
    scope: Annotated[Scope | None, typer.Option(help="What is translated.")] = None,
    format: ArticleFormatOption = None,
    quality: QualityOption = Quality.BALANCED,
    min_quality: MinQualityOption = 0.0,
    glossary: GlossaryOption = None,
    localize_numbers: NumbersOption = False,
    offset_unit: UnitOption = Unit.CODE_POINT,
    server: Server = _HERE,
    local: Local = False,
    json: Json = False,
    timeout: Timeout = 300.0,
) -> None:
    """A digest: the structured summary of an article and its translations."""
    asked = article(file, format)
    into = [t.strip() for t in targets.split(",") if t.strip()]
    options = translation(quality, min_quality, glossary, source, into, localize_numbers=localize_numbers)
    with connected(server, local, timeout) as client:
        answer = client.digest(
            asked,
            into,
            source=source,
            summary=pb.SummaryOptions(length=LENGTHS[length], key_points=points, focus=focus, method=METHODS[method]),
            scope=SCOPES[scope] if scope else pb.TRANSLATION_SCOPE_UNSPECIFIED,
            offset_unit=UNITS[offset_unit],
            translation=options,
        )
    show(answer, json, render.digest)


def brief(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Articles on one story: text or HTML files.")],
    targets: Annotated[str, typer.Option(help="Languages to translate into, as in uk,de.")] = "",
    source: Annotated[str, typer.Option(help="Language of all articles; detected where it is not given.")] = "",
    language: Annotated[str, typer.Option(help="Language of the brief; that of most articles otherwise.")] = "",
    length: LengthOption = Length.MEDIUM,
    points: Points = 0,
    format: ArticleFormatOption = None,
    quality: QualityOption = Quality.BALANCED,
    offset_unit: UnitOption = Unit.CODE_POINT,
    server: Server = _HERE,
    local: Local = False,
    json: Json = False,
    timeout: Timeout = 300.0,
) -> None:
    """One digest of several articles on one story: what they agree on, where they differ, what one alone says."""
    asked = [article(file, format) for file in files]
    into = [t.strip() for t in targets.split(",") if t.strip()]
    options = translation(quality, 0.0, None, source, into, localize_numbers=False)
    with connected(server, local, timeout) as client:
        answer = client.brief(
            asked,
            into,
            source=source,
            language=language,
            summary=pb.SummaryOptions(length=LENGTHS[length], key_points=points),
            offset_unit=UNITS[offset_unit],
            translation=options,
        )
    show(answer, json, lambda made: briefs.view(made, [Path(f).name for f in files]))


def summarize(
    file: File,
    source: Source = "",
    length: LengthOption = Length.MEDIUM,
    points: Points = 0,
    focus: Focus = "",
    method: MethodOption = None,
    format: ArticleFormatOption = None,
    offset_unit: UnitOption = Unit.CODE_POINT,
    server: Server = _HERE,
    local: Local = False,
    json: Json = False,
    timeout: Timeout = 300.0,
) -> None:
    """The structured summary of an article."""
    options = pb.SummaryOptions(length=LENGTHS[length], key_points=points, focus=focus, method=METHODS[method])
    asked = article(file, format)
    with connected(server, local, timeout) as client:
        answer = client.summarize(asked, source=source, summary=options, offset_unit=UNITS[offset_unit])
    show(answer, json, render.summarized)


def translate(
    file: File,
    target: Annotated[str, typer.Option(help="Language to translate into.")],
    source: Source = "",
    lines: Annotated[bool, typer.Option("--lines", help="One segment a line: one line out for each line in.")] = False,
    format: FormatOption = Format.PLAIN,
    quality: QualityOption = Quality.BALANCED,
    min_quality: MinQualityOption = 0.0,
    glossary: GlossaryOption = None,
    localize_numbers: NumbersOption = False,
    server: Server = _HERE,
    local: Local = False,
    json: Json = False,
    timeout: Timeout = 300.0,
) -> None:
    """The text in another language, its layout kept. Doubts about the translation go to standard error."""
    text = read(file)
    if lines and json:
        raise fail("--lines prints lines, not JSON", USAGE)
    options = translation(quality, min_quality, glossary, source, [target], format, localize_numbers=localize_numbers)
    with connected(server, local, timeout, retries=lines) as client:
        if lines:
            _translate_lines(client, text, source, target, options)
            return
        answer = client.translate([text], [target], source=source, translation=options)
    if json:
        show(answer, json, render.nothing)
        return
    sys.stdout.write(answer.translations[0].texts[0])
    _complain(answer)


def _translate_lines(client: Client, text: str, source: str, target: str, options: pb.TranslationOptions) -> None:
    """Calls of bounded size, two at a time so that the server's batches stay full; answers in order."""
    rows = text.removesuffix("\n").split("\n") if text else []
    chunks = list(_chunks(rows, client.info().limits))

    def call(chunk: range) -> pb.TranslateResponse:
        return client.translate([rows[i] for i in chunk], [target], source=source, translation=options)

    with ThreadPoolExecutor(2) as threads:
        for chunk, answer in zip(chunks, threads.map(call, chunks), strict=True):
            sys.stdout.writelines(f"{line}\n" for line in answer.translations[0].texts)
            _complain(answer, f"line {chunk.start + 1} + ")


def _chunks(rows: Sequence[str], limits: pb.Limits) -> Iterator[range]:
    """Ranges of rows that fit into one call each."""
    start = size = 0
    for i, row in enumerate(rows):
        full = i - start == min(_LINES, limits.max_texts) or size + len(row) > limits.max_total_code_points
        if full and i > start:
            yield range(start, i)
            start, size = i, 0
        size += len(row)
    if rows:
        yield range(start, len(rows))


def _complain(answer: pb.TranslateResponse, where: str = "") -> None:
    for warning in answer.warnings:
        typer.echo(f"{where}{warning.where}: {render.warning_name(warning)}: {warning.detail}", err=True)


def detect(
    file: File, server: Server = _HERE, local: Local = False, json: Json = False, timeout: Timeout = 60.0
) -> None:
    """The language of a text, with confidence and runners-up."""
    text = read(file)
    with connected(server, local, timeout) as client:
        answer = pb.DetectLanguageResponse(languages=client.detect([text]))
    show(answer, json, render.detected)


def parse(
    file: File,
    source: Source = "",
    format: ArticleFormatOption = None,
    offset_unit: UnitOption = Unit.CODE_POINT,
    server: Server = _HERE,
    local: Local = False,
    json: Json = False,
    timeout: Timeout = 60.0,
) -> None:
    """The document as polygist sees it: title, headings, paragraphs, sentences with offsets."""
    asked = article(file, format)
    with connected(server, local, timeout) as client:
        # The view cuts the text by code points; JSON has the unit asked for.
        unit = UNITS[offset_unit] if json else pb.OFFSET_UNIT_CODE_POINT
        answer = client.parse(asked, source=source, offset_unit=unit)
    show(answer, json, lambda parsed: render.parsed(parsed, asked.text))


def info(server: Server = _HERE, local: Local = False, json: Json = False, timeout: Timeout = 10.0) -> None:
    """What a server runs: version, limits, languages, models."""
    with connected(server, local, timeout) as client:
        answer = client.info()
    show(answer, json, render.info)


def health(
    server: Server = _HERE, timeout: Annotated[float, typer.Option(help="Seconds to wait for an answer.")] = 5.0
) -> None:
    """Ask the health service; exits with 0 only where the server is serving."""
    request = health_pb2.HealthCheckRequest()
    with connected(server, local=False, timeout=timeout) as client:
        stub: Any = health_pb2_grpc.HealthStub(client.channel)  # its type stub lists no methods
        answer = stub.Check(request, timeout=timeout)
        state = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
    typer.echo(state)
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise typer.Exit(REFUSED)
