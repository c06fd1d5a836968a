"""Nothing of the text for evaluation is learnt from."""

import json
from pathlib import Path

import pytest

from training.pairs import Pair
from training.prepare.heldout import HeldOut, read

HELD_OUT = HeldOut(
    [
        ("en", "The committee voted on Monday. It will meet again when the new members have arrived."),
        ("de", "Der Ausschuss stimmte am Montag ab."),
        ("uk", "Комітет проголосував у понеділок увечері."),
    ]
)


@pytest.mark.parametrize(
    ("source", "target", "how"),
    [
        ("x", "der ausschuss stimmte am montag ab", "held-out text"),
        ("x", "КОМІТЕТ проголосував – у понеділок увечері!", "held-out text"),
        ("The committee voted on Monday.", "x", "held-out text"),
        ("So it was. The committee voted on Monday. Then came rain.", "x", "held-out sentence"),
        ("They say it will meet again when the new members come.", "x", "held-out run"),
        ("It will meet again when the new people come.", "x", None),
        ("The committee met.", "x", None),
    ],
)
def test_text_sentence_and_run(source: str, target: str, how: str | None) -> None:
    target_language = "uk" if target.casefold().startswith("к") else "de"
    assert HELD_OUT.holds(Pair("en", target_language, source, target, "d")) == how


def test_files_of_each_form(tmp_path: Path) -> None:
    (tmp_path / "flores.json").write_text(json.dumps([["a", "b", "c"]]))
    (tmp_path / "wmt-en-uk.json").write_text(json.dumps([{"doc": "1", "pairs": [["a", "c"]], "ref2": ["d"]}]))
    (tmp_path / "other.json").write_text(json.dumps([{"doc": "1", "triples": [["a", "b", "c"]]}]))
    languages = ("en", "de", "uk")
    assert list(read(tmp_path / "flores.json", languages)) == [("en", "a"), ("de", "b"), ("uk", "c")]
    assert list(read(tmp_path / "wmt-en-uk.json", languages)) == [("en", "a"), ("uk", "c"), ("uk", "d")]
    assert list(read(tmp_path / "other.json", languages)) == [("en", "a"), ("de", "b"), ("uk", "c")]


def test_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(json.dumps([["a", "b"]]))
    with pytest.raises(ValueError, match=r"bad\.json: 2 texts"):
        list(read(tmp_path / "bad.json", ("en", "de", "uk")))
