"""A segment and whatever a model made of it: the guard has an answer, numbers keep their digits."""

from polygist.translate import guard, localization, numbers
from polygist.translate.changes import replaced
from polygist.types import SentencePair, Span, TranslatedText
from tests.fuzz.given import LANGUAGES, texts_of


def check(data: bytes) -> None:
    """What stands before and behind a form feed are a source and its translation."""
    language, parts = texts_of(data)
    source, made = parts[0], parts[-1]
    target = next(other for other in LANGUAGES if other != language)
    found = guard.found(source, made, language, target)
    assert found <= guard.DETECTORS.keys()
    doubts = guard.doubts(source, made, language, target, finished=True)
    assert guard.severity(doubts) >= 0
    assert set(guard.strays(source, made, language, target)) <= doubts
    assert not numbers.mismatch(source, source, language, language)
    _localized(source, made, (language, target))


def _localized(source: str, made: str, languages: tuple[str, str]) -> None:
    if not source or not made:
        return
    pair = SentencePair(Span(0, len(source)), Span(0, len(made)))
    changes = localization.changes(TranslatedText(made, pairs=(pair,)), source, languages)
    digits = [c for c in replaced(made, changes) if c.isdigit()]
    assert digits == [c for c in made if c.isdigit()]
