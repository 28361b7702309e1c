"""Answers to homework 9, spot the bug."""

import numpy as np
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal, norm

from gmm_lib import e_step, gaussian, m_step, posterior
from gmm_lib.parameters import Parameters

from . import Hinted, Right, Wrong


def log_joint(X, weights, means, covariances):
    return np.log(weights) + gaussian.log_densities(X, means, covariances)


# 1: one iteration


def iteration(X, weights, means, covariances):  # the bug, not mended
    w = softmax(log_joint(X, weights, means, covariances), axis=1)
    counts = w.sum(axis=0)
    shares = counts / len(X)
    means = (w.T @ X) / counts[:, None]
    r = X[:, None] - means
    covariances = np.einsum("ij,ija,ijb->jab", w, r, r) / counts[:, None, None]
    return weights, means, covariances


def iteration_with_averages(X, pi, mu, sigma):
    w = e_step.normalize(log_joint(X, pi, mu, sigma))
    return (
        w.mean(0),
        [np.average(X, axis=0, weights=w[:, j]) for j in range(len(pi))],
        [np.cov(X.T, aweights=w[:, j], ddof=0) for j in range(len(pi))],
    )


def iteration_in_a_dictionary(X, weights, means, covariances):
    w = softmax(log_joint(X, weights, means, covariances), axis=1)
    new = {"weights": [], "means": [], "covariances": []}
    for column in w.T:
        mean = (column[:, None] * X).sum(axis=0) / column.sum()
        new["weights"].append(column.sum() / len(X))
        new["means"].append(mean)
        new["covariances"].append(sum(c * np.outer(x - mean, x - mean) for c, x in zip(column, X)) / column.sum())
    return new


def counts_returned(X, weights, means, covariances):
    _, new_means, new_covariances = iteration(X, weights, means, covariances)
    return softmax(log_joint(X, weights, means, covariances), axis=1).sum(0), new_means, new_covariances


def equal_shares(X, weights, means, covariances):
    return (np.ones(len(weights)) / len(weights), *iteration(X, weights, means, covariances)[1:])


def two_results(X, weights, means, covariances):
    return iteration(X, weights, means, covariances)[1:]


def weights_in_place(X, weights, means, covariances):
    w = softmax(log_joint(X, weights, means, covariances), axis=1)
    _, new_means, new_covariances = iteration(X, weights, means, covariances)
    weights[:] = w.mean(axis=0)
    return weights, new_means, new_covariances


def loops_with_old_means(X, weights, means, covariances):
    w = softmax(log_joint(X, weights, means, covariances), axis=1)
    counts = w.sum(axis=0)
    r = X[:, None] - means
    covariances = np.einsum("ij,ija,ijb->jab", w, r, r) / counts[:, None, None]
    means = (w.T @ X) / counts[:, None]
    return counts / len(X), means, covariances


# 2: log-sum-exp


def broken_log_sum_exp(logs):
    largest = logs.max()
    terms = np.exp(logs - largest)
    return largest + np.log(terms.sum(axis=1))


def add_one_by_one(logs):
    total = np.full(len(logs), -np.inf)
    for column in logs.T:
        total = np.logaddexp(total, column)
    return total


def row_by_row(a):
    out = []
    for row in a:
        top = max(row)
        out.append(top + np.log(sum(np.exp(x - top) for x in row)))
    return out


def by_reduce(logs):
    return np.logaddexp.reduce(logs, axis=1)


def not_added_back(logs):
    largest = logs.max(axis=1, keepdims=True)
    return np.log(np.exp(logs - largest).sum(axis=1))


def keepdims_kept(logs):
    largest = logs.max(axis=1, keepdims=True)
    return largest + np.log(np.exp(logs - largest).sum(axis=1, keepdims=True))


def without_keepdims(logs):
    largest = logs.max(axis=1)
    return largest + np.log(np.exp(logs - largest).sum(axis=1))


def naive(logs):
    return np.log(np.exp(logs).sum(axis=1))


def epsilon(logs):
    largest = logs.max()
    return largest + np.log(np.exp(logs - largest).sum(axis=1) + 1e-300)


def columns(logs):
    return logsumexp(logs, axis=0)


# 3: the Gaussian density


def broken_log_gaussian(X, mean, covariance):
    r = X - mean
    distance = np.einsum("ia,ab,ib->i", r, covariance, r)
    return -0.5 * (distance + np.linalg.slogdet(covariance)[1] + X.shape[1] * np.log(2 * np.pi))


def with_cholesky(X, mean, covariance):
    L = np.linalg.cholesky(covariance)
    y = np.linalg.solve(L, (X - mean).T)
    return -(y**2).sum(0) / 2 - np.log(np.diag(L)).sum() - X.shape[1] / 2 * np.log(2 * np.pi)


def logarithm_of_density(points, mu, sigma):
    density = []
    for x in points:
        q = (x - mu) @ np.linalg.inv(sigma) @ (x - mu)
        density.append(float(np.exp(-q / 2) / np.sqrt(np.linalg.det(2 * np.pi * sigma))))
    return np.log(np.array(density))


def with_eigenvalues(X, mean, covariance):
    values, vectors = np.linalg.eigh(covariance)
    z = (X - mean) @ vectors / np.sqrt(values)
    return norm.logpdf(z).sum(axis=1) - 0.5 * np.log(values).sum()


def entrywise(X, mean, covariance):
    r = X - mean
    distance = np.einsum("ia,ab,ib->i", r, 1 / covariance, r)
    return -0.5 * (distance + np.linalg.slogdet(covariance)[1] + X.shape[1] * np.log(2 * np.pi))


def inverse_determinant(X, mean, covariance):
    r, P = X - mean, np.linalg.inv(covariance)
    distance = np.einsum("ia,ab,ib->i", r, P, r)
    return -0.5 * (distance + np.linalg.slogdet(P)[1] + X.shape[1] * np.log(2 * np.pi))


def density_itself(X, mean, covariance):
    return multivariate_normal(mean, covariance).pdf(X)


def all_pairs(X, mean, covariance):
    r = X - mean
    distance = r @ np.linalg.inv(covariance) @ r.T
    return -0.5 * (distance + np.linalg.slogdet(covariance)[1] + X.shape[1] * np.log(2 * np.pi))


# 4: two Gaussians on a line


def two(x, one, other, means, sds, last):
    a, b = one * norm.pdf(x, means[0], sds[0]), other * norm.pdf(x, means[1], sds[1])
    share = b / (a + b)
    both = np.column_stack([1 - share, share])
    means = both.T @ x / both.sum(axis=0)
    sds = np.sqrt((both * (x[:, None] - means) ** 2).sum(axis=0) / both.sum(axis=0))
    return last(share), means, sds


def mended_two(x, weight, means, sds):
    return two(x, 1 - weight, weight, means, sds, np.mean)


def two_in_loops(x, w, mu, sd):
    share = [
        w * norm.pdf(v, mu[1], sd[1]) / (w * norm.pdf(v, mu[1], sd[1]) + (1 - w) * norm.pdf(v, mu[0], sd[0])) for v in x
    ]
    n1 = sum(share)
    n0 = len(x) - n1
    m0 = sum((1 - s) * v for s, v in zip(share, x)) / n0
    m1 = sum(s * v for s, v in zip(share, x)) / n1
    v0 = sum((1 - s) * (v - m0) ** 2 for s, v in zip(share, x)) / n0
    v1 = sum(s * (v - m1) ** 2 for s, v in zip(share, x)) / n1
    return n1 / len(x), [m0, m1], [v0**0.5, v1**0.5]


def logistic_two(x, weight, means, sds):
    lean = norm.logpdf(x, means[1], sds[1]) - norm.logpdf(x, means[0], sds[0]) + np.log(weight / (1 - weight))
    share = 1 / (1 + np.exp(-lean))
    both = np.stack([1 - share, share], axis=1)
    centre = np.average(np.stack([x, x], axis=1), axis=0, weights=both)
    return share.mean(), centre, np.sqrt(np.average((x[:, None] - centre) ** 2, axis=0, weights=both))


def variances_returned(x, weight, means, sds):
    weight, means, sds = mended_two(x, weight, means, sds)
    return weight, means, sds**2


# 5: responsibilities


def broken_shares(X, weights, means, covariances):
    joint = np.empty((len(X), len(weights)))
    for j in range(len(weights)):
        joint[:, j] = weights[j] * multivariate_normal(means[j], covariances[j]).pdf(X)
    return joint / joint.sum(axis=1, keepdims=True)


def log_shares_in_loops(X, weights, means, covariances):
    table = []
    for x in X:
        logs = [np.log(w) + multivariate_normal.logpdf(x, m, c) for w, m, c in zip(weights, means, covariances)]
        shares = [np.exp(a - max(logs)) for a in logs]
        table.append([s / sum(shares) for s in shares])
    return table


def through_parameters(X, weights, means, covariances):
    return posterior.posterior(X, Parameters(weights, means, covariances))


def minus_log_sum(X, weights, means, covariances):
    a = log_joint(X, weights, means, covariances)
    return np.exp(a - np.logaddexp.reduce(a, axis=1)[:, None])


def nan_to_zero(X, weights, means, covariances):
    return np.nan_to_num(broken_shares(X, weights, means, covariances))


def nan_to_thirds(X, weights, means, covariances):
    w = broken_shares(X, weights, means, covariances)
    w[np.isnan(w)] = 1 / 3
    return w


def tiny_added(X, weights, means, covariances):
    joint = np.exp(log_joint(X, weights, means, covariances)) + 1e-300
    return joint / joint.sum(axis=1, keepdims=True)


def far_points_removed(X, weights, means, covariances):
    w = broken_shares(X, weights, means, covariances)
    return w[~np.isnan(w).any(axis=1)]


def whole_array_maximum(X, weights, means, covariances):
    a = log_joint(X, weights, means, covariances)
    e = np.exp(a - a.max())
    return e / e.sum(axis=1, keepdims=True)


# 6: a model with predict


class Mended:
    def __init__(self, parameters):
        self.parameters = parameters

    def predict(self, X):
        return e_step.responsibilities(X, self.parameters).argmax(axis=1)


class StoresTheLast:
    def __init__(self, parameters):
        self.parameters = parameters
        self.w = None

    def predict(self, X):
        self.w = e_step.responsibilities(X, self.parameters)
        return self.w.argmax(axis=1)


class Forgets:
    def __init__(self, parameters):
        self.parameters = parameters
        self.w = None

    def predict(self, X):
        if self.w is None:
            self.w = e_step.responsibilities(X, self.parameters)
        labels, self.w = self.w.argmax(axis=1), None
        return labels.tolist()


class InALoop:
    def __init__(self, theta):
        self.theta = theta

    def predict(self, points):
        labels = []
        for x in points:
            joint = [
                w * multivariate_normal(m, c).pdf(x)
                for w, m, c in zip(self.theta.weights, self.theta.means, self.theta.covariances)
            ]
            labels.append(joint.index(max(joint)))
        return labels


class NotMended:
    def __init__(self, parameters):
        self.parameters = parameters
        self.w = None

    def predict(self, X):
        if self.w is None:
            self.w = e_step.responsibilities(X, self.parameters)
        return self.w.argmax(axis=1)


class LooksAtTheLength(NotMended):
    def predict(self, X):
        if self.w is None or len(X) != len(self.w):
            self.w = e_step.responsibilities(X, self.parameters)
        return self.w.argmax(axis=1)


class KnowsTheSum(Mended):
    key = None

    def predict(self, X):
        if self.key != round(X.sum(), 6):
            self.key, self.labels = round(X.sum(), 6), super().predict(X)
        return self.labels


class KnowsTheObject(Mended):
    seen = None

    def predict(self, X):
        if self.seen is not X:
            self.seen, self.labels = X, super().predict(X)
        return self.labels


class KnowsTheEnds(Mended):
    key = None

    def predict(self, X):
        if self.key != (len(X), *X[0], *X[-1]):
            self.key, self.labels = (len(X), *X[0], *X[-1]), super().predict(X)
        return self.labels


class KnowsEveryNumber(Mended):  # a memory that is right
    def __init__(self, parameters):
        super().__init__(parameters)
        self.seen = {}

    def predict(self, X):
        key = X.shape, X.tobytes()
        if key not in self.seen:
            self.seen[key] = super().predict(X)
        return self.seen[key]


class FromOne(Mended):
    def predict(self, X):
        return [label + 1 for label in super().predict(X)]


class GivesShares(Mended):
    def predict(self, X):
        return e_step.responsibilities(X, self.parameters)


class Misspelt(Mended):
    def predict(self, X):
        return e_step.responsibilities(X, self.parameter).argmax(axis=1)


class Blank:
    def __init__(self, parameters):
        self.parameters = parameters

    def predict(self, X):
        """To do."""
        ...


class Nothing(Mended):
    def predict(self, X):
        e_step.responsibilities(X, self.parameters).argmax(axis=1)


class Unfinished:
    pass


class WrongAxis(Mended):
    def predict(self, X):
        return e_step.responsibilities(X, self.parameters).argmax(axis=0)


# 7: the log-likelihood


def broken_log_likelihood(X, weights, means, covariances):
    joint = weights * np.exp(gaussian.log_densities(X, means, covariances))
    w = joint / joint.sum(axis=1, keepdims=True)
    return np.log(w.sum(axis=1)).sum()


def in_linear_space(X, weights, means, covariances):
    joint = weights * np.exp(gaussian.log_densities(X, means, covariances))
    return np.log(joint.sum(axis=1)).sum()


def in_a_list(X, weights, means, covariances):
    total = 0.0
    for x in X:
        total += np.log(sum(w * multivariate_normal(m, c).pdf(x) for w, m, c in zip(weights, means, covariances)))
    return [total]


def bound_at_the_posterior(X, weights, means, covariances):
    a = log_joint(X, weights, means, covariances)
    w = softmax(a, axis=1)
    return (w * (a - np.log(w))).sum()


def logarithm_of_the_product(X, weights, means, covariances):
    return np.log(np.prod((weights * np.exp(gaussian.log_densities(X, means, covariances))).sum(axis=1)))


def the_product(X, weights, means, covariances):
    return np.prod((weights * np.exp(gaussian.log_densities(X, means, covariances))).sum(axis=1))


# 8: the M-step


def broken_maximise(X, w):
    n, k = w.shape
    means = w.T @ X / n
    r = X[:, None] - means
    return w.sum(axis=0) / n, means, np.einsum("ij,ija,ijb->jab", w, r, r) / n


def means_only(X, w):
    n, k = w.shape
    means = w.T @ X / w.sum(axis=0)[:, None]
    r = X[:, None] - means
    return w.sum(axis=0) / n, means, np.einsum("ij,ija,ijb->jab", w, r, r) / n


def maximise_with_averages(X, w):
    return (
        w.mean(axis=0),
        np.array([np.average(X, axis=0, weights=c) for c in w.T]),
        np.array([np.cov(X, rowvar=False, aweights=c, bias=True) for c in w.T]),
    )


def maximise_by_moments(X, w):
    counts = w.sum(axis=0)
    means = (w.T @ X) / counts[:, None]
    seconds = np.einsum("ij,ia,ib->jab", w, X, X) / counts[:, None, None]
    return counts / counts.sum(), means, seconds - means[:, :, None] * means[:, None, :]


def as_parameters(X, w):
    class Result:
        weights, means, covariances = maximise_with_averages(X, w)

    return Result()


def unbiased(X, w):
    counts = w.sum(axis=0)
    weights, means, covariances = maximise_with_averages(X, w)
    return weights, means, [S * c / (c - 1) for S, c in zip(covariances, counts)]


def rows_for_columns(X, w):
    n, k = w.shape
    means = w.T @ X / w.sum(axis=1)[:k, None]
    return w.sum(axis=0) / n, means, maximise_with_averages(X, w)[2]


def broken_broadcast(X, w):
    counts = w.sum(axis=0)
    means = w.T @ X / counts
    return counts / len(X), means, maximise_with_averages(X, w)[2]


def counts_as_weights(X, w):
    return (w.sum(0), *maximise_with_averages(X, w)[1:])


def counts_and_a_millionth(X, w):
    counts = w.sum(axis=0) + 1e-6
    means = w.T @ X / counts[:, None]
    r = X[:, None] - means
    return counts / len(X), means, np.einsum("ij,ija,ijb->jab", w, r, r) / counts[:, None, None]


# 9: the first means


def unique_choice(X, k, rng):
    values = np.unique(X, axis=0)
    return values[rng.choice(len(values), k, replace=False)]


def permuted(X, k, rng):
    return rng.permutation(np.unique(X, axis=0))[:k]


def draws_until_different(X, k, rng):
    found = []
    while len(found) < k:
        row = X[rng.integers(len(X))].tolist()
        if row not in found:
            found.append(row)
    return found


def plus_plus(X, k, rng):
    means = [X[rng.integers(len(X))]]
    while len(means) < k:
        d = np.min([((X - m) ** 2).sum(axis=1) for m in means], axis=0)
        means.append(X[rng.choice(len(X), p=d / d.sum())])
    return np.array(means)


def rejects_repeats(X, k, rng):
    while True:
        rows = X[rng.integers(0, len(X), size=k)]
        if len({tuple(row) for row in rows}) == k:
            return rows


def broken_first_means(X, k, rng):
    return X[rng.integers(0, len(X), size=k)]


def without_replacement(X, k, rng):
    return X[rng.choice(len(X), size=k, replace=False)]


def unique_with_replacement(X, k, rng):
    values = np.unique(X, axis=0)
    return values[rng.choice(len(values), size=k)]


def numbers_only(X, k, rng):
    return rng.choice(len(X), size=k, replace=False)


def first_ones(X, k, rng):
    return X[:k]


def first_different_ones(X, k, rng):
    return np.unique(X, axis=0)[:k]


def own_seed(X, k, rng):
    rng = np.random.default_rng(42)
    values = np.unique(X, axis=0)
    return values[rng.choice(len(values), size=k, replace=False)]


def jittered(X, k, rng):
    return X[rng.choice(len(X), size=k, replace=False)] + rng.normal(0, 1e-3, (k, X.shape[1]))


def duplicates_dropped(X, k, rng):
    return np.unique(X[rng.integers(0, len(X), size=k)], axis=0)


def neighbours(X, k, rng):
    rows = X[np.sort(np.unique(X, axis=0, return_index=True)[1])]
    return np.roll(rows, rng.integers(len(rows)), axis=0)[:k]


# 10: a test


def compares(m_step, X, w):
    given, mine = m_step(X, w), maximise_with_averages(X, w)
    return all(np.allclose(a, b) for a, b in zip(given, mine))


def by_identities(
    step, X, w
):  # moments of the whole that a right M-step keeps are not enough alone; one component at a time is
    weights, means, covariances = (np.asarray(part) for part in step(X, w))
    counts = w.sum(axis=0)
    seconds = np.einsum("ij,ia,ib->jab", w, X, X)
    first = np.allclose(weights * len(X), counts) and np.allclose(counts[:, None] * means, w.T @ X)
    return int(
        first and np.allclose(counts[:, None, None] * (covariances + means[:, :, None] * means[:, None]), seconds)
    )


def weights_sum_to_one(m_step, X, w):
    return np.isclose(np.sum(m_step(X, w)[0]), 1)


def overall_mean(m_step, X, w):
    weights, means, covariances = m_step(X, w)
    return np.allclose(weights, w.mean(axis=0)) and np.allclose(weights @ means, X.mean(axis=0))


def exactly(m_step, X, w):
    weights, means, covariances = m_step(X, w)
    mine = maximise_by_moments(X, w)
    return bool(np.all(weights == mine[0]) and np.all(means == mine[1]) and np.all(covariances == mine[2]))


def weights_and_means(m_step, X, w):
    weights, means, _ = m_step(X, w)
    mine = maximise_with_averages(X, w)
    return np.allclose(weights, mine[0]) and np.allclose(means, mine[1])


def loose(m_step, X, w):
    given, mine = m_step(X, w), maximise_with_averages(X, w)
    return (
        np.allclose(given[0], mine[0])
        and np.allclose(given[1], mine[1])
        and all(np.trace(np.atleast_2d(a)) > 0.9 * np.trace(np.atleast_2d(b)) for a, b in zip(given[2], mine[2]))
    )


def asserts(m_step, X, w):
    given, mine = m_step(X, w), maximise_with_averages(X, w)
    for a, b in zip(given, mine):
        np.testing.assert_allclose(a, b)
    return True


RIGHT = [
    Right(
        "hw9.q1a", "the last line", (7, "It returns the old weights, so they never change however long one iterates.")
    ),
    Right("hw9.q1a", "the unused line", [3, "shares is computed but never used; the mixing weights stay as they were"]),
    Right("hw9.q1a", "a number in words", ("line seven", "it hands back the old weights, the new ones are never used")),
    Right(
        "hw9.q1a",
        "a line in words",
        ("line 7", "The weights handed back are the ones that came in, the new shares are thrown away"),
    ),
    Right("hw9.q1b", "NumPy's averages", iteration_with_averages),
    Right("hw9.q1b", "a dictionary", iteration_in_a_dictionary),
    Right("hw9.q2a", "rows", (1, "max() is taken over all entries; a row far below underflows to log 0 = -inf")),
    Right(
        "hw9.q2a",
        "axis",
        (1, "The axis is missing: with the global maximum exp gives zero for every entry of small rows"),
    ),
    Right("hw9.q2b", "logaddexp in a loop", add_one_by_one),
    Right("hw9.q2b", "pure Python", row_by_row),
    Right("hw9.q2b", "a reduction", by_reduce),
    Right("hw9.q2b", "SciPy", lambda logs: logsumexp(logs, axis=-1)),
    Right(
        "hw9.q3a",
        "plain",
        (2, "The covariance should be inverted. With the identity one does not notice, since it is its own inverse."),
    ),
    Right(
        "hw9.q3a",
        "precision",
        (2, "It needs the precision matrix, otherwise far points are punished more if the variance is large"),
    ),
    Right("hw9.q3b", "Cholesky", with_cholesky),
    Right("hw9.q3b", "logarithm at the end", logarithm_of_density),
    Right("hw9.q3b", "eigenvalues", with_eigenvalues),
    Right("hw9.q3b", "SciPy", lambda X, mean, covariance: multivariate_normal.logpdf(X, mean, covariance)),
    Right(
        "hw9.q4a",
        "line 1",
        (1, "weight belongs to the second component but multiplies the first one, so the log-likelihood falls"),
    ),
    Right(
        "hw9.q4a",
        "line 2",
        (2, "1 - weight and weight are swapped with respect to line 4; it oscillates from turn to turn"),
    ),
    Right(
        "hw9.q4a",
        "line 4",
        (4.0, "This is the complement of the weight used in lines 1 and 2. The likelihood goes down."),
    ),
    Right("hw9.q4b", "swapped", mended_two),
    Right("hw9.q4b", "pure Python", two_in_loops),
    Right("hw9.q4b", "logistic", logistic_two),
    Right("hw9.q5a", "line 3", (3, "The densities underflow: pdf gives 0 for the far point, then 0/0 is nan")),
    Right(
        "hw9.q5a",
        "line 4",
        (4, "divides by a sum that is zero when the point is far from all components, hence nan everywhere"),
    ),
    Right("hw9.q5b", "loops", log_shares_in_loops),
    Right("hw9.q5b", "the book's posterior", through_parameters),
    Right("hw9.q5b", "minus the log-sum-exp", minus_log_sum),
    Right(
        "hw9.q6a", "line 3", (3, "Only the first call computes w; a second call with new points gets the old labels")
    ),
    Right(
        "hw9.q6a",
        "line 4",
        (4, "w is stored in self and reused although the points are different, even their number is wrong"),
    ),
    Right("hw9.q6b", "no memory", Mended),
    Right("hw9.q6b", "keeps the last", StoresTheLast),
    Right("hw9.q6b", "forgets after each call", Forgets),
    Right("hw9.q6b", "in a loop", InALoop),
    Right("hw9.q6b", "remembers every number", KnowsEveryNumber),
    Right("hw9.q7a", "line 3", (3, "w is normalised, so each row sums to 1 and the log is zero for every point")),
    Right(
        "hw9.q7a",
        "line 2",
        (2, "After dividing, the rows are responsibilities; their sum is one, so the result is always 0"),
    ),
    Right("hw9.q7b", "linear space", in_linear_space),
    Right("hw9.q7b", "a list of one", in_a_list),
    Right("hw9.q7b", "the bound at the posterior", bound_at_the_posterior),
    Right("hw9.q7b", "the logarithm of the product", logarithm_of_the_product),
    Right("hw9.q8a", "line 3", (3, "It divides by n and not by N_j, so the means are pulled towards the origin")),
    Right(
        "hw9.q8a", "line 5", (5, "the covariances should be divided by the effective counts; they come out too small")
    ),
    Right("hw9.q8b", "averages", maximise_with_averages),
    Right("hw9.q8b", "moments", maximise_by_moments),
    Right("hw9.q8b", "an object", as_parameters),
    Right("hw9.q9a", "plain", (1, "integers draws with replacement, and two equal means stay equal for ever")),
    Right("hw9.q9b", "choice among the different", unique_choice),
    Right("hw9.q9b", "a permutation", permuted),
    Right("hw9.q9b", "a list, until different", draws_until_different),
    Right("hw9.q9b", "k-means++", plus_plus),
    Right("hw9.q9b", "rejection", rejects_repeats),
    Right("hw9.q10", "compares", compares),
    Right("hw9.q10", "identities", by_identities),
]

WRONG = [
    Wrong(
        "hw9.q1a",
        "a line that is right",
        (2, "The counts should be divided by n before anything else is done with them"),
        "another line",
    ),
    Wrong(
        "hw9.q1a",
        "no such line",
        (9, "The weights are never updated in this function, they stay the same"),
        "no such line",
    ),
    Wrong("hw9.q1a", "a number alone", 7, "wrong type"),
    Wrong("hw9.q1a", "text first", ("the weights never change, they stay the same", 7), "wrong type"),
    Wrong("hw9.q1b", "not mended", iteration, "weights never update"),
    Wrong("hw9.q1b", "counts", counts_returned, "not divided by n"),
    Wrong("hw9.q1b", "equal", equal_shares, "equal weights"),
    Wrong("hw9.q1b", "two results", two_results, "wrong type"),
    Wrong("hw9.q1b", "in place", weights_in_place, "changes its input"),
    Wrong("hw9.q1b", "old means", loops_with_old_means, "about the old means"),
    Wrong(
        "hw9.q2a",
        "the symptom's line",
        (3, "The log of zero is -inf there; one should add a tiny number to it"),
        "another line",
    ),
    Wrong("hw9.q2b", "not mended", broken_log_sum_exp, "global maximum"),
    Wrong("hw9.q2b", "not added back", not_added_back, "shift not added back"),
    Wrong("hw9.q2b", "an axis kept", keepdims_kept, "extra axis"),
    Wrong("hw9.q2b", "keepdims forgotten", without_keepdims, "raises"),
    Wrong("hw9.q2b", "no shift", naive, "no shift"),
    Wrong("hw9.q2b", "epsilon", epsilon, "small number added"),
    Wrong("hw9.q2b", "columns", columns, "wrong shape"),
    Wrong("hw9.q2b", "the largest", lambda logs: logs.max(axis=1), "maximum instead of sum"),
    Wrong(
        "hw9.q3a",
        "the constant",
        (4, "The factor (2 pi) should have the power of the dimension, and it looks wrong"),
        "another line",
    ),
    Wrong("hw9.q3b", "not mended", broken_log_gaussian, "covariance not inverted"),
    Wrong("hw9.q3b", "entrywise", entrywise, "entries inverted one by one"),
    Wrong("hw9.q3b", "inverse everywhere", inverse_determinant, "determinant of the inverse"),
    Wrong("hw9.q3b", "no logarithm", density_itself, "not the logarithm"),
    Wrong("hw9.q3b", "all pairs", all_pairs, "wrong shape"),
    Wrong(
        "hw9.q4a",
        "standard deviations",
        (7, "The standard deviations should be taken without the square root to be variances"),
        "another line",
    ),
    Wrong("hw9.q4b", "not mended", lambda x, w, m, s: two(x, w, 1 - w, m, s, np.mean), "complement"),
    Wrong(
        "hw9.q4b",
        "the other end",
        lambda x, w, m, s: two(x, w, 1 - w, m, s, lambda g: 1 - g.mean()),
        "the other convention",
    ),
    Wrong(
        "hw9.q4b",
        "both ends",
        lambda x, w, m, s: two(x, 1 - w, w, m, s, lambda g: np.mean(1 - g)),
        "changed at both ends",
    ),
    Wrong("hw9.q4b", "one line only", lambda x, w, m, s: two(x, w, w, m, s, np.mean), "the weight cancels"),
    Wrong("hw9.q4b", "variances", variances_returned, "square"),
    Wrong(
        "hw9.q5a",
        "allocation",
        (1, "np.empty holds random numbers, it should be np.zeros to be safe here"),
        "another line",
    ),
    Wrong("hw9.q5b", "not mended", broken_shares, "far point lost"),
    Wrong("hw9.q5b", "nan to zero", nan_to_zero, "far row of zeros"),
    Wrong("hw9.q5b", "nan to thirds", nan_to_thirds, "far point shared out evenly"),
    Wrong("hw9.q5b", "a tiny number everywhere", tiny_added, "far point shared out evenly"),
    Wrong("hw9.q5b", "far points removed", far_points_removed, "wrong shape"),
    Wrong("hw9.q5b", "global maximum", whole_array_maximum, "far point lost"),
    Wrong(
        "hw9.q6a",
        "argmax",
        (5, "argmax takes the wrong axis, the columns should be compared and not rows"),
        "another line",
    ),
    Wrong("hw9.q6b", "not mended", NotMended, "old state"),
    Wrong("hw9.q6b", "looks at the length", LooksAtTheLength, "remembers by length"),
    Wrong("hw9.q6b", "knows the sum", KnowsTheSum, None),
    Wrong("hw9.q6b", "knows the object", KnowsTheObject, "remembers by the object"),
    Wrong("hw9.q6b", "knows the first and the last point", KnowsTheEnds, None),
    Wrong("hw9.q6b", "from one", FromOne, "counts from one"),
    Wrong("hw9.q6b", "shares", GivesShares, "wrong shape"),
    Wrong("hw9.q6b", "an object", Mended(None), "an object"),
    Wrong("hw9.q6b", "misspelt", Misspelt, "raises"),
    Wrong("hw9.q6b", "blank", Blank, "unanswered"),
    Wrong("hw9.q6b", "no return", Nothing, "returns None"),
    Wrong("hw9.q6b", "no method", Unfinished, "no predict"),
    Wrong("hw9.q6b", "wrong axis", WrongAxis, "wrong shape"),
    Wrong(
        "hw9.q7a",
        "the logarithm",
        (4, "The logarithm should be taken before the sum over the components is computed"),
        "another line",
    ),
    Wrong("hw9.q7b", "not mended", broken_log_likelihood, "sums log 1"),
    Wrong("hw9.q7b", "a product", the_product, "not the logarithm"),
    Wrong("hw9.q7b", "negative", lambda X, w, m, c: -in_linear_space(X, w, m, c), "sign"),
    Wrong("hw9.q7b", "per point", lambda X, w, m, c: in_linear_space(X, w, m, c) / len(X), "averaged over the points"),
    Wrong("hw9.q7b", "logs of everything", lambda X, w, m, c: log_joint(X, w, m, c).sum(), "sum of all log-joints"),
    Wrong(
        "hw9.q7b",
        "completed",
        lambda X, w, m, c: (softmax(log_joint(X, w, m, c), 1) * log_joint(X, w, m, c)).sum(),
        "expected complete log-likelihood",
    ),
    Wrong(
        "hw9.q8a", "the weights", (2, "The weights must be divided by the effective count and not by n"), "another line"
    ),
    Wrong("hw9.q8b", "not mended", broken_maximise, "divided by n"),
    Wrong("hw9.q8b", "means only", means_only, "only the means mended"),
    Wrong("hw9.q8b", "unbiased", unbiased, "counts minus one"),
    Wrong("hw9.q8b", "broadcast", broken_broadcast, "raises"),
    Wrong("hw9.q8b", "rows", rows_for_columns, "raises"),
    Wrong("hw9.q8b", "N_j + 1e-6", counts_and_a_millionth, None),
    Wrong("hw9.q8b", "counts", counts_as_weights, "weights not divided by n"),
    Wrong(
        "hw9.q9a",
        "the other line",
        (2, "It should be X[:, rows], since the points are in the columns of it"),
        "another line",
    ),
    Wrong("hw9.q9b", "not mended", broken_first_means, "with replacement"),
    Wrong("hw9.q9b", "different rows, equal values", without_replacement, "equal rows"),
    Wrong("hw9.q9b", "different values, with replacement", unique_with_replacement, "with replacement"),
    Wrong("hw9.q9b", "row numbers", numbers_only, "row numbers"),
    Wrong("hw9.q9b", "the first", first_ones, "the first rows"),
    Wrong("hw9.q9b", "the smallest", first_different_ones, "not random"),
    Wrong("hw9.q9b", "a seed of its own", own_seed, "not random"),
    Wrong("hw9.q9b", "neighbours", neighbours, "a block of rows"),
    Wrong("hw9.q9b", "jittered", jittered, "not rows of X"),
    Wrong("hw9.q9b", "fewer", duplicates_dropped, "wrong shape"),
    Wrong("hw9.q10", "weights only", weights_sum_to_one, "means not tested"),
    Wrong("hw9.q10", "overall mean only", overall_mean, "covariances not tested"),
    Wrong("hw9.q10", "to the last bit", exactly, "a right one refused"),
    Wrong("hw9.q10", "no covariances", weights_and_means, "covariances not tested"),
    Wrong("hw9.q10", "a loose trace", loose, "divisor not tested"),
    Wrong("hw9.q10", "always true", lambda m_step, X, w: True, "means not tested"),
    Wrong("hw9.q10", "raises instead of saying", asserts, "raises"),
]

HINTED = [
    Hinted("hw9.q1a", "too short", (7, "old weights"), "short"),
    Hinted(
        "hw9.q1a",
        "another reason",
        (7, "The covariances that are returned here should have been inverted before the return"),
        "idea 1 not found",
    ),
    Hinted(
        "hw9.q2a",
        "half a reason",
        (1, "The maximum used here is the biggest thing of everything in there, not good"),
        "idea 2 not found",
    ),
    Hinted(
        "hw9.q3a",
        "a residual",
        (2, "The residuals are used in the wrong order in this formula, I think so"),
        "idea 1 not found",
    ),
    Hinted(
        "hw9.q4a",
        "half a reason",
        (1, "The weight is used with the wrong component here and should be the second's"),
        "idea 2 not found",
    ),
    Hinted(
        "hw9.q9a",
        "half a reason",
        (1, "The random numbers might well be repeated, which they should not be here"),
        "idea 2 not found",
    ),
]
