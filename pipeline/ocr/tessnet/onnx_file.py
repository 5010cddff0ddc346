"""An ONNX model in bytes: the few messages of its protocol buffer that a graph needs."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

OPSET, RUNTIME_OPSET, IR = 17, 1, 8
RUNTIME = "com.microsoft"
"""Domain of the operators that the runtime adds to the standard."""
TYPES: Mapping[np.dtype[Any], int] = MappingProxyType(
    {
        np.dtype(kind): number
        for kind, number in ((np.float32, 1), (np.uint8, 2), (np.int8, 3), (np.int32, 6), (np.int64, 7))
    }
)
"""Numbers of the types of values."""

Field = tuple[int, "int | bytes | str"]


def message(*fields: Field) -> bytes:
    """Return a message of these numbered fields, in this order."""
    return b"".join(_field(number, value) for number, value in fields)


def node(kind: str, inputs: Iterable[str], outputs: Iterable[str], domain: str = "", **attributes: Any) -> bytes:  # noqa: ANN401
    """Return one operation; "" is an input or output that is left out."""
    ends = [*((1, name) for name in inputs), *((2, name) for name in outputs)]
    return message(*ends, (4, kind), *((5, _attribute(*item)) for item in attributes.items()), (7, domain))


def tensor(name: str, values: NDArray[Any]) -> bytes:
    """Return a constant."""
    dims = [(1, int(side)) for side in values.shape]
    return message(*dims, (2, TYPES[values.dtype]), (8, name), (9, np.ascontiguousarray(values).tobytes()))


def model(
    nodes: Sequence[bytes],
    constants: Mapping[str, NDArray[Any]],
    inputs: Mapping[str, tuple[type[np.generic], Sequence[int | str]]],
    outputs: Mapping[str, tuple[type[np.generic], Sequence[int | str]]],
) -> bytes:
    """Return a whole model; a side of an input or output that is not known is given by name."""
    graph = message(
        *((1, one) for one in nodes),
        (2, "lines"),
        *((5, tensor(*item)) for item in constants.items()),
        *((11, _value(name, *facts)) for name, facts in inputs.items()),
        *((12, _value(name, *facts)) for name, facts in outputs.items()),
    )
    opsets = [(8, message((1, domain), (2, version))) for domain, version in (("", OPSET), (RUNTIME, RUNTIME_OPSET))]
    return message((1, IR), (7, graph), *opsets)


def _field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _attribute(name: str, value: int | str | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return message((1, name), (3, value & (1 << 64) - 1), (20, 2))
    if isinstance(value, str):
        return message((1, name), (4, value), (20, 3))
    return message((1, name), *((8, item) for item in value), (20, 7))


def _value(name: str, dtype: type[np.generic], sides: Sequence[int | str]) -> bytes:
    shape = message(*((1, message((2 if isinstance(side, str) else 1, side))) for side in sides))
    return message((1, name), (2, message((1, message((1, TYPES[np.dtype(dtype)]), (2, shape))))))
