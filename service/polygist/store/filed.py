"""Cards of models in files as transformers has them: what such cards have in common."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

from polygist.store.parts import converted
from polygist.store.sources import ModelSource

DTYPES = ("bfloat16", "float32")


@dataclass(frozen=True, kw_only=True)
class Filed:
    """`dtype` is how torch computes on a CPU."""

    source: ModelSource
    dtype: Literal["bfloat16", "float32"] = "float32"

    @property
    def build_disk_bytes(self) -> int:
        """What a build needs: the files are copied."""
        return self.source.disk_bytes

    def placed(self, file: Path) -> Self:
        """With a path that does not depend on where the card's `file` lies."""
        return replace(self, source=self.source.placed(file))


@dataclass(frozen=True, kw_only=True)
class Convertible(Filed):
    """`engine` and `quantization` are those of `translators.Card`."""

    family: str
    engine: str = ""
    quantization: str = "int8"

    @property
    def ingredients(self) -> tuple[str, ...]:
        """All that determines what is loaded."""
        return self.family, converted(self.engine, self.quantization), *self.source.sums

    @property
    def build_disk_bytes(self) -> int:
        """What a build needs: the files are copied, and converted into no more than they were."""
        return 2 * self.source.disk_bytes
