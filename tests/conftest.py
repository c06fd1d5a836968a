"""Marks every test by its folder, and holds what all of them share."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SEED = ROOT / "seeds" / "000_4b4fb2adb7c2316e.txt"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        item.add_marker(getattr(pytest.mark, folder))


@pytest.fixture(scope="session")
def seed() -> str:
    """The seed article."""
    return SEED.read_text(encoding="utf-8")
