"""What is found in the hand-labelled articles: the labels, but for the errors that the files name."""

from pathlib import Path

import pytest

from tests.unit.summarize.structure_labels import PATHS, errors, load


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_no_more_and_no_other_errors_than_known(path: Path) -> None:
    known = load(path)
    assert errors(path) == {side: known[side] for side in ("missed", "wrong")}


def test_there_are_five_articles_for_each_language() -> None:
    assert [sum(p.name.startswith(la) for p in PATHS) for la in ("en", "de", "uk")] == [5, 5, 5]
