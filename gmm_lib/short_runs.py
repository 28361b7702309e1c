"""The estimator's own start: several partitions of a sample at once, and the one from which EM climbs highest.

One k-means start fails often: two means share a group, and another has to cover two. Several fail together seldom. Here
all of them lie in one array, so that four cost little more than one.
"""

import numpy as np
from numpy.typing import ArrayLike

from .covariance_types import as_covariance_type, constrained
from .engine import run_many
from .engine.scoring import LOG_DENSITIES, Scorer
from .floor import RELATIVE, as_squarable, column_scales, is_relative
from .mixture import log_joint
from .parameters import Parameters
from .validation import Rng, as_floor, as_generator, as_positive_integer

PARTITIONS = 4  # seedings at once
MOVES = 3  # iterations of k-means for each
UNTIL_REST = 20  # the same, at most, for half of them, if there are no more points than are seen
ITERATIONS = 5  # of EM for each, at most, where groups overlap
WHOLE = 100  # the same, if there are no more points than are seen: the runs then go on as long as they gain
GAIN = 0.003  # nats per point and iteration; with less a short run ends
SEEN = 500  # of the points, where it is asked whether groups overlap
OVERLAP = 0.02  # nats per point that a soft assignment gains on a hard one; with less there is nothing to choose by EM
FAR = 1000.0  # scales from the median: a value beyond counts as there while groups are sought
TIE = 1e-9  # relative: what differs by less is equal, and the first is taken, whatever a processor rounds


def rows_seen(k: int, m: int) -> int:
    """How many points are enough for a start of k components in m dimensions."""
    return max(1000, 200 * k, 20 * k * (m + 1))


@np.errstate(under="ignore")  # a share too small for a number is 0, whatever the caller has set
def short_runs(X: ArrayLike, k: int, rng: Rng, reg_covar: ArrayLike = 0.0, covariance_type: str = "full") -> Parameters:
    """The likeliest of four partitions: each is seeded by greedy k-means++ and moved by three iterations of k-means,
    and its groups' weights, means and covariances are a start.

    If groups overlap, EM judges (short runs: Biernacki, Celeux and Govaert, 2003). On few points k-means moves two
    of them until nothing changes, and two not at all; EM runs from each until it gains no more than 0.003 nats per
    point and iteration, and the partition is taken from which it ends highest. On a sample of many it runs for five
    iterations, and the highest log-likelihood wins if its lead is more than twice the standard error of the paired
    difference; a smaller one is chance, and the tightest partition is taken. If groups do not overlap, the four are
    compared as they are, by the log-likelihood of points and assignment together. Columns are seen in one scale
    (:func:`gmm_lib.floor.column_scales`): units do not matter.

    Parameters
    ----------
    X : array_like, shape (n, m)
    k : int
        Number of components.
    rng : numpy.random.Generator, numpy.random.RandomState or seed
    reg_covar : float, array_like of shape (m,), or "relative"
        Variance floor, added to each diagonal, as in :func:`gmm_lib.initialization.kmeans`.
    covariance_type : str
        "full", "tied", "diag" or "spherical", :mod:`gmm_lib.covariance_types`.

    Returns
    -------
    Parameters

    Raises
    ------
    ValueError
        If X has fewer than k different rows, or a group's covariance is singular and there is no floor.

    References
    ----------
    Arthur and Vassilvitskii (2007), k-means++: the advantages of careful seeding.
    Biernacki, Celeux and Govaert (2003), Choosing starting values for the EM algorithm.
    """
    X, k, rng = points_of_a_start(X, k, rng)
    # One variance for all columns is one in the units of the data, not in one scale.
    kind = "diag" if as_covariance_type(covariance_type) == "spherical" else covariance_type
    scales, centre = column_scales(X), np.median(X, axis=0)
    floor = as_floor(RELATIVE * scales**2 if is_relative(reg_covar) else reg_covar, X.shape[1]) * np.ones(X.shape[1])
    Y = (X - centre) / scales
    near = np.clip(Y, -FAR, FAR)
    few = 2 * len(Y) < rows_seen(k, Y.shape[1])  # all the points there are, and no sample of more
    members = (_moved_of_few if few else _moved)(near, near[seedings(near, k, rng)])
    weights, means, covariances, spreads = groups(Y, near, members)
    covariances = np.stack([constrained(one, shares, kind) for one, shares in zip(covariances, weights, strict=True)])
    with np.errstate(divide="ignore"):  # a flat group without a floor is refused below
        sizes = np.linalg.slogdet(covariances)[1]
    best = _first_largest((weights * (np.log(weights) - sizes / 2)).sum(axis=1))
    if k > 1 and len(members) > 1 and np.isfinite(sizes).all():
        start = Parameters(weights[best], means[best], covariances[best] + RELATIVE * np.eye(len(scales)))
        if _overlap(Y, start) > OVERLAP:
            runs = run_many(
                Y,
                (weights, means, covariances),
                RELATIVE,
                total_tol=GAIN * len(Y),
                max_iter=WHOLE if few else ITERATIONS,
                last_m_step=True,
                covariance_type=kind,
            )
            if not runs.collapsed.all():
                best = _likeliest(runs, len(Y)) if few else _clearly_likeliest(Y, runs, spreads, kind)
    return in_units_of_the_data(weights[best], means[best], covariances[best], centre, scales, floor, covariance_type)


def in_units_of_the_data(
    weights: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
    centre: np.ndarray,
    scales: np.ndarray,
    floor: np.ndarray,
    covariance_type: str,
) -> Parameters:
    """Parameters of the ``covariance_type`` from those of points less their ``centre``, shape (m,), and divided by the
    ``scales`` of their columns (m,): weights (k,), means (k, m), and covariances (k, m, m), to which the variance
    ``floor`` (m,) is added."""
    found = covariances * np.outer(scales, scales) + np.diag(floor)
    return Parameters(weights, centre + scales * means, constrained(found, weights, covariance_type))


def points_of_a_start(
    X: ArrayLike, k: int, rng: Rng
) -> tuple[np.ndarray, int, np.random.Generator | np.random.RandomState]:
    """The arguments of a rule, checked: X of shape (n, m) with n at least k, and a source of random numbers.

    Raises
    ------
    ValueError
        If one is not valid.
    """
    X, k, rng = as_squarable(X), as_positive_integer(k, "k"), as_generator(rng)
    if len(X) < k:
        raise ValueError(f"X must have at least k = {k} rows, one per component; got {len(X)}.")
    return X, k, rng


def enough_different_rows(different: int, k: int) -> None:
    """Raise a ValueError if X has fewer ``different`` rows than ``k``."""
    if different < k:
        raise ValueError(f"X must have at least k = {k} different rows, one per component; it has {different}.")


def _likeliest(runs, n=np.inf):
    """Index of the likeliest run; of n points, none that ends on a component of fewer than twice m + 1, if another does
    not: its likelihood may be that of a few points in a line."""
    values = np.where(runs.collapsed, -np.inf, runs.log_likelihood)
    honest = np.where(n * runs.weights.min(axis=1) < 2 * (runs.means.shape[2] + 1), -np.inf, values)
    return _first_largest(honest if np.isfinite(honest).any() else values)


def _clearly_likeliest(X, runs, spreads, covariance_type):
    """The likeliest run, if its lead over that from the tightest partition is not chance."""
    likeliest, tightest = _likeliest(runs), _first_largest(-np.where(runs.collapsed, np.inf, spreads))
    if likeliest == tightest:
        return tightest
    of_each = [Scorer(runs.parameters(run), covariance_type).ask(LOG_DENSITIES, X) for run in (likeliest, tightest)]
    lead = of_each[0] - of_each[1]
    return likeliest if lead.mean() > 2 * lead.std() / np.sqrt(len(X)) else tightest


def seedings(X: ArrayLike, k: int, rng: Rng, count: int = PARTITIONS) -> np.ndarray:
    """Indexes of rows far from one another, ``count`` times k of them, by greedy k-means++: of several rows drawn with
    probability proportional to the squared distance from the nearest so far, the one is taken that leaves the least.

    Parameters
    ----------
    X : array_like, shape (n, m)
    k : int
    rng : numpy.random.Generator, numpy.random.RandomState or seed
    count : int

    Returns
    -------
    ndarray of int, shape (count, k)

    Raises
    ------
    ValueError
        If X has fewer than k different rows.
    """
    (X, k, rng), count = points_of_a_start(X, k, rng), as_positive_integer(count, "count")
    trials = 2 + int(np.log(k))
    every, drawn = np.arange(count), np.empty((count, k), dtype=int)
    squares = np.einsum("im,im->i", X, X)
    nearest = np.full((count, 1, len(X)), np.inf)
    sums = np.tile(np.arange(1.0, len(X) + 1), (count, 1))  # the first: any row is as good as another
    for j in range(k):
        if not sums[:, -1].all():
            enough_different_rows(j, k)
        u = rng.uniform(size=(count, trials if j else 1)) * sums[:, -1:]
        tried = np.stack([row.searchsorted(points, side="right") for row, points in zip(sums, u, strict=True)])
        np.minimum(tried, len(X) - 1, out=tried)
        left = np.minimum(nearest, _squared_distances(X, squares, X[tried]))
        totals = left.sum(axis=2)
        # The first of those that only rounding tells apart.
        best = (totals <= (1 + TIE) * totals.min(axis=1, keepdims=True)).argmax(axis=1)
        drawn[:, j] = tried[every, best]
        nearest = left[every, best][:, np.newaxis]
        sums = np.cumsum(nearest[:, 0], axis=1)
    return drawn


def _squared_distances(X, squares, means):
    """From means of shape (S, k, m) to each point, whose squared length is known: (S, k, n); exactly 0 to itself."""
    to_means = np.einsum("skm,skm->sk", means, means)[..., np.newaxis]
    distances = to_means + squares - 2 * (means.reshape(-1, means.shape[2]) @ X.T).reshape(*means.shape[:2], -1)
    distances[distances < 1e-13 * squares.max()] = 0  # the rounding of larger numbers
    return distances


def _moved_of_few(X, means):
    """Half of the partitions from where k-means comes to rest, the others as they were seeded; one of those that are
    the same. Where groups are long k-means rests at one wrong answer, whatever its start, and EM is to choose."""
    half = len(means) // 2
    return _different(np.concatenate([_moved(X, means[:half], UNTIL_REST), _moved(X, means[half:], 0)]))


def _moved(X, means, most=MOVES):
    """Who belongs to which mean after at most so many iterations of k-means: shape (S, k, n), zeros and ones."""
    S, k, m = means.shape
    nearest = None
    for _ in range(most + 1):
        far = np.einsum("skm,skm->sk", means, means)[..., np.newaxis] - 2 * (means.reshape(-1, m) @ X.T).reshape(
            S, k, -1
        )
        far += TIE * np.arange(k)[:, np.newaxis]  # columns have one scale: between means as near, the first
        before, nearest = nearest, far.argmin(axis=1)
        if before is not None and (before == nearest).all():
            break
        members = (nearest[:, np.newaxis] == np.arange(k)[:, np.newaxis]).astype(np.float64)
        counts = members.sum(axis=2)
        sums = (members.reshape(S * k, -1) @ X).reshape(S, k, m)
        means = np.where(counts[..., np.newaxis] > 0, sums / np.maximum(counts, 1)[..., np.newaxis], means)
    return members


def _different(members):
    """Those of the partitions that differ in more than the order of their groups."""
    kept: list[int] = []
    for s, one in enumerate(members):
        together = [one @ other.T > 0 for other in members[kept]]
        if not any((pairs.sum(axis=0) <= 1).all() and (pairs.sum(axis=1) <= 1).all() for pairs in together):
            kept.append(s)
    return members[kept]


def _overlap(X, start):
    """How many nats per point a soft assignment gains on a hard one, from a part of the points."""
    terms = log_joint(X[:: -(-len(X) // SEEN)], start)
    return float((np.logaddexp.reduce(terms, axis=1) - terms.max(axis=1)).mean())


def groups(X: np.ndarray, near: np.ndarray, members: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weights (S, k), means (S, k, m) and covariances (S, k, m, m) of groups, and their mean square distances (S,) from
    the means.

    X are points of shape (n, m), ``near`` the same without far values, ``members`` of shape (S, k, n) one where a point
    belongs to a group and else zero.

    Each covariance is drawn towards that within all groups of its partition, with the weight of m + 1 points: a group
    of few points has one, too. (That within all is taken without far values, which would widen every group.)
    """
    S, k, n = members.shape
    m = X.shape[1]
    counts = np.maximum(members.sum(axis=2), 1)
    means = (members.reshape(S * k, n) @ X).reshape(S, k, m) / counts[..., np.newaxis]
    scatters, within = np.empty((S, k, m, m)), np.empty((S, 1, m, m))
    for s, one in enumerate(members):
        group = one.argmax(axis=0)
        residuals = X - means[s, group]
        near_means = one @ near / counts[s, :, np.newaxis]
        near_residuals = near - near_means[group]
        within[s, 0] = near_residuals.T @ near_residuals / n
        for j in range(k):
            own = residuals[group == j]
            scatters[s, j] = own.T @ own
    covariances = (scatters + (m + 1) * within) / (counts + m + 1)[..., np.newaxis, np.newaxis]
    # Far values in several columns make these depend on each other, but for this.
    covariances *= 1 + RELATIVE * np.eye(m)
    return counts / counts.sum(axis=1, keepdims=True), means, covariances, np.einsum("soaa->s", within)


def _first_largest(values):
    """Index of the largest; of those that only rounding tells apart, the first."""
    largest = values.max()
    return int(np.argmax(values >= largest - TIE * abs(largest))) if np.isfinite(largest) else 0
