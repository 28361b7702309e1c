"""Exercises that ask for the line at fault, and why it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .comparing import kind
from .exercise import Exercise, is_empty
from .numerals import numeral
from .verdict import CORRECT, Verdict


@dataclass(frozen=True, kw_only=True)
class Spot(Exercise):
    """Find the line at fault and say why: the answer is a pair, (3, "because ...").

    The line is judged. In the explanation a check looks for ideas, and only hints.

    Attributes
    ----------
    lines : tuple of int
        The right answer: the lines that may be named, counted from 1. Where two lines contradict each other, either
        will do.
    total : int
        How many lines there are.
    ideas : tuple of Idea
        What the explanation should mention.
    innocent : mapping of int to str
        What to say about a line that is not at fault, if there is something better than the general word.
    least : int
        Number of words below which the explanation may be too short.
    """

    answer_field = "lines"

    total: int
    ideas: tuple
    lines: tuple | None = None
    innocent: Mapping[int, str] = field(default_factory=dict)
    least: int = 8

    def examine(self, answer: Any, rng: np.random.Generator | None = None) -> Verdict:
        """Judge a line and its explanation; see :meth:`~gmm_course.checker.exercise.Exercise.examine`."""
        if is_empty(answer):
            return self.unanswered('Give the number of the line and your explanation: (2, "because ...").')
        if not (isinstance(answer, tuple | list) and len(answer) == 2):
            return self.not_yet(
                "wrong type", f'Give a number and a text, such as (2, "because ..."); yours is {kind(answer)}.'
            )
        line, text = _line_number(answer[0]), answer[1]
        if isinstance(text, str) and not text.strip(" ."):
            return self.unanswered("Say also why it is that line, and what one sees.")
        if line is None or not isinstance(text, str):
            return self.not_yet(
                "wrong type", 'First the number of one line, then a text in quotation marks: (2, "because ...").'
            )
        return self._of_line(line) or self._of_text(line, text) or CORRECT

    def _of_line(self, line):
        if not 1 <= line <= self.total:
            return self.not_yet("no such line", f"There are lines 1 to {self.total}; the numbers stand at their ends.")
        if line not in self.lines:
            general = (
                f"Line {line} does what it should: print what it makes, on an input small enough to work out by hand."
            )
            return self.not_yet("another line", self.innocent.get(line, general))
        return None

    def _of_text(self, line, text):
        if len(text.split()) < self.least:
            return self.noted("short", f"Line {line} it is. Is it said why, and what one sees?")
        for number, idea in enumerate(self.ideas, start=1):
            if not idea.is_in(text):
                return self.noted(f"idea {number} not found", f"Line {line} it is. {idea.hint}")
        return None


def _line_number(value):
    """One whole number, also as text ("line 3", "line three"); None if it is neither."""
    if isinstance(value, str):
        found = [int(digits) for digits in re.findall(r"\d+", value)]
        found += [number for word in value.split() if (number := numeral(word)) is not None]
        return found[0] if len(found) == 1 else None
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating) or value != int(value):
        return None
    return int(value)
