"""The whole algorithm as an estimator with scikit-learn's conventions, on top of :mod:`gmm_lib.fitting`."""

import copy
import numbers
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils.validation import check_is_fitted

from . import _single, _wording, fitting, priors
from .acceleration import as_acceleration
from .covariance_types import as_covariance_type, as_full_matrices, full_matrices, n_covariance_parameters, short_form
from .engine import Engine, Stepwise
from .engine.coordinates import Moments
from .engine.incomplete import IncompleteEngine, IncompletePoints
from .engine.predictions import Prediction
from .engine.scoring import LABELS, LOG_DENSITIES, RESPONSIBILITIES, Remembered, summed
from .engine.sources import Blocks, InMemory, PointSource, as_source, is_source
from .floor import as_squarable, is_relative, relative_floor
from .initialization import RULES
from .labels import as_known_labels
from .parameters import Parameters
from .points import checked_points, checked_weights
from .sampling import sample
from .validation import (
    CollapsedComponentError,
    as_array,
    as_flag,
    as_floor,
    as_non_negative,
    as_positive_integer,
    shown,
)

QUIET = np.errstate(under="ignore")  # a share too small for a number is 0, whatever the caller has set
ROWS = 8192  # points per block where something is computed for every point
BEGINNING = ("n_components", "covariance_type", "init_params", "weights_init", "means_init", "precisions_init")


class GaussianMixture(DensityMixin, BaseEstimator):
    """A Gaussian mixture fitted by EM, with scikit-learn's interface and, from the same start, its results.

    Parameters
    ----------
    n_components : int
        Number of components k.
    covariance_type : str
        ``"full"``: each component has its own covariance; ``"tied"``: all have the same; ``"diag"``: each has its own
        variances, and no correlations; ``"spherical"``: each has one variance for all columns, which should then have
        one unit. (:mod:`gmm_lib.covariance_types`)
    tol : float
        Stop when the mean log-likelihood per point changes by less. 0 runs all the iterations.
    reg_covar : "relative", float, or array_like of shape (m,)
        Variance floor, added to the diagonal of each covariance. A number is in squared units of the data, as in
        scikit-learn, whose default is 1e-6. "relative" is a millionth of each column's own variance, from which values
        far from all the others are kept out (:mod:`gmm_lib.floor`), and the start is sought in columns of one scale: so
        the units of the columns do not matter. A warning tells if a component is smaller than that floor. Above zero
        the log-likelihood may fall a little; at zero a component may collapse. With a prior of the covariances
        "relative" is zero: the prior lets none collapse, and the penalised log-likelihood never falls.
    max_iter : int
        Most iterations of a run. 0 makes the (first) start itself the model, without a warning.
    n_init : int
        Number of runs from different starts; the one with the highest likelihood is kept. On small data they are run
        together, see :mod:`gmm_lib.engine.restarts`.
    init_params : str
        The start, see :mod:`gmm_lib.initialization`.

        - ``"short_runs"``: of four k-means partitions of a sample the likeliest, after short runs of EM from each where
          groups overlap (:mod:`gmm_lib.short_runs`).
        - ``"kmeans"``: k-means, then an M-step on its hard assignment.
        - ``"hierarchical"``: the groups that merging points two by two leaves, where each merger costs the likelihood
          least (:mod:`gmm_lib.hierarchical`). On up to 1,000 points all starts are the same.
        - ``"k-means++"``: means spread out by k-means++ seeding, uniform weights, pooled covariance.
        - ``"random"``: random responsibilities, normalised per row, then an M-step.
        - ``"random_from_data"``, ``"distinct_rows"``: means are different rows, uniform weights, pooled covariance.
        - ``"rows_with_replacement"``: the article's rule; the same row may be drawn twice.

        (scikit-learn starts ``"k-means++"`` and ``"random_from_data"`` from covariances of ``reg_covar`` alone, and
        from weights that do not sum to one.)
    weights_init : array_like, shape (k,), optional
    means_init : array_like, shape (k, m), optional
    precisions_init : array_like, optional
        Parameters to start from; ``init_params`` supplies those not given. Precisions have the shape of
        ``covariances_``.
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
    acceleration : str or None
        ``"quasi-newton"`` takes longer steps than EM's where groups overlap and EM creeps, for a small ``tol``
        (:mod:`gmm_lib.acceleration`). Iterations are then passes over the points, and ``lower_bounds_`` has one for
        each, that of the last parameters that were kept. (Where ``n_init`` runs are made together they are rough ones,
        and the three highest that differ are carried out with it.)
    missing : str
        What becomes of missing values: NaN, pandas.NA, None, or a masked entry.

        - ``"raise"``: they are refused.
        - ``"em"``: EM takes their expectation, too (:mod:`gmm_lib.missing`): not filled once, but in every E-step, once
          for each component, and with the covariance that is left. Values must be missing at random; a warning names
          columns that are never seen together. Densities, posteriors and scores are those of what was seen of a row,
          and a row of which nothing was seen still counts as one. Starts see in a gap what the row most like it has
          (:func:`gmm_lib.missing.hot_deck`). Sources, :meth:`partial_fit` and known labels want complete rows.

    prior : str or None
        ``"mclust"``: the default prior of the R package mclust, :func:`gmm_lib.priors.mclust_prior`, in the place of
        those of the next five that are None. (It keeps components from collapsing, and changes others little.) None:
        only what these say; if all are None, maximum likelihood.
    weight_concentration_prior : float, optional
        alpha of the Dirichlet density of the weights, at least 1, :mod:`gmm_lib.priors`. None is 1, which is flat.
        (scikit-learn's ``BayesianGaussianMixture`` has the names of these five; it looks not for the mode, but for a
        density near the posterior.)
    mean_precision_prior : float, optional
        kappa: for how many points the prior mean stands. None is 1 if ``mean_prior`` is given, else 0: no prior.
    mean_prior : array_like, shape (m,), optional
        None is the mean of the data, if ``mean_precision_prior`` is given.
    degrees_of_freedom_prior : float, optional
        nu. None is m if ``covariance_prior`` is given; else the covariances have no prior.
    covariance_prior : array_like, optional
        Lambda, the scale: by ``covariance_type`` of shape (m, m), (m, m), (m,) or (). None is the covariance of the
        data, or their variances, or the mean of these, if ``degrees_of_freedom_prior`` is given. (If values are
        missing, the variances of what was seen of each column, without correlations.)

    Attributes
    ----------
    weights_ : ndarray, shape (k,)
    means_ : ndarray, shape (k, m)
    covariances_, precisions_, precisions_cholesky_ : ndarray
        Covariances, their inverses, and upper triangular P with precision P P^T. By ``covariance_type`` the shape is
        (k, m, m), (m, m), (k, m) or (k,): variances, their inverses and the roots of these for the last two.
    converged_ : bool
        Whether the best run stopped because of ``tol``.
    n_iter_ : int
        Iterations of the best run.
    lower_bound_, lower_bounds_ : float, list of float
        The lower bound per point after the last E-step, and after each: the mean log-likelihood of the parameters
        that the E-step was given, one M-step before the final ones. With a prior it is penalised: the log prior density
        of these parameters, divided by the number of points, is added. It is what ``tol`` and ``n_init`` look at;
        :meth:`score`, :meth:`aic` and :meth:`bic` do not.
    stop_reason_ : str
        Why the best run stopped, with the size of its last step and what, at that rate, was still to come.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only if X has column names.

    Notes
    -----
    All is computed in float64. Of an array X of float32 the fitted arrays are rounded to float32 as they are handed out
    (unless one of their numbers is too large for it), and so are probabilities and log-densities of points in float32.
    What is computed from the fit, :meth:`score` or :attr:`parameters_`, has all the digits.

    References
    ----------
    Dempster, Laird and Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm.
    Fraley and Raftery (2007), Bayesian regularization for normal mixture estimation and model-based clustering.
    """

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: ArrayLike = "relative",
        max_iter: int = 100,
        n_init: int = 1,
        init_params: str = "short_runs",
        weights_init: ArrayLike | None = None,
        means_init: ArrayLike | None = None,
        precisions_init: ArrayLike | None = None,
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        on_collapse: str = "raise",
        acceleration: str | None = None,
        missing: str = "raise",
        prior: str | None = None,
        weight_concentration_prior: float | None = None,
        mean_precision_prior: float | None = None,
        mean_prior: ArrayLike | None = None,
        degrees_of_freedom_prior: float | None = None,
        covariance_prior: ArrayLike | None = None,
    ) -> None:
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
        self.acceleration = acceleration
        self.missing = missing
        self.prior = prior
        self.weight_concentration_prior = weight_concentration_prior
        self.mean_precision_prior = mean_precision_prior
        self.mean_prior = mean_prior
        self.degrees_of_freedom_prior = degrees_of_freedom_prior
        self.covariance_prior = covariance_prior

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing == "em"
        return tags

    @QUIET
    def fit(
        self,
        X: ArrayLike | PointSource,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        labels: ArrayLike | None = None,
    ) -> Self:
        """Estimate the parameters from points X of shape (n, m); y is ignored. Returns the estimator.

        X may also be a source of more points than memory holds, from :mod:`gmm_lib.engine.sources`, or an array or a
        table (``dask.dataframe``) of Dask.

        With a ``sample_weight`` of shape (n,) a point of weight 2 counts as the same row twice. (Starts other than
        ``"short_runs"`` and the two k-means rules draw rows, and draw differently from repeated rows. ``"short_runs"``
        looks at a random sample, if there are more than 1,000 points and more than 200 for each component and 20 for
        each component and dimension; every other rule, if there are more than 10,000 and more than 20.)

        With ``labels`` of shape (n,), for points in an array, the component of some points is known: each entry is the
        index of a component, 0 .. k - 1, or -1 where it is unknown (:mod:`gmm_lib.labels`). A labelled point belongs to
        its component alone, and counts in the log-likelihood by ``log phi_y f_y(x)``. A component may have no labelled
        point. The start is that of ``init_params``, found without the labels, in their numbering; a component that has
        labelled points begins at their mean. (Parameters that are given, as ``means_init``, stay as they are.)
        :meth:`predict` and :meth:`score` know of no labels.

        A fit that fails, or is interrupted, leaves the estimator as it was.

        Raises
        ------
        ValueError
            If X or an argument of the constructor is not valid.
        CollapsedComponentError
            If a component collapses in every run.
        """
        with _all_or_nothing(self), _ill_defined():
            self._check_arguments()
            source = self._source(X, sample_weight, labels)
            with source.open():
                lacking = isinstance(source, IncompletePoints)
                engine = (IncompleteEngine if lacking else Engine)(source, covariance_type=self.covariance_type)
                self._enough_rows(engine.moments.rows, "X")
                engine.set_prior(self._prior(engine))
                floors = fitting.Floors(engine, self)
                if self.warm_start and hasattr(self, "converged_"):
                    fit = fitting.resume(engine, self, floors, self._fitted_to(engine), self.lower_bound_)
                else:
                    fit = fitting.best_of_starts(engine, self, floors)
            if is_source(X):
                self._name_features(source, engine.coordinates.m)
            self._keep(fit, np.float64 if is_source(X) else source.X.dtype)
            self._began(engine.moments.weight * engine.source.scale, fit.floor if floors.relative else None)
            fitting.warn(fit, self, floors, stacklevel=3)
            if lacking and self.covariance_type in ("full", "tied") and (pair := source.never_together()):
                message = (
                    "columns {} and {} of X are never seen in the same row: how they go together is the start's choice."
                )
                warnings.warn(message.format(*pair), RuntimeWarning, stacklevel=3)
        return self

    def fit_predict(
        self, X: ArrayLike | PointSource, y: Any = None, sample_weight: ArrayLike | None = None
    ) -> np.ndarray:
        """Fit, and return the component of each point, shape (n,); arguments and errors as :meth:`fit`."""
        return self.fit(X, sample_weight=sample_weight).predict(X)

    @QUIET
    def partial_fit(self, X: ArrayLike | Blocks, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from one block of a stream by stepwise EM, see :class:`gmm_lib.engine.streaming.Stepwise`. Returns the
        estimator.

        The first block makes the start, by the rule of ``init_params``, and the coordinates; let it be a fair sample of
        at least ten points per component and dimension. Blocks of some hundred points each follow in random order. A
        source :class:`~gmm_lib.engine.sources.Blocks` is learnt block by block, or, if one is refused, not at all.

        With a ``sample_weight`` of shape (n,) a point of weight 2 counts as the same row twice in its block, and one of
        weight 0 is not there: what a block, a fit and the start weigh against each other are sums of weights.

        After :meth:`fit` the stream goes on from the fitted parameters, and the points of the fit, though not kept,
        count as blocks learnt before: those of a fit to 9,000 weigh against a block of 1,000 as nine blocks would.
        Parameters given to :meth:`from_parameters` count as much as the first block. Another :meth:`fit` forgets the
        stream.

        A block that cannot be learnt from is refused whole: the estimator is as before it, and the stream goes on from
        there. Between two blocks ``reg_covar`` may change; "relative" is relative to what was fitted, or else to the
        first block that is learnt under it. What only a beginning can obey (``n_components``, ``covariance_type``,
        ``init_params``, ``weights_init``, ``means_init``, ``precisions_init``) may not. ``n_init``, ``tol``,
        ``max_iter`` and ``warm_start`` have no say in a stream. A prior is refused: a stream has none.

        Raises
        ------
        ValueError
            If an argument, here or of the constructor, is not valid, or one has changed that may not; if one asks for a
            prior; if X is another source than ``Blocks``, or has weights beside it.
        CollapsedComponentError
            If the block makes a component collapse.
        """
        with _all_or_nothing(self):
            self._check_arguments()
            if priors.asks_for_a_prior(self):
                names = [name for name in ("prior", *priors.ARGUMENTS) if getattr(self, name) is not None]
                raise ValueError(f"{names[0]} must be None in a stream, which has no prior; got one. Use fit.")
            begun = hasattr(self, "weights_")
            if not isinstance(X, Blocks):
                if is_source(X):
                    raise ValueError(f"X must be an array, or Blocks; got {type(X).__name__}, which fit learns from.")
                points = checked_points(self, X, reset=not begun, dtype=(np.float64, np.float32))
                weights = None if sample_weight is None else checked_weights(sample_weight, points)
                self._learn(points, weights, points.dtype)
                return self
            _refuse_weights(sample_weight)
            if begun:
                self._known_columns(X)
            else:
                self._name_features(X, X.described()[0])
            for block in X:
                self._learn(block, None, np.float64)
        return self

    def _learn(self, X, weights, dtype):
        begun = hasattr(self, "weights_")
        if is_relative(self.reg_covar):
            if getattr(self, "_relative_floor", None) is None:
                self._relative_floor = _relative_floor(*_there(X, weights))
            floor: ArrayLike = self._relative_floor
        else:
            floor = as_floor(self.reg_covar, X.shape[1])
        stream = self._stream_so_far() if begun else self._new_stream(_there(X, weights), floor)
        stream.set_floor(floor)
        stream.learn(X, weights)
        self._keep(fitting.Fit(stream.parameters, stream.inverse_factors, list(stream.bounds)), dtype)
        self.stop_reason_ = f"the stream paused after {stream.points:.12g} points in {len(stream.bounds)} blocks"
        if not begun:
            self._began(None, self._relative_floor if is_relative(self.reg_covar) else None)
        self._stream = stream

    @classmethod
    def from_parameters(cls, weights: ArrayLike, means: ArrayLike, covariances: ArrayLike, **arguments: Any) -> Self:
        """A fitted estimator from given parameters, without fitting: weights (k,), means (k, m), and covariances in the
        shape that ``covariances_`` has for the ``covariance_type``, (k, m, m) without one.

        ``arguments`` go to the constructor. What only a fit can tell (``converged_``, ``n_iter_``, the bounds) is
        missing.

        Raises
        ------
        ValueError
            As :class:`~gmm_lib.parameters.Parameters`, or if ``covariance_type`` is none.
        """
        kind = as_covariance_type(arguments.get("covariance_type", "full"))
        if kind != "full":
            k, m = as_array(means, "means", 2).shape
            covariances = as_full_matrices(covariances, k, m, kind, "covariances")
        parameters = Parameters(weights, means, covariances)
        estimator = cls(parameters.k, **arguments)
        estimator.n_features_in_ = parameters.m
        estimator._keep_parameters(parameters, np.linalg.inv(parameters.factors), np.float64)
        estimator._began(None, None)
        return estimator

    @QUIET
    def predict(self, X: ArrayLike | PointSource) -> np.ndarray:
        """The most probable component of each row of X, shape (n,). X may be a source, or an array or a table of Dask:
        the answer is then a Dask array, not computed yet. (Of a table not even its length: ``compute_chunk_sizes``.)

        Raises
        ------
        ValueError
            If X is not valid, or a row lies so far out that no component is any more probable than another.
        """
        return self._ask(LABELS, X)

    @QUIET
    def predict_proba(self, X: ArrayLike | PointSource) -> np.ndarray:
        """The posterior (9), the probability of each component for each row of X: shape (n, k). Errors as
        :meth:`predict`."""
        return self._ask(RESPONSIBILITIES, X, rounded=True)

    @QUIET
    def score_samples(self, X: ArrayLike | PointSource) -> np.ndarray:
        """The log-density (1) at each row of X, shape (n,)."""
        return self._ask(LOG_DENSITIES, X, rounded=True)

    def predictions(self, X: Blocks) -> Iterator[Prediction]:
        """What :meth:`predict`, :meth:`predict_proba` and :meth:`score_samples` say of a source
        :class:`~gmm_lib.engine.sources.Blocks`, one :class:`~gmm_lib.engine.predictions.Prediction` a block: no more
        is in memory. :func:`~gmm_lib.engine.predictions.write_parquet` writes them to a file.

        Raises
        ------
        ValueError
            If X is no such source, or has other columns than the fit; on the way, as :meth:`predict`.
        """
        check_is_fitted(self)
        if not isinstance(X, Blocks):
            raise ValueError(f"X must be a source Blocks; got {shown(X)}, for which predict answers at once.")
        return self._scorer().predictions(self._known_columns(X))

    @QUIET
    def impute(self, X: ArrayLike) -> np.ndarray:
        """X, shape (n, m), with each missing value replaced by its expectation under the fitted mixture, given what was
        seen of its row (:func:`gmm_lib.missing.impute`). Whatever ``missing`` is, values may be missing here.

        A new array; what was seen is in it as it was. One value in place of a distribution: to fit a model to the
        result would be to forget how unsure it is.

        Raises
        ------
        ValueError
            If X is not valid, or a row lies so far out that no component is any more probable than another.
        """
        check_is_fitted(self)
        if is_source(X):
            raise ValueError("X must be points in an array, whose gaps are filled in a copy; got a source.")
        return self._scorer().impute(checked_points(self, X, True, reset=False, dtype=(np.float64, np.float32)))

    def score(self, X: ArrayLike | PointSource, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """The mean log-likelihood per point of X, weighted by ``sample_weight`` of shape (n,) if there is any; y is
        ignored. X may be a source, or an array or a table of Dask: no more than a block is in memory."""
        total, weight = self._log_likelihood(X, sample_weight)
        return total / weight

    @QUIET
    def sample(self, n_samples: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Draw points from the fitted mixture: (3), then (4). Returns X of shape (n_samples, m) and components; a
        ValueError if ``n_samples`` is no positive integer."""
        check_is_fitted(self)
        try:
            n_samples = as_positive_integer(n_samples, "n_samples")
        except ValueError as error:
            raise ValueError(f"{error} {_wording.NO_SAMPLES}") from None
        return sample(n_samples, self.parameters_, fitting.random_numbers(self.random_state))

    def aic(self, X: ArrayLike | PointSource, sample_weight: ArrayLike | None = None) -> float:
        """Akaike's information criterion on X: the lower, the better. Arguments as :meth:`score`."""
        return -2 * self._log_likelihood(X, sample_weight)[0] + 2 * self._n_parameters()

    def bic(self, X: ArrayLike | PointSource, sample_weight: ArrayLike | None = None) -> float:
        """The Bayesian information criterion on X: the lower, the better. Arguments as :meth:`score`; the weights, if
        there are any, count as n by their sum."""
        total, weight = self._log_likelihood(X, sample_weight)
        return -2 * total + self._n_parameters() * float(np.log(weight))

    def _n_parameters(self):
        k, m = self.means_.shape
        return k - 1 + k * m + n_covariance_parameters(k, m, self._type_fitted())

    @property
    def parameters_(self) -> Parameters:
        """The fitted parameters as one :class:`~gmm_lib.parameters.Parameters`, with a full matrix for each component,
        whatever the type."""
        check_is_fitted(self)
        return Parameters(*self._arrays())

    def _arrays(self):
        """Weights (k,), means (k, m) and covariances (k, m, m), as they were computed."""
        weights, means, covariances = self.weights_, self.means_, self.covariances_
        if computed := getattr(self, "_computed", None):
            weights, means, covariances = map(_single.unrounded, (weights, means, covariances), computed)
        k, m = np.shape(means)
        return weights, means, full_matrices(covariances, k, m, self._type_fitted())

    def _type_fitted(self):
        """The type of what was fitted, which ``set_params`` does not change."""
        return getattr(self, "_beginning", {}).get("covariance_type", self.covariance_type)

    # -- points in

    def _source(self, X, sample_weight, labels):
        lacking = self.missing == "em"
        if is_source(X):
            if labels is not None:
                raise ValueError("labels must be None for a source, which has none; got labels.")
            if lacking:
                raise ValueError("X must be points in an array for missing='em'; got a source.")
            return as_source(X, sample_weight)
        X = checked_points(self, X, lacking, reset=True, dtype=(np.float64, np.float32), ensure_min_samples=2)
        if labels is not None:
            labels = as_known_labels(labels, len(X), self.n_components)
        if sample_weight is not None:
            sample_weight = checked_weights(sample_weight, X)
            labels = None if labels is None else labels[sample_weight > 0]
            X, sample_weight = _there(X, sample_weight)
        if lacking and np.isnan(X).any():
            if labels is not None and (labels >= 0).any():
                raise ValueError("labels must be None, or -1 throughout, if values of X are missing; got known ones.")
            return IncompletePoints(X, sample_weight)
        return InMemory(X, sample_weight, labels=labels)

    def _name_features(self, source, m):
        """What ``validate_data`` does for arrays."""
        self.n_features_in_, names = m, source.feature_names
        if names is not None and all(isinstance(name, str) for name in names):
            self.feature_names_in_ = np.array(names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _enough_rows(self, n, name):
        if n < self.n_components:
            said = _wording.of_rows(n, self.n_components)
            raise ValueError(
                f"{name} must have at least n_components = {self.n_components} rows; got n_samples = {n}. {said}"
            )

    def _ask(self, question, X, rounded=False):
        check_is_fitted(self)
        if is_source(X):
            return self._scorer().ask(question, self._known_columns(as_source(X)))
        lacking = self.missing == "em"
        X = checked_points(self, X, lacking, reset=False, dtype=(np.float64, np.float32))
        answers = self._scorer().ask_incomplete(question, X) if lacking else self._scorer().ask(question, X)
        if rounded and X.dtype == self.means_.dtype == np.float32:
            with np.errstate(over="ignore"):  # so far out that a log-density is -inf in float32
                return answers.astype(np.float32)
        return answers

    def _scorer(self):
        return self._remembered.scorer(*self._arrays(), covariance_type=self._type_fitted())

    @QUIET
    def _log_likelihood(self, X, sample_weight=None):
        """The log-likelihood of all points of X, and their number; with weights, both weighted."""
        check_is_fitted(self)
        if sample_weight is None and isinstance(X, Blocks):
            total, n = 0.0, 0
            for block in self._scorer().ask_blocks(LOG_DENSITIES, self._known_columns(X)):
                total, n = total + float(block.sum()), n + len(block)
            return total, n
        if is_source(X):
            _refuse_weights(sample_weight)
        log_densities = self._ask(LOG_DENSITIES, X)
        if is_source(log_densities):
            return summed(log_densities)
        if sample_weight is None:
            return float(log_densities.sum()), len(log_densities)
        weights = checked_weights(sample_weight, log_densities[:, np.newaxis])
        if (positive := weights > 0).any():  # a point of weight 0 is not there, however far out it lies
            return float(weights[positive] @ log_densities[positive]), float(weights.sum())
        raise ValueError("sample_weight must have a positive sum; got 0.")

    def _known_columns(self, source):
        """A source, if its columns are those of the fit."""
        columns, names = source.described()
        if columns != self.n_features_in_:
            raise ValueError(f"X must have {self.n_features_in_} columns, as in the fit; got {columns}.")
        known = getattr(self, "feature_names_in_", None)
        if known is not None and names is not None and list(names) != list(known):
            raise ValueError(f"X must have the columns {shown(list(known))}, as in the fit; got {shown(list(names))}.")
        return source

    def _prior(self, engine):
        """The prior that the arguments ask for, of the points that the engine has seen; None without one."""
        moments, weight = engine.moments, engine.source.scale
        return priors.from_arguments(self, moments.mean, moments.scatter * weight, moments.weight * weight)

    def _fitted_to(self, engine):
        """The parameters that a warm start goes on from."""
        k, m = self.means_.shape
        if k != self.n_components:
            raise ValueError(f"warm_start continues a fit of {k} components; n_components is {self.n_components}.")
        if m != engine.coordinates.m:
            raise ValueError(f"warm_start continues a fit to {m} columns; X has {engine.coordinates.m}.")
        if (fitted := self._type_fitted()) != (now := self.covariance_type):
            raise ValueError(f"warm_start continues a fit of covariance_type {fitted!r}; covariance_type is {now!r}.")
        return self.parameters_

    # -- streams

    def _new_stream(self, block, floor):
        X, weights = block
        self._enough_rows(len(X), "the first block")
        engine = Engine(InMemory(X, weights), reg_covar=floor, covariance_type=self.covariance_type)
        starts = fitting.Starts(self, engine)
        return Stepwise(engine, starts(fitting.random_numbers(self.random_state), is_relative(self.reg_covar)))

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
            return Stepwise(None, self.parameters_, seen=self._points_fitted, covariance_type=self.covariance_type)
        stream = copy.copy(self._stream)  # `learn` puts new arrays in the place of the old
        stream.bounds = list(stream.bounds)
        return stream

    def _began(self, points, relative_floor):
        """What a later `partial_fit` has to know: for how many points the parameters stand, how they began, and what a
        relative floor is relative to."""
        self._stream, self._points_fitted, self._relative_floor = None, points, relative_floor
        self._beginning = {name: getattr(self, name) for name in BEGINNING}

    # -- results out

    def _keep(self, fit, dtype):
        self._keep_parameters(fit.parameters, fit.inverse_factors, dtype)
        self.converged_ = fit.converged
        self.n_iter_ = len(fit.bounds)
        self.lower_bound_ = fit.bound
        self.lower_bounds_ = fit.bounds
        self.stop_reason_ = fitting.stop_reason(fit, self)

    def _keep_parameters(self, parameters, inverse_factors, dtype):
        kind, upper = self.covariance_type, inverse_factors.transpose(0, 2, 1).copy()
        self.weights_ = parameters.weights.copy()
        self.means_ = parameters.means.copy()
        self.covariances_ = short_form(parameters.covariances, kind)
        self.precisions_cholesky_ = short_form(upper, kind)
        self.precisions_ = short_form(upper @ inverse_factors, kind)
        self._computed = None
        if dtype == np.float32 and _single.fits((self.means_, self.covariances_, self.precisions_)):
            self._computed = self.weights_, self.means_, self.covariances_
            for name in ("weights_", "means_", "covariances_", "precisions_cholesky_", "precisions_"):
                setattr(self, name, getattr(self, name).astype(np.float32))
        self._remembered = Remembered()

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
        if self.missing not in ("raise", "em"):
            raise ValueError(f"missing must be 'raise' or 'em'; got {shown(self.missing)}.")
        as_non_negative(int(self.verbose) if isinstance(self.verbose, bool) else self.verbose, "verbose")
        as_flag(self.warm_start, "warm_start")
        as_acceleration(self.acceleration)
        as_covariance_type(self.covariance_type)
        priors.asks_for_a_prior(self)
        if not isinstance(self.init_params, str) or self.init_params not in RULES:
            raise ValueError(f"init_params must be one of {', '.join(RULES)}; got {shown(self.init_params)}.")


def _there(X, weights):
    """The points of a weight above zero, and their weights: the others are not there."""
    if weights is None or (some := weights > 0).all():
        return X, weights
    return X[some], weights[some]


def _relative_floor(X, weights):
    """Of the points of a block, as a fit to them has it."""
    return relative_floor(X, None if weights is None else np.sqrt(Moments.of(as_squarable(X), weights).variances))


def _refuse_weights(sample_weight):
    if sample_weight is not None:
        raise ValueError("sample_weight must be None for a source, which has none; got weights.")


@contextmanager
def _ill_defined():
    """A collapse is also told in scikit-learn's words."""
    try:
        yield
    except CollapsedComponentError as error:
        raise CollapsedComponentError(error.component, error.reason, _wording.ILL_DEFINED) from None


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
