"""Which addresses stay on this machine: what is plain text there is heard by nobody else."""

import ipaddress

_RESOLVED = ("dns", "ipv4", "ipv6")


def is_loopback(host: str) -> bool:
    """Whether a host, a name or an address, is this machine and only that.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.53", "[::1]", "0.0.0.0", "10.0.0.7", "")]
    [True, True, True, False, False, False]
    """
    bare = host.removeprefix("[").removesuffix("]")
    if bare.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def is_local(target: str) -> bool:
    """Whether a target, as gRPC reads it, leads to this machine and only that; False where that can't be told.

    >>> [is_local(t) for t in ("localhost:50051", "unix:/run/polygist", "dns:///[::1]:1", "example.org:443")]
    [True, True, True, False]
    """
    scheme, _, rest = target.partition(":")
    if scheme in ("unix", "unix-abstract"):
        return True
    if scheme in _RESOLVED:
        # Behind "//" a name server may stand, which says what it likes.
        if rest.startswith("//") and not rest.startswith("///"):
            return False
        target = rest.removeprefix("///")
    return all(is_loopback(_host(one)) for one in target.split(","))


def _host(address: str) -> str:
    """The host in "host", "host:port", "[v6]:port" or "v6"."""
    if address.startswith("["):
        return address.partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def joined(host: str, port: int) -> str:
    """ "host:port", with brackets where the host is an IPv6 address.

    >>> joined("::1", 50051)
    '[::1]:50051'
    """
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"
