"""Exercises that ask for numbers worked out with a pencil."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import pencil
from .axes import as_laid_out
from .comparing import NotNumbers, as_numbers, show
from .exercise import Exercise, is_empty
from .shares import of_parts
from .verdict import CORRECT, Verdict


@dataclass(frozen=True, kw_only=True)
class Value(Exercise):
    """Numbers worked out by hand: one, a list or a table.

    Attributes
    ----------
    expected : array_like
        The right answer.
    tolerance : float
        Largest difference allowed in an entry; a little more than half of the last digit asked for.
    sums_to_one : bool
        The entries (or those of each row) are probabilities that sum to one.
    apart : tuple of tuple of int
        The entries that make a part, each with points of its own, as places in the flat list: ``((0, 1), (2,))``. Empty
        where the numbers are one piece of work, or so few that some would be guessed.
    mistakes : tuple of Mistake
        With ``wrong`` of the same shape as ``expected``.
    """

    answer_field = "expected"

    expected: Any = None
    tolerance: float = 6e-3
    sums_to_one: bool = False
    apart: tuple = ()
    mistakes: tuple = ()

    def examine(self, answer: Any, rng: np.random.Generator | None = None) -> Verdict:
        """Judge numbers; see :meth:`~gmm_course.checker.exercise.Exercise.examine`."""
        if is_empty(answer):
            return self.unanswered()
        try:
            given = as_numbers(answer)
        except NotNumbers as error:
            return self.not_yet("wrong type", f"Your answer is {error}. Give numbers, such as 0.25 or 1/4.")
        expected = np.asarray(self.expected, dtype=float)
        given = as_laid_out(given, expected)
        if self._near(given, expected):
            return CORRECT
        return self._in_part(self._what_it_shows(given, expected), given, expected)

    def _what_it_shows(self, given, expected):
        for mistake in self.mistakes:
            if self._near(given, np.asarray(mistake.wrong, dtype=float)):
                return self.not_yet(mistake.name, mistake.message, mistake.link)
        found = pencil.detect(given, expected, self.tolerance, self.sums_to_one)
        return self.not_yet(*found) if found else self._first_difference(given, expected)

    def _in_part(self, verdict, given, expected):
        """With the share of the parts that are right; numbers in another order, or of another shape, have none."""
        if given.shape != expected.shape or pencil.in_another_order(given, expected, self.tolerance):
            return verdict
        right = np.ravel(np.abs(given - expected) <= self.tolerance)
        return of_parts(verdict, sum(bool(right[list(part)].all()) for part in self.apart), len(self.apart))

    def _first_difference(self, given, expected):
        where = tuple(np.argwhere(np.abs(given - expected) > self.tolerance)[0])
        which = pencil.position(where, expected.shape)
        number = show(float(given[where]))
        return self.differs(f"{which}{number}{',' if which.startswith('Your') else ''} is not what the formula gives.")

    def _near(self, given, value):
        return given.shape == value.shape and bool(np.all(np.abs(given - value) <= self.tolerance))
