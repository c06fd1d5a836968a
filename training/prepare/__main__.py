"""Raw sentence pairs into text to train on: cleaned, without doubles and without held-out text, in two mixes.

    python -m training.prepare training/configs/data.toml --out build/training/data

The folder gets `open-NNN.jsonl.gz`, which anybody may use for anything, `rest-NNN.jsonl.gz`, and `counts.txt`. The mix
`open` is the former alone, the mix `all` is both. The same files in give the same bytes out.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from polygist.store.tables import read as read_config
from training import pairs
from training.pairs import Pair
from training.prepare import clean, heldout, licences, words
from training.prepare.counts import Counts
from training.prepare.heldout import HeldOut
from training.prepare.shards import Shards
from training.prepare.summaries import Articles, examples

OPEN, REST = "open", "rest"
LANGUAGES = ("en", "de", "uk")


@dataclass(frozen=True)
class Config:
    """`most_alike` is how often one text may stand on a side, in pairs that differ: a text has several translations.

    `checked` and `doubted` are data sets whose licence is better or worse than the manifest says.
    """

    pairs: tuple[str, ...]
    manifest: str
    held_out: tuple[str, ...]
    shard_pairs: int
    most_alike: int
    limits: clean.Limits
    checked: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    articles: Articles | None = None


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("config", type=Path)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    print(prepare(read_config(Config, options.config), options.out))


def prepare(config: Config, out: Path) -> str:
    """Write the shards and return the counts. Raises ValueError when the folder holds any already."""
    out.mkdir(parents=True, exist_ok=True)
    if old := sorted(out.glob("*.jsonl.gz")):
        raise ValueError(f"{out} holds {len(old)} shards already")
    known = licences.read(Path(config.manifest), config.checked, config.doubted)
    held_out = HeldOut(t for f in config.held_out for t in heldout.read(Path(f), LANGUAGES))
    counts, sieve = Counts(), Sieve(config.limits, held_out, config.most_alike)
    with Shards(out, config.shard_pairs) as shards:
        for pair in (p for file in config.pairs for p in pairs.read(Path(file))):
            good = clean.normalised(pair)
            if reason := sieve.fault(good):
                counts.drop(pair, reason)
            else:
                _keep(good, OPEN if good.d in known.open else REST, counts, shards)
        if config.articles:
            for pair in examples(config.articles, held_out):
                _keep(pair, OPEN if pair.d in known.open else REST, counts, shards)
    for pair, mix in _words(shards):
        _keep(pair, mix, counts, shards)
    shards.close()
    text = counts.text(OPEN, known.names)
    (out / "counts.txt").write_text(text, encoding="utf-8")
    return text


def _keep(pair: Pair, part: str, counts: Counts, shards: Shards) -> None:
    counts.keep(pair, part)
    shards.add(part, pair)


class Sieve:
    """Lets each good pair through once."""

    def __init__(self, limits: clean.Limits, held_out: HeldOut, most_alike: int) -> None:
        self._limits, self._held_out, self._most_alike = limits, held_out, most_alike
        self._seen: set[bytes] = set()
        self._texts: Counter[bytes] = Counter()

    def fault(self, pair: Pair) -> str | None:
        """Why the pair is not wanted; None for one that is, which is not let through again in either direction."""
        if reason := clean.fault(pair, self._limits):
            return reason
        sides = sorted((_digest(code, text) for code, text in ((pair.s, pair.source), (pair.t, pair.target))))
        if b"".join(sides) in self._seen:
            return "duplicate"
        # One text has its translations into each language.
        texts = [_digest(pair.t, pair.s, pair.source), _digest(pair.s, pair.t, pair.target)]
        if any(self._texts[text] >= self._most_alike for text in texts):
            return "repeated"
        if reason := self._held_out.holds(pair):
            return reason
        self._seen.add(b"".join(sides))
        self._texts.update(texts)
        return None


def _digest(*parts: str) -> bytes:
    return blake2b("\n".join(parts).casefold().encode(), digest_size=8).digest()


def _words(shards: Shards) -> Iterator[tuple[Pair, str]]:
    """Word pairs with their mix: those of open pairs are open, those that only all pairs give are not."""

    def read(files: Sequence[Path]) -> Iterable[Pair]:
        return (p for file in files for p in pairs.read(file) if p.t in LANGUAGES)

    free = list(words.pairs(lambda: read(shards.files(OPEN))))
    more = words.pairs(lambda: read(shards.files(OPEN, REST)))
    known = {(p.direction, p.source.casefold()) for p in free}
    found = [(p, OPEN) for p in free]
    found += [(p, REST) for p in more if (p.direction, p.source.casefold()) not in known]
    return iter(found)


if __name__ == "__main__":
    main()
