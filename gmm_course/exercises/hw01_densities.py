"""Homework 1, densities: equations (1), (2) and (7)."""

import math

import numpy as np
from scipy.linalg import solve_triangular
from scipy.stats import norm

from gmm_lib import gaussian, mixture
from gmm_lib.parameters import Parameters

from ..checker.catalogue import AnswersOf
from ..checker.choice import Choice
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.telling import listed, number, point, table
from . import draws
from .part_mistakes import in_part

answers = AnswersOf("hw01_densities")  # for what is made from a right answer

MIXTURE = "02_mixture"
GAUSSIAN = "05_gaussian"
LOG_2PI = np.log(2 * np.pi)


# q1: two hills at three points, by pencil

_Q1 = dict(first=0.0, deviation=2.0, weight=0.25)  # the second hill stands two of its deviations from the first


def _q1_draw(lots):
    return dict(
        first=lots.one_of((-3.0, -2.0, -1.0, 1.0, 2.0, 3.0)),
        deviation=lots.one_of((2.0, 3.0)),
        weight=lots.one_of((0.2, 0.25, 0.3, 0.4, 0.6, 0.7, 0.75, 0.8)),
    )


def _q1_told(first, deviation, weight):
    distances = sorted({0, 1, 2, deviation, 2 * deviation})
    return (
        f"The first component has the mean {number(first)} and the **variance** 1, the second the mean "
        f"{number(first + 2 * deviation)} and the **variance** {number(deviation**2)}. Their mixing weights are "
        f"{listed((weight, 1 - weight))}. The points are {listed(first + deviation * np.arange(3))}. From the table:\n\n"
        + table(
            ["distance from the mean, in standard deviations", *map(number, distances)],
            ["height", *(f"{_bell(d):.4f}" for d in distances)],
        )
    )


def _bell(z):
    return np.exp(-np.square(z) / 2) / np.sqrt(2 * np.pi)


def _height(points, mean, deviation):
    return _bell((points - mean) / deviation) / deviation


def _two_hills(points, means, deviations, weights):
    return _height(points[:, np.newaxis], means, np.array(deviations)) @ np.asarray(weights)


def _q1_shows(first, deviation, weight):
    points, means = first + deviation * np.arange(3), (first, first + 2 * deviation)
    weights, deviations = np.array([weight, 1 - weight]), (1.0, deviation)
    narrow = _bell(points - means[0])
    wide = _bell((points - means[1]) / deviation)  # its height not yet divided by its deviation
    center = weights @ means
    return (
        Mistake(
            name="height not divided by the deviation",
            wrong=weights @ [narrow, wide],
            message="The wide hill is as tall as the narrow one in your answer. Both have area 1: what does a greater width do to the height?",
            link=f"{GAUSSIAN}#eq-5-1",
        ),
        Mistake(
            name="variance for standard deviation",
            wrong=_two_hills(points, means, (1.0, deviation**2), weights),
            message=f"You took the variance {number(deviation**2)} for the width. The width of the second hill is its standard deviation, a square root.",
            link=f"{GAUSSIAN}#eq-5-1",
        ),
        Mistake(
            name="distance not in standard deviations",
            wrong=weights @ [narrow, _bell(points - means[1]) / deviation],
            message=f"The height of the wide hill is right, but the table is asked for distances in standard deviations: how many of them is {number(deviation)} for this hill?",
            link=f"{GAUSSIAN}#eq-5-1",
        ),
        Mistake(
            name="the second hill as narrow as the first",
            wrong=_two_hills(points, means, (1.0, 1.0), weights),
            message=f"Both your hills have the width 1. The second has the variance {number(deviation**2)}.",
        ),
        Mistake(
            name="not weighted",
            wrong=_two_hills(points, means, deviations, (1, 1)),
            message="You added the two heights as they are. Two hills of area 1 make an area of 2: how much of the whole is each?",
        ),
        Mistake(
            name="equal weights",
            wrong=_two_hills(points, means, deviations, (0.5, 0.5)),
            message=f"You averaged the two heights evenly. The mixture has {number(weight)} of one hill and {number(1 - weight)} of the other.",
        ),
        Mistake(
            name="weights exchanged",
            wrong=_two_hills(points, means, deviations, weights[::-1]),
            message=f"The two weights have changed places. Which hill owns {number(max(weights))} of the whole?",
        ),
        Mistake(
            name="negative weight",
            wrong=_two_hills(points, means, deviations, weights * [1, -1]),
            message="You subtract the second hill. A weight must not be negative: it is a share of the whole.",
            link=f"{MIXTURE}#erratum-1",
        ),
        Mistake(
            name="a sum of variables",
            wrong=_height(points, center, np.sqrt(weights**2 @ np.square(deviations))),
            message="That is one bell: the density of the weighted sum of two variables. A mixture adds the densities themselves.",
        ),
        Mistake(
            name="parameters averaged",
            wrong=_height(points, center, np.sqrt(weights @ np.square(deviations))),
            message="You averaged the means and the variances and drew one bell from them. Two hills stay two: average their heights, point by point.",
        ),
        Mistake(
            name="only the first hill",
            wrong=weights[0] * narrow,
            message="These are the terms of the first hill alone. The second reaches every point too.",
        ),
        Mistake(
            name="only the second hill",
            wrong=weights[1] * wide / deviation,
            message="These are the terms of the second hill alone. The first reaches every point too.",
        ),
    )


_q1 = Drawn(
    id="hw1.q1",
    title="Two hills at three points",
    points=2,
    link=f"{MIXTURE}#eq-1",
    tolerance=7e-4,
    hint="Take one point: how high is each hill there, and what is each height multiplied by?",
    apart=((0,), (1,), (2,)),
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: one Gaussian in the plane, by pencil

_Q2 = dict(mean=(1.0, -2.0), triangle=(3.0, 1.0, 2.0), z=(2.0, 2.0))  # L = (3 0; 1 2), and x = mean + L z


def _q2_draw(lots):
    return dict(
        mean=tuple(lots.some_of((-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0), 2)),
        triangle=(lots.one_of((2.0, 3.0, 4.0)), lots.one_of((-2.0, -1.0, 1.0, 2.0)), lots.one_of((2.0, 3.0))),
        z=tuple(lots.one_of((-2.0, -1.0, 1.0, 2.0)) for _ in range(2)),
    )


def _hill(mean, triangle, z):
    """(L, covariance, point less mean)."""
    L = np.array([[triangle[0], 0.0], triangle[1:]])
    return L, L @ L.T, L @ z


def _q2_told(mean, triangle, z):
    _, S, r = _hill(mean, triangle, z)
    return (
        f"The component has the mean {point(mean)} and a covariance with the rows {point(S[0])} and {point(S[1])}; the point "
        f"is {point(np.add(mean, r))}. Useful: log 2 = 0.6931, log 3 = 1.0986, log 2π = 1.8379."
    )


def _log_height(square, log_determinant, twopi=1.0, half=0.5):
    return -twopi * LOG_2PI - half * square - 0.5 * log_determinant


def _q2_shows(mean, triangle, z):
    L, S, r = _hill(mean, triangle, z)
    square, determinant, variances = np.square(z).sum(), L[0, 0] ** 2 * L[1, 1] ** 2, np.diag(S)
    log_determinant = np.log(determinant)
    right = _log_height(square, log_determinant)
    return (
        Mistake(
            name="k for m",
            wrong=_log_height(square, log_determinant, twopi=1.5),
            message="You counted three factors of the root of 2π, one for each component of the mixture: formula (7) as the article prints it. How many directions does this hill spread in?",
            link=f"{GAUSSIAN}#erratum-4",
        ),
        Mistake(
            name="root of 2 pi forgotten",
            wrong=_log_height(square, log_determinant, twopi=2.0),
            message="The power of 2π stands under the root as well: your constant is twice too large.",
        ),
        Mistake(
            name="one dimension's 2 pi",
            wrong=_log_height(square, log_determinant, twopi=0.5),
            message="Your constant is that of a bell in one dimension. Each direction brings a root of 2π of its own.",
        ),
        Mistake(
            name="no 2 pi",
            wrong=_log_height(square, log_determinant, twopi=0.0),
            message="The factor with 2π is missing. Without it the hill has not the volume 1.",
        ),
        Mistake(
            name="no half at the determinant",
            wrong=_log_height(square, 2 * log_determinant),
            message="The determinant stands under a root in (7). What does a root become in the logarithm?",
            link=f"{GAUSSIAN}#eq-7",
        ),
        Mistake(
            name="half at the determinant twice",
            wrong=_log_height(square, log_determinant / 2),
            message="You halved the log-determinant twice: the diagonal of L multiplies to the root of the determinant already.",
        ),
        Mistake(
            name="no determinant",
            wrong=_log_height(square, 0.0),
            message="The determinant is missing. A hill spread over more ground must be lower.",
        ),
        Mistake(
            name="determinant multiplied",
            wrong=_log_height(square, -log_determinant),
            message="The determinant has the wrong side of the fraction: a wider hill should be lower.",
        ),
        Mistake(
            name="no half at the distance",
            wrong=_log_height(square, log_determinant, half=1.0),
            message="The squared distance stands in the exponent without its factor one half.",
        ),
        Mistake(
            name="distance not squared",
            wrong=_log_height(np.sqrt(square), log_determinant),
            message="You used the distance; the exponent holds its square.",
        ),
        Mistake(
            name="distance by the ruler",
            wrong=_log_height(r @ r, log_determinant),
            message="You measured with a ruler. The distance counts in standard deviations, in the direction of the point.",
            link=f"{GAUSSIAN}#eq-5-3",
        ),
        Mistake(
            name="covariance not inverted",
            wrong=_log_height(r @ S @ r, log_determinant),
            message="You multiplied by the covariance where its inverse belongs: a large variance should make a distance count less, not more.",
            link=f"{GAUSSIAN}#eq-7",
        ),
        Mistake(
            name="covariances beside the diagonal ignored",
            wrong=_log_height((r**2 / variances).sum(), np.log(variances.prod())),
            message=f"You used the two variances only. The {number(S[0, 1])} beside them tilts the hill.",
        ),
        Mistake(
            name="triangle upside down",
            wrong=_log_height(np.square(np.linalg.solve(L.T, r)).sum(), log_determinant),
            message="You solved the triangle from the bottom, that is with the transpose of L. Start with the row that holds one number only.",
            link=f"{GAUSSIAN}#eq-5-2",
        ),
        Mistake(
            name="multiplied by L",
            wrong=_log_height(np.square(L @ r).sum(), log_determinant),
            message="You multiplied the difference by L. It leads from z to x; here you come from x and look for z.",
            link=f"{GAUSSIAN}#eq-5-2",
        ),
        Mistake(
            name="determinant with a plus",
            wrong=_log_height(square, np.log(variances.prod() + S[0, 1] ** 2)),
            message="Check the determinant: the product of the diagonal less the product of the other two.",
        ),
        Mistake(
            name="the density itself",
            wrong=np.exp(right),
            message="That is a density; its logarithm is asked for.",
        ),
        Mistake(
            name="decimal logarithm",
            wrong=right / np.log(10),
            message="You used the logarithm to base ten. The natural one undoes the exponential of the formula.",
        ),
        Mistake(
            name="positive",
            wrong=-right,
            message="Right apart from the sign: this density is far below 1.",
        ),
    )


_q2 = Drawn(
    id="hw1.q2",
    title="A tilted hill",
    points=2,
    link=f"{GAUSSIAN}#eq-5-4",
    hint="Find the three parts one by one: the distance squared, half the log-determinant, and the power of 2π.",
    numbers=_Q2,
    draw=_q2_draw,
    told=_q2_told,
    shows=_q2_shows,
)


# q3: which weights are allowed


def _inexact(rng, k):
    """Weights whose sum misses one by a rounding error, in whatever way they are added."""
    while True:
        w = rng.dirichlet(np.full(k, 2.0))
        if 1 not in (sum(w), w.sum(), math.fsum(w)):
            return w


def _some_weights(rng, case):
    """Case 1 is a single component; the rest go round the ways in which weights can be right and wrong."""
    w = draws.weights(rng, 3)
    if case == 1:
        return (np.array([1.0]),)
    if case == 2:
        a = np.round(rng.uniform(0.2, 0.9), 1)
        return (np.array([1 + a, -a]),)
    if case == 3:
        return (np.round(w * 0.8, 3),)
    if case == 4:
        return (np.round(w * rng.choice([1.2, 1.4]), 3),)
    if case == 8:
        return (np.round(w * rng.choice([0.2, 0.4]), 3),)
    if case == 5:
        return (np.insert(draws.weights(rng, 2), rng.integers(3), 0.0),)
    if case == 6:
        a = np.round(rng.uniform(0.05, 0.3), 2)  # negative, though all lie below one
        return (np.array([0.5 + a, -a, 0.5]),)
    if case == 9:  # a part in thirty is missing, or one too many
        return (np.round(w * (1 + 0.03 * rng.choice([-1, 1])), 5),)
    if case == 10:  # and one in a thousand: far more than rounding leaves
        return (np.round(w * (1 + 0.001 * rng.choice([-1, 1])), 6),)
    if case == 11:  # a sum of one, and a little below zero
        return (np.append(draws.weights(rng, 2), 0.0) + np.array([0.0005, 0.0, -0.0005]),)
    if case == 12:
        return (_inexact(rng, 2),)
    return (_inexact(rng, 4),)


def _sum_only(weights):
    return abs(weights.sum() - 1) < 1e-8


def _sign_only(weights):
    return (weights >= 0).all()


def _exactly_one(weights):
    return weights.sum() == 1 and (weights >= 0).all()


def _exactly_one_and_any_sign(weights):
    return weights.sum() == 1


def _zero_refused(weights):
    return _sum_only(weights) and (weights > 0).all()


def _one_refused(weights):
    return _sum_only(weights) and (weights >= 0).all() and (weights < 1).all()


def _open_interval(weights):
    return _sum_only(weights) and (weights > 0).all() and (weights < 1).all()


def _at_most_one(weights):
    return weights.sum() <= 1 + 1e-8 and (weights >= 0).all()


def _not_too_large(weights):
    return _sum_only(weights) and (weights <= 1).all()


def _exact_and_positive(weights):
    return weights.sum() == 1 and (weights > 0).all()


def _always(weights):
    return True


def _never(weights):
    return False


def _rounded_sum(weights):
    return (weights >= 0).all() and round(weights.sum()) == 1


def _within(tolerance):
    return lambda weights: abs(weights.sum() - 1) < tolerance and (weights >= 0).all()


_q3 = Function(
    id="hw1.q3",
    title="Which weights are allowed",
    points=2,
    link=f"{MIXTURE}#eq-2",
    inputs=_some_weights,
    sizes=tuple(range(1, 13)),
    hint="Two conditions must both hold, and nothing else. (1 stands for True, 0 for False.)",
    mistakes=(
        Mistake(
            name="negative weights pass",
            wrong=_sum_only,
            message="You ask only for the sum, as the article does in (2). The weights 1.5 and −0.5 pass, and their density is negative in places.",
            link=f"{MIXTURE}#erratum-1",
        ),
        Mistake(
            name="negative weights pass, sum exact",
            wrong=_exactly_one_and_any_sign,
            message="You ask only for the sum, as the article does in (2). The weights 1.5 and −0.5 pass, and their density is negative in places.",
            link=f"{MIXTURE}#erratum-1",
        ),
        Mistake(
            name="only an upper bound",
            wrong=_not_too_large,
            message="You keep the weights from being larger than one. Which other border can a weight cross while the sum stays one?",
            link=f"{MIXTURE}#erratum-1",
        ),
        Mistake(
            name="sum not asked",
            wrong=_sign_only,
            message="You look at each weight by itself. What must all of them do together, so that the density integrates to one?",
        ),
        Mistake(
            name="exact comparison",
            wrong=_exactly_one,
            message="Honest weights are refused: in floating-point numbers a sum often misses one by a rounding error of 1e-16. Compare with a little tolerance.",
        ),
        Mistake(
            name="exact comparison, zero refused",
            wrong=_exact_and_positive,
            message="Honest weights are refused: in floating-point numbers a sum often misses one by a rounding error of 1e-16. Compare with a little tolerance.",
        ),
        Mistake(
            name="zero refused",
            wrong=_zero_refused,
            message="You refuse a weight of exactly zero. Such a component has no part in the sum, and does no harm.",
        ),
        Mistake(
            name="one refused",
            wrong=_one_refused,
            message="You refuse a weight of exactly one. A mixture may have a single component.",
        ),
        Mistake(
            name="zero and one refused",
            wrong=_open_interval,
            message="You refuse the borders zero and one. An idle component does no harm, and a mixture may have a single one.",
        ),
        Mistake(
            name="sum at most one",
            wrong=_at_most_one,
            message="Weights that sum to less than one pass. Some of the probability would be missing.",
        ),
        Mistake(
            name="always true",
            wrong=_always,
            message="Your guard lets everything in. Which weights would make the density negative somewhere, or its area other than one?",
        ),
        Mistake(
            name="always false",
            wrong=_never,
            message="Your guard lets nothing in, not even the single weight 1. Try it on weights you trust.",
        ),
        Mistake(
            name="wide tolerance",
            wrong=_within(0.05),
            message="Weights whose sum misses one by three parts in a hundred pass. A rounding error is a million million times smaller: how wide need the tolerance be?",
        ),
        Mistake(
            name="wide tolerance, thousandths",
            wrong=_within(0.002),
            message="Weights whose sum misses one by a thousandth pass. A rounding error is a million million times smaller: how wide need the tolerance be?",
        ),
        Mistake(
            name="a little below zero passes",
            wrong=lambda weights: _sum_only(weights) and (weights > -0.001).all(),
            message="A weight a little below zero passes. However small it is, its component can make the density negative, far out if it is a wide one.",
            link=f"{MIXTURE}#erratum-1",
        ),
        Mistake(
            name="sum rounded",
            wrong=_rounded_sum,
            message="Your tolerance is very wide: weights that sum to 0.8 or 1.2 pass. Leave room for rounding errors, not for missing parts.",
        ),
    ),
)


# q4: the logarithm of the Gaussian density, for all points and components


def _quadratic(X, mean, covariance):
    r = X - mean
    return np.einsum("ia,ab,ib->i", r, np.linalg.inv(covariance), r)


def _not_inverted(X, mean, covariance):
    r = X - mean
    return np.einsum("ia,ab,ib->i", r, covariance, r)


def _ruler(X, mean, covariance):
    return ((X - mean) ** 2).sum(axis=1)


def _variances_only(X, mean, covariance):
    return ((X - mean) ** 2 / np.diag(covariance)).sum(axis=1)


def _distance(X, mean, covariance):
    return np.sqrt(_quadratic(X, mean, covariance))


def _upside_down(X, mean, covariance):
    z = solve_triangular(np.linalg.cholesky(covariance).T, (X - mean).T, lower=False)
    return (z**2).sum(axis=0)


def _times_l(X, mean, covariance):
    return (((X - mean) @ np.linalg.cholesky(covariance).T) ** 2).sum(axis=1)


def _one_solve(X, mean, covariance):
    # L^-1 used as if it were the inverse of the covariance
    r = (X - mean).T
    return (r * np.linalg.solve(np.linalg.cholesky(covariance), r)).sum(axis=0)


def _solved_twice(X, mean, covariance):
    return (np.linalg.solve(covariance, (X - mean).T) ** 2).sum(axis=0)


def _log_determinant(covariance):
    return np.linalg.slogdet(covariance)[1]


def _determinant_logged(covariance):
    return np.log(np.linalg.det(covariance))


def _variant(
    quadratic=_quadratic, log_determinant=_log_determinant, half=0.5, share=0.5, twopi=lambda m, k: 0.5 * m, base=1.0
):
    """The function with one thing changed in it."""

    def log_densities(X, means, covariances):
        k, m = means.shape
        columns = [
            -twopi(m, k) * LOG_2PI - half * quadratic(X, mean, S) - share * log_determinant(S)
            for mean, S in zip(means, covariances)
        ]
        return np.column_stack(columns) / base

    return log_densities


def _density_logged(X, means, covariances):
    m = X.shape[1]
    columns = [
        np.exp(-0.5 * _quadratic(X, mean, S)) / np.sqrt((2 * np.pi) ** m * np.linalg.det(S))
        for mean, S in zip(means, covariances)
    ]
    return np.log(np.column_stack(columns))


def _safe_density_logged(X, means, covariances):
    return np.log(np.exp(gaussian.log_densities(X, means, covariances)))


def _plain_density(X, means, covariances):
    return np.exp(gaussian.log_densities(X, means, covariances))


def _density_logged_with_epsilon(X, means, covariances):
    return np.log(np.exp(gaussian.log_densities(X, means, covariances)) + 1e-300)


def _hills(rng, size):
    X, drawn = draws.problem(rng, size)
    return X, drawn.means, drawn.covariances


def _far_point(rng):
    X, means, covariances = _hills(rng, draws.Size(4, 3, 2))
    X[-1] = np.round(X[-1] + 900)
    return X, means, covariances


def _many_dimensions(rng):
    # Neither the determinant (10^-720) nor the product of the Cholesky factor's diagonal (10^-360) is a machine number.
    m = 120
    variances = rng.integers(5, 15, (2, m)) * 1e-7
    return rng.integers(-2, 3, (3, m)) * 1e-3, np.zeros((2, m)), np.stack([np.diag(v) for v in variances])


_q4 = Function(
    id="hw1.q4",
    title="The Gaussian density, as a logarithm",
    points=3,
    link=f"{GAUSSIAN}#eq-7",
    names=("X", "means", "covariances"),
    inputs=_hills,
    sizes=draws.SIZES,
    corners=(_far_point, _many_dimensions),
    hint="Look at one component with mean 0 and covariance 1, at the point 0: its log-density must be −0.9189.",
    mistakes=(
        Mistake(
            name="k for m",
            wrong=_variant(twopi=lambda m, k: 0.5 * k),
            message="You raise 2π to the number of components: formula (7) as the article prints it. A hill cannot know how many other hills there are. What does it know?",
            link=f"{GAUSSIAN}#erratum-4",
        ),
        Mistake(
            name="root of 2 pi forgotten",
            wrong=_variant(twopi=lambda m, k: m),
            message="The power of 2π stands under the root in (7): your constant is twice too large.",
        ),
        Mistake(
            name="one dimension's 2 pi",
            wrong=_variant(twopi=lambda m, k: 0.5),
            message="Your constant is that of a bell in one dimension, whatever m is. Each direction brings a root of 2π of its own.",
        ),
        Mistake(
            name="no 2 pi",
            wrong=_variant(twopi=lambda m, k: 0),
            message="The factor with 2π is missing: the hill is right in shape, but its volume is not 1.",
        ),
        Mistake(
            name="no half at the determinant",
            wrong=_variant(share=1.0),
            message="The determinant stands under a root in (7). What does a root become in the logarithm?",
        ),
        Mistake(
            name="half at the determinant twice",
            wrong=_variant(share=0.25),
            message="You halve the log-determinant twice. The diagonal of L multiplies to the root of the determinant already.",
            link=f"{GAUSSIAN}#eq-5-4",
        ),
        Mistake(
            name="no determinant",
            wrong=_variant(share=0.0),
            message="The determinant is missing. A hill spread over more ground must be lower.",
        ),
        Mistake(
            name="no normaliser",
            wrong=_variant(share=0.0, twopi=lambda m, k: 0),
            message="The exponent is right. The factor before the exponential is missing, with the 2π and the determinant: without it the volume is not 1.",
        ),
        Mistake(
            name="determinant multiplied",
            wrong=_variant(share=-0.5),
            message="The determinant has the wrong side of the fraction: a wider hill should be lower.",
        ),
        Mistake(
            name="determinant underflows",
            wrong=_variant(log_determinant=_determinant_logged),
            message="Right in a few dimensions. In 120 with small variances the determinant, a product, is below the smallest machine number, and its logarithm −inf. Can a logarithm of a product be had without the product?",
        ),
        Mistake(
            name="logarithm taken last",
            wrong=_density_logged,
            message="You compute the density and take its logarithm last. Far from the mean the density is 0 for the machine, and log 0 says nothing. Take the logarithm of the formula, on paper.",
            link=f"{GAUSSIAN}#eq-5-4",
        ),
        Mistake(
            name="logarithm of an underflowed density",
            wrong=_safe_density_logged,
            message="Far from the mean you take the logarithm of a density that has become 0. The logarithm must come before the exponential, not after it.",
            link=f"{GAUSSIAN}#eq-5-4",
        ),
        Mistake(
            name="the density itself",
            wrong=_plain_density,
            message="These are the densities. Their logarithms are asked for, and a far point shows why: its density is 0 for the machine.",
        ),
        Mistake(
            name="epsilon in the logarithm",
            wrong=_density_logged_with_epsilon,
            message="A small number added to the density keeps the logarithm finite, but then all far points look equally far. Their distance is what the logarithm should tell.",
        ),
        Mistake(
            name="no half at the distance",
            wrong=_variant(half=1.0),
            message="The squared distance stands in the exponent without its factor one half.",
        ),
        Mistake(
            name="exponent positive",
            wrong=_variant(half=-0.5),
            message="Your density grows with the distance from the mean. Which sign has the exponent?",
        ),
        Mistake(
            name="distance not squared",
            wrong=_variant(quadratic=_distance),
            message="You use the distance; the exponent holds its square.",
            link=f"{GAUSSIAN}#eq-5-3",
        ),
        Mistake(
            name="covariance not inverted",
            wrong=_variant(quadratic=_not_inverted),
            message="You multiply by the covariance where its inverse belongs: a large variance should make a distance count less, not more.",
        ),
        Mistake(
            name="distance by the ruler",
            wrong=_variant(quadratic=_ruler),
            message="You measure distances with a ruler: the covariance has no say in them. They count in standard deviations.",
            link=f"{GAUSSIAN}#eq-5-3",
        ),
        Mistake(
            name="covariances beside the diagonal ignored",
            wrong=_variant(quadratic=_variances_only, log_determinant=lambda S: np.log(np.diag(S)).sum()),
            message="You use the variances only. The entries beside the diagonal tilt the hill.",
        ),
        Mistake(
            name="variances only in the distance",
            wrong=_variant(quadratic=_variances_only),
            message="Your determinant knows the whole matrix, your distance only its diagonal. The entries beside it tilt the hill.",
        ),
        Mistake(
            name="triangle upside down",
            wrong=_variant(quadratic=_upside_down),
            message="You solve with the transpose of L. Which of the two triangles stands first in Σ = L Lᵀ, and which undoes x = μ + L z?",
            link=f"{GAUSSIAN}#eq-5-2",
        ),
        Mistake(
            name="multiplied by L",
            wrong=_variant(quadratic=_times_l),
            message="You multiply by L. It leads from z to x; here you come from x and look for z.",
            link=f"{GAUSSIAN}#eq-5-2",
        ),
        Mistake(
            name="factor for covariance",
            wrong=_variant(quadratic=_one_solve),
            message="You use the inverse of L as if it were that of Σ. With L you get z, and the squared distance is the squared length of z.",
            link=f"{GAUSSIAN}#eq-5-3",
        ),
        Mistake(
            name="covariance for standard deviation",
            wrong=_variant(quadratic=_solved_twice, share=1.0),
            message="You treat Σ as if it were the standard deviation, and divide by it twice. It is the square already: the width's part is played by L.",
            link=f"{GAUSSIAN}#eq-5-2",
        ),
        Mistake(
            name="covariance for standard deviation in the distance",
            wrong=_variant(quadratic=_solved_twice),
            message="Your distance divides by Σ and then squares, so that Σ counts twice. It plays the part of a variance, not of a standard deviation.",
            link=f"{GAUSSIAN}#eq-5-2",
        ),
        Mistake(
            name="decimal logarithm",
            wrong=_variant(base=np.log(10)),
            message="You use the logarithm to base ten. The natural one undoes the exponential of the formula.",
        ),
    ),
)


# q5: the mixture density


def _heights(X, parameters):
    return np.exp(gaussian.log_densities(X, parameters.means, parameters.covariances))


def _printed_exponent(X, parameters):
    return mixture.density(X, parameters) * (2 * np.pi) ** ((parameters.m - parameters.k) / 2)


def _no_weights(X, parameters):
    return _heights(X, parameters).sum(axis=1)


def _equal_weights(X, parameters):
    return _heights(X, parameters).mean(axis=1)


def _terms(X, parameters):
    return _heights(X, parameters) * parameters.weights


def _shares(X, parameters):
    return _terms(X, parameters) / _terms(X, parameters).sum(axis=1, keepdims=True)


def _over_points(X, parameters):
    return _terms(X, parameters).sum(axis=0)


def _over_everything(X, parameters):
    return _terms(X, parameters).sum()


def _product(X, parameters):
    return _terms(X, parameters).prod(axis=1)


def _geometric(X, parameters):
    return np.exp(np.log(_heights(X, parameters)) @ parameters.weights)


def _logs_weighted(X, parameters):
    return np.log(_heights(X, parameters)) @ parameters.weights


def _logs_added(X, parameters):
    return mixture.log_joint(X, parameters).sum(axis=1)


def _untilted(X, parameters):
    variances = [np.diag(np.diag(S)) for S in parameters.covariances]
    return mixture.density(X, Parameters(parameters.weights, parameters.means, variances))


def _highest_term(X, parameters):
    return _terms(X, parameters).max(axis=1)


def _one_bell(X, mean, covariance):
    return np.exp(gaussian.log_density(X, mean, covariance))


def _averaged_parameters(X, parameters):
    return _one_bell(
        X, parameters.weights @ parameters.means, np.einsum("j,jab->ab", parameters.weights, parameters.covariances)
    )


def _first_term(X, parameters):
    return _terms(X, parameters)[:, 0]


def _last_term(X, parameters):
    return _terms(X, parameters)[:, -1]


def _matched_moments(X, parameters):
    r = parameters.means - parameters.weights @ parameters.means
    spread = parameters.covariances + r[:, :, np.newaxis] * r[:, np.newaxis]
    return _one_bell(X, parameters.weights @ parameters.means, np.einsum("j,jab->ab", parameters.weights, spread))


def _added_variables(X, parameters):
    w = parameters.weights
    return _one_bell(X, w @ parameters.means, np.einsum("j,jab->ab", w**2, parameters.covariances))


def _weighted_twice(X, parameters):
    return _heights(X, parameters) @ parameters.weights**2


def _divided(X, parameters):
    return (_heights(X, parameters) / parameters.weights).sum(axis=1)


def _weighted_and_averaged(X, parameters):
    return _terms(X, parameters).mean(axis=1)


def _weights_added(X, parameters):
    return np.exp(np.log(_heights(X, parameters)) + parameters.weights).sum(axis=1)


_q5 = Function(
    id="hw1.q5",
    title="The mixture density",
    points=3,
    link=f"{MIXTURE}#eq-1",
    names=("X", "parameters"),
    inputs=draws.problem,
    sizes=draws.SIZES,
    rtol=1e-6,
    atol=1e-14,
    hint="At each point: the height of every hill, times its weight, added up.",
    mistakes=(
        Mistake(
            name="k for m",
            wrong=_printed_exponent,
            message="Your hills have 2π to the power of the number of components, as the article prints it in (7). The exponent is the number of dimensions.",
            link=f"{GAUSSIAN}#erratum-4",
        ),
        Mistake(
            name="not weighted",
            wrong=_no_weights,
            message="You add the heights without their weights: the whole has a volume of k. How much of it belongs to each component?",
        ),
        Mistake(
            name="equal weights",
            wrong=_equal_weights,
            message="You average the heights evenly. Each component has a weight of its own.",
        ),
        Mistake(
            name="terms not added",
            wrong=_terms,
            message="These are the terms of the sum, one column for each component. One number a point is asked for: add them.",
        ),
        Mistake(
            name="shares of the height",
            wrong=_shares,
            message="These are the shares each component has in the height: they come in chapter 6. Here the height itself is asked for.",
        ),
        Mistake(
            name="added over the points",
            wrong=_over_points,
            message="You add along the points: one number for each component comes out. The sum runs over the components (axis=1).",
        ),
        Mistake(
            name="added over everything",
            wrong=_over_everything,
            message="You add over points and components at once. Each point has a density of its own.",
        ),
        Mistake(
            name="multiplied instead of added",
            wrong=_product,
            message="You multiply the terms over the components. A point comes from one component or another: or means plus.",
        ),
        Mistake(
            name="logarithms averaged, then exponentiated",
            wrong=_geometric,
            message="You weigh the logarithms of the heights and then exponentiate: a geometric mean. The mixture averages the heights themselves.",
        ),
        Mistake(
            name="logarithms averaged",
            wrong=_logs_weighted,
            message="You weigh the log-densities. The logarithm of a sum is not the sum of the logarithms: go back to heights before you average.",
        ),
        Mistake(
            name="logarithms added",
            wrong=_logs_added,
            message="You add the logarithms of the terms, which multiplies the terms. A point comes from one component or another: or means plus.",
        ),
        Mistake(
            name="covariances beside the diagonal ignored",
            wrong=_untilted,
            message="Your hills are not tilted: only the variances, on the diagonal, have a say. The entries beside them matter too.",
            link=f"{GAUSSIAN}#eq-7",
        ),
        Mistake(
            name="highest term only",
            wrong=_highest_term,
            message="You keep the largest term only. Where hills overlap, both count.",
        ),
        Mistake(
            name="one component only",
            wrong=_last_term,
            message="Only one component is left in your result. If you loop over them: does each turn add to what is there, and does the return wait for the last?",
        ),
        Mistake(
            name="first component only",
            wrong=_first_term,
            message="Only the first component is in your result. If you loop over them: does the return wait for the last?",
        ),
        Mistake(
            name="parameters averaged",
            wrong=_averaged_parameters,
            message="You average means and covariances into a single hill. The mixture keeps its hills and averages their heights.",
        ),
        Mistake(
            name="one hill of the same moments",
            wrong=_matched_moments,
            message="This is the single Gaussian with the mean and covariance of the mixture. It agrees in these two, and in the hills it does not.",
        ),
        Mistake(
            name="a sum of variables",
            wrong=_added_variables,
            message="This is the density of a weighted sum of Gaussian variables: a single hill. A mixture adds densities, not variables.",
        ),
        Mistake(
            name="weighted twice",
            wrong=_weighted_twice,
            message="The weights come in twice. Once is enough for the sum of all to have volume 1.",
        ),
        Mistake(
            name="divided by the weights",
            wrong=_divided,
            message="You divide by the weights. A component with a larger share should add more, not less.",
        ),
        Mistake(
            name="weighted, then averaged",
            wrong=_weighted_and_averaged,
            message="You weigh the heights and then divide by k besides. The weights sum to one, so that the weighted sum is an average already.",
        ),
        Mistake(
            name="weight added to the logarithm",
            wrong=_weights_added,
            message="You add the weight itself to the log-density. A product of weight and height becomes a sum of two logarithms.",
        ),
    ),
)


# q6: judgement

_q6 = Choice(
    id="hw1.q6",
    title="What a density is, and what not",
    points=3,
    link=MIXTURE,
    options={
        "a": "Slide two equal hills together. Does the valley last until they coincide? And in the plane two ridges can cross.",
        "b": "A density is probability per centimetre. What happens to its height when the hill becomes very narrow, with the area kept?",
        "c": "The integral of a weighted sum is the weighted sum of the integrals. Is the integral all that a density must get right?",
        "d": "Adding variables and adding densities are two things. How many hills does each of them make?",
        "e": "Where could a sum of 1.1 have come from, if every step before had been right? Does the division repair that step?",
        "f": "The wrong exponent is the same factor for every component and every point. What happens to it in a quotient of two densities?",
    },
)


# q7, beyond: a slice through a mixture


def _value_and_parameters(rng, k):
    drawn = draws.parameters(rng, k)
    tilted = [
        np.array([[S[0, 0], s], [s, S[1, 1]]])
        for S, s in zip(drawn.covariances, np.round(rng.uniform(0.2, 0.4, k) * rng.choice([-1, 1], k), 2))
    ]
    return float(np.round(drawn.means[0, 0] + rng.uniform(0.5, 1.5), 1)), Parameters(drawn.weights, drawn.means, tilted)


def _of_part(part, rule, name, message, link=None):
    return in_part(part, rule, _slice, name, message, link)


def _slice(value, parameters):
    return dict(zip(("weights", "means", "variances"), answers.conditional(value, parameters)))


def _posterior_of_wrong_width(value, parameters):
    shadow = parameters.weights * norm.pdf(value, parameters.means[:, 0], parameters.covariances[:, 0, 0])
    return shadow / shadow.sum()


def _unnormalised_shadow(value, parameters):
    return parameters.weights * norm.pdf(value, parameters.means[:, 0], np.sqrt(parameters.covariances[:, 0, 0]))


def _shadow_without_weights(value, parameters):
    shadow = norm.pdf(value, parameters.means[:, 0], np.sqrt(parameters.covariances[:, 0, 0]))
    return shadow / shadow.sum()


def _moved(value, parameters, slope):
    return parameters.means[:, 1] + slope * (value - parameters.means[:, 0])


def _swapped(value, parameters):
    order = [1, 0]
    return answers.conditional(
        value, Parameters(parameters.weights, parameters.means[:, order], parameters.covariances[:, order][:, :, order])
    )


_q7 = Function(
    id="hw1.q7",
    title="Beyond: a slice through a mixture",
    points=0,
    link=f"{GAUSSIAN}#eq-5-6",
    names=("value", "parameters"),
    inputs=_value_and_parameters,
    sizes=(1, 2, 3, 4),
    parts=("weights", "means", "variances"),
    by_component={"weights": 0, "means": 0, "variances": 0},
    hint="Write the mixture density of both coordinates, divide it by that of the first, and see what stands in front of each hill.",
    mistakes=(
        Mistake(
            name="coordinates exchanged",
            wrong=_swapped,
            message="The two coordinates have changed places: the first is known, the second is asked about.",
        ),
        _of_part(
            "weights",
            lambda v, p: p.weights,
            "weights unchanged",
            "The weights of the slice are not those of the whole: a component that lies far from the known value has little to say there. How well does each explain it?",
        ),
        _of_part(
            "weights",
            _shadow_without_weights,
            "mixing weights left out",
            "The new weights follow how well each component explains the known value, and also how common it is: the mixing weights have no say yet.",
            f"{MIXTURE}#eq-1",
        ),
        _of_part(
            "weights",
            _unnormalised_shadow,
            "weights not normalised",
            "The weights have the right proportions. Of a mixture they must sum to one.",
            f"{MIXTURE}#eq-2",
        ),
        _of_part(
            "weights",
            _posterior_of_wrong_width,
            "variance for standard deviation in the weights",
            "In the weights a variance is used where a standard deviation is meant (the scale of SciPy's norm is one).",
            f"{GAUSSIAN}#eq-5-1",
        ),
        _of_part(
            "means",
            lambda v, p: p.means[:, 1],
            "means unchanged",
            "The means are those of the shadow. In a tilted hill, knowing one coordinate moves the centre of the other.",
        ),
        _of_part(
            "means",
            lambda v, p: _moved(v, p, p.covariances[:, 0, 1]),
            "means with the covariance for the slope",
            "The mean moves by the covariance times the distance: in which units would that be? Something must be divided out.",
        ),
        _of_part(
            "means",
            lambda v, p: _moved(v, p, p.covariances[:, 0, 1] / p.covariances[:, 1, 1]),
            "means with the slope of the other way round",
            "In the means, the covariance is divided by the variance of the unknown coordinate. Which coordinate's distance is being converted?",
        ),
        _of_part(
            "means",
            lambda v, p: _moved(
                v, p, p.covariances[:, 0, 1] / np.sqrt(p.covariances[:, 0, 0] * p.covariances[:, 1, 1])
            ),
            "means with the correlation for the slope",
            "The means move by the correlation times the distance. That is right only where both coordinates have the same spread.",
        ),
        _of_part(
            "variances",
            lambda v, p: p.covariances[:, 1, 1],
            "variances unchanged",
            "The variances are those of the shadow. In a tilted hill, knowing one coordinate leaves less doubt about the other.",
        ),
        _of_part(
            "variances",
            lambda v, p: p.covariances[:, 1, 1] - p.covariances[:, 0, 1] / p.covariances[:, 0, 0],
            "variances with the covariance not squared",
            "From the variances something of another unit is subtracted: cm from square cm. How often does the covariance stand in (5.6)?",
        ),
        _of_part(
            "variances",
            lambda v, p: np.sqrt(answers.conditional(v, p)[2]),
            "standard deviations",
            "These are standard deviations; the variances are asked for.",
        ),
        _of_part(
            "variances",
            lambda v, p: 2 * p.covariances[:, 1, 1] - answers.conditional(v, p)[2],
            "variances larger",
            "Your slices are wider than the shadow. Can knowing more leave one less sure, within one Gaussian hill?",
        ),
    ),
)


# q8: a derivation, read by a teacher

_q8 = Derivation(
    id="hw1.q8",
    title="A Gaussian has the volume one",
    points=2,
    link="05_gaussian#eq-5-2",
    rubric=(
        "The substitution x = μ + L z with Σ = L Lᵀ, or a rotation to the axes, with its Jacobian: the root of the determinant.",
        "The integral falls apart into m equal ones, and the conclusion, with (2π)^((m − k)/2) for the article's exponent.",
    ),
)


HOMEWORK = Homework(
    id="hw1",
    title="Densities",
    minutes=60,
    exercises=(_q1, _q2, _q3, _q4, _q5, _q6, _q7, _q8),
)
