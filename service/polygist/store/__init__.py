"""Models on this machine: cards, pulling, building, verifying."""

import sys

# Importing OpenVINO sends an event to its makers over the network, unless the package that does so is missing.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None is how an import is refused
