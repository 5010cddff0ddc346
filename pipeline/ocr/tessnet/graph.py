"""Tesseract's network as an ONNX model that reads several lines at once.

Its picture has rows and columns until a memory has read each column from top to bottom; from there on it is a row of
steps. Lines of one batch have different lengths: memories are told them, so that what fills a line up to the longest
one is never read, least of all first by those that read from right to left.

Weights are whole numbers of 8 bits, as Tesseract has them; what they are multiplied with is brought to 8 bits by the
runtime, over the range that it finds in a batch. So that no line is read otherwise for those beside it, every memory
has two guards, outputs that are always 1 and -1: the range is -1..1 then, as it is with Tesseract.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.ocr.tessnet import onnx_file
from pipeline.ocr.tessnet.binary import damaged
from pipeline.ocr.tessnet.layers import (
    Backwards,
    Chain,
    Dense,
    Downwards,
    Input,
    Layer,
    Lstm,
    Matrix,
    Pool,
    Window,
)

PICTURES, STEPS, CHANCES = "pictures", "steps", "chances"
"""Names of the inputs: pictures in a batch and how many steps each has; and of the output."""
ALONE = Window(0, 0)
ORDER = (1, 3, 2, 0)
"""Gates in ONNX's order (input, output, forget, cell) among Tesseract's."""


GUARDS: Final = 2
GREAT: Final = 20.0
"""The function of no greater number differs from 1 in single precision."""
SATURATED = (GREAT, -GREAT)


@dataclass(frozen=True)
class Signal:
    """What comes out of a layer.

    Attributes:
        name: in the graph.
        values: how many each place has, guards among them.
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

    def whole(self, *numbers: int) -> str:
        """Add whole numbers, e.g. sides of an array; return their name."""
        return self.constant(np.array(numbers, np.int64))

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


def _window(_: Graph, layer: Window, signal: Signal) -> Signal:
    return replace(signal, window=layer)


def _pool(graph: Graph, layer: Pool, signal: Signal) -> Signal:
    block = (layer.rows, layer.columns)
    name = graph.node("MaxPool", signal.name, kernel_shape=block, strides=block)
    return replace(signal, name=name, step=signal.step * layer.columns)


def _dense(graph: Graph, layer: Dense, signal: Signal) -> Signal:
    if signal.rows == (layer.function == "Softmax"):
        raise damaged(f"lớp {layer.function} sai chỗ")
    return _sight(graph, layer.weights, signal) if signal.rows else _answer(graph, layer.weights, signal)


def _sight(graph: Graph, weights: Matrix, signal: Signal) -> Signal:
    """Add a layer that sees a window of a picture; Tesseract has the columns of one outermost, then its rows."""
    half_x, half_y = signal.window.half_x, signal.window.half_y
    sides = (2 * half_x + 1, 2 * half_y + 1, signal.values)
    values = weights.values
    kernel = values[:, :-1].reshape(len(values), *sides).transpose(0, 3, 2, 1)
    inputs = signal.name, graph.constant(kernel), graph.constant(values[:, -1])
    name = graph.node("Conv", *inputs, pads=(half_y, half_x, half_y, half_x))
    return replace(signal, name=name, values=len(values), window=ALONE)


def _answer(graph: Graph, weights: Matrix, signal: Signal) -> Signal:
    """Add the layer that says how likely each output is."""
    kept = np.pad(weights.kept[:, :-1].T, ((0, GUARDS), (0, 0)))
    bias = graph.constant(weights.values[:, -1])
    inputs = signal.name, graph.constant(kept), graph.constant(weights.scales), "", bias
    name = graph.node("DynamicQuantizeMatMul", *inputs, domain=onnx_file.RUNTIME)
    return replace(signal, name=graph.node("Softmax", name, axis=2), values=len(weights.kept))


def _lstm(graph: Graph, layer: Lstm, signal: Signal, direction: str = "forward") -> Signal:
    if signal.rows or layer.summary:
        raise damaged("bộ nhớ không theo dòng")
    found = _memory(graph, layer, signal.name, direction)
    axis = graph.whole(1)
    return replace(signal, name=graph.node("Squeeze", found, axis), values=layer.outputs + GUARDS)


def _backwards(graph: Graph, layer: Backwards, signal: Signal) -> Signal:
    if not isinstance(layer.part, Lstm):
        raise damaged("lớp đảo chiều")
    return _lstm(graph, layer.part, signal, "reverse")


def _downwards(graph: Graph, layer: Downwards, signal: Signal) -> Signal:
    """Add a memory that reads each column from top to bottom, and keeps what it says at the bottom."""
    part = layer.part
    if not isinstance(part, Lstm) or not part.summary or not signal.rows:
        raise damaged("lớp theo cột")
    values = part.outputs + GUARDS
    rows = graph.node("Tanh", graph.node("Transpose", signal.name, perm=(2, 3, 0, 1)))
    plain = graph.node("Reshape", rows, graph.whole(0, -1, signal.values))
    many = graph.node("Concat", graph.node("Shape", plain, start=0, end=2), graph.whole(1), axis=0)
    guards = graph.node("Expand", graph.constant(np.sign(np.array(SATURATED, np.float32))[None, None]), many)
    columns = graph.node("Concat", plain, guards, axis=2)
    shape = graph.node("Concat", graph.node("Shape", rows, start=1, end=3), graph.whole(values), axis=0)
    name = graph.node("Reshape", _memory(graph, part, columns), shape)
    return Signal(name, values, rows=False, step=signal.step)


def _memory(graph: Graph, layer: Lstm, name: str, direction: str = "") -> str:
    """Add an LSTM.

    Args:
        direction: how it reads the steps of each line; all that it says is returned. "": reads every column to its end,
            and the last it says is returned.
    """
    gates = [layer.gates[place] for place in ORDER]
    seen, said = _columns(gates, 0, layer.inputs), _columns(gates, layer.inputs, layer.inputs + layer.outputs)
    scales = np.concatenate([np.pad(gate.scales, (0, GUARDS), constant_values=1) for gate in gates])[None]
    scale, zero = graph.constant(scales), graph.constant(np.zeros(scales.shape, np.int8))
    steps, at = (STEPS, 0) if direction else ("", 1)
    inputs = name, graph.constant(seen), graph.constant(said), graph.constant(_bias(gates)), steps
    start = _start(graph, layer.outputs, name)
    facts: dict[str, Any] = {"hidden_size": layer.outputs + GUARDS, "direction": direction or "forward"}
    more = "", scale, zero, scale, zero
    return graph.node("DynamicQuantizeLSTM", *inputs, *start, *more, at=at, domain=onnx_file.RUNTIME, **facts)


def _columns(gates: Sequence[Matrix], first: int, last: int) -> NDArray[np.int8]:
    """Return these columns of all gates, one gate after the other; guards are heeded by nobody."""
    padded = [np.pad(gate.kept[:, first:last], ((0, GUARDS), (0, GUARDS))) for gate in gates]
    return np.concatenate(padded).T[None]


def _bias(gates: Sequence[Matrix]) -> NDArray[np.float32]:
    """Return the bias of all gates; a guard keeps what it has, and takes in nothing."""
    *open_gates, cell = [np.pad(gate.values[:, -1], (0, GUARDS)) for gate in gates]
    for gate in open_gates:
        gate[-GUARDS:] = GREAT
    bias = np.concatenate([*open_gates, cell])
    return np.concatenate([bias, np.zeros_like(bias)])[None]


def _start(graph: Graph, outputs: int, name: str) -> tuple[str, str]:
    """Add what a memory says and keeps before its first step: nothing, but for the guards."""
    many = graph.node("Concat", graph.node("Shape", name, start=1, end=2), graph.whole(1), axis=0)
    kept = np.pad(np.array(SATURATED, np.float32), (outputs, 0))[None, None]
    said, states = (graph.node("Expand", graph.constant(start), many) for start in (np.sign(kept), kept))
    return said, states


ADD: Mapping[type, Callable[[Graph, Any, Signal], Signal]] = MappingProxyType(
    {
        Input: _input,
        Chain: _chain,
        Window: _window,
        Pool: _pool,
        Dense: _dense,
        Lstm: _lstm,
        Backwards: _backwards,
        Downwards: _downwards,
    }
)
