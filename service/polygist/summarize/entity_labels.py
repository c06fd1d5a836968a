"""From the labels of words to entities: BIO and the schemes like it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from polygist.types import EntityType

# CoNLL and the sets made after it, OntoNotes 5, GermEval 2014. None are entities that digests do not list.
_NAMES: Mapping[str, EntityType | None] = {
    "PER": EntityType.PERSON,
    "PERS": EntityType.PERSON,
    "PERSON": EntityType.PERSON,
    "ORG": EntityType.ORGANIZATION,
    "ORGANIZATION": EntityType.ORGANIZATION,
    "LOC": EntityType.LOCATION,
    "LOCATION": EntityType.LOCATION,
    "GPE": EntityType.LOCATION,
    "FAC": EntityType.LOCATION,
    **dict.fromkeys(("MISC", "OTH", "NORP", "EVENT", "PRODUCT", "WORK_OF_ART", "LAW", "LANGUAGE"), EntityType.OTHER),
    **dict.fromkeys(("DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL"), None),
}
_CARD: Mapping[str, EntityType | None] = {"none": None} | {t.name.lower(): t for t in EntityType}
_OUTSIDE = "O"
# IOB2, IOBES and BILOU: what begins an entity, and what goes on with one.
_BEGINS, _GOES_ON = frozenset("BSU"), frozenset("IEL")


class Tag(NamedTuple):
    """A label of a model: whether it begins an entity at all events, and what the entity is called; "" outside."""

    begins: bool
    name: str


class Scheme:
    """The labels of a model by their number. `card` says more than the names do, see `store.recognizers`.

    `unknown` are names of which neither says what they are.
    """

    def __init__(self, labels: Sequence[str], card: Mapping[str, str]) -> None:
        self._tags = [tag(label) for label in labels]
        self._types = {**_NAMES, **{name: _CARD[type] for name, type in card.items()}}
        self.unknown = sorted({t.name for t in self._tags if t.name and t.name not in self._types})

    def __len__(self) -> int:
        return len(self._tags)

    def entities(self, labels: Sequence[int | None]) -> Iterator[tuple[int, int, EntityType]]:
        """(first word, end, type) of each entity, by the label of each word; None is outside."""
        start, name = 0, ""
        for i, label in enumerate([*labels, None]):
            now = Tag(False, "") if label is None else self._tags[label]
            if now.name != name or now.begins:
                if name and (type := self._types[name]):
                    yield start, i, type
                start, name = i, now.name


def tag(label: str) -> Tag:
    """
    >>> tag("B-PER"), tag("I-GPE")
    (Tag(begins=True, name='PER'), Tag(begins=False, name='GPE'))
    >>> tag("LOC"), tag("O")
    (Tag(begins=False, name='LOC'), Tag(begins=False, name=''))
    """
    if label == _OUTSIDE:
        return Tag(False, "")
    prefix, dash, name = label.partition("-")
    if dash and prefix in _BEGINS | _GOES_ON:
        return Tag(prefix in _BEGINS, name)
    return Tag(False, label)
