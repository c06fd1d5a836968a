"""From settings to an HTTP port."""

import asyncio
import threading
from collections.abc import Callable

from prometheus_client import CollectorRegistry

from polygist.errors import ConfigurationError
from polygist.settings import Settings
from polygist.web import users
from polygist.web.pages import Pages
from polygist.web.server import WebServer

_ANSWER_SECONDS = 5.0


def open_web(
    settings: Settings, registry: CollectorRegistry, loop: asyncio.AbstractEventLoop, ready: Callable[[], bool]
) -> WebServer:
    """The port of metrics and probes; a process lives as long as its event `loop` does what it is asked.

    Raises ConfigurationError.
    """
    certificate = None
    if settings.metrics_tls_certificate and settings.metrics_tls_key:
        certificate = settings.metrics_tls_certificate, settings.metrics_tls_key
    elif settings.metrics_tls_certificate or settings.metrics_tls_key:
        raise ConfigurationError("POLYGIST_METRICS_TLS_CERTIFICATE and POLYGIST_METRICS_TLS_KEY go together")
    known = users.load(settings.metrics_users) if settings.metrics_users else None
    pages = Pages(registry, lambda: _turns(loop), ready, known)
    return WebServer(settings.metrics_host, settings.metrics_port, pages, certificate)


def _turns(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop comes round to something new."""
    turned = threading.Event()
    try:
        loop.call_soon_threadsafe(turned.set)
    except RuntimeError:  # it has ended
        return False
    return turned.wait(_ANSWER_SECONDS)
