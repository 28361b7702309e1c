"""A prior in the engine's coordinates: what it adds to the sums of a pass, and its density at a state.

The M-step finds mean and covariance of a component in one matrix, ``T_j = sum_i r_ij (1, v)(1, v)^T``. A conjugate
prior (:mod:`gmm_lib.priors`) adds to it what more points would: ``kappa (1, p)(1, p)^T`` for the prior mean p, D for
the scale. ``N_j + kappa`` is then the count, and all that is left to say is that the covariance has another divisor,
``N_j + 1 + e``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from ..priors import Prior
from .coordinates import Coordinates
from .state import State


@dataclass(frozen=True, eq=False)
class Conjugate:
    """A prior of mixtures of k components, in the engine's coordinates.

    Attributes
    ----------
    prior : Prior
    mean : ndarray, shape (m,)
        The prior mean p; the origin if there is none.
    factor : ndarray, shape (m, m)
        A factor of D: in the product, what is small in one column would be lost beside what another one adds.
    count : float
        ``1 + e``.
    constant : float
        The part of the log-density, in the units of the data, that no state changes.
    """

    prior: Prior
    mean: np.ndarray
    factor: np.ndarray
    count: float
    constant: float

    @classmethod
    def of(cls, prior: Prior, coordinates: Coordinates, k: int) -> Conjugate:
        """A ``prior`` in the units of the data, in these ``coordinates``."""
        m, count = coordinates.m, prior.added_count(k, coordinates.m)
        has_mean, has_scale = prior.mean_prior is not None, prior.covariance_prior is not None
        return cls(
            prior,
            coordinates.matrix @ (prior.mean_prior - coordinates.centre) if has_mean else np.zeros(m),
            coordinates.matrix @ np.linalg.cholesky(prior.added_scatter(k, m)) if has_scale else np.zeros((m, m)),
            count,
            prior.log_normaliser(k, m) + count * k * coordinates.log_determinant,
        )

    def added_to(self, T: np.ndarray, reference: State | None) -> np.ndarray:
        """The sums T of the points, shape (k, m + 1, m + 1), and what the prior adds to them, measured from the
        ``reference`` as they are."""
        mean, factor = self.mean[np.newaxis], self.factor
        if reference is not None:
            inverses = reference.inverse_factors
            mean, factor = np.einsum("jab,jb->ja", inverses, mean - reference.means), inverses @ factor
        ones = np.hstack([np.ones((len(mean), 1)), mean])
        T = T + self.prior.mean_precision_prior * ones[:, :, np.newaxis] * ones[:, np.newaxis]
        T[:, 1:, 1:] += factor @ factor.swapaxes(-1, -2)
        return T

    def weights(self, counts: np.ndarray) -> np.ndarray:
        """The mixing weights, shape (k,), for effective ``counts`` of that shape."""
        more = counts + (self.prior.weight_concentration_prior - 1)
        return more / np.add.reduce(more)

    def shrinkage(self, counts: np.ndarray) -> np.ndarray:
        """What the covariances are to be multiplied by that were divided by ``N_j + kappa``, for effective ``counts``
        N_j of shape (k,): shape (k,)."""
        taken, wanted = counts + self.prior.mean_precision_prior, counts + self.count
        if self.prior.covariance_type == "tied":  # one covariance, pooled with these counts
            return np.full(len(counts), taken.sum() / wanted.sum())
        return taken / wanted

    def log_density(self, state: State) -> float:
        """:func:`gmm_lib.priors.log_prior_density` of a state."""
        inverses, prior = state.inverse_factors, self.prior
        log_determinants = -2 * np.log(inverses.diagonal(axis1=1, axis2=2)).sum()
        quadratic = np.square(inverses @ self.factor).sum()
        away = np.einsum("jab,jb->ja", inverses, state.means - self.mean)
        quadratic += prior.mean_precision_prior * np.square(away).sum()
        weights = xlogy(prior.weight_concentration_prior - 1, state.weights).sum()
        return float(self.constant + weights - 0.5 * (self.count * log_determinants + quadratic))
