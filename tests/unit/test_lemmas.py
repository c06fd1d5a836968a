"""The dictionaries as tries say what simplemma's own say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import simplemma
from hypothesis import example, given
from hypothesis import strategies as st
from simplemma.strategies.dictionaries.dictionary_factory import DEFAULT_DICTIONARY_FACTORY

from polygist import lemmas

pytestmark = pytest.mark.unit

WORDS = {
    "en": "the laws reporters Reporters reportars London U.S. went naïve mother-in-law " + "x" * 41,
    "de": "Häuser gegangen Krems Lüdenscheid haeuser Straße STRASSE Ausschussvorsitzende u\u0308ber",
    "uk": "Лондона київ Київ п'ять сім'ї З’їзд зеленського опоздал NATO й и\u0306",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    assert lemmas.build(folder)
    return folder


@pytest.fixture
def plain() -> Iterator[None]:
    yield
    _forget()
    lemmas._used = lemmas._lookups(DEFAULT_DICTIONARY_FACTORY)


def _forget() -> None:
    lemmas._lemma.cache_clear()
    lemmas._known.cache_clear()


def _use(cache: Path) -> None:
    _forget()
    lemmas._dictionary.cache_clear()
    lemmas.use(cache)


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("language", WORDS)
def test_tries_say_what_the_dictionaries_say(cache: Path, language: str) -> None:
    _use(cache)
    words = WORDS[language].split()
    assert [lemmas.lemmatize(w, language) for w in words] == [simplemma.lemmatize(w, language) for w in words]
    assert [lemmas.is_known(w, language) for w in words] == [simplemma.is_known(w, language) for w in words]


@pytest.mark.usefixtures("plain")
def test_any_word_is_the_same(cache: Path) -> None:
    _use(cache)

    @given(st.text(min_size=1, max_size=20), st.sampled_from(lemmas.LANGUAGES))
    @example("\0", "de")
    @example("0000\x000000", "en")
    def check(word: str, language: str) -> None:
        assert lemmas.lemmatize(word, language) == simplemma.lemmatize(word, language)
        assert lemmas.is_known(word, language) == simplemma.is_known(word, language)

    check()


@pytest.mark.usefixtures("plain")
def test_without_tries_nothing_changes_and_nothing_is_written(tmp_path: Path) -> None:
    _use(tmp_path)
    assert lemmas.lemmatize("laws", "en") == "law"
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("plain")
def test_what_is_built_is_left_and_what_is_missing_made(tmp_path: Path) -> None:
    assert lemmas.build(tmp_path, ("en",))
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    written = file.stat().st_mtime_ns
    assert not lemmas.build(tmp_path, ("en",))
    assert file.stat().st_mtime_ns == written
    assert [path.name for path in file.parent.iterdir()] == ["en.dic"]


@pytest.mark.usefixtures("plain")
def test_a_damaged_trie_is_made_anew(tmp_path: Path) -> None:
    lemmas.build(tmp_path, ("en",))
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(b"no trie")
    _use(tmp_path)
    assert lemmas.lemmatize("laws", "en") == "law"
    assert file.stat().st_size > 100_000


def test_a_folder_that_takes_no_files_is_said(tmp_path: Path) -> None:
    (tmp_path / "dictionaries").write_text("in the way", encoding="utf-8")
    with pytest.raises(OSError, match="dictionaries"):
        lemmas.build(tmp_path, ("en",))
