"""How long connections live, and what they may ask, in gRPC's words."""

from polygist.settings import Settings

_FOR_EVER = 2**31 - 1


def options(settings: Settings) -> list[tuple[str, int]]:
    """For a server. What is 0 in the settings has no end."""
    answer = _milliseconds(settings.keepalive_timeout_seconds)
    return [
        # A peer from which nothing has come for so long is asked for a sign of life, and taken for gone when it gives
        # none in time: its calls end.
        ("grpc.keepalive_time_ms", _milliseconds(settings.keepalive_seconds)),
        # By its documentation grpc heeds the first of these; grpcio 1.85 lets an unanswered ping be until the second.
        ("grpc.keepalive_timeout_ms", answer),
        ("grpc.http2.ping_timeout_ms", answer),
        # Between calls, too.
        ("grpc.keepalive_permit_without_calls", 1),
        # It may ask us as well; grpc-go and grpc-java let clients do so every ten seconds.
        ("grpc.http2.min_ping_interval_without_data_ms", _milliseconds(settings.min_ping_interval_seconds)),
        # A connection that is old is let go when its calls have ended, so that new servers get their share of those
        # that balancers of connections hand out.
        ("grpc.max_connection_age_ms", _milliseconds(settings.max_connection_age_seconds)),
        ("grpc.max_connection_age_grace_ms", _milliseconds(settings.max_connection_age_grace_seconds)),
        ("grpc.max_connection_idle_ms", _milliseconds(settings.max_connection_idle_seconds)),
        # TLS and HTTP/2 are agreed on by then.
        ("grpc.server_handshake_timeout_ms", _milliseconds(settings.handshake_timeout_seconds)),
        # One bound: between two of them grpc refuses by chance.
        ("grpc.max_metadata_size", settings.max_metadata_bytes),
        ("grpc.absolute_max_metadata_size", settings.max_metadata_bytes),
    ]


def _milliseconds(seconds: float) -> int:
    return min(max(1, round(seconds * 1000)), _FOR_EVER) if seconds else _FOR_EVER
