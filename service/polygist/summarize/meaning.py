"""What sentences mean, as vectors of a model: how like they are, and how near to what a reader wants to know."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygist.concurrency import gather
from polygist.engines.base import GREEDY
from polygist.engines.work import Completion
from polygist.errors import CardInvalid, EngineFailed, NotReady
from polygist.store.models import BuiltModel
from polygist.store.vectors import VectorCard, other_modules
from polygist.summarize.call import Call
from polygist.summarize.encoding import Ids, Windows, windows_of
from polygist.summarize.vectors import Meaning, Meanings
from polygist.types import ModelInfo, Usage, Warning, WarningType

_FAILED = "the model of sentence vectors failed or is being started again; sentences were compared by their words"
_ALL_ALIKE = 0.999
_LEAST_ROOM = 8  # tokens of a text behind the prefix


@dataclass(frozen=True)
class Read:
    """What sentences mean, None where that is not known; the doubts about it, and what it cost."""

    meaning: Meaning | None
    warnings: tuple[Warning, ...] = ()
    usage: Usage = field(default_factory=Usage)


class Reader:
    """A model of sentence vectors. Safe for many requests at once on one event loop."""

    def __init__(self, info: ModelInfo, card: VectorCard, windows: Windows) -> None:
        self.info, self._card, self._windows = info, card, windows

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that it knows."""
        return self.info.languages

    async def read(self, sentences: Sequence[str], focus: str, call: Call) -> Read:
        """What the sentences of an article mean; a warning where the model fails. A focus without a letter or digit is
        near to nothing.

        Raises DeadlineExceeded, QueueFull.
        """
        asked = await call.run(self._asked, sentences, focus)
        flat = [window for windows in asked for window in windows]
        try:
            done = await gather(self._ask(window, call) for window in flat)
        except (EngineFailed, NotReady):  # the scheduler has logged and counted it
            return Read(None, (Warning(WarningType.MODEL_FAILED, _FAILED, "summary.key_points"),))
        usage = sum((Usage(d.input_tokens, 0, 1, d.queue_seconds, d.inference_seconds) for d in done), Usage())
        return Read(await call.run(self._meaning, asked, done, focus), (), usage)

    def _asked(self, sentences: Sequence[str], focus: str) -> list[list[Ids]]:
        """The windows of each sentence, and of the focus behind them; none of a text without a letter or digit."""
        texts = [(text, self._card.prefix) for text in sentences]
        if focus:
            texts.append((focus, self._card.focus_prefix))
        return [self._windows.of(*text) if any(map(str.isalnum, text[0])) else [] for text in texts]

    def _ask(self, window: Ids, call: Call) -> Coroutine[Any, Any, Completion]:
        return call.ask(window, 0, GREEDY)

    def _meaning(self, asked: Sequence[Sequence[Ids]], done: Sequence[Completion], focus: str) -> Meaning:
        rows = vectors(asked, [d.hypothesis.values for d in done])
        sentences, unrelated = rows[:-1] if focus else rows, self._card.unrelated
        near = np.clip(Meanings(sentences, unrelated).likeness(rows[-1]), 0.0, 1.0) if focus else None
        # What is usual in an article is no repetition, whatever the card says.
        return Meaning(Meanings(sentences, max(unrelated, min(usual(sentences), _ALL_ALIKE))), near)


def usual(rows: NDArray[np.float64]) -> float:
    """The mean cosine of two rows, 0 where there are no two; in time linear in their number."""
    n, total = len(rows), rows.sum(axis=0)
    return float((total @ total - (rows * rows).sum()) / (n * (n - 1))) if n > 1 else 0.0


def vectors(asked: Sequence[Sequence[Ids]], found: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """A row of unit length for each text of windows, a zero row for one without: of several windows the mean, each
    counting by its tokens. `found` are the vectors of all windows in order."""
    width = len(found[0]) if found else 1
    rows, left = np.zeros((len(asked), width)), iter(found)
    for row, windows in zip(rows, asked, strict=True):
        for window in windows:
            row += len(window) * np.array(next(left))
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def reader_of(info: ModelInfo, card: VectorCard, built: BuiltModel) -> Reader:
    """Raises CardInvalid where the model does more than is done here, has fewer positions than the card says, or the
    prefixes leave no room; ModelCorrupt where a file can't be read."""
    windows = windows_of(card, built)
    if more := other_modules(built.hf):
        raise CardInvalid(f"{card.id}: the model's modules.json has {', '.join(more)}, which is not done here")
    if min(windows.room(prefix) for prefix in (card.prefix, card.focus_prefix)) < _LEAST_ROOM:
        raise CardInvalid(f"{card.id}: 'window' has too little room for text beside the prefixes")
    return Reader(info, card, windows)
