"""Scheduler and engines."""

import polygist.store  # noqa: F401  # it keeps OpenVINO from telling its makers
