"""The right answers to homework 12, EM's other homes."""

import numpy as np
from scipy.special import log_expit, softmax

from gmm_lib.evaluation import jaccard
from gmm_lib.models import factor_analysis, record_linkage
from gmm_lib.models.factor_analysis import Factors, Scores
from gmm_lib.models.record_linkage import Linkage


def weight_and_probability(fields: tuple, share: float) -> list[float]:
    """The match weight of a pair in bits, and the probability that it is a match; fields as (m, u, agrees)."""
    ratio = np.prod([m / u if agree else (1 - m) / (1 - u) for m, u, agree in fields])
    odds = share / (1 - share) * ratio
    return [np.log2(ratio), odds / (1 + odds)]


def noise_and_length(eigenvalues: tuple, q: int) -> list[float]:
    """The noise of probabilistic PCA with q factors, and the squared length of its first column of loadings."""
    noise = np.mean(eigenvalues[q:])
    return [noise, eigenvalues[0] - noise]


def robust_step(X: np.ndarray, centre: np.ndarray, scale: np.ndarray, nu: float) -> dict[str, np.ndarray]:
    """One iteration for a single t distribution: scales u (n,), then centre (m,) and scale matrix (m, m)."""
    n, m = X.shape
    r = X - centre
    u = (nu + m) / (nu + (r * np.linalg.solve(scale, r.T).T).sum(axis=1))
    new = u @ X / u.sum()
    return {"u": u, "centre": new, "scale": (u * (X - new).T) @ (X - new) / n}


def factors(X: np.ndarray, mean: np.ndarray, loadings: np.ndarray, noise: np.ndarray) -> dict[str, np.ndarray]:
    """The factors behind points (n, m): their means (n, q) and their covariance (q, q)."""
    scores = factor_analysis.e_step(X, Factors(mean, loadings, noise))
    return {"means": scores.means, "covariance": scores.covariance}


def regressions(X: np.ndarray, scores: np.ndarray, V: np.ndarray) -> dict[str, np.ndarray]:
    """Loadings (m, q) and noise (m,) from points (n, m), and the factors' means (n, q) and covariance (q, q)."""
    _, loadings, noise = factor_analysis.regressions(X, Scores(scores, V))
    return {"loadings": loadings, "noise": noise}


def matches(comparisons: np.ndarray, share: float, m: np.ndarray, u: np.ndarray) -> np.ndarray:
    """The probability of a match for pairs (n, c), of which 1 says that a field agrees, 0 that not, NaN nothing."""
    return record_linkage.e_step(comparisons, Linkage(share, m, u))[:, 0]


def at_places(
    X: np.ndarray, slopes: np.ndarray, intercepts: np.ndarray, places: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """How probable each of k places is as a person's ability, given answers (n, m): shape (n, k)."""
    odds = np.outer(slopes, places) + intercepts[:, np.newaxis]
    return softmax(np.log(weights) + X @ log_expit(odds) + (1 - X) @ log_expit(-odds), axis=1)


def stability(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """For each cluster of the first division its largest Jaccard similarity with one of the second; labels (n,)."""
    return jaccard(first, second).max(axis=1)


def newton(places: np.ndarray, people: np.ndarray, solvers: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    """Slope and intercept of an item after one step of Newton's method; places, people and solvers (k,)."""
    z = np.stack([places, np.ones_like(places)])
    p = 1 / (1 + np.exp(-(slope * places + intercept)))
    step = np.linalg.solve(people * p * (1 - p) * z @ z.T, z @ (solvers - people * p))
    return np.array([slope, intercept]) + step


ANSWERS = {
    "hw12.q1": weight_and_probability,
    "hw12.q2": noise_and_length,
    "hw12.q3": robust_step,
    "hw12.q4": factors,
    "hw12.q5a": (2,),
    "hw12.q5b": regressions,
    "hw12.q6": matches,
    "hw12.q7": at_places,
    "hw12.q8": stability,
    "hw12.q9": "adf",
    "hw12.q10": newton,
}
