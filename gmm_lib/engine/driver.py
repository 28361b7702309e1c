"""EM over points that can be read again and again: pass by pass, by the fastest formulation that is exact enough.

The engine takes features or stacked residuals as long as the bound on their rounding error allows, and else the
residuals: it is never silently less exact than asked. (Only a formulation that is asked for by name is taken at its
word.)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..acceleration import Evaluation, as_acceleration, climb
from ..covariance_types import as_covariance_type
from ..parameters import Parameters
from ..priors import Prior, as_prior
from ..validation import (
    CollapsedComponentError,
    as_floor,
    as_function,
    as_non_negative,
    as_parameters,
    as_points,
    as_positive_integer,
    as_responsibilities,
    shown,
)
from .conjugate import Conjugate
from .coordinates import EPS, UNDERFLOW, Coordinates, Moments, NotFinite
from .passes import EXACT, FROM_THE_ORIGIN, WAYS, Pass, Sums, no_density, normalize
from .scratch import Scratch
from .sources import PointSource, as_source, one_blas_thread
from .state import (
    State,
    from_parameters,
    m_step,
    refuse_collapsed,
    standard_state,
    to_parameters,
)
from .tangent import away, information, moved

MANY = 32  # dimensions, from which on "stacked" was measured to be the faster
FEW = 1e-20  # with less than this part of all points a component may consist of what "stacked" leaves out
LARGE = 1e4  # times a column's variance: from such a floor on, data and floor together are whitened, not the data alone
ATTEMPTS = 4  # passes that an M-step may take; each can find a component a million times smaller than the last


@dataclass(frozen=True, eq=False)
class Run:
    """How a run of EM ended.

    Attributes
    ----------
    state : state.State
        The last one, in the engine's coordinates; ``engine.parameters(state)`` has the units of the data.
    bounds : list of float
        The mean log-likelihood before each M-step, with a prior that of the penalised log-likelihood; under an
        acceleration one for each pass, that of the last state that was kept.
    converged : bool
    formulations : list of str
        What each iteration was computed by.
    """

    state: State
    bounds: list
    converged: bool
    formulations: list


class Engine:
    """EM for a mixture on given points.

    Parameters
    ----------
    source : ndarray of shape (n, m), dask.array.Array, or a source
        Points, or a source of them from :mod:`gmm_lib.engine.sources`. Of its labels, if it has some, the E-steps know:
        the log-likelihood is then that of :mod:`gmm_lib.labels`.
    sample_weight : ndarray, shape (n,), optional
        Finite and not negative; for points in an array only. A weight of 2 counts as the same row twice.
    reg_covar : float or ndarray, shape (m,)
        Variance floor, added to the diagonal of each covariance, in squared units of the data.
    accuracy : float
        Relative error that features may make in a covariance before residuals take the place of both others.
    formulation : str
        "features", "stacked", "residuals", or "auto". Other types than "full" know others besides, whose work for a
        component does not grow with the square of m: "linear" for "tied", "squares" for "diag", "radii" for
        "spherical"; for the last two also "elementwise", the most exact.
    covariance_type : str
        "full", "tied", "diag" or "spherical", :mod:`gmm_lib.covariance_types`.
    threads : int, optional
        For points in an array. As many as there are processors by default; where threads cannot be started, none.

    Attributes
    ----------
    moments : coordinates.Moments
        What the first pass found; with all sample weights equal, as if they were 1.
    coordinates : coordinates.Coordinates
    source : a source
    prior : priors.Prior or None
        What :meth:`set_prior` was given.

    Raises
    ------
    ValueError
        If an argument is not valid, or a number in the points is not finite.
    """

    @UNDERFLOW
    def __init__(
        self,
        source: ArrayLike | PointSource,
        sample_weight: ArrayLike | None = None,
        *,
        reg_covar: ArrayLike = 0.0,
        accuracy: float = 1e-9,
        formulation: str = "auto",
        threads: int | None = None,
        covariance_type: str = "full",
    ) -> None:
        self.covariance_type = as_covariance_type(covariance_type)
        self._fastest, *_, self._exact = WAYS[self.covariance_type]
        if not isinstance(formulation, str) or formulation not in ("auto", *WAYS[self.covariance_type]):
            allowed = ", ".join(map(repr, ("auto", *WAYS[self.covariance_type])))
            raise ValueError(f"formulation must be one of {allowed}; got {shown(formulation)}.")
        self.accuracy, self.formulation = as_non_negative(accuracy, "accuracy"), formulation
        self.source = as_source(source, sample_weight, threads)
        with self.source.open():
            try:
                self.moments = self.source.moments(Moments.of)
            except NotFinite:
                raise ValueError(f"X must be finite; got {self.source.first_not_finite()}.") from None
        if not np.isfinite(self.moments.scatter).all():
            far = max(np.abs(self.moments.low).max(), np.abs(self.moments.high).max())
            raise ValueError(f"X must have a sum of squares below 1e308; got entries up to {far:.6g}.")
        self.coordinates, self._with_floor = self._coordinates(0.0), False
        self._total: tuple[Coordinates, np.ndarray] | None = None
        self.prior: Prior | None = None
        self._attainable = 64 * self.coordinates.m * EPS  # four times the bound for a round component, seen from itself
        self.set_floor(reg_covar)

    @UNDERFLOW
    def set_floor(self, reg_covar: ArrayLike) -> None:
        """Set the variance floor, in squared units of the data: a number, or one for each column.

        A floor much larger than a column's variance changes the coordinates; a state made before is then of no use."""
        least = as_floor(reg_covar, self.coordinates.m) + self._least_of_prior()
        large = bool(np.any(least > LARGE * self.moments.variances))
        if large or self._with_floor:
            self.coordinates = self._coordinates(least if large else 0.0)
        self._with_floor = large
        self.floor = self.coordinates.floor(reg_covar)
        self.floor_in_units_of_the_data: Any = reg_covar
        self._conjugates: dict[int, Conjugate] = {}

    def set_prior(self, prior: Prior | None) -> None:
        """Set the prior of the M-step, in the units of the data, or None for none. It may change the coordinates, as
        :meth:`set_floor`.

        Raises
        ------
        ValueError
            If it is not one, has other columns, or is one of another type of covariance.
        """
        if prior is not None and as_prior(prior, self.coordinates.m).covariance_type != self.covariance_type:
            raise ValueError(
                f"prior must be of covariance_type {self.covariance_type!r}, as the engine is; got one of "
                f"{prior.covariance_type!r}."
            )
        self.prior = prior
        self.set_floor(self.floor_in_units_of_the_data)

    def _least_of_prior(self):
        """Below what the prior lets no variance fall, shape (m,)."""
        if self.prior is None or self.prior.covariance_prior is None:
            return np.zeros(self.coordinates.m)
        n, m = self.moments.weight * self.source.scale, self.coordinates.m
        return np.diag(self.prior.added_scatter(1, m)) / (n + self.prior.added_count(1, m))

    def _conjugate(self, k):
        """The prior in the engine's coordinates, for k components."""
        if self.prior is not None and k not in self._conjugates:
            self._conjugates[k] = Conjugate.of(self.prior, self.coordinates, k)
        return self._conjugates.get(k)

    def _coordinates(self, floor):
        return Coordinates.of(self.moments, floor, self.covariance_type)

    def sample(self, rows: int, rng: np.random.RandomState | np.random.Generator) -> np.ndarray:
        """So many rows of the data, drawn at random with replacement: shape (rows, m). All of them, if there are no
        more.

        ``rng`` is a :class:`numpy.random.RandomState`, or a :class:`numpy.random.Generator`.
        """
        rows, n = as_positive_integer(rows, "rows"), self.moments.rows
        if not isinstance(rng, np.random.RandomState | np.random.Generator):
            raise ValueError(f"rng must be a numpy.random.RandomState or Generator; got {shown(rng)}.")
        integers = rng.randint if isinstance(rng, np.random.RandomState) else rng.integers
        with self.source.open():
            if rows >= n:
                return self.source.take(np.arange(n))
            # The same numbers on every platform, though not all index by 64 bits.
            return self.source.take(np.sort(integers(n, size=rows, dtype=np.int64)).astype(np.intp))

    # -- between the units of the data and the engine's coordinates

    @UNDERFLOW
    def state(self, parameters: Parameters) -> State:
        """Parameters as a state of the engine."""
        if as_parameters(parameters).means.shape[1] != self.coordinates.m:
            got = parameters.means.shape[1]
            raise ValueError(f"parameters must have {self.coordinates.m} dimensions, as the points have; got {got}.")
        with one_blas_thread():  # more would cost more than they bring, on matrices so small
            return from_parameters(parameters, self.coordinates, self.covariance_type)

    @UNDERFLOW
    def parameters(self, state: State) -> Parameters:
        """A state of the engine as :class:`~gmm_lib.parameters.Parameters`."""
        return to_parameters(self._own(state), self.coordinates)

    @UNDERFLOW
    def inverse_factors(self, state: State) -> np.ndarray:
        """Inverse Cholesky factors in the units of the data, shape (k, m, m): ``L_j^-1``, lower triangular, with
        ``L_j L_j^T`` the covariance."""
        return self._own(state).inverse_factors @ self.coordinates.matrix

    # -- the half-steps, one by one

    @UNDERFLOW
    def responsibilities(self, state: State, X: ArrayLike) -> np.ndarray:
        """Equation (11) for points X of shape (n, m): shape (n, k)."""
        A = np.ascontiguousarray(self.log_joint(state, X).T)
        if (lost := np.flatnonzero(~np.isfinite(A.max(axis=0)))).size:
            raise no_density(lost[0])
        with np.errstate(over="ignore"):
            return normalize(A, Scratch())[0].T

    @UNDERFLOW
    def log_joint(self, state: State, X: ArrayLike) -> np.ndarray:
        """``log phi_j + log f_j(x_i)`` in the units of the data for points X of shape (n, m): shape (n, k)."""
        X = as_points(X, self.coordinates.m)
        A = np.empty((len(self._own(state).weights), len(X)))
        one_pass, scratch = self._pass(state), Scratch()
        with np.errstate(over="ignore", invalid="ignore"):
            for block in one_pass.blocks(len(X)):
                A[:, block] = one_pass.log_joint(X[block], scratch)
        A[np.isnan(A)] = -np.inf  # of finite numbers only an overflow makes a NaN
        return A.T

    @UNDERFLOW
    def m_step(self, responsibilities: ArrayLike) -> State:
        """Equations (12), (13) and (14) for given responsibilities of shape (n, k), and points in an array: a state.

        Raises
        ------
        ValueError
            If the responsibilities are not valid.
        CollapsedComponentError
        """
        responsibilities = as_responsibilities(responsibilities, self.moments.rows)
        start = standard_state(responsibilities.shape[1], self.coordinates.m)
        with self.source.open():
            _, state = self._exactly(Pass(self.coordinates, start, self._exact), responsibilities)
        return self._finished(state)

    # -- both at once

    @UNDERFLOW
    def step(self, state: State) -> tuple[float, State]:
        """One iteration of EM in one pass over the points.

        Returns
        -------
        float
            Log-likelihood of ``state``.
        state.State
            The next one.

        Raises
        ------
        ValueError
            If some point has density 0 under every component.
        CollapsedComponentError
        """
        log_likelihood, new = self._step(self._pass(self._own(state)))
        return log_likelihood * self.source.scale, new

    def _step(self, one_pass):
        """The log-likelihood of the state of a pass, and the next state."""
        if one_pass.formulation not in EXACT:
            if one_pass.formulation == "linear":
                one_pass = replace(one_pass, total=self.sum_of_products())
            sums = self._sums(one_pass)
            new, rounding = self._m_step(one_pass, sums)
            by_name = self.formulation in FROM_THE_ORIGIN and rounding < np.inf
            if rounding <= self.accuracy or by_name:
                return sums.log_likelihood, self._finished(new, one_pass.state)
            one_pass = Pass(self.coordinates, one_pass.state, self._exact)
        sums, new = self._exactly(one_pass)
        return sums.log_likelihood, self._finished(new, one_pass.state)

    def _sums(self, one_pass, responsibilities=None):
        sums = self.source.sums(one_pass, responsibilities)
        log_likelihood = one_pass.log_likelihood(sums)
        if not np.isfinite(log_likelihood):
            raise no_density(self.source.find(one_pass.impossible))
        return sums if log_likelihood is sums.log_likelihood else Sums(log_likelihood, sums.sums)

    def sum_of_products(self) -> np.ndarray:
        """The sum of ``(1, y)(1, y)^T`` over all points y in the engine's coordinates, shape (m + 1, m + 1). The first
        time it takes a pass of its own, by residuals from the origin."""
        if self._total is None or self._total[0] is not self.coordinates:
            one_pass = Pass(self.coordinates, standard_state(1, self.coordinates.m), "residuals")
            self._total = self.coordinates, one_pass.moments(self.source.sums(one_pass))[0]
        return self._total[1]

    def _m_step(self, one_pass, sums):
        """The state that the sums of a pass make, and the bound on its rounding error; inf if it is of no use."""
        T = self._moments(one_pass, sums)
        rule = self.floor, self.covariance_type, self._conjugate(len(T))
        if self.prior is not None:
            T = T * self.source.scale  # points weigh against the prior, if not against each other
        if one_pass.formulation in FROM_THE_ORIGIN:
            return m_step(T, None, *rule)
        if one_pass.formulation == "stacked" and T[:, 0, 0].min() <= FEW * self.moments.weight:
            return None, np.inf
        return m_step(T, one_pass.reference or one_pass.state, *rule)

    def _moments(self, one_pass, sums):
        return one_pass.moments(sums)

    def _exactly(self, one_pass, responsibilities=None):
        """The sums of a pass by residuals, and the M-step on them. It is repeated from the state just found if,
        measured from where it was, too many digits were lost."""
        for _ in range(ATTEMPTS):
            sums = self._sums(one_pass, responsibilities)
            new, rounding = self._m_step(one_pass, sums)
            if rounding <= max(self.accuracy, self._attainable):
                return sums, new
            one_pass = Pass(self.coordinates, one_pass.state, self._exact, new)
        refuse_collapsed(new, self.coordinates)
        j = int(np.argmax(new.roundings))
        raise CollapsedComponentError(
            j, f"{ATTEMPTS} passes leave a relative error of {rounding:.0e} in its covariance"
        )

    def _finished(self, new, old=None):
        """A new state, if no component has collapsed; components that were equal in the old one still are."""
        refuse_collapsed(new, self.coordinates)
        return new if old is None else self._equal_kept(old, new)

    def _equal_kept(self, old, new):
        """The new state, in which components that were equal in the old one still are; unless labels may tell them
        apart."""
        return new if self.source.labels is not None else _twins_kept(old, new)

    def _log_prior(self, state):
        """The log prior density of a state, for a sum over points of which each counts as one."""
        conjugate = self._conjugate(len(state.weights))
        return 0.0 if conjugate is None else conjugate.log_density(state) / self.source.scale

    @UNDERFLOW
    def run(
        self,
        state: State,
        *,
        tol: float = 1e-3,
        max_iter: int = 100,
        previous: float = -np.inf,
        on_iteration: Callable | None = None,
        acceleration: str | None = None,
    ) -> Run:
        """EM from a state until two successive mean log-likelihoods differ by less than ``tol``; with a prior, two mean
        penalised log-likelihoods, each the log-likelihood and the log prior density, divided by the number of points.

        With the ``acceleration`` "quasi-newton" (:mod:`gmm_lib.acceleration`) some of the steps are longer than EM's,
        and only a step of EM itself that gains less than ``tol`` ends the run: it does not end any farther from the
        optimum than without. An iteration is a pass over the points, also one whose proposal is thrown away. The
        log-likelihood never falls, unless there is a variance floor, under which EM's own steps may let it fall.

        Parameters
        ----------
        state : state.State
        tol : float
            0 runs all the iterations.
        max_iter : int
            0 leaves the state as it is.
        previous : float
            Mean log-likelihood before this run, if it continues another.
        on_iteration : callable (iteration, bound, change, state), optional
        acceleration : str, optional
            "quasi-newton"; None is plain EM.

        Returns
        -------
        Run

        Raises
        ------
        ValueError
            If an argument is not valid, or some point has density 0 under every component.
        CollapsedComponentError
        """
        self._own(state)
        tol, max_iter = as_non_negative(tol, "tol"), _as_count(max_iter, "max_iter")
        if not isinstance(previous, Real) or not previous < np.inf:
            raise ValueError(f"previous must be a log-likelihood, or -inf; got {shown(previous)}.")
        as_function(on_iteration, "on_iteration", optional=True)
        as_acceleration(acceleration)
        bounds: list[float] = []
        formulations: list[str] = []
        change = np.inf
        with self.source.open():
            passes = self._passes(state, formulations, acceleration, tol)
            for iteration in range(1, max_iter + 1):
                done = next(passes)
                bound, state = done.value, done.image
                change, previous = bound - previous, bound
                bounds.append(bound)
                if on_iteration is not None:
                    on_iteration(iteration, bound, change, state)
                if done.plain and abs(change) < tol:
                    return Run(state, bounds, True, formulations)
        return Run(state, bounds, False, formulations)

    def _passes(self, state, formulations, acceleration, tol):
        """What each pass finds, for ever: an :class:`~gmm_lib.acceleration.Evaluation`. What it was computed by is
        added to the ``formulations``."""

        def step(state):
            one_pass = self._pass(state)
            formulations.append(one_pass.formulation)
            log_likelihood, new = self._step(one_pass)
            return (log_likelihood + self._log_prior(state)) / self.moments.weight, new

        def to(old, numbers):
            return self._equal_kept(old, moved(old, numbers))

        if acceleration is not None:
            ascends = self.floor is None
            yield from climb(state, step, away=away, moved=to, information=information, ascends=ascends, tol=tol)
        while True:
            bound, state = step(state)
            yield Evaluation(bound, state, True, True)

    def _own(self, state):
        """The state, if it can be one of this engine."""
        if not isinstance(state, State):
            raise ValueError(f"state must be what Engine.state(parameters) returns; got {shown(state)}.")
        if state.means.shape[1] != self.coordinates.m:
            raise ValueError(f"state must have {self.coordinates.m} dimensions; got {state.means.shape[1]}.")
        labels, k = self.source.labels, len(state.weights)
        if labels is not None and labels.max() >= k:
            raise ValueError(f"state must have a component for each label; got {k}, and a label {labels.max()}.")
        return state

    def _formulation(self, state):
        if self.formulation != "auto":
            return self.formulation
        many = self.covariance_type == "full" and self.coordinates.m >= MANY
        return ("stacked" if many else self._fastest) if state.rounding <= self.accuracy else self._exact

    def _pass(self, state):
        return Pass(self.coordinates, state, self._formulation(state))


def _as_count(value, name):
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
        raise ValueError(f"{name} must be a whole number, zero or more; got {shown(value)}.")
    return int(value)


def _twins_kept(old, new):
    """Components that are equal stay equal: BLAS may round equal rows differently, and EM would drive them apart."""
    if len(set(old.means[:, 0].tolist())) == len(old.means):  # nearly always
        return new
    first: dict[bytes, int] = {}
    shapes = zip(old.means, old.inverse_factors)
    twin = [first.setdefault(mean.tobytes() + inverse.tobytes(), j) for j, (mean, inverse) in enumerate(shapes)]
    weights = np.where(old.weights == old.weights[twin], new.weights[twin], new.weights)
    return State(weights, new.means[twin], new.inverse_factors[twin])
