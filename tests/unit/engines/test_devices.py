"""Where engines run."""

import pytest

from polygist.engines import devices
from polygist.engines.devices import Seat, seats
from polygist.errors import ConfigurationError


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two."""
    monkeypatch.setattr(devices, "cuda_devices", lambda: 2)


def test_cores_are_shared_out_among_replicas() -> None:
    assert seats("cpu", "openvino", 2, 3) == [Seat(3, "cpu"), Seat(3, "cpu")]


@pytest.mark.parametrize(("models", "expected"), [(1, [4, 4]), (2, [4]), (3, [2]), (20, [1])])
def test_cores_are_shared_out_among_models(models: int, expected: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available", lambda: 8)
    assert seats("cpu", "ct2", models=models) == [Seat(threads) for threads in expected]
    assert seats("cpu", "ct2", 2, 3, models) == [Seat(3), Seat(3)]


@pytest.mark.usefixtures("gpus")
def test_each_gpu_has_a_replica() -> None:
    assert [s.device for s in seats("cuda", "torch")] == ["cuda:0", "cuda:1"]
    assert seats("cuda", "torch", replicas=1, threads=4) == [Seat(4, "cuda:0")]
    assert len(seats("cuda", "torch", models=5)) == 2


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize(("engine", "replicas", "reason"), [("openvino", None, "torch alone"), ("torch", 3, "2 CUDA")])
def test_what_the_gpus_cannot_do_is_refused(engine: str, replicas: int | None, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        seats("cuda", engine, replicas)


def test_torch_is_asked_for_its_devices_and_a_machine_without_any_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(ConfigurationError, match="sees 0 CUDA"):
        seats("cuda", "torch")
