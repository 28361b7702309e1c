"""EM as two matrix products.

Write a point as ``(1, y_1, ..., y_m)`` and multiply its entries pair by pair: the result z has p = (m + 1)(m + 2)/2
entries, 1, the y_a and the y_a y_b. The log-joint of a component is *linear* in z, because it is a quadratic in y, and
so are the sums that the M-step needs, because they are sums of those very products. For a block of points Z, shape (p, b):

- E: ``log-joint = Theta Z``, shapes (k, p) (p, b);
- M: ``sums = R Z^T``, shapes (k, b) (b, p).

The functions have the names of those in :mod:`gmm_lib.engine.residuals`, which say the same in another way.
"""

import numpy as np

from .state import LOG_2PI


def block_rows(m, k):
    """Points per block: Z and the responsibilities should stay in a core's own cache."""
    p = (m + 1) * (m + 2) // 2
    return int(np.clip(2 ** np.floor(np.log2(80_000 / (p + k))), 64, 4096))


def expand(Y, scratch):
    """Z, shape (p, b): every product of two entries of (1, y)."""
    m, b = Y.shape
    Z = scratch("Z", (m + 1) * (m + 2) // 2, b)
    Z[0] = 1.0
    Z[1 : m + 1] = Y
    row = m + 1
    for a in range(m):
        np.multiply(Y[a], Y[a:], out=Z[row : row + m - a])
        row += m - a
    return Z


def prepare(state, log_determinant):
    """Theta, shape (k, p): ``log phi_j + log f_j`` written as one linear function of z for each component."""
    k, m = state.means.shape
    B = np.empty((k, m, m + 1))  # (1, y) -> L^-1 (y - mu), whose squared length is the quadratic form
    B[:, :, 1:] = state.inverses
    np.matmul(state.inverses, -state.means[:, :, np.newaxis], out=B[:, :, :1])
    Q = B.transpose(0, 2, 1) @ B
    upper, factor = _upper(m)
    theta = Q.reshape(k, -1)[:, upper] * factor
    theta[:, 0] += state.log_heights - 0.5 * m * LOG_2PI + log_determinant
    return theta


def log_joint(Z, theta, scratch):
    """``log phi_j + log f_j(x_i)``, shape (k, b)."""
    return np.matmul(theta, Z, out=scratch("A", len(theta), Z.shape[1]))


def empty_sums(m, k):
    """Where a run of blocks adds up."""
    return np.zeros((k, (m + 1) * (m + 2) // 2))


def accumulate(sums, R, Z, reference, scratch):
    """Add ``sum_i r_ij z_i`` of a block. There is no reference: the sums are in the coordinates of the data."""
    sums += R @ Z.T


def augmented(sums, m):
    """The sums as symmetric matrices ``sum_i r_ij (1, y_i) (1, y_i)^T``, shape (k, m + 1, m + 1)."""
    upper, _ = _upper(m)
    T = np.empty((len(sums), (m + 1) ** 2))
    T[:, upper] = sums
    T = T.reshape(-1, m + 1, m + 1)
    T[:] = np.triu(T) + np.triu(T, 1).transpose(0, 2, 1)
    return T


_UPPER = {}


def _upper(m):
    """Where the products lie in a flattened (m + 1, m + 1) matrix, and -1/2 or, for two equal halves, -1."""
    if m not in _UPPER:
        rows, columns = np.triu_indices(m + 1)
        _UPPER[m] = rows * (m + 1) + columns, np.where(rows == columns, -0.5, -1.0)
    return _UPPER[m]
