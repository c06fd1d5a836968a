"""Requests of a job on their way to where they are taken in blocks."""

import queue
import threading
import time
from collections.abc import Callable, Iterable

from polygist.v1 import polygist_pb2 as pb

# So long a block waits for further requests.
_LINGER_SECONDS = 0.05


class Feeder(threading.Thread):
    """Takes requests, at most `ahead` more than there are answers, and puts them into blocks of at most `size`, as
    bytes. Behind the last one comes an empty block. `error` is what has ended it too early."""

    def __init__(
        self, items: Iterable[pb.DigestManyRequest], ahead: int, size: int, put: Callable[[list[bytes]], object]
    ) -> None:
        super().__init__(name="feeder", daemon=True)
        self._items, self._size, self._put = items, size, put
        self._places, self._ended = threading.Semaphore(ahead), threading.Event()
        self._taken: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.error: Exception | None = None

    def run(self) -> None:
        threading.Thread(target=self._take, name="taker", daemon=True).start()
        try:
            while not self._ended.is_set() and (block := self._block()):
                self._put(block)
            self._put([])
        except Exception as error:  # raised where the answers are awaited
            self.error = error

    def _take(self) -> None:
        try:
            items = iter(self._items)
            while self._places.acquire() and not self._ended.is_set():
                if (item := next(items, None)) is None:
                    break
                self._taken.put(item.SerializeToString())
        except Exception as error:  # as above
            self.error = error
        self._taken.put(None)

    def _block(self) -> list[bytes]:
        """What comes within a moment; nothing at the end."""
        block, until = list[bytes](), 0.0
        while len(block) < self._size:
            try:
                item = self._taken.get(timeout=max(0.0, until - time.monotonic()) if block else None)
            except queue.Empty:
                break
            if item is None:
                self._taken.put(None)  # the next block is empty
                break
            until = until if block else time.monotonic() + _LINGER_SECONDS
            block.append(item)
        return block

    def answered(self) -> None:
        """Make room for one more."""
        self._places.release()

    def end(self) -> None:
        """Take no more."""
        self._ended.set()
        self._places.release()
        self._taken.put(None)
