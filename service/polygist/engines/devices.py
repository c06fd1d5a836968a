"""Where engines run: the cores of a CPU shared out among replicas, or a replica on each GPU."""

import subprocess
import sys
from dataclasses import dataclass

from polygist.engines.cores import available, plan
from polygist.errors import ConfigurationError

_COUNT = "import torch; print(torch.cuda.device_count())"
_COUNT_SECONDS = 120.0


@dataclass(frozen=True)
class Seat:
    """What one replica has for itself: cores, and a device as torch names it ("cpu", "cuda:0")."""

    threads: int
    device: str = "cpu"


def seats(
    device: str, engine: str, replicas: int | None = None, threads: int | None = None, models: int = 1
) -> list[Seat]:
    """A seat for each replica of one of so many `models`: on "cpu" as `cores.plan` says of its share of the cores, on
    "cuda" one on each device that torch sees, beside those of the others.

    Raises ConfigurationError where "cuda" is asked for and there is none, too few, or an engine that can't use it.
    """
    if device == "cpu":
        shares = plan(max(1, available() // models), replicas, threads)
        return [Seat(shares.threads)] * shares.replicas
    if engine != "torch":
        raise ConfigurationError(f"POLYGIST_DEVICE: {device} is served by POLYGIST_ENGINE=torch alone, not {engine}")
    found = cuda_devices()
    if not found or (replicas or 1) > found:
        raise ConfigurationError(f"POLYGIST_DEVICE: torch sees {found} CUDA devices, {replicas or 1} are needed")
    return [Seat(threads or 1, f"cuda:{i}") for i in range(replicas or found)]


def cuda_devices() -> int:
    """How many CUDA devices torch sees, asked in a process of its own: torch takes seconds to import, and memory."""
    # -P: no file in the working directory takes the place of a module.
    command = [sys.executable, "-P", "-c", _COUNT]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_COUNT_SECONDS, check=True)  # noqa: S603  # our own program  # nosec B603
        return int(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise ConfigurationError("POLYGIST_DEVICE: torch can't be asked for its CUDA devices") from error
