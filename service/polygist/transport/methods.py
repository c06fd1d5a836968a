"""What callers may be allowed, by names that stand for several methods."""

from collections.abc import Iterable, Mapping

from google.longrunning import operations_pb2
from grpc_channelz.v1 import channelz_pb2
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from polygist.transport.calls import SERVICE
from polygist.v1 import polygist_pb2

_HEALTH: str = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
_METHODS = [method.name for method in polygist_pb2.DESCRIPTOR.services_by_name["Polygist"].methods]


def _own(*names: str) -> tuple[str, ...]:
    return tuple(f"/{SERVICE}/{name}" for name in names)


def _all(descriptor: object, service: str) -> tuple[str, ...]:
    found = descriptor.services_by_name[service]  # type: ignore[attr-defined]  # of a file
    return tuple(f"/{found.full_name}/{method.name}" for method in found.methods)


# Every caller who is known may ask what is served.
_INFO = _own("GetInfo")
# A method of our own may be in several of them, and is in one at least; a test sees to it.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "digest": _own("Digest", "StreamDigest", "DigestMany", "Brief", "Summarize", "Parse", "DetectLanguage"),
    "translate": _own("Translate", "DetectLanguage"),
    "jobs": (*_own("CreateBatchDigest"), *_all(operations_pb2.DESCRIPTOR, "Operations")),
    "admin": (
        *_own("GetStatus"),
        *_all(reflection_pb2.DESCRIPTOR, "ServerReflection"),
        *_all(channelz_pb2.DESCRIPTOR, "Channelz"),
    ),
}
NAMES: tuple[str, ...] = (*GROUPS, *_METHODS)


def allowed(names: Iterable[str]) -> frozenset[str]:
    """The methods, "/package.Service/Method", that groups and single methods stand for. Raises KeyError for another.

    >>> sorted(allowed(["Translate"]))
    ['/polygist.v1.Polygist/GetInfo', '/polygist.v1.Polygist/Translate']
    """
    single = {name: _own(name) for name in _METHODS}
    return frozenset(_INFO).union(*(GROUPS[name] if name in GROUPS else single[name] for name in names))


def is_open(method: str) -> bool:
    """Whether everybody may call it, known or not: health alone, which balancers and probes ask."""
    return method.startswith(f"/{_HEALTH}/")
