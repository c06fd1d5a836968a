import pytest

from polygist.addresses import is_local, is_loopback, joined


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.8.9.1", "::1", "[::1]"])
def test_what_stays_on_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        *("", "0.0.0.0", "::", "[::]", "10.0.0.7"),  # noqa: S104  # nothing listens there
        *("example.org", "localhost.example.org", "127.0.0.1.example.org"),
    ],
)
def test_what_does_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "target",
    [
        *(
            "localhost:50051",
            "localhost",
            "127.0.0.1:1",
            "[::1]:50051",
            "::1",
            "unix:/run/socket",
            "unix:///run/socket",
        ),
        *("unix-abstract:name", "dns:localhost:1", "dns:///localhost:1", "ipv4:127.0.0.1:1", "ipv6:[::1]:1"),
        "ipv4:127.0.0.1:1,127.0.0.2:1",
    ],
)
def test_targets_on_this_machine(target: str) -> None:
    assert is_local(target)


@pytest.mark.parametrize(
    "target",
    [
        *(
            "",
            "example.org:443",
            "0.0.0.0:50051",
            "dns:///example.org",
            "dns://10.0.0.7/localhost:1",
            "xds:///localhost",
        ),
        *("ipv4:127.0.0.1:1,10.0.0.7:1", "ipv6:[2001:db8::1]:1", "localhost@example.org:1", "unix.example.org:1"),
        "vsock:2:1",
    ],
)
def test_targets_elsewhere_or_unknown(target: str) -> None:
    assert not is_local(target)


def test_an_address_of_version_six_has_brackets() -> None:
    assert [joined(host, 1) for host in ("::1", "[::1]", "127.0.0.1")] == ["[::1]:1", "[::1]:1", "127.0.0.1:1"]
