"""The whole algorithm as an estimator with scikit-learn's conventions: E-step, M-step and driver, joined."""

import copy
import numbers
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from .e_step import normalize
from .engine import Engine
from .engine.sources import InMemory, as_source, is_source
from .floor import TOO_SMALL, column_scales, deviation_floor, different, is_relative, places, relative_floor
from .initialization import RULES, from_parameters, in_equal_units
from .m_step import m_step
from .mixture import log_joint
from .parameters import Parameters
from .restarts import run_many
from .sampling import sample
from .streaming import Stepwise
from .validation import (
    CollapsedComponentError,
    as_flag,
    as_floor,
    as_non_negative,
    as_points,
    as_positive_integer,
    shown,
)

QUIET = np.errstate(under="ignore")  # a share too small for a number is 0, whatever the caller has set
ROWS = 8192  # points per block where something is computed for every point
SAME = 1e-11  # relative: bounds that differ by less differ by rounding, which must not choose between runs
BEGINNING = ("n_components", "covariance_type", "init_params", "weights_init", "means_init", "precisions_init")


class Steps:
    """The E-step, the M-step and the objective of a mixture on given points, ready for :mod:`gmm_lib.em`.

    The driver asks for the objective of a state and then for its E-step; both come from the log-joint, which is kept
    from one call to the next, so that the densities are computed once per state.

    Parameters
    ----------
    X : ndarray, shape (n, m)
    reg_covar : float or ndarray, shape (m,)
        Variance floor, in squared units of the data.
    """

    def __init__(self, X, reg_covar=0.0):
        self.X = as_points(X)
        self.reg_covar = as_floor(reg_covar, self.X.shape[1])
        self._last = None

    def log_joint(self, parameters):
        if self._last is None or self._last[0] is not parameters:  # Parameters never change, so identity is enough
            self._last = parameters, log_joint(self.X, parameters)
        return self._last[1]

    def e_step(self, parameters):
        return normalize(self.log_joint(parameters))

    def m_step(self, responsibilities):
        return m_step(self.X, responsibilities, self.reg_covar)

    def objective(self, parameters):
        """The mean log-likelihood per point, scikit-learn's measure of progress."""
        with np.errstate(under="ignore"):
            return float(logsumexp(self.log_joint(parameters), axis=1).mean())


@dataclass(frozen=True)
class _Run:
    """One run of EM: its last parameters, the lower bound after each E-step, and whether the changes fell below tol."""

    parameters: Parameters
    halves: np.ndarray  # (k, m, m), lower triangular; the transpose times the half is the precision
    bounds: list
    converged: bool = False
    floor: np.ndarray | None = None  # (m,)
    raised: bool = False  # whether the floor is a larger one than was asked for
    before: float = -np.inf  # the bound that the run began with, if it continues another

    @property
    def bound(self):
        return self.bounds[-1] if self.bounds else self.before


class GaussianMixture(DensityMixin, BaseEstimator):
    """A Gaussian mixture fitted by EM, with scikit-learn's interface and, from the same start, its results.

    Parameters
    ----------
    n_components : int
        Number of components k.
    covariance_type : str
        ``"full"``: each component has its own covariance. (Of scikit-learn's other types none is supported yet.)
    tol : float
        Stop when the mean log-likelihood per point changes by less. 0 runs all the iterations.
    reg_covar : "relative", float, or array_like of shape (m,)
        Variance floor, added to the diagonal of each covariance. A number is in squared units of the data, as in
        scikit-learn, whose default is 1e-6. "relative" is a millionth of each column's own variance, from which values
        far from all the others are kept out (:mod:`gmm_lib.floor`), and the start is sought in columns of one scale: so
        the units of the columns do not matter. A warning tells if a component is smaller than that floor. Above zero
        the log-likelihood may fall a little; at zero a component may collapse.
    max_iter : int
        Most iterations of a run. 0 makes the (first) start itself the model, without a warning.
    n_init : int
        Number of runs from different starts; the one with the highest likelihood is kept. On small data they are run
        together, see :mod:`gmm_lib.restarts`.
    init_params : str
        The start, see :mod:`gmm_lib.initialization`.

        - ``"kmeans"``: k-means, then an M-step on its hard assignment.
        - ``"k-means++"``: means spread out by k-means++ seeding, uniform weights, pooled covariance.
        - ``"random"``: random responsibilities, normalised per row, then an M-step.
        - ``"random_from_data"``, ``"distinct_rows"``: means are different rows, uniform weights, pooled covariance.
        - ``"rows_with_replacement"``: the article's rule; the same row may be drawn twice.

        (scikit-learn starts ``"k-means++"`` and ``"random_from_data"`` from covariances of ``reg_covar`` alone, and
        from weights that do not sum to one.)
    weights_init : array_like, shape (k,), optional
    means_init : array_like, shape (k, m), optional
    precisions_init : array_like, shape (k, m, m), optional
        Parameters to start from; ``init_params`` supplies those not given.
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        Makes the start, and :meth:`sample`, reproducible.
    warm_start : bool
        Continue from the previous fit; ``n_init`` is then ignored.
    verbose : int
        1 prints each run and every ``verbose_interval``-th iteration, 2 adds time and the smallest component.
    verbose_interval : int
    on_collapse : str
        What becomes of a run in which a component collapses.

        - ``"raise"``: it is discarded, a warning says how many were, and if all were, the error names the component.
          (Under the relative floor that takes values many million times too far out; it is then run as by "floor", and
          a warning says so.)
        - ``"restart"``: another start takes its place, up to ten times per run.
        - ``"floor"``: it is run once more from the same start, with at least the relative floor; if that does not help
          either, with at least a millionth of each column's variance, far values and all.

    Attributes
    ----------
    weights_ : ndarray, shape (k,)
    means_ : ndarray, shape (k, m)
    covariances_, precisions_, precisions_cholesky_ : ndarray, shape (k, m, m)
        Covariances, their inverses, and upper triangular P with precision P P^T.
    converged_ : bool
        Whether the best run stopped because of ``tol``.
    n_iter_ : int
        Iterations of the best run.
    lower_bound_, lower_bounds_ : float, list of float
        The lower bound per point after the last E-step, and after each: the mean log-likelihood of the parameters
        that the E-step was given, one M-step before the final ones.
    stop_reason_ : str
        Why the best run stopped, with the size of its last step and what, at that rate, was still to come.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only if X has column names.

    References
    ----------
    Dempster, Laird and Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm.
    """

    def __init__(
        self,
        n_components=1,
        *,
        covariance_type="full",
        tol=1e-3,
        reg_covar="relative",
        max_iter=100,
        n_init=1,
        init_params="kmeans",
        weights_init=None,
        means_init=None,
        precisions_init=None,
        random_state=None,
        warm_start=False,
        verbose=0,
        verbose_interval=10,
        on_collapse="raise",
    ):
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.on_collapse = on_collapse

    @QUIET
    def fit(self, X, y=None, sample_weight=None):
        """Estimate the parameters from points X of shape (n, m); y is ignored. Returns the estimator.

        X may also be a source of more points than memory holds, from :mod:`gmm_lib.engine.sources`, or a Dask array.

        With sample weights of shape (n,) a point of weight 2 counts as the same row twice. (Starts other than the two
        k-means rules draw rows, and draw differently from repeated rows. Every rule looks at a random sample only, if
        there are more than 10,000 points and more than 20 for each component and dimension.)

        A fit that fails, or is interrupted, leaves the estimator as it was.

        Raises
        ------
        ValueError
            If X or an argument of the constructor is not valid.
        CollapsedComponentError
            If a component collapses in every run.
        """
        with _all_or_nothing(self):
            self._check_arguments()
            source = self._source(X, sample_weight)
            with source.open():
                engine = Engine(source)
                self._enough_rows(engine.data.rows, "X")
                floors, seen = self._floors(engine)
                engine.set_floor(floors[0]())
                if self.warm_start and hasattr(self, "converged_"):
                    best = self._continue(engine, floors)
                else:
                    best = self._best_of_restarts(engine, floors)
            if is_source(X):
                self._name_features(source, engine.coordinates.m)
            self._keep(best)
            self._began(engine.data.rows, best.floor if is_relative(self.reg_covar) else None)
            for message in _notes(best, seen, self.on_collapse):
                warnings.warn(message, RuntimeWarning, stacklevel=3)
            if not best.converged and self.tol > 0 and self.max_iter > 0:
                warnings.warn(
                    f"EM did not converge in max_iter = {self.max_iter} iterations: the last one still changed the mean "
                    f"log-likelihood by tol = {self.tol:g} or more. Allow more iterations, or a larger tol.",
                    ConvergenceWarning,
                    stacklevel=3,
                )
        return self

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit, and return the component of each point, shape (n,); errors as :meth:`fit`."""
        return self.fit(X, sample_weight=sample_weight).predict(X)

    @QUIET
    def partial_fit(self, X, y=None):
        """Learn from one block of a stream by stepwise EM, see :class:`gmm_lib.streaming.Stepwise`. Returns the
        estimator.

        The first block makes the start, by the rule of ``init_params``, and the coordinates; let it be a fair sample of
        at least ten points per component and dimension. Blocks of some hundred points each follow in random order.

        After :meth:`fit` the stream goes on from the fitted parameters, and the points of the fit, though not kept,
        count as blocks learnt before: those of a fit to 9,000 weigh against a block of 1,000 as nine blocks would.
        Parameters given to :meth:`from_parameters` count as much as the first block. Another :meth:`fit` forgets the
        stream.

        A block that cannot be learnt from is refused whole: the estimator is as before it, and the stream goes on from
        there. Between two blocks ``reg_covar`` may change; "relative" is relative to what was fitted, or else to the
        first block that is learnt under it. What only a beginning can obey (``n_components``, ``covariance_type``,
        ``init_params``, ``weights_init``, ``means_init``, ``precisions_init``) may not. ``n_init``, ``tol``,
        ``max_iter`` and ``warm_start`` have no say in a stream.

        Raises
        ------
        ValueError
            If X or an argument of the constructor is not valid, or one has changed that may not.
        CollapsedComponentError
            If the block makes a component collapse.
        """
        with _all_or_nothing(self):
            self._check_arguments()
            begun = hasattr(self, "weights_")
            X = self._points(X, reset=not begun, dtype=(np.float64, np.float32))
            if is_relative(self.reg_covar):
                if getattr(self, "_relative_floor", None) is None:
                    self._relative_floor = relative_floor(X)
                floor = self._relative_floor
            else:
                floor = as_floor(self.reg_covar, X.shape[1])
            stream = self._stream_so_far() if begun else self._new_stream(X, floor)
            stream.set_floor(floor)
            stream.learn(X)
            self._keep(_Run(stream.parameters, stream.halves, list(stream.bounds)))
            self.stop_reason_ = f"the stream paused after {stream.points} points in {len(stream.bounds)} blocks"
            if not begun:
                self._began(None, self._relative_floor if is_relative(self.reg_covar) else None)
            self._stream = stream
        return self

    @classmethod
    def from_parameters(cls, weights, means, covariances, **arguments):
        """A fitted estimator from given parameters of shapes (k,), (k, m) and (k, m, m), without fitting.

        ``arguments`` go to the constructor. What only a fit can tell (``converged_``, ``n_iter_``, the bounds) is
        missing.

        Raises
        ------
        ValueError
            As :class:`~gmm_lib.parameters.Parameters`.
        """
        parameters = Parameters(weights, means, covariances)
        estimator = cls(parameters.k, **arguments)
        estimator.n_features_in_ = parameters.m
        estimator._keep_parameters(parameters, np.linalg.inv(parameters.factors))
        estimator._began(None, None)
        return estimator

    @QUIET
    def predict(self, X):
        """The most probable component of each row of X, shape (n,).

        Raises
        ------
        ValueError
            If X is not valid, or a row lies so far out that no component is any more probable than another.
        """
        return self._by_blocks(lambda log_joint: log_joint.argmax(axis=1), X, refuse_far=True)

    @QUIET
    def predict_proba(self, X):
        """The posterior (9), the probability of each component for each row of X: shape (n, k). Errors as
        :meth:`predict`."""
        return self._by_blocks(normalize, X, refuse_far=True)

    @QUIET
    def score_samples(self, X):
        """The log-density (1) at each row of X, shape (n,)."""
        return self._by_blocks(lambda log_joint: logsumexp(log_joint, axis=1), X)

    def score(self, X, y=None):
        """The mean log-likelihood per point of X; y is ignored."""
        return float(self.score_samples(X).mean())

    @QUIET
    def sample(self, n_samples=1):
        """Draw points from the fitted mixture: (3), then (4). Returns X of shape (n_samples, m) and components."""
        check_is_fitted(self)
        n_samples = as_positive_integer(n_samples, "n_samples")
        return sample(n_samples, self.parameters_, _random_numbers(self.random_state))

    def aic(self, X):
        """Akaike's information criterion on X: the lower, the better."""
        return -2 * float(self.score_samples(X).sum()) + 2 * self.parameters_.n_free

    def bic(self, X):
        """The Bayesian information criterion on X: the lower, the better."""
        log_densities = self.score_samples(X)
        return -2 * float(log_densities.sum()) + self.parameters_.n_free * float(np.log(len(log_densities)))

    @property
    def parameters_(self):
        """The fitted parameters as one :class:`~gmm_lib.parameters.Parameters`."""
        check_is_fitted(self)
        return Parameters(self.weights_, self.means_, self.covariances_)

    # -- points in

    def _source(self, X, sample_weight):
        if is_source(X):
            return as_source(X, sample_weight)
        X = self._points(X, reset=True, dtype=(np.float64, np.float32), ensure_min_samples=2)
        if sample_weight is not None:
            _refuse_masked(sample_weight, "sample_weight")
            with _as_scikit_learn_says("sample_weight", "finite and not negative, one per row, with a positive sum"):
                _refuse_text(sample_weight)
                sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
            if (some := sample_weight > 0).sum() < len(X):
                X, sample_weight = X[some], sample_weight[some]
        return InMemory(X, sample_weight)

    def _points(self, X, **options):
        """X as scikit-learn has it checked, except for what is missing, masked or infinite: that is said in our words."""
        _refuse_masked(X, "X")
        with _as_scikit_learn_says("X", "a table of real numbers, one row per point"):
            given, X = X, validate_data(self, X, ensure_all_finite=False, **options)
            _refuse_text(given)
        _refuse_not_finite(X)
        return X

    def _name_features(self, source, m):
        """What ``validate_data`` does for arrays."""
        self.n_features_in_, names = m, source.feature_names
        if names is not None and all(isinstance(name, str) for name in names):
            self.feature_names_in_ = np.array(names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _enough_rows(self, n, name):
        if n < self.n_components:
            raise ValueError(f"{name} must have at least n_components = {self.n_components} rows; got n_samples = {n}.")

    def _by_blocks(self, function, X, refuse_far=False):
        """A function of the log-joint, some thousand rows at a time: what it needs in between does not grow with n."""
        check_is_fitted(self)
        X, parameters = self._points(X, reset=False, dtype=np.float64, order="C"), self.parameters_
        found = []
        for first in range(0, len(X), ROWS):
            block = log_joint(X[first : first + ROWS], parameters)
            if refuse_far and not np.isfinite(top := block.max(axis=1)).all():
                row = first + int(np.flatnonzero(~np.isfinite(top))[0])
                column = int(np.abs(X[row]).argmax())
                raise ValueError(
                    f"X must lie where some component has a density; X[{row}, {column}] = {X[row, column]:g} is so far "
                    f"out that row {row} has density 0, even as a logarithm, under all of them."
                )
            found.append(function(block))
        return np.concatenate(found)

    # -- one run, or the best of several

    def _floors(self, engine):
        """The floors to try in turn while a component collapses, each a function that returns an array (m,), and the
        points that the relative one has seen, or None."""
        relative = is_relative(self.reg_covar)
        asked = None if relative else as_floor(self.reg_covar, engine.coordinates.m) * np.ones(engine.coordinates.m)
        if not relative and self.on_collapse != "floor":
            return [lambda: asked], None
        seen = engine.source.take(places(engine.data.rows))
        deviations = np.sqrt(engine.data.variances)
        least = relative_floor(seen, deviations)
        if relative and self.on_collapse == "restart":
            return [lambda: least], seen
        if relative:
            return [lambda: least, lambda: deviation_floor(seen, deviations)], seen
        larger = lambda: np.maximum(asked, least), lambda: np.maximum(asked, deviation_floor(seen, deviations))
        return [lambda: asked, *larger], None

    def _run(self, engine, start, progress, bound=-np.inf, raised=False):
        """EM from one start. As in scikit-learn a run stops after the M-step that follows two E-steps whose bounds
        differ by less than tol; the driver's own rule, which also looks at the last M-step, would stop one iteration
        sooner."""
        run = engine.run(
            engine.state(start), tol=self.tol, max_iter=self.max_iter, previous=bound, on_iteration=progress.iteration
        )
        floor = engine.floor_in_units_of_the_data
        run = _Run(engine.parameters(run.state), engine.halves(run.state), run.bounds, run.converged, floor, raised, bound)
        progress.end(run)
        return run

    def _best_of_restarts(self, engine, floors):
        rng, start = _random_numbers(self.random_state), _Start(self, engine)
        n_init = self.n_init if self.max_iter > 0 else 1
        plain = isinstance(engine.source, InMemory) and engine.source.sample_weight is None
        if n_init > 1 and plain and engine.data.rows * self.n_components <= 5000:
            before = rng.get_state(legacy=False)
            best = self._best_of_runs_together(engine, start, rng)
            if best is not None:
                return best
            rng.set_state(before)
        progress = _Progress(self.verbose, self.verbose_interval)
        runs, collapses, wanted = [], [], n_init
        while len(runs) < wanted and len(runs) + len(collapses) < 11 * n_init:
            progress.begin(len(runs) + len(collapses) + 1, n_init)
            try:
                runs.append(self._run_or_floored(engine, floors, start, rng, progress))
            except CollapsedComponentError as error:
                collapses.append(error)
                progress.collapsed(error)
                wanted -= self.on_collapse != "restart"
        if not runs:
            raise collapses[-1]
        if collapses:
            number = len(collapses)
            what = f"{number} of n_init = {n_init} runs were discarded"
            if self.on_collapse == "restart":
                what = f"{number} runs were replaced" if number > 1 else "1 run was replaced"
            warnings.warn(
                f"{what}: a component collapsed. A larger reg_covar (now {shown(self.reg_covar)}) or fewer "
                f"components avoid that.",
                RuntimeWarning,
                stacklevel=4,
            )
        return runs[_first_of_the_best([run.bound for run in runs])]

    def _run_or_floored(self, engine, floors, start, rng, progress):
        before = rng.get_state(legacy=False) if len(floors) > 1 else None
        for number, floor in enumerate(floors):
            if engine.floor_in_units_of_the_data is not floor():
                engine.set_floor(floor())
            if number > 0:
                rng.set_state(before)  # the same start
            relative = number > 0 or is_relative(self.reg_covar)
            try:
                return self._run(engine, start(rng, relative), progress, raised=number > 0)
            except CollapsedComponentError as error:
                if number == len(floors) - 1:
                    raise
                progress.collapsed(error)

    def _best_of_runs_together(self, engine, start, rng):
        """All runs in one array pass, then the best once more for its history. None if a component collapses: which run
        is then to be discarded, replaced or floored is decided one by one.

        To print what they do, all are run once more; the choice is made before, so that it does not depend on that."""
        try:
            starts = [start(rng, is_relative(self.reg_covar)) for _ in range(self.n_init)]
        except CollapsedComponentError:
            return None
        X, floor = engine.source.X, engine.floor_in_units_of_the_data
        runs = run_many(X, starts, floor, tol=self.tol * len(X), max_iter=self.max_iter, last_m_step=True)
        if runs.collapsed.any():
            return None
        best = _first_of_the_best(runs.log_likelihood / len(X))
        progress = _Progress(self.verbose, self.verbose_interval)
        for number, first in enumerate(starts):
            if self.verbose or number == best:
                progress.begin(number + 1, self.n_init)
                run = self._run(engine, first, progress)
                kept = run if number == best else kept if number > best else None
        return kept

    def _continue(self, engine, floors):
        k, m = self.means_.shape
        if k != self.n_components:
            raise ValueError(f"warm_start continues a fit of {k} components; n_components is {self.n_components}.")
        if m != engine.coordinates.m:
            raise ValueError(f"warm_start continues a fit to {m} columns; X has {engine.coordinates.m}.")
        progress = _Progress(self.verbose, self.verbose_interval)
        progress.begin(1, 1)
        for number, floor in enumerate(floors):
            engine.set_floor(floor())
            try:
                return self._run(engine, self.parameters_, progress, self.lower_bound_, raised=number > 0)
            except CollapsedComponentError as error:
                if number == len(floors) - 1:
                    raise
                progress.collapsed(error)

    # -- streams

    def _new_stream(self, X, floor):
        self._enough_rows(len(X), "the first block")
        engine = Engine(InMemory(X), reg_covar=floor)
        start = _Start(self, engine)
        return Stepwise(engine, start(_random_numbers(self.random_state), is_relative(self.reg_covar)))

    def _stream_so_far(self):
        """The stream, or after a fit a new one: a copy, so that nothing has happened if it refuses the next block."""
        for name, began in self._beginning.items():
            if not np.array_equal(began, getattr(self, name)):
                raise ValueError(
                    f"{name} cannot change between two blocks: the stream began with {shown(began)}; got "
                    f"{shown(getattr(self, name))}. Begin a new one: fit, or clone the estimator."
                )
        if self._stream is None:
            # With exponent 1 every point would have the same say, those of the fit as well; see Stepwise.
            return Stepwise(None, self.parameters_, seen=self._points_fitted)
        stream = copy.copy(self._stream)  # `learn` puts new arrays in the place of the old
        stream.bounds = list(stream.bounds)
        return stream

    def _began(self, points, relative_floor):
        """What a later `partial_fit` has to know: for how many points the parameters stand, how they began, and what a
        relative floor is relative to."""
        self._stream, self._points_fitted, self._relative_floor = None, points, relative_floor
        self._beginning = {name: getattr(self, name) for name in BEGINNING}

    # -- results out

    def _keep(self, run):
        self._keep_parameters(run.parameters, run.halves)
        self.converged_ = run.converged
        self.n_iter_ = len(run.bounds)
        self.lower_bound_ = run.bound
        self.lower_bounds_ = run.bounds
        self.stop_reason_ = _stop_reason(run, self.tol, self.max_iter)

    def _keep_parameters(self, parameters, halves):
        self.weights_ = parameters.weights.copy()
        self.means_ = parameters.means.copy()
        self.covariances_ = parameters.covariances.copy()
        self.precisions_cholesky_ = halves.transpose(0, 2, 1).copy()
        self.precisions_ = self.precisions_cholesky_ @ halves

    def _check_arguments(self):
        for name in ("n_components", "n_init", "verbose_interval"):
            as_positive_integer(getattr(self, name), name)
        max_iter = self.max_iter
        if isinstance(max_iter, bool) or not isinstance(max_iter, numbers.Integral) or max_iter < 0:
            raise ValueError(f"max_iter must be a whole number, zero or more; got {shown(max_iter)}.")
        as_non_negative(self.tol, "tol")
        is_relative(self.reg_covar)
        if self.on_collapse not in ("raise", "restart", "floor"):
            raise ValueError(f"on_collapse must be 'raise', 'restart' or 'floor'; got {shown(self.on_collapse)}.")
        as_non_negative(int(self.verbose) if isinstance(self.verbose, bool) else self.verbose, "verbose")
        as_flag(self.warm_start, "warm_start")
        if self.covariance_type in ("tied", "diag", "spherical"):
            raise ValueError(f"covariance_type {self.covariance_type!r} is not yet supported; 'full' is.")
        if self.covariance_type != "full":
            raise ValueError(f"covariance_type must be 'full'; got {shown(self.covariance_type)}.")
        if not isinstance(self.init_params, str) or self.init_params not in RULES:
            raise ValueError(f"init_params must be one of {', '.join(RULES)}; got {shown(self.init_params)}.")


class _Start:
    """What makes the starts of a fit, one like the other: the rule, and the points that it sees."""

    def __init__(self, estimator, engine):
        self.k, self.rule, self.reg_covar = estimator.n_components, RULES[estimator.init_params], estimator.reg_covar
        self.given = dict(
            weights=estimator.weights_init, means=estimator.means_init, precisions=estimator.precisions_init
        )
        drawn = any(value is None for value in self.given.values())
        self.once = drawn and estimator.init_params in ("kmeans", "k-means++")
        self.engine, self.rows = engine, max(10_000, 20 * self.k * (engine.coordinates.m + 1))
        self.kept = None

    def __call__(self, rng, relative):
        """Parameters drawn with a :class:`numpy.random.RandomState`, for the relative floor or the one given."""
        X, scale = self.kept or self._points(rng)
        if relative:
            rule, floor = in_equal_units(self.rule, scale), "relative"
        else:
            rule, floor = self.rule, self.reg_covar
        return from_parameters(X, self.k, rng, floor, **self.given, otherwise=rule)

    def _points(self, rng):
        X = np.array(self.engine.sample(self.rows, rng), dtype=np.float64, order="C")  # no layout shows in a last digit
        if self.once:
            # Each different point once, in order of its values: so the start knows neither the order of the rows nor
            # whether a point is repeated or weighted.
            X = np.unique(X, axis=0)
            if len(X) < self.k:
                raise ValueError(
                    f"X must have at least n_components = {self.k} different rows, one per component; it has {len(X)}."
                )
        points = X, column_scales(X)
        if self.engine.data.rows <= self.rows:  # all there are: no other start will see others
            self.kept = points
        return points


@contextmanager
def _all_or_nothing(estimator):
    """If what follows fails, or is interrupted, the estimator has every attribute that it had, and no other."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


class _Progress:
    """What a fit prints about itself: nothing, a line now and then, or more."""

    def __init__(self, verbose, interval):
        self.verbose = verbose
        self.interval = interval
        self.started = perf_counter()

    def begin(self, number, total):
        if self.verbose:
            print(f"Initialization {number} of {total}")

    def iteration(self, number, bound, change, state):
        if self.verbose and number % self.interval == 0:
            line = f"  Iteration {number}: lower bound {bound:.6f}, change {change:.2e}"
            if self.verbose >= 2:
                smallest = int(state.weights.argmin())
                seconds = perf_counter() - self.started
                line += f", smallest weight {state.weights[smallest]:.4f} (component {smallest}), {seconds:.2f} s"
            print(line)

    def collapsed(self, error):
        if self.verbose:
            print(f"Initialization discarded: component {error.component} collapsed.")

    def end(self, run):
        if self.verbose:
            how = "converged" if run.converged else "did not converge"
            print(f"Initialization {how} after {len(run.bounds)} iterations, lower bound {run.bound:.6f}.")


def _first_of_the_best(bounds):
    """Index of the highest bound; of those that only rounding tells apart, the first."""
    bounds = np.asarray(bounds)
    highest = bounds.max()
    return int(np.argmax(bounds >= highest - SAME * max(1, abs(highest)))) if np.isfinite(highest) else 0


def _notes(run, seen, on_collapse):
    """What a warning should say about the floor of a run."""
    if run.raised and on_collapse != "floor":
        yield TOO_SMALL
    elif seen is not None:
        swallowed = _swallowed(run, seen)
        if swallowed is not None:
            j, c = swallowed
            yield (
                f"component {j} is smaller than the variance floor in column {c}: of its variance "
                f"{run.parameters.covariances[j, c, c]:.3g} the floor is {run.floor[c]:.3g}. If so small a cluster is no "
                f"accident, fit with a smaller reg_covar."
            )


def _swallowed(run, seen):
    """The first (component, column) whose variance is mostly the floor, though the column is no list of a few values
    that come again and again: there a component may well have no variance of its own."""
    own = np.diagonal(run.parameters.covariances, axis1=1, axis2=2) - run.floor
    for j, c in np.argwhere((own < run.floor) & (own > 1e-3 * run.floor)):
        if len(different(np.sort(seen[:, [c]].astype(np.float64).T))[0]) > len(seen) / 2:
            return int(j), int(c)


def _random_numbers(random_state):
    """A :class:`numpy.random.RandomState`; of a Generator, one that begins with a number drawn from it."""
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


@contextmanager
def _as_scikit_learn_says(name, allowed):
    """What scikit-learn's checks say does not always name the argument; their words and types are part of its
    conventions, so both are kept."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name} must be {allowed}; {error}") from None


def _refuse_text(array):
    """Text that looks like a number would be made one in silence."""
    array = np.asarray(array)
    if array.dtype.kind in "SU" or array.dtype.kind == "O" and any(isinstance(one, (str, bytes)) for one in array.flat):
        raise ValueError(f"got text: {shown(array)}.")


def _refuse_masked(array, name):
    parts = array if isinstance(array, (list, tuple)) else [array]
    if any(map(np.ma.is_masked, parts)):
        raise ValueError(f"{name} must have no masked entries; got {sum(int(np.ma.count_masked(one)) for one in parts)}.")


def _refuse_not_finite(X):
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(X.sum(dtype=np.float64)):  # needs no memory
            return
    wrong = np.argwhere(~np.isfinite(X))
    if len(wrong):
        row, column = wrong[0]
        what = "infinity"
        if np.isnan(X[row, column]):
            what = "NaN: missing values are not fitted; leave such rows out, or fill them in before"
        raise ValueError(f"X must be finite; X[{row}, {column}] is {what}.")


def _stop_reason(run, tol, max_iter):
    """In words: which rule stopped the run, its last step, and the geometric series that its last two steps begin."""
    steps = np.diff(run.bounds[-3:])
    why = f"tol: the last change was below {tol:g}", f"max_iter: {max_iter} iterations were done"
    reason = why[0] if run.converged else why[1]
    if len(steps) == 2 and 0 < steps[1] < steps[0]:
        ratio = steps[1] / steps[0]
        reason += (
            f". The last change of the mean log-likelihood was {steps[1]:.1e}, {ratio:.3f} of the one before; shrinking "
            f"on like that it would still gain {steps[1] * ratio / (1 - ratio):.1e}, and probably more: near an optimum "
            f"the ratio only rises"
        )
    return reason
