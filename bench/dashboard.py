"""What the dashboard shows: a server under a load that changes, seen by a real Prometheus and drawn.

    python bench/dashboard.py --minutes 6

Writes docs/images/dashboard.png. A quarter of the time is calm, then four callers work, then many more than the server
takes, and one engine is killed; the last quarter is calm again. Needs Debian's package prometheus.
"""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.extend(str(Path(__file__).parents[1] / folder) for folder in (".", "bench/serving", "deploy/grafana"))
from draw import draw
from server import Server, serving

from tests.e2e.calls import calling
from tests.e2e.monitoring import prometheus

_IMAGE = Path(__file__).parents[1] / "docs" / "images" / "dashboard.png"
_LIMITS = {"CACHE_MEMORY_BYTES": 2**26, "MAX_CONCURRENT_CALLS": 6}
_MANY = 9


def load(server: Server, seconds: float) -> None:
    """Four parts of the same length."""
    for callers in (1, 4, _MANY, 1):
        with calling(server.address, callers, pause=0.5):
            if callers == _MANY:
                server.process.children()[0].send_signal(signal.SIGKILL)
            time.sleep(seconds / 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=6)
    minutes = parser.parse_args().minutes
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(**_LIMITS) as server,
        prometheus(Path(folder), server.metrics) as seen,
    ):
        begun = time.monotonic()
        load(server, 60 * minutes)
        draw(seen.url, (time.monotonic() - begun) / 60, _IMAGE, rate_interval="20s")
    print(_IMAGE)


if __name__ == "__main__":
    main()
