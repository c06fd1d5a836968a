"""Who calls."""

import pytest

from polygist.transport.operations import caller


class Context:
    def __init__(self, peer: str) -> None:
        self._peer = peer

    def peer(self) -> str:
        return self._peer


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("ipv4:10.0.0.7:51234", "10.0.0.7"),
        ("ipv6:%5B::1%5D:51234", "[::1]"),
        ("ipv6:[2001:db8::1]:51234", "[2001:db8::1]"),
        ("unix:", "unix"),
        ("unix:/run/polygist.sock", "unix"),
        ("", ""),
    ],
)
def test_a_caller_is_the_host_of_an_address(peer: str, expected: str) -> None:
    assert caller(Context(peer)) == expected
