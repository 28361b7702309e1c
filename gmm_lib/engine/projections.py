"""EM by residuals on rows with missing values: what a component does not see, it projects out.

In a component's own coordinates ``v = L^-1 (y - mu)`` its points are round, of variance 1 in every direction. To leave
columns u of a row open is to leave open the directions that u's columns of ``W = L^-1`` span, ``W_u``. Let P be the
projector onto them. Then the conditional mean of the unseen values is the point of least ``|v|`` among those that agree
with what was seen, its v is ``(1 - P) v`` of any of them, its squared length is the quadratic form of the *marginal*
density, and the covariance that is left is P itself: for every direction either the point speaks, or variance 1 is put
in its place. With the precision ``Lambda = W^T W``,

- the unseen residuals are ``d_u = -Lambda_uu^-1 (Lambda d)_u``, where d has 0 in the place of what is missing,
- ``P = W_u Lambda_uu^-1 W_u^T``, and
- ``log |Sigma_oo| = log |Sigma| + log |Lambda_uu|``.

So only what is *missing* of a row is inverted, once for each component and pattern, all patterns with the same number
of missing values at once. The products that remain are of whole blocks.

The points of a block come as Y, two arrays of shape (m, b) whose sum they are, NaN where a value is missing; the
coordinates must keep columns apart (those of a diagonal covariance do). Rows with the same pattern should follow one
another, and patterns with as many missing values: else it is slow, not wrong. The functions have the names of those in
:mod:`gmm_lib.engine.features`.

References
----------
Beaton (1964), The use of special matrix operators in statistical calculus (the sweep of a matrix).
Little and Rubin (2019), Statistical Analysis with Missing Data, 3rd edition.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from . import residuals
from .coordinates import Coordinates
from .residuals import Parts
from .scratch import Scratch
from .state import LOG_2PI, State

PARTS = 2  # how the coordinates give a point: as two numbers per entry, of 53 bits and of what is left
DELICATE = 1e-5  # of a pivot before the sweep: below it too many digits are lost, and an orthogonal factor is taken
AT_ONCE = 50_000  # numbers in the matrices that are swept together

Prepared = tuple[State, np.ndarray, np.ndarray]

block_rows = residuals.block_rows
empty_sums = residuals.empty_sums
augmented = residuals.augmented


@dataclass(frozen=True, eq=False)
class Group:
    """Rows of a block that follow one another and lack the same number u of values.

    Attributes
    ----------
    rows : slice
        Which of the block.
    columns : ndarray of int, shape (u, patterns)
        The missing columns of each pattern.
    pattern : ndarray of int, shape (rows,)
        The pattern of each row.
    starts : ndarray of int, shape (patterns,)
        Where each pattern begins.
    entries : ndarray of int, shape (u, rows)
        Where the missing values lie in a flattened (m, b) array.
    """

    rows: slice
    columns: np.ndarray
    pattern: np.ndarray
    starts: np.ndarray
    entries: np.ndarray


@dataclass(frozen=True, eq=False)
class Left:
    """What the patterns of a group leave open, component by component.

    Attributes
    ----------
    covariances : ndarray, shape (k, u, u, patterns)
        Of the unseen values, ``Lambda_uu^-1``.
    logs : ndarray, shape (k, patterns)
        ``log |Lambda_uu|``.
    """

    covariances: np.ndarray
    logs: np.ndarray


@dataclass(frozen=True, eq=False)
class Incomplete:
    """The points of a block, what is missing of them, and what an E-step found out about that.

    Attributes
    ----------
    leading, rest : ndarray, shape (m, b)
        The points in two parts; 0 where a value is missing.
    seen : ndarray, shape (m, b)
        1 where a value was seen, 0 where it is missing.
    groups : list of Group
    states : list of State
        The state of the last E-step.
    fills : dict
        For each component and group, the unseen residuals from the component's mean, shape (u, rows).
    left : list of Left
        For each group.
    """

    leading: np.ndarray
    rest: np.ndarray
    seen: np.ndarray
    groups: list[Group]
    states: list[State] = field(default_factory=list)
    fills: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)


def expand(Y: Parts, scratch: Scratch) -> Incomplete:
    """The points in two parts, and the patterns of what is missing."""
    leading, rest = Y
    missing = np.isnan(leading)
    np.copyto(leading, 0.0, where=missing)
    np.copyto(rest, 0.0, where=missing)
    seen = np.subtract(1.0, missing, out=scratch("seen", *missing.shape))
    return Incomplete(leading, rest, seen, _groups(missing))


def _groups(missing):
    """The groups of a block of which ``missing``, shape (m, b), says what is not there; complete rows are in none."""
    b, counts = missing.shape[1], np.add.reduce(missing, axis=0, dtype=np.intp)
    new = np.ones(b, dtype=bool)
    np.logical_or.reduce(missing[:, 1:] != missing[:, :-1], axis=0, out=new[1:])
    starts = np.flatnonzero(new)
    edges = [0, *(np.flatnonzero(np.diff(counts)) + 1).tolist(), b]
    groups = []
    for first, end in pairwise(edges):
        if u := int(counts[first]):
            own = starts[np.searchsorted(starts, first) : np.searchsorted(starts, end)]
            columns = np.ascontiguousarray(np.nonzero(missing[:, own].T)[1].reshape(-1, u).T)
            pattern = np.repeat(np.arange(len(own)), np.diff(own, append=end))
            entries = columns[:, pattern] * b + np.arange(first, end)
            groups.append(Group(slice(first, end), columns, pattern, own - first, entries))
    return groups


def prepare(state: State, coordinates: Coordinates) -> Prepared:
    """The state, the precision of each component, shape (k, m, m), and what each column that was seen adds to the
    logarithm of a density, shape (m,)."""
    precisions = state.inverse_factors.transpose(0, 2, 1) @ state.inverse_factors
    return state, precisions, np.log(np.diag(coordinates.matrix)) - 0.5 * LOG_2PI


def log_joint(Z: Incomplete, prepared: Prepared, scratch: Scratch) -> np.ndarray:
    """``log phi_j + log f_j`` of what was seen of each row, shape (k, b), from Z and what :func:`prepare` has
    ``prepared``. Z then knows the fills, and the covariances that are left."""
    state, precisions, tops = prepared
    (m, b), k = Z.leading.shape, len(state.means)
    Z.states[:] = [state]
    Z.left[:] = [_left(precisions, state.inverse_factors, group.columns) for group in Z.groups]
    A, own = scratch("A", k, b), scratch("V", k, m + 1, b)
    D, common = scratch("residuals", m, b), tops @ Z.seen
    for j, (a, V, inverse) in enumerate(zip(A, own, state.inverse_factors)):
        _seen_residuals(Z, state.means[j], out=D)
        _fill(Z, j, D, precisions[j], scratch)
        V[0] = 1.0
        np.matmul(inverse, D, out=V[1:])
        np.einsum("ab,ab->b", V[1:], V[1:], out=a)
        a *= -0.5
        a += common
        a += state.log_heights[j]
        for group, left in zip(Z.groups, Z.left):
            a[group.rows] -= 0.5 * left.logs[j, group.pattern]
    return A


def accumulate(
    sums: np.ndarray,
    R: np.ndarray,
    Z: Incomplete,
    reference: State | None,
    scratch: Scratch,
) -> None:
    """Add to ``sums`` the expectation of ``sum_i r_ij (1, v_ij)(1, v_ij)^T`` of a block Z with responsibilities R,
    shape (k, b), with v in the coordinates of the reference's components: of the filled points, and of what is left.

    ``reference`` is None if that is the state of the E-step: its v are at hand.
    """
    (m, _), k = Z.leading.shape, len(sums)
    inverses = (reference or Z.states[0]).inverse_factors
    left = np.zeros((k, m * m))
    for g, group in enumerate(Z.groups):
        cells = (group.columns[:, np.newaxis] * m + group.columns).ravel()
        counts = np.add.reduceat(R[:, group.rows], group.starts, axis=1)
        for j in range(k):
            left[j] += np.bincount(cells, weights=(Z.left[g].covariances[j] * counts[j]).ravel(), minlength=m * m)
    sums[:, 1:, 1:] += inverses @ left.reshape(k, m, m) @ inverses.transpose(0, 2, 1)
    own = scratch.last("V") if reference is None else _measured_from(Z, reference, scratch)
    square = scratch("square", m + 1, m + 1)
    for V, r, total in zip(own, np.sqrt(R, out=R), sums):
        V *= r
        total += np.matmul(V, V.T, out=square)  # a product with its own transpose: NumPy computes half of it


def _measured_from(Z, reference, scratch):
    """``(1, v)`` of the points that the E-step filled, in the coordinates of another state's components."""
    (m, b), state = Z.leading.shape, Z.states[0]
    own, D = scratch("V", len(state.means), m + 1, b), scratch("residuals", m, b)
    for j, V in enumerate(own):
        _seen_residuals(Z, reference.means[j], out=D)
        shift = state.means[j] - reference.means[j]
        for g, group in enumerate(Z.groups):
            D.ravel()[group.entries] = Z.fills[j, g] + shift[group.columns][:, group.pattern]
        V[0] = 1.0
        np.matmul(reference.inverse_factors[j], D, out=V[1:])
    return own


def _seen_residuals(Z, mean, out):
    """``y - mu``, and 0 where a value is missing."""
    np.subtract(Z.leading, mean[:, np.newaxis], out=out)  # exact, where it matters: for points near the mean
    out += Z.rest
    out *= Z.seen


def _fill(Z, j, D, precision, scratch):
    """Write component j's unseen residuals into D."""
    flat = D.ravel()
    U = np.matmul(precision, D, out=scratch("U", *D.shape)).ravel()
    for g, group in enumerate(Z.groups):
        Z.fills[j, g] = flat[group.entries] = -_times(Z.left[g].covariances[j], group.pattern, U[group.entries])


def _times(matrices, pattern, vectors):
    """The product of a row's pattern's matrix, of (u, u, patterns), and the row's vector, of (u, rows)."""
    if matrices.shape[2] < len(pattern):  # else each row has a pattern of its own
        matrices = np.take(matrices, pattern, axis=2)
    return matrices[0] * vectors if len(vectors) == 1 else np.einsum("abr,br->ar", matrices, vectors)


def _left(precisions, inverses, columns):
    """What each component leaves of the missing ``columns``, shape (u, patterns), of a group: :class:`Left`."""
    (u, patterns), k = columns.shape, len(precisions)
    covariances, logs = np.empty((k, u, u, patterns)), np.empty((k, patterns))
    by_entry = np.ascontiguousarray(precisions.transpose(1, 2, 0))
    step = max(AT_ONCE // (u * u * k), 1)
    for some in (slice(first, first + step) for first in range(0, patterns, step)):
        A = by_entry[columns[:, np.newaxis, some], columns[np.newaxis, :, some]]
        found, lost = _swept(A)
        logs[:, some], covariances[..., some] = found.T, A.transpose(3, 0, 1, 2)
        for j in np.flatnonzero(lost.any(axis=0)):
            which = np.flatnonzero(lost[:, j]) + some.start
            covariances[j][..., which], logs[j, which] = _orthogonally(inverses[j], columns[:, which])
    return Left(covariances, logs)


def _swept(A):
    """Put the inverse of each of the matrices A, shape (u, u, ...), in its place. Returns the logarithms of their
    determinants, and which have lost too many digits, both of shape (...)."""
    diagonals = [A[c, c].copy() for c in range(len(A))]
    logs, lost, update = np.zeros(A.shape[2:]), np.zeros(A.shape[2:], dtype=bool), np.empty_like(A)
    for c, diagonal in enumerate(diagonals):
        lost |= ~(A[c, c] > DELICATE * diagonal)
        pivot = np.where(lost, 1.0, A[c, c])  # what is lost is found in another way
        logs += np.log(pivot)
        column = A[:, c].copy()
        row = column / pivot
        np.multiply(column[:, np.newaxis], row, out=update)
        A -= update
        A[c], A[:, c] = row, row
        A[c, c] = -1 / pivot
    np.negative(A, out=A)
    return logs, lost


def _orthogonally(inverse, columns):
    """Covariances and log-determinants as in :class:`Left`, of one component, from the factor itself, of which no
    square is formed: ``W_u = Q R``."""
    R = np.linalg.qr(inverse[:, columns].transpose(2, 0, 1), mode="r")
    S = np.linalg.inv(R)
    logs = 2 * np.log(np.abs(np.diagonal(R, axis1=1, axis2=2))).sum(axis=1)
    return (S @ S.transpose(0, 2, 1)).transpose(1, 2, 0), logs
