"""HTML pages: an article that can be sent, or the reason why there is none."""

from polygist.document.page import read
from polygist.errors import PageInvalid
from polygist.v1 import polygist_pb2 as pb
from tests.fuzz.given import text_of


def check(data: bytes) -> None:
    _, html = text_of(data)
    try:
        page = read(html)
    except PageInvalid as error:
        assert error.problem in ("NO_ARTICLE", "TOO_COMPLEX")
        return
    assert page.body.strip()
    assert "\n" not in page.title
    assert pb.ExtractedArticle(**vars(page)).SerializeToString()
