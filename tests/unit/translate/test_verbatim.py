"""What is no language in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.translate import verbatim


def kept(text: str) -> list[str]:
    return [text[slice(*span)] for span in verbatim.kept(text)]


@pytest.mark.parametrize(
    "text",
    [
        "{name}", "%s", "{{user.name}}", "{{ user }}", "${x}", "%(name)s", "<br>", "</p>", '<img src=x alt="a word">',
        "example.com", "EXAMPLE.COM", "приклад.укр", "HTTPS://EXAMPLE.COM/A", "ftp://x.org", "mailto:a@b.org",
        "a@b.org", "foo_bar()", "foo()", "snake_case", "v1.2", "0xFF", "XIV", "$5.2bn", "€ 3,5", "#tag", "@name",
        "2022 😀 — 1.5",
    ],
)  # fmt: skip
def test_what_has_no_words(text: str) -> None:
    assert not verbatim.has_words(text)
    assert not verbatim.has_words(f"{text} ({text}), 5.")
    assert verbatim.has_words(f"{text} так")


@pytest.mark.parametrize(
    "text",
    ["Ja", "Xi", "MIX", "The end.It is", "da.So", "5 km", "C#sharp", "100%s", "<bitte hier eintragen>", "Verein (e.V.)",
     "<b>fett</b>", "{ein Wort}", "У XIV столітті"],
)  # fmt: skip
def test_what_has_words(text: str) -> None:
    assert verbatim.has_words(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://a.b/c, and http://d.org/e_(f).", ["https://a.b/c", "http://d.org/e_(f)"]),
        ("(www.a.org) „https://a.de/ü“", ["www.a.org", "https://a.de/ü"]),
        ("Пишіть на a.b@c.com.ua, а не example.com/x.", ["a.b@c.com.ua", "example.com/x"]),
        ("@name, #tag: C#sharp, a@", ["@name", "#tag"]),
        ("{name}, {{ x }}, %s: 5 %s", ["{name}", "{{ x }}", "%s"]),
        ("Das Ende.Der Anfang", []),
    ],
)
def test_what_is_kept(text: str, expected: list[str]) -> None:
    assert kept(text) == expected


@given(st.text() | st.text(st.sampled_from("aB.:/@#{}%$<>=\"'( _-,\n0x")))
def test_spans_are_in_order_apart_and_never_empty(text: str) -> None:
    done = 0
    for start, end in verbatim.kept(text):
        assert done <= start < end <= len(text)
        done = end


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "a-", "www.", "https://", "https://,", "{", "${a", "<a ", '<a b="', "<a b=c ", "a_", "x.com", "a@",
     "$1,", "XI", "%(", "v1.", "0x", "com.", "().a", "mailto:", "/", "a.b@c.", " "],
)  # fmt: skip
def test_hostile_texts_take_linear_time(piece: str) -> None:
    # A pattern that is not linear would take minutes here.
    text = piece * 20_000
    assert verbatim.has_words(f"{text} two words")
    assert verbatim.has_words(f"<a{text} two words")
    assert all(0 <= start < end <= len(text) for start, end in verbatim.kept(text))
