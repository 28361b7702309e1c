"""Bayes' theorem for a mixture, equations (8) and (9): from "what would component j produce" to "who produced x"."""

import numpy as np
from numpy.typing import ArrayLike

from .e_step import normalize
from .mixture import log_joint
from .parameters import Parameters
from .validation import as_parameters


def prior(parameters: Parameters) -> np.ndarray:
    """Equation (8): P(C_i = j) = phi_j, the probability of each component before the point is seen.

    Returns an ndarray of shape (k,).
    """
    return as_parameters(parameters).weights


def posterior(X: ArrayLike, parameters: Parameters) -> np.ndarray:
    """Equation (9): P(C_i = j | x_i), the probability of each component after the point is seen.

    Parameters
    ----------
    X : array_like, shape (n, m)
    parameters : Parameters

    Returns
    -------
    ndarray, shape (n, k)
        Non-negative; each row sums to one.

    Raises
    ------
    ValueError
        If a point lies so far out that even the logarithm of its density is -inf under every component.
    """
    return normalize(log_joint(X, parameters))
