"""Coordinates in which no digits are lost: the data centred and whitened, a block at a time.

A formula is no more exact than the coordinates it is worked out in. A cloud around 1e8, or one that is a thousand times
longer than wide, costs digits in every sum of squares. Both are cured by one linear map ``y = W (x - c)`` that makes
the whole data round: mean 0, covariance (nearly) the identity. *Which* map is of no importance, as long as it is
applied without error, so c and W are rounded to few bits on purpose: then the leading products of
:meth:`Coordinates.of_block` are exact, where that is asked for or needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.lapack import dpotrf, dtrtri

from ..parameters import Parameters
from ..validation import as_floor
from .scratch import Scratch

EPS = np.finfo(np.float64).eps
UNDERFLOW = np.errstate(under="ignore")  # a share too small for a number is 0, whatever the caller has set
X_BITS = 25  # of a product's 53 bits, those for the leading part of x; W and the sum over columns share the rest


class NotFinite(ValueError):
    """Points hold NaN or infinity."""


@dataclass(frozen=True, eq=False)
class Moments:
    """What a block must tell of itself so that coordinates can be chosen; blocks add up.

    Attributes
    ----------
    rows : int
    weight : float
        Sum of the sample weights.
    mean, low, high : ndarray, shape (m,)
        Mean, smallest and largest value of each column.
    scatter : ndarray, shape (m, m)
        Sum of the weighted outer products of the residuals from the mean.
    """

    rows: int
    weight: float
    mean: np.ndarray
    scatter: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, sample_weight: np.ndarray | None = None) -> Moments:
        """The moments of points X of shape (n, m), perhaps with a ``sample_weight`` of shape (n,)."""
        rows = max(40_000 // X.shape[1], 256)  # at a time: what is needed in between must not grow with n
        blocks = (slice(i, i + rows) for i in range(0, len(X), rows))
        w = sample_weight
        with np.errstate(over="ignore", invalid="ignore"):  # who receives the sums looks whether they are numbers
            return reduce(add, (cls._of_few(X[block], None if w is None else w[block]) for block in blocks))

    @classmethod
    def _of_few(cls, X, w):
        weight = len(X) if w is None else w.sum()
        T = np.array(X.T, dtype=np.float64, order="C" if X.shape[1] < 64 else "F")  # long rows of memory either way
        low, high = T.min(axis=1), T.max(axis=1)
        if not (np.isfinite(low) & np.isfinite(high)).all():
            raise NotFinite("X must be finite; it holds NaN or infinity.")
        if weight == 0:
            return cls(len(X), 0.0, low, np.zeros((X.shape[1],) * 2), low, high)
        near = low / 2 + high / 2  # any point amid the block: the residuals must be small, not centred
        T -= near[:, np.newaxis]
        shift = (T.sum(axis=1) if w is None else T @ w) / weight
        T -= shift[:, np.newaxis]
        return cls(len(X), float(weight), near + shift, (T if w is None else T * w) @ T.T, low, high)

    def __add__(self, other: Moments) -> Moments:
        weight = self.weight + other.weight
        if weight == 0:
            return self
        share, step = other.weight / weight, other.mean - self.mean
        with np.errstate(over="ignore", invalid="ignore"):
            return Moments(
                self.rows + other.rows,
                weight,
                self.mean + share * step,
                self.scatter + other.scatter + self.weight * share * np.outer(step, step),
                np.minimum(self.low, other.low),
                np.maximum(self.high, other.high),
            )

    @property
    def variances(self) -> np.ndarray:
        """Variance of each column, shape (m,)."""
        return np.diag(self.scatter) / self.weight


@dataclass(frozen=True, eq=False)
class Coordinates:
    """The map ``y = W (x - c)``.

    Attributes
    ----------
    centre : ndarray, shape (m,)
    matrix : ndarray, shape (m, m)
        W, lower triangular.
    grid : ndarray, shape (m,)
        A power of two for each column. The leading part of x is a multiple of it, and so is the centre.
    delicate : bool
        Whether the columns are so nearly dependent that ``W (x - c)`` must be computed in two exact parts.
    deviations : ndarray, shape (m,)
        Standard deviation of each column.
    condition : float
        Bounds the largest eigenvalue of the inverse of the data's correlations.
    """

    centre: np.ndarray
    matrix: np.ndarray
    grid: np.ndarray
    delicate: bool
    deviations: np.ndarray
    condition: float

    @classmethod
    def identity(cls, m: int) -> Coordinates:
        """The points as they are."""
        return cls(np.zeros(m), np.eye(m), np.ones(m), False, np.ones(m), float(m))

    @classmethod
    def of(cls, moments: Moments, floor: float | np.ndarray = 0.0, covariance_type: str = "full") -> Coordinates:
        """Coordinates that make data with these moments round; with a floor, a number or an array (m,), the data and
        what the floor adds to them: no component is then any smaller.

        Diagonal covariances must stay diagonal, so that for the ``covariance_type`` "diag" each column only gets a
        scale of its own; for "spherical" all get the same."""
        m = len(moments.mean)
        deviations = np.sqrt(moments.variances)
        covariance = moments.scatter / moments.weight + floor * np.eye(m)
        widths = np.sqrt(np.diag(covariance))
        reach = np.maximum(moments.high - moments.mean, moments.mean - moments.low)
        # A column that is constant, as far as squares can tell, keeps its own unit, unless that has no inverse.
        unit = np.where(widths > 0, widths, np.where(reach > 1e-290, reach, 1.0))
        correlation = covariance / unit[:, np.newaxis] / unit
        little = 16 * m * EPS * np.eye(m)  # so little more keeps dependent columns invertible
        L, _ = dpotrf(correlation + little, lower=1)
        whiten, _ = dtrtri(L, lower=1)
        scale = _power_of_two(np.maximum(2 * reach, unit))
        grid = scale / 2**X_BITS
        if covariance_type in ("diag", "spherical"):
            unit = _power_of_two(unit if covariance_type == "diag" else np.full(m, unit.max()))
            centre = np.rint(moments.mean / grid) * grid
            return cls(centre, np.diag(1 / unit), grid, False, deviations, float(m))
        matrix = _few_bits(np.tril(whiten) / unit * scale, 51 - X_BITS - int(np.ceil(np.log2(m + 1))))
        return cls(
            centre=np.rint(moments.mean / grid) * grid,
            matrix=matrix / scale,
            grid=grid,
            delicate=bool(np.abs(matrix).sum(axis=1).max() > 2**10),
            deviations=deviations,
            condition=float(np.square(whiten).sum()),
        )

    @classmethod
    def of_mixture(cls, parameters: Parameters, covariance_type: str = "full") -> Coordinates:
        """Coordinates that make the points of a mixture round, without a look at any of them; as :meth:`of` for the
        ``covariance_type``."""
        mean = parameters.weights @ parameters.means
        away = parameters.means - mean
        scatter = np.einsum("j,jab->ab", parameters.weights, parameters.covariances)
        scatter += (parameters.weights * away.T) @ away
        deviations = np.sqrt(np.diagonal(parameters.covariances, axis1=1, axis2=2))
        reach = (np.abs(away) + 8 * deviations).max(axis=0)  # hardly a point lies beyond; if one does, it costs digits
        return cls.of(Moments(0, 1.0, mean, scatter, mean - reach, mean + reach), 0.0, covariance_type)

    @property
    def m(self) -> int:
        return len(self.centre)

    @cached_property
    def inverse(self) -> np.ndarray:
        """The way back, ``x = c + W^-1 y``."""
        return np.tril(dtrtri(self.matrix, lower=1)[0])

    @cached_property
    def log_determinant(self) -> float:
        """What a log-density in y has too little, the logarithm of the determinant of W."""
        return float(np.log(np.diag(self.matrix)).sum())

    def floor(self, reg_covar: ArrayLike) -> np.ndarray | None:
        """``reg_covar``, a variance floor in squared units of the data, a number or an array (m,), in these
        coordinates: a factor G of shape (m, m), the floor being ``G G^T``. None if it is zero.

        The factor, as what is small in one column would be lost in the product beside what another column adds to the
        same coordinate.

        Raises
        ------
        ValueError
            If it is negative or not finite, or an array of another length.
        """
        reg_covar = as_floor(reg_covar, self.m)
        return self.matrix * np.sqrt(reg_covar) if np.any(reg_covar) else None

    @cached_property
    def scales(self) -> np.ndarray | None:
        """The diagonal of W, shape (m,), if that is all there is to it."""
        scales = np.diag(self.matrix)
        return scales if np.count_nonzero(self.matrix) == len(scales) else None

    @property
    def remaining(self) -> np.ndarray:
        """What :meth:`of_block` leaves to be done if it is asked for no part, ``y = remaining @ points``."""
        return np.eye(self.m) if self.delicate else self.matrix

    def of_block(self, X: np.ndarray, scratch: Scratch, parts: int = 1) -> Any:
        """The points of a block, feature-major: X of shape (b, m), any strides or float type, gives Y of shape (m, b).

        With two ``parts`` it gives (Y, rest) whose sum is y to some 75 bits: to form ``y - mu`` from them loses
        nothing. With no part it gives points that are only centred, if :attr:`remaining` may as well be applied later.
        """
        b, m = X.shape
        Y = scratch("Y", m, b)
        if parts == 1 and self.scales is not None:
            np.subtract(X.T, self.centre[:, np.newaxis], out=Y)
            return np.multiply(self.scales[:, np.newaxis], Y, out=Y)
        if parts < 2 and not self.delicate:
            if m <= 4:  # NumPy's inner loop is to run along the points, not along so few columns
                D = np.subtract(X.T, self.centre[:, np.newaxis], out=scratch("D", m, b))
            else:
                D = np.subtract(X, self.centre, out=scratch("D", b, m)).T
            return np.matmul(self.matrix, D, out=Y) if parts else D
        # x = leading + rest; the leading part, the centre and W have so few bits that the first product and its sum
        # are exact, in whatever order BLAS adds. The second is rounded, but 2^25 times smaller.
        leading = np.divide(X, self.grid, out=scratch("D", b, m))
        np.rint(leading, out=leading)
        leading *= self.grid
        rest = np.subtract(X, leading, out=scratch("X rest", b, m))
        leading -= self.centre
        self._turned(leading.T, out=Y)
        rest = self._turned(rest.T, out=scratch("Y rest", m, b))
        return (Y, rest) if parts == 2 else np.add(Y, rest, out=Y)

    def _turned(self, D, out):
        if self.scales is None:
            return np.matmul(self.matrix, D, out=out)
        return np.multiply(self.scales[:, np.newaxis], D, out=out)


def _power_of_two(x):
    return np.exp2(np.ceil(np.log2(x)))


def _few_bits(matrix, bits):
    """Round each row to so many bits, counted from its largest entry; a diagonal that would vanish is kept."""
    quantum = _power_of_two(np.abs(matrix).max(axis=1, keepdims=True)) / 2.0**bits
    rounded = np.rint(matrix / quantum) * quantum
    i = np.arange(len(matrix))
    rounded[i, i] = np.where(rounded[i, i] == 0, matrix[i, i], rounded[i, i])
    return rounded
