"""The nouns of a brief; see the messages of the same names in the proto for the meaning of each field."""

from dataclasses import dataclass

from polygist.types import Article, Figure, MentionKind, Span, Summary


@dataclass(frozen=True)
class Document:
    """An article of a story and its summary, both in the language of the brief.

    `origins` is None where the article is the caller's own. Where it is a translation, `origins` has for each of its
    sentences, by position, the sentence of the caller's text that it was made of.
    """

    article: Article
    summary: Summary
    origins: tuple[Span, ...] | None = None


@dataclass(frozen=True, order=True)
class Citation:
    """A place in the caller's text of a document."""

    document: int
    span: Span


@dataclass(frozen=True)
class Point:
    """A statement and everywhere it is made; `text` is that of the first citation."""

    text: str
    citations: tuple[Citation, ...]
    sources: int
    disputed: bool = False
    translated: bool = False


@dataclass(frozen=True)
class Claim:
    """One of several values; `figure` is the first of `figures`, which stand in `citations`, in the same order."""

    figure: Figure
    text: str
    citations: tuple[Citation, ...]
    figures: tuple[Citation, ...]
    sources: int
    translated: bool = False


@dataclass(frozen=True)
class Contradiction:
    """Different values for the same thing, the one of most sources first."""

    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Name:
    """A name over all documents."""

    name: str
    kind: MentionKind
    citations: tuple[Citation, ...]

    @property
    def documents(self) -> int:
        """How many documents mention it."""
        return len({c.document for c in self.citations})


@dataclass(frozen=True)
class SharedFigure:
    """A figure over all documents; `figure` is that of the first citation."""

    figure: Figure
    citations: tuple[Citation, ...]
    sources: int
    disputed: bool
    translated: bool


@dataclass(frozen=True)
class Brief:
    """One digest of several documents; `copy_of` has for each the index of the one that it is a copy of, or None."""

    language: str
    headline: str
    headline_citation: Citation | None
    headline_disputed: bool
    lead: str
    lead_citations: tuple[Citation, ...]
    lead_disputed: bool
    key_points: tuple[Point, ...]
    agreements: tuple[Point, ...]
    contradictions: tuple[Contradiction, ...]
    unique_points: tuple[Point, ...]
    names: tuple[Name, ...]
    figures: tuple[SharedFigure, ...]
    copy_of: tuple[int | None, ...]
