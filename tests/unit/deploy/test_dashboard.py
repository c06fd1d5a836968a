"""The dashboard is what its description says, and has the form that Grafana reads."""

import importlib.util
import itertools
import json
import tomllib
from types import ModuleType

import pytest

from tests.deployed import DEPLOY, panels

# Of https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts
UNITS = {"short", "s", "bytes", "percentunit", "reqps", "bool_yes_no"}


@pytest.fixture
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_dashboard", DEPLOY / "grafana" / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_is_what_the_description_makes(build: ModuleType) -> None:
    assert build.DASHBOARD.read_text(encoding="utf-8") == build.text()


def test_panels_have_places_of_their_own() -> None:
    all = json.loads((DEPLOY / "grafana" / "polygist.json").read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in all}) == len(all)
    taken = set[tuple[int, int]]()
    for place in (panel["gridPos"] for panel in all):
        cells = set(
            itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
        )
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows(panel: dict) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"] in UNITS
    first, *steps = defaults["thresholds"]["steps"]
    assert first["value"] is None
    assert [s["value"] for s in steps] == sorted(s["value"] for s in steps)
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"]["uid"] == "${datasource}"
        assert target["legendFormat"] or panel["type"] == "table"
        assert "$job" in target["expr"]
        assert "$scope" not in target["expr"]
        assert "$none" not in target["expr"]


def test_no_query_of_a_panel_is_lost(build: ModuleType) -> None:
    described = tomllib.loads((DEPLOY / "grafana" / "dashboard.toml").read_text(encoding="utf-8"))
    asked = {panel["title"]: len(panel["queries"]) for row in described["rows"] for panel in row["panels"]}
    assert {panel["title"]: len(panel["targets"]) for panel in panels()} == asked
    many = build._panel({"title": "", "unit": "s", "queries": [{"expr": "up", "legend": str(i)} for i in range(9)]})
    assert [target["refId"] for target in many["targets"]] == list("ABCDEFGHI")


def test_a_dashboard_has_no_two_panels_of_one_title() -> None:
    titles = [panel["title"] for panel in panels()]
    assert len(set(titles)) == len(titles)
