"""The gRPC server: our service, its operations, health and reflection, on one port that nobody else has."""

from collections.abc import Sequence

import grpc
from google.longrunning import operations_pb2_grpc
from grpc_channelz.v1 import channelz, channelz_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from polygist.errors import ConfigurationError
from polygist.metrics import Metrics
from polygist.tracing import Attributes
from polygist.transport.calls import SERVICE, Telling, told
from polygist.transport.gate import Gate, State
from polygist.transport.interceptors import AroundEachCall, errors_as_statuses, gated, measured, messages_counted
from polygist.transport.operations import OPERATIONS, Operations
from polygist.transport.servicer import Servicer
from polygist.transport.sockets import UnixSocket
from polygist.transport.visits import Door, identified
from polygist.v1 import polygist_pb2_grpc

_CHANNELZ: str = channelz_pb2.DESCRIPTOR.services_by_name["Channelz"].full_name
_LAST_ANSWERS_SECONDS = 0.5
_LARGER = 2


class Server:
    """Owns the listening port, the health states and the gate; they change together."""

    def __init__(
        self,
        servicer: Servicer,
        operations: Operations,
        gate: Gate,
        metrics: Metrics,
        max_message_bytes: int,
        *,
        telling: Telling,
        door: Door | None,
        connections: Sequence[tuple[str, int]],
        reflect: bool,
        channels: bool,
    ) -> None:
        self._gate = gate
        # Where it listens, as spans say it.
        self._where: Attributes = {}
        self._health = health.aio.HealthServicer()
        self._server = grpc.aio.server(
            interceptors=[
                AroundEachCall(
                    (
                        told(telling, gate, lambda: self._where),
                        measured(metrics, gate),
                        errors_as_statuses(metrics),
                        *([identified(door)] if door else []),
                        gated(gate, metrics),
                    ),
                    messages_counted(metrics),
                    gate,
                    max_message_bytes,
                    texts=telling.texts,
                )
            ],
            options=[
                # Two servers on one port would share its calls in silence.
                ("grpc.so_reuseport", 0),
                # What is somewhat too large is refused by us: of what grpc refuses itself nobody hears.
                ("grpc.max_receive_message_length", min(_LARGER * max_message_bytes, 2**31 - 1)),
                ("grpc.max_send_message_length", -1),
                # Unread requests of a stream wait in a window of 64 KiB, not of megabytes.
                ("grpc.http2.bdp_probe", 0),
                *connections,
                ("grpc.enable_channelz", int(channels)),
            ],
        )
        polygist_pb2_grpc.add_PolygistServicer_to_server(servicer, self._server)
        operations_pb2_grpc.add_OperationsServicer_to_server(operations, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        if channels:
            channelz.add_channelz_servicer(self._server)
        if reflect:
            names = [SERVICE, OPERATIONS, health.SERVICE_NAME, reflection.SERVICE_NAME]
            names += [_CHANNELZ] if channels else []
            reflection.enable_server_reflection(names, self._server)

    async def start(
        self, address: str, credentials: grpc.ServerCredentials | None = None, socket: UnixSocket | None = None
    ) -> int:
        """Listen on "host:port" (port 0: a free one) or "unix:path", and on a `socket`; not serving yet.

        An empty address is left out. The `credentials` are for the address alone. Returns the port, 0 where there is
        none. Raises ConfigurationError where an address can't be had.
        """
        await self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        port = self._listen(address, credentials) if address else 0
        if socket:
            socket.bind(self._server.add_insecure_port)
        await self._server.start()
        host = address.rpartition(":")[0].strip("[]")
        unix = address if address.startswith("unix:") else socket.address if socket and not address else ""
        self._where = {"server.address": unix} if unix else {"server.address": host, "server.port": port}
        return port

    def _listen(self, address: str, credentials: grpc.ServerCredentials | None) -> int:
        try:
            if credentials is None:
                return self._server.add_insecure_port(address)
            return self._server.add_secure_port(address, credentials)
        except RuntimeError as error:
            raise ConfigurationError(f"can't listen on {address}: is the port in use?") from error

    async def ready(self) -> None:
        """Let calls in."""
        if self._gate.state is State.DRAINING:
            return
        self._gate.state = State.SERVING
        await self._set_health(health_pb2.HealthCheckResponse.SERVING)

    async def set_model_health(self, model: str, serves: bool) -> None:
        """Whether a model has an engine to work with, by its id. What needs none goes on without it."""
        state = health_pb2.HealthCheckResponse
        await self._health.set(model, state.SERVING if serves else state.NOT_SERVING)

    async def drain(self, grace_seconds: float) -> None:
        """Health first, then no new calls; returns when those in flight have ended or the grace period has.

        Streams that only watch, as health checks of load balancers do, are not waited for.
        """
        await self._health.enter_graceful_shutdown()
        self._gate.state = State.DRAINING
        done = await self._gate.wait_until_empty(grace_seconds)
        self._gate.cut = True
        # The last answers are on their way out.
        await self._server.stop(_LAST_ANSWERS_SECONDS if done else 0)

    async def _set_health(self, state: int) -> None:
        for service in ("", SERVICE):
            await self._health.set(service, state)
