"""The mixture density, equations (1) and (2): a weighted sum of Gaussian hills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from .gaussian import log_densities_from_factors
from .validation import as_array, as_parameters, as_points

if TYPE_CHECKING:
    from .parameters import Parameters


def log_density(X: ArrayLike, parameters: Parameters) -> np.ndarray:
    """Equation (1): the logarithm of the mixture density, ``log sum_j phi_j f_j(x)``, at each row of X.

    Parameters
    ----------
    X : array_like, shape (n, m)
    parameters : Parameters

    Returns
    -------
    ndarray, shape (n,)
    """
    with np.errstate(under="ignore"):  # a share that vanishes beside the largest
        return logsumexp(log_joint(X, parameters), axis=1)


def density(X: ArrayLike, parameters: Parameters) -> np.ndarray:
    """Equation (1) in linear space: for pictures. Far from every component it underflows to 0; see
    :func:`log_density`."""
    with np.errstate(under="ignore"):
        return np.exp(log_density(X, parameters))


def log_joint(X: ArrayLike, parameters: Parameters) -> np.ndarray:
    """The k terms of the sum in equation (1), as logarithms: entry (i, j) is ``log phi_j + log f_j(x_i)``.

    A component of weight zero has the honest log-weight -inf. X has shape (n, m), the result (n, k).
    """
    X = as_points(X, as_parameters(parameters).m)
    with np.errstate(divide="ignore"):
        log_weights = np.log(parameters.weights)
    return log_weights + log_densities_from_factors(X, parameters.means, parameters.factors)


def check_weights(weights: ArrayLike) -> np.ndarray:
    """Equation (2): mixing weights sum to one, and (what the article leaves unsaid) none is negative.

    Parameters
    ----------
    weights : array_like, shape (k,)

    Returns
    -------
    ndarray, shape (k,)
        The weights as float64, unchanged. Those of float32 are divided by their sum, which their rounding may have
        kept from being one.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, or the sum is not one (to within 1e-8; of float32, 1e-6).
    """
    single = getattr(weights, "dtype", None) == np.float32
    weights = as_array(weights, "weights", 1)
    if (weights < 0).any():
        j = int(np.argmin(weights))
        raise ValueError(f"weights must not be negative; weights[{j}] is {weights[j]:.6g}.")
    if abs(weights.sum() - 1) > (1e-6 if single else 1e-8):
        raise ValueError(f"weights must sum to one; they sum to {weights.sum():.10g}.")
    return weights / weights.sum() if single else weights
