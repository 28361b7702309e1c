"""EM over points with missing values, the rows sorted by the pattern of what is missing.

Complete rows go the way that they always go, by the fastest formulation that is exact enough. The others come apart
from them, sorted so that one pattern follows another. Where complete rows go by features, each pattern of many rows has
a pass of its own, :mod:`~gmm_lib.engine.margins`. All that is left goes by :mod:`~gmm_lib.engine.projections`, or for
diagonal and spherical covariances by :mod:`~gmm_lib.engine.omissions`. All give sums of the same kind, and an M-step
takes them together. Coordinates keep the columns apart, or nobody could say any more which of them are missing.
"""

from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..validation import as_incomplete_points, seen_everywhere
from . import margins
from .coordinates import UNDERFLOW, Coordinates, Moments
from .driver import Engine
from .passes import FORMULATIONS, FROM_THE_ORIGIN, Pass, Sums, no_density
from .scratch import Scratch
from .sources import InMemory
from .state import State

ROWS = 20_000  # of a margin, at most, for a thread at a time
LACKING = {"full": "projections", "tied": "projections", "diag": "omissions", "spherical": "omissions"}


def apart(covariance_type: str) -> str:
    """The type of covariance whose coordinates keep the columns apart, and leave this ``covariance_type`` as it is."""
    return "spherical" if covariance_type == "spherical" else "diag"


def by_pattern(missing: np.ndarray) -> np.ndarray:
    """Indexes, shape (n,), that sort rows by how many values they lack, and then by which: ``missing`` is a bool array
    of shape (n, m). Rows alike keep their order."""
    return np.lexsort((*np.packbits(missing, axis=1).T, missing.sum(axis=1)))


class IncompletePoints(InMemory):
    """An array with NaN where a value is missing, as a source for :class:`IncompleteEngine`. Its rows are copied.

    Parameters
    ----------
    X : ndarray, shape (n, m)
        With at least one NaN, but no infinity, and no column of which nothing was seen.
    sample_weight : ndarray, shape (n,), optional
        Finite and not negative, with a positive sum.
    threads : int, optional
        As many as there are processors this process may use.

    Attributes
    ----------
    complete : InMemory, or None if there are none
        The complete rows.
    incomplete : InMemory
        The others, sorted: patterns of many rows last.
    places : tuple of ndarray
        The indexes in X of the rows of both.
    margins : list of margins.Margin
        The patterns of many rows, among the incomplete.
    rare : InMemory, or None if there are none
        The incomplete rows of all other patterns, which come first.

    Raises
    ------
    ValueError
        If an argument is not valid.
    """

    def __init__(self, X: ArrayLike, sample_weight: ArrayLike | None = None, threads: int | None = None) -> None:
        super().__init__(X, sample_weight, threads)
        if (infinity := self.first_not_finite()) is not None:
            raise ValueError(f"X must be finite, or NaN where a value is missing; got {infinity}.")
        missing = np.isnan(self.X)
        counted = np.ones(len(missing), dtype=bool) if self.sample_weight is None else self.sample_weight > 0
        seen_everywhere(self.X[counted])
        lacking = missing.any(axis=1)
        rows = np.flatnonzero(lacking & counted)
        if not rows.size:
            raise ValueError("X must have a value that is missing, NaN; got none: an Engine takes complete points.")
        rows = rows[by_pattern(missing[rows])]
        many = np.zeros(len(rows), dtype=bool)
        for margin in margins.margins(missing[rows]):
            many[margin.rows] = True
        rows = np.concatenate([rows[~many], rows[many]])
        self.margins, few = margins.margins(missing[rows]), int((~many).sum())
        self.places = np.flatnonzero(~lacking & counted), rows
        self.complete = self._part(self.X[self.places[0]], self.places[0], threads)
        points = np.ascontiguousarray(self.X[rows])
        self.incomplete = self._part(points, rows, threads)
        self.rare = self._part(points[:few], rows[:few], threads)

    def _part(self, points, rows, threads):
        if rows.size:
            return InMemory(points, None if self.sample_weight is None else self.sample_weight[rows], threads)
        return None

    def open(self) -> AbstractContextManager[Any]:
        """A context in which the threads are there."""
        stack = ExitStack()
        stack.enter_context(super().open())
        for part in (self.complete, self.incomplete, self.rare):
            if part is not None:
                stack.enter_context(part.open())
        return stack

    def margin_sums(self, one_pass: Pass) -> Sums:
        """The sums over the rows of the margins, from the origin: as matrices, under the state of ``one_pass``."""
        joint, coordinates = margins.Joint.of(one_pass.state), one_pass.coordinates
        X, places = self.incomplete.X, self.places[1]

        def work(piece, scratch):
            margin, rows = piece
            weights = None if self.sample_weight is None else self.sample_weight[places[rows]]
            return margins.sums(margin, joint, coordinates, X[rows], weights, scratch)

        pieces = [(one, slice(*edges)) for one in self.margins for edges in _cut(one.rows.start, one.rows.stop)]
        return self.threads.sum(work, pieces)

    def moments(self, of: Any) -> Moments:
        """Mean, variance, smallest and largest of what was seen of each column, as :class:`Moments` of all the rows:
        the function ``of`` sees a column at a time, of shape (b, 1)."""
        columns, weights = [], self.sample_weight
        for c in range(self.X.shape[1]):
            seen = ~np.isnan(self.X[:, c])
            if weights is not None:
                seen &= weights > 0
            columns.append(of(self.X[seen, c : c + 1], None if weights is None else weights[seen]))
        weight = float(len(self.X) if weights is None else weights.sum())
        variances = np.concatenate([one.variances for one in columns])
        mean, low, high = (np.concatenate([getattr(one, name) for one in columns]) for name in ("mean", "low", "high"))
        return Moments(len(self.X), weight, mean, np.diag(variances * weight), low, high)

    def never_together(self) -> tuple[int, int] | None:
        """The first two columns that no row has both of: how they vary together, the points do not say."""
        seen = (~np.isnan(self.incomplete.X)).astype(np.float64)
        if self.complete is not None or (together := seen.T @ seen).all():
            return None
        a, b = np.argwhere(together == 0)[0]
        return int(a), int(b)

    def first_not_finite(self) -> str | None:
        """What is infinite and where, in words."""
        infinite = np.argwhere(np.isinf(self.X))
        if not len(infinite):
            return None
        row, column = infinite[0]
        return f"{self.X[row, column]} in row {row}, column {column}"


class IncompleteEngine(Engine):
    """EM for a mixture on points with missing values: an :class:`~gmm_lib.engine.driver.Engine` of which all is true
    that is said there. :mod:`gmm_lib.missing` says the same as equations.

    The log-likelihood is that of what was seen. A row of which nothing was seen has a log-density of 0, and the mixing
    weights as its responsibilities.

    Parameters
    ----------
    X : ndarray of shape (n, m), or IncompletePoints
        NaN where a value is missing.
    sample_weight : ndarray, shape (n,), optional
    options
        ``reg_covar``, ``accuracy``, ``formulation`` (of the complete rows), ``threads`` and ``covariance_type``.

    Raises
    ------
    ValueError
        If an argument is not valid, nothing is missing, or nothing was seen of a column.
    """

    source: IncompletePoints

    @UNDERFLOW
    def __init__(self, X: ArrayLike | IncompletePoints, sample_weight: ArrayLike | None = None, **options: Any) -> None:
        if not isinstance(X, IncompletePoints):
            X = IncompletePoints(X, sample_weight, options.pop("threads", None))
        super().__init__(X, **options)
        if self._fastest == "linear":  # takes the sum of all products from the points, which it is not known of
            self._fastest = "features"

    def _coordinates(self, floor):
        return Coordinates.of(self.moments, floor, apart(self.covariance_type))

    def _formulation(self, state):
        if self.source.complete is None and not (self.source.margins and self._fastest == "features"):
            return self._exact  # nothing would be faster by another
        return super()._formulation(state)

    def _sums(self, one_pass, responsibilities=None):
        if responsibilities is not None:
            raise ValueError(
                "responsibilities must come with a state, to fill the gaps by, as in step; got them alone."
            )
        lacking, source = replace(one_pass, formulation=LACKING[self.covariance_type]), self.source
        rest, found = source.incomplete, []
        if source.margins and self._by_margins(one_pass):
            rest = source.rare
            found.append(source.margin_sums(one_pass))
            self._refuse_impossible(found[0].log_likelihood, source.incomplete, lacking, source.places[1])
        if rest is not None:
            sums = self._part_sums(rest, lacking, source.places[1])
            if one_pass.formulation in FROM_THE_ORIGIN:
                sums = Sums(sums.log_likelihood, _from_the_origin(sums.sums, one_pass.state))
            found.append(sums)
        if source.complete is not None:
            found.append(self._part_sums(source.complete, one_pass, source.places[0]))
        return reduce(add, found)

    def _by_margins(self, one_pass):
        return one_pass.formulation == "features" and margins.rounding(one_pass.state) <= self.accuracy

    def _part_sums(self, part, one_pass, places):
        """The sums over some of the rows as matrices, those at these places of X."""
        sums = part.sums(one_pass)
        log_likelihood = one_pass.log_likelihood(sums)
        self._refuse_impossible(log_likelihood, part, one_pass, places)
        return Sums(part.scale * log_likelihood, part.scale * one_pass.moments(sums))

    def _refuse_impossible(self, log_likelihood, part, one_pass, places):
        if not np.isfinite(log_likelihood):
            row = part.find(one_pass.impossible)
            raise no_density(None if row is None else int(places[row]))

    def _moments(self, one_pass, sums):
        return sums.sums

    @UNDERFLOW
    def log_joint(self, state: State, X: ArrayLike) -> np.ndarray:
        """``log phi_j`` and the logarithm of the density of what was seen, in the units of the data, of points X, shape
        (n, m): shape (n, k). NaN stands for a missing value."""
        X = as_incomplete_points(X, self.coordinates.m)
        return lacking_log_joint(Pass(self.coordinates, self._own(state), LACKING[self.covariance_type]), X)


def _cut(first, end):
    """Edges of pieces of some thousand rows."""
    pieces = -(-(end - first) // ROWS)
    return pairwise(np.linspace(first, end, pieces + 1).astype(int).tolist())


def lacking_log_joint(one_pass: Pass, X: np.ndarray) -> np.ndarray:
    """The log-joint (n, k) of points X (n, m) in whatever order, by ``one_pass``, one of ``LACKING``."""
    order, scratch = by_pattern(np.isnan(X)), Scratch()
    A = np.empty((len(one_pass.state.weights), len(X)))
    with np.errstate(over="ignore", invalid="ignore"):
        for block in one_pass.blocks(len(X)):
            A[:, order[block]] = one_pass.log_joint(X[order[block]], scratch)
    A[np.isnan(A)] = -np.inf  # of finite numbers only an overflow makes a NaN
    return A.T


def expected_points(one_pass: Pass, X: np.ndarray, responsibilities: np.ndarray) -> np.ndarray:
    """The expectation of each row of a block X (b, m), by ``one_pass``, one of ``LACKING``, and by
    ``responsibilities`` of shape (b, k): shape (b, m), in the units of the data."""
    how, scratch, coordinates = one_pass.formulation, Scratch(), one_pass.coordinates
    Z = FORMULATIONS[how].expand(coordinates.of_block(X, scratch, 2), scratch)
    FORMULATIONS[how].log_joint(Z, one_pass.prepared, scratch)
    shares, means = responsibilities.T, one_pass.state.means
    Y = means.T @ shares
    for g, group in enumerate(getattr(Z, "groups", ())):
        for j, share in enumerate(shares[:, group.rows]):
            Y.ravel()[group.entries] += share * Z.fills[j, g]
    return coordinates.centre + (coordinates.inverse @ Y).T


def _from_the_origin(T, state):
    """Sums of ``(1, v)(1, v)^T`` in the coordinates of a state's components, as sums of ``(1, y)(1, y)^T``."""
    B = np.zeros_like(T)
    B[:, 0, 0] = 1
    B[:, 1:, 0], B[:, 1:, 1:] = state.means, state.factors
    return B @ T @ B.transpose(0, 2, 1)
