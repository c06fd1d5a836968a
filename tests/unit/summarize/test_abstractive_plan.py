"""What of an article a summary model is given."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from polygist.document.parse import parse
from polygist.summarize import abstractive_plan, extract
from polygist.summarize.abstractive_plan import Unit, chunks, plan, units
from polygist.summarize.words import one_line
from polygist.types import SummaryOptions
from tests.conftest import ROOT

LIBRARY = (ROOT / "tests/data/articles/en.library.txt").read_text(encoding="utf-8")
ARTICLES = sorted((ROOT / "tests/data/articles").glob("*.txt"))


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def letters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def of(texts: Sequence[str], groups: Sequence[int]) -> tuple[Unit, ...]:
    return units(texts, groups, words)


def test_sections_stay_together_where_they_fit() -> None:
    texts = ["A a.", "B b.", "C c.", "D d.", "E e."]
    # Each is of two words, and one for the joint.
    assert chunks(of(texts, [0, 0, 1, 1, 2]), words, 9) == ["A a. B b.", "C c. D d. E e."]
    assert chunks(of(texts, [0, 0, 0, 0, 1]), words, 9) == ["A a. B b. C c.", "D d. E e."]
    assert chunks(of(texts, [0, 0, 1, 1, 2]), words, 100) == [" ".join(texts)]
    assert chunks((), words, 9) == []


def test_a_sentence_that_is_longer_than_the_window_goes_in_pieces() -> None:
    long = " ".join(f"w{n}" for n in range(100))
    found = chunks(of(["A a.", long, "B b."], [0, 0, 0]), words, 20)
    assert " ".join(found).split() == ["A", "a.", *long.split(), "B", "b."]
    assert max(words(found)) <= 20
    run = "x" * 1000
    pieces = chunks(units([run], [0], letters), letters, 64)
    assert "".join(pieces) == run
    assert max(map(len, pieces)) <= 64


@given(
    st.lists(st.tuples(st.text("ab c", min_size=0, max_size=60), st.integers(0, 3)), max_size=30),
    st.integers(4, 50),
)
def test_nothing_is_lost_and_nothing_is_too_long(given: list[tuple[str, int]], room: int) -> None:
    texts = [one_line(text) for text, _ in given]
    groups = sorted(group for _, group in given)
    found = chunks(units(texts, groups, letters), letters, room)
    assert "".join("".join(found).split()) == "".join("".join(texts).split())
    assert all(len(text) <= room for text in found)
    assert all(found)


def test_each_key_point_has_a_part_of_the_article() -> None:
    article = parse(LIBRARY, "en")
    base = extract.summarize(article, SummaryOptions())
    made = plan(article, base, words, 300)
    assert len(made.parts) == len(base.key_points) == 4
    for point, part in zip(base.key_points, made.parts, strict=True):
        assert not part or point.text in part
    # What the lead says is in no part, and a part of one sentence is not worth a summary.
    assert not any(base.lead.split(". ")[0] in part for part in made.parts)
    assert made.parts[1] == ""
    assert made.parts[2].startswith("Books will move")


def test_parts_of_all_articles_fit_and_do_not_overlap() -> None:
    for file in ARTICLES:
        article = parse(file.read_text(encoding="utf-8"), file.name[:2])
        base = extract.summarize(article, SummaryOptions())
        for room in (20, 60, 1000):
            made = plan(article, base, words, room)
            assert len(made.parts) == len(base.key_points)
            assert all(n <= room for n in words(made.parts))
            texts = {u.text for u in made.units}
            inside = [text for text in texts for part in made.parts if text and text in part]
            assert len(inside) - len(set(inside)) <= 1  # a short sentence may be part of another


def test_headings_part_the_article() -> None:
    text = "Title here\n\n" + "\n\n".join(
        f"## Part {n}\n\n" + " ".join(f"The council of town {n}{m} met on Monday and voted." for m in range(6))
        for n in range(3)
    )
    article = parse(text, "en")
    base = extract.summarize(article, SummaryOptions(key_points=3))
    made = plan(article, base, words, 1000)
    assert [{u.group for u in made.units if u.text in part} for part in made.parts if part] == [
        {article.sentences[i].section} for i in (0, 6, 12)
    ]


def test_an_article_without_sentences() -> None:
    article = parse("A title alone", "en")
    base = extract.summarize(article, SummaryOptions())
    assert abstractive_plan.plan(article, base, words, 100).parts == ()


def test_a_long_text_takes_time_that_grows_with_its_length() -> None:
    """Units must not be looked at again and again."""
    many = tuple(Unit("a b", n // 7, 3) for n in range(200_000))
    assert sum(text.count("a b") for text in chunks(many, words, 100_000)) == 200_000
