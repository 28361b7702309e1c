"""Homework 2, sampling: equations (3) and (4)."""

import numpy as np

from gmm_lib.parameters import Parameters

from ..checker.calling import call
from ..checker.catalogue import AnswersOf
from ..checker.choice import Choice
from ..checker.comparing import NotNumbers, as_parts
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.telling import listed, number, point
from ..checker.verdict import CORRECT
from . import draws
from .part_mistakes import in_part

answers = AnswersOf("hw02_sampling")  # for what is made from a right answer

CHAPTER = "03_sampling"
GAUSSIAN = "05_gaussian"


# q1: four uniform numbers, by pencil

_Q1 = dict(weights=(0.15, 0.5, 0.35), uniforms=(0.3, 0.66, 0.1, 0.6))


def _q1_draw(lots):
    weights = lots.some_of(lots.one_of(((0.15, 0.5, 0.35), (0.2, 0.5, 0.3), (0.2, 0.7, 0.1), (0.1, 0.65, 0.25))), 3)
    edges = {round(edge, 2) for order in (weights, weights[::-1]) for edge in np.cumsum(order)}
    return dict(
        weights=tuple(weights),
        uniforms=tuple(lots.some_of([u / 100 for u in range(4, 97) if u / 100 not in edges], 4)),
    )


def _q1_told(weights, uniforms):
    return f"The mixing weights are {listed(weights)}. The generator gave {listed(uniforms)}."


def _pieces(weights, uniforms):
    """The components, counted from 1, in whose pieces the uniform numbers lie."""
    return 1 + np.searchsorted(np.cumsum(weights)[:-1], uniforms, side="right")


def _q1_shows(weights, uniforms):
    w, u, right = np.array(weights), np.array(uniforms), _pieces(weights, uniforms)
    return (
        Mistake(
            name="equal pieces",
            wrong=_pieces((1 / 3, 1 / 3, 1 / 3), u),
            message="You cut the interval into three equal pieces. The length of a piece is the weight of its component.",
        ),
        Mistake(
            name="counted from 0",
            wrong=right - 1,
            message="You count as code does, from 0. The exercise, like the formulas, counts from 1.",
        ),
        Mistake(
            name="nearest weight",
            wrong=1 + np.abs(u[:, np.newaxis] - w).argmin(axis=1),
            message="You chose the component whose weight is nearest to the uniform number. The weights are lengths of pieces, not places.",
        ),
        Mistake(
            name="pieces in reverse order",
            wrong=4 - _pieces(w[::-1], u),
            message="You laid the pieces from the last component to the first. That is as good a machine, but the usual one begins with component 1.",
        ),
        Mistake(
            name="likeliest component",
            wrong=[1 + w.argmax()] * 4,
            message="You chose the most probable component each time. A rare component must have its turn, in proportion to its weight.",
        ),
        Mistake(
            name="components in turn",
            wrong=[1, 2, 3, 1],
            message="You took the components in turn. The uniform number decides.",
        ),
    )


_q1 = Drawn(
    id="hw2.q1",
    title="Four uniform numbers",
    points=1,
    link=f"{CHAPTER}#eq-3",
    tolerance=0.01,
    hint="Cut the interval from 0 to 1 into three pieces, as long as the weights: where are the two cuts?",
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: one point, by pencil

_Q2 = dict(mean=(1.0, 2.0), triangle=(2.0, -1.0, 3.0), z=(2.0, 1.0))  # L = (2 0; -1 3)


def _q2_draw(lots):
    return dict(
        mean=tuple(lots.some_of((-3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0), 2)),
        triangle=(lots.one_of((2.0, 3.0)), lots.one_of((-1.0, -2.0)), lots.one_of((2.0, 3.0, 4.0))),
        z=tuple(lots.some_of((-2.0, -1.0, 1.0, 2.0, 3.0), 2)),
    )


def _factor(triangle):
    return np.array([[triangle[0], 0.0], triangle[1:]])


def _q2_told(mean, triangle, z):
    S = _factor(triangle) @ _factor(triangle).T
    return (
        f"The component has the mean {point(mean)} and a covariance with the rows {point(S[0])} and {point(S[1])}. "
        f"The generator gave **z** = {point(z)}."
    )


def _q2_shows(mean, triangle, z):
    mean, z, L = np.array(mean), np.array(z), _factor(triangle)
    S = L @ L.T
    covariance, spread = S[0, 1], np.sqrt(np.diag(S))
    upper = np.array([[np.sqrt(S[0, 0] - covariance**2 / S[1, 1]), covariance / spread[1]], [0, spread[1]]])
    return (
        Mistake(
            name="covariance for its factor",
            wrong=mean + S @ z,
            message="You multiplied z by the covariance. Its spread would be squared: what multiplied by its own transpose gives the covariance?",
        ),
        Mistake(
            name="upside down",
            wrong=mean + L.T @ z,
            message="You multiplied with the transpose of L. The row of L that holds a single number makes the first coordinate.",
        ),
        Mistake(
            name="standard deviations only",
            wrong=mean + spread * z,
            message=f"You used the two standard deviations and left out the covariance {number(covariance)}. The coordinates would be independent.",
        ),
        Mistake(
            name="variances for standard deviations",
            wrong=mean + spread**2 * z,
            message=f"You multiplied by the variances. A spread is a standard deviation, and the covariance {number(covariance)} should tilt the cloud besides.",
        ),
        Mistake(
            name="not moved",
            wrong=L @ z,
            message="The cloud is stretched and tilted rightly. It has not been moved to its mean yet.",
        ),
        Mistake(
            name="not stretched",
            wrong=mean + z,
            message="You moved z to the mean. Before that it must be stretched and tilted by L.",
        ),
        Mistake(
            name="moved before it is stretched",
            wrong=L @ (mean + z),
            message="You moved first and stretched afterwards, so that the mean was stretched too. Which comes first in (3.1)?",
        ),
        Mistake(
            name="inverse of L",
            wrong=mean + np.linalg.solve(L, z),
            message="You divided by L: that is the way from x back to z. Here you come from z.",
            link=f"{GAUSSIAN}#eq-5-2",
        ),
        Mistake(
            name="sign of the covariance lost",
            wrong=mean + np.abs(L) @ z,
            message=f"The covariance is {number(covariance)}: where one coordinate is large, the other tends to be small. One entry of L shows it.",
        ),
        Mistake(
            name="rest not subtracted",
            wrong=mean + np.array([L[0], [L[1, 0], spread[1]]]) @ z,
            message=f"Check L times its transpose: the corner comes out larger than {number(S[1, 1])}. A part of that variance is made by the entry beside it already.",
            link=f"{GAUSSIAN}",
        ),
        Mistake(
            name="another factor",
            wrong=mean + upper @ z,
            message="That is a factor as well, an upper triangular one, and its points are just as good. For this exercise take the lower triangular one.",
        ),
    )


_q2 = Drawn(
    id="hw2.q2",
    title="One point",
    points=2,
    link=f"{CHAPTER}#eq-3-1",
    hint="Find L with its three numbers, check L times its transpose, then multiply and move.",
    apart=((0,), (1,)),
    numbers=_Q2,
    draw=_q2_draw,
    told=_q2_told,
    shows=_q2_shows,
)


# q3: from uniform numbers to components


def _uniforms_and_weights(rng, n):
    weights = draws.weights(rng, 2 + (n + 1) % 3)
    return np.round(rng.random(n), 3), weights


def _three_in_every_piece(rng):
    weights = draws.weights(rng, 4)
    edges = np.append(0, np.cumsum(weights))
    return rng.permutation((edges[:-1] + weights * rng.uniform(0.1, 0.9, (3, 4))).ravel()), weights


def _on_the_edges(rng):
    # Quarters and eighths: no rounding error blurs on which side of an edge a number lies.
    weights = rng.permutation([0.125, 0.25, 0.625])
    return rng.permutation(np.append(0.0, np.cumsum(weights)[:-1])), weights


def _idle_component(rng):
    weights = np.array([0.0, 0.5, 0.0, 0.5])
    return np.array([0.0, 0.5, np.round(rng.uniform(0.1, 0.4), 2)]), weights


def _beside_one(rng):
    # The weights sum to one, their running sum misses it by a rounding error, and a generator may give that very number.
    return np.array([np.nextafter(1.0, 0.0), np.round(rng.random(), 3)]), np.array([0.7, 0.2, 0.1])


def _past_the_last(uniforms, weights):
    return np.searchsorted(np.cumsum(weights), uniforms, side="right")


def _left_closed(uniforms, weights):
    return np.searchsorted(np.cumsum(weights)[:-1], uniforms, side="left")


def _equal_pieces(uniforms, weights):
    return np.floor(uniforms * len(weights))


def _from_one(uniforms, weights):
    return answers.choose(uniforms, weights) + 1


def _against_weights(uniforms, weights):
    return np.searchsorted(np.sort(weights), uniforms, side="right")


def _first_weight_above(uniforms, weights):
    above = uniforms[:, np.newaxis] < weights
    return np.where(above.any(axis=1), above.argmax(axis=1), len(weights) - 1)


def _first_weight_above_or_zero(uniforms, weights):
    return (uniforms[:, np.newaxis] < weights).argmax(axis=1)


def _looked_up_in_weights(uniforms, weights):
    return np.searchsorted(weights, uniforms)


def _nearest_weight(uniforms, weights):
    return np.abs(uniforms[:, np.newaxis] - weights).argmin(axis=1)


def _nearest_edge(uniforms, weights):
    return np.abs(uniforms[:, np.newaxis] - np.cumsum(weights)).argmin(axis=1)


def _always_first(uniforms, weights):
    return np.zeros(len(uniforms))


def _likeliest(uniforms, weights):
    return np.full(len(uniforms), weights.argmax())


def _reversed_pieces(uniforms, weights):
    return len(weights) - 1 - answers.choose(uniforms, weights[::-1])


def _one_hot(uniforms, weights):
    return np.eye(len(weights))[answers.choose(uniforms, weights)]


def _first_only(uniforms, weights):
    return answers.choose(uniforms[0], weights)


def _first_for_all(uniforms, weights):
    return np.full(len(uniforms), answers.choose(uniforms[0], weights))


def _drawn_weight(uniforms, weights):
    return weights[answers.choose(uniforms, weights)]


_q3 = Function(
    id="hw2.q3",
    title="Which component",
    points=2,
    link=f"{CHAPTER}#eq-3",
    inputs=_uniforms_and_weights,
    sizes=(1, 2, 6, 7, 20),
    corners=(_on_the_edges, _idle_component, _three_in_every_piece, _beside_one),
    hint="Print the cuts between the pieces for the weights 0.2, 0.5 and 0.3: they must be 0.2 and 0.7.",
    mistakes=(
        Mistake(
            name="equal pieces",
            wrong=_equal_pieces,
            message="You cut the interval into k equal pieces: every component is drawn equally often, whatever its weight.",
        ),
        Mistake(
            name="always the first",
            wrong=_always_first,
            message="You choose component 0 for every number. The uniform number decides: into which piece does it fall?",
        ),
        Mistake(
            name="counted from 1",
            wrong=_from_one,
            message="You count the components from 1, as formulas do. Code counts from 0, and indexes the means with the result.",
        ),
        Mistake(
            name="past the last component",
            wrong=_past_the_last,
            message="Right but for a uniform number just below 1: there the running sum of the weights may end a rounding error below it, and your index is k, one past the last component. How many cuts are there between k pieces?",
        ),
        Mistake(
            name="edge to the wrong piece",
            wrong=_left_closed,
            message="Right except exactly on an edge. The number 0 then falls to the first component even if its weight is 0. Which border belongs to a piece, the left or the right?",
        ),
        Mistake(
            name="compared with the weights",
            wrong=_first_weight_above,
            message="You compare the uniform number with the weights themselves. They are the lengths of the pieces; where does the second piece begin?",
        ),
        Mistake(
            name="compared with the weights, else the first",
            wrong=_first_weight_above_or_zero,
            message="You compare the uniform number with the weights themselves. They are the lengths of the pieces; where does the second piece begin?",
        ),
        Mistake(
            name="compared with the sorted weights",
            wrong=_against_weights,
            message="You look the uniform number up among the weights. They are the lengths of the pieces; the cuts are where these lengths, laid end to end, meet.",
        ),
        Mistake(
            name="looked up in the weights",
            wrong=_looked_up_in_weights,
            message="You look the uniform number up among the weights. They are the lengths of the pieces; the cuts are where these lengths, laid end to end, meet.",
        ),
        Mistake(
            name="nearest weight",
            wrong=_nearest_weight,
            message="You choose the component whose weight is nearest to the uniform number. The weights are lengths of pieces, not places.",
        ),
        Mistake(
            name="nearest edge",
            wrong=_nearest_edge,
            message="You choose the nearest cut. What counts is between which two cuts the number lies.",
        ),
        Mistake(
            name="likeliest component",
            wrong=_likeliest,
            message="You choose the heaviest component each time. A rare one must have its turn, in proportion to its weight.",
        ),
        Mistake(
            name="pieces in reverse order",
            wrong=_reversed_pieces,
            message="You lay the pieces from the last component to the first. That is as good a machine, but here the first piece, from 0 on, belongs to component 0.",
        ),
        Mistake(
            name="a row of ones and zeros",
            wrong=_one_hot,
            message="You return a row of a one and zeros for each point. One number for each is asked for, the component's index.",
        ),
        Mistake(
            name="one component for all",
            wrong=_first_for_all,
            message="All your points get the component of the first uniform number. Each has a draw of its own.",
        ),
        Mistake(
            name="one component only",
            wrong=_first_only,
            message="You choose one component, with the first uniform number. Each point has a draw of its own.",
        ),
        Mistake(
            name="weights returned",
            wrong=_drawn_weight,
            message="You return the weights of the chosen components. Which component it was is asked for.",
        ),
    ),
)


# q4: from standard normal vectors to points


def _with_factor(factor, moved=True):
    def to_points(z, components, means, covariances):
        steps = np.stack([factor(S) @ row for S, row in zip(covariances[components], z)])
        return steps + means[components] if moved else steps

    return to_points


def _component_of_the_first(z, components, means, covariances):
    return answers.to_points(z, np.full_like(components, components[0]), means, covariances)


def _component_before(z, components, means, covariances):
    return answers.to_points(z, components - 1, means, covariances)


def _first_z_for_all(z, components, means, covariances):
    return answers.to_points(np.tile(z[0], (len(z), 1)), components, means, covariances)


def _one_coordinate_for_all(z, components, means, covariances):
    return answers.to_points(np.tile(z[:, :1], (1, z.shape[1])), components, means, covariances)


def _moved_first(z, components, means, covariances):
    return _with_factor(np.linalg.cholesky, moved=False)(z + means[components], components, means, covariances)


def _all_added(z, components, means, covariances):
    # what a row of ones and zeros would pick, with equal shares instead
    return np.mean(
        [answers.to_points(z, np.full_like(components, j), means, covariances) for j in range(len(means))], axis=0
    )


def _symmetric_root(S):
    values, U = np.linalg.eigh(S)
    return U * np.sqrt(values) @ U.T


def _sorted_by_component(z, components, means, covariances):
    return answers.to_points(z, components, means, covariances)[np.argsort(components, kind="stable")]


def _subtracted(z, components, means, covariances):
    return answers.to_points(-z, components, means, covariances)


def _normals(rng, size):
    n, k, m = size[:3]
    drawn = draws.mixture(rng, size)
    # Components change from point to point, and the last is among them as soon as there is room.
    return (
        np.round(rng.normal(0, 1, (n, m)), 1) + 0.0,
        (np.arange(n) + rng.integers(k)) % k,
        drawn.means,
        drawn.covariances,
    )


_q4 = Function(
    id="hw2.q4",
    title="From z to x",
    points=3,
    link=f"{CHAPTER}#eq-3-1",
    names=("z", "components", "means", "covariances"),
    inputs=_normals,
    sizes=draws.SIZES,
    hint="Take a point with z = 0: it must land on the mean of its component.",
    mistakes=(
        Mistake(
            name="covariance for its factor",
            wrong=_with_factor(lambda S: S),
            message="You multiply z by the covariance: x = μ + Σ z. The points then have the covariance Σ Σᵀ. Which matrix times its own transpose gives Σ?",
        ),
        Mistake(
            name="upside down",
            wrong=_with_factor(lambda S: np.linalg.cholesky(S).T),
            message="You multiply by the transpose of L. It comes so from z @ L, and from SciPy's cholesky, which gives the upper triangle. Try z = (1, 0): where must it land?",
        ),
        Mistake(
            name="standard deviations only",
            wrong=_with_factor(lambda S: np.diag(np.sqrt(np.diag(S)))),
            message="You stretch each coordinate by its standard deviation: the cloud has the right widths and is not tilted. The entries beside the diagonal have no say.",
        ),
        Mistake(
            name="variances for standard deviations",
            wrong=_with_factor(lambda S: np.diag(np.diag(S))),
            message="You stretch each coordinate by its variance. A spread is a standard deviation; and the entries beside the diagonal should tilt the cloud.",
        ),
        Mistake(
            name="not stretched",
            wrong=_with_factor(lambda S: np.eye(len(S))),
            message="Your cloud is moved to its mean, but still round and of width 1: the covariances have no say.",
        ),
        Mistake(
            name="inverse of L",
            wrong=_with_factor(lambda S: np.linalg.inv(np.linalg.cholesky(S))),
            message="You multiply by the inverse of L: that is the way from x back to z.",
            link=f"{GAUSSIAN}#eq-5-2",
        ),
        Mistake(
            name="inverse of the covariance",
            wrong=_with_factor(np.linalg.inv),
            message="You multiply by the inverse of Σ, which belongs in the density. To draw, z is stretched, not shrunk.",
        ),
        Mistake(
            name="root of each entry",
            wrong=_with_factor(lambda S: np.sign(S) * np.sqrt(np.abs(S))),
            message="You take the root of each entry. A root of a matrix is another thing: multiplied by its own transpose it must give Σ.",
        ),
        Mistake(
            name="root of a negative entry",
            wrong=_with_factor(np.sqrt),
            message="You take the root of each entry, and a covariance may be negative: nan. A root of a matrix is another thing: multiplied by its own transpose it must give Σ.",
        ),
        Mistake(
            name="sorted by component",
            wrong=_sorted_by_component,
            message="The right points in another order: sorted by component. Point i belongs to entry i of components.",
        ),
        Mistake(
            name="subtracted",
            wrong=_subtracted,
            message="You subtract L z from the mean. As random numbers these points are as good; in (3.1) it is added.",
        ),
        Mistake(
            name="another root",
            wrong=_with_factor(_symmetric_root),
            message="Your matrix times its transpose is Σ, so your points are as good as any. For this exercise, so that it can be checked, take the lower triangular root, Cholesky's.",
        ),
        Mistake(
            name="not moved",
            wrong=_with_factor(np.linalg.cholesky, moved=False),
            message="The clouds have the right shape, all at the origin. Move each to the mean of its component.",
        ),
        Mistake(
            name="moved before it is stretched",
            wrong=_moved_first,
            message="You move first and stretch afterwards, so that the mean is stretched too.",
        ),
        Mistake(
            name="one z for all",
            wrong=_first_z_for_all,
            message="All your points are made with the first row of z: points of one component coincide. Each point has a row of its own.",
        ),
        Mistake(
            name="one number for all coordinates",
            wrong=_one_coordinate_for_all,
            message="You use the first number of each row of z for every coordinate. The points of a component would lie on a line; each coordinate has a number of its own.",
        ),
        Mistake(
            name="the first point's component for all",
            wrong=_component_of_the_first,
            message="All your points use the component of the first. Each has its own entry in components.",
        ),
        Mistake(
            name="components counted from 1",
            wrong=_component_before,
            message="You subtract 1 from the components. They count from 0 already.",
        ),
        Mistake(
            name="components averaged",
            wrong=_all_added,
            message="You average over all components. A point comes from one of them: the one its entry in components names.",
        ),
    ),
)


# q5: the whole story, judged by what it makes

MANY = 2000


def _how_far(found, wanted, scale):
    return np.abs((found - wanted) / scale).max()


class _Story(Function):
    """A function that draws: nothing can be compared number by number, so its samples are measured."""

    def judge_values(self, examination):
        """See :meth:`Function.judge_values`."""
        read = []
        for case in examination.cases:
            if case.outcome.error is not None:
                return examination.raised(case)
            try:
                read.append((case.arguments, as_parts(case.outcome.value, self.parts)))
            except NotNumbers as error:
                return self.not_yet("wrong type", f"Your function returns {error}.")
        for n, parameters, parts in ((a[0], a[1], p) for a, p in read):
            found = _of_shapes(n, parameters, parts)
            if found:
                return self.not_yet(*found)
        found = _of_generator(examination.answer, read, self.argument_names) or _of_samples(read)
        return self.not_yet(*found) if found else CORRECT


def _of_shapes(n, parameters, parts):
    X, components = parts["X"], parts["components"]
    k, m = parameters.k, parameters.m
    if X.shape == (m, n) != (n, m):
        return "transposed", f"X is transposed: points are rows, so its shape must be {(n, m)}."
    if X.shape == (n,) and components.shape == (n, m):
        return "in another order", "The two things come in another order: first the points X, then the components."
    if X.shape != (n, m):
        return "wrong shape", f"X must have the shape {(n, m)}, that is (n, m); yours has {X.shape}."
    if components.shape != (n,):
        return (
            "wrong shape",
            f"The components must have the shape {(n,)}, one for each point; yours have {components.shape}.",
        )
    if not np.isfinite(X).all():
        return "not finite", "X holds nan or inf. Is a root taken of a negative number?"
    if not np.isin(components, np.arange(k + 1)).all():
        return "no components", f"The components must be the whole numbers 0 to {k - 1}."
    if components.max() == k:
        return (
            "counted from 1",
            "You count the components from 1, as formulas do. Code counts from 0, and indexes the means with the result.",
        )
    return None


def _of_generator(answer, read, names):
    """Whether the generator that was handed in is the one that is used."""
    arguments, parts = read[-1]
    again = call(answer, arguments, names)
    if again.error is not None or not np.array_equal(as_parts(again.value, ("X", "components"))["X"], parts["X"]):
        return (
            "another generator",
            "The same generator in the same state gives two different samples: some of your random numbers come from elsewhere. Draw them all from rng, and a sample can be repeated.",
        )
    other = call(answer, (*arguments[:-1], np.random.default_rng(arguments[-1].integers(2**32))), names)
    if other.error is None and np.array_equal(as_parts(other.value, ("X", "components"))["X"], parts["X"]):
        return (
            "generator not used",
            "Two different generators give the same sample. Draw from the rng that is handed in, without making one of your own.",
        )
    return None


def _of_samples(read):
    """Measure the samples; every threshold lies more than six standard deviations out, so that luck plays no part."""
    large = [(a[0], a[1], p["X"], p["components"].astype(int)) for a, p in read if a[0] >= 200]
    exact = [np.array_equal(np.bincount(c, minlength=p.k), np.round(n * p.weights)) for n, p, _, c in large]
    for n, parameters, X, components in large:
        shares = np.bincount(components, minlength=parameters.k) / n
        found = _of_components(n, parameters, components, shares) if not all(exact) else _EXACT
        if not found and n >= MANY:
            found = _of_points(parameters, X, components)
        if found:
            return found
    return None


_EXACT = (
    "counts not random",
    "Your counts are n times the weights, exactly and every time. In the story each point draws its component for itself, so that the counts scatter.",
    f"{CHAPTER}",
)


def _of_components(n, parameters, components, shares):
    def fits(weights):
        return _how_far(shares, weights, np.sqrt(0.25 / n)) < 7

    if shares.max() == 1:
        return (
            "one component for all",
            "All your points come from one component: it was drawn once. Each point draws its own.",
            f"{CHAPTER}#eq-3",
        )
    if (np.diff(components) >= 0).all():
        return (
            "sorted",
            "Your points come sorted by component. The draws are independent: the order of the rows should tell nothing.",
            CHAPTER,
        )
    if fits(parameters.weights):
        return None
    if fits(np.full(parameters.k, 1 / parameters.k)):
        return (
            "uniform components",
            "Your components come equally often. The mixing weights say how often each should come: rng.integers and a bare rng.choice do not know them.",
            f"{CHAPTER}#eq-3",
        )
    told = ", ".join(f"{share:.2f}" for share in shares)
    return (
        "shares",
        f"The components come in the shares {told}; the weights were {', '.join(f'{w:g}' for w in parameters.weights)}.",
        f"{CHAPTER}#eq-3",
    )


def _of_points(parameters, X, components):
    if len(np.unique(X, axis=0)) < len(X) / 2:
        return (
            "one z for all",
            "Points of one component coincide: the same z was used for all of them. Each point needs random numbers of its own.",
            f"{CHAPTER}#eq-3-1",
        )
    for j in range(parameters.k):
        found = _of_component(parameters, X[components == j], j)
        if found:
            return found
    return _of_noise(parameters, X, components)


def _of_noise(parameters, X, components):
    """Mean and covariance are right; taken back to z, are the numbers normal? By their third and fourth moments."""
    r = X - parameters.means[components]
    z = np.concatenate(
        [np.linalg.solve(parameters.factors[j], r[components == j].T).ravel() for j in range(parameters.k)]
    )
    z = (z - z.mean()) / z.std()
    # The standard deviations of both from normal numbers are the roots of 6/N and 24/N.
    if abs((z**3).mean()) < 7 * np.sqrt(6 / len(z)) and abs((z**4).mean() - 3) < 7 * np.sqrt(24 / len(z)):
        return None
    return (
        "not normal",
        (
            "Mean and covariance of your clouds are right, but their numbers are not normal: beyond two standard "
            f"deviations lie {(np.abs(z) > 2).mean():.1%} of them. From which distribution does z come?"
        ),
        f"{CHAPTER}#eq-3-1",
    )


def _fits(spread, S, n):
    # The standard deviation of an entry of a sample covariance, from normal points.
    return _how_far(spread, S, np.sqrt((S**2 + np.outer(np.diag(S), np.diag(S))) / n)) < 7


def _spreads(S, L):
    """The covariances that come out of the usual mistakes."""
    return {
        "covariance for its factor": S @ S,
        "upside down": L.T @ L,
        "standard deviations only": np.diag(np.diag(S)),
        "variances for standard deviations": np.diag(np.diag(S) ** 2),
        "not stretched": np.eye(len(S)),
        "inverse of the covariance": np.linalg.inv(S),
    }


def _of_component(parameters, rows, j):
    mean, S, L = parameters.means[j], parameters.covariances[j], parameters.factors[j]
    n = len(rows)
    overall = parameters.weights @ parameters.means
    found, spread = rows.mean(axis=0), np.atleast_2d(np.cov(rows.T, bias=True))
    width = np.sqrt(np.diag(spread) / n)
    if _how_far(found, mean, width) > 7:
        if _how_far(found, 0 * mean, width) < 7 and (_how_far(found, overall, width) > 7 or _fits(spread, S, n)):
            return (
                "not moved",
                "Each of your clouds lies at the origin. Move it to the mean of its component.",
                f"{CHAPTER}#eq-3-1",
            )
        if _how_far(found, overall, width) < 7:
            if _fits(spread, _added_covariance(parameters), n):
                return "components added", _ADDED, "02_mixture"
            return (
                "components do not belong to the points",
                "The points of every component have the same mean: the components you return are not those the points were made with. Draw them once, use them, return them.",
                f"{CHAPTER}#eq-4",
            )
        return (
            "means",
            f"The points of component {j} have the mean {_told(found)}; it was to be {_told(mean)}.",
            f"{CHAPTER}#eq-4",
        )
    if _fits(spread, S, n):
        return None
    if np.linalg.det(spread) < 1e-9 * np.diag(spread).prod():
        return "one number for all coordinates", _ON_A_LINE, f"{CHAPTER}#eq-3-1"
    for name, other in _spreads(S, L).items():
        if _fits(spread, other, n):
            return name, _SPREADS[name], f"{CHAPTER}#eq-3-1"
    return (
        "spread",
        f"The points of component {j} have the covariance {_told(spread)}; it was to be {_told(S)}.",
        f"{CHAPTER}#eq-3-1",
    )


def _told(array):
    return str(np.round(array, 2).tolist())


_ADDED = "Each of your points is a weighted sum over all components: one hill comes of that. In the story one component is chosen for each point, and it alone makes the point."
_ON_A_LINE = (
    "The points of each component lie on a line: one random number serves for all coordinates. Each needs its own."
)
_SPREADS = {
    "covariance for its factor": "Your clouds are far too wide where they are wide: their covariance is Σ squared. A generator's scale, and the matrix before z, are of the kind of a standard deviation: L, not Σ.",
    "upside down": "Your clouds have the covariance Lᵀ L in the place of L Lᵀ. It comes so from z @ L, and from SciPy's cholesky, which gives the upper triangle.",
    "standard deviations only": "Your clouds have the right widths and are not tilted: the entries beside the diagonal of the covariance have no say.",
    "variances for standard deviations": "Your clouds are not tilted, and a variance is used where a standard deviation is meant (the scale of rng.normal is one).",
    "inverse of the covariance": "Your clouds are narrow where they should be wide: their covariance is the inverse of Σ. The inverse belongs in the density.",
    "not stretched": "Your clouds are round and of width 1: the covariances have no say.",
}


def _story_inputs(rng, size):
    """A mixture, its means far apart."""
    if size[1:3] == (3, 2):
        return size.n, _told_apart(rng), np.random.default_rng(rng.integers(2**32))
    drawn = draws.parameters(rng, size.k, size.m)
    means = np.round(drawn.means + 8 * np.arange(size.k)[:, np.newaxis], 1)
    parameters = Parameters(drawn.weights, means, drawn.covariances)
    return size.n, parameters, np.random.default_rng(rng.integers(2**32))


def _told_apart(rng):
    """A mixture whose wrong readings are far apart: the means, the weights, and each covariance from its distortions."""
    sign = rng.choice([-1, 1])
    covariances = [
        [[4.0, 1.8 * sign], [1.8 * sign, 1.6]],
        [[0.6, -0.5 * sign], [-0.5 * sign, 2.5]],
        [[3.0, -1.6], [-1.6, 1.2]],
    ]
    means = np.round(rng.choice([-1, 1], (3, 2)) * rng.uniform(2, 3, (3, 2)) + [[0, 6], [7, 0], [-6, -6]], 1)
    weights = rng.permutation([0.15, 0.25, 0.6])
    return Parameters(weights, means, covariances)


_q5 = _Story(
    id="hw2.q5",
    title="The whole story",
    points=3,
    link=f"{CHAPTER}#eq-4",
    inputs=_story_inputs,
    names=("n", "parameters", "rng"),
    sizes=tuple(
        draws.Size(*size)
        for size in ((1, 2, 3), (3, 3, 2), (200, 3, 2), (1000, 3, 2), (MANY, 3, 2), (MANY, 2, 3), (MANY, 4, 1))
    ),
    parts=("X", "components"),
    random=True,
)


# q6: judgement

_q6 = Choice(
    id="hw2.q6",
    title="What the story says, and what not",
    points=3,
    link=CHAPTER,
    options={
        "a": "Any matrix whose product with its own transpose is Σ gives normal points of covariance Σ. Is there only one such matrix?",
        "b": "Each point draws for itself. What is the variance of the number of points from a component?",
        "c": "Where components overlap, more than one of them can have made a point. Which numbers would you compare?",
        "d": "Look once more at the proof: the region, the k ways into it, and what is added up.",
        "e": "A story that makes data like these shows that they could have come about so. What did iris's three times fifty, and its widths above zero, say?",
        "f": "How much wider is the whole than the average component, if the means lie apart? What does (3.2) add?",
    },
)


# q7, beyond: mean and covariance of the whole


def _within(p):
    return np.einsum("j,jab->ab", p.weights, p.covariances)


def _second_moment(p):
    return np.einsum("j,ja,jb->ab", p.weights, p.means, p.means)


def _of_part(part, rule, name, message, link=None):
    return in_part(part, rule, _moments, name, message, link)


def _moments(parameters):
    return dict(zip(("mean", "covariance"), answers.moments(parameters)))


def _evenly(p):
    return p.means.mean(axis=0)


def _even_moments(parameters):
    return answers.moments(
        Parameters(np.full(parameters.k, 1 / parameters.k), parameters.means, parameters.covariances)
    )


def _added_covariance(p):
    return np.einsum("j,jab->ab", p.weights**2, p.covariances)


def _mixture_of(rng, size):
    return (draws.mixture(rng, size),)


_q7 = Function(
    id="hw2.q7",
    title="Beyond: mean and covariance of the whole",
    points=0,
    link=f"{CHAPTER}#eq-3-2",
    names=("parameters",),
    inputs=_mixture_of,
    sizes=(draws.Size(1, 1, 2), *draws.SIZES),
    parts=("mean", "covariance"),
    hint="Draw a large sample with the function of exercise 5 and compare.",
    mistakes=(
        Mistake(
            name="equal weights",
            wrong=_even_moments,
            message="All your components weigh the same. A common component should pull the mean more than a rare one.",
        ),
        _of_part(
            "mean",
            _evenly,
            "mean without weights",
            "Your mean is the plain average of the means. A common component should pull it more than a rare one.",
        ),
        _of_part(
            "mean",
            lambda p: p.means.sum(axis=0),
            "means added",
            "You add the means. The mean of the whole is their average, each in proportion to its component.",
        ),
        _of_part(
            "covariance",
            _within,
            "within only",
            "This is the average covariance of the components. The whole is wider: its components lie apart.",
        ),
        _of_part(
            "covariance",
            lambda p: answers.moments(p)[1] - _within(p),
            "between only",
            "This is what comes from the components' lying apart. Each has a width of its own besides.",
        ),
        _of_part(
            "covariance",
            lambda p: _within(p) + _second_moment(p),
            "means not centred",
            "You add the products of the means as they are. Move all the data by 1000 and your covariance explodes: from where should the means be measured?",
        ),
        _of_part(
            "covariance",
            lambda p: _within(p) + (p.means - p.weights @ p.means).T @ (p.means - p.weights @ p.means),
            "between without weights",
            "The part within is weighted, the part between is not. A rare component far away should not count as much as a common one.",
        ),
        _of_part(
            "covariance",
            lambda p: _within(p) + np.einsum("j,ja,jb->ab", p.weights, p.means - _evenly(p), p.means - _evenly(p)),
            "between from the plain average",
            "You measure the distances of the means from their plain average. The centre is the mean of the whole, in which common components weigh more.",
        ),
        _of_part(
            "covariance",
            lambda p: _within(p) + np.cov(p.means.T) if p.k > 1 else _within(p),
            "covariance of the means",
            "You let np.cov take the means as k equal points, and divide by k - 1. They have weights, and they are no sample.",
        ),
        _of_part(
            "covariance",
            _added_covariance,
            "a sum of variables",
            "You square the weights: that is the covariance of a weighted sum of variables. In a mixture one of them is chosen.",
            "02_mixture",
        ),
        _of_part(
            "covariance",
            lambda p: 2 * _within(p) - answers.moments(p)[1],
            "between subtracted",
            "You subtract the part between. Components that lie further apart should make the whole wider.",
        ),
    ),
)


# q8: a derivation, read by a teacher

_q8 = Derivation(
    id="hw2.q8",
    title="The covariance of the whole",
    points=2,
    link="03_sampling#eq-3-2",
    rubric=(
        "Mean and second moment given the component, averaged with the mixing weights, and the mean's outer product taken off.",
        "The part between is a weighted sum of outer products, so that it adds a number that is not negative in every direction.",
    ),
)


HOMEWORK = Homework(
    id="hw2",
    title="Sampling",
    minutes=60,
    exercises=(_q1, _q2, _q3, _q4, _q5, _q6, _q7, _q8),
)
