"""EM by two matrix products for diagonal covariances: a point is ``(1, y_1, ..., y_m, y_1^2, ..., y_m^2)``.

As in :mod:`gmm_lib.engine.features`, but without the products of two different entries: with diagonal covariances the
log-joint does not contain them, and the M-step does not ask for them. So a point has 2 m + 1 features, and what is done
with it does not grow with the square of m. The coordinates must keep the columns apart.
"""

import numpy as np

from .coordinates import Coordinates
from .features import log_joint
from .scratch import Scratch
from .state import LOG_2PI, State

__all__ = ["accumulate", "augmented", "block_rows", "empty_sums", "expand", "log_joint", "prepare"]
PARTS = 1  # how the coordinates give a point: as one number per entry


def block_rows(m: int, k: int) -> int:
    """Points per block: as :func:`gmm_lib.engine.features.block_rows`; with less work for each of them, the fastest
    were measured to be smaller ones."""
    return min(max(250_000 // (4 * m + 1 + 2 * k), 512), 16_384)


def expand(Y: np.ndarray, scratch: Scratch) -> np.ndarray:
    """``(1, y, y^2)``, shape (2 m + 1, b), of points Y, shape (m, b)."""
    m, b = Y.shape
    Z = scratch("Z", 2 * m + 1, b)
    Z[0] = 1.0
    Z[1 : m + 1] = Y
    np.multiply(Y, Y, out=Z[m + 1 :])
    return Z


def prepare(state: State, coordinates: Coordinates) -> np.ndarray:
    """G, shape (k, 2 m + 1): ``log phi_j + log f_j`` as a linear function of the features."""
    m = coordinates.m
    scales = state.inverse_factors.diagonal(axis1=1, axis2=2)
    shifts = scales * state.means
    G = np.empty((len(scales), 2 * m + 1))
    G[:, 0] = state.log_heights - 0.5 * m * LOG_2PI + coordinates.log_determinant
    G[:, 0] -= 0.5 * np.einsum("ja,ja->j", shifts, shifts)
    np.multiply(scales, shifts, out=G[:, 1 : m + 1])
    np.multiply(-0.5 * scales, scales, out=G[:, m + 1 :])
    return G


def empty_sums(m: int, k: int) -> np.ndarray:
    """Where a run of blocks adds up, shape (k, 2 m + 1)."""
    return np.zeros((k, 2 * m + 1))


def accumulate(
    sums: np.ndarray,
    R: np.ndarray,
    Z: np.ndarray,
    reference: State | None,
    scratch: Scratch,
) -> None:
    """Add to ``sums`` the ``sum_i r_ij z_i`` of a block with responsibilities R, shape (k, b), and features Z. No other
    reference than the origin is known here."""
    sums += R @ Z.T


def augmented(sums: np.ndarray, m: int) -> np.ndarray:
    """The sums in symmetric matrices, shape (k, m + 1, m + 1), as far as they are known: first row and column and the
    diagonal. The rest is 0."""
    T = np.zeros((len(sums), m + 1, m + 1))
    T[:, 0, : m + 1] = T[:, : m + 1, 0] = sums[:, : m + 1]
    a = np.arange(1, m + 1)
    T[:, a, a] = sums[:, m + 1 :]
    return T
