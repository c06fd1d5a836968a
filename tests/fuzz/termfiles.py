"""Files of terms, CSV, TSV and TBX: glossaries, or the line that is wrong."""

from polygist.errors import GlossaryInvalid
from polygist.translate.glossary import files

_KINDS = (".csv", ".tsv", ".tbx")


def check(data: bytes) -> None:
    """The first byte says which kind."""
    name = "terms" + _KINDS[(data[:1] or b"0")[0] % len(_KINDS)]
    for directions in (None, [("en", "de")]):
        try:
            found = files.parse(name, data[1:], directions)
        except GlossaryInvalid as error:
            assert error.file == name
            assert error.line >= 0
            continue
        for glossary in found.values():
            assert all(term.source.strip() for term in glossary.terms)
