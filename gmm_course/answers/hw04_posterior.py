"""The right answers to homework 4, the posterior."""

import numpy as np
from scipy.stats import norm

from gmm_lib import mixture
from gmm_lib.parameters import Parameters


def posterior(x: np.ndarray, weights: np.ndarray, means: np.ndarray, sds: np.ndarray) -> np.ndarray:
    """For each point of a line (n,), the probabilities of the k components; shape (n, k)."""
    joint = weights * norm.pdf(x[:, np.newaxis], means, sds)
    return joint / joint.sum(axis=1, keepdims=True)


def most_probable(X: np.ndarray, parameters: Parameters) -> np.ndarray:
    """For each point of X (n, m), its most probable component, counted from 0; shape (n,)."""
    return mixture.log_joint(X, parameters).argmax(axis=1)


def expected_errors(posterior: np.ndarray) -> float:
    """How many of n points the most probable component is expected to be wrong about; posterior (n, k)."""
    return (1 - posterior.max(axis=1)).sum()


def log_odds(X: np.ndarray, parameters: Parameters) -> np.ndarray:
    """For each point of X (n, m), the logarithm of the odds of the first component against the second; shape (n,)."""
    log_joint = mixture.log_joint(X, parameters)
    return log_joint[:, 0] - log_joint[:, 1]


ANSWERS = {
    "hw4.q1": [0.6, 0.4, 0.3],  # 0.8 * 0.1 * 0.9 and 0.2 * 0.6 * 0.4 in their sum; 0.6 * 0.1 + 0.4 * 0.6
    "hw4.q2": 2.5 + 3.0 / 5 * np.log(9.0),  # half way, and on by variance / distance * log(phi_1 / phi_2)
    "hw4.q3": posterior,
    "hw4.q4": most_probable,
    "hw4.q5": expected_errors,
    "hw4.q6": "bdf",
    "hw4.q7": log_odds,
}
