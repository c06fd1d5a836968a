"""Is a part of the text lost or added, going by its length, its sentences and its end?

Translations are nearly as long as their sources, the more so the longer they are; what differs is taken for normally
distributed around the mean of the direction (Gale and Church, "A Program for Aligning Sentences in Bilingual Corpora",
1993).
"""

import math
import re
import tomllib
from functools import cache
from importlib.resources import files

from polygist.translate.guard.side import Side

# Natural logarithm of the length of a text in code points over that of the same text in English: FLORES-101 devtest,
# even rows. Spread: standard deviation of the difference for a text of 100 code points.
_LENGTH = {"en": 0.0, "de": 0.15, "uk": 0.01}
_SPREAD = 0.155
# Two translations of a third text lie further apart; that is what pairs without English mostly are.
_SPREAD_APART = 0.18
_SHORT = 25
# Standard deviations: what is out of range, what is too short where a comma is missing, too, and what confirms that a
# sentence is missing or was added.
_FAR = 4.2
_CLAUSE = 3.4
_SENTENCE = 2.2
# What makes the want of a full stop a doubt.
_SHORTER = -0.6

_ABBREVIATION = re.compile(
    r"(?:\b[^\W\d_]|\b(?:[Dd]r|[Mm]rs?|[Mm]s|[Pp]rof|St|Sr|Jr|vs|etc|No|Nr|bzw|usw|ca|vgl|Abs|Art|Mio|Mrd|Tel|inkl|Str"
    r"|[Gg]en|Gov|Sen|Rep|Col|Lt|Sgt|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Okt|Dez"
    r"|ім|вул|м|р|рр|ст|стор|млн|млрд|тис|грн|проф|акад|див|ред|обл|напр|тощо|гр|св|тов|dt|engl|lat|griech|англ|нім|фр|Min|Max"
    r"|approx|est|fig|al|Mt|Ft|Ave|Blvd|Rd)|\d)\Z"
)
_END = re.compile(r"(?<![.!?…])([.!?…]++)[\"“”»’')\]]{0,3}\s+(?=[\"“”„«'(\[–—-]{0,2}\s?[^\W_])")
_BETWEEN = re.compile(r"[,;:–—]\s|\s-\s")
_CLOSED = re.compile(r"[.!?…][\"“”„«»’')\]*_]{0,4}\s*\Z")


def out_of_range(source: Side, target: Side) -> bool:
    """Whether the target is much shorter or longer than such a source lets expect."""
    before, after = len(source.bare.strip()), len(target.bare.strip())
    if not before:
        return False
    if before < _SHORT:
        return not after or after > 4 * before + 20
    if not after:
        return True
    far = surprise(source, target)
    return abs(far) > _FAR or (far < -_CLAUSE and _clauses(target) < _clauses(source))


def _clauses(side: Side) -> int:
    """How many marks between clauses the text has."""
    return len(_BETWEEN.findall(side.bare))


def surprise(source: Side, target: Side) -> float:
    """How many standard deviations the target is longer (shorter where negative) than expected."""
    before, after = (max(len(side.bare.strip()), 1) for side in (source, target))
    expected = _LENGTH.get(target.language, 0.0) - _LENGTH.get(source.language, 0.0)
    usual = _SPREAD if "en" in (source.language, target.language) else _SPREAD_APART
    spread = usual * max(0.75, min(2.0, math.sqrt(100 / before)))
    return (math.log(after / before) - expected) / spread


def sentence_lost(source: Side, target: Side) -> bool:
    """Whether the target has fewer sentences and is shorter than expected, or more and longer.

    "He came. She left the house." -> "Er kam." True; "Er kam, sie verließ das Haus." False.
    """
    before, after = sentences(source.bare), sentences(target.bare)
    far = surprise(source, target)
    return (after < before and far < -_SENTENCE) or (after > before and far > _SENTENCE)


def sentences(text: str) -> int:
    """Roughly how many sentences the text has; ends that may belong to an abbreviation or an ordinal are none.

    >>> sentences("Dr. Smith came on 3. Mai. He left!")
    2
    """
    count = 1
    for match in _END.finditer(text):
        if _next(text, match.end()).islower():
            continue
        if match.group(1) == "." and _ABBREVIATION.search(text, max(0, match.start() - 12), match.start()):
            continue
        count += 1
    return count


def _next(text: str, at: int) -> str:
    """The first letter or digit from a place on."""
    return next((c for c in text[at : at + 6] if c.isalnum()), "")


def cut(source: Side, target: Side) -> bool:
    """Whether the source ends as a sentence does and the target in the middle of one.

    A full stop too few is no doubt: the target must be on the short side, too, or end in a word that needs another.
    """
    if len(source.tokens) < 4 or not target.tokens or not _CLOSED.search(source.text[-12:]):
        return False
    end = target.text.rstrip()
    if _CLOSED.search(end[-12:]) or not (end[-1].isalpha() or end[-1] in ",;–—-("):
        return False
    return not end[-1].isalpha() or target.words[-1] in _dangling() or surprise(source, target) < _SHORTER


@cache
def _dangling() -> frozenset[str]:
    data = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return frozenset(data["length"]["dangling"].split())
