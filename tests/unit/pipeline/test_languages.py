import pytest
from langcodes import Language

from polygist.errors import InvalidRequest
from polygist.language import Detection
from polygist.pipeline.languages import listed, primary, resolve, resolve_targets
from polygist.pipeline.verdict import check_targets_differ, choose_language, choose_languages
from polygist.types import WarningType

SERVED = ("de", "en", "uk")
TARGETS = {s: frozenset(SERVED) - {s} for s in SERVED}


@pytest.mark.parametrize(
    ("code", "language"), [("uk", "uk"), ("uk-UA", "uk"), ("eng", "en"), ("DE", "de"), ("de_AT", "de")]
)
def test_bcp47_tags_are_understood(code: str, language: str) -> None:
    assert resolve(code, SERVED, "source_language") == language


@pytest.mark.parametrize(
    ("code", "language"), [("zh-yue", "yue"), ("sh", "sr"), ("i-klingon", "tlh"), ("de-x-any", "de"), ("en-000", "en")]
)
def test_other_forms_of_tags_are_understood(code: str, language: str) -> None:
    assert primary(code) == language


@pytest.mark.parametrize("code", ["", "x-own", "und", "qqqq", "e", "en-" + "x-abcdefgh" * 20, "en" + "-abcde" * 5_000])
def test_what_names_no_language_is_no_tag(code: str) -> None:
    assert primary(code) is None


def test_no_code_of_a_caller_is_remembered() -> None:
    """langcodes does so for good."""
    codes = [f"de-AT-x-a{i:05}" for i in range(500)] + [f"q{i:03}" for i in range(500)] + [f"x-{i}" for i in range(500)]
    primary("de-AT-x-once")
    before = len(Language._PARSE_CACHE) + len(Language._INSTANCES)
    assert {primary(code) for code in codes} == {"de", None}
    assert len(Language._PARSE_CACHE) + len(Language._INSTANCES) == before


def test_of_very_many_languages_some_are_listed() -> None:
    assert listed(["uk", "de", "en", "de"]) == "de, en, uk"
    assert listed(f"q{i:02}" for i in range(60)).endswith("q48, q49, and 10 more")


@pytest.mark.parametrize("code", ["xx-!!", "ua", "fr", "klingon", "\x00", "u" * 100])
def test_an_unknown_language_is_refused_and_the_supported_ones_named(code: str) -> None:
    with pytest.raises(InvalidRequest, match="supported: de, en, uk") as error:
        resolve(code, SERVED, "source_language")
    assert error.value.violations[0].field == "source_language"


def test_targets_keep_the_callers_spelling_and_order() -> None:
    assert resolve_targets(["uk-UA", "de"], "en", TARGETS, "target_languages") == {"uk-UA": "uk", "de": "de"}


def test_all_that_is_wrong_with_the_targets_is_said_at_once() -> None:
    with pytest.raises(InvalidRequest) as error:
        resolve_targets(["uk", "en", "fr", "uk-UA"], "en", TARGETS, "target_languages")
    assert [(v.field, v.reason) for v in error.value.violations] == [
        ("target_languages[1]", "SAME_AS_SOURCE"),
        ("target_languages[2]", "UNSUPPORTED"),
        ("target_languages[3]", "REPEATED"),
    ]


def detection(language: str, confidence: float, *others: tuple[str, float]) -> Detection:
    return Detection(language, confidence, ((language, confidence), *others))


def test_a_sure_detection_is_taken() -> None:
    verdict = choose_language(detection("uk", 0.99), None, SERVED, "source_language")
    assert (verdict.language, verdict.warnings) == ("uk", ())


def test_a_language_that_is_not_served_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"'fr' is not supported.*de, en, uk"):
        choose_language(detection("fr", 0.97, ("en", 0.01)), None, SERVED, "source_language")


def test_an_unsure_detection_falls_back_to_the_nearest_served_language_with_a_warning() -> None:
    verdict = choose_language(detection("nl", 0.4, ("de", 0.3)), None, SERVED, "source_language")
    assert verdict.language == "de"
    assert [w.type for w in verdict.warnings] == [WarningType.LANGUAGE_UNCERTAIN]


def test_the_callers_word_wins_and_a_contradiction_is_a_warning() -> None:
    verdict = choose_language(detection("uk", 0.99), "de", SERVED, "source_language")
    assert verdict.language == "de"
    assert [w.type for w in verdict.warnings] == [WarningType.LANGUAGE_MISMATCH]
    assert choose_language(detection("uk", 0.7), "de", SERVED, "source_language").warnings == ()


def test_one_foreign_or_unsure_text_does_not_spoil_a_batch() -> None:
    found = [
        detection("en", 0.99),
        detection("fr", 0.97, ("en", 0.01)),
        detection("az", 0.4, ("de", 0.2)),
        detection("und", 0.0),
    ]
    verdicts = choose_languages(found, SERVED)
    assert [v.language for v in verdicts] == ["en", "fr", "en", "und"]
    assert [[w.type.name for w in v.warnings] for v in verdicts] == [
        [],
        ["UNSUPPORTED_LANGUAGE"],
        ["LANGUAGE_UNCERTAIN"],
        [],
    ]


def test_a_batch_of_foreign_texts_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"fr.*not supported"):
        choose_languages([detection("fr", 0.97), detection("und", 0.0)], SERVED)


def test_a_target_that_every_text_is_in_already_is_refused() -> None:
    verdicts = choose_languages([detection("en", 0.99), detection("und", 0.0)], SERVED)
    with pytest.raises(InvalidRequest) as error:
        check_targets_differ(verdicts, {"de": "de", "en": "en"})
    assert [v.field for v in error.value.violations] == ["target_languages[1]"]
