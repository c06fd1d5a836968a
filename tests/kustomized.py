"""What kustomize makes of the folders of deploy/kubernetes, as far as they use it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

# What tells the items of a list from each other, in the order that they are looked for.
_KEYS = ("containerPort", "mountPath", "name")


def manifests(folder: Path) -> list[dict[str, Any]]:
    """The manifests that a folder leads to."""
    said = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    known = {"apiVersion", "kind", "resources", "patches", "labels", "images"}
    assert set(said) <= known, "kustomize does more there than this knows"
    found = [manifest for name in said["resources"] for manifest in _resources(folder / name)]
    for patch in said.get("patches", []):
        assert set(patch) == {"path"}
        (changes,) = _documents(folder / patch["path"])
        (target,) = [m for m in found if _id(m) == _id(changes)]
        _merge(target, changes)
    for labels in said.get("labels", []):
        for manifest in found:
            manifest["metadata"].setdefault("labels", {}).update(labels["pairs"])
    for image in said.get("images", []):
        for manifest in found:
            for container in containers(manifest):
                if container["image"] == image["name"]:
                    container["image"] = f"{image['name']}:{image['newTag']}"
    return found


def containers(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of its pods; none where it has none."""
    return manifest.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])


def _resources(path: Path) -> list[dict[str, Any]]:
    return manifests(path) if path.is_dir() else list(_documents(path))


def _documents(file: Path) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def _id(manifest: dict[str, Any]) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def _merge(target: dict[str, Any], changes: dict[str, Any]) -> None:
    """A strategic merge: what is null goes, lists of what has names are merged by them."""
    for key, value in changes.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        elif isinstance(value, list) and isinstance(target.get(key), list):
            for item in value:
                _merge_item(target[key], item)
        else:
            target[key] = value


def _merge_item(items: list[Any], item: dict[str, Any]) -> None:
    key = next(key for key in _KEYS if key in item)
    for known in items:
        if known[key] == item[key]:
            _merge(known, item)
            return
    items.append(item)
