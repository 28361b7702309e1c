"""Probabilistic PCA: factor analysis with one variance of noise for all columns (Tipping and Bishop, 1999).

The E-step is that of :mod:`gmm_lib.models.factor_analysis`, and so are the records and the shapes: points ``X`` (n, m),
loadings (m, q), and the noise (m,), here the same number m times. Its maximum has a formula, :func:`closed_form`; where
the noise goes to zero the scores become the coordinates of principal component analysis.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from .. import em
from ..validation import as_points
from .factor_analysis import SMALLEST, Factors, Scores, _as_n_factors, e_step, log_likelihood, regressions, start


def m_step(X: ArrayLike, scores: Scores) -> Factors:
    """The loadings of factor analysis, given ``X`` and ``scores``; the noise is the mean of what columns leave over.

    Raises
    ------
    ValueError
        If an argument is not valid, or no noise is left: the points lie in so few dimensions.
    """
    mean, loadings, left_over = regressions(X, scores)
    _check_noise(left_over.mean(), as_points(X).var(axis=0).sum(), loadings.shape[1])
    return Factors(mean, loadings, np.full(len(mean), left_over.mean()))


def closed_form(X: ArrayLike, n_factors: int) -> Factors:
    """The maximum of the likelihood without EM, for ``n_factors`` factors behind the points ``X``.

    The loadings are the first eigenvectors of the points' covariance, each as long as the root of its eigenvalue less
    the noise; the noise is the mean of the other eigenvalues.

    Raises
    ------
    ValueError
        If an argument is not valid, or no noise is left: the points lie in so few dimensions.
    """
    X = as_points(X)
    q = _as_n_factors(n_factors, X)
    values, vectors = np.linalg.eigh(np.cov(X.T, bias=True))
    values, vectors = values[::-1], vectors[:, ::-1]  # the largest first
    noise = values[q:].mean()
    _check_noise(noise, values.sum(), q)
    return Factors(X.mean(axis=0), vectors[:, :q] * np.sqrt(values[:q] - noise), np.full(len(values), noise))


def fit(X: ArrayLike, n_factors: int, tol: float = 1e-6, max_iter: int = 5000) -> em.Result:
    """Learn ``n_factors`` factors behind the points ``X`` by EM, until an iteration raises the log-likelihood by less
    than ``tol``, or for ``max_iter`` iterations. The state of the result is the :class:`Factors`.

    Raises
    ------
    ValueError
        As :func:`gmm_lib.models.factor_analysis.start` and :func:`m_step`.
    """
    first = start(X, n_factors)
    return em.run(
        replace(first, noise=np.full(len(first.noise), first.noise.mean())),
        lambda factors: e_step(X, factors),
        lambda scores: m_step(X, scores),
        lambda factors: log_likelihood(X, factors),
        tol=tol,
        max_iter=max_iter,
    )


def _check_noise(noise: float, variance: float, n_factors: int) -> None:
    if noise <= SMALLEST * variance:
        raise ValueError(
            f"n_factors must be less than the dimensions that X fills, so that noise is left; got {n_factors}."
        )
