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
