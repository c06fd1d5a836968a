"""Figures with what they are said of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polygist.summarize.brief.amounts import Amount, amount
from polygist.summarize.brief.clauses import Clauses
from polygist.summarize.brief.names import Key, Names
from polygist.summarize.brief.story import Statement, Story
from polygist.summarize.brief.words import Words, words
from polygist.summarize.lexicon import lexicon
from polygist.summarize.tokens import key_of
from polygist.summarize.words import WORD, base_form, folded, terms
from polygist.types import Figure, FigureKind, MentionKind, Span

_ORDINAL = re.compile(r"\d(?:\.$|[-‑]?[^\W\d_])")
COUNTED = "="  # before a word of a context that stands for all that count the same thing
_FEWEST = 2  # content words that tell what a figure is said of
_MOST = 40  # content words of a clause; a longer one is none
_LOCAL = (MentionKind.PLACE, MentionKind.ORGANIZATION, MentionKind.UNKNOWN)


@dataclass(frozen=True)
class Fact:
    """A figure of a statement (by its number) and what the clause around it says.

    `counted` is what a count is of, where the words are known ("dead"); `unit` that of the figure, "" for people;
    `context` the content words of the clause; `places` where it says that it is; `bodies` its names that are
    no persons; `times` the years and days of the sentence, the fact's own left out; `earlier` what it says of another
    time ("last year"). Parts ("three of them"), ordinals, weekdays and figures in a clause without end are not
    `comparable`.
    """

    statement: int
    source: int
    figure: Figure
    amount: Amount | None
    unit: str
    counted: frozenset[str]
    context: frozenset[str]
    places: frozenset[str]
    bodies: frozenset[Key]
    times: frozenset[str]
    earlier: frozenset[str]
    denies: bool
    comparable: bool

    @property
    def text(self) -> str:
        """The context as one text, in the same order for the same words."""
        return " ".join(sorted(self.context))

    @property
    def years(self) -> frozenset[str]:
        """The years among its times."""
        return frozenset(t[:4] for t in self.times if not t.startswith("-"))

    def agrees(self, other: "Fact") -> bool:
        """Whether both may give the same value, as far as they tell."""
        if self.amount is not None and other.amount is not None:
            return self.amount.agrees(other.amount)
        # Of two dates one may say less than the other: 2027, 2027-03.
        one, two = (f.figure.date or f.figure.text for f in (self, other))
        return one.startswith(two) or two.startswith(one)


def facts(story: Story, names: Names) -> list[Fact]:
    """The figures of a story in the order of its statements, those of statements that list figures left out."""
    reader = _Reader(story, names)
    return [f for i, s in enumerate(story.statements) for f in reader.read(i, s)]


def content(text: str, language: str) -> list[str]:
    """The content words of a text in their base forms, numbers left out."""
    # Twice, since a German participle with an ending becomes one without: gebaute, gebaut, bauen.
    return [base_form(t, language) for t in terms(text, language) if not t.isdigit()]


def unit_of(figure: Figure, own: Words) -> str:
    """What a figure counts; "" for people, however they are called."""
    unit = figure.unit.casefold()
    return "" if unit in own.people or unit in own.counted else unit


class _Reader:
    """Reads the facts of statements in one language."""

    def __init__(self, story: Story, names: Names) -> None:
        self._story, self._names, self._language = story, names, story.language
        self._own, self._known = words(story.language), lexicon(story.language)
        self._calendar = self._known.weekdays | self._known.months | self._known.months_short

    def read(self, number: int, statement: Statement) -> Iterator[Fact]:
        """The facts of a statement, in order."""
        self._story.stop.check()
        if not statement.figures or statement.lists:
            return
        text, shift = statement.sentence.text, statement.sentence.span.start
        places = [Span(f.span.start - shift, f.span.end - shift) for f in statement.figures]
        clauses = Clauses(text, places, self._own.joints)
        times = {f.date for f in statement.figures if f.date}
        for figure, at in zip(statement.figures, places, strict=True):
            clause = clauses.around(at)
            comparable = self._is_comparable(figure, text[slice(*clause)], text[at.end : clause.end])
            unit = unit_of(figure, self._own)
            # What the splitter took for one sentence may be two: "... zur Welt. 38 Beschäftigte ...".
            begin = text.rfind(". ", 0, at.start) + 1
            before = "" if figure.kind is FigureKind.DATE else text[begin : clause.end]
            while True:
                said = self._said(text[clause.start : at.start]) + self._said(text[at.end : clause.end])
                context = frozenset(t for w in said for t in self._term(w) if t != unit)
                counted = frozenset(c for w in said if (c := self._counted(w)))
                wider = clauses.wider(clause)
                if counted or len(context) >= _FEWEST or wider == clause:
                    break
                clause = wider
            yield Fact(
                statement=number,
                source=statement.source,
                figure=figure,
                amount=amount(figure, text[: at.start], self._own),
                unit=unit,
                counted=counted,
                context=context,
                places=self._places(text[slice(*clause)]),
                bodies=self._bodies(statement, clause),
                times=frozenset(times - {figure.date}),
                earlier=_found(before, self._own.earlier),
                denies=statement.denies,
                comparable=comparable and len(context) <= _MOST,
            )

    def _is_comparable(self, figure: Figure, clause: str, after: str) -> bool:
        """Whether a number counts a whole, and a date says when something was and not when somebody spoke of it."""
        following = f"{' '.join(after.casefold().split())} "
        if _found(clause, self._own.parts) or following.startswith(tuple(f"{p} " for p in self._own.part_of)):
            return False
        if figure.kind is not FigureKind.DATE:
            return not _ORDINAL.search(figure.text)
        return bool(figure.date) and self._known.saying_verbs.isdisjoint(map(folded, WORD.findall(clause)))

    def _said(self, text: str) -> list[str]:
        """The words of a part of a clause, without "according to the police"."""
        found = WORD.findall(text)
        low = [folded(w) for w in found]
        for phrase in (p.split() for p in self._own.sayings):
            for i in (i for i in range(len(low)) if low[i : i + len(phrase)] == phrase):
                rest = range(i + len(phrase), len(low))
                end = next((k + 1 for k in rest if low[k] not in self._known.stop_words), len(low))
                low[i:end] = found[i:end] = [""] * (end - i)
        return [w for w in found if w]

    def _counted(self, word: str) -> str:
        own = self._own.counted
        return own.get(folded(word)) or own.get(base_form(word, self._language)) or ""

    def _term(self, word: str) -> list[str]:
        """A content word in its base form; what counts the same thing is the same word; words of time and saying go."""
        if folded(word) in self._calendar or folded(word) in self._known.saying_verbs:
            return []
        counted = self._counted(word)
        if counted:
            return [COUNTED + counted]
        return content(word, self._language)

    def _bodies(self, statement: Statement, clause: Span) -> frozenset[Key]:
        """The names in the clause that are no persons."""
        start, end = (statement.sentence.span.start + i for i in clause)
        inside = frozenset(i for span, i in statement.mentions if start <= span.start and span.end <= end)
        return frozenset(k for k in self._names.of(statement.document, inside) if self._names.kind(k) in _LOCAL)

    def _places(self, clause: str) -> frozenset[str]:
        """The words with a capital that follow "in", by what their case forms share."""
        found, before = set[str](), ""
        for word in WORD.findall(clause):
            low = folded(word)
            if before in self._own.places and word[0].isupper() and low not in self._calendar:
                found.add(key_of(low, self._language))
            before = low
        return frozenset(found)


def _found(text: str, phrases: Sequence[str]) -> frozenset[str]:
    """Which of some phrases, in small letters, a text has."""
    flat = f" {' '.join(map(folded, WORD.findall(text)))} "
    return frozenset(p for p in phrases if f" {p} " in flat)
