"""The texts of a summary as one flat list, and back: what is translated and where it came from."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from polygist.types import Summary


def texts(summary: Summary) -> Iterator[tuple[str, str]]:
    """(path in the proto's names, text) of everything in a summary that is translated, empty texts left out.

    The same text may come more than once under different paths.
    """
    yield from ((path, text) for path, text in _all(summary) if text)


def _all(summary: Summary) -> Iterator[tuple[str, str]]:
    yield "headline", summary.headline
    yield "lead", summary.lead
    for i, point in enumerate(summary.key_points):
        yield f"key_points[{i}].text", point.text
        yield f"key_points[{i}].section", point.section
    for i, section in enumerate(summary.sections):
        yield f"sections[{i}].heading", section.heading
        yield f"sections[{i}].summary", section.summary
    for i, quote in enumerate(summary.quotes):
        yield f"quotes[{i}].text", quote.text


def translated(summary: Summary, language: str, by_text: Mapping[str, str]) -> Summary:
    """The summary with every text replaced by its translation in `by_text`; spans, names and figures stay."""
    new = {"": "", **by_text}
    return replace(
        summary,
        language=language,
        headline=new[summary.headline],
        lead=new[summary.lead],
        key_points=tuple(replace(p, text=new[p.text], section=new[p.section]) for p in summary.key_points),
        sections=tuple(replace(s, heading=new[s.heading], summary=new[s.summary]) for s in summary.sections),
        quotes=tuple(replace(q, text=new[q.text]) for q in summary.quotes),
    )
