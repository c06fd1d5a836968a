"""Who speaks: the name, pronoun or role beside a verb of saying."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from polygist.summarize import morphology
from polygist.summarize.lexicon import Lexicon
from polygist.summarize.listed import listed
from polygist.summarize.referents import Referents
from polygist.summarize.tokens import Token, tokens
from polygist.summarize.words import base_form, one_line
from polygist.types import Article, Mention, MentionKind, Span

_CLAUSE_END = re.compile(r"(?<![.!?…;])[.!?…;]++(?=\s++[\"„“«»‚‘'(—–]*+[^\W\d_])")
_ABBREVIATED = re.compile(r"(?:\b[^\W\d_]|\b(?:Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Gov|Lt|Col|Mag|ca|bzw|ім|гр))$")
_TAG_START = re.compile(r"[\s,.!?…)»«“”\"–—-]{0,8}")
_NEAR_WORDS = 9
_TAG_WORDS = 2 * _NEAR_WORDS + 1  # on both sides of the verb
_LONGEST_ROLE, _LONGEST_OF = 4, 4


class Speaker(NamedTuple):
    """Who speaks, as the article names them, and where the tag says so: a name, pronoun or role."""

    name: str
    span: Span


class Speakers:
    """Finds speakers in one article."""

    def __init__(self, article: Article, names: Sequence[Mention], words: Lexicon) -> None:
        self._text, self._words, self._known = article.text, words, listed(words)
        self._referents = Referents(article, names, words)

    def after(self, span: Span, *, is_tag: bool = False) -> Speaker | None:
        """The speaker named by the tag that begins at span.start: ', sagte Merkel am Montag.' -> 'Angela Merkel'.

        With `is_tag` it is known to be one, be there a verb of saying or not.
        """
        tag = self._clause(span)
        start = _TAG_START.match(self._text, *tag)
        begin = start.end() if start else tag.start
        found = tokens(self._text, begin, tag.end, self._words.language, _TAG_WORDS)
        if not found or (self._text[tag.start : found[0].start].strip(' "»“”').startswith(".") and found[0].capital):
            return None  # a new sentence
        verb = next((i for i, t in enumerate(found[:_NEAR_WORDS]) if self._says(t)), 0 if is_tag else None)
        phrase = self._by_phrase(Span(found[0].start, tag.end), opening=True)
        if phrase or verb is None:
            return phrase
        return self._subject(found, verb)

    def before(self, span: Span) -> Speaker | None:
        """The speaker named in the sentence before a quotation: 'Trump hinted that …, telling reporters, '."""
        found = tokens(self._text, *span, self._words.language)
        verbs = [i for i, t in enumerate(found) if self._says(t)]
        if not verbs:
            return self._by_phrase(span, opening=False) or self._reported(found)
        for run in (found[: verbs[0] + 1], found[: verbs[-1]]):
            speaker = self._named(run)
            if speaker:
                return speaker
        pronoun = next((t for t in found if self._stands_for(t)), None)
        if pronoun is not None:
            return self._of_pronoun(pronoun)
        return self._by_phrase(span, opening=False) or self._named(found[verbs[-1] :])

    def _reported(self, found: Sequence[Token]) -> Speaker | None:
        """Who spoke in the sentence before one in the subjunctive: 'Ein Sprecher widersprach. Man habe …'."""
        if not found or not any(t.folded in self._words.reported_speech for t in found):
            return None
        if self._stands_for(found[0]):
            return self._of_pronoun(found[0])
        before = self._referents.sentence_before(found[0].start)
        if before is None or found[0].folded not in self._words.indefinite:
            return None
        return self._named(tokens(self._text, *before, self._words.language))

    def names_somebody(self, span: Span) -> bool:
        """Whether a range begins with a verb of saying, or a person or pronoun stands in its first words."""
        found = tokens(self._text, *span, self._words.language, _LONGEST_ROLE)
        if not found or found[0].capital:
            return False
        named = any(self._referents.people(t.start, t.end) for t in found)
        return named or any(self._says(t) or self._stands_for(t) for t in found[:3])

    def _clause(self, span: Span) -> Span:
        """A span up to the end of its first sentence."""
        lead = _TAG_START.match(self._text, *span)
        begin = lead.end() if lead else span.start
        for match in _CLAUSE_END.finditer(self._text, begin, span.end):
            if not _ABBREVIATED.search(self._text, max(begin, match.start() - 8), match.start()):
                return Span(span.start, match.start())
        return span

    def _says(self, token: Token) -> bool:
        return token.folded in self._words.saying_verbs

    def _stands_for(self, token: Token) -> bool:
        """Whether a token is a personal pronoun that can be a subject."""
        return token.folded in self._words.subjects

    def _subject(self, found: Sequence[Token], verb: int) -> Speaker | None:
        """The name or pronoun nearest to the verb: right before or after it in English, mostly after it elsewhere."""
        before, after = found[:verb], found[verb + 1 : verb + 1 + _NEAR_WORDS]
        for side in (before, after):
            for k, token in enumerate(side):
                if self._stands_for(token) and not (side is after and self._person(side[:k])):
                    return self._of_pronoun(token)
            speaker = self._named(side) or self._described(side)
            if speaker:
                return speaker
        return None

    def _of_pronoun(self, token: Token) -> Speaker | None:
        words = self._words
        if token.folded in words.pronouns_neuter:
            name = self._referents.body_before(token.start)
        else:
            name = self._referents.person_before(token.start, "m" if token.folded in words.pronouns_male else "f")
        return Speaker(name, Span(token.start, token.end)) if name else None

    def _named(self, found: Sequence[Token]) -> Speaker | None:
        person, role = self._person(found), self._role(found)
        if person and role and role.span.start < person.span.start < role.span.end:
            return role  # "a spokesman for Zelensky"
        return person or self._office(found) or role or self._body(found)

    def _person(self, found: Sequence[Token]) -> Speaker | None:
        people = self._referents.people(found[0].start, found[-1].end) if found else []
        return Speaker(people[0].mention.name, people[0].span) if people else None

    def _body(self, found: Sequence[Token]) -> Speaker | None:
        here = self._referents.within(found[0].start, found[-1].end) if found else []
        return next((Speaker(p.mention.name, p.span) for p in here if p.mention.kind is MentionKind.ORGANIZATION), None)

    def _office(self, found: Sequence[Token]) -> Speaker | None:
        held = self._referents.holder(found)
        return Speaker(held[0], Span(held[1].start, held[1].end)) if held else None

    def _role(self, found: Sequence[Token]) -> Speaker | None:
        """A role where no name stands: 'a spokesman for the port', 'ein Sprecher der Polizei', '(у) поліції'."""
        for i, token in enumerate(found):
            if not self._is_role(token):
                continue
            if i and found[i - 1].folded in self._words.role_places:
                return Speaker(self._base(token), Span(token.start, token.end))
            span = Span(found[self._role_start(found, i)].start, found[self._role_end(found, i)].end)
            return Speaker(one_line(self._text[slice(*span)]), span)
        return None

    def _is_role(self, token: Token) -> bool:
        if self._known.titles[token.text]:
            return True
        return not {token.folded, self._base(token)}.isdisjoint(self._words.roles)

    def _base(self, token: Token) -> str:
        language = self._words.language
        return (morphology.noun(token.text) if language == "uk" else "") or base_form(token.text, language)

    def _role_start(self, found: Sequence[Token], i: int) -> int:
        """Where the phrase of a role begins: at its article, over adjectives; at the role itself without one."""
        for k in range(i - 1, max(-1, i - _LONGEST_ROLE), -1):
            if not found[k + 1].joined or self._says(found[k]):
                break
            if found[k].folded in self._words.determiners:
                return k
            if found[k].folded in self._words.stop_words:
                break
        return i

    def _role_end(self, found: Sequence[Token], i: int) -> int:
        """The last word of a role's phrase, with whose it is: 'of the port', 'der Polizei', 'лікарні'."""
        words, end = self._words, i
        links = i + 1 < len(found) and found[i + 1].joined and found[i + 1].folded in words.role_links
        if words.language == "uk" and i + 1 < len(found) and found[i + 1].joined:
            following = found[i + 1]
            is_noun = following.folded.endswith(("и", "і", "ї", "у", "ю", "а", "я", "ів"))
            plain = not (following.capital or self._says(following) or following.folded in words.stop_words)
            return i + 1 if is_noun and plain else i
        for k in range(i + 2, min(len(found), i + 2 + _LONGEST_OF)) if links else ():
            token = found[k]
            if not token.joined or self._says(token):
                break
            if token.folded not in words.determiners:
                if token.folded in words.stop_words or (words.language == "de" and not token.capital):
                    break
                end = k
        return end

    def _described(self, found: Sequence[Token]) -> Speaker | None:
        """The person before that 'the marine biologist', 'die 43-Jährige' stands for."""
        if not found or found[0].folded not in self._words.definite or not 2 <= len(found) <= _LONGEST_ROLE:
            return None
        name = self._referents.person_before(found[0].start, "")
        return Speaker(name, Span(found[0].start, found[-1].end)) if name else None

    def _by_phrase(self, span: Span, *, opening: bool) -> Speaker | None:
        """Who stands after 'according to', 'laut', 'за словами'; with `opening` only at the start of the range."""
        text = " ".join(self._text[slice(*span)].casefold().replace(",", " ").split()) + " "
        for phrase in self._words.saying_phrases:
            at = text.find(phrase + " ")
            if at == 0 or (at > 0 and not opening and not text[at - 1].isalnum()):
                start = span.start + self._text[slice(*span)].casefold().find(phrase.split()[0])
                found = tokens(self._text, max(start, span.start), span.end, self._words.language, _NEAR_WORDS)
                own = next((t for t in found[: len(phrase.split())] if t.folded in self._words.possessives), None)
                if own is not None:
                    male = own.folded in self._words.possessives_male
                    name = self._referents.person_before(own.start, "m" if male else "f")
                    return Speaker(name, Span(own.start, own.end)) if name else None
                return self._named(found)
        return None
