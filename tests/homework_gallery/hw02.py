"""Answers to homework 2, sampling."""

import bisect
from fractions import Fraction
from itertools import accumulate

import numpy as np
import scipy.linalg

from . import Right, Wrong

# q3


def with_bisect(uniforms, weights):
    edges = list(accumulate(weights))
    return [min(bisect.bisect_right(edges, u), len(weights) - 1) for u in uniforms]


def by_counting(u, w):  # how many cuts lie at or below the number
    return (u[:, None] >= np.cumsum(w)[:-1]).sum(axis=1)


def with_digitize(uniforms, weights):
    return np.digitize(uniforms, np.cumsum(weights)[:-1]).astype(float)


def with_a_loop(uniforms, weights):
    chosen = []
    for u in uniforms:
        j, below = 0, weights[0]
        while u >= below and j < len(weights) - 1:
            j += 1
            below += weights[j]
        chosen.append(j)
    return tuple(chosen)


def left_side(uniforms, weights):
    return np.searchsorted(np.cumsum(weights), uniforms)


def no_cumulative_sum(uniforms, weights):
    return np.array([next((j for j, w in enumerate(weights) if u < w), len(weights) - 1) for u in uniforms])


def by_k(uniforms, weights):
    return (uniforms * len(weights)).astype(int)


def real_randomness(uniforms, weights):
    return np.random.choice(len(weights), size=len(uniforms), p=weights)


# q4


def all_at_once(z, components, means, covariances):
    return means[components] + np.einsum("iab,ib->ia", np.linalg.cholesky(covariances)[components], z)


def by_component(z, c, mu, sigma):  # other names
    x = np.zeros(z.shape)
    for j in set(c.tolist()):
        x[c == j] = mu[j] + z[c == j] @ scipy.linalg.cholesky(sigma[j], lower=True).T
    return x


def a_list_of_rows(z, components, means, covariances):
    return [(means[j] + np.linalg.cholesky(covariances[j]).dot(row)).tolist() for row, j in zip(z, components)]


def sigma_z(z, components, means, covariances):
    return np.array([means[j] + covariances[j] @ row for row, j in zip(z, components)])


def z_at_l(z, components, means, covariances):  # L on the right of a row
    return np.array([means[j] + row @ np.linalg.cholesky(covariances[j]) for row, j in zip(z, components)])


def scipys_upper(z, components, means, covariances):
    return np.array([means[j] + scipy.linalg.cholesky(covariances[j]) @ row for row, j in zip(z, components)])


def deviations(z, components, means, covariances):
    return means[components] + z * np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))[components]


def variances(z, components, means, covariances):
    return means[components] + z * np.diagonal(covariances, axis1=1, axis2=2)[components]


def one_z(z, components, means, covariances):
    return np.array([means[j] + np.linalg.cholesky(covariances[j]) @ z[0] for j in components])


def writes_into_z(z, components, means, covariances):
    for i, j in enumerate(components):
        z[i] = means[j] + np.linalg.cholesky(covariances[j]) @ z[i]
    return z


def symmetric_root(z, components, means, covariances):
    return np.array([means[j] + scipy.linalg.sqrtm(covariances[j]).real @ row for row, j in zip(z, components)])


def no_mean(z, components, means, covariances):
    return [np.linalg.cholesky(covariances[j]) @ row for row, j in zip(z, components)]


def misspelt(z, components, means, covariances):
    return mean[components] + z  # noqa: F821


def sorted_by_component(z, components, means, covariances):
    X = []
    for j in range(len(means)):
        X += [means[j] + np.linalg.cholesky(covariances[j]) @ row for row in z[components == j]]
    return X


def root_of_entries(z, components, means, covariances):
    return np.array([means[j] + np.sqrt(covariances[j]) @ row for row, j in zip(z, components)])


# q5


def with_multivariate_normal(n, parameters, rng):
    components = rng.choice(len(parameters.weights), n, p=parameters.weights)
    return [rng.multivariate_normal(parameters.means[j], parameters.covariances[j]) for j in components], components


def by_groups(n, p, rng):  # counts first, then shuffled: the same distribution
    counts = rng.multinomial(n, p.weights)
    components = rng.permutation(np.repeat(np.arange(p.k), counts))
    X = np.empty((n, p.m))
    for j in range(p.k):
        rows = components == j
        X[rows] = rng.multivariate_normal(p.means[j], p.covariances[j], size=rows.sum(), method="eigh")
    return X, components


def from_uniform_numbers(n, p, rng):
    components = with_bisect(rng.random(n), p.weights)
    return {
        "X": all_at_once(rng.standard_normal((n, p.m)), components, p.means, p.covariances),
        "components": components,
    }


def drawn_with(draw_components, draw_rows):
    def sample(n, p, rng):
        components = draw_components(n, p, rng)
        return draw_rows(components, p, rng), components

    return sample


def proper_components(n, p, rng):
    return rng.choice(p.k, n, p=p.weights)


def proper_rows(components, p, rng):
    return all_at_once(rng.standard_normal((len(components), p.m)), components, p.means, p.covariances)


def normals(stretch):
    def rows(components, p, rng):
        z = rng.standard_normal((len(components), p.m))
        return np.array([p.means[j] + stretch(p.covariances[j], row) for j, row in zip(components, z)])

    return rows


def noise(z):  # of mean 0 and variance 1
    def rows(components, p, rng):
        return all_at_once(z(rng, (len(components), p.m)), components, p.means, p.covariances)

    return rows


def labels_drawn_again(n, p, rng):
    return proper_rows(proper_components(n, p, rng), p, rng), proper_components(n, p, rng)


def exact_counts(n, p, rng):
    return (
        rng.permutation(np.repeat(np.arange(p.k), np.round(n * p.weights).astype(int)))[:n]
        if n > 9
        else proper_components(n, p, rng)
    )


def own_generator(n, p, rng):
    return by_groups(n, p, np.random.default_rng(0))


def global_numbers(n, p, rng):
    components = np.random.choice(p.k, n, p=p.weights)
    return np.array([p.means[j] + p.factors[j] @ np.random.randn(p.m) for j in components]), components


def points_only(n, p, rng):
    return by_groups(n, p, rng)[0]


def average_of_all(n, p, rng):
    every = [rng.multivariate_normal(m, c, n) for m, c in zip(p.means, p.covariances)]
    return np.tensordot(p.weights, every, 1), proper_components(n, p, rng)


# q7


def by_loops(parameters):
    mean = sum(w * m for w, m in zip(parameters.weights, parameters.means))
    covariance = 0
    for w, m, S in zip(parameters.weights, parameters.means, parameters.covariances):
        covariance = covariance + w * (S + np.outer(m - mean, m - mean))
    return mean, covariance


def second_moment_less_the_mean_squared(p):
    mean = np.average(p.means, axis=0, weights=p.weights)
    second = np.average(p.covariances + p.means[:, :, None] * p.means[:, None, :], axis=0, weights=p.weights)
    return {"mean": mean, "covariance": second - np.outer(mean, mean)}


def with_numpy_cov(p):
    between = np.atleast_2d(np.cov(p.means.T, aweights=p.weights, ddof=0))
    return p.weights @ p.means, np.tensordot(p.weights, p.covariances, 1) + between


def averages(p):
    return p.weights @ p.means, np.tensordot(p.weights, p.covariances, 1)


def uncentred(p):
    return p.weights @ p.means, np.tensordot(p.weights, p.covariances + p.means[:, :, None] * p.means[:, None, :], 1)


def squared_weights(p):
    return p.weights @ p.means, np.tensordot(p.weights**2, p.covariances, 1)


RIGHT = [
    Right("hw2.q1", "a list", [2, 3, 1, 2]),
    Right("hw2.q1", "floats in an array", np.array([2.0, 3.0, 1.0, 2.0])),
    Right("hw2.q2", "a list", [5, 3]),
    Right("hw2.q2", "fractions", (Fraction(5), Fraction(3))),
    Right("hw2.q2", "computed", np.array([1, 2]) + np.linalg.cholesky([[4, -2], [-2, 10]]) @ [2, 1]),
    Right("hw2.q3", "bisect", with_bisect),
    Right("hw2.q3", "counting the cuts below", by_counting),
    Right("hw2.q3", "digitize, as floats", with_digitize),
    Right("hw2.q3", "a loop", with_a_loop),
    Right("hw2.q4", "einsum", all_at_once),
    Right("hw2.q4", "component by component, SciPy", by_component),
    Right("hw2.q4", "a list of rows", a_list_of_rows),
    Right("hw2.q5", "NumPy's multivariate_normal", with_multivariate_normal),
    Right("hw2.q5", "counts first, shuffled, another root", by_groups),
    Right("hw2.q5", "uniform numbers, a dictionary", from_uniform_numbers),
    Right("hw2.q5", "Cholesky", drawn_with(proper_components, proper_rows)),
    Right(
        "hw2.q5",
        "standard deviations in eigenvectors",
        drawn_with(proper_components, normals(lambda S, z: scipy.linalg.sqrtm(S).real @ z)),
    ),
    Right("hw2.q6", "letters", "adf"),
    Right("hw2.q6", "a set", {"f", "d", "a"}),
    Right("hw2.q7", "loops", by_loops),
    Right("hw2.q7", "second moment less the mean squared", second_moment_less_the_mean_squared),
    Right("hw2.q7", "np.cov with weights", with_numpy_cov),
]

WRONG = [
    Wrong("hw2.q1", "equal pieces", [1, 2, 1, 2], "equal pieces"),
    Wrong("hw2.q1", "from 0", (1, 2, 0, 1), "counted from 0"),
    Wrong("hw2.q1", "the likeliest", [2, 2, 2, 2], "likeliest component"),
    Wrong("hw2.q1", "one of them", 2, "wrong shape"),
    Wrong("hw2.q1", "another guess", [3, 3, 1, 1], None),
    Wrong("hw2.q2", "Sigma z", [7, 8], "covariance for its factor"),
    Wrong("hw2.q2", "L upside down", [4, 5], "upside down"),
    Wrong("hw2.q2", "deviations", [5, 5.16], "standard deviations only"),
    Wrong("hw2.q2", "variances", [9, 12], "variances for standard deviations"),
    Wrong("hw2.q2", "no mean", [4, 1], "not moved"),
    Wrong("hw2.q2", "moved first", [6, 6], "moved before it is stretched"),
    Wrong("hw2.q2", "the minus lost", [5, 7], "sign of the covariance lost"),
    Wrong("hw2.q3", "side left", left_side, "edge to the wrong piece"),
    Wrong(
        "hw2.q3",
        "an index that reaches k",
        lambda u, w: np.searchsorted(np.cumsum(w), u, side="right"),
        "past the last component",
    ),
    Wrong("hw2.q3", "no running sum", no_cumulative_sum, "compared with the weights"),
    Wrong("hw2.q3", "equal pieces", by_k, "equal pieces"),
    Wrong("hw2.q3", "counted from 1", lambda u, w: by_counting(u, w) + 1, "counted from 1"),
    Wrong("hw2.q3", "its own random numbers", real_randomness, "unstable"),
    Wrong("hw2.q3", "always 0", lambda u, w: np.zeros(len(u)), "always the first"),
    Wrong("hw2.q3", "the nearest weight", lambda u, w: [int(np.argmin(abs(w - x))) for x in u], "nearest weight"),
    Wrong("hw2.q4", "Sigma z", sigma_z, "covariance for its factor"),
    Wrong("hw2.q4", "z @ L", z_at_l, "upside down"),
    Wrong("hw2.q4", "SciPy's upper triangle", scipys_upper, "upside down"),
    Wrong("hw2.q4", "deviations only", deviations, "standard deviations only"),
    Wrong("hw2.q4", "variances", variances, "variances for standard deviations"),
    Wrong("hw2.q4", "one z for all", one_z, "one z for all"),
    Wrong("hw2.q4", "writes into z", writes_into_z, "changes its input"),
    Wrong("hw2.q4", "the symmetric root", symmetric_root, "another root"),
    Wrong("hw2.q4", "no mean", no_mean, "not moved"),
    Wrong("hw2.q4", "a misspelt name", misspelt, "raises"),
    Wrong("hw2.q4", "sorted by component", sorted_by_component, "sorted by component"),
    Wrong("hw2.q4", "np.sqrt of the covariance", root_of_entries, "root of a negative entry"),
    Wrong(
        "hw2.q5",
        "the inverse",
        drawn_with(
            proper_components,
            lambda c, p, rng: np.array(
                [rng.multivariate_normal(p.means[j], np.linalg.inv(p.covariances[j]), method="cholesky") for j in c]
            ),
        ),
        "inverse of the covariance",
    ),
    Wrong("hw2.q5", "components first", lambda n, p, rng: by_groups(n, p, rng)[::-1], "in another order"),
    Wrong(
        "hw2.q5",
        "uniform components",
        drawn_with(lambda n, p, rng: rng.integers(p.k, size=n), proper_rows),
        "uniform components",
    ),
    Wrong(
        "hw2.q5",
        "one component for all",
        drawn_with(lambda n, p, rng: np.full(n, rng.choice(p.k, p=p.weights)), proper_rows),
        "one component for all",
    ),
    Wrong(
        "hw2.q5", "sorted", drawn_with(lambda n, p, rng: np.sort(proper_components(n, p, rng)), proper_rows), "sorted"
    ),
    Wrong("hw2.q5", "exact counts", drawn_with(exact_counts, proper_rows), "counts not random"),
    Wrong(
        "hw2.q5",
        "one z for all",
        drawn_with(
            proper_components,
            lambda c, p, rng: all_at_once(np.tile(rng.standard_normal(p.m), (len(c), 1)), c, p.means, p.covariances),
        ),
        "one z for all",
    ),
    Wrong(
        "hw2.q5",
        "one number for both coordinates",
        drawn_with(
            proper_components,
            lambda c, p, rng: all_at_once(np.tile(rng.standard_normal((len(c), 1)), p.m), c, p.means, p.covariances),
        ),
        "one number for all coordinates",
    ),
    Wrong("hw2.q5", "Sigma z", drawn_with(proper_components, normals(lambda S, z: S @ z)), "covariance for its factor"),
    Wrong(
        "hw2.q5",
        "L upside down",
        drawn_with(proper_components, normals(lambda S, z: np.linalg.cholesky(S).T @ z)),
        "upside down",
    ),
    Wrong(
        "hw2.q5",
        "deviations only",
        drawn_with(
            proper_components,
            lambda c, p, rng: rng.normal(p.means[c], np.sqrt(np.diagonal(p.covariances, axis1=1, axis2=2))[c]),
        ),
        "standard deviations only",
    ),
    Wrong(
        "hw2.q5",
        "variances as scale",
        drawn_with(
            proper_components, lambda c, p, rng: rng.normal(p.means[c], np.diagonal(p.covariances, axis1=1, axis2=2)[c])
        ),
        "variances for standard deviations",
    ),
    Wrong("hw2.q5", "not stretched", drawn_with(proper_components, normals(lambda S, z: z)), "not stretched"),
    Wrong(
        "hw2.q5",
        "no mean",
        drawn_with(proper_components, lambda c, p, rng: proper_rows(c, p, rng) - p.means[c]),
        "not moved",
    ),
    Wrong(
        "hw2.q5",
        "uniform noise",
        drawn_with(proper_components, noise(lambda rng, s: rng.uniform(-(3**0.5), 3**0.5, s))),
        "not normal",
    ),
    Wrong(
        "hw2.q5",
        "Laplace noise",
        drawn_with(proper_components, noise(lambda rng, s: rng.laplace(0, 0.5**0.5, s))),
        "not normal",
    ),
    Wrong(
        "hw2.q5",
        "coins for noise",
        drawn_with(proper_components, noise(lambda rng, s: rng.choice([-1.0, 1.0], s))),
        None,
    ),
    Wrong(
        "hw2.q5",
        "exponential noise",
        drawn_with(proper_components, noise(lambda rng, s: rng.exponential(1, s) - 1)),
        "not normal",
    ),
    Wrong("hw2.q5", "labels drawn again", labels_drawn_again, "components do not belong to the points"),
    Wrong("hw2.q5", "all components averaged", average_of_all, "components added"),
    Wrong("hw2.q5", "a generator of its own", own_generator, "generator not used"),
    Wrong("hw2.q5", "NumPy's global numbers", global_numbers, "another generator"),
    Wrong("hw2.q5", "points only", points_only, "wrong type"),
    Wrong("hw2.q5", "transposed", lambda n, p, rng: (np.transpose(by_groups(n, p, rng)[0]), np.zeros(n)), "transposed"),
    Wrong(
        "hw2.q5", "counted from 1", lambda n, p, rng: (lambda X, c: (X, c + 1))(*by_groups(n, p, rng)), "counted from 1"
    ),
    Wrong(
        "hw2.q5",
        "twice as wide",
        drawn_with(proper_components, normals(lambda S, z: 2 * np.linalg.cholesky(S) @ z)),
        None,
    ),
    Wrong("hw2.q6", "exact counts", "abdf", "chose b"),
    Wrong("hw2.q6", "at the mean", "acdf", "chose c"),
    Wrong("hw2.q6", "so it happened", "adef", "chose e"),
    Wrong("hw2.q6", "one factor", "df", "left out a"),
    Wrong("hw2.q7", "averages", averages, "within only"),
    Wrong("hw2.q7", "not centred", uncentred, "means not centred"),
    Wrong("hw2.q7", "squared weights", squared_weights, "a sum of variables"),
    Wrong("hw2.q7", "the mean alone", lambda p: p.weights @ p.means, "wrong type"),
]
