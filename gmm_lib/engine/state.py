"""A mixture as the engine holds it, the M-step on its sums, and the two questions asked of every M-step: has a
component collapsed, and how many digits were lost?"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri

from ..covariance_types import full_matrices, of_type, tied
from ..gaussian import LOG_2PI
from ..parameters import Parameters
from ..validation import CollapsedComponentError
from .coordinates import EPS, Coordinates

if TYPE_CHECKING:
    from .conjugate import Conjugate

__all__ = ["LOG_2PI", "State", "collapse_bound", "from_parameters", "m_step", "refuse_collapsed", "to_parameters"]
PLENTY = 1e-10  # a bound on rounding, from which on nothing sharper is wanted
TINY = np.finfo(np.float64).tiny


class State:
    """Weights, means and *inverse* Cholesky factors, in the engine's coordinates. It is never changed.

    Parameters
    ----------
    weights : ndarray, shape (k,)
    means : ndarray, shape (k, m)
    inverse_factors : ndarray, shape (k, m, m)
        Lower triangular ``L_j^-1``, with ``Sigma_j = L_j L_j^T``.
    mean_squares : ndarray, shape (k, m), optional
        ``mu_ja^2 + Sigma_jaa``, the mean square of each coordinate of a component, if it is known already.

    Attributes
    ----------
    log_heights : ndarray, shape (k,)
        ``log phi_j - log |L_j|``.
    precision_traces : ndarray, shape (k,)
        ``tr(Sigma_j^-1)``, the sum of the squared entries of the inverse factor.
    roundings : ndarray, shape (k,)
        Bounds on the relative errors of covariances found from sums of products, in each component's own scale:
        ``16 eps | |L_j^-1| s_j |^2``, with the root mean squares s_j of the coordinates, equation (24.5). A covariance
        that is "mean square minus square of the mean" is wrong by eps times the size of what was subtracted, for
        coordinates a and b at most ``s_ja s_jb``, and the component feels that error on its own scale. The 16, for the
        rounding of long sums, was found by trial.
    rounding : float
        The largest of them; or, where that is plenty, the cruder bound ``16 eps max_j |s_j|^2 tr(Sigma_j^-1)``, which
        is found in half the time.
    """

    def __init__(
        self,
        weights: np.ndarray,
        means: np.ndarray,
        inverse_factors: np.ndarray,
        mean_squares: np.ndarray | None = None,
    ) -> None:
        self.weights, self.means, self.inverse_factors = weights, means, inverse_factors
        self._mean_squares = mean_squares
        diagonals = inverse_factors.diagonal(axis1=1, axis2=2)
        with np.errstate(divide="ignore"):  # a weight may be 0
            self.log_heights = np.log(weights) + np.add.reduce(np.log(diagonals), axis=1)
        self.precision_traces = np.einsum("jab,jab->j", inverse_factors, inverse_factors)

    @cached_property
    def rounding(self) -> float:
        crude = 16 * EPS * np.maximum.reduce(np.add.reduce(self.mean_squares, axis=1) * self.precision_traces)
        return float(crude if crude <= PLENTY else np.maximum.reduce(self.roundings))

    @property
    def roundings(self) -> np.ndarray:
        felt = np.abs(self.inverse_factors)
        felt *= np.sqrt(self.mean_squares)[:, np.newaxis]
        felt = np.add.reduce(felt, axis=2)
        felt *= felt
        return 16 * EPS * np.add.reduce(felt, axis=1)

    @property
    def mean_squares(self) -> np.ndarray:
        """``mu_ja^2 + Sigma_jaa``, shape (k, m)."""
        if self._mean_squares is None:
            self._mean_squares = np.square(self.means) + np.square(self.factors).sum(axis=2)
        return self._mean_squares

    @cached_property
    def factors(self) -> np.ndarray:
        """L_j, shape (k, m, m)."""
        return np.stack([dtrtri(inverse, lower=1)[0] for inverse in self.inverse_factors])


def standard_state(k: int, m: int) -> State:
    """k equal components at the origin of m dimensions with identity covariances."""
    return State(np.full(k, 1 / k), np.zeros((k, m)), np.tile(np.eye(m), (k, 1, 1)))


def from_parameters(parameters: Parameters, coordinates: Coordinates, covariance_type: str = "full") -> State:
    """Parameters in the units of the data, as a state in these coordinates; a ValueError if their covariances are not
    of the ``covariance_type``."""
    factors = parameters.factors
    if covariance_type != "full":
        factors = np.linalg.cholesky(of_type(parameters.covariances, covariance_type, "parameters"))
    factors = coordinates.matrix @ factors
    inverse_factors = np.stack([dtrtri(L, lower=1)[0] for L in factors])
    return State(parameters.weights, (parameters.means - coordinates.centre) @ coordinates.matrix.T, inverse_factors)


def to_parameters(state: State, coordinates: Coordinates) -> Parameters:
    """A state in these coordinates, as parameters in the units of the data."""
    factors = coordinates.inverse @ state.factors
    means = coordinates.centre + state.means @ coordinates.inverse.T
    return Parameters(state.weights, means, factors @ factors.transpose(0, 2, 1))


def m_step(
    T: np.ndarray,
    reference: State | None,
    floor: np.ndarray | None,
    covariance_type: str = "full",
    prior: Conjugate | None = None,
) -> tuple[State, float]:
    """Equations (12), (13) and (14) from the sums of a pass.

    ``T_j / N_j`` is the mean of ``(1, v)(1, v)^T``. Its Cholesky factor is ``[[1, 0], [u, K]]``, where u is the
    mean of v and ``K K^T`` its covariance: one factorisation gives both. If v was measured from a reference mean
    and factor, the new mean is ``mu + L u``, the new factor ``L K``.

    Covariances of another type than "full" are constrained before they are factorised, in whatever coordinates the sums
    have. So these must leave the type as it is: for "diag" they keep the columns apart, for "spherical" they have one
    scale for all, and the reference is itself of the type.

    A conjugate prior adds to T what more points would, and only the divisor of the covariances is then another one.

    Parameters
    ----------
    T : ndarray, shape (k, m + 1, m + 1)
        For "diag" and "spherical" the first row and the diagonal are enough.
    reference : State or None
        What v was measured from; None is the origin and the identity.
    floor : ndarray, shape (m, m), or None
        A factor of what is added to each covariance, :meth:`~gmm_lib.engine.coordinates.Coordinates.floor`.
    covariance_type : str
    prior : Conjugate, optional

    Returns
    -------
    State
    float
        The bound on the rounding error of this M-step, in the coordinates of its sums. It is inf if a covariance is so
        small in these coordinates that nothing of it is left; the state is then near enough to start again from.

    Raises
    ------
    CollapsedComponentError
        If a component has no points.
    """
    counts = T[:, 0, 0].copy()
    k, shrinkage = len(T), None
    if prior is not None:
        weights, shrinkage = prior.weights(counts), prior.shrinkage(counts)
        T = prior.added_to(T, reference)
        counts = T[:, 0, 0].copy()
    if not np.minimum.reduce(counts) >= TINY:
        raise CollapsedComponentError(int(np.argmin(counts)), "no point belongs to it, its effective count is 0")
    M = T / counts[:, np.newaxis, np.newaxis]
    if floor is not None:
        G = floor if reference is None else reference.inverse_factors @ floor
        added = G @ G.swapaxes(-1, -2)
        M[:, 1:, 1:] += added if shrinkage is None else added / shrinkage[:, np.newaxis, np.newaxis]
    means, inverse_factors, failed = _factorised(M) if covariance_type == "full" else _typed(M, counts, covariance_type)
    shares, mean_squares = counts / np.add.reduce(counts), M.diagonal(axis1=1, axis2=2)[:, 1:]
    if covariance_type == "tied":  # what is rounded is the sum over the components
        mean_squares = np.tile(shares @ mean_squares, (k, 1))
    new = State(shares, means, inverse_factors, mean_squares)
    rounding = new.rounding
    if shrinkage is not None:
        inverse_factors = inverse_factors / np.sqrt(shrinkage)[:, np.newaxis, np.newaxis]
        new = State(weights, means, inverse_factors)
    if reference is not None:
        shift = np.matmul(reference.factors, means[:, :, np.newaxis])[:, :, 0]
        new = State(new.weights, reference.means + shift, inverse_factors @ reference.inverse_factors)
    return new, np.inf if failed else rounding


def _factorised(M):
    """Means, inverse factors, and whether a covariance was lost, from the means M of ``(1, v)(1, v)^T``."""
    k, m = len(M), M.shape[1] - 1
    means, inverse_factors, failed = np.empty((k, m)), np.empty((k, m, m)), False
    for j in range(k):
        K, info = dpotrf(M[j].T, lower=1)
        if info:
            failed, K = True, _padded(M[j])
        means[j] = K[1:, 0]
        inverse_factors[j] = dtrtri(K, lower=1)[0][1:, 1:]  # a corner of the inverse is the inverse of the corner
    return means, inverse_factors, failed


def _padded(M):
    u = M[1:, 0]
    K = np.eye(len(M))
    K[1:, 0] = u
    K[1:, 1:] = _padded_factor(M[1:, 1:] - np.outer(u, u), 1 + np.trace(M))
    return K


def _padded_factor(C, size):
    """A factor of C with a little round volume in the place of what was lost."""
    values, vectors = np.linalg.eigh(C)
    return np.linalg.cholesky((vectors * np.maximum(values, 1e-13 * size)) @ vectors.T)


def _typed(M, counts, covariance_type):
    """As :func:`_factorised`, for covariances of another type than "full"."""
    means = M[:, 1:, 0].copy()
    if covariance_type == "tied":
        covariance = tied(M[:, 1:, 1:] - means[:, :, np.newaxis] * means[:, np.newaxis], counts)[0]
        K, info = dpotrf(covariance.T, lower=1)
        if info:
            K = _padded_factor(covariance, 1 + M.trace(axis1=1, axis2=2).max())
        return means, np.tile(dtrtri(K, lower=1)[0], (len(M), 1, 1)), bool(info)
    variances = M.diagonal(axis1=1, axis2=2)[:, 1:] - np.square(means)  # no matrix, as only its diagonal is wanted
    if covariance_type == "spherical":
        variances[:] = variances.mean(axis=1, keepdims=True)
    if failed := not np.minimum.reduce(variances, axis=None) > 0:
        variances = np.maximum(variances, 1e-13 * M.trace(axis1=1, axis2=2)[:, np.newaxis])
    return means, full_matrices(1 / np.sqrt(variances), len(means), means.shape[1], "diag"), failed


def refuse_collapsed(state: State, coordinates: Coordinates) -> None:
    """Layer 1's rule, judged in the units of the data: a correlation matrix with an eigenvalue of at most 8 m eps.

    Raises
    ------
    CollapsedComponentError
    """
    m = coordinates.m
    with np.errstate(over="ignore", divide="ignore"):  # beyond 1e308 it may well have
        if collapse_bound(np.maximum.reduce(state.precision_traces / state.weights), coordinates) < 1:
            return
    for j in range(len(state.weights)):
        L = coordinates.inverse @ dtrtri(state.inverse_factors[j], lower=1)[0]
        deviations = np.sqrt(np.square(L).sum(axis=1))
        # In place of the zero variance of equal points stands the rounding error of the coordinates.
        if (deviations <= 16 * m * EPS * coordinates.deviations).any():
            raise CollapsedComponentError(int(j), "its covariance is not positive definite")
        if np.linalg.svd(L / deviations[:, np.newaxis], compute_uv=False)[-1] ** 2 <= 8 * m * EPS:
            raise CollapsedComponentError(int(j), "its covariance is singular to working precision")


def collapse_bound(precision_trace: Any, coordinates: Coordinates) -> Any:
    """An upper bound on 8 m eps over the smallest eigenvalue of a component's correlations: below 1 it is certainly
    fine.

    ``precision_trace`` is ``tr(Sigma_j^-1) / phi_j``. No variance exceeds that of the data by more than the factor
    1/phi_j, so that, times the condition of the data's own correlations, it bounds the inverse of that eigenvalue. The
    factor 20 is for rounding. An exact judgement is seldom needed.
    """
    return precision_trace * 20 * 8 * coordinates.m * EPS * coordinates.condition
