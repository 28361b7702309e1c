"""EM on rows with missing values for diagonal and spherical covariances: what is missing is left out.

Without correlations no column says anything about another. A row's density is the product over the columns that were
seen; a missing value is filled by the component's mean, and left with the component's variance. So all that the M-step
needs of it is for how many points, by responsibility, a column is missing.

The points of a block come as Y, two arrays of shape (m, b) whose sum they are, NaN where a value is missing. The
functions have the names of those in :mod:`gmm_lib.engine.features`.
"""

from dataclasses import dataclass, field

import numpy as np

from . import elementwise
from .coordinates import Coordinates
from .residuals import Parts
from .scratch import Scratch
from .state import LOG_2PI, State

PARTS = 2  # how the coordinates give a point: as two numbers per entry, of 53 bits and of what is left

Prepared = tuple[State, np.ndarray, np.ndarray]

block_rows = elementwise.block_rows
empty_sums = elementwise.empty_sums
augmented = elementwise.augmented


@dataclass(frozen=True, eq=False)
class Omitted:
    """The points of a block, and what is missing of them.

    Attributes
    ----------
    leading, rest : ndarray, shape (m, b)
        The points in two parts; 0 where a value is missing.
    seen, missing : ndarray, shape (m, b)
        1 where that is so, else 0.
    states : list of State
        The state of the last E-step.
    """

    leading: np.ndarray
    rest: np.ndarray
    seen: np.ndarray
    missing: np.ndarray
    states: list[State] = field(default_factory=list)


def expand(Y: Parts, scratch: Scratch) -> Omitted:
    """The points in two parts, and what is missing."""
    leading, rest = Y
    missing = np.isnan(leading)
    np.copyto(leading, 0.0, where=missing)
    np.copyto(rest, 0.0, where=missing)
    seen = np.subtract(1.0, missing, out=scratch("seen", *missing.shape))
    return Omitted(leading, rest, seen, missing.astype(np.float64))


def prepare(state: State, coordinates: Coordinates) -> Prepared:
    """The state, the logarithms of its weights, shape (k,), and what each column that was seen adds to the logarithm of
    a component's density, shape (k, m)."""
    scales = state.inverse_factors.diagonal(axis1=1, axis2=2)
    tops = np.log(scales) + np.log(np.diag(coordinates.matrix)) - 0.5 * LOG_2PI
    with np.errstate(divide="ignore"):  # a weight may be 0
        return state, np.log(state.weights), tops


def log_joint(Z: Omitted, prepared: Prepared, scratch: Scratch) -> np.ndarray:
    """``log phi_j + log f_j`` of what was seen of each row, shape (k, b), from Z and what :func:`prepare` has
    ``prepared``."""
    state, log_weights, tops = prepared
    Z.states[:] = [state]
    A = np.matmul(tops, Z.seen, out=scratch("A", len(tops), Z.seen.shape[1]))
    A += log_weights[:, np.newaxis]
    for V, a in zip(_own_coordinates(Z, state, scratch), A):
        a -= 0.5 * np.einsum("ab,ab->b", V, V)
    return A


def accumulate(
    sums: np.ndarray,
    R: np.ndarray,
    Z: Omitted,
    reference: State | None,
    scratch: Scratch,
) -> None:
    """Add to ``sums`` the expectation of ``sum_i r_ij (1, v_ij, v_ij^2)`` of a block Z with responsibilities R,
    shape (k, b), with v in the coordinates of the reference's components.

    ``reference`` is None if that is the state of the E-step: its v are at hand.
    """
    state, m = Z.states[0], len(Z.seen)
    own = scratch.last("V") if reference is None else _own_coordinates(Z, reference, scratch)
    reference = reference or state
    absent = R @ Z.missing.T
    scales = reference.inverse_factors.diagonal(axis1=1, axis2=2)
    shifts = (state.means - reference.means) * scales
    variances = (scales / state.inverse_factors.diagonal(axis1=1, axis2=2)) ** 2
    for V, r, total in zip(own, R, sums):
        total[0] += np.add.reduce(r)
        total[1 : m + 1] += V @ r
        total[m + 1 :] += np.multiply(V, V, out=V) @ r
    sums[:, 1 : m + 1] += absent * shifts
    sums[:, m + 1 :] += absent * (shifts**2 + variances)


def _own_coordinates(Z, state, scratch):
    """``(y - mu_j) / sigma_j`` for every component, and 0 where a value is missing: shape (k, m, b)."""
    own = scratch("V", len(state.means), *Z.leading.shape)
    scales = state.inverse_factors.diagonal(axis1=1, axis2=2)
    for V, mean, scale in zip(own, state.means, scales):
        np.subtract(Z.leading, mean[:, np.newaxis], out=V)  # exact, where it matters: for points near the mean
        V += Z.rest
        V *= scale[:, np.newaxis]
        V *= Z.seen
    return own
