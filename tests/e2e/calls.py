"""A little of everything that callers do, so that every metric has something to say."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import grpc

from polygist.client import Client

_ARTICLES = Path(__file__).parents[1] / "data" / "articles"
_REFUSED = {grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE}
_NUMBERS = count()
_OTHERS = {"en": ["de", "uk"], "de": ["uk", "en"], "uk": ["en", "de"]}


def articles(language: str) -> list[str]:
    """The test articles of a language."""
    return [file.read_text(encoding="utf-8") for file in sorted(_ARTICLES.glob(f"{language}.*.txt"))]


def new(text: str, number: int) -> str:
    """The text with a number in every sentence, so that no cache knows any of them."""
    return text.replace(". ", f" ({number}). ").replace(".\n", f" ({number}).\n")


def good(client: Client, number: int) -> None:
    """One round of calls that are answered."""
    language = ("en", "de", "uk")[number % 3]
    known, targets = articles(language), _OTHERS[language]
    article = new(known[number % len(known)], number)
    stream = [(str(i), new(text, number)) for i, text in enumerate(known[:2])]
    client.detect([text for each in _OTHERS for text in articles(each)])
    client.parse(article)
    client.summarize(article)
    client.translate(
        [f"{number} visitors came to the museum on Sunday.", "The deal was signed."], ["de", "uk"], source="en"
    )
    client.digest(article, targets[:1], source=language)
    list(client.digest_many(stream, targets[1:], source=language))


def bad(client: Client, number: int) -> None:
    """A call with too many texts, and one without enough time."""
    texts = [f"In the year {number} there were {i} rivers without a bridge." for i in range(200)]
    for given, seconds in ((texts * 2, 60), (texts, 0.3)):
        try:
            client.translate(given, ["uk"], source="en", timeout=seconds)
        except grpc.RpcError as error:
            if error.code() not in {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.DEADLINE_EXCEEDED}:
                raise


@contextmanager
def calling(target: str, callers: int = 1, pause: float = 0) -> Iterator[None]:
    """Meanwhile some callers make round after round; being refused for now is no error."""
    stopping, odd = threading.Event(), list[Exception]()

    def call() -> None:
        with Client(target, timeout=120) as client:
            while not stopping.wait(pause):
                number = next(_NUMBERS)
                try:
                    good(client, number)
                    bad(client, number)
                except grpc.RpcError as error:
                    if error.code() not in _REFUSED:
                        odd.append(error)
                        return

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
