"""EM by two matrix products for one covariance that all components share: a point is ``(1, y_1, ..., y_m)``.

With one factor L for all, the quadratic form falls into ``|L^-1 y|^2``, the same for every component, and what is
linear in y. The common part cancels in the responsibilities. And as these sum to one in each row, the products
``y y^T`` that the M-step needs, summed over the components, are the same in every iteration: ``total``, the sum of
``(1, y)(1, y)^T`` over all points, is found once. What an iteration does for a component does not grow with the square
of m.

The functions have the names of those in :mod:`gmm_lib.engine.features`.
"""

import numpy as np

from .coordinates import Coordinates
from .scratch import Scratch
from .squares import accumulate
from .stacked import expand
from .state import LOG_2PI, State

__all__ = [
    "accumulate",
    "augmented",
    "block_rows",
    "common",
    "empty_sums",
    "expand",
    "log_joint",
    "prepare",
    "summed_common",
]
PARTS = 1  # how the coordinates give a point: as one number per entry
Prepared = tuple[np.ndarray, np.ndarray]


def block_rows(m: int, k: int) -> int:
    """Points per block: as :func:`gmm_lib.engine.features.block_rows`; with less work for each of them, the fastest
    were measured to be smaller ones."""
    return min(max(400_000 // (3 * m + 1 + 2 * k), 512), 16_384)


def prepare(state: State, coordinates: Coordinates) -> Prepared:
    """G, shape (k, m + 1): ``log phi_j + log f_j`` without its common part as a linear function of (1, y); and the
    inverse factor, shape (m, m)."""
    inverse = state.inverse_factors[0]
    shifts = state.means @ inverse.T
    G = np.empty((len(shifts), coordinates.m + 1))
    G[:, 0] = state.log_heights - 0.5 * coordinates.m * LOG_2PI + coordinates.log_determinant
    G[:, 0] -= 0.5 * np.einsum("ja,ja->j", shifts, shifts)
    np.matmul(shifts, inverse, out=G[:, 1:])
    return G, inverse


def log_joint(Z: np.ndarray, prepared: Prepared, scratch: Scratch) -> np.ndarray:
    """``log phi_j + log f_j(x_i)`` without its common part, shape (k, b), from Z and what :func:`prepare` has
    ``prepared``."""
    G, _ = prepared
    return np.matmul(G, Z, out=scratch("A", len(G), Z.shape[1]))


def common(Z: np.ndarray, prepared: Prepared) -> np.ndarray:
    """The part of the log-joint that all components have in common, ``-1/2 |L^-1 y|^2``: shape (b,), from Z and what
    :func:`prepare` has ``prepared``."""
    V = prepared[1] @ Z[1:]
    return -0.5 * np.einsum("ab,ab->b", V, V)


def summed_common(total: np.ndarray, prepared: Prepared) -> float:
    """:func:`common`, summed over all points, from their ``total``, shape (m + 1, m + 1)."""
    inverse = prepared[1]
    return -0.5 * float(np.einsum("ab,ab->", inverse @ total[1:, 1:], inverse))


def empty_sums(m: int, k: int) -> np.ndarray:
    """Where a run of blocks adds up, shape (k, m + 1)."""
    return np.zeros((k, m + 1))


def augmented(sums: np.ndarray, total: np.ndarray) -> np.ndarray:
    """The sums in symmetric matrices, shape (k, m + 1, m + 1): of the products ``y y^T`` only the sum over the
    components is known, in ``total``, and each component gets its share by its count."""
    k, size = sums.shape
    T = np.empty((k, size, size))
    T[:, 1:, 1:] = (sums[:, 0] / sums[:, 0].sum())[:, np.newaxis, np.newaxis] * total[1:, 1:]
    T[:, 0] = T[:, :, 0] = sums
    return T
