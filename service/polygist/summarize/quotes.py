"""Quotations and who says them.

Which quotations count: those of four words or more; shorter ones where the sentence has a verb of saying and the
speaker is found ('would provide "automatic security"'). Shorter ones without a speaker are scare quotes or titles and
are left out, as are names of works and firms: after a word such as 'film' or 'Zeitung', or with every word
capitalised. The parts of a quotation that its tag splits ('"And I," he added, "believed him."') count as one here, and
each is a Quote; so do the paragraphs of one that goes on over several, each opened and the last one closed.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, zip_longest

from polygist.summarize.lexicon import lexicon
from polygist.summarize.marks import MARKS, opened_with, quotations, unclosed
from polygist.summarize.names import mentions
from polygist.summarize.signatures import signed
from polygist.summarize.speakers import Speaker, Speakers
from polygist.summarize.words import WORD, folded, one_line
from polygist.types import CONTENT, Article, Block, BlockKind, Mention, Quote, Sentence, Span

_SCARE_WORDS = 3
_BEFORE, _AFTER = 300, 200
_LONGEST_SPEECH = 4_000
_DIALOGUE = re.compile(r"[—–]\s{0,3}(?=[^\s—–])")
_DASH = re.compile(r"(?<=[,.!?…])\s[—–]\s")
_GAP_OPENS = re.compile(rf"\s*+(?P<inside>[,–—-]?)\s*+[{MARKS}](?P<outside>[\s,–—-]*)")
_GAP_CLOSES = re.compile(rf"[,–—]\s*[{MARKS}]\s*$")


def quotes(article: Article, names: Sequence[Mention] | None = None) -> tuple[Quote, ...]:
    """The quotations of an article's content in order, each with its speaker ("" where none is found).

    `names` are the article's mentions, where the caller has them already. A tag after the quotation is tried first
    ('"…," Kallas told the BBC'), then one before it ('telling reporters, "…"'), then the speaker of the quotation
    before it in the same paragraph, or in the one before where the paragraph holds nothing else. Pronouns stand for the
    person last named as a subject; a role ('a spokesman') is the speaker where no name stands.
    """
    reader = _Reader(article, mentions(article) if names is None else names)
    content = [i for i, block in enumerate(article.blocks) if block.kind in CONTENT]
    for i, following in zip_longest(content, content[1:]):
        block, first = article.blocks[i], len(reader.found)
        reader.read(block, None if following is None else article.blocks[following])
        if block.kind is BlockKind.BLOCK_QUOTE:
            reader.found[first:] = signed(article, i, reader.found[first:])
    return tuple(reader.found)


class _Reader:
    """Reads an article's quotations block by block; knows who spoke last, and what is still open."""

    def __init__(self, article: Article, names: Sequence[Mention]) -> None:
        self._text, self._words = article.text, lexicon(article.language)
        self._sentences = article.sentences
        self._speakers = Speakers(article, names, self._words)
        self._last: Speaker | None = None
        self._open_since: int | None = None
        self.found: list[Quote] = []

    def read(self, block: Block, following: Block | None) -> None:
        """Take the quotations of a block, in order."""
        text, span = self._text, block.span
        whole = list(quotations(text, *span))
        rest = unclosed(text, span, whole[-1].end if whole else span.start)
        stays_open = rest is not None and following is not None and opened_with(text, rest, following.span)
        if rest is not None and stays_open:
            whole.append(rest)
        goes_on = self._open_since is not None
        if not whole:
            self._last = self._dialogue(span)
        else:
            carried = self._last if goes_on or self._is_all(span, whole) else None
            self._last = self._block(span, whole, carried, goes_on)
        if not stays_open:
            self._open_since = None
        elif self._open_since is None:
            self._open_since = len(self.found) - 1

    def _is_all(self, span: Span, whole: Sequence[Span]) -> bool:
        """Whether a block holds quotations alone."""
        edges = [span.start, *(e for s in whole for e in s), span.end]
        return not any(c.isalnum() for a, b in zip(edges[::2], edges[1::2], strict=True) for c in self._text[a:b])

    def _block(self, block: Span, whole: Sequence[Span], carried: Speaker | None, goes_on: bool) -> Speaker | None:
        """Take the quotations of one block; the last speaker. `carried` is who speaks where nothing else is said."""
        edges = [block.start, *(s.end + 1 for s in whole)]
        first_parts = self._first_parts(whole)
        parts_of = Counter(first_parts)
        word_count = Counter[int]()
        for outer, first in zip(whole, first_parts, strict=True):
            word_count[first] += self._word_count(outer)
        last = carried
        for k, outer in enumerate(whole):
            following = whole[k + 1].start - 1 if k + 1 < len(whole) else block.end
            sentence = self._sentence_at(outer.start)
            sentence_start = min(sentence.span.start if sentence else edges[k], outer.start - 1)
            before = Span(max(sentence_start, edges[k], outer.start - 1 - _BEFORE), outer.start - 1)
            after = Span(min(outer.end + 1, following), min(following, outer.end + 1 + _AFTER))
            parts, speaker = self._parts(outer)
            speaker = speaker or self._speakers.after(after) or self._speakers.before(before)
            if not speaker and last and (self._goes_on(before) or before.start > sentence_start):
                speaker = last
            first = first_parts[k]
            is_work = parts_of[first] == 1 and not goes_on and self._is_work(outer)
            if is_work or (not speaker and word_count[first] <= _SCARE_WORDS):
                continue
            last = speaker
            if k == 0 and goes_on and speaker:
                self._name_open(speaker)
            self.found.extend(self._quote(speaker, span) for span in parts)
        return last

    def _name_open(self, speaker: Speaker) -> None:
        """Give the paragraphs before of a quotation the speaker that only this one names."""
        for i in range(self._open_since or 0, len(self.found)):
            if not self.found[i].speaker:
                self.found[i] = replace(self.found[i], speaker=speaker.name, speaker_span=speaker.span)

    def _quote(self, speaker: Speaker | None, span: Span) -> Quote:
        said = one_line(self._text[span.start : span.end])
        return Quote(said, speaker.name, span, speaker.span) if speaker else Quote(said, "", span)

    def _dialogue(self, block: Span) -> Speaker | None:
        """A line of speech that opens with a dash: '— Так, — сказав він. — Ходімо.' Without a tag in Ukrainian only."""
        opening = _DIALOGUE.match(self._text, *block)
        if opening is None:
            return None
        speech = Span(opening.end(), min(block.end, block.start + _LONGEST_SPEECH))
        parts, tag = self._split(speech, closed=False)
        if tag is None and (self._words.language != "uk" or self._word_count(speech) <= _SCARE_WORDS):
            return None
        speaker = self._speakers.after(tag, is_tag=True) if tag else None
        self.found.extend(self._quote(speaker, part) for part in parts)
        return speaker

    def _parts(self, span: Span) -> tuple[tuple[Span, ...], Speaker | None]:
        """A quotation with its tag between dashes inside the marks, as in Ukrainian: '«Так, — сказав він. — Ні»'."""
        parts, tag = self._split(span, closed=True)
        return (parts, self._speakers.after(tag, is_tag=True)) if tag else ((span,), None)

    def _split(self, span: Span, *, closed: bool) -> tuple[tuple[Span, ...], Span | None]:
        """Speech parted at the tags between its dashes, and the first tag; `closed`: speech follows each tag."""
        text = self._text
        cuts = [Span(*m.span()) for m in _DASH.finditer(text, *span)]
        starts, ends = [span.start, *(c.end for c in cuts)], [*(c.start for c in cuts), span.end]
        pieces = [Span(a, b) for a, b in zip(starts, ends, strict=True)]
        parts, tag, k = [pieces[0]], None, 1
        while k < len(pieces):
            is_last = k + 1 == len(pieces)
            if not (closed and is_last) and self._speakers.names_somebody(pieces[k]):
                tag = tag or pieces[k]
                parts += pieces[k + 1 : k + 2]
                k += 2
            else:
                parts[-1] = Span(parts[-1].start, pieces[k].end)
                k += 1
        return tuple(Span(p.start, p.end - (text[p.end - 1] == ",")) for p in parts if p.end > p.start + 1), tag

    def _first_parts(self, whole: Sequence[Span]) -> list[int]:
        """For each quotation the index of the one that it goes on with after a tag, its own where it begins anew."""
        found: list[int] = []
        for k, outer in enumerate(whole):
            found.append(found[-1] if k > 0 and self._is_tag_between(whole[k - 1], outer) else k)
        return found

    def _is_tag_between(self, one: Span, other: Span) -> bool:
        """Whether two quotations are one that a tag splits, set off on both sides: '“No,” he said, “never.”'."""
        gap = self._text[one.end : other.start]
        opens = _GAP_OPENS.match(gap) if len(gap) <= _AFTER else None
        if opens is None or not _GAP_CLOSES.search(gap, opens.end()):
            return False
        is_set_off = opens["inside"] or opens["outside"].strip() or self._text[one.end - 1] in "!?…"
        sentence = self._sentence_at(one.start)
        if not is_set_off or sentence is None or other.start >= sentence.span.end:
            return False
        return any(folded(m[0]) in self._words.saying_verbs for m in WORD.finditer(gap))

    def _sentence_at(self, offset: int) -> Sentence | None:
        """The content sentence that an offset lies in."""
        i = bisect_right(self._sentences, offset, key=lambda s: s.span.start) - 1
        return self._sentences[i] if i >= 0 and offset < self._sentences[i].span.end else None

    def _word_count(self, span: Span) -> int:
        return sum(1 for _ in islice(WORD.finditer(self._text, *span), _SCARE_WORDS + 1))

    def _goes_on(self, before: Span) -> bool:
        """Whether a quotation without a tag goes on with the one before it: its sentence holds nothing else before."""
        return not any(c.isalnum() for c in self._text[before.start : before.end])

    def _is_work(self, span: Span) -> bool:
        """Whether quoted words name a film, paper, firm or the like: 'the film "Dune Part Two"' -> True."""
        text, words = self._text, self._words
        inside = [m[0] for m in islice(WORD.finditer(text, *span), _SCARE_WORDS + 4)]
        ends_open = text[span.end - 1] not in ".!?…"
        in_clause = text[max(0, span.start - 3) : span.start - 1].strip(" \n")[-1:].isalnum()
        after = text[span.end + 1 : span.end + 3]
        in_clause = in_clause or (after[:1].isspace() and after[1:].islower())
        if ends_open and in_clause and words.language != "de" and len(inside) <= 2 and inside[0][0].isupper():
            return True  # "на «Самопоміч»"
        titled = len(inside) > 1 and all(w[0].isupper() or w in words.name_particles for w in inside)
        if ends_open and len(inside) <= _SCARE_WORDS + 2 and titled and words.language != "de":
            return True
        previous = [m[0] for m in WORD.finditer(text, max(0, span.start - 30), span.start - 1)][-1:]
        near = not any(c in ",:;.!?" for c in text[max(0, span.start - 3) : span.start - 1])
        short = len(inside) <= _SCARE_WORDS + 3
        return ends_open and near and short and any(folded(w) in words.quoted_works for w in previous)
