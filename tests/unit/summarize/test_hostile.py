"""Texts that a search which is not linear would not finish: the suite's time limit fails them."""

import pytest

from polygist.document.parse import parse
from polygist.summarize.figures import figures
from polygist.summarize.names import mentions
from polygist.summarize.quotes import quotes

LONG, SHORT = 200_000, 10_000
RUNS = ["1", '"', "A", "«"]
PIECES = [
    "1 ",
    "1 000 ",
    "1-",
    "5 million ",
    "two hundred and ",
    "hundertundzwei",
    "1 млн ",
    "$1-$",
    "3 March ",
    '"a ',
    ' "a"',
    "«а, — сказав він. — ",
    "— так, — ",
    "Aa ",
    "Anna Smith, ",
    "it said. ",
]


@pytest.mark.parametrize("language", ["en", "de", "uk"])
@pytest.mark.parametrize(("piece", "size"), [*((r, LONG) for r in RUNS), *((p, SHORT) for p in PIECES)])
def test_long_runs_finish(piece: str, size: int, language: str) -> None:
    article = parse((piece * (size // len(piece) + 1))[:size], language)
    names = mentions(article)
    assert all(f.span.end <= size for f in figures(article))
    assert all(q.span.end <= size for q in quotes(article, names))
