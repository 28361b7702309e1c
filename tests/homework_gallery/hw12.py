"""Answers to homework 12, EM's other homes."""

import numpy as np
from scipy.special import expit, logsumexp
from scipy.stats import bernoulli

from . import Hinted, Right, Wrong

# q3


def scales(X, centre, scale, nu):
    r = X - centre
    return (nu + X.shape[1]) / (nu + np.array([x @ np.linalg.inv(scale) @ x for x in r]))


def robust_loop(X, centre, scale, nu):
    n, m = X.shape
    u = []
    for x in X:
        d = x - centre
        u.append((nu + m) / (nu + d @ np.linalg.solve(scale, d)))
    new = sum(a * x for a, x in zip(u, X)) / sum(u)
    S = sum(a * np.outer(x - new, x - new) for a, x in zip(u, X)) / n
    return {"u": u, "centre": list(new), "scale": S}


def robust_by_cholesky(X, centre, scale, nu):
    z = np.linalg.solve(np.linalg.cholesky(scale), (X - centre).T)
    u = (1 + X.shape[1] / nu) / (1 + (z**2).sum(axis=0) / nu)
    new = np.average(X, axis=0, weights=u)
    return u, new, np.einsum("i,ia,ib->ab", u / len(X), X - new, X - new)


def robust_in_units_of_the_mean(X, centre, scale, nu):
    u = scales(X, centre, scale, nu)
    u = u / u.mean()
    new = np.average(X, axis=0, weights=u)
    return u, new, ((X - new).T * u) @ (X - new) / len(X)


def robust_by_np_cov(X, centre, scale, nu):
    u = scales(X, centre, scale, nu)
    S = np.cov(X.T, aweights=u, bias=True) * u.mean()  # np.cov divides by the sum of the weights
    return [u, u @ X / sum(u), np.reshape(S, (X.shape[1], X.shape[1]))]


def robust_with(u=None, centre=None, scatter=None):
    def step(X, old, scale, nu):
        found = scales(X, old, scale, nu) if u is None else u(X, old, scale, nu)
        new = np.average(X, axis=0, weights=found) if centre is None else centre(X, found, old)
        r = X - new
        return found, new, (found[:, None] * r).T @ r / len(X) if scatter is None else scatter(found, r, X, old)

    return step


def trimmed(X, old, scale, nu):
    return (scales(X, old, scale, nu) > 0.5).astype(float) + 1e-9


# q4


def factors_by_the_columns(X, mean, loadings, noise):
    """By regression on the columns: the same, with an inverse of m by m."""
    S = loadings @ loadings.T + np.diag(noise)
    B = loadings.T @ np.linalg.inv(S)
    return (B @ (X - mean).T).T, np.eye(loadings.shape[1]) - B @ loadings


def factors_in_a_loop(X, mean, loadings, noise):
    precision = np.eye(loadings.shape[1])
    for row, variance in zip(loadings, noise):
        precision = precision + np.outer(row, row) / variance
    means = [np.linalg.solve(precision, sum(l * d / v for l, d, v in zip(loadings, x - mean, noise))) for x in X]  # noqa: E741
    return {"means": means, "covariance": np.linalg.inv(precision)}


def factors_by_least_squares(X, mean, loadings, noise):
    """Ridge regression: q more rows, of zeros, hold the factors at their prior."""
    q = loadings.shape[1]
    A = np.vstack([loadings / np.sqrt(noise)[:, None], np.eye(q)])
    b = np.hstack([(X - mean) / np.sqrt(noise), np.zeros((len(X), q))])
    return np.linalg.lstsq(A, b.T, rcond=None)[0].T, np.linalg.inv(A.T @ A)


def factors_with(V=None, means=None):
    def step(X, mean, loadings, noise):
        found, right = factors_by_the_columns(X, mean, loadings, noise)
        return (
            found if means is None else means(X, mean, loadings, noise, right),
            right if V is None else V(loadings, noise),
        )

    return step


def projection(X, mean, loadings, noise):
    inverse = np.linalg.inv(loadings.T @ loadings)
    return (X - mean) @ loadings @ inverse, inverse


# q5


def mended(X, scores, V):
    r = X - X.mean(axis=0)
    squares = scores.T @ scores + len(X) * V
    loadings = np.linalg.solve(squares, scores.T @ r).T
    return loadings, ((r - scores @ loadings.T) * r).mean(axis=0)


def mended_in_a_loop(X, scores, V):
    squares = sum(np.outer(z, z) + V for z in scores)
    loadings, noise = [], []
    for column in (X - X.mean(axis=0)).T:
        row = np.linalg.inv(squares) @ (scores.T @ column)
        loadings.append(row)
        # The expected squares themselves: what line 5 says at the solution of the normal equations.
        noise.append(np.mean((column - scores @ row) ** 2) + row @ V @ row)
    return np.array(loadings), noise


def mended_by_covariances(X, scores, V):
    n = len(X)
    Z = scores.T @ scores / n + V
    C = (X - X.mean(0)).T @ scores / n
    loadings = C @ np.linalg.inv(Z)
    return {"loadings": loadings, "noise": X.var(axis=0) - np.einsum("rq,rq->r", loadings, C)}


def mended_with(squares=None, noise=None):
    def step(X, scores, V):
        r = X - X.mean(axis=0)
        S = scores.T @ scores + len(X) * V if squares is None else squares(scores, V)
        loadings = np.linalg.solve(S, scores.T @ r).T
        left = r - scores @ loadings.T
        return loadings, (left * r).mean(axis=0) if noise is None else noise(left, r, loadings, V)

    return step


# q6


def pairs_in_a_loop(comparisons, share, m, u):
    out = []
    for row in comparisons:
        match, other = share, 1 - share
        for r, g in enumerate(row):
            if g == 1:
                match, other = match * m[r], other * u[r]
            elif g == 0:
                match, other = match * (1 - m[r]), other * (1 - u[r])
        out.append(match / (match + other))
    return out


def pairs_by_odds(comparisons, share, m, u):
    agree, differ = comparisons == 1, comparisons == 0
    with np.errstate(all="ignore"):
        odds = share / (1 - share) * np.prod(np.where(agree, m / u, np.where(differ, (1 - m) / (1 - u), 1)), axis=1)
        return 1 - 1 / (1 + odds)


def pairs_by_scipy(comparisons, share, m, u):
    seen = ~np.isnan(comparisons)
    g = np.where(seen, comparisons, 0).astype(int)
    with np.errstate(divide="ignore"):
        logs = [
            np.log(part) + np.where(seen, bernoulli.logpmf(g, rate), 0).sum(axis=1)
            for part, rate in ((share, m), (1 - share, u))
        ]
    return np.exp(logs[0] - logsumexp(logs, axis=0))


def pairs_in_logs(comparisons, share, m, u):
    g, known = np.nan_to_num(comparisons), ~np.isnan(comparisons)

    def log_of(part, rate):
        return np.log(part) + np.where(known, g * np.log(rate) + (1 - g) * np.log(1 - rate), 0).sum(axis=1)

    a, b = log_of(share, m), log_of(1 - share, u)
    return 1 / (1 + np.exp(b - a))


def pairs_nan(comparisons, share, m, u):
    def likelihood(rate):
        return np.prod(rate**comparisons * (1 - rate) ** (1 - comparisons), axis=1)

    match, other = share * likelihood(m), (1 - share) * likelihood(u)
    return match / (match + other)


def pairs_where(comparisons, share, m, u):
    """np.where takes every gap for a field that differs."""
    match = share * np.where(comparisons == 1, m, 1 - m).prod(axis=1)
    other = (1 - share) * np.where(comparisons == 1, u, 1 - u).prod(axis=1)
    return match / (match + other)


def pairs_nanprod_without_the_rest(comparisons, share, m, u):
    match, other = share * np.nanprod(m**comparisons, axis=1), (1 - share) * np.nanprod(u**comparisons, axis=1)
    return match / (match + other)


def pairs_by_bits(comparisons, share, m, u):
    with np.errstate(divide="ignore", invalid="ignore"):
        agree, differ = np.log2(m / u), np.log2((1 - m) / (1 - u))
        bits = np.where(np.isnan(comparisons), 0, np.where(comparisons == 1, agree, differ)).sum(axis=1)
        odds = share / (1 - share) * 2**bits
        return odds / (1 + odds)


def pairs_by_the_hard_rule(comparisons, share, m, u):
    return np.round(pairs_in_a_loop(comparisons, share, m, u))


# q7


def people_in_a_loop(X, slopes, intercepts, places, weights):
    rows = []
    for x in X:
        logs = []
        for t, w in zip(places, weights):
            odds = slopes * t + intercepts
            logs.append(np.log(w) - np.logaddexp(0, np.where(x == 1, -odds, odds)).sum())
        logs = np.array(logs)
        rows.append(np.exp(logs - logsumexp(logs)))
    return rows


def people_by_scores(X, slopes, intercepts, places, weights):
    """Only the weighted score meets the ability; the intercepts of what was solved cancel in a row."""
    odds = np.outer(places, slopes) + intercepts
    a = np.outer(X @ slopes, places) + np.log(weights) - np.logaddexp(0, odds).sum(axis=1)
    a -= a.max(axis=1, keepdims=True)
    return np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)


def people_by_logpmf(X, a, d, t, w):
    P = expit(a[:, None] * t + d[:, None])
    logs = np.log(w) + bernoulli.logpmf(X.astype(int)[:, :, None], P[None]).sum(axis=1)
    return np.exp(logs - logsumexp(logs, axis=1, keepdims=True))


def people_by_products(X, slopes, intercepts, places, weights):
    P = expit(np.outer(places, slopes) + intercepts)
    L = np.array([[np.prod(np.where(x == 1, p, 1 - p)) for p in P] for x in X]) * weights
    return L / L.sum(axis=1)[:, None]


def people_below_the_first(X, slopes, intercepts, places, weights):
    z = np.outer(slopes, places) + intercepts[:, None]
    L = np.log(weights) + X @ z - np.logaddexp(0, z).sum(axis=0)
    e = np.exp(L - np.max(L))
    return e / e.sum(axis=1)[:, None]


def people_by_products_kept_from_zero(X, slopes, intercepts, places, weights):
    P = expit(np.outer(places, slopes) + intercepts)
    L = np.array([[np.prod(np.where(x == 1, p, 1 - p)) for p in P] for x in X]) * weights + 1e-300
    return L / L.sum(axis=1, keepdims=True)


def people_with_difficulties(X, slopes, intercepts, places, weights):
    return people_in_a_loop(X, slopes, -slopes * intercepts, places, weights)


def people_without_weights(X, slopes, intercepts, places, weights):
    return people_in_a_loop(X, slopes, intercepts, places, np.ones(len(places)))


def solved_only(X, slopes, intercepts, places, weights):
    P = expit(np.outer(slopes, places) + intercepts[:, None])
    logs = np.log(weights) + X @ np.log(P)
    return np.exp(logs - logsumexp(logs, axis=1, keepdims=True))


# q8


def jaccard_by_sets(first, second):
    result = []
    for a in np.unique(first):
        A = set(np.flatnonzero(first == a))
        result.append(
            max(len(A & B) / len(A | B) for B in [set(np.flatnonzero(second == b)) for b in np.unique(second)])
        )
    return result


def jaccard_by_table(first, second):
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), 1)
    return (table / (table.sum(1)[:, None] + table.sum(0) - table)).max(1)


def jaccard_by_sklearn(first, second):
    from sklearn.metrics import jaccard_score

    return [max(jaccard_score(first == a, second == b) for b in range(max(second) + 1)) for a in range(max(first) + 1)]


def over_the_columns(first, second):
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), 1)
    return (table / (table.sum(1)[:, None] + table.sum(0) - table)).max(0)


def recall(first, second):
    return [max(np.mean(second[first == a] == b) for b in set(second)) for a in range(first.max() + 1)]


def share_of_all(first, second):
    return [max(np.mean((first == a) & (second == b)) for b in set(second)) for a in range(first.max() + 1)]


def rand_like(first, second):
    """Also the points in neither of the two count as agreement."""
    return [max(np.mean((first == a) == (second == b)) for b in set(second)) for a in range(first.max() + 1)]


def as_many_as_the_first(first, second):
    numbers = range(first.max() + 1)
    return [
        max(np.sum((first == a) & (second == b)) / np.sum((first == a) | (second == b)) for b in numbers)
        for a in numbers
    ]


def by_own_label(first, second):
    return [np.sum((first == a) & (second == a)) / np.sum((first == a) | (second == a)) for a in range(first.max() + 1)]


# q10


def newton_by_hand(places, people, solvers, slope, intercept):
    P = 1 / (1 + np.exp(-slope * places - intercept))
    g1, g0 = sum(places * (solvers - people * P)), sum(solvers - people * P)
    w = people * P * (1 - P)
    a, b, c = sum(w * places**2), sum(w * places), sum(w)
    return slope + (c * g1 - b * g0) / (a * c - b * b), intercept + (a * g0 - b * g1) / (a * c - b * b)


def newton_reweighted(places, people, solvers, slope, intercept):
    """As weighted least squares on a working response."""
    odds = slope * places + intercept
    P = expit(odds)
    w = people * P * (1 - P)
    response = odds + (solvers - people * P) / w
    return np.polyfit(places, response, 1, w=np.sqrt(w))


def newton_matrices(places, people, solvers, slope, intercept):
    Z = np.column_stack([places, np.ones(len(places))])
    P = expit(Z @ [slope, intercept])
    H = Z.T @ np.diag(people * P * (1 - P)) @ Z
    return np.array([slope, intercept]) + np.linalg.inv(H) @ Z.T @ (solvers - people * P)


def newton_with(weights=lambda N, P: N * P * (1 - P), sign=1, residual=lambda N, R, P: R - N * P):
    def step(places, people, solvers, slope, intercept):
        Z = np.column_stack([places, np.ones(len(places))])
        P = expit(Z @ [slope, intercept])
        H = (Z.T * weights(people, P)) @ Z
        return [slope, intercept] + sign * np.linalg.solve(H, Z.T @ residual(people, solvers, P))

    return step


RIGHT = [
    Right("hw12.q1", "computed", [np.log2(8 * 4 / 4), 2 / 3]),
    Right("hw12.q1", "a tuple", (3, 0.67)),
    Right("hw12.q1", "a row", [[3.0, 0.667]]),
    Right("hw12.q2", "computed", [4.5 / 3, 9.5 - 4.5 / 3]),
    Right("hw12.q2", "a tuple", (1.5, 8)),
    Right("hw12.q2", "an array", np.array([1.5, 8.0])),
    Right("hw12.q3", "a loop", robust_loop),
    Right("hw12.q3", "Cholesky", robust_by_cholesky),
    Right("hw12.q3", "np.cov", robust_by_np_cov),
    Right("hw12.q4", "by the columns", factors_by_the_columns),
    Right("hw12.q4", "a loop", factors_in_a_loop),
    Right("hw12.q4", "least squares with a prior", factors_by_least_squares),
    Right(
        "hw12.q5a", "the line", (2, "The covariance V is added once, but each point has that much uncertainty, so n V.")
    ),
    Right(
        "hw12.q5a",
        "in words",
        ["line two", "Every point's factors are uncertain by V, so it is len(X) * V that belongs there."],
    ),
    Right(
        "hw12.q5a",
        "a number as text",
        ("2", "It adds the covariance of one point's factors only, not of all n of them."),
    ),
    Right("hw12.q5b", "as it was, mended", mended),
    Right("hw12.q5b", "a loop", mended_in_a_loop),
    Right("hw12.q5b", "covariances", mended_by_covariances),
    Right("hw12.q6", "a loop", pairs_in_a_loop),
    Right("hw12.q6", "odds", pairs_by_odds),
    Right("hw12.q6", "SciPy's coins", pairs_by_scipy),
    Right("hw12.q7", "a loop", people_in_a_loop),
    Right("hw12.q7", "scores", people_by_scores),
    Right("hw12.q7", "SciPy's coins", people_by_logpmf),
    Right("hw12.q8", "sets", jaccard_by_sets),
    Right("hw12.q8", "a table", jaccard_by_table),
    Right("hw12.q8", "scikit-learn's", jaccard_by_sklearn),
    Right("hw12.q9", "capitals", "A D F"),
    Right("hw12.q9", "a list", ["a", "f", "d"]),
    Right("hw12.q9", "and", "adf."),
    Right("hw12.q10", "by hand", newton_by_hand),
    Right("hw12.q10", "reweighted least squares", newton_reweighted),
    Right("hw12.q10", "matrices", newton_matrices),
]

WRONG = [
    Wrong("hw12.q1", "no prior", [3, 0.89], "the prior forgotten"),
    Wrong("hw12.q1", "odds", [3, 2], "odds"),
    Wrong("hw12.q1", "nats", [2.08, 0.67], "natural logarithms"),
    Wrong("hw12.q1", "agreements", [5, 0.89], "disagreement ignored"),
    Wrong("hw12.q1", "with the prior", [1, 0.67], "the prior counted in"),
    Wrong("hw12.q1", "u over m", [4.415, 0.842], "disagreement as the reverse"),
    Wrong("hw12.q1", "the factor", [8, 0.67], "the ratio itself"),
    Wrong("hw12.q1", "per cent", [3, 67], None),
    Wrong("hw12.q2", "all five", [3.6, 5.9], "mean of all"),
    Wrong("hw12.q2", "a sum", [4.5, 5], "not divided"),
    Wrong("hw12.q2", "by five", [0.9, 8.6], "divided by m"),
    Wrong("hw12.q2", "the third", [2.6, 6.9], "the next eigenvalue"),
    Wrong("hw12.q2", "the eigenvalue", [1.5, 9.5], "noise not taken off"),
    Wrong("hw12.q2", "a length", [1.5, 2.83], "not squared"),
    Wrong("hw12.q2", "changed", [8, 1.5], "wrong order"),
    Wrong(
        "hw12.q3",
        "nu alone",
        robust_with(u=lambda X, c, S, nu: scales(X, c, S, nu) * nu / (nu + X.shape[1])),
        "m forgotten",
    ),
    Wrong(
        "hw12.q3",
        "plain distances",
        robust_with(u=lambda X, c, S, nu: (nu + X.shape[1]) / (nu + np.linalg.norm(X - c, axis=1) ** 2)),
        "the scale matrix ignored",
    ),
    Wrong(
        "hw12.q3",
        "by the weights",
        robust_with(scatter=lambda u, r, X, c: (u * r.T) @ r / u.sum()),
        "divided by the sum of u",
    ),
    Wrong(
        "hw12.q3",
        "np.cov as it is",
        robust_with(scatter=lambda u, r, X, c: np.atleast_2d(np.cov(X.T, aweights=u, bias=True))),
        "divided by the sum of u",
    ),
    Wrong(
        "hw12.q3",
        "old centre",
        robust_with(scatter=lambda u, r, X, c: (u * (X - c).T) @ (X - c) / len(X)),
        "about the old centre",
    ),
    Wrong(
        "hw12.q3",
        "mean and n, two faults",
        robust_with(centre=lambda X, u, c: X.mean(0), scatter=lambda u, r, X, c: r.T @ r / len(X)),
        "the plain mean",
    ),
    Wrong("hw12.q3", "a mean of one", robust_in_units_of_the_mean, "divided by their mean"),
    Wrong("hw12.q3", "cut off", robust_with(u=trimmed), None),
    Wrong("hw12.q3", "the median", robust_with(centre=lambda X, u, c: np.median(X, axis=0)), None),
    Wrong("hw12.q3", "two results", lambda X, c, S, nu: robust_loop(X, c, S, nu)["u"], "wrong type"),
    Wrong(
        "hw12.q3",
        "in another order",
        lambda X, c, S, nu: robust_by_cholesky(X, c, S, nu)[1:] + robust_by_cholesky(X, c, S, nu)[:1],
        "parts in another order",
    ),
    Wrong(
        "hw12.q4", "precision", factors_with(V=lambda L, noise: np.eye(L.shape[1]) + (L.T / noise) @ L), "not inverted"
    ),
    Wrong(
        "hw12.q4",
        "no prior",
        factors_with(V=lambda L, noise: np.linalg.inv((L.T / noise) @ L)),
        "the prior of the factors forgotten",
    ),
    Wrong("hw12.q4", "PCA", projection, None),
    Wrong(
        "hw12.q4",
        "not centred",
        factors_with(means=lambda X, mu, L, noise, V: (X / noise) @ L @ V),
        "mean not subtracted",
    ),
    Wrong(
        "hw12.q4",
        "no noise beside V",
        factors_with(means=lambda X, mu, L, noise, V: (X - mu) @ L @ V),
        "the noise forgotten once",
    ),
    Wrong(
        "hw12.q4",
        "noise as deviations",
        factors_with(V=lambda L, noise: np.linalg.inv(np.eye(L.shape[1]) + (L.T / noise**2) @ L)),
        "noise squared",
    ),
    Wrong(
        "hw12.q4",
        "a covariance for each",
        lambda X, mu, L, noise: (
            factors_by_the_columns(X, mu, L, noise)[0],
            np.array([factors_by_the_columns(X, mu, L, noise)[1]] * len(X)),
        ),
        "wrong shape",
    ),
    Wrong(
        "hw12.q4",
        "transposed",
        lambda X, mu, L, noise: (
            factors_by_the_columns(X, mu, L, noise)[0].T,
            factors_by_the_columns(X, mu, L, noise)[1],
        ),
        "transposed",
    ),
    Wrong(
        "hw12.q5a",
        "the last line",
        (5, "The noise should be the mean of squares and not such a product."),
        "another line",
    ),
    Wrong(
        "hw12.q5a", "another line", (3, "The inverse of the matrix must be taken here and not a solve."), "another line"
    ),
    Wrong("hw12.q5a", "the first line", (1, "One must not subtract the mean here since it is known."), "another line"),
    Wrong(
        "hw12.q5a", "no such line", (7, "There is a line missing in this program somewhere, I think."), "no such line"
    ),
    Wrong("hw12.q5a", "no reason", 2, "wrong type"),
    Wrong("hw12.q5a", "an empty reason", (2, ""), "unanswered"),
    Wrong("hw12.q5b", "nothing mended", mended_with(squares=lambda z, V: z.T @ z + V), "as it was"),
    Wrong("hw12.q5b", "V struck out", mended_with(squares=lambda z, V: z.T @ z), "the uncertainty forgotten"),
    Wrong(
        "hw12.q5b",
        "squares in the last line",
        mended_with(noise=lambda left, r, L, V: np.mean(left**2, axis=0)),
        "squares of what is left",
    ),
    Wrong(
        "hw12.q5b",
        "divided by n - 1",
        mended_with(noise=lambda left, r, L, V: (left * r).sum(0) / (len(r) - 1)),
        "divided by n - 1",
    ),
    Wrong(
        "hw12.q5b",
        "two faults",
        mended_with(lambda z, V: z.T @ z, lambda left, r, L, V: r.var(0)),
        "the uncertainty forgotten",
    ),
    Wrong("hw12.q5b", "turned", lambda X, z, V: (mended(X, z, V)[0].T, mended(X, z, V)[1]), "loadings transposed"),
    Wrong("hw12.q6", "gaps differ", pairs_where, "missing as different"),
    Wrong("hw12.q6", "gaps come through", pairs_nan, "nan comes through"),
    Wrong("hw12.q6", "logarithms of zero", pairs_in_logs, "zero times infinity"),
    Wrong("hw12.q6", "agreements", pairs_nanprod_without_the_rest, "agreements only"),
    Wrong("hw12.q6", "no share", lambda g, share, m, u: pairs_in_a_loop(g, 0.5, m, u), "the share forgotten"),
    Wrong("hw12.q6", "changed", lambda g, share, m, u: pairs_in_a_loop(g, share, u, m), "m and u changed"),
    Wrong("hw12.q6", "yes or no", pairs_by_the_hard_rule, "hard decision"),
    Wrong("hw12.q6", "odds from bits", pairs_by_bits, "infinite odds"),
    Wrong(
        "hw12.q6",
        "both columns",
        lambda g, share, m, u: np.column_stack(
            [pairs_in_a_loop(g, share, m, u), 1 - np.array(pairs_in_a_loop(g, share, m, u))]
        ),
        "wrong shape",
    ),
    Wrong("hw12.q7", "products", people_by_products, "linear space"),
    Wrong("hw12.q7", "the table's largest", people_below_the_first, "the largest of all rows subtracted"),
    Wrong("hw12.q7", "products kept from zero", people_by_products_kept_from_zero, "clipped"),
    Wrong("hw12.q7", "difficulties", people_with_difficulties, "the intercept as a difficulty"),
    Wrong("hw12.q7", "no weights", people_without_weights, "weights ignored"),
    Wrong("hw12.q7", "what was solved", solved_only, "right answers only"),
    Wrong("hw12.q7", "mirrored", lambda X, a, d, t, w: people_in_a_loop(X, -a, -d, t, w), "right and wrong changed"),
    Wrong(
        "hw12.q7",
        "expected abilities",
        lambda X, a, d, t, w: people_in_a_loop(X, a, d, t, w) @ t,
        "one number a person",
    ),
    Wrong(
        "hw12.q7", "places by people", lambda X, a, d, t, w: np.transpose(people_in_a_loop(X, a, d, t, w)), "transposed"
    ),
    Wrong("hw12.q8", "a share of A", recall, "a share of the cluster"),
    Wrong("hw12.q8", "the other clusters", over_the_columns, "the clusters of the other division"),
    Wrong("hw12.q8", "a share of all", share_of_all, "a share of all points"),
    Wrong("hw12.q8", "points in neither", rand_like, "points in neither"),
    Wrong("hw12.q8", "no more than the first", as_many_as_the_first, "as many clusters as the first"),
    Wrong("hw12.q8", "own numbers", by_own_label, "the same number"),
    Wrong("hw12.q8", "a mean", lambda a, b: np.mean(jaccard_by_sets(a, b)), "one number"),
    Wrong("hw12.q8", "complements", lambda a, b: 1 - np.array(jaccard_by_sets(a, b)), "a distance"),
    Wrong("hw12.q9", "far out", "abdf", "chose b"),
    Wrong("hw12.q9", "error rates", "acdf", "chose c"),
    Wrong("hw12.q9", "comes back", "adef", "chose e"),
    Wrong("hw12.q9", "equal slopes", "af", "left out d"),
    Wrong("hw12.q9", "units", "ad", "left out f"),
    Wrong("hw12.q9", "numbers", [1, 4], "wrong type"),
    Wrong("hw12.q10", "downhill", newton_with(sign=-1), "downhill"),
    Wrong("hw12.q10", "least squares", newton_with(weights=lambda N, P: N), "linear regression"),
    Wrong("hw12.q10", "P alone", newton_with(weights=lambda N, P: N * P), "P for P (1 - P)"),
    Wrong("hw12.q10", "shares", newton_with(residual=lambda N, R, P: R / N - P), "shares for counts"),
    Wrong("hw12.q10", "where it stood", lambda t, N, R, a, d: (a, d), None),
    Wrong(
        "hw12.q10",
        "the step alone",
        lambda t, N, R, a, d: np.array(newton_by_hand(t, N, R, a, d)) - [a, d],
        "the step alone",
    ),
    Wrong(
        "hw12.q10",
        "in another order",
        lambda t, N, R, a, d: newton_by_hand(t, N, R, a, d)[::-1],
        "the intercept first",
    ),
]

HINTED = [
    Hinted("hw12.q5a", "hardly a reason", (2, "something is missing"), "short"),
    Hinted(
        "hw12.q5a",
        "no word of the uncertainty",
        (2, "It must be multiplied by the length of the whole table there"),
        "idea 1 not found",
    ),
    Hinted(
        "hw12.q5a",
        "half a reason",
        (2, "The uncertainty is not right here and too small in my view"),
        "idea 2 not found",
    ),
]
