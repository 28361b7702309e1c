"""EM as two matrix products.

Write a point as ``(1, y_1, ..., y_m)`` and multiply its entries pair by pair: the result z has q = (m + 1)(m + 2)/2
entries, 1, the y_a and the y_a y_b. The log-joint of a component is *linear* in z, because it is a quadratic in y, and
so are the sums that the M-step needs, because they are sums of those very products. For a block of points Y, shape
(m, b), and their products Z, shape (q, b):

- E: ``log-joint = G Z``, shapes (k, q) (q, b);
- M: ``sums = R Z^T``, shapes (k, b) (b, q).

The functions have the names of those in :mod:`gmm_lib.engine.residuals`, which say the same in another way.
"""

import math
from functools import cache

import numpy as np

from .coordinates import Coordinates
from .scratch import Scratch
from .state import LOG_2PI, State

PARTS = 1  # how the coordinates give a point: as one number per entry


def block_rows(m: int, k: int) -> int:
    """Points per block: few enough for the working memory (Z, the points twice, A and R) to stay in a cache of some
    megabytes; and so many that a thread seldom has to ask for the interpreter, which it shares with the others."""
    q = (m + 1) * (m + 2) // 2
    return min(max(800_000 // (q + 2 * m + 2 * k), 512), 16_384)


def expand(Y: np.ndarray, scratch: Scratch) -> np.ndarray:
    """Z, shape (q, b): every product of two entries of (1, y)."""
    m, b = Y.shape
    Z = scratch("Z", (m + 1) * (m + 2) // 2, b)
    Z[0] = 1.0
    Z[1 : m + 1] = Y
    row = m + 1
    for a in range(m):
        np.multiply(Y[a], Y[a:], out=Z[row : row + m - a])
        row += m - a
    return Z


def prepare(state: State, coordinates: Coordinates) -> np.ndarray:
    """G, shape (k, q): ``log phi_j + log f_j`` written as one linear function of z for each component."""
    k, m = state.means.shape
    B = np.empty((k, m, m + 1))  # (1, y) -> L^-1 (y - mu), whose squared length is the quadratic form
    B[:, :, 1:] = state.inverse_factors
    np.matmul(state.inverse_factors, -state.means[:, :, np.newaxis], out=B[:, :, :1])
    Q = B.transpose(0, 2, 1) @ B
    upper, factor, _ = layout(m)
    G = Q.reshape(k, -1)[:, upper] * factor
    G[:, 0] += state.log_heights - 0.5 * m * LOG_2PI + coordinates.log_determinant
    return G


def log_joint(Z: np.ndarray, G: np.ndarray, scratch: Scratch) -> np.ndarray:
    """``log phi_j + log f_j(x_i)``, shape (k, b)."""
    return np.matmul(G, Z, out=scratch("A", len(G), Z.shape[1]))


def empty_sums(m: int, k: int) -> np.ndarray:
    """Where a run of blocks adds up."""
    return np.zeros((k, (m + 1) * (m + 2) // 2))


def accumulate(
    sums: np.ndarray,
    R: np.ndarray,
    Z: np.ndarray,
    reference: State | None,
    scratch: Scratch,
) -> None:
    """Add to ``sums`` the ``sum_i r_ij z_i`` of a block with responsibilities R, shape (k, b). No other reference than
    the origin is known here."""
    sums += R @ Z.T


def augmented(sums: np.ndarray, m: int) -> np.ndarray:
    """The sums as symmetric matrices ``sum_i r_ij (1, y_i) (1, y_i)^T``, shape (k, m + 1, m + 1)."""
    return sums[:, layout(m)[2]]


def unpack(z: np.ndarray) -> np.ndarray:
    """From the q products along the first axis, the symmetric matrix of them along the first two."""
    m = (math.isqrt(8 * len(z) + 1) - 3) // 2
    return z[layout(m)[2]]


@cache
def layout(m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How the q products of (1, y) in m dimensions are laid out.

    Returns
    -------
    ndarray of int, shape (q,)
        Where each product lies in a flattened (m + 1, m + 1) matrix.
    ndarray, shape (q,)
        Its factor in a quadratic form: -1/2 on the diagonal, and -1 off it, where two entries are one.
    ndarray of int, shape (m + 1, m + 1)
        Where each entry of the matrix lies among the products.
    """
    rows, columns = np.triu_indices(m + 1)
    position = np.empty((m + 1, m + 1), dtype=int)
    position[rows, columns] = position[columns, rows] = np.arange(len(rows))
    return rows * (m + 1) + columns, np.where(rows == columns, -0.5, -1.0), position
