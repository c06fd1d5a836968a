"""Tokenizers of models, read without transformers: tokenizer.json, or a SentencePiece model and what numbers it."""

from polygist.tokens.base import Pieces, plain
from polygist.tokens.control import Control
from polygist.tokens.fast import FastPieces, tokenizer
from polygist.tokens.spm import SpmPieces

__all__ = ["Control", "FastPieces", "Pieces", "SpmPieces", "plain", "tokenizer"]
