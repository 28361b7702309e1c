"""The Gaussian density, equation (7): one hill, in any number of dimensions.

Everything is computed in log-space and through the Cholesky factor L of the covariance (Sigma = L L^T). With it the
quadratic form is a squared length, ``|L^-1 (x - mu)|^2``, found by forward substitution, and half the
log-determinant is the sum of the logs of L's diagonal. Nothing is inverted, nothing overflows.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from .validation import CollapsedComponentError, as_array, as_points

LOG_2PI = np.log(2 * np.pi)


def log_density(X: ArrayLike, mean: ArrayLike, covariance: ArrayLike) -> np.ndarray:
    """Equation (7): the logarithm of the Gaussian density at each row of X.

    ``-(m log 2 pi + log|Sigma| + (x - mu)^T Sigma^-1 (x - mu)) / 2``, with m the *dimension* of the data. (The
    article prints the number of components k in the place of m.)

    Parameters
    ----------
    X : array_like, shape (n, m)
    mean : array_like, shape (m,)
    covariance : array_like, shape (m, m)
        Symmetric and positive definite.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If an array has the wrong shape, is not finite, or the covariance is not symmetric positive definite.
    """
    mean, L = _mean_and_factor(mean, covariance)
    return log_densities_from_factors(as_points(X, len(mean)), mean[np.newaxis], L[np.newaxis])[:, 0]


def log_densities(X: ArrayLike, means: ArrayLike, covariances: ArrayLike) -> np.ndarray:
    """Equation (7) for every component at once: entry (i, j) is log f_j(x_i).

    Parameters
    ----------
    X : array_like, shape (n, m)
    means : array_like, shape (k, m)
    covariances : array_like, shape (k, m, m)

    Returns
    -------
    ndarray, shape (n, k)

    Raises
    ------
    ValueError
        As :func:`log_density`; a covariance that is not positive definite is named by its index.
    """
    means = as_array(means, "means", 2)
    factors = cholesky_factors(covariances)
    if factors.shape[0] != means.shape[0] or factors.shape[1] != means.shape[1]:
        raise ValueError(
            f"means and covariances must agree: shapes (k, m) and (k, m, m); got {means.shape} and {factors.shape}."
        )
    return log_densities_from_factors(as_points(X, means.shape[1]), means, factors)


def log_densities_from_factors(X: np.ndarray, means: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Equation (7) from Cholesky factors that are already at hand; the arguments are not checked again.

    X has shape (n, m), ``means`` (k, m), ``factors`` (k, m, m); the result (n, k).
    """
    n, m = X.shape
    log_f = np.empty((n, len(means)))
    for j, (mean, L) in enumerate(zip(means, factors)):
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            z = solve_triangular(L, (X - mean).T, lower=True, check_finite=False)  # z = L^-1 (x - mu), shape (m, n)
            squared_length = np.einsum("in,in->n", z, z)
        squared_length[np.isnan(squared_length)] = np.inf  # of finite numbers only an overflow makes a NaN
        half_log_determinant = np.log(np.diag(L)).sum()
        log_f[:, j] = -0.5 * (m * LOG_2PI + squared_length) - half_log_determinant
    return log_f


def mahalanobis(X: ArrayLike, mean: ArrayLike, covariance: ArrayLike) -> np.ndarray:
    """The Mahalanobis distance of each row of X: how many standard deviations it lies from the mean.

    The square root of the quadratic form in equation (7): X of shape (n, m) gives shape (n,). Raises as
    :func:`log_density`.
    """
    mean, L = _mean_and_factor(mean, covariance)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        z = solve_triangular(L, (as_points(X, len(mean)) - mean).T, lower=True, check_finite=False)
        return np.hypot.reduce(z, axis=0, initial=0.0)  # never squares z, which could overflow or vanish


def _mean_and_factor(mean: ArrayLike, covariance: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    mean = as_array(mean, "mean", 1)
    covariance = as_array(covariance, "covariance", 2)
    m = len(mean)
    if covariance.shape != (m, m):
        raise ValueError(f"covariance must have shape {(m, m)} to go with the mean; got {covariance.shape}.")
    (L,) = cholesky_factors(covariance[np.newaxis])
    return mean, L


def cholesky_factors(covariances: ArrayLike) -> np.ndarray:
    """Lower triangular L_j with ``Sigma_j = L_j L_j^T``, for each of k covariances of shape (k, m, m).

    Raises
    ------
    ValueError
        If a covariance is not square or not symmetric.
    CollapsedComponentError
        If a covariance is not positive definite to working precision (its correlation matrix has an eigenvalue below
        8 m eps): its component has lost its volume.
    """
    covariances = as_array(covariances, "covariances", 3)
    m, columns = covariances.shape[1:]
    if m != columns:
        raise ValueError(f"covariances must be square: shape (k, m, m); got {covariances.shape}.")
    # Symmetry is judged on the scale of each entry's own variances, so that units do not matter.
    scales = np.sqrt(np.abs(np.diagonal(covariances, axis1=1, axis2=2)))[:, np.newaxis]
    differences = np.abs(covariances - covariances.transpose(0, 2, 1))
    if (asymmetric := (differences > 1e-8 * scales.transpose(0, 2, 1) * scales).any(axis=(1, 2))).any():
        j = int(asymmetric.argmax())
        raise ValueError(
            f"covariances[{j}] must be symmetric; it differs from its transpose by up to {differences[j].max():.6g}."
        )
    try:
        factors = np.linalg.cholesky(covariances)
    except np.linalg.LinAlgError:
        j = _first_without_a_factor(covariances)
        raise CollapsedComponentError(j, "its covariance is not positive definite") from None
    # A singular matrix can slip through: rounding puts about m eps in the place of a zero eigenvalue, and the
    # density would rest on that. Judged on the correlations, for there again units do not matter.
    correlations = covariances / scales.transpose(0, 2, 1) / scales
    if (singular := np.linalg.eigvalsh(correlations)[:, 0] <= 8 * m * np.finfo(np.float64).eps).any():
        raise CollapsedComponentError(int(singular.argmax()), "its covariance is singular to working precision")
    return factors


def _first_without_a_factor(covariances):
    for j, sigma in enumerate(covariances):
        try:
            np.linalg.cholesky(sigma)
        except np.linalg.LinAlgError:
            return j
    raise AssertionError("all of them have a factor")  # what fails together fails alone, for the routine is the same
