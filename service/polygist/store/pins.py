"""What was got when a model was first pulled: the commit and the sum of each file. Later pulls and builds are held to
it, where the card itself has no sums (trust on first use)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from polygist.errors import ModelCorrupt
from polygist.store import atomic
from polygist.store.cards import AnyCard
from polygist.store.manifest import FileRecord
from polygist.store.sources import ModelSource

C = TypeVar("C", bound=AnyCard)


@dataclass(frozen=True)
class Pin:
    """`origin` and `revision` say what was pulled, `licence` what the card said and `stated_licence` what the origin
    says of itself, "" for nothing. `accepted` and `pickle` are what a person allowed. `pulled_at` is in ISO 8601, UTC.
    """

    card: str
    origin: str
    revision: str
    licence: str
    stated_licence: str
    accepted: bool
    pickle: bool
    pulled_at: str
    files: Mapping[str, FileRecord]

    def fits(self, source: ModelSource) -> bool:
        """Whether it is of what the card names now."""
        return self.origin == source.identity and source.revision in ("", self.revision)

    def write(self, cache: Path) -> None:
        """Save it, in one step."""
        atomic.write(_file(self.card, cache), json.dumps(asdict(self), indent=2, sort_keys=True) + "\n")


def read(card: AnyCard, cache: Path) -> Pin | None:
    """The pin of a card, None where it has none or that is of another origin. Raises ModelCorrupt where it can't be
    read: what was pinned must not be forgotten in silence."""
    file = _file(card.id, cache)
    if not isinstance(card.source, ModelSource) or not file.is_file():
        return None
    pin = parse(file)
    return pin if pin.fits(card.source) else None


def parse(file: Path) -> Pin:
    """The pin in a file. Raises ModelCorrupt."""
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        data["files"] = {name: FileRecord(**record) for name, record in data["files"].items()}
        if data["card"] != file.stem:
            raise ValueError(f"it is of {data['card']!r}")
        return Pin(**data)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelCorrupt(f"{file} can't be read: {error}") from error


def forget(card: AnyCard, cache: Path) -> None:
    """The next pull is the first one again."""
    _file(card.id, cache).unlink(missing_ok=True)


def resolved(card: C, cache: Path) -> C:
    """The card with what was pinned in the place of what it does not say; its own revision and sums stay."""
    source = card.source
    if not isinstance(source, ModelSource) or source.is_pinned or (pin := read(card, cache)) is None:
        return card
    known = {name: record.sha256 for name, record in pin.files.items()}
    files = {name: own or known.get(name, "") for name, own in (source.files or dict.fromkeys(known, "")).items()}
    changed: Any = replace(source, revision=pin.revision, files=files)
    return replace(card, source=changed)


def _file(card: str, cache: Path) -> Path:
    return cache / "pins" / f"{card}.json"
