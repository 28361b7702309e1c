"""The likelihood of the parameters, equation (6), as a logarithm; and the lower bound that EM climbs."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from .mixture import log_density, log_joint
from .parameters import Parameters
from .validation import as_parameters, as_points, as_responsibilities


def log_likelihood(X: ArrayLike, parameters: Parameters) -> float:
    """Equation (6): the log-likelihood, ``sum_i log sum_j phi_j f_j(x_i)``.

    The logarithm turns the product over points into a sum; the product itself underflows after a few hundred points.

    Parameters
    ----------
    X : array_like, shape (n, m)
    parameters : Parameters

    Returns
    -------
    float
    """
    return float(log_density(X, parameters).sum())


def lower_bound(X: ArrayLike, responsibilities: ArrayLike, parameters: Parameters) -> float:
    """The evidence lower bound: ``sum_ij w_ij (log phi_j f_j(x_i) - log w_ij)``, with 0 log 0 = 0.

    It never exceeds the log-likelihood, and touches it exactly when the responsibilities are the posterior (9) of the
    same parameters (Neal and Hinton, 1998).

    Parameters
    ----------
    X : array_like, shape (n, m)
    responsibilities : array_like, shape (n, k)
    parameters : Parameters

    Returns
    -------
    float
        -inf if a point has a share in a component that cannot have produced it: its weight is zero, or its density is.
    """
    X = as_points(X, as_parameters(parameters).m)
    w = as_responsibilities(responsibilities, len(X), parameters.k)
    terms = log_joint(X, parameters)
    expected = np.multiply(w, terms, out=np.zeros_like(w), where=w > 0)  # 0 times -inf counts as 0
    return float(expected.sum() + entr(w).sum())
