"""Where EM starts: rules that turn points into first parameters.

EM climbs to the nearest stationary point, so the start decides which one. Every rule has the signature
``(X, k, rng, reg_covar=0.0, covariance_type="full") -> Parameters``; ``rng`` is a :class:`numpy.random.Generator`, a
:class:`numpy.random.RandomState` or a seed, ``reg_covar`` a variance floor as :mod:`gmm_lib.floor` knows it: a number,
one for each column, or "relative"; and ``covariance_type`` one of :mod:`gmm_lib.covariance_types`. (A rule of one's own
is called with the last only for another type than "full".)
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from . import em
from .covariance_types import as_covariance_type, as_full_matrices, constrained
from .floor import RELATIVE, as_squarable, column_scales, deviation_floor, is_relative, relative_floor
from .hierarchical import hierarchical
from .m_step import m_step
from .mixture import check_weights
from .parameters import Parameters
from .short_runs import enough_different_rows, points_of_a_start, short_runs
from .validation import (
    CollapsedComponentError,
    Rng,
    as_array,
    as_flag,
    as_floor,
    as_points,
    as_sample_weight,
    shown,
)

Rule = Callable[..., Parameters]  # (X, k, rng, reg_covar=0.0, covariance_type="full")


def rows_with_replacement(
    X: ArrayLike, k: int, rng: Rng, reg_covar: ArrayLike = 0.0, covariance_type: str = "full"
) -> Parameters:
    """The article's rule: each mean is a row of X drawn *with* replacement; uniform weights, pooled covariance.

    Nothing stops the same row from being drawn twice, and two components that start alike stay alike for ever. Given
    ``RandomState(seed)`` it draws what the article's code draws after ``np.random.seed(seed)``.

    Parameters
    ----------
    X : array_like, shape (n, m)
    k : int
        Number of components.
    rng : numpy.random.Generator, numpy.random.RandomState or seed
        Whatever :func:`gmm_lib.validation.as_generator` takes.
    reg_covar : float, array_like of shape (m,), or "relative"
        Variance floor, added to each diagonal: in squared units of the data, or :func:`gmm_lib.floor.variance_floor`.
    covariance_type : str
        "full", "tied", "diag" or "spherical": the covariances are the best of that type.

    Returns
    -------
    Parameters

    Raises
    ------
    ValueError
        If the pooled covariance is singular (a constant column, say) and there is no floor.
    """
    X, k, rng = points_of_a_start(X, k, rng)
    integers = rng.randint if isinstance(rng, np.random.RandomState) else rng.integers
    return _around(X, X[integers(low=0, high=len(X), size=k)], reg_covar, covariance_type)


def distinct_rows(
    X: ArrayLike, k: int, rng: Rng, reg_covar: ArrayLike = 0.0, covariance_type: str = "full"
) -> Parameters:
    """Means are k *different* rows of X; uniform weights, pooled covariance.

    Rows are drawn one after another without replacement, and a row equal to one already drawn is passed over: data
    may hold the same point twice (iris does), and equal means would never part.

    The arguments are those of :func:`rows_with_replacement`.

    Raises
    ------
    ValueError
        If X has fewer than k different rows; and as :func:`rows_with_replacement`.
    """
    X, k, rng = points_of_a_start(X, k, rng)
    order = rng.permutation(len(X))
    _, first = np.unique(X[order], axis=0, return_index=True)
    enough_different_rows(len(first), k)
    return _around(X, X[order[np.sort(first)[:k]]], reg_covar, covariance_type)


def kmeans_plus_plus(
    X: ArrayLike, k: int, rng: Rng, reg_covar: ArrayLike = 0.0, covariance_type: str = "full"
) -> Parameters:
    """Means are rows spread out by k-means++ seeding; uniform weights, pooled covariance.

    The first is any row; each next one is drawn with probability proportional to its squared distance from the
    nearest mean so far (Arthur and Vassilvitskii, 2007). Distances are in the units of the data.

    Arguments and errors are those of :func:`distinct_rows`.
    """
    X, k, rng = points_of_a_start(X, k, rng)
    return _around(X, kmeans_plus_plus_means(X, k, rng), reg_covar, covariance_type)


def kmeans_plus_plus_means(X: ArrayLike, k: int, rng: Rng) -> np.ndarray:
    """The k rows, shape (k, m), that :func:`kmeans_plus_plus` starts from."""
    X, k, rng = points_of_a_start(X, k, rng)
    rows = [int(rng.choice(len(X)))]
    nearest = _squared_distances(X, X[rows])[:, 0]
    while len(rows) < k:
        if not nearest.any():  # every row equals one already drawn
            enough_different_rows(len(rows), k)
        rows.append(int(rng.choice(len(X), p=nearest / nearest.sum())))
        nearest = np.minimum(nearest, _squared_distances(X, X[rows[-1:]])[:, 0])
    return X[rows]


def kmeans(X: ArrayLike, k: int, rng: Rng, reg_covar: ArrayLike = 0.0, covariance_type: str = "full") -> Parameters:
    """Run k-means from a k-means++ start, then one M-step on its hard assignment.

    Arguments and errors are those of :func:`distinct_rows`; also
    :class:`~gmm_lib.validation.CollapsedComponentError` if a group is too small or too flat to have a covariance and
    there is no floor.
    """
    X, k, rng = points_of_a_start(X, k, rng)
    means = lloyd(X, kmeans_plus_plus_means(X, k, rng)).state
    return m_step(X, _hard_assignment(X, means), _floor(X, reg_covar), covariance_type)


def lloyd(X: ArrayLike, means: ArrayLike, max_iter: int = 300, *, sample_weight: ArrayLike | None = None) -> em.Result:
    """k-means (Lloyd's algorithm), plugged into the same driver as the mixture: :func:`gmm_lib.em.run`.

    The E-step gives each point wholly to the nearest mean, the M-step moves each mean to the average of its points,
    and the objective is *minus* the sum of squared distances, because EM climbs. A mean left without points moves to
    the point farthest from its own mean.

    Parameters
    ----------
    X : array_like, shape (n, m)
    means : array_like, shape (k, m)
    max_iter : int
    sample_weight : array_like, shape (n,), optional
        How often each point counts, in the averages and in the sum.

    Returns
    -------
    em.Result
        Its state are the means, shape (k, m). It stops when an iteration changes nothing.

    Raises
    ------
    ValueError
        If an argument is not valid, or there are more means than points.
    """
    X = as_squarable(X)
    means = as_points(means, X.shape[1], name="means")
    if len(means) > len(X):
        raise ValueError(f"means must have at most as many rows as X, {len(X)}; got {len(means)}.")

    v = np.ones(len(X)) if sample_weight is None else as_sample_weight(sample_weight, len(X))

    def average(assignment):
        w = v[:, np.newaxis] * assignment
        counts = w.sum(axis=0)
        new = w.T @ X / np.where(counts > 0, counts, 1)[:, np.newaxis]
        empty = np.flatnonzero(counts == 0)
        if empty.size:
            own = np.take_along_axis(_squared_distances(X, new), assignment.argmax(axis=1)[:, np.newaxis], axis=1)
            farthest = np.argsort(np.where(v > 0, own[:, 0], -1))[::-1]  # of the points that count
            new[empty] = X[farthest[: empty.size]]
        return new

    return em.run(
        means,
        e_step=lambda means: _hard_assignment(X, means),
        m_step=average,
        objective=lambda means: -float((v * _squared_distances(X, means).min(axis=1)).sum()),
        tol=np.finfo(float).tiny,  # the same assignment twice gives the same sum to the last bit
        max_iter=max_iter,
    )


def random_responsibilities(
    X: ArrayLike, k: int, rng: Rng, reg_covar: ArrayLike = 0.0, covariance_type: str = "full"
) -> Parameters:
    """Uniform random responsibilities, each row normalised, then one M-step (scikit-learn's ``"random"``).

    Every component starts almost as the whole data, so that EM is slow to tell them apart. Arguments as
    :func:`rows_with_replacement`.
    """
    X, k, rng = points_of_a_start(X, k, rng)
    w = rng.uniform(size=(len(X), k))
    return m_step(X, w / w.sum(axis=1, keepdims=True), _floor(X, reg_covar), covariance_type)


def from_parameters(
    X: ArrayLike,
    k: int,
    rng: Rng,
    reg_covar: ArrayLike = 0.0,
    *,
    weights: ArrayLike | None = None,
    means: ArrayLike | None = None,
    precisions: ArrayLike | None = None,
    otherwise: str | Rule = kmeans,
    covariance_type: str = "full",
) -> Parameters:
    """Start from given parameters; a rule supplies those that are not given.

    The rule numbers its components as it likes: its j-th weight and covariance need not suit the j-th given mean. Give
    all three to be sure of the start; then no random number is drawn.

    Parameters
    ----------
    X, k, rng, reg_covar
        As :func:`rows_with_replacement`. The floor applies to what the rule supplies, never to what is given.
    weights : array_like, shape (k,), optional
    means : array_like, shape (k, m), optional
    precisions : array_like, shape (k, m, m), optional
        Inverse covariances: symmetric and positive definite. For "tied" one of shape (m, m), for "diag" (k, m), for
        "spherical" (k,) positive numbers.
    otherwise : str or callable, (X, k, rng, reg_covar) -> Parameters
        One of the rules of this module.
    covariance_type : str
        "full", "tied", "diag" or "spherical".

    Returns
    -------
    Parameters

    Raises
    ------
    ValueError
        If one of them has the wrong shape or is not valid; the message calls it ``weights_init``, ``means_init`` or
        ``precisions_init``, as the estimator's arguments are called.
    """
    X, k, rng = points_of_a_start(X, k, rng)
    given = dict(
        weights=_given_weights(weights, k),
        means=_given("means_init", means, (k, X.shape[1])),
        covariances=_given_covariances(precisions, k, X.shape[1], as_covariance_type(covariance_type)),
    )
    if any(value is None for value in given.values()):
        supplied = as_rule(otherwise, "otherwise")(X, k, rng, reg_covar, **_unless_full(covariance_type))
        if all(value is None for value in given.values()):
            return supplied
        given = {name: getattr(supplied, name) if value is None else value for name, value in given.items()}
    return Parameters(**given)


def in_equal_units(rule: Rule, scale: np.ndarray | None = None) -> Rule:
    """A rule of this module made free of units and of far values, for fits with the relative floor.

    The rule sees each column divided by its scale (:func:`gmm_lib.floor.column_scales`). Where far values make the
    deviation of a column larger than its scale, a component that would start on a row, with the covariance of all the
    points, starts no wider than the scale: seen from a width of 3162 all the points of size 1 are one point, and
    components that begin there would hardly part.

    Parameters
    ----------
    rule : callable, (X, k, rng, reg_covar) -> Parameters
    scale : ndarray, shape (m,), optional
        Of the columns, if it is known; points are then taken as an array that has been checked.

    Returns
    -------
    callable, (X, k, rng, reg_covar) -> Parameters
        In the units of the data. Its ``reg_covar`` is not used.
    """

    def start(X, k, rng, reg_covar="relative", covariance_type="full"):
        X = as_points(X) if scale is None else X
        units = column_scales(X) if scale is None else scale
        X = X / units
        # One variance for all columns is one in the units of the data, not in equal ones.
        of_type = _unless_full("diag" if covariance_type == "spherical" else covariance_type)
        try:
            found = rule(X, k, rng, RELATIVE, **of_type)
        except CollapsedComponentError:  # far values in several columns can make these depend on each other
            found = rule(X, k, rng, deviation_floor(X), **of_type)
        stretch = units
        if rule in (rows_with_replacement, distinct_rows, kmeans_plus_plus):
            widths = np.sqrt(np.diagonal(found.covariances, axis1=1, axis2=2))
            too_wide = (X.std(axis=0) > 1.001) & (widths > 1)  # 1.001: not by rounding alone
            stretch = np.where(too_wide, 1 / widths, 1.0) * units
        covariances = found.covariances * stretch[..., :, np.newaxis] * stretch[..., np.newaxis, :]
        covariances = constrained(covariances, found.weights, covariance_type)
        return Parameters(found.weights, found.means * units, covariances)

    return start


RULES = {
    "short_runs": short_runs,
    "kmeans": kmeans,
    "hierarchical": hierarchical,
    "k-means++": kmeans_plus_plus,
    "random": random_responsibilities,
    "random_from_data": distinct_rows,
    "rows_with_replacement": rows_with_replacement,
    "distinct_rows": distinct_rows,
}


def as_rule(rule: str | Rule, name: str = "rule") -> Rule:
    """Return a rule, given itself or by its name in ``RULES``, or raise a ValueError."""
    if isinstance(rule, str) and rule in RULES:
        return RULES[rule]
    if not callable(rule):
        names = ", ".join(map(repr, RULES))
        raise ValueError(f"{name} must be one of {names}, or a function (X, k, rng, reg_covar); got {shown(rule)}.")
    return rule


def _unless_full(covariance_type):
    """The keyword for a rule; none for "full", which every rule knows."""
    return {} if covariance_type == "full" else {"covariance_type": covariance_type}


def pooled_covariance(X: ArrayLike, reg_covar: ArrayLike = 0.0, uncorrelated: bool = False) -> np.ndarray:
    """The covariance of all the points together, ``np.cov(X.T)`` (divisor n - 1), with the floor on its diagonal;
    if ``uncorrelated``, with nothing off the diagonal.

    Returns an ndarray of shape (m, m). Raises ValueError if it is singular: it could start no component.
    """
    X = as_squarable(X)
    if len(X) < 2:
        raise ValueError(f"X must have at least two rows to have a covariance; got {len(X)}.")
    floor = np.broadcast_to(as_floor(_floor(X, reg_covar), X.shape[1]), X.shape[1:])
    covariance = np.cov(X.T).reshape(X.shape[1], X.shape[1]) + np.diag(floor)  # np.cov makes a scalar of one column
    if as_flag(uncorrelated, "uncorrelated"):
        covariance = np.diag(np.diag(covariance))
    if (floor == 0).any():
        _refuse_singular(X, covariance, floor)
    return covariance


def _refuse_singular(X, covariance, floor):
    """Judged on the correlations, so that units do not matter, and on the data, as rounding can hide a constant."""
    constant = np.flatnonzero((np.ptp(X, axis=0) == 0) & (floor == 0))
    if constant.size:
        why = f"column {constant[0]} is constant"
    else:
        scale = np.sqrt(np.diag(covariance))
        if np.linalg.eigvalsh(covariance / np.outer(scale, scale))[0] > 1e-14 * len(scale):
            return
        why = f"a column depends linearly on the others, or {len(X)} rows are too few for {X.shape[1]} columns"
    raise ValueError(f"the covariance of X is singular: {why}. Remove the column, or set reg_covar > 0.")


def _floor(X, reg_covar):
    """The floor as the M-step takes it."""
    return relative_floor(X) if is_relative(reg_covar) else reg_covar


def _around(X, means, reg_covar, covariance_type):
    """Uniform weights and the pooled covariance about each of these means."""
    k, uncorrelated = len(means), as_covariance_type(covariance_type) in ("diag", "spherical")
    covariances = np.tile(pooled_covariance(X, reg_covar, uncorrelated), (k, 1, 1))
    return Parameters(np.full(k, 1 / k), means, constrained(covariances, np.ones(k), covariance_type))


def _squared_distances(X, means):
    """Squared distance of each point from each mean, shape (n, k); exactly 0 between equal rows."""
    distances, D = np.empty((len(means), len(X))), np.empty(X.shape)
    for mean, row in zip(means, distances):
        np.subtract(X, mean, out=D)
        np.einsum("im,im->i", D, D, out=row)
    return distances.T


def _hard_assignment(X, means):
    """One-hot responsibilities, shape (n, k): each point belongs wholly to its nearest mean."""
    return np.eye(len(means))[_squared_distances(X, means).argmin(axis=1)]


def _given(name, value, shape):
    if value is None:
        return None
    array = as_array(value, name, len(shape))
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}; got {array.shape}.")
    return array


def _given_weights(weights, k):
    if _given("weights_init", weights, (k,)) is None:
        return None
    try:
        return check_weights(weights)
    except ValueError as error:
        raise ValueError(str(error).replace("weights", "weights_init")) from None


def _given_covariances(precisions, k, m, covariance_type):
    """Invert given precisions through their Cholesky factors."""
    if precisions is None:
        return None
    array = as_full_matrices(precisions, k, m, covariance_type, "precisions_init")
    if covariance_type == "tied":
        return np.tile(_inverse(array[0], "precisions_init"), (k, 1, 1))
    return np.stack([_inverse(precision, f"precisions_init[{j}]") for j, precision in enumerate(array)])


def _inverse(precision, name):
    if not np.allclose(precision, precision.T, rtol=1e-5, atol=1e-8 * np.abs(precision).max()):
        raise ValueError(f"{name} must be symmetric; it differs from its transpose.")
    try:
        L = np.linalg.cholesky(precision)
    except np.linalg.LinAlgError:
        least = np.linalg.eigvalsh(precision)[0]
        raise ValueError(f"{name} must be positive definite; its least eigenvalue is {least:.3g}.") from None
    half = solve_triangular(L, np.eye(len(L)), lower=True)
    return half.T @ half
