"""The right answers to homework 6, the M-step."""

import numpy as np

from gmm_lib import m_step
from gmm_lib.parameters import Parameters

from .whole_m_step import whole_step


def covariances(X: np.ndarray, responsibilities: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Equation (14) for points (n, m) and responsibilities (n, k); shape (k, m, m).

    Around means of its own: whoever computes them anew, and never looks at the argument, has ignored nothing.
    """
    return m_step.covariances(X, responsibilities, m_step.means(X, responsibilities))


def step(X: np.ndarray, responsibilities: np.ndarray, current: Parameters, reg_covar: float) -> dict[str, np.ndarray]:
    """The whole M-step, which forgets the current parameters."""
    return whole_step(X, responsibilities, reg_covar)


def total(parameters: Parameters) -> np.ndarray:
    """The covariance (m, m) of a whole mixture: within the components, and between their means."""
    shift = parameters.means - parameters.weights @ parameters.means
    within = np.einsum("j,jab->ab", parameters.weights, parameters.covariances)
    return within + np.einsum("j,ja,jb->ab", parameters.weights, shift, shift)


def two_means(places: tuple, shares: tuple) -> list[float]:
    """The means of numbers weighted by their shares, and by the rest of them."""
    rest = [1 - share for share in shares]
    return [np.average(places, weights=w) for w in (shares, rest)]


def new_variance(places: tuple, masses: tuple, old: float) -> float:
    """The variance of places weighted by their masses; the old mean does not enter."""
    mean = np.average(places, weights=masses)
    return np.average((np.array(places) - mean) ** 2, weights=masses)


ANSWERS = {
    "hw6.q1": two_means,
    "hw6.q2": new_variance,
    "hw6.q3": m_step.means,
    "hw6.q4": covariances,
    "hw6.q5": step,
    "hw6.q6": "acf",
    "hw6.q7": total,
}
