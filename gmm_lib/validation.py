"""Checks of what callers hand in: every message names the argument, what was given and what is allowed.

A check takes what was handed in, ``value``, and what its message shall call it, ``name``. It returns what is right, an
array as a new one of the shape that was asked for, and raises a ValueError for what is wrong.
"""

from __future__ import annotations

import numbers
import reprlib
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

if TYPE_CHECKING:
    from .parameters import Parameters

Rng = np.random.Generator | np.random.RandomState | np.random.SeedSequence | int | None  # as `as_generator` takes it


class CollapsedComponentError(ValueError):
    """A component lost its points or its volume, so that its density is no longer defined.

    Attributes
    ----------
    component : int
        Index of the component, counted from 0.
    reason : str
        How it collapsed, in a few words.
    more : str
        What else is to be said, in sentences of their own.
    """

    def __init__(self, component: int, reason: str, more: str = "") -> None:
        self.component = component
        self.reason = reason
        self.more = more
        super().__init__(
            f"component {component} has collapsed: {reason}. In a fit, try another start (another random_state or "
            f"initialisation), fewer components, or a variance floor (reg_covar > 0).{' ' * bool(more)}{more}"
        )

    def __reduce__(self):  # else it could not travel back from a worker process, as in a parallel grid search
        return type(self), (self.component, self.reason, self.more)


def shown(value: object) -> str:
    """What was given, for a message: a short value as it is, an array by its shape, anything else by its type."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return _Short().repr(value)


class _Short(reprlib.Repr):
    """Long lists are cut; what is known by its address only, or takes many words, is named by its type."""

    def repr_instance(self, x, level):
        text = repr(x)
        return text if len(text) <= 60 and " at 0x" not in text and "\n" not in text else f"<{type(x).__name__}>"


# -- arrays


def as_array(value: ArrayLike, name: str, ndim: int | None = None) -> np.ndarray:
    """Return ``value`` as a finite float64 array with ``ndim`` dimensions, or raise a ValueError naming it."""
    array = as_real(value, name, ndim)
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite; got {array[where]} at index {where}.")
    return array


def as_real(value: ArrayLike, name: str, ndim: int | None = None) -> np.ndarray:
    """As :func:`as_array`, but infinities and NaN may pass. Always a copy, never the caller's own array."""
    raw = as_rectangle(value, name)
    if raw.dtype.kind not in "biufO":
        got = f"an array of dtype {raw.dtype}" if raw.ndim else shown(value)
        raise ValueError(f"{name} must hold real numbers; got {got}.")
    if raw.dtype.kind == "O":
        _refuse_what_is_no_number(raw, name, value)
    try:
        with np.errstate(over="ignore", under="ignore"):  # a longer float beyond 1e308 becomes inf, which is seen
            array = raw.astype(np.float64)
    except OverflowError as error:
        raise ValueError(f"{name} must hold real numbers; {error}.") from None
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s); got shape {array.shape}.{_advice(array.ndim, ndim)}")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty; got shape {array.shape}.")
    return array


def as_rectangle(value: ArrayLike, name: str) -> np.ndarray:
    """``value`` as an array of whatever type, unless it is sparse, masked or ragged."""
    if sparse.issparse(value):
        raise ValueError(f"{name} must be a dense array; got a sparse {type(value).__name__}.")
    parts = [value, *value] if isinstance(value, (list, tuple)) else [value]
    if any(map(np.ma.is_masked, parts)):
        raise ValueError(f"{name} must have no masked entries; got {sum(map(_count_masked, parts))}.")
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular array; its rows differ in length.") from None


def _count_masked(part):
    return int(np.ma.count_masked(part)) if np.ma.is_masked(part) else 0


def _refuse_what_is_no_number(raw, name, value):
    """NumPy would turn the string "1.5" into a number, and a date into nanoseconds."""
    for index, entry in np.ndenumerate(raw):
        if not isinstance(entry, (numbers.Real, Decimal, np.bool_)):
            got = f"{shown(entry)} at index {index}" if raw.ndim else shown(value)
            raise ValueError(f"{name} must hold real numbers; got {got}.")


def _advice(given, wanted):
    if (given, wanted) == (1, 2):
        return " One column of numbers is reshape(-1, 1), one row of them reshape(1, -1)."
    return ""


def as_points(X: ArrayLike, n_features: int | None = None, name: str = "X") -> np.ndarray:
    """Return X as a finite float64 array of shape (n, m); with ``n_features``, m must be that number."""
    points = as_array(X, name, 2)
    m = points.shape[1]
    if n_features is not None and m != n_features:
        raise ValueError(f"{name} must have {n_features} columns, one per dimension of the model; got {m}.")
    return points


def as_incomplete_points(X: ArrayLike, n_features: int | None = None, name: str = "X") -> np.ndarray:
    """As :func:`as_points`, shape (n, m), but NaN may pass: it stands for a missing value."""
    points = as_real(X, name, 2)
    if np.isinf(points).any():
        where = tuple(int(i) for i in np.argwhere(np.isinf(points))[0])
        raise ValueError(
            f"{name} must be finite, or NaN where a value is missing; got {points[where]} at index {where}."
        )
    m = points.shape[1]
    if n_features is not None and m != n_features:
        raise ValueError(f"{name} must have {n_features} columns, one per dimension of the model; got {m}.")
    return points


def seen_everywhere(X: np.ndarray) -> np.ndarray:
    """Return X, shape (n, m), if no column is NaN from top to bottom, or raise a ValueError: nothing could be learnt of
    it."""
    lost = np.flatnonzero(np.isnan(X).all(axis=0))
    if lost.size:
        raise ValueError(f"X must have a value in each column; got NaN in every row of column {lost[0]}.")
    return X


def as_sample_weight(sample_weight: ArrayLike, n: int) -> np.ndarray:
    """Return ``sample_weight``, how often each of n points counts, as a float64 array of shape (n,), or raise a
    ValueError if it is not finite, not negative, and with a positive sum."""
    given = as_rectangle(sample_weight, "sample_weight")
    if given.shape != (n,):
        raise ValueError(f"sample_weight must have shape ({n},); got {given.shape}.")
    if given.dtype.kind not in "biuf":
        raise ValueError(f"sample_weight must hold real numbers; got an array of dtype {given.dtype}.")
    weights = np.asarray(given, dtype=np.float64)
    if not (weights.min() >= 0 and weights.max() < np.inf):
        worst = int(np.argmin(np.isfinite(weights) & (weights >= 0)))
        raise ValueError(f"sample_weight must be finite and not negative; got {weights[worst]} at index {worst}.")
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not 0 < total < np.inf:
        raise ValueError(f"sample_weight must have a positive sum, and a finite one; got {total}.")
    return weights


def as_responsibilities(
    responsibilities: ArrayLike, n_points: int | None = None, n_components: int | None = None
) -> np.ndarray:
    """Return responsibilities as a float64 array of shape (n, k): non-negative, each row summing to one; with
    ``n_points`` and ``n_components`` n and k must be these."""
    w = as_array(responsibilities, "responsibilities", 2)
    if n_points is not None and w.shape[0] != n_points:
        raise ValueError(f"responsibilities must have {n_points} rows, one per row of X; got {w.shape[0]}.")
    if n_components is not None and w.shape[1] != n_components:
        raise ValueError(f"responsibilities must have {n_components} columns, one per component; got {w.shape[1]}.")
    if (w < 0).any():
        raise ValueError(f"responsibilities must not be negative; the smallest is {w.min():.6g}.")
    sums = w.sum(axis=1)
    worst = int(np.argmax(np.abs(sums - 1)))
    if abs(sums[worst] - 1) > 1e-8:
        raise ValueError(f"each row of responsibilities must sum to one; row {worst} sums to {sums[worst]:.10g}.")
    return w


def as_integers(
    value: ArrayLike, name: str, high: int | None = None, *, n: int | None = None, empty: bool = False
) -> np.ndarray:
    """Return ``value`` as an array of integers in 0 .. high - 1, of shape (n,), or raise a ValueError naming it. It may
    have no entry only if ``empty``."""
    array = as_rectangle(value, name)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be a one-dimensional array of integers counted from 0; got {shown(value)}.")
    if array.size == 0 and not empty:
        raise ValueError(f"{name} must not be empty; got shape {array.shape}.")
    if array.size and not 0 <= array.min() <= array.max() < (np.inf if high is None else high):
        allowed = "be integers counted from 0" if high is None else f"lie in 0..{high - 1}"
        raise ValueError(f"{name} must {allowed}; got {array.min()}..{array.max()}.")
    return _one_per_row(array, name, n)


def as_labels(value: ArrayLike, name: str, n: int | None = None) -> np.ndarray:
    """Return ``value`` as an array of integers or strings, of shape (n,), or raise a ValueError naming it."""
    array = as_rectangle(value, name)
    if array.ndim != 1 or array.size == 0:
        got = f"shape {array.shape}" if array.ndim else shown(value)
        raise ValueError(f"{name} must be one-dimensional and not empty; got {got}.")
    objects = array.tolist() if array.dtype.kind == "O" else []
    alike = any(all(isinstance(one, kind) for one in objects) for kind in (str, numbers.Integral))
    if array.dtype.kind not in "biuUSO" or not alike:
        odd = [shown(one) for one in objects if not isinstance(one, (str, numbers.Integral))]
        got = (odd or ["both"])[0] if objects else str(array.dtype)
        raise ValueError(f"{name} must be integers or strings, one per point; got {got}.")
    return _one_per_row(array, name, n)


def _one_per_row(array, name, n):
    if n is not None and len(array) != n:
        raise ValueError(f"{name} must have shape ({n},), one per row of X; got {array.shape}.")
    return array


def as_columns(pair: Sequence[int], name: str, m: int) -> tuple[int, ...]:
    """Return ``pair``, two different column indices of 0 .. m - 1, as a tuple, or raise a ValueError naming them."""
    if m < 2:
        raise ValueError(f"X must have at least two columns, to be shown in a plane; got {m}.")
    columns = tuple(pair) if isinstance(pair, (tuple, list)) or np.ndim(pair) == 1 else ()
    whole = all(isinstance(c, numbers.Integral) and not isinstance(c, bool) for c in columns)
    if len(columns) != 2 or not whole or columns[0] == columns[1] or not all(0 <= c < m for c in columns):
        allowed = f"two different columns of X, counted from 0, of 0..{m - 1}"
        raise ValueError(f"{name} must be {allowed}; got {shown(pair)}.")
    return tuple(int(c) for c in columns)


# -- single values


def as_parameters(parameters: Any, name: str = "parameters") -> Parameters:
    """Return ``parameters`` if it is a mixture (whatever has its arrays and their factors), or raise a ValueError."""
    if not all(hasattr(parameters, part) for part in ("weights", "means", "covariances", "factors")):
        raise ValueError(f"{name} must be a gmm_lib.Parameters; got {type(parameters).__name__}.")
    return parameters


def as_generator(rng: Rng, name: str = "rng") -> np.random.Generator | np.random.RandomState:
    """Return a source of random numbers: ``rng`` itself, or ``numpy.random.default_rng`` of a seed.

    Raises
    ------
    ValueError
        If it is neither a :class:`numpy.random.Generator` or :class:`numpy.random.RandomState`, nor a seed: a whole
        number, zero or more, a :class:`numpy.random.SeedSequence`, or None for a seed that differs every time.
    """
    if isinstance(rng, (np.random.Generator, np.random.RandomState)):
        return rng
    whole = isinstance(rng, numbers.Integral) and not isinstance(rng, bool) and rng >= 0
    if whole or rng is None or isinstance(rng, np.random.SeedSequence):
        return np.random.default_rng(rng)
    raise ValueError(
        f"{name} must be a numpy.random.Generator, a RandomState, or a seed: a whole number, zero or more, a "
        f"SeedSequence, or None; got {shown(rng)}."
    )


def as_index(value: int, name: str, n: int) -> int:
    """Return ``value`` as an index of 0 .. n - 1, or raise a ValueError naming it."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not 0 <= value < n:
        raise ValueError(f"{name} must be a whole number in 0..{n - 1}; got {shown(value)}.")
    return int(value)


def as_seed(value: int, name: str = "seed") -> int:
    """Return ``value`` as a seed of :class:`numpy.random.RandomState`, or raise a ValueError naming it."""
    return as_index(value, name, 2**32)


def as_positive_integer(value: int, name: str) -> int:
    """Return ``value`` as an int of at least 1, or raise a ValueError naming it."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"{name} must be a positive integer; got {shown(value)}.")
    return int(value)


def as_non_negative(value: Any, name: str) -> float:
    """Return ``value`` as a finite float of at least 0, or raise a ValueError naming it."""
    try:
        number = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else np.nan
    except OverflowError:  # an int may have more digits than a float
        number = np.inf
    if not 0 <= number < np.inf:
        raise ValueError(f"{name} must be a finite number, zero or more; got {shown(value)}.")
    return number


def as_floor(value: ArrayLike, n_features: int) -> float | np.ndarray:
    """Return a variance floor, a number or one for each column, if it is finite and nowhere negative, or raise a
    ValueError: a float, or a float64 array of shape (n_features,)."""
    if not isinstance(value, (list, tuple)) and np.ndim(value) == 0:
        return as_non_negative(value, "reg_covar")
    floor = as_array(value, "reg_covar", 1)
    if len(floor) != n_features:
        raise ValueError(
            f"reg_covar must be a number, or have one entry for each of the {n_features} columns; got {len(floor)}."
        )
    if (floor < 0).any():
        raise ValueError(f"reg_covar must not be negative; got {floor.min():.6g} for column {int(floor.argmin())}.")
    return floor


def as_names(value: Iterable[str], name: str, n: int, what: str, more: bool = False) -> list[str]:
    """Return a list of ``n`` strings (or ``more``), one per ``what``, or raise a ValueError naming it."""
    names = as_list(value, name, "name")
    if len(names) < n or (len(names) > n and not more) or not all(isinstance(one, str) for one in names):
        raise ValueError(f"{name} must hold {n} names, one per {what}; got {shown(value)}.")
    return names


def as_flag(value: bool, name: str) -> bool:
    """Return ``value`` as a bool if it is one, or raise a ValueError naming it."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False; got {shown(value)}.")
    return bool(value)


def as_function(value: Callable | None, name: str, optional: bool = False) -> Callable | None:
    """Return ``value`` if it can be called (or, if ``optional``, is None), or raise a ValueError naming it."""
    if not callable(value) and not (optional and value is None):
        raise ValueError(f"{name} must be a function{' or None' if optional else ''}; got {shown(value)}.")
    return value


def as_list(value: Iterable, name: str, one: str) -> list:
    """Return what ``value`` holds as a list of at least one; ``one`` says, in the message, what it must hold."""
    try:
        items = [] if isinstance(value, (str, bytes)) else list(value)
    except TypeError:
        items = []
    if not items:
        got = "none" if isinstance(value, (list, tuple, np.ndarray)) and np.ndim(value) else shown(value)
        raise ValueError(f"{name} must hold at least one {one}, as a list does; got {got}.")
    return items
