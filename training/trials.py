"""Recipes side by side: what each makes of the same state of a run in the same number of tokens.

    python -m training.trials training/configs/trials.toml TRIPLES.json --state FOLDER --out training/runs/trials.tsv

A trial is a config with some values changed. It goes on from the state in FOLDER while its rate falls to zero, as when
a release is cut, and is scored by the cross-entropy of each target token of held-out text, in the directions that the
model is served in; lower is better. The first row is the state as it is. TRIPLES.json holds [english, german,
ukrainian] sentences, and not those that the model is judged by in the end. What has its row in the table is not tried
again; SIGTERM and SIGINT end the list, and the trial under way begins anew.
"""

import argparse
import csv
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from transformers import AutoTokenizer

from polygist.store import tables
from polygist.store.cards import load_embedded
from training import evaluate
from training.config import Config
from training.train import Run

_ADAPTER = "adapter.safetensors"
_UNTRAINED = "none"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("trials", type=Path)
    arguments.add_argument("triples", type=Path)
    arguments.add_argument("--state", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--lines", type=int, default=100)
    options = arguments.parse_args()
    rows = json.loads(options.triples.read_text(encoding="utf-8"))[: options.lines]
    for name, (config, steps) in tried(options.trials).items():
        if name not in known(options.out):
            with beside(options.state) as folder:
                if not trained(config, folder, steps):
                    return  # a signal: what is half done is not scored
                keep(options.out, {"trial": name} | losses(config.card, folder, rows))


def tried(file: Path) -> dict[str, tuple[Config, int]]:
    """Configs and their steps by name. A table's `config` names the one that `trials` change; it comes first as it is,
    without a step. Raises CardInvalid."""
    table = tables.load(file)
    common = tables.load(Path(table["config"]))
    found = {_UNTRAINED: (tables.fill(Config, common, file), 0)}
    for name, changes in table["trials"].items():
        config = tables.fill(Config, common | changes, file)
        found[name] = config, round(table["tokens"] / config.batch_tokens)
    return found


def trained(config: Config, folder: Path, steps: int) -> bool:
    """Write the adapter that so many steps make of the folder's state. False where a signal ended them."""
    if not steps:
        Run(config, folder, "cpu", decay=1).train(0.0)
        return True
    return Run(config, folder, "cpu", decay=steps).train(float("inf"))


@contextmanager
def beside(state: Path) -> Iterator[Path]:
    """A folder that begins as that of a run does, and takes what is made of it."""
    with tempfile.TemporaryDirectory() as name:
        for part in ("base", "state.pt"):
            (Path(name) / part).symlink_to((state / part).absolute())
        yield Path(name)


def losses(card_id: str, folder: Path, rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Nats for each target token in each direction that the card serves, and their mean."""
    card = load_embedded(card_id)
    tokenizer = AutoTokenizer.from_pretrained(folder / "base")
    model = evaluate.weighed(folder / "base", folder / _ADAPTER)
    found = {
        f"{s}-{t}": evaluate.mean_loss(
            model, tokenizer, evaluate.pairs(rows, s, t), card.prompt_template, card.languages, "cpu"
        )
        for s, t in card.directions
    }
    found["mean"] = sum(found.values()) / len(found)
    return {name: f"{value:.4f}" for name, value in found.items()}


def known(file: Path) -> set[str]:
    """The trials that have a row."""
    if not file.exists():
        return set()
    with file.open(newline="", encoding="utf-8") as opened:
        return {row["trial"] for row in csv.DictReader(opened, delimiter="\t")}


def keep(file: Path, row: Mapping[str, str]) -> None:
    """Add a row; the first one brings the names of the columns."""
    new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, list(row), delimiter="\t", lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
