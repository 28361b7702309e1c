"""Checks of what callers hand in: every message names the argument, what was given and what is allowed."""

import numbers

import numpy as np
from scipy import sparse


class CollapsedComponentError(ValueError):
    """A component lost its points or its volume, so that its density is no longer defined.

    Attributes
    ----------
    component : int
        Index of the component, counted from 0.
    reason : str
        How it collapsed, in a few words.
    """

    def __init__(self, component, reason):
        self.component = component
        self.reason = reason
        super().__init__(
            f"component {component} has collapsed: {reason}. In a fit, try another start (another random_state or "
            f"initialisation), fewer components, or a variance floor (reg_covar > 0)."
        )

    def __reduce__(self):  # else it could not travel back from a worker process, as in a parallel grid search
        return type(self), (self.component, self.reason)


def as_array(value, name, ndim):
    """Return ``value`` as a finite float64 array with ``ndim`` dimensions, or raise a ValueError naming it."""
    array = as_real(value, name, ndim)
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite; got {array[where]} at index {where}.")
    return array


def as_real(value, name, ndim):
    """As :func:`as_array`, but infinities and NaN may pass. Always a copy, never the caller's own array."""
    if sparse.issparse(value):
        raise ValueError(f"{name} must be a dense array; got a sparse {type(value).__name__}.")
    if np.ma.is_masked(value):
        raise ValueError(f"{name} must have no masked entries; got {np.ma.count_masked(value)}.")
    try:
        raw = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular array; its rows differ in length.") from None
    if raw.dtype.kind not in "biufO":
        raise ValueError(f"{name} must hold real numbers; got an array of dtype {raw.dtype}.")
    try:
        array = raw.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must hold real numbers; {error}.") from None
    if array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s); got shape {array.shape}.")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty; got shape {array.shape}.")
    return array


def as_points(X, n_features=None):
    """Return X as a finite float64 array of shape (n, m); with ``n_features``, m must be that number."""
    points = as_array(X, "X", 2)
    if n_features is not None and points.shape[1] != n_features:
        raise ValueError(f"X must have {n_features} columns, one per dimension of the model; got {points.shape[1]}.")
    return points


def as_responsibilities(responsibilities, n_points=None):
    """Return responsibilities as a float64 array of shape (n, k): non-negative, each row summing to one."""
    w = as_array(responsibilities, "responsibilities", 2)
    if n_points is not None and w.shape[0] != n_points:
        raise ValueError(f"responsibilities must have {n_points} rows, one per row of X; got {w.shape[0]}.")
    if (w < 0).any():
        raise ValueError(f"responsibilities must not be negative; the smallest is {w.min():.6g}.")
    sums = w.sum(axis=1)
    worst = int(np.argmax(np.abs(sums - 1)))
    if abs(sums[worst] - 1) > 1e-8:
        raise ValueError(f"each row of responsibilities must sum to one; row {worst} sums to {sums[worst]:.10g}.")
    return w


def as_parameters(parameters):
    """Return ``parameters`` if it is a mixture (whatever has weights, means and factors), or raise a ValueError."""
    if not all(hasattr(parameters, name) for name in ("weights", "means", "factors")):
        raise ValueError(f"parameters must be a gmm_lib.Parameters; got {type(parameters).__name__}.")
    return parameters


def as_generator(rng):
    """Return ``rng`` if it is a source of random numbers, or raise a ValueError."""
    if not isinstance(rng, (np.random.Generator, np.random.RandomState)):
        raise ValueError(f"rng must be a numpy.random.Generator, as np.random.default_rng(seed) makes it; got {rng!r}.")
    return rng


def as_positive_integer(value, name):
    """Return ``value`` as an int of at least 1, or raise a ValueError naming it."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"{name} must be a positive integer; got {value!r}.")
    return int(value)


def as_non_negative(value, name):
    """Return ``value`` as a finite float of at least 0, or raise a ValueError naming it."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value < np.inf:
        raise ValueError(f"{name} must be a finite number, zero or more; got {value!r}.")
    return float(value)
