"""A whole fit: its starts, the runs from them, what becomes of a run that collapses, and why the best one stopped.

Free functions over the engine; :class:`gmm_lib.model.GaussianMixture` is the door to them. ``settings`` is whatever has
the arguments of that class as attributes, already checked.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from . import _wording
from .engine import run_many
from .engine.driver import Engine
from .engine.sources import InMemory
from .engine.state import State
from .floor import (
    TOO_SMALL,
    column_scales,
    deviation_floor,
    different,
    is_relative,
    places,
    relative_floor,
    without_gaps,
)
from .hierarchical import ROWS, hierarchical
from .initialization import RULES, from_parameters, in_equal_units
from .labels import renumbered
from .missing import hot_deck
from .parameters import Parameters
from .priors import keeps_volume
from .short_runs import rows_seen, short_runs
from .validation import CollapsedComponentError, as_floor, shown

if TYPE_CHECKING:
    from .model import GaussianMixture

SAME = 1e-11  # relative: bounds that differ by less differ by rounding, which must not choose between runs
ROUGH = 1e-3  # tol of the runs together that choose which few the acceleration is to carry on
LEADING = 3  # how many those are
FEW = 5000  # points times components, up to which runs together are faster than one after the other


@dataclass(frozen=True, eq=False)
class Fit:
    """One run of EM, or the best of several.

    Attributes
    ----------
    parameters : Parameters
    inverse_factors : ndarray, shape (k, m, m)
        Inverse Cholesky factors of the covariances, lower triangular.
    bounds : list of float
        The mean log-likelihood after each E-step; with a prior, the log prior density divided by n is added.
    converged : bool
        Whether the changes fell below tol.
    floor : ndarray, shape (m,), or None
        The variance floor it was run with; for spherical covariances the same in each column, the mean.
    raised : bool
        Whether that is a larger one than was asked for, because a component had collapsed.
    before : float
        The bound that the run began with, if it continues another.
    collapses : int
        How many other runs collapsed, and were discarded or replaced.
    """

    parameters: Parameters
    inverse_factors: np.ndarray
    bounds: list
    converged: bool = False
    floor: np.ndarray | None = None
    raised: bool = False
    before: float = -np.inf
    collapses: int = 0

    @property
    def bound(self) -> float:
        """The last of the bounds."""
        return self.bounds[-1] if self.bounds else self.before


# -- one run


def run(
    engine: Engine,
    settings: GaussianMixture,
    start: Parameters,
    progress: Progress,
    before: float = -np.inf,
    raised: bool = False,
) -> Fit:
    """EM from one start: a :class:`Fit`. As in scikit-learn a run stops after the M-step that follows two E-steps whose
    bounds differ by less than tol; the driver's own rule, which also looks at the last M-step, would stop one iteration
    sooner."""
    done = engine.run(
        engine.state(start),
        tol=settings.tol,
        max_iter=settings.max_iter,
        previous=before,
        on_iteration=progress.iteration,
        acceleration=settings.acceleration,
    )
    floor = engine.floor_in_units_of_the_data
    fit = Fit(
        parameters=engine.parameters(done.state),
        inverse_factors=engine.inverse_factors(done.state),
        bounds=done.bounds,
        converged=done.converged,
        floor=np.full(len(floor), floor.mean()) if settings.covariance_type == "spherical" else floor,
        raised=raised,
        before=before,
    )
    progress.end(fit)
    return fit


def run_under_floors(
    engine: Engine,
    settings: GaussianMixture,
    floors: Floors,
    start: Callable[[bool], Parameters],
    progress: Progress,
    before: float = -np.inf,
) -> Fit:
    """EM from one start, under the first of the floors under which no component collapses: a :class:`Fit`.

    ``start`` is a function of whether the floor is a relative one, and returns parameters. If one collapses under the
    last floor as well, that is the CollapsedComponentError; without a floor there is nothing to try, a ValueError.
    """
    for number, floor in enumerate(floors.to_try):
        floors.set(engine, floor)
        try:
            relative = number > 0 or is_relative(settings.reg_covar)
            return run(engine, settings, start(relative), progress, before, raised=number > 0)
        except CollapsedComponentError as error:
            if number == len(floors.to_try) - 1:
                raise
            progress.collapsed(error)
    raise ValueError("floors must hold at least one to try; got none.")


def resume(engine: Engine, settings: GaussianMixture, floors: Floors, parameters: Parameters, bound: float) -> Fit:
    """The run that goes on from fitted parameters, whose lower bound was ``bound``: a :class:`Fit`."""
    progress = Progress(settings)
    progress.begin(1, 1)
    return run_under_floors(engine, settings, floors, lambda relative: parameters, progress, bound)


# -- the best of several


def best_of_starts(engine: Engine, settings: GaussianMixture, floors: Floors) -> Fit:
    """The likeliest of ``n_init`` runs from different starts: a :class:`Fit`.

    Raises
    ------
    CollapsedComponentError
        If a component collapses in every run.
    """
    rng, starts = random_numbers(settings.random_state), Starts(settings, engine)
    n_init = settings.n_init if settings.max_iter > 0 else 1
    floors.set(engine, floors.to_try[0])
    plain = type(engine.source) is InMemory and engine.source.sample_weight is None and engine.prior is None
    plain = plain and engine.source.labels is None
    if n_init > 1 and plain and engine.moments.rows * settings.n_components <= FEW:
        before = rng.get_state(legacy=False)
        best = _best_of_runs_together(engine, settings, starts, rng)
        if best is not None:
            return best
        rng.set_state(before)
    return _best_one_by_one(engine, settings, floors, starts, rng, n_init)


def _best_one_by_one(engine, settings, floors, starts, rng, n_init):
    progress = Progress(settings)
    runs: list[Fit] = []
    collapses: list[CollapsedComponentError] = []
    wanted = n_init
    while len(runs) < wanted and len(runs) + len(collapses) < 11 * n_init:
        progress.begin(len(runs) + len(collapses) + 1, n_init)
        start = SameStart(starts, rng)
        try:
            runs.append(run_under_floors(engine, settings, floors, start, progress))
        except CollapsedComponentError as error:
            collapses.append(error)
            progress.collapsed(error)
            wanted -= settings.on_collapse != "restart"
    if not runs:
        raise collapses[-1]
    return replace(runs[first_of_the_best([fit.bound for fit in runs])], collapses=len(collapses))


def _best_of_runs_together(engine, settings, starts, rng):
    """All runs in one array pass, then the best once more for its history. None if a component collapses: which run is
    then to be discarded, replaced or floored is decided one by one.

    With an acceleration, which run_many knows not, the runs together are rough ones: those that come highest are run
    once more with it, and the best of these is taken. To print what they do, all are run once more; the choice is made
    before, so that it does not depend on that."""
    try:
        drawn = [starts(rng, is_relative(settings.reg_covar)) for _ in range(settings.n_init)]
    except CollapsedComponentError:
        return None
    X, floor = engine.source.X, engine.floor_in_units_of_the_data
    tol = settings.tol if settings.acceleration is None else max(settings.tol, ROUGH)
    rule = dict(total_tol=tol * len(X), max_iter=settings.max_iter, last_m_step=True)
    runs = run_many(X, drawn, floor, **rule, covariance_type=settings.covariance_type)
    if runs.collapsed.any():
        return None
    bounds = runs.log_likelihood / len(X)
    chosen = [first_of_the_best(bounds)] if settings.acceleration is None else _leading(bounds)
    progress, kept = Progress(settings), []
    for number, start in enumerate(drawn):
        if settings.verbose or number in chosen:
            progress.begin(number + 1, settings.n_init)
            fit = run(engine, settings, start, progress)
            if number in chosen:
                kept.append(fit)
    return kept[first_of_the_best([fit.bound for fit in kept])]


def _leading(bounds):
    """Indices of the few highest that a rough tol tells apart."""
    leading: list[int] = []
    for i in np.argsort(-bounds, kind="stable"):
        if len(leading) < LEADING and not (leading and bounds[leading[-1]] - bounds[i] < ROUGH):
            leading.append(int(i))
    return leading


def first_of_the_best(bounds: ArrayLike) -> int:
    """Index of the highest of the ``bounds``, shape (r,); of those that only rounding tells apart, the first."""
    bounds = np.asarray(bounds)
    highest = bounds.max()
    return int(np.argmax(bounds >= highest - SAME * max(1, abs(highest)))) if np.isfinite(highest) else 0


# -- starts


class Starts:
    """What makes the starts of a fit, one like the other: the rule, and the points that it sees."""

    def __init__(self, settings: GaussianMixture, engine: Engine) -> None:
        self.k, self.rule, self.reg_covar = settings.n_components, RULES[settings.init_params], settings.reg_covar
        self.given = dict(weights=settings.weights_init, means=settings.means_init, precisions=settings.precisions_init)
        self.covariance_type = settings.covariance_type
        drawn = any(value is None for value in self.given.values())
        self.once = drawn and settings.init_params in ("short_runs", "kmeans", "k-means++", "hierarchical")
        m = engine.coordinates.m
        if self.rule is hierarchical:
            self.rows = max(ROWS, self.k)
        else:
            self.rows = rows_seen(self.k, m) if self.rule is short_runs else max(10_000, 20 * self.k * (m + 1))
        self.engine = engine
        self.kept: np.ndarray | None = None

    def __call__(self, rng: np.random.RandomState, relative: bool) -> Parameters:
        """Parameters drawn with ``rng``, for the ``relative`` floor or the one given; a ValueError if those to start
        from are not valid."""
        X = self._points(rng) if self.kept is None else self.kept
        in_one_scale = relative and self.rule not in (short_runs, hierarchical)  # which see to that by themselves
        rule = in_equal_units(self.rule, column_scales(X)) if in_one_scale else self.rule
        if isinstance(source := self.engine.source, InMemory) and source.labels is not None:
            rule = _numbered_by_labels(rule, source.X, source.labels, source.sample_weight)
        floor = "relative" if relative else self.reg_covar
        kind = self.covariance_type
        try:
            return from_parameters(X, self.k, rng, floor, **self.given, otherwise=rule, covariance_type=kind)
        except CollapsedComponentError:
            raise
        except ValueError as error:
            said = f" {_wording.of_start(**self.given, k=self.k, m=X.shape[1], covariance_type=kind)}"
            raise ValueError(f"{error}{said.rstrip()}") from None

    def _points(self, rng):
        X = np.array(self.engine.sample(self.rows, rng), dtype=np.float64, order="C")  # no layout shows in a last digit
        if np.isnan(X).any():
            X = hot_deck(X, self.engine.moments.mean, np.sqrt(self.engine.moments.variances))
        if self.once:
            # Each different point once, in order of its values: so the start knows neither the order of the rows nor
            # whether a point is repeated or weighted.
            X = _different_rows(X)
            if len(X) < self.k:
                raise ValueError(
                    f"X must have at least n_components = {self.k} different rows, one per component; it has {len(X)}."
                )
        if self.engine.moments.rows <= self.rows:  # all there are: no other start will see others
            self.kept = X
        return X


def _numbered_by_labels(rule, X, labels, sample_weight):
    """A rule whose components have the numbering of the labels, and begin at the labelled points."""
    known = labels >= 0
    weights = None if sample_weight is None else sample_weight[known]

    def start(*arguments, **more):
        return renumbered(rule(*arguments, **more), X[known], labels[known], weights)

    return start


def _different_rows(X):
    """Each different row once, in ascending order: as ``np.unique(X, axis=0)``, in a fraction of its time."""
    X = X[np.lexsort(X.T[::-1])]
    new = np.ones(len(X), dtype=bool)
    (X[1:] != X[:-1]).any(axis=1, out=new[1:])
    return X[new]


class SameStart:
    """One start of many, drawn for each floor, ``relative`` or not, from the same random numbers of ``rng``."""

    def __init__(self, starts: Starts, rng: np.random.RandomState) -> None:
        self.starts, self.rng, self.before = starts, rng, rng.get_state(legacy=False)

    def __call__(self, relative: bool) -> Parameters:
        self.rng.set_state(self.before)
        return self.starts(self.rng, relative)


def random_numbers(random_state: int | np.random.RandomState | np.random.Generator | None) -> np.random.RandomState:
    """A :class:`numpy.random.RandomState`; of a Generator, one that begins with a number drawn from it. A ValueError if
    ``random_state`` is nothing that one can be made of."""
    if isinstance(random_state, np.random.Generator):
        return np.random.RandomState(int(random_state.integers(2**32)))
    try:
        if isinstance(random_state, (bool, np.bool_)):
            raise ValueError  # True would count as 1
        return check_random_state(random_state)
    except ValueError:
        raise ValueError(
            f"random_state must be None, a whole number in 0..{2**32 - 1}, a numpy.random.RandomState or a "
            f"numpy.random.Generator; got {shown(random_state)}."
        ) from None


# -- collapse: the floors to try


class Floors:
    """The variance floors of a fit, to be tried in turn while a component collapses.

    Attributes
    ----------
    to_try : list of functions without arguments, each returning an array of shape (m,)
    seen : ndarray or None
        The points that the relative floor has looked at, if that is the first.
    relative : bool
        Whether a relative floor is asked for and needed: a prior of the covariances does what it is for.
    """

    def __init__(self, engine: Engine, settings: GaussianMixture) -> None:
        m, by_word = engine.coordinates.m, is_relative(settings.reg_covar)
        self.relative = relative = by_word and not keeps_volume(engine.prior)
        asked = np.zeros(m) if by_word else as_floor(settings.reg_covar, m) * np.ones(m)
        self.seen: np.ndarray | None = None
        self.to_try: list[Callable[[], np.ndarray]] = [lambda: asked]
        if not relative and settings.on_collapse != "floor":
            return
        seen = without_gaps(engine.source.take(places(engine.moments.rows)), engine.moments.mean)
        deviations = np.sqrt(engine.moments.variances)
        least = relative_floor(seen, deviations)
        if relative:
            self.seen = seen
            self.to_try = [lambda: least]
            if settings.on_collapse != "restart":
                self.to_try.append(lambda: deviation_floor(seen, deviations))
        else:
            larger = lambda: np.maximum(asked, least), lambda: np.maximum(asked, deviation_floor(seen, deviations))
            self.to_try += larger

    def set(self, engine: Engine, floor: Callable[[], np.ndarray]) -> None:
        """Make one of them the engine's floor, unless it is."""
        if engine.floor_in_units_of_the_data is not (values := floor()):
            engine.set_floor(values)


# -- what a fit says of itself


class Progress:
    """What a fit prints about itself: nothing, a line now and then, or more."""

    def __init__(self, settings: GaussianMixture) -> None:
        self.verbose, self.interval = settings.verbose, settings.verbose_interval
        self.started = perf_counter()

    def begin(self, number: int, total: int) -> None:
        """Say that run ``number`` of ``total`` begins."""
        if self.verbose:
            print(f"Initialization {number} of {total}")

    def iteration(self, number: int, bound: float, change: float, state: State) -> None:
        """Say what iteration ``number`` did, if it is one of the ``verbose_interval``-th: its ``bound``, and the
        ``change``."""
        if self.verbose and number % self.interval == 0:
            line = f"  Iteration {number}: lower bound {bound:.6f}, change {change:.2e}"
            if self.verbose >= 2:
                smallest = int(state.weights.argmin())
                seconds = perf_counter() - self.started
                line += f", smallest weight {state.weights[smallest]:.4f} (component {smallest}), {seconds:.2f} s"
            print(line)

    def collapsed(self, error: CollapsedComponentError) -> None:
        """Say that a run is not used, and the component of the ``error``."""
        if self.verbose:
            print(f"Initialization discarded: component {error.component} collapsed.")

    def end(self, fit: Fit) -> None:
        """Say how a run ended."""
        if self.verbose:
            how = "converged" if fit.converged else "did not converge"
            print(f"Initialization {how} after {len(fit.bounds)} iterations, lower bound {fit.bound:.6f}.")


def warn(fit: Fit, settings: GaussianMixture, floors: Floors, stacklevel: int) -> None:
    """Warn of what one should know of a fit: runs that collapsed, a floor that matters, iterations that ran out.

    ``stacklevel`` counts from the caller, as that of ``warnings.warn`` does.
    """
    for message in (*_collapses(fit, settings), *_floor_that_matters(fit, settings, floors)):
        warnings.warn(message, RuntimeWarning, stacklevel=stacklevel + 1)
    if not fit.converged and settings.tol > 0 and settings.max_iter > 0:
        warnings.warn(
            f"{_wording.DID_NOT_CONVERGE} (EM did not converge in max_iter = {settings.max_iter} iterations: the last "
            f"one still changed the mean log-likelihood by tol = {settings.tol:g} or more.)",
            ConvergenceWarning,
            stacklevel=stacklevel + 1,
        )


def _collapses(fit, settings):
    if fit.collapses:
        what = f"{fit.collapses} of n_init = {settings.n_init} runs were discarded"
        if settings.on_collapse == "restart":
            what = f"{fit.collapses} runs were replaced" if fit.collapses > 1 else "1 run was replaced"
        yield (
            f"{what}: a component collapsed. A larger reg_covar (now {shown(settings.reg_covar)}) or fewer components "
            f"avoid that."
        )


def _floor_that_matters(fit, settings, floors):
    if fit.raised and settings.on_collapse != "floor":
        yield TOO_SMALL
    elif floors.seen is not None and (swallowed := _swallowed(fit, floors.seen)) is not None:
        j, c = swallowed
        yield (
            f"component {j} is smaller than the variance floor in column {c}: of its variance "
            f"{fit.parameters.covariances[j, c, c]:.3g} the floor is {fit.floor[c]:.3g}. If so small a cluster is no "
            f"accident, fit with a smaller reg_covar."
        )


def _swallowed(fit, seen):
    """The first (component, column) whose variance is mostly the floor, though the column is no list of a few values
    that come again and again: there a component may well have no variance of its own."""
    own = np.diagonal(fit.parameters.covariances, axis1=1, axis2=2) - fit.floor
    for j, c in np.argwhere((own < fit.floor) & (own > 1e-3 * fit.floor)):
        if len(different(np.sort(seen[:, [c]].astype(np.float64).T))[0]) > len(seen) / 2:
            return int(j), int(c)
    return None


def stop_reason(fit: Fit, settings: GaussianMixture) -> str:
    """In words: which rule stopped the run, its last step, and the geometric series that its last two steps begin;
    those of an acceleration begin none."""
    steps = np.diff(fit.bounds[-3:])
    reason = f"max_iter: {settings.max_iter} iterations were done"
    if fit.converged:
        reason = f"tol: the last change was below {settings.tol:g}"
    if len(steps) == 2 and 0 < steps[1] < steps[0] and settings.acceleration is None:
        ratio = steps[1] / steps[0]
        reason += (
            f". The last change of the mean log-likelihood was {steps[1]:.1e}, {ratio:.3f} of the one before; "
            f"shrinking on like that it would still gain {steps[1] * ratio / (1 - ratio):.1e}, and probably more: "
            f"near an optimum the ratio only rises"
        )
    return reason
