"""Encoder-decoders on CTranslate2: int8 on a CPU, the usual engine for those that it has a converter for."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2

from polygist.engines.base import Decoding, Row
from polygist.engines.ct2 import Ct2Engine, Made
from polygist.errors import EngineFailed
from polygist.types import ModelInfo


class Ct2Seq2SeqEngine(Ct2Engine):
    """A `base.Engine` over a folder made by `store.convert` out of an encoder-decoder (Marian, M2M100, BART, T5, ...).

    Arguments and errors are those of Ct2Engine. A prompt is the encoder's input with its end token. `begin` are the
    tokens that a decoder says first where a row has no prefix, as BART's does; `longest` bounds a prompt in tokens,
    None where the model has relative positions.
    """

    def __init__(
        self,
        folder: Path,
        info: ModelInfo,
        threads: int,
        ends: Sequence[int],
        begin: Sequence[int] = (),
        longest: int | None = None,
    ) -> None:
        super().__init__(folder, info, threads, None, ends)
        self._begin, self._longest = tuple(begin), longest
        self._ids = {name: id for id, name in enumerate(self._vocabulary)}

    def _opened(self, folder: str, threads: int) -> Any:
        return ctranslate2.Translator(folder, device="cpu", inter_threads=1, intra_threads=threads)

    def _check(self, rows: Sequence[Row]) -> None:
        known = range(len(self._vocabulary))
        for row in rows:
            if not row.prompt or not all(id in known for id in (*row.prompt, *row.prefix)):
                raise EngineFailed("a prompt is empty or has a token that the model does not know")
            if self._longest is not None and len(row.prompt) > self._longest:
                raise EngineFailed(f"a prompt of {len(row.prompt)} tokens exceeds the window of {self._longest}")

    def _groups(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Rows of one decoding whose decoders stand at the same place."""
        groups: dict[tuple[Decoding, int], list[Row]] = defaultdict(list)
        for row in rows:
            groups[row.decoding.way, len(self._before(row))].append(row)
        return list(groups.values())

    def _before(self, row: Row) -> tuple[int, ...]:
        """What a decoder has said already."""
        return *(row.prefix or self._begin), *row.generated

    def _continued(self, rows: Sequence[Row], limit: int, how: dict[str, Any]) -> list[list[Made]]:
        before = [self._names(self._before(row)) for row in rows]
        results = self._model.translate_batch(
            [self._names(row.prompt) for row in rows],
            target_prefix=before,
            max_input_length=0,  # else it cuts what is longer than 1024, and says nothing
            max_decoding_length=len(before[0]) + limit + 1,  # what was said before and the end token count here
            min_decoding_length=0,
            **how,
        )
        skipped, penalty = len(before[0]), how["length_penalty"]
        # What was said before is part of what comes back, and of the length that a score is weighed with.
        return [
            [
                ([self._ids[name] for name in said[skipped:]], score * len(said) ** penalty)
                for said, score in zip(result.hypotheses, result.scores, strict=True)
            ]
            for result in results
        ]
