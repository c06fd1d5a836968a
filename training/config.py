"""What a run is: its data, their weights, and how the weights are trained. One TOML file in configs/."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path

from polygist.store import tables
from training.schedule import Schedule


@dataclass(frozen=True)
class Config:
    """`rank` 0 trains all weights, another one low-rank updates of frozen ones. `pool` pairs are drawn at a time.

    A pair is drawn with the weight of its direction ("en-de") times that of its data set ("*" for those not named), and
    varied by `variations` (see augment.variations). `batch_tokens` and `piece_tokens` count padding; a batch is worked
    off in pieces. Lengths are in tokens, prompt and target together. `data` are files or patterns (open-*.jsonl.gz).
    """

    card: str
    data: tuple[str, ...]
    seed: int
    rank: int
    learning_rate: float
    warmup_steps: int
    label_smoothing: float
    batch_tokens: int
    piece_tokens: int
    max_length: int
    directions: Mapping[str, float]
    datasets: Mapping[str, float]
    variations: Mapping[str, float] = field(default_factory=dict)
    first_adapter: str = ""
    pool: int = 4096
    epochs: float = 0.0
    shape: str = "linear"
    decay: float = 0.2

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.learning_rate, self.warmup_steps, self.shape, self.decay)

    def files(self) -> list[Path]:
        """The files of `data` in order. Raises FileNotFoundError for a name that stands for none."""
        found = {name: [Path(file) for file in sorted(glob(name))] for name in self.data}
        if missing := [name for name, files in found.items() if not files]:
            raise FileNotFoundError(f"no text to train on at {', '.join(missing)}")
        return [file for files in found.values() for file in files]


def read(file: Path) -> Config:
    """Raises CardInvalid naming the key for a file that is no config."""
    return tables.read(Config, file)
