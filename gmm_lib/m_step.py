"""The M-step, equations (13) and (14): the weighted mean and covariance of each component's share of the points.

What a caller hands in is checked once, at the door; below it stand the equations.
"""

import numpy as np
from numpy.typing import ArrayLike

from .covariance_types import as_covariance_type, constrained
from .parameters import Parameters
from .validation import CollapsedComponentError, as_array, as_floor, as_points, as_responsibilities

QUIET = np.errstate(under="ignore")  # a share too small for a number is 0, whatever the caller has set


def means(X: ArrayLike, responsibilities: ArrayLike) -> np.ndarray:
    """Equation (13): the means, ``mu_j = (1/N_j) sum_i w_ij x_i``, with effective counts ``N_j = sum_i w_ij``.

    (The article divides by n, which pulls every mean to the origin.)

    Parameters
    ----------
    X : array_like, shape (n, m)
    responsibilities : array_like, shape (n, k)

    Returns
    -------
    ndarray, shape (k, m)

    Raises
    ------
    CollapsedComponentError
        If a component's effective count is zero: nothing to average.
    """
    X = as_points(X)
    w = as_responsibilities(responsibilities, len(X))
    return _means(X, w, _effective_counts(w))


def covariances(
    X: ArrayLike,
    responsibilities: ArrayLike,
    means: ArrayLike,
    reg_covar: ArrayLike = 0.0,
) -> np.ndarray:
    """Equation (14): the covariances, ``Sigma_j = (1/N_j) sum_i w_ij (x_i - mu_j)(x_i - mu_j)^T``.

    (The article divides by n, which shrinks every covariance by the factor phi_j.)

    Parameters
    ----------
    X : array_like, shape (n, m)
    responsibilities : array_like, shape (n, k)
    means : array_like, shape (k, m)
        The means of equation (13), *not* the previous ones.
    reg_covar : float or array_like, shape (m,)
        Variance floor, added to each diagonal, in squared units of the data: a number, or one for each column. Above
        zero the step no longer maximises the lower bound exactly, and the log-likelihood may fall.

    Returns
    -------
    ndarray, shape (k, m, m)

    Raises
    ------
    ValueError
        If the means have another shape, or an argument is not valid.
    CollapsedComponentError
        If a component's effective count is zero.
    """
    X = as_points(X)
    w = as_responsibilities(responsibilities, len(X))
    means = as_array(means, "means", 2)
    if means.shape != (w.shape[1], X.shape[1]):
        raise ValueError(f"means must have shape {(w.shape[1], X.shape[1])}; got {means.shape}.")
    return _covariances(X, w, means, _effective_counts(w), as_floor(reg_covar, X.shape[1]))


def m_step(
    X: ArrayLike,
    responsibilities: ArrayLike,
    reg_covar: ArrayLike = 0.0,
    covariance_type: str = "full",
) -> Parameters:
    """All the parameters that maximise the lower bound for given responsibilities: (12), (13) and (14) in turn.

    Parameters
    ----------
    X : array_like, shape (n, m)
    responsibilities : array_like, shape (n, k)
    reg_covar : float or array_like, shape (m,)
        Variance floor, as in :func:`covariances`.
    covariance_type : str
        "full", "tied", "diag" or "spherical": what the covariances have in common, :mod:`gmm_lib.covariance_types`.

    Returns
    -------
    Parameters

    Raises
    ------
    CollapsedComponentError
        If a component's effective count is zero, or a new covariance is not positive definite.
    """
    X = as_points(X)
    w = as_responsibilities(responsibilities, len(X))
    reg_covar, covariance_type = as_floor(reg_covar, X.shape[1]), as_covariance_type(covariance_type)
    counts = _effective_counts(w)
    means = _means(X, w, counts)
    return Parameters(
        weights=counts / len(X),  # equation (12)
        means=means,
        covariances=constrained(_covariances(X, w, means, counts, reg_covar), counts, covariance_type),
    )


def effective_counts(responsibilities: ArrayLike) -> np.ndarray:
    """N_j = sum_i w_ij, how many points component j is responsible for.

    Parameters
    ----------
    responsibilities : array_like, shape (n, k)

    Returns
    -------
    ndarray, shape (k,)

    Raises
    ------
    CollapsedComponentError
        If one of them is zero, or below the smallest normal number, 2.2e-308.
    """
    return _effective_counts(as_responsibilities(responsibilities))


# -- the equations themselves; the arguments have been checked


@QUIET
def _effective_counts(w):
    counts = w.sum(axis=0)
    # Below `tiny` numbers lose their digits, and an average its meaning.
    if (counts < np.finfo(np.float64).tiny).any():
        raise CollapsedComponentError(int(np.argmin(counts)), "no point belongs to it, its effective count is 0")
    return counts


@QUIET
def _means(X, w, counts):
    """Equation (13)."""
    means = _weighted_sums(w, X) / counts[:, np.newaxis]
    return means + _rounded_off(X, w, means, counts)


@QUIET
def _covariances(X, w, means, counts, reg_covar):
    """Equation (14), with the floor on the diagonal."""
    floor = reg_covar * np.eye(X.shape[1])
    result = np.empty((len(means), *floor.shape))
    for j, count in enumerate(counts):
        # The root of the weights goes on both residuals: a matrix times its own
        # transpose is symmetric to the last bit.
        residuals = np.sqrt(w[:, j, np.newaxis]) * (X - means[j])
        result[j] = residuals.T @ residuals / count + floor
    return result


def _weighted_sums(w, X):
    """``sum_i w_ij x_i``, shape (k, m). A product per component, not one for all: there BLAS may round two equal
    components differently, and EM would magnify that difference until they part."""
    return np.stack([w_j @ X for w_j in w.T])


def _rounded_off(X, w, means, counts):
    """What the long sums of the means rounded off: the mean that the residuals still have, shape (k, m).

    Without it, a component collapsed onto equal points would miss them by a few units in the last place, and (14)
    would take that error for a variance.
    """
    left = [w_j @ (X - mean) for w_j, mean in zip(w.T, means)]
    return np.stack(left) / counts[:, np.newaxis]
