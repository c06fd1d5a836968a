"""Which ports have TLS, and which may do without."""

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from prometheus_client import CollectorRegistry

from polygist import certificates
from polygist.errors import ConfigurationError
from polygist.metrics import Metrics
from polygist.settings import Settings
from tests.authority import Authority


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_plain_text_on_this_machine_needs_no_word() -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        settings = Settings(host=host, metrics_host=host)
        assert certificates.of_grpc(settings) is certificates.of_metrics(settings) is None


EVERYWHERE = "0.0.0.0"  # noqa: S104  # nothing listens there


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "10.0.0.7", "news.example.org"])
def test_plain_text_beyond_it_does(host: str) -> None:
    settings = Settings(host=host, metrics_host=host)
    with pytest.raises(ConfigurationError, match=r"POLYGIST_TLS_CERTIFICATE.*POLYGIST_INSECURE=true"):
        certificates.of_grpc(settings)
    with pytest.raises(ConfigurationError, match=r"POLYGIST_METRICS_TLS_CERTIFICATE.*POLYGIST_METRICS_INSECURE=true"):
        certificates.of_metrics(settings)
    said = settings.model_copy(update={"insecure": True})
    assert certificates.of_grpc(said) is certificates.of_metrics(said) is None


def test_the_word_for_metrics_is_not_one_for_calls() -> None:
    settings = Settings(host=EVERYWHERE, metrics_host=EVERYWHERE, metrics_insecure=True)
    assert certificates.of_metrics(settings) is None
    with pytest.raises(ConfigurationError, match="POLYGIST_INSECURE"):
        certificates.of_grpc(settings)


def test_without_a_port_there_is_nothing_to_say() -> None:
    assert certificates.of_grpc(Settings(host="", unix_socket=Path("/run/polygist"))) is None


def test_halves_are_an_error(tmp_path: Path, authority: Authority) -> None:
    chain, key = authority.server().write(tmp_path)
    for half in ({"tls_certificate": chain}, {"tls_key": key}, {"tls_client_ca": chain}):
        with pytest.raises(ConfigurationError, match="POLYGIST_TLS_CERTIFICATE and POLYGIST_TLS_KEY go together"):
            certificates.of_grpc(Settings(**half))


def test_the_file_that_is_wrong_is_named(tmp_path: Path, authority: Authority) -> None:
    chain, key = authority.server().write(tmp_path)
    _, other = authority.server().write(tmp_path, "other")
    nothing = tmp_path / "nothing"
    for wrong in ((chain, other), (key, key), (nothing, key), (chain, nothing)):
        found = certificates.of_grpc(Settings(tls_certificate=wrong[0], tls_key=wrong[1]))
        assert found
        with pytest.raises(ConfigurationError, match="POLYGIST_TLS_CERTIFICATE, POLYGIST_TLS_KEY: can't use"):
            found.context()
    for ca in (key, nothing):
        found = certificates.of_grpc(Settings(tls_certificate=chain, tls_key=key, tls_client_ca=ca))
        assert found
        with pytest.raises(ConfigurationError, match="POLYGIST_TLS_CLIENT_CA: can't use"):
            found.context()


def test_a_key_with_a_password_asks_nobody(tmp_path: Path, authority: Authority) -> None:
    chain, key = authority.server().write(tmp_path)
    locked = ec.generate_private_key(ec.SECP256R1())
    key.write_bytes(locked.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    found = certificates.of_grpc(Settings(tls_certificate=chain, tls_key=key))
    assert found
    with pytest.raises(ConfigurationError, match="can't use"):
        found.context()


def test_what_ends_first_in_a_chain_is_told_and_new_files_say_it_anew(tmp_path: Path, authority: Authority) -> None:
    first, second = (authority.server(days=days) for days in (20, 10))
    chain, _ = first.write(tmp_path)
    chain.write_bytes(first.certificate + second.certificate)
    found = certificates.of_grpc(Settings(tls_certificate=chain, tls_key=tmp_path / "server.key"))
    assert found
    metrics = Metrics(CollectorRegistry())
    found.fresh(certificates.Certificates.context, ends=metrics.ends("tls"))
    assert 9.9 < remaining_days(metrics) <= 10
    authority.server(days=-1).write(tmp_path)
    assert -1.1 < remaining_days(metrics) <= -1
    # What can't be used leaves the old one in force.
    chain.write_bytes(b"")
    assert -1.1 < remaining_days(metrics) <= -1


def test_where_there_is_no_tls_no_certificate_ends() -> None:
    assert remaining_seconds(Metrics(CollectorRegistry())) is None


def remaining_seconds(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("polygist_certificate_remaining_seconds", {"file": "tls"})


def remaining_days(metrics: Metrics) -> float:
    return (remaining_seconds(metrics) or 0) / 86_400


def test_clients_are_asked_for_a_certificate_where_there_is_an_authority(tmp_path: Path, authority: Authority) -> None:
    chain, key = authority.server().write(tmp_path)
    ca = tmp_path / "ca.pem"
    ca.write_bytes(authority.pem)
    given = {"metrics_tls_certificate": chain, "metrics_tls_key": key}
    asking, not_asking = (certificates.of_metrics(Settings(**given, metrics_tls_client_ca=c)) for c in (ca, None))
    assert asking
    assert not_asking
    assert (asking.context().verify_mode, not_asking.context().verify_mode) == (ssl.CERT_OPTIONAL, ssl.CERT_NONE)
    assert asking.context().minimum_version >= ssl.TLSVersion.TLSv1_2
