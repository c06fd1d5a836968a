import codecs
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.errors import GlossaryInvalid
from polygist.translate.glossary.entries import Direction
from polygist.translate.glossary.files import MAX_BYTES, parse, read

DATA = Path(__file__).parents[3] / "data" / "glossary"
EN_DE = ("en", "de")


def terms(data: str | bytes, direction: Direction = EN_DE, name: str = "a.csv") -> list[tuple[str, str]]:
    found = parse(name, data.encode() if isinstance(data, str) else data, [direction])
    return [(t.source, t.target) for t in found[direction].terms]


@pytest.mark.parametrize("name", ["terms.csv", "terms.tsv", "martif.tbx", "tbx.tbx"])
def test_every_kind_of_file_gives_the_same_terms_in_three_languages(name: str) -> None:
    found = read(DATA / name)
    assert set(found) == {(a, b) for a in ("en", "de", "uk") for b in ("en", "de", "uk") if a != b}
    assert found["en", "de"].find("A virus!")[0].target == "Virus"
    assert found["en", "uk"].find("The Prime Minister of NATO")[0].target == "прем’єр-міністр"
    assert found["uk", "de"].find("Прем'єр-міністр")[0].target == "Premierminister"
    assert found["de", "uk"].find("das Virus")[0].target == "вірус"
    assert found["en", "uk"].find("buy an iPhone")[0].target == "iPhone"
    assert found["uk", "en"].find("новий iPhone")[0].target == "iPhone"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("source,target\nvirus,Virus\n", [("virus", "Virus")]),
        ("target,source\r\nVirus,virus\r\n", [("virus", "Virus")]),
        ("\ufeffSource , TARGET\nvirus,Virus", [("virus", "Virus")]),
        ('source,target\n"a, ""b""","c\nd"\n\n  \n', [('a, "b"', "c d")]),
        ("source,target\niPhone,\n", [("iPhone", "")]),
        ("en,de,uk\ncat,Katze,кіт\ndog,,пес\n,Maus,миша\n", [("cat", "Katze"), ("dog", "")]),
        ("en,uk\ncat,кіт\n", []),
        ("source,target\n", []),
    ],
)
def test_tables(data: str, expected: list[tuple[str, str]]) -> None:
    assert terms(data) == expected


def test_tabs_and_utf_16() -> None:
    assert terms("source\ttarget\na, b\tc\n", name="x.TSV") == [("a, b", "c")]
    assert terms(codecs.BOM_UTF16_LE + "source,target\nкіт,Katze".encode("utf-16-le"), ("uk", "de")) == [
        ("кіт", "Katze")
    ]


def test_case_sensitive_terms() -> None:
    found = parse("a.csv", b"source,target,case_sensitive\nUS,USA,TRUE\nus,uns,\n", [EN_DE])[EN_DE]
    assert [t.case_sensitive for t in found.terms] == [True, False]


def test_a_name_that_stands_alone_is_kept_from_every_language() -> None:
    found = parse("a.csv", b"en,de,uk\niPhone,,\ncat,,\xd0\xba\xd1\x96\xd1\x82\n")
    assert all(("iPhone", "") in [(t.source, t.target) for t in glossary.terms] for glossary in found.values())
    assert [t.source for t in found["de", "en"].terms] == ["iPhone"]


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        ("", 1, "the columns are missing"),
        ("a,b\n", 1, "the columns are 'a', 'b'; they must be"),
        ("source;target\na;b\n", 1, "the columns are 'source;target'"),
        ("en\nx\n", 1, "two or more of en, de, uk"),
        ("en,fr\nx,y\n", 1, "'fr'"),
        ("en,de,EN\n", 1, "a column is there twice"),
        ("source,target\na,b\na,b,c\n", 3, "3 fields where the header has 2"),
        ('source,target\n"a\n\nb",c\nd\n', 5, "1 fields"),
        ("source,target\na,b\n\n,c\n", 4, "the source is empty"),
        ("source,target,case_sensitive\na,b,maybe\n", 2, "case_sensitive is 'maybe'"),
        ("source,target\na,b\nc,d\na ,b\n", 4, "'a' is given twice, first in line 2 (en to de)"),
        ("source,target\na,b\nc,d\na,e\n", 4, "'a' is given twice, with different targets, first in line 2"),
        ('source,target\na,b\n"c,d\ne,f\n', 3, "not readable as a table"),
        (b"source,target\na,b\nc,\xff\n", 3, "not UTF-8"),
        (b"source,target\na,b\n" + b"x" * 20_000 + b",y\n", 3, "a field is longer than 10000 characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_said_with_its_line(data: str | bytes, line: int, says: str) -> None:
    with pytest.raises(GlossaryInvalid) as raised:
        terms(data)
    assert (raised.value.file, raised.value.line) == ("a.csv", line)
    assert says in str(raised.value)
    assert str(raised.value).startswith(f"a.csv:{line}: ")


def test_a_conflict_in_a_direction_that_is_not_wanted_does_no_harm() -> None:
    data = "en,de\nclinic,Spital\nhospital,Spital\n"
    assert len(terms(data)) == 2
    with pytest.raises(GlossaryInvalid, match="different targets, first in line 2 \\(de to en\\)"):
        parse("a.csv", data.encode())


def test_a_table_of_one_direction_needs_to_know_which() -> None:
    with pytest.raises(GlossaryInvalid, match="say which one direction"):
        parse("a.csv", b"source,target\na,b\n")


@pytest.mark.parametrize("direction", [("en", "fr"), ("en", "en")])
def test_directions_that_are_not_served(direction: Direction) -> None:
    with pytest.raises(GlossaryInvalid, match="no direction"):
        terms("source,target\n", direction)


@pytest.mark.parametrize("name", ["a.xlsx", "a", "csv"])
def test_an_unknown_kind_names_those_that_are_known(name: str) -> None:
    with pytest.raises(GlossaryInvalid, match=r"there are: \.csv, \.tsv, \.tbx"):
        parse(name, b"")


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(GlossaryInvalid, match="can't be read: No such file"):
        read(tmp_path / "a.csv")
    large = tmp_path / "b.csv"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(GlossaryInvalid, match="are more than the"):
        read(large)


@given(st.binary() | st.text().map(str.encode), st.sampled_from(["a.csv", "a.tsv", "a.tbx"]))
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    with suppress(GlossaryInvalid):
        assert set(parse(name, data, [EN_DE])) == {EN_DE}
