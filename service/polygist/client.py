"""The Python client: deadlines, retries, streaming.

    with Client("localhost:50051") as client:
        digest = client.digest("Article text ...", targets=["uk", "de"], timeout=60)

Requests and answers are the messages of the contract (`polygist.v1.polygist_pb2`). Errors are `grpc.RpcError`s;
`violations(error)` reads the fields that a bad request names. A text with lone surrogates can't be sent: it is a
UnicodeEncodeError here. A client may be shared between threads.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import Self

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from polygist.bearer import opened
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

# grpc's own retries: exponential backoff with jitter, within the call's deadline, and not before the moment that a
# refusing server names (grpc-retry-pushback-ms). https://github.com/grpc/proposal/blob/master/A6-client-retries.md
_RETRY_POLICY = {
    "maxAttempts": 5,
    "initialBackoff": "0.2s",
    "maxBackoff": "5s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
}
# A server that is gone without a word would be waited for without end. grpcio 1.85 heeds the last of these, see
# transport/server.py.
_KEEPALIVE_MILLISECONDS = {
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.http2.ping_timeout_ms": 10_000,
}
# Where a name leads to several servers all of them are called in turn.
_IN_TURN: dict[str, object] = {"loadBalancingConfig": [{"round_robin": {}}]}
_SERVICE = {"service": "polygist.v1.Polygist"}
# Not streams: where a second try fails, too, grpc 1.85 knows the call's status, and its reader is never told.
_STREAMS = [_SERVICE | {"method": name} for name in ("StreamDigest", "DigestMany")]
_RETRYING: dict[str, object] = {
    "methodConfig": [{"name": [_SERVICE], "retryPolicy": _RETRY_POLICY}, {"name": _STREAMS}]
}


class _End:
    """Stands behind the last of many items."""


_END = _End()


class Client:
    """A connection to a polygist server at "host:port" or "unix:path", or to all those that a name stands for, as
    "dns:///polygist.internal:50051" or "ipv4:10.0.0.1:50051,10.0.0.2:50051", which are called in turn.

    `timeout` is the default deadline of a call in seconds; None waits for ever. `credentials` turns on TLS, for
    instance `grpc.ssl_channel_credentials()`. `token` says who calls (docs/access.md).

    Raises ValueError for a token without TLS, unless the server is on this machine: anybody could read it on its way.
    """

    def __init__(
        self,
        target: str,
        timeout: float | None = 300.0,
        *,
        retries: bool = True,
        credentials: grpc.ChannelCredentials | None = None,
        token: str = "",
    ) -> None:
        options: list[tuple[str, str | int]] = [
            ("grpc.max_receive_message_length", -1),
            # grpc retries no request that is larger than this; its default is 256 KiB.
            ("grpc.per_rpc_retry_buffer_size", 64 * 1024 * 1024),
            # A server that comes back after a long time is found again soon; grpc's default is two minutes.
            ("grpc.max_reconnect_backoff_ms", 5_000),
            *_KEEPALIVE_MILLISECONDS.items(),
        ]
        options.append(("grpc.service_config", json.dumps(_IN_TURN | (_RETRYING if retries else {}))))
        options += [] if retries else [("grpc.enable_retries", 0)]
        self.channel = opened(target, options, credentials, token)
        self._stub = polygist_pb2_grpc.PolygistStub(self.channel)
        self._timeout = timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection and the calls on it."""
        self.channel.close()

    def _seconds(self, timeout: float | None) -> float | None:
        return self._timeout if timeout is None else timeout

    def digest(
        self,
        article: str | pb.Article,
        targets: Sequence[str] = (),
        *,
        source: str = "",
        summary: pb.SummaryOptions | None = None,
        scope: pb.TranslationScope.ValueType = pb.TRANSLATION_SCOPE_UNSPECIFIED,
        offset_unit: pb.OffsetUnit.ValueType = pb.OFFSET_UNIT_CODE_POINT,
        request_id: str = "",
        priority: pb.Priority.ValueType = pb.PRIORITY_UNSPECIFIED,
        translation: pb.TranslationOptions | None = None,
        timeout: float | None = None,
    ) -> pb.DigestResponse:
        """The digest of an article; offsets count code points, as Python strings do, unless said otherwise."""
        request = digest_request(
            article, targets, source, summary, scope, offset_unit, request_id, priority, translation
        )
        return self._stub.Digest(request, timeout=self._seconds(timeout))

    def stream_digest(
        self, request: pb.DigestRequest, timeout: float | None = None
    ) -> Iterator[pb.StreamDigestResponse]:
        """The parts of a digest as they are ready. Leaving the iterator early cancels the call. Never tried again."""
        call = self._stub.StreamDigest(
            pb.StreamDigestRequest(digest=request), timeout=self._timeout if timeout is None else timeout
        )
        try:
            yield from call
        finally:
            call.cancel()

    def digest_many(
        self,
        items: Iterable[pb.DigestManyRequest | tuple[str, str | pb.Article]],
        targets: Sequence[str] = (),
        *,
        source: str = "",
        summary: pb.SummaryOptions | None = None,
        scope: pb.TranslationScope.ValueType = pb.TRANSLATION_SCOPE_UNSPECIFIED,
        offset_unit: pb.OffsetUnit.ValueType = pb.OFFSET_UNIT_CODE_POINT,
        priority: pb.Priority.ValueType = pb.PRIORITY_UNSPECIFIED,
        translation: pb.TranslationOptions | None = None,
        ahead: int = 64,
        timeout: float | None = None,
    ) -> Iterator[pb.DigestManyResponse]:
        """Digests of many articles as they are ready, in any order; bulk work unless said otherwise.

            articles = ((path.name, path.read_text()) for path in Path("articles").iterdir())
            for answer in client.digest_many(articles, ["uk", "de"]):
                if answer.HasField("digest"):
                    print(answer.id, answer.digest.summary.headline)
                else:
                    print(answer.id, answer.error.message)

        `items` are (id, article) pairs, made into requests with the other arguments, or whole requests, sent as they
        are. They may be endless: another thread takes them one by one, at most `ahead` more than there are answers out
        of this iterator. Less than the server's `max_articles_in_flight` leaves it idle. An error that `items` raises,
        or a TypeError for an item of another kind, ends the input, and is raised here after the answers for what came
        before.

        `timeout` is that of the whole stream in seconds, None for none; the client's default is not used. Leaving the
        iterator early cancels the call. Where the server shuts down the iterator ends with UNAVAILABLE; send again what
        has no answer.
        """
        made = partial(
            digest_request,
            targets=targets,
            source=source,
            summary=summary,
            scope=scope,
            offset_unit=offset_unit,
            priority=priority,
            translation=translation,
        )
        feed = _Feed(items, made, ahead)
        call = self._stub.DigestMany(feed.requests(), timeout=timeout)
        try:
            for answer in call:
                feed.answered()
                yield answer
        finally:
            call.cancel()
            feed.end()
        if feed.error:
            raise feed.error

    def brief(
        self,
        articles: Sequence[str | pb.Article],
        targets: Sequence[str] = (),
        *,
        source: str = "",
        language: str = "",
        summary: pb.SummaryOptions | None = None,
        offset_unit: pb.OffsetUnit.ValueType = pb.OFFSET_UNIT_CODE_POINT,
        request_id: str = "",
        priority: pb.Priority.ValueType = pb.PRIORITY_UNSPECIFIED,
        translation: pb.TranslationOptions | None = None,
        timeout: float | None = None,
    ) -> pb.BriefResponse:
        """One digest of 2 to 50 articles on one story; `language` is that of the brief, see docs/briefs.md."""
        request = pb.BriefRequest(
            articles=map(as_article, articles),
            source_language=source,
            language=language,
            target_languages=targets,
            summary=summary,
            offset_unit=offset_unit,
            request_id=request_id,
            priority=priority,
            translation=translation,
        )
        return self._stub.Brief(request, timeout=self._seconds(timeout))

    def summarize(
        self,
        article: str | pb.Article,
        *,
        source: str = "",
        summary: pb.SummaryOptions | None = None,
        offset_unit: pb.OffsetUnit.ValueType = pb.OFFSET_UNIT_CODE_POINT,
        timeout: float | None = None,
    ) -> pb.SummarizeResponse:
        """The structured summary of an article."""
        request = pb.SummarizeRequest(
            article=as_article(article), source_language=source, summary=summary, offset_unit=offset_unit
        )
        return self._stub.Summarize(request, timeout=self._seconds(timeout))

    def translate(
        self,
        texts: Sequence[str],
        targets: Sequence[str],
        *,
        source: str = "",
        offset_unit: pb.OffsetUnit.ValueType = pb.OFFSET_UNIT_CODE_POINT,
        priority: pb.Priority.ValueType = pb.PRIORITY_UNSPECIFIED,
        translation: pb.TranslationOptions | None = None,
        timeout: float | None = None,
    ) -> pb.TranslateResponse:
        """Texts in several languages."""
        request = pb.TranslateRequest(
            texts=texts,
            source_language=source,
            target_languages=targets,
            offset_unit=offset_unit,
            priority=priority,
            translation=translation,
        )
        return self._stub.Translate(request, timeout=self._seconds(timeout))

    def detect(self, texts: Sequence[str], timeout: float | None = None) -> list[pb.DetectedLanguage]:
        """The language of each text."""
        answer = self._stub.DetectLanguage(
            pb.DetectLanguageRequest(texts=texts), timeout=self._timeout if timeout is None else timeout
        )
        return list(answer.languages)

    def parse(
        self,
        article: str | pb.Article,
        *,
        source: str = "",
        offset_unit: pb.OffsetUnit.ValueType = pb.OFFSET_UNIT_CODE_POINT,
        timeout: float | None = None,
    ) -> pb.ParseResponse:
        """The document as the server sees it."""
        request = pb.ParseRequest(article=as_article(article), source_language=source, offset_unit=offset_unit)
        return self._stub.Parse(request, timeout=self._seconds(timeout))

    def info(self, timeout: float | None = None) -> pb.GetInfoResponse:
        """Version, limits, languages and models of the server."""
        return self._stub.GetInfo(pb.GetInfoRequest(), timeout=self._seconds(timeout))

    def status(self, timeout: float | None = None) -> pb.GetStatusResponse:
        """What the server is doing; all counts are from its start."""
        return self._stub.GetStatus(pb.GetStatusRequest(), timeout=self._seconds(timeout))


class _Feed:
    """Requests for a stream, made of items in grpc's thread: at most `ahead` more than there are answers.

    What ends the items early is kept in `error`: grpc would log it and end the call.
    """

    def __init__(
        self,
        items: Iterable[pb.DigestManyRequest | tuple[str, str | pb.Article]],
        made: Callable[[str | pb.Article], pb.DigestRequest],
        ahead: int,
    ) -> None:
        self._items, self._made = items, made
        self._places, self._ended = threading.Semaphore(ahead), threading.Event()
        self.error: Exception | None = None

    def requests(self) -> Iterator[pb.DigestManyRequest]:
        try:
            rest = iter(self._items)
            while self._places.acquire() and not self._ended.is_set():
                match next(rest, _END):
                    case _End():
                        return
                    case pb.DigestManyRequest() as request:
                        yield request
                    case id, article:
                        yield pb.DigestManyRequest(id=id, digest=self._made(article))
                    case other:
                        raise TypeError(
                            f"neither a DigestManyRequest nor an (id, article) pair: {type(other).__name__}"
                        )
        except Exception as error:
            self.error = error

    def answered(self) -> None:
        """Make room for one more."""
        self._places.release()

    def end(self) -> None:
        """Take no more items."""
        self._ended.set()
        self._places.release()


def as_article(article: str | pb.Article) -> pb.Article:
    """Plain text as an article message."""
    return pb.Article(text=article) if isinstance(article, str) else article


def html_article(html: str) -> pb.Article:
    """An HTML page as an article message: `client.digest(html_article(page), ["uk"])`.

    Spans in the answer lie in its `extracted.title` and `extracted.body`.
    """
    return pb.Article(html=html)


def digest_request(
    article: str | pb.Article,
    targets: Sequence[str] = (),
    source: str = "",
    summary: pb.SummaryOptions | None = None,
    scope: pb.TranslationScope.ValueType = pb.TRANSLATION_SCOPE_UNSPECIFIED,
    offset_unit: pb.OffsetUnit.ValueType = pb.OFFSET_UNIT_CODE_POINT,
    request_id: str = "",
    priority: pb.Priority.ValueType = pb.PRIORITY_UNSPECIFIED,
    translation: pb.TranslationOptions | None = None,
) -> pb.DigestRequest:
    """A digest request."""
    return pb.DigestRequest(
        article=as_article(article),
        source_language=source,
        target_languages=targets,
        summary=summary,
        translation_scope=scope,
        offset_unit=offset_unit,
        request_id=request_id,
        priority=priority,
        translation=translation,
    )


def violations(error: grpc.RpcError) -> list[error_details_pb2.BadRequest.FieldViolation]:
    """What is wrong with which field, from an INVALID_ARGUMENT error; empty for other errors."""
    status = rpc_status.from_call(error) if isinstance(error, grpc.Call) else None
    bad = error_details_pb2.BadRequest()
    found = next((d for d in status.details if d.Is(bad.DESCRIPTOR)), None) if status else None
    if found is not None:
        found.Unpack(bad)
    return list(bad.field_violations)
