"""One pass over a block of points: E-step and M-step fused, nothing of size n by k ever stored.

This is the function that every way of running shares: threads in one process, blocks read from disk, workers of a
cluster. Its results are sums, and sums add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from . import elementwise, features, linear, omissions, projections, radii, residuals, squares, stacked
from .coordinates import Coordinates
from .scratch import Scratch
from .state import State

FORMULATIONS = {
    "features": features,
    "stacked": stacked,
    "residuals": residuals,
    "linear": linear,
    "squares": squares,
    "radii": radii,
    "elementwise": elementwise,
    "projections": projections,  # these two for rows with missing values, engine.incomplete
    "omissions": omissions,
}
# By type of covariance, the fastest first (in few dimensions), the one for what needs exactness last. The three of
# "full" are right for all types.
WAYS = {
    "full": ("features", "stacked", "residuals"),
    "tied": ("linear", "features", "stacked", "residuals"),
    "diag": ("squares", "features", "stacked", "residuals", "elementwise"),
    "spherical": ("radii", "features", "stacked", "residuals", "elementwise"),
}
FROM_THE_ORIGIN = ("features", "linear", "squares", "radii")  # what squares are measured from; else from the means
EXACT = ("residuals", "elementwise")
FAINT = 1e-150  # of a density above it, a share of 1e-150 is still a normal floating-point number


@dataclass(frozen=True, eq=False)
class Sums:
    """What a pass finds; blocks add up.

    Attributes
    ----------
    log_likelihood : float
    sums : ndarray
        As the formulation's ``empty_sums``; :meth:`Pass.moments` reads them.
    """

    log_likelihood: float
    sums: np.ndarray

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.log_likelihood + other.log_likelihood, self.sums + other.sums)


@dataclass(frozen=True, eq=False)
class Pass:
    """What is to be done to every block of a pass; small enough to be sent to a worker.

    Attributes
    ----------
    coordinates : Coordinates
    state : state.State
        Gives the responsibilities.
    formulation : str
        One of ``FORMULATIONS``.
    reference : state.State or None
        What residuals are measured from, if not from the state itself. (The others know no choice.)
    total : ndarray, shape (m + 1, m + 1), or None
        The sum of ``(1, y)(1, y)^T`` over all points, which "linear" needs for :meth:`moments` and
        :meth:`log_likelihood`.
    """

    coordinates: Coordinates
    state: State
    formulation: str
    reference: State | None = None
    total: np.ndarray | None = None

    def __call__(
        self,
        X: np.ndarray,
        sample_weight: np.ndarray | None = None,
        responsibilities: np.ndarray | None = None,
        scratch: Scratch | None = None,
        keep: bool = False,
        labels: np.ndarray | None = None,
    ) -> Sums:
        """The :class:`Sums` of a block: points X (n, m), perhaps with ``sample_weight`` (n,), with ``labels`` (n,), the
        component of a point or -1, or with responsibilities, which have shape (n, k) and leave nothing to labels.

        ``scratch`` is working memory to use again; ``keep`` says that the block is all the data, so that what is
        computed of the points alone is kept there for the next pass.
        """
        how, scratch = FORMULATIONS[self.formulation], scratch or Scratch()
        k, m = self.state.means.shape
        sums, log_likelihood = how.empty_sums(m, k), 0.0
        reference = self.reference if responsibilities is None else self.reference or self.state
        blocks = self.blocks(len(X))
        # A share too small for a number is 0; and who receives the sums looks whether they are numbers.
        with np.errstate(under="ignore", over="ignore", invalid="ignore"):
            for block in blocks:
                Z = self._expanded(X[block], how, scratch, keep and len(blocks) == 1)
                s = None if sample_weight is None else sample_weight[block]
                if responsibilities is None:
                    A = how.log_joint(Z, self.prepared, scratch)
                    if labels is not None and k > 1:  # of a single component they say nothing
                        restrict(A, labels[block])
                    R, log_densities = normalize(A, scratch, s)
                    log_likelihood += float(np.add.reduce(log_densities) if s is None else s @ log_densities)
                else:
                    R = np.array(responsibilities[block].T, order="C")
                    if s is not None:
                        R *= s
                how.accumulate(sums, R, Z, reference, scratch)
        return Sums(log_likelihood, sums)

    def blocks(self, n: int) -> list[slice]:
        """Slices that cut n points into as few blocks as the formulation allows, of nearly equal size."""
        k, m = self.state.means.shape
        most = FORMULATIONS[self.formulation].block_rows(m, k)
        pieces = max(-(-n // most), 1)
        rows = max(-(-n // pieces), 1)  # the first block is the largest: working memory is taken once
        return [slice(first, first + rows) for first in range(0, n, rows)]

    @cached_property
    def prepared(self) -> Any:
        """What the formulation wants to know of the state, for all blocks alike."""
        return FORMULATIONS[self.formulation].prepare(self.state, self.coordinates)

    def moments(self, sums: Sums) -> np.ndarray:
        """The sums of a pass as matrices ``sum_i r_ij (1, v)(1, v)^T``, shape (k, m + 1, m + 1), as far as its
        formulation knows them."""
        if self.total is not None:
            return linear.augmented(sums.sums, self.total)
        return FORMULATIONS[self.formulation].augmented(sums.sums, self.coordinates.m)

    def log_likelihood(self, sums: Sums) -> float:
        """The log-likelihood of all points, from the sums of the pass."""
        if self.total is not None:
            return sums.log_likelihood + linear.summed_common(self.total, self.prepared)
        return sums.log_likelihood

    def log_joint(self, X: np.ndarray, scratch: Scratch) -> np.ndarray:
        """Log-joint of a block's points X (n, m), shape (k, n): the E-step before it is normalised."""
        how = FORMULATIONS[self.formulation]
        Z = self._expanded(X, how, scratch, keep=False)
        A = how.log_joint(Z, self.prepared, scratch)
        if how is linear:
            A += linear.common(Z, self.prepared)
        return A

    def impossible(self, X: np.ndarray) -> int | None:
        """Index of the first of the points X (n, m) that has density 0 under every component; None if all have more."""
        with np.errstate(over="ignore", invalid="ignore"):
            tops = np.concatenate([self.log_joint(X[block], Scratch()).max(axis=0) for block in self.blocks(len(X))])
        lost = np.flatnonzero(~np.isfinite(tops))
        return int(lost[0]) if len(lost) else None

    def _expanded(self, X, how, scratch, keep):
        if not keep:
            return how.expand(self.coordinates.of_block(X, scratch, how.PARTS), scratch)
        if scratch.whole is None or scratch.whole[0] is not how or scratch.whole[1] is not self.coordinates:
            own = Scratch()  # else the next block in line would overwrite it
            scratch.whole = how, self.coordinates, how.expand(self.coordinates.of_block(X, own, how.PARTS), own)
        return scratch.whole[2]


def no_density(row: int | None = None) -> ValueError:
    """The error to raise for a point of density 0: its row, if that is known."""
    which = "some point" if row is None else f"row {row}"
    return ValueError(f"no component can have produced {which} of X: its density is 0 under all of them.")


def restrict(A: np.ndarray, labels: np.ndarray) -> None:
    """Make -inf of the entries of the log-joint A, shape (k, b), that ``labels`` exclude, of shape (b,): the component
    of each point, or -1 where it is unknown. Layer 1's :func:`gmm_lib.labels.restricted` is its twin."""
    columns = np.flatnonzero(labels >= 0)
    rows = labels[columns]
    own = A[rows, columns]
    A[:, columns] = -np.inf
    A[rows, columns] = own


def normalize(
    A: np.ndarray, scratch: Scratch, sample_weight: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Equation (10) for a block: from the log-joint A of shape (k, b) the responsibilities, times the ``sample_weight``
    of shape (b,) if there is any. (Of many runs at once A has shape (k, S, b), and so has all the rest one axis more.)

    The components lie along the *first* axis: sums then run over whole rows of memory. Nearly always the exponentials
    are taken as they are; the largest of each column is subtracted first only where they would leave the range of
    floating-point numbers. (NumPy's warning of that is for the caller to switch off: here it would cost as much as all
    the rest of a small block.) Layer 1's :func:`gmm_lib.e_step.normalize` is its twin.

    Returns
    -------
    ndarray, shape (k, b)
    ndarray, shape (b,)
        Log-densities of the points: the logarithms of what each column was divided by.
    """
    R, total, logs = scratch("R", *A.shape), scratch("total", *A.shape[1:]), scratch("logs", *A.shape[1:])
    np.exp(A, out=R)
    np.add.reduce(R, axis=0, out=total)
    if FAINT < np.minimum.reduce(total, axis=None) and np.maximum.reduce(total, axis=None) < np.inf:
        np.log(total, out=logs)
    else:
        top = A.max(axis=0)
        np.exp(np.subtract(A, top, out=R), out=R)
        np.add.reduce(R, axis=0, out=total)
        np.add(np.log(total, out=logs), top, out=logs)
    R *= np.divide(1.0 if sample_weight is None else sample_weight, total, out=total)
    return R, logs
