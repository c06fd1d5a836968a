import pytest

from polygist.errors import InvalidRequest
from polygist.pipeline.limits import Limits
from polygist.pipeline.requests import (
    ArticleHtml,
    ArticleText,
    BriefRequest,
    DigestRequest,
    TranslateRequest,
    TranslationOptions,
)
from polygist.settings import Settings
from polygist.types import MimeType, SummaryOptions
from polygist.v1 import polygist_pb2 as pb

LIMITS = Limits(
    max_text_code_points=100,
    max_title_code_points=10,
    max_html_code_points=200,
    max_texts=2,
    max_total_code_points=150,
    max_target_languages=2,
    max_key_points=5,
    max_focus_code_points=10,
    max_request_id_code_points=4,
    max_message_bytes=1000,
    max_concurrent_calls=1,
    max_queue_tokens=1,
    max_queue_items=1,
    max_segments_in_flight=1,
    max_articles_in_flight=1,
    max_glossary_terms=2,
    max_term_code_points=5,
    max_brief_articles=3,
    max_brief_code_points=220,
    max_inline_articles=1,
    max_inline_result_bytes=1,
    max_queued_jobs=1,
    max_running_jobs=1,
)


def wrong(request: DigestRequest | TranslateRequest) -> set[tuple[str, str]]:
    check = LIMITS.check_digest if isinstance(request, DigestRequest) else LIMITS.check_translate
    with pytest.raises(InvalidRequest) as error:
        check(request)  # type: ignore[arg-type]
    return {(v.field, v.reason) for v in error.value.violations}


@pytest.mark.parametrize(
    ("article", "expected"),
    [
        (ArticleText(""), ("article.text", "EMPTY")),
        (ArticleText(" \n\t\u00a0"), ("article.text", "EMPTY")),
        (ArticleText("123 ... !!!"), ("article.text", "NO_LETTERS")),
        (ArticleText("x" * 101), ("article.text", "TOO_LONG")),
        (ArticleText("Body.", "Too long a title"), ("article.titled.title", "TOO_LONG")),
        (ArticleText("Body.", "Two\nrows"), ("article.titled.title", "LINE_BREAK")),
        (ArticleText("", "Title"), ("article.titled.body", "EMPTY")),
        (ArticleHtml(""), ("article.html", "EMPTY")),
        (ArticleHtml("\n \t"), ("article.html", "EMPTY")),
        (ArticleHtml("<" * 201), ("article.html", "TOO_LONG")),
    ],
)
def test_a_bad_article_is_refused_with_the_path_of_its_field(article: ArticleText, expected: tuple[str, str]) -> None:
    assert wrong(DigestRequest(article)) == {expected}


def test_everything_wrong_with_a_digest_is_said_at_once() -> None:
    request = DigestRequest(
        ArticleText("Good text."),
        target_languages=("a", "b", "c"),
        options=SummaryOptions(key_points=6, focus="x" * 11),
        request_id="12345",
    )
    assert wrong(request) == {
        ("target_languages", "TOO_MANY"),
        ("summary.key_points", "OUT_OF_RANGE"),
        ("summary.focus", "TOO_LONG"),
        ("request_id", "TOO_LONG"),
    }


def test_a_scope_without_targets_is_a_conflict() -> None:
    assert wrong(DigestRequest(ArticleText("Good."), scope_given=True)) == {("translation_scope", "CONFLICT")}


def test_texts_are_bounded_in_number_length_and_sum() -> None:
    assert wrong(TranslateRequest((), "en", ("de",))) == {("texts", "MISSING")}
    assert wrong(TranslateRequest(("a", "b", "c"), "en", ("de",))) == {("texts", "TOO_MANY")}
    assert wrong(TranslateRequest(("a", "x" * 101), "en", ("de",))) == {("texts[1]", "TOO_LONG")}
    assert wrong(TranslateRequest(("x" * 80, "x" * 80), "en", ("de",))) == {("texts", "TOO_LONG")}
    assert wrong(TranslateRequest(("a",), "en", ())) == {("target_languages", "MISSING")}


def test_every_limit_is_published() -> None:
    # How batches are formed refuses nothing.
    # Of engines and of connections, which no request is held against.
    others = ("max_batch_", "max_connection_", "max_metadata_")
    limits = {n for n in Settings.model_fields if n.startswith("max_") and not n.startswith(others)}
    published = {f.name for f in pb.Limits.DESCRIPTOR.fields}
    assert limits == published == set(Limits.__dataclass_fields__)


def test_what_is_good_passes() -> None:
    LIMITS.check_digest(DigestRequest(ArticleText("Body.", "Title"), target_languages=("de",), scope_given=True))
    LIMITS.check_translate(TranslateRequest(("", "123"), "", ("de",)))


@pytest.mark.parametrize("least", [-0.1, 1.001, float("nan"), float("inf")])
def test_a_quality_that_there_is_not_is_refused(least: float) -> None:
    options = TranslationOptions(min_quality=least)
    expected = {("translation.min_quality", "OUT_OF_RANGE")}
    assert wrong(DigestRequest(ArticleText("Good text."), translation=options)) == expected
    assert wrong(TranslateRequest(("x",), "en", ("de",), translation=options)) == expected


@pytest.mark.parametrize("least", [0.0, 0.5, 1.0])
def test_a_quality_that_there_is_is_taken(least: float) -> None:
    LIMITS.check_translate(TranslateRequest(("x",), "en", ("de",), translation=TranslationOptions(min_quality=least)))


def wrong_brief(*articles: ArticleText | ArticleHtml, **fields: object) -> set[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as error:
        LIMITS.check_brief(BriefRequest(articles, **fields))  # type: ignore[arg-type]
    return {(v.field, v.reason) for v in error.value.violations}


def test_every_article_of_a_brief_is_checked_and_all_of_them_together() -> None:
    good, long = ArticleText("It is."), ArticleText("x" * 90)
    LIMITS.check_brief(BriefRequest((good, ArticleText("It is.", "Title"), ArticleHtml("<p>It is.</p>"))))
    assert wrong_brief(good) == {("articles", "TOO_FEW")}
    assert wrong_brief(*[good] * 4) == {("articles", "TOO_MANY")}
    assert wrong_brief(*[long] * 3) == {("articles", "TOO_LONG")}
    both = wrong_brief(ArticleText(""), good, ArticleText("It is.", "Two\nrows"), request_id="12345")
    assert both == {
        ("articles[0].text", "EMPTY"),
        ("articles[2].titled.title", "LINE_BREAK"),
        ("request_id", "TOO_LONG"),
    }
    marked = TranslationOptions(mime_type=MimeType.HTML)
    assert wrong_brief(good, good, translation=marked) == {("translation.mime_type", "CONFLICT")}


def test_what_is_found_on_pages_counts_too() -> None:
    LIMITS.check_brief_total([ArticleText("x" * 100)] * 2)
    with pytest.raises(InvalidRequest) as error:
        LIMITS.check_brief_total([ArticleText("x" * 100, "Title")] * 3)
    assert [(v.field, v.reason) for v in error.value.violations] == [("articles", "TOO_LONG")]
