"""The nouns that the rooms of polygist hand each other. All offsets are code points, end exclusive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from typing import NamedTuple


class Span(NamedTuple):
    """A range of a text in code points: 0 <= start < end <= len(text)."""

    start: int
    end: int


class Priority(IntEnum):
    """Whose work goes first: somebody waits for interactive work, bulk takes what is left."""

    INTERACTIVE = 0
    BULK = 1


class BlockKind(Enum):
    """What a block of an article is; see the proto's Block.Kind for each."""

    TITLE = auto()
    SUBTITLE = auto()
    HEADING = auto()
    BYLINE = auto()
    DATELINE = auto()
    TIMESTAMP = auto()
    PARAGRAPH = auto()
    LIST_ITEM = auto()
    BLOCK_QUOTE = auto()
    TABLE = auto()
    CAPTION = auto()
    BOILERPLATE = auto()


# What summaries are made of, and what stands over it: there names and figures are looked for, too.
CONTENT = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.BLOCK_QUOTE})
HEADS = frozenset({BlockKind.TITLE, BlockKind.SUBTITLE, BlockKind.HEADING})


@dataclass(frozen=True)
class Block:
    """A run of lines that belong together, and its sentences; a title or heading is one, without its marks.

    Those of a table are its cells.
    """

    kind: BlockKind
    span: Span
    sentences: tuple[Span, ...]


@dataclass(frozen=True)
class Sentence:
    """A sentence of the content. `position` counts content sentences from 0; `paragraph` and `section` their blocks.

    `quoted` says that it stands in a block quote; there `text` has blanks for the marks that begin lines.
    """

    text: str
    span: Span
    position: int
    paragraph: int
    section: int
    quoted: bool = False


@dataclass(frozen=True)
class Section:
    """A heading (None before the first one) and the content sentences under it."""

    heading: str | None
    heading_span: Span | None
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Article:
    """A parsed article over the caller's own `text`. `title` is None where there is none.

    `date` is the day that its page gives it (ISO 8601), "" where nothing does.
    """

    text: str
    language: str
    blocks: tuple[Block, ...]
    title: str | None
    title_span: Span | None
    sections: tuple[Section, ...]
    date: str = ""

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All content sentences in order, boilerplate left out."""
        return tuple(s for section in self.sections for s in section.sentences)


class Quality(Enum):
    """How much work a translation is worth: decoded once, again where there is doubt, or the best of many."""

    FAST = auto()
    BALANCED = auto()
    BEST = auto()


class MimeType(Enum):
    """What a text is written in."""

    PLAIN = "text/plain"
    HTML = "text/html"
    MARKDOWN = "text/markdown"


class SummaryLength(Enum):
    """Length class of a summary."""

    SHORT = auto()
    MEDIUM = auto()
    LONG = auto()


class SummaryMethod(Enum):
    """Who writes headline, lead and key points: what the profile says, the article itself, or a summary model."""

    PROFILE = auto()
    EXTRACTIVE = auto()
    ABSTRACTIVE = auto()


@dataclass(frozen=True)
class SummaryOptions:
    """`key_points` None leaves the number to the length class; `focus` is what the summary is about, "" for no wish."""

    length: SummaryLength = SummaryLength.MEDIUM
    key_points: int | None = None
    focus: str = ""
    method: SummaryMethod = SummaryMethod.PROFILE


@dataclass(frozen=True)
class KeyPoint:
    """A statement with its rank (0..1), support (0..1), source sentences and section heading ("" before the first).

    `focus_score` (0..1) is the share of the focus's words in it, None without a focus; `shortened` says that words of
    the sentence were left out, `generated` that a summary model wrote it.
    """

    text: str
    rank_score: float
    support_score: float
    spans: tuple[Span, ...]
    section: str
    focus_score: float | None = None
    shortened: bool = False
    generated: bool = False


@dataclass(frozen=True)
class SectionSummary:
    """A section's heading and a central sentence of it, one that is not said elsewhere where there is one."""

    heading: str
    summary: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Quote:
    """Quoted words without their marks, and the speaker as the article names them ("" where it does not).

    `speaker_span` is the name, pronoun or role that tells the speaker.
    """

    text: str
    speaker: str
    span: Span
    speaker_span: Span | None = None


class MentionKind(Enum):
    """The kind of a name."""

    UNKNOWN = auto()
    PERSON = auto()
    ORGANIZATION = auto()
    PLACE = auto()


class EntityType(Enum):
    """What a model says that a name is the name of."""

    PERSON = auto()
    ORGANIZATION = auto()
    LOCATION = auto()
    OTHER = auto()


class Entity(NamedTuple):
    """A name that a model found."""

    span: Span
    type: EntityType


@dataclass(frozen=True)
class Mention:
    """A name in its fullest form, and every place where it or a short form of it stands.

    `kind` is what lists and context say, and where they say nothing `entity_type`: that of a model, None without one.
    """

    name: str
    spans: tuple[Span, ...]
    kind: MentionKind = MentionKind.UNKNOWN
    entity_type: EntityType | None = None


class FigureKind(Enum):
    """The kind of a figure."""

    NUMBER = auto()
    MONEY = auto()
    PERCENT = auto()
    DATE = auto()


@dataclass(frozen=True)
class Figure:
    """A number, sum, percentage or date as it stands in the text.

    `value` has scale words in it, and is the lower end of a range; `high` is the upper one. `unit` is an ISO 4217 code,
    "%", "‰", an id of CLDR's units ("kilometer", "day"), or the dictionary form of what is counted. `date` is ISO 8601.
    """

    text: str
    kind: FigureKind
    span: Span
    value: float | None = None
    high: float | None = None
    unit: str = ""
    date: str = ""


@dataclass(frozen=True)
class KeyDate:
    """A day, month or year that the article names: ISO 8601, as it stands, where, and the span of its sentence.

    `relative`: it is told by its distance from the day of the article.
    """

    date: str
    text: str
    span: Span
    sentence: Span
    relative: bool = False


@dataclass(frozen=True)
class Summary:
    """A structured summary; see the message of the same name in the proto for the meaning of each field.

    `focus_found` is False where a focus was asked for of which no sentence holds a word.
    """

    headline: str
    lead: str
    lead_spans: tuple[Span, ...]
    key_points: tuple[KeyPoint, ...]
    sections: tuple[SectionSummary, ...]
    quotes: tuple[Quote, ...]
    mentions: tuple[Mention, ...]
    figures: tuple[Figure, ...]
    language: str
    compression_ratio: float
    key_dates: tuple[KeyDate, ...] = ()
    focus_found: bool = True
    headline_generated: bool = False
    lead_generated: bool = False

    @property
    def generated(self) -> bool:
        """Whether a summary model wrote any of it."""
        return self.headline_generated or self.lead_generated or any(p.generated for p in self.key_points)


class WarningType(Enum):
    """Why an answer may not be trusted. The names are those of the proto's Warning.Type without its prefix."""

    LANGUAGE_MISMATCH = auto()
    LANGUAGE_UNCERTAIN = auto()
    REPETITION = auto()
    WRONG_LANGUAGE = auto()
    UNTRANSLATED = auto()
    NUMBER_MISMATCH = auto()
    LENGTH_OUT_OF_RANGE = auto()
    OUTPUT_CUT = auto()
    SEGMENT_SPLIT = auto()
    SHORT_ARTICLE = auto()
    CONTROL_CHARACTERS = auto()
    UNSUPPORTED_LANGUAGE = auto()
    NEGATION_MISMATCH = auto()
    NAME_MISMATCH = auto()
    SENTENCE_MISMATCH = auto()
    UNBALANCED = auto()
    TERM_NOT_PLACED = auto()
    MARKUP_UNCERTAIN = auto()
    LOW_QUALITY = auto()
    PLACEHOLDER_MISSING = auto()
    UNSUPPORTED_STATEMENT = auto()
    FOCUS_NOT_FOUND = auto()
    PARTLY_COMPARED = auto()
    MODEL_FAILED = auto()


@dataclass(frozen=True)
class Warning:
    """A typed doubt. `detail` never holds article text; `where` is a path into the response ("" for all of it)."""

    type: WarningType
    detail: str
    where: str = ""
    span: Span | None = None


@dataclass(frozen=True)
class Usage:
    """What the model work for something cost: tokens in and out, segments, seconds summed over the segments.

    `guard_seconds` went into checks of translations. `remembered` segments came from the cache and cost nothing; they
    are not among `segments`.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    segments: int = 0
    queue_seconds: float = 0.0
    inference_seconds: float = 0.0
    remembered: int = 0
    guard_seconds: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.segments + other.segments,
            self.queue_seconds + other.queue_seconds,
            self.inference_seconds + other.inference_seconds,
            self.remembered + other.remembered,
            self.guard_seconds + other.guard_seconds,
        )


@dataclass(frozen=True)
class ModelUse:
    """Which model or method, in which revision, made a part of the answer."""

    part: str
    model: str
    revision: str


@dataclass(frozen=True)
class Route:
    """The languages that a text passes through, its own and the target's included, and each step's model by its id.

    Both are empty for a text that is not translated.
    """

    languages: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class SentencePair(NamedTuple):
    """A sentence of a text, and where its translation stands in the translated text.

    `estimate` is how good that is expected to be (0 to 1), None where there was nothing to translate.
    """

    source: Span
    target: Span
    estimate: float | None = None


@dataclass(frozen=True)
class Estimate:
    """How good translations are expected to be, added up: a mean by the code points of their sources."""

    total: float = 0.0
    weight: int = 0

    @staticmethod
    def of(value: float, length: int) -> "Estimate":
        """That of the translation of so many code points."""
        return Estimate(value * length, length)

    @property
    def value(self) -> float | None:
        """0 to 1; None where there was nothing to translate."""
        return self.total / self.weight if self.weight else None

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.total + other.total, self.weight + other.weight)


@dataclass(frozen=True)
class TranslatedText:
    """A text in the target language with the doubts about it; their `where` is "" and `span` refers to the source.

    `pairs` has its sentences in order; what stands between them is the same in both texts.
    """

    text: str
    warnings: tuple[Warning, ...] = ()
    usage: Usage = Usage()
    pairs: tuple[SentencePair, ...] = ()
    estimate: Estimate = Estimate()


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a loaded model; `sha256` is that of the file of weights, in hex."""

    id: str
    revision: str
    sha256: str
    licence: str
    languages: tuple[str, ...]
    engine: str
    quantization: str


@dataclass(frozen=True)
class Timings:
    """Seconds a stage took; stages that did not run are absent."""

    stages: Mapping[str, float] = field(default_factory=dict)
