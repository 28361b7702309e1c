"""Answers to homework 3, the likelihood in log-space."""

from functools import reduce
from math import exp, fsum, log, log1p

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax
from scipy.stats import multivariate_normal

from gmm_lib import gaussian

from . import Right, Wrong

# q3


def pairwise(logs):  # NumPy adds two at a time
    return np.logaddexp.reduce(logs, axis=1)


def plain_python(logs):
    out = []
    for row in logs:
        top = max(row)
        out.append(top + log(fsum(exp(a - top) for a in row)))
    return out


def one_at_a_time(a):  # the same, from left to right
    return [reduce(np.logaddexp, row) for row in a]


def log1p_of_the_others(logs):
    ordered = np.sort(logs, axis=1)
    return ordered[:, -1] + np.log1p(np.exp(ordered[:, :-1] - ordered[:, -1:]).sum(axis=1))


def from_log_softmax(logs):  # the difference is the same in every column: take the largest's
    i = np.arange(len(logs)), logs.argmax(axis=1)
    return logs[i] - log_softmax(logs, axis=1)[i]


def naive(logs):
    return np.log(np.sum(np.exp(logs), axis=1))


def whole_maximum(logs):
    return np.log(np.exp(logs - logs.max()).sum(1)) + logs.max()


def forgot_to_add(logs):
    m = np.max(logs, axis=1, keepdims=True)
    return np.log(np.exp(logs - m).sum(axis=1))


def log1p_with_the_largest(logs):
    out = []
    for row in logs:
        top = max(row)
        out.append(top + log1p(sum(exp(a - top) for a in row)))
    return out


def patched(logs):
    return np.log(np.exp(logs).sum(axis=1) + 1e-300)


def clipped(logs):
    return np.log(np.exp(np.clip(logs, -700, 700)).sum(axis=1))


def in_place(logs):
    m = logs.max(axis=1)
    logs -= m[:, None]
    return m + np.log(np.exp(logs).sum(axis=1))


def keepdims_left(logs):  # (n, 1) + (n,) makes a table
    m = logs.max(axis=1, keepdims=True)
    return m + np.log(np.exp(logs - m).sum(axis=1))


def first_shift(logs):
    c = logs[:, 0]
    return c + np.log(np.exp(logs - c[:, None]).sum(axis=1))


def mean_shift(logs):  # the mean of a row with -inf is -inf
    m = logs.mean(axis=1)
    return m + np.log(np.exp(logs - m[:, None]).sum(axis=1))


# q4


def log_joint(X, p):
    return np.log(p.weights) + gaussian.log_densities(X, p.means, p.covariances)


def with_logsumexp(X, parameters):
    return logsumexp(log_joint(X, parameters), axis=1).sum()


def weights_as_factors(X, theta):  # other names; logsumexp takes the weights itself
    return np.sum(logsumexp(gaussian.log_densities(X, theta.means, theta.covariances), b=theta.weights, axis=1))


def point_by_point(X, parameters):
    total = 0.0
    components = [multivariate_normal(m, c) for m, c in zip(parameters.means, parameters.covariances)]
    for x in X:
        terms = [log(w) + component.logpdf(x) for w, component in zip(parameters.weights, components)]
        top = max(terms)
        total += top + log(sum(exp(t - top) for t in terms))
    return total


def by_the_responsibilities(X, parameters):  # log joint less log responsibility is the log density, for any component
    a = log_joint(X, parameters)
    return float((softmax(a, axis=1) * (a - log_softmax(a, axis=1))).sum())


def in_a_list(X, parameters):
    return [pairwise(log_joint(X, parameters)).sum()]


def product(X, parameters):
    f = sum(
        w * multivariate_normal(m, c).pdf(X)
        for w, m, c in zip(parameters.weights, parameters.means, parameters.covariances)
    )
    return np.log(np.prod(f))


def sum_of_log_of_density(X, parameters):
    f = np.exp(gaussian.log_densities(X, parameters.means, parameters.covariances)) @ parameters.weights
    return np.log(f).sum()


def plus_tiny(X, parameters):
    f = np.exp(gaussian.log_densities(X, parameters.means, parameters.covariances)) @ parameters.weights
    return np.log(f + 1e-300).sum()


def no_phi(X, parameters):
    return np.logaddexp.reduce(gaussian.log_densities(X, parameters.means, parameters.covariances), axis=1).sum()


def everything_added(X, parameters):
    return log_joint(X, parameters).sum()


def weighted_logs(X, parameters):
    return np.sum(parameters.weights * gaussian.log_densities(X, parameters.means, parameters.covariances))


def phi_added(X, parameters):
    return logsumexp(
        gaussian.log_densities(X, parameters.means, parameters.covariances) + parameters.weights, axis=1
    ).sum()


def normalised_first(X, parameters):
    w = softmax(log_joint(X, parameters), axis=1)
    return np.log(w.sum(axis=1)).sum()


def m_step_objective(X, parameters):
    a = log_joint(X, parameters)
    return np.sum(softmax(a, axis=1) * a)


def logsumexp_of_all(X, parameters):
    return logsumexp(log_joint(X, parameters))


def per_point(X, parameters):
    return logsumexp(log_joint(X, parameters), axis=1)


def prints_only(X, parameters):
    print(with_logsumexp(X, parameters))


def plain_log_of_zero(X, parameters):
    total = 0
    components = [multivariate_normal(m, c) for m, c in zip(parameters.means, parameters.covariances)]
    for x in X:
        total += log(sum(w * component.pdf(x) for w, component in zip(parameters.weights, components)))
    return total


def weight_times_log(X, parameters):
    return logsumexp(
        parameters.weights * gaussian.log_densities(X, parameters.means, parameters.covariances), axis=1
    ).sum()


# q7


def two_halves(a):
    out = np.empty(len(a))
    for i, x in enumerate(a):
        out[i] = np.log(-np.expm1(x)) if x > -1 else np.log1p(-np.exp(x))
    return out


def by_a_mask(log_probability):
    near = log_probability > -0.3
    out = np.zeros_like(log_probability)
    out[near] = np.log(-np.expm1(log_probability[near]))
    out[~near] = np.log1p(-np.exp(log_probability[~near]))
    return out.tolist()


RIGHT = [
    Right("hw3.q1", "a number", -3.97),
    Right("hw3.q1", "the logarithm of the product", log(0.26 * 0.26 * 0.28)),
    Right("hw3.q1", "in an array", np.array([-3.967], dtype=np.float32)),
    Right("hw3.q2", "a whole number", 39),
    Right("hw3.q2", "a float in a list", [39.0]),
    Right("hw3.q3", "logaddexp", pairwise),
    Right("hw3.q3", "plain Python", plain_python),
    Right("hw3.q3", "two at a time", one_at_a_time),
    Right("hw3.q3", "log1p of the others", log1p_of_the_others),
    Right("hw3.q3", "SciPy", lambda logs: logsumexp(logs, axis=1)),
    Right("hw3.q3", "through log_softmax", from_log_softmax),
    Right("hw3.q4", "logsumexp", with_logsumexp),
    Right("hw3.q4", "weights as factors", weights_as_factors),
    Right("hw3.q4", "point by point", point_by_point),
    Right("hw3.q4", "the bound at its top", by_the_responsibilities),
    Right("hw3.q4", "in a list", in_a_list),
    Right("hw3.q5", "the formula", lambda log_likelihood, n, m, factor: log_likelihood - n * m * log(factor)),
    Right("hw3.q5", "powers", lambda a, n, m, c: a + n * np.log(c ** -float(m))),
    Right("hw3.q6", "letters", "bcd"),
    Right("hw3.q6", "a tuple", ("D", "c", "b")),
    Right("hw3.q7", "a loop", two_halves),
    Right("hw3.q7", "a mask", by_a_mask),
]

WRONG = [
    Wrong("hw3.q1", "no weights", -1.90, "no mixing weights"),
    Wrong("hw3.q1", "log of the sum", -0.22, "log of the sum over the points"),
    Wrong("hw3.q1", "the likelihood", 0.0189, "the likelihood"),
    Wrong("hw3.q1", "the mean", -1.32, "mean for sum"),
    Wrong(
        "hw3.q1",
        "weighted logs",
        np.log([[0.5, 0.1], [0.2, 0.3], [0.1, 0.4]]).sum(0) @ [0.4, 0.6],
        "sum of logs for the log of the sum",
    ),
    Wrong("hw3.q1", "base ten", -1.72, "decimal logarithm"),
    Wrong("hw3.q1", "no sign", 3.97, "positive"),
    Wrong("hw3.q1", "three numbers", [-1.35, -1.35, -1.27], "wrong shape"),
    Wrong("hw3.q1", "one decimal", -4.0, "rounded"),
    Wrong("hw3.q2", "no weights", 36, "weights left out"),
    Wrong("hw3.q2", "four weights", 40, "all weights counted"),
    Wrong("hw3.q2", "nine numbers a covariance", 51, "covariances counted twice"),
    Wrong("hw3.q2", "diagonals", 27, "as many numbers a covariance as dimensions"),
    Wrong("hw3.q2", "k and m", 44, "k and m exchanged"),
    Wrong("hw3.q3", "linear space", naive, "linear space"),
    Wrong("hw3.q3", "global maximum", whole_maximum, "global maximum"),
    Wrong("hw3.q3", "shift not undone", forgot_to_add, "shift not undone"),
    Wrong("hw3.q3", "log1p with the largest", log1p_with_the_largest, "log1p of all terms"),
    Wrong("hw3.q3", "a tiny number", patched, "epsilon in the logarithm"),
    Wrong("hw3.q3", "clipped", clipped, "clipped"),
    Wrong("hw3.q3", "in place", in_place, "changes its input"),
    Wrong("hw3.q3", "a table by broadcasting", keepdims_left, "wrong shape"),
    Wrong("hw3.q3", "columns", lambda logs: logsumexp(logs, axis=0), "wrong axis"),
    Wrong("hw3.q3", "sum of logs", lambda logs: logs.sum(axis=1), "sum of logs"),
    Wrong("hw3.q3", "the maximum", lambda logs: np.max(logs, 1), "largest term only"),
    Wrong("hw3.q3", "the mean for a shift", mean_shift, "mean for a shift"),
    Wrong("hw3.q3", "the first entry for a shift", first_shift, "first entry for a shift"),
    Wrong("hw3.q3", "infinities replaced", lambda logs: np.nan_to_num(naive(logs)), "infinities replaced"),
    Wrong("hw3.q4", "plain Python's log of 0", plain_log_of_zero, "underflow"),
    Wrong("hw3.q4", "axes exchanged", lambda X, p: logsumexp(log_joint(X, p), axis=0).sum(), "wrong axis"),
    Wrong("hw3.q4", "weight times logarithm", weight_times_log, "weight multiplied with the logarithm"),
    Wrong("hw3.q4", "no phi", no_phi, "no mixing weights"),
    Wrong("hw3.q4", "product of densities", product, "logarithm of the product"),
    Wrong("hw3.q4", "log of the density", sum_of_log_of_density, "logarithm of an underflowed density"),
    Wrong("hw3.q4", "a tiny number", plus_tiny, "epsilon in the logarithm"),
    Wrong("hw3.q4", "everything added", everything_added, "all logarithms added"),
    Wrong("hw3.q4", "weighted logs", weighted_logs, "sum of logs for the log of the sum"),
    Wrong("hw3.q4", "phi added", phi_added, "weight added to the logarithm"),
    Wrong("hw3.q4", "sum of log 1", normalised_first, "sum of log 1"),
    Wrong("hw3.q4", "what the M-step climbs", m_step_objective, "expected complete-data log-likelihood"),
    Wrong("hw3.q4", "one logarithm for all", logsumexp_of_all, "log of the sum over the points"),
    Wrong("hw3.q4", "one number a point", per_point, "one number a point"),
    Wrong("hw3.q4", "the mean", lambda X, p: per_point(X, p).mean(), "mean for sum"),
    Wrong("hw3.q4", "negative", lambda X, p: -with_logsumexp(X, p), "sign"),
    Wrong("hw3.q4", "prints and returns nothing", prints_only, "returns None"),
    Wrong("hw3.q5", "unchanged", lambda log_likelihood, n, m, factor: log_likelihood, "unchanged"),
    Wrong("hw3.q5", "once a point", lambda a, n, m, c: a - n * log(c), "one dimension"),
    Wrong("hw3.q5", "the sign", lambda a, n, m, c: a + n * m * log(c), "sign"),
    Wrong("hw3.q5", "for millimetres only", lambda a, n, m, c: a - n * m * log(10), "for one factor only"),
    Wrong("hw3.q5", "multiplied", lambda a, n, m, c: a * c, "multiplied by the factor"),
    Wrong("hw3.q6", "never positive", "abcd", "chose a"),
    Wrong("hw3.q6", "a probability", "bcde", "chose e"),
    Wrong("hw3.q6", "there is a summit", "bc", "left out d"),
    Wrong("hw3.q6", "other data", "bcdf", "chose f"),
    Wrong("hw3.q7", "one minus", lambda a: np.log(1 - np.exp(a)), "one minus"),
    Wrong("hw3.q7", "log1p everywhere", lambda a: np.log1p(-np.exp(a)), "log1p everywhere"),
    Wrong("hw3.q7", "expm1 everywhere", lambda a: np.log(-np.expm1(a)), "expm1 everywhere"),
]
