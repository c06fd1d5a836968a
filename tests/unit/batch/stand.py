"""A job on engines that answer at once what a test foresees."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import grpc
from google.protobuf.duration_pb2 import Duration

from polygist.batch.disk import Disk
from polygist.batch.files import expand
from polygist.batch.job import Job, Result
from polygist.batch.options import Options, common
from polygist.batch.source import Source
from polygist.v1 import polygist_pb2 as pb

INVALID, UNAVAILABLE = (code.value[0] for code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAVAILABLE))
MODEL = pb.Model(id="fake", revision="1")


class Broken(grpc.RpcError):
    """A connection that broke."""


class Quick(Disk):
    """No test turns the power off."""

    def settle(self, number: int) -> None: ...


class Fake:
    """An engine: the headline of a digest is the text in capitals; "bad" is refused for good, "wait" for now.

    `script` sees each text before it is answered, and may raise Broken.
    """

    def __init__(self, script: Callable[[str], None] = lambda _: None, model: pb.Model = MODEL) -> None:
        self.script, self.model, self.asked = script, model, list[str]()
        self.down = False

    def info(self, timeout: float | None = None) -> pb.GetInfoResponse:
        if self.down:
            raise Broken
        limits = pb.Limits(max_articles_in_flight=4, max_message_bytes=100_000)
        return pb.GetInfoResponse(limits=limits, models=[self.model])

    def digest_many(self, items: Iterable[pb.DigestManyRequest], *, ahead: int) -> Iterator[pb.DigestManyResponse]:
        for index, request in enumerate(items):
            article = request.digest.article
            text = article.text or article.titled.body or article.html
            self.asked.append(text)
            self.script(text)
            answer = pb.DigestManyResponse(index=index, id=request.id)
            if text.startswith("bad"):
                answer.error.code, answer.error.message = INVALID, "bad"
            elif text.startswith("wait"):
                answer.error.code, answer.error.message = UNAVAILABLE, "later"
            else:
                answer.digest.CopyFrom(self._digest(text))
            yield answer

    def _digest(self, text: str) -> pb.DigestResponse:
        return pb.DigestResponse(
            request_id=str(threading.get_ident()),
            source_language="en",
            summary=pb.Summary(
                headline=text.upper()[:40], lead="", key_points=[pb.KeyPoint(text=text, rank_score=0.1)]
            ),
            translations=[pb.Translation(target_language="uk", summary=pb.Summary(headline="Так"))],
            warnings=[pb.Warning(type=pb.Warning.TYPE_SHORT_ARTICLE)] if "short" in text else [],
            timings=pb.Timings(total=Duration(nanos=len(self.asked))),
            tokens=pb.TokenCounts(input=1, output=2),
        )


def options(**changed: object) -> Options:
    return Options(pb.DigestRequest(target_languages=["uk"]), **{"part_size": 4, "window": 5, **changed})


def job(
    place: Path | str, folder: Path, *engines: Fake, chosen: Options | None = None, disk: Disk | None = None
) -> Job:
    chosen = chosen or options()
    named = {f"fake{i}": engine for i, engine in enumerate(engines or [Fake()])}
    source = Source(expand(str(place)), chosen.columns, chosen.selection, chosen.input_format)
    return Job(source, folder, named, chosen, common(named, 1), disk=disk or Quick())


def run(place: Path | str, folder: Path, *engines: Fake, **given: object) -> Result:
    return job(place, folder, *engines, **given).run()


def lines(path: Path, texts: Sequence[object]) -> Path:
    """A file of JSON lines with those texts; what is no string is a line as it is."""
    rows = [json.dumps({"id": f"n{i}", "text": t}) if isinstance(t, str) else str(t) for i, t in enumerate(texts)]
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def output(folder: Path) -> dict[str, object]:
    """All that two runs of a job must have in common: every file, of the index all but its work."""
    found: dict[str, object] = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "checkpoint.jsonl"}
    index = json.loads(found["index.json"])
    del index["work"]
    return found | {"index.json": index}


def records(folder: Path) -> list[dict[str, object]]:
    parts = sorted(folder.glob("part-*.jsonl"))
    return [json.loads(line) for part in parts for line in part.read_text(encoding="utf-8").split("\n") if line]


def errors(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
