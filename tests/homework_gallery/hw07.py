"""Answers to homework 7, the whole algorithm."""

from types import SimpleNamespace

import numpy as np
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal

from gmm_lib import e_step, em, gaussian, initialization, likelihood, m_step
from gmm_lib.parameters import Parameters

from . import Right, Wrong

# q2


def around(X, means, k):
    return np.full(k, 1 / k), means, np.array([np.cov(X.T)] * k)


def unique_rows(X, k, rng):
    rows = np.unique(X, axis=0)
    return around(X, rows[rng.choice(len(rows), k, replace=False)], k)


def until_different(X, k, rng):
    means = []
    while len(means) < k:
        row = X[rng.integers(len(X))].tolist()
        if row not in means:
            means.append(row)
    return {"weights": [1 / k] * k, "means": means, "covariances": [np.cov(X, rowvar=False, bias=True)] * k}


def the_library(X, k, rng):
    return initialization.distinct_rows(X, k, rng)


def spread_out(X, k, rng):
    return initialization.kmeans_plus_plus(X, k, rng)


def shuffled(X, k, rng):
    order = rng.permutation(len(X))
    rows = list(dict.fromkeys(map(tuple, X[order])))[:k]
    return around(X, np.array(rows), k)


def as_the_article(X, k, rng):
    return around(X, X[rng.integers(0, len(X), size=k)], k)


def no_replacement_only(X, k, rng):
    return around(X, X[rng.choice(len(X), size=k, replace=False)], k)


def first_rows(X, k, rng):
    return around(X, X[:k], k)


def global_generator(X, k, rng):
    rows = np.unique(X, axis=0)
    return around(X, rows[np.random.permutation(len(rows))[:k]], k)


def seeded_inside(X, k, rng):
    return unique_rows(X, k, np.random.default_rng(42))


def anywhere(X, k, rng):
    return around(X, rng.normal(size=(k, X.shape[1])), k)


def in_the_box(X, k, rng):
    return around(X, rng.uniform(X.min(axis=0), X.max(axis=0), (k, X.shape[1])), k)


def everything_at_the_mean(X, k, rng):
    return around(X, np.tile(X.mean(axis=0), (k, 1)), k)


def ones(X, k, rng):
    return np.ones(k), *unique_rows(X, k, rng)[1:]


def random_weights(X, k, rng):
    _, means, covariances = unique_rows(X, k, rng)
    return rng.dirichlet(np.ones(k)), means, covariances


def identity(X, k, rng):
    weights, means, _ = unique_rows(X, k, rng)
    return weights, means, [np.eye(X.shape[1])] * k


def only_variances(X, k, rng):
    weights, means, _ = unique_rows(X, k, rng)
    return weights, means, [np.diag(np.var(X, axis=0))] * k


def cov_of_rows(X, k, rng):
    weights, means, _ = unique_rows(X, k, rng)
    return weights, means, [np.cov(X)] * k


def one_covariance(X, k, rng):
    weights, means, _ = unique_rows(X, k, rng)
    return weights, means, np.cov(X.T)


def shuffles_the_data(X, k, rng):
    rng.shuffle(X)
    return around(X, X[:k], k)


def only_the_means(X, k, rng):
    return unique_rows(X, k, rng)[1]


def shrunk(X, k, rng):
    weights, means, covariances = unique_rows(X, k, rng)
    return weights, means, covariances / k


def a_block(X, k, rng):
    i = rng.integers(len(X) - k + 1)
    return around(X, np.unique(X, axis=0)[i % max(1, len(np.unique(X, axis=0)) - k + 1) :][:k], k)


def a_block_round_the_end(X, k, rng):
    rows = X[np.sort(np.unique(X, axis=0, return_index=True)[1])]
    return around(X, np.roll(rows, rng.integers(len(rows)), axis=0)[:k], k)


def a_shuffled_block(X, k, rng):
    rows = X[np.sort(np.unique(X, axis=0, return_index=True)[1])]
    return around(X, rng.permutation(np.roll(rows, rng.integers(len(rows)), axis=0)[:k]), k)


# q3


def logs(X, parameters):
    return gaussian.log_densities(X, parameters.means, parameters.covariances) + np.log(parameters.weights)


def both(X, parameters):
    a = logs(X, parameters)
    s = logsumexp(a, axis=1, keepdims=True)
    return np.exp(a - s), s.sum()


def with_softmax(X, parameters):
    a = logs(X, parameters)
    return softmax(a, axis=1), sum(logsumexp(row) for row in a)


def own_shift(X, theta):
    a = logs(X, theta)
    top = a.max(axis=1)
    e = np.exp(a - top[:, None])
    return {"responsibilities": e / e.sum(1)[:, None], "log_likelihood": float(np.sum(top + np.log(e.sum(1))))}


def logaddexp(X, parameters):
    a = logs(X, parameters)
    s = np.logaddexp.reduce(a, axis=1)
    return (np.exp(a.T - s).T).tolist(), [s.sum()]


def the_modules(X, parameters):
    return e_step.responsibilities(X, parameters), likelihood.log_likelihood(X, parameters)


def exponentials(X, parameters):
    joint = np.exp(logs(X, parameters))
    return joint / joint.sum(axis=1, keepdims=True), np.log(joint.sum(axis=1)).sum()


def with_epsilon(X, parameters):
    a = logs(X, parameters)
    return softmax(a, axis=1), np.log(np.exp(a).sum(axis=1) + 1e-300).sum()


def mean_value(X, parameters):
    a = logs(X, parameters)
    return softmax(a, axis=1), logsumexp(a, axis=1).mean()


def negative(X, parameters):
    a = logs(X, parameters)
    return softmax(a, axis=1), -logsumexp(a, axis=1).sum()


def no_phi(X, parameters):
    f = gaussian.log_densities(X, parameters.means, parameters.covariances)
    return softmax(f, axis=1), logsumexp(f, axis=1).sum()


def values_of_points(X, parameters):
    a = logs(X, parameters)
    return softmax(a, axis=1), logsumexp(a, axis=1)


def sum_of_logs(X, parameters):
    a = logs(X, parameters)
    return softmax(a, axis=1), a.sum()


def responsibilities_summed(X, parameters):
    w = softmax(logs(X, parameters), axis=1)
    return w, np.log(w.sum(axis=1)).sum()


def columns(X, parameters):
    a = logs(X, parameters)
    return softmax(a, axis=0), logsumexp(a, axis=1).sum()


def shift_lost(X, parameters):
    a = logs(X, parameters)
    a = a - a.max(axis=1, keepdims=True)
    e = np.exp(a)
    return e / e.sum(axis=1, keepdims=True), np.log(e.sum(axis=1)).sum()


def one_of_two(X, parameters):
    return softmax(logs(X, parameters), axis=1)


def other_way_round(X, parameters):
    w, value = both(X, parameters)
    return value, w


def em_complete(X, parameters):
    a = logs(X, parameters)
    w = softmax(a, axis=1)
    return w, np.sum(w * a)


# q4


def m_library(X, responsibilities):
    return m_step.m_step(X, responsibilities)


def m_by_np(X, w):
    means = [np.average(X, axis=0, weights=column) for column in w.T]
    return w.mean(0), means, [np.cov(X.T, aweights=column, ddof=0) for column in w.T]


def m_with_small_floor(X, responsibilities):
    p = m_step.m_step(X, responsibilities)
    return Parameters(p.weights, p.means, p.covariances + 1e-6 * np.eye(X.shape[1]))


def m_by_points(X, w):
    n = len(X)
    means = w.T @ X / n
    return w.sum(0) / n, means, [((X - mu) * c[:, None]).T @ (X - mu) / n for mu, c in zip(means, w.T)]


def m_counts(X, w):
    return w.sum(axis=0), *m_by_np(X, w)[1:]


def m_default_cov(X, w):
    weights, means, _ = m_by_np(X, w)
    return weights, means, [np.cov(X.T, aweights=column) for column in w.T]


def m_cov_by_n(X, w):
    weights, means, covariances = m_by_np(X, w)
    matrices = np.reshape(covariances, (len(weights), X.shape[1], X.shape[1]))
    return weights, means, matrices * weights[:, None, None]


def m_with_a_millionth(X, w):
    counts = w.sum(axis=0) + 1e-6
    means = w.T @ X / counts[:, None]
    r = X[:, None] - means
    return counts / len(X), means, np.einsum("ij,ija,ijb->jab", w, r, r) / counts[:, None, None]


# q5: the loop, with the library's half-steps


def E(X, parameters):
    return e_step.responsibilities(X, parameters), likelihood.log_likelihood(X, parameters)


def straightforward(X, start, tol, max_iter):
    parameters = start
    w, value = E(X, parameters)
    for iteration in range(1, max_iter + 1):
        parameters = m_step.m_step(X, w)
        before = value
        w, value = E(X, parameters)
        if abs(value - before) / len(X) < tol:
            break
    return parameters, value, iteration


def driver(X, start, tol, max_iter):
    result = em.run(
        start,
        lambda p: e_step.responsibilities(X, p),
        lambda w: m_step.m_step(X, w),
        lambda p: likelihood.log_likelihood(X, p) / len(X),
        tol=tol,
        max_iter=max_iter,
    )
    return result.state, result.objective * len(X), result.n_iter


def while_loop(X, start, tol, max_iter):
    history, state = [likelihood.log_likelihood(X, start)], start
    while len(history) <= max_iter and (len(history) < 2 or history[-1] - history[-2] >= tol * len(X)):
        state = m_step.m_step(X, e_step.responsibilities(X, state))
        history.append(likelihood.log_likelihood(X, state))
    return [state, np.float32(history[-1]), float(len(history) - 1)]


def own_arrays(X, start, tol, max_iter):  # a dictionary of arrays instead of Parameters, SciPy's density
    p = {"weights": start.weights.copy(), "means": start.means.copy(), "covariances": start.covariances.copy()}

    def density():
        parts = zip(p["weights"], p["means"], p["covariances"])
        return np.stack([w * multivariate_normal(m, c).pdf(X) for w, m, c in parts], axis=1)

    joint = density()
    for count in range(max_iter):
        w = joint / joint.sum(axis=1, keepdims=True)
        N = w.sum(axis=0)
        p["weights"][:] = N / len(X)
        p["means"][:] = w.T @ X / N[:, None]
        for j in range(len(N)):
            p["covariances"][j] = np.cov(X.T, aweights=w[:, j], bias=True)
        last, joint = joint, density()
        gain = np.log(joint.sum(axis=1) / last.sum(axis=1)).mean()
        if gain < tol:
            break
    return p, np.log(joint.sum(axis=1)).sum(), count + 1


def reordered(X, start, tol, max_iter):
    state, value, count = straightforward(X, start, tol, max_iter)
    return state.permuted(np.arange(start.k)[::-1]), value, count


def on_the_sum(X, start, tol, max_iter):
    parameters = start
    w, value = E(X, parameters)
    for iteration in range(1, max_iter + 1):
        parameters = m_step.m_step(X, w)
        before = value
        w, value = E(X, parameters)
        if abs(value - before) < tol:
            break
    return parameters, value, iteration


def watches_the_means(X, start, tol, max_iter):
    parameters = start
    for iteration in range(1, max_iter + 1):
        old = parameters.means
        parameters = m_step.m_step(X, e_step.responsibilities(X, parameters))
        if np.max(np.abs(parameters.means - old)) < tol:
            break
    return parameters, likelihood.log_likelihood(X, parameters), iteration


def value_before_m(X, start, tol, max_iter):
    parameters, before = start, -np.inf
    for iteration in range(1, max_iter + 1):
        w, value = E(X, parameters)
        parameters = m_step.m_step(X, w)
        if abs(value - before) / len(X) < tol:
            break
        before = value
    return parameters, value, iteration


def e_outside(X, start, tol, max_iter):
    w, value = E(X, start)
    for iteration in range(1, max_iter + 1):
        parameters = m_step.m_step(X, w)
        before, value = value, likelihood.log_likelihood(X, parameters)
        if abs(value - before) / len(X) < tol:
            break
    return parameters, value, iteration


def always_from_the_start(X, start, tol, max_iter):
    value = likelihood.log_likelihood(X, start)
    for iteration in range(1, max_iter + 1):
        w = e_step.responsibilities(X, start)
        parameters = m_step.m_step(X, w)
        before, value = value, likelihood.log_likelihood(X, parameters)
        if abs(value - before) / len(X) < tol:
            break
    return parameters, value, iteration


def one_too_many(X, start, tol, max_iter):
    parameters, iteration, gain = start, 0, np.inf
    value = likelihood.log_likelihood(X, start)
    while iteration <= max_iter and gain >= tol:
        parameters = m_step.m_step(X, e_step.responsibilities(X, parameters))
        before, value = value, likelihood.log_likelihood(X, parameters)
        gain = (value - before) / len(X)
        iteration += 1
    return parameters, value, iteration


def range_too_short(X, start, tol, max_iter):
    return straightforward(X, start, tol, max_iter - 1)


def only_if_it_gains(X, start, tol, max_iter):
    parameters, value = start, likelihood.log_likelihood(X, start)
    for iteration in range(1, max_iter + 1):
        parameters, before = m_step.m_step(X, e_step.responsibilities(X, parameters)), value
        value = likelihood.log_likelihood(X, parameters)
        if 0 < (value - before) / len(X) < tol:
            break
    return parameters, value, iteration


def no_tolerance(X, start, tol, max_iter):
    parameters = start
    for iteration in range(max_iter):
        parameters = m_step.m_step(X, E(X, parameters)[0])
    return parameters, E(X, parameters)[1], max_iter


def overwritten(X, start, tol, max_iter):
    parameters = start
    for iteration in range(1, max_iter + 1):
        parameters = m_step.m_step(X, e_step.responsibilities(X, parameters))
        value = likelihood.log_likelihood(X, parameters)
        before = value
        if abs(value - before) / len(X) < tol:
            break
    return parameters, value, iteration


def turned_round(X, start, tol, max_iter):
    parameters, (w, value) = start, E(X, start)
    for iteration in range(1, max_iter + 1):
        parameters, before = m_step.m_step(X, w), value
        w, value = E(X, parameters)
        if (value - before) / len(X) > tol:
            break
    return parameters, value, iteration


def break_before_m(X, start, tol, max_iter):
    parameters, before = start, -np.inf
    for iteration in range(1, max_iter + 1):
        w, value = E(X, parameters)
        if (value - before) / len(X) < tol:
            break
        parameters, before = m_step.m_step(X, w), value
    return parameters, value, iteration


def either(X, start, tol, max_iter):
    state, iteration, gain = start, 0, np.inf
    value = likelihood.log_likelihood(X, start)
    while iteration < max_iter or (gain > tol and iteration < 8):
        state = m_step.m_step(X, e_step.responsibilities(X, state))
        before, value = value, likelihood.log_likelihood(X, state)
        gain, iteration = (value - before) / len(X), iteration + 1
    return state, value, iteration


def own_start(X, start, tol, max_iter):
    return straightforward(X, around_the_middle(X, start.k), tol, max_iter)


def around_the_middle(X, k):
    means = X.mean(axis=0) + np.linspace(-1, 1, k)[:, None] * X.std(axis=0)
    return Parameters(np.full(k, 1 / k), means, [np.atleast_2d(np.cov(X.T))] * k)


def alias(X, start, tol, max_iter):  # old and new are the same array
    means = start.means.copy()
    state = start
    for iteration in range(1, max_iter + 1):
        old = means
        state = m_step.m_step(X, e_step.responsibilities(X, state))
        means[:] = state.means
        if np.abs(means - old).max() < tol:
            break
    return state, likelihood.log_likelihood(X, state), iteration


def from_zero(X, start, tol, max_iter):
    state, value, count = straightforward(X, start, tol, max_iter)
    return state, value, count - 1


def old_value(X, start, tol, max_iter):
    parameters = start
    value = likelihood.log_likelihood(X, start)
    for iteration in range(1, max_iter + 1):
        parameters = m_step.m_step(X, e_step.responsibilities(X, parameters))
        new = likelihood.log_likelihood(X, parameters)
        if (new - value) / len(X) < tol or iteration == max_iter:
            return parameters, value, iteration
        value = new


def mean_at_the_end(X, start, tol, max_iter):
    state, value, count = straightforward(X, start, tol, max_iter)
    return state, value / len(X), count


def start_at_the_end(X, start, tol, max_iter):
    _, value, count = straightforward(X, start, tol, max_iter)
    return start, value, count


def only_parameters(X, start, tol, max_iter):
    return straightforward(X, start, tol, max_iter)[0]


def nothing(X, start, tol, max_iter):
    straightforward(X, start, tol, max_iter)


def writes_into_start(X, start, tol, max_iter):
    for _ in range(max_iter):
        new = m_step.m_step(X, e_step.responsibilities(X, start))
        start.weights[:], start.means[:], start.covariances[:] = new.weights, new.means, new.covariances
    return start, likelihood.log_likelihood(X, start), max_iter


def no_state(X, start, tol, max_iter):
    state = SimpleNamespace(**{part: getattr(start, part).copy() for part in ("weights", "means", "covariances")})
    state, old = Parameters(state.weights, state.means, state.covariances), state  # fine so far
    return old, likelihood.log_likelihood(X, state), 0


# q7


def geometric(history):
    a, b, c = history[-3:]
    r = (c - b) / (b - a)
    return b + (c - b) / (1 - r)


def delta_squared(history):
    a, b, c = np.asarray(history[-3:], dtype=float)
    return c - (c - b) ** 2 / ((c - b) - (b - a))


def many_terms(history):
    gains = np.diff(history)
    total, gain, r = history[-1], gains[-1], gains[-1] / gains[-2]
    for _ in range(400):
        gain *= r
        total += gain
    return total


RIGHT = [
    Right("hw7.q1", "a list", [5, -547.1]),
    Right("hw7.q1", "an array", np.array([5.0, -547.10], dtype=np.float32)),
    Right("hw7.q2", "unique rows", unique_rows),
    Right("hw7.q2", "drawn until different", until_different),
    Right("hw7.q2", "the library", the_library),
    Right("hw7.q2", "k-means++", spread_out),
    Right("hw7.q2", "shuffled", shuffled),
    Right("hw7.q3", "log-sum-exp", both),
    Right("hw7.q3", "softmax", with_softmax),
    Right("hw7.q3", "a shift of one's own", own_shift),
    Right("hw7.q3", "logaddexp and lists", logaddexp),
    Right("hw7.q3", "the library", the_modules),
    Right("hw7.q4", "the library", m_library),
    Right("hw7.q4", "np.average and np.cov", m_by_np),
    Right("hw7.q4", "a floor of a millionth", m_with_small_floor),
    Right("hw7.q5", "straightforward", straightforward),
    Right("hw7.q5", "the library's driver", driver),
    Right("hw7.q5", "a while loop", while_loop),
    Right("hw7.q5", "a dictionary of arrays", own_arrays),
    Right("hw7.q5", "components in another order", reordered),
    Right("hw7.q6", "letters", "b, d and f".replace("and", "")),
    Right("hw7.q7", "a geometric series", geometric),
    Right("hw7.q7", "delta squared", delta_squared),
    Right("hw7.q7", "many terms", many_terms),
]

WRONG = [
    Wrong("hw7.q1", "the sum", [7, -547.0595], "tolerance on the sum"),
    Wrong("hw7.q1", "relative", [3, -547.5], "relative change"),
    Wrong("hw7.q1", "one more", (6, -547.06), "one iteration too many"),
    Wrong("hw7.q1", "one fewer", (4, -547.2), "one iteration too few"),
    Wrong("hw7.q1", "the previous value", (5, -547.2), "previous log-likelihood"),
    Wrong("hw7.q1", "no sign", [5, 547.1], None),
    Wrong("hw7.q1", "only the iteration", 5, "wrong shape"),
    Wrong("hw7.q2", "as the article", as_the_article, "rows with replacement"),
    Wrong("hw7.q2", "equal rows", no_replacement_only, "equal rows"),
    Wrong("hw7.q2", "the first rows", first_rows, "always the same start"),
    Wrong("hw7.q2", "a block of sorted rows", a_block, "a block of rows"),
    Wrong("hw7.q2", "a block of rows", a_block_round_the_end, "a block of rows"),
    Wrong("hw7.q2", "a shuffled block", a_shuffled_block, "a block of rows"),
    Wrong("hw7.q2", "the global generator", global_generator, "its own random numbers"),
    Wrong("hw7.q2", "seeded inside", seeded_inside, "always the same start"),
    Wrong("hw7.q2", "normal numbers", anywhere, "means are not rows"),
    Wrong("hw7.q2", "uniform in the box", in_the_box, "means are not rows"),
    Wrong("hw7.q2", "all at the mean", everything_at_the_mean, "all at the centre"),
    Wrong("hw7.q2", "ones", ones, "weights do not sum to one"),
    Wrong("hw7.q2", "random weights", random_weights, "weights not equal"),
    Wrong("hw7.q2", "identity", identity, "identity covariance"),
    Wrong("hw7.q2", "variances", only_variances, "diagonal covariance"),
    Wrong("hw7.q2", "np.cov of rows", cov_of_rows, "shape of the covariances"),
    Wrong("hw7.q2", "one covariance", one_covariance, "shape of the covariances"),
    Wrong("hw7.q2", "shuffles the data", shuffles_the_data, "changes its input"),
    Wrong("hw7.q2", "only the means", only_the_means, "wrong type"),
    Wrong("hw7.q2", "shrunk covariances", shrunk, "not the covariance of the data"),
    Wrong("hw7.q3", "linear space", exponentials, "linear space"),
    Wrong("hw7.q3", "an epsilon", with_epsilon, "small number in the logarithm"),
    Wrong("hw7.q3", "the mean", mean_value, "per point"),
    Wrong("hw7.q3", "negative", negative, "sign"),
    Wrong("hw7.q3", "no mixing weights", no_phi, "no mixing weights"),
    Wrong("hw7.q3", "one value a point", values_of_points, "one value a point"),
    Wrong("hw7.q3", "a sum of logarithms", sum_of_logs, "logarithm inside the sum"),
    Wrong("hw7.q3", "responsibilities summed", responsibilities_summed, "logarithm of the responsibilities"),
    Wrong("hw7.q3", "columns", columns, "wrong axis"),
    Wrong("hw7.q3", "one of two", one_of_two, "wrong type"),
    Wrong("hw7.q3", "the other way round", other_way_round, "parts in another order"),
    Wrong("hw7.q3", "expected complete log-likelihood", em_complete, "expected log-joint"),
    Wrong("hw7.q3", "the shift is lost", shift_lost, "shift not added back"),
    Wrong("hw7.q5", "the comparison turned round", turned_round, "stops at once"),
    Wrong("hw7.q5", "or in the place of and", either, None),
    Wrong("hw7.q5", "a start of its own", own_start, "ignores an argument"),
    Wrong("hw7.q5", "an alias in the place of a copy", alias, "stops at once"),
    Wrong("hw7.q5", "break before M", break_before_m, "compared before the M-step"),
    Wrong("hw7.q4", "divided by n", m_by_points, "both as printed"),
    Wrong("hw7.q4", "counts", m_counts, "weights sum to n"),
    Wrong("hw7.q4", "np.cov's default", m_default_cov, "unbiased for weights"),
    Wrong("hw7.q4", "covariances divided by n", m_cov_by_n, "covariances divided by n"),
    Wrong("hw7.q5", "the sum", on_the_sum, "tolerance on the sum"),
    Wrong("hw7.q5", "the means", watches_the_means, "change of the means"),
    Wrong("hw7.q5", "the value before M", value_before_m, "log-likelihood from before the M-step"),
    Wrong("hw7.q5", "E outside the loop", e_outside, "stale responsibilities"),
    Wrong("hw7.q5", "E always from the start", always_from_the_start, "stale responsibilities"),
    Wrong("hw7.q5", "max_iter + 1", one_too_many, "one iteration more than max_iter"),
    Wrong("hw7.q5", "max_iter - 1", range_too_short, "one iteration less than max_iter"),
    Wrong("hw7.q5", "only if the gain is positive", only_if_it_gains, "stops only at a gain"),
    Wrong("hw7.q4", "N_j + 1e-6", m_with_a_millionth, None),
    Wrong("hw7.q5", "no tolerance", no_tolerance, "tolerance ignored"),
    Wrong("hw7.q5", "compared with itself", overwritten, "stops at once"),
    Wrong("hw7.q5", "counted from zero", from_zero, "counted from zero"),
    Wrong("hw7.q5", "the old value", old_value, "log-likelihood of the previous parameters"),
    Wrong("hw7.q5", "the mean at the end", mean_at_the_end, "log-likelihood per point returned"),
    Wrong("hw7.q5", "the start at the end", start_at_the_end, "the start returned"),
    Wrong("hw7.q5", "only the parameters", only_parameters, "wrong type"),
    Wrong("hw7.q5", "no return", nothing, "returns None"),
    Wrong("hw7.q5", "writes into the start", writes_into_start, "changes its input"),
    Wrong("hw7.q5", "does nothing", no_state, "stops at another iteration"),
    Wrong("hw7.q6", "a maximum", "abdf", "chose a"),
    Wrong("hw7.q6", "the highest", "bcdf", "chose c"),
    Wrong("hw7.q6", "the numbers", "bdef", "chose e"),
    Wrong("hw7.q6", "no twins", "bf", "left out d"),
    Wrong("hw7.q7", "the last value", lambda h: h[-1], "last value"),
    Wrong(
        "hw7.q7",
        "one gain too many",
        lambda h: h[-1] + (h[-1] - h[-2]) / (1 - (h[-1] - h[-2]) / (h[-2] - h[-3])),
        "one gain too many",
    ),
    Wrong("hw7.q7", "always the same", lambda h: -180.0, "hard-coded"),
]
