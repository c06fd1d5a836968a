"""What a sound store is, and cards for tests of it."""

import hashlib
import json
from pathlib import Path

from polygist.store import atomic, cards, manifest, pins
from polygist.store.summarizers import SummaryCard

LICENCE = """
[licence]
name = "Apache License 2.0"
spdx = "Apache-2.0"
url = "https://www.apache.org/licenses/LICENSE-2.0"
commercial = "yes"
"""
_DECODING = """
[decoding]
beam_size = 1
no_repeat_ngram_size = 0
repetition_penalty = 1.0
length_penalty = 1.0
"""
_LANGUAGES = '[languages]\nde = "German"\nen = "English"\nuk = "Ukrainian"\n'

FILES = {
    "config.json": b'{"architectures": ["BartForConditionalGeneration"]}',
    "tokenizer.json": b"{}",
    "model.safetensors": bytes(range(256)) * 400,
}


def assert_sound(cache: Path) -> None:
    """Whatever is visible under a name is whole: models, pulled files, pins."""
    for part in ("models", "pulled"):
        for place in (cache / part).glob("*"):
            if place.name.startswith("."):
                assert place.name.endswith((atomic.PARTIAL, atomic.OLD, atomic.LOCK, ".used"))
            else:
                manifest.verify(place)
    for file in (cache / "pins").glob("*"):
        if not file.name.startswith("."):
            assert pins.parse(file).card == file.stem


def write_card(
    models_dir: Path, id: str, source: str, files: dict[str, str] | None = None, licence: str = LICENCE
) -> SummaryCard:
    """A summary card over a source in TOML, with sums or without, and the profile "with-ID" that has it."""
    listed = "".join(f'"{name}" = "{digest}"\n' for name, digest in (files or {}).items())
    card = (
        f'id = "{id}"\nfamily = "seq2seq"\ntask = "summarization"\ndtype = "float32"\nwindow = 400\n'
        f'max_new_tokens = 60\n\n{_LANGUAGES}\n[prompts]\nlead = "{{text}}"\n[source]\n{source}\n'
        f"[source.files]\n{listed}{licence}{_DECODING}"
    )
    profile = f'name = "with-{id}"\ntranslation = "gemma3-270m-embedded"\nsummary = "{id}"\n'
    for file, text in ((f"cards/{id}.toml", card), (f"profiles/with-{id}.toml", profile)):
        (models_dir / file).parent.mkdir(parents=True, exist_ok=True)
        (models_dir / file).write_text(text, encoding="utf-8")
    return cards.load_summary_card(id, *cards.folders(models_dir))


def sha256(content: bytes) -> str:
    """In hex."""
    return hashlib.sha256(content).hexdigest()


def read_pin(cache: Path, id: str) -> dict[str, object]:
    """A pin as it lies on the disk."""
    made: dict[str, object] = json.loads((cache / "pins" / f"{id}.json").read_text(encoding="utf-8"))
    return made
