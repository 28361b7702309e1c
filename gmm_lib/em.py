"""The EM algorithm itself: a driver that knows no model.

Hand it an E-step, an M-step and an objective, and it yields *frames*, one per half-step. Gaussian mixtures, two coins
and k-means all plug into it. A list of frames is a *trace*: what the stepper draws, whoever computed it.
"""

import math
import numbers
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .validation import as_function, as_non_negative, as_positive_integer, shown


@dataclass(frozen=True)
class Frame:
    """One half-step of EM.

    Attributes
    ----------
    phase : str
        "start" before the first half-step, then "E" and "M" in turn.
    iteration : int
        0 for the start, then 1, 2, ...; an E and the M after it share a number.
    state : Any
        The parameters *after* this half-step. An E-step leaves them as they were.
    latent : Any
        What the last E-step inferred of the latent variables (responsibilities, say); None at the start.
    log_likelihood : float
        The objective at ``state``.
    lower_bound : float or None
        The evidence lower bound at ``state`` and ``latent``: equal to the log-likelihood after an E-step, at most
        equal after an M-step. None at the start, or where no bound was given.
    """

    phase: str
    iteration: int
    state: Any
    latent: Any
    log_likelihood: float
    lower_bound: float | None


@dataclass(frozen=True)
class Result:
    """How a run of EM ended: the last state, its objective, the objective after each iteration, and why it stopped."""

    state: Any
    objective: float
    history: tuple
    n_iter: int
    converged: bool


def frames(
    state: Any,
    e_step: Callable,
    m_step: Callable,
    objective: Callable,
    lower_bound: Callable | None = None,
    *,
    tol: float = 1e-3,
    max_iter: int = 100,
) -> Iterator[Frame]:
    """Alternate E and M from ``state`` and yield a :class:`Frame` for the start and for each half-step.

    It stops after the first M-step that changes the objective by less than ``tol``, or after ``max_iter`` iterations.

    Parameters
    ----------
    state : Any
        Initial parameters.
    e_step : callable, state -> latent
    m_step : callable, latent -> state
    objective : callable, state -> float
        The log-likelihood, or whatever EM is to climb: a number, never NaN.
    lower_bound : callable, (latent, state) -> float, optional
    tol : float
        In the units of the objective. 0 runs all the iterations.
    max_iter : int

    Yields
    ------
    Frame

    Raises
    ------
    ValueError
        If ``tol`` is negative, ``max_iter`` is not a positive integer or a step is not a function; while running, if
        ``objective`` or ``lower_bound`` returns no number. What the functions themselves raise is passed on.
    """
    tol = as_non_negative(tol, "tol")
    max_iter = as_positive_integer(max_iter, "max_iter")
    for name, function in (("e_step", e_step), ("m_step", m_step), ("objective", objective)):
        as_function(function, name)
    as_function(lower_bound, "lower_bound", optional=True)
    return _frames(state, e_step, m_step, objective, lower_bound, tol, max_iter)


def _frames(state, e_step, m_step, objective, lower_bound, tol, max_iter):
    def bound(latent, state):
        return None if lower_bound is None else _number(lower_bound(latent, state), "lower_bound")

    value = _number(objective(state), "objective")
    yield Frame("start", 0, state, None, value, None)
    for iteration in range(1, max_iter + 1):
        latent = e_step(state)
        yield Frame("E", iteration, state, latent, value, bound(latent, state))
        state = m_step(latent)
        previous, value = value, _number(objective(state), "objective")
        yield Frame("M", iteration, state, latent, value, bound(latent, state))
        if abs(value - previous) < tol:
            return


def _number(value, name):
    """What a caller's function returned, if EM can climb it. -inf may pass: a state under which the data cannot be."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or math.isnan(value) or value == math.inf:
        raise ValueError(f"{name} must return a real number, neither NaN nor inf; got {shown(value)}.")
    return float(value)


def run(
    state: Any, e_step: Callable, m_step: Callable, objective: Callable, *, tol: float = 1e-3, max_iter: int = 100
) -> Result:
    """Run :func:`frames` to its end and keep what matters: a :class:`Result`. The arguments are the same."""
    history = []
    for frame in frames(state, e_step, m_step, objective, tol=tol, max_iter=max_iter):
        if frame.phase != "E":
            history.append(frame.log_likelihood)  # the value alone: each frame holds an n by k array
    converged = abs(history[-1] - history[-2]) < tol
    return Result(frame.state, frame.log_likelihood, tuple(history), frame.iteration, converged)
