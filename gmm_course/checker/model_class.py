"""Exercises that ask for a class with a method ``predict``, which must not remember what it was asked before."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from .comparing import kind
from .function import Function
from .stubs import is_stub
from .verdict import Verdict


class PredictTwice:
    """A class as a function: it makes models of it and predicts two sets of points, one after the other.

    Called with (parameters, first, second), it returns the labels of the first, those of the second, and those of the
    second once more, by another model, where it stands in the array that held the first: other points, though the same
    object. (If their shapes differ, it cannot; then the second labels are repeated.) None if ``predict`` returned none.
    """

    def __init__(self, model_class: type):
        self.model_class = model_class
        self.__code__ = None

    def __call__(self, parameters: Any, first: np.ndarray, second: np.ndarray) -> tuple | None:
        # The code of the method that runs: by it the line of an error is found.
        self.__code__ = getattr(self.model_class.__init__, "__code__", None)
        model, again = self.model_class(parameters), self.model_class(parameters)
        self.__code__ = getattr(self.model_class.predict, "__code__", None)
        # Copies: a later call may write into what an earlier one returned.
        labels = [_copy(model.predict(points)) for points in (first, second)]
        if np.shape(first) == np.shape(second):
            array = np.array(first)
            again.predict(array)
            array[...] = second
            labels.append(_copy(again.predict(array)))
        else:
            labels.append(labels[1])
        return None if labels[0] is None else tuple(labels)


def _copy(labels):
    return None if labels is None else np.array(labels)


@dataclass(frozen=True, kw_only=True)
class ModelClass(Function):
    """Code that is a class with a method ``predict``; its mistakes' wrong answers are :class:`PredictTwice`."""

    def with_answer(self, answer: type) -> Self:
        """The same exercise, holding the right class."""
        return super().with_answer(PredictTwice(answer))

    def examine(self, answer: Any, rng: np.random.Generator) -> Verdict:
        """Judge a class; see :meth:`~gmm_course.checker.exercise.Exercise.examine`."""
        if isinstance(answer, type):
            if not callable(getattr(answer, "predict", None)):
                return self.not_yet(
                    "no predict", "Your class has no method predict. Is its def indented inside the class?"
                )
            if is_stub(answer.predict):
                return self.unanswered("Write the body of predict, run its cell, then this one.")
            answer = PredictTwice(answer)
        elif hasattr(answer, "predict"):
            return self.not_yet("an object", "Give the class itself, without making an object of it: no parentheses.")
        elif answer is not None and answer is not ... and not isinstance(answer, PredictTwice):
            return self.not_yet("not a class", f"Give your class; you gave {kind(answer)}.")
        return super().examine(answer, rng)
