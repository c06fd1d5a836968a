"""Tiny checkpoints as the Hub has them: real configurations and tokenizers, weights at random or trained in seconds.

MAKERS has a maker for each family; the fixture `checkpoint` makes each once in a test session.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.checkpoints.bart import bart, pegasus
from tests.checkpoints.cards import write_deployment, write_encoder, write_entities, write_profile, write_translator
from tests.checkpoints.chat import eurollm, gemma, gemma4, gemma4_e, llama, qwen3, translategemma
from tests.checkpoints.corpus import texts
from tests.checkpoints.encoders import bert, bert_nli, deberta, nli, sentence_bert, sentences, tagger
from tests.checkpoints.long import led, longt5
from tests.checkpoints.m2m100 import m2m100, small100
from tests.checkpoints.marian import marian, zle
from tests.checkpoints.mbart50 import mbart50
from tests.checkpoints.nllb import nllb, nllb_legacy
from tests.checkpoints.t5 import madlad, mt5, t5, umt5
from tests.checkpoints.trained import copier, opus
from tests.checkpoints.training import train_chat, train_seq2seq, train_tagger
from tests.conftest import ROOT

# All take the folder to be made.
MAKERS: Mapping[str, Callable[[Path], Any]] = {
    "bart": bart,
    "pegasus": pegasus,
    "led": led,
    "longt5": longt5,
    "gemma": gemma,
    "gemma4": gemma4,
    "gemma4-e": gemma4_e,
    "eurollm": eurollm,
    "translategemma": translategemma,
    "qwen3": qwen3,
    "llama": llama,
    "tagger": tagger,
    "nli": nli,
    "bert-nli": bert_nli,
    "deberta": deberta,
    "sentence-bert": sentence_bert,
    "sentences": sentences,
    "m2m100": m2m100,
    "small100": small100,
    "marian": marian,
    "zle": zle,
    "mbart50": mbart50,
    "nllb": nllb,
    "nllb-legacy": nllb_legacy,
    "t5": t5,
    "mt5": mt5,
    "umt5": umt5,
    "madlad": madlad,
    # Taught something, which takes tens of seconds.
    "opus": opus,
    "copier": copier,
}

__all__ = [
    "MAKERS",
    "ROOT",
    "bart",
    "bert",
    "bert_nli",
    "copier",
    "deberta",
    "eurollm",
    "gemma",
    "gemma4",
    "gemma4_e",
    "led",
    "llama",
    "longt5",
    "m2m100",
    "madlad",
    "marian",
    "mbart50",
    "mt5",
    "nli",
    "nllb",
    "nllb_legacy",
    "opus",
    "pegasus",
    "qwen3",
    "sentence_bert",
    "sentences",
    "small100",
    "t5",
    "tagger",
    "texts",
    "train_chat",
    "train_seq2seq",
    "train_tagger",
    "translategemma",
    "umt5",
    "write_deployment",
    "write_encoder",
    "write_entities",
    "write_profile",
    "write_translator",
    "zle",
]
