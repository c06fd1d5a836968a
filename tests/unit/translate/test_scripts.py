import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.translate.scripts import foreign, is_run

OURS = ("en", "de", "uk")
ZALGO = "".join(c + "\u0335\u0321\u0353\u0316" * 10 for c in "zalgo")


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("ⴰⵣⵓⵍ ⴰⴼⵍⵍⴰⵙ", OURS),  # Tifinagh
        ("𓀀𓁐𓂀", OURS),
        ("𝔘𝔫𝔦𝔠𝔬𝔡𝔢", OURS),
        ("ＦＵＬＬ", OURS),
        ("你好世界", OURS),
        ("मैं हिन्दी", OURS),
        ("مرحبا, hi", OURS),
        ("Привіт", ("en", "de")),
        ("Hello", ("uk", "ru")),
        ("Hello", ["uk-UA"]),
    ],
)
def test_letters_of_other_scripts_are_foreign(text: str, languages: tuple[str, ...]) -> None:
    assert foreign(text, languages)


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Hello, Straße, об’єднання, обʼєднання", OURS),
        ("NATO, ЄС і США", ["uk"]),
        ("Привіт", ("en", "uk")),
        ("🙂🙂🎉", OURS),
        ("", OURS),
        ("2024 – 5 %", OURS),
        ("x" * 3000, OURS),
        (ZALGO, OURS),
        ("The word ⴰⵣⵓⵍ means peace.", OURS),
        ("你好世界", ("en", "zh")),
        ("ⴰⵣⵓⵍ", ("en", "zgh")),  # a language that is not known
        ("ⴰⵣⵓⵍ", ()),
        ("ʼʼʼ ª º µ", OURS),
        ("\u0301\u0302\u0303", OURS),
    ],
)
def test_letters_of_a_known_script_are_not(text: str, languages: tuple[str, ...]) -> None:
    assert not foreign(text, languages)


@pytest.mark.parametrize(
    "text", ["x" * 3000, "x" * 101, "🙂" * 101, ZALGO, f"* {'x' * 200}\n", f"{'a' * 150} {'b' * 150}", "=" * 200]
)
def test_runs(text: str) -> None:
    assert is_run(text)


@pytest.mark.parametrize(
    "text", ["", " \n", "x" * 100, "word " * 100, f"See {'x' * 3000}", "新" * 300, "🙂", "ไทย" * 50]
)
def test_words_are_no_run(text: str) -> None:
    assert not is_run(text)


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert foreign(text, OURS) in (True, False)
    assert not (is_run(text) and len(text) <= 100)
