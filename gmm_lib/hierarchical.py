"""A start without chance: groups that grow by merging, where each merger costs the likelihood least.

Every point begins as a group of its own, and two groups at a time become one, until k are left (Fraley, 1998). What is
to fall least is the classification likelihood, whose part for a group of n_j points with scatter W_j (the sum of the
outer products of the residuals from its mean) is, up to constants,

    ``-1/2 n_j log |W_j / n_j|``

if each group has a covariance of its own. A group of few points has no volume, and the logarithm no bound; so each
group is lent a part of a point: to W_j is added ``LENT`` times S, the variances of all the points, which counts for
less and less as the group grows. (Fraley's own remedy is another.)

Memory and time grow with the square of the number of points, so that no more than ``ROWS`` are looked at.
"""

from collections.abc import Callable
from contextlib import suppress

import numpy as np
from numpy.typing import ArrayLike

from .covariance_types import as_covariance_type
from .floor import column_scales, is_relative, relative_floor
from .m_step import m_step
from .parameters import Parameters
from .short_runs import FAR, enough_different_rows, groups, in_units_of_the_data, points_of_a_start
from .validation import CollapsedComponentError, Rng, as_floor

ROWS = 1000  # of more points a sample is taken: the table of mergers has so many squared entries, 8 MB
LENT = 0.3  # of 0.03, 0.1, 0.3 and 1 that from which EM ended highest on six problems of four sets
TIE = 1e-9  # costs that differ by less are equal, and the first is taken, whatever a processor rounds


@np.errstate(under="ignore")
def hierarchical(
    X: ArrayLike, k: int, rng: Rng, reg_covar: ArrayLike = 0.0, covariance_type: str = "full"
) -> Parameters:
    """The groups that :func:`merged_groups` leaves, their weights, means and covariances.

    Up to ``ROWS`` points nothing is drawn, and every start is the same; of more a sample is taken, without replacement.
    If some group has no more points than columns, or a singular covariance, each covariance is drawn towards that
    within all groups, with the weight of m + 1 points, so that this group has one, too. Units do not matter, but for
    "spherical".

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
        If X has fewer than k different rows, or the covariance within all groups is singular, too, and there is
        no floor.

    References
    ----------
    Fraley (1998), Algorithms for model-based Gaussian hierarchical clustering.
    """
    X, k, rng = points_of_a_start(X, k, rng)
    floor = as_floor(relative_floor(X) if is_relative(reg_covar) else reg_covar, X.shape[1]) * np.ones(X.shape[1])
    if len(X) > ROWS:
        X = X[np.sort(rng.choice(len(X), ROWS, replace=False))]
    enough_different_rows(len(np.unique(X, axis=0)), k)
    scales, centre = column_scales(X), np.median(X, axis=0)
    Y = (X - centre) / scales
    near = np.clip(Y, -FAR, FAR)
    labels = merged_groups(near * scales if covariance_type == "spherical" else near, k, covariance_type)
    members = (labels == np.arange(k)[:, np.newaxis]).astype(np.float64)
    if members.sum(axis=1).min() > X.shape[1]:
        with suppress(CollapsedComponentError):
            return m_step(X, members.T, floor, covariance_type)
    weights, means, covariances, _ = (one[0] for one in groups(Y, near, members[np.newaxis]))
    return in_units_of_the_data(weights, means, covariances, centre, scales, floor, covariance_type)


def merged_groups(X: ArrayLike, k: int, covariance_type: str = "full") -> np.ndarray:
    """Which of k groups each point is in, after n - k mergers: shape (n,), groups in the order of their first points.

    By ``covariance_type`` the sum that grows least, with the scatters W_j, the diagonal matrix S of the variances of
    all the points and ``c = LENT``, is

    - "full": ``sum_j n_j log |(W_j + c S) / n_j|``;
    - "diag": the same with the diagonal of W_j alone;
    - "spherical": the same with ``tr(W_j) / m`` and ``tr(S) / m`` in place of each entry of the diagonals;
    - "tied": ``sum_j tr(S^-1 W_j)``, Ward's criterion for columns of one scale.

    Parameters
    ----------
    X : array_like, shape (n, m)
        All of these are looked at: an array of shape (n, n) is made.
    k : int
        Number of groups, at most n.
    covariance_type : str

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    ValueError
        If an argument is not valid.
    """
    X, k, _ = points_of_a_start(X, k, 0)
    kind = as_covariance_type(covariance_type)
    return _Mergers(_round(X, kind), kind).down_to(k)


def _round(X, kind):
    """The points in coordinates in which S, or for "spherical" its mean, is the identity: shape (m, n)."""
    R = (X - X.mean(axis=0)).T
    variances = np.square(R).mean(axis=1)
    if kind == "spherical":
        return R / np.sqrt(variances.mean() or 1.0)
    return R / np.sqrt(np.where(variances > 0, variances, 1.0))[:, np.newaxis]


# By type: of residuals d, shape (m, b), what of their outer products is needed; and the part of the criterion that b
# groups have with counts (b,) and sums W of such products. Groups lie along the last axis, as in the engine's restarts.
SCATTER: dict[str, Callable] = {
    "full": lambda d: d[:, np.newaxis] * d,
    "diag": np.square,
    "spherical": lambda d: np.square(d).mean(axis=0),
    "tied": lambda d: np.square(d).sum(axis=0),
}
PART: dict[str, Callable] = {
    "full": lambda counts, W, m: counts * _log_determinant((W + LENT * np.eye(m)[..., np.newaxis]) / counts),
    "diag": lambda counts, W, m: counts * np.log((W + LENT) / counts).sum(axis=0),
    "spherical": lambda counts, W, m: counts * m * np.log((W + LENT) / counts),
    "tied": lambda counts, W, m: W,
}


class _Mergers:
    """Groups, and what it would cost to merge any two of them."""

    def __init__(self, Y, kind):
        self.scatter, self.part = SCATTER[kind], PART[kind]
        self.m, n = Y.shape
        self.counts, self.means, self.W = np.ones(n), Y, self.scatter(np.zeros(Y.shape))
        self.parts = self.part(self.counts, self.W, self.m)
        self.group = np.arange(n)  # of each point, by the first point in it
        self.costs = np.full((n, n), np.inf)
        for i in range(n - 1):
            self._weigh(i, np.arange(i + 1, n))
        self.least = self.costs.min(axis=1)

    def down_to(self, k):
        """Merge until k groups are left, and number these."""
        for left in range(len(self.group), k, -1):
            i, j = self._cheapest()
            self._merge(i, j, left > 2)
        return np.unique(self.group, return_inverse=True)[1]

    def _cheapest(self):
        i = int(np.argmax(self.least <= self.least.min() + TIE))
        return i, int(np.argmax(self.costs[i] <= self.least[i] + TIE))

    def _together(self, i, others):
        """Counts, means and scatters of group i merged with each of the others."""
        counts = self.counts[i] + self.counts[others]
        away = self.means[:, others] - self.means[:, i, np.newaxis]
        means = self.means[:, i, np.newaxis] + away * (self.counts[others] / counts)
        between = self.scatter(away) * (self.counts[i] * self.counts[others] / counts)
        return counts, means, self.W[..., i, np.newaxis] + self.W[..., others] + between

    def _weigh(self, i, others):
        counts, _, W = self._together(i, others)
        cost = self.part(counts, W, self.m) - self.parts[i] - self.parts[others]
        self.costs[i, others] = self.costs[others, i] = cost

    def _merge(self, i, j, more):
        """Group j becomes part of group i, which lies before it."""
        counts, means, W = self._together(i, np.array([j]))
        self.counts[i], self.means[:, i], self.W[..., i] = counts[0], means[:, 0], W[..., 0]
        self.parts[i] = self.part(counts, W, self.m)[0]
        self.group[self.group == j] = i
        was = np.minimum(self.costs[:, i], self.costs[:, j])
        self.costs[j] = self.costs[:, j] = np.inf
        if more:
            others = np.unique(self.group)
            self._weigh(i, others[others != i])
        # Only those that might have merged with one of the two have to look round again.
        again = np.flatnonzero((was <= self.least) | (self.costs[:, i] < self.least))
        again = np.union1d(again, [i, j])
        self.least[again] = self.costs[again].min(axis=1)


def _log_determinant(M):
    """Of symmetric positive definite matrices along the first two axes."""
    total, M = 0.0, M.copy()
    for a in range(len(M)):
        total = total + np.log(M[a, a])
        below = M[a + 1 :, a] / M[a, a]
        M[a + 1 :, a + 1 :] -= below[:, np.newaxis] * M[a, a + 1 :]
    return total
