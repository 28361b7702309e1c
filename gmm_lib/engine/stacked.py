"""EM by residuals, those of all components from one product of matrices: for many dimensions.

The own coordinates ``v = L^-1 (y - mu)`` of :mod:`gmm_lib.engine.residuals`, multiplied out, are linear in
``(1, y)``. The maps of all components, one below the other, are one tall matrix. The price is a difference of two
products where the residuals have a product of a difference. That loses digits, but half as many as the features lose:
v is wrong, not its square.

The points of a block come as Y, shape (m, b). The functions have the names of those in
:mod:`gmm_lib.engine.features`.
"""

import numpy as np

from . import residuals
from .coordinates import Coordinates
from .scratch import Scratch
from .state import LOG_2PI, State

PARTS = 0  # how the coordinates give a point: centred, since the maps can whiten as well
Prepared = tuple[list[np.ndarray], np.ndarray]
FAINT = 1e-40  # a responsibility below this part of the block's largest is lost in a sum that is not tiny itself
STRIP = 16  # rows of the triangular maps multiplied at a time: what lies above the diagonal is skipped

block_rows = residuals.block_rows
empty_sums = residuals.empty_sums
augmented = residuals.augmented


def expand(Y: np.ndarray, scratch: Scratch) -> np.ndarray:
    """``(1, y)``, shape (m + 1, b)."""
    m, b = Y.shape
    Z = scratch("Z", m + 1, b)
    Z[0] = 1.0
    Z[1:] = Y
    return Z


def prepare(state: State, coordinates: Coordinates) -> Prepared:
    """The maps from (1, y) to (1, v) in strips: the first 16 rows of all components, then the next 16, and so on, each
    without the zeros at its end; and the logarithms of the weights times the heights of the hills, shape (k,)."""
    k, m = state.means.shape
    B = np.zeros((m + 1, k, m + 1))
    B[0, :, 0] = 1.0
    B[1:, :, 1:] = (state.inverse_factors @ coordinates.remaining).transpose(1, 0, 2)
    B[1:, :, 0] = -np.einsum("jab,jb->aj", state.inverse_factors, state.means)
    strips = [B[top : top + STRIP, :, : top + STRIP] for top in range(0, m + 1, STRIP)]
    strips = [np.ascontiguousarray(strip).reshape(-1, strip.shape[2]) for strip in strips]
    return strips, state.log_heights - 0.5 * m * LOG_2PI + coordinates.log_determinant


def log_joint(Z: np.ndarray, prepared: Prepared, scratch: Scratch) -> np.ndarray:
    """``log phi_j + log f_j(x_i)``, shape (k, b), from Z and what :func:`prepare` has ``prepared``."""
    strips, log_tops = prepared
    size, b, k = *Z.shape, len(log_tops)
    V = scratch("V", size, k, b)
    rows, first = V.reshape(size * k, b), 0
    for strip in strips:
        last = first + len(strip)
        np.matmul(strip, Z[: strip.shape[1]], out=rows[first:last])
        first = last
    A = np.einsum("ajb,ajb->jb", V[1:], V[1:], out=scratch("A", k, b))
    A *= -0.5
    A += log_tops[:, np.newaxis]
    return A


def accumulate(
    sums: np.ndarray,
    R: np.ndarray,
    Z: np.ndarray,
    reference: State | None,
    scratch: Scratch,
) -> None:
    """Add to ``sums`` the ``sum_i r_ij (1, v_ij)(1, v_ij)^T`` of a block with responsibilities R, shape (k, b), and the
    Z of its points. No other reference than the state is known here.

    In many dimensions components seldom share a point. Where some responsibilities are too faint to show in the sums,
    the others are picked out first.
    """
    V, square = scratch.last("V"), scratch("square", *sums.shape[1:])
    faint = FAINT * R.max()
    for j, (r, total) in enumerate(zip(R, sums)):
        strong = (r > faint).nonzero()[0]
        if len(strong) < 0.8 * len(r):
            v, r = V[:, j, strong], r[strong]
        else:
            v = V[:, j]
        v *= np.sqrt(r)
        total += np.matmul(v, v.T, out=square)  # a product with its own transpose: NumPy computes half of it
