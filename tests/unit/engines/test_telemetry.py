"""Nothing is told to anybody."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
seen = []
sys.addaudithook(lambda event, args: seen.append(event) if event in ("socket.connect", "socket.getaddrinfo") else None)
import {module}
import openvino.tools.ovc.telemetry_utils as telemetry
import threading, time
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join(10)
print(telemetry.tm.__name__, seen)
"""


@pytest.mark.parametrize("module", ["polygist.engines.openvino", "polygist.store.ir"])
def test_openvino_tells_nobody(module: str) -> None:
    command = [sys.executable, "-c", SCRIPT.replace("{module}", module)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "openvino.tools.ovc.telemetry_stub []\n"
