"""Factor analysis: a few hidden numbers behind many columns, and noise in each column (Rubin and Thayer, 1982).

A point is ``x = mean + Lambda z + noise``: the q factors z are standard normal, the noise is normal and independent
from column to column, with a variance of its own in each. So x is normal with the covariance
``Lambda Lambda' + diag(noise)``. Shapes: points ``X`` (n, m), loadings Lambda (m, q),
noise (m,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .. import em
from ..gaussian import log_density
from ..validation import as_array, as_points, as_positive_integer, shown

SMALLEST = 1e-12  # variance of the noise in a column, as a part of the column's own: less is taken for none


@dataclass(frozen=True)
class Factors:
    """What makes the points: their mean, shape (m,), the loadings, shape (m, q), and the variances of the noise, (m,).

    Raises
    ------
    ValueError
        If the shapes do not fit together, or a variance is not positive.
    """

    mean: np.ndarray
    loadings: np.ndarray
    noise: np.ndarray

    def __post_init__(self):
        for name, ndim in (("mean", 1), ("loadings", 2), ("noise", 1)):
            object.__setattr__(self, name, as_array(getattr(self, name), name, ndim))
        for name in ("loadings", "noise"):
            if len(getattr(self, name)) != len(self.mean):
                raise ValueError(
                    f"{name} must have {len(self.mean)} rows, as mean has; got {len(getattr(self, name))}."
                )
        if (self.noise <= 0).any():
            raise ValueError(f"noise must be positive; got {self.noise.min():g} for column {self.noise.argmin()}.")

    @property
    def covariance(self) -> np.ndarray:
        """The covariance of the points, shape (m, m)."""
        return self.loadings @ self.loadings.T + np.diag(self.noise)


@dataclass(frozen=True)
class Scores:
    """What an E-step says of the factors behind each point: their means, shape (n, q), and their covariance, shape
    (q, q), which is the same for all points.

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """

    means: np.ndarray
    covariance: np.ndarray

    def __post_init__(self):
        for name in ("means", "covariance"):
            object.__setattr__(self, name, as_array(getattr(self, name), name, 2))
        q = self.means.shape[1]
        if self.covariance.shape != (q, q):
            raise ValueError(
                f"covariance must have shape {(q, q)}, as means has {q} columns; got {shown(self.covariance)}."
            )


def log_likelihood(X: ArrayLike, factors: Factors) -> float:
    """The log-likelihood of ``X``, with the factors behind the points integrated out: one Gaussian, equation (7)."""
    X = _checked(X, factors)
    return float(log_density(X, factors.mean, factors.covariance).sum())


def e_step(X: ArrayLike, factors: Factors) -> Scores:
    """The factors behind each point of ``X``, given the point: normal, with these means and this covariance."""
    X = _checked(X, factors)
    weighted = factors.loadings / factors.noise[:, np.newaxis]
    precision = np.eye(weighted.shape[1]) + factors.loadings.T @ weighted
    covariance = np.linalg.inv(precision)
    return Scores((X - factors.mean) @ weighted @ covariance, covariance)


def m_step(X: ArrayLike, scores: Scores) -> Factors:
    """The factors that maximise the lower bound: each column of ``X`` regressed on the ``scores``, and what that leaves
    over as noise. The mean is that of the points, which is best if the scores are of factors with that mean, as in
    :func:`fit`.

    Raises
    ------
    ValueError
        If an argument is not valid, or a column has no noise left (a *Heywood case*).
    """
    X = as_points(X)
    mean, loadings, noise = regressions(X, scores)
    if (gone := noise <= SMALLEST * X.var(axis=0)).any():
        raise ValueError(
            f"X must have noise of its own in each column; got none left in column {int(np.argmax(gone))}. "
            "Fit fewer factors, or leave the column out."
        )
    return Factors(mean, loadings, noise)


def regressions(X: ArrayLike, scores: Scores) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each column of ``X`` regressed on the ``scores``: the means (m,), the loadings (m, q), what is left over (m,).

    Raises
    ------
    ValueError
        If an argument is not valid, or the two do not fit together.
    """
    X = as_points(X)
    if not isinstance(scores, Scores):
        raise ValueError(f"scores must be Scores, as e_step returns them; got {shown(scores)}.")
    if len(scores.means) != len(X):
        raise ValueError(f"scores must have {len(X)} rows, one per row of X; got {len(scores.means)}.")
    mean = X.mean(axis=0)
    together = (X - mean).T @ scores.means
    squares = scores.means.T @ scores.means + len(X) * scores.covariance
    loadings = np.linalg.solve(squares, together.T).T
    return mean, loadings, X.var(axis=0) - (loadings * together).sum(axis=1) / len(X)


def start(X: ArrayLike, n_factors: int) -> Factors:
    """Where EM begins: the ``n_factors`` first principal components of the columns of ``X`` in units of their standard
    deviations, and half of each column's variance as noise.

    Raises
    ------
    ValueError
        If an argument is not valid, there are not fewer factors than columns, or more than rows, or a column of ``X``
        is constant.
    """
    X = as_points(X)
    q = _as_n_factors(n_factors, X)
    deviations = X.std(axis=0)
    if (alike := np.ptp(X, axis=0) == 0).any():
        r = int(np.argmax(alike))
        raise ValueError(f"X must have different values in each column; got {X[0, r]:g} in all of column {r}.")
    Z = (X - X.mean(axis=0)) / deviations
    _, lengths, axes = np.linalg.svd(Z / np.sqrt(len(X)), full_matrices=False)
    loadings = (lengths[:q, np.newaxis] * axes[:q]).T
    return Factors(X.mean(axis=0), deviations[:, np.newaxis] * loadings / np.sqrt(2), deviations**2 / 2)


def fit(X: ArrayLike, n_factors: int, tol: float = 1e-6, max_iter: int = 5000) -> em.Result:
    """Learn ``n_factors`` factors behind the points ``X`` by EM, until an iteration raises the log-likelihood by less
    than ``tol``, or for ``max_iter`` iterations. The state of the result is the :class:`Factors`.

    The noise of a column may be on its way to none, ever more slowly; then EM stops by ``tol`` on the way, and only a
    look at ``noise`` tells.

    Raises
    ------
    ValueError
        As :func:`start` and :func:`m_step`.
    """
    return em.run(
        start(X, n_factors),
        lambda factors: e_step(X, factors),
        lambda scores: m_step(X, scores),
        lambda factors: log_likelihood(X, factors),
        tol=tol,
        max_iter=max_iter,
    )


def _as_n_factors(n_factors: int, X: np.ndarray) -> int:
    """A number of factors that points ``X`` (n, m) can have: less than m, and not more than n."""
    q, (n, m) = as_positive_integer(n_factors, "n_factors"), X.shape
    if q >= m:
        raise ValueError(f"n_factors must be less than {m}, the number of columns; got {q}.")
    if q > n:
        raise ValueError(f"n_factors must be at most {n}, the number of rows; got {q}.")
    return q


def _checked(X: ArrayLike, factors: Factors) -> np.ndarray:
    if not isinstance(factors, Factors):
        raise ValueError(f"factors must be Factors; got {shown(factors)}.")
    return as_points(X, len(factors.mean))
