"""Labels into entities, texts into windows, entities into names."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from polygist.document.parse import parse
from polygist.summarize.entities import typed
from polygist.summarize.entity_codec import EntityCodec
from polygist.summarize.entity_labels import Scheme
from polygist.summarize.names import mentions
from polygist.types import Entity, EntityType, Span

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-DATE"]
PERSON, LOCATION, ORGANIZATION = EntityType.PERSON, EntityType.LOCATION, EntityType.ORGANIZATION
TEXTS = [
    "Anna Vogel went to Seeberg.",
    "Оксана Гринюк із Калуша, п'ять років.",
    "Jörg Müller, Baden-Baden.",
]


def entities(labels: list[str], given: str) -> list[tuple[int, int, str]]:
    """What the words' labels come to; "." is a word without a token."""
    words = [None if word == "." else labels.index(word) for word in given.split()]
    return [(a, b, type.name) for a, b, type in Scheme(labels, {}).entities(words)]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("O B-PER I-PER O", [(1, 3, "PERSON")]),
        ("B-PER B-PER I-PER", [(0, 1, "PERSON"), (1, 3, "PERSON")]),
        ("I-PER I-PER B-LOC I-LOC", [(0, 2, "PERSON"), (2, 4, "LOCATION")]),
        ("B-PER I-LOC", [(0, 1, "PERSON"), (1, 2, "LOCATION")]),
        ("B-PER . I-PER", [(0, 1, "PERSON"), (2, 3, "PERSON")]),
        ("O B-DATE O", []),
        ("B-LOC", [(0, 1, "LOCATION")]),
        ("O O", []),
        ("", []),
    ],
)
def test_bio(given: str, found: list[tuple[int, int, str]]) -> None:
    assert entities(LABELS, given) == found


def test_other_schemes() -> None:
    assert entities(["O", "S-GPE", "B-ORG", "I-ORG", "E-ORG"], "S-GPE S-GPE B-ORG I-ORG E-ORG O") == [
        (0, 1, "LOCATION"),
        (1, 2, "LOCATION"),
        (2, 5, "ORGANIZATION"),
    ]
    assert entities(["O", "U-NORP", "B-FAC", "L-FAC"], "U-NORP B-FAC L-FAC") == [(0, 1, "OTHER"), (1, 3, "LOCATION")]
    assert entities(["O", "PERSON", "WORK_OF_ART"], "PERSON PERSON WORK_OF_ART") == [(0, 2, "PERSON"), (2, 3, "OTHER")]


def test_what_a_card_says_of_labels() -> None:
    labels = ["O", "B-LOCderiv", "B-SHIP", "B-PER"]
    assert Scheme(labels, {}).unknown == ["LOCderiv", "SHIP"]
    scheme = Scheme(labels, {"LOCderiv": "other", "SHIP": "none", "PER": "none"})
    assert scheme.unknown == []
    assert [(a, b, t.name) for a, b, t in scheme.entities([1, 2, 3])] == [(0, 1, "OTHER")]


@given(st.lists(st.sampled_from([None, *range(len(LABELS))]), max_size=30))
def test_entities_are_words_in_order(labels: list[int | None]) -> None:
    found = list(Scheme(LABELS, {}).entities(labels))
    assert all(0 <= a < b <= len(labels) for a, b, _ in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    begun = sum(label is not None and LABELS[label].startswith("B-") and label != 5 for label in labels)
    assert len(found) >= begun


def codec(window: int = 12) -> EntityCodec:
    """Over WordPieces of few letters each."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106  # a token of text, no secret
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=80, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"], show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    ends = [("[CLS]", 2), ("[SEP]", 3)]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return EntityCodec(tokenizer, window, Scheme(LABELS, {}))


CODEC = codec()


def words(text: str) -> list[str]:
    ((*windows,),) = CODEC.windows(text, [Span(0, len(text))])
    return [text[slice(*word)] for window in windows for word in window.words]


def test_words_are_whole_and_punctuation_is_apart() -> None:
    assert words("Mary's and O’Neill’s (U.N.), 5.") == [
        *("Mary", "'s", "and", "O’Neill", "’s", "(", "U", ".", "N", ".", ")", ",", "5", "."),
    ]
    assert words("П'ять у Baden-Baden — Зеле\u0301нський!") == [
        "П'ять",
        "у",
        "Baden-Baden",
        "—",
        "Зеле\u0301нський",
        "!",
    ]


def test_a_sentence_without_a_letter_is_not_asked_about() -> None:
    assert CODEC.windows("12.30 — 🎉", [Span(0, 9)]) == [[]]


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("abcÄїé'’- .,\n5🎉\u0301"), min_size=1, max_size=120), st.integers(0, 20))
@example("5.5.5..5’aa", 0)  # a half without a letter
def test_windows_hold_every_word_once(text: str, before: int) -> None:
    """Also in the middle of a text; none is longer than the model's, and no entity leaves its words."""
    whole, span = "x" * before + text, Span(before, before + len(text))
    ((*windows,),) = CODEC.windows(whole, [span])
    if not windows:
        return
    spans = [word for window in windows for word in window.words]
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(span.start <= a.start < a.end <= span.end for a in spans)
    covered = {i for a in spans for i in range(*a)}
    assert all(i in covered for i in range(*span) if whole[i].isalnum())
    for window in windows:
        assert 0 < len(window.ids) <= 12
        assert len(window.words) == len(window.firsts)
        assert all(i is None or i < len(window.ids) for i in window.firsts)
    found = CODEC.entities(windows, [[1] * len(w.ids) for w in windows])
    assert {e.span for e in found} <= set(spans)
    joined = CODEC.entities(windows, [[2] * len(w.ids) for w in windows])
    assert all(e.span.start in {s.start for s in spans} and e.span.end in {s.end for s in spans} for e in joined)


def test_a_word_without_end_is_looked_at_in_part() -> None:
    ((only,),) = CODEC.windows("n" * 100_000, [Span(0, 100_000)])
    assert len(only.ids) <= 12
    assert only.words == (Span(0, 100_000),)


def at(text: str, name: str, type: EntityType) -> Entity:
    start = text.index(name)
    return Entity(Span(start, start + len(name)), type)


def names(text: str, language: str, *found: Entity) -> dict[str, tuple[str | None, str, int]]:
    article = parse(text, language)
    return {
        m.name: (m.entity_type.name if m.entity_type else None, m.kind.name, len(m.spans))
        for m in typed(article, mentions(article), found)
    }


def test_entities_are_added_or_take_the_place_of_what_they_hold() -> None:
    text = "Die Firma Tiefbau Kern prüft die Brücke in Lohr. Anna Vogel wartet, Vogel hofft."
    found = [at(text, "Tiefbau Kern", ORGANIZATION), at(text, "Lohr", LOCATION), at(text, "Anna Vogel", PERSON)]
    assert names(text, "de", *found) == {
        "Anna Vogel": ("PERSON", "PERSON", 2),
        "Tiefbau Kern": ("ORGANIZATION", "ORGANIZATION", 1),
        "Lohr": ("LOCATION", "PLACE", 1),
    }
    assert names(text, "de") == {"Anna Vogel": (None, "PERSON", 2), "Tiefbau": (None, "UNKNOWN", 1)}


def test_a_type_is_that_of_most_places() -> None:
    text = "Paris Hilton spoke. Hilton smiled. Hilton left."
    places = [Entity(Span(i, i + 6), t) for i, t in ((6, ORGANIZATION), (20, PERSON), (35, PERSON))]
    assert names(text, "en", *places)["Paris Hilton"] == ("PERSON", "PERSON", 3)


def test_what_a_model_finds_within_a_name_is_no_name_of_its_own() -> None:
    text = "Ines Moreau spoke. Moreau smiled."
    assert names(text, "en", at(text, "Ines", LOCATION)) == {"Ines Moreau": ("LOCATION", "PERSON", 2)}


def test_ukrainian_forms_are_one_name() -> None:
    text = "Гроші дала Спілка вчителів Прикарпаття. Учні дякують Спілці вчителів Прикарпаття."
    found = [at(text, name, ORGANIZATION) for name in ("Спілка вчителів Прикарпаття", "Спілці вчителів Прикарпаття")]
    assert names(text, "uk", *found) == {"Спілка вчителів Прикарпаття": ("ORGANIZATION", "ORGANIZATION", 2)}
