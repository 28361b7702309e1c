"""Answers to homework 5, the E-step."""

from fractions import Fraction

import numpy as np
from scipy.special import entr, logsumexp, rel_entr, softmax
from scipy.stats import entropy, multivariate_normal

from gmm_lib import gaussian

from . import Right, Wrong

# q3


def with_scipy(X, parameters):
    joint = np.column_stack(
        [
            w * multivariate_normal(m, c).pdf(X)
            for w, m, c in zip(parameters.weights, parameters.means, parameters.covariances)
        ]
    )
    return joint / joint.sum(axis=1)[:, None]


def loops_and_lists(X, parameters):
    rows = []
    for x in X:
        joint = []
        for j in range(len(parameters.weights)):
            r = x - parameters.means[j]
            S = parameters.covariances[j]
            q = r @ np.linalg.inv(S) @ r
            joint.append(float(parameters.weights[j] * np.exp(-q / 2) / np.sqrt(np.linalg.det(2 * np.pi * S))))
        rows.append([v / sum(joint) for v in joint])
    return rows


def softmax_of_logs(data, theta):  # other argument names
    return softmax(np.log(theta.weights) + gaussian.log_densities(data, theta.means, theta.covariances), axis=1)


def single_precision(X, parameters):
    return softmax_of_logs(X, parameters).astype(np.longdouble)


class CallableClass:
    def __call__(self, X, parameters):
        return softmax_of_logs(X, parameters)


def without_constants(X, parameters):  # (2 pi)^(m/2) cancels
    logs = np.empty((X.shape[0], parameters.k))
    for j, (w, mean, S) in enumerate(zip(parameters.weights, parameters.means, parameters.covariances)):
        z = np.linalg.solve(np.linalg.cholesky(S), (X - mean).T)
        logs[:, j] = np.log(w) - (z**2).sum(axis=0) / 2 - np.linalg.slogdet(S)[1] / 2
    return np.exp(logs) / np.exp(logs).sum(1, keepdims=True)


def the_printed_density(X, parameters):  # (2 pi)^k in the place of (2 pi)^m: cancels here, so it is right
    f = np.exp(gaussian.log_densities(X, parameters.means, parameters.covariances)) * (2 * np.pi) ** -0.5
    joint = f * parameters.weights
    return joint / joint.sum(1, keepdims=True)


def no_phi(X, parameters):
    f = np.stack(
        [multivariate_normal(m, c).pdf(X).reshape(len(X)) for m, c in zip(parameters.means, parameters.covariances)], 1
    )
    return f / f.sum(1, keepdims=True)


def by_column(X, parameters):
    joint = parameters.weights * np.exp(gaussian.log_densities(X, parameters.means, parameters.covariances))
    return joint / np.sum(joint, axis=0, keepdims=True)


def transposed(X, parameters):
    return softmax_of_logs(X, parameters).T


def returns_nothing(X, parameters):
    joint = parameters.weights * np.exp(gaussian.log_densities(X, parameters.means, parameters.covariances))
    joint / joint.sum(axis=1, keepdims=True)


def broken_broadcast(X, parameters):
    joint = parameters.weights * np.exp(gaussian.log_densities(X, parameters.means, parameters.covariances))
    return joint / joint.sum(axis=1)


def misspelt(X, parameters):
    return softmax(
        np.log(parameters.weight) + gaussian.log_densities(X, parameters.means, parameters.covariances), axis=1
    )


def centres_in_place(X, parameters):
    logs = np.zeros((len(X), parameters.k))
    for j in range(parameters.k):
        X -= parameters.means[j]
        logs[:, j] = np.log(parameters.weights[j]) + multivariate_normal(cov=parameters.covariances[j]).logpdf(X)
        X += parameters.means[j] + 1e-9
    return softmax(logs, axis=1)


def one_argument(X):
    return X


def largest_only(X, parameters):
    w = softmax_of_logs(X, parameters)
    return (w == w.max(axis=1, keepdims=True)).astype(int)


def logarithms(X, parameters):
    return np.log(softmax_of_logs(X, parameters))


def rounds(X, parameters):
    return np.round(softmax_of_logs(X, parameters), 3)


def labels(X, parameters):
    return softmax_of_logs(X, parameters).argmax(axis=1)


def always_the_same(X, parameters):
    return np.full((len(X), 3), 1 / 3)


def no_covariance_inverse(X, parameters):
    joint = np.zeros((len(X), parameters.k))
    for i, x in enumerate(X):
        for j in range(parameters.k):
            r, S = x - parameters.means[j], parameters.covariances[j]
            joint[i, j] = parameters.weights[j] * np.exp(-0.5 * r @ S @ r) / np.sqrt(np.linalg.det(S))
    return joint / joint.sum(1, keepdims=True)


def standard_deviation_confused(X, parameters):  # the covariance used as if it were its own Cholesky factor
    logs = np.stack(
        [
            multivariate_normal(m, c @ c).logpdf(X).reshape(len(X))
            for m, c in zip(parameters.means, parameters.covariances)
        ],
        1,
    )
    return softmax(logs + np.log(parameters.weights), axis=1)


def never_ends(X, parameters):
    i = 0
    while i < len(X):
        pass
    return X


def random_noise(X, parameters):
    w = softmax_of_logs(X, parameters) + 1e-3 * np.random.rand(len(X), parameters.k)
    return w / w.sum(axis=1, keepdims=True)


# q4


def loop_over_rows(a):
    return [np.exp(row - np.max(row)) / np.sum(np.exp(row - np.max(row))) for row in a]


def subtract_logsumexp(a):
    return np.exp(a - logsumexp(a, axis=1)[:, np.newaxis])


def shift_by_mean_of_finite(a):  # any common shift that tames the row will do
    shift = np.nanmax(np.where(np.isinf(a), np.nan, a), axis=1, keepdims=True) - 3
    e = np.exp(a - shift)
    return e / e.sum(axis=1, keepdims=True)


def pairwise_differences(a):  # 1 / sum_l exp(a_l - a_j)
    with np.errstate(all="ignore"):
        return np.array([[1 / np.exp(row - x).sum() if np.isfinite(x) else 0.0 for x in row] for row in a])


def no_shift(a):
    e = np.exp(a)
    return e / np.sum(e, axis=-1, keepdims=True)


def whole_maximum(a):
    e = np.exp(a - np.max(a))
    return e / e.sum(1)[:, None]


def nan_to_zero(a):
    return np.nan_to_num(no_shift(a))


def in_place(a):
    a -= a.max(axis=1, keepdims=True)
    np.exp(a, out=a)
    a /= a.sum(axis=1, keepdims=True)
    return a


def clipped(a):
    return no_shift(np.clip(a, -700, 700))


# q5


def by_hand(w):
    n = len(w)
    return [sum(row[j] for row in w) / n for j in range(len(w[0]))]


def with_ones(w):
    return np.ones(len(w)) @ w / len(w)


def by_total(w):
    return np.sum(w, axis=0) / np.sum(w)


def exact_fractions(w):
    return [sum(Fraction(float(x)) for x in column) / len(w) for column in np.transpose(w)]


def tuple_of_means(w):
    return tuple(np.mean(column) for column in zip(*w))


# q7


def with_rel_entr(v, w):
    return rel_entr(v, w).sum()


def with_entropy(v, w):
    return sum(entropy(a, b) for a, b in zip(v, w))


def with_entr(v, w):
    return -(entr(v).sum() + (v * np.log(w)).sum())


RIGHT = [
    Right("hw5.q1", "a list", [0.3, 0.6, 0.1]),
    Right("hw5.q1", "fractions", (Fraction(3, 10), Fraction(3, 5), Fraction(1, 10))),
    Right("hw5.q1", "an array of single precision", np.array([0.3, 0.6, 0.1], dtype=np.float32)),
    Right("hw5.q2", "a tuple", (0.55, 0.7)),
    Right("hw5.q2", "computed", np.array([5.5, 7.0]) / 10),
    Right("hw5.q3", "SciPy's density", with_scipy),
    Right("hw5.q3", "loops and lists", loops_and_lists),
    Right("hw5.q3", "softmax of logarithms", softmax_of_logs),
    Right("hw5.q3", "another precision", single_precision),
    Right("hw5.q3", "an object that can be called", CallableClass()),
    Right("hw5.q3", "no constants", without_constants),
    Right("hw5.q3", "a wrong constant that cancels", the_printed_density),
    Right("hw5.q4", "a loop over the rows", loop_over_rows),
    Right("hw5.q4", "minus the log-sum-exp", subtract_logsumexp),
    Right("hw5.q4", "another shift", shift_by_mean_of_finite),
    Right("hw5.q4", "differences of pairs", pairwise_differences),
    Right("hw5.q4", "SciPy's softmax", lambda a: softmax(a, axis=1)),
    Right("hw5.q5", "pure Python", by_hand),
    Right("hw5.q5", "a product with ones", with_ones),
    Right("hw5.q5", "divided by the grand total", by_total),
    Right("hw5.q5", "exact fractions", exact_fractions),
    Right("hw5.q5", "a tuple", tuple_of_means),
    Right("hw5.q6", "commas", "a, c, e"),
    Right("hw5.q6", "capitals", "ACE"),
    Right("hw5.q6", "a set", {"a", "c", "e"}),
    Right("hw5.q7", "SciPy's rel_entr", with_rel_entr),
    Right("hw5.q7", "SciPy's entropy", with_entropy),
    Right("hw5.q7", "entropies subtracted", with_entr),
]

WRONG = [
    Wrong("hw5.q1", "densities alone", [1 / 7, 4 / 7, 2 / 7], "no mixing weights"),
    Wrong("hw5.q1", "products not normalised", [0.03, 0.06, 0.01], "not normalised"),
    Wrong("hw5.q1", "per cent", [30, 60, 10], "per cent"),
    Wrong("hw5.q1", "the components in another order", [0.1, 0.6, 0.3], "wrong order"),
    Wrong("hw5.q1", "one number only", 0.6, "wrong shape"),
    Wrong("hw5.q1", "text", "0.3, 0.6, 0.1", "wrong type"),
    Wrong("hw5.q1", "sloppy", [0.28, 0.62, 0.1], "rounded"),
    Wrong("hw5.q1", "does not sum to one", [0.5, 0.6, 0.1], "does not sum to one"),
    Wrong("hw5.q1", "another guess", [0.5, 0.4, 0.1], None),
    Wrong("hw5.q2", "sums", [5.5, 7], "not divided by n"),
    Wrong("hw5.q2", "counts", (6 / 10, 6 / 10), "hard counts"),
    Wrong("hw5.q2", "two iterations", (0.55, 0.59), "only the second iteration"),
    Wrong("hw5.q2", "all to the first", (0.55, 1), "the other fixed point"),
    Wrong("hw5.q3", "no mixing weights", no_phi, "no mixing weights"),
    Wrong("hw5.q3", "columns", by_column, "wrong axis"),
    Wrong("hw5.q3", "transposed", transposed, "transposed"),
    Wrong("hw5.q3", "no return", returns_nothing, "returns None"),
    Wrong("hw5.q3", "keepdims forgotten", broken_broadcast, "raises"),
    Wrong("hw5.q3", "a misspelt attribute", misspelt, "raises"),
    Wrong("hw5.q3", "changes X", centres_in_place, "changes its input"),
    Wrong("hw5.q3", "one argument", one_argument, "wrong arguments"),
    Wrong("hw5.q3", "the result instead of the function", np.ones((2, 3)), "not a function"),
    Wrong("hw5.q3", "ones and zeros", largest_only, "hard assignment"),
    Wrong("hw5.q3", "logarithms", logarithms, "logarithm"),
    Wrong("hw5.q3", "rounded", rounds, "rounded"),
    Wrong("hw5.q3", "labels", labels, "wrong shape"),
    Wrong("hw5.q3", "hard-coded thirds", always_the_same, "wrong shape"),
    Wrong("hw5.q3", "covariance not inverted", no_covariance_inverse, "covariance not inverted"),
    Wrong("hw5.q3", "covariance squared", standard_deviation_confused, None),
    Wrong("hw5.q3", "an endless loop", never_ends, "endless loop"),
    Wrong("hw5.q3", "random noise", random_noise, "unstable"),
    Wrong("hw5.q4", "no shift", no_shift, "linear space"),
    Wrong("hw5.q4", "global maximum", whole_maximum, "global maximum"),
    Wrong("hw5.q4", "NaN replaced by 0", nan_to_zero, "NaN replaced"),
    Wrong("hw5.q4", "nan shared out", lambda a: np.nan_to_num(no_shift(a), nan=1 / a.shape[1]), None),
    Wrong("hw5.q4", "in place", in_place, "changes its input"),
    Wrong("hw5.q4", "clipped", clipped, "clipped"),
    Wrong("hw5.q5", "sums", lambda w: w.sum(0), "not divided by n"),
    Wrong("hw5.q5", "wrong axis", lambda w: w.mean(1), "wrong axis"),
    Wrong("hw5.q5", "n - 1", lambda w: w.sum(0) / (len(w) - 1), "divided by n - 1"),
    Wrong("hw5.q5", "a constant", lambda w: [0.5, 0.3, 0.2], "wrong shape"),
    Wrong("hw5.q5", "reversed", lambda w: w.mean(0)[::-1], "components in another order"),
    Wrong("hw5.q6", "a rare component", "abce", "chose b"),
    Wrong("hw5.q6", "the species", "acde", "chose d"),
    Wrong("hw5.q6", "k-means", "acef", "chose f"),
    Wrong("hw5.q6", "one missing", "ac", "left out e"),
    Wrong("hw5.q6", "a letter that is none", "x", "wrong type"),
    Wrong("hw5.q7", "changed places", lambda v, w: rel_entr(w, v).sum(), "reversed divergence"),
    Wrong("hw5.q7", "0 log 0", lambda v, w: (v * (np.log(v) - np.log(w))).sum(), "zero times minus infinity"),
    Wrong("hw5.q7", "negative", lambda v, w: -rel_entr(v, w).sum(), "sign"),
]
