"""Traces for the stepper, computed in Python: by gmm_lib, by the article's formulas as printed, or by a student's own.

A :class:`Trace` is the list of frames of one run of :func:`gmm_lib.em.frames`, computed as far as it is asked for, and
the reason why it ended. The JavaScript engine, ``js/engine``, computes the same, and a test holds the two equal.
"""

import traceback
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import em, initialization, m_step, missing
from ..covariance_types import as_covariance_type, constrained, of_type
from ..e_step import normalize, responsibilities
from ..em import Frame
from ..gaussian import cholesky_factors, log_densities_from_factors
from ..likelihood import log_likelihood, lower_bound
from ..parameters import Parameters
from ..validation import (
    CollapsedComponentError,
    as_array,
    as_function,
    as_incomplete_points,
    as_index,
    as_integers,
    as_non_negative,
    as_parameters,
    as_points,
    as_responsibilities,
    as_sample_weight,
    as_seed,
    seen_everywhere,
    shown,
)
from ._settings import ALLOWED, DEFAULTS, MOST_ITERATIONS, TOLERANCE

PRINTED = ALLOWED["printed"]  # "13" stands for (13) and (14)
RULES = ALLOWED["start"]
PARTS = ("weights", "means", "covariances")


@dataclass(frozen=True, eq=False)
class UncheckedParameters:
    """Parameters that nobody has checked: formula (12) as printed gives weights that sum to n.

    Weights have shape (k,), means (k, m), covariances and their Cholesky factors (k, m, m).
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    factors: np.ndarray

    @property
    def m(self) -> int:
        """Number of dimensions."""
        return self.means.shape[1]

    @property
    def k(self) -> int:
        """Number of components."""
        return self.means.shape[0]


def printed_e_step(X: ArrayLike, parameters: Parameters | UncheckedParameters) -> np.ndarray:
    """Equation (11) as the article prints it: without the mixing weights. X (n, m) gives (n, k)."""
    X = as_points(X, as_parameters(parameters).m)
    return normalize(log_densities_from_factors(X, parameters.means, parameters.factors))


def printed_m_step(
    X: ArrayLike,
    responsibilities: ArrayLike,
    reg_covar: float = 0.0,
    printed: Collection[str] = PRINTED,
    covariance_type: str = DEFAULTS["type"],
) -> UncheckedParameters:
    """The M-step with (12) ("12"), or (13) and (14) ("13"), as the article prints them.

    Returns :class:`UncheckedParameters`.

    X has shape (n, m), responsibilities (n, k); ``reg_covar`` is in squared units of X, and ``covariance_type`` says
    what is made of (14). A component that loses its points or its volume raises
    :class:`~gmm_lib.validation.CollapsedComponentError`, other bad input ValueError.
    """
    X, floor = as_points(X), as_non_negative(reg_covar, "reg_covar")
    w, printed = as_responsibilities(responsibilities, len(X)), _printed(printed)
    covariance_type = as_covariance_type(covariance_type)
    counts = m_step.effective_counts(w)
    weights = counts if "12" in printed else counts / len(X)
    if "13" not in printed:
        means = m_step.means(X, w)
        covariances = m_step.covariances(X, w, means, floor)
    else:
        means = w.T @ X / len(X)
        residuals = [np.sqrt(w[:, j, np.newaxis]) * (X - mean) for j, mean in enumerate(means)]
        covariances = np.stack([r.T @ r / len(X) + floor * np.eye(X.shape[1]) for r in residuals])
    covariances = constrained(covariances, counts, covariance_type)
    return UncheckedParameters(weights, means, covariances, cholesky_factors(covariances))


def held_m_step(
    X: ArrayLike, responsibilities: ArrayLike, held: float, printed: Collection[str] = ()
) -> Parameters | UncheckedParameters:
    """The M-step of a mixture whose components all have the one spherical variance ``held``, which is not learned:
    (12) and (13) alone, those in ``printed`` as the article prints them.

    X has shape (n, m), responsibilities (n, k). A component that loses its points raises
    :class:`~gmm_lib.validation.CollapsedComponentError`, other bad input ValueError.
    """
    X = as_points(X)
    w, printed = as_responsibilities(responsibilities, len(X)), _printed(printed)
    if not as_non_negative(held, "held") > 0:
        raise ValueError(f"held must be positive; got {shown(held)}.")
    counts = m_step.effective_counts(w)
    means = w.T @ X / len(X) if "13" in printed else m_step.means(X, w)
    return _with_variance(counts if "12" in printed else counts / len(X), means, held)


def _with_variance(weights, means, held):
    """Parameters of spherical components; unchecked if the weights are those of (12) as printed."""
    covariances = np.tile(held * np.eye(means.shape[1]), (len(means), 1, 1))
    if abs(weights.sum() - 1) <= 1e-8:
        return Parameters(weights, means, covariances)
    return UncheckedParameters(weights, means, covariances, cholesky_factors(covariances))


def first_parameters(
    X: ArrayLike,
    k: int,
    start: str = DEFAULTS["start"],
    seed: int = 0,
    reg_covar: float = 0.0,
    covariance_type: str = DEFAULTS["type"],
) -> Parameters:
    """The start that rule ``start`` draws with ``numpy.random.RandomState(seed)``: what the page's engine draws too.

    X has shape (n, m), ``reg_covar`` is in its squared units, ``covariance_type`` one of
    :mod:`gmm_lib.covariance_types`. Raises ValueError if the points allow no such start.
    """
    if not isinstance(start, str) or start not in RULES:
        raise ValueError(f"start must be one of {', '.join(RULES)}; got {shown(start)}.")
    return initialization.RULES[start](X, k, np.random.RandomState(as_seed(seed)), reg_covar, covariance_type)


def drawn_start(X: ArrayLike, settings: dict) -> Parameters:
    """The start that checked ``settings`` draw for X, of shape (n, m), from the rows of which nothing is missing.

    Raises ValueError if the points allow none.
    """
    X, k = as_incomplete_points(X), settings["k"]
    whole = X[~np.isnan(X).any(axis=1)]
    if len(whole) < min(k, len(X)):
        raise ValueError(f"X must have {k} points of which nothing is missing, to start from; it has {len(whole)}.")
    kind = "spherical" if settings["held"] else settings["type"]
    return first_parameters(whole, k, settings["start"], settings["seed"], settings["floor"], kind)


def _printed(printed: Collection[str]) -> tuple[str, ...]:
    if not isinstance(printed, (list, tuple, set, frozenset)) or any(one not in PRINTED for one in printed):
        raise ValueError(f"printed must be a list of {', '.join(PRINTED)}, or empty; got {shown(printed)}.")
    return tuple(printed)


class StepError(Exception):
    """A student's function raised, or returned what is no E-step or M-step; the message says which and why."""


def checked_e_step(function: Callable, n: int, k: int) -> Callable:
    """Wrap a student's ``(X, parameters) -> responsibilities`` so that whatever goes wrong is a StepError that
    names the function."""

    def step(X, parameters):
        result = _call(function, "e_step", X, parameters)
        shape = np.shape(result)
        if shape != (n, k):
            wanted = f"an array of shape {(n, k)}, one row a point"
            raise StepError(f"e_step must return {wanted}; it returned {_shown(result, shape)}.")
        return _valid("e_step", lambda: as_responsibilities(result))

    return step


def checked_m_step(function: Callable, k: int, m: int) -> Callable:
    """Wrap a student's ``(X, responsibilities) -> parameters``; (weights, means, covariances) do as well.
    Whatever goes wrong is a StepError that names the function."""

    def step(X, w):
        result = _call(function, "m_step", X, w)
        parts: list[Any] = [getattr(result, name, None) for name in PARTS]
        if isinstance(result, tuple | list) and len(result) == 3:
            parts = list(result)
        if any(part is None for part in parts):
            wanted = "Parameters, or (weights, means, covariances)"
            raise StepError(f"m_step must return {wanted}; it returned {type(result).__name__}.")
        for name, part, shape in zip(PARTS, parts, ((k,), (k, m), (k, m, m))):
            if np.shape(part) != shape:
                returned = _shown(part, np.shape(part))
                raise StepError(f"m_step must return {name} of shape {shape}; it returned {returned}.")
        return _valid("m_step", lambda: Parameters(*parts))

    return step


def _call(function, name, X, argument):
    try:
        return function(X.copy(), argument)  # a copy: a function that writes into its input must not spoil the data
    except Exception as error:
        where = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
        line = f", line {where[0].lineno} of {where[0].name}" if where else ""
        raise StepError(f"{name} raised {type(error).__name__}: {error} ({name} was your function{line})") from error


def _valid(name, check):
    try:
        return check()
    except CollapsedComponentError:
        raise
    except ValueError as error:
        raise StepError(f"{name}: {error}") from error


def _shown(result, shape):
    if isinstance(result, np.ndarray):
        return f"an array of shape {shape}"
    return f"a {type(result).__name__}" + (f" of shape {shape}" if shape else "")


class Trace:
    """Frames of one run, computed as far as they are asked for.

    Parameters
    ----------
    X : array_like, shape (n, m)
        NaN where a value is missing, :mod:`gmm_lib.missing`.
    parameters : Parameters
        The start.
    reg_covar : float
        Variance floor.
    printed : collection of str
        Formulas to take as the article prints them: of "11", "12" and "13" (which stands for (13) and (14)).
    e_step : callable, (X, parameters) -> responsibilities, optional
        Takes the place of :func:`gmm_lib.e_step.responsibilities`.
    m_step : callable, (X, responsibilities) -> parameters, optional
        Takes the place of :func:`gmm_lib.m_step.m_step`.
    responsibilities : array_like, shape (n, k), optional
        If given, the run begins with the M-step that follows from them.
    covariance_type : str
        "full", "tied", "diag" or "spherical", for :func:`gmm_lib.m_step.m_step`; the start must be of it.
    held : float
        Above zero, one spherical variance for all components, which the start and every M-step have in the place of
        (14): as it shrinks, EM becomes k-means. ``reg_covar`` and ``covariance_type`` are then without effect.
    rows : array_like of int, optional
        If given, the frames hold the responsibilities of these rows alone; :meth:`frame` computes those of all anew.
    sample_weight : array_like, shape (n,), optional
        How often each point counts. Where points have weights, or values are missing, the steps are those of
        :mod:`gmm_lib.missing`, and neither your own nor as printed.

    Attributes
    ----------
    frames : list of gmm_lib.em.Frame
    ended : dict or None
        Why there are no more frames: ``why`` is "converged", "limit", "collapse" (with ``component``), "refused", or
        "student" (with ``text``).
    """

    def __init__(
        self,
        X: ArrayLike,
        parameters: Parameters | UncheckedParameters,
        reg_covar: float = 0.0,
        printed: Collection[str] = (),
        e_step: Callable | None = None,
        m_step: Callable | None = None,
        responsibilities: ArrayLike | None = None,
        covariance_type: str = DEFAULTS["type"],
        held: float = 0.0,
        rows: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        self.X = seen_everywhere(as_incomplete_points(X))
        self._weight = None if sample_weight is None else as_sample_weight(sample_weight, len(self.X))
        self._uneven = self._weight is not None or bool(np.isnan(self.X).any())
        self.frames: list[Frame] = []
        self.ended: dict | None = None
        k = as_parameters(parameters).k
        if parameters.m != self.X.shape[1]:
            raise ValueError(f"parameters must have the {self.X.shape[1]} dimensions of X; got {parameters.m}.")
        given = None if responsibilities is None else as_responsibilities(responsibilities, len(self.X), k)
        reg_covar, printed = as_non_negative(reg_covar, "reg_covar"), _printed(printed)
        for name, function in (("e_step", e_step), ("m_step", m_step)):
            as_function(function, name, optional=True)
        self._rows = None if rows is None else as_integers(rows, "rows")
        self._given, self._whole, self._part = given, None, None
        self._held = as_non_negative(held, "held")
        if held and m_step is not None:
            raise ValueError(f"held must be 0 with an M-step of your own; got {shown(held)}.")
        if self._uneven and (printed or e_step is not None or m_step is not None):
            raise ValueError("formulas as printed and steps of your own take complete points of equal weight.")
        if as_covariance_type(covariance_type) != "full" and m_step is None and not held:
            of_type(parameters.covariances, covariance_type, "parameters")
        self._type = covariance_type
        if self._held:
            parameters = _with_variance(parameters.weights, parameters.means, self._held)
        steps = self._steps(parameters, reg_covar, printed, e_step, m_step)
        self._e_step = steps[0]
        self._source = self._run(parameters, given, *steps)
        self.extend_to(0)

    def _steps(self, parameters, reg_covar, printed, e_step, m_step_):
        """The E-step and the M-step."""
        (n, m), k = self.X.shape, parameters.k
        if self._uneven:
            floor, kind = (self._held, "spherical") if self._held else (reg_covar, self._type)
            return missing.e_step, lambda X, expected: self._shaped(missing.m_step(expected, floor, kind, self._weight))
        if e_step is not None:
            e = checked_e_step(e_step, n, k)
        else:
            e = printed_e_step if "11" in printed else responsibilities
        if m_step_ is not None:
            return e, checked_m_step(m_step_, k, m)
        if self._held:
            return e, lambda X, w: held_m_step(X, w, self._held, printed)
        if "12" in printed or "13" in printed:
            return e, lambda X, w: printed_m_step(X, w, reg_covar, printed, self._type)
        return e, lambda X, w: m_step.m_step(X, w, reg_covar, self._type)

    def _shaped(self, state):
        return _with_variance(state.weights, state.means, self._held) if self._held else state

    def _log_likelihood(self, state):
        if not self._uneven:
            return log_likelihood(self.X, state)
        densities = missing.log_density(self.X, state)
        return float(densities.sum() if self._weight is None else self._weight @ densities)

    def _lower_bound(self, latent, state):
        if not self._uneven:
            return lower_bound(self.X, latent, state)
        return missing.lower_bound(latent, state, self._weight)

    def _run(self, state, given, e_step, m_step):
        X, log_likelihood, lower_bound = self.X, self._log_likelihood, self._lower_bound
        iteration = 0
        if given is not None:
            if self._uneven:
                given = replace(e_step(X, state), responsibilities=given)
            value = log_likelihood(state)
            yield em.Frame("E", 0, state, given, value, lower_bound(given, state))
            state = m_step(X, given)
            iteration, value = 1, log_likelihood(state)
            yield em.Frame("M", 0, state, given, value, lower_bound(given, state))
        frames = em.frames(
            state,
            e_step=lambda state: e_step(X, state),
            m_step=lambda w: m_step(X, w),
            objective=log_likelihood,
            lower_bound=lower_bound,
            tol=TOLERANCE,
            max_iter=MOST_ITERATIONS,
        )
        for frame in frames:
            if iteration == 0 or frame.phase != "start":  # after a given E and M the start is already there
                yield frame

    def extend_to(self, index: int) -> "Trace":
        """Make sure of frame ``index``, if the run goes so far; returns the trace itself."""
        try:
            while self.ended is None and len(self.frames) <= index:
                self.frames.append(self._thin(next(self._source)))
                self.ended = self._end()
        except CollapsedComponentError as error:
            self.ended = {"why": "collapse", "component": error.component, "text": self._one_based(error)}
        except StepError as error:
            self.ended = {"why": "student", "text": str(error)}
        except ValueError as error:
            self.ended = {"why": "refused", "text": str(error)}
        return self

    def _thin(self, frame):
        """The frame with the responsibilities of some rows: of an M-step the same array as of the E-step before."""
        if isinstance(frame.latent, missing.Expectations):
            frame = replace(frame, latent=_shares(frame.latent))
        if self._rows is None or frame.latent is None:
            return frame
        if frame.latent is not self._whole:
            self._whole, self._part = frame.latent, frame.latent[self._rows]
        return replace(frame, latent=self._part)

    def frame(self, index: int) -> Frame:
        """Frame ``index`` of those computed, with the responsibilities of all points."""
        frame = self.frames[as_index(index, "index", len(self.frames))]
        if self._rows is None or frame.latent is None:
            return frame
        before = index if frame.phase == "E" else index - 1
        whole = self._given if before == 0 else _shares(self._e_step(self.X, self.frames[before].state))
        return replace(frame, latent=whole)

    def _end(self):
        """Whether the driver will stop after the last frame: known at once, not when the next one is asked for."""
        last = self.frames[-1]
        if last.phase != "M":
            return None
        if last.iteration > 0 and abs(last.log_likelihood - self.frames[-2].log_likelihood) < TOLERANCE:
            return {"why": "converged"}
        return {"why": "limit"} if last.iteration >= MOST_ITERATIONS else None

    @staticmethod
    def _one_based(error):
        """The picture counts components from one, as the formulas do."""
        return f"Component {error.component + 1} has collapsed: {error.reason}"


def _shares(latent):
    """The responsibilities, which is all that a picture wants of expectations."""
    return latent.responsibilities if isinstance(latent, missing.Expectations) else latent


def as_state(value: object) -> Parameters | UncheckedParameters:
    """Parameters from a ``value``: Parameters, a dictionary or a triple (weights, means, covariances), or a
    ValueError."""
    if isinstance(value, Parameters | UncheckedParameters):
        return value
    if isinstance(value, dict):
        value = [value.get(name) for name in PARTS]
    if not isinstance(value, tuple | list) or len(value) != 3 or any(part is None for part in value):
        raise ValueError(f"parameters must be Parameters, or hold weights, means and covariances; got {shown(value)}.")
    return Parameters(*(as_array(part, name, ndim) for part, name, ndim in zip(value, PARTS, (1, 2, 3))))
