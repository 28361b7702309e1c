"""Do the clusters return when the data are drawn again? Each cluster by itself, and one half of the points by another.

:func:`gmm_lib.selection.stability` gives a whole clustering one number. :func:`clusterwise` gives each cluster its own,
for one may stand as a rock while its neighbours dissolve (Hennig, 2007). :func:`prediction_strength` asks whether the
fit to one half of the points foretells the clusters of the other (Tibshirani and Walther, 2005).

What neither promises is that a cluster means something. With points enough, every division of which there is one best
is stable, also of a cloud without groups (Ben-David, von Luxburg and Pál, 2006).

X are points of shape (n, m); ``options`` are those of :func:`gmm_lib.selection.best_fit`.

References
----------
Ben-David, von Luxburg and Pál (2006), A sober look at clustering stability.
Hennig (2007), Cluster-wise assessment of cluster stability.
Tibshirani and Walther (2005), Cluster validation by prediction strength.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import comb

from .evaluation import _counts, jaccard
from .parameters import Parameters
from .posterior import posterior
from .selection import _likeliest
from .validation import Rng, as_generator, as_parameters, as_points, as_positive_integer


def clusterwise(
    X: ArrayLike, parameters: Parameters, *, samples: int = 20, random_state: Rng = 0, **options: Any
) -> np.ndarray:
    """For each bootstrap sample, how much of each cluster of X returns: its largest Jaccard similarity with any cluster
    of a refit, from 0 to 1.

    A refit begins anew on as many rows as X has, drawn with replacement, and then assigns the rows of X. (Hennig
    compares on the rows that were drawn; a mixture can assign the others, too.) Above 1/2, no other cluster has the
    same partner.

    Parameters
    ----------
    X : array_like, shape (n, m)
    parameters : Parameters
        The fit whose clusters are judged; k and m of the refits are its own. If its covariances are of a type, give the
        ``covariance_type`` among the options.
    samples : int
    random_state : numpy.random.Generator, numpy.random.RandomState or seed
    **options
        As :func:`gmm_lib.selection.best_fit`.

    Returns
    -------
    ndarray, shape (samples, k)

    Raises
    ------
    ValueError
        If an argument is not valid; if a component has the largest responsibility for no row of X, and so no cluster;
        or if a component collapses in every run of a refit.
    """
    X = as_points(X, as_parameters(parameters).m)
    samples = as_positive_integer(samples, "samples")
    rng = as_generator(random_state, "random_state")
    clusters = posterior(X, parameters).argmax(axis=1)
    if empty := sorted(set(range(parameters.k)) - set(clusters.tolist())):
        raise ValueError(f"each component must have a cluster, some rows of X; component {empty[0]} has none.")
    draws = rng.choice(len(X), size=(samples, len(X)))
    fits = [_likeliest(points, parameters.k, random_state=rng, **options) for points in X[draws]]
    return np.array([jaccard(clusters, posterior(X, fit).argmax(axis=1)).max(axis=1) for fit in fits])


def prediction_strength(X: ArrayLike, k: int, *, splits: int = 10, random_state: Rng = 0, **options: Any) -> np.ndarray:
    """For each split of X in two halves at random: how well does the fit to the first foretell the clusters of the
    second?

    The second half is divided by a fit of its own, and by that to the first. Of the pairs of points which its own fit
    puts together, cluster by cluster, which share does the other put together as well? The strength is that of the
    worst cluster, from 0 to 1. Tibshirani and Walther take the largest k whose mean strength is at least 0.8 or 0.9.

    Parameters
    ----------
    X : array_like, shape (n, m)
    k : int
        Number of components, of which a half must be able to hold all.
    splits : int
    random_state : numpy.random.Generator, numpy.random.RandomState or seed
    **options
        As :func:`gmm_lib.selection.best_fit`.

    Returns
    -------
    ndarray, shape (splits,)
        A cluster of a single point, or of none, has no pair, and does not count: if all components but one are without
        points, the strength is 1.

    Raises
    ------
    ValueError
        If an argument is not valid, or a component collapses in every run of a fit to a half.
    """
    X = as_points(X)
    splits = as_positive_integer(splits, "splits")
    rng = as_generator(random_state, "random_state")
    halves = (np.array_split(X[rng.permutation(len(X))], 2) for _ in range(splits))
    return np.array([_strength(first, second, k, rng, options) for first, second in halves])


def _strength(first, second, k, rng, options):
    theirs, own = (
        posterior(second, _likeliest(half, k, random_state=rng, **options)).argmax(axis=1) for half in (first, second)
    )
    counts = _counts(own, theirs)
    pairs, kept = comb(counts.sum(axis=1), 2), comb(counts, 2).sum(axis=1)
    return np.divide(kept, pairs, out=np.ones(len(pairs)), where=pairs > 0).min()
