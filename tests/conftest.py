"""Marks every test by its folder, and holds what all of them share."""

import faulthandler
import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from polygist.settings import Settings
from polygist.store.build import build
from polygist.store.cards import load_card, load_profile
from polygist.store.models import BuiltModel

ROOT = Path(__file__).parents[1]
SEED = ROOT / "seeds" / "000_4b4fb2adb7c2316e.txt"


# No test is timed: the first call of many a function reads its tables, and machines are busy.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")


# Where no test begins for so long, the process shows what its threads do and ends: pytest's own timeout can't end what
# keeps the interpreter to itself, waits in a library, or comes between two tests. Longer than any test may take.
STUCK_SECONDS = 1000
_stderr = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_stderr] = os.dup(2)  # before what tests print is captured


def pytest_runtest_protocol(item: pytest.Item) -> None:
    faulthandler.dump_traceback_later(STUCK_SECONDS, file=item.config.stash[_stderr], exit=True)


def pytest_sessionfinish() -> None:
    faulthandler.cancel_dump_traceback_later()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        item.add_marker(getattr(pytest.mark, folder))


@pytest.fixture(scope="session")
def embedded_model() -> BuiltModel:
    """The embedded model in the user's cache; built there when it is missing, which takes a minute or two."""
    card = load_card(load_profile("embedded").translation[0])
    return build(card, Settings().cache_dir)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny checkpoint of that family (a key of `tests.checkpoints.MAKERS`), made once in a session. It
    is to be read only."""
    made: dict[str, Path] = {}

    def folder(family: str) -> Path:
        from tests.checkpoints import MAKERS  # takes seconds to import

        if family not in made:
            made[family] = tmp_path_factory.mktemp("checkpoints") / family
            MAKERS[family](made[family])
        return made[family]

    return folder


@pytest.fixture(scope="session")
def seed() -> str:
    """The seed article."""
    return SEED.read_text(encoding="utf-8")
