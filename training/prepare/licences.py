"""Which data sets anybody may use for anything, by the manifest that lies beside the text."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# Words of a licence that forbid commercial use, or that grant nothing.
_CLOSED = re.compile(r"\bNC\b|-NC-|research|no licence file|non-commercial", re.IGNORECASE)


@dataclass(frozen=True)
class Licences:
    """The licences of data sets; `open` are those whose licence was read at the source and allows commercial use."""

    names: dict[str, str]
    open: frozenset[str]


def read(manifest: Path, checked: Iterable[str] = (), doubted: Iterable[str] = ()) -> Licences:
    """The data sets of a manifest: `dataset`, `licence`, `licence_read_in_source` under each key that holds a list.

    `checked` are data sets whose licence has been read since, `doubted` those whose entry says less than it seems to.
    A name with several entries is open if all of them are. Raises ValueError for a name that is not in the manifest.
    """
    names: dict[str, str] = {}
    closed: set[str] = set(doubted)
    for part in json.loads(manifest.read_text(encoding="utf-8")).values():
        for entry in part if isinstance(part, list) else ():
            if not (name := entry.get("dataset")):
                continue
            names.setdefault(name, entry["licence"])
            read_there = entry.get("licence_read_in_source") is True or name in checked
            if not read_there or _CLOSED.search(entry["licence"]):
                closed.add(name)
    if unknown := {*checked, *doubted} - names.keys():
        raise ValueError(f"{manifest} has no data set {', '.join(sorted(unknown))}")
    return Licences(names, frozenset(names.keys() - closed))
