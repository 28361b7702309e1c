"""Homework 12, EM's other homes: chapters 19 to 23, on outliers, factors, linked records, tests and stability."""

import numpy as np
from scipy.special import expit, softmax

from ..checker.catalogue import AnswersOf
from ..checker.choice import Choice
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.spot import Spot
from ..checker.telling import listed, number, table
from ..checker.text import Idea
from . import draws
from .part_mistakes import in_part

answers = AnswersOf("hw12_other_homes")  # for what is made from a right answer

FAILURES, FACTORS, LINKAGE, ITEMS, STABILITY = (
    "19_failures",
    "20_factor_analysis",
    "21_record_linkage",
    "22_item_response",
    "23_stability",
)


# q1: a pair of records, weighed by pencil

_Q1 = dict(fields=((0.8, 0.1, True), (0.8, 0.2, True), (0.9, 0.6, False)), share=0.2)  # m, u, whether it agrees
_AGREE = ((0.8, 0.4), (0.8, 0.2), (0.8, 0.1), (0.8, 0.05), (0.96, 0.03), (0.6, 0.15))
_DIFFER = ((0.6, 0.2), (0.9, 0.6), (0.9, 0.2), (0.95, 0.2), (0.8, 0.2))


def _q1_draw(lots):
    while True:
        agree = lots.one_of((1, 2))
        fields = [(*rates, True) for rates in lots.some_of(_AGREE, agree)]
        fields += [(*rates, False) for rates in lots.some_of(_DIFFER, 3 - agree)]
        share = lots.one_of((0.1, 0.2, 0.25, 0.4))
        weight, probability = _weighed(fields, share)
        if abs(weight) > 1.5 and 0.1 < probability < 0.9:
            return dict(fields=tuple(lots.some_of(fields, 3)), share=share)


def _q1_told(fields, share):
    rows = ((name, number(m), number(u), "yes" if agree else "no") for name, (m, u, agree) in zip("ABC", fields))
    return f"{table(['field', 'm', 'u', 'agrees'], *rows)}\n\nA share of {number(share)} of all pairs are matches."


def _weighed(fields, share, agree=lambda m, u: m / u, differ=lambda m, u: (1 - m) / (1 - u)):
    """Weight and probability, agreements and disagreements counted by rules."""
    ratio = np.prod([agree(m, u) if yes else differ(m, u) for m, u, yes in fields])
    odds = share / (1 - share) * ratio
    return [np.log2(ratio), odds / (1 + odds)]


def _q1_shows(fields, share):
    weight, probability = _weighed(fields, share)
    ratio, prior = 2**weight, share / (1 - share)
    return (
        Mistake(
            name="the prior forgotten",
            wrong=[weight, ratio / (1 + ratio)],
            message="The weight is right. Your probability takes a match for as likely beforehand as none: the weight must first pay for the prior.",
            link=f"{LINKAGE}#eq-21-3",
        ),
        Mistake(
            name="odds",
            wrong=[weight, prior * ratio],
            message="The weight is right. Your second number is the odds; a probability is odds divided by one plus odds.",
        ),
        Mistake(
            name="the prior as it is",
            wrong=[weight, share * ratio],
            message="The weight is right. You multiply the ratio by the share of matches. A factor multiplies odds: make odds of the share first.",
        ),
        Mistake(
            name="the prior as it is, then a probability",
            wrong=[weight, share * ratio / (1 + share * ratio)],
            message="The weight is right. You take the share of matches for the odds beforehand: divide it by the share of the others.",
        ),
        Mistake(
            name="natural logarithms",
            wrong=[np.log(ratio), probability],
            message="The probability is right. A weight in bits takes logarithms to base 2, and yours are natural ones.",
        ),
        Mistake(
            name="the ratio itself",
            wrong=[ratio, probability],
            message="The probability is right. Your first number is the ratio of the two probabilities; the weight is its logarithm to base 2.",
        ),
        Mistake(
            name="the prior counted in",
            wrong=[weight + np.log2(prior), probability],
            message="The probability is right. Your weight has the prior in it already; the weight is what the fields say, and nothing else.",
        ),
        Mistake(
            name="disagreement ignored",
            wrong=_weighed(fields, share, differ=lambda m, u: 1.0),
            message="You count what agrees, and nothing else. That a field differs speaks too: more often against a match than for it.",
        ),
        Mistake(
            name="disagreement as agreement",
            wrong=_weighed(fields, share, differ=lambda m, u: m / u),
            message="You take the ratio m/u for all fields. Where a field differs, the two probabilities are those of differing.",
        ),
        Mistake(
            name="disagreement as the reverse",
            wrong=_weighed(fields, share, differ=lambda m, u: u / m),
            message="For a field that differs you turn m/u upside down. The probabilities of differing are 1 - m and 1 - u.",
        ),
        Mistake(
            name="disagreement upside down",
            wrong=_weighed(fields, share, differ=lambda m, u: (1 - u) / (1 - m)),
            message="For a field that differs your ratio is upside down: above stands the probability among matches, where differing is rare.",
        ),
        Mistake(
            name="all upside down",
            wrong=_weighed(fields, share, lambda m, u: u / m, lambda m, u: (1 - u) / (1 - m)),
            message="All your ratios are upside down: above stands the probability among matches, below that among the others.",
        ),
    )


_q1 = Drawn(
    id="hw12.q1",
    title="A pair of records, weighed",
    points=2,
    link=f"{LINKAGE}#eq-21-3",
    hint="A ratio for each field, by whether it agrees; their product in bits. Then odds, beforehand and afterwards.",
    apart=((0,), (1,)),
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: probabilistic PCA by pencil

_Q2 = dict(eigenvalues=(9.5, 4, 2.6, 1.2, 0.7), q=2)


def _q2_draw(lots):
    q = lots.one_of((1, 2))
    rest = sorted((lots.one_of(range(4, 30)) / 10 for _ in range(5 - q)), reverse=True)
    kept = sorted(lots.some_of(range(8, 25), q), reverse=True)
    if len(set(rest)) < len(rest) or sum(round(10 * one) for one in rest) % (5 - q):
        return _q2_draw(lots)
    return dict(eigenvalues=(*(one / 2 for one in kept), *rest), q=q)


def _q2_told(eigenvalues, q):
    how_many = "one factor" if q == 1 else "two factors"
    return f"The eigenvalues are {listed(eigenvalues)}, and there {'is' if q == 1 else 'are'} to be {how_many}."


def _q2_shows(eigenvalues, q):
    l, m = np.array(eigenvalues, dtype=float), len(eigenvalues)  # noqa: E741
    noise = l[q:].mean()
    length = l[0] - noise
    return (
        Mistake(
            name="mean of all",
            wrong=[l.mean(), l[0] - l.mean()],
            message="You average all eigenvalues. The first are what the factors make; noise is what is left over.",
        ),
        Mistake(
            name="not divided",
            wrong=[l[q:].sum(), l[0] - l[q:].sum()],
            message="You add the other eigenvalues up. The noise is the same in each direction that is left: average them.",
        ),
        Mistake(
            name="divided by m",
            wrong=[l[q:].sum() / m, l[0] - l[q:].sum() / m],
            message="You divide by the number of columns. So many directions are not left over: those of the factors are gone.",
        ),
        Mistake(
            name="the next eigenvalue",
            wrong=[l[q], l[0] - l[q]],
            message="You take the largest of the eigenvalues that are left. All of them are noise, and the model has one number for all: their average.",
        ),
        Mistake(
            name="the smallest eigenvalue",
            wrong=[l[-1], l[0] - l[-1]],
            message="You take the smallest eigenvalue. The model has one number for all directions that are left: their average.",
        ),
        Mistake(
            name="one direction too many",
            wrong=[l[q + 1 :].mean(), l[0] - l[q + 1 :].mean()],
            message="You leave out one eigenvalue too many: as many belong to the factors as there are factors.",
        ),
        Mistake(
            name="the kept ones",
            wrong=[l[:q].mean(), l[0] - l[:q].mean() if q > 1 else l[0]],
            message="You average the eigenvalues of the factors. Noise is what these leave over.",
        ),
        Mistake(
            name="a standard deviation",
            wrong=[np.sqrt(noise), length],
            message="The length is right. Your noise is a standard deviation; the variance is asked for.",
        ),
        Mistake(
            name="noise not taken off",
            wrong=[noise, l[0]],
            message="The noise is right. In the first direction there is noise as well: what the factor makes is the rest of the eigenvalue.",
        ),
        Mistake(
            name="noise added",
            wrong=[noise, l[0] + noise],
            message="The noise is right. The eigenvalue is the whole variance of its direction, noise included: what is left for the factor is less, not more.",
        ),
        Mistake(
            name="not squared",
            wrong=[noise, np.sqrt(length)],
            message="The noise is right. This is the length of the loadings; its square is asked for.",
        ),
        Mistake(
            name="the root of the eigenvalue",
            wrong=[noise, np.sqrt(l[0])],
            message="The noise is right. This is the root of the eigenvalue. Take the noise off instead, and no root: the square of the length is asked for.",
        ),
        Mistake(
            name="noise as a deviation taken off",
            wrong=[noise, l[0] - np.sqrt(noise)],
            message="The noise is right. You take its root off the eigenvalue. Variances are subtracted, not deviations.",
        ),
    )


_q2 = Drawn(
    id="hw12.q2",
    title="PCA with noise",
    points=2,
    link=f"{FACTORS}#eq-20-5",
    hint="The variance in a direction is its eigenvalue. Which directions hold nothing but noise?",
    apart=((0,), (1,)),
    numbers=_Q2,
    draw=_q2_draw,
    told=_q2_told,
    shows=_q2_shows,
)


# q3: a t distribution, one iteration


def _far_points(rng, size):
    X, mixture = draws.problem(rng, draws.Size(size.n, 2, size.m, size.scale, size.offset))
    X[0] += np.round(8 * size.scale * rng.choice([-1, 1], size.m), 1)  # one point far out
    return X, mixture.means[0], mixture.covariances[0], float(np.round(rng.uniform(1.5, 8.0), 1))


def _squared(X, centre, scale):
    r = X - centre
    return (r * np.linalg.solve(scale, r.T).T).sum(axis=1)


def _right_scales(*arguments):
    return answers.robust_step(*arguments)["u"]


def _robust(u=_right_scales, centre=None, scatter=None):
    """One iteration, with a part of it replaced, and what follows from that."""

    def step(X, old, scale, nu):
        shares = u(X, old, scale, nu)
        new = shares @ X / shares.sum() if centre is None else centre(X, shares)
        r = X - new
        found = (shares * r.T) @ r / len(X) if scatter is None else scatter(X, shares, r, old, nu)
        return {"u": shares, "centre": new, "scale": found}

    return step


def _of_t(part, step, name, message):
    link = f"{FAILURES}#eq-19-{3 if part == 'u' else 4}"
    return Mistake(name=name, message=message, wrong=step, part=part, link=link)


_q3 = Function(
    id="hw12.q3",
    title="A point far out has less say",
    points=3,
    link=f"{FAILURES}#eq-19-3",
    names=("X", "centre", "scale", "nu"),
    inputs=_far_points,
    sizes=(
        draws.Size(2, 1, 1),
        draws.Size(4, 1, 2),
        draws.Size(5, 1, 3),
        draws.Size(6, 1, 2, scale=3.0),
        draws.Size(8, 1, 3, scale=0.5, offset=10.0),
    ),
    parts=("u", "centre", "scale"),
    hint="First the scales u, from the old centre and scale matrix. A point counts as much as its u, in both averages; only one of them is divided by the sum of the u.",
    mistakes=(
        _of_t(
            "u",
            _robust(u=lambda *arguments: _right_scales(*arguments) / _right_scales(*arguments).mean()),
            "divided by their mean",
            "In u: you divide the scales by their mean, so that it is 1. For points of the distribution that is so only on average; the scale matrix needs each u as it is.",
        ),
        _of_t(
            "u",
            _robust(u=lambda X, c, S, nu: nu / (nu + _squared(X, c, S))),
            "m forgotten",
            "In u: above stands nu alone. A point in m dimensions brings m besides.",
        ),
        _of_t(
            "u",
            _robust(u=lambda X, c, S, nu: (nu + 1) / (nu + _squared(X, c, S))),
            "one dimension",
            "In u: above stands nu + 1, as on a line. A point in m dimensions brings m.",
        ),
        _of_t(
            "u",
            _robust(u=lambda X, c, S, nu: (nu + X.shape[1]) / (nu + np.sqrt(_squared(X, c, S)))),
            "the distance not squared",
            "In u: below stands the distance. It is its square that belongs there.",
        ),
        _of_t(
            "u",
            _robust(u=lambda X, c, S, nu: (nu + X.shape[1]) / (nu + ((X - c) ** 2).sum(axis=1))),
            "the scale matrix ignored",
            "In u: your distance is the plain one, whatever the scale matrix. Measure it in units of the distribution, with the inverse of the matrix.",
        ),
        _of_t(
            "u",
            _robust(u=lambda X, c, S, nu: (nu + X.shape[1]) / (nu + np.einsum("ia,ab,ib->i", X - c, S, X - c))),
            "the scale matrix not inverted",
            "In u: the distance uses the scale matrix where its inverse belongs: a wide distribution should forgive a large distance.",
        ),
        _of_t(
            "u",
            _robust(u=lambda X, c, S, nu: (nu + _squared(X, c, S)) / (nu + X.shape[1])),
            "upside down",
            "In u: your fraction is upside down. The farther out a point, the smaller is its u.",
        ),
        _of_t(
            "u",
            _robust(u=lambda X, c, S, nu: (nu + X.shape[1]) / _squared(X, c, S)),
            "nu forgotten below",
            "In u: below, nu is missing. Without it a point at the centre would have an infinite say.",
        ),
        _of_t(
            "u",
            _robust(u=lambda *arguments: _right_scales(*arguments) / _right_scales(*arguments).sum()),
            "divided by their sum",
            "In u: you divide the scales by their sum. They are no shares: for points of the distribution their mean is about 1, and the scale matrix needs them as they are.",
        ),
        _of_t(
            "u",
            _robust(u=lambda X, c, S, nu: np.ones(len(X))),
            "all alike",
            "In u: all your scales are 1, as for a Gaussian. A point far out must count less.",
        ),
        _of_t(
            "centre",
            _robust(centre=lambda X, u: X.mean(axis=0)),
            "the plain mean",
            "In centre: this is the plain mean, to which a point far out counts as much as any. Weigh the points by u.",
        ),
        _of_t(
            "centre",
            _robust(centre=lambda X, u: u @ X / len(X)),
            "divided by n",
            "In centre: you divide by the number of points. An average is divided by its weights, added up; else it does not follow when all points are moved.",
        ),
        _of_t(
            "centre",
            _robust(centre=lambda X, u: u @ X),
            "the centre not divided",
            "In centre: this is a sum, and not yet an average. Divide it by the weights, added up.",
        ),
        _of_t(
            "scale",
            _robust(scatter=lambda X, u, r, c, nu: (u * r.T) @ r / u.sum()),
            "divided by the sum of u",
            "In scale: you divide by the sum of the u. That is another algorithm, which has the same end; the M-step maximises the bound, and in it each point brings one determinant: divide by n.",
        ),
        _of_t(
            "scale",
            _robust(scatter=lambda X, u, r, c, nu: (u * r.T) @ r / (len(X) - 1)),
            "divided by n - 1",
            "In scale: you divide by n - 1. The bound is highest with n.",
        ),
        _of_t(
            "scale",
            _robust(scatter=lambda X, u, r, c, nu: (u * r.T) @ r),
            "the scale not divided",
            "In scale: this is a sum, and not yet an average: it grows with the number of points.",
        ),
        _of_t(
            "scale",
            _robust(scatter=lambda X, u, r, c, nu: r.T @ r / len(X)),
            "unweighted squares",
            "In scale: the squares are not weighted by u. A point far out, counted in full, would blow the scale up.",
        ),
        _of_t(
            "scale",
            _robust(scatter=lambda X, u, r, c, nu: (u * (X - c).T) @ (X - c) / len(X)),
            "about the old centre",
            "In scale: you measure from the old centre. The squares are taken about the new one.",
        ),
        _of_t(
            "scale",
            _robust(scatter=lambda X, u, r, c, nu: (u**2 * r.T) @ r / len(X)),
            "weighted twice",
            "In scale: u stands in it twice, once with each deviation. Weigh the product once.",
        ),
        _of_t(
            "scale",
            _robust(scatter=lambda X, u, r, c, nu: nu / (nu - 2) * (u * r.T) @ r / len(X)),
            "the covariance",
            "In scale: this is the covariance of the distribution, nu / (nu - 2) times the scale matrix. The scale matrix is asked for.",
        ),
        _of_t(
            "scale",
            _robust(scatter=lambda X, u, r, c, nu: np.diag(np.diag((u * r.T) @ r / len(X)))),
            "only the diagonal",
            "In scale: you keep the diagonal alone. The matrix may be tilted: use outer products.",
        ),
    ),
)


# q4: the factors behind the points


def _points_with_factors(rng, size):
    X = draws.placed(draws.points(rng, size.n, size.m), size)
    mean = draws.placed(draws.points(rng, 1, size.m), size)[0]
    loadings = np.round(rng.normal(0.0, 1.2, (size.m, size.k)) * size.scale, 2)
    noise = np.round(rng.uniform(0.3, 2.5, size.m) * size.scale**2, 3)
    return X, mean, loadings, noise


FACTOR_SIZES = (
    draws.Size(2, 2, 3),
    draws.Size(3, 1, 2),
    draws.Size(5, 2, 4),
    draws.Size(6, 3, 4),
    draws.Size(7, 1, 3, scale=3.0),
    draws.Size(8, 3, 5, scale=0.5, offset=10.0),
)


def _scores(divided=lambda noise: noise, prior=1.0, centred=True, invert=True, means=None):
    """The E-step of factor analysis, with something of it replaced."""

    def step(X, mean, loadings, noise):
        weighted = loadings / divided(noise)[:, np.newaxis]
        precision = prior * np.eye(loadings.shape[1]) + loadings.T @ weighted
        V = np.linalg.inv(precision)
        r = X - mean if centred else X
        found = r @ weighted @ V if means is None else means(r, weighted, loadings, V)
        return {"means": found, "covariance": V if invert else precision}

    return step


def _of_factors(part, step, name, message):
    return Mistake(name=name, message=message, wrong=step, part=part)


def _of_scores(step, name, message):
    """A mistake in the means alone, with the right covariance beside them."""
    return in_part("means", lambda *arguments: step(*arguments)["means"], _right_factors, name, message)


def _right_factors(*arguments):
    return answers.factors(*arguments)


_q4 = Function(
    id="hw12.q4",
    title="The factors behind the points",
    points=3,
    link=f"{FACTORS}#eq-20-3",
    names=("X", "mean", "loadings", "noise"),
    inputs=_points_with_factors,
    sizes=FACTOR_SIZES,
    parts=("means", "covariance"),
    hint="V first: it needs no point. Then each row less the mean, through the noise, the loadings and V.",
    mistakes=(
        _of_factors(
            "covariance",
            _scores(invert=False),
            "not inverted",
            "In covariance: this is the precision. The more is known of a factor, the smaller is its variance: invert it.",
        ),
        _of_factors(
            "covariance",
            _scores(prior=0.0),
            "the prior of the factors forgotten",
            "In covariance: the identity matrix is missing. Before a point is seen its factors are standard normal, and that is information too.",
        ),
        _of_factors(
            "covariance",
            _scores(divided=lambda noise: 1 / noise),
            "noise not inverted",
            "In covariance: you multiply by the noise. A column with much noise says little of the factors: divide by its variance.",
        ),
        _of_factors(
            "covariance",
            _scores(divided=np.ones_like),
            "noise ignored",
            "In covariance: the noise has no say. A column with much of it says little of the factors.",
        ),
        _of_factors(
            "covariance",
            _scores(divided=np.square),
            "noise squared",
            "In covariance: you square the noise. It is a variance already.",
        ),
        _of_factors(
            "covariance",
            _scores(divided=np.sqrt),
            "the root of the noise",
            "In covariance: you divide by the root of the noise. It is by its variance that a column counts.",
        ),
        in_part(
            "covariance",
            lambda X, mean, loadings, noise: np.linalg.inv(loadings @ loadings.T + np.diag(noise)),
            _right_factors,
            "of the columns",
            "In covariance: this is a table of columns by columns. The factors' own covariance is asked for, factors by factors.",
        ),
        _of_scores(
            _scores(centred=False),
            "mean not subtracted",
            "In means: the mean is not subtracted. A point at the mean has factors of zero.",
        ),
        _of_scores(
            _scores(prior=0.0),
            "least squares",
            "In means: these are the coordinates of least squares. The factors are standard normal, which pulls them towards zero: V has the identity in it.",
        ),
        _of_scores(
            _scores(means=lambda r, weighted, loadings, V: r @ weighted),
            "V forgotten",
            "In means: V is missing. What the columns say, added up, is yet to be divided by how much they say.",
        ),
        _of_scores(
            _scores(means=lambda r, weighted, loadings, V: r @ loadings @ V),
            "the noise forgotten once",
            "In means: the noise is in V, but not beside it. Each column's deviation counts by its loading divided by its noise.",
        ),
        _of_scores(
            _scores(means=lambda r, weighted, loadings, V: r @ loadings),
            "loadings alone",
            "In means: you multiply by the loadings and leave it at that. The noise says how much each column counts, and V how far to go.",
        ),
        _of_scores(
            _scores(divided=lambda noise: 1 / noise),
            "noise multiplied",
            "In means: you multiply by the noise. A column with much noise says little of the factors: divide by its variance.",
        ),
        _of_scores(
            _scores(divided=np.ones_like),
            "all columns alike",
            "In means: the noise has no say. A column with much of it says little of the factors.",
        ),
        _of_scores(
            _scores(divided=np.sqrt),
            "the noise's root in the means",
            "In means: you divide by the root of the noise. It is by its variance that a column counts.",
        ),
    ),
)


# q5: an M-step with a bug

_q5a = Spot(
    id="hw12.q5a",
    title="The regression on factors, found",
    points=1,
    link=f"{FACTORS}#eq-20-4",
    total=5,
    innocent={
        1: "Line 1 takes the mean off, as it should. The bug comes where the factors enter.",
        3: "Line 3 solves the normal equations, and rightly. Is it handed the right ones?",
        4: "Line 4 is what the regression leaves over of each point, given the loadings that it was handed.",
        5: "Line 5 looks odd, but it is the second line of (20.4). The loadings were wrong before.",
    },
    ideas=(
        Idea(
            words=(
                "uncertain",
                "covarian",
                "variance",
                "doubt",
                "sure",
                "nv",
                "n v",
                "* v",
                "+ v",
                "v is",
                "of v",
                "the v",
            ),
            hint="What does the line add for the uncertainty of the factors?",
        ),
        Idea(
            words=("len", "each", "every", "point", "row", "times", "once", "only one", "nv", "n v", "n *"),
            hint="How many points are there, and how many of them are as uncertain as that?",
        ),
    ),
)


def _points_and_scores(rng, size):
    X = draws.placed(draws.points(rng, size.n, size.m), size)
    scores = np.round(rng.normal(0.0, 0.9, (size.n, size.k)), 2)
    return X, scores, np.round(draws.covariance(rng, size.k) / 4, 3)


def _regressions(squares=lambda scores, V, n: scores.T @ scores + n * V, noise=None, centre=True):
    """The M-step of factor analysis, with something of it replaced."""

    def step(X, scores, V):
        r = X - X.mean(axis=0) if centre else X
        loadings = np.linalg.solve(squares(scores, V, len(X)), scores.T @ r).T
        left = r - scores @ loadings.T
        return {
            "loadings": loadings,
            "noise": (left * r).mean(axis=0) if noise is None else noise(r, left, loadings, V),
        }

    return step


_q5b = Function(
    id="hw12.q5b",
    title="The regression on factors, mended",
    points=2,
    link=f"{FACTORS}#eq-20-4",
    names=("X", "scores", "V"),
    inputs=_points_and_scores,
    sizes=(
        draws.Size(5, 2, 3),
        draws.Size(6, 1, 2),
        draws.Size(7, 2, 4),
        draws.Size(8, 3, 4),
        draws.Size(9, 1, 3, scale=3.0),
        draws.Size(10, 3, 5, scale=0.5, offset=10.0),
    ),
    parts=("loadings", "noise"),
    hint="The expected square of a factor is the square of its mean plus its variance, for each point.",
    mistakes=(
        _of_factors(
            "loadings",
            _regressions(lambda scores, V, n: scores.T @ scores + V),
            "as it was",
            "In loadings: this is still what the broken program gives. A sum over the points has a term for each of them.",
        ),
        _of_factors(
            "loadings",
            _regressions(lambda scores, V, n: scores.T @ scores),
            "the uncertainty forgotten",
            "In loadings: you take the guesses for factors that were seen, so that the loadings come out too large. What about their uncertainty?",
        ),
        _of_factors(
            "loadings",
            _regressions(lambda scores, V, n: scores.T @ scores / n + V),
            "averaged on one side",
            "In loadings: on the one side you average over the points, on the other you add up. Do the same on both.",
        ),
        _of_factors(
            "loadings",
            _regressions(lambda scores, V, n: n * (scores.T @ scores + V)),
            "all times n",
            "In loadings: the products of the guesses are multiplied by n as well. They are added up over the points already.",
        ),
        _of_factors(
            "loadings",
            _regressions(lambda scores, V, n: scores.T @ scores - n * V),
            "subtracted",
            "In loadings: you subtract the uncertainty. The expected square of a factor is larger than the square of its mean.",
        ),
        _of_factors(
            "loadings",
            _regressions(centre=False),
            "not centred",
            "In loadings: the points are not measured from their mean. The first line was right.",
        ),
        in_part(
            "loadings",
            lambda X, scores, V: answers.regressions(X, scores, V)["loadings"].T,
            lambda *arguments: answers.regressions(*arguments),
            "loadings transposed",
            "In loadings: right, but transposed. There is a row for each column of the data.",
        ),
        _of_factors(
            "noise",
            _regressions(noise=lambda r, left, loadings, V: (left**2).mean(axis=0)),
            "squares of what is left",
            "In noise: you square what the guesses leave over. The factors are uncertain too, and that adds to the expected square; the product in line 5 has it in it.",
        ),
        _of_factors(
            "noise",
            _regressions(noise=lambda r, left, loadings, V: r.var(axis=0) - (loadings**2).sum(axis=1)),
            "communality subtracted",
            "In noise: you subtract the squared loadings. That is true in the end, when EM rests; before, the factors' own squares do not average to one.",
        ),
        _of_factors(
            "noise",
            _regressions(noise=lambda r, left, loadings, V: (left * r).sum(axis=0)),
            "noise not averaged",
            "In noise: this is a sum, and not yet an average over the points.",
        ),
        _of_factors(
            "noise",
            _regressions(noise=lambda r, left, loadings, V: (left * r).sum(axis=0) / (len(r) - 1)),
            "divided by n - 1",
            "In noise: you divide by n - 1. The bound is highest with n.",
        ),
        _of_factors(
            "noise",
            _regressions(noise=lambda r, left, loadings, V: np.full(r.shape[1], (left * r).mean())),
            "one noise for all",
            "In noise: all columns get the same noise. That is probabilistic PCA; here each column has its own.",
        ),
        _of_factors(
            "noise",
            _regressions(noise=lambda r, left, loadings, V: np.sqrt(np.abs((left * r).mean(axis=0)))),
            "the noise's root",
            "In noise: these are standard deviations. Variances are asked for.",
        ),
        _of_factors(
            "noise",
            _regressions(noise=lambda r, left, loadings, V: r.var(axis=0)),
            "the whole variance",
            "In noise: this is the whole variance of each column. What the factors explain of it is to be taken off.",
        ),
    ),
)


# q6: which pairs are one person


def _pairs(rng, size):
    while True:
        pairs = rng.integers(0, 2, (size.n, size.m)).astype(float)
        missing = rng.random(pairs.shape) < 0.25
        pairs[missing] = np.nan
        known = ~missing
        if size.n < 3 or (missing.any() and known.any(axis=1).all() and (pairs == 0).any() and (pairs == 1).any()):
            break
    m = np.round(rng.uniform(0.6, 0.95, size.m), 2)
    return pairs, float(np.round(rng.uniform(0.05, 0.4), 2)), m, np.round(rng.uniform(0.05, 0.5, size.m), 2)


def _always_agrees(rng):
    """Matches always agree in the first field, and no other pair ever does in the second."""
    pairs = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, np.nan], [1.0, np.nan, 0.0]])
    return pairs[rng.permutation(4)], 0.1, np.array([1.0, 0.9, 0.8]), np.array([0.2, 0.0, 0.3])


def _joint(pairs, share, m, u, differ=lambda rate: 1 - rate):
    known, agree = ~np.isnan(pairs), pairs == 1
    return [
        part * np.where(known, np.where(agree, rate, differ(rate)), 1.0).prod(axis=1)
        for part, rate in ((share, m), (1 - share, u))
    ]


def _probability(joint):
    return joint[0] / (joint[0] + joint[1])


def _by_odds(pairs, share, m, u):
    odds = np.divide(*_joint(pairs, share, m, u))
    return odds / (1 + odds)


def _no_number_at_infinity(arguments, output, expected):
    """Whether there is nan wherever a field agrees that never does in other pairs, and nowhere else."""
    pairs, _, _, u = arguments
    infinite, given = (pairs[:, u == 0] == 1).any(axis=1), output[""]
    return given.shape == infinite.shape and infinite.any() and np.array_equal(np.isnan(given), infinite)


def _zero_times_infinity(pairs, share, m, u):
    known = np.where(np.isnan(pairs), 0.5, pairs)
    counted = ~np.isnan(pairs)
    logs = [
        np.log(part) + (counted * (known * np.log(rate) + (1 - known) * np.log(1 - rate))).sum(axis=1)
        for part, rate in ((share, m), (1 - share, u))
    ]
    return softmax(logs, axis=0)[0]


def _bits(pairs, share, m, u):
    return np.log2(np.divide(*_joint(pairs, 0.5, m, u)))


_q6 = Function(
    id="hw12.q6",
    title="Which pairs are one person",
    points=3,
    link=f"{LINKAGE}#eq-21-1",
    names=("comparisons", "share", "m", "u"),
    inputs=_pairs,
    sizes=tuple(draws.Size(n, 0, m) for n, m in ((1, 2), (2, 3), (4, 3), (5, 4), (6, 2), (9, 5))),
    corners=(_always_agrees,),
    hint="For each pair two products, one for matches and one for the others, each with its share in front. A missing value has no factor.",
    mistakes=(
        Mistake(
            name="infinite odds",
            wrong=_by_odds,
            when=_no_number_at_infinity,
            message="Where u is 0 and the field agrees the odds are infinite, and infinity over infinity is no number. Write the probability with both products below.",
        ),
        Mistake(
            name="hard decision",
            wrong=lambda pairs, share, m, u: _probability(_joint(pairs, share, m, u)) > 0.5,
            message="You decide, pair by pair, which is a match. The E-step keeps the doubt: return the probability itself.",
        ),
        Mistake(
            name="zero times infinity",
            wrong=_zero_times_infinity,
            message="Right for ordinary rates. Where a rate is 0 or 1 you compute 0 times the logarithm of 0, which is nan: take only the logarithm that applies, or the product.",
        ),
        Mistake(
            name="nan comes through",
            wrong=lambda pairs, share, m, u: _probability(
                [
                    part * (rate**pairs * (1 - rate) ** (1 - pairs)).prod(axis=1)
                    for part, rate in ((share, m), (1 - share, u))
                ]
            ),
            message="Pairs with a missing value come out as nan. Such a value says nothing: its factor is left out, and the others count.",
        ),
        Mistake(
            name="missing as different",
            wrong=lambda pairs, share, m, u: _probability(_joint(np.nan_to_num(pairs), share, m, u)),
            message="You count a missing value as a field that differs. It says nothing: its factor is left out.",
        ),
        Mistake(
            name="missing as equal",
            wrong=lambda pairs, share, m, u: _probability(_joint(np.nan_to_num(pairs, nan=1.0), share, m, u)),
            message="You count a missing value as a field that agrees. It says nothing: its factor is left out.",
        ),
        Mistake(
            name="agreements only",
            wrong=lambda pairs, share, m, u: _probability(_joint(pairs, share, m, u, lambda rate: 1.0)),
            message="You multiply the rates of the fields that agree. A field that differs has its probability too, 1 - m among matches and 1 - u elsewhere.",
        ),
        Mistake(
            name="the share forgotten",
            wrong=lambda pairs, share, m, u: _probability(_joint(pairs, 0.5, m, u)),
            message="The share of matches has no say in your result. Matches are rare, and the evidence must first pay for that.",
        ),
        Mistake(
            name="the share on the wrong side",
            wrong=lambda pairs, share, m, u: _probability(_joint(pairs, 1 - share, m, u)),
            message="Your shares have changed places: m belongs to the matches, whose share is the one given.",
        ),
        Mistake(
            name="m and u changed",
            wrong=lambda pairs, share, m, u: _probability(_joint(pairs, share, u, m)),
            message="You use u for the matches and m for the others. Matches agree by the rates m.",
        ),
        Mistake(
            name="the probability of no match",
            wrong=lambda pairs, share, m, u: 1 - _probability(_joint(pairs, share, m, u)),
            message="This is the probability that a pair is no match. The other one is asked for.",
        ),
        Mistake(
            name="not normalised",
            wrong=lambda pairs, share, m, u: _joint(pairs, share, m, u)[0],
            message="This is the top of the fraction: how probable it is that a pair is a match and looks like this. Divide by the probability that it looks like this at all.",
        ),
        Mistake(
            name="odds",
            wrong=lambda pairs, share, m, u: np.divide(*_joint(pairs, share, m, u)),
            message="These are odds: a match against none. A probability is odds divided by one plus odds.",
        ),
        Mistake(
            name="the ratio",
            wrong=lambda pairs, share, m, u: np.divide(*_joint(pairs, 0.5, m, u)),
            message="This is the ratio of the two likelihoods. The share of matches, and the step from odds to a probability, are missing.",
        ),
        Mistake(
            name="weights in bits",
            wrong=_bits,
            message="These are match weights in bits. Probabilities are asked for: add the prior, then leave the logarithms.",
            link=f"{LINKAGE}#eq-21-3",
        ),
        Mistake(
            name="the share not beside the others",
            wrong=lambda pairs, share, m, u: _probability(
                [_joint(pairs, share, m, u)[0], _joint(pairs, share, m, u)[1] / (1 - share)]
            ),
            message="The share of matches stands before the one product, and nothing before the other. The pairs that are no matches have a share too.",
        ),
    ),
)


# q7: the ability behind a row of answers


def _answers_and_items(rng, size):
    X = rng.integers(0, 2, (size.n, size.m)).astype(float)
    places = np.sort(np.round(rng.uniform(-2.5, 2.5, size.k), 1))
    slopes = np.round(rng.uniform(0.5, 2.0, size.m), 1)
    return X, slopes, np.round(rng.normal(0.0, 1.0, size.m), 1), places, draws.weights(rng, size.k)


def _a_long_test(rng):
    m = 4000  # so many that even the likeliest row of answers is 0 as a product
    X = (rng.random((3, m)) < np.array([[0.02], [0.5], [0.98]])).astype(float)
    places = np.array([-1.2, 0.1, 1.3])
    return X, np.round(rng.uniform(0.5, 2.0, m), 1), np.round(rng.normal(0, 1, m), 1), places, np.array([0.3, 0.5, 0.2])


def _curves(slopes, intercepts, places):
    return expit(np.outer(slopes, places) + intercepts[:, np.newaxis])


def _placed(
    curves=_curves,
    wrong_answers=True,
    weighted=lambda weights: weights,
    axis=1,
    smallest=0.0,
    smallest_product=0.0,
    epsilon=0.0,
):
    """The E-step in products, with something of it replaced."""

    def step(X, slopes, intercepts, places, weights):
        P = curves(slopes, intercepts, places)
        rows = X[:, :, np.newaxis]
        other = (1 - P) ** (1 - rows) if wrong_answers else 1.0
        product = np.maximum((P**rows * other).prod(axis=1), smallest_product)
        joint = np.maximum(weighted(weights) * product, smallest)
        return joint if axis is None else joint / (joint.sum(axis=axis, keepdims=True) + epsilon)

    return step


def _largest_of_all(X, slopes, intercepts, places, weights):
    P = _curves(slopes, intercepts, places)
    logs = np.log(weights) + X @ np.log(P) + (1 - X) @ np.log(1 - P)
    joint = np.exp(logs - logs.max())
    return joint / joint.sum(axis=1, keepdims=True)


_q7 = Function(
    id="hw12.q7",
    title="The ability behind the answers",
    points=3,
    link=f"{ITEMS}#eq-22-3",
    names=("X", "slopes", "intercepts", "places", "weights"),
    inputs=_answers_and_items,
    sizes=draws.SIZES,
    corners=(_a_long_test,),
    rows_sum_to_one=True,
    hint="The curves first, items by places. Then for each person and place a product over the items, or a sum of logarithms.",
    mistakes=(
        Mistake(
            name="the largest of all rows subtracted",
            wrong=_largest_of_all,
            message="You subtract the largest logarithm of the whole table. In a long test a row may lie so far below it that all its exponentials are 0: subtract the largest of each row.",
            link="08_e_step#eq-8-2",
        ),
        Mistake(
            name="linear space",
            wrong=_placed(),
            message="Right for short tests. In a test of four thousand questions each product is 0 for the machine, and you divide 0 by 0: add logarithms instead.",
            link="08_e_step#eq-8-2",
        ),
        Mistake(
            name="clipped",
            wrong=_placed(smallest=1e-300),
            message="In a long test all your products meet the smallest number that you allow, and all places come out alike, as if nothing spoke for one more than for another. Add logarithms instead.",
            link="08_e_step#eq-8-2",
        ),
        Mistake(
            name="clipped before the weights",
            wrong=_placed(smallest_product=1e-300),
            message="In a long test all your products meet the smallest number that you allow, and the answers no longer tell anything. Add logarithms instead.",
            link="08_e_step#eq-8-2",
        ),
        Mistake(
            name="zeros for shares",
            wrong=_placed(epsilon=1e-300),
            message="In a long test a person's row comes out as zeros, and the person is lost: what would be 0/0 is hidden by a small number below, or replaced. It must not arise: add logarithms.",
            link="08_e_step#eq-8-2",
        ),
        Mistake(
            name="weights ignored",
            wrong=_placed(weighted=np.ones_like),
            message="The weights of the places have no say in your result. There are more people in the middle than far out.",
        ),
        Mistake(
            name="right answers only",
            wrong=_placed(wrong_answers=False),
            message="Your product runs over the questions that were solved. One that was not solved tells of the ability too, by 1 - P.",
        ),
        Mistake(
            name="as if all were solved",
            wrong=lambda X, a, d, t, w: _placed()(np.ones_like(X), a, d, t, w),
            message="Every row comes out alike, as if all questions had been solved. Which of P and 1 - P belongs into the product is decided by the answer.",
        ),
        Mistake(
            name="right and wrong changed",
            wrong=lambda X, a, d, t, w: _placed()(1 - X, a, d, t, w),
            message="You take P for a wrong answer and 1 - P for a right one; or your curves fall, for want of the minus in (22.1). A 1 in the table says that a question was solved.",
        ),
        Mistake(
            name="the intercept as a difficulty",
            wrong=_placed(lambda a, d, t: expit(a[:, np.newaxis] * (t - d[:, np.newaxis]))),
            message="You subtract the intercept from the ability, as if it were the difficulty. In (22.1) it is added to the product of slope and ability.",
            link=f"{ITEMS}#eq-22-1",
        ),
        Mistake(
            name="the intercept inside",
            wrong=_placed(lambda a, d, t: expit(a[:, np.newaxis] * (t + d[:, np.newaxis]))),
            message="You multiply the intercept by the slope. In (22.1) it stands outside the product of slope and ability.",
            link=f"{ITEMS}#eq-22-1",
        ),
        Mistake(
            name="the intercept subtracted",
            wrong=_placed(lambda a, d, t: expit(np.outer(a, t) - d[:, np.newaxis])),
            message="You subtract the intercept. In (22.1) it is added: the larger it is, the easier is the question.",
            link=f"{ITEMS}#eq-22-1",
        ),
        Mistake(
            name="slopes ignored",
            wrong=_placed(lambda a, d, t: expit(t + d[:, np.newaxis])),
            message="The slopes have no say in your result. A steep question tells the able from the less able more sharply.",
        ),
        Mistake(
            name="intercepts ignored",
            wrong=_placed(lambda a, d, t: expit(np.outer(a, t))),
            message="The intercepts have no say in your result. To solve an easy question says less than to solve a hard one.",
        ),
        Mistake(
            name="not normalised",
            wrong=_placed(axis=None),
            message="This is the joint probability of place and answers. What must each row be divided by?",
        ),
        Mistake(
            name="wrong axis",
            wrong=_placed(axis=0),
            message="Your columns sum to one. A person stands at one of the places, whichever it is: so it is the row that sums to one.",
        ),
        Mistake(
            name="weight added to the logarithm",
            wrong=lambda X, a, d, t, w: softmax(
                w + X @ np.log(_curves(a, d, t)) + (1 - X) @ np.log(1 - _curves(a, d, t)), axis=1
            ),
            message="You add the weight itself to the logarithms. A product becomes a sum of two logarithms.",
        ),
        Mistake(
            name="hard assignment",
            wrong=lambda X, a, d, t, w: np.eye(len(t))[answers.at_places(X, a, d, t, w).argmax(axis=1)],
            message="You put each person wholly at the likeliest place. The E-step keeps the doubt, and here there is much of it.",
        ),
        Mistake(
            name="one number a person",
            wrong=lambda X, a, d, t, w: answers.at_places(X, a, d, t, w) @ t,
            message="You return one number for each person, the expected ability. The shares of all places are asked for.",
        ),
    ),
)


# q8: does a cluster come back


def _two_divisions(rng, size):
    """A division into k clusters and one into m, in which what is likest to a cluster has another number."""
    while True:
        first = rng.integers(0, size.k, size.n)
        second = np.where(rng.random(size.n) < 0.6, (first + 1) % size.m, rng.integers(0, size.m, size.n))
        complete = set(first) == set(range(size.k)) and set(second) == set(range(size.m))
        if complete and (size.n < 8 or _telling(first, second)):
            return first, second


def _telling(first, second):
    """Whether for some cluster the one that shares most points is not the likest, nor, if there are more clusters than in
    the first division, one of as many."""
    both, sizes, others = _table(first, second)
    likest = (both / (sizes + others - both)).argmax(axis=1)
    return (likest != both.argmax(axis=1)).any() and (len(others) <= len(sizes) or likest.max() >= len(sizes))


def _table(first, second):
    A, B = np.eye(first.max() + 1)[first], np.eye(second.max() + 1)[second]
    return A.T @ B, A.sum(axis=0)[:, np.newaxis], B.sum(axis=0)


def _similar(by):
    def measure(first, second):
        both, sizes, others = _table(first, second)
        return (both / by(both, sizes, others)).max(axis=1)

    return measure


def _with_the_rest(first, second):
    both, sizes, others = _table(first, second)
    return ((len(first) - sizes - others + 2 * both) / len(first)).max(axis=1)


def _by_common(first, second):
    both, sizes, others = _table(first, second)
    most = both.argmax(axis=1)
    return (both / (sizes + others - both))[np.arange(len(most)), most]


def _same_number(first, second):
    return np.array([((first == a) & (second == a)).sum() / ((first == a) | (second == a)).sum() for a in set(first)])


def _as_many_as_the_first(first, second):
    both, sizes, others = _table(first, second)
    k = len(sizes)
    return (both / (sizes + others - both))[:, :k].max(axis=1)


def _mean_similarity(first, second):
    both, sizes, others = _table(first, second)
    return (both / (sizes + others - both)).mean(axis=1)


_q8 = Function(
    id="hw12.q8",
    title="Does a cluster come back",
    points=2,
    link=f"{STABILITY}#eq-23-1",
    names=("first", "second"),
    inputs=_two_divisions,
    sizes=tuple(
        draws.Size(n, k, m) for n, k, m in ((4, 2, 3), (6, 3, 2), (9, 2, 3), (11, 4, 3), (12, 3, 4), (15, 4, 2))
    ),
    hint="For one cluster and each cluster of the other division: how many points are in both, and how many in either?",
    mistakes=(
        Mistake(
            name="a share of the cluster",
            wrong=_similar(lambda both, sizes, others: sizes),
            message="You divide by the size of the cluster itself. Then it would lie wholly in a cluster that holds everything: divide by the points in either.",
        ),
        Mistake(
            name="a share of the other cluster",
            wrong=_similar(lambda both, sizes, others: others),
            message="You divide by the size of the other cluster. A single point of the cluster would then count as all of it: divide by the points in either.",
        ),
        Mistake(
            name="common points counted twice",
            wrong=_similar(lambda both, sizes, others: sizes + others),
            message="You divide by the two sizes added up. In that sum the common points stand twice.",
        ),
        Mistake(
            name="points in one alone",
            wrong=_similar(lambda both, sizes, others: sizes + others - 2 * both),
            message="You divide by the points that are in one of the two clusters and not in the other. A point in both is in either as well: count it, once.",
        ),
        Mistake(
            name="Dice",
            wrong=_similar(lambda both, sizes, others: (sizes + others) / 2),
            message="This is another measure, named after Dice: twice the common points by the two sizes. Jaccard divides by the points in either.",
        ),
        Mistake(
            name="the larger of the two",
            wrong=_similar(lambda both, sizes, others: np.maximum(sizes, others)),
            message="You divide by the larger of the two sizes. Divide by the number of points in either of the clusters.",
        ),
        Mistake(
            name="the smaller of the two",
            wrong=_similar(lambda both, sizes, others: np.minimum(sizes, others)),
            message="You divide by the smaller of the two sizes. Divide by the number of points in either of the clusters.",
        ),
        Mistake(
            name="a share of all points",
            wrong=_similar(lambda both, sizes, others: sizes.sum()),
            message="You divide by the number of all points. Those in neither of the two clusters have no say.",
        ),
        Mistake(
            name="points in neither",
            wrong=_with_the_rest,
            message="You count the points that are in neither cluster as agreement. Then small clusters are all alike: leave those points out, above and below.",
        ),
        Mistake(
            name="the same number",
            wrong=_same_number,
            message="You compare clusters of the same number. Each division numbers them in its own way: take the most similar one.",
        ),
        Mistake(
            name="most common points",
            wrong=_by_common,
            message="You take the cluster with most common points, and then its similarity. A large cluster shares many points with anything: take the largest similarity.",
        ),
        Mistake(
            name="as many clusters as the first",
            wrong=_as_many_as_the_first,
            message="You look at no more clusters of the second division than the first one has. It may have more: count its own.",
        ),
        Mistake(
            name="averaged",
            wrong=_mean_similarity,
            message="You average over the clusters of the other division. It is the most similar one that counts.",
        ),
        Mistake(
            name="the clusters of the other division",
            wrong=lambda first, second: answers.stability(second, first),
            message="These are the similarities of the second division's clusters. Asked for are those of the first: one number for each of them.",
        ),
        Mistake(
            name="one number",
            wrong=lambda first, second: answers.stability(first, second).mean(),
            message="You return one number for the whole. An average hides which clusters come back: one for each cluster is asked for.",
        ),
        Mistake(
            name="a distance",
            wrong=lambda first, second: 1 - answers.stability(first, second),
            message="This is a distance, 0 for a cluster that comes back whole. The similarity is asked for.",
        ),
        Mistake(
            name="a count",
            wrong=_similar(lambda both, sizes, others: 1.0),
            message="You return how many points come back together. Divide by the number of points in either of the two clusters.",
        ),
    ),
)


# q9: judgement

_q9 = Choice(
    id="hw12.q9",
    title="What these models say, and what not",
    points=3,
    link=FACTORS,
    options={
        "a": "Put the turned loadings into (20.2), and see what becomes of the turn.",
        "b": "A responsibility compares the components with each other. What is there to compare for a point that is far from all of them but one?",
        "c": "From which assumption are the error rates computed, and what happened in the chapter when it failed?",
        "d": "In what do the answers meet the ability, if all slopes are the same?",
        "e": "Think of one long cloud that is cut across, each time at the same place. What was there to be found in it?",
        "f": "What becomes of a column's loadings and of its noise in factor analysis? And which of the two numbers does probabilistic PCA not let follow?",
    },
)


# q10, beyond: one step of Newton's method


def _one_item(rng, k):
    people = np.round(rng.uniform(5.0, 60.0, k), 1)
    places = np.sort(rng.choice(np.arange(-25, 26), k, replace=False)) / 10
    solvers = np.round(people * rng.uniform(0.1, 0.9, k), 1)
    return places, people, solvers, float(np.round(rng.uniform(0.4, 1.6), 1)), float(np.round(rng.normal(0, 0.8), 1))


def _climbed(curvature, sign=1.0, target=lambda people, solvers, p: solvers - people * p):
    def step(places, people, solvers, slope, intercept):
        z = np.stack([places, np.ones_like(places)])
        p = expit(slope * places + intercept)
        move = sign * np.linalg.solve(curvature(people, p, z), z @ target(people, solvers, p))
        return np.array([slope, intercept]) + move

    return step


def _curvature(people, p, z):
    return people * p * (1 - p) * z @ z.T


_q10 = Function(
    id="hw12.q10",
    title="Beyond: one step of Newton's method",
    points=0,
    link=f"{ITEMS}#eq-22-5",
    names=("places", "people", "solvers", "slope", "intercept"),
    inputs=_one_item,
    sizes=(3, 4, 5, 7, 9),
    hint="The gradient is (22.5). The second derivatives make a 2 by 2 matrix, with N P (1 - P) in each sum.",
    mistakes=(
        Mistake(
            name="downhill",
            wrong=_climbed(_curvature, sign=-1.0),
            message="You step downhill. The bound is concave: minus the second derivatives are positive, and the step has the sign of the gradient.",
        ),
        Mistake(
            name="the step alone",
            wrong=lambda t, people, solvers, slope, intercept: (
                answers.newton(t, people, solvers, slope, intercept) - [slope, intercept]
            ),
            message="This is the step. Where does it lead, from the slope and the intercept that were given?",
        ),
        Mistake(
            name="the intercept first",
            wrong=lambda *arguments: answers.newton(*arguments)[::-1],
            message="The right numbers, the intercept first. Return the slope, then the intercept.",
        ),
        Mistake(
            name="the gradient alone",
            wrong=_climbed(lambda people, p, z: np.eye(2)),
            message="You add the gradient itself. Newton's method divides by the curvature: else the step is far too long where there are many people.",
        ),
        Mistake(
            name="slope and intercept apart",
            wrong=_climbed(lambda people, p, z: np.diag(np.diag(_curvature(people, p, z)))),
            message="You divide each derivative by its own second derivative. Slope and intercept bend the bound together: solve with the whole 2 by 2 matrix.",
        ),
        Mistake(
            name="linear regression",
            wrong=_climbed(lambda people, p, z: people * z @ z.T),
            message="In the curvature P (1 - P) is missing: that is the regression of a straight line.",
        ),
        Mistake(
            name="people not counted",
            wrong=_climbed(lambda people, p, z: p * (1 - p) * z @ z.T),
            message="In the curvature the people are not counted. A place with many of them bends the bound more.",
        ),
        Mistake(
            name="shares for counts",
            wrong=_climbed(_curvature, target=lambda people, solvers, p: solvers / people - p),
            message="In the gradient you take shares where (22.5) has counts: a place counts by its people.",
        ),
        Mistake(
            name="P for P (1 - P)",
            wrong=_climbed(lambda people, p, z: people * p * z @ z.T),
            message="In the curvature stands P. The derivative of P by the log-odds is P (1 - P).",
        ),
    ),
)


# q11: a derivation, read by a teacher

_q11 = Derivation(
    id="hw12.q11",
    title="One accident, counted twice",
    points=2,
    link=f"{LINKAGE}#eq-21-1",
    rubric=(
        "The odds that the model computes are the right ones times m/u where the field agrees and times (1 − m)/(1 − u) where it differs; the second factor of the copy is 1 in truth.",
        "Which pairs come out too sure, in either direction, and why the error rates that the model states cannot show it.",
    ),
)


HOMEWORK = Homework(
    id="hw12",
    title="EM's other homes",
    minutes=90,
    exercises=(_q1, _q2, _q3, _q4, _q5a, _q5b, _q6, _q7, _q8, _q9, _q10, _q11),
)
