"""What can't be made an OpenVINO graph of."""

import json
from pathlib import Path
from typing import Any

import pytest

from polygist.errors import ModelError
from polygist.store import ir

GEMMA = {"model_type": "gemma3_text", "rope_parameters": {"full_attention": {"rope_type": "default"}}}
LINEAR = {"full_attention": {"rope_type": "linear", "factor": 8.0}}


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "llama"},
        {"attention_bias": True},
        {"hidden_activation": "silu"},
        {"attn_logit_softcapping": 50.0},
        {"use_bidirectional_attention": True},
        {"rope_parameters": LINEAR},
    ],
    ids=str,
)
def test_what_it_has_no_operations_for_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(GEMMA | change))
    with pytest.raises(ModelError, match=f"with this {next(iter(change))}$"):
        ir.write(tmp_path, tmp_path / "ov", "int8")
    assert not (tmp_path / "ov").exists()


def test_unknown_quantization(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="unknown quantization 'int3'; there are: float32, int8"):
        ir.write(tmp_path, tmp_path / "ov", "int3")
