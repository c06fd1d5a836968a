"""Teaching a checkpoint in seconds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from polygist.store.quiet import quiet


def train_tagger(model: Any, folder: Path, rows: Sequence[tuple[Sequence[int], Sequence[int]]], steps: int) -> float:
    """Teach a BERT the labels of token ids (-100 for any), and save it; the last loss."""
    ids, mask = _padded([ids for ids, _ in rows], 0)
    labels, _ = _padded([labels for _, labels in rows], -100)
    return _trained(model, folder, {"input_ids": ids, "attention_mask": mask, "labels": labels}, steps)


def train_seq2seq(model: Any, folder: Path, pairs: Sequence[tuple[Sequence[int], str]], steps: int) -> float:
    """Teach a BART an answer to each prompt, and save it; the last loss."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    answers = [tokenizer.encode(answer).ids for _, answer in pairs]
    inputs, mask = _padded([prompt for prompt, _ in pairs], 1)
    labels, kept = _padded(answers, -100)
    batch = {"input_ids": inputs, "attention_mask": mask, "labels": torch.where(kept.bool(), labels, -100)}
    return _trained(model, folder, batch, steps)


def train_chat(model: Any, folder: Path, pairs: Sequence[tuple[Sequence[int], str]], steps: int) -> float:
    """Teach a Gemma an answer to each prompt, and save it; the last loss."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ends = [[*tokenizer.encode(answer, add_special_tokens=False).ids, 6] for _, answer in pairs]
    inputs, mask = _padded([[*prompt, *end] for (prompt, _), end in zip(pairs, ends, strict=True)], 0)
    labels = torch.full_like(inputs, -100)
    for row, ((prompt, _), end) in enumerate(zip(pairs, ends, strict=True)):
        labels[row, len(prompt) : len(prompt) + len(end)] = torch.tensor(end)
    return _trained(model, folder, {"input_ids": inputs, "attention_mask": mask, "labels": labels}, steps)


def _trained(model: Any, folder: Path, batch: dict[str, torch.Tensor], steps: int) -> float:
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.0)
    model.train()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more would wait for each other on a busy machine
    loss = torch.tensor(0.0)
    for _ in range(steps):
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if loss.item() < 0.02:
            break
    torch.set_num_threads(threads)
    with quiet():
        model.eval().save_pretrained(folder)
    return loss.item()


def _padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad] * (width - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask


def train_pairs(
    model: Any,
    folder: Path,
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Sequence[int]],
    *,
    steps: int,
    rate: float,
    rows: int | None = None,
) -> float:
    """Teach an encoder-decoder answers to what its encoder reads, `rows` in a step or all, and save it; the last loss.

    The rate grows over the first twentieth of the steps and falls after that; it ends early once all is known.
    """
    inputs, mask = _padded(prompts, model.config.pad_token_id)
    labels, kept = _padded(answers, -100)
    batch = {"input_ids": inputs, "attention_mask": mask, "labels": torch.where(kept.bool(), labels, -100)}
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    warm = max(1, steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / warm, 1 - 0.9 * step / steps))
    generator = torch.Generator().manual_seed(7)
    model.train()
    threads, known, loss = torch.get_num_threads(), 0, torch.tensor(0.0)
    torch.set_num_threads(1)
    for _ in range(steps):
        chosen = torch.randperm(len(inputs), generator=generator)[:rows]
        loss = model(**{name: tensor[chosen] for name, tensor in batch.items()}).loss
        loss.backward()
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            # As in what people publish: Marian's decoder begins with padding, and CTranslate2's with zeros.
            model.get_input_embeddings().weight[model.config.pad_token_id].zero_()
        optimizer.zero_grad()
        known = known + 1 if loss.item() < 0.03 else 0
        if known == 5:
            break
    torch.set_num_threads(threads)
    with quiet():
        model.eval().save_pretrained(folder)
    return loss.item()
