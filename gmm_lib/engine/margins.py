"""EM on the rows of one pattern of missing values, when there are many: an ordinary pass in fewer dimensions.

The columns that were seen have a mixture of their own, the marginal one, and its pass over the rows gives the sums of
``(1, y_o)(1, y_o)^T``. A component fills a row by a map that is the same for all rows of the pattern,
``(1, yhat) = B_j (1, y_o)``, so that the sums over the *filled* rows are ``B_j T_j B_j^T``: m columns for the price of
those seen, and two small products for each pattern. To the block of the missing columns is added, for each point, the
covariance that is left.
"""

from dataclasses import dataclass

import numpy as np

from .coordinates import EPS, Coordinates
from .passes import Pass, Sums
from .scratch import Scratch
from .state import State

MANY = 200  # rows, from which on a pattern is worth a pass of its own


@dataclass(frozen=True, eq=False)
class Margin:
    """Rows that follow one another and lack the same columns.

    Attributes
    ----------
    rows : slice
    seen, unseen : ndarray of int
        The columns.
    """

    rows: slice
    seen: np.ndarray
    unseen: np.ndarray


@dataclass(frozen=True, eq=False)
class Joint:
    """A state, and what every margin wants to know of it.

    Attributes
    ----------
    state : State
    covariances, precisions : ndarray, shape (k, m, m)
    """

    state: State
    covariances: np.ndarray
    precisions: np.ndarray

    @classmethod
    def of(cls, state: State) -> "Joint":
        """That of a state."""
        factors, inverses = state.factors, state.inverse_factors
        return cls(state, factors @ factors.transpose(0, 2, 1), inverses.transpose(0, 2, 1) @ inverses)


def rounding(state: State) -> float:
    """A bound on the relative error of sums of products for a state and for *any* of its margins: ``16 eps`` times the
    largest mean square of a component times the trace of its precision. Neither is larger for fewer columns."""
    return float(16 * EPS * (state.mean_squares.sum(axis=1) * state.precision_traces).max())


def margins(missing: np.ndarray) -> list[Margin]:
    """The patterns of many rows among sorted rows of which ``missing``, shape (n, m), says what is not there. Rows of
    which nothing was seen are in none."""
    new = np.ones(len(missing), dtype=bool)
    new[1:] = (missing[1:] != missing[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    found = []
    for first, end in zip(starts.tolist(), [*starts[1:].tolist(), len(missing)]):
        gaps = missing[first]
        if end - first >= MANY and not gaps.all():
            found.append(Margin(slice(first, end), np.flatnonzero(~gaps), np.flatnonzero(gaps)))
    return found


def sums(
    margin: Margin,
    joint: Joint,
    coordinates: Coordinates,
    X: np.ndarray,
    sample_weight: np.ndarray | None,
    scratch: Scratch,
) -> Sums:
    """The log-likelihood of rows X, shape (b, m), of a ``margin``, perhaps with a ``sample_weight`` (b,), and the
    expectation of the sums of ``r_ij (1, y)(1, y)^T``, shape (k, m + 1, m + 1), under the state of ``joint``, with
    ``scratch`` as working memory."""
    o, u, state = margin.seen, margin.unseen, joint.state
    one_pass = Pass(_struck_out(coordinates, o), _marginal(joint, o), "features")
    found = one_pass(X[:, o], sample_weight, None, scratch)
    T = one_pass.moments(found)
    left = np.linalg.inv(joint.precisions[:, u[:, np.newaxis], u])
    K = -left @ joint.precisions[:, u[:, np.newaxis], o]
    B = np.zeros((len(T), coordinates.m + 1, len(o) + 1))
    B[:, 0, 0] = 1
    B[:, 1 + o, 1 + np.arange(len(o))] = 1
    B[:, 1 + u, 0] = state.means[:, u] - np.matmul(K, state.means[:, o, np.newaxis])[:, :, 0]
    B[:, 1 + u, 1:] = K
    filled = B @ T @ B.transpose(0, 2, 1)
    filled[:, 1 + u[:, np.newaxis], 1 + u] += T[:, 0, 0, np.newaxis, np.newaxis] * left
    return Sums(found.log_likelihood, filled)


def _struck_out(coordinates, o):
    """Coordinates of some of the columns."""
    return Coordinates(
        centre=coordinates.centre[o],
        matrix=coordinates.matrix[o[:, np.newaxis], o],
        grid=coordinates.grid[o],
        delicate=False,
        deviations=coordinates.deviations[o],
        condition=float(len(o)),
    )


def _marginal(joint, o):
    """The state of some of the columns."""
    factors = np.linalg.cholesky(joint.covariances[:, o[:, np.newaxis], o])
    with np.errstate(divide="ignore"):  # a weight may be 0
        return State(joint.state.weights, joint.state.means[:, o], np.tril(np.linalg.inv(factors)))
