"""Who may call: a TOML file of callers with their tokens, certificates, methods and limits."""

import hashlib
import hmac
import re
import secrets
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from polygist.errors import ConfigurationError
from polygist.fresh import Fresh, Told
from polygist.shares import EVERYBODY, Share
from polygist.transport import methods

_VARIABLE = "POLYGIST_CALLERS_FILE"
_MOST_BYTES = 1024 * 1024
_HASH = re.compile(r"sha256:([0-9a-f]{64})")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
# The first is in metrics who is nobody in the file; jobs of before have the second for all who came by a Unix socket.
ANONYMOUS = "anonymous"
_RESERVED = (ANONYMOUS, "unix")
_RANDOM_BYTES = 32
_SHORTEST = 32
_MOST_SHARE = 1000
# Kinds of names in a certificate, and where gRPC has them.
_KINDS = {"dns": "peer_dns", "uri": "peer_uri", "email": "peer_email", "cn": "x509_common_name"}


def new_token() -> str:
    """A token of 256 random bits."""
    return f"pg_{secrets.token_urlsafe(_RANDOM_BYTES)}"


def hashed(token: str) -> str:
    """What the file has of a token. SHA-256 alone, once: there is nothing to guess in 256 random bits.

    Raises ValueError for one that is so short that there may be.
    """
    if len(token) < _SHORTEST:
        raise ValueError(f"a token has {_SHORTEST} characters or more, at random; polygist token new makes one")
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


def _a_hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise ValueError("is not sha256: and 64 hexadecimal digits, as `polygist token` prints it")
    return text


def _an_identity(text: str) -> str:
    kind, _, name = text.partition(":")
    if kind not in _KINDS or not name:
        raise ValueError(f"is not one of {', '.join(_KINDS)}, a colon and a name")
    return f"{kind}:{name.lower()}" if kind == "dns" else text


def _a_method(text: str) -> str:
    if text not in methods.NAMES:
        raise ValueError(f"is none of {', '.join(methods.NAMES)}")
    return text


Limit = Annotated[int | None, Field(ge=1)]


class _Entry(BaseModel):
    """A caller as the file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    tokens: list[Annotated[str, AfterValidator(_a_hash)]] = []
    certificates: list[Annotated[str, AfterValidator(_an_identity)]] = []
    methods: list[Annotated[str, AfterValidator(_a_method)]]
    calls_in_flight: Limit = None
    characters_a_minute: Limit = None
    article_characters: Limit = None
    queue_share: Annotated[int, Field(ge=1, le=_MOST_SHARE)] = 1


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    callers: dict[str, _Entry]


@dataclass(frozen=True)
class Caller:
    """Who calls. `methods` are full names; limits that are None are those of everybody. One who is alone in the file
    shares with nobody."""

    name: str
    methods: frozenset[str]
    calls_in_flight: int | None = None
    characters_a_minute: int | None = None
    article_characters: int | None = None
    share: Share = EVERYBODY


class Callers:
    """Those of a file."""

    def __init__(self, entries: Mapping[str, _Entry]) -> None:
        self._tokens: list[tuple[bytes, Caller]] = []
        self._identities: dict[str, Caller] = {}
        self._shares: dict[str, Share] = {}
        for name, entry in entries.items():
            share = self._shares[name] = Share(name, entry.queue_share) if len(entries) > 1 else EVERYBODY
            caller = Caller(
                name,
                methods.allowed(entry.methods),
                entry.calls_in_flight,
                entry.characters_a_minute,
                entry.article_characters,
                share,
            )
            self._tokens += [(bytes.fromhex(text.partition(":")[2]), caller) for text in entry.tokens]
            self._identities |= dict.fromkeys(entry.certificates, caller)

    def share(self, name: str) -> Share:
        """That of a caller by name; of one who is not in the file any more that of everybody."""
        return self._shares.get(name, EVERYBODY)

    def of_token(self, token: str) -> Caller | None:
        """Whose token that is. All are compared, each in constant time, so that time tells nothing of any."""
        given, found = hashlib.sha256(token.encode()).digest(), None
        for known, caller in self._tokens:
            if hmac.compare_digest(known, given):
                found = caller
        return found

    def of_certificate(self, peer: Mapping[str, Iterable[bytes]]) -> Caller | None:
        """Whose certificate gRPC has checked for a peer; None also where its names are those of several callers."""
        found = {caller for name in _names(peer) if (caller := self._identities.get(name))}
        return found.pop() if len(found) == 1 else None


def _names(peer: Mapping[str, Iterable[bytes]]) -> Iterator[str]:
    for kind, key in _KINDS.items():
        for value in peer.get(key, ()):
            text = value.decode("utf-8", "replace")
            yield f"{kind}:{text.lower() if kind == 'dns' else text}"


def watched(file: Path, told: Told) -> Fresh[Callers]:
    """The callers of a file, read again when it changes. Raises ConfigurationError."""
    return Fresh([file], partial(read, file), told)


def read(file: Path) -> Callers:
    """The callers of a file. Raises ConfigurationError, which says where it is wrong and shows nothing of it."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ConfigurationError(f"{_VARIABLE}: {file} is larger than {_MOST_BYTES} bytes")
        found = _File.model_validate(tomllib.loads(data.decode()))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{_VARIABLE}: can't read {file}: {type(error).__name__}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{_VARIABLE}: {file}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigurationError(f"{_VARIABLE}: {file}: {where}: {first['msg']}") from error
    _check(file, found.callers)
    return Callers(found.callers)


def _check(file: Path, entries: Mapping[str, _Entry]) -> None:
    owners: dict[str, str] = {}
    for name, entry in entries.items():
        if not _NAME.fullmatch(name) or name in _RESERVED:
            said = f"has small letters, digits, _ and -, up to 63, and is none of {', '.join(_RESERVED)}"
            raise ConfigurationError(f"{_VARIABLE}: {file}: a name {said}")
        if not (entry.tokens or entry.certificates):
            raise ConfigurationError(f"{_VARIABLE}: {file}: callers.{name} has neither tokens nor certificates")
        for mark in (*entry.tokens, *entry.certificates):
            if owners.setdefault(mark, name) != name:
                raise ConfigurationError(f"{_VARIABLE}: {file}: {owners[mark]} and {name} have one of them in common")
