"""TLS of the gRPC port, by files that may change while it listens."""

import grpc

from polygist.certificates import Asked, Certificates, nobody_asks
from polygist.errors import ConfigurationError
from polygist.fresh import Told, nobody


def credentials(files: Certificates, told: Told = nobody, ends: Asked = nobody_asks) -> grpc.ServerCredentials:
    """Each handshake is by the files of that moment; connections that are there stay as they are. `told` and `ends` are
    those of `Certificates.fresh`.

    Where there is a client authority every client must show a certificate that it has signed: gRPC in Python can't ask
    for one that may be missing. Raises ConfigurationError.
    """
    fresh = files.fresh(_configuration, told, ends)
    given = fresh()

    def fetched() -> grpc.ServerCertificateConfiguration | None:
        """What gRPC is to take from now on; None where that is what it has."""
        nonlocal given
        before, given = given, fresh()
        return None if given is before else given

    return grpc.dynamic_ssl_server_credentials(
        given,
        fetched,  # type: ignore[arg-type]  # the stub does not know of None
        require_client_authentication=files.client_ca is not None,
    )


def _configuration(files: Certificates) -> grpc.ServerCertificateConfiguration:
    files.context()  # says what is wrong, which gRPC does not
    try:
        chain, key = files.chain.read_bytes(), files.key.read_bytes()
        client_ca = files.client_ca.read_bytes() if files.client_ca else None
    except OSError as error:  # gone in this moment
        raise ConfigurationError(f"{files.variable}*: {error.strerror}: {error.filename}") from error
    return grpc.ssl_server_certificate_configuration([(key, chain)], client_ca)
