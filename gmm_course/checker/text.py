"""Exercises that ask for an explanation in the student's own words."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .comparing import kind
from .exercise import Exercise
from .verdict import Verdict


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
    """An explanation, which a teacher reads and marks; a check looks through it for its ideas, and only hints.

    Attributes
    ----------
    least : int
        Number of words below which it may be too short.
    ideas : tuple of Idea
    rubric : tuple of str
        What one point each is given for.
    """

    marked_by_hand: ClassVar[bool] = True

    ideas: tuple
    rubric: tuple = ()
    least: int = 15

    def examine(self, answer: Any, rng: np.random.Generator | None = None) -> Verdict:
        """Judge a text; see :meth:`~gmm_course.checker.exercise.Exercise.examine`."""
        if answer is None or answer is ... or (isinstance(answer, str) and not answer.strip(" .\n")):
            return self.unanswered("Write your explanation between the quotation marks.")
        if not isinstance(answer, str):
            return self.not_yet("wrong type", f"Write your answer as text in quotation marks; it is {kind(answer)}.")
        words = len(answer.split())
        if words < self.least:
            return self.noted("short", f"That is {words} words. Is everything in it that was asked for?")
        for number, idea in enumerate(self.ideas, start=1):
            if not idea.is_in(answer):
                return self.noted(f"idea {number} not found", f"One thing was not found in your text. {idea.hint}")
        return self.noted("all found", "All that was looked for is there.")
