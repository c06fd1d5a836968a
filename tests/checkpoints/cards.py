"""Cards and profiles over checkpoints, as a user would write them."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

LICENCE = """
[licence]
name = "Apache License 2.0"
spdx = "Apache-2.0"
url = "https://www.apache.org/licenses/LICENSE-2.0"
commercial = "yes"
"""
DECODING = """
[decoding]
beam_size = 1
no_repeat_ngram_size = 0
repetition_penalty = 1.0
length_penalty = 1.0
"""
LANGUAGES = '[languages]\nde = "German"\nen = "English"\nuk = "Ukrainian"\n'


def write_profile(
    models_dir: Path,
    name: str,
    family: str,
    folder: Path,
    prompts: dict[str, str],
    *,
    window: int = 400,
    max_new_tokens: int = 60,
    languages: str = LANGUAGES,
) -> None:
    """A card and a profile over a checkpoint; the profile translates as "embedded" does."""
    sums = _sums(folder)
    asked = "".join(f"{part} = '''{prompt}'''\n" for part, prompt in prompts.items())
    card = (
        f'id = "{name}"\nfamily = "{family}"\ntask = "summarization"\ndtype = "float32"\n'
        f"window = {window}\nmax_new_tokens = {max_new_tokens}\n\n{languages}\n[prompts]\n{asked}\n"
        f'[source]\nkind = "folder"\npath = "{folder}"\n\n[source.files]\n{sums}{LICENCE}{DECODING}'
    )
    profile = f'name = "{name}"\ntranslation = "gemma3-270m-embedded"\nsummary = "{name}"\n'
    _write(models_dir, name, {"cards": card, "profiles": profile})


def write_entities(
    models_dir: Path, name: str, folder: Path, *, summary: str = "extractive", window: int = 64, labels: str = ""
) -> None:
    """As `write_profile`, of a model of entities."""
    card = (
        f'id = "{name}"\ntask = "token-classification"\ndtype = "float32"\nwindow = {window}\n'
        f'languages = ["de", "en", "uk"]\n\n{labels}\n[source]\nkind = "folder"\npath = "{folder}"\n\n'
        f"[source.files]\n{_sums(folder)}{LICENCE}"
    )
    profile = f'name = "{name}"\ntranslation = "gemma3-270m-embedded"\nsummary = "{summary}"\nentities = "{name}"\n'
    _write(models_dir, name, {"cards": card, "profiles": profile})


def write_encoder(models_dir: Path, name: str, task: str, source: str, more: str = "", window: int = 64) -> None:
    """A card of an encoder over a source in TOML; `more` are further keys."""
    card = (
        f'id = "{name}"\ntask = "{task}"\nwindow = {window}\nlanguages = ["de", "en", "uk"]\n{more}\n'
        f"[source]\n{source}\n{LICENCE}"
    )
    _write(models_dir, name, {"cards": card})


def write_translator(
    models_dir: Path,
    name: str,
    family: str,
    folder: Path,
    directions: Sequence[tuple[str, str]],
    *,
    quantization: str = "float32",
    engine: str = "",
    max_source_tokens: int = 100,
    words: Mapping[str, str] | None = None,
) -> None:
    """A card of a model that translates, into any pair of its languages where `directions` are none; `words` are its
    names for languages."""
    languages = words or {code: "" for pair in directions for code in pair}
    named = "".join(f'{code} = "{word}"\n' for code, word in languages.items())
    pairs = f"directions = {[list(pair) for pair in directions]}" if directions else "any_pair = true"
    card = (
        f'id = "{name}"\nfamily = "{family}"\ntask = "translation"\nquantization = "{quantization}"\n'
        f'engine = "{engine}"\nmax_source_tokens = {max_source_tokens}\nmax_length_ratio = 1.5\n{pairs}\n\n'
        f"[languages]\n{named}\n"
        f'[source]\nkind = "folder"\npath = "{folder}"\n\n[source.files]\n{_sums(folder)}{LICENCE}{DECODING}'
        f"{DECODING.replace('decoding', 'retry_decoding').replace('beam_size = 1', 'beam_size = 2')}"
        "\n[best]\nbeam_size = 2\nsamples = 1\ntemperature = 0.5\n"
    )
    _write(models_dir, name, {"cards": card})


def write_deployment(
    models_dir: Path, name: str, translation: Sequence[str], summary: str = "extractive", **encoders: str
) -> None:
    """A profile over cards."""
    parts = "".join(f'{part} = "{id}"\n' for part, id in encoders.items())
    profile = f'name = "{name}"\ntranslation = {list(translation)}\nsummary = "{summary}"\n{parts}'
    _write(models_dir, name, {"profiles": profile})


def _sums(folder: Path) -> str:
    names = [
        f.name for f in sorted(folder.iterdir()) if f.suffix in {".json", ".safetensors", ".jinja", ".spm", ".model"}
    ]
    return "".join(f'"{n}" = "{hashlib.sha256((folder / n).read_bytes()).hexdigest()}"\n' for n in names)


def _write(models_dir: Path, name: str, files: Mapping[str, str]) -> None:
    for part, text in files.items():
        (models_dir / part).mkdir(parents=True, exist_ok=True)
        (models_dir / part / f"{name}.toml").write_text(text, encoding="utf-8")
