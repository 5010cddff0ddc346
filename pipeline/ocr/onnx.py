"""ONNX Runtime, on one thread; the only module that knows it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as state

from schemas.errors import MissingProgram, RecognizerFailed

REFUSED = (state.NoSuchFile, state.InvalidProtobuf, state.InvalidGraph, state.NoModel, state.Fail)
FAULTS = (state.Fail, state.InvalidArgument, state.RuntimeException, state.EPFail, state.EngineError)


class Model:
    """A model on the processor: one thread, and no arena, which would keep the memory of the largest picture."""

    def __init__(self, source: Path | bytes) -> None:
        """Load the model.

        Args:
            source: the file, or what stands in one.

        Raises:
            MissingProgram: there is none, or none of this runtime's.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        except REFUSED as error:
            name = source.name if isinstance(source, Path) else "dựng từ .traineddata"
            raise MissingProgram(f"Không dùng được mô hình {name}: chạy «make setup»") from error

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the named outputs.

        Raises:
            RecognizerFailed: the runtime ended without a result.
        """
        try:
            return list(self._session.run(list(outputs), dict(inputs)))
        except FAULTS as error:
            raise RecognizerFailed("ONNX Runtime kết thúc không có kết quả") from error
