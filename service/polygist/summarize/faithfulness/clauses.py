"""The clauses of a statement that puts sentences of its article together."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from polygist.summarize.faithfulness.lexicon import lexicon
from polygist.summarize.faithfulness.words import Kind, Word
from polygist.summarize.lexicon import lexicon as vocabulary

_SHORTEST = 3  # words that a clause has at least
_MOST = 3
_SAYING = (Kind.CONTENT, Kind.NUMBER)


def clauses(words: Sequence[Word], language: str, opens: Callable[[str], bool]) -> list[Sequence[Word]]:
    """The statement's words by clauses, three at most, without the joiners between them.

    A clause begins behind a joiner ("and") with what `opens` a sentence by its key: one that has its subject from the
    clause before, or a pronoun for it, says something else by itself.

    'Books will move and staff will be offered jobs' -> books will move | staff will be offered jobs
    """
    joiners, dependent = lexicon(language).joiners, vocabulary(language).dependent_openers
    cuts = [-1]
    for i, word in enumerate(words):
        if word.folded in joiners and len(cuts) < _MOST and _tells(words[cuts[-1] + 1 : i]):
            rest = words[i + 1 :]
            first = next((w.key for w in rest if w.kind in _SAYING), "")
            if _tells(rest) and rest[0].folded not in dependent and opens(first):
                cuts.append(i)
    return [words[a + 1 : b] for a, b in pairwise([*cuts, len(words)])]


def _tells(clause: Sequence[Word]) -> bool:
    """Whether it may be a clause: a name, or an item of a list, is too short."""
    return len(clause) >= _SHORTEST and any(word.kind in _SAYING for word in clause[1:])
