import os
import socket
import stat
from pathlib import Path

import pytest

from polygist.errors import ConfigurationError
from polygist.transport.sockets import UnixSocket


def listen(address: str) -> int:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(address.removeprefix("unix:"))
    return 1


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("wanted", [0o600, 0o660, 0o777])
def test_it_has_its_permissions_and_never_more(tmp_path: Path, wanted: int) -> None:
    path, before, meanwhile = tmp_path / "socket", os.umask(0), []
    os.umask(before)

    def add(address: str) -> int:
        listen(address)
        meanwhile.append(mode(path))
        return 1

    UnixSocket(path, wanted).bind(add)
    assert (mode(path), meanwhile) == (wanted, [0o600])
    assert os.umask(before) == before


def test_a_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("precious")
    with pytest.raises(ConfigurationError, match="is no socket"):
        UnixSocket(path, 0o600).bind(listen)
    assert path.read_text() == "precious"


def test_a_socket_that_is_heard_is_another_server_s(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(ConfigurationError, match="another process listens"):
            UnixSocket(path, 0o600).bind(listen)


def test_one_that_was_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    path, added = tmp_path / "socket", []
    listen(str(path))

    def add(address: str) -> int:
        added.append(address)
        return 1

    UnixSocket(path, 0o600).bind(add)
    assert added == [f"unix:{path}"]


def test_a_folder_that_is_not_there_is_a_setting_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="POLYGIST_UNIX_SOCKET"):
        UnixSocket(tmp_path / "none" / "socket", 0o600).bind(listen)
