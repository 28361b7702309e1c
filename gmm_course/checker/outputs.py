"""Mistakes that can be recognised in what any function gives, from its inputs and what was expected.

Each *detector* takes a :class:`Part` and returns (name, message), or None if it recognises nothing. :func:`detect` asks
them in the order of the tables at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from . import scales, shapes
from .comparing import close

Found = tuple[str, str] | None


@dataclass(frozen=True)
class Part:
    """One part of a function's output, over all the calls of a check.

    Attributes
    ----------
    calls : list of (given, expected, case)
        Every call whose output could be read: two arrays and the :class:`~gmm_course.checker.examination.Case`.
    wrong : list of (given, expected, case)
        Those whose arrays differ, the smallest input first.
    rtol, atol : float
    rows_sum_to_one : bool
    yes_or_no : bool
        True or False is expected, so that a number's factor, offset or digits mean nothing.
    """

    calls: list
    wrong: list
    rtol: float
    atol: float
    rows_sum_to_one: bool
    yes_or_no: bool

    @property
    def pairs(self) -> list:
        """The wrong arrays, (given, expected)."""
        return [(given, expected) for given, expected, _ in self.wrong]

    def agrees(self, change: Callable) -> bool:
        """Whether every wrong array would be right once changed."""
        return all(self.same(change(given), expected) for given, expected in self.pairs)

    def same(self, given: np.ndarray, expected: np.ndarray) -> bool:
        """Whether two arrays have the same shape and, to within the tolerances, the same numbers."""
        return np.shape(given) == expected.shape and np.allclose(given, expected, self.rtol, self.atol)


def detect(cases: list, wrong: list, rows_sum_to_one: bool, rtol: float, atol: float, yes_or_no: bool) -> Found:
    """(name, message) of what the outputs of a function show; None if nothing is recognised.

    ``cases`` are all the calls, ``wrong`` those that differ and can be read, the smallest input first.
    """
    readable = [case for case in cases if case.parts is not None]
    for name in wrong[0].expected:
        calls = [(case.parts[name], case.expected[name], case) for case in readable]
        differing = [(case.parts[name], case.expected[name], case) for case in wrong]
        differing = [
            (given, expected, case) for given, expected, case in differing if not close(given, expected, rtol, atol)
        ]
        part = Part(calls, differing, rtol, atol, rows_sum_to_one, yes_or_no)
        if differing and (found := _detect_in(part)):
            return found[0], f"In {name}: {found[1]}" if name else found[1]
    return None


def _detect_in(part):
    detectors = ALWAYS + (FOR_YES_OR_NO if part.yes_or_no else FOR_NUMBERS)
    with np.errstate(all="ignore"):
        return next((found for detector in detectors if (found := detector(part))), None)


# What makes it useless to look at the numbers


def _shape(part):
    for given, expected, case in reversed(part.wrong):  # the largest: there a transposed array looks like one
        if given.shape != expected.shape:
            return shapes.describe(given, expected, case.dims, part.rtol, part.atol)
    return None


UNDERFLOW = (
    "underflow",
    (
        "Right for ordinary inputs, but not where a density is zero, or so small that the machine takes it for zero: "
        "its logarithm is -inf, and 0/0 and inf - inf are not numbers. Stay with logarithms until the end, and see "
        "what a -inf does on the way."
    ),
)


def _not_finite(part):
    if not all(np.isfinite(expected).all() and not np.isfinite(given).all() for given, expected in part.pairs):
        return None
    if any(case.corner for _, _, case in part.wrong) and len(part.wrong) < len(part.calls):
        return UNDERFLOW
    return "not finite", "Your result holds nan or inf. Is something divided by zero, or a logarithm taken of zero?"


# A yes or a no


def _opposite(part):
    if all(np.allclose(given, 1 - expected, part.rtol, part.atol) for given, expected, _ in part.calls):
        return "complement", "You say no where yes is right, and yes where no is: True and False have changed places."
    return None


# Numbers: the right ones, but for one step

CHANGES = (
    ("logarithm", np.exp, "You return the logarithm of what is asked for. Take the exponential at the end."),
    ("not the logarithm", np.log, "The logarithm of it is asked for."),
    (
        "square root",
        np.square,
        "You return the square root of what is asked for: a standard deviation where a variance is meant?",
    ),
    ("square", np.sqrt, "You return the square of what is asked for: a variance where a standard deviation is meant?"),
    ("complement", lambda given: 1 - given, "You return one minus what is asked for: the probability of the opposite."),
    ("upside down", lambda given: 1 / given, "You return one divided by what is asked for: is a fraction upside down?"),
    ("sign", np.negative, "Right apart from the sign."),
)


def _one_change(part):
    return next(((name, message) for name, change, message in CHANGES if part.agrees(change)), None)


# Numbers: the right ones, in other places


def _transposed(part):
    if all(e.ndim == 2 and e.shape[0] == e.shape[1] and part.same(g.T, e) for g, e in part.pairs):
        return "transposed", "Right, but transposed: rows and columns have changed places."
    return None


def _rows_reversed(part):
    # Rows are told from components by their number, which is another in each call.
    lengths = [len(given) if given.ndim and len(given) != case.dims.get("k") else 0 for given, _, case in part.wrong]
    if len(set(lengths)) > 1 and min(lengths) > 1 and part.agrees(lambda given: given[::-1]):
        return "rows reversed", "The right numbers, with the rows in reverse order."
    return None


def _two_exchanged(part):
    # Of two shares of one point each is one minus the other.
    two = all(e.ndim and e.shape[-1] == 2 and np.allclose(e.sum(axis=-1), 1) for _, e in part.pairs)
    return EXCHANGED if two and part.agrees(lambda given: np.flip(given, -1)) else None


EXCHANGED = (
    "components in another order",
    "The right numbers, but the components stand in another order than in the input.",
)


def _components_reordered(part):
    if len(part.pairs) > 1 and any(_reordered_along(part, axis) for axis in (-1, 0)):
        return EXCHANGED
    return None


def _reordered_along(part, axis):
    """Whether one and the same reordering of an axis, at most five long, makes every array right; of components whose
    number varies, their reverse."""
    lengths = {expected.shape[axis] if expected.ndim else 0 for _, expected in part.pairs}
    of_components = all(e.ndim and e.shape[axis] == case.dims.get("k", 0) > 1 for _, e, case in part.wrong)
    if of_components and part.agrees(lambda given: np.flip(given, axis)):
        return True
    if len(lengths) != 1 or not 1 < (length := lengths.pop()) <= 5:
        return False
    others = list(permutations(range(length)))[1:]
    return any(part.agrees(lambda given, order=order: np.take(given, order, axis)) for order in others)


# Numbers that were not computed, or lost their digits


def _hard_coded(part):
    given, expected = [g for g, _, _ in part.calls], [e for _, e, _ in part.calls]
    if len(given) < 2:
        return None
    numbers = np.unique(np.concatenate([g.ravel() for g in given]))
    wanted = np.concatenate([e.ravel() for e in expected])
    if len(numbers) == 1 and wanted.size and not np.allclose(wanted, wanted[0]):
        return (
            "hard-coded",
            f"Your function gives {numbers[0]:.4g} whatever its input. It must compute its result from its arguments.",
        )
    always_alike = lambda arrays: all(close(one, arrays[0], part.rtol, part.atol) for one in arrays)  # noqa: E731
    if always_alike(given) and not always_alike(expected):
        return (
            "hard-coded",
            "Your function gives the same answer whatever its input. It must compute it from its arguments.",
        )
    return None


def _whole_numbers(part):
    if all(np.array_equal(g, np.trunc(e)) or np.array_equal(g, np.round(e)) for g, e in part.pairs):
        return "whole numbers", "Your result holds whole numbers only. Was the array made with an integer dtype?"
    return None


def _rounded(part):
    for digits in range(1, 7):
        if all(np.array_equal(g, np.round(e, digits)) for g, e in part.pairs):
            return "rounded", f"Right, but rounded to {digits} digits. Leave all the digits; round only what you print."
    return None


# Numbers of another size


def _rows(part):
    return scales.rows_to_one(part.wrong, part.rtol) if part.rows_sum_to_one else None


def _factor(part):
    return scales.factor(part.wrong)


def _offset(part):
    return scales.offset(part.wrong)


ALWAYS = (_shape, _not_finite)
FOR_YES_OR_NO = (_opposite, _hard_coded)
FOR_NUMBERS = (
    _two_exchanged,
    _one_change,
    _transposed,
    _rows_reversed,
    _components_reordered,
    _hard_coded,
    _whole_numbers,
    _rounded,
    _rows,
    _factor,
    _offset,
)
