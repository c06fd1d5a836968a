"""The file of callers."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.errors import ConfigurationError
from polygist.shares import EVERYBODY, Share
from polygist.transport import callers, methods
from polygist.transport.calls import SERVICE
from polygist.v1 import polygist_pb2

# Always the same: tests are named by it.
TOKEN = "pg_" + "a1B2" * 10 + "xyz"
HASH = callers.hashed(TOKEN)
OTHER = callers.hashed("0" * 32)


def read(folder: Path, text: str) -> callers.Callers:
    file = folder / "callers.toml"
    file.write_text(text, encoding="utf-8")
    return callers.read(file)


def test_a_caller_is_known_by_any_of_its_tokens(tmp_path: Path) -> None:
    second = callers.new_token()
    found = read(
        tmp_path,
        f"""
        [callers.newsroom]
        tokens = ["{HASH}", "{callers.hashed(second)}"]
        methods = ["digest", "Translate"]
        calls_in_flight = 4
        characters_a_minute = 100_000
        article_characters = 5_000

        [callers.archive]
        tokens = ["{OTHER}"]
        methods = ["jobs"]
        """,
    )
    newsroom = found.of_token(TOKEN)
    assert newsroom
    assert newsroom == found.of_token(second)
    limits = newsroom.calls_in_flight, newsroom.characters_a_minute, newsroom.article_characters
    assert (newsroom.name, limits) == ("newsroom", (4, 100_000, 5_000))
    assert f"/{SERVICE}/Translate" in newsroom.methods
    assert f"/{SERVICE}/GetStatus" not in newsroom.methods
    archive = found.of_token("0" * 32)
    assert archive
    assert (archive.name, archive.calls_in_flight) == ("archive", None)


@pytest.mark.parametrize("token", ["", TOKEN[:-1], TOKEN + " ", HASH, HASH.partition(":")[2], "ü" * 40])
def test_another_token_is_nobodys(tmp_path: Path, token: str) -> None:
    found = read(tmp_path, f'[callers.a]\ntokens = ["{HASH}"]\nmethods = ["digest"]')
    assert found.of_token(token) is None


def test_a_certificate_is_known_by_its_kind_and_name(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        [callers.a]
        certificates = ["dns:News.Internal", "uri:spiffe://example.org/news"]
        methods = ["digest"]
        [callers.b]
        certificates = ["cn:news.internal", "email:b@example.org"]
        methods = ["digest"]
        """,
    )

    def name(**peer: list[bytes]) -> str | None:
        caller = found.of_certificate(peer)
        return caller.name if caller else None

    assert name(peer_dns=[b"other", b"news.INTERNAL"]) == "a"
    assert name(peer_uri=[b"spiffe://example.org/news"]) == "a"
    assert name(x509_common_name=[b"news.internal"]) == "b"
    assert name(peer_email=[b"b@example.org"]) == "b"
    # A name of another kind is another name, and who is two is nobody.
    assert name(peer_uri=[b"news.internal"]) is None
    assert name(peer_dns=[b"news.internal"], x509_common_name=[b"news.internal"]) is None
    assert name(peer_dns=[b"\xff"]) is name() is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("callers = 1", "callers: Input should be a valid dictionary"),
        ("[callers.a]\nmethods = ['digest']", "callers.a has neither tokens nor certificates"),
        (f"[callers.a]\ntokens = ['{HASH}']", "callers.a.methods: Field required"),
        (f"[callers.a]\ntokens = ['{HASH}']\nmethods = ['digests']", "callers.a.methods.0.*is none of digest"),
        (f"[callers.a]\ntokens = ['{HASH}']\nmethods = []\ncolour = 1", "callers.a.colour: Extra inputs"),
        (f"[callers.a]\ntokens = ['{HASH}']\nmethods = []\ncalls_in_flight = 0", "callers.a.calls_in_flight"),
        (f"[callers.a]\ntokens = ['{HASH}']\nmethods = []\ncalls_in_flight = '1'", "callers.a.calls_in_flight"),
        (f"[callers.A]\ntokens = ['{HASH}']\nmethods = []", "a name has small letters"),
        (f"[callers.anonymous]\ntokens = ['{HASH}']\nmethods = []", "is none of anonymous"),
        (f"[callers.unix]\ntokens = ['{HASH}']\nmethods = []", "is none of anonymous"),
        ("[callers.a]\ncertificates = ['news']\nmethods = []", "callers.a.certificates.0.*is not one of dns"),
        (
            f"[callers.a]\ntokens = ['{HASH}']\nmethods = []\n[callers.b]\ntokens = ['{HASH}']\nmethods = []",
            "a and b have one of them in common",
        ),
        ("[callers", r"at line 1|at end"),
        ("x" * 1_100_000, "is larger than"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read(tmp_path, text)


def test_a_token_that_is_not_hashed_is_an_error_that_does_not_show_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tokens") as error:
        read(tmp_path, f'[callers.a]\ntokens = ["{TOKEN}"]\nmethods = []')
    assert TOKEN not in str(error.value)


def test_a_file_that_is_not_there_or_no_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="FileNotFoundError"):
        callers.read(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\x00")
    with pytest.raises(ConfigurationError, match="UnicodeDecodeError"):
        callers.read(tmp_path / "binary")


def test_tokens_are_long_and_none_is_like_another() -> None:
    made = {callers.new_token() for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 43
    assert hashlib.sha256(TOKEN.encode()).hexdigest() in HASH


def test_a_short_token_gets_no_hash() -> None:
    with pytest.raises(ValueError, match="32 characters or more"):
        callers.hashed("secret")


def test_every_method_of_ours_is_in_a_group() -> None:
    grouped = {method for group in methods.GROUPS.values() for method in group} | methods.allowed([])
    ours = {f"/{SERVICE}/{m.name}" for m in polygist_pb2.DESCRIPTOR.services_by_name["Polygist"].methods}
    assert ours <= grouped


@given(st.text(max_size=50))
def test_health_alone_is_open(text: str) -> None:
    assert methods.is_open("/grpc.health.v1.Health/Check")
    assert not methods.is_open(f"/polygist.v1.Polygist/{text}")


def test_shares_are_of_those_in_the_file_and_who_is_alone_shares_with_nobody(tmp_path: Path) -> None:
    one = f'[callers.a]\ntokens = ["{HASH}"]\nmethods = ["digest"]\nqueue_share = 3\n'
    other = f'[callers.b]\ntokens = ["{OTHER}"]\nmethods = ["digest"]\n'
    alone, both = read(tmp_path, one), read(tmp_path, one + other)
    assert alone.share("a") == EVERYBODY
    assert [both.share(name) for name in ("a", "b", "gone")] == [Share("a", 3), Share("b"), EVERYBODY]
    caller = both.of_token(TOKEN)
    assert caller
    assert caller.share == Share("a", 3)
    for wrong in ("0", "-1", "1001", "0.5", '"2"'):
        with pytest.raises(ConfigurationError, match="queue_share"):
            read(tmp_path, one.replace("share = 3", f"share = {wrong}"))
