"""Where callers may read and write, and how they try to get elsewhere."""

import os
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.errors import ConfigurationError, InputUnreadable, InvalidRequest
from polygist.jobs.roots import Roots

URL = "s3://bucket/news/"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data" / "in").mkdir(parents=True)
    (tmp_path / "data" / "in" / "one.txt").write_text("One.")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.txt").write_text("hunter2")
    (tmp_path / "data-2").mkdir()
    return tmp_path / "data"


def allowed(roots: Roots, place: str) -> bool:
    try:
        roots.check(place, "files.place")
    except InvalidRequest as error:
        (found,) = error.violations
        assert (found.field, found.reason) == ("files.place", "NOT_ALLOWED" if place else "MISSING")
        assert not place or place not in found.description
        return False
    return True


def test_what_lies_below_is_allowed(root: Path) -> None:
    roots = Roots([str(root), URL])
    for place in ("", "in", "in/one.txt", "in/*.txt", "**/*.html", "new/folder", "a.b/c..d", "in/[a]*"):
        assert allowed(roots, os.path.join(root, place)), place
    for place in ("", "a.jsonl", "2025/*.jsonl.gz", "a%20b", "a..b"):
        assert allowed(roots, URL + place), place
    assert allowed(roots, URL.rstrip("/"))


@pytest.mark.parametrize(
    "place",
    [
        "",
        "in/one.txt",
        "~/x",
        "{root}/../secret/key.txt",
        "{root}/in/../../secret/key.txt",
        "{root}/%2e%2e/secret/key.txt",
        "{root}/in/*/../../../secret/*",
        "{root}-2",
        "{root}-2/x",
        "{root}\x00/in",
        "{root}/in\n",
        "{root}\\..\\secret",
        "{parent}/*/key.txt",
        "{parent}/dat?/in",
        "/",
        "/*",
        "/etc/passwd",
        "/proc/self/environ",
        "//etc/passwd",
        "{root}/link/key.txt",
        "{root}/link",
        "{root}/in/file",
        "{root}/link/*.txt",
        "{root}/loop/x",
        "file://{root}/in",
        "file:///etc/passwd",
        "local://{root}/in",
        "FILE:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "https://bucket/news/",
        "s3://bucket",
        "s3://bucket/",
        "s3://bucket/news-2/x",
        "s3://bucket/newsx",
        "S3://bucket/news/x",
        "s3://bucket/news/../private/x",
        "s3://bucket/news/%2e%2e/private",
        "s3://bucket/news/%252E%252e/private",
        "s3://bucket/news/" + ("%" + "25" * 9 + "2e") * 2 + "/x",
        "s3://bucket/news/" + ("%" + "25" * 2000 + "2e") + "/x",
        "s3://bucket/news/..%5cx",
        "s3://bucket/news/a#../b?/..",
        "simplecache::s3://bucket/news/x",
        "s3://bucket/news/x::file:///etc/passwd",
        "zip://a.txt::{root}/in/a.zip",
        "{root}/zip://a::/etc/passwd",
        "memory://x",
        "reference://x",
        "-",
        "{root}/" + "a/" * 5000,
    ],
)
def test_what_leads_elsewhere_is_refused(root: Path, place: str) -> None:
    (root / "link").symlink_to(root.parent / "secret")
    (root / "in" / "file").symlink_to(root.parent / "secret" / "key.txt")
    (root / "loop").symlink_to(root / "loop")
    place = place.replace("{root}", str(root)).replace("{parent}", str(root.parent))
    assert place == f"{root}/loop/x" or not allowed(Roots([str(root), URL]), place)


@given(st.lists(st.sampled_from(["..", ".", "a", "%2e%2e", "link", "*", "", "%2f", "x::y", "\\"]), max_size=8))
def test_no_way_through_names_leads_out(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("roots")
    (folder / "data").mkdir()
    (folder / "data" / "link").symlink_to(folder)
    place = "/".join([str(folder / "data"), *parts])
    if allowed(Roots([str(folder / "data")]), place):
        assert ".." not in parts
        assert parts[:1] != ["link"]
        assert os.path.realpath(place).startswith(str(folder / "data"))


def test_links_that_stay_inside_are_followed(root: Path) -> None:
    (root / "inner").symlink_to(root / "in")
    roots = Roots([str(root)])
    assert allowed(roots, f"{root}/inner/one.txt")
    (file,) = roots.files(f"{root}/inner")
    with file.open() as stream:
        assert stream.read() == b"One."


def test_a_root_that_is_a_link_is_where_it_leads(root: Path) -> None:
    (root.parent / "alias").symlink_to(root)
    roots = Roots([str(root.parent / "alias")])
    assert allowed(roots, f"{root.parent}/alias/in/one.txt")
    assert allowed(roots, f"{root}/in/one.txt")


@pytest.mark.parametrize("place", ["in", "in/*.txt", "**/*"])
def test_a_link_among_the_files_of_a_folder_is_no_input(root: Path, place: str) -> None:
    (root / "in" / "two.txt").symlink_to(root.parent / "secret" / "key.txt")
    (root / "in" / "out").symlink_to(root.parent / "secret")
    assert [f.path for f in Roots([str(root)]).files(f"{root}/{place}")] == [f"{root}/in/one.txt"]


@pytest.mark.parametrize("place", ["in/*/*", "*/out/*"])
def test_a_pattern_that_leads_through_a_link_is_refused(root: Path, place: str) -> None:
    (root / "in" / "out").symlink_to(root.parent / "secret")
    with pytest.raises(InputUnreadable, match=r"leads out of POLYGIST_JOBS_ROOTS|there are no files") as error:
        Roots([str(root)]).files(f"{root}/{place}")
    assert "key" not in str(error.value)


def test_a_file_that_becomes_a_link_before_it_is_read_is_not_read(root: Path) -> None:
    roots = Roots([str(root)])
    (file,) = roots.files(f"{root}/in/one.txt")
    (root / "in" / "one.txt").unlink()
    (root / "in" / "one.txt").symlink_to(root.parent / "secret" / "key.txt")
    with pytest.raises(InputUnreadable), file.open() as stream:
        stream.read()
    (root / "in" / "one.txt").unlink()
    os.mkfifo(root / "in" / "one.txt")
    with pytest.raises(InputUnreadable), file.open() as stream:
        stream.read()


def test_urls_are_read_where_they_are_allowed() -> None:
    with fsspec.open("memory://roots/news/a.txt", "w") as file:
        file.write("A.")
    with fsspec.open("memory://roots/other/b.txt", "w") as file:
        file.write("B.")
    roots = Roots(["memory://roots/news"])
    (found,) = roots.files("memory://roots/news/*.txt")
    with found.open() as stream:
        assert stream.read() == b"A."
    assert not allowed(roots, "memory://roots/other/b.txt")


@pytest.mark.parametrize("root", ["data", "./data", "file:///data", "~", "*", "s3:/x"])
def test_roots_are_absolute(root: str) -> None:
    with pytest.raises(ConfigurationError, match="POLYGIST_JOBS_ROOTS"):
        Roots([root])


def test_the_folder_of_jobs_is_no_place_for_callers(root: Path) -> None:
    for folder in (root, root / "in", root.parent):
        with pytest.raises(ConfigurationError, match="lie in one another"):
            Roots([str(root)]).keep_off(folder)
    Roots([str(root)]).keep_off(root.parent / "jobs")
