"""How to translate, as the command line says it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from polygist.cli.exits import USAGE, fail
from polygist.errors import GlossaryInvalid
from polygist.translate.glossary import files
from polygist.v1 import polygist_pb2 as pb


class Quality(StrEnum):
    """As in the proto."""

    FAST = "fast"
    BALANCED = "balanced"
    BEST = "best"


class Format(StrEnum):
    """What a text is written in."""

    PLAIN = "plain"
    HTML = "html"
    MARKDOWN = "markdown"


class ArticleFormat(StrEnum):
    """What an article is written in."""

    PLAIN = "plain"
    HTML = "html"


ArticleFormatOption = Annotated[
    ArticleFormat | None,
    typer.Option(
        "--format", help="html finds the article on a page; taken from the file's name where it is not given."
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="Of html and markdown only the text is translated.")]
QualityOption = Annotated[
    Quality, typer.Option(help="fast decodes once; balanced again where there is doubt; best takes the best of many.")
]
MinQualityOption = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Warn of sentences whose estimated quality (0 to 1) is below.")
]
GlossaryOption = Annotated[
    Path | None,
    typer.Option("--glossary", help="A file of terms: .csv, .tsv or .tbx, see docs/translation.md; needs --source."),
]
NumbersOption = Annotated[
    bool, typer.Option("--localize-numbers", help="Write numbers as the target language does: 1,000.5 -> 1.000,5.")
]
_QUALITIES = {
    Quality.FAST: pb.QUALITY_FAST,
    Quality.BALANCED: pb.QUALITY_BALANCED,
    Quality.BEST: pb.QUALITY_BEST,
}


def translation(
    quality: Quality,
    min_quality: float,
    glossary: Path | None,
    source: str,
    targets: list[str],
    format: Format = Format.PLAIN,
    *,
    localize_numbers: bool,
) -> pb.TranslationOptions:
    """Options of a call. Ends the program where the glossary can't be used."""
    terms = _terms(glossary, source, targets) if glossary else []
    return pb.TranslationOptions(
        quality=_QUALITIES[quality],
        min_quality=min_quality,
        glossary=pb.Glossary(terms=terms),
        mime_type=f"text/{format.value}",
        localize_numbers=localize_numbers,
    )


def _terms(path: Path, source: str, targets: list[str]) -> list[pb.GlossaryTerm]:
    if not source:
        raise fail("--glossary needs --source: whose terms are they?", USAGE)
    directions = [(_language(source), _language(target)) for target in targets]
    try:
        found = files.read(path, directions)
    except GlossaryInvalid as error:
        raise fail(str(error), USAGE) from error
    terms: dict[tuple[str, bool], pb.GlossaryTerm] = {}
    for (_, target), glossary in found.items():
        for term in glossary.terms:
            key = term.source, term.case_sensitive
            made = terms.setdefault(key, pb.GlossaryTerm(source=term.source, case_sensitive=term.case_sensitive))
            made.targets[target] = term.target
    return list(terms.values())


def _language(code: str) -> str:
    return code.split("-")[0].casefold()
