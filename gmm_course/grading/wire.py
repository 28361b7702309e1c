"""The wire between the judge and a student's kernel: framed JSON that holds plain data, and nothing that runs.

Both ends use this module, so it needs nothing but NumPy. Numbers, text, lists and arrays travel as what they are; what
is none of these is handed to ``other``, by which each end decides what it says of it and what it makes of it. Whatever
does not fit (too long, too deep, an unknown mark) is a :class:`WireError`.
"""

import base64
import json
import struct
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np

LONGEST = 8_000_000  # bytes of one message
DEEPEST = 40  # lists within lists
MOST = 400_000  # values in one message
LONGEST_NUMBER = 2000  # digits
LONGEST_AXIS = 4_000_000  # also of an array without entries
_HEAD = struct.Struct(">I")
_SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8, 12, 16), "c": (8, 16, 32)}


class WireError(Exception):
    """What came, or what should go, is no message of ours."""


def frame(message: dict) -> bytes:
    """A message as it goes over the wire: its length in four bytes, then JSON."""
    try:
        body = json.dumps(message).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise WireError(f"not plain data ({type(error).__name__})") from None
    if len(body) > LONGEST:
        raise WireError(f"{len(body) / 1e6:.0f} MB are too much; {LONGEST / 1e6:.0f} MB are allowed")
    return _HEAD.pack(len(body)) + body


def read_frame(read: Callable[[int], bytes]) -> dict:
    """The next message; ``read(size)`` gives exactly so many bytes, or raises.

    Raises
    ------
    WireError
        If it is too long, or no JSON object.
    """
    (size,) = _HEAD.unpack(read(_HEAD.size))
    if size > LONGEST:
        raise WireError(f"a message of {size} bytes; {LONGEST} are allowed")
    try:
        message = json.loads(read(size))
    except (ValueError, RecursionError):
        raise WireError("a message that is not JSON") from None
    if not isinstance(message, dict):
        raise WireError("a message that is no object")
    return message


def encode(value: Any, other: Callable[[Any], Any], depth: int = 0) -> Any:
    """A value as JSON: plain data by their kind, the rest as ``other`` says, under the mark "other"."""
    if depth > DEEPEST:
        raise WireError(f"lists deeper than {DEEPEST}")
    if value is None or type(value) in (bool, str):
        return value
    if value is ...:
        return {"dots": True}
    if type(value) is float:
        return value
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype.kind in "OUS" and type(value) in (np.ndarray, np.str_, np.bytes_):
            return {"objects" if array.ndim else "object": encode(array.tolist(), other, depth + 1)}
        if array.dtype.kind in _SIZES:
            return {"array" if isinstance(value, np.ndarray) else "scalar": _array(array)}
        return {"other": other(value)}
    if isinstance(value, int):
        return int(value) if abs(value) < 2**53 else {"int": _digits(hex(value))}
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, Fraction):
        return {"fraction": [_digits(hex(value.numerator)), _digits(hex(value.denominator))]}
    if isinstance(value, Decimal):
        return {"decimal": _digits(str(value))}
    for name, kind in (("list", list), ("tuple", tuple), ("set", set)):
        if type(value) is kind:
            return {name: [encode(part, other, depth + 1) for part in value]}
    if isinstance(value, dict):
        pairs = [[encode(key, other, depth + 1), encode(part, other, depth + 1)] for key, part in value.items()]
        return {"dict": pairs}
    return {"other": other(value)}


def decode(data: Any, other: Callable[[Any], Any]) -> Any:
    """The value that :func:`encode` made ``data`` of; what stands under "other" is made by ``other``.

    Raises
    ------
    WireError
        If a mark is unknown or holds what it must not.
    """
    try:
        return _Reader(other).read(data, 0)
    except WireError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, InvalidOperation, ArithmeticError) as error:
        raise WireError(f"a value that cannot be read ({type(error).__name__})") from None


class _Reader:
    def __init__(self, other):
        self.other = other
        self.count = 0

    def read(self, data, depth):
        self.count += 1
        if depth > 2 * DEEPEST or self.count > MOST:
            raise WireError("a value with too many parts")
        if data is None or isinstance(data, bool | int | float | str):
            return data
        if not isinstance(data, dict) or len(data) != 1:
            raise WireError("a value without its mark")
        ((mark, content),) = data.items()
        reader = getattr(self, f"_{mark}", None) if mark in MARKS else None
        if reader is None:
            raise WireError("a value with an unknown mark")
        return reader(content, depth + 1)

    def _parts(self, content, depth):
        if not isinstance(content, list):
            raise WireError("parts that are no list")
        return [self.read(part, depth) for part in content]

    def _dots(self, content, depth):
        return ...

    def _int(self, content, depth):
        return int(_digits(content), 16)

    def _complex(self, content, depth):
        return complex(float(content[0]), float(content[1]))

    def _fraction(self, content, depth):
        return Fraction(int(_digits(content[0]), 16), int(_digits(content[1]), 16))

    def _decimal(self, content, depth):
        return Decimal(_digits(content))

    def _list(self, content, depth):
        return self._parts(content, depth)

    def _tuple(self, content, depth):
        return tuple(self._parts(content, depth))

    def _set(self, content, depth):
        return set(self._parts(content, depth))

    def _dict(self, content, depth):
        return {self.read(key, depth): self.read(part, depth) for key, part in content}

    def _array(self, content, depth):
        dtype, shape = np.dtype(str(content["dtype"])), tuple(content["shape"])
        known = dtype.kind in _SIZES and dtype.itemsize in _SIZES[dtype.kind]
        if not known or len(shape) > 16 or not all(type(size) is int and 0 <= size <= LONGEST_AXIS for size in shape):
            raise WireError("an array of a kind that is not sent")
        data = base64.b64decode(content["data"], validate=True)
        return (np.frombuffer(data, dtype) if data else np.empty(0, dtype)).reshape(shape).copy()

    def _scalar(self, content, depth):
        return self._array(content, depth)[()]

    def _objects(self, content, depth):
        parts = self.read(content, depth)
        try:
            return np.array(parts)
        except ValueError:
            return np.array(parts, dtype=object)

    def _object(self, content, depth):
        return self.read(content, depth)

    def _other(self, content, depth):
        return self.other(content)


MARKS = frozenset(
    {"dots", "int", "complex", "fraction", "decimal", "list", "tuple", "set", "dict"}
    | {"array", "scalar", "objects", "object", "other"}
)


def _array(array):
    if array.nbytes > LONGEST:
        raise WireError(f"an array of {array.nbytes / 1e6:.0f} MB is too large")
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def _digits(text):
    if not isinstance(text, str) or len(text) > LONGEST_NUMBER:
        raise WireError(f"a number of more than {LONGEST_NUMBER} digits")
    return text
