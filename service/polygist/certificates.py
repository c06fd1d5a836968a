"""The TLS files of a port: its certificate and key, and who signs those of its clients."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from polygist.addresses import is_loopback
from polygist.errors import ConfigurationError
from polygist.fresh import Fresh, Told, nobody
from polygist.settings import Settings

T = TypeVar("T")
# Hears whom to ask, at any time and from any thread, for seconds since 1970.
Asked = Callable[[Callable[[], float]], None]


def nobody_asks(ends_at: Callable[[], float]) -> None:
    """Hears it and does not ask."""


@dataclass(frozen=True)
class Certificates:
    """PEM files: a chain, its key, and the authorities that sign clients' certificates, None where none are asked for.

    `variable` is what the names of their settings begin with.
    """

    chain: Path
    key: Path
    client_ca: Path | None
    variable: str

    def fresh(
        self, read: Callable[["Certificates"], T], told: Told = nobody, ends: Asked = nobody_asks
    ) -> Callable[[], T]:
        """What `read` makes of them, to be asked for: made now, and again whenever they have changed.

        `ends` hears whom to ask when the chain that is in force ends. Raises what `read` does, and ConfigurationError.
        """
        files = [self.chain, self.key, *([self.client_ca] if self.client_ca else [])]
        found = Fresh(files, lambda: (read(self), self.ends_at()), told)
        ends(lambda: found.get()[1])
        return lambda: found.get()[0]

    def ends_at(self) -> float:
        """When the first certificate of the chain is no longer valid, in seconds since 1970.

        Raises ConfigurationError.
        """
        from cryptography import x509  # not needed for plain text

        try:
            chain = x509.load_pem_x509_certificates(self.chain.read_bytes())
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{self.variable}CERTIFICATE: can't read {self.chain}: {error}") from error
        return min(one.not_valid_after_utc for one in chain).timestamp()

    def context(self) -> ssl.SSLContext:
        """For a server; clients' certificates are checked where they show one. Raises ConfigurationError."""
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            # Nobody is there to be asked for the password of a key that has one.
            made.load_cert_chain(self.chain, self.key, password=lambda: "")
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            names = f"{self.variable}CERTIFICATE, {self.variable}KEY"
            raise ConfigurationError(f"{names}: can't use {self.chain} with {self.key}: {error}") from error
        if self.client_ca:
            try:
                made.load_verify_locations(self.client_ca)
            except (OSError, ValueError) as error:
                raise ConfigurationError(f"{self.variable}CLIENT_CA: can't use {self.client_ca}: {error}") from error
            made.verify_mode = ssl.CERT_OPTIONAL
        return made


def of_grpc(settings: Settings) -> Certificates | None:
    """Those of the gRPC port; None: plain text.

    Raises ConfigurationError where plain text would leave this machine and nobody has said that it may.
    """
    found = _found("POLYGIST_TLS_", settings.tls_certificate, settings.tls_key, settings.tls_client_ca)
    if found is None and settings.host and not settings.insecure:
        _keep_here(settings.host, "POLYGIST_TLS_", "POLYGIST_INSECURE=true (--insecure)")
    return found


def of_metrics(settings: Settings) -> Certificates | None:
    """Those of the HTTP port, as `of_grpc`."""
    found = _found(
        "POLYGIST_METRICS_TLS_",
        settings.metrics_tls_certificate,
        settings.metrics_tls_key,
        settings.metrics_tls_client_ca,
    )
    if found is None and not (settings.insecure or settings.metrics_insecure):
        said = "POLYGIST_METRICS_INSECURE=true, or POLYGIST_INSECURE=true (--insecure) for both ports,"
        _keep_here(settings.metrics_host, "POLYGIST_METRICS_TLS_", said)
    return found


def _found(variable: str, chain: Path | None, key: Path | None, client_ca: Path | None) -> Certificates | None:
    if chain and key:
        return Certificates(chain, key, client_ca, variable)
    if chain or key or client_ca:
        raise ConfigurationError(f"{variable}CERTIFICATE and {variable}KEY go together, and a CLIENT_CA with them")
    return None


def _keep_here(host: str, variable: str, said: str) -> None:
    if not is_loopback(host):
        raise ConfigurationError(
            f"plain text on {host} can be heard and changed on its way: set {variable}CERTIFICATE and {variable}KEY, "
            f"or say {said} where something else protects it"
        )
