"""Entries of a glossary file, and the glossaries that they make."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from polygist.errors import GlossaryInvalid, TermInvalid
from polygist.translate.glossary.spellings import Source, Spellings
from polygist.translate.glossary.terms import Glossary, Term

# The languages of source and target.
Direction = tuple[str, str]


@dataclass(frozen=True)
class Entry:
    """What one thing is called in each language.

    A text is translated from each of the `sources` into one of the `targets`; an empty target keeps the source.
    """

    line: int
    sources: Mapping[str, Sequence[str]]
    targets: Mapping[str, str]
    case_sensitive: bool = False

    def terms(self, direction: Direction) -> Iterator[Term]:
        """The terms of a direction. What has one name only, with the others empty, is kept from any language."""
        source, target = direction
        if target not in self.targets or source not in self.sources:
            return
        for name in filter(None, self.sources[source]):
            yield Term(name, self.targets[target], self.case_sensitive)
        names = {name for names in self.sources.values() for name in names}
        if set(self.sources[source]) == {""} and len(names) == 2:
            yield Term(max(names), "", self.case_sensitive)


def glossaries(
    file: str, entries: Iterable[Entry], languages: Collection[str], directions: Collection[Direction] | None
) -> dict[Direction, Glossary]:
    """A glossary for each of the `directions`, or of all in the file.

    Raises GlossaryInvalid for a term that is there twice in a direction, whatever its targets.
    """
    known = list(entries)
    made: dict[Direction, Glossary] = {}
    # Out of one language into several, mostly the same is looked for.
    spelt: dict[tuple[Source, ...], Spellings] = {}
    for direction in directions if directions is not None else permutations(languages, 2):
        lines, terms = [], []
        for entry in known:
            for term in entry.terms(direction):
                lines.append(entry.line)
                terms.append(term)
        try:
            sources = tuple(Source(term.source, term.case_sensitive) for term in terms)
            made[direction] = Glossary(terms, spelt.get(sources))
            spelt[sources] = made[direction].spellings
        except TermInvalid as error:
            where = f" ({direction[0]} to {direction[1]})"
            if error.other is not None:
                where = f", first in line {lines[error.other]}" + where
            raise GlossaryInvalid(file, lines[error.index], error.description + where) from error
    return made
