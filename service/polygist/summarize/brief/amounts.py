"""What a figure leaves open, so that only values that differ beyond rounding are called different."""

from dataclasses import dataclass

from polygist.summarize.brief.words import Words
from polygist.types import Figure

_BEFORE = 30  # code points that are looked at for "at least"
_ROUND_FROM = 100  # smaller numbers are not taken for rounded
_ABOUT = 0.1  # of a value, that "about" leaves open


@dataclass(frozen=True)
class Amount:
    """The values that a figure allows, both ends left out."""

    low: float
    high: float

    def agrees(self, other: "Amount") -> bool:
        """Whether both may be the same."""
        return self.low < other.high and other.low < self.high


def amount(figure: Figure, before: str, words: Words) -> Amount | None:
    """What a figure with the text `before` it allows; None for one without a value.

    "300" allows what is rounded to it (250 to 350), "about 300" a tenth more or less, "more than 300" up to 400, "12"
    nothing but 12, "at least 12" no more than it says: 15 is news beside it.
    """
    if figure.value is None:
        return None
    low, high = figure.value, figure.value if figure.high is None else figure.high
    said = " ".join(before[-_BEFORE:].casefold().split())
    if _ends(said, words.about):
        return Amount(low - _room(low), high + _room(high))
    if _ends(said, words.at_least):
        return Amount(low - 0.5 * _step(low), high + _step(high, rounded=True))
    if _ends(said, words.at_most):
        return Amount(low - _step(low, rounded=True), high + 0.5 * _step(high))
    return Amount(low - 0.5 * _step(low), high + 0.5 * _step(high))


def _room(value: float) -> float:
    return max(_ABOUT * abs(value), 0.5 * _step(value))


def _step(value: float, *, rounded: bool = False) -> float:
    """One of the last digit that is told: 312 -> 1, 300 -> 100, 1,200,000 -> 100,000, 31.4 -> 0.1, 30 -> 1.

    Below 100 a zero at the end is taken for told, unless the number is said to be `rounded`.
    """
    digits = f"{abs(value):.6f}".rstrip("0").rstrip(".")
    if "." in digits:
        return float(10.0 ** -len(digits.split(".")[1]))
    zeros = len(digits) - len(digits.rstrip("0")) if abs(value) >= _ROUND_FROM or (rounded and value) else 0
    return float(10.0**zeros)


def _ends(said: str, phrases: tuple[str, ...]) -> bool:
    return any(said == p or said.endswith(" " + p) for p in phrases)
