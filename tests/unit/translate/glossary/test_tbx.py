from pathlib import Path

import pytest

from polygist.errors import GlossaryInvalid
from polygist.translate.glossary.files import parse


def tbx(entries: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>\n{head}<tbx><text><body>\n{entries}\n</body></text></tbx>'.encode()


def section(language: str, *terms: tuple[str, str]) -> str:
    notes = "".join(
        f'<termSec><term>{term}</term><termNote type="administrativeStatus">{status}</termNote></termSec>'
        for term, status in terms
    )
    return f'<langSec xml:lang="{language}">{notes}</langSec>'


def pairs(data: bytes, source: str = "en", target: str = "de") -> list[tuple[str, str]]:
    return [(t.source, t.target) for t in parse("a.tbx", data, [(source, target)])[source, target].terms]


def test_every_name_is_translated_into_the_preferred_one() -> None:
    german = section(
        "de-AT", ("Hospiz", "deprecatedTerm-admn-sts"), ("Krankenhaus", ""), ("Spital", "preferredTerm-admn-sts")
    )
    data = tbx(f"<conceptEntry>{section('en', ('hospital', ''), ('clinic', ''))}{german}</conceptEntry>")
    assert pairs(data) == [("hospital", "Spital"), ("clinic", "Spital")]
    assert pairs(data, "de", "en") == [(n, "hospital") for n in ("Hospiz", "Krankenhaus", "Spital")]


def test_a_term_that_should_not_be_used_is_no_target() -> None:
    german = section("de", ("Hospiz", "superseded"))
    assert pairs(tbx(f"<conceptEntry>{section('en', ('hospital', ''))}{german}</conceptEntry>")) == []


def test_markup_comments_and_white_space_in_a_term() -> None:
    english = section("en", ("  two\n<hi>words</hi><!-- no --> &amp; &#x2013; ", ""))
    data = tbx(f"<conceptEntry>{english}{section('de', ('zwei', ''))}</conceptEntry>")
    assert pairs(data) == [("two words & –", "zwei")]


def test_an_empty_term_keeps_the_source_and_a_missing_language_does_not() -> None:
    english = section("en", ("iPhone", ""))
    assert pairs(tbx(f"<conceptEntry>{english}{section('de', ('', ''))}</conceptEntry>")) == [("iPhone", "")]
    assert pairs(tbx(f"<conceptEntry>{english}</conceptEntry>")) == []


BOMB = '<!DOCTYPE tbx [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (tbx("<conceptEntry>"), 4, "not readable as XML"),
        (b"", 1, "not readable as XML"),
        (b"<html/>", 1, "the root is html; it must be martif or tbx"),
        (tbx("<conceptEntry><langSec/></conceptEntry>"), 3, "langSec without xml:lang"),
        (tbx('<conceptEntry>\n<langSec xml:lang="en"><termSec/></langSec></conceptEntry>'), 4, "without a term"),
        (tbx("", BOMB), 2, "entities are not allowed"),
        (tbx("&b;"), 3, "not readable as XML"),
        (tbx("&b;", '<!DOCTYPE tbx SYSTEM "TBXcore.dtd">'), 3, "unknown entity"),
        (tbx("<a>" * 1000), 3, "not readable as XML"),
        (tbx(f"<conceptEntry>{section('en', ('a', ''))}{section('de', ('b', ''))}</conceptEntry>\n" * 2), 4,
         "'a' is given twice, first in line 3 (en to de)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(data: bytes, line: int, says: str) -> None:
    with pytest.raises(GlossaryInvalid) as raised:
        pairs(data)
    assert says in str(raised.value)
    assert raised.value.line == line


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    english = section("en", ("&file;", ""))
    entry = f"<conceptEntry>{english}{section('de', ('x', ''))}</conceptEntry>"
    with pytest.raises(GlossaryInvalid, match="entities are not allowed"):
        pairs(tbx(entry, f'<!DOCTYPE tbx [<!ENTITY file SYSTEM "{secret.as_uri()}">]>'))
    declarations = tmp_path / "x.dtd"
    declarations.write_text(f'<!ENTITY file SYSTEM "{secret.as_uri()}">')
    with pytest.raises(GlossaryInvalid, match="unknown entity &file;"):
        pairs(tbx(entry, f'<!DOCTYPE tbx SYSTEM "{declarations.as_uri()}">'))


def test_an_entity_that_hides_in_utf_16_is_seen() -> None:
    text = tbx("", BOMB).decode().replace('version="1.0"', 'version="1.0" encoding="UTF-16"')
    with pytest.raises(GlossaryInvalid, match="entities are not allowed"):
        pairs(text.encode("utf-16"))
