"""The right answers to homework 3, the likelihood in log-space."""

import numpy as np
from scipy.special import logsumexp

from gmm_lib import likelihood


def at_three_points(weight: float, densities: tuple) -> float:
    """The log-likelihood of points at which two components have these densities, one row a point."""
    return float(np.log([weight * f + (1 - weight) * g for f, g in densities]).sum())


def free_parameters(k: int, m: int) -> int:
    """Weights, means and full covariances that are free with k components in m dimensions."""
    return (k - 1) + k * m + k * m * (m + 1) // 2


def log_sum_exp(logs: np.ndarray) -> np.ndarray:
    """For each row of an array (n, k), the logarithm of the sum of the exponentials; shape (n,)."""
    return logsumexp(logs, axis=1)


def in_other_units(log_likelihood: float, n: int, m: int, factor: float) -> float:
    """The log-likelihood of n points in m dimensions whose numbers become ``factor`` times as large."""
    return log_likelihood - n * m * np.log(factor)


def log_complement(log_probability: np.ndarray) -> np.ndarray:
    """log(1 - p) from log p, exact for p near 0 and near 1; shape (n,)."""
    a = np.asarray(log_probability)
    return np.where(a > -np.log(2), np.log(-np.expm1(np.maximum(a, -1))), np.log1p(-np.exp(np.minimum(a, -0.5))))


ANSWERS = {
    "hw3.q1": at_three_points,
    "hw3.q2": free_parameters,
    "hw3.q3": log_sum_exp,
    "hw3.q4": likelihood.log_likelihood,
    "hw3.q5": in_other_units,
    "hw3.q6": "bcd",
    "hw3.q7": log_complement,
}
