import pytest
from pydantic import ValidationError

from polygist import settings
from polygist.errors import ConfigurationError


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYGIST_MAX_TEXTS", "7")
    assert settings.load().max_texts == 7


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYGIST_PORT", "1")
    assert settings.load(port=2, host=None).port == 2


@pytest.mark.parametrize(("name", "value"), [("PORT", "70000"), ("ENGINE", "abacus"), ("THREADS", "none")])
def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"POLYGIST_{name}", value)
    with pytest.raises(ConfigurationError, match=f"POLYGIST_{name}.*{value}"):
        settings.load()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings.load().port = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", ["TLS_CERTIFICATE", "METRICS_TLS_CLIENT_CA", "CALLERS_FILE", "UNIX_SOCKET"])
def test_an_empty_path_is_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"POLYGIST_{name}", "")
    assert getattr(settings.load(), name.lower()) is None


def test_permissions_are_octal(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, expected in (("660", 0o660), ("0600", 0o600)):
        monkeypatch.setenv("POLYGIST_UNIX_SOCKET_MODE", given)
        assert settings.load().unix_socket_mode == expected
    for wrong in ("8", "689", "1777", "rw", "-1"):
        monkeypatch.setenv("POLYGIST_UNIX_SOCKET_MODE", wrong)
        with pytest.raises(ConfigurationError, match="POLYGIST_UNIX_SOCKET_MODE"):
            settings.load()
