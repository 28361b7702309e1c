"""The right answers to homework 10, the capstone. Its decision, its fit and its text are judged by what they hold."""

import numpy as np

from gmm_lib import selection
from gmm_lib.parameters import Parameters

# For each k the likeliest end known with a small floor; how far below a fit may stay (with three and four components
# several ends are respectable, and the likeliest is found by one start in ten); and how much EM may still gain without
# a floor (the floor of exercise 3 alone costs 1.1 and 1.5 there).
BEST = {2: (-1130.264, 0.5, 0.5), 3: (-1114.46, 7.0, 2.0), 4: (-1106.05, 8.0, 3.0)}


def two_prices(ks: tuple) -> list[int]:
    """The numbers of free parameters for Old Faithful and for the wines, with so many components."""
    return [selection.n_free_parameters(k, m) for k, m in zip(ks, (2, 13))]


def free_parameters(ks: np.ndarray, m: int) -> np.ndarray:
    """The numbers of free parameters of mixtures with k full covariances in m dimensions, one for each k."""
    return np.array([selection.n_free_parameters(int(k), int(m)) for k in ks])


def bic(log_likelihoods: np.ndarray, ks: np.ndarray, n: int, m: int) -> np.ndarray:
    """The BIC of a fit for each k, to n points in m dimensions; lower is better."""
    return -2 * np.asarray(log_likelihoods) + free_parameters(ks, m) * np.log(n)


def doubtful(responsibilities: np.ndarray, level: float) -> float:
    """The share of n points whose largest responsibility lies below a level; responsibilities (n, k)."""
    return float((responsibilities.max(axis=1) < level).mean())


def conditional_mean(x: float, parameters: Parameters) -> float:
    """The mean of the second coordinate where the first is x."""
    means, S = parameters.means, parameters.covariances
    logs = np.log(parameters.weights) - 0.5 * (np.log(S[:, 0, 0]) + (x - means[:, 0]) ** 2 / S[:, 0, 0])
    w = np.exp(logs - logs.max())
    lines = means[:, 1] + S[:, 0, 1] / S[:, 0, 0] * (x - means[:, 0])
    return float(w @ lines / w.sum())


ANSWERS = {
    "hw10.q1": two_prices,
    "hw10.q2": bic,
    "hw10.q5": doubtful,
    "hw10.q6": "ace",
    "hw10.q7": "bd",
    "hw10.q9": conditional_mean,
}
