"""A mixture of t distributions: clusters with points far out (Peel and McLachlan, 2000).

A point of component j is normal with the covariance ``Sigma_j / u``, and its *scale* u is drawn anew for each point,
from a gamma distribution with mean 1: a small u throws the point far out. With u integrated out that is a t
distribution with ``nu_j`` degrees of freedom. EM takes u for missing, as it does the component. Shapes: points ``X``
(n, m), everything latent (n, k).

The degrees of freedom are sought from 1 (near 0 even a single component could collapse onto one point: Fernandez and
Steel, 1999) to 1,000, where the distribution differs from the normal only far out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import digamma, gammaln, logsumexp

from .. import em
from ..e_step import normalize
from ..gaussian import mahalanobis
from ..m_step import _covariances, _effective_counts, _means
from ..parameters import Parameters
from ..validation import as_array, as_floor, as_parameters, as_points, as_responsibilities, shown

LEAST, MOST, FIRST = 1.0, 1000.0, 10.0  # degrees of freedom: the bounds, and where EM begins


@dataclass(frozen=True, eq=False)
class TMixture:
    """Weights, centres and scale matrices, in the place of weights, means and covariances of ``parameters``, and the
    ``degrees_of_freedom`` of each component, shape (k,). (Above 2 degrees the covariance is ``nu / (nu - 2)`` times the
    scale matrix; else there is none.)

    Raises
    ------
    ValueError
        If an argument is not valid, or the two do not go together.
    """

    parameters: Parameters
    degrees_of_freedom: np.ndarray

    def __post_init__(self):
        k = as_parameters(self.parameters).k
        nu = as_array(self.degrees_of_freedom, "degrees_of_freedom", 1)
        if len(nu) != k or (nu <= 0).any():
            raise ValueError(f"degrees_of_freedom must be {k} positive numbers, one per component; got {nu.tolist()}.")
        object.__setattr__(self, "degrees_of_freedom", nu)


@dataclass(frozen=True, eq=False)
class Latent:
    """What an E-step expects of component and scale: ``responsibilities``, and, should the point be of that component,
    the means of its scale, ``scales``, and of the logarithm of its scale, ``log_scales``; all of shape (n, k).

    Raises
    ------
    ValueError
        If an argument is not valid, or shapes differ.
    """

    responsibilities: np.ndarray
    scales: np.ndarray
    log_scales: np.ndarray

    def __post_init__(self):
        object.__setattr__(self, "responsibilities", as_responsibilities(self.responsibilities))
        for name in ("scales", "log_scales"):
            array = as_array(getattr(self, name), name, 2)
            if array.shape != self.responsibilities.shape:
                raise ValueError(f"{name} must have shape {self.responsibilities.shape}; got {array.shape}.")
            object.__setattr__(self, name, array)
        if (self.scales <= 0).any():
            raise ValueError(f"scales must be positive; got {self.scales.min():g}.")


def log_joint(X: ArrayLike, mixture: TMixture) -> np.ndarray:
    """The logarithm of weight times density of each component of ``mixture`` at each row of ``X``: shape (n, k)."""
    return _log_joint(_squared_distances(X, mixture), mixture)


def _log_joint(squares, mixture):
    p, nu, m = mixture.parameters, mixture.degrees_of_freedom, mixture.parameters.m
    heights = gammaln((nu + m) / 2) - gammaln(nu / 2) - m / 2 * np.log(nu * np.pi)
    heights -= np.log(np.diagonal(p.factors, axis1=1, axis2=2)).sum(axis=1)
    with np.errstate(divide="ignore"):
        log_weights = np.log(p.weights)
    return log_weights + heights - (nu + m) / 2 * np.log1p(squares / nu)


def log_likelihood(X: ArrayLike, mixture: TMixture) -> float:
    """The log-likelihood of ``X``, with components summed and scales integrated out."""
    with np.errstate(under="ignore"):
        return float(logsumexp(log_joint(X, mixture), axis=1).sum())


def e_step(X: ArrayLike, mixture: TMixture) -> Latent:
    """Component and scale of each point of ``X``, given the point: of the scale, a gamma distribution."""
    squares = _squared_distances(X, mixture)
    w = normalize(_log_joint(squares, mixture))
    nu, m = mixture.degrees_of_freedom, mixture.parameters.m
    shape, rate = (nu + m) / 2, (nu + squares) / 2
    return Latent(w, scales=shape / rate, log_scales=digamma(shape) - np.log(rate))


def m_step(X: ArrayLike, latent: Latent, reg_covar: ArrayLike = 0.0) -> TMixture:
    """The mixture that maximises the lower bound, given what is ``latent`` of the points ``X``: a point counts in mean
    and scale matrix as much as its scale says. ``reg_covar`` is a variance floor, a number or of shape (m,), as in
    :func:`gmm_lib.m_step.m_step`.

    Raises
    ------
    ValueError
        If an argument is not valid.
    CollapsedComponentError
        If a component has lost its points or its volume.
    """
    X = as_points(X)
    if not isinstance(latent, Latent) or len(latent.scales) != len(X):
        raise ValueError(f"latent must be Latent with {len(X)} rows, as e_step returns it; got {shown(latent)}.")
    w, u, log_u = latent.responsibilities, latent.scales, latent.log_scales
    counts = _effective_counts(w)
    means = _means(X, w * u, (w * u).sum(axis=0))
    matrices = _covariances(X, w * u, means, counts, as_floor(reg_covar, X.shape[1]))
    surplus = (w * (log_u - u)).sum(axis=0) / counts
    return TMixture(Parameters(counts / len(X), means, matrices), np.array([_degrees(one) for one in surplus]))


def _degrees(surplus):
    """The nu, within the bounds, at which the bound is greatest: it has one top, where this slope is 0."""

    def slope(nu):
        return np.log(nu / 2) - digamma(nu / 2) + 1 + surplus

    if slope(LEAST) <= 0:
        return LEAST
    return MOST if slope(MOST) >= 0 else float(brentq(slope, LEAST, MOST))


def fit(
    X: ArrayLike, parameters: Parameters, reg_covar: ArrayLike = 0.0, tol: float = 1e-6, max_iter: int = 5000
) -> em.Result:
    """Learn a mixture of t distributions of the points ``X`` by EM, from the Gaussian mixture ``parameters`` with 10
    degrees of freedom each, until an iteration changes the log-likelihood by less than ``tol``, or for ``max_iter``
    iterations. The state of the result is the :class:`TMixture`. The floor ``reg_covar`` and errors are those of
    :func:`m_step`.
    """
    return em.run(
        TMixture(parameters, np.full(as_parameters(parameters).k, FIRST)),
        lambda mixture: e_step(X, mixture),
        lambda latent: m_step(X, latent, reg_covar),
        lambda mixture: log_likelihood(X, mixture),
        tol=tol,
        max_iter=max_iter,
    )


def _squared_distances(X: ArrayLike, mixture: TMixture) -> np.ndarray:
    """The squared Mahalanobis distance of each row of ``X`` from each centre: shape (n, k)."""
    if not isinstance(mixture, TMixture):
        raise ValueError(f"mixture must be a TMixture; got {shown(mixture)}.")
    p = mixture.parameters
    distances = [mahalanobis(X, mean, matrix) for mean, matrix in zip(p.means, p.covariances)]
    with np.errstate(over="ignore", under="ignore"):
        return np.square(distances).T
