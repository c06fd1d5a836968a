"""Answers as a person likes to read them."""

from collections.abc import Callable, Iterable
from typing import Any

import langcodes
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from polygist.v1 import polygist_pb2 as pb

_FIGURES = 16
View = Callable[[Any], RenderableType]


def nothing(answer: object) -> RenderableType:
    """For answers that are only printed as JSON."""
    return ""


def digest(answer: pb.DigestResponse) -> RenderableType:
    """A digest: the summary, a panel for each translation, and what it rests on."""
    parts: list[RenderableType] = [_origin(answer.extracted), _summary(answer.summary, "cyan", whole=True)]
    for translation in answer.translations:
        if translation.HasField("summary"):
            parts.append(_summary(translation.summary, "yellow", whole=False))
        if translation.article_text:
            title = f"{language(translation.target_language)}: the article"
            parts.append(Panel(Text(translation.article_text), title=title, border_style="yellow"))
    parts += [warnings(answer.warnings), footer(answer)]
    return Group(*parts)


def summarized(answer: pb.SummarizeResponse) -> RenderableType:
    """A summary."""
    return Group(_origin(answer.extracted), _summary(answer.summary, "cyan", whole=True), warnings(answer.warnings))


def detected(answer: pb.DetectLanguageResponse) -> RenderableType:
    """Language verdicts with their runners-up."""
    table = Table("language", "confidence", "runners-up")
    for found in answer.languages:
        others = ", ".join(f"{c.language} {c.confidence:.2f}" for c in found.alternatives)
        table.add_row(language(found.language), f"{found.confidence:.2f}", others)
    return table


def parsed(answer: pb.ParseResponse, text: str) -> RenderableType:
    """The blocks of a document, one sentence a row; `text` is what was sent, or nothing for a page."""
    texts = {pb.Span.SOURCE_TITLE: answer.extracted.title, pb.Span.SOURCE_BODY: answer.extracted.body}
    table = Table("block", "offset", "length", "sentence", title=language(answer.source_language))
    for block in answer.blocks:
        name = pb.Block.Kind.Name(block.kind).removeprefix("KIND_").lower()
        for i, span in enumerate(block.sentences or [block.span]):
            sentence = Text(texts.get(span.source, text)[span.offset : span.offset + span.length])
            table.add_row("" if i else name, str(span.offset), str(span.length), sentence)
    return Group(_origin(answer.extracted), table)


def info(answer: pb.GetInfoResponse) -> RenderableType:
    """What a server runs."""
    models = Table("model", "revision", "engine", "weights", "licence", "languages", title=f"polygist {answer.version}")
    for m in answer.models:
        models.add_row(m.id, m.revision, m.engine, m.quantization, m.licence, " ".join(m.languages))
    pairs = ", ".join("→".join((p.source_language, *p.pivot_languages, p.target_language)) for p in answer.pairs)
    limits = Table("limit", "value")
    for field, value in answer.limits.ListFields():
        limits.add_row(field.name, f"{value:,}")
    terms = Text(f"glossary: {answer.glossary_terms:,} terms" if answer.glossary_sha256 else "no glossary")
    return Group(models, Text(f"pairs: {pairs}"), terms, limits)


def warning_name(warning: pb.Warning) -> str:
    """ "number_mismatch" for TYPE_NUMBER_MISMATCH."""
    return pb.Warning.Type.Name(warning.type).removeprefix("TYPE_").lower()


def language(code: str) -> str:
    """The name of a language."""
    return langcodes.Language.get(code).display_name() if code and code != "und" else "unknown language"


def _summary(made: pb.Summary, color: str, *, whole: bool) -> RenderableType:
    """A summary in its panel; names and figures only where `whole`, since translations repeat them."""
    parts: list[RenderableType] = [Text(made.headline, style=f"bold {color}"), Text(made.lead), Text()]
    parts.append(_points(made.key_points, color))
    if made.sections:
        parts += [Text(), _sections(made.sections, color)]
    if made.quotes:
        parts += [Text(), *(_quote(q) for q in made.quotes)]
    if whole and made.mentions:
        names = ", ".join(f"{m.name} ({m.count})" for m in made.mentions[:12])
        parts += [Text(), Text.assemble(("Names  ", "dim"), names)]
    if whole and made.figures:
        parts.append(Text.assemble(("Figures  ", "dim"), ", ".join(_figures(made.figures))))
    return Panel(Group(*parts), title=language(made.language), border_style=color, padding=(1, 2))


def figure(found: pb.Figure) -> str:
    """A figure as the article has it, and what it does not say by itself: its value, unit, day, or what is counted.

    "$98m (98,000,000 USD)", "12 (soldier)", "3 March 2025 (2025-03-03)", "14 percent"
    """
    ends = [found.value] if found.HasField("value") else []
    ends += [found.high] if found.HasField("high") else []
    value = "–".join(f"{end:,.15g}" for end in ends)
    plain = _digits(value) == _digits(found.text)
    named = found.kind == pb.Figure.KIND_PERCENT or found.unit.casefold() in found.text.casefold()
    more = found.date if found.date != found.text else ""
    if value and not (plain and named):
        more = found.unit if plain and found.kind == pb.Figure.KIND_NUMBER else f"{value} {found.unit}".strip()
    return f"{found.text} ({more})" if more else found.text


def _figures(found: Iterable[pb.Figure]) -> list[str]:
    """The first of them, each once."""
    return list(dict.fromkeys(map(figure, found)))[:_FIGURES]


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _origin(found: pb.ExtractedArticle) -> RenderableType:
    """Who wrote what was found on a page, when and where; nothing where no page was sent."""
    words = " · ".join(filter(None, (", ".join(found.authors), found.date, found.site)))
    return Text(words, style="dim") if words else Group()


def _points(points: Iterable[pb.KeyPoint], color: str) -> Table:
    table = Table.grid(padding=(0, 1))
    for point in points:
        bar = "▁▂▃▄▅▆▇█"[min(7, int(point.rank_score * 8))]
        table.add_row(Text(bar, style=color), Text(point.text))
    return table


def _sections(sections: Iterable[pb.SectionSummary], color: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(ratio=1)
    table.add_column(ratio=3)
    for section in sections:
        table.add_row(Text(section.heading, style=color), Text(section.summary))
    return table


def _quote(quote: pb.Quote) -> Text:
    return Text.assemble(("“", "dim"), (quote.text, "italic"), ("” — ", "dim"), quote.speaker or "not named")


def warnings(found: Iterable[pb.Warning]) -> RenderableType:
    """The doubts, one a line."""
    rows = [Text(f"! {warning_name(w)}: {w.detail}" + (f" ({w.where})" if w.where else ""), style="red") for w in found]
    return Group(*rows)


def footer(answer: pb.DigestResponse | pb.BriefResponse) -> Text:
    """Time, cost and origin of an answer."""
    seconds = answer.timings.total.ToTimedelta().total_seconds()
    models = ", ".join(f"{m.part} by {m.model} {m.revision}" for m in answer.models)
    tokens = f"{answer.tokens.input} tokens in, {answer.tokens.output} out, {answer.tokens.segments} segments"
    return Text(f"{seconds:.1f} s · {tokens} · {models} · request {answer.request_id}", style="dim")
