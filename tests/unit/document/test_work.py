"""How the work of `parse` grows with its text: it is counted, not timed."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from polygist.document import parse as module
from polygist.document.parse import parse

FOLDER = str(Path(module.__file__).parent)
# The sentences of a block are read with a window that is handed on with the whole block; test_sentences bounds it.
ELSEWHERE = "sentences.py"


def work(text: str, language: str, run: Callable[[str, str], object] = parse) -> int:
    """Calls that the document model makes, of Python and of C, and the code points that they are handed.

    The text itself does not count: it is handed on and read at offsets.
    """
    total = 0

    def count(frame: FrameType, event: str, _: Any) -> None:
        nonlocal total
        code = frame.f_code
        file = code.co_filename
        if not file.startswith(FOLDER) or file.endswith(ELSEWHERE) or event not in ("call", "c_call"):
            return
        total += 1
        if event == "call":
            given = (frame.f_locals[n] for n in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
            total += sum(len(v) for v in given if isinstance(v, str) and v is not text)

    sys.setprofile(count)
    try:
        run(text, language)
    finally:
        sys.setprofile(None)
    return total


HOSTILE: dict[str, Callable[[int], str]] = {
    "only headings": lambda n: "What happens next\n" * n,
    "marked headings": lambda n: "## What happens next\n\n" * n,
    "headings and paragraphs": lambda n: "What happens next\nThe council met. It agreed.\n" * n,
    "no stop anywhere": lambda n: "and so it goes on without a stop for a while\n" * n,
    "one line": lambda n: "word " * n * 10,
    "one word": lambda n: "a" * n * 50,
    "letters": lambda n: "a\n" * n,
    "line ends": lambda n: "One.\r\nTwo\rThree\u2028\n\n\x85" * n,
    "rows": lambda n: "Leeds | 3 | 5\n" * n,
    "tabs": lambda n: "Leeds\t3\n\n" * n,
    "quotes": lambda n: "> and so on\n" * n,
    "marks": lambda n: ">\n" * n + "> > > a",
    "times": lambda n: "14:05 The minister came\n" * n,
    "datelines": lambda n: "Berlin (dpa) - Der Rat tagt.\n" * n,
    "places": lambda n: "Berlin – Der Rat\n" * n,
    "captions": lambda n: "Foto: dpa\nThe bridge. Photo: Jane Doe/AP\n" * n,
    "bylines": lambda n: "By Jane Doe\nJane Doe, Editor\n" * n,
    "signatures": lambda n: "“We win.”\n— Jane Doe\n" * n,
    "items": lambda n: "1. One\n• Two\n" * n,
    "blank lines": lambda n: "a\n" + "\n" * n * 10 + "b",
    "wrapped": lambda n: ("a word of text " * 5 + "\n") * n,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_text_is_twice_the_work(name: str) -> None:
    make = HOSTILE[name]
    parse(make(2), "de")  # patterns are compiled
    once, twice = work(make(200), "de"), work(make(400), "de")
    assert once > 10
    assert twice <= 2.1 * once + 200


def test_the_count_sees_square_work() -> None:
    code = "def read(words): pass\n\ndef square(text, language):\n  for i in range(len(text)): read(text[:i])"
    names: dict[str, Any] = {}
    exec(compile(code, f"{FOLDER}/square.py", "exec"), names)  # noqa: S102  # our own text; the count goes by file
    assert work("a" * 400, "en", names["square"]) > 3.5 * work("a" * 200, "en", names["square"])


@pytest.mark.parametrize("language", ["en", "de", "uk"])
def test_hostile_texts_keep_every_letter_in_a_block(language: str) -> None:
    for make in HOSTILE.values():
        text = make(30)
        inside = "".join(text[b.span.start : b.span.end] for b in parse(text, language).blocks)
        assert sum(map(str.isalnum, inside)) == sum(map(str.isalnum, text))


@pytest.mark.parametrize("language", ["en", "de", "uk"])
def test_long_lines_and_many_lines(language: str) -> None:
    assert len(parse("слово word Wort " * 7_000, language).blocks) == 1
    assert len(parse("a\n\n" * 5_000, language).blocks) == 5_000
