"""Answers to homework 6, the M-step."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np

from gmm_lib.parameters import Parameters

from . import Right, Wrong

# q3


def matrix_product(X, responsibilities):
    return responsibilities.T @ X / responsibilities.sum(axis=0)[:, np.newaxis]


def loops(X, responsibilities):
    n, m, k = len(X), len(X[0]), len(responsibilities[0])
    means = []
    for j in range(k):
        count = sum(responsibilities[i][j] for i in range(n))
        means.append([sum(responsibilities[i][j] * X[i][a] for i in range(n)) / count for a in range(m)])
    return means


def numpy_average(points, w):  # other argument names
    return [np.average(points, axis=0, weights=column) for column in w.T]


def broadcast(X, responsibilities):
    weighted = responsibilities[:, :, None] * X[:, None, :]
    return weighted.sum(axis=0) / responsibilities.sum(axis=0)[:, None]


def normalised_columns(X, responsibilities):
    return np.einsum("ij,ia->ja", responsibilities / responsibilities.sum(0), X)


def long_double(X, responsibilities):
    return matrix_product(X.astype(np.longdouble), responsibilities.astype(np.longdouble))


def mean_of_products(X, responsibilities):
    return np.array([np.mean(responsibilities[:, [j]] * X, axis=0) for j in range(responsibilities.shape[1])])


def transposed_means(X, responsibilities):
    return X.T @ responsibilities / responsibilities.sum(axis=0)


def count_of_rows(X, responsibilities):
    return responsibilities.T @ X / responsibilities.sum(axis=1)[:, None]


def no_new_axis(X, responsibilities):
    return responsibilities.T @ X / responsibilities.sum(axis=0)


def with_epsilon(X, responsibilities):
    return responsibilities.T @ X / (responsibilities.sum(axis=0)[:, None] + 1e-10)


def with_machine_epsilon_ten(X, responsibilities):
    counts = responsibilities.sum(axis=0) + 10 * np.finfo(float).eps
    return responsibilities.T @ X / counts[:, None]


def as_labels(X, responsibilities):
    labels = np.argmax(responsibilities, axis=1)
    return [X[labels == j].mean(axis=0) for j in range(responsibilities.shape[1])]


def normalises_in_place(X, responsibilities):
    responsibilities /= responsibilities.sum(axis=0)
    return responsibilities.T @ X


def printed_only(X, responsibilities):
    print(matrix_product(X, responsibilities))


def integer_array(X, responsibilities):
    means = np.zeros((responsibilities.shape[1], X.shape[1]), dtype=int)
    for j in range(len(means)):
        means[j] = matrix_product(X, responsibilities)[j]
    return means


def weights_twice(X, responsibilities):
    weighted = responsibilities[:, :, None] * X[:, None, :]
    return np.einsum("ij,ija->ja", responsibilities, weighted) / responsibilities.sum(axis=0)[:, None]


def overwritten(X, responsibilities):
    means = np.zeros((responsibilities.shape[1], X.shape[1]))
    for j in range(len(means)):
        for i in range(len(X)):
            means[j] = responsibilities[i, j] * X[i]
        means[j] /= responsibilities[:, j].sum()
    return means


# q4


def residual_loop(X, responsibilities, means):
    k, m = means.shape
    result = np.zeros((k, m, m))
    for j in range(k):
        for x, w in zip(X, responsibilities[:, j]):
            d = x - means[j]
            result[j] += w * np.outer(d, d)
        result[j] /= responsibilities[:, j].sum()
    return result


def with_np_cov(X, responsibilities, means):
    return np.array([np.cov(X, rowvar=False, aweights=w, bias=True) for w in responsibilities.T])


def one_einsum(X, w, mu):
    r = X[:, None, :] - mu[None]
    return np.einsum("nk,nka,nkb->kab", w / w.sum(axis=0), r, r)


def moments(X, responsibilities, means):  # E[x x'] - mu mu'
    out = []
    for w, mu in zip(responsibilities.T, means):
        out.append((X * w[:, None]).T @ X / w.sum() - np.outer(mu, mu))
    return out


def columns(X, responsibilities, means):  # points as columns
    D = [X.T - mu[:, None] for mu in means]
    return np.stack([(d * w) @ d.T / w.sum() for d, w in zip(D, responsibilities.T)])


def ddof_zero_average(X, responsibilities, means):
    return [
        np.average([np.outer(x - mu, x - mu) for x in X], axis=0, weights=w) for mu, w in zip(means, responsibilities.T)
    ]


def cov_divided_by_points(X, responsibilities, means):
    r = X[:, None] - means
    return np.einsum("ij,ija,ijb->jab", responsibilities, r, r) / X.shape[0]


def mean_of_outer(X, responsibilities, means):
    return [
        np.mean([w * np.outer(x - mu, x - mu) for x, w in zip(X, ws)], axis=0)
        for mu, ws in zip(means, responsibilities.T)
    ]


def both_weighted(X, responsibilities, means):
    result = []
    for j in range(len(means)):
        r = responsibilities[:, [j]] * (X - means[j])
        result.append(r.T @ r / responsibilities[:, j].sum())
    return np.array(result)


def default_aweights(X, responsibilities, means):
    return np.array([np.cov(X.T, aweights=w) for w in responsibilities.T])


def plain_cov(X, responsibilities, means):
    return np.stack([np.cov(X.T)] * len(means))


def gram(X, responsibilities, means):
    return np.array([(X - mu) @ (X - mu).T / w.sum() for mu, w in zip(means, responsibilities.T)])


def cov_of_rows(X, responsibilities, means):
    return np.array([np.cov(X) for _ in means])


def dot_with_itself(X, responsibilities, means):
    return [sum(w * (x - mu) @ (x - mu) for x, w in zip(X, ws)) / ws.sum() for mu, ws in zip(means, responsibilities.T)]


def diagonal(X, responsibilities, means):
    return np.array([np.diag(np.average((X - mu) ** 2, axis=0, weights=w)) for mu, w in zip(means, responsibilities.T)])


def elementwise(X, responsibilities, means):
    return np.array([np.average((X - mu) ** 2, axis=0, weights=w) for mu, w in zip(means, responsibilities.T)])


def deviations_in_place(X, responsibilities, means):
    result = []
    for mu, w in zip(means, responsibilities.T):
        X -= mu
        result.append((w[:, None] * X).T @ X / w.sum())
    return result


def only_the_last(X, responsibilities, means):
    for mu, w in zip(means, responsibilities.T):
        S = (w[:, None] * (X - mu)).T @ (X - mu) / w.sum()
    return S


def unweighted_residuals(X, responsibilities, means):
    return np.array([(X - mu).T @ (X - mu) / len(X) for mu in means])


def no_centre(X, responsibilities, means):
    return np.array([(w[:, None] * X).T @ X / w.sum() for w in responsibilities.T])


def brackets(X, responsibilities, means):
    r = [w[:, None] * X - mu for mu, w in zip(means, responsibilities.T)]
    return [a.T @ a / w.sum() for a, w in zip(r, responsibilities.T)]


def row_times_column(X, responsibilities, means):
    result = np.zeros((len(means), X.shape[1], X.shape[1]))
    for j, mu in enumerate(means):
        for x, w in zip(X, responsibilities[:, j]):
            d = (x - mu).reshape(1, -1)
            result[j] += w * d @ d.T
        result[j] /= responsibilities[:, j].sum()
    return result


def roots(X, responsibilities, means):
    return np.sqrt(with_np_cov(X, responsibilities, means))


def spherical(X, responsibilities, means):
    m = X.shape[1]
    return [np.eye(m) * np.trace(np.atleast_2d(S)) / m for S in with_np_cov(X, responsibilities, means)]


def secret_floor(X, responsibilities, means):
    return with_np_cov(X, responsibilities, means) + 1e-3 * np.eye(X.shape[1])


def habitual_floor(X, responsibilities, means):
    return residual_loop(X, responsibilities, means) + 1e-6 * np.eye(X.shape[1])


def single(X, responsibilities, means):
    return one_einsum(X.astype(np.float32), responsibilities.astype(np.float32), means.astype(np.float32))


def products_in_np_cov(X, responsibilities, means):
    return [np.cov(responsibilities[:, [j]] * X, rowvar=False) for j in range(len(means))]


def shapes_do_not_fit(X, responsibilities, means):
    return [(responsibilities[:, j] * (X - means[j])).T @ (X - means[j]) for j in range(len(means))]


# q5


def step(X, responsibilities, current, reg_covar):
    means = matrix_product(X, responsibilities)
    covariances = residual_loop(X, responsibilities, means) + reg_covar * np.eye(X.shape[1])
    return responsibilities.mean(axis=0), means, covariances


def step_parameters(X, responsibilities, current, reg_covar):
    return Parameters(*step(X, responsibilities, current, reg_covar))


def step_dictionary(X, w, old, eps):
    weights, means, covariances = step(X, w, old, eps)
    return {"weights": list(weights), "means": means, "covariances": covariances}


def step_namespace(X, responsibilities, current, reg_covar):
    weights, means, covariances = step(X, responsibilities, current, reg_covar)
    for c in covariances:
        c.flat[:: len(c) + 1] += 0  # touching the diagonal in place harms nobody
    return SimpleNamespace(weights=weights, means=means, covariances=covariances)


def step_reordered(X, responsibilities, current, reg_covar):
    order = np.argsort(-responsibilities.sum(axis=0))
    return step(X, responsibilities[:, order], current, reg_covar)


def old_means(X, responsibilities, current, reg_covar):
    weights, means, _ = step(X, responsibilities, current, reg_covar)
    covariances = [
        np.average([np.outer(x - mu, x - mu) for x in X], axis=0, weights=w) + reg_covar * np.eye(X.shape[1])
        for mu, w in zip(current.means, responsibilities.T)
    ]
    return weights, means, covariances


def all_by_n(X, responsibilities, current, reg_covar):
    n = len(X)
    means = responsibilities.T @ X / n
    r = X[:, None] - means
    return (
        responsibilities.sum(0) / n,
        means,
        np.einsum("ij,ija,ijb->jab", responsibilities, r, r) / n + reg_covar * np.eye(X.shape[1]),
    )


def floor_without_identity(X, responsibilities, current, reg_covar):
    weights, means, covariances = step(X, responsibilities, current, 0)
    return weights, means, covariances + reg_covar


def no_floor(X, responsibilities, current, reg_covar):
    return step(X, responsibilities, current, 0)


def counts_as_weights(X, responsibilities, current, reg_covar):
    return responsibilities.sum(axis=0), *step(X, responsibilities, current, reg_covar)[1:]


def counts_as_weights_and_no_floor(X, responsibilities, current, reg_covar):  # two faults: the first is named
    return responsibilities.sum(axis=0), *step(X, responsibilities, current, 0)[1:]


def another_order(X, responsibilities, current, reg_covar):
    weights, means, covariances = step(X, responsibilities, current, reg_covar)
    return means, covariances, weights


def no_weights_returned(X, responsibilities, current, reg_covar):
    return step(X, responsibilities, current, reg_covar)[1:]


def floor_as_maximum(X, responsibilities, current, reg_covar):
    weights, means, covariances = step(X, responsibilities, current, 0)
    for S in covariances:
        for a in range(len(S)):
            S[a, a] = max(S[a, a], reg_covar)
    return weights, means, covariances


def keeps_the_weights(X, responsibilities, current, reg_covar):
    return current.weights, *step(X, responsibilities, current, reg_covar)[1:]


def writes_into_current(X, responsibilities, current, reg_covar):
    current.means[:] = matrix_product(X, responsibilities)
    return step(X, responsibilities, current, reg_covar)


def count_and_a_millionth(X, responsibilities, means):
    r = X[:, None] - means
    counts = responsibilities.sum(axis=0) + 1e-6
    return np.einsum("ij,ija,ijb->jab", responsibilities, r, r) / counts[:, None, None]


def step_with_a_millionth(X, responsibilities, current, reg_covar):
    counts = responsibilities.sum(axis=0) + 1e-6
    means = responsibilities.T @ X / counts[:, None]
    covariances = count_and_a_millionth(X, responsibilities, means) + reg_covar * np.eye(X.shape[1])
    return counts / len(X), means, covariances


# q7


def by_components(parameters):
    centre = sum(w * mu for w, mu in zip(parameters.weights, parameters.means))
    return sum(
        w * (S + np.outer(mu - centre, mu - centre))
        for w, mu, S in zip(parameters.weights, parameters.means, parameters.covariances)
    )


def second_moment_minus_centre(p):
    second = np.einsum("j,jab->ab", p.weights, p.covariances + p.means[:, :, None] * p.means[:, None, :])
    centre = p.weights @ p.means
    return second - np.outer(centre, centre)


def within(parameters):
    return np.average(parameters.covariances, axis=0, weights=parameters.weights)


def between_unweighted(parameters):
    return np.tensordot(parameters.weights, parameters.covariances, 1) + np.cov(parameters.means.T, bias=True)


def all_means_alike(parameters):
    return np.cov(parameters.means.T, aweights=parameters.weights, bias=True)


RIGHT = [
    Right("hw6.q1", "a list", [2.68, 6.2]),
    Right("hw6.q1", "fractions", (Fraction(67, 25), Fraction(31, 5))),
    Right("hw6.q1", "a column", np.array([2.68, 6.2], dtype=np.float32)),
    Right("hw6.q2", "a number", 4.32),
    Right("hw6.q2", "computed", np.float32(10.8) / 2.5),
    Right("hw6.q2", "a number in a list", [4.32]),
    Right("hw6.q3", "a product of matrices", matrix_product),
    Right("hw6.q3", "loops and lists", loops),
    Right("hw6.q3", "np.average", numpy_average),
    Right("hw6.q3", "broadcasting", broadcast),
    Right("hw6.q3", "normalised columns", normalised_columns),
    Right("hw6.q3", "long double", long_double),
    Right("hw6.q4", "a loop of outer products", residual_loop),
    Right("hw6.q4", "np.cov with weights", with_np_cov),
    Right("hw6.q4", "one einsum", one_einsum),
    Right("hw6.q4", "second moments", moments),
    Right("hw6.q4", "points as columns", columns),
    Right("hw6.q4", "an average of tables", ddof_zero_average),
    Right("hw6.q4", "single precision", single),
    Right("hw6.q4", "a floor of a millionth, from habit", habitual_floor),
    Right("hw6.q5", "a tuple", step),
    Right("hw6.q5", "Parameters", step_parameters),
    Right("hw6.q5", "a dictionary", step_dictionary),
    Right("hw6.q5", "a namespace", step_namespace),
    Right("hw6.q5", "components in another order", step_reordered),
    Right("hw6.q6", "commas", "a, c, f"),
    Right("hw6.q6", "a list", ["F", "C", "A"]),
    Right("hw6.q7", "component by component", by_components),
    Right("hw6.q7", "second moment less the centre", second_moment_minus_centre),
]

WRONG = [
    Wrong("hw6.q1", "divided by 4", [1.675, 2.325], "divided by n"),
    Wrong("hw6.q1", "sums", [6.7, 9.3], "not divided"),
    Wrong("hw6.q1", "halves", [3.35, 4.65], "divided by k"),
    Wrong("hw6.q1", "the plain mean", [4, 4], "no responsibilities"),
    Wrong("hw6.q1", "hard", [7 / 3, 9], "hard assignment"),
    Wrong("hw6.q1", "exchanged", [6.2, 2.68], "wrong order"),
    Wrong("hw6.q1", "only one", 2.68, "wrong shape"),
    Wrong("hw6.q1", "one decimal", [2.7, 6.2], "rounded"),
    Wrong("hw6.q2", "divided by 4", 2.7, "divided by n"),
    Wrong("hw6.q2", "around the old mean", 5.32, "old mean"),
    Wrong("hw6.q2", "N - 1", 7.2, "divided by N - 1"),
    Wrong("hw6.q2", "the root", 2.08, "standard deviation"),
    Wrong("hw6.q2", "unweighted", 3.6875, "no responsibilities"),
    Wrong("hw6.q2", "around zero", 13.32, "mean not subtracted"),
    Wrong("hw6.q2", "a slip of the pencil", 4.5, None),
    Wrong("hw6.q3", "np.mean of the products", mean_of_products, "divided by n"),
    Wrong("hw6.q3", "transposed", transposed_means, "transposed"),
    Wrong("hw6.q3", "counts of the rows", count_of_rows, "raises"),
    Wrong("hw6.q3", "no new axis", no_new_axis, "raises"),
    Wrong("hw6.q3", "an epsilon", with_epsilon, "small number in the denominator"),
    Wrong("hw6.q3", "machine epsilon", with_machine_epsilon_ten, "small number in the denominator"),
    Wrong(
        "hw6.q3",
        "N_j + 1e-6",
        lambda X, w: w.T @ X / (w.sum(axis=0)[:, None] + 1e-6),
        "small number in the denominator",
    ),
    Wrong("hw6.q4", "N_j + 1e-6", count_and_a_millionth, None),
    Wrong("hw6.q5", "N_j + 1e-6", step_with_a_millionth, None),
    Wrong("hw6.q3", "labels", as_labels, "hard assignment"),
    Wrong("hw6.q3", "normalises in place", normalises_in_place, "changes its input"),
    Wrong("hw6.q3", "prints", printed_only, "returns None"),
    Wrong("hw6.q3", "an integer array", integer_array, "whole numbers"),
    Wrong("hw6.q3", "weights twice", weights_twice, "weights squared above only"),
    Wrong(
        "hw6.q3", "the mean of all", lambda X, w: np.tile(np.mean(X, axis=0), (w.shape[1], 1)), "no responsibilities"
    ),
    Wrong("hw6.q2", "the mean", 3, "the mean"),
    Wrong("hw6.q3", "overwritten in the loop", overwritten, "last point only"),
    Wrong("hw6.q4", "a row times a column", row_times_column, "squared lengths"),
    Wrong("hw6.q4", "roots", roots, "standard deviations"),
    Wrong("hw6.q4", "round", spherical, "one width in all directions"),
    Wrong("hw6.q4", "a secret floor", secret_floor, "a floor not asked for"),
    Wrong("hw6.q4", "products in np.cov", products_in_np_cov, "np.cov of weighted points"),
    Wrong("hw6.q4", "divided by n", cov_divided_by_points, "divided by n"),
    Wrong("hw6.q4", "mean of outer products", mean_of_outer, "divided by n"),
    Wrong("hw6.q4", "weights on both", both_weighted, "weights squared"),
    Wrong("hw6.q4", "np.cov's default", default_aweights, "unbiased for weights"),
    Wrong("hw6.q4", "plain np.cov", plain_cov, "np.cov without weights, unbiased"),
    Wrong("hw6.q4", "points by points", gram, "outer product of the wrong axes"),
    Wrong("hw6.q4", "np.cov of rows", cov_of_rows, "outer product of the wrong axes"),
    Wrong("hw6.q4", "inner product", dot_with_itself, "squared lengths"),
    Wrong("hw6.q4", "diagonal", diagonal, "diagonal only"),
    Wrong("hw6.q4", "variances", elementwise, "variances only"),
    Wrong("hw6.q4", "in place", deviations_in_place, "changes its input"),
    Wrong("hw6.q4", "only the last component", only_the_last, "one table only"),
    Wrong("hw6.q4", "unweighted", unweighted_residuals, "no weights, own mean"),
    Wrong("hw6.q4", "no centre", no_centre, "mean not subtracted"),
    Wrong("hw6.q4", "brackets", brackets, "weighted before the mean is subtracted"),
    Wrong("hw6.q4", "does not broadcast", shapes_do_not_fit, "raises"),
    Wrong("hw6.q5", "old means", old_means, "old means in the covariances"),
    Wrong("hw6.q5", "all divided by n", all_by_n, "both as printed"),
    Wrong("hw6.q5", "floor on every entry", floor_without_identity, "floor added to all entries"),
    Wrong("hw6.q5", "no floor", no_floor, "floor forgotten"),
    Wrong("hw6.q5", "counts as weights", counts_as_weights, "weights sum to n"),
    Wrong("hw6.q5", "two faults", counts_as_weights_and_no_floor, "weights sum to n"),
    Wrong("hw6.q5", "parts in another order", another_order, "parts in another order"),
    Wrong("hw6.q5", "weights not returned", no_weights_returned, "wrong type"),
    Wrong("hw6.q5", "floor as a maximum", floor_as_maximum, "floor as a maximum"),
    Wrong("hw6.q5", "old weights", keeps_the_weights, "weights kept"),
    Wrong("hw6.q5", "writes into the old parameters", writes_into_current, "changes its input"),
    Wrong("hw6.q6", "the log-likelihood", "abcf", "chose b"),
    Wrong("hw6.q6", "two points", "acdf", "chose d"),
    Wrong("hw6.q6", "unbiased", "acef", "chose e"),
    Wrong("hw6.q6", "old means", "acfg", "chose g"),
    Wrong("hw6.q6", "no floor", "af", "left out c"),
    Wrong("hw6.q7", "within", within, "within only"),
    Wrong("hw6.q7", "between", all_means_alike, "between only"),
    Wrong("hw6.q7", "unweighted between", between_unweighted, "weights missing between the means"),
]
