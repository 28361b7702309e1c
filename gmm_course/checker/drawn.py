"""Pencil exercises that ask every student for numbers of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from .axes import as_laid_out
from .comparing import NotNumbers, as_numbers
from .exercise import Exercise, is_empty
from .lots import Lots, key_of
from .value import Value
from .verdict import Verdict

MARGIN = 2.3  # in tolerances: so far apart no two answers, each rounded by a student, are taken for one another


@dataclass(frozen=True, kw_only=True)
class Drawn(Value):
    """A question about numbers, those of the text as it is declared; :meth:`of` draws those of a student.

    Attributes
    ----------
    numbers : mapping of str to Any
        What the question gives, by name. The functions below take them as their arguments.
    draw : callable, Lots -> mapping
        Other numbers, as easy to compute with.
    told : callable
        The numbers in words and small tables, in Markdown.
    shows : callable
        The mistakes that answers about these numbers may show.
    solve : callable, optional
        The right answer, from the numbers.
    student : str
        Whose numbers they are; empty for those of the text.
    others : tuple of (str, expected)
        Whose numbers an answer may have been worked out with instead, and what is right for these.
    """

    answer_field = "solve"

    numbers: Mapping[str, Any]
    draw: Callable
    told: Callable
    shows: Callable
    solve: Callable | None = None
    student: str = ""
    others: tuple = ()

    def __post_init__(self):
        object.__setattr__(self, "mistakes", self.shows(**self.numbers))
        if self.solve is not None:
            object.__setattr__(self, "expected", self.solve(**self.numbers))

    def of(self, student: str, *others: str) -> Self:
        """The question of the text with the numbers of a student; of the text, if the name is empty.

        An answer that is right for the text's numbers, or for those of ``others``, will be told so.
        """
        if not key_of(student):
            return self
        lots = Lots(self.id, key_of(student))
        known = (("the text", self.expected), *((f"'{name}'", self.of(name).expected) for name in others))
        while True:
            own = replace(self, numbers=self.draw(lots), student=student, others=known)
            if own.is_sound() and not self._near(np.asarray(own.expected), np.asarray(self.expected)):
                return own

    def is_sound(self) -> bool:
        """Whether no mistake looks like the right answer, and none like another, however they are rounded."""
        answers = np.array([self.expected, *(mistake.wrong for mistake in self.mistakes)], dtype=float)
        gaps = [np.abs(answers[:i] - answers[i]).reshape(i, -1).max(axis=1) for i in range(1, len(answers))]
        return bool(np.concatenate(gaps).min() > MARGIN * self.tolerance)

    def question(self) -> str:
        """Whose numbers count, and a student's own, in Markdown."""
        if not self.student:
            return f"**{self.id}:** the numbers of the text, as they stand above."
        return f"**{self.id}, the numbers of {self.student}:** answer for these.\n\n{self.told(**self.numbers)}"

    def examine(self, answer: Any, rng: np.random.Generator | None = None) -> Verdict:
        """Judge numbers; see :meth:`~gmm_course.checker.exercise.Exercise.examine`."""
        verdict = super().examine(answer, rng)
        recognised = verdict.right or verdict.name in {mistake.name for mistake in self.mistakes}
        whose = None if recognised or is_empty(answer) else self._whose(answer)
        if whose is None:
            return verdict
        return self.not_yet(
            "another's numbers", f"This is right for the numbers of {whose}. You are asked for those of {self.student}."
        )

    def _whose(self, answer):
        try:
            given = as_laid_out(as_numbers(answer), np.asarray(self.expected))
        except NotNumbers:
            return None
        return next((whose for whose, right in self.others if self._near(given, np.asarray(right, float))), None)


def as_asked(exercise: Exercise, student: str, *others: str) -> Exercise:
    """An exercise as it is asked of a student: with numbers of their own, if it has such."""
    return exercise.of(student, *others) if isinstance(exercise, Drawn) else exercise
