"""The parameters of a mixture, equation (5): mixing weights, means and covariances in one frozen object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .gaussian import cholesky_factors
from .mixture import check_weights
from .validation import as_array, as_rectangle, shown


@dataclass(frozen=True, eq=False, repr=False)
class Parameters:
    """Equation (5): Theta = {phi, mu, Sigma}, checked once, then immutable.

    (The article's Theta leaves out the mixing weights phi, though its equation (12) estimates them.)

    Parameters
    ----------
    weights : array_like, shape (k,)
        Mixing weights phi_j: non-negative, summing to one.
    means : array_like, shape (k, m)
        Means mu_j, in the units of the data.
    covariances : array_like, shape (k, m, m)
        Covariances Sigma_j, in squared units of the data: symmetric and positive definite.

    Attributes
    ----------
    factors : ndarray, shape (k, m, m)
        Cholesky factors of the covariances.
    k, m : int
        Number of components, number of dimensions.

    Raises
    ------
    ValueError
        If shapes disagree, an entry is not finite, or one of the conditions above fails; the message names the
        argument.
    CollapsedComponentError
        If a covariance is not positive definite.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    factors: np.ndarray = field(init=False)

    if TYPE_CHECKING:  # whatever makes an array will do; what is kept are arrays

        def __init__(self, weights: ArrayLike, means: ArrayLike, covariances: ArrayLike) -> None: ...

    def __post_init__(self):
        weights = check_weights(self.weights)
        means = as_array(self.means, "means", 2)
        covariances = as_array(self.covariances, "covariances", 3)
        k, m = means.shape
        if weights.shape != (k,):
            raise ValueError(f"weights must have shape ({k},), one per row of means; got {weights.shape}.")
        if covariances.shape != (k, m, m):
            raise ValueError(f"covariances must have shape {(k, m, m)} to go with the means; got {covariances.shape}.")
        arrays = dict(weights=weights, means=means, covariances=covariances, factors=cholesky_factors(covariances))
        for name, array in arrays.items():
            array.flags.writeable = False  # frozen all the way down: a shared state cannot change behind one's back
            object.__setattr__(self, name, array)

    @property
    def k(self) -> int:
        return self.means.shape[0]

    @property
    def m(self) -> int:
        return self.means.shape[1]

    @property
    def n_free_parameters(self) -> int:
        """Number of free parameters, which are k - 1 weights, k m means and k m (m + 1) / 2 covariances."""
        k, m = self.k, self.m
        return (k - 1) + k * m + k * m * (m + 1) // 2

    def permuted(self, order: ArrayLike) -> Parameters:
        """The same mixture with its components renumbered: the new component j is the old ``order[j]``."""
        order = as_rectangle(order, "order")
        if order.dtype.kind not in "iu" or order.ndim != 1 or not np.array_equal(np.sort(order), np.arange(self.k)):
            raise ValueError(f"order must be a permutation of 0..{self.k - 1}; got {shown(order.tolist())}.")
        return Parameters(self.weights[order], self.means[order], self.covariances[order])

    def __reduce__(self):
        # Copies and pickles are made anew, so that their arrays are checked, and frozen, as well.
        return Parameters, (self.weights, self.means, self.covariances)

    def __repr__(self):
        with np.printoptions(precision=4, suppress=True):
            rows = "\n".join(
                f"  {j}: weight {w:.4f}, mean {mean}, sd {np.sqrt(np.diag(cov))}"
                for j, (w, mean, cov) in enumerate(zip(self.weights, self.means, self.covariances))
            )
        return f"Parameters(k={self.k}, m={self.m})\n{rows}"
