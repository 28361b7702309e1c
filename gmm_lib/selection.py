"""How many components, of which type of covariance, and are they more than an answer to a question nobody asked?

The maximised log-likelihood cannot choose: it never falls when a component is added. Here are criteria that weigh it
against a price (*lower* is better, as in scikit-learn), the log-likelihood of points not seen (*higher* is better), a
scan over k and over the types, and two trials of a clustering: by bootstrap samples, and against data simulated from
fewer components.

X are points of shape (n, m) everywhere; ``options`` are those of :func:`best_fit`; ``covariance_type`` is one of
:mod:`gmm_lib.covariance_types`, by which parameters are counted. A wrong argument is a ValueError.
"""

import numbers
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .covariance_types import TYPES, as_covariance_type, n_covariance_parameters, of_type
from .engine import run_many
from .evaluation import adjusted_rand_index
from .floor import TOO_SMALL, deviation_floor, is_relative, variance_floor
from .initialization import RULES, Rule, as_rule, distinct_rows, in_equal_units
from .likelihood import log_likelihood
from .mixture import log_density
from .parameters import Parameters
from .posterior import posterior
from .sampling import sample
from .validation import (
    Rng,
    as_generator,
    as_list,
    as_non_negative,
    as_parameters,
    as_points,
    as_positive_integer,
    shown,
)

SPURIOUS = (
    "the likeliest of n_init = {n_init} runs with k = {k} has a component of too few points to have a covariance of "
    "its own: the variance floor (reg_covar, {reg_covar}) makes its likelihood. selection.spurious_components names "
    "it, selection.optima lists the others. A larger reg_covar, fewer components or another covariance_type avoid it."
)


def n_free_parameters(k: int, m: int, covariance_type: str = "full") -> int:
    """Free parameters of k Gaussians in m dimensions: k - 1 weights, k m means and the covariances.

    By ``covariance_type`` those are k m (m + 1) / 2 numbers for "full", m (m + 1) / 2 for "tied", k m for "diag", k for
    "spherical".
    """
    k, m = as_positive_integer(k, "k"), as_positive_integer(m, "m")
    return (k - 1) + k * m + n_covariance_parameters(k, m, as_covariance_type(covariance_type))


def aic(X: ArrayLike, parameters: Parameters, covariance_type: str = "full") -> float:
    """Akaike's information criterion, ``-2 log L + 2 p`` with p free parameters (Akaike, 1974)."""
    return -2 * log_likelihood(X, parameters) + 2 * _n_free(parameters, covariance_type)


def bic(X: ArrayLike, parameters: Parameters, covariance_type: str = "full") -> float:
    """The Bayesian information criterion, ``-2 log L + p log n`` with p free parameters (Schwarz, 1978)."""
    n = len(as_points(X))
    return -2 * log_likelihood(X, parameters) + _n_free(parameters, covariance_type) * float(np.log(n))


def icl(X: ArrayLike, parameters: Parameters, covariance_type: str = "full") -> float:
    """The integrated completed likelihood, ``BIC - 2 sum_i log max_j w_ij`` (Biernacki, Celeux and Govaert, 2000).

    BIC and a price for overlap: components that share their points, as two that together make one odd-shaped cluster
    do, cost more. It looks for clusters where BIC looks for a density.
    """
    return bic(X, parameters, covariance_type) - 2 * float(np.log(posterior(X, parameters).max(axis=1)).sum())


def _n_free(parameters, covariance_type):
    """Of parameters that are of the type."""
    of_type(as_parameters(parameters).covariances, as_covariance_type(covariance_type), "parameters")
    return n_free_parameters(parameters.k, parameters.m, covariance_type)


def spurious_components(parameters: Parameters, n: int, covariance_type: str = "full") -> np.ndarray:
    """Indices, ascending, of the components that stand on too few of ``n`` points to have a covariance of their own:
    shape (s,).

    A full covariance needs m + 1 points, one of "diag" or "spherical" two; of fewer it is singular. A component whose
    effective count ``n phi_j`` is smaller owes its volume to the variance floor alone, and its height as well: without
    the floor there is no maximum there, the likelihood grows for ever (Day, 1969; McLachlan and Peel, 2000, chapter 3).
    A tied covariance is held by all the points. What is listed may yet be a true, tiny cluster: the likelihood cannot
    tell. And one that stands on a few more points, nearly in a plane, is not listed, though it may be as spurious.
    """
    as_parameters(parameters)
    needed = {"full": parameters.m + 1, "tied": 0}.get(as_covariance_type(covariance_type), 2)
    return np.flatnonzero(as_positive_integer(n, "n") * parameters.weights < needed)


def best_fit(
    X: ArrayLike,
    k: int,
    *,
    n_init: int = 20,
    reg_covar: ArrayLike = "relative",
    total_tol: float = 1e-6,
    max_iter: int = 1000,
    rule: str | Rule = distinct_rows,
    random_state: Rng = 0,
    covariance_type: str = "full",
) -> Parameters:
    """The likeliest of ``n_init`` runs, and a warning if it has :func:`spurious_components`.

    Parameters
    ----------
    X : array_like, shape (n, m)
    k : int
        Number of components.
    n_init : int
    reg_covar : "relative", float, or array_like of shape (m,)
        Variance floor, as in :func:`gmm_lib.floor.variance_floor`: the default knows no units. A floor far below the
        precision of the data invites spurious optima: with enough restarts the best is one of them. (A RuntimeWarning
        says so. It is not replaced by another run, for the likelihood gives no reason to; :func:`optima` lists all.)
    total_tol : float
        In units of the log-likelihood of all points.
    max_iter : int
    rule : str or callable
        The start: one of :mod:`gmm_lib.initialization`, by its name in ``RULES`` or itself, or a function
        ``(X, k, rng, reg_covar) -> Parameters``, whose ``reg_covar`` is an array of shape (m,); for another type than
        "full" it is given the ``covariance_type`` too.
    random_state : numpy.random.Generator, numpy.random.RandomState or seed
    covariance_type : str
        "full", "tied", "diag" or "spherical".

    Returns
    -------
    Parameters

    Raises
    ------
    ValueError
        If an argument is not valid, or a component collapses in every run.
    """
    best = _likeliest(
        X,
        k,
        n_init=n_init,
        reg_covar=reg_covar,
        total_tol=total_tol,
        max_iter=max_iter,
        rule=rule,
        random_state=random_state,
        covariance_type=covariance_type,
    )
    if spurious_components(best, len(as_points(X)), covariance_type).size:
        warnings.warn(SPURIOUS.format(n_init=n_init, k=k, reg_covar=shown(reg_covar)), RuntimeWarning, stacklevel=2)
    return best


def _likeliest(X, k, *, n_init=20, **options):
    """As :func:`best_fit`, without a word: where fits to parts of the data, or to simulated ones, are made by hundreds,
    some of them are spurious, and none of them is anybody's answer."""
    runs = _runs(X, k, as_positive_integer(n_init, "n_init"), **options)
    return runs.parameters(runs.best)


def held_out_log_likelihood(X: ArrayLike, k: int, *, folds: int = 5, random_state: Rng = 0, **options: Any) -> float:
    """The mean log-likelihood per point that no fit has seen: *higher* is better.

    The points are shuffled and cut into ``folds`` parts; each part is scored by the best fit to the others. The other
    arguments are those of :func:`best_fit`.

    Returns
    -------
    float
    """
    X = as_points(X)
    folds = _folds(folds, len(X))
    rng = as_generator(random_state, "random_state")
    total = 0.0
    for part in np.array_split(rng.permutation(len(X)), folds):
        seen = np.delete(X, part, axis=0)
        total += log_density(X[part], _likeliest(seen, k, random_state=rng, **options)).sum()
    return float(total / len(X))


@dataclass(frozen=True, eq=False)
class Scan:
    """One row per number of components, all of one type of covariance; every array has the length of ``ks``.

    Attributes
    ----------
    ks, n_free_parameters : ndarray of int
    log_likelihood, aic, bic, icl : ndarray
    held_out : ndarray
        Mean log-likelihood per held-out point; NaN if it was not asked for.
    fits : tuple of Parameters
    covariance_type : str
    """

    ks: np.ndarray
    n_free_parameters: np.ndarray
    log_likelihood: np.ndarray
    aic: np.ndarray
    bic: np.ndarray
    icl: np.ndarray
    held_out: np.ndarray
    fits: tuple
    covariance_type: str = "full"

    def __repr__(self):
        lines = [f"{'k':>3} {'free':>5} {'log-likelihood':>15} {'AIC':>10} {'BIC':>10} {'ICL':>10} {'held out':>9}"]
        columns = (self.ks, self.n_free_parameters, self.log_likelihood, self.aic, self.bic, self.icl, self.held_out)
        for k, free, log_l, aic, bic, icl, held_out in zip(*columns):
            lines.append(f"{k:3d} {free:5d} {log_l:15.2f} {aic:10.2f} {bic:10.2f} {icl:10.2f} {held_out:9.4f}")
        return "\n".join(lines)

    def best(self, criterion: str) -> int:
        """The k that the ``criterion`` chooses: "aic", "bic" or "icl" (lowest), or "held_out" (highest)."""
        return int(self.ks[_costs(self, criterion).argmin()])


def _costs(table, criterion):
    """A criterion of a scan, turned so that the lowest is the best."""
    if criterion not in ("aic", "bic", "icl", "held_out"):
        raise ValueError(f"criterion must be 'aic', 'bic', 'icl' or 'held_out'; got {shown(criterion)}.")
    values = getattr(table, criterion)
    if np.isnan(values).any():
        raise ValueError("held_out was not computed: scan with folds=5, say.")
    return -values if criterion == "held_out" else values


def scan(
    X: ArrayLike,
    ks: Iterable[int],
    *,
    folds: int | None = None,
    random_state: Rng = 0,
    covariance_type: str = "full",
    **options: Any,
) -> Scan:
    """Fit every number of components in ``ks`` and tabulate the criteria.

    Parameters
    ----------
    X : array_like, shape (n, m)
    ks : iterable of int
    folds : int, optional
        Also compute :func:`held_out_log_likelihood` with so many parts.
    random_state : seed, numpy.random.Generator or numpy.random.RandomState
        Every k starts from the same seed (of a generator one is drawn), so that a row does not depend on which others
        are asked for.
    covariance_type : str
        "full", "tied", "diag" or "spherical".
    **options
        As :func:`best_fit`.

    Returns
    -------
    Scan
    """
    options["covariance_type"] = kind = as_covariance_type(covariance_type)
    ks = [as_positive_integer(k, "ks") for k in as_list(ks, "ks", "number of components")]
    if not isinstance(random_state, numbers.Integral):
        random_state = int.from_bytes(as_generator(random_state, "random_state").bytes(8), "little")
    folds = None if folds is None else _folds(folds, len(as_points(X)))  # before the work, not after it
    fits = tuple(best_fit(X, k, random_state=random_state, **options) for k in ks)
    held_out = np.full(len(ks), np.nan)
    if folds is not None:
        fold_options = dict(options, folds=folds, random_state=random_state)
        held_out = np.array([held_out_log_likelihood(X, k, **fold_options) for k in ks])
    return Scan(
        ks=np.array(ks),
        n_free_parameters=np.array([n_free_parameters(fit.k, fit.m, kind) for fit in fits]),
        log_likelihood=np.array([log_likelihood(X, fit) for fit in fits]),
        aic=np.array([aic(X, fit, kind) for fit in fits]),
        bic=np.array([bic(X, fit, kind) for fit in fits]),
        icl=np.array([icl(X, fit, kind) for fit in fits]),
        held_out=held_out,
        fits=fits,
        covariance_type=kind,
    )


class TypesScan(dict[str, Scan]):
    """A :class:`Scan` for each type of covariance, by its name, all over the same numbers of components; what
    :func:`gmm_lib.plots_of_fits.criteria` draws. It prints as a table of BIC.

    Parameters
    ----------
    scans : dict
        From name to :class:`Scan`.
    """

    def __init__(self, scans: dict[str, Scan]) -> None:
        super().__init__(scans)

    def best(self, criterion: str) -> tuple[str, int]:
        """The type and the k that the ``criterion`` chooses, one of those of :meth:`Scan.best`."""
        best = min(self, key=lambda kind: _costs(self[kind], criterion).min())
        return best, self[best].best(criterion)

    def __repr__(self):
        lines = ["BIC", f"{'k':>3}" + "".join(f"{kind:>12}" for kind in self)]
        tables = list(self.values())
        for i, k in enumerate(tables[0].ks if tables else ()):
            lines.append(f"{k:3d}" + "".join(f"{table.bic[i]:12.2f}" for table in tables))
        return "\n".join(lines)


def scan_types(X: ArrayLike, ks: Iterable[int], types: Sequence[str] = TYPES, **options: Any) -> TypesScan:
    """Fit every number of components with every type of covariance: :func:`scan` for each.

    Parameters
    ----------
    X : array_like, shape (n, m)
    ks : iterable of int
    types : sequence of str
        Different ones of "full", "tied", "diag" and "spherical". (For the last the columns should have one unit.)
    **options
        As :func:`scan`, but for the type.

    Returns
    -------
    TypesScan

    Raises
    ------
    ValueError
        If an argument is not valid, or a component collapses in every run of a fit.
    """
    listed = as_list(types, "types", "type of covariance")
    if isinstance(types, str) or any(kind not in TYPES for kind in listed) or len(set(listed)) < len(listed):
        raise ValueError(f"types must be different ones of {', '.join(map(repr, TYPES))}; got {shown(types)}.")
    if "covariance_type" in options:
        raise ValueError(
            f"covariance_type must be left out, as types says it; got {shown(options['covariance_type'])}."
        )
    ks = as_list(ks, "ks", "number of components")
    return TypesScan({kind: scan(X, ks, covariance_type=kind, **options) for kind in listed})


@dataclass(frozen=True)
class Optimum:
    """A point where EM came to rest: its log-likelihood, how many runs ended there, and one run's parameters."""

    log_likelihood: float
    count: int
    parameters: Parameters


def optima(
    X: ArrayLike,
    k: int,
    *,
    n_starts: int = 100,
    same: float = 0.01,
    reg_covar: ArrayLike = "relative",
    total_tol: float = 1e-6,
    max_iter: int = 1000,
    rule: str | Rule = distinct_rows,
    random_state: Rng = 0,
    covariance_type: str = "full",
) -> list[Optimum]:
    """The several optima that EM finds from many starts, the likeliest first.

    Parameters
    ----------
    X : array_like, shape (n, m)
    k : int
    n_starts : int
    same : float
        Runs whose log-likelihoods, sorted, follow within this distance count as one optimum.
    reg_covar, total_tol, max_iter, rule, random_state, covariance_type
        As :func:`best_fit`.

    Returns
    -------
    list of Optimum
    """
    same = as_non_negative(same, "same")
    runs = _runs(
        X,
        k,
        n_starts,
        reg_covar=reg_covar,
        total_tol=total_tol,
        max_iter=max_iter,
        rule=rule,
        random_state=random_state,
        covariance_type=covariance_type,
        stacklevel=3,
    )
    order = np.argsort(-runs.log_likelihood)[: int((~runs.collapsed).sum())]  # NaN sorts last
    gaps = np.flatnonzero(-np.diff(runs.log_likelihood[order]) > same) + 1
    groups = [group for group in np.split(order, gaps) if group.size]
    return [Optimum(float(runs.log_likelihood[group[0]]), len(group), runs.parameters(group[0])) for group in groups]


def stability(
    X: ArrayLike,
    k: int,
    *,
    samples: int = 10,
    random_state: Rng = 0,
    **options: Any,
) -> np.ndarray:
    """Do the clusters return? The adjusted Rand index between the clusters of X and those of refits.

    Each refit sees a bootstrap sample (as many rows as X has, drawn with replacement) and then assigns the rows of X.
    1 says that it divides them in the same way, 0 that it agrees no better than chance. High values are a good sign
    and no proof: the shape of a cloud can hold a division in place that is about nothing (Hennig, 2015).

    Parameters
    ----------
    X : array_like, shape (n, m)
    k : int
        Number of components.
    samples : int
    random_state : numpy.random.Generator, numpy.random.RandomState or seed
    **options
        As :func:`best_fit`.

    Returns
    -------
    ndarray, shape (samples,)
        One adjusted Rand index per bootstrap sample.

    Raises
    ------
    ValueError
        If an argument is not valid, or a component collapses in every run of a fit: a sample repeats rows, so that a
        floor (``reg_covar``) matters more than for X itself.
    """
    X = as_points(X)
    samples = as_positive_integer(samples, "samples")
    rng = as_generator(random_state, "random_state")
    draws = rng.choice(len(X), size=(samples, len(X)))
    fits = [_likeliest(points, k, random_state=rng, **options) for points in (X, *X[draws])]
    clusters, *others = (posterior(X, fit).argmax(axis=1) for fit in fits)
    return np.array([adjusted_rand_index(clusters, other) for other in others])


@dataclass(frozen=True, eq=False)
class ReferenceTest:
    """A gain in log-likelihood beside the gains that chance alone gives.

    Attributes
    ----------
    gain : float
        Twice the rise of the log-likelihood on the data, from fewer components to more.
    simulated : ndarray
        The same on each simulated data set, where the additional components are about nothing.
    p_value : float
        ``(1 + number of simulated gains at least as large) / (1 + number of simulated gains)``: never 0, for the data
        count as one draw of their own.
    """

    gain: float
    simulated: np.ndarray
    p_value: float


def against_reference(
    X: ArrayLike, fewer: int, more: int, *, draws: int = 19, random_state: Rng = 0, **options: Any
) -> ReferenceTest:
    """Do more components gain more than they would if the model with fewer were true? A parametric bootstrap.

    The model with fewer components is fitted to X, data sets of the size of X are drawn from it, and both models are
    fitted to each. The chi-squared table for nested models does not apply to mixtures (McLachlan and Peel, 2000,
    chapter 6); the simulation needs none. Data and simulations are searched alike, so that a gain that the restarts
    have missed spoils the power of the test rather than its level.

    A small p-value says that the model with fewer components is false. It does not say that the one with more is true.

    Parameters
    ----------
    X : array_like, shape (n, m)
    fewer, more : int
        Numbers of components, ``fewer < more``.
    draws : int
        19 is the least that can give a p-value of 0.05.
    random_state : numpy.random.Generator, numpy.random.RandomState or seed
    **options
        As :func:`best_fit`.

    Returns
    -------
    ReferenceTest

    Raises
    ------
    ValueError
        If an argument is not valid, or a component collapses in every run of a fit.
    """
    X = as_points(X)
    fewer, more = as_positive_integer(fewer, "fewer"), as_positive_integer(more, "more")
    draws = as_positive_integer(draws, "draws")
    if not fewer < more:
        raise ValueError(f"fewer must be less than more; got fewer = {fewer} and more = {more}.")
    rng = as_generator(random_state, "random_state")
    # The starts have random numbers of their own, and the reference one order of components: neither the number of
    # starts nor which of equal runs is the likeliest by its last digit changes the data sets.
    starts = np.random.default_rng(int.from_bytes(rng.bytes(8), "little"))

    def fit(points, k):
        return _likeliest(points, k, random_state=starts, **options)

    def gain(points):
        return 2 * (log_likelihood(points, fit(points, more)) - log_likelihood(points, fit(points, fewer)))

    reference = fit(X, fewer)
    reference = reference.permuted(np.lexsort(reference.means.T[::-1]))
    observed = 2 * (log_likelihood(X, fit(X, more)) - log_likelihood(X, reference))
    simulated = np.array([gain(sample(len(X), reference, rng)[0]) for _ in range(draws)])
    return ReferenceTest(observed, simulated, float((1 + (simulated >= observed).sum()) / (1 + draws)))


def _folds(folds, n):
    if not 2 <= as_positive_integer(folds, "folds") <= n:
        raise ValueError(f"folds must be from 2 to the number of points, {n}; got {folds}.")
    return int(folds)


def _runs(
    X,
    k,
    n_starts,
    *,
    reg_covar="relative",
    total_tol=1e-6,
    max_iter=1000,
    rule=distinct_rows,
    random_state=0,
    covariance_type="full",
    stacklevel=4,  # whose line a warning names: that of who has called best_fit
):
    X, rng = as_points(X), as_generator(random_state, "random_state")
    relative, rule = is_relative(reg_covar), as_rule(rule)
    if relative and rule in RULES.values():
        rule = in_equal_units(rule)
    floor = variance_floor(X, reg_covar)
    kind = as_covariance_type(covariance_type)
    of_kind: dict[str, str] = {} if kind == "full" else {"covariance_type": kind}
    starts = [rule(X, k, rng, floor, **of_kind) for _ in range(as_positive_integer(n_starts, "n_starts"))]
    options: dict[str, Any] = dict(total_tol=total_tol, max_iter=max_iter, covariance_type=kind)
    runs = run_many(X, starts, floor, **options)
    if relative and runs.collapsed.all():
        warnings.warn(TOO_SMALL, RuntimeWarning, stacklevel=stacklevel)
        runs = run_many(X, starts, deviation_floor(X), **options)
    if runs.collapsed.all():
        raise ValueError(
            f"a component collapsed in each of {len(runs)} runs with k = {k}: try more runs, fewer components, or a "
            f"larger reg_covar than {shown(reg_covar)}."
        )
    return runs
