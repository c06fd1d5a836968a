"""Who may read metrics."""

import base64
import threading
from pathlib import Path

import pytest

from polygist.errors import ConfigurationError
from polygist.web import users

SAID = "gehéim: слово"


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "_PAUSE_SECONDS", 0.0)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> users.Users:
    file = tmp_path_factory.mktemp("users") / "users"
    file.write_text(f"# who scrapes\n\n{users.line('prometheus', SAID)}\n{users.line('ops', 'x')}\n", encoding="utf-8")
    return users.load(file)


def test_a_user_with_the_right_password_is_admitted(known: users.Users) -> None:
    assert known.admit(basic("prometheus", SAID))
    assert known.admit(basic("ops", "x").replace("Basic", "bASIC"))


@pytest.mark.parametrize(
    "authorization",
    [
        *("", "Basic", "Basic ", "Basic !!!", "Basic 4pyT", "Bearer x", "Basic " + "A" * 100_000),
        *(basic("prometheus", "x"), basic("ops", SAID), basic("nobody", SAID), basic("", ""), basic("ops", "")),
        "Basic " + base64.b64encode(b"prometheus").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
    ],
)
def test_nobody_else_is(known: users.Users, authorization: str) -> None:
    assert not known.admit(authorization)


def test_who_was_admitted_is_not_held_up_by_those_who_guess(
    known: users.Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert known.admit(basic("prometheus", SAID))
    pausing, go_on = threading.Event(), threading.Event()

    def pause(_: float) -> None:
        pausing.set()
        assert go_on.wait(30)

    monkeypatch.setattr("polygist.web.users.time.sleep", pause)
    guessing = threading.Thread(target=known.admit, args=(basic("prometheus", "guess"),))
    guessing.start()
    try:
        assert pausing.wait(30)  # after a wrong guess, and with the turn of all others
        assert known._turns.locked()
        tries: list[str] = []
        monkeypatch.setattr(users, "_scrypt", lambda password, *_: tries.append(password) or b"")
        assert known.admit(basic("prometheus", SAID))
        assert tries == []
    finally:
        go_on.set()
        guessing.join()
    assert not known.admit(basic("prometheus", "guess"))


def test_the_file_holds_no_password_and_no_two_lines_are_alike() -> None:
    one, other = users.line("a", SAID), users.line("a", SAID)
    assert one != other
    assert SAID not in one


@pytest.mark.parametrize("name", ["", "a:b", "a\nb", "#a"])
def test_a_name_that_the_file_cannot_hold(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        users.line(name, "x")


@pytest.mark.parametrize(
    "line",
    [
        *("prometheus", "prometheus:x", "prometheus:bcrypt:1:2:3:AAAA:AAAA", "prometheus:scrypt:x:8:1:AAAA:AAAA"),
        "prometheus:scrypt:16384:8:1:AAAA:AAAA",  # too short
        f"prometheus:scrypt:1073741824:8:1:AAAA:{'A' * 43}=",  # a TiB of memory
        f"prometheus:scrypt:3:8:1:AAAA:{'A' * 43}=",  # no power of two
    ],
)
def test_a_line_that_is_wrong_ends_the_start_with_its_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "users"
    file.write_text(f"# one\n{line}\n")
    with pytest.raises(ConfigurationError, match=f"METRICS_USERS: .*{file.name}:2"):
        users.load(file)


def test_a_file_without_users_admits_nobody_in_silence_no_more_than_all(tmp_path: Path) -> None:
    file = tmp_path / "users"
    for content in (None, b"", b"# nobody\n", b"\xff\xfe"):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(ConfigurationError, match="METRICS_USERS"):
            users.load(file)
