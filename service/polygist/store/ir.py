"""A Gemma 3 text model as an OpenVINO graph, in the form that OpenVINO GenAI reads.

The form is that of optimum-intel: the keys and values of past tokens are states of the graph, which GenAI's continuous
batching turns into a cache of blocks (`SDPAToPagedAttention` in OpenVINO). It knows them, the window of local attention
and the last matrix by patterns of operations, so some of the operations here are more roundabout than they need be.
The model is https://arxiv.org/abs/2503.19786, as in transformers' modeling_gemma3.py.

Shapes: B rows, L new tokens of each, S tokens with the past ones, H heads, D their size.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from openvino import Type
from openvino import opset13 as ops
from openvino.op.util import Variable, VariableInfo

from polygist.errors import ModelError
from polygist.store.tables import listed
from polygist.store.tensors import Tensors, round_rows

Node = Any
FILE = "openvino_model.xml"
QUANTIZATIONS = ("int8", "float32")
_EXPECTED = {
    "model_type": "gemma3_text",
    "hidden_activation": "gelu_pytorch_tanh",
    "attention_bias": False,
    "attn_logit_softcapping": None,
    "use_bidirectional_attention": False,
}


def write(hf: Path, target: Path, quantization: str) -> None:
    """Write the model in `hf`, a folder of transformers, to the folder `target`: the graph, its weights, two configs.

    `quantization` is "int8", the matrices rounded to 8 bits by their rows, or "float32". Raises ModelError for a model
    that is not a Gemma 3 of text, ModelCorrupt when a weight is missing.
    """
    if quantization not in QUANTIZATIONS:
        raise ModelError(f"unknown quantization {quantization!r}; there are: {listed(QUANTIZATIONS)}")
    config = json.loads((hf / "config.json").read_text(encoding="utf-8"))
    _check(config)
    target.mkdir(parents=True)
    graph = Graph(config, Tensors(hf / "model.safetensors"), quantization == "int8").model()
    openvino.save_model(graph, target / FILE, compress_to_fp16=False)
    for name in ("config.json", "generation_config.json"):
        shutil.copyfile(hf / name, target / name)


def _check(config: dict[str, Any]) -> None:
    wrong = [name for name, value in _EXPECTED.items() if config.get(name, value) != value]
    wrong += ["rope_parameters"] * any(rope["rope_type"] != "default" for rope in config["rope_parameters"].values())
    if wrong:
        raise ModelError(f"no OpenVINO graph can be made of a model with this {', '.join(wrong)}")


class Graph:
    """Makes the operations, from the inputs to the logits."""

    def __init__(self, config: dict[str, Any], tensors: Tensors, int8: bool) -> None:
        self._config, self._tensors, self._int8 = config, tensors, int8
        self._heads, self._key_heads = config["num_attention_heads"], config["num_key_value_heads"]
        self._head = config["head_dim"]
        self._ids = _input("input_ids", Type.i64, 2)
        self._attended = _input("attention_mask", Type.i64, 2)
        self._positions = _input("position_ids", Type.i64, 2)
        self._beams = _input("beam_idx", Type.i32, 1)
        self._rows, self._new = _size(self._ids, 0), _size(self._ids, 1)
        self._ropes = {kind: self._rope(rope["rope_theta"]) for kind, rope in config["rope_parameters"].items()}
        self._masks: dict[str, Node] = {}
        self._assigns: list[Node] = []

    def model(self) -> Any:
        """The graph with inputs input_ids (B, L), attention_mask (B, S), position_ids (B, L), and beam_idx (B): the
        row whose past each row continues. The output is logits (B, L, tokens of the vocabulary)."""
        embedding = self._matrix("model.embed_tokens")
        x = ops.gather(embedding, ops.convert(self._ids, "i32"), _int(0))
        x = ops.multiply(x, _floats([[[self._config["hidden_size"] ** 0.5]]]))
        for number in range(self._config["num_hidden_layers"]):
            x = self._layer(x, number)
        head = embedding if self._config["tie_word_embeddings"] else self._matrix("lm_head")
        logits = self._capped(ops.matmul(self._norm(x, "model.norm"), head, False, True))
        logits.output(0).set_names({"logits"})
        inputs = [self._ids, self._attended, self._positions, self._beams]
        return openvino.Model([ops.result(logits)], self._assigns, inputs, self._config["model_type"])

    def _layer(self, x: Node, number: int) -> Node:
        name = f"model.layers.{number}"
        y = self._attention(self._norm(x, f"{name}.input_layernorm"), f"{name}.self_attn", number)
        x = ops.add(x, self._norm(y, f"{name}.post_attention_layernorm"))
        y = self._norm(x, f"{name}.pre_feedforward_layernorm")
        gate = ops.gelu(self._linear(y, f"{name}.mlp.gate_proj"), "tanh")
        y = self._linear(ops.multiply(gate, self._linear(y, f"{name}.mlp.up_proj")), f"{name}.mlp.down_proj")
        return ops.add(x, self._norm(y, f"{name}.post_feedforward_layernorm"))

    def _attention(self, x: Node, name: str, number: int) -> Node:
        kind = self._config["layer_types"][number]
        query = self._turned(self._split(x, f"{name}.q_proj", self._heads), f"{name}.q_norm", kind)
        key = self._turned(self._split(x, f"{name}.k_proj", self._key_heads), f"{name}.k_norm", kind)
        value = self._split(x, f"{name}.v_proj", self._key_heads)
        past, key = self._remembered(key, f"past_key_values.{number}.keypresent.{number}.key")
        _, value = self._remembered(value, f"past_key_values.{number}.valuepresent.{number}.value")
        if kind not in self._masks:
            window = self._config["sliding_window"] if kind == "sliding_attention" else None
            self._masks[kind] = self._mask(past, window)
        scale = _float(self._config["query_pre_attn_scalar"] ** -0.5)
        y = ops.scaled_dot_product_attention(query, self._spread(key), self._spread(value), self._masks[kind], scale)
        y = ops.reshape(ops.transpose(y, _ints(0, 2, 1, 3)), _ints(0, 0, self._heads * self._head), True)
        return self._linear(y, f"{name}.o_proj")

    def _split(self, x: Node, name: str, heads: int) -> Node:
        """(B, L, hidden size) -> (B, H, L, D)"""
        y = ops.reshape(self._linear(x, name), _ints(0, 0, heads, self._head), True)
        return ops.transpose(y, _ints(0, 2, 1, 3))

    def _turned(self, x: Node, norm: str, kind: str) -> Node:
        """Normalized, and its two halves turned by the angles of the kind of layer."""
        x, half, (cos, sin) = self._norm(x, norm), self._head // 2, self._ropes[kind]
        first = ops.slice(x, _ints(0), _ints(half), _ints(1), _ints(3))
        second = ops.slice(x, _ints(half), _ints(2 * half), _ints(1), _ints(3))
        crossed = ops.concat([ops.multiply(second, _floats([[[[-1]]]])), first], -1)
        return ops.add(ops.multiply(x, cos), ops.multiply(crossed, sin))

    def _rope(self, theta: float) -> tuple[Node, Node]:
        """Cosine and sine, (B, 1, L, D), of the rotary embedding (https://arxiv.org/abs/2104.09864)."""
        powers = np.arange(0, self._head, 2, dtype=np.float32) / np.float32(self._head)
        frequencies = 1 / np.float32(theta) ** powers
        positions = ops.convert(ops.unsqueeze(self._positions, _ints(2)), "f32")
        angles = ops.multiply(positions, _floats(frequencies[None, None]))
        angles = ops.unsqueeze(ops.concat([angles, angles], -1), _ints(1))
        return ops.cos(angles), ops.sin(angles)

    def _remembered(self, x: Node, name: str) -> tuple[Node, Node]:
        """The past of (B, H, L, D) from the state `name`, and it with `x` behind it, (B, H, S, D), which is kept."""
        heads = self._key_heads
        info = VariableInfo()
        info.data_shape, info.data_type = openvino.PartialShape([-1, heads, -1, self._head]), Type.f32
        info.variable_id = name
        state = Variable(info)
        empty = ops.broadcast(_float(0), ops.concat([self._rows, _ints(heads, 0, self._head)], 0))
        past = ops.gather(openvino.op.read_value(empty, state), self._beams, _int(0))
        whole = ops.concat([past, x], 2)
        self._assigns.append(openvino.op.assign(whole, state))
        return past, whole

    def _spread(self, x: Node) -> Node:
        """(B, key heads, S, D) -> (B, H, S, D): neighbouring query heads share a key head."""
        each = self._heads // self._key_heads
        y = ops.broadcast(ops.unsqueeze(x, _ints(2)), _ints(1, 1, each, 1, 1), broadcast_spec="BIDIRECTIONAL")
        return ops.reshape(y, _ints(0, self._heads, -1, self._head), True)

    def _mask(self, past: Node, window: int | None) -> Node:
        """What is added to the attention's logits, (B, 1, L, S): 0 where a token may look, elsewhere very little.

        Its shape with a window, all four "and" and the slice, is what OpenVINO knows a window by
        (`gpt_oss_sliding_window_pattern` in its state_management_pattern.cpp); without, it takes a mask to be causal.
        """
        begin = _size(past, 2)
        end = ops.add(begin, self._new)
        keys, queries = _range(_ints(0), end, [0, 1, 2]), _range(begin, end, [0, 1, 3])
        seen, true = ops.less_equal(keys, queries), ops.constant(np.array(True))
        if window is not None:
            near = ops.bitwise_and(true, ops.greater(keys, ops.add(queries, ops.constant(np.int64(-window)))))
            seen = ops.bitwise_and(true, ops.bitwise_and(near, seen))
        seen = ops.bitwise_and(seen, ops.convert(ops.unsqueeze(self._attended, _ints(1, 2)), "boolean"))
        seen = ops.broadcast(
            seen, ops.concat([self._rows, _ints(1), self._new, end], 0), broadcast_spec="BIDIRECTIONAL"
        )
        mask = ops.select(seen, _float(0), _float(float(np.finfo(np.float32).min)))
        return ops.slice(mask, _ints(0), end, _ints(1), _ints(3))

    def _norm(self, x: Node, name: str) -> Node:
        """RMSNorm (https://arxiv.org/abs/1910.07467), its weight stored less one."""
        mean = ops.reduce_mean(ops.power(x, _float(2)), _ints(-1), True)
        root = ops.sqrt(ops.add(mean, _float(self._config["rms_norm_eps"])))
        return ops.multiply(ops.multiply(x, ops.divide(_float(1), root)), _floats(1 + self._tensors[f"{name}.weight"]))

    def _linear(self, x: Node, name: str) -> Node:
        return ops.matmul(x, self._matrix(name), False, True)

    def _matrix(self, name: str) -> Node:
        """Weights (outputs, inputs). A CPU keeps them in 8 bits when they come by this pattern."""
        weight = self._tensors[f"{name}.weight"]
        if not self._int8:
            return _floats(weight)
        rounded, zero, scale = (ops.constant(array) for array in round_rows(weight))
        return ops.multiply(ops.subtract(ops.convert(rounded, "f32"), ops.convert(zero, "f32")), scale)

    def _capped(self, logits: Node) -> Node:
        if (cap := self._config.get("final_logit_softcapping")) is None:
            return logits
        return ops.multiply(ops.tanh(ops.divide(logits, _float(cap))), _float(cap))


def _input(name: str, kind: Any, rank: int) -> Node:
    node = ops.parameter([-1] * rank, kind)
    node.set_friendly_name(name)
    node.output(0).set_names({name})
    return node


def _size(x: Node, axis: int) -> Node:
    """(1)"""
    return ops.gather(ops.shape_of(x), _ints(axis), _int(0))


def _range(begin: Node, end: Node, axes: list[int]) -> Node:
    """begin..end along the axis, of four, that is not in `axes`."""
    scalars = [ops.squeeze(value, _ints(0)) for value in (begin, end)]
    return ops.unsqueeze(ops.range(*scalars, _int(1), output_type="i64"), _ints(*axes))


def _int(value: int) -> Node:
    return ops.constant(np.int64(value))


def _ints(*values: int) -> Node:
    return ops.constant(np.array(values, dtype=np.int64))


def _float(value: float) -> Node:
    return ops.constant(np.float32(value))


def _floats(values: Any) -> Node:
    return ops.constant(np.asarray(values, dtype=np.float32))
