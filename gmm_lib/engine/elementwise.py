"""EM by residuals for diagonal and spherical covariances: what :mod:`gmm_lib.engine.residuals` does, column by column.

``v_a = (y_a - mu_a) / sigma_a``: with a diagonal factor no column needs another one. The sums are those of
``(1, v, v^2)``.

The points of a block come as Y, two arrays of shape (m, b) whose sum they are. The functions have the names of those
in :mod:`gmm_lib.engine.features`.
"""

import numpy as np

from . import residuals, squares
from .residuals import Parts, Prepared
from .scratch import Scratch
from .state import State

PARTS = 2  # how the coordinates give a point: as two numbers per entry, of 53 bits and of what is left

block_rows = residuals.block_rows
expand = residuals.expand
prepare = residuals.prepare
empty_sums = squares.empty_sums
augmented = squares.augmented


def log_joint(Y: Parts, prepared: Prepared, scratch: Scratch) -> np.ndarray:
    """``log phi_j + log f_j(x_i)``, shape (k, b)."""
    state, log_tops = prepared
    A = scratch("A", len(log_tops), Y[0].shape[1])
    for V, a, log_top in zip(_own_coordinates(Y, state, scratch), A, log_tops):
        np.einsum("ab,ab->b", V, V, out=a)
        a *= -0.5
        a += log_top
    return A


def accumulate(
    sums: np.ndarray,
    R: np.ndarray,
    Y: Parts,
    reference: State | None,
    scratch: Scratch,
) -> None:
    """Add to ``sums`` the ``sum_i r_ij (1, v_ij, v_ij^2)`` of a block with responsibilities R, shape (k, b), with v in
    the coordinates of the reference's components.

    ``reference`` is None if that is the state of the E-step: its v are at hand.
    """
    own = scratch.last("V") if reference is None else _own_coordinates(Y, reference, scratch)
    m = len(Y[0])
    for V, r, total in zip(own, R, sums):
        total[0] += np.add.reduce(r)
        total[1 : m + 1] += V @ r
        total[m + 1 :] += np.multiply(V, V, out=V) @ r


def _own_coordinates(Y, state, scratch):
    """``(y - mu_j) / sigma_j`` for every component, shape (k, m, b)."""
    leading, rest = Y
    own = scratch("V", len(state.means), *leading.shape)
    scales = state.inverse_factors.diagonal(axis1=1, axis2=2)
    for V, mean, scale in zip(own, state.means, scales):
        np.subtract(leading, mean[:, np.newaxis], out=V)  # exact, where it matters: for points near the mean
        V += rest
        V *= scale[:, np.newaxis]
    return own
