"""Homework 6, the M-step: equations (13) and (14)."""

import numpy as np

from gmm_lib import m_step

from ..checker.choice import Choice
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.telling import number, table
from . import draws
from . import m_step_formulas as formulas
from .m_step_mistakes import STEP_MISTAKES

CHAPTER = "09_m_step"


# q1: two means by pencil

_Q1 = dict(places=(1, 2, 4, 9), shares=(0.9, 0.8, 0.6, 0.2))  # of component 1; the rest is component 2's


def _q1_draw(lots):
    while True:
        tenths = [lots.one_of((1, 2, 3, 4, 6, 7, 8, 9)) for _ in range(4)]
        if sum(tenths) in (15, 16, 20, 24, 25) and min(tenths) < 5 < max(tenths):
            return dict(places=tuple(sorted(lots.some_of(range(10), 4))), shares=tuple(w / 10 for w in tenths))


def _q1_told(places, shares):
    rows = ([number(x), number(w), number(1 - w)] for x, w in zip(places, shares))
    return table(["point at", "component 1", "component 2"], *rows)


def _q1_shows(places, shares):
    x, w = np.array(places, dtype=float), np.transpose([shares, np.subtract(1, shares)])
    sums, counts = w.T @ x, w.sum(axis=0)
    hard = w.argmax(axis=1)
    larger = w.max(axis=1).min()
    return (
        Mistake(
            name="divided by n",
            wrong=sums / 4,
            message="You divided by 4, the number of points: formula (13) as the article prints it. The mass on one plank is less than that, for each point has dealt part of itself to the other.",
            link=f"{CHAPTER}#erratum-11",
        ),
        Mistake(
            name="not divided",
            wrong=sums,
            message="These are the weighted sums. A sum of places is not yet a place: what must it be divided by?",
        ),
        Mistake(
            name="divided by k",
            wrong=sums / 2,
            message="You divided by the number of components. How much mass lies on each plank?",
        ),
        Mistake(
            name="divided by N - 1",
            wrong=sums / (counts - 1),
            message="You divided by the effective count less one. Test it with equal shares of 1: would that be the average?",
        ),
        Mistake(
            name="divided by n - 1",
            wrong=sums / 3,
            message="You divided by one less than the number of points. Test it with equal shares of 1: would that be the average?",
        ),
        Mistake(
            name="no responsibilities",
            wrong=[x.mean()] * 2,
            message="This is the average of all four points, for both components. Each component counts a point as much as it is responsible for it.",
        ),
        Mistake(
            name="hard assignment",
            wrong=[x[hard == j].mean() for j in range(2)],
            message=f"You gave each point wholly to the component with the larger share. A share of {number(larger)} counts {number(larger)} here and {number(1 - larger)} there.",
        ),
        Mistake(
            name="divided by the sum of the points",
            wrong=sums / x.sum(),
            message="You divided by the sum of the points. In a weighted average the weights are what one divides by.",
        ),
        Mistake(
            name="weights squared",
            wrong=(w**2).T @ x / (w**2).sum(axis=0),
            message="You counted each point with the square of its share. The share itself is its mass.",
        ),
    )


_q1 = Drawn(
    id="hw6.q1",
    title="Where do the planks balance",
    points=2,
    link=f"{CHAPTER}#eq-13",
    hint="How much mass lies on the first plank, and where is its centre?",
    apart=((0,), (1,)),
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: a variance by pencil

_Q2 = dict(places=(0, 2, 4, 5), masses=(0.7, 0.3, 0.6, 0.9), old=2)


def _q2_draw(lots):
    while True:
        places = sorted(lots.some_of(range(10), 4))
        tenths = [lots.one_of(range(1, 10)) for _ in range(4)]
        mean, rest = divmod(sum(x * w for x, w in zip(places, tenths)), sum(tenths))
        if 14 < sum(tenths) < 30 and rest == 0:  # a whole number, so that the squares are too
            old = lots.one_of([x for x in places if x != mean])
            return dict(places=tuple(places), masses=tuple(w / 10 for w in tenths), old=old)


def _q2_told(places, masses, old):
    head = ["point at", *map(number, places)]
    return f"The component stood at {number(old)} until now.\n\n{table(head, ['responsibility', *map(number, masses)])}"


def _q2_shows(places, masses, old):
    x, w = np.array(places, dtype=float), np.array(masses)
    count, mean = w.sum(), w @ x / w.sum()
    scatter, scatter_old = w @ (x - mean) ** 2, w @ (x - old) ** 2
    return (
        Mistake(
            name="divided by n",
            wrong=scatter / 4,
            message="The sum is right, and you divided it by 4, the number of points: formula (14) as the article prints it. Divide by the mass that is on the plank.",
            link=f"{CHAPTER}#erratum-12",
        ),
        Mistake(
            name="old mean",
            wrong=scatter_old / count,
            message="You measured the distances from the old mean. The component has moved: its width is counted from where it stands now.",
            link=f"{CHAPTER}#eq-9-2",
        ),
        Mistake(
            name="old mean and divided by n",
            wrong=scatter_old / 4,
            message="One thing first: you measured the distances from the old mean. The component has moved since.",
            link=f"{CHAPTER}#eq-9-2",
        ),
        Mistake(
            name="divided by N - 1",
            wrong=scatter / (count - 1),
            message="You divided by the effective count less one. That makes a variance unbiased in a first course; the M-step wants the one that lifts the bound highest.",
        ),
        Mistake(
            name="divided by n - 1",
            wrong=scatter / 3,
            message="You divided by one less than the number of points. How many points does this component answer for?",
        ),
        Mistake(
            name="not divided",
            wrong=scatter,
            message="The weighted sum of the squares is right. It is not yet an average.",
        ),
        Mistake(
            name="divided by k",
            wrong=scatter / 2,
            message="You divided by the number of components. What mass have the four squares been counted with?",
        ),
        Mistake(
            name="standard deviation",
            wrong=np.sqrt(scatter / count),
            message="This is the standard deviation. The variance was asked for.",
        ),
        Mistake(
            name="no responsibilities",
            wrong=x.var(),
            message="This is the variance of the four points as if each counted fully. Where do their masses come in?",
        ),
        Mistake(
            name="no responsibilities in the average",
            wrong=((x - mean) ** 2).mean(),
            message="The mean is the right one, but in the average of the squares each point counts fully. Where do the masses come in?",
        ),
        Mistake(
            name="weights squared",
            wrong=(w**2) @ (x - mean) ** 2 / count,
            message="Each mass seems to have been squared along with the distance. Only the distance is.",
        ),
        Mistake(
            name="mean not subtracted",
            wrong=w @ x**2 / count,
            message="This is the average of the squared places, measured from 0. A variance is measured from the mean.",
        ),
        Mistake(
            name="the mean",
            wrong=mean,
            message="This is the new mean, and it is right. Now the average squared distance from it.",
        ),
        Mistake(
            name="absolute distances",
            wrong=w @ np.abs(x - mean) / count,
            message="You averaged the distances themselves. A variance averages their squares.",
        ),
    )


_q2 = Drawn(
    id="hw6.q2",
    title="How wide",
    points=2,
    link=f"{CHAPTER}#eq-14",
    hint="First the new mean; then four squared distances from it, each with its mass; then one division.",
    numbers=_Q2,
    draw=_q2_draw,
    told=_q2_told,
    shows=_q2_shows,
)


# q3: the means


def _thin_component(rng):
    return formulas.thin_component(rng, draws.Size(4, 3, 2), mass=1e-12)


def _means_by_k(X, responsibilities):
    return formulas.weighted_sums(X, responsibilities) / responsibilities.shape[1]


def _means_by_count_minus_one(X, responsibilities):
    return formulas.weighted_sums(X, responsibilities) / (responsibilities.sum(axis=0)[:, None] - 1)


def _means_by_n_minus_one(X, responsibilities):
    return formulas.weighted_sums(X, responsibilities) / (len(X) - 1)


def _means_by_weight(X, responsibilities):
    return formulas.weighted_sums(X, responsibilities) / responsibilities.mean(axis=0)[:, None]


def _means_by_points(X, responsibilities):
    return formulas.weighted_sums(X, responsibilities) / X.sum(axis=0)


def _powered(X, w, power):
    w = w**power
    return formulas.weighted_sums(X, w) / w.sum(axis=0)[:, None]


def _means_squared(X, responsibilities):
    return _powered(X, responsibilities, 2)


def _means_rooted(X, responsibilities):
    return _powered(X, responsibilities, 0.5)


def _means_squared_by_count(X, responsibilities):
    return formulas.weighted_sums(X, responsibilities**2) / responsibilities.sum(axis=0)[:, None]


def _means_unweighted(X, responsibilities):
    return np.tile(X.mean(axis=0), (responsibilities.shape[1], 1))


def _means_hard(X, responsibilities):
    # A component that is nobody's favourite has no mean at all here, and the student's own code gives nan.
    labels = responsibilities.argmax(axis=1)
    with np.errstate(all="ignore"):
        return np.stack([X[labels == j].sum(axis=0) / (labels == j).sum() for j in range(responsibilities.shape[1])])


def _means_of_the_surest(X, responsibilities):
    return X[responsibilities.argmax(axis=0)]


def _means_last_point(X, responsibilities):
    return responsibilities[-1][:, None] * X[-1] / responsibilities.sum(axis=0)[:, None]


def _shrunk_only_when_thin(arguments, output, expected):
    """A small number added to the effective count pulls a thin component to the origin, and hardly any other."""
    given, wanted, thin = output[""], expected[""], arguments[1].sum(axis=0) < 1e-6
    return (
        given.shape == wanted.shape
        and thin.any()
        and np.allclose(given[~thin], wanted[~thin], rtol=1e-4)
        and not np.allclose(given[thin], wanted[thin], rtol=2e-6)
        and bool((np.abs(given[thin]) <= np.abs(wanted[thin])).all())
    )


_q3 = Function(
    id="hw6.q3",
    title="The means",
    points=3,
    link=f"{CHAPTER}#eq-13",
    names=("X", "responsibilities"),
    inputs=formulas.points_and_shares,
    sizes=draws.SIZES,
    corners=(_thin_component,),
    hint="Take one component: multiply each point by its share, add up, and divide by the shares added up.",
    mistakes=(
        Mistake(
            name="divided by n",
            wrong=formulas.means_by_n,
            message="You divide by n, the number of points: formula (13) as the article prints it. Move all the points by 100, and your means do not follow.",
            link=f"{CHAPTER}#erratum-11",
        ),
        Mistake(
            name="not divided",
            wrong=formulas.weighted_sums,
            message="These are weighted sums. Twice as many points would put the means twice as far out: what makes a sum an average?",
        ),
        Mistake(
            name="divided by k",
            wrong=_means_by_k,
            message="You divide by k, the number of components. What is the total weight in the sum of one component?",
        ),
        Mistake(
            name="divided by N - 1",
            wrong=_means_by_count_minus_one,
            message="You divide by the effective count less one. That belongs to unbiased variances; an average divides by the whole of its weights.",
        ),
        Mistake(
            name="divided by n - 1",
            wrong=_means_by_n_minus_one,
            message="You divide by n - 1. That belongs to unbiased variances; and n is not the weight of one component.",
        ),
        Mistake(
            name="divided by the mixing weight",
            wrong=_means_by_weight,
            message="You divide by the mixing weight, which is the effective count divided by n. One n too many.",
        ),
        Mistake(
            name="divided by the sum of the points",
            wrong=_means_by_points,
            message="You divide by the sum of the points. In a weighted average one divides by the sum of the weights.",
        ),
        Mistake(
            name="weights squared",
            wrong=_means_squared,
            message="Each point counts with the square of its responsibility, so that the sure ones count too much. The responsibility itself is its mass.",
        ),
        Mistake(
            name="weights squared above only",
            wrong=_means_squared_by_count,
            message="The responsibility enters your sum twice. Is it multiplied in once before, and once again by a matrix product?",
        ),
        Mistake(
            name="weights rooted",
            wrong=_means_rooted,
            message="Each point counts with the square root of its responsibility. The root has its place in (14), on both residuals; here the mass itself is meant.",
        ),
        Mistake(
            name="no responsibilities",
            wrong=_means_unweighted,
            message="All your means are the average of all the points. Each component counts a point as much as it is responsible for it.",
        ),
        Mistake(
            name="hard assignment",
            wrong=_means_hard,
            message="You average the points of which a component has the largest share, as k-means does. Here a share of 0.4 still counts 0.4.",
        ),
        Mistake(
            name="the surest point",
            wrong=_means_of_the_surest,
            message="You take the one point with the largest responsibility. Every point has a say.",
        ),
        Mistake(
            name="last point only",
            wrong=_means_last_point,
            message="Only the last point is in your sums. Does each turn of a loop overwrite what the one before had added up?",
        ),
        Mistake(
            name="small number in the denominator",
            when=_shrunk_only_when_thin,
            message="A small number stands beside the effective count in the denominator. It pulls a component that holds very little to the origin, where no point need be.",
        ),
    ),
)


# q4: the covariances


def _points_shares_and_means(rng, size):
    X, w = formulas.points_and_shares(rng, size)
    return X, w, m_step.means(X, w)


def _thin_with_means(rng):
    X, w = formulas.thin_component(rng, draws.Size(5, 3, 2))
    return X, w, m_step.means(X, w)


def _cov_last_point(X, responsibilities, means):
    return formulas.scatters(X[-1:], responsibilities[-1:], means) / formulas.counts(responsibilities)


def _cov_of_weighted_points(X, responsibilities, means):
    return np.stack([np.cov((w[:, None] * X).T) for w in responsibilities.T])


def _cov_of_weighted_points_by_n(X, responsibilities, means):
    return np.stack([np.cov((w[:, None] * X).T, bias=True) for w in responsibilities.T])


def _cov_not_divided(X, responsibilities, means):
    return formulas.scatters(X, responsibilities, means)


def _cov_by_k(X, responsibilities, means):
    return formulas.scatters(X, responsibilities, means) / responsibilities.shape[1]


def _cov_by_n_minus_one(X, responsibilities, means):
    return formulas.scatters(X, responsibilities, means) / (len(X) - 1)


def _cov_squared_both(X, responsibilities, means):
    return formulas.covariances(X, responsibilities**2, means)


def _cov_rooted(X, responsibilities, means):
    return formulas.scatters(X, np.sqrt(responsibilities), means) / formulas.counts(responsibilities)


def _cov_rooted_both(X, responsibilities, means):
    return formulas.covariances(X, np.sqrt(responsibilities), means)


def _cov_not_centred(X, responsibilities, means):
    return formulas.covariances(X, responsibilities, np.zeros_like(means))


def _cov_about_grand_mean(X, responsibilities, means):
    return formulas.covariances(X, responsibilities, np.tile(X.mean(axis=0), (len(means), 1)))


def _cov_unweighted(X, responsibilities, means):
    return formulas.covariances(X, np.ones_like(responsibilities), means)


def _cov_outer_of_sums(X, responsibilities, means):
    # The residuals are added up first; for the true mean they cancel.
    sums = np.einsum("ij,ija->ja", responsibilities, X[:, None] - means)
    return sums[:, :, None] * sums[:, None, :] / formulas.counts(responsibilities)


def _cov_weighted_residuals_from_sum(X, responsibilities, means):
    # w x - mu in the place of w (x - mu)
    r = responsibilities[:, :, None] * X[:, None] - means
    return np.einsum("ija,ijb->jab", r, r) / formulas.counts(responsibilities)


def _cov_correlation(X, responsibilities, means):
    covariances = formulas.covariances(X, responsibilities, means)
    sd = np.sqrt(np.einsum("jaa->ja", covariances))
    with np.errstate(all="ignore"):
        return covariances / (sd[:, :, None] * sd[:, None, :])


def _points_by_points(arguments, output, expected):
    X, w, _ = arguments
    return len(X) != X.shape[1] and output[""].shape in {(w.shape[1], len(X), len(X)), (len(X), len(X))}


def _squared_lengths(arguments, output, expected):
    given, traces = output[""], np.einsum("jaa->j", expected[""])
    if given.shape == expected[""].shape:  # spread over the whole table by broadcasting
        return np.allclose(given, traces[:, None, None])
    return given.shape == traces.shape and np.allclose(given, traces)


def _round(arguments, output, expected):
    m = expected[""].shape[-1]
    variance = np.einsum("jaa->j", expected[""]) / m
    return output[""].shape == expected[""].shape and np.allclose(output[""], variance[:, None, None] * np.eye(m))


def _standard_deviations(arguments, output, expected):
    given, wanted = output[""], expected[""]
    diagonal = np.einsum("jaa->ja", wanted)
    return (
        given.shape == wanted.shape
        and np.allclose(np.einsum("jaa->ja", given), np.sqrt(diagonal))
        and not np.allclose(diagonal, 1)
    )


def _with_a_floor(arguments, output, expected):
    given, wanted = output[""], expected[""]
    if given.shape != wanted.shape:
        return False
    excess = given - wanted
    return excess[0, 0, 0] > 0 and np.allclose(
        excess, excess[0, 0, 0] * np.eye(wanted.shape[-1]), atol=1e-12, rtol=1e-4
    )


def _variances_only(arguments, output, expected):
    given, variances = output[""], np.einsum("jaa->ja", expected[""])
    return given.shape == variances.shape and np.allclose(given, variances)


def _summed_over_components(arguments, output, expected):
    return output[""].shape == expected[""].shape[1:] and output[""].ndim == 2


_q4 = Function(
    id="hw6.q4",
    title="The covariances",
    points=3,
    link=f"{CHAPTER}#eq-14",
    inputs=_points_shares_and_means,
    sizes=formulas.SIZES,
    corners=(_thin_with_means,),
    rows_free=False,  # the means are those of these rows
    rtol=1e-5,
    atol=2e-6,  # a floor of 1e-6, many a program's habit, passes in every draw or in none
    hint="One component, one point: a column of m deviations times the same as a row is an m by m table. Average these tables.",
    mistakes=(
        Mistake(
            name="divided by n",
            wrong=formulas.cov_by_n,
            message="You divide by n, the number of points: formula (14) as the article prints it. A rare component then looks too narrow.",
            link=f"{CHAPTER}#erratum-12",
        ),
        Mistake(
            name="not divided",
            wrong=_cov_not_divided,
            message="These are weighted sums of outer products. Twice as many points would make the component wider: what makes a sum an average?",
        ),
        Mistake(
            name="divided by N - 1",
            wrong=formulas.cov_by_count_minus_one,
            message="You divide by the effective count less one. Unbiased is not what the M-step is after: it takes the covariance with the highest lower bound.",
        ),
        Mistake(
            name="unbiased for weights",
            wrong=formulas.cov_unbiased,
            message="This is the unbiased covariance, as np.cov gives it unless told otherwise. The M-step takes the plain weighted average: the covariance with the highest lower bound.",
        ),
        Mistake(
            name="divided by n - 1",
            wrong=_cov_by_n_minus_one,
            message="You divide by n - 1. How many points does this component answer for?",
            link=f"{CHAPTER}#erratum-12",
        ),
        Mistake(
            name="divided by k",
            wrong=_cov_by_k,
            message="You divide by k, the number of components. What is the total weight in the sum of one component?",
        ),
        Mistake(
            name="diagonal only",
            wrong=formulas.cov_diagonal,
            message="The variances are right, and everything beside them is zero. How do two coordinates of the same point vary together?",
        ),
        Mistake(
            name="variances only",
            when=_variances_only,
            message="These are the variances, m of them for each component. A covariance also says how two coordinates vary together: an m by m table.",
        ),
        Mistake(
            name="weights squared",
            wrong=formulas.cov_squared,
            message="The responsibility enters twice: once with each of the two residuals. Their product should carry it once.",
        ),
        Mistake(
            name="weights squared everywhere",
            wrong=_cov_squared_both,
            message="Each point counts with the square of its responsibility. The deviation is squared, its mass is not.",
        ),
        Mistake(
            name="weights rooted",
            wrong=_cov_rooted,
            message="Only the square root of the responsibility has got into the product. If you put roots on the residuals, put one on each of the two.",
        ),
        Mistake(
            name="weights rooted everywhere",
            wrong=_cov_rooted_both,
            message="Each point counts with the square root of its responsibility. Its mass is the responsibility itself.",
        ),
        Mistake(
            name="no weights, own mean",
            wrong=_cov_unweighted,
            message="The means are the right ones, but each point counts fully for every component. Where do the responsibilities come in?",
        ),
        Mistake(
            name="np.cov without weights",
            wrong=formulas.cov_one_for_all,
            message="All components get the covariance of all the points, unweighted. Each has its own: its points counted as much as it is responsible for them.",
        ),
        Mistake(
            name="np.cov without weights, unbiased",
            wrong=formulas.cov_one_for_all_unbiased,
            message="All components get the covariance of all the points, unweighted. Each has its own: its points counted as much as it is responsible for them.",
        ),
        Mistake(
            name="mean not subtracted",
            wrong=_cov_not_centred,
            message="The outer products are those of the points themselves, measured from the origin. Measure from the mean of the component.",
        ),
        Mistake(
            name="common mean",
            wrong=_cov_about_grand_mean,
            message="You measure the deviations of every component from the average of all points. Each component has a mean of its own.",
        ),
        Mistake(
            name="weighted before the mean is subtracted",
            wrong=_cov_weighted_residuals_from_sum,
            message="You multiply the points by their shares and subtract the mean from that. The share belongs on the whole deviation: look at the brackets.",
        ),
        Mistake(
            name="outer product of the wrong axes",
            when=_points_by_points,
            message="You get a table of points by points: the product sums over the coordinates. It should sum over the points and leave a table of coordinates by coordinates. Transpose the other factor.",
        ),
        Mistake(
            name="squared lengths",
            when=_squared_lengths,
            message="You multiply the deviation with itself to one number, its squared length. The outer product keeps all pairs of coordinates apart.",
        ),
        Mistake(
            name="one width in all directions",
            when=_round,
            message="Your components are round: one variance in all directions. A covariance may be long and tilted.",
        ),
        Mistake(
            name="standard deviations",
            when=_standard_deviations,
            message="On the diagonal stand standard deviations. A covariance holds variances: leave out the root.",
        ),
        Mistake(
            name="a floor not asked for",
            when=_with_a_floor,
            message="Right, but for a small number added to the variances. That is a floor, and a good idea in its place, which is the next exercise; here the plain average is asked for.",
        ),
        Mistake(
            name="last point only",
            wrong=_cov_last_point,
            message="Only the last point is in your sums. Does each turn of a loop overwrite what the one before had added up?",
        ),
        Mistake(
            name="np.cov of weighted points",
            wrong=_cov_of_weighted_points,
            message="You multiply the points by their shares and take the covariance of the products. A share does not move a point; it says how much its deviation counts.",
        ),
        Mistake(
            name="np.cov of weighted points, by n",
            wrong=_cov_of_weighted_points_by_n,
            message="You multiply the points by their shares and take the covariance of the products. A share does not move a point; it says how much its deviation counts.",
        ),
        Mistake(
            name="one table only",
            when=_summed_over_components,
            message="You return one table. There should be k of them, one for each component: are they added up, or does a loop keep only the last?",
        ),
        Mistake(
            name="residuals added up first",
            wrong=_cov_outer_of_sums,
            message="You add up the deviations before you multiply. Around their own mean they cancel to zero: multiply first, point by point.",
        ),
        Mistake(
            name="correlations",
            wrong=_cov_correlation,
            message="These are correlations: ones on the diagonal. The covariance keeps the units of the data, squared.",
        ),
    ),
)


# q5: the whole step


def _flat(rng):
    X, w, current, floor = formulas.step_inputs(rng, draws.Size(5, 3, 2))
    X[:, 1] = 2.0 + X[:, 1] / 100  # variances below the floor: here "at least the floor" and "plus the floor" part
    return X, w, current, floor


def _thin_step(rng):
    return *formulas.thin_component(rng, draws.Size(5, 3, 2)), draws.parameters(rng), 0.25


_q5 = Function(
    id="hw6.q5",
    title="The whole M-step, with a floor",
    points=3,
    link=CHAPTER,
    inputs=formulas.step_inputs,
    sizes=formulas.SIZES,
    corners=(_flat, _thin_step),
    parts=("weights", "means", "covariances"),
    by_component={"weights": 0, "means": 0, "covariances": 0},
    hint="Weights by (12), then means by (13), then covariances by (14) about these means, then the floor.",
    mistakes=STEP_MISTAKES,
)


# q6: judgement

_q6 = Choice(
    id="hw6.q6",
    title="What the M-step promises",
    points=2,
    link=CHAPTER,
    options={
        "a": "Write down the sum over j of phi_j mu_j, put (12) and (13) in, and see what cancels.",
        "b": "Which quantity does the M-step maximise, and what stands still meanwhile? If it were the log-likelihood itself, one iteration would be enough.",
        "c": "The argument that the log-likelihood never falls needs a step to the top of the bound. Is a covariance with a floor still there?",
        "d": "An effective count of 2 may be two whole points, or a little of each of a hundred. Which of the two is flat?",
        "e": "Unbiased is a good word for an estimate from points that are known to belong. Ask instead what the lower bound says, and what the log-likelihood then does.",
        "f": "Suppose a program forgets the division by the effective count and uses n. Where does it put the mean if all the points are moved far from the origin?",
        "g": "Look at what the M-step is given. Which of the old parameters does it need, and through what do they speak?",
    },
)


# q7, beyond: what the pieces make together


def _total_inputs(rng, size):
    return (draws.mixture(rng, size),)


def _pieces(p):
    centre = p.weights @ p.means
    shift = p.means - centre
    within = np.einsum("j,jab->ab", p.weights, p.covariances)
    between = np.einsum("j,ja,jb->ab", p.weights, shift, shift)
    return within, between


def _within_only(parameters):
    return _pieces(parameters)[0]


def _between_only(parameters):
    return _pieces(parameters)[1]


def _around_plain_average(parameters):
    p = parameters
    shift = p.means - p.means.mean(axis=0)
    return _within_only(p) + np.einsum("j,ja,jb->ab", p.weights, shift, shift)


def _second_moment(parameters):
    p = parameters
    return _within_only(p) + np.einsum("j,ja,jb->ab", p.weights, p.means, p.means)


def _unweighted_pieces(parameters):
    p = parameters
    return p.covariances.mean(axis=0) + np.cov(p.means.T, bias=True)


def _unweighted_between(parameters):
    return _within_only(parameters) + np.cov(parameters.means.T, bias=True)


def _unweighted_between_unbiased(parameters):
    return _within_only(parameters) + np.cov(parameters.means.T)


def _sum_of_gaussians(parameters):
    # phi^2 Sigma: the variance of a weighted sum of independent variables, not of a mixture
    return np.einsum("j,jab->ab", parameters.weights**2, parameters.covariances)


def _plain_sum(parameters):
    return parameters.covariances.sum(axis=0)


_q7 = Function(
    id="hw6.q7",
    title="Beyond: what the pieces make together",
    points=0,
    link=f"{CHAPTER}#eq-9-2",
    inputs=_total_inputs,
    sizes=draws.SIZES,
    hint="Around the common centre, each component contributes by (9.2) its own covariance and the outer product of a shift.",
    mistakes=(
        Mistake(
            name="within only",
            wrong=_within_only,
            message="This is the average of the covariances: how wide the components are. Two narrow ones far apart would make a narrow whole: how far apart they stand is missing.",
        ),
        Mistake(
            name="between only",
            wrong=_between_only,
            message="This is how the means are scattered. If they all coincided, the whole would have no extent: the components' own widths are missing.",
        ),
        Mistake(
            name="plain average as centre",
            wrong=_around_plain_average,
            message="You measure from the plain average of the means. The centre of the whole lies nearer to the common components.",
        ),
        Mistake(
            name="second moment",
            wrong=_second_moment,
            message="The outer products of the means are taken from the origin. Moving everything by 100 must not change a covariance.",
        ),
        Mistake(
            name="no mixing weights",
            wrong=_unweighted_pieces,
            message="The mixing weights have no say in your result. A rare component contributes less to the whole.",
        ),
        Mistake(
            name="weights missing between the means",
            wrong=_unweighted_between,
            message="The first half is right. The scatter of the means, too, counts each component as much as it weighs.",
        ),
        Mistake(
            name="weights missing between the means, unbiased",
            wrong=_unweighted_between_unbiased,
            message="The first half is right. The scatter of the means, too, counts each component as much as it weighs.",
        ),
        Mistake(
            name="a sum of variables",
            wrong=_sum_of_gaussians,
            message="With squared weights this is the covariance of a weighted sum of independent variables. In a mixture each point comes from one component, chosen with probability phi.",
        ),
        Mistake(
            name="covariances added up",
            wrong=_plain_sum,
            message="You add up the covariances. A component that hardly ever occurs would count as much as a common one.",
        ),
    ),
)


# q8: a derivation, read by a teacher

_q8 = Derivation(
    id="hw6.q8",
    title="Where the formula of the means comes from",
    points=2,
    link="09_m_step#eq-13",
    rubric=(
        "The gradient in μ_j, set to zero and solved: division by the effective count, not by n.",
        "It is the maximum (a concave quadratic, or by completing the square), and Σ_j drops out because it is invertible.",
    ),
)


HOMEWORK = Homework(
    id="hw6",
    title="The M-step",
    minutes=55,
    exercises=(_q1, _q2, _q3, _q4, _q5, _q6, _q7, _q8),
)
