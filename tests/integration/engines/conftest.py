"""What the tests of engines in processes of their own need."""

import os

import pytest

from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def fakes_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines' processes find this package, wherever they are started."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
