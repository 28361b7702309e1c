"""What the M-steps of homeworks 6 and 7 are asked on, and the formulas that wrong ones are put together from."""

from collections.abc import Callable

import numpy as np

from gmm_lib import m_step
from gmm_lib.parameters import Parameters

from . import draws

# A covariance takes two points at least: of a single row NumPy's own np.cov(rowvar=False) makes something else.
SIZES = tuple(size for size in draws.SIZES if size.n > 1)


def points_and_shares(rng: np.random.Generator, size: draws.Size) -> tuple[np.ndarray, np.ndarray]:
    """n points of shape (n, m), off the origin, and their responsibilities of shape (n, k)."""
    X = draws.points(rng, size.n, size.m) + np.array([3.0, -1.0, 2.0])[: size.m]
    return draws.placed(X, size), draws.shares(rng, size)


def thin_component(rng: np.random.Generator, size: draws.Size, mass: float = 1e-9) -> tuple[np.ndarray, np.ndarray]:
    """The same, but that the second component holds next to nothing, and the first what it has lost."""
    X, w = points_and_shares(rng, size)
    w[:, 0] += w[:, 1] * (1 - mass)
    w[:, 1] *= mass
    return X, w


def step_inputs(rng: np.random.Generator, size: draws.Size) -> tuple[np.ndarray, np.ndarray, Parameters, float]:
    """The arguments of a whole step with a floor: points, responsibilities, current parameters, floor."""
    X, w = points_and_shares(rng, size)
    current = draws.mixture(rng, size)
    return X, w, current, float(np.round(rng.uniform(0.1, 0.5), 2))


def weighted_sums(X: np.ndarray, w: np.ndarray) -> np.ndarray:
    """For each component the sum of the points, each with its responsibility: shape (k, m)."""
    return w.T @ X


def means_by_n(X: np.ndarray, responsibilities: np.ndarray) -> np.ndarray:
    """Equation (13) as the article prints it: divided by n."""
    return weighted_sums(X, responsibilities) / len(X)


def scatters(X: np.ndarray, w: np.ndarray, means: np.ndarray) -> np.ndarray:
    """For each component the weighted sum of the residuals' products: shape (k, m, m)."""
    return np.einsum("ij,ija,ijb->jab", w, X[:, None] - means, X[:, None] - means)


def counts(w: np.ndarray) -> np.ndarray:
    """The effective counts, shaped to divide covariances: (k, 1, 1)."""
    return w.sum(axis=0)[:, None, None]


def covariances(X: np.ndarray, w: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Equation (14), about any means: shape (k, m, m), as for all covariances below."""
    return scatters(X, w, means) / counts(w)


def cov_by_n(X: np.ndarray, responsibilities: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Equation (14) as the article prints it: divided by n."""
    return scatters(X, responsibilities, means) / len(X)


def cov_by_count_minus_one(X: np.ndarray, responsibilities: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Divided by the effective count less one."""
    return scatters(X, responsibilities, means) / (counts(responsibilities) - 1)


def cov_unbiased(X: np.ndarray, responsibilities: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Divided as ``np.cov(aweights=...)`` does it."""
    w = responsibilities
    return covariances(X, w, means) / (1 - (w**2).sum(axis=0) / w.sum(axis=0) ** 2)[:, None, None]


def cov_squared(X: np.ndarray, responsibilities: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The responsibility with each of the two residuals."""
    return scatters(X, responsibilities**2, means) / counts(responsibilities)


def cov_diagonal(X: np.ndarray, responsibilities: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Zeros beside the variances."""
    return covariances(X, responsibilities, means) * np.eye(X.shape[1])


def cov_one_for_all(X: np.ndarray, responsibilities: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The covariance of all the points, for every component."""
    return np.tile(np.cov(X.T, bias=True), (len(means), 1, 1))


def cov_one_for_all_unbiased(X: np.ndarray, responsibilities: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The same as ``np.cov`` gives it unless told otherwise."""
    return np.tile(np.cov(X.T), (len(means), 1, 1))


def whole_step(
    X: np.ndarray, w: np.ndarray, floor: float = 0.0, weights: Callable | None = None, means: Callable | None = None
) -> dict[str, np.ndarray]:
    """Weights (k,), means (k, m) and covariances (k, m, m) about these means, ``floor`` added to every variance.

    By the right formulas, but for those of the weights and the means where a function of (X, w) is given instead.
    """
    found = (means or m_step.means)(X, w)
    return {
        "weights": weights(X, w) if weights else w.mean(axis=0),
        "means": found,
        "covariances": covariances(X, w, found) + floor * np.eye(X.shape[1]),
    }
