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
from .factor_analysis import Factors, Scores, e_step, log_likelihood, regressions, start


def m_step(X: ArrayLike, scores: Scores) -> Factors:
    """The loadings of factor analysis, given ``X`` and ``scores``; the noise is the mean of what columns leave over."""
    mean, loadings, left_over = regressions(X, scores)
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
    q = start(X, n_factors).loadings.shape[1]  # it knows which arguments are valid
    X = as_points(X)
    values, vectors = np.linalg.eigh(np.cov(X.T, bias=True))
    noise = values[:-q].mean()
    if noise <= 1e-12 * values[-1]:
        raise ValueError(f"n_factors must be less than the dimensions that X fills, so that noise is left; got {q}.")
    loadings = vectors[:, : -q - 1 : -1] * np.sqrt(np.maximum(values[: -q - 1 : -1] - noise, 0))
    return Factors(X.mean(axis=0), loadings, np.full(len(values), noise))


def fit(X: ArrayLike, n_factors: int, tol: float = 1e-6, max_iter: int = 5000) -> em.Result:
    """Learn ``n_factors`` factors behind the points ``X`` by EM, until an iteration raises the log-likelihood by less
    than ``tol``, or for ``max_iter`` iterations. The state of the result is the :class:`Factors`.

    Raises
    ------
    ValueError
        As :func:`gmm_lib.models.factor_analysis.start`.
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
