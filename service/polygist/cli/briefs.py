"""A brief as a person likes to read it."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from polygist.cli.render import figure, footer, language, warnings
from polygist.v1 import polygist_pb2 as pb


def view(answer: pb.BriefResponse, files: Sequence[str]) -> RenderableType:
    """A brief and its translations; documents are numbered from 1, as the list of `files` shows."""
    parts: list[RenderableType] = [_documents(answer.documents, files), _panel(answer.brief, "cyan")]
    parts += [_panel(t.brief, "yellow") for t in answer.translations]
    return Group(*parts, warnings(answer.warnings), footer(answer))


def _documents(documents: Iterable[pb.BriefDocument], files: Sequence[str]) -> Table:
    table = Table.grid(padding=(0, 1))
    for i, (document, file) in enumerate(zip(documents, files, strict=True), start=1):
        copied = f"copy of {document.copy_of + 1}" if document.HasField("copy_of") else ""
        table.add_row(Text(f"[{i}]", style="dim"), Text(file), Text(language(document.language), style="dim"), copied)
    return table


def _panel(made: pb.Brief, color: str) -> Panel:
    parts: list[RenderableType] = [
        Text.assemble((made.headline, f"bold {color}"), *_marks(disputed=made.headline_disputed)),
        Text.assemble(made.lead, *_where(made.lead_citations), *_marks(disputed=made.lead_disputed)),
    ]
    titles = {"Key points": made.key_points, "Several say": made.agreements, "One alone says": made.unique_points}
    for title, points in titles.items():
        if points:
            parts += [Text(), Text(title, style=color), *map(_point, points)]
        if points is made.agreements and made.contradictions:
            parts += [Text(), Text("They differ", style=color), *map(_contradiction, made.contradictions)]
    if made.mentions:
        names = ", ".join(f"{m.name} ({m.documents})" for m in made.mentions[:12])
        parts += [Text(), Text.assemble(("Names  ", "dim"), names)]
    return Panel(Group(*parts), title=language(made.language), border_style=color, padding=(1, 2))


def _point(point: pb.BriefPoint) -> Text:
    return Text.assemble(
        "• ", point.text, *_where(point.citations), *_marks(disputed=point.disputed, translated=point.translated)
    )


def _contradiction(found: pb.Contradiction) -> Table:
    table = Table.grid(padding=(0, 1))
    for i, claim in enumerate(found.claims):
        says = Text.assemble(claim.text, *_where(claim.citations), *_marks(translated=claim.translated))
        table.add_row(" " if i else "•", Text(figure(claim.figure), style="bold"), says)
    return table


def _where(citations: Iterable[pb.Citation]) -> list[tuple[str, str]]:
    return [("".join(f" [{n}]" for n in dict.fromkeys(c.document + 1 for c in citations)), "dim")]


def _marks(*, disputed: bool = False, translated: bool = False) -> list[tuple[str, str]]:
    marks = {" (disputed)": disputed, " (translated)": translated}
    return [(text, "red") for text, holds in marks.items() if holds]
