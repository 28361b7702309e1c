"""Homework 11, beyond the article: chapters 13 to 18, on shapes, priors, speed, errors, gaps and labels."""

from itertools import permutations

import numpy as np
from scipy.special import softmax

from ..checker.catalogue import AnswersOf
from ..checker.choice import Choice
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.telling import listed, number
from . import draws
from .gaps import filled, fitted, rows_with_gaps
from .part_mistakes import in_part

answers = AnswersOf("hw11_beyond")  # for what is made from a right answer

SHAPES, PRIORS, SPEED, SURE, GAPS, LABELS = (
    "13_covariance_types",
    "14_priors",
    "15_acceleration",
    "16_uncertainty",
    "17_missing",
    "18_labels",
)


# q1: a gap, filled by pencil

_Q1 = dict(mean=(3, 10), covariance=(4, 3, 6), seen=7)  # the covariance: its corner, its other entry, its other corner


def _q1_draw(lots):
    while True:
        variance, other = lots.some_of((2, 4, 5, 8, 10), 2)
        common = lots.one_of((-4, -3, -2, -1, 1, 2, 3, 4))
        mean = (lots.one_of(range(1, 10)), lots.one_of(range(11, 30)))
        step = lots.one_of((-6, -4, -2, 2, 4, 6))
        if common**2 < 0.8 * variance * other:
            return dict(mean=mean, covariance=(variance, common, other), seen=mean[0] + step)


def _q1_told(mean, covariance, seen):
    variance, common, other = map(number, covariance)
    return (
        f"The mean is ({listed(mean).replace(' and', ',')}), the variances are {variance} and {other}, the covariance of "
        f"the two is {common}. Of a row the first number was seen: {number(seen)}."
    )


def _q1_shows(mean, covariance, seen):
    second, (variance, common, other), step = mean[1], covariance, seen - mean[0]
    value, left = second + common / variance * step, other - common**2 / variance
    return (
        Mistake(
            name="the mean and all of the variance",
            wrong=[second, other],
            message="This is what one expects before anything of the row is seen. The two numbers vary together: the first tells something of the second.",
        ),
        Mistake(
            name="the mean",
            wrong=[second, left],
            message="The variance is right. But you fill the gap with the mean of the column: how far does the expectation move when the first number lies off its own mean?",
        ),
        Mistake(
            name="the variance not reduced",
            wrong=[value, other],
            message="The gap is filled rightly. Its variance was that before the first number was seen; now one knows more, so less is left.",
        ),
        Mistake(
            name="no variance left",
            wrong=[value, 0],
            message="The gap is filled rightly. But a value that is expected is not a value that is known: real values scatter about the line.",
            link=f"{GAPS}#eq-17-4",
        ),
        Mistake(
            name="the variance that is explained",
            wrong=[value, common**2 / variance],
            message="The gap is filled rightly. Your variance is the part that the first number explains; what is left is the rest.",
        ),
        Mistake(
            name="the variance added",
            wrong=[value, other + common**2 / variance],
            message="The gap is filled rightly. To see the first number cannot make the second less sure: something is to be subtracted, not added.",
        ),
        Mistake(
            name="a standard deviation",
            wrong=[value, np.sqrt(left)],
            message="The gap is filled rightly. Your second number is a standard deviation, and the variance is asked for.",
        ),
        Mistake(
            name="the slope upside down",
            wrong=[second + common / other * step, variance - common**2 / other],
            message="You divide by the variance of the number that is missing. It is the deviation of the number seen that is to be measured: divide by its variance.",
        ),
        Mistake(
            name="the slope upside down, once",
            wrong=[second + common / other * step, left],
            message="In the slope you divide by the variance of the number that is missing. It is the deviation of the number seen that is to be measured.",
        ),
        Mistake(
            name="no slope",
            wrong=[second + common * step, other - common**2],
            message="You multiply by the covariance as it is. In whose units is the deviation of the first number? Divide by its variance.",
        ),
        Mistake(
            name="divided by a standard deviation",
            wrong=[second + common / np.sqrt(variance) * step, other - common**2 / np.sqrt(variance)],
            message="You divide by the standard deviation of the number seen. The slope is the covariance divided by the variance.",
        ),
        Mistake(
            name="the correlation for the slope",
            wrong=[second + common / np.sqrt(variance * other) * step, left],
            message="You multiply by the correlation. That is the slope in standard deviations; in the units of the table it is covariance by variance.",
        ),
        Mistake(
            name="not measured from the mean",
            wrong=[second + common / variance * seen, left],
            message="You multiply the slope by the number seen itself. How far does it lie from its own mean?",
        ),
        Mistake(
            name="the own mean forgotten",
            wrong=[common / variance * step, left],
            message="This is how far the expectation moves. From where does it move?",
        ),
        Mistake(
            name="the other way",
            wrong=[second - common / variance * step, left],
            message="The expectation moves to the wrong side. If the covariance is positive, a large first number speaks for a large second one; if it is negative, against.",
        ),
    )


_q1 = Drawn(
    id="hw11.q1",
    title="A gap, filled",
    points=2,
    link=f"{GAPS}#eq-17-3",
    hint="First the slope, covariance by variance of what was seen. It serves for both numbers.",
    apart=((0,), (1,)),
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: how fast, and where to, by pencil

_Q2 = dict(values=(60, 68, 72.8))


def _q2_draw(lots):
    step, rate = lots.one_of((-10, -8, -5, -4, 4, 5, 8, 10)), lots.one_of((0.2, 0.4, 0.6, 0.75, 0.8, 0.9))
    start = lots.one_of(range(55, 75))
    return dict(values=(start, start + step, round(start + step * (1 + rate), 2)))


def _q2_told(values):
    return f"Three successive iterations left the mean at {listed(values)} minutes."


def _q2_shows(values):
    _, second, third = values
    before, after = np.diff(values)
    rate = after / before
    end = second + after / (1 - rate)
    ratio = third / second
    return (
        Mistake(
            name="upside down",
            wrong=[1 / rate, end],
            message="Your rate is above 1: then the steps would grow, and there would be no end. Divide the later step by the earlier one.",
        ),
        Mistake(
            name="upside down, and so the end",
            wrong=[1 / rate, second + after / (1 - 1 / rate)],
            message="Your rate is above 1: then the steps would grow, and there would be no end. Divide the later step by the earlier one.",
        ),
        Mistake(
            name="the part that is gone",
            wrong=[1 - rate, end],
            message="The end is right. Your rate is the part of the error that an iteration removes; the rate of EM is the part that remains.",
            link=f"{SPEED}#eq-15-1",
        ),
        Mistake(
            name="values instead of steps",
            wrong=[ratio, second + after / (1 - ratio)],
            message="You divide one value by another. It is not the mean that shrinks to zero, but its distance to the end, and so the steps.",
        ),
        Mistake(
            name="values instead of steps, once",
            wrong=[ratio, end],
            message="The end is right. For the rate you divide one value by another; it is the steps that shrink by it.",
        ),
        Mistake(
            name="where it stands",
            wrong=[rate, third],
            message="The rate is right. With it the steps go on: EM has not arrived where it stands now.",
        ),
        Mistake(
            name="one step more",
            wrong=[rate, third + rate * after],
            message="The rate is right, and this is where the next iteration leads. There are endlessly many more, each smaller by the rate: what do they add up to?",
        ),
        Mistake(
            name="two steps more",
            wrong=[rate, third + rate * after + rate**2 * after],
            message="The rate is right. You follow two more iterations; there are endlessly many, each smaller by the rate: what do they add up to?",
        ),
        Mistake(
            name="the same step again",
            wrong=[rate, third + after],
            message="The rate is right. But the next step is shorter than the last one, and there is more than one to come.",
        ),
        Mistake(
            name="a leap from the wrong place",
            wrong=[rate, third + after / (1 - rate)],
            message="The rate is right. You add the whole sum of steps, beginning with the last one, to the value that has this step behind it: it counts twice.",
            link=f"{SPEED}#eq-15-3",
        ),
        Mistake(
            name="the first step leaps from the second value",
            wrong=[rate, second + before / (1 - rate)],
            message="The rate is right. You add the whole sum of steps, beginning with the first one, to the value that has this step behind it: it counts twice.",
            link=f"{SPEED}#eq-15-3",
        ),
        Mistake(
            name="multiplied by one minus the rate",
            wrong=[rate, second + after * (1 - rate)],
            message="The rate is right. A sum of steps that shrink is longer than its first step: where does one minus the rate stand in the sum of a geometric series?",
        ),
        Mistake(
            name="the way that is left",
            wrong=[rate, after / (1 - rate)],
            message="The rate is right, and this is a way, not a place. From which value does it lead to the end?",
        ),
    )


_q2 = Drawn(
    id="hw11.q2",
    title="How fast, and where to",
    points=2,
    link=f"{SPEED}#eq-15-3",
    hint="Two steps were taken. How much shorter is the second, and what do all that follow add up to?",
    apart=((0,), (1,)),
    numbers=_Q2,
    draw=_q2_draw,
    told=_q2_told,
    shows=_q2_shows,
)


# q3: three rules for a covariance


def _covariances_and_counts(rng, size):
    S = np.stack([draws.covariance(rng, size.m) for _ in range(size.k)]) * size.scale**2
    while True:
        counts = np.round(draws.responsibilities(rng, size.n + 5, size.k).sum(axis=0), 2)
        if len(set(counts.tolist())) == size.k:
            return S, counts


def _pooled(S, share):
    return np.einsum("j,jab->ab", share, S)


def _diagonals(S):
    return np.diagonal(S, axis1=1, axis2=2)


def _traces(S):
    return np.trace(S, axis1=1, axis2=2)


def _of_rules(part, rule, name, message, link):
    return in_part(part, rule, lambda S, N: answers.rules(S, N), name, message, f"{SHAPES}#{link}")


_q3 = Function(
    id="hw11.q3",
    title="Three rules for a covariance",
    points=3,
    link=f"{SHAPES}#eq-13-1",
    names=("covariances", "counts"),
    inputs=_covariances_and_counts,
    sizes=draws.SIZES,
    parts=("tied", "diag", "spherical"),
    hint="Each rule averages what it holds equal and drops what it forbids: (13.2), (13.3), (13.4).",
    mistakes=(
        _of_rules(
            "tied",
            lambda S, N: S.mean(axis=0),
            "counts ignored",
            "In tied: you average the covariances as if all components had equally many points. One with more points knows more of the common covariance.",
            "eq-13-2",
        ),
        _of_rules(
            "tied",
            lambda S, N: _pooled(S, N),
            "not divided by n",
            "In tied: the sum is right, and not yet an average. It grows with the number of points: divide by all of them.",
            "eq-13-2",
        ),
        _of_rules(
            "tied",
            lambda S, N: S.sum(axis=0),
            "added up",
            "In tied: you add the covariances up. It should be an average, in which a component counts as much as it has points.",
            "eq-13-2",
        ),
        _of_rules(
            "tied",
            lambda S, N: _pooled(S, N) / len(N),
            "divided by k",
            "In tied: you divide by the number of components. The counts add up to the number of points: divide by that.",
            "eq-13-2",
        ),
        _of_rules(
            "tied",
            lambda S, N: _pooled(S, N) / (N.sum() - len(N)),
            "divided by n - k",
            "In tied: you divide by n - k. That is the unbiased estimate of a discriminant analysis with known classes; the lower bound is highest with n.",
            "eq-13-2",
        ),
        _of_rules(
            "tied",
            lambda S, N: _pooled(S, N) / (N.sum() - 1),
            "divided by n - 1",
            "In tied: you divide by n - 1. The lower bound is highest with n.",
            "eq-13-2",
        ),
        _of_rules(
            "tied",
            lambda S, N: np.linalg.inv(_pooled(np.linalg.inv(S), N / N.sum())),
            "inverses averaged",
            "In tied: you average the inverses and invert back. In the trace of (13.1) it is the covariances themselves that add up.",
            "eq-13-2",
        ),
        _of_rules(
            "tied",
            lambda S, N: S[N.argmax()],
            "the largest component",
            "In tied: you take the covariance of the component with most points for all. The others have a say too, by their counts.",
            "eq-13-2",
        ),
        _of_rules(
            "diag",
            lambda S, N: 1 / _diagonals(np.linalg.inv(S)),
            "the inverse's diagonal",
            "In diag: you invert, keep the diagonal and invert back. That is the variance of a column given all the others, which is too small wherever columns are correlated.",
            "eq-13-3",
        ),
        _of_rules(
            "diag",
            lambda S, N: np.linalg.eigvalsh(S),
            "eigenvalues",
            "In diag: these are eigenvalues, the variances along the axes of the ellipse. The rule turns nothing: it looks along the columns.",
            "eq-13-3",
        ),
        _of_rules(
            "diag",
            lambda S, N: np.linalg.eigvalsh(S)[:, ::-1],
            "eigenvalues, the largest first",
            "In diag: these are eigenvalues, the variances along the axes of the ellipse. The rule turns nothing: it looks along the columns.",
            "eq-13-3",
        ),
        _of_rules(
            "diag",
            lambda S, N: np.sqrt(_diagonals(S)),
            "standard deviations in diag",
            "In diag: these are standard deviations. Variances are asked for: leave out the root.",
            "eq-13-3",
        ),
        _of_rules(
            "diag",
            lambda S, N: S.sum(axis=2),
            "rows added up",
            "In diag: you add up the rows of each matrix. The entries off the diagonal are to be dropped.",
            "eq-13-3",
        ),
        _of_rules(
            "diag",
            lambda S, N: np.tile(_diagonals(_pooled(S, N / N.sum())[np.newaxis]), (len(N), 1)),
            "diag of the pooled covariance",
            "In diag: all components get the same variances. This type has no common covariance: each component keeps its own diagonal.",
            "eq-13-3",
        ),
        _of_rules(
            "spherical",
            lambda S, N: _traces(S),
            "trace not divided",
            "In spherical: this is the trace, the variances of all columns added up. One variance for all of them is their average.",
            "eq-13-4",
        ),
        _of_rules(
            "spherical",
            lambda S, N: _traces(S) / len(N),
            "trace divided by k",
            "In spherical: you divide the trace by the number of components. It is a sum over the columns.",
            "eq-13-4",
        ),
        _of_rules(
            "spherical",
            lambda S, N: np.linalg.det(S) ** (1 / S.shape[1]),
            "the volume kept",
            "In spherical: you keep the determinant, the volume of the ellipse. The bound asks for the average of the variances, which is larger.",
            "eq-13-4",
        ),
        _of_rules(
            "spherical",
            lambda S, N: np.sqrt(_traces(S) / S.shape[1]),
            "a standard deviation in spherical",
            "In spherical: this is a standard deviation. The variance is asked for: leave out the root.",
            "eq-13-4",
        ),
        _of_rules(
            "spherical",
            lambda S, N: S.mean(axis=(1, 2)),
            "all entries averaged",
            "In spherical: you average all entries of the matrix. Those off the diagonal are no variances and have no say.",
            "eq-13-4",
        ),
        _of_rules(
            "spherical",
            lambda S, N: S[:, 0, 0],
            "the first column only",
            "In spherical: this is the variance of the first column. All columns have a say.",
            "eq-13-4",
        ),
        _of_rules(
            "spherical",
            lambda S, N: np.linalg.eigvalsh(S)[:, -1],
            "the largest eigenvalue",
            "In spherical: this is the largest variance in any direction. The best circle is not the one around the ellipse.",
            "eq-13-4",
        ),
        _of_rules(
            "spherical",
            lambda S, N: np.full(len(N), np.trace(_pooled(S, N / N.sum())) / S.shape[1]),
            "one for all components",
            "In spherical: all components get the same variance. That is another rule; here each component has one of its own.",
            "eq-13-4",
        ),
    ),
)


# q4: the M-step with a prior


def _step_with_prior(rng, size):
    X, _ = draws.problem(rng, size)
    kappa, above = (float(np.round(rng.uniform(low, high), 1)) for low, high in ((0.5, 4.0), (0.5, 5.0)))
    prior_mean = draws.placed(draws.points(rng, 1, size.m), size)[0]
    scale = np.round(draws.covariance(rng, size.m) * size.scale**2, 4)
    return X, draws.shares(rng, size), kappa, prior_mean, size.m + above, scale


def _plain_means(X, w):
    return w.T @ X / w.sum(axis=0)[:, np.newaxis]


def _map(
    means=None,
    divisor=lambda N, nu, m, kappa: N + nu + m + 2,
    about=None,
    mean_term=lambda N, kappa: 1.0,
    lambda_term=lambda nu: 1.0,
    after=0.0,
    product=np.outer,
):
    """The M-step with a prior, with something of it replaced."""

    def step(X, w, kappa, prior_mean, nu, scale):
        new = answers.with_prior(X, w, kappa, prior_mean, nu, scale)["means"]
        new = new if means is None else means(X, w, kappa, prior_mean)
        centres = new if about is None else about(X, w)
        covariances = []
        for N, share, centre in zip(w.sum(axis=0), w.T, centres):
            r, d = X - centre, centre - prior_mean
            T = (share * r.T) @ r + mean_term(N, kappa) * kappa * product(d, d) + lambda_term(nu) * scale
            covariances.append(T / divisor(N, nu, X.shape[1], kappa) + after * scale)
        return {"means": new, "covariances": np.array(covariances)}

    return step


def _of_prior(part, step, name, message, link):
    return Mistake(name=name, message=message, wrong=step, part=part, link=f"{PRIORS}#{link}")


_q4 = Function(
    id="hw11.q4",
    title="A prior as more points",
    points=3,
    link=f"{PRIORS}#eq-14-4",
    names=("X", "responsibilities", "kappa", "prior_mean", "nu", "scale"),
    inputs=_step_with_prior,
    sizes=draws.SIZES,
    parts=("means", "covariances"),
    hint="The means by (14.3). Then the three terms of the matrix T, about these means, and the divisor of (14.4).",
    mistakes=(
        _of_prior(
            "means",
            _map(means=lambda X, w, kappa, mu: _plain_means(X, w)),
            "means without the prior",
            "In means: these are the means of the points alone. The prior mean counts as kappa more points.",
            "eq-14-3",
        ),
        _of_prior(
            "means",
            _map(means=lambda X, w, kappa, mu: (w.T @ X + kappa * mu) / w.sum(axis=0)[:, np.newaxis]),
            "kappa not in the divisor",
            "In means: the sum above is right, but there are kappa points more in it than you divide by.",
            "eq-14-3",
        ),
        _of_prior(
            "means",
            _map(means=lambda X, w, kappa, mu: w.T @ X / (w.sum(axis=0) + kappa)[:, np.newaxis]),
            "the prior mean not added",
            "In means: you divide by kappa points that you have not added: your means are pulled to zero, and not to the prior mean.",
            "eq-14-3",
        ),
        _of_prior(
            "means",
            _map(means=lambda X, w, kappa, mu: (w.T @ X + kappa * mu) / (len(X) + kappa)),
            "divided by all points",
            "In means: you divide by the number of all points. A component has its effective count, and kappa more.",
            "eq-14-3",
        ),
        _of_prior(
            "means",
            _map(means=lambda X, w, kappa, mu: (w.T @ X + mu) / (w.sum(axis=0) + 1)[:, np.newaxis]),
            "counts as one point",
            "In means: your prior mean counts as one point. It counts as kappa points.",
            "eq-14-3",
        ),
        _of_prior(
            "means",
            _map(means=lambda X, w, kappa, mu: (_plain_means(X, w) + kappa * mu) / (1 + kappa)),
            "a mean counts as one point",
            "In means: you weigh the mean of the points as if it were one point. It speaks for as many as the component is responsible for.",
            "eq-14-3",
        ),
        _of_prior(
            "means",
            _map(means=lambda X, w, kappa, mu: (_plain_means(X, w) + mu) / 2),
            "half and half",
            "In means: you take the middle between the mean of the points and the prior mean. The points count as many as the component is responsible for, the prior mean as kappa.",
            "eq-14-3",
        ),
        _of_prior(
            "covariances",
            _map(divisor=lambda N, nu, m, kappa: N),
            "divided by the counts alone",
            "In covariances: you divide by the effective counts alone. The prior acts like more points, and it has its part in the divisor as well.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(divisor=lambda N, nu, m, kappa: N + nu + m + 1),
            "one too few",
            "In covariances: your divisor is one too small. The prior of the mean has a determinant too, and that counts as one point.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(divisor=lambda N, nu, m, kappa: N + nu + m + 1 + kappa),
            "kappa for one",
            "In covariances: you count the prior of the mean as kappa in the divisor. It is one density, with one determinant: kappa stands in the scatter, and one in the divisor.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(divisor=lambda N, nu, m, kappa: N + nu + m + 2 + kappa),
            "kappa besides",
            "In covariances: you add kappa to the divisor as well. The prior of the mean is one density, with one determinant: kappa stands in the scatter, and one in the divisor.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(lambda_term=lambda nu: nu),
            "nu times the scale",
            "In covariances: you multiply Lambda by nu. In this density Lambda stands in the trace as it is.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(mean_term=lambda N, kappa: N / (N + kappa)),
            "two forms mixed",
            "In covariances: kappa N / (N + kappa) belongs to deviations from the means of the points alone. About the new means the prior mean counts with kappa.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(divisor=lambda N, nu, m, kappa: N + nu),
            "nu alone",
            "In covariances: you add nu to the counts and no more. Collect what stands before the logarithm of the determinant: the prior's density brings m + 1 besides, and the mean's one.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(divisor=lambda N, nu, m, kappa: N + nu - m - 1),
            "the mean of an inverse Wishart density",
            "In covariances: you divide as for the average of an inverse Wishart density. EM with a prior looks for the highest place, and there the signs are others.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(divisor=lambda N, nu, m, kappa: N + nu - m),
            "the mean of the posterior",
            "In covariances: you divide as for the average of an inverse Wishart density. EM with a prior looks for the highest place, and there the signs are others.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(lambda_term=lambda nu: 0.0),
            "the scale forgotten",
            "In covariances: Lambda is missing in the sum above. Without it a component on one point could still collapse.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(lambda_term=lambda nu: 0.0, after=1.0),
            "added as a floor",
            "In covariances: you add Lambda after the division. That is a floor, and the ratchet breaks on it; the prior's Lambda stands with the squares, and is divided as they are.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(lambda_term=lambda nu: 0.0, after=1.0, divisor=lambda N, nu, m, kappa: N),
            "added as a floor to the plain covariance",
            "In covariances: you add Lambda after the division. That is a floor, and the ratchet breaks on it; the prior's Lambda stands with the squares, and is divided as they are.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(mean_term=lambda N, kappa: 0.0),
            "the mean's term forgotten",
            "In covariances: the term with the prior mean is missing. The kappa points that it counts as lie off the component's mean, and that too is scatter.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(mean_term=lambda N, kappa: 0.0, lambda_term=lambda nu: 0.0, divisor=lambda N, nu, m, kappa: N),
            "covariances without the prior",
            "In covariances: these are the plain covariances about the new means. The prior's part is missing, above and below.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(product=np.dot),
            "the mean's term a number",
            "In covariances: the term with the prior mean is a single number in yours, added to every entry of the matrix. The outer product of a deviation with itself is a matrix: np.outer.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(about=_plain_means),
            "about the plain means",
            "In covariances: you measure from the means of the points alone. Measure from the new means, those with the prior.",
            "eq-14-4",
        ),
        _of_prior(
            "covariances",
            _map(about=_plain_means, mean_term=lambda N, kappa: 0.0),
            "about the plain means, no mean's term",
            "In covariances: you measure from the means of the points alone, and the prior mean has no say. Measure from the new means, and add the term with kappa.",
            "eq-14-4",
        ),
    ),
)


# q5: an M-step with gaps


def _of_gaps(part, step, name, message, link):
    return Mistake(name=name, message=message, wrong=step, part=part, link=f"{GAPS}#{link}")


def _of_rows(step, rows):
    """A step on the rows that a rule keeps."""
    return lambda X, w, means, covariances: step(X[rows(X)], w[rows(X)])


def _of_seen_values(X, w, means, covariances):
    seen = ~np.isnan(X)
    new = w.T @ np.where(seen, X, 0.0) / (w.T @ seen)
    r = np.where(seen[:, np.newaxis], X[:, np.newaxis] - new, 0.0)
    together = np.einsum("ij,ia,ib->jab", w, seen, seen)
    return {"means": new, "covariances": np.einsum("ij,ija,ijb->jab", w, r, r) / together}


def _as_they_are(X, w):
    return fitted(w, np.repeat(X[:, np.newaxis], w.shape[1], axis=1))


def _not_a_number(arguments, output, expected):
    return any(np.isnan(part).any() for part in output.values())


_q5 = Function(
    id="hw11.q5",
    title="An M-step with gaps",
    points=4,
    link=f"{GAPS}#eq-17-4",
    names=("X", "responsibilities", "means", "covariances"),
    inputs=rows_with_gaps,
    sizes=(
        draws.Size(3, 3, 2),
        draws.Size(4, 2, 3),
        draws.Size(5, 2, 2),
        draws.Size(6, 4, 3, scale=3.0),
        draws.Size(7, 4, 2, scale=0.5, offset=10.0),
        draws.Size(8, 3, 4),
    ),
    parts=("means", "covariances"),
    hint="Fill each row once for each component, by (17.3). Then the weighted averages, and to the covariance what is left open.",
    mistakes=(
        Mistake(
            name="nan comes through",
            wrong=_of_rows(_as_they_are, lambda X: slice(None)),
            when=_not_a_number,
            message="There is nan in your result: a gap was added up, or nothing was left to be averaged. Fill each gap before anything is summed.",
            link=f"{GAPS}#eq-17-3",
        ),
        Mistake(
            name="rows with gaps dropped",
            wrong=_of_rows(_as_they_are, lambda X: ~np.isnan(X).any(axis=1)),
            message="You leave out the rows that have a gap. What was seen of them counts as well: fill the rest by what is expected.",
            link=GAPS,
        ),
        Mistake(
            name="only values that were seen",
            wrong=_of_seen_values,
            message="You average over the values that were seen, and fill nothing. A gap has an expectation, given what was seen of its row, and that belongs into the sums.",
            link=f"{GAPS}#eq-17-3",
        ),
        _of_gaps(
            "means",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, fill="zero")),
            "zeros for gaps",
            "In means: your gaps count as zeros. A value that was not seen is not 0: fill it with what the component expects.",
            "eq-17-3",
        ),
        _of_gaps(
            "means",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, fill="mean")),
            "filled with the component's mean",
            "In means: you fill a gap with the mean of the component. What was seen of the row says more: go along the regression.",
            "eq-17-3",
        ),
        _of_gaps(
            "means",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, fill="column")),
            "filled with the column's mean",
            "In means: you fill a gap with the average of its column. That lies between the clouds; each component has its own expectation, given what was seen of the row.",
            "eq-17-3",
        ),
        _of_gaps(
            "means",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, fill="once")),
            "filled once for all components",
            "In means: you fill each row once, by the average over the components. Each component must see the row filled in its own way.",
            "eq-17-3",
        ),
        _of_gaps(
            "means",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, fill="not centred")),
            "not measured from the mean",
            "In means: the regression multiplies what was seen itself. It should multiply how far that lies from the component's mean.",
            "eq-17-3",
        ),
        _of_gaps(
            "means",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, fill="no inverse")),
            "no inverse in the regression",
            "In means: you multiply by the covariance of unseen and seen as it is. The slope divides by the covariance of the seen.",
            "eq-17-3",
        ),
        _of_gaps(
            "means",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, fill="other way")),
            "the wrong side",
            "In means: your expectations move to the wrong side of the component's mean. Look at the sign before the regression.",
            "eq-17-3",
        ),
        _of_gaps(
            "means",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, fill="each column alone")),
            "each seen column alone",
            "In means: you divide by the variances of the seen columns one by one, as if they did not vary together. Use the inverse of their whole covariance.",
            "eq-17-3",
        ),
        _of_gaps(
            "means",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, fill="entries inverted")),
            "entries inverted one by one",
            "In means: you invert the covariance of the seen entry by entry. The inverse of a matrix is another thing as soon as two columns were seen: np.linalg.inv or np.linalg.solve.",
            "eq-17-3",
        ),
        _of_gaps(
            "means",
            lambda *arguments: fitted(arguments[1], *filled(*arguments), divide="n"),
            "divided by n",
            "In means: you divide by the number of points. It must be the effective count of the component, as ever.",
            "eq-17-4",
        ),
        _of_gaps(
            "covariances",
            lambda *arguments: fitted(arguments[1], filled(*arguments)[0]),
            "what is left open forgotten",
            "In covariances: you fill the rows, and then believe them. An expected value has no scatter about its line, so the variances come out too small: something is to be added.",
            "eq-17-4",
        ),
        _of_gaps(
            "covariances",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, left="all")),
            "all of the variance added",
            "In covariances: you add the covariance that the unseen values had before anything was seen. Part of it is explained by what was seen.",
            "eq-17-3",
        ),
        _of_gaps(
            "covariances",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, left="explained")),
            "the explained part added",
            "In covariances: you add what the seen values explain. What they leave open belongs there.",
            "eq-17-3",
        ),
        _of_gaps(
            "covariances",
            lambda *arguments: fitted(arguments[1], *filled(*arguments, left="variances")),
            "only variances added",
            "In covariances: you add the variances that are left, and not the covariances of two gaps in one row. These vary together too.",
            "eq-17-3",
        ),
        _of_gaps(
            "covariances",
            lambda *arguments: fitted(arguments[1], *filled(*arguments), open_share="full"),
            "added without the responsibilities",
            "In covariances: what a row leaves open is added in full. It counts as much as the row does: as its responsibility.",
            "eq-17-4",
        ),
        _of_gaps(
            "covariances",
            lambda *arguments: fitted(arguments[1], *filled(*arguments), open_share="sum"),
            "added after the division",
            "In covariances: what is left open is summed, and not divided by the effective count. It stands inside the average.",
            "eq-17-4",
        ),
        _of_gaps(
            "covariances",
            lambda *arguments: fitted(arguments[1], *filled(*arguments), centres=arguments[2]),
            "about the old means",
            "In covariances: you measure from the old means. The old parameters fill the gaps; the squares are taken about the new means.",
            "eq-17-4",
        ),
        _of_gaps(
            "covariances",
            lambda *arguments: fitted(arguments[1], filled(*arguments)[0], centres=arguments[2]),
            "about the old means, nothing added",
            "In covariances: you measure from the old means, and you believe the filled rows. Take the new means, and add what the gaps leave open.",
            "eq-17-4",
        ),
        _of_gaps(
            "covariances",
            lambda *arguments: fitted(arguments[1], *filled(*arguments), divide_squares="n"),
            "covariances divided by n",
            "In covariances: you divide by the number of points. It must be the effective count of the component, as ever.",
            "eq-17-4",
        ),
    ),
)


# q6: how fast a weight is found, and how sure it is


def _shares_of_one(rng, n):
    while True:
        w = np.round(rng.beta(0.8, 0.8, n), 2)
        if w.min() > 0.01 and w.max() < 0.99 and w.std() > 0.1 and abs(w.mean() - 0.5) > 0.05:
            return (w,)


def _all_sure(rng):
    return (rng.permutation(np.array([1.0, 1.0, 0.0, 0.0, 0.0])),)


def _complete(w):
    """The variance of a label before its point is seen, and the information were all labels known."""
    variance = w.mean() * (1 - w.mean())
    return variance, len(w) / variance


def _rate(w):
    return (w * (1 - w)).mean() / _complete(w)[0]


def _of_error(part, rule, name, message, link):
    return in_part(part, rule, lambda w: answers.rate_and_error(w), name, message, link)


_RATE, _ERROR = f"{SPEED}#eq-15-1", f"{SURE}#eq-16-2"

_q6 = Function(
    id="hw11.q6",
    title="A weight, how fast and how sure",
    points=2,
    link=_ERROR,
    names=("w",),
    inputs=_shares_of_one,
    sizes=(2, 3, 5, 8, 13),
    corners=(_all_sure,),
    parts=("rate", "error"),
    hint="Two doubts about a label, before and after its point is seen, make the rate. What the rate leaves of the information, inverted, is a variance.",
    mistakes=(
        _of_error(
            "rate",
            lambda w: 1 - _rate(w),
            "one minus the rate",
            "In rate: this is the part of the doubt that the points remove. The rate is the part that remains.",
            _RATE,
        ),
        _of_error(
            "rate",
            lambda w: (w * (1 - w)).sum() / _complete(w)[0],
            "not averaged",
            "In rate: the doubts are added up and not averaged: your rate grows with the number of points. It lies between 0 and 1.",
            _RATE,
        ),
        _of_error(
            "rate",
            lambda w: (w * (1 - w)).mean(),
            "the doubt itself",
            "In rate: this is the doubt that is left, on average. It is to be compared with the doubt before the points were seen.",
            _RATE,
        ),
        _of_error(
            "rate",
            lambda w: 1 / _rate(w),
            "upside down",
            "In rate: above stands the doubt once the points are seen, below the doubt before. A rate above 1 would lead away from the end.",
            _RATE,
        ),
        _of_error(
            "rate",
            lambda w: (w * (1 - w)).mean() / w.mean(),
            "half of a variance",
            "In rate: below stands the variance of a label, phi times (1 - phi). You divide by phi alone.",
            _RATE,
        ),
        _of_error(
            "rate",
            lambda w: (w.std() ** 2 * len(w) / (len(w) - 1) / -_complete(w)[0]) + 1,
            "n - 1",
            "In rate: there is an n - 1 in it. (15.1) has plain averages.",
            _RATE,
        ),
        _of_error(
            "error",
            lambda w: 1 / np.sqrt(_complete(w)[1]),
            "as if the labels were known",
            "In error: this would be right if every label were known. What the points leave in doubt is missing from the information, and makes the error larger.",
            _ERROR,
        ),
        _of_error(
            "error",
            lambda w: 1 / ((1 - _rate(w)) * _complete(w)[1]),
            "a variance",
            "In error: this is the variance of the estimate. The standard error is its root.",
            _ERROR,
        ),
        _of_error(
            "error",
            lambda w: (1 - _rate(w)) * _complete(w)[1],
            "the information",
            "In error: this is the observed information. The more of it, the smaller is the error: invert it, and take the root.",
            _ERROR,
        ),
        _of_error(
            "error",
            lambda w: np.sqrt((1 - _rate(w)) * _complete(w)[1]),
            "not inverted",
            "In error: this is the root of the information. The more of it, the smaller is the error: invert it.",
            _ERROR,
        ),
        _of_error(
            "error",
            lambda w: 1 / np.sqrt((1 + _rate(w)) * _complete(w)[1]),
            "the missing information added",
            "In error: you add the missing information. It is what one does not have: subtract it.",
            _ERROR,
        ),
        _of_error(
            "error",
            lambda w: 1 / np.sqrt(_rate(w) * _complete(w)[1]),
            "the missing information alone",
            "In error: you invert the missing information. What is observed is the complete information less the missing one.",
            _ERROR,
        ),
        _of_error(
            "error",
            lambda w: w.std() / np.sqrt(len(w)),
            "the scatter of the responsibilities",
            "In error: this is the scatter of the responsibilities over the root of n, or, the same number, the error with known labels with 1 - rho multiplied into its variance. It is of the *information* that 1 - rho is left: divide.",
            _ERROR,
        ),
        _of_error(
            "error",
            lambda w: w.std(ddof=1) / np.sqrt(len(w)),
            "the scatter of the responsibilities, by n - 1",
            "In error: you take the responsibilities for measurements, and the weight for their mean. They depend on the weight themselves, and are all the more alike the less the points tell.",
            _ERROR,
        ),
        _of_error(
            "error",
            lambda w: w.std(),
            "the deviation of the responsibilities",
            "In error: this is how the responsibilities scatter. How sure the weight is grows with the number of points, by the information.",
            _ERROR,
        ),
        _of_error(
            "error",
            lambda w: np.sqrt(_complete(w)[0] / (1 - _rate(w))),
            "one point's error",
            "In error: this is right for a single point. The information of n points is n times as large.",
            _ERROR,
        ),
        _of_error(
            "error",
            lambda w: 1 / np.sqrt(_complete(w)[1]) / (1 - _rate(w)),
            "divided outside the root",
            "In error: the part of the information that is left stands outside the root. Put it inside: first the information, then its inverse, then the root.",
            _ERROR,
        ),
    ),
)


# q7: some labels


def _logs_and_labels(rng, size):
    """Some points with a label and some without; some labels against the densities, and no unlabelled point that is
    likeliest in the last component."""
    while True:
        logs, labels = draws.logarithms(rng, size), rng.integers(-1, size.k, size.n)
        likeliest, known = logs.argmax(axis=1), labels != -1
        if size.n < 3 or (
            not known.all()
            and (labels != likeliest)[known].any()
            and len(set(labels)) > 2
            and (likeliest < size.k - 1)[~known].all()
        ):
            return logs, labels


def _far_and_labelled(rng):
    """Far from everything, with a label and without; the last label contradicts the densities beyond any rounding."""
    a = np.round(rng.normal(0.0, 1.0, (5, 3)), 1) + np.array([[-1.0], [-2000.0], [-3000.0], [900.0], [-1.0]])
    a[4, 0] -= 2500
    return a, np.array([0, 2, -1, -1, 0])


def _possible(labels, k):
    return (labels[:, np.newaxis] == -1) | (labels[:, np.newaxis] == np.arange(k))


def _rows(joint):
    return joint / joint.sum(axis=1, keepdims=True)


def _linear_space(logs, labels):
    return _rows(np.exp(logs) * _possible(labels, logs.shape[1]))


def _impossible_as(value):
    return lambda logs, labels: softmax(np.where(_possible(labels, logs.shape[1]), logs, value), axis=1)


def _lowered_by(value):
    return lambda logs, labels: softmax(logs - value * ~_possible(labels, logs.shape[1]), axis=1)


def _masked(logs, labels):
    return softmax(logs, axis=1) * _possible(labels, logs.shape[1])


def _hot(labels, k, offset=0):
    return np.eye(k)[np.asarray(labels) - offset]


def _known_only(logs, labels):
    known = (labels != -1)[:, np.newaxis]
    return np.where(known, _hot(labels, logs.shape[1]), 0.0)


def _counted_from_one(logs, labels):
    k = logs.shape[1]
    return np.where((labels == -1)[:, np.newaxis], softmax(logs, axis=1), _hot(labels, k, 1))


def _added(logs, labels):
    known = (labels != -1)[:, np.newaxis]
    return np.where(known, (softmax(logs, axis=1) + _hot(labels, logs.shape[1])) / 2, softmax(logs, axis=1))


def _zero_is_unknown(logs, labels):
    return np.where((labels <= 0)[:, np.newaxis], softmax(logs, axis=1), _hot(labels, logs.shape[1]))


def _hard(logs, labels):
    return _hot(np.where(labels == -1, logs.argmax(axis=1), labels), logs.shape[1])


def _wrong_way_round(logs, labels):
    likeliest = _hot(logs.argmax(axis=1), logs.shape[1])
    return np.where((labels == -1)[:, np.newaxis], likeliest, softmax(logs, axis=1))


def _uniform(logs, labels):
    k = logs.shape[1]
    return np.where((labels == -1)[:, np.newaxis], 1 / k, _hot(labels, k))


def _columns(logs, labels):
    return softmax(np.where(_possible(labels, logs.shape[1]), logs, -np.inf), axis=0)


_q7 = Function(
    id="hw11.q7",
    title="Some labels",
    points=2,
    link=f"{LABELS}#eq-18-1",
    names=("log_joint", "labels"),
    inputs=_logs_and_labels,
    sizes=draws.SIZES,
    corners=(_far_and_labelled,),
    rows_sum_to_one=True,
    hint="A label makes the other components impossible. What is the logarithm of impossible?",
    mistakes=(
        Mistake(
            name="labels ignored",
            wrong=lambda logs, labels: softmax(logs, axis=1),
            message="These are the responsibilities as if no point had a label. Where a label is known, there is no doubt left.",
        ),
        Mistake(
            name="-1 taken for the last component",
            wrong=lambda logs, labels: _hot(labels, logs.shape[1]),
            message="Points without a label went to the last component: for Python the index -1 is the last one. Where the label is -1, the E-step is what it was.",
        ),
        Mistake(
            name="points without a label lost",
            wrong=_known_only,
            message="The rows of points without a label are zero. They are shared out as ever, by their densities.",
        ),
        Mistake(
            name="masked, not normalised",
            wrong=_masked,
            message="For a labelled point you strike out the other components and keep the share of its own as it was. Then the row no longer sums to one: what is the share of the only one possible?",
        ),
        Mistake(
            name="points with a label dropped",
            wrong=lambda logs, labels: softmax(logs[labels == -1], axis=1),
            message="The points with a label are missing. They keep their rows: the M-step needs them as well.",
        ),
        Mistake(
            name="zero for impossible",
            wrong=_impossible_as(0.0),
            message="You put 0 in the place of what is impossible. In logarithms 0 stands for a density of 1; impossible is something else.",
        ),
        Mistake(
            name="a small number for impossible",
            wrong=_impossible_as(-100.0),
            message="Right for ordinary points. For a labelled point far from everything your number in the place of what is impossible is larger than its own log-joint. Take the logarithm of zero.",
        ),
        Mistake(
            name="a number added",
            wrong=_lowered_by(100.0),
            message="Right for ordinary points. Where a label contradicts the densities by more than the number that you subtract, the others win all the same: what is impossible stays so however large its log-joint. Take the logarithm of zero.",
        ),
        Mistake(
            name="masked after softmax",
            wrong=lambda logs, labels: _rows(_masked(logs, labels)),
            message="Right for ordinary points. Where a label contradicts the densities, the share of its component is 0 for the machine before you strike out the others, and you divide 0 by 0: strike out in logarithms, before the softmax.",
            link="08_e_step#eq-8-2",
        ),
        Mistake(
            name="linear space",
            wrong=_linear_space,
            message="Right for ordinary points. For one far from everything all exponentials are 0, and for one near 900 they are infinite: strike out in logarithms, and subtract the largest of the row first.",
            link="08_e_step#eq-8-2",
        ),
        Mistake(
            name="labels counted from 1",
            wrong=_counted_from_one,
            message="You count the components from 1. Here label 0 is the first component, as an index in Python.",
        ),
        Mistake(
            name="label 0 taken for no label",
            wrong=_zero_is_unknown,
            message="You take label 0 for none. It names the first component; no label is -1.",
        ),
        Mistake(
            name="label and belief averaged",
            wrong=_added,
            message="You average what the label says and what the density says. A label is certain: where it is known, nothing else has a say.",
        ),
        Mistake(
            name="hard assignment",
            wrong=_hard,
            message="You give the points without a label wholly to their likeliest component. Only a label removes the doubt.",
        ),
        Mistake(
            name="the wrong way round",
            wrong=_wrong_way_round,
            message="You make the points without a label hard and share out those with one. It is the label that removes the doubt.",
        ),
        Mistake(
            name="equal shares",
            wrong=_uniform,
            message="You share the points without a label out equally. Their log-joint says more than that.",
        ),
        Mistake(
            name="wrong axis",
            wrong=_columns,
            message="Your columns sum to one; the rows should: each point is shared out among the components.",
            link="08_e_step#erratum-9",
        ),
    ),
)


# q8: judgement

_q8 = Choice(
    id="hw11.q8",
    title="What is promised, and what not",
    points=3,
    link=SURE,
    options={
        "a": "Full covariances contain the other types, so at its best it is never behind in likelihood. What else stands in BIC?",
        "b": "What does every sum T contain, whichever points a component has, and what is the largest that the divisor can be?",
        "c": "By (10.2) the rate is the share of the information that is missing. How much is left, and with how many points does information grow?",
        "d": "Where does each refit begin, and what would it have to do to find another hill?",
        "e": "Does it depend on what was seen, or on the value that is missing, whether the scale shows it?",
        "f": "Think of the four heaps of the chapter, and of what many points without labels make the likelihood care for.",
    },
)


# q9, beyond: which component is whose


def _two_fits(rng, size):
    """Two tables of responsibilities of which greed makes no one-to-one choice, and no choice is its own reverse; of four
    components the choice is another one than by distances or correlations."""
    numbers = np.arange(size.k)
    while True:
        first, second = draws.shares(rng, size), draws.shares(rng, size)
        common = first.T @ second
        order = _order_of(common)
        reverse = order.argsort()
        if (
            len(set(common.argmax(axis=1))) < size.k
            and _lead(common) > 1e-3
            and (order != numbers).any()
            and (size.k < 3 or (order != reverse).any())
            and (size.k < 4 or all((order != _order_of(other)).any() for other in _other_tables(first, second)))
        ):
            return first, second


def _other_tables(first, second):
    """How near two columns are, and how they are correlated, each (k, k)."""
    k = first.shape[1]
    yield -np.abs(first[:, :, np.newaxis] - second[:, np.newaxis]).sum(axis=0)
    yield np.corrcoef(first.T, second.T)[:k, k:]


def _order_of(common):
    """Which of the refit's components stands for each of the fit's, by a table (k, k) of what they share."""
    return answers.matched(common.T, np.eye(len(common))).argmax(axis=0)


def _lead(common):
    """By how much the best choice is better than any other."""
    numbers = range(len(common))
    *_, second, best = sorted(common[numbers, order].sum() for order in permutations(numbers))
    return best - second


def _each_its_best(fit, refit):
    return refit[:, (fit.T @ refit).argmax(axis=1)]


def _by_turns(fit, refit):
    common, order = fit.T @ refit, []
    for row in common:
        order.append(max((l for l in range(len(row)) if l not in order), key=lambda l: row[l]))  # noqa: E741
    return refit[:, order]


def _largest_first(fit, refit):
    common, order = (fit.T @ refit).copy(), {}
    for _ in common:
        j, l = np.unravel_index(common.argmax(), common.shape)  # noqa: E741
        order[j] = l
        common[j], common[:, l] = -1, -1
    return refit[:, [order[j] for j in range(len(common))]]


def _by_size(fit, refit):
    order = np.empty(fit.shape[1], dtype=int)
    order[fit.sum(axis=0).argsort()] = refit.sum(axis=0).argsort()
    return refit[:, order]


def _inverse(fit, refit):
    return refit[:, _order_of(fit.T @ refit).argsort()]


def _by_labels(fit, refit):
    k = fit.shape[1]
    return refit[:, _order_of(np.eye(k)[fit.argmax(axis=1)].T @ np.eye(k)[refit.argmax(axis=1)])]


_q9 = Function(
    id="hw11.q9",
    title="Beyond: whose component is it",
    points=0,
    link=SURE,
    names=("fit", "refit"),
    inputs=_two_fits,
    sizes=(
        draws.Size(3, 3, 0),
        draws.Size(4, 2, 0),
        draws.Size(5, 4, 0),
        draws.Size(6, 3, 0),
        draws.Size(8, 4, 0),
        draws.Size(9, 2, 0),
    ),
    rows_free=False,
    hint="Make the table of common points, k by k. Then of all one-to-one choices the one with the largest sum.",
    mistakes=(
        Mistake(
            name="each its best",
            wrong=_each_its_best,
            message="Each component takes the one that it shares most points with, and two may take the same. The choice must be one-to-one.",
        ),
        Mistake(
            name="by turns",
            wrong=_by_turns,
            message="The components choose one after the other, and the last must take what is left. Another choice, all together, shares more points.",
        ),
        Mistake(
            name="the largest first",
            wrong=_largest_first,
            message="You take the best pair first, then the best of what is left. Greed may cost more later than it gained: compare whole choices.",
        ),
        Mistake(
            name="by size",
            wrong=_by_size,
            message="You match the components by their sizes. Two different groups may be equally large: count the points that they share.",
        ),
        Mistake(
            name="the other direction",
            wrong=_inverse,
            message="You found the right pairs, but you put each in the other's place: column j must hold the component of the refit that stands for the fit's j.",
        ),
        Mistake(
            name="the smallest sum",
            wrong=lambda fit, refit: answers.matched(-fit, refit),
            message="Your choice shares the fewest points of all. The Hungarian method looks for the least cost, unless it is told to maximise.",
        ),
        Mistake(
            name="as they come",
            wrong=lambda fit, refit: refit.copy(),
            message="You leave the components as they come. Each fit numbers them in its own way.",
        ),
        Mistake(
            name="by hard labels",
            wrong=_by_labels,
            message="You count each point wholly for its likeliest component. The shares say more: use the products of the responsibilities.",
        ),
    ),
)


# q10: a derivation, read by a teacher

_q10 = Derivation(
    id="hw11.q10",
    title="One variance for all",
    points=2,
    link=f"{SHAPES}#eq-13-1",
    rubric=(
        "The rule is put into (13.1), and what is left is the bracket of a single variance, with the average of all traces; its maximum and why there is no other.",
        "The border is where two squared distances are equal, hence straight; as the variance goes to 0 the nearest mean takes all.",
    ),
)


HOMEWORK = Homework(
    id="hw11",
    title="Beyond the article",
    minutes=80,
    exercises=(_q1, _q2, _q3, _q4, _q5, _q6, _q7, _q8, _q9, _q10),
)
