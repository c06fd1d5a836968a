"""Sources of models: what a card may say of them, and what is refused."""

import posixpath
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.errors import CardInvalid, PullFailed
from polygist.store import sources
from polygist.store.origins.base import check_names
from polygist.store.sources import ModelSource, is_pickle, is_wanted
from polygist.store.tables import fill

CARD = Path("/srv/polygist/cards/a.toml")
COMMIT, SUM = "0123456789" * 4, "ab" * 32


def read(**table: object) -> ModelSource:
    source = fill(ModelSource, table, CARD)
    sources.check(source, CARD)
    return source.placed(CARD)


def test_what_a_card_may_say() -> None:
    hub = read(kind="hub", repo="Helsinki-NLP/opus-mt-tc-big-en-zle", revision=COMMIT)
    assert (hub.origin, hub.files, hub.is_pinned) == ("hub:Helsinki-NLP/opus-mt-tc-big-en-zle", {}, False)
    assert read(kind="hub", repo="t5-small").repo == "t5-small"
    assert read(kind="archive", path="opus.zip").path == "/srv/polygist/opus.zip"
    assert read(kind="archive", path="https://example.org/opus.zip").path == "https://example.org/opus.zip"
    assert read(kind="folder", path="/data/opus").path == "/data/opus"
    assert read(kind="package-index", packages=["a-b==1.0", "c==2.0"]).origin == "package-index:a-b==1.0 c==2.0"


def test_sums_that_are_not_known_yet() -> None:
    files = {"config.json": "", "pytorch_model.bin": "", "source.spm": SUM}
    source = read(kind="hub", repo="a/b", files=files)
    assert not source.is_pinned
    assert source.pickles == ("pytorch_model.bin",)
    assert source.weights == "model.safetensors"
    known = read(kind="hub", repo="a/b", files=dict.fromkeys(files, SUM))
    assert known.is_pinned
    assert known.sums == (f"config.json {SUM}", f"pytorch_model.bin {SUM}", f"source.spm {SUM}")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"kind": "hub"}, "'source.repo' must be given"),
        ({"kind": "archive"}, "'source.path' must be given"),
        ({"kind": "package-index"}, "'source.packages' must be given"),
        ({"kind": "hub", "repo": "../../etc"}, "'source.repo' must be 'owner/name'"),
        ({"kind": "hub", "repo": "a/b/c"}, "'source.repo' must be 'owner/name'"),
        ({"kind": "hub", "repo": "a/b?x=1"}, "'source.repo' must be 'owner/name'"),
        ({"kind": "hub", "repo": "a/b", "revision": "main"}, "'source.revision' must be a commit"),
        ({"kind": "hub", "repo": "a/b", "revision": COMMIT.upper().replace("0", "A")}, "'source.revision' must be"),
        ({"kind": "folder", "path": "/a", "revision": COMMIT}, "'source.revision' must be"),
        ({"kind": "package-index", "packages": ["a"]}, "must be pinned as in 'name==1.0', got 'a'"),
        ({"kind": "package-index", "packages": ["--pre==1"]}, "must be pinned"),
        ({"kind": "package-index", "packages": ["a==1 --index-url=http://x"]}, "must be pinned"),
        ({"kind": "hub", "repo": "a/b", "files": {"config.json": "12"}}, "must be 64 lower-case hex digits"),
        ({"kind": "hub", "repo": "a/b", "files": {"config.json": SUM}}, "'source.files' must hold one of"),
    ],
)
def test_what_a_card_may_not_say(table: dict[str, object], message: str) -> None:
    with pytest.raises(CardInvalid, match=message):
        read(**table)


@pytest.mark.parametrize(
    "name",
    ["../config.json", "/etc/config.json", "a/config.json", "..", "", ".json/..", "modeling.py", "a\n.json", "run.sh"],
)
def test_names_that_no_model_gives(name: str) -> None:
    assert not is_wanted(name)


PATHS = st.lists(st.sampled_from(["..", ".", "", "a", "config.json", "C:", "\\", "~", "\0"]), max_size=6).map("/".join)


@given(PATHS | st.text())
def test_no_name_leads_out(name: str) -> None:
    base = "/srv/model"
    if is_wanted(name):
        assert posixpath.dirname(posixpath.normpath(f"{base}/{name}")) == base
    try:
        check_names([name], "a")
    except PullFailed:
        return
    for path in (name, name.replace("\\", "/")):
        joined = posixpath.normpath(posixpath.join(base, path))
        assert joined == base or joined.startswith(f"{base}/")


def test_pickles_are_known_by_their_names() -> None:
    pickled = {"pytorch_model.bin", "a.pt", "a.ckpt", "a.pkl", "model.safetensors", "source.spm"}
    assert {name for name in pickled if is_pickle(name)} == {"pytorch_model.bin", "a.pt", "a.ckpt", "a.pkl"}
