import re
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.translate import guard
from polygist.translate.glossary.forms import places
from polygist.translate.glossary.marks import LETTERED, NUMBERED, free
from polygist.translate.glossary.placing import Placing, place
from polygist.translate.glossary.sentence import Sentence
from polygist.translate.glossary.terms import Glossary, Term
from polygist.translate.glossary.ways import read
from polygist.types import WarningType


class Model:
    """Translates what it knows word for word, and copies the rest; a rewrite can spoil its answers. Counts calls."""

    def __init__(self, words: Mapping[str, str], rewrite: Callable[[str], str] = str) -> None:
        self._words, self._rewrite = words, rewrite
        self.asked: list[str] = []

    async def __call__(self, text: str) -> str:
        self.asked.append(text)
        return self._rewrite(re.sub(r"\w+", lambda m: self._words.get(m.group(), m.group()), text))


GERMAN = {"The": "Die", "the": "die", "clinic": "Klinik", "in": "in", "is": "ist", "old": "alt", "and": "und"}


async def placed(text: str, terms: list[Term], model: Model, target: str = "de") -> Placing:
    async def doubts(source: str, translation: str) -> frozenset[WarningType]:
        return guard.doubts(source, translation, "en", target, finished=True)

    return await place(text, Glossary(terms).find(text), ("en", target), model, doubts)


async def test_a_translation_that_holds_the_terms_costs_no_further_call() -> None:
    model = Model(GERMAN)
    done = await placed("The clinic is old.", [Term("clinic", "Klinik")], model)
    assert (done.text, done.unplaced, len(model.asked)) == ("Die Klinik ist alt.", (), 1)


async def test_an_inflected_term_in_the_translation_is_left_as_it_is() -> None:
    model = Model({"Outbreak": "Спалах", "of": "нового", "virus": "вірусу"})
    done = await placed("Outbreak of virus.", [Term("virus", "вірус")], model, "uk")
    assert (done.text, len(model.asked)) == ("Спалах нового вірусу.", 1)


async def test_a_mark_stands_for_a_term_while_the_model_translates() -> None:
    model = Model(GERMAN)
    done = await placed("The clinic is old.", [Term("clinic", "Spital")], model)
    assert done.text == "Die Spital ist alt."
    assert [m.target for m in done.placed] == ["Spital"]
    assert model.asked == ["The clinic is old.", "The X1 is old."]


async def test_a_mark_that_is_in_the_text_is_not_used() -> None:
    model = Model(GERMAN)
    done = await placed("The X1 and the clinic.", [Term("clinic", "Spital")], model)
    assert done.text == "Die X1 und die Spital."


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: re.sub(r"\bX\d", "", text),  # dropped
        lambda text: re.sub(r"\bX(\d)", r"X\1 X\1", text),  # written twice
        lambda text: re.sub(r"\bX(\d)", r"X\1en", text),  # part of a word
    ],
)
async def test_where_a_mark_does_not_come_through_the_next_kind_does(spoil: Callable[[str], str]) -> None:
    model = Model(GERMAN, spoil)
    done = await placed("The clinic is old.", [Term("clinic", "Spital")], model)
    assert (done.text, len(model.asked)) == ("Die Spital ist alt.", 3)


async def test_where_no_mark_comes_through_the_term_itself_may() -> None:
    model = Model(GERMAN, lambda text: re.sub(r"\b(X|Z)\w+", "etwas", text))
    done = await placed("The clinic is old.", [Term("clinic", "Spital")], model)
    assert (done.text, len(model.asked)) == ("Die Spital ist alt.", 4)


async def test_a_term_that_can_not_be_placed_is_named_and_the_plain_translation_stays() -> None:
    model = Model(GERMAN, lambda text: "Die Klinik ist alt.")
    text = "The clinic is old."
    done = await placed(text, [Term("clinic", "Spital")], model)
    assert done.text == "Die Klinik ist alt."
    assert [text[m.span.start : m.span.end] for m in done.unplaced] == ["clinic"]
    assert not any(mark in done.text for mark in ("X1", "XQ"))


async def test_of_several_terms_as_many_as_can_be_are_placed() -> None:
    model = Model(GERMAN, lambda text: re.sub(r"\b(X2|XQW|Basel)\b", "dort", text))
    done = await placed("The clinic in Bale.", [Term("clinic", "Spital"), Term("Bale", "Basel")], model)
    assert done.text == "Die Spital in dort."
    assert ([m.target for m in done.placed], [m.target for m in done.unplaced]) == (["Spital"], ["Basel"])


async def test_an_answer_with_a_mark_too_many_is_not_taken_for_its_other_terms() -> None:
    model = Model(GERMAN, lambda text: re.sub(r"\b(X2|XQW)\b", r"\1 \1", text.replace("Basel", "dort")))
    done = await placed("The clinic in Bale.", [Term("clinic", "Spital"), Term("Bale", "Basel")], model)
    assert done.text == "Die Spital in dort."
    assert len(model.asked) == 4


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("big cat and cat", "Großkatze und Katze", ["Großkatze", "Katze"]),
        ("big cat and cat", "Katze", ["Katze"]),
        ("cat", "Katze und Katze", []),  # which one?
        ("cat, cat", "Katze", []),
        ("cat, cat", "Katze, KATZE", ["Katze", "Katze"]),
        ("old cat and cat", "Katze vom Dienst", ["Katze vom Dienst"]),
        ("Spital", "des Spitals", []),  # it is to stay as it is
        ("lamp", "die Lamp", ["lamp"]),
    ],
)
def test_terms_are_read_in_a_translation(text: str, answer: str, expected: list[str]) -> None:
    terms = [Term("cat", "Katze"), Term("big cat", "Großkatze"), Term("old cat", "Katze vom Dienst")]
    terms += [Term("lamp"), Term("Spital")]
    done = read(answer, Sentence(text, tuple(Glossary(terms).find(text)), "en", "de"))
    assert [done.text[s.start : s.end] for _, s in sorted(done.found.items())] == expected


async def test_a_way_that_raises_a_new_doubt_is_not_taken() -> None:
    def loop(text: str) -> str:
        return text if "Klinik" in text else "Spital " + "und so weiter " * 9

    done = await placed("The clinic is old.", [Term("clinic", "Spital")], Model(GERMAN, loop))
    assert (done.text, done.doubts) == ("Die Klinik ist alt.", frozenset())


async def test_each_occurrence_is_placed_in_its_case() -> None:
    model = Model({"and": "і", "the": "", "old": "старий"})
    done = await placed("Virus and the old virus and VIRUS", [Term("virus", "вірус")], model, "uk")
    assert done.text == "Вірус і  старий вірус і ВІРУС"
    assert len(done.placed) == 3


async def test_a_capital_goes_with_the_place_in_the_translation() -> None:
    model = Model({}, lambda text: " ".join(reversed(text.removesuffix(".").split())) + ".")
    done = await placed("Virus found.", [Term("virus", "вірус"), Term("found", "знайдено")], model, "uk")
    assert done.text == "Знайдено вірус."


async def test_a_word_that_is_kept_in_its_own_letters_is_no_doubt() -> None:
    model = Model({"He": "Він", "bought": "купив", "laptop": "ноутбук", "a": "один"})
    done = await placed("He bought a laptop.", [Term("laptop")], model, "uk")
    assert (done.text, done.unplaced, done.doubts) == ("Він купив один laptop.", (), frozenset())


async def test_terms_inside_each_other_are_told_apart() -> None:
    model = Model(GERMAN)
    terms = [Term("clinic", "Haus"), Term("old clinic", "Haus am See")]
    done = await placed("The old clinic and the clinic.", terms, model)
    assert done.text == "Die Haus am See und die Haus."
    assert len(done.placed) == 2


async def test_signs_of_regular_expressions_are_plain_text() -> None:
    model = Model(GERMAN)
    done = await placed("The clinic is old.", [Term("clinic", r"\1 (a|b)+ $& {0}")], model)
    assert done.text == r"Die \1 (a|b)+ $& {0} ist alt."


HOSTILE = st.text(st.sampled_from("aB X1Z.\\()«ї\u202eשß\n"), max_size=30)


def seen(text: str) -> str:
    """Without what nobody sees: terms that differ in that beside a word are the same."""
    return text.replace("\u202e", "").strip()


@given(HOSTILE, st.lists(HOSTILE.filter(str.strip), max_size=3, unique_by=seen), HOSTILE, HOSTILE)
async def test_whatever_the_model_says_every_term_is_accounted_for(
    text: str, sources: list[str], target: str, answer: str
) -> None:
    async def translate(asked: str) -> str:
        return answer + asked[len(asked) // 2 :]

    async def none(source: str, made: str) -> frozenset[WarningType]:
        return frozenset()

    glossary = Glossary(Term(s, target) for s in sources)
    matches = glossary.find(text)
    done = await place(text, matches, ("en", "uk"), translate, none)
    assert sorted(m.span for m in (*done.placed, *done.unplaced)) == [m.span for m in matches]


@pytest.mark.parametrize(
    ("target", "text", "language", "expected"),
    [
        ("Spital", "Das Spital, des Spitals, spital", "de", ["Spital", "Spitals", "spital"]),
        ("climate change", "Climate changes", "en", ["Climate changes"]),
        ("землетрус", "Після землетрусу", "uk", ["землетрусу"]),
        ("X1", "X1 X10 X1s", "de", ["X1"]),
        ("Wort", "Worten", "fr", []),
        ("", "a", "de", []),
    ],
)
def test_places_of_a_term_and_of_its_forms(target: str, text: str, language: str, expected: list[str]) -> None:
    assert [text[s.start : s.end] for s in places(target, text, language, inflected=True)] == expected


def test_a_word_that_is_to_stay_as_it_is_has_no_other_forms() -> None:
    assert places("Spital", "des Spitals", "de", inflected=False) == []


def test_marks_are_free_and_enough_or_none() -> None:
    assert free("", 3, NUMBERED) == ["X1", "X2", "X3"]
    assert free("x1 z1", 1, NUMBERED) == ["Q1"]
    assert free("x1 z1 q1 w1", 1, NUMBERED) == []
    assert free("", 99, LETTERED) == []


def test_an_address_in_the_translation_holds_no_term() -> None:
    text = "The clinic, see https://a.org/spital"
    sentence = Sentence(text, tuple(Glossary([Term("clinic", "Spital")]).find(text)), "en", "de")
    answer = read("Die Klinik, siehe https://a.org/spital", sentence)
    assert (answer.text, dict(answer.found)) == ("Die Klinik, siehe https://a.org/spital", {})


async def test_terms_leave_addresses_and_placeholders_alone() -> None:
    text = "The clinic of {clinic}, https://clinic.org/clinic, clinic@a.org is old."
    done = await placed(text, [Term("clinic", "Spital"), Term("old", "betagt")], Model({}))
    assert done.text == "The Spital of {clinic}, https://clinic.org/clinic, clinic@a.org is betagt."
