"""The variance floor: what is added to the diagonal of each covariance, as a number or relative to the data.

A number is in squared units of the data, so that it means another thing in centimetres than in inches. ``"relative"``
asks the data themselves: a millionth of the square of each column's *scale*.

The standard deviation alone would not do as the scale. One 99999 that stands for a missing value, among a thousand
numbers of size 1, makes it 3162: the floor would be 10, and swallow every cluster. So the scale is the standard
deviation or the *shortest half*, whichever is smaller: the length of the shortest interval that holds more than half
of the column's different values (half of all its values is the rule of Rousseeuw and Leroy, 1988). Each value counts
once, so that a sentinel in every tenth row does no harm either, and a weight of 2 is the same as the row twice. Of a
Gaussian the shortest half is 1.35 standard deviations long, of a uniform distribution 1.73: where nothing is far off,
the scale is the standard deviation.
"""

import numpy as np
from numpy.typing import ArrayLike

from .validation import as_floor, as_points, shown

RELATIVE = 1e-6  # of the square of the scale
ROWS = 10_000  # looked at, at most
EPS = np.finfo(np.float64).eps
NOISE = 8 * EPS  # values that differ by less, relative to their size, count as the same
# A deviation of 16 m eps of the column's own counts as collapsed (engine.state); that of the floor under the least
# scale is twice as large.
LEAST = 32 * EPS / np.sqrt(RELATIVE)
TOO_SMALL = (
    "values far from all the others leave the relative floor too small, and a component collapsed. The fit has a "
    "larger floor, a millionth of the variances with these values in them. Do they stand for missing ones?"
)


def variance_floor(X: ArrayLike, reg_covar: ArrayLike = "relative") -> np.ndarray:
    """The floor that ``reg_covar`` asks for, for each column of X.

    Parameters
    ----------
    X : array_like, shape (n, m)
    reg_covar : "relative", float, or array_like of shape (m,)
        ``"relative"`` is ``1e-6 * column_scales(X) ** 2``.

    Returns
    -------
    ndarray, shape (m,)
        In squared units of the data.

    Raises
    ------
    ValueError
        If X or ``reg_covar`` is not valid.
    """
    X = as_squarable(X)
    if is_relative(reg_covar):
        return relative_floor(X)
    return as_floor(reg_covar, X.shape[1]) * np.ones(X.shape[1])


def is_relative(reg_covar: ArrayLike) -> bool:
    """Whether ``reg_covar`` is ``"relative"``, not a number or an array of shape (m,). Another word, or a single number
    that is no floor, is a ValueError."""
    if isinstance(reg_covar, str):
        if reg_covar != "relative":
            raise ValueError(f"reg_covar must be 'relative' or a finite number, zero or more; got {shown(reg_covar)}.")
        return True
    if np.ndim(reg_covar) == 0:
        as_floor(reg_covar, 1)
    return False


def relative_floor(X: ArrayLike, deviations: np.ndarray | None = None) -> np.ndarray:
    """A millionth of the square of each column's scale, shape (m,); arguments as :func:`column_scales`."""
    return RELATIVE * column_scales(X, deviations) ** 2


def deviation_floor(X: ArrayLike, deviations: np.ndarray | None = None) -> np.ndarray:
    """A millionth of the square of each standard deviation, far values and all, shape (m,): no component with this
    floor can collapse, but it may swallow what is small beside the far values. Arguments as :func:`column_scales`."""
    deviations, varies = _deviations(_squarable(X, deviations), deviations)
    return RELATIVE * np.where(varies, deviations, 1.0) ** 2


def column_scales(X: ArrayLike, deviations: np.ndarray | None = None) -> np.ndarray:
    """The size of the differences within each column, whatever a few far values are: standard deviation or shortest
    half, the smaller of the two. (The shortest half of more than 10,000 points is that of 10,000 of them.)

    Parameters
    ----------
    X : array_like, shape (n, m)
    deviations : ndarray, shape (m,), optional
        Standard deviations of the columns, if X are a part of the points only, or have weights. Who knows them has
        checked X, which is then taken as it is.

    Returns
    -------
    ndarray, shape (m,)
        In the units of the data. 1 for a column that is constant up to rounding; never so small beside the standard
        deviation that a component with the relative floor would count as collapsed.

    References
    ----------
    Rousseeuw and Leroy (1988), A robust scale estimator based on the shortest half.
    """
    X = _squarable(X, deviations)
    deviations, varies = _deviations(X, deviations)
    columns = np.sort(X[places(len(X))].T if len(X) > ROWS else X.T, axis=1)
    halves = np.array([_shortest_half(values) for values in different(columns)])
    scales = np.maximum(np.minimum(halves, deviations), LEAST * X.shape[1] * deviations)
    return np.where(varies, scales, 1.0)


def different(columns: np.ndarray) -> list[np.ndarray]:
    """The different ones of the ascending values in each of the ``columns``, of those that agree up to rounding the
    first: from an array of shape (m, n) a list of m arrays."""
    steps, sizes = np.diff(columns, axis=1), np.abs(columns)
    close = (steps > 0) & (steps <= NOISE * np.maximum(sizes[:, 1:], sizes[:, :-1]))
    new = np.ones(columns.shape, dtype=bool)
    np.greater(steps, 0, out=new[:, 1:])
    values = [column[first] for column, first in zip(columns, new)]
    return [_merged(one) if noisy else one for one, noisy in zip(values, close.any(axis=1))]


def _merged(values):
    kept, at = [], 0
    while at < len(values):  # not from neighbour to neighbour: a fine grid far from 0 would shrink to one value
        kept.append(values[at])
        at = int(np.searchsorted(values, values[at] + NOISE * abs(values[at]), side="right"))
    return np.array(kept)


def without_gaps(X: np.ndarray, means: np.ndarray) -> np.ndarray:
    """X, shape (n, m), with each NaN replaced by a value that its column has already (or its mean, of ``means`` with
    shape (m,), if it has none): as each value counts once, no scale notices. X itself, if there is no NaN."""
    missing = np.isnan(X)
    if not missing.any():
        return X
    columns = np.arange(X.shape[1])
    first = X[(~missing).argmax(axis=0), columns]
    return np.where(missing, np.where(np.isnan(first), means, first), X)


def as_squarable(X: ArrayLike) -> np.ndarray:
    """X as :func:`gmm_lib.validation.as_points` returns it, or a ValueError if its squares are beyond all numbers."""
    X = as_points(X)
    with np.errstate(over="ignore"):
        if np.vdot(X, X) < np.inf:
            return X
    raise ValueError(f"X must have a sum of squares below 1e308; got entries up to {np.abs(X).max():.6g}.")


def places(n: int) -> np.ndarray:
    """Indexes of some of n rows, ascending, shape (min(n, 10_000),): all of them, or one somewhere in each of 10,000
    equal stretches.

    Where in its stretch follows multiples of the golden ratio, so that no regular order of the rows, a sensor's turn
    or a sentinel in every tenth row, is in step with it. No random number is drawn.
    """
    if n <= ROWS:
        return np.arange(n)
    edges = np.arange(ROWS + 1, dtype=np.int64) * n // ROWS
    within = np.arange(ROWS) * ((np.sqrt(5) - 1) / 2) % 1
    return (edges[:-1] + (within * np.diff(edges)).astype(np.int64)).astype(np.intp)


def _squarable(X: ArrayLike, deviations: np.ndarray | None) -> np.ndarray:
    return as_squarable(X) if deviations is None else np.asarray(X, dtype=np.float64)


def _deviations(X, deviations):
    """The standard deviation of each column, and whether it is more than rounding."""
    low, high = X.min(axis=0), X.max(axis=0)
    if deviations is None:
        deviations = (X - (low / 2 + high / 2)).std(axis=0)  # of a constant column exactly 0
    return deviations, deviations > NOISE / 2 * np.maximum(-low, high)


def _shortest_half(values):
    """Length of the shortest interval that holds more than half of these ascending values; inf for a single one."""
    reach = len(values) // 2  # from its first value to its last
    return (values[reach:] - values[: len(values) - reach]).min() if reach else np.inf
