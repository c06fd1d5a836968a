"""Language codes of callers: BCP-47 in, the primary subtag that models are keyed by out."""

import re
from collections.abc import Iterable, Mapping

from langcodes import Language
from langcodes.tag_parser import parse_tag

from polygist.errors import InvalidRequest, Violation

# RFC 5646 (4.4.1) wants room for 35 characters of a tag, which is also what errors show of one.
LONGEST_CODE, _LONGEST = 35, 100
_LANGUAGE = re.compile(r"[a-z]{2,3}")
# An error has no room for the hundreds that some models know.
_MOST_LISTED = 50


def listed(languages: Iterable[str]) -> str:
    """For messages: "de, en, uk"; the first ones of many."""
    names = sorted(set(languages))
    more = [f"and {len(names) - _MOST_LISTED} more"] if len(names) > _MOST_LISTED else []
    return ", ".join(names[:_MOST_LISTED] + more)


def primary(code: str) -> str | None:
    """The primary subtag of a BCP-47 tag ("uk-UA" -> "uk", "eng" -> "en"); None where it is no tag, or a very long one.

    langcodes remembers whatever it is asked for as long as the process lives, so it is asked for nothing of which
    callers could think up more and more: what stands behind the language is only parsed.
    """
    if len(code) > _LONGEST:
        return None
    try:
        parts = dict(parse_tag(code))  # type: ignore[no-untyped-call]
        named = parts.get("grandfathered") or parts.get("extlang") or parts["language"]
        if not _LANGUAGE.fullmatch(named) and "grandfathered" not in parts:
            return None
        tag = Language.get(named)
        return tag.language if tag.is_valid() else None
    except (ValueError, LookupError):
        return None


def resolve(code: str, supported: Iterable[str], field: str) -> str:
    """The supported language that a BCP-47 tag means ("uk-UA" -> "uk", "eng" -> "en").

    Raises InvalidRequest naming the field, and the supported languages where the tag is none of them.
    """
    names, language = set(supported), primary(code)
    if language is None:
        raise InvalidRequest(Violation(field, f"is no BCP-47 language tag; supported: {listed(names)}", "NO_LANGUAGE"))
    if language not in names:
        raise InvalidRequest(
            Violation(field, f"language {language!r} is not supported; supported: {listed(names)}", "UNSUPPORTED")
        )
    return language


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
