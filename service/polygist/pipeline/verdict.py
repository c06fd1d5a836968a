"""Which language a text is treated as: the caller's word wins, detection fills in, doubts become warnings."""

from collections.abc import Collection
from dataclasses import dataclass

from polygist.document.language import Detection
from polygist.errors import InvalidRequest, Violation
from polygist.pipeline.languages import listed
from polygist.types import Warning, WarningType

# Below this a verdict is called uncertain; from SURE on it may contradict the caller.
UNCERTAIN = 0.6
SURE = 0.9


@dataclass(frozen=True)
class Verdict:
    """The language that a text is treated as, what detection found, and the doubts."""

    language: str
    detected: Detection
    warnings: tuple[Warning, ...] = ()


def choose_language(detected: Detection, named: str | None, supported: Collection[str], field: str) -> Verdict:
    """The language for a text whose caller named `named` (None: detect).

    Raises InvalidRequest for `field` where nothing is named and a language that is not supported was detected.
    """
    if named is not None:
        differs = detected.language not in (named, "und") and detected.confidence >= SURE
        detail = f"named {named!r}, detected {detected.language!r} with {detected.confidence:.2f}"
        return Verdict(named, detected, (Warning(WarningType.LANGUAGE_MISMATCH, detail),) if differs else ())
    if detected.language in supported and detected.confidence >= UNCERTAIN:
        return Verdict(detected.language, detected)
    nearest = next((language for language, _ in detected.candidates if language in supported), None)
    if nearest is None or (detected.language not in supported and detected.confidence >= UNCERTAIN):
        description = (
            f"detected language {detected.language!r} is not supported; name the language of the text if that is "
            f"wrong; supported: {listed(supported)}"
        )
        raise InvalidRequest(Violation(field, description, "UNSUPPORTED"))
    detail = f"detected {detected.language!r} with {detected.confidence:.2f}, treated as {nearest!r}"
    return Verdict(nearest, detected, (Warning(WarningType.LANGUAGE_UNCERTAIN, detail),))
