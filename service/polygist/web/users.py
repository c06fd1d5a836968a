"""Who may read metrics: names with hashed passwords in a file."""

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from polygist.errors import ConfigurationError

# 16 MiB and some 50 ms of a core for each try, the costs that RFC 7914 suggests for logins.
_N, _R, _P = 2**14, 8, 1
_MOST_BYTES = 64 * 1024 * 1024
# After a try that fails all others wait, so that guessing takes a small part of a core.
_PAUSE_SECONDS = 0.25


@dataclass(frozen=True)
class _Hash:
    """A password through scrypt (RFC 7914) with its costs and salt."""

    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    def __str__(self) -> str:
        salt, digest = (base64.b64encode(part).decode() for part in (self.salt, self.digest))
        return f"scrypt:{self.n}:{self.r}:{self.p}:{salt}:{digest}"

    def holds(self, password: str) -> bool:
        return hmac.compare_digest(_scrypt(password, self.n, self.r, self.p, self.salt), self.digest)


def _scrypt(password: str, n: int, r: int, p: int, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MOST_BYTES, dklen=32)


def _hashed(password: str) -> _Hash:
    salt = secrets.token_bytes(16)
    return _Hash(_N, _R, _P, salt, _scrypt(password, _N, _R, _P, salt))


def line(name: str, password: str) -> str:
    """A line of the file. Raises ValueError where the name is empty or has a colon or a line break."""
    if not name or ":" in name or len(name.splitlines()) > 1 or name.startswith("#"):
        raise ValueError("a name is not empty, does not begin with # and has no colon or line break")
    return f"{name}:{_hashed(password)}"


class Users:
    """Those of a file. Safe for many threads.

    Who was admitted with some header is admitted with the same one at once, whoever else is trying; other tries are
    made one at a time.
    """

    def __init__(self, hashes: Mapping[str, _Hash]) -> None:
        self._hashes = dict(hashes)
        self._turns = threading.Lock()
        # The last header of each user, through a hash that is good in this process only.
        self._key = secrets.token_bytes()
        self._admitted: dict[str, bytes] = {}
        # Who is not known costs as much time as who is.
        self._nobody = _hashed(secrets.token_hex())

    def admit(self, authorization: str) -> bool:
        """Whether the value of an Authorization header is that of a user, by Basic (RFC 7617)."""
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return False
        header = hashlib.blake2b(authorization.encode(), key=self._key).digest()
        if hmac.compare_digest(self._admitted.get(name, b""), header):
            return True
        with self._turns:
            known = self._hashes.get(name)
            right = (known or self._nobody).holds(password) and known is not None and bool(colon)
            if right:
                self._admitted[name] = header
            else:
                time.sleep(_PAUSE_SECONDS)
        return right


def load(file: Path) -> Users:
    """The users of a file: a line each as `line` makes it, empty lines and those that begin with # left out.

    Raises ConfigurationError with the number of the line that is wrong.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"POLYGIST_METRICS_USERS: can't read {file}: {type(error).__name__}") from error
    found: dict[str, _Hash] = {}
    for number, text in enumerate(lines, 1):
        if not text.strip() or text.startswith("#"):
            continue
        try:
            name, _, rest = text.partition(":")
            found[name] = _parsed(rest)
        except ValueError as error:
            raise ConfigurationError(
                f"POLYGIST_METRICS_USERS: {file}:{number}: a line is what `polygist metrics-user NAME` prints"
            ) from error
    if not found:
        raise ConfigurationError(f"POLYGIST_METRICS_USERS: {file} has no users")
    return Users(found)


def _parsed(text: str) -> _Hash:
    """Raises ValueError where it is no hash, or one that costs too much."""
    kind, n, r, p, salt, digest = text.strip().split(":")
    made = _Hash(int(n), int(r), int(p), base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True))
    if kind != "scrypt" or len(made.digest) != 32:
        raise ValueError("no hash")
    made.holds("")  # OpenSSL says whether it can
    return made
