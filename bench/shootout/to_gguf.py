"""The weights of a Gemma 3 folder as GGUF without a vocabulary: token ids in, token ids out."""

import json
from pathlib import Path

import ml_dtypes  # noqa: F401  # NumPy learns bfloat16 from it
import numpy as np
from gguf import GGMLQuantizationType as Kind
from gguf import GGUFWriter, LlamaFileType, quants
from safetensors.numpy import load_file

NAMES = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
FILES = {Kind.Q8_0: LlamaFileType.MOSTLY_Q8_0, Kind.Q4_0: LlamaFileType.MOSTLY_Q4_0}


def convert(hf: Path, file: Path, variant: str) -> None:
    """Write the weights as "Q8_0" or "Q4_0"; the embedding, which is the output layer too, is Q8_0 in both."""
    kind = Kind[variant]
    config = json.loads((hf / "config.json").read_text(encoding="utf-8"))
    writer = GGUFWriter(file, "gemma3")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_sliding_window(config["sliding_window"])
    rotation = config["rope_parameters"]
    writer.add_rope_freq_base(rotation["full_attention"]["rope_theta"])
    writer.add_float32("gemma3.rope.freq_base_swa", rotation["sliding_attention"]["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("no_vocab")
    writer.add_file_type(FILES[kind])
    for key, tensor in load_file(hf / "model.safetensors").items():
        name, values = tensor_name(key), tensor.astype(np.float32)
        if values.ndim == 1:
            writer.add_tensor(name, values + 1)  # every one is the scale of a norm, and counts from 1
            continue
        how = Kind.Q8_0 if name.startswith("token_embd") else kind
        writer.add_tensor(name, quants.quantize(values, how), raw_dtype=how)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def tensor_name(key: str) -> str:
    """llama.cpp's name of a tensor.

    >>> tensor_name("model.layers.3.mlp.up_proj.weight")
    'blk.3.ffn_up.weight'
    """
    match key.removeprefix("model.").removesuffix(".weight").split(".", 2):
        case ["embed_tokens"]:
            return "token_embd.weight"
        case ["norm"]:
            return "output_norm.weight"
        case [_, layer, rest]:
            return f"blk.{layer}.{NAMES[rest]}.weight"
    raise ValueError(key)
