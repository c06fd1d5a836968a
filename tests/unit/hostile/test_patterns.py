"""Every regular expression of the package takes time that grows with the length of the text."""

import ast
import json
import os
import re
import subprocess
import sys

import pytest

from tests.unit.hostile.growth import MOST, worst
from tests.unit.hostile.patterns import FUNCTIONS, PACKAGE

# Those that read some code points at the end of a text, by how they begin: where, and why that text is short.
BOUNDED = {r"(?:[\"„“”«»‚‘‹›]\(?|[:—–•]": "summarize/tokens.py"}  # _LOOK_BACK: 8

Patterns = dict[re.Pattern[str], tuple[list[str], bool]]


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    """Each with its places in the source, and whether texts are searched for it.

    In a process of its own, where nothing is compiled yet.
    """
    command = [sys.executable, "-m", "tests.unit.hostile.patterns"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C.UTF-8"})
    told = json.loads(said.stdout)
    return {re.compile(pattern, flags): (places, searched) for pattern, flags, places, searched in told}


def test_each_place_that_makes_one_is_seen(patterns: Patterns) -> None:
    seen = {place for places, _ in patterns.values() for place in places}
    missed = set()
    for file in PACKAGE.rglob("*.py"):
        name = str(file.relative_to(PACKAGE))
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in {f"re.{function}" for function in FUNCTIONS}:
                lines = range(call.lineno, (call.end_lineno or call.lineno) + 1)
                missed |= set() if any(f"{name}:{line}" in seen for line in lines) else {f"{name}:{call.lineno}"}
    assert len(patterns) > 200
    assert missed == set()


@pytest.mark.timeout(900)
def test_none_takes_longer_than_its_text_does(patterns: Patterns) -> None:
    slow = {}
    for pattern, (places, searched) in patterns.items():
        if not any(pattern.pattern.startswith(opening) for opening in BOUNDED):
            growth, attack = worst(pattern, searched)
            if growth > MOST:
                slow[places[0]] = attack
    assert slow == {}


def test_no_exception_is_left_that_none_needs(patterns: Patterns) -> None:
    for opening, file in BOUNDED.items():
        found = [(pattern, places) for pattern, (places, _) in patterns.items() if pattern.pattern.startswith(opening)]
        assert found
        assert all(worst(pattern)[0] > MOST and places[0].startswith(file) for pattern, places in found)


@pytest.mark.parametrize("pattern", [r"a+$", r"\s+x", r"(a+)+$", r"(\w+\s?)*!", r"x(?:yz)*[zy]*(?!y|z|$)q"])
def test_what_is_not_linear_is_found(pattern: str) -> None:
    assert worst(re.compile(pattern))[0] > MOST


def test_what_is_matched_where_a_text_starts_is_tried_there() -> None:
    assert worst(re.compile(r"\s+x"), searched=False)[0] <= MOST
    assert worst(re.compile(r"a: *:?[ ]*$"), searched=False)[0] > MOST


@pytest.mark.parametrize("pattern", [r"(?<!a)a++b", r"(?<!\s)\s++x", r"\d{1,3}", r"[^a]*+a", r"\b(?:one|two|three)\b"])
def test_what_is_linear_passes(pattern: str) -> None:
    assert worst(re.compile(pattern))[0] <= MOST
