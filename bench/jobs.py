"""What a batch job costs those who wait for an answer, on a real server with the embedded model.

    python bench/jobs.py

Prints the time of a Translate call of two sentences that no cache knows, and of DetectLanguage, without a job and while
one runs, and the job's rate beside such calls and with nobody else.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median

import grpc
from google.longrunning import operations_pb2, operations_pb2_grpc

from polygist.client import Client
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

CALLS, ARTICLES = 200, 400
ALONE_SECONDS = 60.0
_ARTICLES = Path(__file__).parents[1] / "tests" / "data" / "articles"
_NUMBERS = count(1)


def new(text: str) -> str:
    """With a number in every sentence, so that no cache knows any of them."""
    number = next(_NUMBERS)
    return text.replace(". ", f" ({number}). ")


def translated(client: Client) -> object:
    n = next(_NUMBERS)
    return client.translate(
        [f"{n} visitors came to the museum on Sunday. The deal {n} was signed."], ["de"], source="en"
    )


def detected(client: Client) -> object:
    return client.detect(["Somebody waits for this."])


def timed(client: Client, call: Callable[[Client], object]) -> str:
    """Median and the 95th of a hundred, in milliseconds."""
    found = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        call(client)
        found.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.05)
    return f"{median(found):6.0f} ms median, {sorted(found)[int(0.95 * CALLS)]:6.0f} ms at most for 95 %"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"POLYGIST_JOBS_DIR": folder, "POLYGIST_PORT": "0", "POLYGIST_METRICS_PORT": "0"}
        environment["POLYGIST_LOG_LEVEL"] = "ERROR"
        command = [sys.executable, "-c", "from polygist.cli import app; app(['serve'])"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
            try:
                said = server.stdout.readline() if server.stdout else ""
                measure(f"localhost:{re.match(r'serving grpc=([0-9]+)', said)[1]}")
            finally:
                server.terminate()


def measure(target: str) -> None:
    texts = [f.read_text(encoding="utf-8") for f in sorted(_ARTICLES.glob("en.*.txt"))]
    articles = [pb.BatchArticle(article=pb.Article(text=new(texts[i % len(texts)]))) for i in range(ARTICLES)]
    request = pb.CreateBatchDigestRequest(
        articles=pb.BatchArticles(articles=articles),
        digest=pb.DigestRequest(source_language="en", target_languages=["de", "uk"]),
    )
    with Client(target) as client, grpc.insecure_channel(target) as channel:
        for name, call in (("translate", translated), ("detect", detected)):
            print(f"{name:9} without a job  {timed(client, call)}")
        created = polygist_pb2_grpc.PolygistStub(channel).CreateBatchDigest(request)
        operations = operations_pb2_grpc.OperationsStub(channel)
        while not _metadata(operations, created).counts.done:
            time.sleep(0.1)
        before = _metadata(operations, created).counts.done
        begun = time.perf_counter()
        print(f"translate beside a job   {timed(client, translated)}")
        beside = (_metadata(operations, created).counts.done - before) / (time.perf_counter() - begun)
        print(f"detect    beside a job   {timed(client, detected)}")
        before = _metadata(operations, created).counts.done
        time.sleep(ALONE_SECONDS)
        alone = (_metadata(operations, created).counts.done - before) / ALONE_SECONDS
        print(f"the job: {beside:.2f} articles a second beside translate calls, {alone:.2f} with nobody else")
        operations.CancelOperation(operations_pb2.CancelOperationRequest(name=created.name))


def _metadata(operations: operations_pb2_grpc.OperationsStub, created: object) -> pb.BatchDigestMetadata:
    found = pb.BatchDigestMetadata()
    operations.GetOperation(operations_pb2.GetOperationRequest(name=created.name)).metadata.Unpack(found)
    return found


if __name__ == "__main__":
    main()
