"""Who speaks: the name or pronoun beside a verb of saying."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from polygist.summarize.capitals import Token, is_title, tokens
from polygist.summarize.lexicon import Lexicon
from polygist.types import Article, Mention, MentionKind, Sentence, Span

_CLAUSE_END = re.compile(r"[.!?…;]+(?=\s+[\"„“«»‚‘'(—–]*[^\W\d_])")
_ABBREVIATED = re.compile(r"(?:\b[^\W\d_]|\b(?:Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Gov|Lt|Col|Mag|ca|bzw|ім|гр))$")
_TAG_START = re.compile(r"[\s,.!?…)»«“”\"–—-]{0,8}")
_NEAR_WORDS = 9
_OFFICE_BEFORE = 50
_SENTENCES_BACK = 6


class Speakers:
    """Finds speakers in one article."""

    def __init__(self, article: Article, names: Sequence[Mention], words: Lexicon) -> None:
        self._article, self._words = article, words
        places = [(span, m) for m in names for span in m.spans]
        self._places = sorted(places, key=lambda p: p[0])
        self._starts = [span.start for span, _ in self._places]
        self._sentences = article.sentences
        self._sentence_starts = [s.span.start for s in self._sentences]
        self._offices = self._find_offices()

    def after(self, span: Span) -> str:
        """The speaker named by the tag that begins at span.start: ', sagte Merkel am Montag.' -> 'Angela Merkel'."""
        tag = self._clause(span)
        text = self._article.text
        start = _TAG_START.match(text, *tag)
        found = tokens(text, start.end() if start else tag.start, tag.end, self._words.language)
        if not found or (text[tag.start : found[0].start].strip(' "»“”').startswith(".") and found[0].capital):
            return ""  # a new sentence
        verb = next((i for i, t in enumerate(found[:_NEAR_WORDS]) if self._says(t)), None)
        phrase = self._by_phrase(Span(found[0].start, tag.end), opening=True)
        if phrase or verb is None:
            return phrase
        return self._subject(found, verb)

    def before(self, span: Span) -> str:
        """The speaker named in the sentence before a quotation: 'Trump hinted that …, telling reporters, '."""
        found = tokens(self._article.text, *span, self._words.language)
        verbs = [i for i, t in enumerate(found) if self._says(t)]
        if not verbs:
            return self._by_phrase(span, opening=False)
        first = self._named(found[: verbs[0] + 1]) or self._named(found[: verbs[-1]])
        if first:
            return first
        pronoun = next((t for t in found if t.folded in self._words.pronouns), None)
        if pronoun is not None:
            return self._person_before(pronoun)
        return self._named(found[verbs[-1] :])

    def _clause(self, span: Span) -> Span:
        """A span up to the end of its first sentence."""
        text = self._article.text
        lead = _TAG_START.match(text, *span)
        begin = lead.end() if lead else span.start
        for match in _CLAUSE_END.finditer(text, begin, span.end):
            if not _ABBREVIATED.search(text, max(begin, match.start() - 8), match.start()):
                return Span(span.start, match.start())
        return span

    def _says(self, token: Token) -> bool:
        return token.folded in self._words.saying_verbs

    def _subject(self, found: Sequence[Token], verb: int) -> str:
        """The name or pronoun nearest to the verb: right before or after it in English, mostly after it elsewhere."""
        before, after = found[:verb], found[verb + 1 : verb + 1 + _NEAR_WORDS]
        for side in (before, after):
            for k, token in enumerate(side):
                is_pronoun = token.folded in self._words.pronouns_male | self._words.pronouns_female
                if is_pronoun and not (side is after and any(self._is_named(t) for t in side[:k])):
                    return self._person_before(token)
            name = self._named(side) or self._holder(side)
            if name:
                return name
        return ""

    def _find_offices(self) -> dict[str, list[tuple[int, str]]]:
        """For each title or office the places where a person is named with it: 'канцлер … Олаф Шольц'."""
        offices: dict[str, list[tuple[int, str]]] = {}
        for span, mention in self._places:
            if mention.kind is MentionKind.PERSON:
                start = max(0, span.start - _OFFICE_BEFORE)
                for token in tokens(self._article.text, start, span.start, self._words.language)[-3:]:
                    if is_title(token, self._words):
                        offices.setdefault(token.key, []).append((span.start, mention.name))
        return offices

    def _holder(self, found: Sequence[Token]) -> str:
        """The person last named with an office that a tag speaks of: ', sagte der Kanzler' -> 'Olaf Scholz'."""
        for token in found:
            if is_title(token, self._words):
                held = [name for start, name in self._offices.get(token.key, ()) if start < token.start]
                if held:
                    return held[-1]
        return ""

    def _named(self, found: Sequence[Token]) -> str:
        """The first name in a run of words that can speak: a person, else an organization."""
        if not found:
            return ""
        here = [m for _, m in self._mentions(found[0].start, found[-1].end)]
        for kind in (MentionKind.PERSON, MentionKind.ORGANIZATION):
            for mention in here:
                if mention.kind is kind:
                    return mention.name
        return ""

    def _is_named(self, token: Token) -> bool:
        return any(m.kind is not MentionKind.PLACE for _, m in self._mentions(token.start, token.end))

    def _mentions(self, start: int, end: int) -> list[tuple[Span, Mention]]:
        return self._places[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def _by_phrase(self, span: Span, *, opening: bool) -> str:
        """The name after 'according to', 'laut', 'за словами'; with `opening` only at the start of the range."""
        text = " ".join(self._article.text[span.start : span.end].casefold().split()) + " "
        for phrase in self._words.saying_phrases:
            at = text.find(phrase + " ")
            if at == 0 or (at > 0 and not opening and not text[at - 1].isalnum()):
                start = span.start + (self._article.text[span.start : span.end].casefold().find(phrase))
                found = tokens(self._article.text, max(start, span.start), span.end, self._words.language)
                return self._named(found[:_NEAR_WORDS])
        return ""

    def _person_before(self, pronoun: Token) -> str:
        """The person that a pronoun stands for: the first one named in the nearest sentence before that names any.

        A person known to be of the other gender is passed over, and so is a plural; '' where nobody is left.
        """
        if pronoun.folded in self._words.pronouns_other:
            return ""
        last = bisect_right(self._sentence_starts, pronoun.start) - 1
        for i in range(last, max(-1, last - _SENTENCES_BACK), -1):
            name = self._subject_of(self._sentences[i], pronoun)
            if name:
                return name
        return ""

    def _subject_of(self, sentence: Sentence, pronoun: Token) -> str:
        end = min(sentence.span.end, pronoun.start)
        here = [m for _, m in self._mentions(sentence.span.start, end)]
        people = [m for m in here if m.kind is MentionKind.PERSON] or [m for m in here if _may_be_person(m)]
        return next((m.name for m in people if self._fits(m, pronoun)), "")

    def _fits(self, mention: Mention, pronoun: Token) -> bool:
        gender = self._gender(mention)
        if not gender:
            return True
        return pronoun.folded in (self._words.pronouns_male if gender == "m" else self._words.pronouns_female)

    def _gender(self, mention: Mention) -> str:
        """'m', 'f' or '', from first names, and titles before any of its places."""
        words = self._words
        first = mention.name.split()[0].casefold()
        if first in words.first_names_male:
            return "m"
        if first in words.first_names_female:
            return "f"
        text = self._article.text
        for span in mention.spans:
            before = text[max(0, span.start - 24) : span.start].casefold().split()[-1:]
            if before and before[0].rstrip(".") in words.titles_male:
                return "m"
            if before and before[0].rstrip(".") in words.titles_female:
                return "f"
        return ""


def _may_be_person(mention: Mention) -> bool:
    """Whether a name of unknown kind has the shape of first name and surname."""
    return mention.kind is MentionKind.UNKNOWN and len(mention.name.split()) in (2, 3)
