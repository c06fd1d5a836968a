"""Writes polygist.json, which Grafana imports, from dashboard.toml beside it.

    python deploy/grafana/build.py

The form is Grafana's classic dashboard model (schemaVersion 39, read by Grafana 10.4 and later):
https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

HERE = Path(__file__).parent
DASHBOARD = HERE / "polygist.json"

_SCOPE = 'job=~"$job",instance=~"$instance"'
_NONE, _ZERO = re.compile(r"or \$none\((\w+)\)"), r'or on () label_replace(vector(0), "\1", "none", "", "")'
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_COLUMNS, _HEIGHT = 24, 8
Json = dict[str, Any]


def dashboard() -> Json:
    """The dashboard as Grafana reads it."""
    described = tomllib.loads((HERE / "dashboard.toml").read_text(encoding="utf-8"))
    return {
        "id": None,
        "uid": "polygist",
        "title": described["title"],
        "tags": ["polygist"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [_datasource(), _variable("job", ""), _variable("instance", 'job=~"$job"')]},
        "annotations": {"list": [_alerts()]},
        "links": [],
        "panels": list(_panels(described["rows"])),
    }


def _panels(rows: list[Json]) -> Iterator[Json]:
    """Row after row, panels side by side: three in a row at most, as wide as there is room."""
    number, top = 0, 0
    for row in rows:
        number += 1
        heading = {"type": "row", "title": row["title"], "collapsed": False, "panels": []}
        yield {"id": number} | heading | _place(0, top, _COLUMNS)
        top += 1
        for line in _lines(row["panels"]):
            width = _COLUMNS // len(line)
            for column, panel in enumerate(line):
                number += 1
                yield {"id": number} | _panel(panel) | _place(column * width, top, width, _HEIGHT)
            top += _HEIGHT


def _lines(panels: list[Json]) -> Iterator[list[Json]]:
    """As few lines as hold three panels each, of as many panels as each other."""
    lines = -(-len(panels) // 3)
    for i in range(lines):
        yield panels[i * len(panels) // lines : (i + 1) * len(panels) // lines]


def _place(x: int, y: int, width: int, height: int = 1) -> Json:
    return {"gridPos": {"x": x, "y": y, "w": width, "h": height}}


def _panel(panel: Json) -> Json:
    show = panel.get("show", "lines")
    return {
        "type": {"stat": "stat", "table": "table"}.get(show, "timeseries"),
        "title": panel["title"],
        "description": panel.get("text", ""),
        "datasource": _DATASOURCE,
        "targets": [_target(ascii_uppercase[i], q, show == "table") for i, q in enumerate(panel["queries"])],
        "fieldConfig": {"defaults": _defaults(panel, show), "overrides": list(_colours(panel))},
        **_SHOWN.get(show, _lines_options)(panel),
    }


def _target(ref: str, query: Json, instant: bool) -> Json:
    return {
        "refId": ref,
        "datasource": _DATASOURCE,
        "editorMode": "code",
        "expr": _NONE.sub(_ZERO, query["expr"].replace("$scope", _SCOPE)),
        "legendFormat": query["legend"],
        "range": not instant,
        "instant": instant,
        **({"format": "table"} if instant else {}),
    }


def _defaults(panel: Json, show: str) -> Json:
    steps = panel.get("steps", {"green": 0})
    colours = [{"color": c, "value": None if i == 0 else v} for i, (c, v) in enumerate(steps.items())]
    defaults: Json = {"unit": panel["unit"], "thresholds": {"mode": "absolute", "steps": colours}}
    if show in ("lines", "stacked"):
        stacked = show == "stacked"
        scale = panel.get("scale", "linear")
        if scale == "linear":
            defaults["min"] = 0
        defaults["color"] = {"mode": "palette-classic"}
        defaults["custom"] = {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 30 if stacked else 0,
            "showPoints": "never",
            "scaleDistribution": {"type": scale} | ({"log": 10} if scale == "log" else {}),
            "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "line" if "steps" in panel else "off"},
        }
    return defaults


def _colours(panel: Json) -> Iterator[Json]:
    """A colour of its own for each series that is named."""
    for legend, colour in panel.get("colours", {}).items():
        fixed = {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}
        yield {"matcher": {"id": "byName", "options": legend}, "properties": [fixed]}


def _lines_options(panel: Json) -> Json:
    legend = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
    return {"options": {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}}


def _stat_options(panel: Json) -> Json:
    reduced = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    return {"options": {"reduceOptions": reduced, "colorMode": "value", "graphMode": "area", "textMode": "auto"}}


def _table_options(panel: Json) -> Json:
    """Only the columns that are named, in their order."""
    columns = panel["columns"]
    wanted = {"id": "filterFieldsByName", "options": {"include": {"names": columns}}}
    order = {"id": "organize", "options": {"indexByName": {c: i for i, c in enumerate(columns)}}}
    return {"options": {"showHeader": True}, "transformations": [wanted, order]}


_SHOWN = {"stat": _stat_options, "table": _table_options}


def _datasource() -> Json:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}}


def _variable(label: str, scope: str) -> Json:
    """A choice of the values that a label has; all of them at first."""
    asked = f"label_values(polygist_build_info{{{scope}}}, {label})"
    return {
        "name": label,
        "label": label.title(),
        "type": "query",
        "datasource": _DATASOURCE,
        "query": {"query": asked, "refId": "variable"},
        "definition": asked,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _alerts() -> Json:
    """Alerts that fire, as marks over the curves."""
    return {
        "name": "Alerts",
        "datasource": _DATASOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": 'ALERTS{alertname=~"Polygist.*",alertstate="firing"}',
        "titleFormat": "{{alertname}}",
        "textFormat": "{{instance}} {{slo}}",
    }


def text() -> str:
    """The file's content."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DASHBOARD.write_text(text(), encoding="utf-8")
