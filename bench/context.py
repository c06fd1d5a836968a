"""Does the model translate better when it sees the sentence before? chrF++ of documents with and without it.

    python bench/context.py [../shared/data/eval] --directions en-de,en-uk,de-en,uk-en --documents 8 --save

The folder holds wmt-en-de.json and wmt-en-uk.json, the news of WMT24: [english, other] paragraphs of documents; it is
not part of the repository. With context, the prompt holds the sentence before and this one, and the answer begins with
the model's own translation of the one before, from which it goes on. Where both are too long for the model, or it ends
at once, the sentence is translated alone; as `guarded` also where the guard doubts what was made with context more.

Scores are those of whole paragraphs, p that of a paired bootstrap test against no context; seconds are those of all
sentences, those that wait for the one before included.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sacrebleu.metrics import CHRF
from sacrebleu.significance import PairedTest
from tokenizers import Tokenizer

from polygist.document.segments import sentences
from polygist.engines.base import Engine, Row
from polygist.engines.batching import Bounds
from polygist.engines.cores import available
from polygist.engines.devices import Seat
from polygist.engines.loading import decoding, load_engine
from polygist.settings import load
from polygist.store import installed
from polygist.translate import guard
from polygist.translate.codecs import Codec, codec_of

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "context.json"
SCORE = "chrF2++"


@dataclass(frozen=True)
class Place:
    """Where a sentence stands, by numbers from 0."""

    document: int
    paragraph: int


# Sentences of one group are each given the one before.
GROUPS: dict[str, Callable[[Place], object]] = {
    "paragraph": lambda place: (place.document, place.paragraph),
    "document": lambda place: place.document,
}


@dataclass(frozen=True)
class Text:
    """The sentences of all documents, where each stands, and the translation of each paragraph."""

    sentences: list[str]
    places: list[Place]
    references: list[str]

    def paragraphs(self, translations: Sequence[str]) -> list[str]:
        """Translated sentences as paragraphs."""
        rows = zip(self.places, translations, strict=True)
        return [" ".join(t for _, t in group) for _, group in groupby(rows, key=lambda row: row[0])]


class Translator:
    """The model as it is served, and without anything around it."""

    def __init__(self, engine: Engine, codec: Codec, tokenizer: Tokenizer, how: str) -> None:
        self._engine, self._codec, self._tokenizer = engine, codec, tokenizer
        self._source, self._target = how.split("-")
        self._decoding = decoding(installed.translation(load())[0][0].decoding)

    def doubts(self, text: str, translation: str) -> int:
        return guard.severity(guard.doubts(text, translation, self._source, self._target, finished=True))

    def translate(self, items: Sequence[tuple[str, tuple[str, str] | None]]) -> list[str]:
        """Sentences, each after the one before and its translation, or alone; "" where the model ends at once."""
        rows, after = [], []
        for text, before in items:
            prompt = self._codec.encode(f"{before[0]} {text}" if before else text, self._source, self._target).ids
            start = self._tokenizer.encode(f" {before[1]}", add_special_tokens=False).ids if before else []
            room = self._codec.max_new_tokens(len(self._codec.encode(text, self._source, self._target).ids))
            rows.append(Row(prompt, len(start) + room, self._decoding, list(start)))
            after.append(len(start))
        found: dict[Row, Sequence[int]] = {}
        self._engine.run(rows, lambda row, made: found.__setitem__(row, made.tokens), lambda: False)
        return [self._codec.decode(found[row][n:]) for row, n in zip(rows, after, strict=True)]

    def fits(self, text: str) -> bool:
        return self._codec.count(text) <= self._codec.max_source_tokens


def with_context(text: Text, alone: Sequence[str], group: str, translator: Translator, *, guarded: bool) -> list[str]:
    """The sentences of each group one after the other, all groups at once; `alone` are their translations without."""
    made = list(alone)
    keys = [GROUPS[group](place) for place in text.places]
    depths = [len(list(g)) for _, g in groupby(keys)]
    depth = [i for n in depths for i in range(n)]
    for wave in range(1, max(depths)):
        chosen = [
            i for i, d in enumerate(depth) if d == wave and translator.fits(" ".join(text.sentences[i - 1 : i + 1]))
        ]
        items = [(text.sentences[i], (text.sentences[i - 1], made[i - 1])) for i in chosen]
        for i, translation in zip(chosen, translator.translate(items), strict=True):
            source = text.sentences[i]
            worse = guarded and translator.doubts(source, translation) > translator.doubts(source, alone[i])
            if translation and not worse:
                made[i] = translation
    return made


def read(folder: Path, source: str, target: str, documents: int) -> Text:
    """The first `documents`, cut into sentences as the service does."""
    other = target if source == "en" else source
    file = folder / f"wmt-en-{other}.json"
    if not file.exists():
        raise SystemExit(f"{file} is not there; the evaluation text is not part of the repository")
    text = Text([], [], [])
    for document, row in enumerate(json.loads(file.read_text(encoding="utf-8"))[:documents]):
        for paragraph, pair in enumerate(row["pairs"]):
            said, reference = pair if source == "en" else pair[::-1]
            cut = [said[start:end] for start, end in sentences(said, source)]
            text.sentences.extend(cut)
            text.places.extend([Place(document, paragraph)] * len(cut))
            text.references.append(reference)
    return text


def measure(text: Text, translator: Translator) -> dict[str, dict[str, float]]:
    """Figures of each way."""
    begun = time.monotonic()
    ways = {"alone": translator.translate([(s, None) for s in text.sentences])}
    seconds = {"alone": time.monotonic() - begun}
    for group in GROUPS:
        for guarded in (False, True):
            name = f"{group}, guarded" if guarded else group
            begun = time.monotonic()
            ways[name] = with_context(text, ways["alone"], group, translator, guarded=guarded)
            seconds[name] = time.monotonic() - begun
    systems = [(name, text.paragraphs(made)) for name, made in ways.items()]
    test = PairedTest(systems, {SCORE: CHRF(word_order=2)}, [text.references], test_type="bs")
    return {
        name: {
            "chrf": round(result.score, 2),
            "change": round(result.score - scores[0].score, 2),
            "p": round(result.p_value or 0.0, 3),
            "otherwise": sum(a != b for a, b in zip(made, ways["alone"], strict=True)),
            "doubtful": sum(bool(translator.doubts(*pair)) for pair in zip(text.sentences, made, strict=True)),
            "seconds": round(seconds[name], 1),
        }
        for scores in [test()[1][SCORE]]
        for (name, made), result in zip(ways.items(), scores, strict=True)
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, nargs="?", default=HERE.parent.parent / "shared" / "data" / "eval")
    arguments.add_argument("--directions", default="en-de,en-uk,de-en,uk-en")
    arguments.add_argument("--documents", type=int, default=8)
    arguments.add_argument("--save", action="store_true", help=f"add the figures to {RESULTS.name}")
    options = arguments.parse_args()
    (card, built), settings = installed.translation(load())[0], load()
    codec, tokenizer = codec_of(card, built), Tokenizer.from_file(str(built.tokenizer))
    tokenizer.encode_special_tokens = True
    bounds = Bounds(settings.max_batch_items, settings.max_batch_tokens)
    engine = load_engine(built, card, settings.engine, Seat(available()), bounds)
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for direction in options.directions.split(","):
        text = read(options.folder, *direction.split("-"), options.documents)
        rows = measure(text, Translator(engine, codec, tokenizer, direction))
        found[direction] = {"sentences": len(text.sentences), "paragraphs": len(text.references), "ways": rows}
        table = Table("context", *rows["alone"], title=f"{direction}, {len(text.sentences)} sentences")
        for name, row in rows.items():
            table.add_row(name, *map(str, row.values()))
        Console(width=120).print(table)
    if options.save:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
