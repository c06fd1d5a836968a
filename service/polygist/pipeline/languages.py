"""Language codes of callers: BCP-47 in, the primary subtag that models are keyed by out."""

from collections.abc import Iterable, Mapping

import langcodes

from polygist.errors import InvalidRequest, Violation


def listed(languages: Iterable[str]) -> str:
    """For messages: "de, en, uk"."""
    return ", ".join(sorted(set(languages)))


def resolve(code: str, supported: Iterable[str], field: str) -> str:
    """The supported language that a BCP-47 tag means ("uk-UA" -> "uk", "eng" -> "en").

    Raises InvalidRequest naming the field, and the supported languages where the tag is none of them.
    """
    names = set(supported)
    try:
        tag = langcodes.Language.get(code)
        known = tag.is_valid()
    except (ValueError, LookupError):
        known = False
    if not known or tag.language is None:
        raise InvalidRequest(Violation(field, f"is no BCP-47 language tag; supported: {listed(names)}", "NO_LANGUAGE"))
    if tag.language not in names:
        raise InvalidRequest(
            Violation(field, f"language {tag.language!r} is not supported; supported: {listed(names)}", "UNSUPPORTED")
        )
    return tag.language


def resolve_targets(
    codes: Iterable[str], source: str | None, targets: Mapping[str, frozenset[str]], field: str
) -> dict[str, str]:
    """{code as given: language} for the target languages of a request, in order.

    `targets` maps each source language to the languages it is translated into; `source` is None while it is not known.
    Raises InvalidRequest with every violation at once: unknown, unsupported, repeated, same as the source.
    """
    supported = targets.get(source, frozenset()) if source else frozenset().union(*targets.values())
    found: dict[str, str] = {}
    violations: list[Violation] = []
    for i, code in enumerate(codes):
        path = f"{field}[{i}]"
        try:
            language = resolve(code, supported | ({source} if source else set()), path)
        except InvalidRequest as error:
            violations += error.violations
            continue
        if language == source:
            violations.append(Violation(path, f"is the source language ({source})", "SAME_AS_SOURCE"))
        elif language in found.values():
            violations.append(Violation(path, f"repeats {language!r}", "REPEATED"))
        else:
            found[code] = language
    if violations:
        raise InvalidRequest(*violations)
    return found
