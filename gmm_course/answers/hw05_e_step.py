"""The right answers to homework 5, the E-step."""

import numpy as np

from gmm_lib import e_step
from gmm_lib.parameters import Parameters


def responsibilities(X: np.ndarray, parameters: Parameters) -> np.ndarray:
    """The responsibilities of k components for points (n, m); shape (n, k)."""
    return e_step.responsibilities(X, parameters)


def gap(v: np.ndarray, w: np.ndarray) -> float:
    """By how much the lower bound at v lies below the log-likelihood, w being the responsibilities; both (n, k)."""
    terms = np.zeros_like(v)
    np.log(np.divide(v, w, out=np.ones_like(v), where=v > 0), out=terms)
    return float((v * terms).sum())


ANSWERS = {
    "hw5.q1": [0.3, 0.6, 0.1],  # 0.6 * 0.05, 0.3 * 0.20 and 0.1 * 0.10, in their sum
    "hw5.q2": [0.55, 0.7],  # 6 * 0.75 + 4 * 0.25 of ten; and the root of 0.4 p^2 - 0.68 p + 0.28 below one
    "hw5.q3": responsibilities,
    "hw5.q4": e_step.normalize,
    "hw5.q5": e_step.mixing_weights,
    "hw5.q6": "ace",
    "hw5.q7": gap,
}
