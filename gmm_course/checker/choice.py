"""Exercises that ask which of some statements hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .comparing import kind
from .exercise import Exercise
from .shares import of_statements
from .verdict import CORRECT, Verdict


@dataclass(frozen=True, kw_only=True)
class Choice(Exercise):
    """Which of some statements hold.

    Attributes
    ----------
    options : mapping of str to str
        For each letter, what to say to a student who has it wrong: chose it though it is false, or left it out though
        it is true. The message explains the misconception.
    right : str
        The right answer: the letters of the true statements, such as "ac".
    """

    answer_field = "right"

    options: Mapping[str, str]
    right: str | None = None

    def examine(self, answer: Any, rng: np.random.Generator | None = None) -> Verdict:
        """Judge letters; see :meth:`~gmm_course.checker.exercise.Exercise.examine`."""
        if answer is None or answer is ... or (isinstance(answer, str) and not answer.strip(" .")):
            return self.unanswered('Give the letters of the statements that hold, for instance "bd".')
        try:
            letters = {letter.lower() for part in answer for letter in part if letter.isalpha()}
        except (TypeError, AttributeError):
            return self.not_yet(
                "wrong type", f'Give the letters as text, for instance "bd"; your answer is {kind(answer)}.'
            )
        if letters - set(self.options) or not letters:
            return self.not_yet(
                "wrong type", f"Choose among the letters {', '.join(sorted(self.options))}; you gave {answer!r}."
            )
        chosen, missing = sorted(letters - set(self.right)), sorted(set(self.right) - letters)
        if chosen:
            verdict = self._asked(f"chose {chosen[0]}", chosen[0], f"({chosen[0]}) does not hold.")
            return self._in_part(verdict, letters)
        if missing:
            verdict = self._asked(f"left out {missing[0]}", missing[0], "What you chose holds, but it is not all.")
            return self._in_part(verdict, letters)
        return CORRECT

    def _asked(self, name, letter, later):
        """A question in the place of the letter: which statement it is about, and what follows, is for the student."""
        message = f"These are not exactly the ones that hold. Something to think about: {self.options[letter]}"
        return Verdict(False, name, message, self.link, later)

    def _in_part(self, verdict, letters):
        return of_statements(verdict, letters, set(self.right), set(self.options))
