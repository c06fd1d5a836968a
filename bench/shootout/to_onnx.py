"""The weights of a Gemma 3 folder as an ONNX graph in int8, out of ONNX Runtime's own operators.

GroupQueryAttention rotates, and keeps keys and values in place. VARIANTS says how the matrices are written:
DynamicQuantizeMatMul is what ONNX Runtime's `quantize_dynamic` comes to, MatMulNBits what `MatMulNBitsQuantizer` makes.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import ml_dtypes  # noqa: F401  # NumPy learns bfloat16 from it
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file


class Graph:
    """Nodes and weights as they come; each method answers the name of its result."""

    def __init__(self, hf: Path, variant: str) -> None:
        self.config = json.loads((hf / "config.json").read_text(encoding="utf-8"))
        self.weights = load_file(hf / "model.safetensors")
        self.variant = VARIANTS[variant]
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []

    def constant(self, name: str, value: np.ndarray[Any, Any]) -> str:
        self.constants.setdefault(name, numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, *inputs: str, results: int = 1, **attributes: Any) -> str:
        """A node of ONNX, or of ONNX Runtime where "com.microsoft:" stands before it."""
        domain, _, kind = kind.rpartition(":")
        first = f"{kind}.{len(self.nodes)}"
        names = [first, *(f"{first}.{i}" for i in range(1, results))]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return first

    def norm(self, x: str, name: str) -> str:
        scale = self.constant(name, 1 + self.weights[f"{name}.weight"].astype(np.float32))
        return self.node("SimplifiedLayerNormalization", x, scale, axis=-1, epsilon=self.config["rms_norm_eps"])

    def rounded(self, name: str) -> tuple[np.ndarray[Any, Any], str]:
        """Weights from -127 to 127, and the factor of each output."""
        weights = self.weights[f"{name}.weight"].astype(np.float32)
        scales = np.maximum(np.abs(weights).max(-1) / 127, 1e-12).astype(np.float32)
        return np.rint(weights / scales[:, None]).astype(np.int8), self.constant(f"{name}.scales", scales)

    def linear(self, x: str, name: str) -> str:
        return self.variant(self, x, name)

    def dynamic(self, x: str, name: str) -> str:
        """A factor for each output, and one for all activations of a batch."""
        weights, scales = self.rounded(name)
        columns = self.constant(f"{name}.columns", np.ascontiguousarray(weights.T))
        return self.node("com.microsoft:DynamicQuantizeMatMul", x, columns, scales)

    def blocks(self, x: str, name: str, size: int) -> str:
        """A factor for each so many inputs of an output, and for as many activations of a row."""
        weights = self.weights[f"{name}.weight"].astype(np.float32)
        outputs, inputs = weights.shape
        cut = weights.reshape(outputs, inputs // size, size)
        scales = np.maximum(np.abs(cut).max(-1) / 127, 1e-12).astype(np.float32)
        values = (np.rint(cut / scales[:, :, None]) + 128).astype(np.uint8)
        return self.node(
            "com.microsoft:MatMulNBits",
            x,
            self.constant(f"{name}.blocks", values),
            self.constant(f"{name}.block_scales", scales),
            N=outputs,
            K=inputs,
            bits=8,
            block_size=size,
            accuracy_level=4,
        )

    def embedding(self, ids: str) -> str:
        weights, scales = self.rounded("model.embed_tokens")
        found = self.node("Gather", self.constant("model.embed_tokens.rows", weights), ids)
        found = self.node("Cast", found, to=TensorProto.FLOAT)
        scale = self.node("Gather", scales, self.node("Unsqueeze", ids, self.constant("inside", np.array([-1]))))
        factor = self.constant("embedding.factor", np.array(self.config["hidden_size"] ** 0.5, dtype=np.float32))
        return self.node("Mul", found, self.node("Mul", scale, factor))

    def heads(self, x: str, name: str, width: int) -> str:
        """The norm of each head apart."""
        split = self.constant("split", np.array([0, -1, self.config["head_dim"]]))
        whole = self.constant(f"whole.{width}", np.array([0, -1, width]))
        return self.node("Reshape", self.norm(self.node("Reshape", x, split), name), whole)

    def rotation(self, kind: str) -> tuple[str, str]:
        half = self.config["head_dim"] // 2
        base = self.config["rope_parameters"][kind]["rope_theta"]
        angles = np.outer(np.arange(2048), base ** -(np.arange(half) / half))
        cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
        return self.constant(f"cos.{kind}", cos), self.constant(f"sin.{kind}", sin)

    def attention(self, x: str, i: int, kind: str) -> str:
        config, layer = self.config, f"model.layers.{i}.self_attn"
        heads, groups, width = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
        query = self.heads(self.linear(x, f"{layer}.q_proj"), f"{layer}.q_norm", heads * width)
        key = self.heads(self.linear(x, f"{layer}.k_proj"), f"{layer}.k_norm", groups * width)
        value = self.linear(x, f"{layer}.v_proj")
        past = [f"past.{i}.{what}" for what in ("key", "value")]
        out = self.node(
            "com.microsoft:GroupQueryAttention",
            *(query, key, value, *past, "last_positions", "length", *self.rotation(kind)),
            results=3,
            num_heads=heads,
            kv_num_heads=groups,
            do_rotary=1,
            scale=config["query_pre_attn_scalar"] ** -0.5,
            local_window_size=config["sliding_window"] if kind == "sliding_attention" else -1,
        )
        for name, made in zip(past, (f"{out}.1", f"{out}.2"), strict=True):
            shape = ["rows", groups, "capacity", width]
            self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
            self.outputs.append(helper.make_tensor_value_info(made, TensorProto.FLOAT, shape))
        return self.linear(out, f"{layer}.o_proj")

    def model(self) -> onnx.ModelProto:
        """Inputs: ids (rows, width), last_positions (rows), length, last (rows, 1); first output: the next tokens."""
        for name, kind, shape in (
            ("ids", TensorProto.INT64, ["rows", "width"]),
            ("last_positions", TensorProto.INT32, ["rows"]),
            ("length", TensorProto.INT32, []),
            ("last", TensorProto.INT64, ["rows", 1]),
        ):
            self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        x = self.embedding("ids")
        for i, kind in enumerate(self.config["layer_types"]):
            layer = f"model.layers.{i}"
            made = self.attention(self.norm(x, f"{layer}.input_layernorm"), i, kind)
            x = self.node("Add", x, self.norm(made, f"{layer}.post_attention_layernorm"))
            inner = self.norm(x, f"{layer}.pre_feedforward_layernorm")
            gate = self.node("com.microsoft:FastGelu", self.linear(inner, f"{layer}.mlp.gate_proj"))
            made = self.linear(
                self.node("Mul", gate, self.linear(inner, f"{layer}.mlp.up_proj")), f"{layer}.mlp.down_proj"
            )
            x = self.node("Add", x, self.norm(made, f"{layer}.post_feedforward_layernorm"))
        end = self.norm(self.node("GatherND", x, "last", batch_dims=1), "model.norm")
        next = self.node("ArgMax", self.linear(end, "model.embed_tokens"), axis=-1, keepdims=0)
        self.outputs.insert(0, helper.make_tensor_value_info(next, TensorProto.INT64, ["rows"]))
        graph = helper.make_graph(self.nodes, "gemma3", self.inputs, self.outputs, list(self.constants.values()))
        sets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=sets, ir_version=10)


Linear = Callable[[Graph, str, str], str]
# How to write the matrices.
VARIANTS: Mapping[str, Linear] = {"dynamic": Graph.dynamic, "blocks-32": partial(Graph.blocks, size=32)}


def convert(hf: Path, file: Path, variant: str) -> None:
    """Write the graph with its weights into a file; `variant` is a key of VARIANTS."""
    onnx.save(Graph(hf, variant).model(), file)
