"""EM by residuals: every component works in its own coordinates.

``v = L^-1 (y - mu)`` is small and round for the points of a component, wherever it lies and however flat it is; its
squared length is the quadratic form of the density. The M-step sums ``(1, v)(1, v)^T``, in the same coordinates, and gets
the *correction* of mean and factor, not mean and factor afresh. Nothing large is ever subtracted from anything large.

The functions have the names of those in :mod:`gmm_lib.engine.features`.
"""

import numpy as np

from .state import LOG_2PI


def block_rows(m, k):
    """Points per block: a component's residuals should stay in a core's own cache."""
    return int(np.clip(2 ** np.floor(np.log2(60_000 / (m + 1))), 128, 4096))


def expand(Y, scratch):
    """The points themselves."""
    return Y


def prepare(state, log_determinant):
    """The state, and for each component the logarithm of its weight times the height of its hill, shape (k,)."""
    return state, state.log_heights - 0.5 * state.means.shape[1] * LOG_2PI + log_determinant


def log_joint(Y, prepared, scratch):
    """``log phi_j + log f_j(x_i)``, shape (k, b)."""
    state, log_tops = prepared
    A = scratch("A", len(log_tops), Y.shape[1])
    for j, log_top in enumerate(log_tops):
        V = _own_coordinates(Y, state, j, scratch)[1:]
        np.einsum("ab,ab->b", V, V, out=A[j])
        A[j] *= -0.5
        A[j] += log_top
    return A


def empty_sums(m, k):
    """Where a run of blocks adds up."""
    return np.zeros((k, m + 1, m + 1))


def accumulate(sums, R, Y, reference, scratch):
    """Add ``sum_i r_ij (1, v_ij)(1, v_ij)^T`` of a block, with v in the coordinates of the reference's components."""
    for j, r in enumerate(np.sqrt(R, out=R)):
        V = _own_coordinates(Y, reference, j, scratch)
        V *= r
        sums[j] += V @ V.T  # a product with its own transpose: NumPy computes half of it


def augmented(sums, m):
    """The sums as symmetric matrices: they are."""
    return sums


def _own_coordinates(Y, state, j, scratch):
    """``(1, L^-1 (y - mu))`` for component j, shape (m + 1, b)."""
    m, b = Y.shape
    V = scratch("V", m + 1, b)
    V[0] = 1.0
    residuals = np.subtract(Y, state.means[j][:, np.newaxis], out=scratch("residuals", m, b))
    np.matmul(state.inverses[j], residuals, out=V[1:])
    return V
