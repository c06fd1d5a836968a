"""The names in an article, short forms and case forms merged into one mention each."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from polygist.summarize import morphology
from polygist.summarize.capitals import Capitals
from polygist.summarize.lexicon import Lexicon, lexicon
from polygist.summarize.listed import is_acronym
from polygist.summarize.nominative import best_form, person
from polygist.summarize.tokens import Token, tokens
from polygist.summarize.words import base_form, is_known, is_listed_name, one_line
from polygist.types import HEADS, Article, Mention, MentionKind, Span

_LONGEST_NAME = 6
_PERSON_LENGTH = 4
_KINDS = (MentionKind.PERSON, MentionKind.ORGANIZATION, MentionKind.PLACE)


@dataclass(frozen=True)
class _Found:
    """A name at a place: its words, and the kinds that something there speaks for."""

    words: tuple[Token, ...]
    kinds: tuple[MentionKind, ...]
    heading: bool = False

    @cached_property
    def key(self) -> tuple[str, ...]:
        return tuple(t.key for t in self.words)


def mentions(article: Article, more: Iterable[tuple[Span, MentionKind]] = ()) -> tuple[Mention, ...]:
    """The names of an article, the most frequent first, then by place; title and headings count, boilerplate not.

    A surname alone is counted with the full name ('Zelensky' with 'Volodymyr Zelensky'), and so are case forms
    ('Зеленського'). The kind is UNKNOWN where nothing speaks for one. `more` are names known otherwise, none of
    which overlaps another one; what rules find within one of them is not a name by itself.
    """
    words = lexicon(article.language)
    body = [tokens(article.text, *s.span, article.language) for s in article.sentences]
    capitals = Capitals(body, words)
    reader = _Reader(words, capitals)
    given = [_Found(tuple(tokens(article.text, *span, article.language)), (kind,)) for span, kind in more]
    found = [f for sentence in body for f in reader.read(sentence)] + given
    known = {key for f in found for key in f.key}
    for block in article.blocks:
        if block.kind in HEADS:
            head = tokens(article.text, *block.span, article.language)
            found += [replace(f, heading=True) for f in reader.read(head) if all(k in known for k in f.key)]
    return _merged(article, _outside(found, given) if given else found, words)


def _outside(found: Iterable[_Found], given: Iterable[_Found]) -> list[_Found]:
    """Those found that do not lie within one of those given, and these themselves."""
    wide = sorted((f for f in given if f.words), key=lambda f: f.words[0].start)

    def inside(f: _Found) -> bool:
        at = bisect_right(wide, f.words[0].start, key=lambda g: g.words[0].start) - 1
        return at >= 0 and f.words[-1].end <= wide[at].words[-1].end

    return [f for f in found if f.words and not inside(f)] + wide


class _Reader:
    """Reads the names of a sentence off its tokens."""

    def __init__(self, words: Lexicon, capitals: Capitals) -> None:
        self._words, self._capitals = words, capitals
        self._phrases = _phrases(words)

    def read(self, sentence: Sequence[Token]) -> Iterator[_Found]:
        """The names in order, longest first at each place."""
        last, titled = 0, False  # where the last name or phrase ended, and whether it is a title
        i = 0
        while i < len(sentence):
            token = sentence[i]
            if not (token.capital or token.folded in self._phrases):
                i += 1
                continue
            length, kind = self._phrase(sentence, i)
            if length:
                if kind is not None:
                    yield _Found(tuple(sentence[i : i + length]), (kind,))
                i, titled = i + length, kind is None
                last = i
                continue
            end = self._end(sentence, i)
            if end > i:
                is_titled = titled if i == last else self._capitals.is_title(sentence[i - 1])
                yield from self._split(sentence, i, end, is_titled and token.joined)
                last, titled = end, False
            i = max(end, i + 1)

    def _phrase(self, sentence: Sequence[Token], i: int) -> tuple[int, MentionKind | None]:
        for phrase, kind in self._phrases.get(sentence[i].folded, ()):
            here = sentence[i : i + len(phrase)]
            if [t.folded for t in here] == phrase and (kind is None or here[0].capital):
                return len(phrase), kind
        length = self._body(sentence, i)
        return (length, MentionKind.ORGANIZATION) if length else (0, None)

    def _body(self, sentence: Sequence[Token], i: int) -> int:
        """How many words from i on name a German body: 'IG Metall', 'Deutsche Post', 'Stuttgarter Zeitung'."""
        following = sentence[i + 1] if i + 1 < len(sentence) else None
        token, words = sentence[i], self._words
        if following is None or not (token.capital and following.capital and following.joined):
            return 0
        adjective = token.folded in words.body_adjectives and not token.initial
        local = token.folded.endswith(("er", "ern")) and token.folded.rstrip("n")[:-2] in words.places
        is_body = following.folded.rsplit("-", 1)[-1] in words.organisation_words
        opens = token.folded in words.organisation_openers and not token.initial
        return 2 if opens or adjective or (local and is_body) else 0

    def _end(self, sentence: Sequence[Token], i: int) -> int:
        """Where the run of name words that begins at i ends; particles count only between two of them."""
        if not self._capitals.is_name(sentence[i]):
            return i
        end = i + 1
        while end < len(sentence) and end - i < _LONGEST_NAME and sentence[end].joined:
            token = sentence[end]
            if self._is_owned(sentence, i, end):
                break
            following = sentence[end + 1] if end + 1 < len(sentence) else None
            if self._capitals.is_name(token) and not self._phrase(sentence, end)[0]:
                end += 1
            elif self._is_particle(sentence[i], token) and following and self._capitals.is_name(following):
                end += 2 if following.joined else 0
                if not following.joined:
                    break
            else:
                break
        return end

    def _is_owned(self, sentence: Sequence[Token], i: int, end: int) -> bool:
        """Whether what follows a genitive is a name by itself: 'Europe's Ryder Cup'; 'King's College' is one name."""
        if sentence[end].start - sentence[end - 1].end <= len(". ") or self._words.language != "en":
            return False
        owner, capitals = sentence[i], self._capitals
        known = self._is_apart(owner) if end - i == 1 else capitals.is_first_name(owner)
        return known or capitals.is_first_name(sentence[end])

    def _is_particle(self, first: Token, token: Token) -> bool:
        if token.folded in ("of", "for"):
            return first.folded in self._words.organisation_words
        return token.folded in self._words.name_particles and not token.capital

    def _split(self, sentence: Sequence[Token], start: int, end: int, titled: bool) -> Iterator[_Found]:
        """Part what stands before a person from the person ('Президент України Володимир …'); find kinds for each."""
        cut = self._cut(sentence[start:end], titled)
        if cut and (self._words.language != "de" or self._is_apart(sentence[start])):
            yield from self._split(sentence, start, start + cut, False)
        yield _Found(tuple(sentence[start + cut : end]), tuple(self._kinds(sentence, start + cut, end, titled)))

    def _cut(self, run: Sequence[Token], titled: bool) -> int:
        """Where a run of name words is two names side by side, else 0."""
        capitals = self._capitals
        inflected = self._words.language in ("de", "uk")
        if self._agree(run):
            return 0
        for k in range(1, len(run)):
            if capitals.is_first_name(run[k]) and not capitals.is_first_name(run[k - 1]) and len(run[k - 1].text) > 2:
                return k if k > 1 or inflected or self._is_apart(run[0]) else 0
        return 1 if len(run) > 1 and capitals.is_place(run[0]) and (titled or inflected) else 0

    def _agree(self, run: Sequence[Token]) -> bool:
        """Whether two words are a Ukrainian first name and surname in one case: 'Мирон Федорів'."""
        return len(run) == 2 and self._words.language == "uk" and morphology.gender(run[0].text, run[1].text) != ""

    def _is_apart(self, token: Token) -> bool:
        return self._capitals.is_place(token) or is_acronym(token.text) or token.folded in self._words.organisations

    def _kinds(self, sentence: Sequence[Token], start: int, end: int, titled: bool) -> Iterator[MentionKind]:
        run, words = sentence[start:end], self._words
        if any(t.folded in words.organisations or self._names_body(t) for t in run):
            yield MentionKind.ORGANIZATION
        elif len(run) == 1 and self._is_place(run[0], sentence[start - 1] if start else None):
            yield MentionKind.PLACE
        elif len(run) == 1 and is_acronym(run[0].text):
            yield MentionKind.ORGANIZATION
        elif len(run) <= _PERSON_LENGTH and self._is_person(sentence, start, end, titled):
            yield MentionKind.PERSON

    def _is_place(self, token: Token, previous: Token | None) -> bool:
        capitals = self._capitals
        listed = capitals.is_place(token) and not capitals.is_first_name(token)
        return listed or capitals.is_after_preposition(token, previous)

    def _names_body(self, token: Token) -> bool:
        """Whether a word says what kind of body it is: 'University'; in Ukrainian also at its end: 'Укравтобанк'."""
        words = self._words
        if token.folded in words.organisation_words:
            return True
        return words.language == "uk" and token.folded.endswith(("центр", "банк", "енерго", "газ", "пром", "міськрада"))

    def _is_person(self, sentence: Sequence[Token], start: int, end: int, titled: bool) -> bool:
        if self._capitals.is_first_name(sentence[start]):
            return True
        if self._agree(sentence[start:end]) or (end - start == 1 and self._capitals.is_surname(sentence, start)):
            return True
        if titled:  # "мер Калуша": in Ukrainian a single word after an office may be a place in the genitive
            return end - start > 1 or self._words.language != "uk"
        before = sentence[start - 1] if start else None
        after = sentence[end] if end < len(sentence) else None
        saying = self._words.saying_verbs
        inverted = self._words.inverted_verbs or saying
        return (before is not None and before.folded in inverted and sentence[start].joined) or (
            after is not None and after.folded in saying and after.joined
        )


@cache
def _phrases(words: Lexicon) -> Mapping[str, Sequence[tuple[list[str], MentionKind | None]]]:
    """Names and titles of several words by their first one, with the kind of a name and None for a title."""
    found: dict[str, list[tuple[list[str], MentionKind | None]]] = defaultdict(list)
    for phrases, kind in (
        (words.organisation_phrases, MentionKind.ORGANIZATION),
        (words.place_phrases, MentionKind.PLACE),
        (words.title_phrases, None),
    ):
        for parts in map(str.split, phrases):
            found[parts[0]].append((parts, kind))
    return found


def _merged(article: Article, found: Iterable[_Found], words: Lexicon) -> tuple[Mention, ...]:
    """Group the finds by the full name they stand for."""
    bare = words.organisation_words - words.organisations
    found = [f for f in found if len(f.words) > 1 or f.words[0].folded not in bare]
    full = _full_names(found, words)
    groups: dict[tuple[str, ...], list[_Found]] = defaultdict(list)
    for f in found:
        groups[full.get(f.key, f.key)].append(f)
    merged = [
        _mention(article, key, group, words)
        for key, group in groups.items()
        if not all(f.heading for f in group) and not _is_phrase(key, group, words)
    ]
    return tuple(sorted(merged, key=lambda m: (-len(m.spans), m.spans[0])))


def _is_phrase(key: tuple[str, ...], group: Sequence[_Found], words: Lexicon) -> bool:
    """Whether words with capitals are no name: English ones seen once and all in the dictionary ('Foreign Affairs'),
    a Ukrainian adjective alone ('Вища', of a longer title), a word seen only where all have a capital ('Health')."""
    if any(f.kinds for f in group):
        return False
    unproved = all(f.words[0].initial or f.heading for f in group)
    if words.language == "en":
        known = all(is_known(k, "en") and not is_listed_name(k, "en") for k in key)
        if len(key) > 1:
            return known and sum(f.key == key for f in group) < 2
        return known and unproved
    if words.language != "uk" or len(key) > 1:
        return False
    adjective = all(base_form(f.words[0].folded, "uk").endswith("ий") for f in group)
    return adjective or unproved


def _full_names(found: Sequence[_Found], words: Lexicon) -> dict[tuple[str, ...], tuple[str, ...]]:
    """For each short key the full key it stands for: a surname or first name for the one longer name that has it."""
    longer: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    places = {f.key for f in found if MentionKind.PLACE in f.kinds}
    for f in found:
        if len(f.key) > 1 and MentionKind.ORGANIZATION not in f.kinds and MentionKind.PLACE not in f.kinds:
            longer[f.key[-1]][f.key] += 1
            if MentionKind.PERSON in f.kinds:
                longer[f.key[0]][f.key] += 1
        elif len(f.key) > 1 and f.words[0].folded in words.body_adjectives:
            longer[f.key[-1]][f.key] += 1  # "die Bahn" is the Deutsche Bahn
    full = {}
    for key in {f.key for f in found}:
        candidates = longer.get(key[-1])
        if candidates and key not in places:
            best = max(candidates, key=lambda k: (len(k), candidates[k], k))
            if len(best) > len(key) and (key[-1] == best[-1] or len(key) == 1):
                full[key] = best
    return full


def _mention(article: Article, key: tuple[str, ...], group: Sequence[_Found], words: Lexicon) -> Mention:
    votes: Counter[MentionKind] = Counter(kind for f in group for kind in f.kinds if kind is not MentionKind.UNKNOWN)
    kind = max(_KINDS, key=lambda k: votes[k]) if votes else MentionKind.UNKNOWN
    longest = max(len(f.words) for f in group)
    forms = [one_line(article.text[f.words[0].start : f.words[-1].end]) for f in group if len(f.words) == longest]
    spans = sorted({Span(f.words[0].start, f.words[-1].end) for f in group})
    if words.language == "uk" and kind is MentionKind.PERSON:
        seen = [[t.text for f in group for t in f.words if t.key == part] for part in key]
        runs = [[t.text for t in f.words] for f in group if len(f.words) > 1]
        return Mention(person(seen, runs, words), tuple(spans), kind)
    return Mention(best_form(forms, words), tuple(spans), kind)
