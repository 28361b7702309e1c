"""One pass over a block of points: E-step and M-step fused, nothing of size n by k ever stored.

This is the function that every way of running shares: threads in one process, blocks read from disk, workers of a
cluster. Its results are sums, and sums add up.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import features, residuals
from .coordinates import Coordinates
from .state import State

FORMULATIONS = {"features": features, "residuals": residuals}


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

    def __add__(self, other):
        return Sums(self.log_likelihood + other.log_likelihood, self.sums + other.sums)


class Scratch:
    """Working memory, taken once: the array of a name is the same memory each time it is asked for."""

    def __init__(self):
        self._arrays = {}
        self.whole = None  # the features of a block that is all the data: computed in the first pass only

    def __call__(self, name, *shape):
        kept = self._arrays.get(name)
        if kept is not None and kept.shape == shape:
            return kept
        size = int(np.prod(shape))
        if kept is None or kept.base.size < size:
            kept = np.empty(size).reshape(shape)
        self._arrays[name] = kept = kept.base[:size].reshape(shape)
        return kept

    def last(self, name):
        """The array of a name as it was last asked for."""
        return self._arrays[name]


@dataclass(frozen=True, eq=False)
class Pass:
    """What is to be done to every block of a pass; small enough to be sent to a worker.

    Attributes
    ----------
    coordinates : Coordinates
    state : state.State
        Gives the responsibilities.
    formulation : str
        "features" or "residuals".
    reference : state.State or None
        What residuals are measured from, if not from the state itself. (The features know only the origin.)
    """

    coordinates: Coordinates
    state: State
    formulation: str
    reference: State | None = None

    def __call__(self, X, sample_weight=None, responsibilities=None, scratch=None, keep=False):
        """The :class:`Sums` of a block: points (n, m), perhaps with weights (n,) or responsibilities (n, k)."""
        how, scratch = FORMULATIONS[self.formulation], scratch or Scratch()
        k, m = self.state.means.shape
        rows = even(len(X), how.block_rows(m, k))
        sums, log_likelihood = how.empty_sums(m, k), 0.0
        reference = self.reference if responsibilities is None else self.reference or self.state
        with np.errstate(over="ignore", invalid="ignore"):  # who receives the sums looks whether they are numbers
            for first in range(0, len(X), rows):
                block = slice(first, first + rows)
                Z = self._expanded(X[block], how, scratch, keep and len(X) <= rows)
                s = None if sample_weight is None else sample_weight[block]
                if responsibilities is None:
                    R = how.log_joint(Z, self.prepared, scratch)
                    log_likelihood += normalize(R, s, scratch)
                else:
                    R = np.array(responsibilities[block].T, order="C")
                    if s is not None:
                        R *= s
                how.accumulate(sums, R, Z, reference, scratch)
        return Sums(log_likelihood, sums)

    @cached_property
    def prepared(self):
        """What the formulation wants to know of the state, for all blocks alike."""
        return FORMULATIONS[self.formulation].prepare(self.state, self.coordinates.log_determinant)

    def moments(self, sums):
        """The sums of a pass as matrices ``sum_i r_ij (1, v)(1, v)^T``, shape (k, m + 1, m + 1)."""
        return FORMULATIONS[self.formulation].augmented(sums.sums, self.coordinates.m)

    def log_joint(self, X, scratch):
        """Log-joint of a block's points, shape (k, n): the E-step before it is normalised."""
        how = FORMULATIONS[self.formulation]
        Z = self._expanded(X, how, scratch, keep=False)
        return how.log_joint(Z, self.prepared, scratch)

    def _expanded(self, X, how, scratch, keep):
        if not keep:
            return how.expand(self.coordinates.of_block(X, scratch, how.PARTS), scratch)
        if scratch.whole is None or scratch.whole[0] is not how:
            own = Scratch()  # else the next block in line would overwrite it
            scratch.whole = how, how.expand(self.coordinates.of_block(X, own, how.PARTS), own)
        return scratch.whole[1]


def even(n, most):
    """The largest number of rows, at most ``most``, that cuts n rows into blocks of nearly equal size."""
    return -(-n // -(-n // most)) if n else most


def normalize(A, sample_weight, scratch):
    """Equation (10) in place: A of shape (k, b) becomes responsibilities, times the sample weights if there are any.

    The components lie along the *first* axis: maxima and sums then run over whole rows of memory. Returns the block's
    log-likelihood, the weighted sum of the logarithms of what each column was divided by.
    """
    b = A.shape[1]
    top = np.maximum.reduce(A, axis=0, out=scratch("top", b))
    A -= top
    np.exp(A, out=A)
    total = np.add.reduce(A, axis=0, out=scratch("total", b))
    top += np.log(total, out=scratch("log", b))
    if sample_weight is None:
        A /= total
        return float(np.add.reduce(top))
    A *= sample_weight / total
    return float(sample_weight @ top)
