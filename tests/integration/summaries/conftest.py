"""Servers that summarise with a tiny model of the tests, in an engine's process, and translate by a script."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from polygist import inprocess
from polygist.client import Client
from polygist.document.parse import parse
from polygist.engines import makers
from polygist.engines.base import Engine
from polygist.engines.batching import Bounds
from polygist.engines.devices import Seat
from polygist.engines.process import ProcessEngine
from polygist.settings import Settings
from polygist.store.build import build
from polygist.store.cards import load_summary_card
from polygist.store.models import BuiltModel
from polygist.store.summarizers import SummaryCard
from polygist.summarize import abstractive_plan, extract
from polygist.summarize.abstractive_codec import Codec, codec_of
from polygist.translate import guard
from polygist.types import Summary, SummaryOptions
from tests import checkpoints
from tests.conftest import ROOT
from tests.integration.serving.stand import Scripted, engines_by

LIBRARY = (ROOT / "tests/data/articles/en.library.txt").read_text(encoding="utf-8")
PATIENCE_SECONDS = 100
SEQ2SEQ = {"headline": "{text}", "lead": "{text}", "key_point": "{text}"}
CHAT = {
    "headline": "Write a headline in {language} for this article.\n{text}",
    "lead": "Say in {sentences} sentences of {language} what happened.\n{text}",
    "key_point": "Say in one sentence of {language} what this part says.\n{text}",
}


@dataclass(frozen=True)
class Script:
    """What a model is taught to answer about an article; no point where the part is "" or left out."""

    article: str
    headline: str
    lead: str
    points: Sequence[str]


@dataclass
class Shelf:
    """Folders of a user: cards and profiles, built models (the embedded one among them), checkpoints."""

    root: Path
    embedded: BuiltModel

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def place(self, name: str) -> Path:
        return self.root / "checkpoints" / name

    def profile(self, name: str, family: str, prompts: Mapping[str, str], **changed: Any) -> Codec:
        """Write it over the checkpoint of that name, and build its model."""
        checkpoints.write_profile(self.models, name, family, self.place(name), dict(prompts), **changed)
        card = load_summary_card(name, self.models)
        return codec_of(card, build(card, self.cache))

    def settings(self, name: str, **changed: object) -> Settings:
        base = {"profile": name, "models_dir": self.models, "cache_dir": self.cache, "cache_memory_bytes": 0}
        return Settings(**{**base, "replicas": 1, "threads": 1, **changed})

    @contextmanager
    def serving(self, name: str, engine: Callable[..., Engine] | None = None, **changed: object) -> Iterator[Client]:
        """A server whose translations begin with OPENING.

        Its summaries come of an engine in a process of its own, or, which is quicker, of `engine`, which is given what
        `load_engine` is.
        """
        with engines_by(lambda: Scripted(self.embedded)), pytest.MonkeyPatch.context() as patch:
            patch.setattr(guard, "doubts", lambda *_, **__: frozenset())
            if engine:
                patch.setattr(makers, "summarizer_maker", lambda *given: partial(_loaded, engine, *given))
            with inprocess.running(self.settings(name, **changed)) as target, Client(target, timeout=200) as client:
                yield client


def _loaded(engine: Callable[..., Engine], settings: Settings, card: SummaryCard, built: BuiltModel, seat: Seat) -> Any:
    made: Any = engine(built, card, settings.engine, seat, Bounds(16, 4096))
    made.wait_until_loaded = lambda: None
    return made


def recorded(patch: pytest.MonkeyPatch, maker: str) -> list[ProcessEngine]:
    """The engines that the function of `makers` of that name leads to, as they are made, the youngest last."""
    engines: list[ProcessEngine] = []
    made: Callable[..., Callable[[], ProcessEngine]] = getattr(makers, maker)

    def recording(*given: Any) -> Callable[[], ProcessEngine]:
        make = made(*given)

        def begin() -> ProcessEngine:
            engines.append(make())
            return engines[-1]

        return begin

    patch.setattr(makers, maker, recording)
    return engines


def until(holds: Callable[[], bool]) -> None:
    """Wait for what an engine that is started again brings."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory, embedded_model: BuiltModel) -> Shelf:
    made = Shelf(tmp_path_factory.mktemp("shelf"), embedded_model)
    (made.cache / "models").mkdir(parents=True)
    (made.cache / "models" / embedded_model.path.name).symlink_to(embedded_model.path)
    return made


def extractive(text: str, language: str = "en") -> Summary:
    return extract.summarize(parse(text, language), SummaryOptions())


def lessons(script: Script, codec: Codec, prompts: Mapping[str, str], room: int) -> list[tuple[Sequence[int], str]]:
    """The prompts that the service makes of an article, and the answers to them."""
    article, base = parse(script.article, "en"), extractive(script.article)
    plan = abstractive_plan.plan(article, base, codec.counts, room)
    (whole,) = abstractive_plan.chunks(plan.units, codec.counts, room)
    asked = [
        (prompts["headline"], 1, whole, script.headline),
        (prompts["lead"], len(base.lead_spans), whole, script.lead),
    ]
    asked += [
        (prompts["key_point"], 1, part, answer) for part, answer in zip(plan.parts, script.points, strict=True) if part
    ]
    return [(codec.encode(prompt, "English", n, text), answer) for prompt, n, text, answer in asked]
