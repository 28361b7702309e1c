"""The right answers to homework 9: the lines at fault, and the programs mended. q9b draws and is judged by that."""

from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal, norm

from gmm_lib import e_step, gaussian, likelihood
from gmm_lib import m_step as library
from gmm_lib.parameters import Parameters

Three = tuple[np.ndarray, np.ndarray, np.ndarray]


def iterate(X: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> Three:
    """One iteration for points (n, m): new weights (k,), means (k, m) and covariances (k, m, m)."""
    # Without Parameters, which would refuse the singular covariance that few points give.
    w = responsibilities(X, weights, means, covariances)
    new_means = library.means(X, w)
    return e_step.mixing_weights(w), new_means, library.covariances(X, w, new_means)


def log_sum_exp(logs: np.ndarray) -> np.ndarray:
    """For each row of an array (n, k), the logarithm of the sum of the exponentials; shape (n,)."""
    return logsumexp(logs, axis=1)


def log_density(X: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """The logarithm of one Gaussian density at points (n, m); shape (n,)."""
    return multivariate_normal(mean, covariance).logpdf(X).reshape(len(X))


def iterate_two(
    x: np.ndarray, weight: float, means: np.ndarray, sds: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """One iteration for two Gaussians on a line, the weight being the second's; means and deviations (2,)."""
    joint = np.array([1 - weight, weight]) * norm.pdf(x[:, np.newaxis], means, sds)
    w = joint / joint.sum(axis=1, keepdims=True)
    counts = w.sum(axis=0)
    new_means = w.T @ x / counts
    return w[:, 1].mean(), new_means, np.sqrt((w * (x[:, np.newaxis] - new_means) ** 2).sum(axis=0) / counts)


def responsibilities(X: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """The responsibilities of k components for points (n, m), in log-space; shape (n, k)."""
    return softmax(np.log(weights) + gaussian.log_densities(X, means, covariances), axis=1)


class Labeller:
    """A mixture that labels points by what it was made with and nothing else."""

    def __init__(self, parameters: Parameters):
        self.parameters = parameters

    def predict(self, X: np.ndarray) -> np.ndarray:
        """For each point of X (n, m), its most probable component; shape (n,)."""
        return e_step.responsibilities(X, self.parameters).argmax(axis=1)


def log_likelihood(X: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> float:
    """The log-likelihood of points (n, m)."""
    return likelihood.log_likelihood(X, Parameters(weights, means, covariances))


def m_step(X: np.ndarray, w: np.ndarray) -> Three:
    """Weights (k,), means (k, m) and covariances (k, m, m) from points (n, m) and responsibilities (n, k)."""
    counts = w.sum(axis=0)
    means = w.T @ X / counts[:, np.newaxis]
    r = X[:, np.newaxis] - means
    return w.mean(axis=0), means, np.einsum("ij,ija,ijb->jab", w, r, r) / counts[:, np.newaxis, np.newaxis]


def trustworthy(step: Callable, X: np.ndarray, w: np.ndarray) -> bool:
    """Whether an M-step gives what it should for points (n, m) and responsibilities (n, k)."""
    return all(np.allclose(given, right) for given, right in zip(step(X, w), m_step(X, w)))


ANSWERS = {
    "hw9.q1a": (3, 7),
    "hw9.q1b": iterate,
    "hw9.q2a": (1,),
    "hw9.q2b": log_sum_exp,
    "hw9.q3a": (2,),
    "hw9.q3b": log_density,
    "hw9.q4a": (1, 2, 4),
    "hw9.q4b": iterate_two,
    "hw9.q5a": (3, 4),
    "hw9.q5b": responsibilities,
    "hw9.q6a": (3, 4),
    "hw9.q6b": Labeller,
    "hw9.q7a": (2, 3),
    "hw9.q7b": log_likelihood,
    "hw9.q8a": (3, 5),
    "hw9.q8b": m_step,
    "hw9.q9a": (1,),
    "hw9.q10": trustworthy,
}
