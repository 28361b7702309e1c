"""The right answers to homework 1, densities."""

import numpy as np
from scipy.stats import norm

from gmm_lib import gaussian, mixture
from gmm_lib.parameters import Parameters


def two_hills(first: float, deviation: float, weight: float) -> np.ndarray:
    """Two hills, the second two of its deviations to the right, at the means and half way between; shape (3,)."""
    second = first + 2 * deviation
    at = np.array([first, first + deviation, second])
    return weight * norm.pdf(at, first, 1.0) + (1 - weight) * norm.pdf(at, second, deviation)


def tilted_hill(mean: tuple, triangle: tuple, z: tuple) -> float:
    """The log-density of a Gaussian with the Cholesky factor (a 0; b c) at the point that z makes."""
    a, _, c = triangle
    return -np.log(2 * np.pi) - (z[0] ** 2 + z[1] ** 2) / 2 - np.log(a * c)


def allowed(weights: np.ndarray) -> bool:
    """Whether mixing weights, shape (k,), are none below zero and sum to one."""
    try:
        mixture.check_weights(weights)
    except ValueError:
        return False
    return True


def density(X: np.ndarray, parameters: Parameters) -> np.ndarray:
    """The density of a mixture at points of shape (n, m); shape (n,)."""
    return mixture.density(X, parameters)


def conditional(value: float, parameters: Parameters) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, means and variances, each (k,), of x2 given x1 = ``value``.

    By (5.6) in each component, with weights that follow how well it explains x1.
    """
    means, S = parameters.means, parameters.covariances
    shadow = parameters.weights * norm.pdf(value, means[:, 0], np.sqrt(S[:, 0, 0]))
    slope = S[:, 1, 0] / S[:, 0, 0]
    return shadow / shadow.sum(), means[:, 1] + slope * (value - means[:, 0]), S[:, 1, 1] - slope * S[:, 0, 1]


ANSWERS = {
    "hw1.q1": two_hills,
    "hw1.q2": tilted_hill,
    "hw1.q3": allowed,
    "hw1.q4": gaussian.log_densities,
    "hw1.q5": density,
    "hw1.q6": "bcf",
    "hw1.q7": conditional,
}
