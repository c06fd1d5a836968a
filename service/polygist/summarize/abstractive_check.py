"""What a model wrote of an article, held against it: what it supports becomes the summary, what it does not is replaced
by the extractive summary."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import dropwhile, islice, takewhile
from typing import Protocol

from polygist.summarize.faithfulness import THRESHOLD, Evidence, Support
from polygist.summarize.words import one_line
from polygist.types import Article, KeyPoint, Span, Summary, Warning, WarningType

# Whole sentences of an answer, the most important first.
Statements = Sequence[str]

# Sentences of an answer that are looked at, and code points that one may have.
_LOOKED_AT = 4
_LONGEST = 500
# Tags, entities and marks of Markdown: readers of a summary get plain text.
_MARKUP = re.compile(r"</?[a-zA-Z!][^<>]{0,500}>|&(?:[a-zA-Z]{2,8}|#\w{1,7});|\*\*|```|\]\(")
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'"}
_INSTEAD = "; a sentence of the article stands in its place"


class Reason(Enum):
    """Why nothing that the model wrote for a field was taken, and what the warning says."""

    UNSUPPORTED = f"the article does not support what the summary model wrote{_INSTEAD}"
    CONTRADICTED = f"by the model of entailment the article contradicts what the summary model wrote{_INSTEAD}"
    NOT_ENTAILED = f"by the model of entailment the article does not say what the summary model wrote{_INSTEAD}"
    UNFINISHED = f"the summary model wrote no whole sentence{_INSTEAD}"
    LONG = f"the summary model wrote too long a sentence, or more than the article has{_INSTEAD}"
    MARKUP = f"the summary model wrote tags or marks that the article does not have{_INSTEAD}"
    REPEATED = f"the summary model wrote what stands elsewhere in the summary{_INSTEAD}"
    LOOP = f"the summary model repeated itself{_INSTEAD}"


FIELDS = ("headline", "lead", "key_point")


class Observer(Protocol):
    """Is told what became of the statements of a model, by FIELDS. Must be thread-safe."""

    def checked(self, field: str) -> None:
        """A statement was held against its article."""
        ...

    def replaced(self, field: str, reason: str) -> None:
        """Nothing was taken of what the model wrote for a field; `reason` is the name of a Reason in small letters."""
        ...


@dataclass(frozen=True)
class Drafts:
    """What a model wrote; None where it was not asked. `points` are those of the extractive summary, in its order."""

    headline: Statements | None
    lead: Statements | None
    points: Sequence[Statements | None]


@dataclass(frozen=True)
class _Found:
    """A statement that holds."""

    text: str
    support: Support


class _Checker:
    """Holds the statements of one summary against its article; `refused` are those that another one objects to."""

    def __init__(self, article: Article, evidence: Evidence, observer: Observer, refused: Mapping[str, Reason]) -> None:
        self._observer, self._evidence, self._refused = observer, evidence, refused
        # So much may still be said: a summary is not longer than its article.
        self._left = len(article.text)
        self._text = article.text
        self.warnings: list[Warning] = []
        # What the summary says already, in small letters.
        self.said: set[str] = set()

    def first(self, name: str, where: str, statements: Statements | None, count: int = 1) -> Sequence[_Found]:
        """The first that hold, one after the other and `count` at most; none, and a warning, where there is no such."""
        if statements is None:
            return ()
        verdicts = [self._judged(name, statement) for statement in statements[:_LOOKED_AT]]
        holding = dropwhile(lambda verdict: not isinstance(verdict, _Found), verdicts)
        found = [v for v in islice(takewhile(lambda v: isinstance(v, _Found), holding), count) if isinstance(v, _Found)]
        if not found:
            reason = next((v for v in verdicts if isinstance(v, Reason)), Reason.UNFINISHED)
            self._observer.replaced(name, reason.name.lower())
            self.warnings.append(Warning(WarningType.UNSUPPORTED_STATEMENT, reason.value, where))
        self._left -= sum(len(one.text) for one in found)
        return found

    def _judged(self, name: str, statement: str) -> _Found | Reason:
        if len(statement) > min(self._left, _LONGEST):
            return Reason.LONG
        if any(mark not in self._text for mark in _MARKUP.findall(statement)):
            return Reason.MARKUP
        if statement.casefold() in self.said:
            return Reason.REPEATED
        if _loops(statement):
            return Reason.LOOP
        self._observer.checked(name)
        support = self._evidence.support(statement)
        if support.score < THRESHOLD:
            return Reason.UNSUPPORTED
        return self._refused.get(statement) or _Found(statement, support)


def premises(article: Article, drafts: Drafts, evidence: Evidence) -> dict[str, str]:
    """The statements that the rules find supported, and the sentences of the article that each rests on, in one text;
    without those that are such a sentence themselves."""
    written = [_titles(drafts.headline), drafts.lead, *drafts.points]
    found = {}
    for statement in dict.fromkeys(one for statements in written for one in (statements or ())[:_LOOKED_AT]):
        if len(statement) <= _LONGEST:
            support = evidence.support(statement)
            texts = [_text(article, span) for span in support.spans]
            if support.score >= THRESHOLD and _plain(statement) not in map(_plain, texts):
                found[statement] = " ".join(texts)
    return found


def _plain(text: str) -> str:
    """What is the same for a sentence and for a headline made of it."""
    return text.casefold().rstrip(".")


def checked(
    article: Article,
    base: Summary,
    drafts: Drafts,
    evidence: Evidence,
    observer: Observer,
    refused: Mapping[str, Reason],
) -> tuple[Summary, tuple[Warning, ...]]:
    """The summary of what holds, the `base` for the rest, and a warning for each field that was written in vain.

    `evidence` is that of the article; statements that are `refused` do not hold, whatever it says of them.
    """
    checker = _Checker(article, evidence, observer, refused)
    headline = checker.first("headline", "summary.headline", _titles(drafts.headline))
    lead = checker.first("lead", "summary.lead", drafts.lead, max(1, len(base.lead_spans)))
    made = base
    if headline:
        made = replace(made, headline=headline[0].text, headline_generated=True)
    if lead:
        spans = sorted({span for one in lead for span in one.support.spans})
        made = replace(made, lead=" ".join(one.text for one in lead), lead_spans=tuple(spans), lead_generated=True)
    checker.said = {one.text.casefold() for one in lead} | {_text(article, span).casefold() for span in made.lead_spans}
    points = [_point(checker, i, *one) for i, one in enumerate(zip(base.key_points, drafts.points, strict=True))]
    made = replace(made, key_points=tuple(points))
    return replace(made, compression_ratio=_ratio(article.text, made)), tuple(checker.warnings)


def _point(checker: _Checker, i: int, base: KeyPoint, statements: Statements | None) -> KeyPoint:
    for one in checker.first("key_point", f"summary.key_points[{i}].text", statements):
        checker.said.add(one.text.casefold())
        made = replace(base, text=one.text, spans=one.support.spans, generated=True)
        return replace(made, support_score=one.support.score)
    return base


def _loops(text: str) -> bool:
    """Whether three words come twice, or one word three times in a row.

    >>> _loops("The deal was signed and the deal was sealed."), _loops("No, no, no."), _loops("A deal is a deal.")
    (True, True, False)
    """
    words = re.findall(r"\w+", text.casefold())
    threes = list(zip(words, words[1:], words[2:], strict=False))
    return len(set(threes)) < len(threes) or any(a == b == c for a, b, c in threes)


def _titles(statements: Statements | None) -> Statements | None:
    """Of an answer that is a headline the first sentence, without marks around it and a full stop behind it."""
    return None if statements is None else [_title(text) for text in statements[:1]]


def _title(text: str) -> str:
    """
    >>> _title('"Rain floods the old town."'), _title("Rain floods the U.S."), _title('"Rain" and "floods"')
    ('Rain floods the old town', 'Rain floods the U.S.', '"Rain" and "floods"')
    """
    if len(text) > 1 and text[-1] == _QUOTES.get(text[0]) and not set(text[1:-1]) & {text[0], text[-1]}:
        text = text[1:-1].strip()
    return text[:-1] if text.endswith(".") and "." not in text.split()[-1][:-1] else text


def _text(article: Article, span: Span) -> str:
    return one_line(article.text[span.start : span.end])


def _ratio(text: str, made: Summary) -> float:
    return sum(map(len, (made.headline, made.lead, *(p.text for p in made.key_points)))) / len(text)
