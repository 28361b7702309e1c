"""EM, faster near its end: quasi-Newton acceleration (Jamshidian and Jennrich, 1997), which knows no model.

Where groups overlap EM creeps: each step is nearly a fixed part of the one before. But the step ``f(x) = M(x) - x`` of
an EM map M is more than a direction. In the metric of the complete data's information it *is*, to first order, the
gradient of the objective, so that whoever remembers how the last few steps changed knows the curvature: that is the
method of limited memory of Nocedal (1980), in which the plain step is what it starts from when it remembers nothing.

A ratchet keeps what makes EM dear: a proposal that does not gain what it must is thrown away, and the plain step is
taken in its place. So the objective never falls where EM's own steps do not let it fall, and the fixed points are those
of EM. Each proposal costs one evaluation, thrown away or not; all of them are counted. (A variance floor makes EM a map
that climbs nothing: its last steps may lead down. There a proposal must bring the end nearer instead.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .validation import as_flag, as_function, as_non_negative, as_positive_integer, shown

MEMORY = 6  # pairs of (step, change of the plain step) that are remembered
REACH = 0.5  # longest proposal, as the root of its information per point: how far the quadratic picture is trusted
SUFFICIENT = 1e-4  # of the gain that the slope promises, the part that a proposal must bring (Armijo, 1966)
FALL = 10  # times the plain step's length: how far the objective may fall, where it may
SHORTER = 0.9  # of the plain step's length, at most, must be left by a proposal under which it falls
CURVED = 1e-8  # cosine of a pair below which it tells nothing of a maximum
KINDS = ("quasi-newton",)


def as_acceleration(value: str | None, name: str = "acceleration") -> str | None:
    """Return ``value`` if it names an acceleration, or is None for plain EM; else raise a ValueError that calls it
    ``name``."""
    if value is not None and not (isinstance(value, str) and value in KINDS):
        raise ValueError(f"{name} must be None or {', '.join(map(repr, KINDS))}; got {shown(value)}.")
    return value


@dataclass(frozen=True)
class Evaluation:
    """What is known after one evaluation of the EM map.

    Attributes
    ----------
    value : float
        The objective at the last point that was kept; after a proposal that was thrown away, the same as before it.
    image : Any
        Where the plain step leads from that point.
    plain : bool
        Whether this evaluation was of a plain step's end, so that the change of ``value`` is plain EM's. A small change
        of a proposal says nothing of how near the end is.
    kept : bool
        Whether the evaluated point was kept.
    """

    value: float
    image: Any
    plain: bool
    kept: bool


def climb(
    start: Any,
    step: Callable,
    *,
    away: Callable,
    moved: Callable,
    information: Callable,
    ascends: bool = True,
    tol: float = 0.0,
    memory: int = MEMORY,
) -> Iterator[Evaluation]:
    """Accelerated EM from ``start``, one :class:`Evaluation` at a time, for ever: who receives them decides when to
    stop.

    Points may be anything. What is needed of them is a chart around each: numbers that say how to go from one point to
    another, and how far that is.

    Parameters
    ----------
    start : Any
        A point.
    step : callable, point -> (float, point)
        The objective at a point, as a mean over the data, and the point that EM makes of it. A ValueError on a proposal
        throws that away; on any other point it is passed on.
    away : callable, (point, point) -> ndarray, shape (p,)
        How to go from the first to the second.
    moved : callable, (point, ndarray of shape (p,)) -> point
        The way back: ``moved(x, away(x, y))`` is y.
    information : callable, point -> ndarray, shape (p,)
        Weights of a sum of squares of such numbers: twice what a small move costs in the complete data's log-likelihood
        per point.
    ascends : bool
        Whether EM's own step never lets the objective fall. If it may, as under a variance floor, a proposal is also
        kept if it makes the plain step clearly shorter and the objective falls by no more than ten times the step's
        length: the way to where EM ends may lead down.
    tol : float
        After a proposal that gains less the next step is a plain one, so that a rule that waits for a plain step to
        gain little need not wait long.
    memory : int
        How many steps are remembered.

    Yields
    ------
    Evaluation

    Raises
    ------
    ValueError
        If an argument is not valid; and what ``step`` raises on a point that EM itself has led to.

    References
    ----------
    Jamshidian and Jennrich (1997), Acceleration of the EM algorithm by using quasi-Newton methods.
    Nocedal (1980), Updating quasi-Newton matrices with limited storage.
    """
    functions = dict(step=step, away=away, moved=moved, information=information)
    for name, function in functions.items():
        as_function(function, name)
    ascends = as_flag(ascends, "ascends")
    tol, memory = as_non_negative(tol, "tol"), as_positive_integer(memory, "memory")
    return _climb(start, step, away, moved, information, ascends, tol, memory)


def _climb(x, step, away, moved, information, ascends, tol, memory):
    remembered = Memory(memory)
    value, image = step(x)
    yield Evaluation(value, image, True, True)
    f, cautious = away(x, image), False
    while True:
        weights = information(x)
        proposal = None if cautious else remembered.direction(f, weights)
        if proposal is not None:
            direction, slope = proposal
            found = _tried(x, direction, step, away, moved)
            if found is not None:
                y, new_value, new_image, new_f = found
                remembered.learn(direction, f - new_f)  # of a failure most: it tells where the picture was wrong
                length, new_length = np.sqrt(weights @ np.square([f, new_f]).T)
                nearer = not ascends and new_length <= SHORTER * length and new_value >= value - FALL * length
                if nearer or new_value >= value + SUFFICIENT * slope:
                    cautious = abs(new_value - value) < tol
                    x, value, image, f = y, new_value, new_image, new_f
                    yield Evaluation(value, image, False, True)
                    continue
            yield Evaluation(value, image, False, False)
        y, (new_value, new_image) = image, step(image)
        new_f = away(y, new_image)
        remembered.learn(f, f - new_f)
        x, value, image, f, cautious = y, new_value, new_image, new_f, False
        yield Evaluation(value, image, True, True)


def _tried(x, direction, step, away, moved):
    """A proposal, evaluated: the point, its value, image and plain step; None if there can be no such point."""
    with np.errstate(all="ignore"):  # a proposal may be absurd: then it is thrown away
        try:
            y = moved(x, direction)
            value, image = step(y)
            f = away(y, image)
        except ValueError:
            return None
    return (y, value, image, f) if np.isfinite(value) and np.isfinite(f).all() else None


class Memory:
    """The last few pairs of a step s and of how much less the plain step was after it, y: the curvature along s.

    Parameters
    ----------
    size : int
        Most pairs; the oldest are forgotten.
    """

    def __init__(self, size: int = MEMORY) -> None:
        self.size = as_positive_integer(size, "size")
        self.pairs: list[tuple[np.ndarray, np.ndarray]] = []

    def learn(self, step: np.ndarray, less: np.ndarray) -> None:
        """Remember a ``step`` and by how much the plain step is ``less`` after it, both of shape (p,)."""
        self.pairs = [*self.pairs, (step, less)][-self.size :]

    def direction(self, f: np.ndarray, information: np.ndarray) -> tuple[np.ndarray, float] | None:
        """The way to the maximum, if the remembered curvatures are right, and what it gains to first order, per point.
        None if nothing is remembered that tells.

        The two loops of Nocedal (1980), in the metric of the ``information``.

        Parameters
        ----------
        f : ndarray, shape (p,)
            The plain step.
        information : ndarray, shape (p,)
            Weights of the inner product.
        """
        told = []
        for s, y in self.pairs:
            ws, wy = information * s, information * y
            sy, ss, yy = float(ws @ y), float(ws @ s), float(wy @ y)
            if sy > CURVED * np.sqrt(ss * yy):
                told.append((s, y, ws, wy, sy, yy))
        if not told:
            return None
        d, shares = f.copy(), []
        for _, y, ws, _, sy, _ in reversed(told):
            shares.append(float(ws @ d) / sy)
            d -= shares[-1] * y
        *_, sy, yy = told[-1]
        d *= sy / yy
        for (s, _, _, wy, sy, _), share in zip(told, reversed(shares), strict=True):
            d += (share - float(wy @ d) / sy) * s
        weighted = information * d
        slope, length = float(f @ weighted), float(np.sqrt(d @ weighted))
        if not slope > 0:
            return None
        shorter = min(1.0, REACH / length)
        return shorter * d, shorter * slope
