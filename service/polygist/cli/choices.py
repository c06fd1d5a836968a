"""What most commands ask: the article, the summary, the units, the server."""

from enum import StrEnum
from typing import Annotated

import typer

from polygist.v1 import polygist_pb2 as pb


class Length(StrEnum):
    """Length classes."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


class Method(StrEnum):
    """As in the proto."""

    EXTRACTIVE = "extractive"
    ABSTRACTIVE = "abstractive"


class Scope(StrEnum):
    """What is translated."""

    SUMMARY = "summary"
    ARTICLE = "article"
    BOTH = "both"


class Unit(StrEnum):
    """Units of offsets."""

    CODE_POINT = "code-point"
    UTF8 = "utf8"
    UTF16 = "utf16"


LENGTHS = {
    Length.SHORT: pb.SUMMARY_LENGTH_SHORT,
    Length.MEDIUM: pb.SUMMARY_LENGTH_MEDIUM,
    Length.LONG: pb.SUMMARY_LENGTH_LONG,
}
METHODS = {
    None: pb.SUMMARY_METHOD_UNSPECIFIED,
    Method.EXTRACTIVE: pb.SUMMARY_METHOD_EXTRACTIVE,
    Method.ABSTRACTIVE: pb.SUMMARY_METHOD_ABSTRACTIVE,
}
SCOPES = {
    Scope.SUMMARY: pb.TRANSLATION_SCOPE_SUMMARY,
    Scope.ARTICLE: pb.TRANSLATION_SCOPE_ARTICLE,
    Scope.BOTH: pb.TRANSLATION_SCOPE_SUMMARY_AND_ARTICLE,
}
UNITS = {
    Unit.CODE_POINT: pb.OFFSET_UNIT_CODE_POINT,
    Unit.UTF8: pb.OFFSET_UNIT_UTF8_BYTE,
    Unit.UTF16: pb.OFFSET_UNIT_UTF16_CODE_UNIT,
}

File = Annotated[str, typer.Argument(metavar="FILE|-", help="A UTF-8 text file; - reads standard input.")]
Server = Annotated[
    str,
    typer.Option(help="host:port or unix:path of a running server; localhost and POLYGIST_PORT where it is not given."),
]
Local = Annotated[bool, typer.Option("--local", help="Load the models into this process and call no server.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON with the proto's field names.")]
Timeout = Annotated[float, typer.Option(help="Deadline of the call in seconds.")]
Source = Annotated[str, typer.Option(help="Language of the text (BCP-47); detected where it is not given.")]
LengthOption = Annotated[Length, typer.Option(help="How much the summary holds.")]
MethodOption = Annotated[
    Method | None,
    typer.Option(help="Who writes headline, lead and key points; as the server's profile says where it is not given."),
]
Points = Annotated[int, typer.Option(min=0, help="Number of key points; 0 leaves it to the length.")]
Focus = Annotated[str, typer.Option(help="What the key points are to be about, as in NATO.")]
UnitOption = Annotated[Unit, typer.Option("--offset-unit", help="What offsets count.")]
