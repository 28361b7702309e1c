"""How well do clusters agree with known labels, and how much does the answer depend on the start?

Labels are never seen by a fit: they only judge it afterwards.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from scipy.stats.contingency import crosstab

from . import em
from .e_step import mixing_weights, normalize
from .engine import run_many
from .floor import variance_floor
from .initialization import Rule, as_rule, rows_with_replacement
from .validation import (
    CollapsedComponentError,
    as_function,
    as_integers,
    as_labels,
    as_list,
    as_points,
    as_positive_integer,
    as_seed,
    shown,
)


@dataclass(frozen=True, eq=False)
class Agreement:
    """Clusters set against labels.

    Attributes
    ----------
    matrix : ndarray of int, shape (number of classes, at least as many columns)
        Entry (c, d): how many points of class c lie in the cluster(s) given to class d. Columns beyond the classes
        hold the clusters that no class was left for.
    classes : tuple
        The labels, in the order of rows and columns.
    matching : dict
        Cluster -> class. None for a cluster that got none.
    agreement : float
        Share of the points whose cluster is given to their own class.
    """

    matrix: np.ndarray
    classes: tuple
    matching: dict
    agreement: float


def confusion_matrix(labels: ArrayLike, clusters: ArrayLike, n_clusters: int | None = None) -> Agreement:
    """The confusion matrix under the best *one-to-one* matching of clusters with classes (the Hungarian method).

    No two clusters share a class. With more clusters than classes some clusters get none, with fewer some classes do;
    an empty cluster gets none either.

    Parameters
    ----------
    labels : array_like, shape (n,)
        True classes: integers or strings.
    clusters : array_like of int, shape (n,)
        0 .. n_clusters - 1.
    n_clusters : int, optional
        Give it when a cluster may be empty; otherwise the largest index decides.

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        If the two differ in length, are empty, or clusters are not such integers.

    References
    ----------
    Kuhn (1955), The Hungarian method for the assignment problem.
    """
    classes, table = _table(labels, clusters, n_clusters)
    matched = zip(*linear_sum_assignment(-table))  # it minimises
    class_of = {int(cluster): int(c) for c, cluster in matched if table[:, cluster].any()}
    left = [cluster for cluster in range(table.shape[1]) if cluster not in class_of]
    return _agreement(classes, table, class_of, left)


def majority_agreement(labels: ArrayLike, clusters: ArrayLike, n_clusters: int | None = None) -> Agreement:
    """The article's rule: each cluster is given to the class most frequent in it.

    It is no permutation: two clusters can be given to one class, and then another class gets none. So it never falls
    below the one-to-one agreement, and with a cluster per point it would be perfect. A tie goes to the first class; an
    empty cluster gets no class.

    Arguments, result and errors are those of :func:`confusion_matrix`.
    """
    classes, table = _table(labels, clusters, n_clusters)
    class_of = {int(cluster): int(table[:, cluster].argmax()) for cluster in np.flatnonzero(table.any(axis=0))}
    return _agreement(classes, table, class_of, left=[])


def adjusted_rand_index(labels: ArrayLike, clusters: ArrayLike) -> float:
    """Agreement over *pairs* of points (together or apart), corrected for chance: 1 perfect, about 0 at random.

    ``labels`` and ``clusters`` are integers or strings, of shape (n,) both.

    It needs no matching (Hubert and Arabie, 1985); computed by scikit-learn.
    """
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(*_pair_of_labels(labels, clusters)))


def normalized_mutual_information(labels: ArrayLike, clusters: ArrayLike) -> float:
    """What ``labels`` and ``clusters``, of shape (n,) both, tell about each other: from 0, nothing, to 1, everything.

    Mutual information divided by the *arithmetic* mean of the two entropies, scikit-learn's default, which computes
    it. (Strehl and Ghosh, 2002, who proposed the measure, divide by the geometric mean; that gives at least as much.)
    It is not corrected for chance.
    """
    from sklearn.metrics import normalized_mutual_info_score

    return float(normalized_mutual_info_score(*_pair_of_labels(labels, clusters)))


def jaccard(labels: ArrayLike, clusters: ArrayLike) -> np.ndarray:
    """How nearly is a class the same set of points as a cluster? The points in both, divided by the points in either.

    ``labels`` and ``clusters`` are integers or strings, of shape (n,) both. Rows of the ndarray are the classes that
    occur, columns the clusters, both in sorted order: 1 for the same set, 0 for no point in common.
    """
    both = _counts(labels, clusters)
    return both / (both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both)


def variation_of_information(labels: ArrayLike, clusters: ArrayLike) -> float:
    """How far apart are two divisions? What remains to be told of each to somebody who knows the other, in nats.

    It is H(labels | clusters) + H(clusters | labels), with entropies H as in the normalised mutual information, and a
    *distance*: 0 for the same division and for no other, and never more than the way by a third (Meilă, 2007).

    ``labels`` and ``clusters`` are integers or strings, of shape (n,) both.

    References
    ----------
    Meilă (2007), Comparing clusterings: an information based distance.
    """
    both = _counts(labels, clusters)
    rows, columns = np.nonzero(both)
    met = both[rows, columns]
    return float(met @ np.log(both.sum(axis=1)[rows] * both.sum(axis=0)[columns] / met**2) / both.sum())


@dataclass(frozen=True, eq=False)
class Fit:
    """One fitted mixture, as far as a study needs it: the cluster of each point, the log-likelihood, the iterations."""

    clusters: np.ndarray
    log_likelihood: float
    n_iter: int


@dataclass(frozen=True, eq=False)
class Study:
    """What became of one run per seed. In a collapsed run, agreements and log-likelihood are NaN and clusters -1.

    Attributes
    ----------
    seeds : ndarray of int, shape (S,)
    one_to_one, majority : ndarray, shape (S,)
        Agreement with the labels under the one-to-one matching, and under the article's rule.
    log_likelihood : ndarray, shape (S,)
    n_iter : ndarray of int, shape (S,)
    collapsed : ndarray of bool, shape (S,)
    clusters : ndarray of int, shape (S, n)
    """

    seeds: np.ndarray
    one_to_one: np.ndarray
    majority: np.ndarray
    log_likelihood: np.ndarray
    n_iter: np.ndarray
    collapsed: np.ndarray
    clusters: np.ndarray

    def __len__(self) -> int:
        return len(self.seeds)

    def __repr__(self):
        return f"Study({len(self)} seeds, {self.collapsed.sum()} collapsed)"

    @property
    def best(self) -> int:
        """Index of the run with the highest log-likelihood."""
        return int(self.best_of(len(self))[0])

    def best_of(self, restarts: int) -> np.ndarray:
        """Cut the runs into groups of ``restarts`` consecutive ones and keep the likeliest of each.

        Returns the indices of the winners, one per whole group: the study of "the best of so many restarts" without
        a single further run. A group in which all runs collapsed has no winner; if none has one, it is a ValueError.
        """
        restarts = as_positive_integer(restarts, "restarts")
        if restarts > len(self):
            raise ValueError(f"restarts must be at most the number of seeds, {len(self)}; got {restarts}.")
        groups = np.arange(len(self) // restarts * restarts).reshape(-1, restarts)
        values = np.where(self.collapsed, -np.inf, self.log_likelihood)[groups]
        alive = np.isfinite(values).any(axis=1)
        if not alive.any():
            raise ValueError("all runs have collapsed: there is no best one.")
        return groups[alive, values[alive].argmax(axis=1)]

    def summary(self) -> dict:
        """Counts, and the smallest, mean and largest of what was measured over the runs that finished: a dict."""
        finished = ~self.collapsed
        table: dict[str, Any] = {
            "runs": len(self),
            "finished": int(finished.sum()),
            "collapsed": int(self.collapsed.sum()),
        }
        for name in ("majority", "one_to_one", "log_likelihood", "n_iter"):
            values = getattr(self, name)[finished]
            if values.size:
                table[name] = {"min": values.min().item(), "mean": values.mean().item(), "max": values.max().item()}
        return table


def many_seeds(X: ArrayLike, labels: ArrayLike, seeds: Iterable[int], fit: Callable[[np.ndarray, int], Fit]) -> Study:
    """Run one fit per seed and record how it ended.

    Parameters
    ----------
    X : array_like, shape (n, m)
    labels : array_like, shape (n,)
        Used only to judge the fits.
    seeds : iterable of int
    fit : callable, (X, seed) -> Fit
        :func:`article_run`, say. A ``CollapsedComponentError`` or a ``LinAlgError`` it raises counts as a collapse.

    Returns
    -------
    Study
    """
    X = as_points(X)
    labels, seeds = as_labels(labels, "labels", len(X)), _seeds(seeds)
    as_function(fit, "fit")
    fits = [_fit_or_none(fit, X, seed) for seed in seeds]
    nothing = Fit(np.full(len(X), -1), np.nan, 0)
    return _study(labels, seeds, [nothing if one is None else one for one in fits])


def many_restarts(
    X: ArrayLike,
    labels: ArrayLike,
    seeds: Iterable[int],
    k: int,
    *,
    reg_covar: ArrayLike = 0.0,
    total_tol: float = 1e-6,
    max_iter: int = 1000,
    rule: str | Rule = rows_with_replacement,
) -> Study:
    """The same study with all runs in one go, by :func:`gmm_lib.engine.restarts.run_many`: a thousand runs in seconds.

    Parameters
    ----------
    X, labels, seeds
        As :func:`many_seeds`; seed s starts from ``rule(X, k, RandomState(s))``.
    k : int
        Number of components.
    reg_covar, total_tol, max_iter
        As :func:`gmm_lib.engine.restarts.run_many`: total_tol is in units of the log-likelihood of all points. The
        floor may be "relative" as well, see :mod:`gmm_lib.floor`. The start has none.
    rule : str or callable
        One of :mod:`gmm_lib.initialization`.

    Returns
    -------
    Study
    """
    X = as_points(X)
    labels, seeds = as_labels(labels, "labels", len(X)), _seeds(seeds)
    rule = as_rule(rule)
    starts = [rule(X, k, np.random.RandomState(seed)) for seed in seeds]
    runs = run_many(X, starts, variance_floor(X, reg_covar), total_tol=total_tol, max_iter=max_iter)
    fits = [Fit(*run) for run in zip(runs.clusters, runs.log_likelihood, runs.n_iter)]
    return _study(labels, seeds, fits)


def article_run(X: ArrayLike, seed: int, k: int = 3, max_iter: int = 10) -> Fit:
    """One run as the article does it: its start, its few iterations, no variance floor, and densities from SciPy.

    ``scipy.stats.multivariate_normal`` judges a covariance singular by its eigenvalues, more strictly than a Cholesky
    factorisation does, so that more seeds fail than with :mod:`gmm_lib.gaussian`. The E-step and the M-step below are
    NumPy's and SciPy's own functions, plugged into :func:`gmm_lib.em.run`.

    Parameters
    ----------
    X : array_like, shape (n, m)
    seed : int
        Of the start: that of the article's ``np.random.seed``.
    k : int
        Number of components.
    max_iter : int

    Returns
    -------
    Fit

    Raises
    ------
    numpy.linalg.LinAlgError
        If a covariance has become singular.
    """
    X = as_points(X)
    start = rows_with_replacement(X, k, np.random.RandomState(as_seed(seed)))

    def log_joint_of(weights, means, covariances):
        log_f = [multivariate_normal.logpdf(X, mean, covariance) for mean, covariance in zip(means, covariances)]
        return np.log(weights) + np.column_stack(log_f)

    def m_step(w):
        means = [np.average(X, axis=0, weights=w_j) for w_j in w.T]
        return log_joint_of(mixing_weights(w), means, [np.cov(X.T, aweights=w_j, bias=True) for w_j in w.T])

    # The state is the log-joint itself: nothing else of the parameters is needed again, and SciPy's densities are
    # slow enough to be computed once only.
    with np.errstate(under="ignore"):  # of a share that vanishes beside the largest
        result = em.run(
            log_joint_of(start.weights, start.means, start.covariances),
            e_step=normalize,
            m_step=m_step,
            objective=lambda log_joint: float(logsumexp(log_joint, axis=1).sum()),
            tol=0,
            max_iter=max_iter,
        )
    return Fit(result.state.argmax(axis=1), result.objective, result.n_iter)


def _fit_or_none(fit, X, seed):
    try:
        found = fit(X, seed)
    except (CollapsedComponentError, np.linalg.LinAlgError):
        return None
    if not isinstance(found, Fit):
        raise ValueError(f"fit must return an evaluation.Fit; got {shown(found)} for seed {shown(seed)}.")
    return found


def _seeds(seeds):
    return [as_seed(seed, "seeds") for seed in as_list(seeds, "seeds", "seed")]


def _study(labels, seeds, fits):
    collapsed = np.array([bool(np.isnan(fit.log_likelihood)) for fit in fits])
    one_to_one, majority = np.full((2, len(fits)), np.nan)
    for s in np.flatnonzero(~collapsed):
        one_to_one[s] = confusion_matrix(labels, fits[s].clusters).agreement
        majority[s] = majority_agreement(labels, fits[s].clusters).agreement
    return Study(
        seeds=np.array(seeds),
        one_to_one=one_to_one,
        majority=majority,
        log_likelihood=np.array([fit.log_likelihood for fit in fits]),
        n_iter=np.array([fit.n_iter for fit in fits]),
        collapsed=collapsed,
        clusters=np.stack([fit.clusters for fit in fits]),
    )


def _table(labels, clusters, n_clusters):
    """The classes, and how many points of each class (row) lie in each cluster (column)."""
    labels, clusters = as_labels(labels, "labels"), as_integers(clusters, "clusters")
    _of_equal_length(labels, clusters)
    n_clusters = int(clusters.max()) + 1 if n_clusters is None else as_positive_integer(n_clusters, "n_clusters")
    if clusters.max() >= n_clusters:
        raise ValueError(f"clusters must be below n_clusters = {n_clusters}; the largest is {clusters.max()}.")
    classes, rows = np.unique(labels, return_inverse=True)
    table = np.zeros((len(classes), n_clusters), dtype=int)
    np.add.at(table, (rows, clusters), 1)
    return classes, table


def _counts(labels, clusters):
    """How many points each class (row) and each cluster (column) have in common, both in sorted order."""
    return crosstab(*_pair_of_labels(labels, clusters)).count.astype(float)


def _pair_of_labels(labels, clusters):
    labels, clusters = as_labels(labels, "labels"), as_labels(clusters, "clusters")
    _of_equal_length(labels, clusters)
    return labels, clusters


def _of_equal_length(labels, clusters):
    if len(labels) != len(clusters):
        raise ValueError(f"labels and clusters must be of equal length; got {len(labels)} and {len(clusters)}.")


def _agreement(classes, table, class_of, left):
    """Add up the columns of each class; the clusters left over keep columns of their own, if they hold points."""
    left = [cluster for cluster in left if table[:, cluster].any()]
    matrix = np.zeros((len(classes), len(classes) + len(left)), dtype=int)
    for cluster, c in class_of.items():
        matrix[:, c] += table[:, cluster]
    matrix[:, len(classes) :] = table[:, left]
    names = classes.tolist()
    matching = {cluster: names[class_of[cluster]] if cluster in class_of else None for cluster in range(table.shape[1])}
    return Agreement(matrix, tuple(names), matching, float(np.trace(matrix) / table.sum()))
