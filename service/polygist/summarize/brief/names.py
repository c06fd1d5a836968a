"""The names of all documents, joined."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from polygist.summarize.brief.story import Story
from polygist.summarize.brief.types import Name
from polygist.summarize.tokens import key_of
from polygist.summarize.words import WORD, folded
from polygist.types import Mention, MentionKind

Key = tuple[str, ...]


class Names:
    """The names of a story, and which of them each mention of a document stands for."""

    def __init__(self, story: Story) -> None:
        self._story = story
        found = [
            (d, i, m, _key(m, story.language))
            for d, document in enumerate(story.documents)
            for i, m in enumerate(document.summary.mentions)
        ]
        full = _full(Counter(key for *_, key in found), {k for *_, m, k in found if m.kind is MentionKind.PERSON})
        self._keys = {(d, i): full.get(key, key) for d, i, _, key in found}
        self._groups: dict[Key, list[tuple[int, Mention]]] = defaultdict(list)
        for d, i, mention, _ in found:
            self._groups[self._keys[d, i]].append((d, mention))
        self._kinds = {key: _kind(m for _, m in group) for key, group in self._groups.items()}

    def of(self, document: int, mentions: frozenset[int]) -> frozenset[Key]:
        """What the mentions of a document, by their places, are called over all."""
        return frozenset(self._keys[document, i] for i in mentions)

    def kind(self, key: Key) -> MentionKind:
        """What most documents take it for, UNKNOWN where none knows."""
        return self._kinds[key]

    def all(self) -> tuple[Name, ...]:
        """Those of most documents first, then by how often and where they come."""
        made = [self._name(key, group) for key, group in self._groups.items()]
        return tuple(sorted(made, key=lambda n: (-n.documents, -len(n.citations), n.citations[0])))

    def _name(self, key: Key, group: list[tuple[int, Mention]]) -> Name:
        forms = Counter(m.name for _, m in group)
        best = min(forms, key=lambda f: (-len(f.split()), -forms[f], f))
        places = sorted({self._story.cite(d, span) for d, m in group for span in m.spans})
        return Name(best, self.kind(key), tuple(places))


def _kind(mentions: Iterable[Mention]) -> MentionKind:
    votes = Counter(m.kind for m in mentions if m.kind is not MentionKind.UNKNOWN)
    return votes.most_common(1)[0][0] if votes else MentionKind.UNKNOWN


def _key(mention: Mention, language: str) -> Key:
    return tuple(key_of(folded(w), language) for w in WORD.findall(mention.name)) or (mention.name,)


def _full(keys: Counter[Key], persons: set[Key]) -> Mapping[Key, Key]:
    """For a surname alone the one person of the story who has it."""
    longer: dict[str, set[Key]] = defaultdict(set)
    for key in persons:
        if len(key) > 1:
            longer[key[-1]].add(key)
    return {key: next(iter(longer[key[0]])) for key in keys if len(key) == 1 and len(longer[key[0]]) == 1}
