"""Translations by the service, with what it said of each."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from polygist import inprocess
from polygist.client import Client
from polygist.settings import load
from polygist.v1 import polygist_pb2 as pb

AT_ONCE = 128  # texts of a call
TIMEOUT = 3600.0  # seconds of a call

FAST, BALANCED = pb.QUALITY_FAST, pb.QUALITY_BALANCED


@dataclass(frozen=True)
class Translated:
    """A translation, and the types of what the guard doubts in it, in small letters."""

    text: str
    warnings: frozenset[str]


@dataclass(frozen=True)
class Service:
    """A server in this process, reached as any other is."""

    client: Client

    def directions(self) -> list[str]:
        """All directions that are served, such as "en-uk", with a model of their own or through another language."""
        info = self.client.info()
        return [f"{pair.source_language}-{pair.target_language}" for pair in info.pairs]

    def model(self) -> str:
        """The loaded models with their revisions."""
        return ", ".join(f"{m.id} {m.revision[:12]} {m.engine}" for m in self.client.info().models)

    def translate(self, texts: Sequence[str], direction: str, quality: pb.Quality.ValueType) -> list[Translated]:
        """The translations of the texts in their order."""
        source, target = direction.split("-")
        options = pb.TranslationOptions(quality=quality)
        done: list[Translated] = []
        for i in range(0, len(texts), AT_ONCE):
            some = texts[i : i + AT_ONCE]
            done += _translated(
                self.client.translate(some, [target], source=source, translation=options, timeout=TIMEOUT)
            )
        return done


@contextmanager
def running() -> Iterator[Service]:
    """The service with the default profile."""
    with inprocess.running(load(log_level="ERROR")) as address, Client(address) as client:
        yield Service(client)


def _translated(response: pb.TranslateResponse) -> Iterator[Translated]:
    doubts = defaultdict(set)
    for warning in response.warnings:
        if warning.type != pb.Warning.TYPE_SEGMENT_SPLIT:
            doubts[warning.where].add(pb.Warning.Type.Name(warning.type).removeprefix("TYPE_").lower())
    for i, text in enumerate(response.translations[0].texts):
        yield Translated(text, frozenset(doubts[f"translations[0].texts[{i}]"]))
