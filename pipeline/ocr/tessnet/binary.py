"""Numbers, texts and arrays of a binary file, one after the other; never more than the file holds."""

import struct
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from schemas.errors import MissingProgram

MOST_BYTES = 1 << 30


def damaged(what: str) -> MissingProgram:
    """Return the error of a model that is no model of lines, or not whole."""
    return MissingProgram(f"Mô hình .traineddata hỏng hoặc không đọc được dòng chữ ({what}): cài lại chương trình")


class Cursor:
    """Reads bytes from left to right, little endian."""

    def __init__(self, data: bytes) -> None:
        """Begin at the first byte."""
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes.

        Raises:
            MissingProgram: there are fewer.
        """
        end = self._at + count
        if not self._at <= end <= len(self._data):
            raise damaged("thiếu byte")
        part = self._data[self._at : end]
        self._at = end
        return part

    def number(self, form: str) -> Any:  # noqa: ANN401 - an int or a float, as the format says
        """Return the next number.

        Args:
            form: one of `struct`'s formats, e.g. "i".
        """
        (value,) = struct.unpack(f"<{form}", self.take(struct.calcsize(form)))
        return value

    def text(self) -> str:
        """Return the next text: its length, then its bytes."""
        return self.take(self.number("I")).decode("utf-8", "replace")

    def array(self, dtype: DTypeLike, *shape: int) -> NDArray[Any]:
        """Return the next numbers in an array of that shape."""
        kind = np.dtype(dtype).newbyteorder("<")
        count = 1
        for side in shape:
            count *= side
        if min(shape) < 0 or count * kind.itemsize > MOST_BYTES:
            raise damaged("sai kích thước")
        return np.frombuffer(self.take(count * kind.itemsize), kind).reshape(shape)
