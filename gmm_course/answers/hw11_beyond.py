"""The right answers to homework 11, beyond the article."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from gmm_lib import covariance_types
from gmm_lib.e_step import normalize
from gmm_lib.labels import restricted
from gmm_lib.priors import Prior, m_step_with_prior


def gap(mean: tuple, covariance: tuple, seen: float) -> list[float]:
    """What fills the second number of a row of which the first was seen, and the variance that is left; the covariance
    as its corner, its other entry and its other corner."""
    variance, common, other = covariance
    return [mean[1] + common / variance * (seen - mean[0]), other - common**2 / variance]


def rate_and_end(values: tuple) -> list[float]:
    """The rate of EM from three values in a row, and where they lead."""
    before, after = np.diff(values)
    rate = after / before
    return [rate, values[1] + after / (1 - rate)]


def rules(covariances: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
    """From (k, m, m) and (k,): one covariance for all (m, m), variances by column (k, m), variances (k,)."""
    return {
        kind: covariance_types.short_form(covariance_types.constrained(covariances, counts, kind), kind)
        for kind in ("tied", "diag", "spherical")
    }


def with_prior(
    X: np.ndarray, responsibilities: np.ndarray, kappa: float, prior_mean: np.ndarray, nu: float, scale: np.ndarray
) -> dict[str, np.ndarray]:
    """Means (k, m) and covariances (k, m, m) from points (n, m), responsibilities (n, k) and a conjugate prior."""
    prior = Prior(
        mean_precision_prior=kappa, mean_prior=prior_mean, degrees_of_freedom_prior=nu, covariance_prior=scale
    )
    new = m_step_with_prior(X, responsibilities, prior)
    return {"means": new.means, "covariances": new.covariances}


def with_gaps(
    X: np.ndarray, responsibilities: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> dict[str, np.ndarray]:
    """New means (k, m) and covariances (k, m, m) from points (n, m) of which some values are NaN."""
    # One row at a time, for all components at once: the library's own E-step computes more than is asked for here.
    k, m = means.shape
    rows, left = np.repeat(X[:, np.newaxis], k, axis=1), np.zeros((k, m, m))
    for i, u in enumerate(np.isnan(X)):
        o, j = ~u, np.arange(k)
        K = np.linalg.solve(covariances[:, o][:, :, o], covariances[:, o][:, :, u]).transpose(0, 2, 1)
        rows[i, :, u] = (means[:, u] + np.einsum("juo,jo->ju", K, X[i, o] - means[:, o])).T
        open_ = covariances[:, u][:, :, u] - K @ covariances[:, o][:, :, u]
        left[np.ix_(j, u, u)] += responsibilities[i, :, np.newaxis, np.newaxis] * open_
    counts = responsibilities.sum(axis=0)
    new_means = np.einsum("ij,ija->ja", responsibilities, rows) / counts[:, np.newaxis]
    r = rows - new_means
    scatters = np.einsum("ij,ija,ijb->jab", responsibilities, r, r) + left
    return {"means": new_means, "covariances": scatters / counts[:, np.newaxis, np.newaxis]}


def rate_and_error(w: np.ndarray) -> dict[str, float]:
    """The rate at which EM finds a weight, and its standard error, from the responsibilities (n,) at the end."""
    weight = w.mean()
    rate = (w * (1 - w)).mean() / (weight * (1 - weight))
    return {"rate": rate, "error": np.sqrt(weight * (1 - weight) / (len(w) * (1 - rate)))}


def with_labels(log_joint: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Responsibilities (n, k) where the label of a point is its component, or -1."""
    return normalize(restricted(log_joint, labels))


def matched(fit: np.ndarray, refit: np.ndarray) -> np.ndarray:
    """The responsibilities (n, k) of a refit, its components in the order of the fit's."""
    return refit[:, linear_sum_assignment(fit.T @ refit, maximize=True)[1]]


ANSWERS = {
    "hw11.q1": gap,
    "hw11.q2": rate_and_end,
    "hw11.q3": rules,
    "hw11.q4": with_prior,
    "hw11.q5": with_gaps,
    "hw11.q6": rate_and_error,
    "hw11.q7": with_labels,
    "hw11.q8": "bcf",
    "hw11.q9": matched,
}
