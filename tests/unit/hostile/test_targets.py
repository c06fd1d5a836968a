"""The targets of tests/fuzz over their corpus, and over what hypothesis makes of it."""

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygist.document.page import Page
from tests.fuzz import TARGETS
from tests.fuzz.given import MOST, text_of, texts_of

CORPUS = Path("tests/data/fuzz")
FILES = sorted(file for file in CORPUS.glob("*/*"))
EVERY = pytest.mark.parametrize("name", TARGETS)


def target(name: str) -> Callable[[bytes], None]:
    check: Callable[[bytes], None] = importlib.import_module(f"tests.fuzz.{name}").check
    return check


def corpus(name: str) -> list[bytes]:
    return [file.read_bytes() for file in FILES if file.parent.name == name]


def test_every_target_has_a_module_and_seeds() -> None:
    modules = {file.stem for file in Path("tests/fuzz").glob("*.py")} - {"__init__", "__main__", "given"}
    assert modules == set(TARGETS) == {file.parent.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_corpus_keeps_every_promise(file: Path) -> None:
    target(file.parent.name)(file.read_bytes())


@EVERY
@settings(max_examples=20)
@given(data=st.data())
def test_what_is_made_of_the_corpus_keeps_them_too(name: str, data: st.DataObject) -> None:
    seeds = st.sampled_from(corpus(name))
    one, other, between = data.draw(seeds), data.draw(seeds), data.draw(st.binary(max_size=6))
    cut, joined = data.draw(st.integers(0, len(one))), data.draw(st.integers(0, len(other)))
    # The language and the digit of the first one count, so that texts do not come thousands of times.
    target(name)(one[:cut] + between + other[joined:])


@EVERY
@settings(max_examples=10)
@given(st.binary(max_size=60))
def test_any_bytes_keep_them(name: str, given: bytes) -> None:
    target(name)(given)


def test_bytes_are_read_as_texts() -> None:
    assert text_of(b"e0ab") == ("en", "ab")
    assert text_of(b"d1\xc3\xa4") == ("de", "ää" * 2)
    assert text_of(b"u0\xff") == ("uk", "\udcff")
    assert text_of(b"") == ("uk", "")
    assert len(text_of(b"e7abc")[1]) == MOST
    assert texts_of(b"e0a\fb") == ("en", ["a", "b"])


FAULTS: dict[str, tuple[str, object]] = {
    "articles": ("polygist.document.parse.lines", lambda text: []),
    "pages": ("tests.fuzz.pages.read", lambda html: Page("two\nlines", "A text.", (), "", "")),
    "layout": ("polygist.translate.layout.rewrap", lambda source, made: f"{made} more"),
    "guard": ("tests.fuzz.guard.replaced", lambda text, by: f"{text} 1"),
    "prompts": ("polygist.tokens.control.Control.broken", lambda self, text: text),
    "requests": ("polygist.errors.InvalidRequest._MOST_BYTES", 10**9),
    "rows": ("polygist.batch.columns._safe", lambda id: "\ud800"),
    "places": ("polygist.jobs.roots.below", lambda path, folder: True),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_promise_that_is_broken_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check = target(name)
    monkeypatch.setattr(*FAULTS[name])
    with pytest.raises((AssertionError, UnicodeEncodeError)):
        any(map(check, corpus(name)))
