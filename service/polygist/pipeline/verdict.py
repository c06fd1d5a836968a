"""Which language a text is treated as: the caller's word wins, detection fills in, doubts become warnings."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from polygist.errors import InvalidRequest, Violation
from polygist.language import Detection
from polygist.pipeline.languages import listed
from polygist.types import Warning, WarningType

# Below this a verdict is called uncertain; from SURE on it may contradict the caller, or refuse a text.
UNCERTAIN = 0.6
SURE = 0.9

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")


@dataclass(frozen=True)
class Verdict:
    """The language that a text is treated as, what detection found, and the doubts.

    A text without a language ("und") or in one that is not served has nothing done to it.
    """

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
    if detected.language == "und" or nearest is None:
        raise InvalidRequest(
            Violation(field, f"can't be told from the text; name one of {listed(supported)}", "MISSING")
        )
    if detected.language not in supported and detected.confidence >= UNCERTAIN:
        description = (
            f"detected language {detected.language!r} is not supported; name the language of the text if that is "
            f"wrong; supported: {listed(supported)}"
        )
        raise InvalidRequest(Violation(field, description, "UNSUPPORTED"))
    return _uncertain(detected, nearest)


def choose_languages(found: Sequence[Detection], supported: Collection[str]) -> list[Verdict]:
    """A language for each text of a batch, none of which spoils the others.

    A text of uncertain language, as titles and names are, is treated as most of the batch is. One that is surely in a
    language that is not supported keeps that language and a warning. Raises InvalidRequest where that is every text.
    """
    common = Counter(d.language for d in found if d.language in supported and d.confidence >= SURE).most_common(1)
    verdicts = [_one_of_many(d, common[0][0] if common else None, supported) for d in found]
    if not any(v.language in supported for v in verdicts) and any(v.language != "und" for v in verdicts):
        names = listed(v.language for v in verdicts if v.language != "und")
        description = f"detected {names}, which is not supported; supported: {listed(supported)}"
        raise InvalidRequest(Violation("source_language", description, "UNSUPPORTED"))
    return verdicts


def _one_of_many(detected: Detection, common: str | None, supported: Collection[str]) -> Verdict:
    if detected.language == "und" or (detected.language in supported and detected.confidence >= UNCERTAIN):
        return Verdict(detected.language, detected)
    nearest = next((language for language, _ in detected.candidates if language in supported), common)
    if detected.confidence >= SURE or nearest is None:
        detail = f"detected {detected.language!r} with {detected.confidence:.2f}, which is not supported"
        return Verdict(detected.language, detected, (Warning(WarningType.UNSUPPORTED_LANGUAGE, detail),))
    return _uncertain(detected, common or nearest)


def _uncertain(detected: Detection, language: str) -> Verdict:
    detail = f"detected {detected.language!r} with {detected.confidence:.2f}, treated as {language!r}"
    return Verdict(language, detected, (Warning(WarningType.LANGUAGE_UNCERTAIN, detail),))


def check_targets_differ(verdicts: Sequence[Verdict], targets: Mapping[str, str]) -> None:
    """Raises InvalidRequest for each target language that every text is in already."""
    languages = {v.language for v in verdicts} - {"und"}
    violations = [
        Violation(f"target_languages[{i}]", f"is the source language ({target})", "SAME_AS_SOURCE")
        for i, target in enumerate(targets.values())
        if languages == {target}
    ]
    if violations:
        raise InvalidRequest(*violations)


def control_characters(text: str) -> tuple[Warning, ...]:
    """A warning where a text holds control characters other than white space."""
    count = len(_CONTROL.findall(text))
    return (Warning(WarningType.CONTROL_CHARACTERS, f"{count} control characters in the text"),) if count else ()
