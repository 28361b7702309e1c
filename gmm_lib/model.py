"""The whole algorithm as an estimator with scikit-learn's conventions: E-step, M-step and driver, joined."""

import warnings
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
from .initialization import RULES, from_parameters
from .m_step import m_step
from .mixture import log_density, log_joint
from .parameters import Parameters
from .posterior import posterior
from .restarts import run_many
from .sampling import sample
from .streaming import Stepwise
from .validation import CollapsedComponentError, as_non_negative, as_positive_integer


class Steps:
    """The E-step, the M-step and the objective of a mixture on given points, ready for :mod:`gmm_lib.em`.

    The driver asks for the objective of a state and then for its E-step; both come from the log-joint, which is kept
    from one call to the next, so that the densities are computed once per state.

    Parameters
    ----------
    X : ndarray, shape (n, m)
    reg_covar : float
        Variance floor, in squared units of the data.
    """

    def __init__(self, X, reg_covar=0.0):
        self.X = X
        self.reg_covar = reg_covar
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
        return float(logsumexp(self.log_joint(parameters), axis=1).mean())


@dataclass(frozen=True)
class _Run:
    """One run of EM: its last parameters, the lower bound after each E-step, and whether the changes fell below tol."""

    parameters: Parameters
    halves: np.ndarray  # (k, m, m), lower triangular; the transpose times the half is the precision
    bounds: list
    converged: bool


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
    reg_covar : float or "relative"
        Variance floor, added to the diagonal of each covariance. A number is in squared units of the data, as in
        scikit-learn, whose default is 1e-6. "relative" is a millionth of each column's own variance, and the start is
        sought in columns of variance one: so the units of the columns do not matter. Above zero the log-likelihood may
        fall a little; at zero a component may collapse.
    max_iter : int
        Most iterations of a run.
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
    random_state : int, numpy.random.RandomState or None
        Makes the start, and :meth:`sample`, reproducible.
    warm_start : bool
        Continue from the previous fit; ``n_init`` is then ignored.
    verbose : int
        1 prints each run and every ``verbose_interval``-th iteration, 2 adds time and the smallest component.
    verbose_interval : int
    on_collapse : str
        What becomes of a run in which a component collapses.

        - ``"raise"``: it is discarded, a warning says how many were, and if all were, the error names the component.
        - ``"restart"``: another start takes its place, up to ten times per run.
        - ``"floor"``: it is run once more from the same start, with at least the relative floor.

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

    def fit(self, X, y=None, sample_weight=None):
        """Estimate the parameters from points X of shape (n, m); y is ignored. Returns the estimator.

        X may also be a source of more points than memory holds, from :mod:`gmm_lib.engine.sources`, or a Dask array.

        With sample weights of shape (n,) a point of weight 2 counts as the same row twice. (Starts other than the two
        k-means rules draw rows, and draw differently from repeated rows. Every rule looks at a random sample only, if
        there are more than 10,000 points and more than 20 for each component and dimension.)

        Raises
        ------
        ValueError
            If X or an argument of the constructor is not valid.
        CollapsedComponentError
            If a component collapses in every run.
        """
        self._check_arguments()
        source = self._source(X, sample_weight)
        with source.open():
            engine = self._engine(source)
            self._enough_rows(engine, "X")
            if self.warm_start and hasattr(self, "converged_"):
                best = self._continue(engine)
            else:
                best = self._best_of_restarts(engine)
        self.n_features_in_ = engine.coordinates.m
        self._keep(best)
        if not best.converged and self.tol > 0:
            warnings.warn(
                f"EM did not converge in max_iter = {self.max_iter} iterations: the last one still changed the mean "
                f"log-likelihood by tol = {self.tol:g} or more. Allow more iterations, or a larger tol.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit, and return the component of each point, shape (n,); errors as :meth:`fit`."""
        return self.fit(X, sample_weight=sample_weight).predict(X)

    def partial_fit(self, X, y=None):
        """Learn from one block of a stream by stepwise EM, see :class:`gmm_lib.streaming.Stepwise`. Returns the
        estimator.

        The first block makes the start, by the rule of ``init_params``, and the coordinates; let it be a fair sample of
        at least ten points per component and dimension. Blocks of some hundred points each follow in random order.
        """
        self._check_arguments()
        first = not hasattr(self, "_stream")
        X = validate_data(self, X, dtype=(np.float64, np.float32), reset=first)
        if first:
            engine = self._stream_engine = self._engine(InMemory(X))
            self._enough_rows(engine, "the first block")
            self._stream = Stepwise(engine, self._start(engine, check_random_state(self.random_state)))
        state, engine, bounds = self._stream.learn(X), self._stream_engine, self._stream.bounds
        self._keep(_Run(engine.parameters(state), engine.halves(state), bounds, False))
        self.stop_reason_ = f"the stream paused after {self._stream.points} points in {len(bounds)} blocks"
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
        return estimator

    def predict(self, X):
        """The most probable component of each row of X, shape (n,)."""
        parameters = self.parameters_
        return _by_blocks(lambda block: log_joint(block, parameters).argmax(axis=1), self._check_points(X))

    def predict_proba(self, X):
        """The posterior (9), the probability of each component for each row of X: shape (n, k)."""
        parameters = self.parameters_
        return _by_blocks(lambda block: posterior(block, parameters), self._check_points(X))

    def score_samples(self, X):
        """The log-density (1) at each row of X, shape (n,)."""
        parameters = self.parameters_
        return _by_blocks(lambda block: log_density(block, parameters), self._check_points(X))

    def score(self, X, y=None):
        """The mean log-likelihood per point of X; y is ignored."""
        return float(self.score_samples(X).mean())

    def sample(self, n_samples=1):
        """Draw points from the fitted mixture: (3), then (4). Returns X of shape (n_samples, m) and components."""
        check_is_fitted(self)
        n_samples = as_positive_integer(n_samples, "n_samples")
        return sample(n_samples, self.parameters_, check_random_state(self.random_state))

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

    def _source(self, X, sample_weight):
        if is_source(X):
            return as_source(X, sample_weight)
        X = validate_data(self, X, dtype=(np.float64, np.float32), ensure_min_samples=2)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
            if (some := sample_weight > 0).sum() < len(X):
                X, sample_weight = X[some], sample_weight[some]
        return InMemory(X, sample_weight)

    def _enough_rows(self, engine, name):
        n = engine.data.rows
        if n < self.n_components:
            raise ValueError(f"{name} must have at least n_components = {self.n_components} rows; got n_samples = {n}.")

    def _engine(self, source, at_least_relative=False):
        """The engine on these points, with the variance floor that ``reg_covar`` asks for."""
        engine = Engine(source)
        variances = engine.data.variances
        relative = 1e-6 * np.where(variances > 0, variances, 1)  # a constant column has no scale
        floor = relative if self.reg_covar == "relative" else np.full(len(variances), float(self.reg_covar))
        engine.set_floor(np.maximum(floor, relative) if at_least_relative else floor)
        return engine

    def _run(self, engine, start, progress, bound=-np.inf):
        """EM from one start. As in scikit-learn a run stops after the M-step that follows two E-steps whose bounds
        differ by less than tol; the driver's own rule, which also looks at the last M-step, would stop one iteration
        sooner."""
        run = engine.run(
            engine.state(start), tol=self.tol, max_iter=self.max_iter, previous=bound, on_iteration=progress.iteration
        )
        run = _Run(engine.parameters(run.state), engine.halves(run.state), run.bounds, run.converged)
        progress.end(run)
        return run

    def _best_of_restarts(self, engine):
        rng = check_random_state(self.random_state)
        plain = isinstance(engine.source, InMemory) and engine.source.sample_weight is None
        small = engine.data.rows * self.n_components <= 5000
        if self.n_init > 1 and plain and small and not self.verbose:
            before = rng.get_state()
            best = self._best_of_runs_together(engine, rng)
            if best is not None:
                return best
            rng.set_state(before)
        progress = _Progress(self.verbose, self.verbose_interval)
        runs, collapses, wanted = [], [], self.n_init
        while len(runs) < wanted and len(runs) + len(collapses) < 11 * self.n_init:
            progress.begin(len(runs) + len(collapses) + 1, self.n_init)
            try:
                runs.append(self._run_or_floored(engine, rng, progress))
            except CollapsedComponentError as error:
                collapses.append(error)
                progress.collapsed(error)
                wanted -= self.on_collapse != "restart"
        if not runs:
            raise collapses[-1]
        if collapses:
            replaced = self.on_collapse == "restart"
            what = "were replaced" if replaced else f"of n_init = {self.n_init} runs were discarded"
            warnings.warn(
                f"{len(collapses)} {what}: a component collapsed. A larger "
                f"reg_covar (now {self.reg_covar}) or fewer components avoid that.",
                RuntimeWarning,
                stacklevel=3,
            )
        return max(runs, key=lambda run: run.bounds[-1])

    def _run_or_floored(self, engine, rng, progress):
        before = rng.get_state()
        try:
            return self._run(engine, self._start(engine, rng), progress)
        except CollapsedComponentError as error:
            if self.on_collapse != "floor":
                raise
            progress.collapsed(error)
        rng.set_state(before)  # the same start
        floored = self._engine(engine.source, at_least_relative=True)
        return self._run(floored, self._start(floored, rng, relative=True), progress)

    def _best_of_runs_together(self, engine, rng):
        """All runs in one array pass, then the best once more for its history. None if a component collapses: which run
        is then to be discarded, replaced or floored is decided one by one."""
        try:
            starts = [self._start(engine, rng) for _ in range(self.n_init)]
        except CollapsedComponentError:
            return None
        X, floor = engine.source.X, engine.floor_in_units_of_the_data
        runs = run_many(X, starts, floor, tol=self.tol * len(X), max_iter=self.max_iter, last_m_step=True)
        if runs.collapsed.any():
            return None
        return self._run(engine, starts[runs.best], _Progress(0, 1))

    def _continue(self, engine):
        if self.parameters_.k != self.n_components:
            raise ValueError(
                f"warm_start continues a fit of {self.parameters_.k} components; n_components is {self.n_components}."
            )
        progress = _Progress(self.verbose, self.verbose_interval)
        progress.begin(1, 1)
        return self._run(engine, self.parameters_, progress, self.lower_bound_)

    def _start(self, engine, rng, relative=False):
        rule = RULES[self.init_params]
        X = engine.sample(max(10_000, 20 * self.n_components * (engine.coordinates.m + 1)), rng)
        if self.init_params in ("kmeans", "k-means++"):
            # Each different point once, in order of its values: so the start knows neither the order of the rows nor
            # whether a point is repeated or weighted.
            X = np.unique(X, axis=0)
        relative = relative or self.reg_covar == "relative"
        return from_parameters(
            X,
            self.n_components,
            rng,
            0.0 if relative else self.reg_covar,
            weights=self.weights_init,
            means=self.means_init,
            precisions=self.precisions_init,
            otherwise=_in_equal_units(rule) if relative else rule,
        )

    def _keep(self, run):
        self._keep_parameters(run.parameters, run.halves)
        self.converged_ = run.converged
        self.n_iter_ = len(run.bounds)
        self.lower_bound_ = run.bounds[-1]
        self.lower_bounds_ = run.bounds
        self.stop_reason_ = _stop_reason(run, self.tol, self.max_iter)

    def _keep_parameters(self, parameters, halves):
        self.weights_ = parameters.weights.copy()
        self.means_ = parameters.means.copy()
        self.covariances_ = parameters.covariances.copy()
        self.precisions_cholesky_ = halves.transpose(0, 2, 1).copy()
        self.precisions_ = self.precisions_cholesky_ @ halves


    def _check_points(self, X):
        check_is_fitted(self)
        return validate_data(self, X, dtype=np.float64, reset=False)

    def _check_arguments(self):
        for name in ("n_components", "max_iter", "n_init", "verbose_interval"):
            as_positive_integer(getattr(self, name), name)
        as_non_negative(self.tol, "tol")
        if isinstance(self.reg_covar, str) and self.reg_covar == "relative":
            pass
        elif isinstance(self.reg_covar, str):
            raise ValueError(f"reg_covar must be 'relative' or a number, zero or more; got {self.reg_covar!r}.")
        else:
            as_non_negative(self.reg_covar, "reg_covar")
        if self.on_collapse not in ("raise", "restart", "floor"):
            raise ValueError(f"on_collapse must be 'raise', 'restart' or 'floor'; got {self.on_collapse!r}.")
        as_non_negative(int(self.verbose) if isinstance(self.verbose, bool) else self.verbose, "verbose")
        if not isinstance(self.warm_start, (bool, np.bool_)):
            raise ValueError(f"warm_start must be True or False; got {self.warm_start!r}.")
        if self.covariance_type in ("tied", "diag", "spherical"):
            raise ValueError(f"covariance_type {self.covariance_type!r} is not yet supported; 'full' is.")
        if self.covariance_type != "full":
            raise ValueError(f"covariance_type must be 'full'; got {self.covariance_type!r}.")
        if not isinstance(self.init_params, str) or self.init_params not in RULES:
            raise ValueError(f"init_params must be one of {', '.join(RULES)}; got {self.init_params!r}.")


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
            print(f"Initialization {how} after {len(run.bounds)} iterations, lower bound {run.bounds[-1]:.6f}.")


ROWS = 8192  # points per block where something is computed for every point


def _by_blocks(function, X):
    """Apply a function of points to some thousand rows at a time: what it needs in between does not grow with n."""
    return np.concatenate([function(X[first : first + ROWS]) for first in range(0, len(X), ROWS)])


def _in_equal_units(rule):
    """The rule of :mod:`gmm_lib.initialization`, applied to columns of variance one and with a relative floor."""

    def scaled(X, k, rng, _):
        scale = X.std(axis=0, dtype=np.float64)
        scale[scale == 0] = 1  # a constant column has no scale
        start = rule(X / scale, k, rng, 1e-6)
        return Parameters(start.weights, start.means * scale, start.covariances * np.outer(scale, scale))

    return scaled


def _stop_reason(run, tol, max_iter):
    """In words: which rule stopped the run, its last step, and the geometric series that its last two steps begin."""
    steps = np.diff(run.bounds[-3:])
    why = f"tol: the last change was below {tol:g}", f"max_iter: {max_iter} iterations were done"
    reason = why[0] if run.converged else why[1]
    if len(steps) == 2 and 0 < steps[1] < steps[0]:
        ratio = steps[1] / steps[0]
        reason += (
            f". The last change of the mean log-likelihood was {steps[1]:.1e}, {ratio:.3f} of the one before; going on "
            f"like that it would still gain {steps[1] * ratio / (1 - ratio):.1e}"
        )
    return reason
