"""The terms of a request, as the glossary of each direction, over those of the server."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from polygist.errors import InvalidRequest, TermInvalid, Violation
from polygist.pipeline.languages import LONGEST_CODE, primary
from polygist.pipeline.requests import GlossaryTerm
from polygist.translate.glossary.entries import Direction
from polygist.translate.glossary.layers import Finder, Layers
from polygist.translate.glossary.terms import Glossary, Term

_FIELD = "translation.glossary.terms"


@dataclass(frozen=True)
class Glossaries:
    """Those of a request, by target language, over those of the server, by direction."""

    own: Mapping[str, Glossary] = field(default_factory=dict)
    served: Mapping[Direction, Glossary] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.own or self.served)

    def of(self, source: str, target: str) -> Finder | None:
        """The terms of a direction, None where there are none."""
        layers = [g for g in (self.own.get(target), self.served.get((source, target))) if g is not None]
        return Layers(layers) if len(layers) > 1 else next(iter(layers), None)


def glossaries(terms: Sequence[GlossaryTerm], languages: Iterable[str], path: str = "") -> Mapping[str, Glossary]:
    """The glossary of each target language that has terms.

    Raises InvalidRequest for a term without a source, for one given twice, and for a code that is no language tag.
    """
    named = [_by_language(term, f"{path}{_FIELD}[{i}].targets") for i, term in enumerate(terms)]
    found: dict[str, Glossary] = {}
    for language in languages:
        chosen = [
            (i, Term(term.source, targets.get(language, ""), term.case_sensitive))
            for i, (term, targets) in enumerate(zip(terms, named, strict=True))
            if language in targets or term.keep
        ]
        try:
            glossary = Glossary(term for _, term in chosen)
        except TermInvalid as error:
            field = f"{path}{_FIELD}[{chosen[error.index][0]}].source"
            raise InvalidRequest(Violation(field, _why(error), "TERM")) from error
        if glossary.terms:
            found[language] = glossary
    return found


def _why(error: TermInvalid) -> str:
    """Without the term, which is the caller's text."""
    return "is empty" if error.other is None else "is given twice"


def _by_language(term: GlossaryTerm, field: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, target in term.targets.items():
        language = primary(code)
        if language is None:
            raise InvalidRequest(
                Violation(f"{field}[{code[:LONGEST_CODE]}]", "is no BCP-47 language tag", "NO_LANGUAGE")
            )
        found[language] = target
    return found
