"""Models on the Hugging Face Hub, or what HF_ENDPOINT names; a token for it is found as its client finds it."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from polygist.errors import PullFailed
from polygist.store.origins.base import Listing, Offer, Told, check_names

_COMMIT = re.compile(r"[0-9a-f]{40}")
_TIMEOUT_SECONDS = 30.0


class Hub:
    """A repository, in one commit."""

    def __init__(self, repo: str, revision: str, endpoint: str | None = None) -> None:
        self._repo, self._revision, self._endpoint = repo, revision, endpoint

    def listing(self) -> Listing:
        """The files at its top, and the commit, which is that of its main branch where none is wanted.

        Raises PullFailed.
        """
        from huggingface_hub import HfApi

        with failures(self._repo, self._revision):
            found = HfApi(endpoint=self._endpoint).model_info(
                self._repo, revision=self._revision or None, files_metadata=True, timeout=_TIMEOUT_SECONDS
            )
        commit = found.sha or ""
        if not _COMMIT.fullmatch(commit) or self._revision not in ("", commit):
            raise PullFailed(f"the Hub answers with commit {commit!r} of {self._repo}, asked for {self._revision!r}")
        siblings = found.siblings or []
        check_names((s.rfilename for s in siblings), self._repo)
        files = {
            s.rfilename: Offer(s.size or 0, s.lfs.sha256 if s.lfs else "") for s in siblings if "/" not in s.rfilename
        }
        self._revision = commit
        return Listing(files, commit, _licence(found))

    def fetch(self, name: str, file: Path, told: Told) -> None:
        """Download a file, from where `file` ends. Raises PullFailed, OSError."""
        from huggingface_hub import get_token, hf_hub_url

        with failures(self._repo, self._revision):
            url = hf_hub_url(self._repo, name, revision=self._revision, endpoint=self._endpoint)
            token = get_token()
            download(url, file, told, {"authorization": f"Bearer {token}"} if token else None)


def download(url: str, file: Path, told: Told, headers: dict[str, Any] | None = None) -> None:
    """Append to `file` what it lacks of what lies at the URL. The client tries again where a connection breaks."""
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.file_download import http_get

    # It would write to the terminal, beside the bar, that it tries again.
    logging.getLogger(http_get.__module__).setLevel(logging.ERROR)
    bar: Any = partial(_Bar, told)
    file.touch()
    with file.open("r+b") as stream:
        there = stream.seek(0, 2)
        try:
            http_get(url, stream, resume_size=there, headers=headers, tqdm_class=bar)
        except HfHubHTTPError as error:
            if not (there and error.response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE):
                raise
            # There is nothing behind what is there: it was whole, or is of something else.
            stream.seek(0)
            stream.truncate()
            http_get(url, stream, headers=headers, tqdm_class=bar)


class _Bar:
    """What the client takes for its progress bar: it shows nothing, and tells how many bytes are there."""

    def __init__(self, told: Told, initial: int = 0, **_: object) -> None:
        self._told, self._done = told, initial

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left behind."""

    def update(self, n: int) -> None:
        """So many bytes more; less than none where it begins anew."""
        self._done += n
        self._told(self._done)


def _licence(found: Any) -> str:
    stated = getattr(found.card_data, "license", None) or next(
        (tag.removeprefix("license:") for tag in found.tags or [] if tag.startswith("license:")), ""
    )
    return " ".join(map(str, stated)) if isinstance(stated, list) else str(stated)


@contextmanager
def failures(repo: str, revision: str) -> Iterator[None]:
    """Errors of the client, in the words of somebody who pulls a model."""
    from httpx2 import HTTPError
    from huggingface_hub import errors

    at = f"{repo} at {revision}" if revision else repo
    try:
        yield
    except errors.GatedRepoError as error:
        raise PullFailed(f"{repo} is gated: accept its terms on its page, and give a token in HF_TOKEN") from error
    except errors.RevisionNotFoundError as error:
        raise PullFailed(f"{repo} has no commit {revision} on the Hub; --repin takes what it has now") from error
    except errors.RepositoryNotFoundError as error:
        raise PullFailed(f"the Hub has no model {repo}, or it is private (HF_TOKEN gives a token)") from error
    except errors.EntryNotFoundError as error:
        raise PullFailed(f"a file of {at} is not on the Hub: {_line(error)}") from error
    except errors.OfflineModeIsEnabled as error:
        raise PullFailed(f"{at} can't be fetched: HF_HUB_OFFLINE forbids it") from error
    except (errors.HfHubHTTPError, HTTPError) as error:
        raise PullFailed(f"{at} can't be fetched: {_line(error)}") from error


def _line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
