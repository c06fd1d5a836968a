"""From settings to an HTTP port."""

import asyncio
import threading
from collections.abc import Callable

from prometheus_client import CollectorRegistry

from polygist import certificates
from polygist.certificates import Asked, nobody_asks
from polygist.fresh import Told, nobody
from polygist.settings import Settings
from polygist.web import users
from polygist.web.pages import Pages
from polygist.web.server import WebServer

_ANSWER_SECONDS = 5.0


def open_web(
    settings: Settings,
    registry: CollectorRegistry,
    loop: asyncio.AbstractEventLoop,
    ready: Callable[[], bool],
    told: Told = nobody,
    ends: Asked = nobody_asks,
) -> WebServer:
    """The port of metrics and probes; a process lives as long as its event `loop` does what it is asked.

    `told` hears when the TLS files were read again, `ends` whom to ask when its chain ends. Raises ConfigurationError.
    """
    files = certificates.of_metrics(settings)
    contexts = files.fresh(certificates.Certificates.context, told, ends) if files else None
    known = users.load(settings.metrics_users) if settings.metrics_users else None
    shown = settings.metrics_tls_client_ca is not None
    pages = Pages(registry, lambda: _turns(loop), ready, known, certified=shown)
    return WebServer(settings.metrics_host, settings.metrics_port, pages, contexts)


def _turns(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop comes round to something new."""
    turned = threading.Event()
    try:
        loop.call_soon_threadsafe(turned.set)
    except RuntimeError:  # it has ended
        return False
    return turned.wait(_ANSWER_SECONDS)
