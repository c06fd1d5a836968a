"""All settings of the service, read once from POLYGIST_* variables and frozen."""

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from polygist.errors import ConfigurationError

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Settings(BaseSettings):
    """One field a setting; its variable is POLYGIST_ and the field's name in capitals. Units stand in the names."""

    model_config = SettingsConfigDict(env_prefix="POLYGIST_", frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="empty: the Unix socket alone")
    port: int = Field(50051, ge=0, le=65535, description="0 picks a free port")
    unix_socket: Path | None = Field(None, description="where calls are taken, too")
    unix_socket_mode: int = Field(0o600, ge=0, le=0o777, description="its permissions, octal")
    insecure: bool = Field(False, description="plain text may leave this machine, on both ports")
    tls_certificate: Path | None = Field(None, description="PEM, the chain; TLS for the gRPC port")
    tls_key: Path | None = Field(None, description="PEM")
    tls_client_ca: Path | None = Field(None, description="PEM; each client must show a certificate that it has signed")
    callers_file: Path | None = Field(None, description="TOML; who may call what; None: everybody everything")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(9464, ge=0, le=65535, description="0 picks a free port")
    metrics_tls_certificate: Path | None = Field(None, description="PEM, the chain")
    metrics_tls_key: Path | None = Field(None, description="PEM")
    metrics_tls_client_ca: Path | None = Field(None, description="PEM; metrics are for certificates that it has signed")
    metrics_insecure: bool = Field(False, description="plain text may leave this machine, on that port")
    metrics_users: Path | None = Field(None, description="who may read metrics; None: everybody")

    profile: str = "embedded"
    engine: Literal["openvino", "ct2", "torch"] = "openvino"
    device: Literal["cpu", "cuda"] = "cpu"
    replicas: int | None = Field(None, ge=1, le=256, description="engines side by side; None: from the cores or GPUs")
    threads: int | None = Field(None, ge=1, le=1024, description="cores of each replica; None: from the cores")
    glossary: Path | None = Field(None, description="a file of terms for every call: .csv, .tsv or .tbx")
    models_dir: Path | None = Field(None, description="cards/ and profiles/ of one's own, beside those that come along")
    cache_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_cache_dir("polygist")))

    max_text_code_points: int = Field(100_000, ge=1, le=2_000_000)
    max_title_code_points: int = Field(1_000, ge=1)
    max_html_code_points: int = Field(1_000_000, ge=1)
    max_texts: int = Field(256, ge=1)
    max_total_code_points: int = Field(200_000, ge=1)
    max_target_languages: int = Field(10, ge=1)
    max_key_points: int = Field(20, ge=1)
    max_focus_code_points: int = Field(200, ge=1)
    max_request_id_code_points: int = Field(128, ge=1)
    max_glossary_terms: int = Field(1_000, ge=1, le=100_000)
    max_term_code_points: int = Field(200, ge=1)
    max_brief_articles: int = Field(50, ge=2, le=500)
    max_brief_code_points: int = Field(1_000_000, ge=1, le=20_000_000)
    max_inline_articles: int = Field(1_000, ge=1, le=100_000, description="articles that come with CreateBatchDigest")
    max_inline_result_bytes: int = Field(3 * 1024 * 1024, ge=1, le=1024**3, description="digests in a job's response")
    max_queued_jobs: int = Field(10, ge=1, description="of a caller")
    max_running_jobs: int = Field(1, ge=1, description="of a caller")
    max_message_bytes: int = Field(8 * 1024 * 1024, ge=1024)
    max_metadata_bytes: int = Field(16 * 1024, ge=1024, le=1024 * 1024)

    keepalive_seconds: float = Field(30.0, gt=0, description="silence after which a peer is asked for a sign of life")
    keepalive_timeout_seconds: float = Field(10.0, gt=0)
    min_ping_interval_seconds: float = Field(5.0, gt=0, description="how often clients may ask for one")
    max_connection_age_seconds: float = Field(1_800.0, ge=0, description="0: no end")
    max_connection_age_grace_seconds: float = Field(0.0, ge=0, description="for calls on one that is so old; 0: no end")
    max_connection_idle_seconds: float = Field(900.0, ge=0, description="without calls; 0: no end")
    stream_idle_seconds: float = Field(600.0, ge=0, description="of DigestMany, with nothing under way; 0: no end")
    handshake_timeout_seconds: float = Field(10.0, gt=0, description="until TLS and HTTP/2 are agreed on")

    max_segments_in_flight: int = Field(128, ge=1, description="segments of one call that wait for a model at once")
    max_articles_in_flight: int = Field(16, ge=1, description="articles of one DigestMany stream that are worked on")
    max_concurrent_calls: int = Field(64, ge=1)
    max_queue_tokens: int = Field(400_000, ge=1)
    max_queue_items: int = Field(20_000, ge=1)
    max_batch_tokens: int = Field(4_096, ge=1)
    max_batch_items: int = Field(16, ge=1)
    document_threads: int = Field(2, ge=1, le=64, description="threads for parsing and summarising")

    cache_memory_bytes: int = Field(64 * 1024 * 1024, ge=0, description="0 turns it off")
    cache_disk_bytes: int = Field(0, ge=0, description="0 turns it off")
    cache_redis_url: SecretStr | None = None
    cache_redis_ttl_seconds: int = Field(30 * 86_400, ge=1)

    jobs_dir: Path | None = Field(None, description="where batch jobs are kept; None: there are none")
    jobs_roots: Annotated[tuple[str, ...], NoDecode] = Field((), description="folders and URLs that jobs may use: a,b")
    jobs_expire_seconds: float = Field(7 * 86_400, gt=0, le=10 * 365 * 86_400)
    jobs_at_once: int = Field(2, ge=1, le=64)

    shutdown_grace_seconds: float = Field(20.0, ge=0)
    log_level: LogLevel = "INFO"
    log_levels: Annotated[dict[str, LogLevel], NoDecode] = Field({}, description="of modules: a=DEBUG,b.c=ERROR")
    log_format: Literal["console", "json"] = "console"
    log_repeats_per_minute: int = Field(10, ge=0, description="so often an event is written; 0 for no bound")
    log_peer: bool = Field(False, description="whether the access log has the caller's address")
    log_texts: bool = Field(False, description="for debugging: requests, with their texts, at level DEBUG")
    tracing: bool = Field(False, description="spans by OTLP, as OTEL_* variables say; needs the extra otel")
    channelz: bool = Field(False, description="whether gRPC channelz answers; it tells the addresses of callers")
    reflection: bool = True
    status: bool = Field(True, description="whether GetStatus answers, which `polygist top` asks")

    @field_validator("log_levels", mode="before")
    @classmethod
    def _levels(cls, given: object) -> object:
        """A level for each module, from "polygist.engines=DEBUG,polygist.cache=ERROR"."""
        if not isinstance(given, str):
            return given
        pairs = [part.partition("=") for part in given.split(",") if part.strip()]
        return {name.strip(): level.strip().upper() for name, _, level in pairs}

    @field_validator("unix_socket_mode", mode="before")
    @classmethod
    def _octal(cls, given: object) -> object:
        """As chmod reads it: "660"."""
        return int(given, 8) if isinstance(given, str) else given

    @field_validator(
        *("jobs_dir", "unix_socket", "callers_file", "tls_certificate", "tls_key", "tls_client_ca"),
        *("metrics_tls_certificate", "metrics_tls_key", "metrics_tls_client_ca", "metrics_users"),
        mode="before",
    )
    @classmethod
    def _none(cls, given: object) -> object:
        """An empty one is none: else it would be the folder that the process stands in."""
        return given or None

    @field_validator("jobs_roots", mode="before")
    @classmethod
    def _roots(cls, given: object) -> object:
        """Each folder and URL of "/data/news,s3://news/"."""
        return tuple(filter(None, map(str.strip, given.split(",")))) if isinstance(given, str) else given


def load(**overrides: object) -> Settings:
    """Settings from the environment; overrides that are None are left out. Raises ConfigurationError naming the
    variable and what is wrong with it."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise ConfigurationError(f"POLYGIST_{name}: {first['msg']}, got {first['input']!r}") from error
