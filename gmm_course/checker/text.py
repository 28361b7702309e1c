"""Exercises that ask for an explanation in the student's own words."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .comparing import kind
from .exercise import Exercise
from .verdict import CORRECT, Verdict


@dataclass(frozen=True, kw_only=True)
class Idea:
    """Something an explanation should mention.

    Attributes
    ----------
    words : tuple of str
        Any of these, found anywhere in the text in either case, counts as mentioned.
    hint : str
        The question to ask when none is found.
    """

    words: tuple
    hint: str

    def is_in(self, text: str) -> bool:
        """Whether a text mentions it."""
        return any(word.lower() in text.lower() for word in self.words)


@dataclass(frozen=True, kw_only=True)
class Text(Exercise):
    """An explanation, looked through for its ideas; a teacher may read it as well.

    Attributes
    ----------
    least : int
        Number of words below which it is too short.
    ideas : tuple of Idea
    """

    ideas: tuple
    least: int = 15

    def examine(self, answer: Any, rng: np.random.Generator | None = None) -> Verdict:
        """Judge a text; see :meth:`~gmm_course.checker.exercise.Exercise.examine`."""
        if answer is None or answer is ... or (isinstance(answer, str) and not answer.strip(" .\n")):
            return self.unanswered("Write your explanation between the quotation marks.")
        if not isinstance(answer, str):
            return self.not_yet("wrong type", f"Write your answer as text in quotation marks; it is {kind(answer)}.")
        words = len(answer.split())
        if words < self.least:
            return self.not_yet(
                "too short", f"A start, in {words} words. Explain a little more: {self.least} words or so."
            )
        for number, idea in enumerate(self.ideas, start=1):
            if not idea.is_in(answer):
                return self.not_yet(f"idea {number} missing", f"One thing is not in your text yet. {idea.hint}")
        return CORRECT
