"""Word forms as the lexicons have them: whole words, beginnings ("lehn*") and endings ("*los")."""

from typing import NamedTuple, Self


class Forms(NamedTuple):
    """Whole words, beginnings, endings."""

    whole: frozenset[str]
    begins: tuple[str, ...]
    ends: tuple[str, ...]

    @classmethod
    def of(cls, words: str) -> Self:
        """The forms in a text of words with white space between them."""
        listed = words.split()
        return cls(
            frozenset(w for w in listed if "*" not in w),
            tuple(w[:-1] for w in listed if w.endswith("*")),
            tuple(w[1:] for w in listed if w.startswith("*")),
        )

    def has(self, word: str) -> bool:
        """Whether the word is one of the forms, or begins or ends like one."""
        return word in self.whole or word.startswith(self.begins) or word.endswith(self.ends)
