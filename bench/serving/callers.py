"""The load: callers of a server who each wait for their answer, in a process of their own.

`python callers.py ADDRESS CALLERS < texts.json` prints what they got, and what the load itself took of the cores;
`python callers.py ADDRESS bulk` streams whole articles in until its end is asked for.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
import texts

from polygist.client import Client
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc


def call(text: str) -> pb.TranslateRequest:
    return pb.TranslateRequest(texts=[text], source_language="en", target_languages=["de"])


def translate_all(address: str, sentences: Sequence[str], callers: int) -> dict[str, Any]:
    """Every sentence in a call of its own: seconds, CPU seconds of the load, and of each in order the seconds at which
    it was answered, its tokens and decodings."""
    command = [sys.executable, __file__, address, str(callers)]
    done = subprocess.run(command, input=json.dumps(sentences), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def bulk(address: str) -> Iterator[None]:
    """Meanwhile a stream of articles keeps the server's engine full."""
    with subprocess.Popen([sys.executable, __file__, address, "bulk"], stdout=subprocess.PIPE) as stream:
        try:
            if stream.stdout:
                stream.stdout.readline()  # the first answer
            yield
        finally:
            stream.terminate()


async def _translate(address: str, sentences: Sequence[str], callers: int) -> dict[str, Any]:
    waiting, answers, ends = list(enumerate(sentences))[::-1], {}, {}
    async with grpc.aio.insecure_channel(address) as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        await stub.GetInfo(pb.GetInfoRequest())

        async def caller() -> None:
            while waiting:
                i, text = waiting.pop()
                answers[i] = await stub.Translate(call(text))
                ends[i] = time.monotonic() - begun

        begun, cpu = time.monotonic(), time.process_time()
        await asyncio.gather(*(caller() for _ in range(callers)))
        seconds, cpu = time.monotonic() - begun, time.process_time() - cpu
    return {
        "seconds": seconds,
        "cpu": cpu,
        "ends": [ends[i] for i in range(len(sentences))],
        "tokens": [answers[i].tokens.output for i in range(len(sentences))],
        "decodings": [answers[i].tokens.segments for i in range(len(sentences))],
    }


def _stream(address: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    numbered = ((str(i), article) for i, article in enumerate(texts.articles(24, seed=3)))
    with Client(address) as client:
        for i, _ in enumerate(
            client.digest_many(numbered, ["de"], source="en", scope=pb.TRANSLATION_SCOPE_SUMMARY_AND_ARTICLE)
        ):
            if not i:
                sys.stdout.write("begun\n")
                sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[2] == "bulk":
        _stream(sys.argv[1])
    else:
        json.dump(asyncio.run(_translate(sys.argv[1], json.load(sys.stdin), int(sys.argv[2]))), sys.stdout)
