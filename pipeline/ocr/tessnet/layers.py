"""Tesseract's network as it stands in a file of weights: a tree of layers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntFlag
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pipeline.ocr.tessnet.binary import Cursor, damaged

MOST_PARTS, DEEPEST = 64, 16
"""Far above any network that reads lines."""
TRAINED: Final = 1
"""A layer that is still in training; its matrices carry more than weights."""
GATES: Final = 4
GREATEST: Final = 127
HUGE: Final = 1e6
"""No weight comes near it, and no number that is none is below it."""
OWN_RATES = 64
"""Flag of a layer that keeps its parts' learning rates."""


class Form(IntFlag):
    """How a matrix is kept."""

    INTEGER = 1
    DOUBLE = 128


@dataclass(frozen=True, eq=False)
class Matrix:
    """Weights: one row for each output, the last column is the bias.

    Attributes:
        kept: whole numbers, -127..127.
        scales: what each row is multiplied by.
    """

    kept: NDArray[np.int8]
    scales: NDArray[np.float32]

    @property
    def values(self) -> NDArray[np.float32]:
        """The weights in single precision."""
        return (self.kept * self.scales[:, None]).astype(np.float32)


@dataclass(frozen=True)
class Input:
    """The picture: so many rows of pixels, so many values to each."""

    height: int
    depth: int


@dataclass(frozen=True)
class Window:
    """Gives the next layer each place with its neighbours, so many to each side; outside is noise, here grey."""

    half_x: int
    half_y: int


@dataclass(frozen=True)
class Pool:
    """Keeps the greatest value of each block of columns and rows."""

    columns: int
    rows: int


@dataclass(frozen=True)
class Dense:
    """Every output from every input, through a function, e.g. "Tanh" or "Softmax"."""

    function: str
    weights: Matrix


@dataclass(frozen=True)
class Lstm:
    """Reads place after place with a memory.

    Attributes:
        gates: input of the cell, input gate, forget gate, output gate.
        inputs: how many values each place has; a row's other weights are for the last output, and the bias.
        summary: keeps only what it says at the end.
    """

    gates: tuple[Matrix, ...]
    inputs: int
    summary: bool

    @property
    def outputs(self) -> int:
        """How many values it gives each place."""
        return len(self.gates[0].kept)


@dataclass(frozen=True)
class Chain:
    """One layer after the other."""

    parts: tuple["Layer", ...]


@dataclass(frozen=True)
class Backwards:
    """A layer that reads from right to left."""

    part: "Layer"


@dataclass(frozen=True)
class Downwards:
    """A layer that takes rows for columns."""

    part: "Layer"


Layer: TypeAlias = Input | Window | Pool | Dense | Lstm | Chain | Backwards | Downwards


@dataclass(frozen=True)
class Head:
    """What stands before every layer.

    Attributes:
        inputs, outputs: how many values each place has before and after it.
    """

    kind: str
    training: bool
    flags: int
    inputs: int
    outputs: int


def read_layer(data: Cursor, depth: int = 0) -> Layer:
    """Return the layer that begins here, with all that stands in it.

    Raises:
        MissingProgram: damaged, or a kind that no model of lines has.
    """
    if depth > DEEPEST:
        raise damaged("quá nhiều lớp lồng nhau")
    head = _head(data)
    if head.kind in WHOLES:
        return _whole(data, head, depth)
    if head.kind not in SIMPLE:
        raise damaged(f"lớp lạ {head.kind[:20]!r}")
    return SIMPLE[head.kind](data, head)


def _head(data: Cursor) -> Head:
    if data.number("b") != 0:
        raise damaged("kiểu cũ")
    kind = data.text()
    training = data.number("b") == TRAINED
    data.number("b")
    flags, inputs, outputs, _ = (data.number("i") for _ in range(4))
    data.text()
    return Head(kind, training, flags, inputs, outputs)


def _whole(data: Cursor, head: Head, depth: int) -> Layer:
    count = data.number("I")
    if not 0 < count <= MOST_PARTS:
        raise damaged("sai số lớp")
    parts = tuple(read_layer(data, depth + 1) for _ in range(count))
    if head.flags & OWN_RATES:
        data.array(np.float32, data.number("I"))
    return WHOLES[head.kind](parts)


def _input(data: Cursor, _: Head) -> Layer:
    _, height, _, depth, _ = (data.number("i") for _ in range(5))
    return Input(height, depth)


def _window(data: Cursor, _: Head) -> Layer:
    return Window(data.number("i"), data.number("i"))


def _pool(data: Cursor, _: Head) -> Layer:
    return Pool(data.number("i"), data.number("i"))


def _dense(data: Cursor, head: Head) -> Layer:
    return Dense(head.kind, _matrix(data, head, head.outputs, head.inputs))


def _lstm(data: Cursor, head: Head) -> Layer:
    if data.number("i") != head.inputs + head.outputs:
        raise damaged("bộ nhớ hai chiều")
    gates = tuple(_matrix(data, head, head.outputs, head.inputs + head.outputs) for _ in range(GATES))
    return Lstm(gates, head.inputs, head.kind == "SummLSTM")


def _matrix(data: Cursor, head: Head, outputs: int, inputs: int) -> Matrix:
    form = data.number("B")
    if head.training or not form & Form.DOUBLE:
        raise damaged("mô hình chưa hoàn tất")
    integer = bool(form & Form.INTEGER)
    kept = _table(data, np.int8 if integer else np.float64)
    if kept.shape != (outputs, inputs + 1):
        raise damaged("ma trận không khớp")
    return _scaled(kept, data.array(np.float64, data.number("I"))) if integer else _rounded(kept)


def _table(data: Cursor, dtype: DTypeLike) -> NDArray[Any]:
    rows, columns = data.number("I"), data.number("I")
    data.array(dtype, 1)
    return data.array(dtype, rows, columns)


def _scaled(kept: NDArray[np.int8], scales: NDArray[np.float64]) -> Matrix:
    """Return weights with their scales; a file may have more scales than rows."""
    if len(scales) < len(kept) or not (np.abs(scales) < HUGE).all():
        raise damaged("sai hệ số")
    return Matrix(kept, scales[: len(kept)].astype(np.float32))


def _rounded(weights: NDArray[np.float64]) -> Matrix:
    """Return weights in whole numbers: the greatest of a row is 127."""
    if not (np.abs(weights) < HUGE).all():
        raise damaged("sai trọng số")
    scales = np.abs(weights).max(axis=1, keepdims=True) / GREATEST
    kept = np.rint(weights / np.where(scales == 0, 1, scales))
    return Matrix(kept.astype(np.int8), scales[:, 0].astype(np.float32))


SIMPLE: Mapping[str, Callable[[Cursor, Head], Layer]] = MappingProxyType(
    {
        "Input": _input,
        "Convolve": _window,
        "Maxpool": _pool,
        "LSTM": _lstm,
        "SummLSTM": _lstm,
        "Tanh": _dense,
        "Softmax": _dense,
    }
)
WHOLES: Mapping[str, Callable[[tuple[Layer, ...]], Layer]] = MappingProxyType(
    {
        "Series": Chain,
        "RTLReversed": lambda parts: Backwards(parts[0]),
        "XYTranspose": lambda parts: Downwards(parts[0]),
    }
)
