"""The whole algorithm as an estimator with scikit-learn's conventions: E-step, M-step and driver, joined."""

import warnings
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from . import em
from .e_step import normalize
from .initialization import RULES, from_parameters
from .m_step import m_step
from .mixture import log_density, log_joint
from .parameters import Parameters
from .posterior import posterior
from .sampling import sample
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
    reg_covar : float
        Variance floor, added to the diagonal of each covariance, in squared units of the data. Above zero the
        log-likelihood may fall a little; at zero a component may collapse.
    max_iter : int
        Most iterations of a run.
    n_init : int
        Number of runs from different starts; the one with the highest likelihood is kept. A run in which a component
        collapses is discarded, and a warning says how many were.
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
        reg_covar=1e-6,
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

    def fit(self, X, y=None):
        """Estimate the parameters from points X of shape (n, m); y is ignored. Returns the estimator.

        Raises
        ------
        ValueError
            If X or an argument of the constructor is not valid.
        CollapsedComponentError
            If a component collapses in every run.
        """
        self.fit_predict(X)
        return self

    def fit_predict(self, X, y=None):
        """Fit, and return the component of each point, shape (n,); errors as :meth:`fit`."""
        self._check_arguments()
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        if len(X) < self.n_components:
            raise ValueError(f"X must have at least n_components = {self.n_components} rows; got n_samples = {len(X)}.")
        best = self._continue(X) if self.warm_start and hasattr(self, "converged_") else self._best_of_restarts(X)
        self._keep(best)
        if not best.converged and self.tol > 0:
            warnings.warn(
                f"EM did not converge in max_iter = {self.max_iter} iterations: the last one still changed the mean "
                f"log-likelihood by tol = {self.tol:g} or more. Allow more iterations, or a larger tol.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self._most_likely_component(X)

    def predict(self, X):
        """The most probable component of each row of X, shape (n,)."""
        return self._most_likely_component(self._check_points(X))

    def predict_proba(self, X):
        """The posterior (9), the probability of each component for each row of X: shape (n, k)."""
        return posterior(self._check_points(X), self.parameters_)

    def score_samples(self, X):
        """The log-density (1) at each row of X, shape (n,)."""
        return log_density(self._check_points(X), self.parameters_)

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

    def _run(self, X, start, progress, bound=-np.inf):
        """EM from one start. As in scikit-learn a run stops after the M-step that follows two E-steps whose bounds
        differ by less than tol; the driver's own rule, which also looks at the last M-step, would stop one iteration
        sooner."""
        steps = Steps(X, self.reg_covar)
        bounds, change = [], np.inf
        for frame in em.frames(start, steps.e_step, steps.m_step, steps.objective, tol=0, max_iter=self.max_iter):
            if frame.phase == "E":
                bound, change = frame.log_likelihood, frame.log_likelihood - bound
                bounds.append(bound)
            elif frame.phase == "M":
                progress.iteration(frame, bound, change)
                if abs(change) < self.tol:
                    break
        run = _Run(frame.state, bounds, abs(change) < self.tol)
        progress.end(run)
        return run

    def _best_of_restarts(self, X):
        rng = check_random_state(self.random_state)
        progress = _Progress(self.verbose, self.verbose_interval)
        runs, collapses = [], []
        for number in range(1, self.n_init + 1):
            progress.begin(number, self.n_init)
            try:
                runs.append(self._run(X, self._start(X, rng), progress))
            except CollapsedComponentError as error:
                collapses.append(error)
                progress.collapsed(error)
        if not runs:
            raise collapses[-1]
        if collapses:
            warnings.warn(
                f"{len(collapses)} of n_init = {self.n_init} runs were discarded: a component collapsed. A larger "
                f"reg_covar (now {self.reg_covar:g}) or fewer components avoid that.",
                RuntimeWarning,
                stacklevel=3,
            )
        return max(runs, key=lambda run: run.bounds[-1])

    def _continue(self, X):
        if self.parameters_.k != self.n_components:
            raise ValueError(
                f"warm_start continues a fit of {self.parameters_.k} components; n_components is {self.n_components}."
            )
        progress = _Progress(self.verbose, self.verbose_interval)
        progress.begin(1, 1)
        return self._run(X, self.parameters_, progress, self.lower_bound_)

    def _start(self, X, rng):
        return from_parameters(
            X,
            self.n_components,
            rng,
            self.reg_covar,
            weights=self.weights_init,
            means=self.means_init,
            precisions=self.precisions_init,
            otherwise=RULES[self.init_params],
        )

    def _keep(self, run):
        parameters = run.parameters
        self.weights_ = parameters.weights.copy()
        self.means_ = parameters.means.copy()
        self.covariances_ = parameters.covariances.copy()
        identity = np.eye(parameters.m)
        self.precisions_cholesky_ = np.stack([solve_triangular(L, identity, lower=True).T for L in parameters.factors])
        self.precisions_ = self.precisions_cholesky_ @ self.precisions_cholesky_.transpose(0, 2, 1)
        self.converged_ = run.converged
        self.n_iter_ = len(run.bounds)
        self.lower_bound_ = run.bounds[-1]
        self.lower_bounds_ = run.bounds

    def _most_likely_component(self, X):
        return log_joint(X, self.parameters_).argmax(axis=1)

    def _check_points(self, X):
        check_is_fitted(self)
        return validate_data(self, X, dtype=np.float64, reset=False)

    def _check_arguments(self):
        for name in ("n_components", "max_iter", "n_init", "verbose_interval"):
            as_positive_integer(getattr(self, name), name)
        for name in ("tol", "reg_covar"):
            as_non_negative(getattr(self, name), name)
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

    def iteration(self, frame, bound, change):
        if self.verbose and frame.iteration % self.interval == 0:
            line = f"  Iteration {frame.iteration}: lower bound {bound:.6f}, change {change:.2e}"
            if self.verbose >= 2:
                smallest = int(frame.state.weights.argmin())
                seconds = perf_counter() - self.started
                line += f", smallest weight {frame.state.weights[smallest]:.4f} (component {smallest}), {seconds:.2f} s"
            print(line)

    def collapsed(self, error):
        if self.verbose:
            print(f"Initialization discarded: component {error.component} collapsed.")

    def end(self, run):
        if self.verbose:
            how = "converged" if run.converged else "did not converge"
            print(f"Initialization {how} after {len(run.bounds)} iterations, lower bound {run.bounds[-1]:.6f}.")
