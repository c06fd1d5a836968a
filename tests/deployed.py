"""What the files of deploy/ ask of Prometheus."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"


def rules() -> list[dict[str, Any]]:
    """Every rule, recording ones and alerts."""
    files = [yaml.safe_load(f.read_text(encoding="utf-8")) for f in sorted(DEPLOY.glob("prometheus/rules/*.yml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """The panels of the dashboard, rows left out."""
    dashboard = json.loads((DEPLOY / "grafana" / "polygist.json").read_text(encoding="utf-8"))
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(**variables: str) -> dict[str, str]:
    """Every query of the dashboard with its variables filled in, by its panel and its letter."""
    asked = {f"{panel['title']}/{q['refId']}": q["expr"] for panel in panels() for q in panel["targets"]}
    return {name: re.sub(r"\$(\w+)", lambda found: variables[found[1]], expr) for name, expr in asked.items()}


def metrics(expression: str) -> set[str]:
    """The names of the server's metrics in an expression; recorded ones have a colon and are none of them."""
    words = re.findall(r"[a-zA-Z_:][\w:]*", re.sub(r'"(?:[^"\\]|\\.)*"', "", expression))
    return {w for w in words if re.match(r"(polygist|grpc_server|process|python)_", w) and ":" not in w}
