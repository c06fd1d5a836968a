"""What callers ask for, in the pipeline's own terms, and what they get. Field names are those of the proto."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from polygist.document.page import Page
from polygist.language import Detection
from polygist.summarize.brief.types import Brief
from polygist.types import (
    Article,
    Estimate,
    MimeType,
    ModelInfo,
    ModelUse,
    Priority,
    Quality,
    Route,
    SentencePair,
    Summary,
    SummaryOptions,
    Timings,
    TranslatedText,
    Usage,
    Warning,
)


@dataclass(frozen=True)
class ArticleText:
    """Text of an article; `title` is None where title and body are not apart, "" where a page has none."""

    body: str
    title: str | None = None

    @property
    def text(self) -> str:
        """Title and body as one text."""
        return f"{self.title}\n\n{self.body}" if self.title else self.body


@dataclass(frozen=True)
class ArticleHtml:
    """A page that holds an article."""

    html: str


@dataclass(frozen=True)
class Reading:
    """An article that is read; `page` is what it was found in, None where the caller sent text."""

    text: ArticleText
    page: Page | None
    article: Article
    detected: Detection
    warnings: tuple[Warning, ...]


@dataclass(frozen=True)
class GlossaryTerm:
    """A term and what it becomes by language code, "" where it stays; `keep` it in all languages not named."""

    source: str
    targets: Mapping[str, str]
    keep: bool = False
    case_sensitive: bool = False


@dataclass(frozen=True)
class TranslationOptions:
    """How to translate; `sentence_pairs` and `return_plain` say whether the answer has them, see the proto."""

    quality: Quality = Quality.BALANCED
    sentence_pairs: bool = False
    terms: tuple[GlossaryTerm, ...] = ()
    return_plain: bool = False
    mime_type: MimeType = MimeType.PLAIN
    min_quality: float = 0.0
    localize_numbers: bool = False


@dataclass(frozen=True)
class DigestRequest:
    """`source_language` is "" for detection; `summary` and `article` say what is translated."""

    article: ArticleText | ArticleHtml
    source_language: str = ""
    target_languages: tuple[str, ...] = ()
    options: SummaryOptions = field(default_factory=SummaryOptions)
    translate_summary: bool = True
    translate_article: bool = False
    # Whether the caller named a scope, which is wrong without targets.
    scope_given: bool = False
    request_id: str = ""
    # time.monotonic seconds, None for none.
    deadline: float | None = None
    priority: Priority = Priority.INTERACTIVE
    translation: TranslationOptions = TranslationOptions()


@dataclass(frozen=True)
class Parsed:
    """The article is read. First event of a digest."""

    request_id: str
    reading: Reading


@dataclass(frozen=True)
class Translation:
    """The digest in one target language. An event of a digest."""

    target_language: str
    summary: Summary | None
    article_text: str
    estimate: Estimate
    route: Route
    sentence_pairs: tuple[SentencePair, ...] = ()


@dataclass(frozen=True)
class Done:
    """Last event of a digest. `texts` are how many were asked for in each language pair."""

    warnings: tuple[Warning, ...]
    timings: Timings
    usage: Usage
    models: tuple[ModelUse, ...]
    texts: Mapping[tuple[str, str], int] = field(default_factory=dict)


DigestEvent = Parsed | Summary | Translation | Done


@dataclass(frozen=True)
class Digest:
    """All events of a digest together; translations in the order asked for."""

    parsed: Parsed
    summary: Summary
    translations: tuple[Translation, ...]
    done: Done


@dataclass(frozen=True)
class BriefRequest:
    """Several articles on one story; `source_language` is that of all, `language` that of the brief, "" to find out."""

    articles: tuple[ArticleText | ArticleHtml, ...]
    source_language: str = ""
    language: str = ""
    target_languages: tuple[str, ...] = ()
    options: SummaryOptions = field(default_factory=SummaryOptions)
    request_id: str = ""
    deadline: float | None = None
    priority: Priority = Priority.INTERACTIVE
    translation: TranslationOptions = TranslationOptions()


@dataclass(frozen=True)
class BriefTranslation:
    """A brief in one target language."""

    target_language: str
    brief: Brief
    estimate: Estimate
    route: Route


@dataclass(frozen=True)
class BriefResult:
    """A brief of the articles of `readings`; translations in the order asked for."""

    request_id: str
    readings: tuple[Reading, ...]
    brief: Brief
    translations: tuple[BriefTranslation, ...]
    done: Done


@dataclass(frozen=True)
class TranslateRequest:
    """Many texts into several languages."""

    texts: tuple[str, ...]
    source_language: str
    target_languages: tuple[str, ...]
    request_id: str = ""
    deadline: float | None = None
    priority: Priority = Priority.INTERACTIVE
    translation: TranslationOptions = TranslationOptions()


@dataclass(frozen=True)
class TranslateResult:
    """`texts[target][i]` is the i-th text, with its sentence pairs where asked for, `plain` the same without glossary,
    `routes` how it got there; `detected` is empty when the caller named the language.

    `warnings` are (index of the text that the span refers to, warning).
    """

    request_id: str
    texts: dict[str, tuple[TranslatedText, ...]]
    plain: dict[str, tuple[TranslatedText, ...]]
    routes: dict[str, tuple[Route, ...]]
    detected: tuple[Detection, ...]
    warnings: tuple[tuple[int, Warning], ...]
    done: Done


@dataclass(frozen=True)
class Pair:
    """A language pair that is translated; `pivots` are the languages that it passes through, none when direct."""

    source: str
    target: str
    pivots: tuple[str, ...]


@dataclass(frozen=True)
class Info:
    """What this pipeline serves; `glossary_sha256` is that of the server's glossary file, "" without one."""

    summary_languages: tuple[str, ...]
    pairs: tuple[Pair, ...]
    models: tuple[ModelInfo, ...]
    glossary_terms: int
    glossary_sha256: str


def deadline_in(seconds: float | None) -> float | None:
    """A deadline for requests from the seconds that are left, None for none."""
    return None if seconds is None else time.monotonic() + seconds
