"""Exercises that ask to derive or to prove something: read and marked by a teacher, by a rubric."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .exercise import Exercise
from .verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Derivation(Exercise):
    """A derivation in words and formulas, in a text cell of its own.

    Nothing is checked. The question shows the rubric, and the solved notebook holds a model answer for the teacher.

    Attributes
    ----------
    rubric : tuple of str
        What one point each is given for.
    """

    marked_by_hand: ClassVar[bool] = True
    has_check: ClassVar[bool] = False

    rubric: tuple

    def __post_init__(self):
        if len(self.rubric) != self.points:
            raise ValueError(
                f"rubric must have a sentence for each of the {self.points} points; got {len(self.rubric)}."
            )

    def examine(self, answer: Any, rng: np.random.Generator | None = None) -> Verdict:
        """See :meth:`~gmm_course.checker.exercise.Exercise.examine`."""
        return self.unanswered("There is nothing to check here: your teacher reads it.")
