"""Quotations and who says them.

Which quotations count: those of four words or more; shorter ones where the sentence has a verb of saying and the
speaker is found ('would provide "automatic security"'). Shorter ones without a speaker are scare quotes or titles and
are left out, as are names of works and firms: after a word such as 'film' or 'Zeitung', or with every word
capitalised. The parts of a quotation that its tag splits ('"And I," he added, "believed him."') count as one here, and
each is a Quote.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from polygist.summarize.lexicon import Lexicon, lexicon
from polygist.summarize.marks import MARKS, quotations
from polygist.summarize.names import mentions
from polygist.summarize.speakers import Speakers
from polygist.summarize.words import WORD, folded
from polygist.types import CONTENT, Article, Block, BlockKind, Mention, Quote, Sentence, Span

_SCARE_WORDS = 3
_BEFORE, _AFTER = 300, 200
_LONGEST_SPEECH = 2_000
_SPOKEN = re.compile(r"[—–]\s{0,3}(?P<said>[^\s—–][^—–]*[,!?…])\s[—–]\s(?P<tag>[^—–]{3,150})")
_INNER_TAG = re.compile(r"[,!?…]\s[—–]\s(?P<tag>[^—–«»„“”]{3,150})[.,]\s[—–]\s(?=\S)")
_GAP_OPENS = re.compile(rf"\s*(?P<inside>[,–—-]?)\s*[{MARKS}](?P<outside>[\s,–—-]*)")
_NAME_END = re.compile(r"[,(|]")
_GAP_CLOSES = re.compile(rf"[,–—]\s*[{MARKS}]\s*$")


def quotes(article: Article, names: Sequence[Mention] | None = None) -> tuple[Quote, ...]:
    """The quotations of an article's content in order, each with its speaker ("" where none is found).

    `names` are the article's mentions, where the caller has them already. A tag after the quotation is tried first
    ('"…," Kallas told the BBC'), then one before it ('telling reporters, "…"'), then the speaker of the quotation
    before it in the same paragraph. Pronouns stand for the person last named as a subject.
    """
    words = lexicon(article.language)
    speakers = Speakers(article, mentions(article) if names is None else names, words)
    sentences = article.sentences
    found: list[Quote] = []
    for block, following in zip_longest(article.blocks, article.blocks[1:]):
        if block.kind in CONTENT:
            said = list(_of_block(article.text, block.span, sentences, speakers, words))
            found += _signed(article, block, following, said) if block.kind is BlockKind.BLOCK_QUOTE else said
    return tuple(found)


def _signed(article: Article, block: Block, following: Block | None, said: Sequence[Quote]) -> list[Quote]:
    """A block quote is one quotation where it has no marks of its own; whose it is, the line below it may say."""
    name = ""
    if following is not None and following.kind is BlockKind.BYLINE:
        name = _NAME_END.split(article.text[slice(*following.sentences[0])], maxsplit=1)[0].strip()
    marked = list(quotations(article.text, *block.span))
    if not said and [s.start - 1 for s in marked] == [block.sentences[0].start]:  # it is short and all in marks
        said = [_quote(article.text, name, marked[0])]
    if said:
        return [replace(quote, speaker=quote.speaker or name) for quote in said]
    first, last = (bisect_left(article.sentences, at, key=lambda s: s.span.start) for at in block.span)
    parts = article.sentences[first:last]
    if not any(c.isalnum() for s in parts for c in s.text):
        return []
    after = [other.span.start - one.span.end for one, other in pairwise(parts)]
    whole = "".join(s.text + " " * min(gap, 1) for s, gap in zip(parts, [*after, 0], strict=True))
    seen = "".join(c for c in whole if c.isprintable() or c.isspace())
    return [Quote(" ".join(seen.split()), name, Span(parts[0].span.start, parts[-1].span.end))]


def _of_block(
    text: str, block: Span, sentences: Sequence[Sentence], speakers: Speakers, words: Lexicon
) -> Iterator[Quote]:
    whole = list(quotations(text, *block))
    edges = [block.start, *(s.end + 1 for s in whole)]
    first_parts = _first_parts(text, whole, sentences, words)
    parts_of = Counter(first_parts)
    word_count = Counter[int]()
    for outer, first in zip(whole, first_parts, strict=True):
        word_count[first] += _word_count(text, outer)
    last = ""
    for k, outer in enumerate(whole):
        following = whole[k + 1].start - 1 if k + 1 < len(whole) else block.end
        sentence = _sentence_at(sentences, outer.start)
        sentence_start = min(sentence.span.start if sentence else edges[k], outer.start - 1)
        before = Span(max(sentence_start, edges[k], outer.start - 1 - _BEFORE), outer.start - 1)
        after = Span(min(outer.end + 1, following), min(following, outer.end + 1 + _AFTER))
        parts, tag = _parts(text, outer, words)
        speaker = speakers.after(tag) if tag else speakers.after(after) or speakers.before(before)
        if not speaker and last and (_goes_on(text, before) or before.start > sentence_start):
            speaker = last
        first = first_parts[k]
        is_work = parts_of[first] == 1 and _is_work(text, outer, words)
        if is_work or (not speaker and word_count[first] <= _SCARE_WORDS):
            continue
        last = speaker
        for span in parts:
            yield _quote(text, speaker, span)
    if not whole:
        yield from _dialogue(text, block, speakers, words)


def _quote(text: str, speaker: str, span: Span) -> Quote:
    return Quote(" ".join(text[span.start : span.end].split()), speaker, span)


def _dialogue(text: str, block: Span, speakers: Speakers, words: Lexicon) -> Iterator[Quote]:
    """A line of speech that opens with a dash and has a tag: '— Так, — сказав він.'"""
    match = _SPOKEN.match(text, block.start, min(block.end, block.start + _LONGEST_SPEECH))
    if match is None:
        return
    tag = [folded(m[0]) for m in WORD.finditer(text, *match.span("tag"))]
    if any(w in words.saying_verbs for w in tag[:_SCARE_WORDS]):
        start, end = match.span("said")
        yield _quote(text, speakers.after(Span(*match.span("tag"))), Span(start, end - (text[end - 1] == ",")))


def _parts(text: str, span: Span, words: Lexicon) -> tuple[tuple[Span, ...], Span | None]:
    """A quotation with its tag between dashes inside the marks, as Ukrainian has it: '«Так, — сказав він. — Ні»'."""
    for match in _INNER_TAG.finditer(text, *span):
        tag = [folded(m[0]) for m in WORD.finditer(text, *match.span("tag"))]
        if any(w in words.saying_verbs for w in tag[:_SCARE_WORDS]):
            first = Span(span.start, match.start() + (text[match.start()] != ","))
            return (first, Span(match.end(), span.end)), Span(*match.span("tag"))
    return (span,), None


def _first_parts(text: str, whole: Sequence[Span], sentences: Sequence[Sentence], words: Lexicon) -> list[int]:
    """For each quotation the index of the one that it goes on with after a tag, its own where it begins anew."""
    found: list[int] = []
    for k, outer in enumerate(whole):
        goes_on = k > 0 and _is_tag_between(text, whole[k - 1], outer, sentences, words)
        found.append(found[-1] if goes_on else k)
    return found


def _is_tag_between(text: str, one: Span, other: Span, sentences: Sequence[Sentence], words: Lexicon) -> bool:
    """Whether two quotations are one that a tag splits, set off on both sides: '“No,” he said, “never.”' -> True."""
    gap = text[one.end : other.start]
    opens = _GAP_OPENS.match(gap) if len(gap) <= _AFTER else None
    if opens is None or not _GAP_CLOSES.search(gap, opens.end()):
        return False
    is_set_off = opens["inside"] or opens["outside"].strip() or text[one.end - 1] in "!?…"
    sentence = _sentence_at(sentences, one.start)
    if not is_set_off or sentence is None or other.start >= sentence.span.end:
        return False
    return any(folded(m[0]) in words.saying_verbs for m in WORD.finditer(gap))


def _sentence_at(sentences: Sequence[Sentence], offset: int) -> Sentence | None:
    """The content sentence that an offset lies in."""
    i = bisect_right(sentences, offset, key=lambda s: s.span.start) - 1
    return sentences[i] if i >= 0 and offset < sentences[i].span.end else None


def _word_count(text: str, span: Span) -> int:
    return sum(1 for _ in zip(WORD.finditer(text, *span), range(_SCARE_WORDS + 1), strict=False))


def _goes_on(text: str, before: Span) -> bool:
    """Whether a quotation without a tag goes on with the one before it: its sentence holds nothing else before it."""
    return not any(c.isalnum() for c in text[before.start : before.end])


def _is_work(text: str, span: Span, words: Lexicon) -> bool:
    """Whether quoted words name a film, paper, firm or the like: 'the film "Dune Part Two"' -> True."""
    inside = [m[0] for m in WORD.finditer(text, *span)][: _SCARE_WORDS + 4]
    ends_open = text[span.end - 1] not in ".!?…"
    in_clause = text[max(0, span.start - 3) : span.start - 1].strip(" \n")[-1:].isalnum()
    if ends_open and in_clause and words.language != "de" and len(inside) <= 2 and inside[0][0].isupper():
        return True  # "на «Самопоміч»"
    titled = len(inside) > 1 and all(w[0].isupper() or w in words.name_particles for w in inside)
    if ends_open and len(inside) <= _SCARE_WORDS + 2 and titled and words.language != "de":
        return True
    previous = [m[0] for m in WORD.finditer(text, max(0, span.start - 30), span.start - 1)][-1:]
    near = not any(c in ",:;.!?" for c in text[max(0, span.start - 3) : span.start - 1])
    short = len(inside) <= _SCARE_WORDS + 3
    return ends_open and near and short and any(folded(w) in words.quoted_works for w in previous)
