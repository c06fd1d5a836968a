"""How a command reaches a server: in plain text or by TLS, and as whom."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

import grpc
import typer

from polygist.client import Client
from polygist.errors import ConfigurationError

T = TypeVar("T")
_PANEL = "Calling a server (before the command)"


@dataclass(frozen=True)
class Access:
    """What a client shows and what it asks for; all empty: plain text, and no name."""

    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    token: str = field(default="", repr=False)
    token_file: Path | None = None

    def client(self, target: str, timeout: float | None, *, retries: bool) -> Client:
        """A client of a server. Raises ConfigurationError."""
        credentials, token = self._credentials(), self._token()
        try:
            return Client(target, timeout, retries=retries, credentials=credentials, token=token)
        except ValueError as error:
            raise ConfigurationError(f"{error} (polygist --help says how)") from error

    def _token(self) -> str:
        return self.token or (_read(self.token_file, Path.read_text).strip() if self.token_file else "")

    def _credentials(self) -> grpc.ChannelCredentials | None:
        if not (self.tls or self.ca or self.certificate or self.key):
            return None
        if bool(self.certificate) != bool(self.key):
            raise ConfigurationError("--cert and --key go together")
        return grpc.ssl_channel_credentials(*(_bytes(file) for file in (self.ca, self.key, self.certificate)))


def _bytes(file: Path | None) -> bytes | None:
    return _read(file, Path.read_bytes) if file else None


def _read(file: Path, read: Callable[[Path], T]) -> T:
    try:
        return read(file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"can't read {file}: {error}") from error


# Set anew by each command.
_chosen: ContextVar[Access] = ContextVar("access")


def chosen() -> Access:
    """What the command line and the environment say."""
    return _chosen.get(Access())


def _option(variable: str, help: str, name: str) -> Any:
    return typer.Option(name, envvar=f"POLYGIST_CLIENT_{variable}", help=help, rich_help_panel=_PANEL)


def choose(
    tls: Annotated[bool, _option("TLS", "Call by TLS.", "--tls")] = False,
    ca: Annotated[Path | None, _option("CA", "PEM of who signs the server's certificate; by TLS.", "--ca")] = None,
    cert: Annotated[Path | None, _option("CERTIFICATE", "PEM of one's own certificate; by TLS.", "--cert")] = None,
    key: Annotated[Path | None, _option("KEY", "PEM of its key.", "--key")] = None,
    token: Annotated[
        str, _option("TOKEN", "Says who calls. Others on this machine can read command lines.", "--token")
    ] = "",
    token_file: Annotated[Path | None, _option("TOKEN_FILE", "A file with the token.", "--token-file")] = None,
) -> None:
    """Before each command."""
    _chosen.set(Access(tls, ca, cert, key, token, token_file))
