"""A Gaussian mixture with a noise component: some points belong to no cluster (Banfield and Raftery, 1993).

One component more has the same density, 1 / volume, all over a region that is taken to hold every point. It takes the
points that every Gaussian finds less probable than that, and has nothing to learn but its share. Shapes: points ``X``
(n, m); responsibilities (n, k + 1), the noise in the last column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from .. import em, mixture
from ..e_step import normalize
from ..m_step import _covariances, _effective_counts, _means
from ..parameters import Parameters
from ..validation import as_floor, as_non_negative, as_parameters, as_points, as_responsibilities, shown


@dataclass(frozen=True, eq=False)
class NoisyMixture:
    """A ``share`` of the points is spread evenly over a ``volume``; the others are of the mixture ``parameters``.

    Raises
    ------
    ValueError
        If an argument is not valid: the share must lie between 0 and 1, the volume be positive.
    """

    share: float
    volume: float
    parameters: Parameters

    def __post_init__(self):
        object.__setattr__(self, "share", as_non_negative(self.share, "share"))
        object.__setattr__(self, "volume", as_non_negative(self.volume, "volume"))
        as_parameters(self.parameters)
        if self.share > 1:
            raise ValueError(f"share must lie between 0 and 1; got {self.share:g}.")
        if self.volume == 0:
            raise ValueError(f"volume must be positive; got {self.volume:g}.")


def box_volume(X: ArrayLike) -> float:
    """The volume of the smallest box along the axes that holds all points ``X``: of the uniform densities on boxes, the
    likeliest if they were all noise.

    Raises
    ------
    ValueError
        If X is not valid, or a column is constant.
    """
    X = as_points(X)
    ranges = np.ptp(X, axis=0)
    if (alike := ranges == 0).any():
        r = int(np.argmax(alike))
        raise ValueError(f"X must have different values in each column; got {X[0, r]:g} in all of column {r}.")
    return float(ranges.prod())


def log_joint(X: ArrayLike, noisy: NoisyMixture) -> np.ndarray:
    """The logarithm of weight times density of each component of ``noisy`` at each row of ``X``: shape (n, k + 1).

    Raises
    ------
    ValueError
        If an argument is not valid.
    """
    if not isinstance(noisy, NoisyMixture):
        raise ValueError(f"noisy must be a NoisyMixture; got {shown(noisy)}.")
    of_clusters = mixture.log_joint(X, noisy.parameters)
    with np.errstate(divide="ignore"):
        of_noise = np.full((len(of_clusters), 1), np.log(noisy.share) - np.log(noisy.volume))
        return np.hstack([np.log1p(-noisy.share) + of_clusters, of_noise])


def log_likelihood(X: ArrayLike, noisy: NoisyMixture) -> float:
    """The log-likelihood of ``X`` under ``noisy``."""
    with np.errstate(under="ignore"):
        return float(logsumexp(log_joint(X, noisy), axis=1).sum())


def e_step(X: ArrayLike, noisy: NoisyMixture) -> np.ndarray:
    """The responsibility of each component of ``noisy`` for each point of ``X``, the noise last: shape (n, k + 1)."""
    return normalize(log_joint(X, noisy))


def m_step(X: ArrayLike, responsibilities: ArrayLike, volume: float, reg_covar: ArrayLike = 0.0) -> NoisyMixture:
    """The mixture that maximises the lower bound, given ``responsibilities`` of shape (n, k + 1) for the points ``X``,
    and the ``volume`` of the noise, which stays: (12) to (14) as ever, and of the noise its share. ``reg_covar`` is a
    variance floor, a number or of shape (m,), as in :func:`gmm_lib.m_step.m_step`.

    Raises
    ------
    ValueError
        If an argument is not valid.
    CollapsedComponentError
        If a Gaussian has lost its points or its volume.
    """
    X = as_points(X)
    w = as_responsibilities(responsibilities, len(X))
    if w.shape[1] < 2:
        raise ValueError(f"responsibilities must have 2 columns or more, the last for noise; got {w.shape[1]}.")
    of_clusters, of_noise = w[:, :-1], w[:, -1]
    counts = _effective_counts(of_clusters)
    means = _means(X, of_clusters, counts)
    covariances = _covariances(X, of_clusters, means, counts, as_floor(reg_covar, X.shape[1]))
    return NoisyMixture(of_noise.mean(), volume, Parameters(counts / counts.sum(), means, covariances))


def fit(
    X: ArrayLike,
    parameters: Parameters,
    share: float = 0.1,
    volume: float | None = None,
    reg_covar: ArrayLike = 0.0,
    tol: float = 1e-6,
    max_iter: int = 5000,
) -> em.Result:
    """Learn a mixture with noise of the points ``X`` by EM, from the mixture ``parameters`` and a ``share`` of noise,
    until an iteration changes the log-likelihood by less than ``tol``, or for ``max_iter`` iterations.

    The state of the result is the :class:`NoisyMixture`. The ``volume`` is :func:`box_volume` unless it is given. The
    floor ``reg_covar`` and errors are those of :func:`m_step`.
    """
    X = as_points(X)
    volume = box_volume(X) if volume is None else volume
    return em.run(
        NoisyMixture(share, volume, parameters),
        lambda noisy: e_step(X, noisy),
        lambda w: m_step(X, w, volume, reg_covar),
        lambda noisy: log_likelihood(X, noisy),
        tol=tol,
        max_iter=max_iter,
    )
