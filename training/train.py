"""Train the adapter of the embedded model, in slices that can be stopped and resumed at any moment.

    python -m training.train training/configs/cpu.toml --state FOLDER [--minutes N]

The learning rate warms up and stays constant, so that training can always go on. With `--decay STEPS` a copy of the
run is brought to an end: its rate falls to zero over so many steps and its adapter is written to
FOLDER/adapter.safetensors; the state itself is left as it was. SIGTERM and SIGINT save and stop.
"""

import argparse
import csv
import signal
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from polygist.store.cards import load_card
from training import lowrank, state
from training.base import pruned
from training.data import Example, Pairs, batches

_SAVE_SECONDS = 300
_REPORT_STEPS = 20


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("config", type=Path)
    arguments.add_argument("--state", type=Path, required=True)
    arguments.add_argument("--minutes", type=float, default=float("inf"))
    arguments.add_argument("--decay", type=int, default=0, metavar="STEPS")
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = arguments.parse_args()
    config = tomllib.loads(options.config.read_text(encoding="utf-8"))
    Run(config, options.state, options.device, options.decay).train(options.minutes)


class Run:
    """One slice of a run. `decay` is the number of steps to bring it to an end, 0 to go on."""

    def __init__(self, config: dict[str, Any], folder: Path, device: str, decay: int) -> None:
        self._config, self._folder, self._device, self._decay = config, folder, device, decay
        self._card = load_card(config["card"])
        torch.manual_seed(config["seed"])
        base = pruned(self._card, folder / "base")
        self._tokenizer = AutoTokenizer.from_pretrained(base)
        self._model = _model(base)
        self._trained = lowrank.add(self._model, config["rank"])
        self._model.to(device).train()
        self._optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in self._trained.values() if p.ndim > 1], "weight_decay": 0.01},
                {"params": [p for p in self._trained.values() if p.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=config["learning_rate"],
            betas=(0.9, 0.98),
        )
        self._step = self._tokens = self._pool = 0
        self._restore()
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _restore(self) -> None:
        kept = state.load(self._folder, self._device)
        if kept:
            self._load(kept.weights)
            self._optimizer.load_state_dict(kept.optimizer)
            self._step, self._tokens, self._pool = kept.step, kept.tokens, kept.pool + 1
        elif first := self._config.get("first_adapter"):
            self._load(lowrank.read(Path(first)))

    def _load(self, weights: dict[str, torch.Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self._trained.items():
                parameter.copy_(weights[name])

    def train(self, minutes: float) -> None:
        """Train until the time is up, the decay is done or a signal comes."""
        begun = saved = time.monotonic()
        first_step, first_tokens, loss = self._step, self._tokens, Smoothed()
        with (self._folder / ("decay.csv" if self._decay else "curve.csv")).open("a", newline="") as file:
            curve = csv.writer(file)
            for pool, batch in self._batches():
                self._pool = pool
                rate = self._rate(self._step - first_step)
                if self._stopping or rate <= 0 or time.monotonic() - begun > minutes * 60:
                    break
                loss.add(self._update(batch, rate))
                if self._step % _REPORT_STEPS == 0:
                    speed = (self._tokens - first_tokens) / (time.monotonic() - begun)
                    row = [self._step, self._tokens, f"{loss.value:.4f}", f"{rate:.2e}", f"{speed:.0f}"]
                    curve.writerow(row)
                    file.flush()
                    print("step {} tokens {} loss {} rate {} tokens/s {}".format(*row), flush=True)
                if not self._decay and time.monotonic() - saved > _SAVE_SECONDS:
                    self._save()
                    saved = time.monotonic()
        if self._decay:
            lowrank.write({n: p.detach() for n, p in self._trained.items()}, self._folder / "adapter.safetensors")
        else:
            self._save()

    def _batches(self) -> Any:
        c = self._config
        pairs = Pairs([Path(f) for f in c["data"]], c["directions"], c["datasets"])
        print(f"{len(pairs.rows)} pairs", flush=True)
        return batches(
            pairs,
            self._tokenizer,
            self._card.prompt_template,
            self._card.languages,
            seed=c["seed"],
            first_pool=self._pool,
            max_length=c["max_length"],
            batch_tokens=c["batch_tokens"],
        )

    def _rate(self, done: int) -> float:
        """Warm-up over the whole run, then constant; falling to zero over `decay` steps of this slice."""
        rate: float = self._config["learning_rate"] * min(1.0, (self._step + 1) / self._config["warmup_steps"])
        return rate * max(0.0, 1 - done / self._decay) if self._decay else rate

    def _update(self, batch: Sequence[Example], rate: float) -> float:
        """One step; returns the loss. Only target tokens count, and only their logits are computed."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        count = sum(len(target) for _, target in batch)
        loss = sum(self._backward(piece, count) for piece in _pieces(batch, self._config["piece_tokens"]))
        torch.nn.utils.clip_grad_norm_(self._trained.values(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._step += 1
        return loss

    def _backward(self, piece: Sequence[Example], count: int) -> float:
        """Add a piece's share to the gradients of a batch with `count` target tokens; returns its share of the loss."""
        ids, targets, mask = self._tensors(piece)
        with torch.autocast(self._device, dtype=torch.bfloat16):
            hidden = self._model.model(input_ids=ids, attention_mask=mask).last_hidden_state
            chosen = targets >= 0
            logits = hidden[chosen] @ self._model.lm_head.weight.t()
            smoothing = self._config["label_smoothing"]
            loss = torch.nn.functional.cross_entropy(
                logits.float(), targets[chosen], label_smoothing=smoothing, reduction="sum"
            )
        share = loss / count
        share.backward()  # type: ignore[no-untyped-call]
        self._tokens += ids.numel()
        return share.item()

    def _tensors(self, batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Ids, targets (-100 where none is learnt) and mask, each (rows, longest)."""
        width = max(len(p) + len(t) for p, t in batch)
        ids = torch.full((len(batch), width), self._tokenizer.pad_token_id)
        targets = torch.full((len(batch), width), -100)
        mask = torch.zeros((len(batch), width), dtype=torch.long)
        for i, (prompt, target) in enumerate(batch):
            n = len(prompt) + len(target)
            ids[i, :n] = torch.tensor(prompt + target)
            targets[i, len(prompt) - 1 : n - 1] = torch.tensor(target)
            mask[i, :n] = 1
        return ids.to(self._device), targets.to(self._device), mask.to(self._device)

    def _save(self) -> None:
        weights = {name: parameter.detach() for name, parameter in self._trained.items()}
        state.State(weights, self._optimizer.state_dict(), self._step, self._tokens, self._pool).save(self._folder)


def _model(folder: Path) -> Any:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, attn_implementation="sdpa")
    model.config.use_cache = False
    return model


def _pieces(batch: Sequence[Example], tokens: int) -> Iterator[Sequence[Example]]:
    """A batch in pieces of so many tokens with padding, or one example: the activations of one fit the memory."""
    begin = 0
    while begin < len(batch):
        end, width = begin, 0
        while end < len(batch):
            width = max(width, len(batch[end][0]) + len(batch[end][1]))
            if end > begin and width * (end + 1 - begin) > tokens:
                break
            end += 1
        yield batch[begin:end]
        begin = end


class Smoothed:
    """An exponential average over about 50 values."""

    value = 0.0

    def add(self, value: float) -> None:
        self.value = value if self.value == 0.0 else 0.98 * self.value + 0.02 * value


if __name__ == "__main__":
    main()
