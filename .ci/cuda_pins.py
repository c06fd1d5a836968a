"""Pins for what torch's default build brings along on x86-64 Linux: `pip install --report - | python cuda_pins.py`.

A machine that locks with a CPU build of torch does not see these packages.
"""

import json
import sys

PREFIXES = ("cuda-", "nvidia-", "triton")

found = [item["metadata"] for item in json.load(sys.stdin)["install"]]
sys.stdout.write("# CUDA companions of torch's default build\n")
for package in sorted(found, key=lambda p: p["name"]):
    if package["name"].startswith(PREFIXES):
        sys.stdout.write(f"{package['name']}=={package['version']}\n")
