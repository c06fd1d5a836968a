"""Datelines and times: what stands before the text of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.document.datelines import dateline, is_dateline
from polygist.document.moments import Head, has_day, is_day, timestamp
from polygist.document.parse import parse


def cut(text: str, head: Head | None) -> tuple[str, str] | None:
    return (text[: head.words], text[head.rest :]) if head else None


@pytest.mark.parametrize(
    ("language", "words", "dash"),
    [
        ("en", "KYIV, March 3 (Reuters)", " — "),
        ("en", "WASHINGTON (AP)", " — "),
        ("en", "KYIV, Ukraine (AP)", " - "),
        ("en", "NEW YORK, Sept. 3, 2024 (Bloomberg)", " -- "),
        ("en", "March 3 (Reuters)", " - "),
        ("en", "Newcastle upon Tyne (PA Media)", " – "),
        ("en", "LONDON", " — "),
        ("de", "Berlin (dpa)", " - "),
        ("de", "München (dpa/lby)", " – "),
        ("de", "HAMBURG/KIEL (dpa/lno)", " - "),
        ("de", "Frankfurt am Main (dpa-AFX)", " - "),
        ("de", "BERLIN taz", " | "),
        ("de", "Brüssel, den 3. März 2025", " – "),
        ("de", "Wien/Linz (APA)", ". "),
        ("de", "St. Pölten / Wien", " – "),
        ("de", "Krumpendorf", " – "),
        ("uk", "КИЇВ, 3 березня", " — "),
        ("uk", "Київ (Укрінформ)", " — "),
        ("uk", "ОДЕСА, 5 травня (Укрінформ)", " - "),
        ("uk", "КИЇВ. 3 березня. УНН", ". "),
        ("uk", "ЛЬВІВ", " — "),
    ],
)
def test_datelines(language: str, words: str, dash: str) -> None:
    for rest in ("Ten people left.", "Zehn Menschen gingen.", "Десятеро пішли."):
        text = words + dash + rest
        assert cut(text, dateline(text, language, opening=True)) == (words, rest)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "NATO — and this is new — will lend a submarine."),
        ("en", "MANCHESTER — the largest of the cities — has three."),
        ("en", "BREAKING — Ten people left."),
        ("en", "London — Ten people left."),
        ("en", "On March 3 — The day of the vote — it rained."),
        ("en", "March 3 – The army attacked."),
        ("de", "Angela Merkel – Kanzlerin bis 2021 – schwieg."),
        ("de", "Karl Anders (CDU) - Förderer des Hauses - blieb."),
        ("de", "Rhein–Main wächst."),
        ("de", "Stille. Dann begann das Orchester."),
        ("de", "Fazit – Alles bleibt, wie es ist."),
        ("uk", "Київ — Столиця України."),
        ("uk", "Зеленський — Президент України."),
        ("uk", "НАТО — Це союз."),
    ],
)
def test_no_datelines(language: str, text: str) -> None:
    assert dateline(text, language, opening=True) is None


def test_a_place_alone_is_a_dateline_only_where_the_article_opens() -> None:
    text = "LONDON — Ten people left. They were late.\n\nPARIS — Ten more left. They were late, too."
    assert [b.kind.name for b in parse(text, "en").blocks] == ["DATELINE", "PARAGRAPH", "PARAGRAPH"]
    text = text.replace("PARIS", "PARIS (AP)")
    assert [b.kind.name for b in parse(text, "en").blocks] == ["DATELINE", "PARAGRAPH"] * 2


@pytest.mark.parametrize(
    "line", ["KYIV, March 3 (Reuters)", "KYIV, March 3 (Reuters) —", "Berlin, den 3. März 2025", "Київ, 3 березня"]
)
def test_datelines_on_lines_of_their_own(line: str) -> None:
    assert is_dateline(line)
    article = parse(f"A title of it\n{line}\nTen people left. They were late.", "en")
    assert [b.kind.name for b in article.blocks] == ["TITLE", "DATELINE", "PARAGRAPH"]


@pytest.mark.parametrize("line", ["Berlin", "3. März 2025", "KYIV", "(Reuters)", "Berlin, Hamburg", ""])
def test_no_datelines_on_lines_of_their_own(line: str) -> None:
    assert not is_dateline(line)


@pytest.mark.parametrize(
    ("text", "time", "rest"),
    [
        ("14:05", "14:05", ""),
        ("14.05 Uhr: Merkel kommt", "14.05 Uhr", "Merkel kommt"),
        ("14 Uhr – Merkel kommt", "14 Uhr", "Merkel kommt"),
        ("10:32 GMT — Minister arrives", "10:32 GMT", "Minister arrives"),
        ("9.30am: Minister arrives", "9.30am", "Minister arrives"),
        ("12:30 p.m. ET — Rain", "12:30 p.m. ET", "Rain"),
        ("[14:05] Der Minister", "[14:05]", "Der Minister"),
        ("14:05 | Київ", "14:05", "Київ"),
        ("3 березня, 14:05", "3 березня, 14:05", ""),
        ("П'ятниця, 14 березня 2025, 09:30", "П'ятниця, 14 березня 2025, 09:30", ""),
        ("14:05–15:30 Uhr: Eröffnung", "14:05–15:30 Uhr", "Eröffnung"),
    ],
)
def test_times(text: str, time: str, rest: str) -> None:
    assert cut(text, timestamp(text, loose=False)) == (time, rest)


@pytest.mark.parametrize(
    "text",
    [
        "2:1 – Der Ausgleich",
        "14.05 kommt er",
        "14 Uhr war es",
        "14:05 war es",
        "О 14:05 він прийшов",
        "14:65",
        "14:055",
    ],
)
def test_no_times(text: str) -> None:
    assert timestamp(text, loose=True) is None


@pytest.mark.parametrize("rest", ["The minister came.", "Der Minister kam.", "Міністр прибув."])
def test_a_time_without_a_sign_after_it_needs_another_one(rest: str) -> None:
    text = f"Some text is here. And more.\n\n14:05 {rest}"
    assert "TIMESTAMP" not in [b.kind.name for b in parse(text, "en").blocks]
    kinds = [b.kind.name for b in parse(f"{text}\n\n14:03 {rest}", "en").blocks]
    assert kinds == ["PARAGRAPH", *["TIMESTAMP", "PARAGRAPH"] * 2]


@pytest.mark.parametrize(
    "text", ["Monday, 3 March 2025", "March 3", "3. März 2025", "Mo., 3. März", "3 березня 2025 року", "03.03.2025"]
)
def test_days(text: str) -> None:
    assert is_day(text)
    assert has_day(f"{text}, 14:05")


@pytest.mark.parametrize("text", ["March", "Mai 2024", "3 Marketing", "3 марта", "2024", "14:05"])
def test_no_days(text: str) -> None:
    assert not is_day(text)


@given(st.text(alphabet="Київ Berlin (dpa)–—-|:.,3 März14:05[]Uhr", max_size=60), st.booleans())
def test_a_head_lies_before_its_rest(text: str, flag: bool) -> None:
    for head in (dateline(text, "de", opening=flag), timestamp(text, loose=flag)):
        assert head is None or 0 < head.words <= head.rest <= len(text)
