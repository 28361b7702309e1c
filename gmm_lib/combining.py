"""From components to clusters: components that share their points are joined (Baudry and others, 2010).

A cluster that is no ellipse takes several Gaussians to draw. The fit stays as it is, and so does its density; only the
responsibilities of the components of one cluster are added up. Shapes: responsibilities (n, k), ``groups`` (k,).
"""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from .validation import as_integers, as_positive_integer, as_responsibilities


def entropy(responsibilities: ArrayLike) -> float:
    """How undecided ``responsibilities`` are, in nats over all points: ``-sum_ij w_ij log w_ij``; 0 if every point
    belongs wholly to one component."""
    return float(entr(as_responsibilities(responsibilities)).sum())


def joined(responsibilities: ArrayLike, groups: ArrayLike) -> np.ndarray:
    """The responsibilities of clusters, shape (n, K), for ``groups``, the cluster of each component: sums.

    Raises
    ------
    ValueError
        If an argument is not valid, or the two do not go together.
    """
    w = as_responsibilities(responsibilities)
    groups = as_integers(groups, "groups", w.shape[1])
    if len(groups) != w.shape[1]:
        raise ValueError(f"groups must have {w.shape[1]} entries, one per component; got {len(groups)}.")
    return w @ np.eye(groups.max() + 1)[groups]


def combine(responsibilities: ArrayLike, n_clusters: int) -> np.ndarray:
    """The cluster of each component, shape (k,), if ``n_clusters`` are to be left.

    Again and again the two clusters are joined whose sum lowers the :func:`entropy` most: those that share most. So the
    last K clusters are the last K + 1, two of them joined.

    Raises
    ------
    ValueError
        If an argument is not valid, or there are fewer components than clusters.
    """
    w = as_responsibilities(responsibilities)
    groups = np.arange(w.shape[1])
    if as_positive_integer(n_clusters, "n_clusters") > len(groups):
        raise ValueError(f"n_clusters must be at most {len(groups)}, the number of components; got {n_clusters}.")
    while groups.max() >= n_clusters:
        clusters = joined(w, groups)
        first, second = max(combinations(range(clusters.shape[1]), 2), key=lambda pair: _gain(clusters, pair))
        groups[groups == second] = first
        groups[groups > second] -= 1
    return groups


def _gain(w, pair):
    """What joining a pair of columns takes from the entropy: never less than 0."""
    return entr(w[:, pair]).sum() - entr(w[:, pair].sum(axis=1)).sum()
