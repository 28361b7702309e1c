"""Answers to homework 10, the capstone."""

from functools import cache

import numpy as np
from scipy.special import softmax
from scipy.stats import norm
from sklearn import mixture

from gmm_lib import GaussianMixture, datasets, initialization, selection
from gmm_lib.parameters import Parameters

from . import Hinted, Right, Wrong

X = datasets.old_faithful().X


@cache
def fitted(k, floor=1e-3):
    return selection.best_fit(X, k, n_init=20, reg_covar=floor, total_tol=1e-6)


def parts(theta):
    return np.array(theta.weights), np.array(theta.means), np.array(theta.covariances)


def moved(scale=1.0, shift=0.0, order=(0, 1)):
    weights, means, covariances = parts(fitted(2))
    order = list(order)
    return (
        weights,
        (means[:, order] * scale) + shift,
        covariances[:, order][:, :, order] * np.outer(scale * np.ones(2), scale * np.ones(2)),
    )


def few_steps():
    return mixture.GaussianMixture(2, init_params="random", max_iter=2, random_state=0).fit(X)


def too_high_a_tolerance():
    return GaussianMixture(3, tol=0.05, random_state=0, init_params="random").fit(X)


def inferior():
    # Two components, one inside the other: 4 of 100 starts end there.
    return selection.optima(X, 2, n_starts=100, reg_covar=1e-4, same=0.05)[-1].parameters


def collapsed():
    weights, means, covariances = parts(fitted(2))
    # A third component on one eruption, taken off the first; the overall mean stays.
    share = 0.02
    means[0] = (weights[0] * means[0] - share * X[0]) / (weights[0] - share)
    return [weights[0] - share, weights[1], share], [*means, X[0]], [*covariances, 1e-6 * np.eye(2)]


def on_five_points():
    weights, means, covariances = parts(fitted(2))
    share = 3 / 272
    means[0] = (weights[0] * means[0] - share * X[0]) / (weights[0] - share)
    return [weights[0] - share, weights[1], share], [*means, X[0]], [*covariances, np.diag([0.01, 1.0])]


# q2


def bic_by_loops(log_likelihoods, ks, n, m):
    values = []
    for value, k in zip(log_likelihoods, ks):
        free = sum([k - 1, k * m, k * m, k * m * (m - 1) // 2])
        values.append(free * np.log(n) - 2 * float(value))
    return values


def bic_by_one(log_likelihoods, ks, n, m):
    per_component = 1 + m + m * (m + 1) / 2
    return (ks * per_component - 1) * np.log(n) - 2 * log_likelihoods


def priced(count, price=np.log, sign=-2):
    return lambda log_likelihoods, ks, n, m: sign * log_likelihoods + count(ks, m) * price(n)


def free(ks, m):
    return ks - 1 + ks * m + ks * m * (m + 1) // 2


def ks_as_a_list(log_likelihoods, ks, n, m):
    return [-2 * log_likelihoods + free(k, m) * np.log(n) for k in ks]


# q5


def doubt_in_a_loop(w, level):
    doubt = 0
    for row in w:
        doubt += max(row) < level
    return doubt / len(w)


# q9


def wait(x, theta):
    shares, lines = [], []
    for w, mean, S in zip(theta.weights, theta.means, theta.covariances):
        shares.append(np.log(w) + norm(mean[0], S[0, 0] ** 0.5).logpdf(x))
        lines.append(mean[1] + S[1, 0] / S[0, 0] * (x - mean[0]))
    return [softmax(shares) @ lines]


def wait_by_integration(x, theta):  # over the waiting times, with the joint density
    y = np.linspace(-400, 400, 160001)
    shares = np.array(
        [
            np.log(w) + norm.logpdf(x, m[0], np.sqrt(S[0, 0]))
            for w, m, S in zip(theta.weights, theta.means, theta.covariances)
        ]
    )
    shares = np.exp(shares - shares.max())
    total = 0.0
    for share, mean, S in zip(shares / shares.sum(), theta.means, theta.covariances):
        f = norm.pdf(y, mean[1] + S[0, 1] / S[0, 0] * (x - mean[0]), np.sqrt(np.linalg.det(S) / S[0, 0]))
        total += share * (f * y).sum() / f.sum()
    return total


def linear_wait(x, theta):
    f = np.array(
        [w * norm.pdf(x, m[0], np.sqrt(S[0, 0])) for w, m, S in zip(theta.weights, theta.means, theta.covariances)]
    )
    lines = [m[1] + S[0, 1] / S[0, 0] * (x - m[0]) for m, S in zip(theta.means, theta.covariances)]
    return f @ lines / f.sum()


def variance_for_deviation(x, theta):
    shares = softmax(
        [np.log(w) + norm.logpdf(x, m[0], S[0, 0]) for w, m, S in zip(theta.weights, theta.means, theta.covariances)]
    )
    return shares @ [m[1] + S[0, 1] / S[0, 0] * (x - m[0]) for m, S in zip(theta.means, theta.covariances)]


def its_own_means(x, theta):
    f = np.array(
        [w * norm.pdf(x, m[0], np.sqrt(S[0, 0])) for w, m, S in zip(theta.weights, theta.means, theta.covariances)]
    )
    return f @ theta.means[:, 1] / f.sum()


def one_line(x, theta):
    mean = theta.weights @ theta.means
    r = theta.means - mean
    S = np.einsum("j,jab->ab", theta.weights, theta.covariances) + np.einsum("j,ja,jb->ab", theta.weights, r, r)
    return mean[1] + S[0, 1] / S[0, 0] * (x - mean[0])


def the_likeliest(x, theta):
    j = np.argmax(
        [w * norm.pdf(x, m[0], np.sqrt(S[0, 0])) for w, m, S in zip(theta.weights, theta.means, theta.covariances)]
    )
    mean, S = theta.means[j], theta.covariances[j]
    return mean[1] + S[0, 1] / S[0, 0] * (x - mean[0])


REPORT = (
    "I chose two components, since BIC and ICL are lowest for k = 2. The smaller group, 36 per cent of the eruptions, lasts 2 minutes with a wait of "
    "54 minutes, the larger one 4.3 minutes with a wait of 80. Fewer than three eruptions in a hundred are in doubt, and bootstrap samples give the same division. "
    "The clusters do not show that there are two causes, and they say nothing about the order in which long and short eruptions follow."
)
RIGHT = [
    Right("hw10.q1", "a list", [11, 314]),
    Right("hw10.q1", "computed", (1 + 4 + 2 * 3, 2 + 3 * 13 + 3 * 91)),
    Right("hw10.q2", "loops", bic_by_loops),
    Right("hw10.q2", "all in one", bic_by_one),
    Right("hw10.q2", "integer division", priced(free)),
    Right("hw10.q3", "two", (2, "BIC and ICL both have their lowest value at two components.")),
    Right("hw10.q3", "two in words", ("two", "BIC and ICL both have their lowest value at two components.")),
    Right("hw10.q3", "two by the eye", [2, "The picture shows two heaps, and a bootstrap returns both of them."]),
    Right("hw10.q3", "three", (3.0, "For predicting new eruptions: the held-out log-likelihood is highest there.")),
    Right("hw10.q3", "four", (4, "AIC is lowest at four; it is meant for prediction.")),
    Right("hw10.q4", "parameters", fitted(2)),
    Right("hw10.q4", "three parts", parts(fitted(2))),
    Right(
        "hw10.q4",
        "a dictionary, the other way round",
        dict(zip(("weights", "means", "covariances"), (part[::-1] for part in parts(fitted(2))))),
    ),
    Right("hw10.q4", "scikit-learn's own", mixture.GaussianMixture(2, n_init=5, random_state=3).fit(X)),
    Right("hw10.q4", "our estimator", GaussianMixture(2, n_init=3, tol=1e-6, random_state=1).fit(X)),
    Right("hw10.q4", "three components", fitted(3)),
    Right("hw10.q4", "four components", fitted(4)),
    Right("hw10.q4", "another floor", fitted(2, 1e-6)),
    Right("hw10.q5", "a loop", doubt_in_a_loop),
    Right("hw10.q5", "all small", lambda w, level: np.mean((w < level).all(axis=1))),
    Right("hw10.q6", "commas", "a, c, e"),
    Right("hw10.q7", "letters", "BD"),
    Right("hw10.q8", "a report", REPORT),
    Right(
        "hw10.q8",
        "numbers in words",
        REPORT.replace("for k = 2", "there")
        .replace("36 per cent", "a third")
        .replace("4.3", "over four")
        .replace("2 minutes", "two minutes")
        .replace("54", "fifty-four")
        .replace("80", "eighty"),
    ),
    Right("hw10.q9", "loops", wait),
    Right("hw10.q9", "by integration", wait_by_integration),
]

WRONG = [
    Wrong("hw10.q1", "all weights", [12, 315], "all weights free"),
    Wrong("hw10.q1", "as in (5)", [10, 312], "no weights"),
    Wrong("hw10.q1", "full matrices", [13, 548], "all entries of the covariances"),
    Wrong("hw10.q1", "one Gaussian", [5, 104], "one component"),
    Wrong("hw10.q1", "only one answer", 11, "wrong shape"),
    Wrong("hw10.q2", "AIC", priced(free, lambda n: 2), "AIC"),
    Wrong("hw10.q2", "as in (5)", priced(lambda ks, m: ks * m + ks * m * (m + 1) // 2), "no weights"),
    Wrong(
        "hw10.q2", "full matrices", priced(lambda ks, m: ks - 1 + ks * m + ks * m**2), "all entries of the covariances"
    ),
    Wrong("hw10.q2", "base 10", priced(free, np.log10), "logarithm to base 10"),
    Wrong("hw10.q2", "the other sign", lambda v, ks, n, m: 2 * v - free(ks, m) * np.log(n), "larger is better"),
    Wrong("hw10.q2", "added", priced(free, sign=2), "log-likelihood added"),
    Wrong("hw10.q2", "not doubled", priced(free, sign=-1), "log-likelihood not doubled"),
    Wrong("hw10.q2", "half", lambda v, ks, n, m: -v + free(ks, m) / 2 * np.log(n), "half of it"),
    Wrong("hw10.q2", "a table", ks_as_a_list, "wrong shape"),
    Wrong("hw10.q3", "one", (1, "Because it is the simplest model, and simple is always better."), "hard to defend"),
    Wrong("hw10.q3", "five", (5, "The log-likelihood is highest there, so it fits best of all."), "hard to defend"),
    Wrong("hw10.q3", "twelve", (12, "Because there are twelve months in a year and it may depend."), "hard to defend"),
    Wrong("hw10.q3", "no reason", 2, "wrong type"),
    Wrong("hw10.q4", "a start", initialization.distinct_rows(X, 2, np.random.default_rng(0)), "not fitted"),
    Wrong("hw10.q4", "two iterations", few_steps(), "not converged"),
    Wrong("hw10.q4", "a loose tolerance", too_high_a_tolerance(), "not converged"),
    Wrong(
        "hw10.q4",
        "standardised",
        Parameters(*moved(1 / X.std(axis=0), -X.mean(axis=0) / X.std(axis=0))),
        "standardised",
    ),
    Wrong("hw10.q4", "columns swapped", moved(order=(1, 0)), "columns swapped"),
    Wrong("hw10.q4", "seconds", moved(scale=60.0), "in seconds"),
    Wrong("hw10.q4", "one component", fitted(1), "another k"),
    Wrong("hw10.q4", "six components", fitted(6), "another k"),
    Wrong("hw10.q4", "an inferior optimum", inferior(), "an inferior optimum"),
    Wrong("hw10.q4", "on one eruption", collapsed(), "collapsed"),
    Wrong("hw10.q4", "on three eruptions", on_five_points(), "spurious"),
    Wrong("hw10.q4", "not fitted at all", mixture.GaussianMixture(2), "wrong type"),
    Wrong("hw10.q4", "weights that do not sum to one", ([0.5, 0.6], *parts(fitted(2))[1:]), "not a mixture"),
    Wrong("hw10.q4", "labels", np.zeros(272, dtype=int), "wrong type"),
    Wrong(
        "hw10.q4",
        "the eruptions alone",
        (fitted(2).weights, fitted(2).means[:, :1], fitted(2).covariances[:, :1, :1]),
        "wrong shape",
    ),
    Wrong("hw10.q5", "sure", lambda w, level: np.mean(w.max(1) > level), "the sure ones"),
    Wrong("hw10.q5", "a count", lambda w, level: int(np.sum(w.max(1) < level)), "a count"),
    Wrong("hw10.q5", "at most the level", lambda w, level: np.mean(w.max(1) <= level), "the level itself"),
    Wrong("hw10.q5", "all entries", lambda w, level: np.mean(w < level), "all entries"),
    Wrong("hw10.q5", "columns", lambda w, level: np.mean(w.max(0) < level), "wrong axis"),
    Wrong("hw10.q5", "which", lambda w, level: w.max(1) < level, "wrong shape"),
    Wrong("hw10.q6", "mechanisms", "abce", "chose b"),
    Wrong("hw10.q6", "highest likelihood", "acde", "chose d"),
    Wrong("hw10.q6", "units", "ac", "left out e"),
    Wrong("hw10.q7", "the truth", "abd", "chose a"),
    Wrong("hw10.q7", "the next one", "bcd", "chose c"),
    Wrong("hw10.q7", "an outlier", "bde", "chose e"),
    Wrong("hw10.q9", "linear space", linear_wait, "far eruption lost"),
    Wrong("hw10.q9", "means", its_own_means, "means instead of lines"),
    Wrong("hw10.q9", "variance for deviation", variance_for_deviation, None),
    Wrong("hw10.q9", "one regression line", one_line, None),
    Wrong("hw10.q9", "the likeliest", the_likeliest, "likeliest component only"),
]

WRONG += [
    Wrong("hw10.q8", "a list", ["two", "groups"], "wrong type"),
    Wrong("hw10.q8", "nothing", "", "unanswered"),
]

HINTED = [
    Hinted("hw10.q3", "hardly a reason", (2, "It looks so"), "short"),
    Hinted(
        "hw10.q3", "three by BIC", (3, "The BIC has its lowest value at three components, I think."), "another reason"
    ),
    Hinted("hw10.q3", "a short reason", (2, "BIC says so"), "defended"),
    Hinted("hw10.q8", "one line", "Two groups, short and long ones, by BIC.", "short"),
    Hinted(
        "hw10.q8",
        "no criterion",
        REPORT.replace("since BIC and ICL are lowest for k = 2", "as one sees").replace("bootstrap samples", "others"),
        "idea 1 not found",
    ),
    Hinted(
        "hw10.q8",
        "no limits",
        REPORT[: REPORT.index("The clusters")]
        + "So there are two kinds, with two causes deep down in the ground, which we have found.",
        "idea 4 not found",
    ),
]
