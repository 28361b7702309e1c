"""Exercises that ask for a decision and its reason, where several can be defended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .comparing import kind
from .exercise import Exercise, is_empty
from .numerals import numeral
from .verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Decision(Exercise):
    """A number of components and the reason for it: several can be defended, each by its own; a teacher reads it.

    Attributes
    ----------
    accepted : mapping of int to Idea
        For each k that may be chosen, the idea that defends it.
    refused : mapping of int to str
        What to say to another k.
    otherwise : str
        What to say to a k of which ``refused`` knows nothing.
    least : int
        Number of words below which the reason may be too short.
    rubric : tuple of str
        What one point each is given for.
    """

    marked_by_hand: ClassVar[bool] = True

    accepted: Mapping
    refused: Mapping
    otherwise: str
    least: int = 8
    rubric: tuple = ()

    def examine(self, answer: Any, rng: np.random.Generator | None = None) -> Verdict:
        """Judge a number and its reason; see :meth:`~gmm_course.checker.exercise.Exercise.examine`."""
        if is_empty(answer):
            return self.unanswered('Give your k and your reason: (3, "because ...").')
        if not (isinstance(answer, tuple | list) and len(answer) == 2 and isinstance(answer[1], str)):
            return self.not_yet(
                "wrong type", f'Give a number and a text, such as (3, "because ..."); yours is {kind(answer)}.'
            )
        k, reason = answer
        if isinstance(k, str):
            k = int(k) if k.strip().isdecimal() else (k if numeral(k) is None else numeral(k))
        if isinstance(k, str | bool) or not np.isscalar(k) or k != int(k):
            return self.not_yet(
                "wrong type", 'First a whole number, then the reason in quotation marks: (3, "because ...").'
            )
        if int(k) not in self.accepted:
            return self.not_yet("hard to defend", self.refused.get(int(k), self.otherwise))
        idea = self.accepted[int(k)]
        if idea.is_in(reason):
            return self.noted("defended", f"k = {int(k)} can be defended, and what was looked for is there.")
        if len(reason.split()) < self.least:
            return self.noted("short", f"k = {int(k)} can be defended. Is it said by what?")
        return self.noted("another reason", idea.hint)
