"""Certificates made for a test."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_BORN = timedelta(days=2)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes

    def write(self, folder: Path, name: str = "server") -> tuple[Path, Path]:
        """Their files there, which take the place of older ones."""
        files = folder / f"{name}.pem", folder / f"{name}.key"
        for file, data in zip(files, (self.certificate, self.key), strict=True):
            new = file.with_suffix(".new")
            new.write_bytes(data)
            new.replace(file)
        return files


class Authority:
    """Signs certificates; `pem` is its own."""

    def __init__(self, name: str = "authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self.pem = self._signed(self._name, self._key, 1, (), authority=True).public_bytes(Encoding.PEM)

    def server(self, days: int = 1) -> Pair:
        """For this machine."""
        return self._pair("a server", days, [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])

    def client(self, name: str = "a client", *, dns: str = "", uri: str = "", days: int = 1) -> Pair:
        """For a client of that common name; expired where `days` are below 0."""
        names: list[x509.GeneralName] = [x509.DNSName(dns)] if dns else []
        names += [x509.UniformResourceIdentifier(uri)] if uri else []
        return self._pair(name, days, names)

    def credentials(self, pair: Pair | None = None) -> grpc.ChannelCredentials:
        """Of a client that trusts this authority, and shows that certificate."""
        shown = (pair.key, pair.certificate) if pair else (None, None)
        return grpc.ssl_channel_credentials(self.pem, *shown)

    def _pair(self, name: str, days: int, names: Sequence[x509.GeneralName]) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(_named(name), key, days, names)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Pair(made.public_bytes(Encoding.PEM), private)

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        days: int,
        names: Sequence[x509.GeneralName],
        *,
        authority: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BORN)
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if names:
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made.sign(self._key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
