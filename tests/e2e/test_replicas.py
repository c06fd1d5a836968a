"""Three servers that are ended and started in turn while calls reach them: no call is lost, and all of them work."""

import signal
import sys

import pytest

from tests.e2e.conftest import Installed
from tests.e2e.replicas import haproxy, lighter, loads, replicas, told

ENDS = (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL)

pytestmark = pytest.mark.alone


def test_servers_end_and_come_back_in_turn_and_no_call_is_lost(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    with replicas(3, [installed.bin / "polygist"], installed.folder) as servers, haproxy(servers) as proxy:
        with loads(servers, proxy, callers=2) as made:
            for load in made.values():
                load.more(3)
            for server, number in zip(servers, ENDS, strict=True):
                code = server.end(number)
                assert code == (0 if number is signal.SIGTERM else -number)
                server.begin()
                with lighter(made):
                    for load in made.values():  # the others answer meanwhile
                        load.more(2)
                    server.wait()
                for load in made.values():
                    load.more(3)
        with capsys.disabled():
            sys.stdout.write(f"\n{told(made, servers)}\n")
        for method, load in made.items():
            assert set(load.outcomes) == {"OK"}, method
            shares = [server.look()[method] / load.outcomes.total() for server in servers]
            assert min(shares) > 0.1, method
