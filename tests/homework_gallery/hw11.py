"""Answers to homework 11, beyond the article."""

from itertools import permutations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import expit, logit, logsumexp, softmax

from gmm_lib import missing
from gmm_lib.parameters import Parameters

from . import Right, Wrong

# q3


def by_sklearns_way(S, N):
    k, m = len(N), S.shape[1]
    tied = np.zeros((m, m))
    diag, spherical = np.zeros((k, m)), np.zeros(k)
    for j in range(k):
        tied += N[j] / sum(N) * S[j]
        for a in range(m):
            diag[j][a] = S[j][a][a]
            spherical[j] += S[j][a][a] / m
    return tied, diag, spherical


def as_a_dictionary(S, N):
    return {
        "tied": np.average(S, axis=0, weights=N),
        "diag": [list(np.diag(one)) for one in S],
        "spherical": [np.trace(one) / len(one) for one in S],
    }


def by_tensordot(covariances, counts):
    m = covariances.shape[-1]
    return (
        np.tensordot(counts, covariances, 1) / np.sum(counts),
        np.einsum("jaa->ja", covariances),
        np.einsum("jaa->j", covariances) / m,
    )


def rules_with(tied=None, diag=None, spherical=None):
    """The three rules, one or two of them replaced."""

    def rules(S, N):
        first, second, third = by_tensordot(S, N)
        return (
            first if tied is None else tied(S, N),
            second if diag is None else diag(S, N),
            third if spherical is None else spherical(S, N),
        )

    return rules


def full_matrices(S, N):
    return np.array([np.diag(np.diag(one)) for one in S])


# q4


def parts_of_prior(X, w, kappa, mu, nu, scale):
    counts = w.sum(axis=0)
    return counts, (w.T @ X + kappa * mu) / (counts + kappa)[:, None]


def prior_by_steiner(X, w, kappa, mu, nu, scale):
    """With the scatter about the plain means, and the harmonic weight that then stands before the prior mean's term."""
    counts, means = parts_of_prior(X, w, kappa, mu, nu, scale)
    plain = w.T @ X / counts[:, None]
    out = []
    for j, N in enumerate(counts):
        r, d = X - plain[j], plain[j] - mu
        T = (w[:, j] * r.T) @ r + kappa * N / (kappa + N) * np.outer(d, d) + scale
        out.append(T / (N + nu + len(mu) + 2))
    return means, out


def prior_as_points(X, w, kappa, mu, nu, scale):
    """The prior of the mean as one more row, which counts as kappa points."""
    m, k = X.shape[1], w.shape[1]
    X, w = np.vstack([X, mu]), np.vstack([w, np.full(k, kappa)])
    means = (w / w.sum(axis=0)).T @ X
    r = X[:, None] - means
    T = np.einsum("ij,ija,ijb->jab", w, r, r)
    return {"means": means, "covariances": (T + scale) / (w.sum(axis=0) - kappa + nu + m + 2)[:, None, None]}


def prior_by_moments(X, responsibilities, kappa, prior_mean, nu, scale):
    counts, means = parts_of_prior(X, responsibilities, kappa, prior_mean, nu, scale)
    second = np.einsum("ij,ia,ib->jab", responsibilities, X, X) + kappa * np.outer(prior_mean, prior_mean)
    T = second - (counts + kappa)[:, None, None] * means[:, :, None] * means[:, None, :] + scale
    return [means, T / (counts[:, None, None] + nu + X.shape[1] + 2)]


def prior_with(means=None, change=lambda T, N, kappa, nu, m, scale: T / (N + nu + m + 2)):
    def step(X, w, kappa, mu, nu, scale):
        counts, new = parts_of_prior(X, w, kappa, mu, nu, scale)
        new = new if means is None else means(X, w, kappa, mu)
        out = []
        for j, N in enumerate(counts):
            r, d = X - new[j], new[j] - mu
            T = (w[:, j] * r.T) @ r + kappa * np.outer(d, d) + scale
            out.append(change(T, N, kappa, nu, X.shape[1], scale))
        return new, np.array(out)

    return step


def mixed_twice(X, w, kappa, mu, nu, scale):
    """The harmonic weight, with deviations from the new means: two forms of the same, mixed."""
    counts, means = parts_of_prior(X, w, kappa, mu, nu, scale)
    out = []
    for j, N in enumerate(counts):
        r, d = X - means[j], means[j] - mu
        out.append(((w[:, j] * r.T) @ r + kappa * N / (kappa + N) * np.outer(d, d) + scale) / (N + nu + len(mu) + 2))
    return means, out


# q5


def by_the_library(X, w, means, covariances):
    k = len(means)
    found = missing.e_step(X, Parameters(np.ones(k) / k, means, covariances))
    shares = w / w.sum(axis=0)
    new = np.array([shares[:, j] @ found.points[:, j] for j in range(k)])
    out = []
    for j in range(k):
        r = found.points[:, j] - new[j]
        out.append((shares[:, j] * r.T) @ r + np.tensordot(shares[:, j], found.covariances[:, j], 1))
    return new, out


def by_second_moments(X, w, means, covariances):
    """E x and E x x', summed; then the difference."""
    k, m = means.shape
    first, second = np.zeros((k, m)), np.zeros((k, m, m))
    for j in range(k):
        for x, share in zip(X, w[:, j]):
            o = np.flatnonzero(~np.isnan(x))
            u = np.flatnonzero(np.isnan(x))
            row, open_ = x.copy(), np.zeros((m, m))
            if len(u):
                inverse = np.linalg.pinv(covariances[j][np.ix_(o, o)])
                K = covariances[j][np.ix_(u, o)] @ inverse
                row[u] = means[j][u] + K @ (x[o] - means[j][o])
                open_[np.ix_(u, u)] = covariances[j][np.ix_(u, u)] - K @ covariances[j][np.ix_(u, o)].T
            first[j] += share * row
            second[j] += share * (np.outer(row, row) + open_)
    counts = w.sum(axis=0)
    new = first / counts[:, None]
    return {"means": new, "covariances": second / counts[:, None, None] - new[:, :, None] * new[:, None, :]}


def by_precisions(X, w, means, covariances):
    """What is left of a Gaussian is the inverse of its precision's corner."""
    k, m = means.shape
    P = np.linalg.inv(covariances)
    new, out = np.empty((k, m)), np.empty((k, m, m))
    for j in range(k):
        rows, left = X.copy(), np.zeros((m, m))
        for i in range(len(X)):
            u = np.isnan(X[i])
            corner = np.linalg.inv(P[j][u][:, u])
            rows[i, u] = means[j, u] - corner @ P[j][u][:, ~u] @ (X[i, ~u] - means[j, ~u])
            left[np.ix_(u, u)] += w[i, j] * corner
        new[j] = np.average(rows, axis=0, weights=w[:, j])
        r = rows - new[j]
        out[j] = (np.einsum("i,ia,ib->ab", w[:, j], r, r) + left) / w[:, j].sum()
    return new, out


def gaps_with(fill="slope", left="rest", about="new", share=True, rows=None):
    """A student's loops, with something of them done otherwise."""

    def step(X, w, means, covariances):
        new, out = [], []
        for j, (mean, S) in enumerate(zip(means, covariances)):
            filled, open_ = X.copy(), np.zeros_like(S)
            for i, x in enumerate(X):
                u = np.isnan(x)
                K = S[np.ix_(u, ~u)] @ np.linalg.inv(S[np.ix_(~u, ~u)])
                expected = mean[u] + K @ (x[~u] - mean[~u])
                filled[i, u] = {"slope": expected, "mean": mean[u], "seen mean": np.mean(x[~u])}[fill]
                kept = {
                    "rest": S[np.ix_(u, u)] - K @ S[np.ix_(~u, u)],
                    "all": S[np.ix_(u, u)],
                    "none": 0.0,
                    "inverse": np.linalg.inv(np.linalg.inv(S)[np.ix_(u, u)] + np.eye(u.sum())),
                }[left]
                open_[np.ix_(u, u)] += (w[i, j] if share else 1.0) * kept
            new.append(w[:, j] @ filled / w[:, j].sum())
            r = filled - (new[-1] if about == "new" else mean)
            out.append(((w[:, j] * r.T) @ r + open_) / w[:, j].sum())
        return np.array(new), np.array(out)

    return step


def gaps_by_brackets(slope, left):
    """A student's loops, which take the corners of a covariance in their own way."""

    def step(X, w, means, covariances):
        n, m = X.shape
        H, C = np.zeros((n, len(means), m)), np.zeros((n, len(means), m, m))
        for i, x in enumerate(X):
            u = np.isnan(x)
            for j, (mean, S) in enumerate(zip(means, covariances)):
                H[i, j] = x
                if u.any():
                    K = slope(S, u)
                    H[i, j, u] = mean[u] + K @ (x[~u] - mean[~u])
                    left(C[i, j], S, K, u)
        N = w.sum(0)
        new = np.einsum("ij,ija->ja", w, H) / N[:, None]
        d = H - new
        return new, np.einsum("ij,ijab->jab", w, d[..., :, None] * d[..., None, :] + C) / N[:, None, None]

    return step


def slope_by_inv(S, u):
    return S[np.ix_(u, ~u)] @ np.linalg.inv(S[np.ix_(~u, ~u)])


def left_by_ix(C, S, K, u):
    C[np.ix_(u, u)] = S[np.ix_(u, u)] - K @ S[np.ix_(~u, u)]


def left_into_pairs(C, S, K, u):
    C[u, u] = S[np.ix_(u, u)] - K @ S[np.ix_(~u, u)]


def entries_inverted(S, u):
    return S[np.ix_(u, ~u)] @ (1 / S[np.ix_(~u, ~u)])


def complete_rows_only(X, w, means, covariances):
    whole = ~np.isnan(X).any(axis=1)
    X, w = X[whole], w[whole]
    new = w.T @ X / w.sum(axis=0)[:, None]
    r = X[:, None] - new
    return new, np.einsum("ij,ija,ijb->jab", w, r, r) / w.sum(axis=0)[:, None, None]


def pairs_that_were_seen(X, w, means, covariances):
    """Column by column, over the values seen alone."""
    seen = ~np.isnan(X)
    zero = np.where(seen, X, 0.0)
    new = w.T @ zero / (w.T @ seen)
    r = np.where(seen[:, None], X[:, None] - new, 0.0)
    return new, np.einsum("ij,ija,ijb->jab", w, r, r) / np.einsum("ij,ia,ib->jab", w, seen, seen)


def fills_in_place(X, w, means, covariances):
    X[np.isnan(X)] = 0.0
    return gaps_with()(X, w, means, covariances)


# q6


def by_scores(w):
    """Louis: a point's score is (w - phi) / (phi (1 - phi)); their squares add up to the information."""
    phi = sum(w) / len(w)
    score = (np.asarray(w) - phi) / (phi * (1 - phi))
    return 1 - np.mean(score**2) * phi * (1 - phi), 1 / np.linalg.norm(score)


def by_the_curvature(w):
    """The second derivative of the log-likelihood, by differences: f1 : f2 follow from w and phi."""
    phi = w.mean()
    with np.errstate(divide="ignore"):
        odds = logit(w) - logit(phi)
    ratio = expit(odds), expit(-odds)  # the two densities, up to a factor
    slope = (ratio[0] - ratio[1]) / (phi * ratio[0] + (1 - phi) * ratio[1])
    information = (slope**2).sum()
    return {"rate": 1 - information * phi * (1 - phi) / len(w), "error": information**-0.5}


def by_variances(w):
    phi, v = w.mean(), w.var()
    total = phi - phi**2
    return 1 - v / total, total / np.sqrt(len(w) * v)


def weight_with(rate=None, error=None):
    def answer(w):
        first, second = by_variances(w)
        return (first if rate is None else rate(w)), (second if error is None else error(w))

    return answer


def bernoulli(w):
    return np.sqrt(w.mean() * (1 - w.mean()) / len(w))


# q7


def labels_in_a_loop(log_joint, labels):
    out = np.zeros(log_joint.shape)
    for i, y in enumerate(labels):
        if y == -1:
            out[i] = np.exp(log_joint[i] - logsumexp(log_joint[i]))
        else:
            out[i, y] = 1
    return out


def labels_overwritten(log_joint, labels):
    w = softmax(log_joint, axis=1)
    known = labels >= 0
    w[known] = np.eye(w.shape[1])[labels[known]]
    return w


def labels_by_where(a, y):
    return np.where((y < 0)[:, None], softmax(a, axis=1), (y[:, None] == np.arange(a.shape[1])).astype(float))


def written_into_the_logs(log_joint, labels):
    log_joint[labels >= 0] = -np.inf
    for i in np.flatnonzero(labels >= 0):
        log_joint[i, labels[i]] = 0
    return softmax(log_joint, axis=1)


def labelled_dropped(log_joint, labels):
    return softmax(log_joint[labels == -1], axis=1)


def naive_exponentials(log_joint, labels):
    f = np.exp(log_joint)
    for i, y in enumerate(labels):
        if y >= 0:
            f[i, np.arange(f.shape[1]) != y] = 0
    return f / f.sum(axis=1, keepdims=True)


def all_by_label(log_joint, labels):
    w = np.zeros_like(log_joint)
    w[np.arange(len(labels)), labels] = 1
    return w


def wrong_way_round(log_joint, labels):
    return np.where(
        (labels == -1)[:, None], np.eye(log_joint.shape[1])[log_joint.argmax(axis=1)], softmax(log_joint, axis=1)
    )


def shares_struck_out(log_joint, labels):
    w = label_multiplied(log_joint, labels)
    return w / w.sum(axis=1, keepdims=True)


def penalised(by):
    def responsibilities(log_joint, labels):
        a = log_joint.copy()
        for i, y in enumerate(labels):
            a[i] += [0 if y in (-1, j) else by for j in range(a.shape[1])]
        return np.exp(a - logsumexp(a, axis=1, keepdims=True))

    return responsibilities


def label_multiplied(log_joint, labels):
    w = softmax(log_joint, axis=1)
    mask = (labels[:, None] == np.arange(w.shape[1])) | (labels == -1)[:, None]
    return w * mask


# q9


def by_all_orders(fit, refit):
    k = fit.shape[1]
    best = max(permutations(range(k)), key=lambda order: sum(fit[:, j] @ refit[:, order[j]] for j in range(k)))
    return np.column_stack([refit[:, l] for l in best])  # noqa: E741


def hungarian(fit, refit):
    _, order = linear_sum_assignment(fit.T @ refit, maximize=True)
    return refit[:, order]


def hungarian_from_the_refit(fit, refit):
    theirs, ours = linear_sum_assignment(refit.T @ fit, maximize=True)
    out = np.empty_like(refit)
    out[:, ours] = refit[:, theirs]
    return out


def hungarian_wrong_side(fit, refit):
    _, order = linear_sum_assignment(refit.T @ fit, maximize=True)
    return refit[:, order]


def nearest_one_to_one(fit, refit):
    return refit[:, linear_sum_assignment(np.abs(fit[:, :, None] - refit[:, None]).sum(axis=0))[1]]


def most_correlated(fit, refit):
    k = fit.shape[1]
    return refit[:, linear_sum_assignment(-np.corrcoef(fit.T, refit.T)[:k, k:])[1]]


def nearest_columns(fit, refit):
    distance = ((fit[:, :, None] - refit[:, None]) ** 2).sum(axis=0)
    return refit[:, distance.argmin(axis=1)]


RIGHT = [
    Right("hw11.q1", "fractions", (10 + 3 / 4 * 4, 6 - 9 / 4)),
    Right("hw11.q1", "a column", [[13], [3.75]]),
    Right("hw11.q1", "an array", np.array([13.0, 3.75])),
    Right("hw11.q2", "computed", [4.8 / 8, 72.8 + 4.8 * 0.6 / 0.4]),
    Right("hw11.q2", "a tuple", (0.6, 80)),
    Right("hw11.q2", "an array", np.array([0.6, 80.0])),
    Right("hw11.q3", "loops", by_sklearns_way),
    Right("hw11.q3", "a dictionary of lists", as_a_dictionary),
    Right("hw11.q3", "tensordot", by_tensordot),
    Right("hw11.q4", "the harmonic weight", prior_by_steiner),
    Right("hw11.q4", "more points", prior_as_points),
    Right("hw11.q4", "second moments", prior_by_moments),
    Right("hw11.q5", "the library's expectations", by_the_library),
    Right("hw11.q5", "second moments", by_second_moments),
    Right("hw11.q5", "precisions", by_precisions),
    Right("hw11.q6", "scores", by_scores),
    Right("hw11.q6", "the curvature", by_the_curvature),
    Right("hw11.q6", "variances", by_variances),
    Right("hw11.q7", "a loop", labels_in_a_loop),
    Right("hw11.q7", "overwritten afterwards", labels_overwritten),
    Right("hw11.q7", "where", labels_by_where),
    Right("hw11.q8", "commas", "b, c, f"),
    Right("hw11.q8", "a list", ["F", "B", "C"]),
    Right("hw11.q8", "a tuple", ("b", "c", "f")),
    Right("hw11.q9", "all orders", by_all_orders),
    Right("hw11.q9", "the Hungarian method", hungarian),
    Right("hw11.q9", "from the refit's side", hungarian_from_the_refit),
]

WRONG = [
    Wrong("hw11.q1", "the mean", [10, 3.75], "the mean"),
    Wrong("hw11.q1", "nothing learnt", [10, 6], "the mean and all of the variance"),
    Wrong("hw11.q1", "all of the variance", [13, 6], "the variance not reduced"),
    Wrong("hw11.q1", "no doubt", [13, 0], "no variance left"),
    Wrong("hw11.q1", "divided by the other variance", [12, 2.5], "the slope upside down"),
    Wrong("hw11.q1", "not centred", [15.25, 3.75], "not measured from the mean"),
    Wrong("hw11.q1", "a deviation", [13, 1.94], "a standard deviation"),
    Wrong("hw11.q1", "swapped", [3.75, 13], "wrong order"),
    Wrong("hw11.q2", "the wrong way round", [1.67, 80], "upside down"),
    Wrong("hw11.q2", "the next value", [0.6, 75.68], "one step more"),
    Wrong("hw11.q2", "the last value", [0.6, 72.8], "where it stands"),
    Wrong("hw11.q2", "the sum from the last value", [0.6, 84.8], "a leap from the wrong place"),
    Wrong("hw11.q2", "the rest of the way", [0.6, 12], "the way that is left"),
    Wrong("hw11.q2", "what is gone", [0.4, 80], "the part that is gone"),
    Wrong("hw11.q2", "one number", 0.6, "wrong shape"),
    Wrong("hw11.q3", "a plain average", rules_with(tied=lambda S, N: np.mean(S, 0)), "counts ignored"),
    Wrong("hw11.q3", "weights not divided", rules_with(tied=lambda S, N: np.tensordot(N, S, 1)), "not divided by n"),
    Wrong(
        "hw11.q3",
        "tied and spherical, two faults",
        rules_with(tied=lambda S, N: S.mean(0), spherical=lambda S, N: np.trace(S, axis1=1, axis2=2)),
        "counts ignored",
    ),
    Wrong(
        "hw11.q3",
        "diag and spherical, two faults",
        rules_with(
            diag=lambda S, N: np.sqrt(np.einsum("jaa->ja", S)), spherical=lambda S, N: np.trace(S, axis1=1, axis2=2)
        ),
        "standard deviations in diag",
    ),
    Wrong("hw11.q3", "full matrices", rules_with(diag=full_matrices), "wrong shape"),
    Wrong(
        "hw11.q3",
        "precisions",
        rules_with(diag=lambda S, N: np.array([1 / np.diag(np.linalg.inv(s)) for s in S])),
        "the inverse's diagonal",
    ),
    Wrong("hw11.q3", "the first component", rules_with(tied=lambda S, N: S[0]), None),
    Wrong(
        "hw11.q3",
        "a determinant",
        rules_with(spherical=lambda S, N: np.linalg.det(S) ** (1 / len(S[0]))),
        "the volume kept",
    ),
    Wrong("hw11.q3", "in another order", lambda S, N: by_tensordot(S, N)[::-1], "parts in another order"),
    Wrong(
        "hw11.q3",
        "tied for each",
        rules_with(tied=lambda S, N: np.array([np.average(S, 0, N)] * len(N))),
        "wrong shape",
    ),
    Wrong(
        "hw11.q4",
        "the plain means",
        prior_with(lambda X, w, kappa, mu: w.T @ X / w.sum(0)[:, None]),
        "means without the prior",
    ),
    Wrong(
        "hw11.q4",
        "half and half",
        prior_with(lambda X, w, kappa, mu: (w.T @ X / w.sum(0)[:, None] + mu) / 2),
        "half and half",
    ),
    Wrong(
        "hw11.q4",
        "no prior below",
        prior_with(change=lambda T, N, kappa, nu, m, L: T / N),
        "divided by the counts alone",
    ),
    Wrong(
        "hw11.q4",
        "c without the mean",
        prior_with(change=lambda T, N, kappa, nu, m, L: T / (N + nu + m + 1)),
        "one too few",
    ),
    Wrong(
        "hw11.q4",
        "the posterior mean",
        prior_with(change=lambda T, N, kappa, nu, m, L: T / (N + nu - m - 1)),
        "the mean of an inverse Wishart density",
    ),
    Wrong(
        "hw11.q4",
        "a floor",
        prior_with(change=lambda T, N, kappa, nu, m, L: (T - L) / (N + nu + m + 2) + L),
        "added as a floor",
    ),
    Wrong(
        "hw11.q4",
        "kappa below",
        prior_with(change=lambda T, N, kappa, nu, m, L: T / (N + kappa + nu + m + 2)),
        "kappa besides",
    ),
    Wrong(
        "hw11.q4",
        "means and divisor, two faults",
        prior_with(lambda X, w, kappa, mu: w.T @ X / w.sum(0)[:, None], lambda T, N, kappa, nu, m, L: T / (N + nu)),
        "means without the prior",
    ),
    Wrong(
        "hw11.q4",
        "nu times the scale",
        prior_with(change=lambda T, N, kappa, nu, m, L: (T + (nu - 1) * L) / (N + nu + m + 2)),
        "nu times the scale",
    ),
    Wrong("hw11.q4", "two forms mixed", mixed_twice, "two forms mixed"),
    Wrong("hw11.q5", "filled and believed", gaps_with(left="none"), "what is left open forgotten"),
    Wrong("hw11.q5", "filled with the mean", gaps_with(fill="mean", left="none"), "filled with the component's mean"),
    Wrong(
        "hw11.q5",
        "the mean, and all of the variance",
        gaps_with(fill="mean", left="all"),
        "filled with the component's mean",
    ),
    Wrong("hw11.q5", "all of the variance", gaps_with(left="all"), "all of the variance added"),
    Wrong("hw11.q5", "old means", gaps_with(about="old"), "about the old means"),
    Wrong(
        "hw11.q5", "old means, nothing added", gaps_with(about="old", left="none"), "about the old means, nothing added"
    ),
    Wrong("hw11.q5", "not shared", gaps_with(share=False), "added without the responsibilities"),
    Wrong("hw11.q5", "complete rows", complete_rows_only, "rows with gaps dropped"),
    Wrong("hw11.q5", "what was seen", pairs_that_were_seen, "only values that were seen"),
    Wrong("hw11.q5", "the row's own mean", gaps_with(fill="seen mean"), "ignores an argument"),
    Wrong(
        "hw11.q5", "one over each entry", gaps_by_brackets(entries_inverted, left_by_ix), "entries inverted one by one"
    ),
    Wrong("hw11.q5", "a table into pairs", gaps_by_brackets(slope_by_inv, left_into_pairs), "np.ix_ forgotten"),
    Wrong("hw11.q5", "in place", fills_in_place, "changes its input"),
    Wrong("hw11.q6", "known labels", weight_with(error=bernoulli), "as if the labels were known"),
    Wrong(
        "hw11.q6",
        "a mean's error",
        weight_with(error=lambda w: w.std(ddof=1) / len(w) ** 0.5),
        "the scatter of the responsibilities, by n - 1",
    ),
    Wrong(
        "hw11.q6",
        "one minus the rate, multiplied",
        weight_with(error=lambda w: bernoulli(w) * np.sqrt(1 - by_variances(w)[0])),
        "the scatter of the responsibilities",
    ),
    Wrong("hw11.q6", "learnt", weight_with(rate=lambda w: w.var() / w.mean() / (1 - w.mean())), "one minus the rate"),
    Wrong("hw11.q6", "a variance", weight_with(error=lambda w: by_variances(w)[1] ** 2), "a variance"),
    Wrong(
        "hw11.q6",
        "both, two faults",
        weight_with(rate=lambda w: np.sum(w * (1 - w)) / w.mean() / (1 - w.mean()), error=bernoulli),
        "not averaged",
    ),
    Wrong("hw11.q6", "swapped", lambda w: by_variances(w)[::-1], "parts in another order"),
    Wrong("hw11.q6", "the error alone", lambda w: by_variances(w)[1], "wrong type"),
    Wrong("hw11.q6", "hard labels", weight_with(error=lambda w: bernoulli(np.round(w))), None),
    Wrong("hw11.q7", "no labels", lambda a, y: softmax(a, axis=1), "labels ignored"),
    Wrong("hw11.q7", "minus one is the last", all_by_label, "-1 taken for the last component"),
    Wrong("hw11.q7", "exponentials first", naive_exponentials, "linear space"),
    Wrong("hw11.q7", "in place", written_into_the_logs, "changes its input"),
    Wrong("hw11.q7", "dropped", labelled_dropped, "points with a label dropped"),
    Wrong("hw11.q7", "shares struck out", shares_struck_out, "masked after softmax"),
    Wrong("hw11.q7", "a hundred less", penalised(-100), "a number added"),
    Wrong("hw11.q7", "a thousand less", penalised(-1000), "a number added"),
    Wrong("hw11.q7", "a mask on shares", label_multiplied, "masked, not normalised"),
    Wrong("hw11.q7", "the wrong way round", wrong_way_round, "the wrong way round"),
    Wrong("hw11.q8", "full is best", "abcf", "chose a"),
    Wrong("hw11.q8", "another hill", "bcdf", "chose d"),
    Wrong("hw11.q8", "the scale", "bcef", "chose e"),
    Wrong("hw11.q8", "a hundred times", "bf", "left out c"),
    Wrong("hw11.q8", "more is better", "bc", "left out f"),
    Wrong("hw11.q8", "nothing", "", "unanswered"),
    Wrong("hw11.q9", "argmax", lambda a, b: b[:, (a.T @ b).argmax(axis=1)], "each its best"),
    Wrong("hw11.q9", "the table turned", hungarian_wrong_side, "the other direction"),
    Wrong("hw11.q9", "least cost", lambda a, b: b[:, linear_sum_assignment(a.T @ b)[1]], "the smallest sum"),
    Wrong("hw11.q9", "untouched", lambda a, b: b, "as they come"),
    Wrong("hw11.q9", "the order alone", lambda a, b: linear_sum_assignment(-a.T @ b)[1], "wrong shape"),
    Wrong("hw11.q9", "the nearest, one to one", nearest_one_to_one, None),
    Wrong("hw11.q9", "correlated", most_correlated, None),
    Wrong("hw11.q9", "the nearest columns", nearest_columns, None),
]
