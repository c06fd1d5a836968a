"""What batch jobs ask of the server: digests of their articles, by the pipeline in force at that moment."""

from collections.abc import Callable

from google.rpc import status_pb2

from polygist import progress, shares
from polygist.errors import PolygistError
from polygist.metrics import Metrics
from polygist.pipeline.limits import Limits
from polygist.pipeline.live import Live
from polygist.progress import Way
from polygist.shares import Share
from polygist.transport import incoming, status
from polygist.transport.interceptors import foreseen
from polygist.transport.many import Digest, patiently
from polygist.types import Priority
from polygist.v1 import polygist_pb2 as pb

# What any article could be, for the check of what is asked of all of them.
_ANY = pb.Article(text="a")


class Bulk:
    """A `jobs.engine.Service`. What it answers does not count as a call, nor as an article of a stream.

    `share` is that of a caller by name.
    """

    def __init__(
        self, digest: Digest, live: Live, limits: Limits, metrics: Metrics, share: Callable[[str], Share]
    ) -> None:
        self._digest, self._live, self._metrics, self._share = digest, live, metrics, share
        self._limits = pb.Limits(**vars(limits))

    def limits(self) -> pb.Limits:
        return self._limits

    def check(self, digest: pb.DigestRequest, path: str) -> None:
        """Raises InvalidRequest."""
        asked = pb.DigestRequest()
        asked.CopyFrom(digest)
        asked.article.CopyFrom(_ANY)
        with self._live.use() as pipeline:
            pipeline.check(incoming.digest(asked, None, path), path)

    async def article(self, request: pb.DigestManyRequest, caller: str) -> pb.DigestManyResponse:
        answer, outcome = pb.DigestManyResponse(id=request.id), "cancelled"
        progress.begin(Way())
        shares.begin(self._share(caller))
        try:
            asked = incoming.digest(request.digest, None, default=Priority.BULK)
            answer.digest.CopyFrom(await patiently(self._digest, asked, request.digest))
            outcome = "ok"
        except Exception as error:
            shown = foreseen(error, "an article of a batch job")
            answer.error.CopyFrom(status.status(shown))
            outcome = status.outcome_of(status.code(shown))
        finally:
            self._metrics.job_articles.labels(outcome).inc()
        return answer

    def status(self, error: PolygistError) -> status_pb2.Status:
        return status.status(error)
