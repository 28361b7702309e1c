"""Exercises that ask for code: a function, called on fresh inputs and compared with a reference."""

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .calling import TIME_LIMIT
from .comparing import as_parts, kind
from .examination import Examination
from .exercise import Exercise
from .stubs import is_stub
from .verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Function(Exercise):
    """Code: a function that is called on fresh inputs and compared with a reference.

    Attributes
    ----------
    inputs : callable, (rng, size) -> tuple
        The arguments for one call of that size; :mod:`gmm_course.exercises.draws` helps.
    reference : callable, optional
        The right answer, of the same signature. None if an answer is judged by its properties alone: then each
        mistake's ``when`` is asked about each call, and an answer is right if none applies.
    mistakes : tuple of Mistake
        The most likely first: the first that agrees is named.
    sizes : tuple
        What ``inputs`` is asked for, call by call, in increasing order: the first that differs is shown. Whole numbers,
        or :class:`gmm_course.exercises.draws.Size`; every size that a call may have must vary, so that none can be
        written into an answer.
    corners : tuple of callable, rng -> tuple
        Arguments at which only a careful answer is right (a far point, a weight of zero).
    parts : tuple of str
        Names of the parts of a structured answer, such as ("weights", "means", "covariances").
    rows_sum_to_one : bool
    by_component : mapping of str to int, optional
        For answers whose components may come in any order: the axis of the components in each part.
    rtol, atol : float
    seconds : float
        Time allowed for all the calls together.
    random : bool
        The answer may differ from call to call: it takes a generator and is judged by its properties.
    names : tuple of str, optional
        The names of its arguments; without them, those of the reference.
    rows_free : bool
        The rows of the first argument may be put in another order, whatever the others hold: the answer is asked about
        them again, to see whether it remembers. False where the arguments belong together.
    all_or_nothing : bool
        A part alone earns nothing, as where a program is to be mended that has it right already.
    """

    answer_field = "reference"

    inputs: Callable
    reference: Callable | None = None
    mistakes: tuple = ()
    sizes: tuple = (1, 2, 3, 7)
    corners: tuple = ()
    parts: tuple = ()
    rows_sum_to_one: bool = False
    by_component: Mapping[str, int] | None = None
    rtol: float = 1e-6
    atol: float = 1e-9
    seconds: float = TIME_LIMIT
    random: bool = False
    names: tuple = ()
    rows_free: bool = True
    all_or_nothing: bool = False

    @property
    def needs_answer(self) -> bool:
        """Whether it is compared with a reference; one that draws is judged by its properties."""
        return not self.random

    @property
    def argument_names(self) -> tuple:
        """The names of the function's arguments, for messages."""
        return self.names or tuple(inspect.signature(self.reference or self.inputs).parameters)

    def examine(self, answer: Any, rng: np.random.Generator) -> Verdict:
        """Judge a function; see :meth:`~gmm_course.checker.exercise.Exercise.examine`."""
        return self.not_ready(answer) or Examination(self, answer, rng).verdict()

    def not_ready(self, answer: Any) -> Verdict | None:
        """The verdict on what is no function yet, or takes other arguments; None if it can be called."""
        if answer is None or answer is ...:
            return self.unanswered("Write the function, run its cell, then this one.")
        if not callable(answer):
            return self.not_yet(
                "not a function", f"Give the function itself, without calling it; you gave {kind(answer)}."
            )
        if is_stub(answer):
            return self.unanswered("Write the body of the function, run its cell, then this one.")
        try:
            inspect.signature(answer).bind(*self.argument_names)
        except TypeError:
            takes = ", ".join(inspect.signature(answer).parameters) or "nothing"
            must = ", ".join(self.argument_names)
            return self.not_yet("wrong arguments", f"The function must take ({must}); yours takes ({takes}).")
        except ValueError:
            pass  # a function without a readable signature, such as one compiled
        return None

    def draw(self, rng: np.random.Generator) -> list[tuple[tuple, bool]]:
        """The inputs of one check: the arguments for each call, and whether they are a corner."""
        ordinary = [(self.inputs(rng, n), False) for n in self.sizes]
        return ordinary + [(corner(rng), True) for corner in self.corners]

    def expect(self, arguments: tuple) -> dict[str, np.ndarray] | None:
        """What the reference gives, by part; None without a reference."""
        if self.reference is None:
            return None
        # On copies: a reference that draws from a generator must leave it to the mistakes as the answer found it.
        return as_parts(self.reference(*copy.deepcopy(arguments)), self.parts)

    def judge_values(self, examination: Examination) -> Verdict:
        """The verdict from what the calls gave; an exercise with measures of its own replaces this."""
        return examination.judge_values()
