"""Completes what pip-compile locked: `pip install --report - torch | python -m supply.lock constraints.txt`.

The report is that of torch's default build on x86-64 Linux, whose CUDA packages a machine with a CPU build of torch
does not see; with an empty one those that are pinned stay. Then every pin gets the SHA-256 of its files: those that the
index lists for Linux and the supported Pythons, and those in `builds.sha256`, which other indexes have.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
from packaging.tags import Tag
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple")
BUILDS = Path(__file__).with_name("builds.sha256")
CUDA = "# CUDA companions of torch's default build"
CUDA_PREFIXES = ("cuda-", "nvidia-", "triton")
PIN = re.compile(r"([a-z0-9-]++)==(\S++)")
PYTHONS = {"py3", *(f"{kind}3{minor}" for kind in ("py", "cp") for minor in range(11, 15))}
MACHINES = ("x86_64", "aarch64")


def companions(report: dict[str, Any]) -> list[str]:
    """The pins of the CUDA packages among what pip would install, by name."""
    found = [item["metadata"] for item in report["install"]]
    return sorted(f"{p['name']}=={p['version']}" for p in found if p["name"].startswith(CUDA_PREFIXES))


def fits(tag: Tag) -> bool:
    """Whether a wheel with this tag can be installed where polygist can."""
    linux = tag.platform.startswith(("manylinux", "linux")) and tag.platform.endswith(MACHINES)
    python = tag.interpreter in PYTHONS and not tag.abi.endswith("t")
    return (tag.platform == "any" or linux) and (python or tag.abi == "abi3")


def hashes(files: Iterable[tuple[str, str]], version: Version) -> list[str]:
    """The sums among (file, sum) of the wheels of a version that fit; where none does, of its source."""
    wheels, sources = set[str](), set[str]()
    for file, digest in files:
        if file.endswith(".whl"):
            try:
                _, found, _, tags = parse_wheel_filename(file)
            except ValueError:  # of long ago
                continue
            if version in (found, Version(found.public)) and any(map(fits, tags)):
                wheels.add(digest)
        elif file.endswith(".tar.gz") and f"-{version}." in file and parse_sdist_filename(file)[1] == version:
            sources.add(digest)
    return sorted(wheels or sources)


def listed(client: httpx2.Client, name: str) -> Iterator[tuple[str, str]]:
    """The files of a package in the index (PEP 691), and in `builds.sha256`, each with its SHA-256."""
    page = client.get(f"{INDEX}/{name}/").raise_for_status().json()
    yield from ((file["filename"], file["hashes"]["sha256"]) for file in page["files"])
    for line in BUILDS.read_text(encoding="utf-8").splitlines():
        digest, file = line.split()
        if Path(file).name.startswith(f"{name}-"):
            yield Path(file).name, digest


def completed(lines: Iterable[str], known: dict[str, list[str]]) -> Iterator[str]:
    """The lines of a lock file without hashes, with those of its pins."""
    for line in lines:
        pin = PIN.fullmatch(line)
        yield " \\\n".join([line, *(f"    --hash=sha256:{digest}" for digest in known[line])]) if pin else line


def main() -> None:
    """Rewrites the file; ends with an error and leaves it where a pin has no file or torch no CUDA packages."""
    lock = Path(sys.argv[1])
    report = sys.stdin.read()
    text = re.sub(r" \\\n", "\n", lock.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if not line.startswith("    --hash")]
    pinned = {pin[1] for line in lines if (pin := PIN.fullmatch(line))}
    found = companions(json.loads(report)) if report.strip() else []
    if added := [pin for pin in found if pin.partition("==")[0] not in pinned]:
        lines += [CUDA, *added]
    pins = [pin for line in lines if (pin := PIN.fullmatch(line))]
    if not any(pin[1].startswith(CUDA_PREFIXES) for pin in pins):
        sys.exit("no CUDA packages: neither in the file nor in a report")
    headers = {"Accept": "application/vnd.pypi.simple.v1+json"}
    with httpx2.Client(headers=headers, timeout=60, follow_redirects=True) as client, ThreadPoolExecutor(4) as threads:
        sums = threads.map(lambda pin: hashes(listed(client, pin[1]), Version(pin[2])), pins)
        known = {pin[0]: digests for pin, digests in zip(pins, sums, strict=True)}
    if bare := [pin for pin, digests in known.items() if not digests]:
        sys.exit(f"no file of {', '.join(bare)}")
    lock.write_text("\n".join(completed(lines, known)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
