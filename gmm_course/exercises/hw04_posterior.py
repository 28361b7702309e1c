"""Homework 4, the posterior: equations (8) and (9)."""

import numpy as np
from scipy.stats import norm

from gmm_lib import gaussian, mixture
from gmm_lib.parameters import Parameters

from ..checker.catalogue import AnswersOf
from ..checker.choice import Choice
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.telling import number
from . import draws

answers = AnswersOf("hw04_posterior")  # for what is made from a right answer

CHAPTER = "06_posterior"


# q1: two flowers of one plant

_Q1 = dict(first=800, spots=(0.1, 0.6))


def _q1_draw(lots):
    return dict(
        first=lots.one_of((600, 650, 700, 750, 800, 850, 900)),
        spots=(lots.one_of((0.1, 0.2, 0.3)), lots.one_of((0.5, 0.6, 0.7, 0.8, 0.9))),
    )


def _q1_told(first, spots):
    return (
        f"Of a thousand plants {first} are of kind A and {1000 - first} of kind B. A flower has spots with probability "
        f"{number(spots[0])} on a plant of kind A, {number(spots[1])} on one of kind B."
    )


def _q1_shows(first, spots):
    prior, chance = np.array([first, 1000 - first]) / 1000, np.array(spots)
    both = chance * (1 - chance)  # the first spotted, the second plain
    shares = prior * both / (prior @ both)
    likelier = np.eye(2)[shares.argmax()]

    def then(shares):
        """The two shares, and with them the probability of spots on a third flower."""
        return [*shares, shares @ chance]

    return (
        Mistake(
            name="no weights in the denominator",
            wrong=then(prior * both / both.sum()),
            message="Above the line you counted how common each kind is, below it you did not: formula (9) as the article prints it. The sum below runs over exactly what stands above.",
            link=f"{CHAPTER}#erratum-5",
        ),
        Mistake(
            name="no weights at all",
            wrong=then(both / both.sum()),
            message=f"You compared what the kinds produce alone. There are {first} plants of the first kind, and only {1000 - first} of the second.",
            link=f"{CHAPTER}#eq-8",
        ),
        Mistake(
            name="not normalised",
            wrong=then(prior * both),
            message="These are shares of all the plants. Yours is one with a spotted flower and a plain one: among how many?",
        ),
        Mistake(
            name="the first flower only",
            wrong=then(prior * chance / (prior @ chance)),
            message="Right after the first flower. The second is plain, which speaks for one of the kinds as well.",
        ),
        Mistake(
            name="prior counted twice",
            wrong=then(prior**2 * both / (prior**2 @ both)),
            message="You multiplied the posteriors of the two flowers. How common each kind is went into both: once is enough.",
        ),
        Mistake(
            name="third flower from the prior",
            wrong=[*shares, prior @ chance],
            message="The shares are right. For the third flower you went back to the meadow as a whole; by now you know more about this plant.",
        ),
        Mistake(
            name="third flower of the likelier kind",
            wrong=[*shares, likelier @ chance],
            message="The shares are right. For the third flower you decided for the likelier kind; the other still has its share.",
        ),
        Mistake(
            name="the prior",
            wrong=then(prior),
            message="This is what one knows before looking at the flowers. They have not been used.",
            link=f"{CHAPTER}#eq-8",
        ),
        Mistake(
            name="hard assignment",
            wrong=then(likelier),
            message="You decided for the likelier kind. The posterior keeps the doubt.",
        ),
        Mistake(
            name="both spotted",
            wrong=then(prior * chance**2 / (prior @ chance**2)),
            message="Right for two spotted flowers. The second of yours is plain.",
        ),
    )


_q1 = Drawn(
    id="hw4.q1",
    title="Two flowers of one plant",
    points=2,
    link=f"{CHAPTER}#eq-9",
    hint="Imagine a thousand plants: of how many of each kind is the first flower spotted and the second plain?",
    apart=((0, 1), (2,)),
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: the border

_Q2 = dict(means=(0.0, 5.0), variance=3.0, weight=0.9)


def _q2_draw(lots):
    first = lots.one_of((-2.0, -1.0, 0.0, 1.0, 2.0))
    return dict(
        means=(first, first + lots.one_of((4.0, 5.0, 6.0))),
        variance=lots.one_of((2.0, 3.0, 5.0)),
        weight=lots.one_of((0.6, 0.7, 0.8, 0.9)),
    )


def _q2_told(means, variance, weight):
    return (
        f"Both variances are {number(variance)}. Component 1 has mean {number(means[0])} and weight {number(weight)}, "
        f"component 2 has mean {number(means[1])} and weight {number(1 - weight)}."
    )


def _q2_shows(means, variance, weight):
    half, distance, odds = sum(means) / 2, means[1] - means[0], np.log(weight / (1 - weight))
    shift = variance / distance * odds  # sigma^2 / (mu_2 - mu_1) * log(phi_1 / phi_2)
    return (
        Mistake(
            name="halfway between the means",
            wrong=half,
            message="This is halfway between the means: the border of a ruler. The first component is the more common one; does that not push the border?",
            link=f"{CHAPTER}#erratum-14",
        ),
        Mistake(
            name="to the wrong side",
            wrong=half - shift,
            message="The distance is right, the side is not. The common component should win more ground, not less.",
        ),
        Mistake(
            name="variance taken as 1",
            wrong=half + odds / distance,
            message="The shift does not depend on the variance in your answer. Wider components blur the difference, and the weights count for more.",
        ),
        Mistake(
            name="standard deviation for the variance",
            wrong=half + np.sqrt(variance) / distance * odds,
            message=f"You seem to have used the standard deviation. In the exponent stands the variance, which is {number(variance)} here.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="variance squared",
            wrong=half + variance**2 / distance * odds,
            message=f"You seem to have squared the variance: {number(variance)} is given as the square already.",
        ),
        Mistake(
            name="half in the exponent",
            wrong=half + 2 * shift,
            message="The shift is twice what it should be. Each exponent has a factor one half; follow it through.",
        ),
        Mistake(
            name="half twice",
            wrong=half + shift / 2,
            message="The shift is half of what it should be. Write both exponents out and subtract them.",
        ),
        Mistake(
            name="shift without its factor",
            wrong=half + odds,
            message="You added the whole logarithm of the ratio. How fast do the log-odds fall along the line? That is the slope to divide by.",
        ),
        Mistake(
            name="decimal logarithm",
            wrong=half + variance / distance * odds / np.log(10),
            message="You took the logarithm to base ten. The density has e in it, so the natural one is needed.",
        ),
        Mistake(
            name="logarithm of the weight alone",
            wrong=half - variance / distance * np.log(weight),
            message="Only the weight of one component has got in. It is their ratio that counts.",
        ),
        Mistake(
            name="logarithm of the other weight alone",
            wrong=half + variance / distance * np.log(1 - weight),
            message="Only the weight of one component has got in. It is their ratio that counts.",
        ),
        Mistake(
            name="logarithm of the other weight alone, turned",
            wrong=half - variance / distance * np.log(1 - weight),
            message="Only the weight of one component has got in. It is their ratio that counts.",
        ),
        Mistake(
            name="average of the means",
            wrong=weight * means[0] + (1 - weight) * means[1],
            message="This is the weighted average of the means: where the mixture balances. The question is where both components have the same claim.",
        ),
        Mistake(
            name="mirrored average of the means",
            wrong=(1 - weight) * means[0] + weight * means[1],
            message=f"A point {number(weight)} of the way is a fair guess, but the border is where two weighted densities are equal. Set them equal and solve.",
        ),
    )


_q2 = Drawn(
    id="hw4.q2",
    title="Where the verdict changes",
    points=2,
    link=f"{CHAPTER}#eq-6-3",
    hint="Set the two weighted densities equal and take logarithms: the squares of x cancel.",
    numbers=_Q2,
    draw=_q2_draw,
    told=_q2_told,
    shows=_q2_shows,
)


# q3: the posterior on a line


def _line(rng, size):
    n, k = size[:2]
    x = np.round(rng.normal(0, 3, n), 1) + 0.0
    sds = np.ones(k)
    while len(set(sds)) < k or 1.0 in sds * size.scale:  # with 1, a variance and a standard deviation are the same
        sds = np.round(rng.uniform(0.5, 2.5, k), 1)
    means = draws.placed(np.round(rng.normal(0, 2, k), 1), size)
    return draws.placed(x, size), draws.weights(rng, k), means, np.round(sds * size.scale, 2)


def _f(x, means, sds):
    return np.exp(-(((x[:, None] - means) / sds) ** 2) / 2) / (sds * np.sqrt(2 * np.pi))


def _rows(table):
    return table / table.sum(axis=1, keepdims=True)


def _printed(x, weights, means, sds):
    f = _f(x, means, sds)
    return weights * f / f.sum(axis=1, keepdims=True)


def _no_weights(x, weights, means, sds):
    return _rows(_f(x, means, sds))


def _weight_added_to_log_density(x, weights, means, sds):
    return _rows(_f(x, means, sds) * np.exp(weights))


def _weights_below_only(x, weights, means, sds):
    f = _f(x, means, sds)
    return f / (weights * f).sum(axis=1, keepdims=True)


def _joint(x, weights, means, sds):
    return weights * _f(x, means, sds)


def _densities(x, weights, means, sds):
    return _f(x, means, sds)


def _prior_rows(x, weights, means, sds):
    return np.tile(weights, (len(x), 1))


def _divided_by_weights(x, weights, means, sds):
    return _rows(_f(x, means, sds) / weights)


def _columns(x, weights, means, sds):
    joint = _joint(x, weights, means, sds)
    return joint / joint.sum(axis=0)


def _grand_total(x, weights, means, sds):
    joint = _joint(x, weights, means, sds)
    return joint / joint.sum()


def _bell(x, weights, means, quadratic, front):
    return _rows(weights * np.exp(-quadratic) * front)


def _variance_for_sd(x, weights, means, sds):
    return answers.posterior(x, weights, means, np.sqrt(sds))


def _variance_inside_only(x, weights, means, sds):
    return _bell(x, weights, means, (x[:, None] - means) ** 2 / (2 * sds), 1 / sds)


def _sd_squared(x, weights, means, sds):
    return answers.posterior(x, weights, means, sds**2)


def _no_front(x, weights, means, sds):
    return _bell(x, weights, means, ((x[:, None] - means) / sds) ** 2 / 2, 1.0)


def _front_squared(x, weights, means, sds):
    return _bell(x, weights, means, ((x[:, None] - means) / sds) ** 2 / 2, 1 / sds**2)


def _front_rooted(x, weights, means, sds):
    return _bell(x, weights, means, ((x[:, None] - means) / sds) ** 2 / 2, 1 / np.sqrt(sds))


def _no_half(x, weights, means, sds):
    return _bell(x, weights, means, ((x[:, None] - means) / sds) ** 2, 1 / sds)


def _not_squared(x, weights, means, sds):
    return _bell(x, weights, means, np.abs((x[:, None] - means) / sds) / 2, 1 / sds)


def _sds_ignored(x, weights, means, sds):
    return _bell(x, weights, means, (x[:, None] - means) ** 2 / 2, 1.0)


def _nearest(x, weights, means, sds):
    return np.eye(len(means))[np.abs(x[:, None] - means).argmin(axis=1)]


def _hard(x, weights, means, sds):
    return np.eye(len(means))[answers.posterior(x, weights, means, sds).argmax(axis=1)]


def _inverse_distance(x, weights, means, sds):
    distance = np.abs(x[:, None] - means)
    with np.errstate(all="ignore"):
        return _rows(1 / distance)


def _cumulative(x, weights, means, sds):
    return _rows(weights * norm.cdf(x[:, None], means, sds))


_q3 = Function(
    id="hw4.q3",
    title="Bayes turned round",
    points=3,
    link=f"{CHAPTER}#eq-9",
    inputs=_line,
    sizes=draws.SIZES,
    rows_sum_to_one=True,
    hint="Take one point and one component: which two numbers are multiplied above the line, and what is added up below it?",
    mistakes=(
        Mistake(
            name="no weights in the denominator",
            wrong=_printed,
            message="The mixing weights stand above the line but not below it: formula (9) as the article prints it. Add up one of your rows: what should the probabilities of all the components sum to?",
            link=f"{CHAPTER}#erratum-5",
        ),
        Mistake(
            name="no weights at all",
            wrong=_no_weights,
            message="The mixing weights have no say in your result. A common component has more claim to any point than a rare one.",
            link=f"{CHAPTER}#eq-8",
        ),
        Mistake(
            name="weight added to the logarithm",
            wrong=_weight_added_to_log_density,
            message="You add the weight itself to the log-density. A product turns into a sum of two logarithms.",
        ),
        Mistake(
            name="weights below only",
            wrong=_weights_below_only,
            message="The mixing weights stand below the line but not above it. The sum below is made of exactly the terms above.",
        ),
        Mistake(
            name="nearest mean",
            wrong=_nearest,
            message="You give each point wholly to the nearest mean. The posterior keeps the doubt, and it measures in standard deviations.",
            link=f"{CHAPTER}#erratum-14",
        ),
        Mistake(
            name="hard assignment",
            wrong=_hard,
            message="You give each point wholly to its most probable component. The posterior keeps the doubt: a row of probabilities.",
        ),
        Mistake(
            name="inverse distances",
            wrong=_inverse_distance,
            message="You share the points out by how near the means are. A density knows more: how wide each component is, and how fast it falls off.",
            link=f"{CHAPTER}#erratum-14",
        ),
        Mistake(
            name="not normalised",
            wrong=_joint,
            message="This is weight times density, the top of the fraction. Divide each row by what it adds up to.",
        ),
        Mistake(
            name="densities",
            wrong=_densities,
            message="These are the densities: what each component produces. The weights and the division are still to come.",
        ),
        Mistake(
            name="the prior",
            wrong=_prior_rows,
            message="Each row holds the mixing weights: what one knows before looking at the point.",
            link=f"{CHAPTER}#eq-8",
        ),
        Mistake(
            name="divided by the weights",
            wrong=_divided_by_weights,
            message="You divide the densities by the mixing weights. A larger weight should mean a larger probability.",
        ),
        Mistake(
            name="wrong axis",
            wrong=_columns,
            message="Your columns sum to one. The question is asked for each point: which component produced it? So it is the row that sums to one.",
        ),
        Mistake(
            name="divided by the grand total",
            wrong=_grand_total,
            message="You divide by the sum over all points and components. Each point has its own row, and its own denominator.",
        ),
        Mistake(
            name="standard deviation taken for a variance",
            wrong=_variance_for_sd,
            message="You take the given standard deviations for variances. In the exponent they are squared.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="not squared in the exponent",
            wrong=_variance_inside_only,
            message="In the exponent stands the standard deviation where its square belongs.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="variance passed as standard deviation",
            wrong=_sd_squared,
            message="The standard deviations are squared before they are used as standard deviations. SciPy's scale, for one, is not a variance.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="no factor in front",
            wrong=_no_front,
            message="The density lacks the factor in front of the exponential. What is common to all components cancels, but their standard deviations differ.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="variance in front",
            wrong=_front_squared,
            message="In front of the exponential you divide by the variance. On a line the volume of a component grows with its standard deviation.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="root in front",
            wrong=_front_rooted,
            message="In front of the exponential you divide by the root of the standard deviation. The root is taken of the variance.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="no half in the exponent",
            wrong=_no_half,
            message="The factor one half is missing in the exponent.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="distance not squared",
            wrong=_not_squared,
            message="The distance stands in the exponent without its square: that is a pointed bell, not a Gaussian.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="standard deviations ignored",
            wrong=_sds_ignored,
            message="The standard deviations have no say in your result. Closeness is counted in standard deviations, not in centimetres.",
            link=f"{CHAPTER}#erratum-14",
        ),
        Mistake(
            name="distribution function",
            wrong=_cumulative,
            message="You use the distribution function (cdf), the probability of everything below the point. The density at the point is meant.",
            link="05_gaussian#eq-7",
        ),
    ),
)


# q4: the most probable component


def _plane(rng, size):
    """A mixture of unlike components, and points; with 60, each of the simple rules goes wrong somewhere."""
    n, k, m = size[:3]
    while True:
        p = draws.parameters(rng, k, m, spread=1.5)
        scales = rng.permutation([0.3, 4.0, 1.0, 2.0][:k])  # unlike sizes, so that the volume matters
        p = Parameters(p.weights, p.means, np.round(p.covariances * scales[:, None, None], 2))
        X = draws.points(rng, n, m, spread=2.5)
        right = answers.most_probable(X, p)
        if n < 60 or (len(set(right)) > 1 and all((right != rule(X, p)).any() for rule in _RULES)):
            return X, p


def _a(X, p):
    return mixture.log_joint(X, p)


def _ruler(X, parameters):
    return ((X[:, None] - parameters.means) ** 2).sum(axis=2).argmin(axis=1)


def _distances(X, p):
    return np.stack([gaussian.mahalanobis(X, mean, cov) for mean, cov in zip(p.means, p.covariances)], axis=1)


def _in_standard_deviations(X, parameters):
    return _distances(X, parameters).argmin(axis=1)


def _largest_density(X, parameters):
    return gaussian.log_densities(X, parameters.means, parameters.covariances).argmax(axis=1)


def _no_volume(X, parameters):
    return (np.log(parameters.weights) - _distances(X, parameters) ** 2 / 2).argmax(axis=1)


def _weight_added(X, parameters):
    return (parameters.weights + gaussian.log_densities(X, parameters.means, parameters.covariances)).argmax(axis=1)


def _weight_times_logarithm(X, parameters):
    return (parameters.weights * gaussian.log_densities(X, parameters.means, parameters.covariances)).argmax(axis=1)


_RULES = (_ruler, _in_standard_deviations, _largest_density, _no_volume)


def _least_probable(X, parameters):
    return _a(X, parameters).argmin(axis=1)


def _from_one(X, parameters):
    return answers.most_probable(X, parameters) + 1


def _best_point(X, parameters):
    return _a(X, parameters).argmax(axis=0)


def _most_common(X, parameters):
    return np.full(len(X), parameters.weights.argmax())


def _best_entry(X, parameters):
    return _a(X, parameters).argmax()


def _largest_posterior(X, parameters):
    joint = np.exp(_a(X, parameters))
    return _rows(joint).max(axis=1)


def _soft(X, parameters):
    return _rows(np.exp(_a(X, parameters)))


def _one_hot(X, parameters):
    return np.eye(parameters.k)[answers.most_probable(X, parameters)]


def _linear_joint(X, parameters):
    return np.exp(_a(X, parameters)).argmax(axis=1)


def _far(rng):
    """Points so far out that every density underflows, and the winner is not the first component."""
    while True:
        p = draws.parameters(rng)
        X = np.round(rng.normal(0, 1, (4, 2)), 1) * 400 + 1000
        if answers.most_probable(X, p).min() > 0:
            return X, p


_q4 = Function(
    id="hw4.q4",
    title="The most probable component",
    points=3,
    link=f"{CHAPTER}#erratum-14",
    names=("X", "parameters"),
    inputs=_plane,
    # Many points, for with few a wrong rule may be right by luck; but few are quick to read.
    sizes=tuple(draws.Size(*size) for size in ((1, 3, 2), (2, 3, 1), (5, 2, 3), (20, 2, 2), (30, 4, 1), (60, 4, 3))),
    corners=(_far,),
    hint="Compare the logarithms of weight times density, in each row.",
    mistakes=(
        Mistake(
            name="nearest mean",
            wrong=_ruler,
            message="You look which mean is closest with a ruler, as the article suggests. A wide component reaches farther than a narrow one, and a common one has a head start.",
        ),
        Mistake(
            name="nearest in standard deviations",
            wrong=_in_standard_deviations,
            message="You count standard deviations: better than a ruler. But a wide component is thin everywhere, and a rare one is rare: two terms are still missing.",
        ),
        Mistake(
            name="no volume",
            wrong=_no_volume,
            message="Distance and weight are in; the volume of the component, its determinant, is not. A wide component spreads its weight thin.",
            link="05_gaussian#eq-7",
        ),
        Mistake(
            name="no weights",
            wrong=_largest_density,
            message="You compare the densities alone. A common component deserves a head start.",
            link=f"{CHAPTER}#eq-9",
        ),
        Mistake(
            name="weight added to the logarithm",
            wrong=_weight_added,
            message="You add the weight itself to the log-density. A product turns into a sum of two logarithms.",
            link=f"{CHAPTER}#eq-9",
        ),
        Mistake(
            name="weight times the logarithm",
            wrong=_weight_times_logarithm,
            message="You multiply the log-density by the weight. The weight multiplies the density; what does that do to the logarithm?",
            link=f"{CHAPTER}#eq-9",
        ),
        Mistake(
            name="least probable",
            wrong=_least_probable,
            message="You pick the least probable component of each point. A logarithm is larger where its density is, even if it is negative.",
        ),
        Mistake(
            name="counted from one",
            wrong=_from_one,
            message="Right, but counted from one. In Python the first component has the number 0.",
        ),
        Mistake(
            name="wrong axis",
            wrong=_best_point,
            message="You found, for each component, the point that suits it best. The question is asked for each point: which component? Take the other axis.",
        ),
        Mistake(
            name="largest entry of all",
            wrong=_best_entry,
            message="This is one number: the place of the largest entry of the whole table. There is one answer for each row.",
        ),
        Mistake(
            name="the most common component",
            wrong=_most_common,
            message="You name the most common component for every point. That is the best guess before one has looked at it.",
            link=f"{CHAPTER}#eq-8",
        ),
        Mistake(
            name="its probability",
            wrong=_largest_posterior,
            message="This is how probable the most probable component is. Which one is it?",
        ),
        Mistake(
            name="the posterior",
            wrong=_soft,
            message="These are all the probabilities: the soft assignment. The number of the component with the largest is asked for.",
        ),
        Mistake(
            name="one-hot",
            wrong=_one_hot,
            message="You mark the component by a 1 in a row of zeros. Its number is asked for, one for each point.",
        ),
        Mistake(
            name="linear space",
            wrong=_linear_joint,
            message="Right for ordinary points. Far out all densities are 0 in the machine, and the first component wins by default. Their logarithms still differ.",
        ),
    ),
)


# q5: errors to expect


def _posteriors(rng, size):
    return (draws.shares(rng, size),)


def _error_rate(posterior):
    return (1 - posterior.max(axis=1)).mean()


def _expected_hits(posterior):
    return posterior.max(axis=1).sum()


def _hit_rate(posterior):
    return posterior.max(axis=1).mean()


def _smallest(posterior):
    return posterior.min(axis=1).sum()


def _of_columns(posterior):
    return (1 - posterior.max(axis=0)).sum()


def _random_guess(posterior):
    return (1 - (posterior**2).sum(axis=1)).sum()


def _unsure(posterior):
    return float((posterior.max(axis=1) < 0.5).sum())


def _unsure_90(posterior):
    return float((posterior.max(axis=1) < 0.9).sum())


def _per_point(posterior):
    return 1 - posterior.max(axis=1)


def _one_minus_largest(posterior):
    return 1 - posterior.max()


def _entropy(posterior):
    return -(posterior * np.log(posterior)).sum()


def _product(posterior):
    return 1 - np.prod(posterior.max(axis=1))


def _second(posterior):
    return np.sort(posterior, axis=1)[:, -2].sum()


_q5 = Function(
    id="hw4.q5",
    title="Errors to expect",
    points=2,
    link=CHAPTER,
    inputs=_posteriors,
    sizes=draws.SIZES,
    hint="With what probability is the guess for one point wrong? Expected numbers of errors add up.",
    mistakes=(
        Mistake(
            name="error rate",
            wrong=_error_rate,
            message="This is the share of errors. The expected number is asked for, over all the points.",
        ),
        Mistake(
            name="expected hits",
            wrong=_expected_hits,
            message="This is the number of right guesses to expect. How many are wrong?",
        ),
        Mistake(
            name="hit rate",
            wrong=_hit_rate,
            message="This is the share of right guesses to expect. The number of wrong ones is asked for.",
        ),
        Mistake(
            name="smallest probabilities",
            wrong=_smallest,
            message="You add up the smallest probability of each point. The guess is wrong whenever any of the other components produced the point.",
        ),
        Mistake(
            name="runner-up only",
            wrong=_second,
            message="You count only the runner-up. The guess is wrong whenever any of the other components produced the point.",
        ),
        Mistake(
            name="wrong axis",
            wrong=_of_columns,
            message="You take the largest entry of each column: one for each component. A guess is made for each point.",
        ),
        Mistake(
            name="a guess by dice",
            wrong=_random_guess,
            message="This would be right if one drew the guess at random from the posterior. Always naming the most probable component errs less often.",
        ),
        Mistake(
            name="points in doubt",
            wrong=_unsure,
            message="You count the points whose largest probability is below one half. A guess at 0.7 also errs, three times in ten.",
        ),
        Mistake(
            name="points in doubt at 0.9",
            wrong=_unsure_90,
            message="You count the points in doubt. A guess at 0.7 does not err for certain: three times in ten.",
        ),
        Mistake(
            name="one number a point",
            wrong=_per_point,
            message="Right for each point by itself. The expected number of errors over all of them is a single number.",
        ),
        Mistake(
            name="largest of all",
            wrong=_one_minus_largest,
            message="You look at the largest entry of the whole table, the surest point. Each point has a guess of its own.",
        ),
        Mistake(
            name="entropy",
            wrong=_entropy,
            message="This is the entropy: doubt, measured in nats. How often the guess is wrong needs no logarithm.",
        ),
        Mistake(
            name="at least one error",
            wrong=_product,
            message="This is the probability of at least one error. The expected number is an easier sum.",
        ),
    ),
)


# q6: judgement

_q6 = Choice(
    id="hw4.q6",
    title="What a posterior says",
    points=2,
    link=CHAPTER,
    options={
        "a": "The posterior compares the components with each other, and with nothing else. Think of a petal half a metre long.",
        "b": "In a row as printed all entries are divided by the same number, if a wrong one. What does that do to their order?",
        "c": "Doubling acts on the odds. Try it with a posterior of 0.8.",
        "d": "If the mixture is true, the posterior is calibrated. What does a forecaster's 80 % promise about many days?",
        "e": "Two components may be equally common and still differ in something that a ruler does not see.",
        "f": "With unequal covariances the border is where a quadratic function is zero. Which curves can that be?",
    },
)


# q7, beyond: log-odds


def _far_pair(rng):
    return np.round(rng.normal(0, 1, (3, 2)), 1) * 300 + 900, draws.parameters(rng, k=2, m=2)


def _odds(X, parameters):
    with np.errstate(all="ignore"):
        return np.exp(answers.log_odds(X, parameters))


def _turned(X, parameters):
    return -answers.log_odds(X, parameters)


def _sigmoid(X, parameters):
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-answers.log_odds(X, parameters)))


def _log_ratio_of_densities(X, parameters):
    f = gaussian.log_densities(X, parameters.means, parameters.covariances)
    return f[:, 0] - f[:, 1]


def _weights_subtracted(X, parameters):
    return _log_ratio_of_densities(X, parameters) + parameters.weights[0] - parameters.weights[1]


def _through_densities(X, parameters):
    joint = np.exp(_a(X, parameters))
    with np.errstate(all="ignore"):
        return np.log(joint[:, 0] / joint[:, 1])


def _quotient_of_logarithms(X, parameters):
    a = _a(X, parameters)
    return a[:, 0] / a[:, 1]


def _base_two(X, parameters):
    return answers.log_odds(X, parameters) / np.log(2)


def _base_ten(X, parameters):
    return answers.log_odds(X, parameters) / np.log(10)


def _log_probability(X, parameters):
    return -np.logaddexp(0, -answers.log_odds(X, parameters))


def _no_determinants(X, parameters):
    d = _distances(X, parameters) ** 2 / 2
    return d[:, 1] - d[:, 0] + np.log(parameters.weights[0] / parameters.weights[1])


_q7 = Function(
    id="hw4.q7",
    title="Beyond: the log-odds",
    points=0,
    link=f"{CHAPTER}#eq-6-2",
    names=("X", "parameters"),
    inputs=draws.problem,
    sizes=tuple(size._replace(k=2) for size in draws.SIZES),  # odds compare two
    corners=(_far_pair,),
    hint="The logarithm of a fraction is a difference, and the common denominator of (9) drops out.",
    mistakes=(
        Mistake(
            name="turned round",
            wrong=_turned,
            message="Right, but for the second component against the first. A positive number should speak for the first.",
        ),
        Mistake(
            name="no weights",
            wrong=_log_ratio_of_densities,
            message="This is the log-ratio of the densities. The prior odds are missing: how common is each component?",
            link=f"{CHAPTER}#eq-8",
        ),
        Mistake(
            name="through the densities",
            wrong=_through_densities,
            message="Right for ordinary points. Far out both densities are 0 in the machine, and 0/0 has no logarithm. Do not leave log-space in the first place.",
        ),
        Mistake(
            name="odds",
            wrong=_odds,
            message="These are the odds. Their logarithm is asked for, which stays in range where the odds do not.",
        ),
        Mistake(
            name="the probability",
            wrong=_sigmoid,
            message="This is the posterior of the first component. The log-odds are what goes into the sigmoid, not what comes out.",
        ),
        Mistake(
            name="logarithm of the probability",
            wrong=_log_probability,
            message="This is the logarithm of the posterior. Odds compare it with the posterior of the other component.",
        ),
        Mistake(
            name="weights not in logarithms",
            wrong=_weights_subtracted,
            message="The weights enter as they are. They multiply the densities; what does that become in a logarithm?",
        ),
        Mistake(
            name="quotient of logarithms",
            wrong=_quotient_of_logarithms,
            message="You divide one logarithm by the other. The logarithm of a fraction is something simpler.",
        ),
        Mistake(
            name="no determinants",
            wrong=_no_determinants,
            message="Distances and weights are in; the volumes of the components, their determinants, are not.",
            link=f"{CHAPTER}#erratum-14",
        ),
        Mistake(
            name="base two",
            wrong=_base_two,
            message="You take logarithms to base two. The sigmoid has e in it: the natural logarithm is meant.",
        ),
        Mistake(
            name="base ten",
            wrong=_base_ten,
            message="You take logarithms to base ten. The sigmoid has e in it: the natural logarithm is meant.",
        ),
    ),
)


# q8: a derivation, read by a teacher

_q8 = Derivation(
    id="hw4.q8",
    title="The best guess",
    points=2,
    link="06_posterior#eq-9",
    rubric=(
        "Both probabilities, the second by adding up over what is drawn and what is true.",
        "The inequality, since each share is at most the largest and the shares sum to one, and the cases of equality.",
    ),
)


HOMEWORK = Homework(
    id="hw4",
    title="Bayes turned round",
    minutes=55,
    exercises=(_q1, _q2, _q3, _q4, _q5, _q6, _q7, _q8),
)
