"""Homework 10, the capstone: Old Faithful, from the first look to what the clusters do not mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from gmm_lib import datasets, em, selection
from gmm_lib.likelihood import log_likelihood
from gmm_lib.mixture import log_joint
from gmm_lib.parameters import Parameters
from gmm_lib.steps import Steps
from gmm_lib.validation import CollapsedComponentError

from ..checker.catalogue import AnswersOf
from ..checker.choice import Choice
from ..checker.comparing import NotNumbers, as_numbers, kind
from ..checker.decision import Decision
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Exercise, Homework, Mistake
from ..checker.function import Function
from ..checker.numerals import NUMERALS, ROUGHLY
from ..checker.text import Idea, Text
from ..checker.verdict import CORRECT
from . import draws

answers = AnswersOf("hw10_capstone")  # for what is made from a right answer

CHAPTER = "12_selection"
PRICE = f"{CHAPTER}#eq-12-2"


# q1: free parameters by pencil

_Q1 = dict(ks=(2, 3))  # components for Old Faithful, two-dimensional, and for the wines, of 13 quantities


def _q1_draw(lots):
    return dict(ks=(lots.one_of((2, 3, 4, 5)), lots.one_of((2, 3, 4, 5, 6))))


def _q1_told(ks):
    return f"(a) Old Faithful, m = 2, with k = {ks[0]}; (b) the wines, m = 13, with k = {ks[1]}."


def _q1_shows(ks):
    k, m = np.array(ks), np.array([2, 13])
    weights, means, symmetric = k - 1, k * m, m * (m + 1) // 2
    right = weights + means + k * symmetric
    return (
        Mistake(
            name="all weights free",
            wrong=right + 1,
            message="One too many in each: weights sum to one, so that the last follows from the others.",
        ),
        Mistake(
            name="no weights",
            wrong=right - weights,
            message="Means and covariances are right. The mixing weights are parameters too, though the article's (5) forgets them.",
            link="04_likelihood#erratum-3",
        ),
        Mistake(
            name="all entries of the covariances",
            wrong=weights + means + k * m**2,
            message="You counted every entry of the covariances. They are symmetric: what stands below the diagonal stands above it already.",
        ),
        Mistake(
            name="variances only",
            wrong=weights + 2 * means,
            message="You counted the variances. Full covariances have entries off the diagonal as well.",
        ),
        Mistake(
            name="no diagonal",
            wrong=right - k * m,
            message="In the covariances you left out the diagonal. A variance is a free parameter like a covariance.",
        ),
        Mistake(
            name="one component",
            wrong=m + symmetric,
            message="This is the price of a single Gaussian. Each component has a mean and a covariance of its own, and then there are the weights.",
        ),
        Mistake(
            name="one covariance for all",
            wrong=weights + means + symmetric,
            message="You counted one covariance for all the components together. Here each has its own.",
        ),
    )


_q1 = Drawn(
    id="hw10.q1",
    title="What a component costs",
    points=1,
    link=CHAPTER,
    tolerance=0.01,
    hint="Count apart: weights that may be chosen freely, means, and the entries of a symmetric matrix.",
    apart=((0,), (1,)),
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: BIC


def _free(ks, m):
    return np.array([selection.n_free_parameters(int(k), int(m)) for k in ks])


def _criterion(sign=-2.0, free=_free, price=np.log, log_factor=1.0):
    def implementation(log_likelihoods, ks, n, m):
        return sign * np.asarray(log_likelihoods) + log_factor * free(np.asarray(ks), m) * price(n)

    return implementation


def _scan(rng, n):
    ks = np.sort(rng.permutation(np.arange(1, 8))[:n])
    return np.round(rng.uniform(-900, -100, n), 1), ks, int(rng.integers(40, 900)), 1 + n % 3 + 3 * int(rng.integers(2))


_q2 = Function(
    id="hw10.q2",
    title="The price list",
    points=2,
    link=PRICE,
    inputs=_scan,
    sizes=(1, 2, 3, 4, 5),
    hint="Count the free parameters of each k as in the first exercise; lower is better.",
    mistakes=(
        Mistake(
            name="all weights free",
            wrong=_criterion(free=lambda ks, m: _free(ks, m) + 1),
            message="Your count is one too high for every k: the weights sum to one.",
        ),
        Mistake(
            name="no weights",
            wrong=_criterion(free=lambda ks, m: _free(ks, m) - ks + 1),
            message="Your count leaves out the mixing weights, as the article's (5) does.",
            link="04_likelihood#erratum-3",
        ),
        Mistake(
            name="all entries of the covariances",
            wrong=_criterion(free=lambda ks, m: ks - 1 + ks * m + ks * m * m),
            message="You count every entry of the covariances. They are symmetric.",
        ),
        Mistake(
            name="variances only",
            wrong=_criterion(free=lambda ks, m: ks - 1 + 2 * ks * m),
            message="You count the variances only. Full covariances have entries off the diagonal as well.",
        ),
        Mistake(
            name="no diagonal",
            wrong=_criterion(free=lambda ks, m: ks - 1 + ks * m + ks * m * (m - 1) // 2),
            message="In the covariances you leave out the diagonal: a variance is a parameter too.",
        ),
        Mistake(
            name="AIC",
            wrong=_criterion(price=lambda n: 2.0),
            message="This is AIC: a price of 2 for each parameter. The price of BIC depends on the number of points.",
        ),
        Mistake(
            name="number of components as price",
            wrong=_criterion(free=lambda ks, m: ks),
            message="You charge for each component. The price is per free parameter, and a component has several.",
        ),
        Mistake(
            name="half of it",
            wrong=_criterion(sign=-1.0, log_factor=0.5),
            message="This is half the BIC: it would choose the same k, but the book's form, and scikit-learn's, is minus twice the log-likelihood plus the price.",
        ),
        Mistake(
            name="larger is better",
            wrong=_criterion(sign=2.0, log_factor=-1.0),
            message="Some books define BIC with the opposite sign, larger is better. Here lower is better.",
        ),
        Mistake(
            name="log-likelihood added",
            wrong=_criterion(sign=2.0),
            message="You add the log-likelihood to the price. The one is a merit and the other a cost: they have opposite signs.",
        ),
        Mistake(
            name="log-likelihood not doubled",
            wrong=_criterion(sign=-1.0),
            message="The price is right. The log-likelihood is counted twice in BIC.",
        ),
        Mistake(
            name="price doubled",
            wrong=_criterion(log_factor=2.0),
            message="You charge each parameter twice the logarithm of n.",
        ),
        Mistake(
            name="logarithm to base 10",
            wrong=_criterion(price=np.log10),
            message="You take the logarithm to base 10. The log-likelihood is in natural logarithms, and so is the price.",
        ),
        Mistake(
            name="per point",
            wrong=lambda log_likelihoods, ks, n, m: answers.bic(log_likelihoods, ks, n, m) / n,
            message="You divide the whole by n. It would choose the same k; the criterion as it is written does not divide.",
        ),
        Mistake(
            name="numbers instead of points",
            wrong=lambda log_likelihoods, ks, n, m: answers.bic(log_likelihoods, ks, n * m, m),
            message="You count n times m numbers. The logarithm is that of the number of points.",
        ),
        Mistake(
            name="price without logarithm",
            wrong=_criterion(price=lambda n: float(n)),
            message="You charge n for each parameter. Its logarithm is meant.",
        ),
    ),
)


# q3: a choice and its reason


_q3 = Decision(
    id="hw10.q3",
    title="Choose k",
    points=2,
    link=CHAPTER,
    accepted={
        2: Idea(
            words=(
                "bic",
                "icl",
                "lowest",
                "stable",
                "stabil",
                "picture",
                "plot",
                "two heaps",
                "two groups",
                "two clouds",
                "two kinds",
            ),
            hint="Two can well be defended, but not with what you wrote. Which columns of the table have their best value there, or what does the picture show?",
        ),
        3: Idea(
            words=("held", "unseen", "predict", "new eruption", "cross", "density"),
            hint="Three can be defended, for one purpose, but not with what you wrote. Which column of the table has its best value there, and what does that column measure?",
        ),
        4: Idea(
            words=("aic", "akaike"),
            hint="Four has one advocate in the table, and it is not the one you wrote about. Which column has its lowest value there?",
        ),
    },
    refused={
        1: "With one component the log-likelihood is about 160 lower than with two, for a saving of six parameters. Is there any column of the table that has its best value at one?",
        5: "Look along the columns: does any of them have its best value at five? That the log-likelihood is highest there says nothing, for it never falls.",
    },
    otherwise="The table goes from one to five: choose among them, by a column you can name.",
    rubric=(
        "The k is one of those that can be defended, and the column that speaks for it is named.",
        "What that column measures, and that this is what the choice is for.",
    ),
)


# q4: a fit

# For each k the likeliest end known with a small floor; how far below a fit may stay (with three and four components
# several ends are respectable, and the likeliest is found by one start in ten); and how much EM may still gain without
# a floor (the floor of exercise 3 alone costs 1.1 and 1.5 there).
SECOND = 1 / 60  # the eruptions were timed to the second, in minutes
PER_COMPONENT = 5  # free parameters of a Gaussian in two dimensions


@cache
def _geyser():
    return datasets.old_faithful().X


@dataclass(frozen=True, kw_only=True)
class _FittedModel(Exercise):
    """Fitted parameters in any form, judged by what EM and the data say to them."""

    def examine(self, answer, rng=None):
        if answer is None or answer is ...:
            return self.unanswered()
        try:
            fit = Parameters(*_three(answer))
        except NotNumbers as error:
            return self.not_yet(
                "wrong type",
                f"Your answer is {error}. Give Parameters, a fitted GaussianMixture, or (weights, means, covariances).",
            )
        except CollapsedComponentError:
            return self.not_yet(
                "collapsed",
                "The covariance of a component is singular: it has collapsed on to a few eruptions. A small floor (reg_covar) prevents that.",
                "10_model#erratum-20",
            )
        except ValueError as error:
            return self.not_yet("not a mixture", f"These are not the parameters of a mixture: {error}")
        return self._of_place(fit) or self._of_size(fit) or self._of_climb(fit) or CORRECT

    def _of_place(self, fit):
        X = _geyser()
        if fit.m != 2:
            return self.not_yet("wrong shape", f"The fit must be of both columns, m = 2; yours has m = {fit.m}.")
        middle, spread = fit.weights @ fit.means, X.std(axis=0)
        near = lambda place: bool(np.all(np.abs(middle - place) < 0.1 * np.maximum(spread, 0.1)))  # noqa: E731
        if near(X.mean(axis=0)):
            return None
        if np.all(np.abs(middle) < 0.02):
            return self.not_yet(
                "standardised",
                "You fitted standardised data, which is a sound idea. Turn means and covariances back into minutes, or fit the data as they are.",
            )
        if np.all(np.abs(middle[::-1] - X.mean(axis=0)) < 0.1 * spread):
            return self.not_yet(
                "columns swapped",
                "Waiting times and eruptions have changed places: the first column holds the eruptions.",
            )
        if np.all(np.abs(middle / 60 - X.mean(axis=0)) < 0.1 * spread):
            return self.not_yet("in seconds", "Your means are in seconds. The data, and the check, are in minutes.")
        return self.not_yet(
            "not fitted",
            "The weighted average of your means is not the mean of the data, as it is after every M-step. Are these parameters of a start, or of other data?",
            "09_m_step#eq-13",
        )

    def _of_size(self, fit):
        if fit.k not in answers.BEST:
            return self.not_yet(
                "another k", f"Your fit has k = {fit.k}. Fit the k that you have just defended: 2, 3 or 4."
            )
        counts = fit.weights * len(_geyser())
        j = int(np.argmin(fit.covariances[:, 0, 0]))
        if fit.covariances[j, 0, 0] < SECOND**2 / 12:
            return self.not_yet(
                "collapsed",
                "One component is thinner than the clock could measure: the eruptions were timed to the second. Raise the floor to something that has a reason.",
                "11_evaluation",
            )
        if counts.min() <= PER_COMPONENT:
            return self.not_yet(
                "spurious",
                f"One component holds {counts.min():.1f} eruptions, no more than it has free parameters ({PER_COMPONENT}). It describes these few points and nothing else.",
                "11_evaluation",
            )
        return None

    def _of_climb(self, fit):
        X = _geyser()
        here, steps = log_likelihood(X, fit), Steps(X)
        try:
            # No floor: what EM still gains from here, in units of the log-likelihood of all points.
            objective = lambda theta: len(X) * steps.objective(theta)  # noqa: E731
            end = em.run(fit, steps.e_step, steps.m_step, objective, tol=1e-7, max_iter=300)
        except CollapsedComponentError:
            return self.not_yet(
                "collapsed",
                "From your parameters on, a component collapses. It leans on a few eruptions in a line; try other starts.",
                "10_model#erratum-20",
            )
        best, allowed, gain = answers.BEST[fit.k]
        rise = end.objective - here
        if rise > gain:
            return self.not_yet(
                "not converged",
                f"From your parameters EM still gains {rise:.1f} in log-likelihood. Was it stopped too early, held back by a large floor, or shown a part of the data only?",
                "10_model",
            )
        if here < best - allowed:
            return self.not_yet(
                "an inferior optimum",
                f"EM has come to rest here, at {here:.1f}, but other starts end more than {int(best - here)} higher. One start is a sample of size one.",
                "10_model",
            )
        return None


def _three(answer):
    """Weights, means and covariances from whatever holds them."""
    if isinstance(answer, type):
        raise NotNumbers("a class, not a fitted model")
    if getattr(answer, "covariance_type", "full") != "full":
        raise NotNumbers(
            f"a model with covariances of type {answer.covariance_type!r}, and the table of exercise 3 was made with full ones"
        )
    if hasattr(answer, "parameters_"):
        answer = answer.parameters_
    names = ("weights", "means", "covariances")
    if isinstance(answer, Mapping):
        if not all(name in answer for name in names):
            raise NotNumbers("a dict without weights, means and covariances")
        found = [answer[name] for name in names]
    elif all(hasattr(answer, name) for name in names):
        found = [getattr(answer, name) for name in names]
    elif all(hasattr(answer, f"{name}_") for name in names):
        found = [getattr(answer, f"{name}_") for name in names]
    elif isinstance(answer, tuple | list) and len(answer) == 3:
        found = answer
    elif hasattr(answer, "fit"):
        raise NotNumbers("an estimator that has not been fitted")
    else:
        raise NotNumbers(kind(answer))
    return [as_numbers(part) for part in found]


_q4 = _FittedModel(id="hw10.q4", title="Fit", points=3, link=CHAPTER)


# q5: how many are in doubt


def _shares_and_level(rng, size):
    n = size.n
    while True:
        w = draws.shares(rng, size)
        level = float(rng.choice([0.575, 0.675, 0.775]))  # between the two decimals of the shares: no ties
        share = answers.doubtful(w, level)
        if n < 7 or (
            0.2 < share < 0.8
            and share != 0.5
            and w.max() >= 0.9
            and share != answers.doubtful(w, 0.9)
            and w[:, 0].max() > level
        ):
            return w, level


def _exactly_at_the_level(rng):
    w = np.array([[0.75, 0.25], [0.5, 0.5], [0.25, 0.75], [0.125, 0.875]])  # exact in binary: no rounding decides
    return w[rng.permutation(4)], 0.75


def _doubt_with(rule):
    return lambda responsibilities, level: rule(responsibilities, level)


_q5 = Function(
    id="hw10.q5",
    title="Who is in doubt",
    points=2,
    link="06_posterior",
    inputs=_shares_and_level,
    sizes=tuple(draws.Size(n, k, 0) for n, k in ((1, 3), (2, 2), (3, 4), (5, 2), (8, 3), (12, 4))),
    corners=(_exactly_at_the_level,),
    hint="For each point look at its largest responsibility, and at nothing else.",
    mistakes=(
        Mistake(
            name="the sure ones",
            wrong=_doubt_with(lambda w, level: (w.max(axis=1) >= level).mean()),
            message="You count the points that are sure. It is those in doubt that are asked for.",
        ),
        Mistake(
            name="a count",
            wrong=_doubt_with(lambda w, level: (w.max(axis=1) < level).sum()),
            message="You return how many points are in doubt. Their share of all points is asked for.",
        ),
        Mistake(
            name="the level itself",
            wrong=_doubt_with(lambda w, level: (w.max(axis=1) <= level).mean()),
            message="Right, but where a largest responsibility is the level exactly. Asked for are those below it.",
        ),
        Mistake(
            name="all entries",
            wrong=_doubt_with(lambda w, level: (w < level).mean()),
            message="You count all small entries of the table. A sure point has small entries too, for the components that it does not belong to: each point counts once.",
        ),
        Mistake(
            name="any small entry",
            wrong=_doubt_with(lambda w, level: (w < level).any(axis=1).mean()),
            message="Your result is always 1. Do you ask whether any entry of a row is small? Every point has such entries, also the surest.",
        ),
        Mistake(
            name="wrong axis",
            wrong=_doubt_with(lambda w, level: (w.max(axis=0) < level).mean()),
            message="You take the largest of each column: one number for each component. The points are the rows.",
        ),
        Mistake(
            name="average doubt",
            wrong=_doubt_with(lambda w, level: 1 - w.max(axis=1).mean()),
            message="This is the average doubt, and the level has no say in it. The share of points below the level is asked for.",
        ),
        Mistake(
            name="one component only",
            wrong=_doubt_with(lambda w, level: (w[:, 0] < level).mean()),
            message="You look at the first component only. A point that is surely another's is not in doubt.",
        ),
    ),
)


# q6 and q7: judgement

_q6 = Choice(
    id="hw10.q6",
    title="What the numbers say",
    points=2,
    link=CHAPTER,
    options={
        "a": "What is a bootstrap sample a stand-in for, and what does the row of k = 2 in the table say?",
        "b": "The square in the chapter was divided quite stably as well. What was there to be found in it?",
        "c": "Two different purposes have two different criteria: a density is asked for good predictions, a cluster for coming back.",
        "d": "What happens to the log-likelihood of the best fit whenever a component is added?",
        "e": "What does a change of units add to the log-likelihood, and does that depend on k?",
    },
)

_q7 = Choice(
    id="hw10.q7",
    title="What the clusters do not mean",
    points=2,
    link=CHAPTER,
    options={
        "a": "Whose belief is a responsibility, and what would have to be true of the model for it to hold in the ground as well?",
        "b": "Does anything in the likelihood change when the 272 rows are shuffled?",
        "c": "A mixing weight is a share of all eruptions. After a short eruption, is the share of long ones among the next still the same? Look at the data.",
        "d": "Think of the ring: what does BIC choose when there are more points on it, and why?",
        "e": "A density may be low because a point is rare. How many points does it take to speak of a cluster?",
    },
)


# q8: the report

_q8 = Text(
    id="hw10.q8",
    title="A report in ten lines",
    points=3,
    link=CHAPTER,
    least=60,
    rubric=(
        "The number of groups, the criterion, and for each how common it is and where it lies, in minutes.",
        "How sure: of single eruptions or of the division, by something that was computed.",
        "What the clusters do not mean: at least one conclusion that a reader may be tempted to, and why it does not follow.",
    ),
    ideas=(
        Idea(
            words=("bic", "icl", "aic", "held", "unseen", "criteri", "stab"),
            hint="By which criterion did you choose the number of components?",
        ),
        Idea(
            words=(*"0123456789", *NUMERALS, *ROUGHLY),
            hint="There is no number in it. How common is each group, and where is it?",
        ),
        Idea(
            words=("doubt", "uncertain", "between", "responsib", "bootstrap", "stab", "overlap", "sure", "start"),
            hint="How sure are you: of single eruptions, or of the whole division?",
        ),
        Idea(
            words=(
                "not mean",
                "not show",
                "not say",
                "not prove",
                "not tell",
                "no evidence",
                "cannot",
                "can not",
                "can't",
                "n't mean",
                "n't show",
                "n't say",
                "n't prove",
                "n't tell",
                "n't imply",
                "not imply",
                "not know",
                "not explain",
                "says nothing",
                "say nothing",
                "tells nothing",
                "need not",
                "nothing about",
                "no proof",
                "not follow",
                "not be read",
                "not a cause",
                "does not",
                "do not",
            ),
            hint="What may a reader not conclude from your clusters? That sentence is the most valuable of a report.",
        ),
    ),
)


# q9, beyond: predict the wait


def _lines(x, parameters):
    slopes = parameters.covariances[:, 0, 1] / parameters.covariances[:, 0, 0]
    return parameters.means[:, 1] + slopes * (x - parameters.means[:, 0])


def _marginal(x, parameters):
    variances = parameters.covariances[:, 0, 0]
    f = np.exp(-0.5 * (x - parameters.means[:, 0]) ** 2 / variances) / np.sqrt(variances)
    return f, parameters.weights * f / (parameters.weights * f).sum()


def _eruption(rng, n):
    return float(np.round(rng.normal(0, 1.5), 1)), draws.parameters(rng, k=n, m=2)


def _far_eruption(rng):
    # So far from every mean that each density is zero in the machine; no two components equally wide.
    while True:
        theta = draws.parameters(rng, k=2)
        if abs(theta.covariances[0, 0, 0] - theta.covariances[1, 0, 0]) > 0.1:
            return 150.0, theta


def _slope_upside_down(x, theta):
    lines = theta.means[:, 1] + theta.covariances[:, 0, 1] / theta.covariances[:, 1, 1] * (x - theta.means[:, 0])
    return float(_marginal(x, theta)[1] @ lines)


_q9 = Function(
    id="hw10.q9",
    title="Beyond: how long is the wait",
    points=0,
    link="05_gaussian",
    names=("x", "parameters"),
    inputs=_eruption,
    sizes=(2, 3, 4),
    corners=(_far_eruption,),
    hint="Two ingredients: who is responsible for the eruption, and what each component expects of the wait.",
    mistakes=(
        Mistake(
            name="far eruption lost",
            wrong=lambda x, theta: float(_marginal(x, theta)[1] @ _lines(x, theta)),
            message="Right for ordinary eruptions. For one far from every mean all densities are 0 and you divide 0 by 0: share it out in log-space.",
            link="08_e_step#eq-8-2",
        ),
        Mistake(
            name="means instead of lines",
            wrong=lambda x, theta: float(_marginal(x, theta)[1] @ theta.means[:, 1]),
            message="The shares are right, but each component expects its own mean wait, whatever the eruption. Inside a component the two are correlated: what does its ellipse say at this x?",
        ),
        Mistake(
            name="mixing weights for shares",
            wrong=lambda x, theta: float(theta.weights @ _lines(x, theta)),
            message="You share out by the mixing weights, as if the length of the eruption had not been seen. It says which component is likelier.",
            link="06_posterior#eq-9",
        ),
        Mistake(
            name="equal shares",
            wrong=lambda x, theta: float(_lines(x, theta).mean()),
            message="Each component has its line, and you average them as if all were equally likely. The length of the eruption says which is likelier.",
            link="06_posterior#eq-9",
        ),
        Mistake(
            name="no mixing weights",
            wrong=lambda x, theta: float(_marginal(x, theta)[0] @ _lines(x, theta) / _marginal(x, theta)[0].sum()),
            message="You share out by the densities alone. A common component has more claim to the eruption than a rare one.",
            link="06_posterior#eq-9",
        ),
        Mistake(
            name="likeliest component only",
            wrong=lambda x, theta: float(_lines(x, theta)[_marginal(x, theta)[1].argmax()]),
            message="You ask the likeliest component alone. Between two groups the expected wait lies between what the two expect.",
        ),
        Mistake(
            name="slope upside down",
            wrong=_slope_upside_down,
            message="In the slope you divide by the variance of the waiting times. It is the eruption that is known, and its deviation that is to be measured.",
        ),
        Mistake(
            name="the overall mean",
            wrong=lambda x, theta: float(theta.weights @ theta.means[:, 1]),
            message="This is the mean of all waiting times. What one knows of the eruption has not been used.",
        ),
        Mistake(
            name="not normalised",
            wrong=lambda x, theta: float(
                (theta.weights * _marginal(x, theta)[0] / np.sqrt(2 * np.pi)) @ _lines(x, theta)
            ),
            message="You weight the components by their joint densities, which do not sum to one. They must be shares.",
            link="08_e_step#eq-10",
        ),
        Mistake(
            name="shares by both coordinates",
            wrong=lambda x, theta: _with_point_shares(x, theta),
            message="Your shares look as if the waiting time were known already. Only the eruption is: use the density of the first coordinate alone.",
        ),
    ),
)


def _with_point_shares(x, theta):
    logs = log_joint([[x, theta.weights @ theta.means[:, 1]]], theta)[0]
    w = np.exp(logs - logs.max())
    return float(w @ _lines(x, theta) / w.sum())


# q10: a derivation, read by a teacher

_q10 = Derivation(
    id="hw10.q10",
    title="In other units",
    points=2,
    link="12_selection#eq-12-2",
    rubric=(
        "Each density becomes one over c to the m of what it was, at the parameters with means times c and covariances times c squared; so the maxima correspond.",
        "The difference does not depend on k, and so drops out of every comparison of BICs; the floor is multiplied by c squared.",
    ),
)


HOMEWORK = Homework(
    id="hw10",
    title="Capstone: Old Faithful",
    minutes=70,
    exercises=(_q1, _q2, _q3, _q4, _q5, _q6, _q7, _q8, _q9, _q10),
)
