"""Many runs of EM at once: with the features of :mod:`gmm_lib.engine` more runs are only more components.

On small data a run costs little arithmetic and much interpreter. Here the runs share the features Z of the data,
the E-step of all of them is one product with Z, and so are the sums of the M-step. A run that has stopped makes
room for the next. A test holds every run equal to :func:`gmm_lib.em.run`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ..covariance_types import as_covariance_type, of_type
from ..gaussian import LOG_2PI, cholesky_factors
from ..mixture import check_weights
from ..parameters import Parameters
from ..validation import (
    CollapsedComponentError,
    as_array,
    as_flag,
    as_floor,
    as_index,
    as_list,
    as_non_negative,
    as_points,
    as_positive_integer,
    shown,
)
from . import features, linear, radii, squares
from .coordinates import EPS, UNDERFLOW
from .driver import Engine
from .passes import WAYS, normalize
from .scratch import Scratch
from .sources import available_processors, one_blas_thread, thread_pool
from .state import State, collapse_bound

FEATURES = {"full": features, "tied": linear, "diag": squares, "spherical": radii}
BLOCK = 256  # runs in one array: enough to hide the interpreter, few enough to stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Restarts:
    """How S runs ended. A collapsed run keeps its last parameters, has log-likelihood NaN and no n_iter of its own.

    Attributes
    ----------
    weights, means, covariances : ndarray, shapes (S, k), (S, k, m), (S, k, m, m)
    log_likelihood : ndarray, shape (S,)
    n_iter : ndarray of int, shape (S,)
        Iterations done; of a collapsed run those before the collapse.
    converged, collapsed : ndarray of bool, shape (S,)
    clusters : ndarray of int, shape (S, n)
        The most probable component of each point; -1 in a collapsed run.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    log_likelihood: np.ndarray
    n_iter: np.ndarray
    converged: np.ndarray
    collapsed: np.ndarray
    clusters: np.ndarray

    def __len__(self) -> int:
        return len(self.log_likelihood)

    def __repr__(self):
        return f"Restarts({len(self)} runs, {self.converged.sum()} converged, {self.collapsed.sum()} collapsed)"

    def parameters(self, run: int) -> Parameters:
        """The parameters at the end of one run, as :class:`~gmm_lib.parameters.Parameters`."""
        run = as_index(run, "run", len(self))
        return Parameters(self.weights[run], self.means[run], self.covariances[run])

    @property
    def best(self) -> int:
        """Index of the run with the highest log-likelihood; a ValueError if all have collapsed."""
        if self.collapsed.all():
            raise ValueError(f"all {len(self)} runs have collapsed: there is no best one.")
        return int(np.nanargmax(self.log_likelihood))


def run_many(
    X: ArrayLike,
    starts: Sequence,
    reg_covar: ArrayLike = 0.0,
    *,
    total_tol: float = 1e-3,
    max_iter: int = 100,
    last_m_step: bool = False,
    covariance_type: str = "full",
) -> Restarts:
    """Run EM from many starts.

    Parameters
    ----------
    X : array_like, shape (n, m)
    starts : sequence of Parameters, length S, or tuple of arrays
        All with the same k and m. Three arrays of weights (S, k), means (S, k, m) and covariances (S, k, m, m) do as
        well; weights and covariances that are the same for all may be given once.
    reg_covar : float or ndarray, shape (m,)
        Variance floor, in squared units of the data.
    total_tol : float
        A run stops when its log-likelihood (the sum over all points) changes by less. 0 runs all the iterations.
    max_iter : int
    last_m_step : bool
        Do one more M-step when a run stops, as scikit-learn does: the log-likelihood is then that of the parameters
        before it, and ``n_iter`` counts it.
    covariance_type : str
        "full", "tied", "diag" or "spherical", :mod:`gmm_lib.covariance_types`; the starts must be of it.

    Returns
    -------
    Restarts

    Raises
    ------
    ValueError
        If an argument is not valid. A component that collapses raises nothing: its run is marked.
    """
    weights, means, covariances = _arrays(starts)
    covariances = of_type(covariances, as_covariance_type(covariance_type), "starts")
    X = as_points(X, means.shape[2])
    reg_covar, total_tol = as_floor(reg_covar, X.shape[1]), as_non_negative(total_tol, "total_tol")
    max_iter, last_m_step = as_positive_integer(max_iter, "max_iter"), as_flag(last_m_step, "last_m_step")
    shares = np.array_split(np.arange(len(means)), min(available_processors(), -(-len(means) // BLOCK)))

    def work(share):
        batch = _Batch(X, reg_covar, total_tol, max_iter, last_m_step, covariance_type)
        return batch.run(weights[share], means[share], covariances[share])

    with one_blas_thread(), thread_pool(len(shares)) as pool:
        results = list((pool.map if pool else map)(work, shares))
    return Restarts(*(np.concatenate(arrays) for arrays in zip(*results)))


def _arrays(starts):
    """Weights (S, k), means (S, k, m) and covariances (S, k, m, m) of the starts."""
    if isinstance(starts, tuple) and len(starts) == 3 and not any(isinstance(one, Parameters) for one in starts):
        return _arrays_as_parameters(*starts)
    if isinstance(starts, Parameters):
        raise ValueError("starts must be a list of Parameters; got a single one, which [...] would make a list.")
    starts = as_list(starts, "starts", "Parameters")
    for i, start in enumerate(starts):
        if not isinstance(start, Parameters):
            got = f"starts[{i}] is {shown(start)}"
            raise ValueError(f"starts must hold Parameters, or be a tuple of three arrays; {got}.")
    shapes = sorted({start.means.shape for start in starts})
    if len(shapes) > 1:
        raise ValueError(
            f"starts must all have the same number of components and dimensions; got {shapes[0]} and {shapes[1]}."
        )
    return [np.stack([getattr(start, name) for start in starts]) for name in ("weights", "means", "covariances")]


def _arrays_as_parameters(weights, means, covariances):
    """As :class:`~gmm_lib.parameters.Parameters` checks them: each array as it was given, before it is repeated."""
    weights, means = as_array(weights, "weights"), as_array(means, "means", 3)
    covariances = as_array(covariances, "covariances")
    S, k, m = means.shape
    for name, array, shape in (("weights", weights, (S, k)), ("covariances", covariances, (S, k, m, m))):
        if array.shape not in (shape, shape[1:]):
            raise ValueError(f"{name} must have shape {shape}, or {shape[1:]} for all alike; got {array.shape}.")
    if not ((weights >= 0).all() and (np.abs(weights.sum(axis=-1) - 1) <= 1e-8).all()):
        _name_the_run(check_weights, weights.reshape(-1, k))
    if not _all_positive_definite(covariances):
        _name_the_run(cholesky_factors, covariances.reshape(-1, k, m, m))
    return np.broadcast_to(weights, (S, k)), means, np.broadcast_to(covariances, (S, k, m, m))


def _all_positive_definite(covariances):
    """Whether :func:`~gmm_lib.gaussian.cholesky_factors` would find nothing amiss; of thousands in one go."""
    m = covariances.shape[-1]
    with np.errstate(all="ignore"):
        scale = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
        correlations = covariances / scale[..., np.newaxis] / scale[..., np.newaxis, :]
    if not np.isfinite(correlations).all() or (np.abs(correlations - correlations.swapaxes(-1, -2)) > 1e-8).any():
        return False
    return bool((np.linalg.eigvalsh(correlations)[..., 0] > 8 * m * EPS).all())


def _name_the_run(check, arrays):
    """Raise what a check finds wrong with the first array that it finds something wrong with."""
    for i, array in enumerate(arrays):
        try:
            check(array)
        except CollapsedComponentError as error:
            what = f"covariances must be positive definite, but of component {error.component} {error.reason}"
            raise ValueError(f"in starts, run {i}: {what}.") from None
        except ValueError as error:
            raise ValueError(f"in starts, run {i}: {error}") from None


@dataclass(eq=False)
class _Runs:
    """Runs under way. In each array the runs lie along the last axis and the components before it, so that an operation
    runs over long rows of memory, however few dimensions there are."""

    index: np.ndarray  # (S,)
    iteration: np.ndarray  # (S,)
    previous: np.ndarray  # (S,) log-likelihood one iteration ago
    twin: np.ndarray  # (k, S) the first component that started equal to this one
    weights: np.ndarray  # (k, S)
    means: np.ndarray  # (m, k, S) in the engine's coordinates
    inverse_factors: np.ndarray  # (m, m, k, S) inverse Cholesky factors, there too
    mean_squares: np.ndarray  # (m, k, S) of each coordinate, as those of the engine's state

    def __getitem__(self, which):
        return _Runs(*(getattr(self, field.name)[..., which] for field in fields(self)))

    def __add__(self, other):
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return _Runs(*(np.concatenate(pair, axis=-1) for pair in pairs))

    def state(self, i):
        """One run as the engine's state."""
        means, inverse_factors = self.means[..., i].T.copy(), self.inverse_factors[..., i].transpose(2, 0, 1).copy()
        with np.errstate(divide="ignore"):  # a weight may be 0
            return State(self.weights[:, i], means, inverse_factors, self.mean_squares[..., i].T.copy())

    def set_state(self, i, state):
        self.weights[:, i], self.means[..., i] = state.weights, state.means.T
        self.inverse_factors[..., i] = state.inverse_factors.transpose(1, 2, 0)
        self.mean_squares[..., i] = state.mean_squares.T

    def take(self, runs):
        """Write these runs into their places among these."""
        for name in ("iteration", "weights", "means", "inverse_factors"):
            getattr(self, name)[..., runs.index] = getattr(runs, name)

    @cached_property
    def rounding(self):
        """As :attr:`gmm_lib.engine.State.rounding`, for each run."""
        felt = np.einsum("abjs,bjs->ajs", np.abs(self.inverse_factors), np.sqrt(self.mean_squares))
        return 16 * EPS * np.einsum("ajs,ajs->js", felt, felt).max(axis=0)

    @property
    def precision_traces(self):
        """As :attr:`gmm_lib.engine.State.precision_traces`, for each run, shape (k, S)."""
        return np.einsum("abjs,abjs->js", self.inverse_factors, self.inverse_factors)


class _Batch:
    """The runs of one thread."""

    def __init__(self, X, reg_covar, total_tol, max_iter, last_m_step, covariance_type="full"):
        self.X, self.total_tol, self.max_iter, self.last_m_step = X, total_tol, max_iter, last_m_step
        self.covariance_type, exact = covariance_type, WAYS[covariance_type][-1]
        # The engine takes over, run by run, where the features would lose too many digits.
        self.engine = Engine(X, reg_covar=reg_covar, formulation=exact, threads=1, covariance_type=covariance_type)
        self.coordinates = self.engine.coordinates
        self.scratch, own = Scratch(), Scratch()
        self.Z = FEATURES[covariance_type].expand(self.coordinates.of_block(X, own), own)
        if covariance_type == "tied":
            self.scatter = self.engine.sum_of_products()[1:, 1:]

    @UNDERFLOW
    def run(self, weights, means, covariances):
        """Run all the starts, ``BLOCK`` at a time; returns the arrays of :class:`Restarts`."""
        ends = self._start(weights, means, covariances)  # each run writes here how it ended
        runs, waiting = ends[:BLOCK], ends[BLOCK:]
        log_likelihood = np.full(len(means), np.nan)
        converged, collapsed = np.zeros((2, len(means)), dtype=bool)
        clusters = np.full((len(means), len(self.X)), -1)
        while runs.index.size:
            value, new, fallen, R = self._step(runs)
            close = np.abs(value - runs.previous) < self.total_tol
            stop = close | (runs.iteration == self.max_iter - self.last_m_step)
            if not self.last_m_step:
                fallen &= ~stop  # by an M-step that is not wanted
            if (gone := stop | fallen).any():
                done, at = stop & ~fallen, runs.index[stop & ~fallen]
                ends.take(runs[fallen])
                ends.take(new[done] if self.last_m_step else runs[done])
                collapsed[runs.index[fallen]] = True
                log_likelihood[at], converged[at] = value[done], close[done]
                clusters[at] = runs.twin[R[:, done].argmax(axis=0), np.flatnonzero(done)[:, np.newaxis]]
                new, value = new[~gone], value[~gone]
            runs, runs.previous = new, value
            if waiting.index.size and len(runs.index) <= BLOCK * 7 // 8:
                room = BLOCK - len(runs.index)
                runs, waiting = runs + waiting[:room], waiting[room:]
        weights, means, covariances = self._in_units_of_the_data(ends)
        return weights, means, covariances, log_likelihood, ends.iteration, converged, collapsed, clusters

    def _start(self, weights, means, covariances):
        factors = self.coordinates.matrix @ np.linalg.cholesky(covariances)
        S = len(means)
        equal = (means[:, :, np.newaxis] == means[:, np.newaxis]).all(axis=-1)
        equal &= (covariances[:, :, np.newaxis] == covariances[:, np.newaxis]).all(axis=(-1, -2))
        means = (means - self.coordinates.centre) @ self.coordinates.matrix.T
        return _Runs(
            index=np.arange(S),
            iteration=np.zeros(S, dtype=int),
            previous=np.full(S, np.nan),
            twin=equal.argmax(axis=-1).T,
            weights=weights.T.copy(),
            means=means.transpose(2, 1, 0).copy(),
            inverse_factors=_inverse(factors.transpose(2, 3, 1, 0)),
            mean_squares=(np.square(means) + np.square(factors).sum(axis=-1)).transpose(2, 1, 0).copy(),
        )

    def _in_units_of_the_data(self, runs):
        factors = self.coordinates.inverse @ _inverse(runs.inverse_factors).transpose(3, 2, 0, 1)
        means = self.coordinates.centre + runs.means.transpose(2, 1, 0) @ self.coordinates.inverse.T
        return runs.weights.T, means, factors @ factors.swapaxes(-1, -2)

    def _step(self, runs):
        """One iteration of every run: log-likelihoods before it (S,), the runs after it, which of them collapsed
        (S,), and the responsibilities (k, S, n)."""
        k, S = runs.weights.shape
        n = len(self.X)
        A = np.matmul(self._theta(runs).reshape(-1, k * S).T, self.Z, out=self.scratch("A", k * S, n)).reshape(k, S, n)
        with np.errstate(over="ignore"):
            R, log_densities = normalize(A, self.scratch)
        value = log_densities.sum(axis=1)
        if self.covariance_type == "tied":  # what all components have in common is not in A
            inverses = runs.inverse_factors[:, :, 0]
            value -= 0.5 * np.einsum("abs,bc,acs->s", inverses, self.scatter, inverses, optimize=True)
        new = self._m_step((self.Z @ R.reshape(k * S, n).T).reshape(-1, k, S), runs)
        fallen = np.zeros(S, dtype=bool)
        with np.errstate(all="ignore"):  # a run that has nothing left is NaN, and not safe
            safe = np.maximum(runs.rounding, new.rounding) <= self.engine.accuracy
            safe &= collapse_bound((new.precision_traces / new.weights).max(axis=0), self.coordinates) < 1
        for i in np.flatnonzero(~safe):
            state = runs.state(i)
            try:
                value[i], state = self.engine.step(state)
                new.set_state(i, state)
            except CollapsedComponentError:
                fallen[i] = True
        return value, new, fallen, R

    def _theta(self, runs):
        """The formulation's ``prepare``, :func:`gmm_lib.engine.features.prepare` say, for all runs: shape (p, k, S)."""
        m = len(runs.means)
        theta = {"full": _quadratic, "tied": _linear}.get(self.covariance_type, _separate)(runs)[: len(self.Z)]
        with np.errstate(divide="ignore"):
            theta[0] += np.log(runs.weights) - 0.5 * m * LOG_2PI + self.coordinates.log_determinant
        theta[0] += np.log(runs.inverse_factors[range(m), range(m)]).sum(axis=0)
        return theta

    def _m_step(self, sums, runs):
        """As :func:`gmm_lib.engine.state.m_step`, for all runs; NaN where nothing is left, for the engine to redo."""
        weights = sums[0] / sums[0].sum(axis=0)
        with np.errstate(all="ignore"):
            M = self._moments(sums / sums[0])
            if self.engine.floor is not None:
                M[1:, 1:] += (self.engine.floor @ self.engine.floor.T)[..., np.newaxis, np.newaxis]
            mean_squares = np.einsum("aajs->ajs", M)[1:].copy()
            if self.covariance_type == "full":
                _cholesky(M)
                means, inverse_factors = M[1:, 0], _inverse(M[1:, 1:])
            else:
                means, inverse_factors = _typed(M, weights, self.covariance_type)
        j, s = np.nonzero(runs.twin != np.arange(len(runs.twin))[:, np.newaxis])  # equal components stay equal
        first = runs.twin[j, s]
        means[:, j, s], inverse_factors[:, :, j, s] = means[:, first, s], inverse_factors[:, :, first, s]
        weights[j, s] = np.where(runs.weights[j, s] == runs.weights[first, s], weights[first, s], weights[j, s])
        iteration = runs.iteration + 1
        return replace(
            runs,
            iteration=iteration,
            weights=weights,
            means=means,
            inverse_factors=inverse_factors,
            mean_squares=mean_squares,
        )

    def _moments(self, z):
        """From the mean features z, shape (p, k, S), the means of ``(1, y)(1, y)^T``, shape (m + 1, m + 1, k, S), as
        far as the formulation knows them."""
        if self.covariance_type == "full":
            return features.unpack(z)
        m = self.coordinates.m
        M = np.zeros((m + 1, m + 1, *z.shape[1:]))
        M[0] = M[:, 0] = z[: m + 1]
        if self.covariance_type == "tied":
            M[1:, 1:] = (self.scatter / len(self.X))[..., np.newaxis, np.newaxis]
            return M
        a = np.arange(1, m + 1)
        M[a, a] = z[m + 1 :] if self.covariance_type == "diag" else z[-1] / m
        return M


def _quadratic(runs):
    """Coefficients of every product of two entries of (1, y), as :mod:`gmm_lib.engine.features` orders them."""
    m = len(runs.means)
    upper, factor, _ = features.layout(m)
    shifts = -np.einsum("abjs,bjs->ajs", runs.inverse_factors, runs.means)
    Q = np.zeros((m + 1, m + 1, *shifts.shape[1:]))
    for a in range(m):
        b = np.concatenate([shifts[a : a + 1], runs.inverse_factors[a, : a + 1]])
        Q[: a + 2, : a + 2] += b[:, np.newaxis] * b
    theta = Q.reshape(-1, *shifts.shape[1:])[upper]
    theta *= factor[:, np.newaxis, np.newaxis]
    return theta


def _linear(runs):
    """Coefficients of (1, y) where all components have one covariance, as in :mod:`gmm_lib.engine.linear`."""
    shifts = np.einsum("abjs,bjs->ajs", runs.inverse_factors, runs.means)
    slopes = np.einsum("abjs,ajs->bjs", runs.inverse_factors, shifts)
    return np.concatenate([-0.5 * np.square(shifts).sum(axis=0, keepdims=True), slopes])


def _separate(runs):
    """Coefficients of (1, y, y^2) for diagonal covariances, as in :mod:`gmm_lib.engine.squares`. (For spherical ones
    those of the squares are equal, and the first is that of their sum.)"""
    scales = np.einsum("aajs->ajs", runs.inverse_factors)
    shifts = scales * runs.means
    constant = -0.5 * np.square(shifts).sum(axis=0, keepdims=True)
    return np.concatenate([constant, scales * shifts, -0.5 * np.square(scales)])


def _typed(M, weights, covariance_type):
    """Means and inverse factors under the constraint of a type other than "full": as
    :func:`gmm_lib.covariance_types.constrained`, for all runs."""
    means = M[1:, 0].copy()
    C = M[1:, 1:] - means[:, np.newaxis] * means
    m = len(C)
    if covariance_type == "tied":
        K = (weights * C).sum(axis=2, keepdims=True)
        _cholesky(K)
        return means, np.broadcast_to(_inverse(K), C.shape).copy()
    variances = np.einsum("aajs->ajs", C)
    if covariance_type == "spherical":
        variances = np.broadcast_to(variances.sum(axis=0) / m, variances.shape)
    inverse_factors = np.zeros(C.shape)
    inverse_factors[range(m), range(m)] = 1 / np.sqrt(variances)
    return means, inverse_factors


def _cholesky(M):
    """Cholesky factors in place, of matrices along the first two axes."""
    for a in range(len(M)):
        M[a:, a] /= np.sqrt(M[a, a])
        below = M[a + 1 :, a]
        M[a + 1 :, a + 1 :] -= below[:, np.newaxis] * below[np.newaxis]


def _inverse(L):
    """Inverses of lower triangular matrices along the first two axes, by forward substitution; what is above the
    diagonal is not read."""
    inverse = np.zeros(L.shape)
    for a in range(len(L)):
        inverse[a, a] = 1 / L[a, a]
        if a:
            inverse[a, :a] = np.einsum("b...,bc...->c...", L[a, :a], inverse[:a, :a]) * -inverse[a, a]
    return inverse
