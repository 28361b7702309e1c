"""The M-step, equations (13) and (14): the weighted mean and covariance of each component's share of the points."""

import numpy as np

from .e_step import mixing_weights
from .parameters import Parameters
from .validation import CollapsedComponentError, as_array, as_floor, as_points, as_responsibilities


def means(X, responsibilities):
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
    counts = effective_counts(w)[:, np.newaxis]
    # A product per component, not one for all: there BLAS may round two equal
    # components differently, and EM would magnify that difference until they part.
    rounded = np.stack([w_j @ X for w_j in w.T]) / counts
    # What a long sum rounds off is averaged in its turn. Without it, a component
    # collapsed onto equal points would miss them by a few units in the last place, and
    # (14) would take that error for a variance.
    left_over = np.stack([w_j @ (X - mean) for w_j, mean in zip(w.T, rounded)])
    return rounded + left_over / counts


def covariances(X, responsibilities, means, reg_covar=0.0):
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
    CollapsedComponentError
        If a component's effective count is zero.
    """
    X = as_points(X)
    w = as_responsibilities(responsibilities, len(X))
    means = as_array(means, "means", 2)
    if means.shape != (w.shape[1], X.shape[1]):
        raise ValueError(f"means must have shape {(w.shape[1], X.shape[1])}; got {means.shape}.")
    floor = as_floor(reg_covar, X.shape[1]) * np.eye(X.shape[1])
    result = np.empty((len(means), X.shape[1], X.shape[1]))
    for j, count in enumerate(effective_counts(w)):
        # The root of the weights goes on both residuals: a matrix times its own
        # transpose is symmetric to the last bit.
        residuals = np.sqrt(w[:, j, np.newaxis]) * (X - means[j])
        result[j] = residuals.T @ residuals / count + floor
    return result


def effective_counts(responsibilities):
    """N_j = sum_i w_ij, how many points component j is responsible for; shape (k,).

    Raises
    ------
    CollapsedComponentError
        If one of them is zero, or below the smallest normal number, 2.2e-308.
    """
    counts = as_responsibilities(responsibilities).sum(axis=0)
    # Below `tiny` numbers lose their digits, and an average its meaning.
    if (counts < np.finfo(np.float64).tiny).any():
        reason = "no point leans on it, its effective count is 0"
        raise CollapsedComponentError(int(np.argmin(counts)), reason)
    return counts


def m_step(X, responsibilities, reg_covar=0.0):
    """All the parameters that maximise the lower bound for given responsibilities: (12), (13) and (14) in turn.

    X has shape (n, m), the responsibilities (n, k). Raises as :func:`means` and :func:`covariances`, and
    :class:`~gmm_lib.validation.CollapsedComponentError` if a new covariance is not positive definite.
    """
    new_means = means(X, responsibilities)
    return Parameters(
        weights=mixing_weights(responsibilities),
        means=new_means,
        covariances=covariances(X, responsibilities, new_means, reg_covar),
    )
