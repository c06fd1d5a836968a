"""Models in one archive: what goes in comes out, and nothing else."""

import io
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from polygist.cli import app
from polygist.errors import CardInvalid, ModelChanged, ModelCorrupt, ModelError, ModelMissing
from polygist.store import bundle, cards, manifest, models
from polygist.store.build import build
from polygist.store.consent import Allowed
from polygist.store.pull import pull
from polygist.store.summarizers import SummaryCard
from tests.stores import FILES, assert_sound, read_pin, write_card


@pytest.fixture
def here(tmp_path: Path) -> SummaryCard:
    """A model over a folder that the card names by a relative path; built on this machine."""
    for name, content in FILES.items():
        (tmp_path / "own/files").mkdir(parents=True, exist_ok=True)
        (tmp_path / "own/files" / name).write_bytes(content)
    card = write_card(tmp_path / "own", "short", 'kind = "folder"\npath = "files"')
    pull(card, tmp_path / "cache")
    build(card, tmp_path / "cache")
    return card


@pytest.fixture
def archive(here: SummaryCard, tmp_path: Path) -> Path:
    """What the export of it wrote."""
    file = tmp_path / "short.tar"
    bundle.export("short", file, tmp_path / "cache", *cards.folders(tmp_path / "own"))
    return file


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Path]:
    """The cache of another machine, sound at the end."""
    yield tmp_path / "there"
    assert_sound(tmp_path / "there")


def take_in(archive: Path, there: Path, *, repin: bool = False) -> tuple[str, ...]:
    own = there.parent / "their-own"
    return bundle.load_into(archive, there, own, *cards.folders(own), repin=repin)


def test_a_model_moves(here: SummaryCard, archive: Path, there: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "own/files")
    assert take_in(archive, there) == ("short",)
    card = cards.load_summary_card("short", *cards.folders(tmp_path / "their-own"))
    model = models.require(card, there)
    assert model.manifest == models.require(here, tmp_path / "cache").manifest
    manifest.verify(model.path)
    assert read_pin(there, "short") == read_pin(tmp_path / "cache", "short")
    assert take_in(archive, there) == ("short",)


def test_the_same_models_make_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    for file in (tmp_path / "own").rglob("*"):
        file.touch()
    again = tmp_path / "again.tar"
    bundle.export("short", again, tmp_path / "cache", *cards.folders(tmp_path / "own"))
    assert again.read_bytes() == archive.read_bytes()


def test_what_is_not_built_or_has_changed_is_not_exported(here: SummaryCard, tmp_path: Path) -> None:
    folders = cards.folders(tmp_path / "own")
    with pytest.raises(ModelMissing, match="polygist models build embedded"):
        bundle.export("with-short", tmp_path / "a.tar", tmp_path / "cache", *folders)
    weights = models.require(here, tmp_path / "cache").path / "hf/model.safetensors"
    weights.write_bytes(b"x" * len(FILES["model.safetensors"]))
    with pytest.raises(ModelCorrupt, match=r"has changed of hf/model.safetensors"):
        bundle.export("short", tmp_path / "a.tar", tmp_path / "cache", *folders)
    assert not list(tmp_path.glob("*a.tar*"))
    shutil.rmtree(tmp_path / "cache")
    with pytest.raises(ModelMissing):
        bundle.export("short", tmp_path / "nowhere/a.tar", tmp_path / "cache", *folders)


def test_an_archive_that_cant_be_written(here: SummaryCard, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="can't be written"):
        bundle.export("short", tmp_path / "nowhere/a.tar", tmp_path / "cache", *cards.folders(tmp_path / "own"))


def rewrite(archive: Path, change: dict[str, bytes], extra: tarfile.TarInfo | None = None) -> Path:
    """The archive with other content under some names."""
    changed = archive.with_name("changed.tar")
    with tarfile.open(archive) as old, tarfile.open(changed, "w") as new:
        for member in old:
            content = old.extractfile(member)
            assert content
            data = next((c for name, c in change.items() if member.name.endswith(name)), content.read())
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
        if extra:
            new.addfile(extra, io.BytesIO(b""))
    return changed


@pytest.mark.parametrize("name", ["../cards/a.toml", "/cards/a.toml", "models/../../a", "notes/a", "cards/../../a"])
def test_names_that_lead_out(archive: Path, there: Path, name: str) -> None:
    with pytest.raises(ModelCorrupt, match="which no export writes"):
        take_in(rewrite(archive, {}, tarfile.TarInfo(name)), there)
    assert not (there / "pins").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_what_is_no_file(archive: Path, there: Path, kind: bytes) -> None:
    extra = tarfile.TarInfo("models/short/link")
    extra.type, extra.linkname = kind, "/etc/passwd"
    with pytest.raises(ModelCorrupt, match="which no export writes"):
        take_in(rewrite(archive, {}, extra), there)


def test_changed_content(here: SummaryCard, archive: Path, there: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="is not what its manifest says"):
        take_in(rewrite(archive, {"hf/model.safetensors": b"x" * len(FILES["model.safetensors"])}), there)
    pin = (tmp_path / "cache/pins/short.json").read_text()
    with pytest.raises(ModelCorrupt, match="not what its cards lead to"):
        take_in(rewrite(archive, {"pins/short.json": pin.replace(pin[pin.index("sha256") + 10], "0").encode()}), there)
    with pytest.raises(ModelCorrupt, match=r"short.json can't be read: it is of '../../short'"):
        take_in(rewrite(archive, {"pins/short.json": pin.replace('"card": "', '"card": "../../').encode()}), there)
    more = tarfile.TarInfo(f"models/{models.folder(here, tmp_path / 'cache').name}/hf/modeling.py")
    with pytest.raises(ModelCorrupt, match="is not what its manifest says"):
        take_in(rewrite(archive, {}, more), there)
    for name in ("manifest.json", "pins/short.json"):
        with pytest.raises(ModelCorrupt, match="can't be read"):
            take_in(rewrite(archive, {name: b"{"}), there)
    for content in (b"", b"x" * 2000, archive.read_bytes()[:5000]):
        (tmp_path / "cut.tar").write_bytes(content)
        with pytest.raises(ModelCorrupt):
            take_in(tmp_path / "cut.tar", there)
    with pytest.raises(ModelError, match="can't be taken in"):
        take_in(tmp_path / "none.tar", there)
    assert [p for p in there.rglob("*") if p.is_file() and p.suffix != ".lock"] == []


def test_cards_of_ones_own_need_a_place_and_a_free_name(archive: Path, there: Path, tmp_path: Path) -> None:
    with pytest.raises(CardInvalid, match=r"cards of its own \(short.toml\).*POLYGIST_MODELS_DIR"):
        bundle.load_into(archive, there, None, *cards.folders(None))
    write_card(tmp_path / "their-own", "short", 'kind = "hub"\nrepo = "a/b"')
    with pytest.raises(CardInvalid, match="is another one than the archive's"):
        take_in(archive, there)
    assert not (there / "pins").exists()


def test_pins_of_this_machine_hold(here: SummaryCard, archive: Path, there: Path, tmp_path: Path) -> None:
    take_in(archive, there)
    (tmp_path / "own/files/config.json").write_bytes(b"{}")
    pull(here, tmp_path / "cache", Allowed(repin=True))
    build(here, tmp_path / "cache")
    bundle.export("short", archive, tmp_path / "cache", *cards.folders(tmp_path / "own"))
    with pytest.raises(ModelChanged, match=r"was pulled here on .*--repin"):
        take_in(archive, there)
    take_in(archive, there, repin=True)
    assert read_pin(there, "short") == read_pin(tmp_path / "cache", "short")


def test_a_profile_moves_by_command(
    here: SummaryCard, there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cards that come with polygist, one with a model that is none but looks so, and the user's own."""
    embedded = cards.load_embedded("gemma3-270m-embedded")
    place = models.folder(embedded, tmp_path / "cache")
    (place / "ov").mkdir(parents=True)
    (place / models.OV_WEIGHTS).write_bytes(b"weights")
    manifest.Manifest(embedded.id, models.revision(embedded), "2026-01-01", {}, manifest.record(place)).write(place)

    def run(machine: str, *arguments: str) -> Result:
        own, cache = {"here": ("own", "cache"), "there": ("their-own", "there")}[machine]
        monkeypatch.setenv("POLYGIST_MODELS_DIR", str(tmp_path / own))
        monkeypatch.setenv("POLYGIST_CACHE_DIR", str(tmp_path / cache))
        monkeypatch.setenv("COLUMNS", "250")
        return CliRunner().invoke(app, ["models", *arguments])

    file = str(tmp_path / "all.tar")
    exported = run("here", "export", "with-short", file)
    assert exported.exit_code == 0, exported.output
    assert "gemma3-270m-embedded: Gemma Terms of Use" in exported.output
    imported = run("there", "import", file)
    assert imported.exit_code == 0, imported.output
    assert "short is here" in imported.output
    listed = run("there", "list")
    (row,) = [line for line in listed.output.splitlines() if "with-short" in line and " short " in line]
    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        "with-short",
        "short",
        models.folder(here, tmp_path / "cache").name.rpartition("-")[2],
        "de en uk",
        "torch",
        "Apache License 2.0",
        "yes",
        "0 MB",
        "",
    ]
    assert run("there", "verify", "with-short").exit_code == 0
    assert {f.name for f in (tmp_path / "their-own").rglob("*.toml")} == {"short.toml", "with-short.toml"}
    assert run("there", "import", str(tmp_path / "nothing.tar")).exit_code == 5
