"""The glossary file of a server: terms for every call, read at the start and whenever it is asked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from polygist.translate.glossary import files
from polygist.translate.glossary.entries import Direction
from polygist.translate.glossary.terms import Glossary


@dataclass(frozen=True)
class Terms:
    """What a file holds: a glossary for each direction, none without a file; `sha256` is that of the file, in hex."""

    glossaries: Mapping[Direction, Glossary] = field(default_factory=dict)
    sha256: str = ""

    def __len__(self) -> int:
        """Terms, counted for each direction."""
        return sum(map(len, self.glossaries.values()))


class Termbase:
    """The terms in force. A call keeps those that it began with."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._read: tuple[str, Sequence[str]] | None = None
        self.terms = Terms()

    def load(self, languages: Sequence[str]) -> bool:
        """Read the file anew, for those languages; whether there was anything new. Takes seconds for a large one.

        Raises GlossaryInvalid with the file and the line; what was read before stays in force then.
        """
        if self._path is None:
            return False
        data = files.load(self._path)
        sha256 = hashlib.sha256(data).hexdigest()
        if self._read == (sha256, languages):
            return False
        found = files.parse(str(self._path), data, None, languages)
        self.terms = Terms({direction: glossary for direction, glossary in found.items() if glossary.terms}, sha256)
        self._read = sha256, languages
        return True
