"""Installs what the lock file pins, every file checked against its hashes: `python -m supply.install GROUP,...`

A group is build-system, dependencies or an extra of pyproject.toml; they are installed in the order given, what builds
others first. pip resolves nothing: it gets pins with hashes and nothing else, first of what the group requires, then of
what that requires, as it says once it is installed. So one lock serves every set of extras, and every build of torch.
"""

import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([a-z0-9-]++)==(\S++)((?: \\\n +--hash=\S++)*+)", re.MULTILINE)
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
INSTALL = (*PIP, "install", "--quiet", "--no-deps", "--no-build-isolation", "--require-hashes")
# Packages of several builds, all pinned by one line. Left alone pip takes one whose hash it knows beforehand, which it
# does not of a file in a folder.
BUILT = {"torch"}


def pins(lock: str) -> dict[str, tuple[str, str]]:
    """The version of each package in a lock file, and its lines."""
    return {pin[1]: (pin[2], pin[0]) for pin in PIN.finditer(lock)}


def required(project: Path, group: str) -> list[str]:
    """The requirements of a group of pyproject.toml."""
    said = tomllib.loads(project.read_text(encoding="utf-8"))
    groups = {
        "build-system": said["build-system"]["requires"],
        "dependencies": said["project"]["dependencies"],
        **said["project"]["optional-dependencies"],
    }
    if group not in groups:
        sys.exit(f"{group} is none of {', '.join(groups)}")
    return list(groups[group])


def missing(names: Iterable[str], locked: dict[str, tuple[str, str]]) -> list[str]:
    """Those of the packages that are not here in the version of the lock, whatever their build ("2.13.0+cpu")."""
    absent = []
    for name in sorted(names):
        if name not in locked:
            sys.exit(f"{name} is not in the lock: make lock")
        try:
            here = version(name).partition("+")[0]
        except PackageNotFoundError:
            here = ""
        if here != locked[name][0]:
            absent.append(name)
    return absent


def build(name: str, pinned: str) -> str:
    """The version with its build ("2.13.0+cpu") where pip finds one, else the version alone."""
    command = [*PIP, "index", "versions", name]
    found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)  # noqa: S603  # pip
    return next((v for v in re.split(r"[,\s]+", found.stdout) if v.startswith(f"{pinned}+")), pinned)


def install(names: Iterable[str], locked: dict[str, tuple[str, str]]) -> None:
    """Install these in the versions of the lock, from files that it has the hashes of."""
    lines = []
    for name in names:
        pinned, line = locked[name]
        lines.append(line.replace(pinned, build(name, pinned), 1) if name in BUILT else line)
    command = [*INSTALL, "--requirement", "/dev/stdin"]
    if subprocess.run(command, input="\n".join(lines), text=True, check=False).returncode:  # noqa: S603  # pip
        sys.exit(1)
    importlib.invalidate_caches()


def main() -> None:
    """Group by group, until nothing is missing."""
    groups = [required(ROOT / "pyproject.toml", group) for group in sys.argv[1].split(",") if group]
    locked = pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    if absent := missing(["packaging"], locked):
        install(absent, locked)
    from supply.reach import reached

    for group in groups:
        while absent := missing(reached(group), locked):
            install(absent, locked)


if __name__ == "__main__":
    main()
