"""Homework 5, the E-step: equations (10) to (12)."""

import numpy as np
from scipy.special import logsumexp

from gmm_lib import e_step, gaussian, mixture

from ..checker.catalogue import AnswersOf
from ..checker.choice import Choice
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.telling import in_words, listed, number
from . import draws

answers = AnswersOf("hw05_e_step")  # for what is made from a right answer

CHAPTER = "08_e_step"


# q1: one point, shared out by pencil

_Q1 = dict(weights=(0.6, 0.3, 0.1), densities=(0.05, 0.2, 0.1))


def _q1_draw(lots):
    while True:
        tenths = lots.some_of(lots.one_of(((6, 3, 1), (5, 3, 2), (5, 4, 1), (7, 2, 1))), 3)
        hundredths = lots.some_of((5, 10, 15, 20, 30, 40, 50), 3)
        products = [w * f for w, f in zip(tenths, hundredths)]
        if all(100 * product % sum(products) == 0 for product in products):  # shares of two digits: no calculator
            return dict(weights=tuple(w / 10 for w in tenths), densities=tuple(f / 100 for f in hundredths))


def _q1_told(weights, densities):
    return f"The mixing weights are {listed(weights)}, the densities at the point {listed(densities)}."


def _q1_shows(weights, densities):
    weights, densities = np.array(weights), np.array(densities)
    joint = weights * densities
    return (
        Mistake(
            name="no mixing weights",
            wrong=densities / densities.sum(),
            message="You shared the point out by its densities alone. A common component has more claim to any point than a rare one.",
            link=f"{CHAPTER}#erratum-7",
        ),
        Mistake(
            name="not normalised",
            wrong=joint,
            message="The products are right. They are not shares yet: what must the three sum to?",
        ),
        Mistake(
            name="divided by the weights",
            wrong=densities / weights,
            message="You divided by the mixing weight. The larger the weight, the larger the share should become.",
            link=f"{CHAPTER}#erratum-6",
        ),
        Mistake(
            name="divided by the weights, then normalised",
            wrong=densities / weights / (densities / weights).sum(),
            message="You divided by the mixing weight. The larger the weight, the larger the share should become.",
            link=f"{CHAPTER}#erratum-6",
        ),
        Mistake(
            name="the prior",
            wrong=weights,
            message="These are the mixing weights: what one knows before looking at the point. Its densities have not been used.",
            link="06_posterior#eq-9",
        ),
        Mistake(
            name="hard assignment",
            wrong=np.eye(3)[joint.argmax()],
            message="You gave the whole point to its likeliest component. The E-step shares it out; the doubt is part of the answer.",
        ),
    )


_q1 = Drawn(
    id="hw5.q1",
    title="One point, shared out",
    points=2,
    link=f"{CHAPTER}#eq-10",
    sums_to_one=True,
    hint="Which two numbers are multiplied for each component, and what is each product divided by?",
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: only the weights are learnt, by pencil


_Q2 = dict(total=10, count=6, densities=(0.3, 0.1))


def _q2_draw(lots):
    while True:
        total = lots.one_of((10, 20))
        count = lots.one_of(range(2, total - 1))
        densities = lots.one_of(((0.3, 0.1), (0.1, 0.3), (0.4, 0.1), (0.1, 0.4), (0.6, 0.2), (0.2, 0.6)))
        if 0.05 < _end(total, count, densities) < 0.95:
            return dict(total=total, count=count, densities=densities)


def _q2_told(total, count, densities):
    return (
        f"Of {in_words(total)} points, {in_words(count)} have the densities {listed(densities)} under the components 1 and "
        f"2, the other {in_words(total - count)} {listed(densities[::-1])}."
    )


def _next(weight, total, count, densities):
    """The weight of component 1 after one more iteration."""
    f, g = densities
    return (count * weight * f / (g + (f - g) * weight) + (total - count) * weight * g / (f + (g - f) * weight)) / total


def _end(total, count, densities):
    """The weight that is its own successor, where the log-likelihood has its only peak; outside 0 to 1 it has none."""
    f, g = densities
    return (count * f - (total - count) * g) / ((f - g) * total)


def _q2_shows(total, count, densities):
    first, end = _next(0.5, total, count, densities), _end(total, count, densities)
    larger, edge = max(densities) / sum(densities), float(first > 0.5)
    wholly = (count if densities[0] > densities[1] else total - count) / total
    return (
        Mistake(
            name="not divided by n",
            wrong=[first * total, end * total],
            message=f"These are the effective counts, out of {in_words(total)} points. Weights sum to one.",
            link=f"{CHAPTER}#erratum-10",
        ),
        Mistake(
            name="hard counts",
            wrong=[wholly, wholly],
            message=f"You counted each point wholly for its larger share. A point shared {number(larger)} to {number(1 - larger)} counts {number(larger)} here and {number(1 - larger)} there.",
        ),
        Mistake(
            name="only the second iteration",
            wrong=[first, _next(first, total, count, densities)],
            message="The first number is right, and the second is where the next iteration leads. They go on: at which weight would an iteration change nothing?",
        ),
        Mistake(
            name="the end is the first step",
            wrong=[first, first],
            message="The first number is right. From there the next iteration moves on, since the new weights change the responsibilities.",
        ),
        Mistake(
            name="the other fixed point",
            wrong=[first, edge],
            message=f"The first number is right. A weight of {in_words(int(edge))} stays where it is, that is true; but EM that starts at one half does not come to it: there is another weight that stays.",
        ),
        Mistake(
            name="the other component",
            wrong=[1 - first, 1 - end],
            message="Right for component 2. The weight of component 1 is asked for.",
        ),
        Mistake(
            name="weights left out of the responsibilities",
            wrong=[first, 0.5],
            message="The first number is right. Once the weights are no longer equal, they have a say in the responsibilities.",
            link=f"{CHAPTER}#erratum-7",
        ),
    )


_q2 = Drawn(
    id="hw5.q2",
    title="How common is each component",
    points=2,
    link=f"{CHAPTER}#eq-12",
    hint="Two kinds of points, so two responsibilities. For the end of the run: which weight is its own successor?",
    apart=((0,), (1,)),
    numbers=_Q2,
    draw=_q2_draw,
    told=_q2_told,
    shows=_q2_shows,
)


# q3: the responsibilities


def _log_f(X, parameters):
    return gaussian.log_densities(X, parameters.means, parameters.covariances)


def _rows(joint):
    return joint / joint.sum(axis=1, keepdims=True)


def _no_weights(X, parameters):
    return _rows(np.exp(_log_f(X, parameters)))


def _divided_by_weights(X, parameters):
    return np.exp(_log_f(X, parameters)) / parameters.weights


def _divided_by_weights_normalised(X, parameters):
    return _rows(_divided_by_weights(X, parameters))


def _joint_density(X, parameters):
    return np.exp(mixture.log_joint(X, parameters))


def _columns(X, parameters):
    joint = _joint_density(X, parameters)
    return joint / joint.sum(axis=0)


def _grand_total(X, parameters):
    joint = _joint_density(X, parameters)
    return joint / joint.sum()


def _weight_added_to_logarithm(X, parameters):
    return e_step.normalize(parameters.weights + _log_f(X, parameters))


def _weighted_after(X, parameters):
    return parameters.weights * _no_weights(X, parameters)


def _hard(X, parameters):
    w = e_step.responsibilities(X, parameters)
    return np.eye(parameters.k)[w.argmax(axis=1)]


def _quadratic(X, parameters, matrices, half=0.5, determinant=True):
    logs = np.empty((len(X), parameters.k))
    for j in range(parameters.k):
        r = X - parameters.means[j]
        logs[:, j] = np.log(parameters.weights[j]) - half * np.einsum("ia,ab,ib->i", r, matrices[j], r)
        if determinant:
            logs[:, j] -= 0.5 * np.linalg.slogdet(parameters.covariances[j])[1]
    return e_step.normalize(logs)


def _covariance_not_inverted(X, parameters):
    return _quadratic(X, parameters, parameters.covariances)


def _round_components(X, parameters):
    return _quadratic(X, parameters, [np.eye(parameters.m)] * parameters.k, determinant=False)


def _no_determinant(X, parameters):
    return _quadratic(X, parameters, np.linalg.inv(parameters.covariances), determinant=False)


def _no_half(X, parameters):
    return _quadratic(X, parameters, np.linalg.inv(parameters.covariances), half=1.0)


_q3 = Function(
    id="hw5.q3",
    title="Responsibilities",
    points=3,
    link=f"{CHAPTER}#eq-11",
    names=("X", "parameters"),
    inputs=draws.problem,
    sizes=draws.SIZES,
    rows_sum_to_one=True,
    hint="Take one point and one component: which two numbers make their joint density?",
    mistakes=(
        Mistake(
            name="no mixing weights",
            wrong=_no_weights,
            message="The mixing weights have no say in your result: formula (11) as the article prints it. Double the weight of a component, and it should claim more.",
            link=f"{CHAPTER}#erratum-7",
        ),
        Mistake(
            name="divided by the weights",
            wrong=_divided_by_weights,
            message="You divide by the mixing weights: formula (10) as the article prints it. A larger weight should mean a larger share.",
            link=f"{CHAPTER}#erratum-6",
        ),
        Mistake(
            name="divided by the weights, then normalised",
            wrong=_divided_by_weights_normalised,
            message="You divide by the mixing weights. A larger weight should mean a larger share.",
            link=f"{CHAPTER}#erratum-6",
        ),
        Mistake(
            name="not normalised",
            wrong=_joint_density,
            message="This is the joint density, the top of the fraction. What must each row be divided by?",
            link=f"{CHAPTER}#eq-10",
        ),
        Mistake(
            name="wrong axis",
            wrong=_columns,
            message="Your columns sum to one. A responsibility answers: of all components, which produced this point? So it is the row that sums to one.",
            link=f"{CHAPTER}#erratum-9",
        ),
        Mistake(
            name="divided by the grand total",
            wrong=_grand_total,
            message="You divide by the sum over all points and components. Each point is shared out on its own: keep the rows apart (axis=1, keepdims=True).",
        ),
        Mistake(
            name="weights after normalising",
            wrong=_weighted_after,
            message="You multiply by the weights after the rows were normalised, so they no longer sum to one. The weight belongs inside the fraction, above and below.",
        ),
        Mistake(
            name="weight added to the logarithm",
            wrong=_weight_added_to_logarithm,
            message="You add the weight itself to the log-density. A product becomes a sum of two logarithms.",
            link=f"{CHAPTER}#eq-8-2",
        ),
        Mistake(
            name="hard assignment",
            wrong=_hard,
            message="You give each point wholly to its likeliest component. That is another method; the E-step keeps the doubt.",
        ),
        Mistake(
            name="covariance not inverted",
            wrong=_covariance_not_inverted,
            message="The quadratic form uses the covariance where its inverse belongs: a wide component should forgive a large distance, not punish it.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="covariances ignored",
            wrong=_round_components,
            message="Your components are all round and equally wide: the covariances have no say. Measure the distance in standard deviations.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="no determinant",
            wrong=_no_determinant,
            message="The determinant is missing from the density. Between components of different size it does not cancel.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="no half in the exponent",
            wrong=_no_half,
            message="The quadratic form stands in the exponent without its factor one half.",
            link="05_gaussian#eq-7",
        ),
    ),
)


# q4: in log-space


def _log_joint(rng, size):
    return (draws.logarithms(rng, size),)


def _far_rows(rng):
    a = np.round(rng.normal(0.0, 1.0, (3, 3)), 1)
    return (a + np.array([[-1.0], [-2000.0], [900.0]]),)


def _weight_zero(rng):
    a = np.round(rng.normal(0.0, 1.0, (2, 3)), 1)
    a[0, 1] = -np.inf
    return (a,)


def _shifted(log_joint, shift, epsilon=0.0):
    terms = np.exp(log_joint - shift)
    return terms / (terms.sum(axis=1, keepdims=True) + epsilon)


def _linear_space(log_joint):
    return _shifted(log_joint, 0.0)


def _global_maximum(log_joint):
    return _shifted(log_joint, log_joint.max())


def _column_maximum(log_joint):
    # Not the same as the row's own: it shifts the components against each other.
    return _shifted(log_joint, log_joint.max(axis=0))


def _epsilon(log_joint):
    return _shifted(log_joint, 0.0, 1e-300)


def _nan_replaced(log_joint):
    return np.nan_to_num(_linear_space(log_joint))


def _clipped(log_joint):
    return _linear_space(np.clip(log_joint, -700, 700))


def _softmax_of_columns(log_joint):
    return np.exp(log_joint - logsumexp(log_joint, axis=0))


def _softmax_of_all(log_joint):
    return np.exp(log_joint - logsumexp(log_joint))


def _logs_divided(log_joint):
    return log_joint / log_joint.sum(axis=1, keepdims=True)


def _only_shifted(log_joint):
    return np.exp(log_joint - log_joint.max(axis=1, keepdims=True))


def _still_logarithms(log_joint):
    return log_joint - logsumexp(log_joint, axis=1, keepdims=True)


_q4 = Function(
    id="hw5.q4",
    title="Normalised in log-space",
    points=3,
    link=f"{CHAPTER}#eq-8-2",
    inputs=_log_joint,
    sizes=draws.SIZES,
    corners=(_far_rows, _weight_zero),
    rows_sum_to_one=True,
    hint="Add the same number to a whole row: its responsibilities must not change.",
    mistakes=(
        Mistake(
            name="linear space",
            wrong=_linear_space,
            message="Right for ordinary points. For a row near -2000 every exponential is 0 and you get 0/0, for one near 900 it is infinite. Subtract something from the row first.",
        ),
        Mistake(
            name="global maximum",
            wrong=_global_maximum,
            message="You subtract the largest entry of the whole array. A row far below it underflows, though it did nothing wrong: each row needs its own shift.",
        ),
        Mistake(
            name="maximum of the columns",
            wrong=_column_maximum,
            message="You subtract the largest entry of each column. That moves the components against each other; only a shift common to a row cancels.",
        ),
        Mistake(
            name="epsilon in the denominator",
            wrong=_epsilon,
            message="A small number in the denominator hides the 0/0: the far row then sums to zero, and its point is lost without a word.",
        ),
        Mistake(
            name="NaN replaced",
            wrong=_nan_replaced,
            message="For a far row zeros come out in the place of shares, so that it no longer sums to one. What would be 0/0 must not arise in the first place.",
        ),
        Mistake(
            name="clipped",
            wrong=_clipped,
            message="In a row beyond the range of the machine all entries come out equal, as if nothing spoke for one component more than for another. What matters are the differences in a row: keep them until the exponential.",
        ),
        Mistake(
            name="wrong axis",
            wrong=_softmax_of_columns,
            message="Your columns sum to one; the rows should: each point is shared out among the components.",
            link=f"{CHAPTER}#erratum-9",
        ),
        Mistake(
            name="divided by the grand total",
            wrong=_softmax_of_all,
            message="You divide by the sum over the whole array. Each row is normalised on its own (axis=1, keepdims=True).",
        ),
        Mistake(
            name="logarithms divided",
            wrong=_logs_divided,
            message="You divide logarithms by their sum. It is the densities that are divided; for their logarithms that is a subtraction.",
        ),
        Mistake(
            name="shifted but not normalised",
            wrong=_only_shifted,
            message="The shift is right, and the largest entry of each row is now 1. The row must still be divided by its sum.",
        ),
        Mistake(
            name="still logarithms",
            wrong=_still_logarithms,
            message="These are the logarithms of the responsibilities. One step is missing.",
        ),
    ),
)


# q5: the mixing weights


def _responsibilities(rng, size):
    return (draws.shares(rng, size),)


def _counts(responsibilities):
    return responsibilities.sum(axis=0)


def _per_point(responsibilities):
    return responsibilities.mean(axis=1)


def _hard_weights(responsibilities):
    k = responsibilities.shape[1]
    return np.bincount(responsibilities.argmax(axis=1), minlength=k) / len(responsibilities)


def _by_k(responsibilities):
    return responsibilities.sum(axis=0) / responsibilities.shape[1]


def _by_n_minus_one(responsibilities):
    return responsibilities.sum(axis=0) / (len(responsibilities) - 1)


def _largest(responsibilities):
    return responsibilities.max(axis=0)


def _equal(responsibilities):
    k = responsibilities.shape[1]
    return np.full(k, 1 / k)


def _one_number(responsibilities):
    return responsibilities.mean()


_q5 = Function(
    id="hw5.q5",
    title="Mixing weights",
    points=2,
    link=f"{CHAPTER}#eq-12",
    inputs=_responsibilities,
    sizes=draws.SIZES,
    hint="It is an average, one for each component.",
    mistakes=(
        Mistake(
            name="not divided by n",
            wrong=_counts,
            message="Your weights sum to n, the number of points: formula (12) as the article prints it. They must sum to one.",
            link=f"{CHAPTER}#erratum-10",
        ),
        Mistake(
            name="wrong axis",
            wrong=_per_point,
            message="You average each row: one number a point, always 1/k. The average runs over the points, which are the rows (axis=0).",
        ),
        Mistake(
            name="averaged over everything",
            wrong=_one_number,
            message="You average over the whole array: one number, always 1/k. There is one weight for each component (axis=0).",
        ),
        Mistake(
            name="hard counts",
            wrong=_hard_weights,
            message="You count each point wholly for its likeliest component. Its share is what counts: 0.6 here, 0.4 there.",
        ),
        Mistake(
            name="divided by k",
            wrong=_by_k,
            message="You divide by k, the number of components. The average is over the points.",
        ),
        Mistake(
            name="divided by n - 1",
            wrong=_by_n_minus_one,
            message="You divide by n - 1. That belongs to unbiased variances; the weights must sum to one.",
        ),
        Mistake(
            name="largest in each column",
            wrong=_largest,
            message="You take the largest entry of each column. Every point has a say, not only the surest.",
        ),
        Mistake(
            name="equal weights",
            wrong=_equal,
            message="You give every component the same weight, whatever the responsibilities say. They are the data of this step.",
        ),
    ),
)


# q6: judgement

_q6 = Choice(
    id="hw5.q6",
    title="What the E-step says, and what not",
    points=3,
    link=CHAPTER,
    options={
        "a": "Which numbers does the E-step change, and does the log-likelihood depend on any of them?",
        "b": "Think of a component that is rare: its density at its own mean may still be outweighed by the weight of a common one.",
        "c": "Look at where the data and the means enter the density: only in one combination.",
        "d": "The responsibility is the model's belief about its own components. Nobody has told the model what a species is, and its shape may be wrong.",
        "e": "If each column sums to one, what is the average of a column of n numbers?",
        "f": "With identity covariances the shares are still soft. Something has to go to zero before the nearest mean takes all.",
    },
)


# q7, beyond: how far is another answer from the best


def _two_answers(rng, size):
    return draws.shares(rng, size), draws.shares(rng, size)


def _hard_rival(rng):
    w = draws.responsibilities(rng, 3)
    return np.eye(3)[w.argmax(axis=1)], w


def _reversed_gap(v, w):
    return answers.gap(w, v)


def _naive_gap(v, w):
    return (v * np.log(v / w)).sum()


def _mean_gap(v, w):
    return answers.gap(v, w) / len(v)


def _bits(v, w):
    return answers.gap(v, w) / np.log(2)


def _cross_entropy(v, w):
    return -(v * np.log(w)).sum()


def _squared_distance(v, w):
    return ((v - w) ** 2).sum()


def _gap_by_row(v, w):
    return np.array([answers.gap(v[i : i + 1], w[i : i + 1]) for i in range(len(v))])


_q7 = Function(
    id="hw5.q7",
    title="Beyond: how much a rival loses",
    points=0,
    link=f"{CHAPTER}#eq-8-1",
    inputs=_two_answers,
    sizes=draws.SIZES,
    corners=(_hard_rival,),
    hint="For v = w it must be zero, and otherwise positive.",
    mistakes=(
        Mistake(
            name="zero times minus infinity",
            wrong=_naive_gap,
            message="Right while every entry of v is above zero. Where one is 0 you compute 0 times log 0, which is nan; the term counts as 0.",
        ),
        Mistake(
            name="reversed divergence",
            wrong=_reversed_gap,
            message="The two arguments have changed places. The divergence is not symmetric: the average is taken with v.",
        ),
        Mistake(
            name="averaged over the points",
            wrong=_mean_gap,
            message="You average over the points. The log-likelihood is a sum over them, so its gap is one too.",
        ),
        Mistake(
            name="in bits",
            wrong=_bits,
            message="You measure in bits (log2). Log-likelihoods are in nats: use the natural logarithm.",
        ),
        Mistake(
            name="cross-entropy",
            wrong=_cross_entropy,
            message="This is the cross-entropy: it is not zero when v equals w. The entropy of v is missing.",
        ),
        Mistake(
            name="squared distance",
            wrong=_squared_distance,
            message="A sum of squares is zero at the right place, but it is not what the lower bound loses. A logarithm must appear.",
        ),
        Mistake(
            name="one number a point",
            wrong=_gap_by_row,
            message="You return one number for each point. Add them up: the gap is a single number.",
        ),
    ),
)


# q8: a derivation, read by a teacher

_q8 = Derivation(
    id="hw5.q8",
    title="Why the posterior is the best answer",
    points=2,
    link="08_e_step#eq-8-1",
    rubric=(
        "The inequality, by log t ≤ t − 1 or by Jensen, with the terms of v = 0 treated rightly.",
        "The case of equality, and the consequence: the bound touches the log-likelihood at the posterior and nowhere else.",
    ),
)


HOMEWORK = Homework(
    id="hw5",
    title="The E-step",
    minutes=55,
    exercises=(_q1, _q2, _q3, _q4, _q5, _q6, _q7, _q8),
)
