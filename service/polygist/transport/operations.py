"""google.longrunning.Operations over batch jobs, so that the clients of others work with them."""

from __future__ import annotations

import re
from typing import Any, TypeAlias
from urllib.parse import unquote

import grpc
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf.empty_pb2 import Empty

from polygist.errors import ConfigurationError, InvalidRequest, Violation
from polygist.jobs.keeper import Keeper
from polygist.transport import batches, calls, listing
from polygist.v1 import polygist_pb2 as pb

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

OPERATIONS: str = operations_pb2.DESCRIPTOR.services_by_name["Operations"].full_name
_PARENT = "operations"
_NAME = re.compile(r"operations/([0-9a-f]{32})")
# An answer must be on its way before the caller's time is up.
_WAY_SECONDS = 0.2


def caller(context: Context) -> str:
    """Who calls: a caller of the file, else as far as a server that asks nobody for a name can tell, the host."""
    return calls.current().caller or _host(context)


def _owner() -> str | None:
    """Whose jobs there are for this call; None: everybody's, where nobody has a name."""
    return calls.current().caller or None


def _host(context: Context) -> str:
    kind, _, address = context.peer().partition(":")
    return unquote(address.rpartition(":")[0]) if kind in ("ipv4", "ipv6") else kind


class Operations(operations_pb2_grpc.OperationsServicer):  # type: ignore[misc]  # it has no types
    """Asks its `keeper`. Raises ConfigurationError where there is none."""

    def __init__(self) -> None:
        self.keeper: Keeper | None = None

    @property
    def _keeper(self) -> Keeper:
        if self.keeper is None:
            raise ConfigurationError("this server takes no batch jobs: POLYGIST_JOBS_DIR says where to keep them")
        return self.keeper

    async def create(self, request: pb.CreateBatchDigestRequest, context: Context) -> operations_pb2.Operation:
        """The operation of a job, which is new or has that request_id."""
        look = await self._keeper.create(request, caller(context))
        return await batches.whole(look, self._keeper)

    async def GetOperation(
        self, request: operations_pb2.GetOperationRequest, context: Context
    ) -> operations_pb2.Operation:
        return await batches.whole(await self._keeper.get(_job(request.name), _owner()), self._keeper)

    async def ListOperations(
        self, request: operations_pb2.ListOperationsRequest, context: Context
    ) -> operations_pb2.ListOperationsResponse:
        if request.name not in ("", _PARENT):
            raise InvalidRequest(Violation("name", f"is not {_PARENT!r}", "UNSUPPORTED"))
        states, size = listing.states(request.filter), listing.size(request.page_size)
        before = listing.before(request.page_token, request.filter)
        found = await self._keeper.page(size + 1, before, states, _owner())
        more = listing.token(found[size - 1].record.number, request.filter) if len(found) > size else ""
        return operations_pb2.ListOperationsResponse(
            operations=[batches.operation(look) for look in found[:size]], next_page_token=more
        )

    async def CancelOperation(self, request: operations_pb2.CancelOperationRequest, context: Context) -> Empty:
        await self._keeper.cancel(_job(request.name), _owner())
        return Empty()

    async def DeleteOperation(self, request: operations_pb2.DeleteOperationRequest, context: Context) -> Empty:
        await self._keeper.delete(_job(request.name), _owner())
        return Empty()

    async def WaitOperation(
        self, request: operations_pb2.WaitOperationRequest, context: Context
    ) -> operations_pb2.Operation:
        left = context.time_remaining()
        ends = [] if left is None else [max(0.0, left - _WAY_SECONDS)]
        if request.HasField("timeout"):
            ends.append(request.timeout.ToNanoseconds() / 1e9)
            if ends[-1] < 0:
                raise InvalidRequest(Violation("timeout", "is below 0", "OUT_OF_RANGE"))
        look = await self._keeper.wait(_job(request.name), min(ends, default=None), _owner())
        return await batches.whole(look, self._keeper)


def _job(name: str) -> str:
    """The name of a job in that of its operation."""
    if not (found := _NAME.fullmatch(name)):
        raise InvalidRequest(Violation("name", 'is not "operations/" and 32 hexadecimal digits', "INVALID"))
    return found[1]
