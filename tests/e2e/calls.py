"""A little of everything that callers do, so that every metric has something to say."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import grpc

from polygist.client import Client

_ARTICLES = Path(__file__).parents[1] / "data" / "articles"
# What becomes of calls that are wrong, have too little time, or come when the server is full.
_FORESEEN = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAVAILABLE,
}
_NUMBERS = count()
_OTHERS = {"en": ["de", "uk"], "de": ["uk", "en"], "uk": ["en", "de"]}


def articles(language: str) -> list[str]:
    """The test articles of a language."""
    return [file.read_text(encoding="utf-8") for file in sorted(_ARTICLES.glob(f"{language}.*.txt"))]


def new(text: str, number: int) -> str:
    """The text with a number in every sentence, so that no cache knows any of them."""
    return text.replace(". ", f" ({number}). ").replace(".\n", f" ({number}).\n")


def a_round(client: Client, number: int) -> list[Callable[[], object]]:
    """Calls of every kind; the last two have too many texts and too little time."""
    language = ("en", "de", "uk")[number % 3]
    known, targets = articles(language), _OTHERS[language]
    article, other = (new(known[(number + i) % len(known)], number) for i in range(2))
    texts = [f"{number} visitors came to the museum on Sunday.", "The deal was signed."]
    rivers = [f"In the year {number} there were {i} rivers without a bridge." for i in range(200)]
    return [
        lambda: client.detect([text for each in _OTHERS for text in articles(each)]),
        lambda: client.parse(article),
        lambda: client.summarize(article),
        lambda: client.translate(texts, ["de", "uk"], source="en"),
        lambda: client.digest(article, targets[:1], source=language),
        lambda: list(client.digest_many([("1", other)], targets[1:], source=language)),
        lambda: client.translate(rivers * 2, ["uk"], source="en"),
        lambda: client.translate(rivers, ["uk"], source="en", timeout=0.3),
    ]


@contextmanager
def calling(target: str, callers: int = 1, pause: float = 0) -> Iterator[None]:
    """Meanwhile some callers make round after round, with a pause in seconds after each call."""
    stopping, odd = threading.Event(), list[grpc.RpcError]()

    def call() -> None:
        with Client(target, timeout=120, retries=False) as client:
            while True:
                for made in a_round(client, next(_NUMBERS)):
                    if stopping.wait(pause):
                        return
                    try:
                        made()
                    except grpc.RpcError as error:
                        if error.code() not in _FORESEEN:
                            odd.append(error)

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join(240)
    assert odd == []
