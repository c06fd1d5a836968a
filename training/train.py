"""Train the embedded model, in slices that can be stopped and resumed at any moment.

    python -m training.train training/configs/cpu.toml --state FOLDER [--minutes N]
    python -m training.train training/configs/gpu.toml --state FOLDER --run-minutes N [--minutes N]

A run without an end warms up and stays at its rate, so that training can always go on. With `--decay STEPS` a copy of
it is brought to an end: its rate falls to zero over so many steps and its adapter is written to
FOLDER/adapter.safetensors; the state itself is left as it was. A run with an end (`--run-minutes` over all slices,
or `epochs` in the config) lets its rate fall before it, whenever that is, and writes its outcome there: an adapter, or
weights.safetensors where all weights are trained. `--minutes` bounds this slice. SIGTERM and SIGINT save and stop.
"""

import argparse
import csv
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from transformers import AutoTokenizer

from polygist.store.cards import load_embedded
from training import config, loss, schedule, state, trained
from training.base import pruned
from training.config import Config
from training.data import Example, Pairs, ahead, batches, pieces
from training.tasks import NAMES

_SAVE_SECONDS = 300
_REPORT_STEPS = 20
_AHEAD = 4


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("config", type=Path)
    arguments.add_argument("--state", type=Path, required=True)
    arguments.add_argument("--minutes", type=float, default=float("inf"))
    arguments.add_argument("--run-minutes", type=float, default=0.0)
    arguments.add_argument("--decay", type=int, default=0, metavar="STEPS")
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = arguments.parse_args()
    run = Run(config.read(options.config), options.state, options.device, options.decay, options.run_minutes)
    run.train(options.minutes)


class Run:
    """One slice of a run. `decay` is the number of steps to bring a run without end to one, 0 to go on; `run_minutes`
    is the length of a run with an end, 0 for one without."""

    def __init__(self, config: Config, folder: Path, device: str, decay: int = 0, run_minutes: float = 0.0) -> None:
        self._config, self._folder, self._device = config, folder, device
        self._decay, self._run_seconds = decay, run_minutes * 60
        self._schedule = replace(config.schedule, decay=1.0) if decay else config.schedule
        self._card = load_embedded(config.card)
        torch.manual_seed(config.seed)
        base = pruned(self._card, folder / "base")
        first = Path(config.first_adapter) if config.first_adapter else None
        self._tokenizer = AutoTokenizer.from_pretrained(base)
        if config.rank:
            self._trained = trained.updates(base, config.rank, first, loss.precision(device))
        else:
            self._trained = trained.everything(base, first)
        self._model = self._trained.model.to(device).train()
        parameters = self._trained.parameters.values()
        self._optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.01},
                {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=config.learning_rate,
            betas=(0.9, 0.98),
            fused=device == "cuda",
        )
        self._step = self._tokens = 0
        self._position = self._seconds = 0.0
        self._restore()
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _restore(self) -> None:
        if kept := state.load(self._folder, self._device):
            self._trained.load(kept.weights)
            self._optimizer.load_state_dict(kept.optimizer)
            self._step, self._tokens, self._position = kept.step, kept.tokens, kept.pool + 1.0
            self._seconds = kept.seconds

    def train(self, minutes: float) -> bool:
        """Train until the time is up, the run or its decay ends, or a signal comes; whether it ended."""
        begun = saved = time.monotonic()
        first_step, first_tokens, before, smooth = self._step, self._tokens, self._seconds, Smoothed()
        text = Pairs(self._config.files(), self._config.directions, self._config.datasets, self._config.variations)
        print(f"{len(text.rows)} pairs", flush=True)
        ended = False
        with (self._folder / ("decay.csv" if self._decay else "curve.csv")).open("a", newline="") as file:
            curve = csv.writer(file)
            for position, batch in self._batches(text):
                self._position = position
                self._seconds = before + time.monotonic() - begun
                behind = self._behind(self._step - first_step, position * self._config.pool / len(text.rows))
                ended = behind >= 1
                if self._stopping or ended or self._seconds - before > minutes * 60:
                    break
                rate = self._schedule.rate(self._step, behind)
                smooth.add(self._update(batch, rate))
                if self._step % _REPORT_STEPS == 0:
                    speed = (self._tokens - first_tokens) / (time.monotonic() - begun)
                    row = [self._step, self._tokens, f"{smooth.value:.4f}", f"{rate:.2e}", f"{speed:.0f}"]
                    curve.writerow(row)
                    file.flush()
                    print("step {} tokens {} loss {} rate {} tokens/s {}".format(*row), flush=True)
                if not self._decay and time.monotonic() - saved > _SAVE_SECONDS:
                    self._save()
                    saved = time.monotonic()
        if not self._decay:
            self._save()
        if ended or self._decay:
            self._trained.write(self._folder)
        return ended

    def _behind(self, steps: int, epochs: float) -> float:
        """How much of the run, or of its decay, is behind. An epoch draws as many pairs as there are."""
        if self._decay:
            return steps / self._decay
        return schedule.progress(self._seconds, self._run_seconds, epochs, self._config.epochs)

    def _batches(self, text: Pairs) -> Iterator[tuple[float, list[Example]]]:
        stream = batches(
            text,
            self._tokenizer,
            self._card.prompt_template,
            {**self._card.languages, **NAMES},
            seed=self._config.seed,
            first_pool=int(self._position),
            pool_size=self._config.pool,
            max_length=self._config.max_length,
            batch_tokens=self._config.batch_tokens,
        )
        return ahead(stream, _AHEAD) if self._device == "cuda" else stream

    def _update(self, batch: Sequence[Example], rate: float) -> float:
        """One step; returns the loss. Only target tokens count, and only their logits are computed."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        count = sum(len(target) for _, target in batch)
        mean = sum(self._backward(piece, count) for piece in pieces(batch, self._config.piece_tokens))
        torch.nn.utils.clip_grad_norm_(self._trained.parameters.values(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._step += 1
        return mean

    def _backward(self, piece: Sequence[Example], count: int) -> float:
        """Add a piece's share to the gradients of a batch with `count` target tokens; returns its share of the loss."""
        total, tokens = loss.summed(
            self._model, piece, self._tokenizer.pad_token_id, self._device, self._config.label_smoothing
        )
        share = total / count
        share.backward()  # type: ignore[no-untyped-call]
        self._tokens += tokens
        return share.item()

    def _save(self) -> None:
        state.State(
            self._trained.weights(),
            self._optimizer.state_dict(),
            self._step,
            self._tokens,
            int(self._position),
            self._seconds,
        ).save(self._folder)


class Smoothed:
    """An exponential average over about 50 values."""

    value = 0.0

    def add(self, value: float) -> None:
        self.value = value if self.value == 0.0 else 0.98 * self.value + 0.02 * value


if __name__ == "__main__":
    main()
