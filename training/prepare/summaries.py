"""Examples of the second task: the headline of an article, or a lead of one or two sentences, in its own language.

An example is a pair like any other, so that the one prompt serves both tasks. Its source are sentences of the article,
its target "language" is HEADLINE or SUMMARY:

    English: SENTENCES\nHeadline: HEADLINE
    English: SENTENCES\nSummary: LEAD
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from polygist.document.parse import parse
from polygist.document.sentences import split
from polygist.summarize.extract import summarize
from polygist.summarize.names import mentions
from polygist.summarize.words import WORD, base_form, folded, is_known, one_line
from polygist.translate import numbers
from polygist.types import SummaryLength, SummaryOptions
from training.pairs import Pair, rows
from training.prepare.heldout import HeldOut
from training.tasks import HEADLINE, SUMMARY

_OPENING = 3
_LEAD_SENTENCES = 2
_SHORTEST_HEADLINE = 3
_SHORTEST_STEM = 4
_LONGEST_ENDING = 3


@dataclass(frozen=True)
class Articles:
    """`headlines` and `leads` are the data sets whose titles and summaries are learnt from; no others are.

    A source is the opening and the key sentences of the text, up to `source_words`. `held_out_half` is the half of the
    articles, by checksum, that is left for evaluation: "a" or "b" as in `bench/summaries`, or "".
    """

    file: str
    headlines: tuple[str, ...]
    leads: tuple[str, ...]
    source_words: int
    headline_words: int
    lead_words: int
    held_out_half: str = "b"


def examples(config: Articles, held_out: HeldOut) -> Iterator[Pair]:
    """Pairs of sentences and headline or lead whose names and numbers all stand in the sentences."""
    for row in rows(Path(config.file)):
        language, text, d = row["lang"], row["text"], row["d"]
        if _half(text) == config.held_out_half:
            continue
        targets = {
            HEADLINE: one_line(row["title"]) if d in config.headlines else "",
            SUMMARY: lead(one_line(row["summary"]), language) if d in config.leads else "",
        }
        if not any(targets.values()):
            continue
        source = essence(text, language, config.source_words)
        most = {HEADLINE: config.headline_words, SUMMARY: config.lead_words}
        for task, target in targets.items():
            pair = Pair(language, task, source, target, d)
            count = len(WORD.findall(target))
            fits = source and _SHORTEST_HEADLINE <= count <= most[task]
            if fits and supported(target, source, language) and not held_out.holds(pair):
                yield pair


def _half(text: str) -> str:
    return "a" if zlib.crc32(text.encode()) % 2 == 0 else "b"


def lead(summary: str, language: str) -> str:
    """The first two sentences of a summary."""
    found = split(summary, language)[:_LEAD_SENTENCES]
    return summary[found[0][0] : found[-1][1]].strip() if found else ""


def essence(text: str, language: str, most_words: int) -> str:
    """The opening of an article and its key sentences, in their order, whole sentences of up to so many words."""
    article = parse(text, language)
    summary = summarize(article, SummaryOptions(SummaryLength.LONG))
    key = {span for point in summary.key_points for span in point.spans} | set(summary.lead_spans)
    ranked = sorted(article.sentences, key=lambda s: (s.position >= _OPENING, s.span not in key, s.position))
    chosen, left = [], most_words
    for sentence in ranked:
        count = len(WORD.findall(sentence.text))
        if count > left:
            break
        chosen.append(sentence)
        left -= count
    return " ".join(one_line(s.text) for s in sorted(chosen, key=lambda s: s.position))


def supported(target: str, source: str, language: str) -> bool:
    """Whether the source says all names and numbers of the target, in any form."""
    said = {value for number in numbers.readings(source) for reading in number for value in reading}
    if not all(any(said.issuperset(reading) for reading in number) for number in numbers.readings(target)):
        return False
    words = WORD.findall(source)
    there = {base_form(word, language) for word in words} | {word.casefold() for word in words}
    return all(_stands(word, there, language) for word in _names(target, language))


def _stands(word: str, there: set[str], language: str) -> bool:
    """Whether a word is there in any form; a name unknown to the dictionary may differ in its ending (Макроном)."""
    plain = word.casefold()
    if plain in there or base_form(word, language) in there:
        return True
    stem = plain[: max(_SHORTEST_STEM, len(plain) - 1)]
    return any(w.startswith(stem) and abs(len(w) - len(plain)) <= _LONGEST_ENDING for w in there)


def _names(text: str, language: str) -> Iterator[str]:
    """The words of names, and all others with a capital inside the text but the German nouns of the dictionary."""
    for mention in mentions(parse(text, language)):
        yield from WORD.findall(mention.name)
    for word in WORD.findall(text)[1:]:
        if word[0].isupper() and not (language == "de" and is_known(folded(word), language)):
            yield word
