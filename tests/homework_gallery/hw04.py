"""Answers to homework 4, the posterior."""

from fractions import Fraction

import numpy as np
from scipy.special import softmax
from scipy.stats import multivariate_normal, norm

from gmm_lib import gaussian

from . import Right, Wrong

# q3


def scipy_densities(x, weights, means, sds):
    joint = weights * norm.pdf(x[:, np.newaxis], means, sds)
    return joint / joint.sum(axis=1, keepdims=True)


def loops(x, weights, means, sds):
    rows = []
    for point in x:
        joint = [w / s * np.exp(-((point - mu) ** 2) / (2 * s * s)) for w, mu, s in zip(weights, means, sds)]
        rows.append([v / sum(joint) for v in joint])
    return rows


def in_log_space(points, phi, mu, sigma):  # other argument names
    return softmax(np.log(phi) - np.log(sigma) - ((points[:, None] - mu) / sigma) ** 2 / 2, axis=1)


def columns_stacked(x, weights, means, sds):
    f = np.column_stack([norm(m, s).pdf(x) for m, s in zip(means, sds)])
    return (f * weights) / (f @ weights)[:, None]


def pairwise(x, weights, means, sds):  # 1 / sum_l (what l has) / (what j has)
    joint = weights * norm.pdf(x[:, None], means, sds)
    return 1 / (joint[:, None, :] / joint[:, :, None]).sum(axis=2)


def multivariate(x, weights, means, sds):
    joint = [w * np.atleast_1d(multivariate_normal(m, s**2).pdf(x)) for w, m, s in zip(weights, means, sds)]
    return np.transpose(joint / np.sum(joint, axis=0)).astype(np.longdouble)


def as_printed(x, weights, means, sds):
    f = norm.pdf(x[:, None], means, sds)
    return weights * f / np.sum(f, axis=1, keepdims=True)


def without_prior(x, weights, means, sds):
    f = norm.pdf(x[:, None], means, sds)
    return f / f.sum(1)[:, None]


def weight_among_logarithms(x, weights, means, sds):
    return softmax(weights + norm.logpdf(x[:, None], means, sds), axis=1)


def numerator(x, weights, means, sds):
    return weights * norm.pdf(x[:, None], means, sds)


def each_column(x, weights, means, sds):
    joint = weights * norm.pdf(x[:, None], means, sds)
    return joint / joint.sum(0)


def components_first(x, weights, means, sds):
    joint = np.array([w * norm.pdf(x, m, s) for w, m, s in zip(weights, means, sds)])
    return joint / joint.sum(axis=0)


def variance_in_scipy(x, weights, means, sds):
    joint = weights * norm.pdf(x[:, None], means, np.power(sds, 2))
    return joint / joint.sum(axis=1, keepdims=True)


def forgot_root_two_pi_and_sd(x, weights, means, sds):
    joint = weights * np.exp(-0.5 * (x[:, None] - means) ** 2 / sds**2)
    return joint / joint.sum(axis=1, keepdims=True)


def closest(x, weights, means, sds):
    table = np.zeros((len(x), len(means)))
    for i, point in enumerate(x):
        table[i, np.argmin(abs(point - means))] = 1
    return table


def no_keepdims(x, weights, means, sds):
    joint = weights * norm.pdf(x[:, None], means, sds)
    return joint / joint.sum(axis=1)


def x_not_a_column(x, weights, means, sds):
    joint = weights * norm.pdf(x, means, sds)
    return joint / joint.sum()


def only_first(x, weights, means, sds):
    return scipy_densities(x, weights, means, sds)[:, 0]


def three_digits(x, weights, means, sds):
    return np.round(scipy_densities(x, weights, means, sds), 3)


def weights_normalised_away(x, weights, means, sds):
    f = norm.pdf(x[:, None], means, sds)
    return weights * (f / f.sum(axis=1, keepdims=True))


def logs_divided(x, weights, means, sds):
    a = np.log(weights) + norm.logpdf(x[:, None], means, sds)
    return a / a.sum(axis=1, keepdims=True)


def in_place(x, weights, means, sds):
    weights /= sds
    joint = weights * np.exp(-0.5 * ((x[:, None] - means) / sds) ** 2)
    return joint / joint.sum(axis=1, keepdims=True)


# q4


def logs(X, parameters):
    return gaussian.log_densities(X, parameters.means, parameters.covariances) + np.log(parameters.weights)


def argmax_of_logs(X, parameters):
    return np.argmax(logs(X, parameters), axis=1)


def list_of_ints(X, parameters):
    return [int(np.argmax(row)) for row in logs(X, parameters)]


def smallest_cost(X, theta):
    cost = np.empty((len(X), theta.k))
    for j in range(theta.k):
        r = X - theta.means[j]
        d2 = (r @ np.linalg.inv(theta.covariances[j]) * r).sum(axis=1)
        cost[:, j] = d2 + np.linalg.slogdet(theta.covariances[j])[1] - 2 * np.log(theta.weights[j])
    return cost.argmin(axis=1).astype(np.int8)


def best_so_far(X, parameters):
    best, labels = np.full(len(X), -np.inf), np.zeros(len(X))
    for j, column in enumerate(logs(X, parameters).T):
        labels[column > best] = j
        best = np.maximum(best, column)
    return labels


def shortest(X, parameters):
    return np.array([np.linalg.norm(x - parameters.means, axis=1).argmin() for x in X])


def mahalanobis_only(X, parameters):
    inverse = np.linalg.inv(parameters.covariances)
    r = X[:, None] - parameters.means
    return np.einsum("ija,jab,ijb->ij", r, inverse, r).argmin(axis=1)


def densities_only(X, parameters):
    return gaussian.log_densities(X, parameters.means, parameters.covariances).argmax(1)


def exponentials(X, parameters):
    return (parameters.weights * np.exp(gaussian.log_densities(X, parameters.means, parameters.covariances))).argmax(1)


def first_axis(X, parameters):
    return logs(X, parameters).argmax(axis=0)


def no_axis(X, parameters):
    return logs(X, parameters).argmax()


def names_from_one(X, parameters):
    return argmax_of_logs(X, parameters) + 1


def text_labels(X, parameters):
    return [f"component {j}" for j in argmax_of_logs(X, parameters)]


def argmin_by_mistake(X, parameters):
    return logs(X, parameters).argmin(axis=1)


def values(X, parameters):
    return logs(X, parameters).max(axis=1)


# q5


def misses(posterior):
    return len(posterior) - np.max(posterior, axis=1).sum()


def row_by_row(posterior):
    total = 0
    for row in posterior:
        row = sorted(row)
        total += sum(row[:-1])
    return total


def everything_less_the_largest(w):
    return np.array([np.sum(w) - np.sum(np.amax(w, axis=-1))])


# q7


def difference(X, parameters):
    first, second = logs(X, parameters).T
    return first - second


def by_scipy(X, parameters):
    terms = [
        np.log(w) + np.atleast_1d(multivariate_normal(m, c).logpdf(X))
        for w, m, c in zip(parameters.weights, parameters.means, parameters.covariances)
    ]
    return list(terms[0] - terms[1])


def via_posterior(X, parameters):
    p = softmax(logs(X, parameters), axis=1)
    return np.log(p[:, 0]) - np.log(p[:, 1])


def odds_first(X, parameters):
    joint = np.exp(logs(X, parameters))
    return np.log(joint[:, 0] / joint[:, 1])


def second_first(X, parameters):
    a = logs(X, parameters)
    return a[:, 1] - a[:, 0]


def density_ratio(X, parameters):
    f = gaussian.log_densities(X, parameters.means, parameters.covariances)
    return f[:, 0] - f[:, 1]


RIGHT = [
    Right("hw4.q1", "a list", [0.6, 0.4, 0.3]),
    Right("hw4.q1", "fractions", (Fraction(72, 120), Fraction(48, 120), Fraction(3, 10))),
    Right("hw4.q2", "two decimals", 3.82),
    Right("hw4.q2", "the formula", 2.5 + 0.6 * np.log(9)),
    Right("hw4.q3", "SciPy's density", scipy_densities),
    Right("hw4.q3", "loops and lists", loops),
    Right("hw4.q3", "in log-space", in_log_space),
    Right("hw4.q3", "a product with the weights", columns_stacked),
    Right("hw4.q3", "pairs", pairwise),
    Right("hw4.q3", "SciPy's other density, long double", multivariate),
    Right("hw4.q4", "argmax of logarithms", argmax_of_logs),
    Right("hw4.q4", "a list of whole numbers", list_of_ints),
    Right("hw4.q4", "smallest cost", smallest_cost),
    Right("hw4.q4", "the best so far", best_so_far),
    Right("hw4.q5", "all less the hits", misses),
    Right("hw4.q5", "row by row", row_by_row),
    Right("hw4.q5", "a number in an array", everything_less_the_largest),
    Right("hw4.q6", "capitals", "B D F"),
    Right("hw4.q6", "a tuple", ("b", "d", "f")),
    Right("hw4.q7", "a difference", difference),
    Right("hw4.q7", "SciPy", by_scipy),
]

WRONG = [
    Wrong("hw4.q1", "slip 5", [0.218, 0.145, 0.109], "no weights in the denominator"),
    Wrong("hw4.q1", "chances alone", [0.273, 0.727, 0.464], "no weights at all"),
    Wrong("hw4.q1", "areas", [0.072, 0.048, 0.036], "not normalised"),
    Wrong("hw4.q1", "the first flower", [0.4, 0.6, 0.4], "the first flower only"),
    Wrong("hw4.q1", "posteriors multiplied", [0.857, 0.143, 0.171], "prior counted twice"),
    Wrong("hw4.q1", "the third from the meadow", [0.6, 0.4, 0.2], "third flower from the prior"),
    Wrong("hw4.q1", "exchanged", [0.4, 0.6, 0.3], "wrong order"),
    Wrong("hw4.q1", "per cent", [60, 40, 30], "per cent"),
    Wrong("hw4.q1", "two of three", [0.6, 0.4], "wrong shape"),
    Wrong("hw4.q2", "the middle", 2.5, "halfway between the means"),
    Wrong("hw4.q2", "the wrong side", 1.18, "to the wrong side"),
    Wrong("hw4.q2", "log10", 3.07, "decimal logarithm"),
    Wrong("hw4.q2", "no variance", 2.94, "variance taken as 1"),
    Wrong("hw4.q2", "one decimal", 3.8, "rounded"),
    Wrong("hw4.q2", "a guess", 4.1, None),
    Wrong("hw4.q3", "slip 5", as_printed, "no weights in the denominator"),
    Wrong("hw4.q3", "without prior", without_prior, "no weights at all"),
    Wrong("hw4.q3", "a weight among logarithms", weight_among_logarithms, "weight added to the logarithm"),
    Wrong("hw4.q3", "the numerator", numerator, "not normalised"),
    Wrong("hw4.q3", "each column", each_column, "wrong axis"),
    Wrong("hw4.q3", "components first", components_first, "transposed"),
    Wrong("hw4.q3", "variance in SciPy", variance_in_scipy, "variance passed as standard deviation"),
    Wrong("hw4.q3", "no factor in front", forgot_root_two_pi_and_sd, "no factor in front"),
    Wrong("hw4.q3", "the closest", closest, "nearest mean"),
    Wrong("hw4.q3", "no keepdims", no_keepdims, "raises"),
    Wrong("hw4.q3", "x is not a column", x_not_a_column, "raises"),
    Wrong("hw4.q3", "the first column", only_first, "wrong shape"),
    Wrong("hw4.q3", "rounded", three_digits, "rounded"),
    Wrong("hw4.q3", "weights after", weights_normalised_away, "no weights in the denominator"),
    Wrong("hw4.q3", "logarithms divided", logs_divided, None),
    Wrong("hw4.q3", "in place", in_place, "changes its input"),
    Wrong("hw4.q4", "the ruler", shortest, "nearest mean"),
    Wrong("hw4.q4", "Mahalanobis", mahalanobis_only, "nearest in standard deviations"),
    Wrong("hw4.q4", "densities", densities_only, "no weights"),
    Wrong("hw4.q4", "exponentials", exponentials, "linear space"),
    Wrong("hw4.q4", "first axis", first_axis, "wrong axis"),
    Wrong("hw4.q4", "no axis", no_axis, "largest entry of all"),
    Wrong("hw4.q4", "from one", names_from_one, "counted from one"),
    Wrong("hw4.q4", "text", text_labels, "wrong type"),
    Wrong("hw4.q4", "argmin", argmin_by_mistake, "least probable"),
    Wrong("hw4.q4", "the value", values, None),
    Wrong("hw4.q5", "the rate", lambda w: np.mean(1 - w.max(axis=1)), "error rate"),
    Wrong("hw4.q5", "hits", lambda w: w.max(1).sum(), "expected hits"),
    Wrong("hw4.q5", "columns", lambda w: np.sum(1 - np.max(w, 0)), "wrong axis"),
    Wrong("hw4.q5", "the least", lambda w: np.min(w, axis=1).sum(), "smallest probabilities"),
    Wrong("hw4.q5", "one by one", lambda w: [1 - max(row) for row in w], "one number a point"),
    Wrong("hw4.q5", "in doubt", lambda w: sum(max(row) < 0.5 for row in w), "points in doubt"),
    Wrong("hw4.q5", "by dice", lambda w: len(w) - (w * w).sum(), "a guess by dice"),
    Wrong("hw4.q6", "near", "abdf", "chose a"),
    Wrong("hw4.q6", "doubling", "bcdf", "chose c"),
    Wrong("hw4.q6", "the nearest", "bdef", "chose e"),
    Wrong("hw4.q6", "no slip", "df", "left out b"),
    Wrong("hw4.q7", "second first", second_first, "turned round"),
    Wrong("hw4.q7", "densities", density_ratio, "no weights"),
    Wrong("hw4.q7", "through the posterior", via_posterior, "underflow"),
    Wrong("hw4.q7", "logarithm of the odds", odds_first, "through the densities"),
]
