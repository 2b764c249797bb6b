"""A network of the Llama family, computed by onnxruntime: the same numbers as with numpy, in less time.

The graph is put together here for the sizes at hand; the matrices are handed over as they are in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cleanup.lm import threads
from cleanup.lm.network import NEVER, Floats, Ints, Shape
from cleanup.lm.weights import NetworkWeights

# States that go through the last matrix at one time, which is wide.
_HEAD_BATCH = 128

_OPSET = 17


class OnnxNetwork:
    """The network in 32-bit floats, on a graphics card where onnxruntime has one."""

    def __init__(self, weights: NetworkWeights) -> None:
        self.shape: Shape = weights.shape
        self._layers = _session(_layers_graph(weights))
        self._head = _session(_head_graph(weights))

    def layers(
        self, pieces: Ints, turn: tuple[Floats, Floats], far: tuple[Floats, Floats], is_beyond: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """States, keys and values behind all layers; see `network.Network`."""
        rows, length = pieces.shape
        shape, most = self.shape, far[0].shape[2]
        given = {
            "pieces": pieces.reshape(-1),
            "cosine": turn[0][:, None],
            "sine": turn[1][:, None],
            "far_keys": np.ascontiguousarray(far[0]),
            "far_values": np.ascontiguousarray(far[1]),
            "is_beyond": is_beyond[:, None],
            "later": np.triu(np.full((length, length), NEVER), 1),
            "grid": np.array([shape.kv_heads, shape.group, rows, length, -1]),
            "own_grid": np.array([shape.kv_heads, 1, rows, length, -1]),
            "parts": np.array([most, length]),
        }
        states, keys, values = self._layers.run(None, given)
        return states, keys, values

    def logs(self, states: Floats, wanted: Ints) -> Floats:
        """Log probability of each wanted piece behind a state."""
        rows = [
            self._head.run(
                None,
                {
                    "states": states[first : first + _HEAD_BATCH],
                    "wanted": wanted[first : first + _HEAD_BATCH, None],
                },
            )[0][:, 0]
            for first in range(0, len(wanted), _HEAD_BATCH)
        ]
        return np.concatenate(rows) if rows else np.zeros(0, dtype=np.float32)


class _Graph:
    """A graph in the making."""

    def __init__(self) -> None:
        from onnx import TensorProto, helper

        self._helper = helper
        self.types = {"f": TensorProto.FLOAT, "i": TensorProto.INT64}
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.held: dict[str, Floats] = {}
        self._numbers: dict[str, tuple[int, ...]] = {}

    def given(self, name: str, kind: str, axes: int) -> str:
        """An input with so many axes of any size."""
        sizes = [f"{name}_{axis}" for axis in range(axes)]
        self.inputs.append(self._helper.make_tensor_value_info(name, self.types[kind], sizes))
        return name

    def result(self, name: str, value: str) -> None:
        """An output."""
        self.op("Identity", value, into=name)
        self.outputs.append(self._helper.make_tensor_value_info(name, self.types["f"], None))

    def const(self, values: Floats) -> str:
        """A matrix, which is handed over as it is in memory."""
        name = f"held_{len(self.held)}"
        self.held[name] = np.ascontiguousarray(values)
        return name

    def numbers(self, *values: int) -> str:
        """A row of whole numbers, which are part of the graph."""
        name = f"numbers_{'_'.join(map(str, values))}"
        self._numbers[name] = values
        return name

    def op(self, kind: str, *inputs: str, into: str = "", **how: Any) -> str:
        """One operation with one output."""
        name = into or f"value_{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(kind, list(inputs), [name], **how))
        return name

    def split(self, value: str, sizes: str, axis: int, count: int) -> list[str]:
        """A value in parts."""
        names = [f"value_{len(self.nodes)}_{part}" for part in range(count)]
        self.nodes.append(self._helper.make_node("Split", [value, sizes], names, axis=axis))
        return names

    def model(self) -> bytes:
        """The graph in its file format; what it holds is handed over apart."""
        from onnx import TensorProto

        shells = [
            self._helper.make_tensor(name, self.types["i"], [len(values)], values)
            for name, values in self._numbers.items()
        ]
        for name, matrix in self.held.items():
            shell = TensorProto(name=name, dims=matrix.shape, data_type=self.types["f"])
            shell.data_location = TensorProto.EXTERNAL
            shell.external_data.add(key="location", value="handed over")
            shells.append(shell)
        graph = self._helper.make_graph(self.nodes, "network", self.inputs, self.outputs, shells)
        opsets = [self._helper.make_opsetid("", _OPSET)]
        model = self._helper.make_model(graph, opset_imports=opsets, ir_version=8)
        return bytes(model.SerializeToString())


def _session(graph: _Graph) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads.limit()
    # Threads that wait do not keep a core busy: other programs, and other processes of ours, want it.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in graph.held.values()]
    options.add_external_initializers(list(graph.held), values)
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    providers = [name for name in wanted if name in onnxruntime.get_available_providers()]
    return onnxruntime.InferenceSession(graph.model(), options, providers=providers)


def _norm(graph: _Graph, value: str, shape: Shape) -> str:
    ones = graph.const(np.ones(shape.width, dtype=np.float32))
    return graph.op("SimplifiedLayerNormalization", value, ones, axis=-1, epsilon=shape.epsilon, stash_type=1)


def _head_graph(weights: NetworkWeights) -> _Graph:
    graph = _Graph()
    states, wanted = graph.given("states", "f", 2), graph.given("wanted", "i", 2)
    scores = graph.op("MatMul", _norm(graph, states, weights.shape), graph.const(weights.head()))
    logs = graph.op("LogSoftmax", scores, axis=-1)
    graph.result("logs", graph.op("GatherElements", logs, wanted, axis=1))
    return graph


def _layers_graph(weights: NetworkWeights) -> _Graph:
    graph, shape = _Graph(), weights.shape
    pieces = graph.given("pieces", "i", 1)
    for name in ("cosine", "sine", "is_beyond"):
        graph.given(name, "f", 3)
    far = [graph.given(name, "f", 4) for name in ("far_keys", "far_values")]
    graph.given("later", "f", 2)
    for name in ("grid", "own_grid", "parts"):
        graph.given(name, "i", 1)
    by_head = graph.numbers(0, shape.heads + shape.kv_heads, shape.head_width)
    by_kv_head = graph.numbers(0, shape.kv_heads, shape.head_width)
    by_group = graph.numbers(shape.kv_heads, -1, shape.head_width)
    of_heads = graph.numbers(shape.heads, -1, shape.head_width)
    flat = graph.numbers(0, shape.width)
    turned_width = (shape.heads + shape.kv_heads) * shape.head_width
    value_width = shape.kv_heads * shape.head_width
    value_cut = graph.numbers(turned_width, value_width)
    head_cut = graph.numbers(shape.heads, shape.kv_heads)
    state = graph.op("Gather", graph.const(weights.embedding()), pieces)
    keys, values = [], []
    axis = graph.numbers(0)
    for at, layer in enumerate(weights.layers()):
        mixed = graph.op("MatMul", _norm(graph, state, shape), graph.const(layer.qkv))
        turning, value = graph.split(mixed, value_cut, 1, 2)
        turned = graph.op(
            "Transpose", _turned(graph, graph.op("Reshape", turning, by_head), shape), perm=[1, 0, 2]
        )
        query, key = graph.split(turned, head_cut, 0, 2)
        query = graph.op("Reshape", query, by_group)
        value = graph.op("Transpose", graph.op("Reshape", value, by_kv_head), perm=[1, 0, 2])
        keys.append(graph.op("Unsqueeze", key, axis))
        values.append(graph.op("Unsqueeze", value, axis))
        number = graph.numbers(at)
        far_key, far_value = (
            graph.op("Squeeze", graph.op("Gather", side, number, axis=0), axis) for side in far
        )
        heard = _heard(graph, (query, key, value), (far_key, far_value))
        heard = graph.op("Transpose", graph.op("Reshape", heard, of_heads), perm=[1, 0, 2])
        out = graph.op("MatMul", graph.op("Reshape", heard, flat), graph.const(layer.out))
        state = graph.op("Add", state, out)
        both = graph.op("MatMul", _norm(graph, state, shape), graph.const(layer.gate_up))
        feed = layer.down.shape[0]
        gate, up = graph.split(both, graph.numbers(feed, feed), 1, 2)
        open_gate = graph.op("Mul", gate, graph.op("Sigmoid", gate))
        down = graph.op("MatMul", graph.op("Mul", open_gate, up), graph.const(layer.down))
        state = graph.op("Add", state, down)
    graph.result("states", state)
    graph.result("keys", graph.op("Concat", *keys, axis=0))
    graph.result("values", graph.op("Concat", *values, axis=0))
    return graph


def _turned(graph: _Graph, heads: str, shape: Shape) -> str:
    """Rotary positions: heads in halves, turned against one another."""
    half = graph.numbers(*[shape.head_width // 2] * 2)
    first, second = graph.split(heads, half, 2, 2)

    def mixed(kind: str, one: str, other: str) -> str:
        return graph.op(kind, graph.op("Mul", one, "cosine"), graph.op("Mul", other, "sine"))

    return graph.op("Concat", mixed("Sub", first, second), mixed("Add", second, first), axis=2)


def _heard(graph: _Graph, own: Sequence[str], far: Sequence[str]) -> str:
    """What each place hears of what is remembered and of its own row."""
    query, key, value = own
    scores = graph.op("MatMul", query, graph.op("Transpose", far[0], perm=[0, 2, 1]))
    distant = graph.op("Add", graph.op("Reshape", scores, "grid"), "is_beyond")
    own_key = graph.op("Transpose", graph.op("Reshape", key, "own_grid"), perm=[0, 1, 2, 4, 3])
    near = graph.op("Add", graph.op("MatMul", graph.op("Reshape", query, "grid"), own_key), "later")
    shares = graph.op("Softmax", graph.op("Concat", distant, near, axis=-1), axis=-1)
    of_distant, of_near = graph.split(shares, "parts", 4, 2)
    most = graph.op("Shape", far[0], start=1, end=2)
    kv_heads = graph.op("Shape", far[0], start=0, end=1)
    flat = graph.op("Concat", kv_heads, graph.numbers(-1), most, axis=0)
    heard = graph.op("MatMul", graph.op("Reshape", of_distant, flat), far[1])
    own_value = graph.op("Reshape", value, "own_grid")
    near_heard = graph.op("MatMul", of_near, own_value)
    return graph.op("Add", graph.op("Reshape", heard, "grid"), near_heard)
