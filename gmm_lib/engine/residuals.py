"""EM by residuals: every component works in its own coordinates.

``v = L^-1 (y - mu)`` is small and round for the points of a component, wherever it lies and however flat it is; its
squared length is the quadratic form of the density. The M-step sums ``(1, v)(1, v)^T``, in the same coordinates,
and gets the *correction* of mean and factor, not mean and factor afresh. Nothing large is ever subtracted from
anything large.

The points of a block come as Y, two arrays of shape (m, b) whose sum they are. The functions have the names of those
in :mod:`gmm_lib.engine.features`.
"""

import numpy as np

from .coordinates import Coordinates
from .scratch import Scratch
from .state import LOG_2PI, State

PARTS = 2  # how the coordinates give a point: as two numbers per entry, of 53 bits and of what is left
Parts = tuple[np.ndarray, np.ndarray]  # the points of a block, each shape (m, b): leading parts, and what is left
Prepared = tuple[State, np.ndarray]
STRIP = 32  # rows of a triangular factor multiplied at a time: what lies above the diagonal is skipped


def block_rows(m: int, k: int) -> int:
    """Points per block: as :func:`gmm_lib.engine.features.block_rows`, for the residuals of all components."""
    return min(max(800_000 // (k * (m + 1)), 256), 16_384)


def expand(Y: Parts, scratch: Scratch) -> Parts:
    """The points themselves, in two parts."""
    return Y


def prepare(state: State, coordinates: Coordinates) -> Prepared:
    """The state, and for each component the logarithm of its weight times the height of its hill, shape (k,)."""
    return state, state.log_heights - 0.5 * coordinates.m * LOG_2PI + coordinates.log_determinant


def log_joint(Y: Parts, prepared: Prepared, scratch: Scratch) -> np.ndarray:
    """``log phi_j + log f_j(x_i)``, shape (k, b), from Y and what :func:`prepare` has ``prepared``."""
    state, log_tops = prepared
    A = scratch("A", len(log_tops), Y[0].shape[1])
    for V, a, log_top in zip(_own_coordinates(Y, state, scratch), A, log_tops):
        np.einsum("ab,ab->b", V[1:], V[1:], out=a)
        a *= -0.5
        a += log_top
    return A


def empty_sums(m: int, k: int) -> np.ndarray:
    """Where a run of blocks adds up, shape (k, m + 1, m + 1)."""
    return np.zeros((k, m + 1, m + 1))


def accumulate(
    sums: np.ndarray,
    R: np.ndarray,
    Y: Parts,
    reference: State | None,
    scratch: Scratch,
) -> None:
    """Add to ``sums`` the ``sum_i r_ij (1, v_ij)(1, v_ij)^T`` of a block with responsibilities R, shape (k, b), with v
    in the coordinates of the reference's components.

    ``reference`` is None if that is the state of the E-step: its v are at hand.
    """
    own = scratch.last("V") if reference is None else _own_coordinates(Y, reference, scratch)
    square = scratch("square", *sums.shape[1:])
    for V, r, total in zip(own, np.sqrt(R, out=R), sums):
        V *= r
        total += np.matmul(V, V.T, out=square)  # a product with its own transpose: NumPy computes half of it


def augmented(sums: np.ndarray, m: int) -> np.ndarray:
    """The sums as symmetric matrices: they are."""
    return sums


def _own_coordinates(Y, state, scratch):
    """``(1, L_j^-1 (y - mu_j))`` for every component, shape (k, m + 1, b)."""
    leading, rest = Y
    m, b = leading.shape
    own = scratch("V", len(state.means), m + 1, b)
    residuals = scratch("residuals", m, b)
    for V, mean, inverse in zip(own, state.means, state.inverse_factors):
        np.subtract(leading, mean[:, np.newaxis], out=residuals)  # exact, where it matters: for points near the mean
        residuals += rest
        V[0] = 1.0
        for top in range(0, m, STRIP):
            end = min(top + STRIP, m)
            np.matmul(inverse[top:end, :end], residuals[:end], out=V[1 + top : 1 + end])
    return own
