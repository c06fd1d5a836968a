"""The noisy texts through the model in every direction: what looks wrong to the judge, and did the guard say so?"""

from dataclasses import asdict, dataclass
from typing import Any

import sets
from judge import Judge
from rich.progress import track

from service import BALANCED, Service

# What the judge suspects, and the warnings that say so.
SAID = {
    "loop": frozenset({"repetition", "length_out_of_range", "sentence_mismatch", "output_cut"}),
    "language": frozenset({"wrong_language", "untranslated"}),
    "copy": frozenset({"wrong_language", "untranslated"}),
}


@dataclass(frozen=True)
class Suspect:
    """A translation that the judge suspects; `warned` where the guard said what the judge says."""

    direction: str
    kind: str
    source: str
    translation: str
    suspicion: str
    warnings: list[str]
    warned: bool


def run(service: Service) -> dict[str, Any]:
    """How many translations were made, doubted and suspected, and all suspects."""
    judge, texts, suspects, doubted = Judge(), sets.noisy(), [], 0
    directions = [d for d in service.directions() if d.split("-")[0] in sets.LANGUAGES]
    made = 0
    for direction in track(directions, "noisy"):
        source, target = direction.split("-")
        own = [text for text in texts if text.lang == source]
        done = service.translate([text.text for text in own], direction, BALANCED)
        made += len(done)
        doubted += sum(bool(translated.warnings) for translated in done)
        for text, translated in zip(own, done, strict=True):
            for suspicion in judge.suspects(text.text, translated.text, target):
                warned = bool(translated.warnings & SAID[suspicion])
                warnings = sorted(translated.warnings)
                suspects.append(Suspect(direction, text.kind, text.text, translated.text, suspicion, warnings, warned))
    return {
        "translations": made,
        "doubted": doubted,
        "suspects": {kind: sum(s.suspicion == kind for s in suspects) for kind in SAID},
        "without_warning": {kind: sum(s.suspicion == kind and not s.warned for s in suspects) for kind in SAID},
        "list": [asdict(suspect) for suspect in suspects],
    }
