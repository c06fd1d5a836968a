"""The texts that are translated for the evaluation: test sets beside the repository, and small ones in it."""

import json
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).parents[1]
SHARED = BENCH.parents[1] / "shared" / "data" / "eval"
LANGUAGES = ("en", "de", "uk")

Row = dict[str, str]


@dataclass(frozen=True)
class TestSet:
    """Lines that are translations of each other, each by language; `small` ones are in the repository."""

    name: str
    rows: list[Row]
    small: bool = False


@dataclass(frozen=True)
class Noisy:
    """A text as people write it, with typos, in capitals, in two languages at once: its language, its kind of noise."""

    lang: str
    kind: str
    text: str


def load(name: str) -> TestSet:
    """A test set by its name; the one of bench/data where its files are not there."""
    try:
        return TestSet(name, {"flores": _flores, "wmt24-news": _news}[name]())
    except FileNotFoundError:
        return TestSet("own", _lines(BENCH / "data" / "guard-pairs.jsonl"), small=True)


def noisy() -> list[Noisy]:
    """The noisy texts."""
    return [Noisy(**row) for row in _lines(BENCH / "data" / "guard-noisy.jsonl")]


def _flores() -> list[Row]:
    """FLORES-200 devtest: single sentences of Wikinews, Wikijunior and Wikivoyage."""
    return [dict(zip(LANGUAGES, row, strict=True)) for row in _read("flores-devtest.json")]


def _news() -> list[Row]:
    """The news of WMT24: paragraphs, each with its English, its German and its Ukrainian."""
    german, ukrainian = (_read(f"wmt-en-{code}.json") for code in ("de", "uk"))
    return [
        {"en": en, "de": de, "uk": uk}
        for one, other in zip(german, ukrainian, strict=True)
        for (en, de), (_, uk) in zip(one["pairs"], other["pairs"], strict=True)
    ]


def _read(name: str) -> list:
    return json.loads((SHARED / name).read_text(encoding="utf-8"))


def _lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
