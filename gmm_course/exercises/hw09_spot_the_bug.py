"""Homework 9, spot the bug: nine short implementations, each with a mistake that published code really made."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, softmax
from scipy.stats import norm

from gmm_lib import e_step, gaussian, m_step

from ..checker.calling import call
from ..checker.catalogue import AnswersOf
from ..checker.derivation import Derivation
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.model_class import ModelClass, PredictTwice
from ..checker.spot import Spot
from ..checker.text import Idea
from . import draws, rows_at_random
from . import m_step_formulas as formulas

answers = AnswersOf("hw09_spot_the_bug")  # for what is made from a right answer


def _four(rng, size):
    """Points, and the three parts of a mixture as separate arrays."""
    X, theta = draws.problem(rng, size)
    return X, np.array(theta.weights), np.array(theta.means), np.array(theta.covariances)


def _log_joint(X, weights, means, covariances):
    return np.log(weights) + gaussian.log_densities(X, means, covariances)


# 1: mixing weights that never update

ITERATION = "08_e_step#eq-12"


def _with_weights(rule):
    def implementation(X, weights, means, covariances):
        w = softmax(_log_joint(X, weights, means, covariances), axis=1)
        _, new_means, new_covariances = answers.iterate(X, weights, means, covariances)
        return rule(w, weights), new_means, new_covariances

    return implementation


def _about_old_means(X, weights, means, covariances):
    w = softmax(_log_joint(X, weights, means, covariances), axis=1)
    return e_step.mixing_weights(w), m_step.means(X, w), m_step.covariances(X, w, means)


_q1a = Spot(
    id="hw9.q1a",
    title="One iteration, found",
    points=1,
    link=ITERATION,
    total=7,
    innocent={
        1: "Line 1 is the E-step in log-space, and a good one. Follow what is made of w afterwards.",
        2: "Line 2 gives the effective counts, as it should. Follow them through the lines that come after.",
    },
    ideas=(
        Idea(
            words=("weight", "shares", "phi"),
            hint="Which of the three results of an iteration is it about? Name it.",
        ),
        Idea(
            words=(
                "never",
                "not updat",
                "not chang",
                "not used",
                "not return",
                "not hand",
                "n't updat",
                "n't chang",
                "n't used",
                "n't return",
                "old",
                "same",
                "unchanged",
                "stay",
                "ignor",
                "discard",
                "thrown",
                "throws",
                "unused",
                "forgot",
                "keep",
                "kept",
                "instead",
                "constant",
                "fixed",
                "came in",
                "no use",
                "input",
            ),
            hint="What becomes of the number computed in line 3, and what is handed back in its place?",
        ),
    ),
)

_q1b = Function(
    id="hw9.q1b",
    title="One iteration, mended",
    points=1,
    link=ITERATION,
    inputs=_four,
    sizes=formulas.SIZES,
    parts=("weights", "means", "covariances"),
    all_or_nothing=True,  # of the broken program some parts are right
    hint="Means and covariances were right already: only one of the three results has to change.",
    mistakes=(
        Mistake(
            name="weights never update",
            wrong=_with_weights(lambda w, old: old),
            message="The mixing weights still come out as they went in. On Old Faithful they would stay at one half each, iteration after iteration.",
        ),
        Mistake(
            name="not divided by n",
            wrong=_with_weights(lambda w, old: w.sum(axis=0)),
            message="The weights move now, but they are effective counts: they sum to n. What must mixing weights sum to?",
            link="08_e_step#erratum-10",
        ),
        Mistake(
            name="wrong axis",
            wrong=_with_weights(lambda w, old: w.mean(axis=1)),
            message="You average each row of the responsibilities. A mixing weight is an average over the points, one for each component.",
        ),
        Mistake(
            name="hard counts",
            wrong=_with_weights(lambda w, old: np.bincount(w.argmax(axis=1), minlength=w.shape[1]) / len(w)),
            message="The weights move now, but you count each point wholly for its likeliest component. Its share is what counts.",
        ),
        Mistake(
            name="equal weights",
            wrong=_with_weights(lambda w, old: np.full(w.shape[1], 1 / w.shape[1])),
            message="You make all weights equal, whatever the responsibilities say. How much of the data does each component hold?",
        ),
        Mistake(
            name="old and new weights multiplied",
            wrong=_with_weights(lambda w, old: old * w.mean(axis=0)),
            message="You multiply the new weights into the old ones. The old ones have had their say in the E-step; the new ones take their place.",
        ),
        Mistake(
            name="about the old means",
            wrong=_about_old_means,
            message="The weights are mended. The covariances are now taken about the old means; before your change it was the new ones.",
            link="09_m_step#eq-14",
        ),
    ),
)


# 2: log-sum-exp with the global maximum

LOG_SPACE = "08_e_step#eq-8-2"


def _logs(rng, size):
    return (draws.logarithms(rng, size),)


def _far_rows(rng):
    a = np.round(rng.normal(0.0, 1.0, (3, 3)), 1)
    return (a + np.array([[-1.0], [-2000.0], [900.0]]),)


def _one_absent(rng):
    a = np.round(rng.normal(0.0, 1.0, (2, 3)), 1)
    a[0, 1] = -np.inf
    return (a,)


def _shifted_by(shift, back=True, guard=0.0):
    def implementation(logs):
        by = shift(logs)
        summed = np.log(np.exp(logs - by).sum(axis=1) + guard)
        return summed + np.ravel(by) if back else summed

    return implementation


def _column_shift(logs):
    by = logs.max(axis=0)
    return np.log(np.exp(logs - by).sum(axis=1)) + by.max()


_whole = _shifted_by(lambda a: a.max())

_q2a = Spot(
    id="hw9.q2a",
    title="Log-sum-exp, found",
    points=1,
    link=LOG_SPACE,
    total=3,
    innocent={
        2: "Line 2 subtracts what it is handed and takes the exponential. Is it handed the right number?",
        3: "Line 3 sees zeros under its logarithm, but they were made earlier. Where?",
    },
    ideas=(
        Idea(
            words=("row", "each", "own", "global", "whole", "everything", "all ", "overall", "axis", "entire", "array"),
            hint="Of which numbers is this the largest, and of which should it be?",
        ),
        Idea(
            words=("inf", "underflow", "zero", "0", "far", "small", "tiny", "vanish"),
            hint="What does the exponential give for a row that lies thousands below that number?",
        ),
    ),
)

_q2b = Function(
    id="hw9.q2b",
    title="Log-sum-exp, mended",
    points=1,
    link=LOG_SPACE,
    inputs=_logs,
    sizes=draws.SIZES,
    corners=(_far_rows, _one_absent),
    hint="Whatever is subtracted inside the exponential must be added back outside the logarithm.",
    mistakes=(
        Mistake(
            name="global maximum",
            wrong=_whole,
            message="A row far below the largest entry of the array still comes out as -inf, though nothing is wrong with that row. Its shift is made for another.",
        ),
        Mistake(
            name="no shift",
            wrong=_shifted_by(lambda a: 0.0),
            message="Without any shift the row near -2000 is still -inf, and the one near 900 has become inf. The idea of a shift was good.",
        ),
        Mistake(
            name="shift not added back",
            wrong=_shifted_by(lambda a: a.max(axis=1, keepdims=True), back=False),
            message="No row is -inf any more. But the shift is subtracted and never added back, so that every row comes out too low.",
        ),
        Mistake(
            name="another shift outside than inside",
            wrong=lambda logs: np.log(np.exp(logs - logs.max()).sum(axis=1)) + logs.max(axis=1),
            message="Outside you add the largest entry of each row, and inside you still subtract another number. The two must be the same, or the shift is not undone.",
        ),
        Mistake(
            name="smallest entry",
            wrong=_shifted_by(lambda a: a.min(axis=1, keepdims=True)),
            message="Each row has a shift of its own now, but a risky one: where an entry is -inf, there is nothing left. Which entry of a row makes no exponential larger than 1?",
        ),
        Mistake(
            name="maximum of the columns",
            wrong=_column_shift,
            message="You shift each column by its own maximum. Inside a sum over one row all terms must be shifted alike, or the shift cannot be undone.",
        ),
        Mistake(
            name="small number added",
            wrong=_shifted_by(lambda a: a.max(), guard=1e-300),
            message="The small number under the logarithm hides the zero: the far row now gets a value of its making, off by hundreds. The zero itself must not arise.",
        ),
        Mistake(
            name="infinity replaced",
            wrong=lambda logs: np.nan_to_num(_whole(logs), neginf=0.0),
            message="You put another number in the place of -inf. What the far row holds is lost all the same; it has a perfectly ordinary answer.",
        ),
        Mistake(
            name="maximum instead of sum",
            wrong=lambda logs: logs.max(axis=1),
            message="You return the largest entry of each row. It is close when one term dominates; the other terms count too.",
        ),
        Mistake(
            name="summed over everything",
            wrong=lambda logs: logsumexp(logs),
            message="You return one number for the whole array. Each row, that is each point, has a sum of its own.",
        ),
    ),
)


# 3: a Mahalanobis distance with the covariance instead of its inverse

DENSITY = "05_gaussian#eq-7"


def _one_gaussian(rng, size):
    X, theta = draws.problem(rng, size)
    return X, np.array(theta.means[0]), np.array(theta.covariances[0])


def _with_matrix(matrix, half=0.5, determinant=lambda s: np.linalg.slogdet(s)[1], power=1.0):
    def implementation(X, mean, covariance):
        r = X - mean
        distance = np.einsum("ia,ab,ib->i", r, matrix(covariance), r) ** power
        return -half * distance - 0.5 * (determinant(covariance) + X.shape[1] * np.log(2 * np.pi))

    return implementation


def _inverse_root(covariance):
    return np.linalg.inv(np.linalg.cholesky(covariance))


_q3a = Spot(
    id="hw9.q3a",
    title="The Gaussian density, found",
    points=1,
    link=DENSITY,
    total=4,
    innocent={
        3: "Line 3 takes the logarithm of the determinant, safely. Compare a covariance of 4I with I: which other term moves the wrong way?",
        4: "Line 4 puts the constant, the determinant and the distance together rightly. One of the three is not what its name says.",
    },
    ideas=(
        Idea(
            words=("invers", "inv(", "inverted", "solve", "precision", "**-1", "^-1", "⁻¹", "-1"),
            hint="Which matrix belongs between the two residuals?",
        ),
        Idea(
            words=(
                "identity",
                "unit",
                "wide",
                "broad",
                "spread",
                "far",
                "punish",
                "narrow",
                "variance",
                "integrat",
                "volume",
                "scale",
                "distance",
                "large",
                "small",
                "i)",
                "own inverse",
                "differ",
            ),
            hint="And what does one see: for which covariance does nothing show, and what happens for a wide one?",
        ),
    ),
)

_q3b = Function(
    id="hw9.q3b",
    title="The Gaussian density, mended",
    points=1,
    link=DENSITY,
    names=("X", "mean", "covariance"),
    inputs=_one_gaussian,
    sizes=draws.SIZES,
    hint="Distances are measured in standard deviations: twice the spread, half the distance.",
    mistakes=(
        Mistake(
            name="covariance not inverted",
            wrong=_with_matrix(lambda s: s),
            message="A wide component still punishes a distance more than a narrow one. Try one dimension with variance 4: the density of a point two away should be that of one standard deviation.",
        ),
        Mistake(
            name="entries inverted one by one",
            wrong=_with_matrix(lambda s: 1 / s),
            message="You take one over each entry. That inverts numbers, not a matrix: multiply yours by the covariance and see whether you get the identity.",
        ),
        Mistake(
            name="only the diagonal inverted",
            wrong=_with_matrix(lambda s: np.diag(1 / np.diag(s))),
            message="Right for components whose axes are those of the plot. You use the variances only; the correlation has no say in the distance.",
        ),
        Mistake(
            name="inverse of the factor",
            wrong=_with_matrix(_inverse_root),
            message="You have the inverse of the Cholesky factor between the residuals. It undoes one square root of the covariance; there are two.",
            link="05_gaussian",
        ),
        Mistake(
            name="only the variances",
            wrong=lambda X, mean, covariance: norm.logpdf(X, mean, np.sqrt(np.diag(covariance))).sum(axis=1),
            message="Yours is the density of independent coordinates: the variances count, and the correlation has no say at all.",
        ),
        Mistake(
            name="inverse taken for the covariance",
            wrong=_with_matrix(lambda s: s, determinant=lambda s: -np.linalg.slogdet(s)[1]),
            message="You hand the inverse on as if it were the covariance: it is then inverted once more, and distance and determinant are those of another component.",
        ),
        Mistake(
            name="factor on the wrong side",
            wrong=_with_matrix(lambda s: _inverse_root(s) @ _inverse_root(s).T),
            message="You use the inverse of the Cholesky factor twice, which is a good way; but on which side of it do the residuals stand? Try a covariance that is not diagonal.",
        ),
        Mistake(
            name="inverse squared",
            wrong=_with_matrix(lambda s: np.linalg.inv(s) @ np.linalg.inv(s)),
            message="The inverse comes in twice: with variance 4 you divide the squared distance by 16.",
        ),
        Mistake(
            name="distance not squared",
            wrong=_with_matrix(np.linalg.inv, power=0.5),
            message="The matrix is right. You took the square root of the quadratic form; the exponent holds the distance squared.",
        ),
        Mistake(
            name="determinant of the inverse",
            wrong=_with_matrix(np.linalg.inv, determinant=lambda s: -np.linalg.slogdet(s)[1]),
            message="The distance is mended. Now the determinant has turned round: a wide component must be lower at its own mean than a narrow one.",
        ),
        Mistake(
            name="no half in the exponent",
            wrong=_with_matrix(np.linalg.inv, half=1.0),
            message="The matrix is right; the quadratic form has lost its factor one half.",
        ),
        Mistake(
            name="no determinant",
            wrong=_with_matrix(np.linalg.inv, determinant=lambda s: 0.0),
            message="The distance is mended, but the determinant has gone: now the density no longer integrates to one.",
        ),
    ),
)


# 4: the E-step's weight is the complement of the M-step's

TWO = "08_e_step#eq-10"


def _line_of_points(rng, n):
    means = np.round(rng.normal(0.0, 1.5, 2), 1) + np.array([-1.0, 1.0])
    return (
        np.round(rng.normal(0.0, 2.0, n), 1),
        float(rng.choice([0.15, 0.2, 0.3, 0.4, 0.7, 0.8])),
        np.round(means, 1),
        np.round(rng.uniform(0.8, 2.0, 2), 1),
    )


def _iterate_with(first_weight, second_weight, new_weight):
    def implementation(x, weight, means, sds):
        first = first_weight(weight) * norm.pdf(x, means[0], sds[0])
        second = second_weight(weight) * norm.pdf(x, means[1], sds[1])
        share = second / (first + second)
        both = np.column_stack([1 - share, share])
        centres = both.T @ x / both.sum(axis=0)
        spreads = np.sqrt((both * (x[:, np.newaxis] - centres) ** 2).sum(axis=0) / both.sum(axis=0))
        return new_weight(share), centres, spreads

    return implementation


def _same(value):
    return value


def _rest(value):
    return 1 - value


_q4a = Spot(
    id="hw9.q4a",
    title="Two Gaussians on a line, found",
    points=1,
    link=TWO,
    total=8,
    innocent={
        3: "Line 3 divides the second by the sum of both: the share of the second component, as it says. Are the two products themselves right?",
        8: "Line 8 hands back what was made. Follow the weight through one whole turn: whose is it where it is used, and whose where it is made?",
    },
    ideas=(
        Idea(
            words=(
                "complement",
                "1 -",
                "1-",
                "one minus",
                "swap",
                "chang",
                "other",
                "opposite",
                "wrong component",
                "first",
                "exchang",
                "mixed up",
                "convention",
                "contradict",
                "disagree",
                "revers",
                "interchang",
                "agree",
            ),
            hint="Whose weight is it in lines 1 and 2, and whose in line 4?",
        ),
        Idea(
            words=(
                "fall",
                "fell",
                "decreas",
                "drop",
                "down",
                "lower",
                "oscillat",
                "back and forth",
                "to and fro",
                "monoton",
                "flip",
                "jump",
                "swing",
                "not rise",
                "log-likelihood",
                "likelihood",
                "turn",
                "iteration",
            ),
            hint="And what does one see from one iteration to the next, that EM never does?",
        ),
    ),
)

_q4b = Function(
    id="hw9.q4b",
    title="Two Gaussians on a line, mended",
    points=1,
    link=TWO,
    names=("x", "weight", "means", "sds"),
    inputs=_line_of_points,
    sizes=(1, 2, 3, 6),
    parts=("weight", "means", "sds"),
    all_or_nothing=True,  # of the broken program some parts are right
    hint="Write beside each line whose weight it means, and make them agree with the docstring.",
    mistakes=(
        Mistake(
            name="complement",
            wrong=_iterate_with(_same, _rest, np.mean),
            message="The weight still changes hands: what the last line makes as the share of the second component, the next iteration uses as that of the first. The log-likelihood can still fall.",
        ),
        Mistake(
            name="the other convention",
            wrong=_iterate_with(_same, _rest, lambda share: (1 - share).mean()),
            message="Now both half-steps agree, and the log-likelihood will never fall: well seen. Only the docstring says that the weight is the second component's, and yours is the first's.",
        ),
        Mistake(
            name="the weight cancels",
            wrong=_iterate_with(_rest, _rest, np.mean),
            message="Both components now carry the same weight, so that it cancels in the share. A common component should claim more of each point than a rare one.",
            link="08_e_step#erratum-7",
        ),
        Mistake(
            name="changed at both ends",
            wrong=_iterate_with(_rest, _same, lambda share: (1 - share).mean()),
            message="You turned the weight round in the E-step and in the M-step as well: two changes, and the two half-steps disagree as before.",
        ),
        Mistake(
            name="weights frozen at one half",
            wrong=_iterate_with(_rest, _same, lambda share: 0.5),
            message="You hold the new weight at one half. It has to follow the responsibilities.",
        ),
    ),
)


# 5: an E-step in linear space

LINEAR = "10_model#erratum-19"


def _far_point(rng):
    # Far out, and such that the nearest mean is not the likeliest component.
    while True:
        X, weights, means, covariances = _four(rng, draws.Size(3, 3, 2))
        X[1] = np.round(rng.uniform(200, 300, 2) * rng.choice([-1, 1], 2))
        nearest = ((X[1] - means) ** 2).sum(axis=1).argmin()
        if _log_joint(X, weights, means, covariances)[1].argmax() != nearest:
            return X, weights, means, covariances


def _linear(X, weights, means, covariances):
    joint = np.exp(_log_joint(X, weights, means, covariances))
    return joint / joint.sum(axis=1, keepdims=True)


def _linear_guarded(guard):
    def implementation(X, weights, means, covariances):
        joint = np.exp(_log_joint(X, weights, means, covariances))
        return joint / (joint.sum(axis=1, keepdims=True) + guard)

    return implementation


def _linear_floored(X, weights, means, covariances):
    joint = np.maximum(np.exp(_log_joint(X, weights, means, covariances)), 1e-300)
    return joint / joint.sum(axis=1, keepdims=True)


def _shares_of_logs(logs):
    return logs / logs.sum(axis=1, keepdims=True)


def _nan_as_weights(X, weights, means, covariances):
    w = _linear(X, weights, means, covariances)
    return np.where(np.isnan(w), weights, w)


def _nearest(X, weights, means, covariances):
    w = _linear(X, weights, means, covariances)
    nearest = ((X[:, np.newaxis] - means) ** 2).sum(axis=2).argmin(axis=1)
    return np.where(np.isnan(w), np.eye(len(weights))[nearest], w)


_q5a = Spot(
    id="hw9.q5a",
    title="Responsibilities, found",
    points=1,
    link=LINEAR,
    total=4,
    ideas=(
        Idea(
            words=("underflow", "zero", "0/0", "0 / 0", "too small", "smallest", "vanish", "tiny", "linear", "log"),
            hint="What are all the densities of that one point, in the machine?",
        ),
        Idea(
            words=(
                "nan",
                "0/0",
                "0 / 0",
                "divid",
                "divis",
                "not a number",
                "undefined",
                "every parameter",
                "all parameters",
                "spread",
            ),
            hint="And what comes of it when the row is normalised, and in the M-step after that?",
        ),
    ),
)

_q5b = Function(
    id="hw9.q5b",
    title="Responsibilities, mended",
    points=1,
    link=LINEAR,
    inputs=_four,
    sizes=draws.SIZES,
    corners=(_far_point,),
    rows_sum_to_one=True,
    hint="SciPy's distribution also has logpdf; where may the exponential be taken without harm?",
    mistakes=(
        Mistake(
            name="far point lost",
            wrong=_linear,
            message="Ordinary points come out right; the far point still gives nan, and after one M-step so does everything. All its densities are 0 before anything is divided.",
        ),
        Mistake(
            name="far row of zeros",
            wrong=_linear_guarded(1e-300),
            message="No nan any more, but the row of the far point sums to zero: it has been dropped without a word. What it takes to share it out was lost before the division.",
        ),
        Mistake(
            name="far point shared out evenly",
            wrong=_linear_floored,
            message="The far point is shared out evenly now. In truth one component explains it far less badly than the others, and takes nearly all of it.",
        ),
        Mistake(
            name="logarithms divided",
            wrong=lambda X, weights, means, covariances: _shares_of_logs(_log_joint(X, weights, means, covariances)),
            message="Logarithms are the right way to go. But you divide the logarithms by their sum; it is the densities that are divided.",
        ),
        Mistake(
            name="no mixing weights",
            wrong=lambda X, weights, means, covariances: softmax(gaussian.log_densities(X, means, covariances), axis=1),
            message="The far point is safe now. But the mixing weights have been lost on the way to the logarithms.",
            link="08_e_step#erratum-7",
        ),
        Mistake(
            name="nan replaced by the weights",
            wrong=_nan_as_weights,
            message="You give the far point the mixing weights, as if one had not looked where it lies. Its place does say which component is the least unlikely.",
        ),
        Mistake(
            name="given to the nearest mean",
            wrong=_nearest,
            message="You give the far point to the nearest mean. Far out the widest component often wins, though its mean may be farther away.",
        ),
    ),
)


# 6: a second predict that reuses old state

REUSE = "10_model#erratum-18"


class _Model:
    """What the wrong models go wrong from: their parameters, what they have seen, and the right labels."""

    def __init__(self, parameters):
        self.parameters = parameters
        self.seen = None

    def predict(self, X):
        return answers.Labeller(self.parameters).predict(X)


class _Remembers(_Model):
    def predict(self, X):
        if self.seen is None:
            self.seen = super().predict(X)
        return self.seen


class _RemembersByLength(_Model):
    def predict(self, X):
        if self.seen is None or len(self.seen) != len(X):
            self.seen = super().predict(X)
        return self.seen


class _CutsToLength(_Model):
    def predict(self, X):
        if self.seen is None:
            self.seen = super().predict(X)
        return np.resize(self.seen, len(X))


class _Collects(_Model):
    def predict(self, X):
        found = super().predict(X)
        self.seen = found if self.seen is None else np.concatenate([self.seen, found])
        return self.seen


class _CountsFromOne(_Model):
    def predict(self, X):
        return super().predict(X) + 1


class _NearestMean(_Model):
    def predict(self, X):
        return ((X[:, np.newaxis] - self.parameters.means) ** 2).sum(axis=2).argmin(axis=1)


class _NoWeights(_Model):
    def predict(self, X):
        return gaussian.log_densities(X, self.parameters.means, self.parameters.covariances).argmax(axis=1)


def _two_heaps(rng, size):
    # The labels of the two calls must not agree by chance, nor, in the largest heaps, those of a mistake with the right
    # ones. An odd n makes both heaps equally large, so that a memory for sizes shows.
    n = size.n
    while True:
        first, theta = draws.problem(rng, size)
        second, _ = draws.problem(rng, size if n % 2 else size._replace(n=n + 2))
        w = e_step.responsibilities(np.vstack([first, second]), theta).argmax(axis=1)
        ways = [model(theta).predict(np.vstack([first, second])) for model in (_NearestMean, _NoWeights)]
        ahead = np.resize(w[:n], len(second))
        if not np.array_equal(ahead, w[n:]) and (n < 9 or all(not np.array_equal(way, w) for way in ways)):
            return theta, first, second


def _alike_but_for_the_order(rng):
    # The same rows in another order: equal sums, equal first and last rows, and other labels.
    while True:
        first, theta = draws.problem(rng, draws.Size(8, 3, 2))
        second = np.vstack([first[:1], first[-2:0:-1], first[-1:]])
        w = e_step.responsibilities(first, theta).argmax(axis=1)
        if not np.array_equal(w, np.concatenate([w[:1], w[-2:0:-1], w[-1:]])):
            return theta, first, second


class _RemembersBySum(_Model):
    key = None

    def predict(self, X):
        if self.key != (X.shape, round(float(X.sum()), 6)):  # in another order the last digits may differ
            self.key, self.seen = (X.shape, round(float(X.sum()), 6)), super().predict(X)
        return self.seen


class _RemembersByIdentity(_Model):
    key = None

    def predict(self, X):
        if self.key != id(X):
            self.key, self.seen = id(X), super().predict(X)
        return self.seen


_q6a = Spot(
    id="hw9.q6a",
    title="A model with predict, found",
    points=1,
    link=REUSE,
    total=5,
    innocent={
        2: "Line 2 only says that nothing is known yet. Who looks at it later, and what follows?",
        5: "Line 5 takes the largest of each row, as it should. But of which points are these rows, at the second call?",
    },
    ideas=(
        Idea(
            words=(
                "first",
                "old",
                "again",
                "once",
                "second",
                "remember",
                "stored",
                "state",
                "previous",
                "cache",
                "reuse",
                "same",
                "earlier",
                "keep",
                "kept",
                "saved",
                "none",
                "never",
                "only",
            ),
            hint="Which points were the stored responsibilities computed from?",
        ),
        Idea(
            words=(
                "new",
                "second",
                "other",
                "different",
                "length",
                "number of",
                "size",
                "ignor",
                "wrong",
                "labels",
                "rows",
                "not the points",
            ),
            hint="And how can one notice, at the second call?",
        ),
    ),
)

_q6b = ModelClass(
    id="hw9.q6b",
    title="A model with predict, mended",
    points=1,
    link=REUSE,
    names=("parameters", "first", "second"),
    inputs=_two_heaps,
    sizes=tuple(draws.Size(*size) for size in ((3, 3, 2), (4, 3, 1), (5, 2, 3), (6, 4, 1), (9, 3, 2), (10, 4, 2))),
    corners=(_alike_but_for_the_order,),
    parts=("the first call", "the second call", "the second call, in the array of the first"),
    all_or_nothing=True,  # of the broken program some parts are right
    hint="What predict says about a heap of points may depend on the parameters and on these points, on nothing else.",
    mistakes=(
        Mistake(
            name="old state",
            wrong=PredictTwice(_Remembers),
            message="The second call still gives the labels of the first call's points. Whatever is asked later, the answer was settled at the first question.",
        ),
        Mistake(
            name="remembers by length",
            wrong=PredictTwice(_RemembersByLength),
            message="Heaps of different length come out right now. Of two different heaps of the same length, the second still gets the labels of the first.",
        ),
        Mistake(
            name="remembers by the sum",
            wrong=PredictTwice(_RemembersBySum),
            message="Your model still remembers, and knows old points by their sum. The same rows in another order have it too, and get the labels of the first order.",
        ),
        Mistake(
            name="remembers by the object",
            wrong=PredictTwice(_RemembersByIdentity),
            message="Your model still remembers, and knows old points by the array that holds them. Other numbers may have been written into the same array since.",
        ),
        Mistake(
            name="cut to length",
            wrong=PredictTwice(_CutsToLength),
            message="The second answer has the right length now, but it is made of the first call's labels.",
        ),
        Mistake(
            name="collects",
            wrong=PredictTwice(_Collects),
            message="The second call returns the labels of both heaps, one after the other. Only the points asked about are wanted.",
        ),
        Mistake(
            name="counts from one",
            wrong=PredictTwice(_CountsFromOne),
            message="The memory is gone. But your components are numbered from 1; in Python, and in the broken code, they begin at 0.",
        ),
        Mistake(
            name="nearest mean",
            wrong=PredictTwice(_NearestMean),
            message="The memory is gone. But you take the nearest mean: weights and covariances have lost their say.",
        ),
        Mistake(
            name="no mixing weights",
            wrong=PredictTwice(_NoWeights),
            message="The memory is gone. But you take the highest density, and the mixing weights have lost their say.",
            link="06_posterior#eq-9",
        ),
    ),
)


# 7: a log-likelihood that sums log 1

LIKELIHOOD = "04_likelihood#eq-6"


def _of_joint(rule):
    def implementation(X, weights, means, covariances):
        logs = _log_joint(X, weights, means, covariances)
        return rule(logs, softmax(logs, axis=1))

    return implementation


def _unweighted(X, weights, means, covariances):
    return logsumexp(gaussian.log_densities(X, means, covariances), axis=1).sum()


_q7a = Spot(
    id="hw9.q7a",
    title="The log-likelihood, found",
    points=1,
    link=LIKELIHOOD,
    total=4,
    innocent={
        1: "Line 1 gives the joint densities, one for each point and component: right. What should be summed over the components?",
        4: "Line 4 adds up logarithms, as a log-likelihood does. Of what numbers? Print them.",
    },
    ideas=(
        Idea(
            words=(
                "normal",
                "sum to one",
                "sums to one",
                "sum to 1",
                "sums to 1",
                "sum is 1",
                "sum is one",
                "one",
                "1",
                "responsib",
                "divid",
            ),
            hint="What does each row of w sum to, and why?",
        ),
        Idea(
            words=("zero", "0", "log 1", "log(1", "log one", "constant", "always", "whatever", "converge", "stop"),
            hint="And what is the result, then, for any data and any parameters?",
        ),
    ),
)

_q7b = Function(
    id="hw9.q7b",
    title="The log-likelihood, mended",
    points=1,
    link=LIKELIHOOD,
    inputs=_four,
    sizes=draws.SIZES,
    hint="For each point the logarithm of the mixture density, then the sum over the points.",
    mistakes=(
        Mistake(
            name="sums log 1",
            wrong=_of_joint(lambda logs, w: np.log(w.sum(axis=1)).sum()),
            message="It is still 0 (but for rounding) for any data and any parameters, so that EM would stop after one iteration. What is summed over the components sums to one before the logarithm is taken.",
        ),
        Mistake(
            name="normalised over everything",
            wrong=_of_joint(lambda logs, w: (logs - logsumexp(logs)).sum()),
            message="The joint densities are still divided by a sum, now that of the whole table. A likelihood is made of the densities themselves.",
        ),
        Mistake(
            name="sum of all log-joints",
            wrong=_of_joint(lambda logs, w: logs.sum()),
            message="You add the logarithms of all joint densities. Within one point the densities of the components are added first; the logarithm comes after.",
            link="04_likelihood",
        ),
        Mistake(
            name="expected complete log-likelihood",
            wrong=_of_joint(lambda logs, w: (w * logs).sum()),
            message="This is the expected log-likelihood of points *and* components, a part of the lower bound. It lies below the log-likelihood.",
            link="07_em#eq-7-3",
        ),
        Mistake(
            name="logarithms of the responsibilities",
            wrong=_of_joint(lambda logs, w: np.log(w).sum()),
            message="You add the logarithms of the responsibilities. They say how a point is shared out, not how probable it is.",
        ),
        Mistake(
            name="largest responsibility",
            wrong=_of_joint(lambda logs, w: np.log(w.max(axis=1)).sum()),
            message="You add the logarithms of the largest responsibilities: that measures doubt. A point may be shared out without doubt and still be improbable.",
        ),
        Mistake(
            name="likeliest component only",
            wrong=_of_joint(lambda logs, w: logs.max(axis=1).sum()),
            message="You keep the likeliest component of each point. The density of a mixture is the sum over all of them.",
        ),
        Mistake(
            name="averaged over the points",
            wrong=_of_joint(lambda logs, w: logsumexp(logs, axis=1).mean()),
            message="This is the log-likelihood per point. Useful, and not what was there: asked for is the sum.",
        ),
        Mistake(
            name="logarithm of the sum over points",
            wrong=_of_joint(lambda logs, w: logsumexp(logs)),
            message="You add the densities of the points and take one logarithm. Probabilities of separate points are multiplied, so their logarithms are added.",
        ),
        Mistake(
            name="summed over the points first",
            wrong=_of_joint(lambda logs, w: logsumexp(logs, axis=0).sum()),
            message="You add up each column before the logarithm: the points are summed, the components are not. The density of one point is a sum over the components.",
        ),
        Mistake(
            name="one number a point",
            wrong=_of_joint(lambda logs, w: logsumexp(logs, axis=1)),
            # A single point gives a single number, right by chance; the longer calls show it.
            message="You have the right number for each point. The log-likelihood is one number for all of them.",
        ),
        Mistake(
            name="no mixing weights",
            wrong=_unweighted,
            message="The mixing weights have gone. In the mixture density each component is multiplied by its own.",
            link="02_mixture#eq-1",
        ),
    ),
)


# 8: (13) and (14) divided by n

M_STEP = "09_m_step#erratum-11"


def _thin_component(rng):
    return formulas.thin_component(rng, draws.Size(5, 3, 2))


def _m_step_with(mean_divisor, covariance_divisor, about="new"):
    def implementation(X, w):
        means = (w.T @ X) / mean_divisor(w)[:, np.newaxis]
        centres = {"new": means, "true": m_step.means(X, w), "all": np.tile(X.mean(axis=0), (w.shape[1], 1))}[about]
        r = X[:, np.newaxis] - centres
        covariances = np.einsum("ij,ija,ijb->jab", w, r, r) / covariance_divisor(w)[:, np.newaxis, np.newaxis]
        return w.mean(axis=0), means, covariances

    return implementation


def _counts(w):
    return w.sum(axis=0)


def _n(w):
    return np.full(w.shape[1], float(len(w)))


def _m_step(X, w):
    return _m_step_with(_counts, _counts)(X, w)


def _standard_deviations(X, w):
    weights, means, covariances = _m_step(X, w)
    return weights, means, np.sqrt(np.abs(covariances))


def _diagonals(X, w):
    weights, means, covariances = _m_step(X, w)
    return weights, means, covariances * np.eye(X.shape[1])


def _counts_for_weights(X, w):
    _, means, covariances = _m_step(X, w)
    return w.sum(axis=0), means, covariances


_q8a = Spot(
    id="hw9.q8a",
    title="The M-step, found",
    points=1,
    link=M_STEP,
    total=6,
    innocent={
        2: "Line 2 is right: the mixing weights are the one part of the M-step where all the points are counted. What do the others count?",
        4: "Line 4 takes the residuals about the new means, as it should. Are these means where the data are?",
    },
    ideas=(
        Idea(
            words=(
                "n_j",
                "nj",
                "count",
                "sum of",
                "w.sum",
                "own",
                "effective",
                "number of points",
                "by n",
                "/ n",
                "/n",
                "1/n",
                "responsibilit",
                "divid",
                "share",
            ),
            hint="By what is the sum divided, and by what should it be?",
        ),
        Idea(
            words=(
                "origin",
                "zero",
                "0",
                "small",
                "pull",
                "shrink",
                "shrunk",
                "toward",
                "short",
                "outside",
                "half",
                "low",
                "too ",
                "collapse",
                "phi",
                "weight",
            ),
            hint="And where do the means end up, compared with the data?",
        ),
    ),
)

_q8b = Function(
    id="hw9.q8b",
    title="The M-step, mended",
    points=1,
    link=M_STEP,
    names=("X", "w"),
    inputs=formulas.points_and_shares,
    sizes=formulas.SIZES,
    corners=(_thin_component,),
    parts=("weights", "means", "covariances"),
    all_or_nothing=True,  # of the broken program some parts are right
    hint="Give all the points to one component: its mean must be the mean of the data, and its covariance that of the data.",
    mistakes=(
        Mistake(
            name="divided by n",
            wrong=_m_step_with(_n, _n),
            message="The means are still pulled towards the origin: formulas (13) and (14) as the article prints them. A component that holds a third of the points gets a third of its mean.",
        ),
        Mistake(
            name="only the means mended",
            wrong=_m_step_with(_counts, _n),
            message="The means are where the data are now. The covariances are still too small: a component that holds a third of the points gets a third of its covariance.",
            link="09_m_step#erratum-12",
        ),
        Mistake(
            name="only the covariances mended",
            wrong=_m_step_with(_n, _counts),
            message="The covariances have their divisor now. But the means, about which they are taken, are still pulled towards the origin.",
        ),
        Mistake(
            name="divided by n - 1",
            wrong=_m_step_with(_counts, lambda w: np.full(w.shape[1], len(w) - 1.0)),
            message="The means are mended. The covariances are divided by n - 1, one less than all the points; but each component holds only its share of them.",
        ),
        Mistake(
            name="counts minus one",
            wrong=_m_step_with(_counts, lambda w: w.sum(axis=0) - 1),
            message="You divide the covariances by the effective count less one. That belongs to unbiased estimates; the M-step maximises the lower bound, and a count below one would even turn the sign.",
            link="09_m_step#eq-14",
        ),
        Mistake(
            name="divided by k",
            wrong=_m_step_with(
                lambda w: np.full(w.shape[1], float(w.shape[1])), lambda w: np.full(w.shape[1], float(w.shape[1]))
            ),
            message="You divide by the number of components. What matters is how many points each of them holds.",
        ),
        Mistake(
            name="about the mean of all points",
            wrong=_m_step_with(_counts, _counts, about="all"),
            message="The divisors are mended. But the covariances are taken about the mean of all the points; each component spreads about its own.",
            link="09_m_step#eq-14",
        ),
        Mistake(
            name="weights not divided by n",
            wrong=_counts_for_weights,
            message="Means and covariances are mended. Now the weights have lost their 1/n, which was right there: they must sum to one.",
            link="08_e_step#erratum-10",
        ),
        Mistake(
            name="diagonals only",
            wrong=_diagonals,
            message="The divisors are mended. But outside the diagonals your covariances are zero: the correlation has been lost.",
            link="09_m_step#eq-14",
        ),
        Mistake(
            name="standard deviations",
            wrong=_standard_deviations,
            message="The divisors are mended, but you return square roots of the covariances.",
            link="09_m_step#eq-14",
        ),
    ),
)


# 9: rows drawn with replacement

START = "10_model#erratum-16"


def _rows_to_draw(rng, size):
    n, k, m = size[:3]
    X = np.round(rng.uniform(-9, 9, (4 * n, m)), 1)
    return rng.permutation(np.unique(X, axis=0))[:n], k, np.random.default_rng(int(rng.integers(1 << 30)))


def _every_row_twice(rng):
    X, k, generator = _rows_to_draw(rng, draws.Size(5, 5, 2))
    return np.vstack([X, X])[rng.permutation(10)], k, generator


def _held(output, X):
    """For each row of the output, the first row of X that equals it; -1 if none."""
    equal = (output[:, np.newaxis] == X).all(axis=2)
    return np.where(equal.any(axis=1), equal.argmax(axis=1), -1)


def _shape_is(arguments, output):
    return output[""].shape == (arguments[1], arguments[0].shape[1])


def _row_numbers(arguments, output, expected):
    return output[""].shape == (arguments[1],)


def _other_shape(arguments, output, expected):
    return not _shape_is(arguments, output)


def _not_rows(arguments, output, expected):
    return _shape_is(arguments, output) and (_held(output[""], arguments[0]) < 0).any()


def _repeats(arguments, output, expected, twice=False):
    X = arguments[0]
    if not _shape_is(arguments, output) or (len(np.unique(X, axis=0)) < len(X)) != twice:
        return False
    return len(np.unique(output[""], axis=0)) < len(output[""])


def _equal_rows(arguments, output, expected):
    return _repeats(arguments, output, expected, twice=True)


def _first_rows(arguments, output, expected):
    X, k, _ = arguments
    return len(X) >= 40 and _shape_is(arguments, output) and np.array_equal(output[""], X[:k])


@dataclass(frozen=True, kw_only=True)
class _Draw(Function):
    """Judged by properties; and in the end, whether every point is chosen now and then."""

    def _rows(self, answer, X, k, rng):
        outcome = call(answer, (X, k, rng), self.argument_names)
        return None if outcome.error is not None else np.asarray(outcome.value, dtype=float)

    def examine(self, answer, rng):
        verdict = super().examine(answer, rng)
        if not verdict.right:
            return verdict
        rows = np.round(rng.uniform(-9, 9, (40, 2)), 3)
        if rows_at_random.hang_together(lambda X, k, rng: self._rows(answer, X, k, rng), rows, rng):
            return self.not_yet("a block of rows", rows_at_random.MESSAGE)
        X = np.array([[1.0, 5.0], [2.0, 4.0], [3.0, 6.0], [0.0, 7.0]])
        chosen = set()
        for _ in range(60):  # all four are met but for a chance of one in ten million
            outcome = call(answer, (X, 1, np.random.default_rng(int(rng.integers(1 << 30)))), self.argument_names)
            if outcome.error is None and np.shape(outcome.value) == (1, 2):
                chosen.add(float(np.asarray(outcome.value, dtype=float)[0, 0]))
        if len(chosen) == len(X):
            return verdict
        return self.not_yet(
            "not random",
            "No point comes twice any more. But the choice does not depend on the generator: of four points, drawn one at a "
            f"time with 60 generators, only {len(chosen)} ever came up. Another seed should give another start.",
        )


_q9a = Spot(
    id="hw9.q9a",
    title="The first means, found",
    points=1,
    link=START,
    total=2,
    innocent={2: "Line 2 picks the rows with the numbers it is given. Look at the numbers."},
    ideas=(
        Idea(
            words=(
                "replac",
                "twice",
                "same",
                "repeat",
                "duplicat",
                "independen",
                "distinct",
                "again",
                "coincid",
                "equal",
                "identical",
            ),
            hint="What can happen among k such numbers?",
        ),
        Idea(
            words=(
                "component",
                "means",
                "together",
                "alike",
                "never part",
                "never separate",
                "stay",
                "for ever",
                "forever",
                "two",
                "k - 1",
                "fewer",
                "respons",
                "separat",
            ),
            hint="And what becomes of two components that begin with the same mean?",
        ),
    ),
)

_q9b = _Draw(
    id="hw9.q9b",
    title="The first means, mended",
    points=1,
    link=START,
    names=("X", "k", "rng"),
    inputs=_rows_to_draw,
    # Among five rows drawn five at a time one comes twice if it can; the others are there for their sizes.
    sizes=tuple(
        draws.Size(*size)
        for size in ((5, 5, 2), (5, 5, 2), (5, 5, 3), (6, 5, 2), (6, 5, 1), (7, 4, 1), (8, 3, 3), (9, 2, 2), (40, 5, 2))
    ),
    corners=(_every_row_twice,) * 6,
    random=True,
    mistakes=(
        Mistake(
            name="row numbers",
            when=_row_numbers,
            message="You return one number for each mean, the numbers of the rows perhaps. The rows themselves are asked for, shape (k, m).",
        ),
        Mistake(
            name="wrong shape",
            when=_other_shape,
            message="There must be k means in m dimensions: an array of shape (k, m).",
        ),
        Mistake(
            name="not rows of X",
            when=_not_rows,
            message="At least one of your means is not a row of X. Averages or random points may lie where no data are; the rule was to begin on the data.",
        ),
        Mistake(
            name="with replacement",
            when=_repeats,
            message="The same row can still come twice: of five rows, drawn five at a time, some came twice. Two components that begin alike stay alike.",
        ),
        Mistake(
            name="the first rows",
            when=_first_rows,
            message="Your means are the first rows of X, in order. They differ, but they are not drawn at random: data are often sorted.",
        ),
        Mistake(
            name="equal rows",
            when=_equal_rows,
            message="No row number comes twice any more. But where two rows of X hold the same values, two means can still be equal; iris has such a pair.",
        ),
    ),
)


# Beyond: a test that would have caught it


class _UnderTest:
    """An M-step with a name to be shown by."""

    def __init__(self, name, implementation):
        self.name = name
        self.implementation = implementation

    def __call__(self, X, w):
        return self.implementation(X, w)

    def __repr__(self):
        return f"an M-step that {self.name}"


def _averages(X, w):
    """Right, and rounded in another way."""
    means = np.array([np.average(X, axis=0, weights=w_j) for w_j in w.T])
    covariances = np.array([np.atleast_2d(np.cov(X.T, aweights=w_j, bias=True)) for w_j in w.T])
    return w.sum(axis=0) / w.sum(), means, covariances


def _frozen(X, w):
    k = w.shape[1]
    return np.full(k, 1 / k), *_m_step(X, w)[1:]


def _columns_swapped(X, w):
    weights, means, covariances = _m_step(X, w)
    return weights, means[::-1], covariances


STEPS = (
    _UnderTest("is right", _averages),
    _UnderTest("divides the means by n", _m_step_with(_n, _counts, about="true")),
    _UnderTest("divides the covariances by n", _m_step_with(_counts, _n)),
    _UnderTest("never updates the weights", _frozen),
    _UnderTest("is right as well", _m_step),
    _UnderTest("divides the covariances by N_j - 1", _m_step_with(_counts, lambda w: w.sum(axis=0) - 1)),
    _UnderTest("takes the covariances about the mean of all points", _m_step_with(_counts, _counts, about="all")),
    _UnderTest("hands back the means in reverse order", _columns_swapped),
)
SMALLEST = 6
_OF_STEPS = ((3, 2), (3, 2), (2, 3), (2, 1), (4, 2), (4, 1), (3, 3), (3, 2))  # k and m


def _step_and_data(rng, size):
    return STEPS[size.n - SMALLEST], *formulas.points_and_shares(rng, size)


def _refuses(arguments, output, expected):
    return bool(expected[""]) and not output[""].all()


def _passes(name):
    return lambda arguments, output, expected: arguments[0].name == name and not expected[""] and bool(output[""].all())


_q10 = Function(
    id="hw9.q10",
    title="Beyond: a test that would have caught it",
    points=0,
    link="09_m_step",
    names=("m_step", "X", "w"),
    inputs=_step_and_data,
    sizes=tuple(draws.Size(SMALLEST + i, k, m) for i, (k, m) in enumerate(_OF_STEPS)),
    hint="Compare each of the three results with something you have computed in another way.",
    mistakes=(
        Mistake(
            name="a right one refused",
            when=_refuses,
            message="Your test turns down a right M-step. Numbers that are equal on paper may differ in their last digit, and a right result may come as a tuple of arrays (np.allclose helps).",
        ),
        Mistake(
            name="means not tested",
            when=_passes("divides the means by n"),
            message="An M-step that divides its means by n gets past your test.",
        ),
        Mistake(
            name="weights not tested",
            when=_passes("never updates the weights"),
            message="An M-step whose weights stay at 1/k gets past your test: they sum to one, and that is not enough.",
        ),
        Mistake(
            name="covariances not tested",
            when=_passes("divides the covariances by n"),
            message="An M-step that divides its covariances by n gets past your test. They are symmetric and positive definite, only too small.",
        ),
        Mistake(
            name="divisor not tested",
            when=_passes("divides the covariances by N_j - 1"),
            message="An M-step that divides its covariances by the effective count less one gets past your test.",
        ),
        Mistake(
            name="centre not tested",
            when=_passes("takes the covariances about the mean of all points"),
            message="An M-step whose covariances are taken about the mean of all the points gets past your test.",
        ),
        Mistake(
            name="order not tested",
            when=_passes("hands back the means in reverse order"),
            message="An M-step whose means come in reverse order gets past your test: mean and weight then belong to different components.",
        ),
    ),
)


# q11: a derivation, read by a teacher

_q11 = Derivation(
    id="hw9.q11",
    title="That the E-step as printed can lead down",
    points=2,
    link="08_e_step#erratum-7",
    rubric=(
        "At the maximum the exact responsibilities average to the weights; the printed ones differ from them, and take from the common component.",
        "So one iteration moves the parameters away from a strict maximum, and (for a step that stays near by, or by an example with numbers) the log-likelihood falls.",
    ),
)


HOMEWORK = Homework(
    id="hw9",
    title="Spot the bug",
    minutes=70,
    exercises=(
        *(_q1a, _q1b, _q2a, _q2b, _q3a, _q3b, _q4a, _q4b, _q5a, _q5b),
        *(_q6a, _q6b, _q7a, _q7b, _q8a, _q8b, _q9a, _q9b, _q10, _q11),
    ),
)
