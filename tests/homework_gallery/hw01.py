"""Answers to homework 1, densities."""

from fractions import Fraction
from math import exp, fsum, isclose, log, pi, sqrt

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from . import Right, Wrong

# q3


def with_isclose(weights):
    return isclose(fsum(weights), 1) and min(weights) >= 0


def numpy_bool(phi):  # another argument name; a NumPy bool
    return np.isclose(phi.sum(), 1) & (phi >= 0).all()


def ones_and_zeros(weights):
    for w in weights:
        if w < 0:
            return 0
    return 1 if abs(sum(weights) - 1) <= 1e-6 else 0


def compares_exactly(weights):
    return all(w >= 0 for w in weights) and sum(weights) == 1.0


def sum_alone(weights):
    return bool(np.isclose(np.sum(weights), 1))


def strictly_positive(weights):
    return bool(np.isclose(weights.sum(), 1) and weights.min() > 0)


def raises_instead(weights):
    if min(weights) < 0 or abs(sum(weights) - 1) > 1e-8:
        raise ValueError("these are no weights")
    return True


def rounds_the_sum(weights):  # 0.8 and 1.2 round to one
    return (weights >= 0).all() and round(weights.sum()) == 1


def generous_with_the_sum(weights):
    return bool(abs(weights.sum() - 1) < 0.05 and (weights >= 0).all())


def three_digits_of_the_sum(weights):
    return bool(abs(weights.sum() - 1) < 0.002 and (weights >= 0).all())


def generous_with_the_sign(weights):
    return bool(abs(weights.sum() - 1) < 1e-8 and (weights > -0.001).all())


# q4


def scipy_logpdf(X, means, covariances):
    return np.column_stack([multivariate_normal.logpdf(X, m, c).reshape(-1) for m, c in zip(means, covariances)])


def with_inverse_and_slogdet(X, means, covariances):
    n, m = X.shape
    r = X[:, None] - means
    q = np.einsum("nka,kab,nkb->nk", r, np.linalg.inv(covariances), r)
    return -(q + m * np.log(2 * np.pi) + np.linalg.slogdet(covariances)[1]) / 2


def loops(X, means, covariances):
    rows = []
    for x in X:
        row = []
        for mu, S in zip(means, covariances):
            values, U = np.linalg.eigh(S)
            y = U.T @ (x - mu)
            row.append(-0.5 * sum(log(2 * pi * v) + t * t / v for v, t in zip(values, y)))
        rows.append(row)
    return rows


def cholesky_solve(X, mu, sigma):
    out = np.empty((X.shape[0], mu.shape[0]), dtype=np.longdouble)
    for j in range(len(mu)):
        c, low = cho_factor(sigma[j])
        r = X - mu[j]
        out[:, j] = (
            -0.5 * (r * cho_solve((c, low), r.T).T).sum(1)
            - np.log(np.diag(c)).sum()
            - X.shape[1] / 2 * np.log(2 * np.pi)
        )
    return out


def determinant_of_two_pi_sigma(X, means, covariances):
    columns = []
    for m, c in zip(means, covariances):
        r = X - m
        columns.append(-0.5 * np.linalg.slogdet(2 * np.pi * c)[1] - 0.5 * (r * np.linalg.solve(c, r.T).T).sum(axis=1))
    return np.array(columns).T


def printed(X, means, covariances):
    k = len(means)
    r = X[:, None] - means
    q = np.einsum("nka,kab,nkb->nk", r, np.linalg.inv(covariances), r)
    return -0.5 * (q + k * np.log(2 * np.pi) + np.linalg.slogdet(covariances)[1])


def log_of_det(X, means, covariances):
    m = X.shape[1]
    r = X[:, None] - means
    q = np.einsum("nka,kab,nkb->nk", r, np.linalg.inv(covariances), r)
    return -0.5 * (q + m * np.log(2 * np.pi) + np.log(np.linalg.det(covariances)))


def product_of_the_diagonal(X, means, covariances):
    logs = []
    for mu, S in zip(means, covariances):
        L = np.linalg.cholesky(S)
        z = np.linalg.solve(L, (X - mu).T)
        logs.append(-np.log((2 * np.pi) ** (X.shape[1] / 2) * np.prod(np.diag(L))) - (z**2).sum(0) / 2)
    return np.transpose(logs)


def log_at_the_end(X, means, covariances):
    f = [
        np.exp(-0.5 * np.sum((X - m) @ np.linalg.inv(S) * (X - m), 1)) / np.sqrt(np.linalg.det(2 * np.pi * S))
        for m, S in zip(means, covariances)
    ]
    return np.log(f).T


def log_of_scipy_pdf(X, means, covariances):
    return np.log(np.column_stack([multivariate_normal(m, c).pdf(X).reshape(-1) for m, c in zip(means, covariances)]))


def no_half(X, means, covariances):
    r = X[:, None] - means
    q = np.einsum("nka,kab,nkb->nk", r, np.linalg.inv(covariances), r)
    return -q - X.shape[1] / 2 * np.log(2 * np.pi) - np.linalg.slogdet(covariances)[1] / 2


def half_forgotten_at_the_determinant(X, means, covariances):
    r = X[:, None] - means
    q = np.einsum("nka,kab,nkb->nk", r, np.linalg.inv(covariances), r)
    return -q / 2 - X.shape[1] / 2 * np.log(2 * np.pi) - np.linalg.slogdet(covariances)[1]


def sigma_not_inverted(X, means, covariances):
    r = X[:, None] - means
    q = np.einsum("nka,kab,nkb->nk", r, covariances, r)
    return -0.5 * (q + X.shape[1] * np.log(2 * np.pi) + np.linalg.slogdet(covariances)[1])


def transposed_factor(X, means, covariances):
    out = []
    for mu, S in zip(means, covariances):
        L = np.linalg.cholesky(S)
        z = (X - mu) @ np.linalg.inv(L)  # row vectors: this solves with the transpose
        out.append(-0.5 * (z**2).sum(1) - np.log(L.diagonal()).sum() - 0.5 * X.shape[1] * np.log(2 * np.pi))
    return np.stack(out, axis=1)


def component_rows(X, means, covariances):
    return [multivariate_normal(m, c).logpdf(X).reshape(-1) for m, c in zip(means, covariances)]


def first_component_only(X, means, covariances):
    return multivariate_normal(means[0], covariances[0]).logpdf(X)


def densities(X, means, covariances):
    return np.exp(scipy_logpdf(X, means, covariances))


def no_normaliser(X, means, covariances):  # two things missing at once: only an example can say it
    r = X[:, None] - means
    return -0.5 * np.einsum("nka,kab,nkb->nk", r, np.linalg.inv(covariances), r)


def quadratic_of_all_pairs(X, means, covariances):  # (n, n) where its diagonal is meant
    logs = []
    for m, S in zip(means, covariances):
        r = X - m
        logs.append(-0.5 * r @ np.linalg.inv(S) @ r.T)
    return np.column_stack(logs)


# q5


def with_scipy(X, parameters):
    f = [
        w * multivariate_normal(m, c).pdf(X)
        for w, m, c in zip(parameters.weights, parameters.means, parameters.covariances)
    ]
    return np.sum(f, axis=0)


def as_a_product(X, p):
    return np.exp(scipy_logpdf(X, p.means, p.covariances)) @ p.weights


def with_logsumexp(X, p):
    return np.exp(logsumexp(scipy_logpdf(X, p.means, p.covariances), b=p.weights, axis=1))


def plain_python(X, p):
    out = []
    for x in X:
        total = 0.0
        for w, mu, S in zip(p.weights, p.means, p.covariances):
            r = x - mu
            total += w * exp(-float(r @ np.linalg.inv(S) @ r) / 2) / sqrt((2 * pi) ** len(x) * np.linalg.det(S))
        out.append(total)
    return out


def weighted_average(X, p):
    return np.average(np.exp(scipy_logpdf(X, p.means, p.covariances)), axis=1, weights=p.weights)


def with_k(X, p):
    total = 0
    for w, mu, S in zip(p.weights, p.means, p.covariances):
        r = X - mu
        total = total + w * np.exp(-0.5 * (r @ np.linalg.inv(S) * r).sum(1)) / np.sqrt(
            (2 * np.pi) ** p.k * np.linalg.det(S)
        )
    return total


def unweighted(X, p):
    return sum(multivariate_normal(m, c).pdf(X) for m, c in zip(p.means, p.covariances))


def mean_of_hills(X, p):
    return np.mean([multivariate_normal(m, c).pdf(X) for m, c in zip(p.means, p.covariances)], axis=0)


def one_gaussian(X, p):
    return multivariate_normal(p.weights @ p.means, np.tensordot(p.weights, p.covariances, 1)).pdf(X)


def log_density(X, p):
    return np.log(as_a_product(X, p))


def sum_of_weighted_logs(X, p):
    return np.exp((p.weights * scipy_logpdf(X, p.means, p.covariances)).sum(1))


def only_last(X, p):  # = where += is meant
    for w, m, c in zip(p.weights, p.means, p.covariances):
        total = w * multivariate_normal(m, c).pdf(X)
    return total


def returned_in_the_loop(X, p):
    total = 0
    for w, m, c in zip(p.weights, p.means, p.covariances):
        total += w * multivariate_normal(m, c).pdf(X)
        return total


def wrong_axis(X, p):
    return (p.weights * np.exp(scipy_logpdf(X, p.means, p.covariances))).sum(axis=0)


# q7


def slice_by_loops(x, p):
    w, mu, v = [], [], []
    for phi, m, S in zip(p.weights, p.means, p.covariances):
        w.append(phi * norm(m[0], S[0, 0] ** 0.5).pdf(x))
        mu.append(m[1] + S[0, 1] * (x - m[0]) / S[0, 0])
        v.append(S[1, 1] - S[0, 1] ** 2 / S[0, 0])
    return {"weights": [a / sum(w) for a in w], "means": mu, "variances": v}


def slice_by_determinant(x, p):  # and in the reverse order of components
    S, m = p.covariances[::-1], p.means[::-1]
    log_w = np.log(p.weights[::-1]) - (x - m[:, 0]) ** 2 / (2 * S[:, 0, 0]) - np.log(S[:, 0, 0]) / 2
    w = np.exp(log_w - log_w.max())
    return w / w.sum(), m[:, 1] + S[:, 1, 0] * (x - m[:, 0]) / S[:, 0, 0], np.linalg.det(S) / S[:, 0, 0]


def old_weights(x, p):
    answer = slice_by_loops(x, p)
    return p.weights, answer["means"], answer["variances"]


def shadow(x, p):
    return slice_by_determinant(x, p)[0][::-1], p.means[:, 1], p.covariances[:, 1, 1]


def slope_upside_down(x, p):
    S, m = p.covariances, p.means
    slope = S[:, 0, 1] / S[:, 1, 1]
    return (
        slice_by_determinant(x, p)[0][::-1],
        m[:, 1] + slope * (x - m[:, 0]),
        S[:, 1, 1] - S[:, 0, 1] ** 2 / S[:, 0, 0],
    )


def two_of_three(x, p):
    return slice_by_loops(x, p)["weights"], slice_by_loops(x, p)["means"]


RIGHT = [
    Right("hw1.q1", "a list", [0.120, 0.104, 0.150]),
    Right(
        "hw1.q1",
        "with the digits of the table",
        (0.25 * 0.3989 + 0.75 * 0.0270, 0.25 * 0.0540 + 0.75 * 0.1210, 0.75 * 0.19945),
    ),
    Right("hw1.q1", "computed", 0.25 * norm.pdf([0, 2, 4]) + 0.75 * norm.pdf([0, 2, 4], 4, 2)),
    Right("hw1.q2", "a number", -7.63),
    Right("hw1.q2", "in a list", [-7.6296]),
    Right("hw1.q2", "a fraction", Fraction(-763, 100)),
    Right("hw1.q2", "SciPy", multivariate_normal([1, -2], [[9, 3], [3, 5]]).logpdf([7, 4])),
    Right("hw1.q3", "math.isclose and fsum", with_isclose),
    Right("hw1.q3", "a NumPy bool", numpy_bool),
    Right("hw1.q3", "ones and zeros", ones_and_zeros),
    Right("hw1.q4", "SciPy", scipy_logpdf),
    Right("hw1.q4", "inverse and slogdet", with_inverse_and_slogdet),
    Right("hw1.q4", "loops and eigenvalues", loops),
    Right("hw1.q4", "cho_solve, other names", cholesky_solve),
    Right("hw1.q4", "the determinant of 2 pi Sigma", determinant_of_two_pi_sigma),
    Right("hw1.q5", "SciPy", with_scipy),
    Right("hw1.q5", "a matrix product", as_a_product),
    Right("hw1.q5", "through logsumexp", with_logsumexp),
    Right("hw1.q5", "plain Python", plain_python),
    Right("hw1.q5", "np.average", weighted_average),
    Right("hw1.q6", "letters", "bcf"),
    Right("hw1.q6", "a list", ["f", "B", "c"]),
    Right("hw1.q7", "loops and a dictionary", slice_by_loops),
    Right("hw1.q7", "another order of the components", slice_by_determinant),
]

WRONG = [
    Wrong("hw1.q1", "heights not halved", [0.140, 0.195, 0.299], "height not divided by the deviation"),
    Wrong("hw1.q1", "variance for deviation", [0.145, 0.080, 0.075], "variance for standard deviation"),
    Wrong("hw1.q1", "weights left out", [0.426, 0.175, 0.200], "not weighted"),
    Wrong("hw1.q1", "weights exchanged", [0.306, 0.071, 0.050], "weights exchanged"),
    Wrong("hw1.q1", "one bell", norm.pdf([0, 2, 4], 3, np.sqrt(3.25)), "parameters averaged"),
    Wrong("hw1.q1", "two decimals", [0.12, 0.10, 0.15], "rounded"),
    Wrong("hw1.q1", "another guess", [0.2, 0.2, 0.2], None),
    Wrong("hw1.q2", "three for two", -8.55, "k for m"),
    Wrong("hw1.q2", "no root at the determinant", -9.42, "no half at the determinant"),
    Wrong("hw1.q2", "no half in the exponent", -11.63, "no half at the distance"),
    Wrong("hw1.q2", "a ruler", -39.63, "distance by the ruler"),
    Wrong("hw1.q2", "the density", 0.000486, "the density itself"),
    Wrong("hw1.q2", "L upside down", -8.63, "triangle upside down"),
    Wrong("hw1.q2", "the sign", 7.63, "positive"),
    Wrong("hw1.q2", "d for d squared", -5.04, "distance not squared"),
    Wrong("hw1.q3", "negative weights pass", sum_alone, "negative weights pass"),
    Wrong("hw1.q3", "compares exactly", compares_exactly, "exact comparison"),
    Wrong("hw1.q3", "zero refused", strictly_positive, "zero refused"),
    Wrong("hw1.q3", "always true", lambda weights: True, "always true"),
    Wrong("hw1.q3", "true and false exchanged", lambda weights: not with_isclose(weights), "complement"),
    Wrong("hw1.q3", "raises", raises_instead, "raises"),
    Wrong("hw1.q3", "a tolerance of 0.05", generous_with_the_sum, "wide tolerance"),
    Wrong("hw1.q3", "a tolerance of 0.002", three_digits_of_the_sum, "wide tolerance, thousandths"),
    Wrong("hw1.q3", "a thousandth below zero", generous_with_the_sign, "a little below zero passes"),
    Wrong("hw1.q3", "rounds the sum", rounds_the_sum, "sum rounded"),
    Wrong("hw1.q4", "k for m", printed, "k for m"),
    Wrong("hw1.q4", "log of det", log_of_det, "determinant underflows"),
    Wrong("hw1.q4", "product of the diagonal", product_of_the_diagonal, "determinant underflows"),
    Wrong("hw1.q4", "log at the end", log_at_the_end, "logarithm taken last"),
    Wrong("hw1.q4", "log of SciPy's pdf", log_of_scipy_pdf, "logarithm of an underflowed density"),
    Wrong("hw1.q4", "no half in the exponent", no_half, "no half at the distance"),
    Wrong("hw1.q4", "no half at the determinant", half_forgotten_at_the_determinant, "no half at the determinant"),
    Wrong("hw1.q4", "Sigma not inverted", sigma_not_inverted, "covariance not inverted"),
    Wrong("hw1.q4", "L transposed", transposed_factor, "triangle upside down"),
    Wrong("hw1.q4", "components in the rows", component_rows, "transposed"),
    Wrong("hw1.q4", "one component", first_component_only, "wrong shape"),
    Wrong("hw1.q4", "densities", densities, "the density itself"),
    Wrong("hw1.q4", "no normaliser at all", no_normaliser, "no normaliser"),
    Wrong("hw1.q4", "all pairs of points", quadratic_of_all_pairs, "wrong shape"),
    Wrong("hw1.q5", "k for m", with_k, "k for m"),
    Wrong("hw1.q5", "not weighted", unweighted, "not weighted"),
    Wrong("hw1.q5", "equal weights", mean_of_hills, "equal weights"),
    Wrong("hw1.q5", "one Gaussian", one_gaussian, "parameters averaged"),
    Wrong("hw1.q5", "the logarithm", log_density, "logarithm"),
    Wrong("hw1.q5", "geometric mean", sum_of_weighted_logs, "logarithms averaged, then exponentiated"),
    Wrong("hw1.q5", "the last component only", only_last, "one component only"),
    Wrong("hw1.q5", "return inside the loop", returned_in_the_loop, "first component only"),
    Wrong("hw1.q5", "wrong axis", wrong_axis, "added over the points"),
    Wrong("hw1.q6", "hills", "abcf", "chose a"),
    Wrong("hw1.q6", "variables", "bcdf", "chose d"),
    Wrong("hw1.q6", "densities below one", "cf", "left out b"),
    Wrong("hw1.q6", "weights repaired", "bcef", "chose e"),
    Wrong("hw1.q7", "old weights", old_weights, "weights unchanged"),
    Wrong("hw1.q7", "the shadow", shadow, "means unchanged"),
    Wrong("hw1.q7", "the slope upside down", slope_upside_down, "means with the slope of the other way round"),
    Wrong("hw1.q7", "two things of three", two_of_three, "wrong type"),
]
