"""EM by two matrix products for spherical covariances: a point is ``(1, y_1, ..., y_m, |y|^2)``.

As in :mod:`gmm_lib.engine.squares`; of the squares only their sum occurs. The coordinates must have one scale for all
columns.
"""

import numpy as np

from . import squares
from .coordinates import Coordinates
from .features import log_joint
from .scratch import Scratch
from .squares import accumulate
from .state import State

__all__ = ["accumulate", "augmented", "block_rows", "empty_sums", "expand", "log_joint", "prepare"]
PARTS = 1  # how the coordinates give a point: as one number per entry


def block_rows(m: int, k: int) -> int:
    """Points per block: as :func:`gmm_lib.engine.features.block_rows`; with less work for each of them, the fastest
    were measured to be smaller ones."""
    return min(max(400_000 // (3 * m + 2 + 2 * k), 512), 16_384)


def expand(Y: np.ndarray, scratch: Scratch) -> np.ndarray:
    """``(1, y, |y|^2)``, shape (m + 2, b), of points Y, shape (m, b)."""
    m, b = Y.shape
    Z = scratch("Z", m + 2, b)
    Z[0] = 1.0
    Z[1:-1] = Y
    np.einsum("ab,ab->b", Y, Y, out=Z[-1])
    return Z


def prepare(state: State, coordinates: Coordinates) -> np.ndarray:
    """G, shape (k, m + 2): ``log phi_j + log f_j`` as a linear function of the features."""
    return squares.prepare(state, coordinates)[:, : coordinates.m + 2].copy()  # every square has the same factor


def empty_sums(m: int, k: int) -> np.ndarray:
    """Where a run of blocks adds up, shape (k, m + 2)."""
    return np.zeros((k, m + 2))


def augmented(sums: np.ndarray, m: int) -> np.ndarray:
    """The sums in symmetric matrices, shape (k, m + 1, m + 1), as far as they are known: first row and column and the
    sum of the diagonal, here in equal parts. The rest is 0."""
    return squares.augmented(np.concatenate([sums[:, :-1], np.tile(sums[:, -1:] / m, m)], axis=1), m)
