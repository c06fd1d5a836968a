"""Channels that tell who calls: by TLS with a token, or without TLS where that stays on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from polygist.addresses import is_local

Options = Sequence[tuple[str, str | int]]
_HEADER = "authorization"


def opened(
    target: str, options: Options, credentials: grpc.ChannelCredentials | None = None, token: str = ""
) -> grpc.Channel:
    """A channel to the server there; without `credentials` in plain text.

    Raises ValueError for a token that no header can hold, and for one that would go in plain text to another machine.
    """
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("a token is of visible ASCII characters")
    if credentials is not None:
        if token:
            credentials = grpc.composite_channel_credentials(credentials, grpc.access_token_call_credentials(token))
        return grpc.secure_channel(target, credentials, options)
    if not token:
        return grpc.insecure_channel(target, options)
    if not is_local(target):
        raise ValueError(f"a token in plain text to {target} can be read on its way: use TLS")
    # A proxy would be another machine.
    made = grpc.insecure_channel(target, [*options, ("grpc.enable_http_proxy", 0)])
    return grpc.intercept_channel(made, _Bearer(token))


@dataclass(frozen=True)
class _Details(grpc.ClientCallDetails):
    """Of a call, as grpc's interceptors hand them on."""

    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str | bytes], ...] | None
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class _Bearer(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Adds the token to each call. grpc's own call credentials insist on TLS, also on loopback."""

    def __init__(self, token: str) -> None:
        self._header = (_HEADER, f"Bearer {token}")

    def _with_token(self, continuation: Callable[[Any, Any], Any], details: Any, request: Any) -> Any:
        metadata = (*(details.metadata or ()), self._header)
        made = _Details(
            details.method,
            details.timeout,
            metadata,
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )
        return continuation(made, request)

    # Their types differ in what a call returns, which is handed on as it is.
    intercept_unary_unary = intercept_unary_stream = _with_token  # type: ignore[assignment]
    intercept_stream_unary = intercept_stream_stream = _with_token  # type: ignore[assignment]
