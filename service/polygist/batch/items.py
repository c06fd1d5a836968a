"""What a job is about: an article with its place in the input, or the reason why there is none."""

import hashlib
from dataclasses import dataclass

from polygist.v1 import polygist_pb2 as pb


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an item has no digest: a status code's name, a stable UPPER_SNAKE reason, a sentence without article text."""

    status: str
    reason: str
    message: str


def unreadable(reason: str, message: str) -> Fault:
    """A fault of the input itself."""
    return Fault("INVALID_ARGUMENT", reason, message)


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the input. `position` counts all rows from 0; either `article` or `fault` is there.

    `sha256` is that of all that its digest depends on and its record repeats.
    """

    position: int
    id: str
    sha256: str
    article: pb.Article | None = None
    language: str = ""
    fault: Fault | None = None

    @property
    def length(self) -> int:
        """Code points of the article, those of a page's markup included."""
        a = self.article
        return len(a.text) + len(a.titled.title) + len(a.titled.body) + len(a.html) if a else 0


def digest_of(*fields: str | bytes) -> str:
    """Hex sha256 of fields, told apart by their lengths. Raises UnicodeEncodeError for a lone surrogate."""
    hashed = hashlib.sha256()
    for field in fields:
        data = field.encode() if isinstance(field, str) else field
        hashed.update(b"%d:" % len(data))
        hashed.update(data)
    return hashed.hexdigest()
