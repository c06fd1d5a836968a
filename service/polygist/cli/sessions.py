"""What a command works with: the texts it reads, the server it calls, the answer it shows."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from rich.console import Console

from polygist import settings
from polygist.cli import access, render
from polygist.cli.exits import USAGE, exits, fail
from polygist.cli.options import ArticleFormat
from polygist.client import Client, as_article, html_article
from polygist.v1 import polygist_pb2 as pb


def address(server: str) -> str:
    """Where a server listens; the configured port of this machine where none is named."""
    return server or f"localhost:{settings.load().port}"


def read(file: str) -> str:
    """The text of a file or of standard input. Exits where it can't be read or is no UTF-8."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise fail(f"{file}: {error.strerror}", USAGE) from error
    except UnicodeDecodeError as error:
        raise fail(f"{file}: byte {error.start} is no UTF-8", USAGE) from error


def article(file: str, format: ArticleFormat | None) -> pb.Article:
    """The article in a file, an HTML page where its name ends like that of one. Exits as `read` does."""
    if format is None:
        format = ArticleFormat.HTML if file.lower().endswith((".html", ".htm")) else ArticleFormat.PLAIN
    return html_article(read(file)) if format is ArticleFormat.HTML else as_article(read(file))


@contextmanager
def connected(server: str, local: bool, timeout: float, *, retries: bool = False) -> Iterator[Client]:
    """A client of the server, or of one inside this process; its errors end the command.

    Without `retries` a person at a terminal learns at once that there is no server.
    """
    with exits():
        if not local:
            with access.chosen().client(address(server), timeout, retries=retries) as client:
                yield client
            return
        from polygist import inprocess  # the engines take seconds to import

        with inprocess.running(settings.load()) as inside, Client(inside, timeout) as client:
            yield client


def show(answer: Message, json: bool, view: render.View) -> None:
    """Print an answer for a program or for a person."""
    if json:
        typer.echo(MessageToJson(answer, preserving_proto_field_name=True, ensure_ascii=False))
    else:
        Console(markup=False, emoji=False).print(view(answer))
