"""What requests count as."""

import pytest
from google.longrunning import operations_pb2
from google.protobuf.message import Message

from polygist.transport import amounts
from polygist.v1 import polygist_pb2 as pb

TEXT = pb.Article(text="Україна 🇺🇦")
TITLED = pb.Article(titled=pb.TitledText(title="abc", body="de"))
DIGEST = pb.DigestRequest(article=TEXT, target_languages=["uk", "de"])
N = len(TEXT.text)


@pytest.mark.parametrize(
    ("request_", "texts", "characters"),
    [
        (DIGEST, {"article.text": N}, 2 * N),
        (pb.DigestRequest(article=TEXT), {"article.text": N}, N),
        (pb.DigestRequest(), {}, 0),
        (pb.StreamDigestRequest(digest=DIGEST), {"digest.article.text": N}, 2 * N),
        (pb.DigestManyRequest(digest=DIGEST), {"digest.article.text": N}, 2 * N),
        (pb.SummarizeRequest(article=TITLED), {"article.titled.title": 3, "article.titled.body": 2}, 5),
        (pb.ParseRequest(article=pb.Article(html="<p>")), {"article.html": 3}, 3),
        (
            pb.BriefRequest(articles=[TEXT, pb.Article(text="ab")], target_languages=["de"]),
            {"articles[0].text": N, "articles[1].text": 2},
            N + 2,
        ),
        (pb.TranslateRequest(texts=["ab", ""], target_languages=["de", "uk"]), {"texts[0]": 2, "texts[1]": 0}, 4),
        (pb.DetectLanguageRequest(texts=["abc"]), {"texts[0]": 3}, 3),
        (
            pb.CreateBatchDigestRequest(
                articles=pb.BatchArticles(articles=[pb.BatchArticle(article=TEXT)]),
                digest=pb.DigestRequest(target_languages=["uk", "de", "en"]),
            ),
            {"articles.articles[0].article.text": N},
            3 * N,
        ),
        (pb.CreateBatchDigestRequest(files=pb.BatchFiles(place="/data")), {}, 0),
        (pb.GetInfoRequest(), {}, 0),
        (operations_pb2.GetOperationRequest(name="operations/1"), {}, 0),
    ],
)
def test_texts_by_their_paths_and_what_they_cost(request_: Message, texts: dict[str, int], characters: int) -> None:
    assert dict(amounts.texts(request_)) == texts
    assert amounts.characters(request_) == characters


def test_every_request_with_text_is_counted() -> None:
    """A new one must be looked at."""
    methods = pb.DESCRIPTOR.services_by_name["Polygist"].methods
    without = {"GetInfoRequest", "GetStatusRequest"}
    counted = {kind.DESCRIPTOR.name for kind in amounts._READ}
    assert {m.input_type.name for m in methods} - without == counted
