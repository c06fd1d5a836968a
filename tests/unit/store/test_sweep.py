"""Letting go of models, and of what was left in the cache."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from polygist.cli import app
from polygist.errors import ModelCorrupt, ModelError
from polygist.store import atomic, cards, models, sweep, usage
from polygist.store.build import build
from polygist.store.consent import Allowed
from polygist.store.pull import pull
from polygist.store.summarizers import SummaryCard
from tests.stores import FILES, assert_sound, read_pin, write_card
from tests.unit.store.test_pull import pack


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    """A cache that is sound at the end."""
    yield tmp_path / "cache"
    assert_sound(tmp_path / "cache")


@pytest.fixture
def card(tmp_path: Path, cache: Path) -> SummaryCard:
    """A model that was pulled from an archive, and built."""
    archive = pack(tmp_path / "short.zip", FILES)
    card = write_card(tmp_path / "own", "short", f'kind = "archive"\npath = "{archive}"')
    pull(card, cache)
    build(card, cache)
    return card


def all_cards(tmp_path: Path) -> dict[str, cards.AnyCard]:
    return cards.load_cards(*cards.folders(tmp_path / "own"))


def test_a_cache_that_is_in_use_has_nothing_to_let_go_of(card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    assert sweep.leftovers(all_cards(tmp_path), cache) == []
    (sources,) = sweep.leftovers(all_cards(tmp_path), cache, sources=True)
    assert (sources.path, sources.why) == (models.pulled(card, cache), "short is built of it")
    assert sources.bytes > sum(map(len, FILES.values()))
    sweep.free([sources])
    assert models.require(card, cache)
    assert not sources.path.exists()


def test_a_model_goes_and_its_pin_stays(card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    usage.touch(models.folder(card, cache))
    pin = read_pin(cache, "short")
    sweep.free(sweep.of_models([card], cache))
    assert [p.name for part in ("models", "pulled") for p in (cache / part).iterdir() if p.suffix != ".lock"] == []
    assert read_pin(cache, "short") == pin
    assert sweep.of_models([card], cache) == []
    assert pull(card, cache)


def test_old_revisions(card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    old, files = models.folder(card, cache), models.pulled(card, cache)
    pack(tmp_path / "short.zip", FILES | {"config.json": b'{"other": 1}'})
    pull(card, cache, Allowed(repin=True))
    build(card, cache)
    found = sweep.leftovers(all_cards(tmp_path), cache)
    assert {waste.path for waste in found} == {old, files}
    sweep.free(found)
    assert models.require(card, cache)


def test_what_was_left_half_done(card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    left = [cache / "models/.short-0123.partial", cache / "models/.other-1.old", cache / "pulled/.short-work.partial"]
    for folder in left:
        folder.mkdir()
        (folder / "file").write_bytes(b"x" * 10)
    (cache / "pins/.short.json.partial").write_text("{")
    found = sweep.leftovers(all_cards(tmp_path), cache)
    assert sorted(waste.path for waste in found) == sorted([*left, cache / "pins/.short.json.partial"])
    with atomic.locked(cache / "pulled/short"), atomic.locked(cache / "models/short-0123"):
        at_work = sweep.leftovers(all_cards(tmp_path), cache)
        assert {waste.path.name for waste in at_work} == {".other-1.old"}
        with pytest.raises(ModelError, match="another process works on"):
            sweep.free(found)
    sweep.free(found)
    assert sweep.leftovers(all_cards(tmp_path), cache) == []


def test_files_of_others_stay(card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    (cache / "models/notes").mkdir()
    (cache / "segments").mkdir()
    assert sweep.leftovers(all_cards(tmp_path), cache) == []
    (cache / "models/notes").rmdir()


def test_the_folder_of_a_model_is_not_ours_to_remove(cache: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name, content in FILES.items():
        (source / name).write_bytes(content)
    card = write_card(tmp_path / "own", "short", f'kind = "folder"\npath = "{source}"')
    pull(card, cache)
    build(card, cache)
    sweep.free(sweep.of_models([card], cache))
    assert {f.name for f in source.iterdir()} == set(FILES)


def test_a_pin_that_cant_be_read_frees_nothing(card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    file = cache / "pins/short.json"
    whole = file.read_text()
    file.write_text("{")
    with pytest.raises(ModelCorrupt, match=r"short.json can't be read"):
        sweep.leftovers(all_cards(tmp_path), cache)
    file.write_text(whole)


def test_use_is_seen_and_a_cache_that_cant_be_written_is_no_trouble(
    card: SummaryCard, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = models.built(card, cache)
    assert built
    assert usage.last(built.path) is None
    models.require(card, cache)
    assert usage.last(built.path) is not None

    def touch(self: Path) -> None:
        raise PermissionError(30, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "touch", touch)
    assert models.require(card, cache)


def test_commands_ask_first(card: SummaryCard, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYGIST_CACHE_DIR", str(cache))
    monkeypatch.setenv("POLYGIST_MODELS_DIR", str(tmp_path / "own"))

    def run(*arguments: str, said: str = "") -> Result:
        return CliRunner().invoke(app, ["models", *arguments], input=said)

    kept = run("remove", "with-short", said="n\n")
    assert "Free 0.2 MB?" in kept.stderr
    assert models.built(card, cache)
    assert run("remove", "with-short", "--yes").exit_code == 0
    assert models.built(card, cache) is None
    assert "nothing to let go of" in run("prune").stderr
    assert "there is no profile or model 'shorts'; profiles: embedded" in run("remove", "shorts").stderr
