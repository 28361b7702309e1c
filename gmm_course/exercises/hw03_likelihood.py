"""Homework 3, the likelihood in log-space: equations (5) and (6)."""

import numpy as np
from scipy.special import entr, logsumexp

from gmm_lib import gaussian, likelihood, mixture

from ..checker.catalogue import AnswersOf
from ..checker.choice import Choice
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.telling import in_words, listed, number, table
from . import draws

answers = AnswersOf("hw03_likelihood")  # for what is made from a right answer

CHAPTER = "04_likelihood"
E_STEP = "08_e_step"


# q1: the log-likelihood of three points, by pencil

_Q1 = dict(weight=0.4, densities=((0.5, 0.1), (0.2, 0.3), (0.1, 0.4)))


def _q1_draw(lots):
    return dict(
        weight=lots.one_of((0.2, 0.3, 0.4, 0.6, 0.7, 0.8)),
        densities=tuple(tuple(lots.some_of((0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 2)) for _ in range(3)),
    )


def _at_points(weight, densities):
    """The weights, the densities of the components, and those of the mixture."""
    weights, f = np.array([weight, 1 - weight]), np.array(densities)
    return weights, f, f @ weights


def _q1_told(weight, densities):
    _, _, p = _at_points(weight, densities)
    useful = ", ".join(f"log {number(d)} = {number(round(np.log(d), 4))}" for d in sorted(set(p.round(6).tolist())))
    rows = ([str(i), *(f"{d:.2f}" for d in row)] for i, row in enumerate(densities, start=1))
    return (
        f"The mixing weights are {listed((weight, 1 - weight))}, and the densities\n\n"
        f"{table(['point', 'component 1', 'component 2'], *rows)}\n\nUseful: {useful}."
    )


def _q1_shows(weight, densities):
    weights, f, p = _at_points(weight, densities)
    return (
        Mistake(
            name="no mixing weights",
            wrong=np.log(f.sum(axis=1)).sum(),
            message="You added the densities of the two components without their weights. The mixing weights belong to Θ, though the article's list (5) leaves them out.",
            link=f"{CHAPTER}#erratum-3",
        ),
        Mistake(
            name="equal weights",
            wrong=np.log(f.mean(axis=1)).sum(),
            message="You averaged the two densities evenly. The mixing weights belong to Θ, and they are not equal here.",
            link=f"{CHAPTER}#erratum-3",
        ),
        Mistake(
            name="weights exchanged",
            wrong=np.log(f @ weights[::-1]).sum(),
            message="The two weights have changed places.",
        ),
        Mistake(
            name="log of the sum over the points",
            wrong=np.log(p.sum()),
            message="You added the densities of the points and took one logarithm. Independent points multiply, and a product becomes a sum of logarithms.",
            link=f"{CHAPTER}#eq-6",
        ),
        Mistake(
            name="sum of the densities",
            wrong=p.sum(),
            message="You added the densities of the points. Independent points multiply; then the logarithm is still to be taken.",
            link=f"{CHAPTER}#eq-6",
        ),
        Mistake(
            name="the likelihood",
            wrong=p.prod(),
            message="That is the likelihood itself, rightly computed. Its logarithm is asked for.",
        ),
        Mistake(
            name="mean for sum",
            wrong=np.log(p).mean(),
            message="You took the mean over the points. The log-likelihood is their sum.",
        ),
        Mistake(
            name="sum of logs for the log of the sum",
            wrong=(np.log(f) @ weights).sum(),
            message="You weighted the logarithms of the components' densities. The logarithm of a sum is not the sum of the logarithms: inside one point, add first.",
        ),
        Mistake(
            name="all logarithms added",
            wrong=np.log(f * weights).sum(),
            message="You added the logarithms of all six terms, as if each point came from both components at once. Inside one point the terms are added before the logarithm.",
        ),
        Mistake(
            name="largest term only",
            wrong=np.log((f * weights).max(axis=1)).sum(),
            message="You kept the larger term of each point, as if its component were known. The sum over the components is the price of not knowing.",
            link=f"{CHAPTER}#eq-6",
        ),
        Mistake(
            name="decimal logarithm",
            wrong=np.log10(p).sum(),
            message="You used the logarithm to base ten; the natural one is meant.",
        ),
        Mistake(
            name="positive",
            wrong=-np.log(p).sum(),
            message="Right apart from the sign: the logarithm of a number below 1 is negative.",
        ),
    )


_q1 = Drawn(
    id="hw3.q1",
    title="The log-likelihood of three points",
    points=2,
    link=f"{CHAPTER}#eq-4-2",
    hint="First one number for each point, its mixture density; then what becomes of these three?",
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: how many numbers are free, by pencil

_Q2 = dict(k=4, m=3)


def _q2_draw(lots):
    return dict(k=lots.one_of((2, 3, 4, 5, 6, 7, 8)), m=lots.one_of((2, 3, 4, 5)))


def _q2_told(k, m):
    return f"A mixture of {in_words(k)} Gaussians in {in_words(m)} dimensions, each with a full covariance of its own."


def _free(k, m, weights, each):
    return weights + k * m + k * each


def _q2_shows(k, m):
    symmetric = m * (m + 1) // 2
    return (
        Mistake(
            name="weights left out",
            wrong=_free(k, m, 0, symmetric),
            message="You counted means and covariances: the list (5) as the article prints it. One kind of unknown is not on that list.",
            link=f"{CHAPTER}#erratum-3",
        ),
        Mistake(
            name="all weights counted",
            wrong=_free(k, m, k, symmetric),
            message="You counted all the weights. If all but one are known, is the last still free?",
            link="02_mixture#eq-2",
        ),
        Mistake(
            name="covariances counted twice",
            wrong=_free(k, m, k - 1, m * m),
            message=f"You counted all {in_words(m * m)} entries of each covariance. A covariance is symmetric: some entries stand there twice.",
        ),
        Mistake(
            name="covariances counted twice, all weights",
            wrong=_free(k, m, k, m * m),
            message=f"You counted all {in_words(m * m)} entries of each covariance. It is symmetric: some entries stand there twice. Look at the weights again, too.",
        ),
        Mistake(
            name="covariances counted twice, no weights",
            wrong=_free(k, m, 0, m * m),
            message=f"You counted all {in_words(m * m)} entries of each covariance, and no weights. A covariance is symmetric; and what do the weights sum to?",
            link=f"{CHAPTER}#erratum-3",
        ),
        Mistake(
            name="as many numbers a covariance as dimensions",
            wrong=_free(k, m, k - 1, m),
            message=f"You counted {in_words(m)} numbers for each covariance. The diagonal is free, and so is the triangle beside it.",
        ),
        Mistake(
            name="one number a covariance",
            wrong=_free(k, m, k - 1, 1),
            message="You counted one number for each covariance, as if all hills were round. A full covariance may be stretched and tilted.",
        ),
        Mistake(
            name="one covariance for all",
            wrong=k - 1 + k * m + symmetric,
            message="You counted one covariance. Each component has its own.",
        ),
        Mistake(
            name="k and m exchanged",
            wrong=_free(m, k, m - 1, k * (k + 1) // 2),
            message=f"You counted for {in_words(m)} components in {in_words(k)} dimensions. Here it is {in_words(k)} components, in {in_words(m)} dimensions.",
        ),
        Mistake(
            name="no covariances",
            wrong=k - 1 + k * m,
            message="You counted weights and means. The covariances are unknown too, and they hold the most numbers.",
        ),
        Mistake(
            name="one component",
            wrong=m + symmetric,
            message="That is one component. How many are there, and what do they cost besides?",
        ),
    )


_q2 = Drawn(
    id="hw3.q2",
    title="How many numbers are free",
    points=1,
    link=f"{CHAPTER}#eq-4-1",
    tolerance=0.05,
    hint="Count three times: weights, means, covariances.",
    numbers=_Q2,
    draw=_q2_draw,
    told=_q2_told,
    shows=_q2_shows,
)


# q3: the logarithm of a sum of exponentials


def _ordinary_logs(rng, size):
    return (draws.logarithms(rng, size),)


def _far_logs(rng):
    a = np.round(rng.normal(0.0, 1.0, (3, 3)), 1)
    return (a + np.array([[-1.0], [-2000.0], [900.0]]),)


def _impossible_term(rng):
    a = np.round(rng.normal(0.0, 1.0, (2, 3)), 1)
    a[0, 1] = a[1, 0] = -np.inf
    return (a,)


def _linear_space(logs):
    return np.log(np.exp(logs).sum(axis=1))


def _epsilon(logs):
    return np.log(np.exp(logs).sum(axis=1) + 1e-300)


def _clipped(logs):
    return _linear_space(np.clip(logs, -700, 700))


def _global_shift(logs):
    return logs.max() + np.log(np.exp(logs - logs.max()).sum(axis=1))


def _shifted(logs, shift):
    return np.squeeze(shift, axis=1) + np.log(np.exp(logs - shift).sum(axis=1))


def _mean_shift(logs):
    m = logs.mean(axis=1)
    return m + np.log(np.exp(logs - m[:, np.newaxis]).sum(axis=1))


def _first_shift(logs):
    return _shifted(logs, logs[:, :1])


def _global_not_undone(logs):
    return np.log(np.exp(logs - logs.max()).sum(axis=1))


def _infinities_replaced(logs):
    return np.nan_to_num(_linear_space(logs))


def _shift_not_undone(logs):
    return np.log(np.exp(logs - logs.max(axis=1, keepdims=True)).sum(axis=1))


def _shift_subtracted_again(logs):
    return _shift_not_undone(logs) - logs.max(axis=1)


def _shift_multiplied(logs):
    return _shift_not_undone(logs) * logs.max(axis=1)


def _log1p_of_all(logs):
    m = logs.max(axis=1)
    return m + np.log1p(np.exp(logs - m[:, np.newaxis]).sum(axis=1))


def _log_plus_one(logs):
    return np.log1p(np.exp(logs).sum(axis=1))


def _columns(logs):
    return logsumexp(logs, axis=0)


def _everything(logs):
    return logsumexp(logs)


def _sum_of_logs(logs):
    return logs.sum(axis=1)


def _mean_of_logs(logs):
    return logs.mean(axis=1)


def _maximum(logs):
    return logs.max(axis=1)


def _log_mean_exp(logs):
    return logsumexp(logs, axis=1) - np.log(logs.shape[1])


def _sum_of_exponentials(logs):
    return np.exp(logs).sum(axis=1)


def _logs_of_logs(logs):
    return np.log(np.abs(logs).sum(axis=1))


def _column_shift(logs):
    m = logs.max(axis=0)
    return m.max() + np.log(np.exp(logs - m).sum(axis=1))


def _softmax_left(logs):
    return logs - logsumexp(logs, axis=1, keepdims=True)


_q3 = Function(
    id="hw3.q3",
    title="The logarithm of a sum",
    points=3,
    link=f"{E_STEP}#eq-8-2",
    names=("logs",),
    inputs=_ordinary_logs,
    sizes=draws.SIZES,
    corners=(_far_logs, _impossible_term),
    hint="Add 1000 to a whole row: the result for it must grow by 1000 exactly.",
    mistakes=(
        Mistake(
            name="linear space",
            wrong=_linear_space,
            message="Right for ordinary rows. Near -2000 every exponential is 0 and its logarithm −inf, near 900 all is infinite. What can be taken out of the sum first?",
        ),
        Mistake(
            name="epsilon in the logarithm",
            wrong=_epsilon,
            message="The small number in the logarithm hides the log 0: a row near -2000 comes out as -690, and so does a row near -5000. Move the row instead of patching it.",
        ),
        Mistake(
            name="clipped",
            wrong=_clipped,
            message="A row near -2000 comes out as about -699, and one near 900 as about 701, and so would rows much further out: the numbers are cut off at a limit. No overflow, and no answer.",
        ),
        Mistake(
            name="global maximum",
            wrong=_global_shift,
            message="You take out the largest entry of the whole array. A row far below it still underflows: each row needs its own.",
        ),
        Mistake(
            name="maximum of the columns",
            wrong=_column_shift,
            message="You take the largest entry of each column out. Only what is common to all terms of one sum, a row, can be taken out of it.",
        ),
        Mistake(
            name="mean for a shift",
            wrong=_mean_shift,
            message="The mean of a row, or its smallest entry, tames it as long as no entry is −inf. Which number of the row is never −inf, and leaves no exponential above 1?",
        ),
        Mistake(
            name="first entry for a shift",
            wrong=_first_shift,
            message="You take the first entry out of each row. If that component has the weight 0, its logarithm is −inf and nothing can be taken out. Which entry is always safe?",
        ),
        Mistake(
            name="global maximum, not undone",
            wrong=_global_not_undone,
            message="You take the largest entry of the whole array out and do not put it back. A factor taken out of a sum must return; and each row needs its own.",
        ),
        Mistake(
            name="infinities replaced",
            wrong=_infinities_replaced,
            message="Where the far rows gave infinities you put in huge numbers. The infinities came from the exponentials: keep these in range, and there is nothing to replace.",
        ),
        Mistake(
            name="shift not undone",
            wrong=_shift_not_undone,
            message="You took the largest entry out of each row, which is the right idea, and did not put it back. A factor taken out of a sum must return.",
        ),
        Mistake(
            name="shift undone with the wrong sign",
            wrong=_shift_subtracted_again,
            message="You took the largest entry out, and at the end you take it out once more. A factor taken out of a sum must return.",
        ),
        Mistake(
            name="shift multiplied back",
            wrong=_shift_multiplied,
            message="You put the largest entry back as a factor. It was a factor of the sum: what is it in the logarithm?",
        ),
        Mistake(
            name="log1p of all terms",
            wrong=_log1p_of_all,
            message="The one in log1p stands for the largest term, and the largest term is in your sum besides: it counts twice.",
        ),
        Mistake(
            name="one added",
            wrong=_log_plus_one,
            message="You use log1p: log1p(s) is the logarithm of 1 + s. It keeps the logarithm finite by changing the sum: a term of 1 was never in it.",
        ),
        Mistake(
            name="wrong axis",
            wrong=_columns,
            message="You add along the columns: one number for each component. For each point, a row, the terms of its components are added (axis=1).",
        ),
        Mistake(
            name="everything added",
            wrong=_everything,
            message="You add all rows together. Each row has a logarithm of its own.",
        ),
        Mistake(
            name="sum of logs",
            wrong=_sum_of_logs,
            message="You add the logarithms; that multiplies the terms. Asked is the logarithm of the sum of the terms.",
            link=f"{CHAPTER}#eq-4-2",
        ),
        Mistake(
            name="mean of logs",
            wrong=_mean_of_logs,
            message="You average the logarithms. The terms themselves are to be added, and then the logarithm taken.",
            link=f"{CHAPTER}#eq-4-2",
        ),
        Mistake(
            name="logarithm of the mean",
            wrong=_log_mean_exp,
            message="You average the terms over the components. The mixing weights are in the terms already, so that a sum is meant.",
        ),
        Mistake(
            name="largest term only",
            wrong=_maximum,
            message="You keep the largest logarithm only. That is close where one term dominates; the others count too.",
        ),
        Mistake(
            name="not the logarithm",
            wrong=_sum_of_exponentials,
            message="This is the sum itself. Its logarithm is asked for, and must be found without it: the sum may be too small or too large for the machine.",
        ),
        Mistake(
            name="logarithm of logarithms",
            wrong=_logs_of_logs,
            message="The entries are logarithms already. What is added are the terms they stand for.",
        ),
        Mistake(
            name="normalised",
            wrong=_softmax_left,
            message="You return a whole table, the entries less the logarithm of the sum. Here only that logarithm itself is asked for, one number a row.",
        ),
    ),
)


# q4: the log-likelihood


def _log_f(X, parameters):
    return gaussian.log_densities(X, parameters.means, parameters.covariances)


def _density_logged(X, parameters):
    return np.log(mixture.density(X, parameters)).sum()


def _product_logged(X, parameters):
    return np.log(mixture.density(X, parameters).prod())


def _density_logged_with_epsilon(X, parameters):
    return np.log(mixture.density(X, parameters) + 1e-300).sum()


def _unweighted(X, parameters):
    return logsumexp(_log_f(X, parameters), axis=1).sum()


def _evenly_weighted(X, parameters):
    return _unweighted(X, parameters) - len(X) * np.log(parameters.k)


def _all_terms(X, parameters):
    return mixture.log_joint(X, parameters).sum()


def _logs_weighted(X, parameters):
    return (_log_f(X, parameters) @ parameters.weights).sum()


def _log_of_total(X, parameters):
    return logsumexp(mixture.log_density(X, parameters))


def _total(X, parameters):
    return mixture.density(X, parameters).sum()


def _mean(X, parameters):
    return mixture.log_density(X, parameters).mean()


def _per_point(X, parameters):
    return mixture.log_density(X, parameters)


def _weight_added(X, parameters):
    return logsumexp(parameters.weights + _log_f(X, parameters), axis=1).sum()


def _weight_times_logarithm(X, parameters):
    return logsumexp(parameters.weights * _log_f(X, parameters), axis=1).sum()


def _logarithms_multiplied(X, parameters):
    return logsumexp(np.log(parameters.weights) * _log_f(X, parameters), axis=1).sum()


def _weights_outside(X, parameters):
    return _unweighted(X, parameters) + np.log(parameters.weights).sum()


def _sum_over_points_inside(X, parameters):
    return logsumexp(mixture.log_joint(X, parameters), axis=0).sum()


def _classified(X, parameters):
    return mixture.log_joint(X, parameters).max(axis=1).sum()


def _expected_complete(X, parameters):
    w = np.exp(mixture.log_joint(X, parameters) - mixture.log_density(X, parameters)[:, np.newaxis])
    return mixture.log_density(X, parameters).sum() - entr(w).sum()


def _logs_of_ones(X, parameters):
    return 0.0


def _printed_exponent(X, parameters):
    return likelihood.log_likelihood(X, parameters) + len(X) * (parameters.m - parameters.k) / 2 * np.log(2 * np.pi)


def _decimal(X, parameters):
    return likelihood.log_likelihood(X, parameters) / np.log(10)


def _likelihood_itself(X, parameters):
    return np.exp(likelihood.log_likelihood(X, parameters))


def _deviance(X, parameters):
    return -2 * likelihood.log_likelihood(X, parameters)


def _far_point(rng):
    X, parameters = draws.problem(rng, draws.Size(2, 3, 2))
    X[1] += 900
    return X, parameters


def _many_points(rng):
    return draws.problem(rng, draws.Size(400, 2, 3))


_q4 = Function(
    id="hw3.q4",
    title="The log-likelihood",
    points=3,
    link=f"{CHAPTER}#eq-4-2",
    names=("X", "parameters"),
    inputs=draws.problem,
    sizes=draws.SIZES,
    corners=(_far_point, _many_points),
    rtol=1e-7,
    hint="One logarithm for each point, of a sum over the components; then a sum over the points.",
    mistakes=(
        Mistake(
            name="no mixing weights",
            wrong=_unweighted,
            message="The mixing weights have no say in your result, as in the article's list (5). Move weight from one component to another: what should happen?",
            link=f"{CHAPTER}#erratum-3",
        ),
        Mistake(
            name="equal weights",
            wrong=_evenly_weighted,
            message="Your components all weigh the same. The mixing weights belong to Θ.",
            link=f"{CHAPTER}#erratum-3",
        ),
        Mistake(
            name="k for m",
            wrong=_printed_exponent,
            message="Your hills have 2π to the power of the number of components, as the article prints it in (7). Each point shifts the sum by that.",
            link="05_gaussian#erratum-4",
        ),
        Mistake(
            name="logarithm of the product",
            wrong=_product_logged,
            message="Right for a few points. The product of many densities is 0 for the machine, and its logarithm −inf, for every guess at Θ alike. Take the logarithms first.",
            link=f"{CHAPTER}#eq-4-2",
        ),
        Mistake(
            name="logarithm of an underflowed density",
            wrong=_density_logged,
            message="Right for ordinary points. One point far from every component has a density of 0 for the machine, and drags everything to −inf. Stay in log-space inside the point, too.",
            link=f"{E_STEP}#eq-8-2",
        ),
        Mistake(
            name="epsilon in the logarithm",
            wrong=_density_logged_with_epsilon,
            message="A small number added to the density makes every far point cost the same, 690.8, however far it is. Stay in log-space and no patch is needed.",
            link=f"{E_STEP}#eq-8-2",
        ),
        Mistake(
            name="all logarithms added",
            wrong=_all_terms,
            message="You add the logarithms of all the terms, over the components as well. That multiplies where the mixture adds: log of a sum, not sum of logs.",
        ),
        Mistake(
            name="sum of logs for the log of the sum",
            wrong=_logs_weighted,
            message="You weigh the components' log-densities. That never exceeds the log-likelihood, but it is not it: the weighted sum stands inside the logarithm.",
        ),
        Mistake(
            name="log of the sum over the points",
            wrong=_log_of_total,
            message="You add the densities of the points and take one logarithm. Independent points multiply, and the logarithm of a product is a sum.",
            link=f"{CHAPTER}#eq-6",
        ),
        Mistake(
            name="sum of the densities",
            wrong=_total,
            message="You add the densities of the points. Independent points multiply; and the logarithm is missing.",
            link=f"{CHAPTER}#eq-6",
        ),
        Mistake(
            name="the likelihood",
            wrong=_likelihood_itself,
            message="This is the likelihood, not its logarithm; with a few hundred points it is 0 for the machine.",
        ),
        Mistake(
            name="mean for sum",
            wrong=_mean,
            message="You average over the points. That is a useful number, but the log-likelihood is the sum.",
        ),
        Mistake(
            name="one number a point",
            wrong=_per_point,
            message="You return one number for each point. The data speak together: one step is missing.",
        ),
        Mistake(
            name="weight added to the logarithm",
            wrong=_weight_added,
            message="You add the weight itself to the log-density. A product of the two becomes a sum of two logarithms.",
        ),
        Mistake(
            name="weight multiplied with the logarithm",
            wrong=_weight_times_logarithm,
            message="You multiply the log-density by the weight. It is the density that is multiplied; in logarithms a product becomes a sum of two logarithms.",
        ),
        Mistake(
            name="logarithms multiplied",
            wrong=_logarithms_multiplied,
            message="You multiply the logarithm of the weight with that of the density. The logarithm of a product is a sum.",
        ),
        Mistake(
            name="weights outside of the sum",
            wrong=_weights_outside,
            message="You add the logarithms of all weights once, outside. Each weight belongs to its own component's density, inside the sum of every point.",
        ),
        Mistake(
            name="wrong axis",
            wrong=_sum_over_points_inside,
            message="Inside the logarithm you add over the points, and outside over the components: the axes have changed places. In one point, which terms belong together?",
        ),
        Mistake(
            name="largest term only",
            wrong=_classified,
            message="You count each point with its likeliest component only, as if that were known. The sum over the components is the price of not knowing.",
            link=f"{CHAPTER}#eq-6",
        ),
        Mistake(
            name="expected complete-data log-likelihood",
            wrong=_expected_complete,
            message="You weigh the logarithms of the terms with the responsibilities. That is what the M-step climbs; it lies below the log-likelihood wherever there is doubt.",
            link="07_em",
        ),
        Mistake(
            name="sum of log 1",
            wrong=_logs_of_ones,
            message="Your result is always 0. If you normalise the terms first, each point's sum is 1, and log 1 says nothing about the parameters.",
        ),
        Mistake(
            name="decimal logarithm",
            wrong=_decimal,
            message="You use the logarithm to base ten; the natural one is meant.",
        ),
        Mistake(
            name="deviance",
            wrong=_deviance,
            message="This is minus twice the log-likelihood, which some criteria use. Here the thing itself is asked for.",
        ),
    ),
)


# q5: the same flowers in other units


def _units(rng, case):
    n, m = int(rng.integers(1, 200)), case % 3 + 1 + 3 * int(rng.integers(2))
    return float(np.round(rng.normal(-200, 150), 1)), n, m, [10.0, 0.01, 2.54, 1000.0][case % 4]


_q5 = Function(
    id="hw3.q5",
    title="The same flowers in other units",
    points=2,
    link=f"{CHAPTER}#eq-4-2",
    inputs=_units,
    sizes=(0, 1, 2, 3, 4),
    hint="A density is a probability per unit of volume. How many of the new units of volume make one of the old?",
    mistakes=(
        Mistake(
            name="unchanged",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood,
            message="You leave it unchanged. A density is a probability per unit of volume: what happens to a price per kilogram when it is given per gram?",
        ),
        Mistake(
            name="sign",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood + n * m * np.log(factor),
            message="The right amount in the wrong direction. In millimetres the numbers are larger and the hills broader: are they higher or lower?",
        ),
        Mistake(
            name="one dimension",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood - n * np.log(factor),
            message="You count the unit once for each point. A point has several measurements, and its density is per unit of volume.",
        ),
        Mistake(
            name="one point",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood - m * np.log(factor),
            message="You count the unit for one point. Every point's density changes, and their logarithms are added.",
        ),
        Mistake(
            name="one length",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood - np.log(factor),
            message="You count the unit once. How many measurements are there in all?",
        ),
        Mistake(
            name="logarithm of everything",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood - np.log(n * m * factor),
            message="Your logarithm holds n and m as well. The factor is applied once for every measurement: what do so many equal factors become in the logarithm?",
        ),
        Mistake(
            name="no logarithm",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood - n * m * factor,
            message="You subtract the factor itself. Densities are divided by it; what does a division become in the logarithm?",
        ),
        Mistake(
            name="decimal logarithm",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood - n * m * np.log10(factor),
            message="You use the logarithm to base ten; the natural one is meant.",
        ),
        Mistake(
            name="divided",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood / np.power(factor, n * m),
            message="You divide the log-likelihood. It is the likelihood that is divided; a logarithm only shifts.",
        ),
        Mistake(
            name="divided by the factor",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood / factor,
            message="You divide the log-likelihood. It is the densities that are divided; their logarithms only shift.",
        ),
        Mistake(
            name="multiplied by the factor",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood * factor,
            message="You multiply the log-likelihood as if it were a length. It is a sum of logarithms of densities: these only shift.",
        ),
        Mistake(
            name="for one factor only",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood - n * m * np.log(10),
            message="That is right for millimetres. The factor may be another: feet and metres are units too.",
        ),
        Mistake(
            name="half the dimensions",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood - n * m / 2 * np.log(factor),
            message="You subtract half of it. The determinant grows with the factor squared in each dimension, and its root stands in the density.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="twice the dimensions",
            wrong=lambda log_likelihood, n, m, factor: log_likelihood - 2 * n * m * np.log(factor),
            message="You subtract it twice. Variances grow with the square of the factor, but the determinant stands under a root.",
            link="05_gaussian#eq-7",
        ),
    ),
)


# q6: judgement

_q6 = Choice(
    id="hw3.q6",
    title="What a likelihood is, and what not",
    points=3,
    link=CHAPTER,
    options={
        "a": "Densities may exceed 1: measure in metres what is a millimetre wide. What sign has the logarithm then?",
        "b": "A sum does not care about the order of its terms. What do two different lists Θ with the same density have in common?",
        "c": "Each term of the sum stands there twice. Where has twice a function its top? And has anything new been learnt?",
        "d": "Let one component sit exactly on one point and grow narrower and narrower, while another looks after the rest.",
        "e": "As a function of Θ the area need not be 1. What would be needed besides the data to speak of a probability of Θ?",
        "f": "A different data set, a different n, a different unit: each shifts the log-likelihood. What is kept equal here, so that a difference could mean something?",
        "g": "The weights needed for that are computed from the means themselves. Is a condition that the answer must meet a recipe for finding it?",
    },
)


# q7, beyond: the logarithm of one minus a probability


def _log_probabilities(rng, n):
    return (-np.round(rng.exponential(1.5, n) + 0.05, 2),)


def _almost_impossible(rng):
    return (-np.round(rng.uniform(40, 300, 2), 1),)


def _almost_certain(rng):
    return (-rng.integers(1, 9, 2) * 10.0 ** -rng.integers(17, 30, 2),)


def _beside(rng):
    return (-rng.integers(1, 9, 2) * 1e-11,)


_q7 = Function(
    id="hw3.q7",
    title="Beyond: the other way round, in log-space",
    points=0,
    link=f"{E_STEP}#eq-8-2",
    names=("log_probability",),
    inputs=_log_probabilities,
    sizes=(1, 2, 4, 6),
    corners=(_almost_impossible, _almost_certain, _beside),
    rtol=1e-9,
    atol=0.0,
    hint="NumPy has a function for exp(a) - 1 and one for log(1 + x) that are exact where these are small; each serves one end.",
    mistakes=(
        Mistake(
            name="one minus",
            wrong=lambda log_probability: np.log(1 - np.exp(log_probability)),
            message="Right in the middle. At both ends 1 - p is rounded: to 1 where p is tiny, to 0 where p is nearly 1, and what you wanted to know is gone before the logarithm.",
        ),
        Mistake(
            name="log1p everywhere",
            wrong=lambda log_probability: np.log1p(-np.exp(log_probability)),
            message="Right for small probabilities. Near certainty exp(a) is rounded to 1, and the rest is lost. Which function keeps exp(a) - 1 for a tiny a?",
        ),
        Mistake(
            name="expm1 everywhere",
            wrong=lambda log_probability: np.log(-np.expm1(log_probability)),
            message="Right near certainty. For a tiny probability exp(a) - 1 is rounded to -1, and its logarithm to 0. Which function keeps log(1 + x) for a tiny x?",
        ),
        Mistake(
            name="complement without logarithm",
            wrong=lambda log_probability: -np.expm1(log_probability),
            message="This is the probability of the opposite. Its logarithm is asked for.",
        ),
        Mistake(
            name="one minus the logarithm",
            wrong=lambda log_probability: 1 - log_probability,
            message="You take the logarithm from one. It is the probability that is taken from one: exponential first, at least on paper.",
        ),
        Mistake(
            name="sign changed",
            wrong=lambda log_probability: -log_probability,
            message="You change the sign of the logarithm: that is the logarithm of 1/p. The opposite has the probability 1 - p.",
        ),
        Mistake(
            name="log-odds",
            wrong=lambda log_probability: log_probability - answers.log_complement(log_probability),
            message="These are log-odds, p against 1 - p. Only the second of the two is asked for.",
        ),
        Mistake(
            name="epsilon",
            wrong=lambda log_probability: np.log(1 - np.exp(log_probability) + 1e-300),
            message="A small number in the logarithm keeps it finite, and nothing more: 1 - p has been rounded away before. It must be avoided, not patched.",
        ),
    ),
)


# q8: a derivation, read by a teacher

_q8 = Derivation(
    id="hw3.q8",
    title="No summit",
    points=2,
    link="04_likelihood#eq-6",
    rubric=(
        "One mean on a point and its variance to zero: that point's term grows beyond any bound, while the other component keeps every other term above a fixed number.",
        "With one Gaussian the other points' exponents fall like minus one over the variance, faster than the logarithm grows.",
    ),
)


HOMEWORK = Homework(
    id="hw3",
    title="The likelihood in log-space",
    minutes=60,
    exercises=(_q1, _q2, _q3, _q4, _q5, _q6, _q7, _q8),
)
