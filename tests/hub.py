"""A stand-in of the Hugging Face Hub's file endpoints on this machine, for its real client."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

_LFS = (".safetensors", ".bin", ".spm", ".model")


@dataclass
class Repo:
    """What a repository has now, and had in each commit."""

    licence: str = "apache-2.0"
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    head: str = ""
    gated: bool = False
    # Lies: what the listing says of a sum, and names that it makes up.
    sums: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def commit(self, files: dict[str, bytes]) -> str:
        """Another commit, which is its head then."""
        digest = hashlib.sha1(usedforsecurity=False)
        for name, content in sorted(files.items()):
            digest.update(name.encode() + b"\0" + content)
        self.head = digest.hexdigest()
        self.commits[self.head] = dict(files)
        return self.head


class HubStand:
    """The server: its repositories, what was asked of it, and where it breaks off."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.asked: list[str] = []
        self.ranges: list[str] = []
        # Of a file, so many bytes are sent of each answer, so many times; then it is whole.
        self.cut: dict[str, tuple[int, int]] = {}
        # Large files lie elsewhere, as on the real Hub; and who asked for what with which token.
        self.elsewhere = ""
        self.tokens: list[str] = []
        self.before_file = threading.Event()
        self.before_file.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def add(self, repo: str, folder: Path | None = None, licence: str = "apache-2.0", **files: bytes) -> Repo:
        """A repository with the files of a folder, or those given; its first commit."""
        content = {f.name: f.read_bytes() for f in sorted(folder.iterdir()) if f.is_file()} if folder else {}
        made = self.repos[repo] = Repo(licence)
        made.commit(content | files)
        return made

    @contextmanager
    def running(self) -> Iterator["HubStand"]:
        """Answers meanwhile."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.before_file.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                _answer(stand, self)

            do_HEAD = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def _answer(stand: HubStand, request: BaseHTTPRequestHandler) -> None:
    path = unquote(request.path.partition("?")[0])
    stand.asked.append(f"{request.command} {path}")
    stand.tokens.append(request.headers.get("Authorization", ""))
    if found := re.fullmatch(r"/api/models/(.+?)(?:/revision/([^/]+))?", path):
        repo = stand.repos.get(found[1])
        if repo is None:
            return _error(request, 404, "RepoNotFound")
        if repo.gated:
            return _error(request, 403, "GatedRepo")
        commit = repo.head if found[2] in (None, "main") else found[2]
        if commit not in repo.commits:
            return _error(request, 404, "RevisionNotFound")
        return _send(request, json.dumps(_info(found[1], repo, commit)).encode())
    if found := re.fullmatch(r"/(.+)/resolve/([0-9a-f]{40})/([^/]+)", path):
        stand.before_file.wait(30)
        repo = stand.repos.get(found[1])
        content = repo.commits.get(found[2], {}).get(found[3]) if repo else None
        if content is None:
            return _error(request, 404, "EntryNotFound")
        if stand.elsewhere and found[3].endswith(_LFS):
            return _elsewhere(stand, request, found[3], content, found[2])
        return _file(stand, request, found[3], content, found[2])
    if found := re.fullmatch(r"/files/([^/]+)", path):  # any file on the web
        return _file(stand, request, found[1], stand.repos["files"].commits[stand.repos["files"].head][found[1]], "")
    return _error(request, 404, "")


def _info(name: str, repo: Repo, commit: str) -> dict[str, Any]:
    siblings: list[dict[str, Any]] = [{"rfilename": n, "size": 1, "blobId": "0"} for n in repo.names]
    for file, content in repo.commits[commit].items():
        entry: dict[str, Any] = {"rfilename": file, "size": len(content), "blobId": "0" * 40}
        if file.endswith(_LFS):
            digest = repo.sums.get(file) or hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 134}
        siblings.append(entry)
    card = {"license": repo.licence} if repo.licence else {}
    return {"id": name, "modelId": name, "sha": commit, "siblings": siblings, "cardData": card, "tags": []}


def _file(stand: HubStand, request: BaseHTTPRequestHandler, name: str, content: bytes, commit: str) -> None:
    start, status = 0, 200
    if given := request.headers.get("Range"):
        stand.ranges.append(f"{name} {given}")
        start, status = int(given.removeprefix("bytes=").partition("-")[0]), 206
        if start >= len(content):
            return _error(request, 416, "")
    body = content[start:]
    request.send_response(status)
    request.send_header("Content-Length", str(len(body)))
    request.send_header("X-Repo-Commit", commit)
    request.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
    request.send_header("Accept-Ranges", "bytes")
    if status == 206:
        request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    request.end_headers()
    if request.command == "HEAD":
        return
    sent, times = stand.cut.get(name, (0, 0))
    if times:
        stand.cut[name] = (sent, times - 1)
        request.wfile.write(body[:sent])
        request.wfile.flush()
        request.close_connection = True
        return
    request.wfile.write(body)


def _elsewhere(stand: HubStand, request: BaseHTTPRequestHandler, name: str, content: bytes, commit: str) -> None:
    request.send_response(302)
    request.send_header("Location", f"{stand.elsewhere}/files/{name}")
    request.send_header("X-Repo-Commit", commit)
    request.send_header("X-Linked-Size", str(len(content)))
    request.send_header("X-Linked-ETag", f'"{hashlib.sha256(content).hexdigest()}"')
    request.send_header("Content-Length", "0")
    request.end_headers()


def _send(request: BaseHTTPRequestHandler, body: bytes) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def _error(request: BaseHTTPRequestHandler, status: int, code: str) -> None:
    request.send_response(status)
    request.send_header("X-Error-Code", code)
    request.send_header("Content-Length", "0")
    request.end_headers()
