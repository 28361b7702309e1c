"""Make answers comparable: numbers of any kind become float arrays, structures become named parts."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

EXACT = (Fraction, Decimal)
PLAIN = {
    "str": "text",
    "NoneType": "None",
    "function": "a function",
    "ndarray": "an array",
    "complex": "a complex number",
    "ellipsis": "the dots ...",
}


class NotNumbers(Exception):
    """The answer cannot be read as numbers; the message says what it is instead."""


def as_numbers(value: Any) -> np.ndarray:
    """A float64 array from a number, a fraction, nested lists, an array of any dtype, or whatever NumPy can read.

    Raises :class:`NotNumbers` with words for the student.
    """
    if value is None or isinstance(value, str | bytes | set | dict) or callable(value):
        raise NotNumbers(f"{kind(value)}, not numbers")
    if hasattr(value, "toarray"):
        value = value.toarray()
    try:
        array = np.asarray(value)
    except ValueError:
        raise NotNumbers(f"{kind(value)} whose rows differ in length") from None
    real = array.dtype.kind in "biuf" or (
        array.dtype.kind == "O"
        and all(isinstance(entry, EXACT) or (np.ndim(entry) == 0 and _is_real(entry)) for entry in array.flat)
    )
    if not real:
        raise NotNumbers(
            f"{kind(value)}, not a real number" if array.ndim == 0 else f"{kind(value)} that holds {_held(array)}"
        )
    return array.astype(np.float64)


def _held(array):
    """What an array holds beside real numbers, in plain words."""
    if array.dtype.kind == "O":
        return "None" if any(entry is None for entry in array.flat) else "more than numbers"
    return {"U": "text in quotation marks", "S": "text", "c": "complex numbers"}.get(
        array.dtype.kind, "more than numbers"
    )


def _is_real(entry):
    return isinstance(entry, int | float | np.number | np.ndarray) and np.asarray(entry).dtype.kind in "biuf"


def kind(value: Any) -> str:
    """The type of a value in plain words, with an article."""
    name = type(value).__name__
    return PLAIN.get(name, f"{'an' if name[0] in 'aeiou' else 'a'} {name}")


def as_parts(value: Any, names: tuple) -> dict[str, np.ndarray]:
    """Split a structured answer into arrays by name: a tuple or list in that order, a dictionary, or attributes.

    With no names, the whole answer is one part, called "". Raises :class:`NotNumbers` with words for the student.
    """
    if not names:
        return {"": as_numbers(value)}
    if isinstance(value, dict) and all(name in value for name in names):
        found = [value[name] for name in names]
    elif all(hasattr(value, name) for name in names):
        found = [getattr(value, name) for name in names]
    elif isinstance(value, tuple | list) and len(value) == len(names):
        found = value
    else:
        held = f" of {len(value)}" if isinstance(value, tuple | list) else ""
        raise NotNumbers(f"{kind(value)}{held}; {len(names)} things are asked for: {', '.join(names)}")
    return {name: _part(part, name) for name, part in zip(names, found)}


def _part(value, name):
    try:
        return as_numbers(value)
    except NotNumbers as error:
        raise NotNumbers(f"{error} (for {name})") from None


def close(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> bool:
    """Whether two arrays agree, NaN counting as equal to NaN; shapes must be the same."""
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))


def all_close(a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray], rtol: float, atol: float) -> bool:
    """Whether two dictionaries of parts agree."""
    return a.keys() == b.keys() and all(close(a[name], b[name], rtol, atol) for name in a)


def show(value: Any, digits: int = 4) -> str:
    """A value as a student reads it: arrays as nested brackets, parameters field by field."""
    if hasattr(value, "weights") and hasattr(value, "means") and hasattr(value, "covariances"):
        return "\n".join(
            f"{name} = {show(getattr(value, name), digits)}" for name in ("weights", "means", "covariances")
        )
    if isinstance(value, np.random.Generator | np.random.RandomState):
        return "a fresh random generator"
    if isinstance(value, np.ndarray) and value.ndim:
        text = np.array2string(
            value, precision=digits, suppress_small=_tame(value), separator=", ", threshold=60, max_line_width=100
        )
        return text.replace("\n\n", "\n")
    if isinstance(value, float | np.floating):
        return f"{float(value):.6g}"
    if isinstance(value, np.ndarray):
        return f"{value.item():.6g}"
    if isinstance(value, tuple | list) and any(isinstance(part, np.ndarray) for part in value):
        return ", ".join(show(part, digits) for part in value)
    return repr(value)


def _tame(array):
    finite = np.abs(array[np.isfinite(array)]) if array.dtype.kind == "f" else np.abs(array)
    return bool(finite.size == 0 or (finite.max() < 1e6 and finite.max() > 1e-3))
