"""What vocabularies are made of, and SentencePiece models of it."""

import io
import string
from collections.abc import Iterator
from functools import cache

import sentencepiece

from tests.conftest import ROOT

VOCABULARY = 900
# Characters that the texts hardly have.
ALPHABET = " ".join(string.printable.strip() + "«»„“”‚‘’–—…€№ґҐєЄіІїЇäÄöÖüÜß")


def texts() -> list[str]:
    """The seed article and the articles of the tests, in three languages."""
    files = [*sorted((ROOT / "seeds").glob("*.txt")), *sorted((ROOT / "tests/data/articles").glob("*.txt"))]
    return [file.read_text(encoding="utf-8") for file in files]


def lines() -> Iterator[str]:
    """Their lines."""
    return (line for text in texts() for line in text.splitlines() if line.strip())


@cache
def pieces(
    kind: str,
    size: int = VOCABULARY,
    symbols: tuple[str, ...] = (),
    ids: tuple[int, int, int, int] = (0, 1, 2, -1),
    more: tuple[str, ...] = (),
    byte_fallback: bool = False,
) -> bytes:
    """A SentencePiece model, "bpe" or "unigram", of the texts and `more` lines.

    `symbols` are pieces that no text is needed for; `ids` those of <unk>, <s>, </s> and <pad>, -1 for none.
    """
    unk, bos, eos, pad = ids
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*lines(), ALPHABET, *more]),
        model_writer=made,
        vocab_size=size,
        model_type=kind,
        user_defined_symbols=list(symbols),
        unk_id=unk,
        bos_id=bos,
        eos_id=eos,
        pad_id=pad,
        character_coverage=1.0,
        byte_fallback=byte_fallback,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    return made.getvalue()


def listed(model: bytes) -> list[str]:
    """All pieces, by id."""
    return [piece for piece, _ in scored(model)]


def scored(model: bytes) -> list[tuple[str, float]]:
    """All pieces with the logarithms of their probabilities, by id."""
    made = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [(made.id_to_piece(id), made.get_score(id)) for id in range(made.get_piece_size())]


def charsmap(model: bytes) -> bytes:
    """How it normalises, in its own table."""
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    return bytes(proto.normalizer_spec.precompiled_charsmap)
