"""What the tests of engines in processes of their own need."""

import ctypes
import os
from collections.abc import Iterator

import pytest
import torch

from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def fakes_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines' processes find this package, wherever they are started."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)


@pytest.fixture(autouse=True)
def threads_are_put_back() -> Iterator[None]:
    """An engine of torch in this process leaves its number to all of it."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


class _Stack(ctypes.Structure):
    """stack_t of sigaltstack(2)."""

    _fields_ = (("start", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


@pytest.fixture(autouse=True)
def signals_keep_their_stack() -> Iterator[None]:
    """A library that leaves this thread one that is gone kills the process at the next signal, in another test."""
    before = _stack_of_signals()
    yield
    assert _stack_of_signals() == before


def _stack_of_signals() -> int | None:
    found = _Stack()
    assert ctypes.CDLL(None).sigaltstack(None, ctypes.byref(found)) == 0
    return None if found.start is None else int(found.start)
