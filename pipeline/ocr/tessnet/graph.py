"""Tesseract's network as an ONNX model that reads several lines at once.

Its picture has rows and columns until a memory has read each column from top to bottom; from there on it is a row of
steps. Lines of one batch have different lengths: memories are told them, so that what fills a line up to the longest
one is never read, least of all first by those that read from right to left.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.ocr.tessnet import onnx_file
from pipeline.ocr.tessnet.binary import damaged
from pipeline.ocr.tessnet.layers import (
    Abreast,
    Backwards,
    Chain,
    Dense,
    Downwards,
    Input,
    Layer,
    Lstm,
    Pool,
    Window,
)

PICTURES, STEPS, CHANCES = "pictures", "steps", "chances"
"""Names of the inputs: pictures in a batch and how many steps each has; and of the output."""
ALONE = Window(0, 0)
ORDER = (1, 3, 2, 0)
"""Gates in ONNX's order (input, output, forget, cell) among Tesseract's."""


@dataclass(frozen=True)
class Signal:
    """What comes out of a layer.

    Attributes:
        name: in the graph.
        values: how many each place has.
        rows: whether it is a picture still, (lines, values, rows, columns), not (steps, lines, values).
        window: what the next layer sees of the neighbours.
        step: columns of the picture to each of these.
    """

    name: str
    values: int
    rows: bool = True
    window: Window = ALONE
    step: int = 1


@dataclass(frozen=True)
class Net:
    """A network as an ONNX model.

    Attributes:
        onnx: the file.
        height: rows of the pictures it reads.
        step: columns of a picture to each step of the answer.
        outputs: how many chances each step has.
    """

    onnx: bytes
    height: int
    step: int
    outputs: int


def build(network: Layer) -> Net:
    """Return the ONNX model of a network.

    Raises:
        MissingProgram: it has a form that no model of lines has.
    """
    graph = Graph()
    first = _first(network)
    signal = graph.add(network, Signal(PICTURES, first.depth))
    if signal.rows:
        raise damaged("không phải mạng đọc dòng")
    graph.node("Identity", signal.name, output=CHANCES)
    onnx = onnx_file.model(
        graph.nodes,
        graph.constants,
        {PICTURES: (np.float32, ("lines", first.depth, first.height, "columns")), STEPS: (np.int32, ("lines",))},
        {CHANCES: (np.float32, ("longest", "lines", signal.values))},
    )
    return Net(onnx, first.height, signal.step, signal.values)


def _first(layer: Layer) -> Input:
    while isinstance(layer, Chain):
        layer = layer.parts[0]
    if not isinstance(layer, Input) or layer.depth != 1 or layer.height <= 1:
        raise damaged("mạng không nhận ảnh xám")
    return layer


class Graph:
    """A graph that grows by one layer after the other."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.nodes: list[bytes] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def add(self, layer: Layer, signal: Signal) -> Signal:
        """Add a layer; return what comes out of it."""
        return ADD[type(layer)](self, layer, signal)

    def node(self, kind: str, *inputs: str, output: str = "", at: int = 0, domain: str = "", **attributes: Any) -> str:  # noqa: ANN401
        """Add an operation; return the name of its result, which is its output number `at`."""
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(onnx_file.node(kind, inputs, [*[""] * at, name], domain, **attributes))
        return name

    def constant(self, values: NDArray[Any]) -> str:
        """Add a constant; return its name."""
        name = f"c{len(self.constants)}"
        self.constants[name] = values
        return name


def _input(_: Graph, __: Input, signal: Signal) -> Signal:
    return signal


def _chain(graph: Graph, layer: Chain, signal: Signal) -> Signal:
    for part in layer.parts:
        signal = graph.add(part, signal)
    return signal


def _abreast(graph: Graph, layer: Abreast, signal: Signal) -> Signal:
    ends = [graph.add(part, signal) for part in layer.parts]
    if len({(end.rows, end.step) for end in ends}) != 1:
        raise damaged("các nhánh không khớp")
    name = graph.node("Concat", *(end.name for end in ends), axis=1 if ends[0].rows else 2)
    return replace(ends[0], name=name, values=sum(end.values for end in ends))


def _window(_: Graph, layer: Window, signal: Signal) -> Signal:
    return replace(signal, window=layer)


def _pool(graph: Graph, layer: Pool, signal: Signal) -> Signal:
    block = (layer.rows, layer.columns)
    name = graph.node("MaxPool", signal.name, kernel_shape=block, strides=block)
    return replace(signal, name=name, step=signal.step * layer.columns)


FUNCTIONS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "Tanh": ("Tanh", {}),
        "Logistic": ("Sigmoid", {}),
        "Relu": ("Relu", {}),
        "Linear": ("Identity", {}),
        "Softmax": ("Softmax", {"axis": 2}),
    }
)


def _dense(graph: Graph, layer: Dense, signal: Signal) -> Signal:
    weights = layer.weights.values
    if signal.rows:
        name = _convolved(graph, weights, signal)
    else:
        product = graph.node("MatMul", signal.name, graph.constant(np.ascontiguousarray(weights[:, :-1].T)))
        name = graph.node("Add", product, graph.constant(weights[:, -1]))
    kind, attributes = FUNCTIONS[layer.function]
    name = graph.node(kind, name, **attributes)
    return replace(signal, name=name, values=len(weights), window=ALONE)


def _convolved(graph: Graph, weights: NDArray[np.float32], signal: Signal) -> str:
    """Add a layer that sees a window; Tesseract has the columns of one outermost, then its rows."""
    half_x, half_y = signal.window.half_x, signal.window.half_y
    kernel = weights[:, :-1].reshape(len(weights), 2 * half_x + 1, 2 * half_y + 1, signal.values).transpose(0, 3, 2, 1)
    inputs = signal.name, graph.constant(kernel), graph.constant(weights[:, -1])
    return graph.node("Conv", *inputs, pads=(half_y, half_x, half_y, half_x))


def _lstm(graph: Graph, layer: Lstm, signal: Signal, direction: str = "forward") -> Signal:
    if signal.rows or layer.summary:
        raise damaged("bộ nhớ không theo dòng")
    found = _memory(graph, layer, signal.name, direction)
    axis = graph.constant(np.array([1], np.int64))
    return replace(signal, name=graph.node("Squeeze", found, axis), values=len(layer.gates[0].kept))


def _backwards(graph: Graph, layer: Backwards, signal: Signal) -> Signal:
    if not isinstance(layer.part, Lstm):
        raise damaged("lớp đảo chiều")
    return _lstm(graph, layer.part, signal, "reverse")


def _downwards(graph: Graph, layer: Downwards, signal: Signal) -> Signal:
    """Add a memory that reads each column from top to bottom, and keeps what it says at the bottom."""
    part = layer.part
    if not isinstance(part, Lstm) or not part.summary or not signal.rows:
        raise damaged("lớp theo cột")
    rows = graph.node("Transpose", signal.name, perm=(2, 3, 0, 1))
    columns = graph.node("Reshape", rows, graph.constant(np.array([0, -1, signal.values], np.int64)))
    found = _memory(graph, part, columns)
    values = len(part.gates[0].kept)
    lines = graph.node("Shape", rows, start=1, end=3)
    shape = graph.node("Concat", lines, graph.constant(np.array([values], np.int64)), axis=0)
    return Signal(graph.node("Reshape", found, shape), values, rows=False, step=signal.step)


def _memory(graph: Graph, layer: Lstm, name: str, direction: str = "") -> str:
    """Add an LSTM.

    Args:
        direction: how it reads the steps of each line; all that it says is returned. "": reads every column to its end,
            and the last it says is returned.
    """
    size = len(layer.gates[0].kept)
    gates = [layer.gates[place] for place in ORDER]
    kept, scales = np.concatenate([gate.kept for gate in gates]), np.concatenate([gate.scales for gate in gates])
    bias = np.concatenate([kept[:, -1] * scales, np.zeros(4 * size)]).astype(np.float32)[None]
    seen, said = kept[:, : layer.inputs], kept[:, layer.inputs : -1]
    if kept.dtype == np.int8:
        constants = [np.ascontiguousarray(part.T)[None] for part in (seen, said)]
        scale, zero = graph.constant(scales[None]), graph.constant(np.zeros((1, 4 * size), np.int8))
        more, kind, domain = ["", "", "", scale, zero, scale, zero], "DynamicQuantizeLSTM", onnx_file.RUNTIME
    else:
        constants = [(part * scales[:, None]).astype(np.float32)[None] for part in (seen, said)]
        more, kind, domain = [], "LSTM", ""
    steps, at = (STEPS, 0) if direction else ("", 1)
    inputs = [name, *(graph.constant(part) for part in constants), graph.constant(bias), steps, *more]
    facts = {"hidden_size": size, "direction": direction or "forward"}
    return graph.node(kind, *inputs, at=at, domain=domain, **facts)


ADD: Mapping[type, Callable[[Graph, Any, Signal], Signal]] = MappingProxyType(
    {
        Input: _input,
        Chain: _chain,
        Abreast: _abreast,
        Window: _window,
        Pool: _pool,
        Dense: _dense,
        Lstm: _lstm,
        Backwards: _backwards,
        Downwards: _downwards,
    }
)
