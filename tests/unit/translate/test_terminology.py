"""Sentences with terms: where they are checked."""

import threading

import pytest

from polygist.concurrency import Threads
from polygist.translate import guard, terminology
from polygist.translate.glossary.terms import Glossary, Term
from polygist.translate.lane import Lane
from polygist.types import Quality, Span, TranslatedText, WarningType


class Repeating:
    """Translates a text into itself."""

    path, models = ("en", "de"), ("repeating",)

    async def translate(self, text: str, lane: Lane, quality: Quality) -> TranslatedText:
        return TranslatedText(text)


@pytest.mark.parametrize(("words", "on_the_loop"), [(3, True), (300, False)])
async def test_a_long_sentence_is_checked_off_the_event_loop(
    words: int, on_the_loop: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bool] = []

    def doubts(*_: object, **__: object) -> frozenset[WarningType]:
        checked.append(threading.current_thread() is threading.main_thread())
        return frozenset()

    monkeypatch.setattr(guard, "doubts", doubts)
    threads, text = Threads(2, "test"), "clinic " * words
    glossary = Glossary([Term("clinic", "Klinik")])
    await terminology.translate(
        text, glossary, Repeating(), lambda t: [Span(0, len(t))], threads, Lane(None, 8), Quality.FAST
    )
    await threads.close()
    assert checked
    assert set(checked) == {on_the_loop}
