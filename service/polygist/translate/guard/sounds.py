"""How a name sounds, roughly, so that it is known again in another spelling, alphabet or case form.

A name becomes a row of consonant classes, as in Soundex and its kin (Knuth, "The Art of Computer Programming", vol. 3);
letters that may be read in several ways are classes of their own, and two rows are compared by edit distance.
"""

import re
from functools import cache, lru_cache

from anyascii import anyascii

_LONGEST = 30
# Letters and the classes they stand for; the first that fits counts. S hisses, K are k g h kh, T t d th, P p b, F f v;
# C is S or K (ch), G is S or K (g before e), J is S, K or silent, H may be K or silent, W may be F or silent,
# Z is S or T (ts),
# X is T or F (th).
_CLASSES = """
szcz:S ecki:SK drz:S tsch:S dsch:S shch:S tch:S sch:S dzh:S dge:S dz:Z tz:Z ts:Z zh:S sh:S ch:C kh:K gh:H ph:F th:X
ck:K cz:S sz:S dj:S kn:N wr:R gn:N ce:C ci:C cy:C ge:G gi:G gy:G qu:K x:KS s:S z:S ß:S k:K g:K c:K q:K
t:T d:T p:P b:P f:F v:F w:W h:H j:J l:L m:M n:N r:R
"""
_CLASS = dict(pair.split(":") for pair in _CLASSES.split())
_PATTERN = re.compile("|".join([*_CLASS, "[a-z]"]))
_MEANS = {"C": "CGJSK", "G": "CGJSK", "J": "CGJSKA", "W": "WF", "H": "HK", "Z": "ZST", "X": "XTF"}
_SILENT = frozenset("HJW")
_SILENT_COST = 0.3
_TAIL_COST = 0.2
_MOST_TAIL = 3
_TOLERANCE = 0.34
_TOLERANCE_SHORT = 0.3
_LONG = 4
_LEAST_PART = 3
# Letters that stand for each other at the start of a word.
_READ = str.maketrans("cqwyj", "kkvii")


def _plain(word: str) -> str:
    return _ascii(word[:_LONGEST])


@lru_cache(maxsize=20_000)
def _ascii(word: str) -> str:
    return anyascii(word).casefold()


def skeleton(word: str) -> str:
    """The consonant classes of a word, the same ones in a row once; a vowel at its start is "A".

    >>> skeleton("Zelensky"), skeleton("Зеленського"), skeleton("Obama")
    ('SLNSK', 'SLNSKK', 'APM')
    """
    return _consonants(_plain(word))


@lru_cache(maxsize=20_000)
def _consonants(plain: str) -> str:
    classes = "".join(_CLASS.get(m.group(), "") for m in _PATTERN.finditer(plain))
    if plain.startswith(("a", "e", "i", "o", "u", "y")):
        classes = "A" + classes
    return re.sub(r"(.)\1+", r"\1", classes)


def alike(name: str, word: str, tolerance: float = _TOLERANCE) -> bool:
    """Whether `word` may be `name` in another spelling, alphabet or case: alike("Trump", "Трампом") is True.

    `tolerance` is the share of the shorter one's consonants that may differ.
    """
    return _alike(skeleton(name), skeleton(word), tolerance)


def is_long(name: str, word: str) -> bool:
    """Whether both have so many consonants that they are hardly alike by chance."""
    return min(len(skeleton(name)), len(skeleton(word))) >= _LONG


def begins_alike(name: str, word: str, letters: int = 2) -> bool:
    """Whether two words begin with the same letters in ASCII, read alike: begins_alike("Covid", "ковід") is True."""
    return _plain(name)[:letters].translate(_READ) == _plain(word)[:letters].translate(_READ)


def is_part(name: str, compound: str) -> bool:
    """Whether a compound may begin or end with a name: is_part("Тіроль", "Nordtirol") is True."""
    core, whole = skeleton(name), skeleton(compound)
    inner = core.lstrip("A")
    return len(inner) >= _LEAST_PART and (whole.startswith(core) or inner in whole[1:])


def is_initial(letter: str, name: str) -> bool:
    """Whether a name begins with a letter of whichever alphabet: is_initial("C", "Колумбія") is True."""
    one, other = skeleton(letter), skeleton(name)
    return bool(one and other) and _same(one[0], other[0])


@lru_cache(maxsize=50_000)
def _alike(a: str, b: str, tolerance: float) -> bool:
    if not a or not b:
        return False
    if a == b:
        return True
    a, b = sorted((a, b), key=len)
    return distance(a, b) <= min(tolerance, _TOLERANCE_SHORT if len(a) < 3 else 1.0) * len(a)


def distance(a: str, b: str) -> float:
    """Edit distance of two rows of classes, the shorter first.

    What may be silent costs little, and so do up to three more classes at the end: a case or an adjective.
    """
    row = [0.0]
    for y in b:
        row.append(row[-1] + _cost(y))
    for i, x in enumerate(a):
        above, row = row, [row[0] + _cost(x)]
        for j, y in enumerate(b):
            tail = i + 1 == len(a) and j + 1 > len(a) and len(b) - len(a) <= _MOST_TAIL
            row.append(
                min(
                    above[j] + (0.0 if _same(x, y) else 1.0),
                    above[j + 1] + _cost(x),
                    row[-1] + (_TAIL_COST if tail else _cost(y)),
                )
            )
    return row[-1]


@cache
def _same(x: str, y: str) -> bool:
    """Whether two classes may be the same sound."""
    return x == y or not frozenset(_MEANS.get(x, x)).isdisjoint(_MEANS.get(y, y))


def _cost(kind: str) -> float:
    return _SILENT_COST if kind in _SILENT else 0.6 if kind == "A" else 1.0
