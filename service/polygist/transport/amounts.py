"""How much text a request brings."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.message import Message

from polygist.v1 import polygist_pb2 as pb

# A field by its path, and the code points in it.
Sized = tuple[str, int]


def texts(request: Message) -> Iterator[Sized]:
    """Each text of a request; of a page its HTML. None for requests that bring none."""
    return iter(_READ[type(request)][0](request)) if type(request) in _READ else iter(())


def characters(request: Message) -> int:
    """What a request counts as: the code points of its texts, once for each language that they are to be in.

    >>> characters(pb.TranslateRequest(texts=["ab", "c"], target_languages=["de", "uk"]))
    6
    """
    if type(request) not in _READ:
        return 0
    targets = _READ[type(request)][1](request)
    return sum(size for _, size in texts(request)) * max(1, len(targets))


def _article(message: pb.Article, path: str) -> Iterator[Sized]:
    match message.WhichOneof("content"):
        case "text":
            yield f"{path}.text", len(message.text)
        case "titled":
            yield f"{path}.titled.title", len(message.titled.title)
            yield f"{path}.titled.body", len(message.titled.body)
        case "html":
            yield f"{path}.html", len(message.html)


def _texts(request: Any) -> Iterator[Sized]:
    return ((f"texts[{i}]", len(text)) for i, text in enumerate(request.texts))


def _articles(messages: Iterable[Any], path: str, own: str = "") -> Iterator[Sized]:
    for i, message in enumerate(messages):
        yield from _article(message.article if own else message, f"{path}[{i}]{own}")


def _none(request: Any) -> Sequence[str]:
    return ()


def _own(request: Any) -> Sequence[str]:
    found: Sequence[str] = request.target_languages
    return found


def _of_digest(request: Any) -> Sequence[str]:
    return _own(request.digest)


_READ: Mapping[type[Message], tuple[Callable[[Any], Iterable[Sized]], Callable[[Any], Sequence[str]]]] = {
    pb.DigestRequest: (lambda r: _article(r.article, "article"), _own),
    pb.StreamDigestRequest: (lambda r: _article(r.digest.article, "digest.article"), _of_digest),
    pb.DigestManyRequest: (lambda r: _article(r.digest.article, "digest.article"), _of_digest),
    pb.CreateBatchDigestRequest: (
        lambda r: _articles(r.articles.articles, "articles.articles", ".article"),
        _of_digest,
    ),
    pb.BriefRequest: (lambda r: _articles(r.articles, "articles"), _own),
    pb.SummarizeRequest: (lambda r: _article(r.article, "article"), _none),
    pb.ParseRequest: (lambda r: _article(r.article, "article"), _none),
    pb.TranslateRequest: (_texts, _own),
    pb.DetectLanguageRequest: (_texts, _none),
}
