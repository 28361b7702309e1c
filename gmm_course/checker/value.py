"""Exercises that ask for numbers worked out with a pencil."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import pencil
from .axes import as_laid_out
from .comparing import NotNumbers, as_numbers, show
from .exercise import Exercise, is_empty
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
    mistakes : tuple of Mistake
        With ``wrong`` of the same shape as ``expected``.
    """

    answer_field = "expected"

    expected: Any = None
    tolerance: float = 6e-3
    sums_to_one: bool = False
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
        for mistake in self.mistakes:
            if self._near(given, np.asarray(mistake.wrong, dtype=float)):
                return self.not_yet(mistake.name, mistake.message, mistake.link)
        found = pencil.detect(given, expected, self.tolerance, self.sums_to_one)
        return self.not_yet(*found) if found else self._first_difference(given, expected)

    def _first_difference(self, given, expected):
        where = tuple(np.argwhere(np.abs(given - expected) > self.tolerance)[0])
        which = pencil.position(where, expected.shape)
        number = show(float(given[where]))
        return self.differs(f"{which}{number}{',' if which.startswith('Your') else ''} is not what the formula gives.")

    def _near(self, given, value):
        return given.shape == value.shape and bool(np.all(np.abs(given - value) <= self.tolerance))
