"""The E-step, equations (10), (11) and (12): who is responsible for which point, and how large each component is."""

import numpy as np
from numpy.typing import ArrayLike

from .mixture import log_joint
from .parameters import Parameters
from .validation import as_real, as_responsibilities


def normalize(log_joint: ArrayLike) -> np.ndarray:
    """Equation (10): divide each row by its sum, in log-space.

    ``w_ij = exp(a_ij) / sum_l exp(a_il)`` with ``a_ij = log phi_j + log f_j(x_i)``. Each row's *own* maximum is
    subtracted first, so that a point far from every component still gets responsibilities that sum to one.

    Parameters
    ----------
    log_joint : ndarray, shape (n, k)
        As :func:`gmm_lib.mixture.log_joint` returns it; -inf is allowed, though not in a whole row.

    Returns
    -------
    ndarray, shape (n, k)

    Raises
    ------
    ValueError
        If an entry is NaN or +inf, or every entry of a row is -inf: no component can have produced that point.
    """
    log_joint = as_real(log_joint, "log_joint", 2)
    largest = log_joint.max(axis=1, keepdims=True)
    if not np.isfinite(largest).all():
        i = int(np.argmin(np.isfinite(largest)))
        allowed = "a finite entry in each row, and no NaN or +inf"
        raise ValueError(f"log_joint must have {allowed}; row {i} is {log_joint[i].tolist()}.")
    # Divide after the exponential, not before: far out, where a_ij is -1e11, the
    # logarithm of the sum is rounded to 1e-5, and the row would sum to one no better.
    with np.errstate(over="ignore", under="ignore"):  # a difference beyond 1e308 is -inf, its share 0
        joint = np.exp(log_joint - largest)
        return joint / joint.sum(axis=1, keepdims=True)


def responsibilities(X: ArrayLike, parameters: Parameters) -> np.ndarray:
    """Equation (11): the responsibility of each component for each point, given the current parameters.

    ``w_ij = phi_j f_j(x_i) / sum_l phi_l f_l(x_i)``: the posterior (9), used as a weight. (The article prints it
    without phi.)

    Parameters
    ----------
    X : array_like, shape (n, m)
    parameters : Parameters

    Returns
    -------
    ndarray, shape (n, k)
    """
    return normalize(log_joint(X, parameters))


def mixing_weights(responsibilities: ArrayLike) -> np.ndarray:
    """Equation (12): the mixing weights, ``phi_j = (1/n) sum_i w_ij``. (The article leaves out 1/n.)

    Parameters
    ----------
    responsibilities : array_like, shape (n, k)
        Non-negative; each row sums to one.

    Returns
    -------
    ndarray, shape (k,)
    """
    return as_responsibilities(responsibilities).mean(axis=0)
