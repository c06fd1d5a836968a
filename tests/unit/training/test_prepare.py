"""From raw pairs to shards: what is kept, in which mix, counted, and the same each time."""

import gzip
import json
from pathlib import Path

import pytest

from training import pairs
from training.prepare import licences
from training.prepare.__main__ import Config, prepare
from training.prepare.clean import Limits
from training.prepare.shards import Shards


def parts() -> list[dict[str, object]]:
    return [
        {"dataset": "free", "licence": "CC BY 4.0", "licence_read_in_source": True},
        {"dataset": "unread", "licence": "CC BY 4.0", "licence_read_in_source": False},
        {"dataset": "closed", "licence": "CC BY-NC-SA 3.0", "licence_read_in_source": True},
        {"dataset": "bare", "licence": "no licence file", "licence_read_in_source": True},
        {"dataset": "both", "licence": "MIT", "licence_read_in_source": True},
        {"dataset": "both", "licence": "for research only", "licence_read_in_source": True},
    ]


def row(source: str, target: str, d: str = "free", s: str = "en", t: str = "de") -> dict[str, str]:
    return {"s": s, "t": t, "src": source, "tgt": target, "d": d}


ROWS = [
    row("The dog sleeps.", "Der Hund schläft."),
    row("The  dog\u00ad sleeps.", "Der Hund schläft."),
    row("Der Hund schläft.", "The dog sleeps.", s="de", t="en"),
    row("The dog sleeps.", "Собака спить.", "closed", t="uk"),
    row("It is late.", "Es ist spät.", "unread"),
    row("It is very late.", "Es ist 12 Uhr."),
    row("The committee will vote on Monday.", "Der Ausschuss stimmt am Montag ab."),
]


def config(folder: Path, **other: object) -> Config:
    with gzip.open(folder / "raw.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(r) + "\n" for r in ROWS)
    (folder / "manifest.json").write_text(json.dumps({"made": "today", "train": parts()}))
    (folder / "held.json").write_text(json.dumps([["The committee will vote on Monday.", "x", "y"]]))
    values = {
        "pairs": (str(folder / "raw.jsonl.gz"),),
        "manifest": str(folder / "manifest.json"),
        "held_out": (str(folder / "held.json"),),
        "shard_pairs": 100,
        "most_alike": 4,
        "limits": Limits(),
    }
    return Config(**(values | other))


def test_pairs_go_into_their_mix_once(tmp_path: Path) -> None:
    text = prepare(config(tmp_path), tmp_path / "out")
    kept = {name: list(pairs.read(tmp_path / "out" / f"{name}-000.jsonl.gz")) for name in ("open", "rest")}
    assert [(p.source, p.target) for p in kept["open"]] == [("The dog sleeps.", "Der Hund schläft.")]
    assert [(p.source, p.d) for p in kept["rest"]] == [("The dog sleeps.", "closed"), ("It is late.", "unread")]
    assert text == (tmp_path / "out" / "counts.txt").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert {"duplicate\t2", "numbers\t1", "held-out text\t1"} <= set(lines)
    assert "en-de\t5\t2\t1" in lines
    assert "free\ten-de\t4\t1\t1\tCC BY 4.0" in lines
    assert "closed\ten-uk\t1\t1\t0\tCC BY-NC-SA 3.0" in lines


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        prepare(config(tmp_path), tmp_path / name)
    files = sorted(f.name for f in (tmp_path / "a").iterdir())
    assert files == ["counts.txt", "open-000.jsonl.gz", "rest-000.jsonl.gz"]
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


def test_a_text_stands_only_so_often(tmp_path: Path) -> None:
    text = prepare(config(tmp_path, most_alike=0), tmp_path / "out")
    assert "repeated\t6" in text.splitlines()


def test_a_folder_with_shards_is_left_alone(tmp_path: Path) -> None:
    prepare(config(tmp_path), tmp_path / "out")
    with pytest.raises(ValueError, match="holds 2 shards already"):
        prepare(config(tmp_path), tmp_path / "out")


def test_shards_are_bounded(tmp_path: Path) -> None:
    some = [pairs.Pair("en", "de", str(i), str(i), "d") for i in range(5)]
    with Shards(tmp_path, 2) as shards:
        for pair in some:
            shards.add("open", pair)
    assert [len(list(pairs.read(f))) for f in shards.files("open")] == [2, 2, 1]
    assert [p for f in shards.files("open") for p in pairs.read(f)] == some


@pytest.mark.parametrize("line", ["no json", "[1]", '{"s": "en", "t": "de", "src": "a", "tgt": null, "d": "x"}'])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    with gzip.open(tmp_path / "bad.jsonl.gz", "wt") as file:
        file.write(json.dumps(row("a", "b")) + "\n" + line + "\n")
    with pytest.raises(ValueError, match=r"bad\.jsonl\.gz:2"):
        list(pairs.read(tmp_path / "bad.jsonl.gz"))


def test_what_is_open(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"train": parts()}))
    assert licences.read(tmp_path / "m.json").open == {"free"}
    assert licences.read(tmp_path / "m.json", checked=("unread",), doubted=("free",)).open == {"unread"}
    with pytest.raises(ValueError, match="no data set other"):
        licences.read(tmp_path / "m.json", checked=("other",))
