"""Homework 7, the whole algorithm: start, half-steps, log-likelihood, stopping."""

import inspect
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from scipy.special import logsumexp

from gmm_lib import e_step, gaussian, mixture
from gmm_lib.parameters import Parameters
from gmm_lib.validation import CollapsedComponentError

from ..checker.calling import call
from ..checker.catalogue import AnswersOf
from ..checker.choice import Choice
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.telling import table
from . import draws, rows_at_random
from . import m_step_formulas as formulas
from .m_step_mistakes import STEP_MISTAKES, part_mistake

answers = AnswersOf("hw07_algorithm")  # for what is made from a right answer

CHAPTER = "10_model"


# q1: where does the run stop

_Q1 = dict(n=200, history=(-600.0, -560.0, -548.0, -547.5, -547.2, -547.1, -547.06, -547.0595, -547.0593))


def _q1_draw(lots):
    n, early = lots.one_of((100, 200, 400)), lots.one_of((1, 2, 3))
    least = n / 1000  # what the sum must change by, for 0.001 per point
    gains = [n / 5, 0.06 * n, 0.02 * n][:early]
    gains += [2.5 * least, lots.one_of((1.2, 1.5, 2.0)) * least, lots.one_of((0.4, 0.5, 0.8)) * least]
    gains += [lots.one_of((0.2, 0.25, 0.3)) * least, 0.0005, 0.0002]
    history = -lots.one_of((3.0, 3.1, 3.2, 3.4)) * n + np.cumsum([0.0, *gains])
    return dict(n=n, history=tuple(np.round(history, 4).tolist()))


def _q1_told(n, history):
    rows = [[str(t) if t else "start, 0", f"{value:.4f}".replace("-", "−")] for t, value in enumerate(history)]
    return f"A run on {n} points. The log-likelihood is the sum over the points.\n\n{table(['iteration', 'log-likelihood'], *rows)}"


def _first(small):
    """The number of the first iteration for which it is true."""
    return 1 + int(np.argmax(small))


def _q1_shows(n, history):
    L, gains, last = np.array(history), np.diff(history), len(history) - 1
    t, on_the_sum = _first(gains < 0.001 * n), _first(gains < 0.001)
    relative = _first(gains < 0.001 * np.abs(L[1:]))
    return (
        Mistake(
            name="tolerance on the sum",
            wrong=[on_the_sum, L[on_the_sum]],
            message="You compared the change of the sum with the tolerance. It is meant for the log-likelihood per point, so that it does not depend on how many points there are.",
        ),
        Mistake(
            name="relative change",
            wrong=[relative, L[relative]],
            message="You seem to have taken the change relative to the log-likelihood itself. That would depend on the units of the data; per point means divided by n.",
        ),
        Mistake(
            name="one iteration too many",
            wrong=[t + 1, L[t + 1]],
            message="You went on for one more iteration. When the change falls below the tolerance, the run ends there and then.",
        ),
        Mistake(
            name="previous log-likelihood",
            wrong=[t, L[t - 1]],
            message="The iteration is right. The log-likelihood is that of the parameters before it; report the one of the parameters that are returned.",
        ),
        Mistake(
            name="one iteration too few",
            wrong=[t - 1, L[t - 1]],
            message="You stopped one iteration too soon: that change is still above the tolerance.",
        ),
        Mistake(
            name="iterations counted from the start",
            wrong=[t + 1, L[t]],
            message="The log-likelihood is right. The start is not an iteration: it has the number 0 in the table.",
        ),
        Mistake(
            name="log-likelihood per point",
            wrong=[t, L[t] / n],
            message="The iteration is right. The log-likelihood is the sum over the points, as in the table.",
        ),
        Mistake(
            name="never",
            wrong=[last, L[last]],
            message="You took the last line of the table. Does the run still have to go on that far?",
        ),
    )


_q1 = Drawn(
    id="hw7.q1",
    title="Where does the run stop",
    points=2,
    link=CHAPTER,
    hint="The tolerance is for one point; the table is for all of them. By how much may the sum still change?",
    apart=((0,), (1,)),
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: the start


def _start_inputs(rng, size):
    X = draws.placed(_separate(rng, size.n, size.m), size)
    return X, size.k, np.random.default_rng(rng.integers(2**32))


def _separate(rng, n, m=2):
    """n points, no two alike."""
    while True:
        X = draws.points(rng, n, m, spread=3.0) if m > 1 else np.round(rng.normal(0.0, 3.0, (n, 1)), 2)
        if len(np.unique(X, axis=0)) == n:
            return X


def _every_row(rng):
    """As many components as points: any draw with replacement is likely to repeat a row."""
    return _separate(rng, 4), 4, np.random.default_rng(rng.integers(2**32))


def _mostly_alike(rng):
    """Three different rows, one of them ten times."""
    X = _separate(rng, 3)
    return np.concatenate([np.tile(X[0], (10, 1)), X[1:]]), 3, np.random.default_rng(rng.integers(2**32))


def _wrong_shape_of(part, shape):
    def when(arguments, output, expected):
        X, k, _ = arguments
        wanted = shape(k, X.shape[1])
        # Of a single coordinate np.cov makes a number in the place of a table with one entry.
        return output[part].shape not in (wanted, (k,) if wanted == (k, 1, 1) else wanted)

    return when


def _rows_of(means, X):
    return all((np.abs(X - mean).max(axis=1) < 1e-6).any() for mean in means)


def _repeated(means):
    return len(np.unique(np.round(means, 6), axis=0)) < len(means)


def _all_at_the_centre(arguments, output, expected):
    return np.allclose(output["means"], arguments[0].mean(axis=0))


def _not_rows(arguments, output, expected):
    return not _rows_of(output["means"], arguments[0])


def _same_row_twice(arguments, output, expected):
    X = arguments[0]
    return _repeated(output["means"]) and not _repeated(X)


def _equal_rows(arguments, output, expected):
    return _repeated(output["means"])


def _covariance_is(candidate):
    def when(arguments, output, expected):
        X = arguments[0]
        wanted = candidate(X)
        is_right = any(
            np.allclose(wanted, np.cov(X.T, bias=bias)) for bias in (True, False)
        )  # on a line they may agree
        return not is_right and all(np.allclose(given, wanted) for given in output["covariances"])

    return when


def _not_the_covariance(arguments, output, expected):
    pooled = [np.cov(arguments[0].T, bias=bias) for bias in (True, False)]
    return not any(
        np.allclose(output["covariances"], np.tile(S, (arguments[1], 1, 1)), rtol=1e-3, atol=1e-3) for S in pooled
    )


def _diagonal_of_both(X):
    return np.diag(X.var(axis=0))


class _Start(Function):
    """A start is judged by its properties; two of them need more than one call."""

    def examine(self, answer, rng):
        verdict = super().examine(answer, rng)
        if verdict.right or verdict.name in ("rows with replacement", "equal rows"):
            return self._of_draws(answer, rng) or verdict
        return verdict

    def _of_draws(self, answer, rng):
        X, seeds = _separate(rng, 40), rng.integers(2**32, size=4)
        means = [self._means(answer, X, seed) for seed in (*seeds, seeds[0])]
        if any(mean is None for mean in means):
            return None
        if all(np.array_equal(mean, means[0]) for mean in means[1:]):
            return self.not_yet(
                "always the same start",
                "Four different generators, four times the same rows. EM climbs the hill on which it starts: a restart must be able to start elsewhere.",
            )
        if not np.array_equal(means[0], means[-1]):
            return self.not_yet(
                "its own random numbers",
                "Twice the same generator, and two different starts. Draw all random numbers from rng, so that a run can be repeated.",
            )
        if rows_at_random.hang_together(lambda X, k, seed: self._means(answer, X, seed), X, rng):
            return self.not_yet("a block of rows", rows_at_random.MESSAGE)
        return None

    def _means(self, answer, X, seed):
        outcome = call(answer, (X, 3, np.random.default_rng(seed)), self.argument_names)
        try:
            value = outcome.value
            return np.asarray(
                value["means"]
                if isinstance(value, dict)
                else getattr(value, "means", None)
                if hasattr(value, "means")
                else value[1]
            )
        except (TypeError, KeyError, IndexError):
            return None


_q2 = _Start(
    id="hw7.q2",
    title="Where to begin",
    points=3,
    link=f"{CHAPTER}#erratum-16",
    inputs=_start_inputs,
    names=("X", "k", "rng"),
    sizes=tuple(
        draws.Size(*size) for size in ((5, 3, 2), (6, 2, 3), (9, 4, 1), (12, 3, 1, 3.0), (30, 4, 2, 0.5, 10.0))
    ),
    corners=(_every_row, _every_row, _every_row, _every_row, _mostly_alike, _mostly_alike, _mostly_alike),
    parts=("weights", "means", "covariances"),
    random=True,
    mistakes=(
        Mistake(
            name="shape of the weights",
            when=_wrong_shape_of("weights", lambda k, m: (k,)),
            message="The weights should be k numbers, one for each component: shape (k,). And is the order weights, means, covariances?",
        ),
        Mistake(
            name="shape of the means",
            when=_wrong_shape_of("means", lambda k, m: (k, m)),
            message="The means should be k points, one in each row: shape (k, m).",
        ),
        Mistake(
            name="shape of the covariances",
            when=_wrong_shape_of("covariances", lambda k, m: (k, m, m)),
            message="The covariances should be k tables of m by m: shape (k, m, m). (np.cov takes points as columns unless told otherwise, and gives a single table.)",
        ),
        Mistake(
            name="weights do not sum to one",
            when=lambda arguments, output, expected: not np.isclose(output["weights"].sum(), 1),
            message="The weights do not sum to one. They are the shares of the components.",
            link="02_mixture#eq-2",
        ),
        Mistake(
            name="weights not equal",
            when=lambda arguments, output, expected: not np.allclose(output["weights"], output["weights"].mean()),
            message="The weights differ. At the start nothing speaks for one component more than for another.",
        ),
        Mistake(
            name="all at the centre",
            when=_all_at_the_centre,
            message="All the means stand at the centre of the data. Components that begin alike get the same responsibilities, and stay alike for ever.",
        ),
        Mistake(
            name="rows with replacement",
            when=_same_row_twice,
            message="The same row was drawn twice: rows drawn with replacement, as the article does. Two components that begin alike stay alike for ever.",
        ),
        Mistake(
            name="equal rows",
            when=_equal_rows,
            message="Two of the means are equal. No row was drawn twice, but the data may hold the same point twice, as iris does. It is the values that must differ.",
        ),
        Mistake(
            name="means are not rows",
            when=_not_rows,
            message="A mean is not one of the rows of X. Numbers from elsewhere may lie far outside the data, where a component gets no points.",
        ),
        Mistake(
            name="identity covariance",
            when=_covariance_is(lambda X: np.eye(X.shape[1])),
            message="Every covariance is the identity, whatever the data. Measured in other units the same data would start in another way: let the data say how wide to begin.",
        ),
        Mistake(
            name="diagonal covariance",
            when=_covariance_is(_diagonal_of_both),
            message="The covariances hold the variances of the data and zeros beside them. The covariance of all the points has more to say.",
        ),
        Mistake(
            name="diagonal covariance, unbiased",
            when=_covariance_is(lambda X: np.diag(X.var(axis=0, ddof=1))),
            message="The covariances hold the variances of the data and zeros beside them. The covariance of all the points has more to say.",
        ),
        Mistake(
            name="not the covariance of the data",
            when=_not_the_covariance,
            message="Each component should start with the covariance of all the points together.",
        ),
    ),
)


# q3: the E-step, with the log-likelihood


def _far(rng):
    X, parameters = draws.problem(rng, draws.Size(4, 3, 2))
    X[2] += [900.0, -700.0]
    return X, parameters


def _a(X, parameters):
    return mixture.log_joint(X, parameters)


def _e(X, parameters, responsibilities=None, log_likelihood=None):
    """Both parts of the E-step, either of them replaced by a function of the log-joint."""
    a = _a(X, parameters)
    with np.errstate(all="ignore"):
        return {
            "responsibilities": e_step.normalize(a) if responsibilities is None else responsibilities(a),
            "log_likelihood": logsumexp(a, axis=1).sum() if log_likelihood is None else log_likelihood(a),
        }


def _e_no_weights(X, parameters):
    f = gaussian.log_densities(X, parameters.means, parameters.covariances)
    return {"responsibilities": e_step.normalize(f), "log_likelihood": logsumexp(f, axis=1).sum()}


def _e_weight_times_log(X, parameters):
    f = gaussian.log_densities(X, parameters.means, parameters.covariances)
    return _e(X, parameters) | {"responsibilities": e_step.normalize(parameters.weights * f)}


def _e_weight_added(X, parameters):
    f = gaussian.log_densities(X, parameters.means, parameters.covariances)
    return _e(X, parameters) | {"responsibilities": e_step.normalize(parameters.weights + f)}


def _e_linear(X, parameters):
    return _e(X, parameters, _linear_rows, lambda a: np.log(np.exp(a).sum(axis=1)).sum())


def _linear_rows(a):
    return np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)


def _replaced(part, f):
    def wrong(X, parameters):
        return _e(X, parameters, **{part: f})

    return wrong


def _e_mistake(name, part, f, message, link=None):
    return part_mistake(name, part, _replaced(part, f), message, link)


def _ll_no_weights(X, parameters):
    return _e(X, parameters) | {"log_likelihood": _e_no_weights(X, parameters)["log_likelihood"]}


def _expected_log_joint(a):
    return (e_step.normalize(a) * a).sum()


def _too_high_far_out(arguments, output, expected):
    given, wanted = output["log_likelihood"], expected["log_likelihood"]
    values = logsumexp(_a(*arguments), axis=1)
    excess = given - values[values > -700].sum()  # what the far point cost: the logarithm of the small number
    return wanted < -1e4 and given.shape == () and bool(-750 < excess < 0)


def _one_value_a_point(arguments, output, expected):
    return output["log_likelihood"].size == len(arguments[0]) > 1 and np.isclose(
        output["log_likelihood"].sum(), expected["log_likelihood"]
    )


_q3 = Function(
    id="hw7.q3",
    title="E, and the log-likelihood with it",
    points=3,
    link=f"{CHAPTER}#erratum-19",
    names=("X", "parameters"),
    inputs=draws.problem,
    sizes=draws.SIZES,
    corners=(_far,),
    parts=("responsibilities", "log_likelihood"),
    rows_sum_to_one=True,
    hint="First the table of logarithms of weight times density; both results follow from it.",
    mistakes=(
        part_mistake(
            "no mixing weights",
            "responsibilities",
            _e_no_weights,
            "The mixing weights have no say in your responsibilities: formula (11) as the article prints it. A common component should claim more.",
            "08_e_step#erratum-7",
        ),
        Mistake(
            name="linear space",
            wrong=_e_linear,
            message="Right for ordinary points. Far from everything all densities are 0 in the machine: the share is 0/0, and the logarithm of 0 is minus infinity. Stay with logarithms.",
        ),
        _e_mistake(
            "responsibilities in linear space",
            "responsibilities",
            _linear_rows,
            "Your responsibilities are right for ordinary points. Far from everything all densities are 0 in the machine, and 0/0 is no share. Stay with logarithms.",
        ),
        _e_mistake(
            "wrong axis",
            "responsibilities",
            lambda a: np.exp(a - logsumexp(a, axis=0)),
            "The columns of your responsibilities sum to one; the rows should: each point is shared out among the components.",
            "08_e_step#erratum-9",
        ),
        _e_mistake(
            "not normalised",
            "responsibilities",
            np.exp,
            "Your responsibilities are weight times density, the top of the fraction. What must each row sum to?",
            "08_e_step#eq-10",
        ),
        part_mistake(
            "weight times the logarithm",
            "responsibilities",
            _e_weight_times_log,
            "You multiply the log-density by the weight. The weight multiplies the density; what does that do to the logarithm?",
            "08_e_step#eq-8-2",
        ),
        part_mistake(
            "weight added to the logarithm",
            "responsibilities",
            _e_weight_added,
            "You add the weight itself to the log-density. A product becomes a sum of two logarithms.",
            "08_e_step#eq-8-2",
        ),
        _e_mistake(
            "still logarithms",
            "responsibilities",
            lambda a: a - logsumexp(a, axis=1, keepdims=True),
            "Your responsibilities are still logarithms. One step is missing.",
        ),
        _e_mistake(
            "hard assignment",
            "responsibilities",
            lambda a: np.eye(a.shape[1])[a.argmax(axis=1)],
            "You give each point wholly to its likeliest component. The E-step keeps the doubt.",
        ),
        _e_mistake(
            "log-likelihood in linear space",
            "log_likelihood",
            lambda a: np.log(np.exp(a).sum(axis=1)).sum(),
            "The log-likelihood is right for ordinary points. A point far from everything has density 0 in the machine, and the logarithm of 0 is minus infinity. Stay with logarithms.",
        ),
        Mistake(
            name="small number in the logarithm",
            when=_too_high_far_out,
            message="Far from everything your log-likelihood is much too high. A small number added inside the logarithm hides the far point; it should cost what it costs.",
        ),
        part_mistake(
            "log-likelihood without weights",
            "log_likelihood",
            _ll_no_weights,
            "The mixing weights are in the responsibilities, but not in the log-likelihood. The density of a mixture is a weighted sum.",
            "04_likelihood#eq-6",
        ),
        _e_mistake(
            "per point",
            "log_likelihood",
            lambda a: logsumexp(a, axis=1).mean(),
            "This is the log-likelihood per point. Here the sum over all the points is asked for.",
            "04_likelihood#eq-6",
        ),
        Mistake(
            name="one value a point",
            when=_one_value_a_point,
            message="Your log-likelihood has one value for each point, and they are right. Add them up.",
            link="04_likelihood#eq-6",
        ),
        _e_mistake(
            "logarithm inside the sum",
            "log_likelihood",
            lambda a: a.sum(),
            "You add up the logarithms of all the components. A point has one density, the sum over the components; the logarithm is taken of that.",
            "04_likelihood#eq-6",
        ),
        _e_mistake(
            "expected log-joint",
            "log_likelihood",
            _expected_log_joint,
            "You average the logarithms with the responsibilities. That is the part of the lower bound which the M-step lifts, not yet the log-likelihood.",
            "07_em#eq-7-1",
        ),
        _e_mistake(
            "logarithm of the grand total",
            "log_likelihood",
            logsumexp,
            "You add up the densities of all the points and take one logarithm. For independent points the densities multiply, so their logarithms add up.",
            "04_likelihood#eq-6",
        ),
        _e_mistake(
            "sum over the points inside the logarithm",
            "log_likelihood",
            lambda a: logsumexp(a, axis=0).sum(),
            "Inside your logarithm the points are added up, component by component. A point has one density, the sum over the components: the other axis.",
            "04_likelihood#eq-6",
        ),
        _e_mistake(
            "shift not added back",
            "log_likelihood",
            lambda a: logsumexp(a - a.max(axis=1, keepdims=True), axis=1).sum(),
            "You subtract the largest logarithm of each row and do not add it back. In the responsibilities it cancels; in the log-likelihood it does not.",
            f"{CHAPTER}#erratum-19",
        ),
        _e_mistake(
            "largest component only",
            "log_likelihood",
            lambda a: a.max(axis=1).sum(),
            "You count for each point only its likeliest component. The density of a point is the sum over all of them.",
            "04_likelihood#eq-6",
        ),
        _e_mistake(
            "the likelihood",
            "log_likelihood",
            lambda a: np.exp(logsumexp(a, axis=1).sum()),
            "This is the likelihood itself. A few hundred points, and it is 0 in the machine; its logarithm is asked for.",
            "04_likelihood#eq-6",
        ),
        _e_mistake(
            "logarithm of the responsibilities",
            "log_likelihood",
            lambda a: np.log(e_step.normalize(a).sum(axis=1)).sum(),
            "Your log-likelihood is always 0: you add up the responsibilities of a point, which sum to one. It is the joint densities before the division that are summed.",
            "04_likelihood#eq-6",
        ),
    ),
)


# q4: the M-step, as in homework 6 but without a floor


def _thin_component(rng):
    return formulas.thin_component(rng, draws.Size(5, 3, 2))


def _without_floor(mistake):
    def wrong(X, responsibilities):
        # The current parameters of homework 6 have no part here; only the shape of their means is looked at.
        current = SimpleNamespace(means=np.zeros((responsibilities.shape[1], X.shape[1])))
        return mistake.wrong(X, responsibilities, current, 0.0)

    return replace(mistake, wrong=wrong)


_FROM_HW6 = (
    "weights sum to n",
    "weights divided by k",
    "both as printed",
    "means divided by n",
    "covariances divided by n",
    "equal weights",
    "covariances not divided",
    "divided by N - 1",
    "unbiased for weights",
    "weights squared",
    "diagonal only",
    "np.cov without weights",
    "np.cov without weights, unbiased",
)

_q4 = Function(
    id="hw7.q4",
    title="M",
    points=2,
    link="09_m_step",
    inputs=formulas.points_and_shares,
    # More points than dimensions: covariances of fewer are flat, and parameters may refuse them.
    sizes=tuple(
        draws.Size(*size) for size in ((4, 3, 2), (5, 3, 1), (6, 2, 3), (7, 2, 2), (6, 4, 1, 3.0), (8, 4, 3, 0.5, 10.0))
    ),
    corners=(_thin_component,),
    parts=("weights", "means", "covariances"),
    by_component={"weights": 0, "means": 0, "covariances": 0},
    rtol=1e-5,
    atol=2e-6,
    hint="Homework 6 takes this step apart: weights by (12), means by (13), covariances by (14) about the new means.",
    mistakes=tuple(_without_floor(mistake) for mistake in STEP_MISTAKES if mistake.name in _FROM_HW6),
)


# q5: the loop


def _sum_rule(X, start, tol, max_iter):
    path = answers.path(X, start)
    return answers.report(path, path.stop(max_iter, lambda t: path.gain(t) < tol))


def _relative_rule(X, start, tol, max_iter):
    path = answers.path(X, start)
    return answers.report(path, path.stop(max_iter, lambda t: path.gain(t) < tol * abs(path[t - 1][1])))


def _only_a_gain_rule(X, start, tol, max_iter):
    path = answers.path(X, start)
    return answers.report(path, path.stop(max_iter, lambda t: 0 < path.gain(t) / len(X) < tol))


def _moved(path, t):
    return path[t][0].means - path[t - 1][0].means


def _means_rule(X, start, tol, max_iter):
    path = answers.path(X, start)
    return answers.report(path, path.stop(max_iter, lambda t: np.abs(_moved(path, t)).max() < tol))


def _means_norm_rule(X, start, tol, max_iter):
    path = answers.path(X, start)
    return answers.report(path, path.stop(max_iter, lambda t: np.linalg.norm(_moved(path, t)) < tol))


def _never_stops(X, start, tol, max_iter):
    return answers.report(answers.path(X, start), max_iter)


def _stops_at_once(X, start, tol, max_iter):
    return answers.report(answers.path(X, start), 1)


def _previous_value(X, start, tol, max_iter):
    path, t = answers.stop(X, start, tol, max_iter)
    return answers.report(path, t, value=path[t - 1][1])


def _previous_parameters(X, start, tol, max_iter):
    path, t = answers.stop(X, start, tol, max_iter)
    return answers.report(path, t, parameters=t - 1)


def _start_returned(X, start, tol, max_iter):
    path, t = answers.stop(X, start, tol, max_iter)
    return answers.report(path, t, parameters=0)


def _late(X, start, tol, max_iter):
    # value, then M, then comparison: the value belongs to the parameters before the M-step
    path = answers.path(X, start)
    t = path.stop(max_iter, lambda t: t > 1 and path.gain(t - 1) / len(X) < tol)
    return answers.report(path, t, value=path[t - 1][1])


def _break_before_m(X, start, tol, max_iter):
    # value, then comparison, then M: an E-step is counted that no M-step follows
    path, t = answers.stop(X, start, tol, max_iter)
    if t < max_iter:
        return answers.report(path, t, count=t + 1)
    return answers.report(path, t, value=path[t - 1][1])


def _late_value_right(X, start, tol, max_iter):
    path = answers.path(X, start)
    return answers.report(path, path.stop(max_iter, lambda t: t > 1 and path.gain(t - 1) / len(X) < tol))


def _one_more_allowed(X, start, tol, max_iter):
    return answers.fit(X, start, tol, max_iter + 1)


def _one_less_allowed(X, start, tol, max_iter):
    return answers.fit(X, start, tol, max_iter - 1)


def _counted_from_zero(X, start, tol, max_iter):
    path, t = answers.stop(X, start, tol, max_iter)
    return answers.report(path, t, count=t - 1)


def _counted_one_more(X, start, tol, max_iter):
    path, t = answers.stop(X, start, tol, max_iter)
    return answers.report(path, t, count=t + 1)


def _mean_value(X, start, tol, max_iter):
    path, t = answers.stop(X, start, tol, max_iter)
    return answers.report(path, t, value=path[t][1] / len(X))


def _stale(X, start, tol, max_iter):
    # With responsibilities computed once, the second M-step repeats the first: no change, so it "converges".
    return answers.report(answers.path(X, start), 1, count=2)


def _another_time(arguments, output, expected):
    """The parameters are those of some other iteration than the one asked for."""
    path = answers.path(*arguments[:2])
    try:
        found = [
            t for t in range(min(len(path.steps), 120)) if np.allclose(path[t][0].means, output["means"], rtol=1e-6)
        ]
    except ValueError:
        return False
    return bool(found) and not np.allclose(output["means"], expected["means"], rtol=1e-6)


class _Flat:
    """A student's function whose (parameters, log-likelihood, iterations) are laid out as five arrays."""

    def __init__(self, function):
        self.function = function
        self.__code__ = getattr(function, "__code__", None)
        self.__signature__ = inspect.signature(function)

    def __call__(self, *arguments):
        value = self.function(*arguments)
        if not isinstance(value, tuple | list) or len(value) != 3:
            return value
        parameters, log_likelihood, n_iter = value
        if isinstance(parameters, dict):
            parameters = SimpleNamespace(**parameters)
        if isinstance(parameters, tuple | list) and len(parameters) == 3:
            parameters = SimpleNamespace(**dict(zip(("weights", "means", "covariances"), parameters)))
        if not all(hasattr(parameters, part) for part in ("weights", "means", "covariances")):
            return value
        parts = {part: getattr(parameters, part) for part in ("weights", "means", "covariances")}
        return parts | {"log_likelihood": log_likelihood, "n_iter": n_iter}


class _Loop(Function):
    """A function that returns its parameters as one object among three results."""

    def examine(self, answer, rng):
        refusal = self.not_ready(answer)
        if refusal:
            return refusal
        try:
            flat = _Flat(answer)
        except ValueError:  # no signature to be read
            flat = answer
        verdict = super().examine(flat, rng)
        if verdict.name == "wrong type":
            return self.not_yet(
                "wrong type", "Return three things: the parameters, their log-likelihood, and the number of iterations."
            )
        return verdict


def _clouds(rng, size):
    n, _, m = size[:3]
    while True:
        near = rng.normal(0.0, 1.0, (n // 2, m))
        far = rng.normal(0.0, 1.0, (n - n // 2, m)) * [1.5, 0.7, 1.0][:m] + [2.5, 1.0, -1.5][:m]
        X = draws.placed(np.round(np.concatenate([near, far]), 1 if m > 1 else 2), size)
        if len(np.unique(X, axis=0)) == n:
            return X


def _run_inputs(rng, size):
    """Odd n end by max_iter; even ones, of two components, by tol, in a place where other rules would not."""
    n, k, _ = size[:3]
    tol, max_iter = (1e-9, 3 + n % 4) if n % 2 else (0.01, 40) if n < 16 else (0.002, 40)
    while True:
        X = _clouds(rng, size)
        rows = rng.choice(n, size=k, replace=False)
        start = Parameters(np.full(k, 1 / k), X[rows], np.tile(np.round(np.cov(X.T), 2), (k, 1, 1)))
        if _tells_apart(X, start, tol, max_iter):
            return X, start, tol, max_iter


def _tells_apart(X, start, tol, max_iter):
    try:
        path = answers.path(X, start)
        path[max_iter + 1]
        if max_iter < 10:
            return True
        if answers.stop(X, start, tol, max_iter)[1] > 25:
            return False
        stops = [
            rule(X, start, tol, max_iter)["n_iter"]
            for rule in (answers.fit, _sum_rule, _relative_rule, _means_rule, _late)
        ]
    except (CollapsedComponentError, ValueError):
        return False
    t = stops[0]
    near = any(abs(path.gain(s) / len(X) / tol - 1) < 0.01 for s in range(1, max_iter))  # decided by rounding
    return 3 <= t <= 25 and not near and t not in stops[1:] and max_iter not in stops[:1]


def _at_the_top_at_once(rng):
    """One component: the first M-step is the last word, and the second gains nothing, exactly (eight whole numbers)."""
    X = np.zeros((8, 2))
    while np.linalg.matrix_rank(np.cov(X.T)) < 2 or len(np.unique(X, axis=0)) < 8:
        X = rng.integers(-4, 5, (8, 2)).astype(float)
    return X, Parameters([1.0], X[:1], [np.eye(2)]), 0.01, 9


_q5 = _Loop(
    id="hw7.q5",
    title="The loop",
    points=4,
    link=CHAPTER,
    inputs=_run_inputs,
    sizes=tuple(
        draws.Size(*size)
        for size in ((9, 2, 2), (11, 3, 1), (12, 2, 2), (16, 2, 1, 3.0, 10.0), (17, 4, 2), (18, 2, 3), (19, 3, 3))
    ),
    parts=("weights", "means", "covariances", "log_likelihood", "n_iter"),
    by_component={"weights": 0, "means": 0, "covariances": 0},
    rtol=1e-5,
    corners=(_at_the_top_at_once,),
    rows_free=False,  # the order of the points decides nothing here
    seconds=20,  # forty iterations through a student's loops over points may take a second each on an old machine
    hint="Are exercises 3 and 4 done? If so, write down for three iterations, in order: which parameters, which responsibilities, which log-likelihood.",
    mistakes=(
        Mistake(
            name="tolerance on the sum",
            wrong=_sum_rule,
            message="Your loop compares the change of the sum with tol, and so goes on for longer. The tolerance is for the log-likelihood per point.",
        ),
        Mistake(
            name="change of the means",
            wrong=_means_rule,
            message="Your loop stops when the means hardly move. It should watch the log-likelihood: means have units, and where they crawl they may still have far to go.",
        ),
        Mistake(
            name="change of the means, as a norm",
            wrong=_means_norm_rule,
            message="Your loop stops when the means hardly move. It should watch the log-likelihood: means have units, and where they crawl they may still have far to go.",
        ),
        Mistake(
            name="relative change",
            wrong=_relative_rule,
            message="Your loop compares the change with the log-likelihood itself. That depends on the units of the data; per point means divided by n.",
        ),
        Mistake(
            name="log-likelihood of the previous parameters",
            wrong=_previous_value,
            message="The parameters are right. The log-likelihood you return with them belongs to those before the last M-step.",
        ),
        Mistake(
            name="log-likelihood from before the M-step",
            wrong=_late,
            message="Your log-likelihood is computed before the M-step, so it lags behind: the loop notices too late that it may stop, and returns the value of the parameters before. Compute it for the new ones.",
        ),
        Mistake(
            name="compared before the M-step",
            wrong=_break_before_m,
            message="Your loop compares between E and M, so its log-likelihood is one M-step old when max_iter is reached, and otherwise it counts an E-step that no M-step follows. Compare after the M-step.",
        ),
        Mistake(
            name="stops only at a gain",
            wrong=_only_a_gain_rule,
            message="Right as long as each iteration gains something. Where one gains nothing at all, your loop does not stop: a gain of zero is a change of less than tol.",
        ),
        Mistake(
            name="one iteration late",
            wrong=_late_value_right,
            message="Your loop makes one iteration more than it needs. The change is known as soon as the new parameters have their log-likelihood.",
        ),
        Mistake(
            name="stale responsibilities",
            wrong=_stale,
            message="From the second iteration on nothing changes: the responsibilities stay those of the start. Each M-step needs an E-step with the newest parameters before it.",
        ),
        Mistake(
            name="one iteration more than max_iter",
            wrong=_one_more_allowed,
            message="With a small tolerance your loop makes max_iter + 1 iterations. Is one M-step done before the loop, or is the range one too long?",
        ),
        Mistake(
            name="one iteration less than max_iter",
            wrong=_one_less_allowed,
            message="With a small tolerance your loop ends one iteration before max_iter. In Python, range(1, n) ends at n - 1.",
        ),
        Mistake(
            name="tolerance ignored",
            wrong=_never_stops,
            message="Your loop always runs for max_iter iterations. What is done with tol?",
        ),
        Mistake(
            name="stops at once",
            wrong=_stops_at_once,
            message="Your loop always stops after the first iteration. Print both log-likelihoods where they are compared: is the old one overwritten too early, or the comparison the wrong way round?",
        ),
        Mistake(
            name="parameters of the iteration before",
            wrong=_previous_parameters,
            message="The log-likelihood is right, but the parameters are those before the last M-step. Return the ones that the log-likelihood belongs to.",
        ),
        Mistake(
            name="the start returned",
            wrong=_start_returned,
            message="You return the parameters of the start. Does each M-step put its result where the next E-step, and the return, look for it?",
        ),
        Mistake(
            name="counted from zero",
            wrong=_counted_from_zero,
            message="All is right but the number of iterations, which is one too low: Python's range counts from 0.",
        ),
        Mistake(
            name="counted one more",
            wrong=_counted_one_more,
            message="All is right but the number of iterations, which is one too high. An iteration is an E-step and the M-step after it.",
        ),
        Mistake(
            name="log-likelihood per point returned",
            wrong=_mean_value,
            message="You return the log-likelihood per point. That is what the stopping rule looks at; the total is what is asked for.",
        ),
        Mistake(
            name="stops at another iteration",
            when=_another_time,
            message="Your loop makes the right steps but ends at another iteration than asked. It should end right after the first M-step that changes the log-likelihood per point by less than tol, or after max_iter.",
        ),
    ),
)


# q6: judgement

_q6 = Choice(
    id="hw7.q6",
    title="What the end of a run means",
    points=2,
    link=CHAPTER,
    options={
        "a": "A small step says that the climb is slow. On a plateau, and on a saddle, it is slow too.",
        "b": "The ratchet of chapter 7 holds for every start and every data set. What, apart from rounding, could make an exact step go down?",
        "c": "Suppose one of the runs has squeezed a component on to two flowers. What does the likelihood say about it, and what would you?",
        "d": "Two components that begin alike: do they get different responsibilities, in the first iteration or ever?",
        "e": "The number on a component is the order in which it happened to be drawn. Does the density change if two numbers are exchanged?",
        "f": "Write down the log-likelihood per point, and one M-step, for data in which each point stands twice.",
    },
)


# q7, beyond: where is this run going


def _history(rng, n):
    ratio, first = rng.uniform(0.3, 0.85), rng.uniform(3, 12)
    gains = first * ratio ** np.arange(n) * rng.uniform(0.95, 1.05, n)  # not quite geometric, as in life
    return (np.round(-rng.uniform(200, 700) + np.cumsum(gains), 4),)


def _parts(h):
    before, gain = h[-2] - h[-3], h[-1] - h[-2]
    return h[-1], gain, gain / before


def _last_value(history):
    return history[-1]


def _next_value(history):
    last, gain, r = _parts(history)
    return last + gain * r


def _one_gain_too_many(history):
    last, gain, r = _parts(history)
    return last + gain / (1 - r)


def _inverted_ratio(history):
    last, gain, r = _parts(history)
    return last + gain * (1 / r) / (1 - 1 / r)


def _still_to_come(history):
    _, gain, r = _parts(history)
    return gain * r / (1 - r)


def _wrong_way(history):
    last, gain, r = _parts(history)
    return last - gain * r / (1 - r)


def _same_gain_again(history):
    last, gain, _ = _parts(history)
    return last + gain


def _first_three(history):
    return answers.aitken(history[:3])


def _ratio_of_values(history):
    r = history[-1] / history[-2]
    return history[-1] + (history[-1] - history[-2]) * r / (1 - r)


_q7 = Function(
    id="hw7.q7",
    title="Beyond: where is this run going",
    points=0,
    link=CHAPTER,
    inputs=_history,
    sizes=(4, 5, 6, 9),
    hint="With gains g, g r, g r^2, ... what do all those still to come add up to?",
    mistakes=(
        Mistake(
            name="last value",
            wrong=_last_value,
            message="This is where the run stands. Its gains have not yet come to an end: add what they still promise.",
        ),
        Mistake(
            name="next value",
            wrong=_next_value,
            message="This is where the next iteration will get. After it come others, each gaining the same fraction of the one before.",
        ),
        Mistake(
            name="one gain too many",
            wrong=_one_gain_too_many,
            message="You count the last gain once more. It has been made already; the first one still to come is smaller.",
        ),
        Mistake(
            name="ratio upside down",
            wrong=_inverted_ratio,
            message="Your ratio is upside down: the new gain divided by the old one is below 1, and only then the gains have a finite sum.",
        ),
        Mistake(
            name="only what is to come",
            wrong=_still_to_come,
            message="This is how much is still to come. Where does the run end?",
        ),
        Mistake(name="wrong way", wrong=_wrong_way, message="You subtract what is still to come. EM climbs."),
        Mistake(
            name="the same gain again",
            wrong=_same_gain_again,
            message="You add the last gain once more. The gains shrink, and there are many of them.",
        ),
        Mistake(
            name="first three values",
            wrong=_first_three,
            message="You look at the first three values. The law holds near the end of a run: take the last three.",
        ),
        Mistake(
            name="ratio of values",
            wrong=_ratio_of_values,
            message="Your ratio is that of two log-likelihoods. It is the gains that shrink by a constant factor.",
        ),
    ),
)


# q8: a derivation, read by a teacher

_q8 = Derivation(
    id="hw7.q8",
    title="The ratchet",
    points=2,
    link="07_em#eq-7-3",
    rubric=(
        "The chain of three: the log-likelihood equals the bound after E, the M-step does not lower the bound, the new log-likelihood is at or above it.",
        "(a) the M-step's inequality may fail, since a covariance with a floor is not the top of the bound; (b) nothing fails: improving is enough.",
    ),
)


HOMEWORK = Homework(
    id="hw7",
    title="The whole algorithm",
    minutes=70,
    exercises=(_q1, _q2, _q3, _q4, _q5, _q6, _q7, _q8),
)
