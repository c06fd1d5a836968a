"""Building of pulled files: pickles, code, tokenizers, and builds that are killed."""

import dataclasses
import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from polygist.errors import ModelCorrupt, PullRefused
from polygist.store import atomic, manifest, models
from polygist.store.build import build
from polygist.store.consent import Allowed
from polygist.store.pull import pull
from polygist.store.quiet import quiet
from polygist.store.summarizers import SummaryCard
from tests import checkpoints
from tests.stores import assert_sound, write_card


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BART as `save_pretrained` writes it."""
    folder: Path = tmp_path_factory.mktemp("bart")
    checkpoints.bart(folder)
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    folder = tmp_path / "bart"
    folder.mkdir()
    for file in made.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    """A cache that is sound at the end."""
    yield tmp_path / "cache"
    assert_sound(tmp_path / "cache")


def card_over(place: Path) -> SummaryCard:
    return write_card(place.parent / "own", "short", f'kind = "folder"\npath = "{place}"')


def as_pickle(place: Path, more: Any = None) -> None:
    """Its weights as repositories of old have them."""
    with quiet():
        weights: dict[str, Any] = AutoModelForSeq2SeqLM.from_pretrained(place).state_dict()
    (place / "model.safetensors").unlink()
    torch.save(weights | ({"more": more} if more else {}), place / "pytorch_model.bin")


def test_a_pickle_becomes_safetensors(place: Path, made: Path, cache: Path) -> None:
    as_pickle(place)
    card = card_over(place)
    pull(card, cache, Allowed(pickle=True))
    built = build(card, cache)
    assert built.weights == "hf/model.safetensors"
    assert not [name for name in built.manifest.files if "pytorch_model" in name]
    ids = torch.tensor([[0, 20, 30, 40, 2]])
    with quiet(), torch.no_grad():
        one, other = (AutoModelForSeq2SeqLM.from_pretrained(folder).eval() for folder in (made, built.hf))
        assert torch.equal(one(ids, decoder_input_ids=ids).logits, other(ids, decoder_input_ids=ids).logits)


def test_a_pickle_in_parts(place: Path, cache: Path) -> None:
    as_pickle(place)
    weights = torch.load(place / "pytorch_model.bin", weights_only=True)
    (place / "pytorch_model.bin").unlink()
    parts = {f"pytorch_model-0000{n}-of-00002.bin": dict(list(weights.items())[n - 1 :: 2]) for n in (1, 2)}
    for name, part in parts.items():
        torch.save(part, place / name)
    names = {key: name for name, part in parts.items() for key in part}
    (place / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": names}))
    card = card_over(place)
    pull(card, cache, Allowed(pickle=True))
    built = build(card, cache)
    assert not [name for name in built.manifest.files if "pytorch_model" in name]
    assert built.weights == "hf/model.safetensors"


@pytest.mark.parametrize("maker", ["mt5", "pegasus", "t5"])
def test_repositories_of_old(checkpoint: Callable[[str], Path], tmp_path: Path, cache: Path, maker: str) -> None:
    """A pickle, a SentencePiece vocabulary, no tokenizer.json: what mT5 XL-Sum has."""
    place = tmp_path / maker
    place.mkdir()
    for file in checkpoint(maker).iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    (place / "tokenizer.json").unlink(missing_ok=True)
    as_pickle(place)
    card = card_over(place)
    with pytest.raises(PullRefused, match="--allow-pickle"):
        pull(card, cache)
    pull(card, cache, Allowed(pickle=True))
    built = build(card, cache)
    assert {"hf/tokenizer.json", "hf/model.safetensors", "ct2/model.bin"} <= set(built.manifest.files)
    text = "The library opened. Бібліотека відкрилась."
    assert Tokenizer.from_file(str(built.tokenizer)).encode(text).ids


def test_a_build_takes_a_persons_word_too(place: Path, cache: Path) -> None:
    """All sums of the card are known, so nothing has to be pulled."""
    as_pickle(place)
    card = card_over(place)
    known = {n: manifest.sha256(place / n) for n in ("config.json", "tokenizer.json", "pytorch_model.bin")}
    card = dataclasses.replace(card, source=dataclasses.replace(card.source, files=known))
    with pytest.raises(PullRefused, match=r"polygist models pull short --allow-pickle"):
        build(card, cache)
    no_commerce = dataclasses.replace(card.licence, commercial="no")
    with pytest.raises(PullRefused, match=r"polygist models pull short --accept-license"):
        build(dataclasses.replace(card, licence=no_commerce), cache)


class Hostile:
    """What unpickling would run."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return (Path.touch, (self.file,))


def test_a_pickle_with_code_is_refused_and_not_run(place: Path, cache: Path, tmp_path: Path) -> None:
    as_pickle(place, Hostile(tmp_path / "run"))
    card = card_over(place)
    pull(card, cache, Allowed(pickle=True))
    with pytest.raises(ModelCorrupt, match=r"pytorch_model.bin holds more than weights, or is broken"):
        build(card, cache)
    assert not (tmp_path / "run").exists()
    pickle.loads(pickle.dumps(Hostile(tmp_path / "run")))  # noqa: S301  # that it would have run is what this shows
    assert (tmp_path / "run").exists()


def test_weights_that_are_none(place: Path, cache: Path) -> None:
    as_pickle(place)
    config = json.loads((place / "config.json").read_text())
    for content, message in ((b"", "is broken"), (b"\x80\x04N.", "is broken")):
        (place / "pytorch_model.bin").write_bytes(content)
        card = card_over(place)
        pull(card, cache, Allowed(pickle=True, repin=True))
        with pytest.raises(ModelCorrupt, match=message):
            build(card, cache)
    for architectures, message in ((["os"], "'os', which is no model"), ([], "names no 'architectures'")):
        (place / "config.json").write_text(json.dumps(config | {"architectures": architectures}))
        torch.save({}, place / "pytorch_model.bin")
        card = card_over(place)
        pull(card, cache, Allowed(pickle=True, repin=True))
        with pytest.raises(ModelCorrupt, match=message):
            build(card, cache)


def test_references_to_code_are_taken_out(place: Path, cache: Path) -> None:
    for name, reference in (("config.json", "modeling.Evil"), ("tokenizer_config.json", ["tokenization.Evil", None])):
        file = place / name
        content = json.loads(file.read_text()) | {"auto_map": {"AutoConfig": reference, "AutoTokenizer": reference}}
        file.write_text(json.dumps(content))
    (place / "modeling.py").write_text("raise SystemExit")
    card = card_over(place)
    pull(card, cache)
    built = build(card, cache)
    for name in ("config.json", "tokenizer_config.json"):
        assert "auto_map" not in json.loads((built.hf / name).read_text())
    assert not (built.hf / "modeling.py").exists()


def test_a_model_that_needs_its_code_is_refused(place: Path, cache: Path) -> None:
    config = json.loads((place / "config.json").read_text())
    for kind in ("evil", None, ["bart"]):
        changed = config | {"model_type": kind, "auto_map": {"AutoModel": "modeling.Evil"}}
        (place / "config.json").write_text(json.dumps(changed))
        card = card_over(place)
        pull(card, cache, Allowed(repin=True))
        with pytest.raises(ModelCorrupt, match=r"needs code of its own .* no such code is run"):
            build(card, cache)


def test_a_tokenizer_is_made_where_there_are_only_its_parts(place: Path, made: Path, cache: Path) -> None:
    model = json.loads((place / "tokenizer.json").read_text())["model"]
    (place / "vocab.json").write_text(json.dumps(model["vocab"]))
    (place / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{' '.join(pair)}\n" for pair in model["merges"]))
    (place / "tokenizer.json").unlink()
    card = card_over(place)
    pull(card, cache)
    built = build(card, cache)
    text = "Die Bücherei öffnet. Бібліотека відкрилась."
    with quiet():
        one, other = (AutoTokenizer.from_pretrained(folder)(text).input_ids for folder in (made, built.hf))
    assert one == other


SCRIPT = """
import sys, time
from pathlib import Path
from polygist.store import atomic, cards
from polygist.store.build import build

def hang(*_):
    print("here", flush=True)
    time.sleep(100)

def progress(stage, fraction):
    if stage == sys.argv[3]:
        hang()

if sys.argv[3] == "publish":
    atomic.publish = hang
card = cards.load_summary_card("short", *cards.folders(Path(sys.argv[1])))
build(card, Path(sys.argv[2]), progress)
"""


@pytest.mark.parametrize("stage", ["copy", "checksum", "publish"])
def test_a_build_that_is_killed_leaves_no_model(place: Path, cache: Path, tmp_path: Path, stage: str) -> None:
    card = card_over(place)
    pull(card, cache)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "own"), str(cache), stage]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "here\n"
        assert atomic.is_locked(models.folder(card, cache))
        process.kill()
    assert_sound(cache)
    assert models.built(card, cache) is None
    assert not atomic.is_locked(models.folder(card, cache))
    assert build(card, cache) == models.require(card, cache)
    assert not list((cache / "models").glob(f".*{atomic.PARTIAL}"))
