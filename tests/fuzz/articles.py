"""Plain text into blocks and sentences: every range is one of the text, and no letter is outside of them."""

from itertools import pairwise

from polygist.document import segments
from polygist.document.lines import without_marks
from polygist.document.parse import parse
from polygist.document.sentences import split
from polygist.language import LanguageDetector
from polygist.transport.offsets import Offsets, OffsetUnit
from polygist.types import Article, Span
from tests.fuzz.given import text_of

_DETECTOR = LanguageDetector()
_CODECS = {OffsetUnit.UTF8_BYTE: ("utf-8", 1), OffsetUnit.UTF16_CODE_UNIT: ("utf-16-le", 2)}


def check(data: bytes) -> None:
    language, text = text_of(data)
    for titled in (False, True):
        checked(parse(text, language, titled=titled))
    spans = segments.sentences(text, language)
    in_order(spans, len(text))
    _split(" ".join(text.split()), language)
    _offsets(text, spans)
    assert 0 <= _DETECTOR.detect(text).confidence <= 1


def in_order(spans: list[Span], length: int) -> None:
    """Ranges that hold something, one behind the other."""
    assert all(0 <= start < end <= length for start, end in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


def checked(article: Article) -> None:
    """What holds of every article."""
    text = article.text
    in_order([block.span for block in article.blocks], len(text))
    for block in article.blocks:
        in_order(list(block.sentences), block.span.end)
        assert all(block.span.start <= span.start for span in block.sentences)
    seen = "".join(text[block.span.start : block.span.end] for block in article.blocks)
    assert sum(map(str.isalnum, seen)) == sum(map(str.isalnum, text))
    assert [s.position for s in article.sentences] == list(range(len(article.sentences)))
    for index, section in enumerate(article.sections):
        if section.heading_span:
            assert text[slice(*section.heading_span)] == section.heading
        for sentence in section.sentences:
            said = text[slice(*sentence.span)]
            assert sentence.text == (without_marks(said) if sentence.quoted else said)
            assert sentence.section == index


def _split(line: str, language: str) -> None:
    spans = [Span(*span) for span in split(line, language)]
    in_order(spans, len(line))
    said = "".join(line[start:end] for start, end in spans)
    assert said.replace(" ", "") == line.replace(" ", "")


def _offsets(text: str, spans: list[Span]) -> None:
    """A range in the caller's unit is the same text."""
    for unit, (codec, width) in _CODECS.items():
        offsets, written = Offsets(text, unit), text.encode(codec, "surrogatepass")
        for span in spans:
            start, end = (offsets.convert(at) * width for at in span)
            assert written[start:end].decode(codec, "surrogatepass") == text[slice(*span)]
