"""What all exercises have in common, the mistakes they know, and the homework that holds them.

There are four common kinds. A :class:`~gmm_course.checker.value.Value` asks for numbers worked out with a pencil (a
``drawn.Drawn`` one asks each student about others), a
:class:`~gmm_course.checker.function.Function` for code, a :class:`~gmm_course.checker.choice.Choice` for a judgement
between statements and a :class:`~gmm_course.checker.text.Text` for an explanation. Each holds its *mistakes*:
executable wrong answers with the words that name them, so that the feedback and its tests share them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from .verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A wrong answer that is recognised, and the one idea that helps.

    Attributes
    ----------
    name : str
        A few words, unique in its exercise.
    message : str
        What the answer shows, kindly; never the solution.
    wrong : Any
        The wrong answer itself: numbers for a :class:`~gmm_course.checker.value.Value`, an implementation for a
        :class:`~gmm_course.checker.function.Function`. An answer that agrees with it, and not with the right one, gets
        the message.
    when : callable, optional
        For a function, instead of ``wrong``: ``when(arguments, output, expected)`` is true if the output of one call
        shows the mistake. ``arguments`` is the tuple the function was called with, the other two are dictionaries of
        arrays, with the single key "" unless the exercise has named parts (``expected`` is None without a reference).
    part : str, optional
        For a function with named parts: where the mistake is. What the others hold is not compared then, so that a
        mistake in one part does not hide that of another.
    link : str, optional
        Where the book explains it, if not where the exercise's own link leads.
    """

    name: str
    message: str
    wrong: Any = None
    when: Callable | None = None
    part: str | None = None
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What all kinds have in common.

    An exercise is declared without its right answer, which :meth:`with_answer` brings in; a kind that is compared with
    one says in ``answer_field`` which of its fields holds it.

    Attributes
    ----------
    id : str
        "hw5.q3".
    title : str
    points : int
        0 for a "beyond" exercise.
    link : str
        A chapter and a label in it, "08_e_step#eq-11".
    hint : str
        Said when nothing else is recognised; one sentence.
    """

    answer_field: ClassVar[str | None] = None
    marked_by_hand: ClassVar[bool] = False  # free text: a check may give hints, and a teacher the points
    has_check: ClassVar[bool] = True

    id: str
    title: str
    points: int
    link: str
    hint: str = ""

    @property
    def short(self) -> str:
        """The id without its homework, as "q3"."""
        return self.id.split(".")[1]

    @property
    def needs_answer(self) -> bool:
        """Whether it cannot be judged without a right answer to compare with."""
        return self.answer_field is not None

    def with_answer(self, answer: Any) -> Self:
        """The same exercise, holding its right answer.

        Raises
        ------
        ValueError
            If this kind of exercise is not compared with an answer.
        """
        if self.answer_field is None:
            raise ValueError(f"{self.id} must have no answer: it is judged by what it holds, not compared.")
        return replace(self, **{self.answer_field: answer})

    def examine(self, answer: Any, rng: np.random.Generator) -> Verdict:
        """Judge an answer on inputs drawn with ``rng``; raises nothing."""
        raise NotImplementedError

    def not_yet(self, name: str, message: str, link: str | None = None) -> Verdict:
        """The verdict on a wrong answer; without ``link`` it leads where the exercise does."""
        return Verdict(False, name, message, link or self.link)

    def unanswered(self, what: str = "Replace the dots by your answer, run that cell, then this one.") -> Verdict:
        """The verdict where nothing was answered, with what to do."""
        return Verdict(False, "unanswered", what)

    def noted(self, name: str, hint: str) -> Verdict:
        """The verdict on a text that is read by somebody else: taken as it is, with a hint from what words can tell."""
        return Verdict(True, name, f"{hint} (This check only looks for words: your teacher reads the text.)", self.link)

    def differs(self, message: str) -> Verdict:
        """The verdict on a wrong answer in which nothing is recognised: the message, and the exercise's hint."""
        return self.not_yet("differs", f"{message} {self.hint}".strip())


@dataclass(frozen=True)
class Homework:
    """A notebook's worth of exercises.

    Attributes
    ----------
    id : str
        "hw5".
    title : str
    minutes : int
    exercises : tuple of Exercise
    """

    id: str
    title: str
    minutes: int
    exercises: tuple

    def with_answers(self, answers: Mapping[str, Any]) -> Self:
        """The same homework, each exercise holding its right answer: ``{"hw5.q3": answer}``.

        Raises
        ------
        ValueError
            If an answer belongs to no exercise here, or an exercise that needs one gets none.
        """
        ids = [exercise.id for exercise in self.exercises]
        if stray := [name for name in answers if name not in ids]:
            raise ValueError(f"answers must belong to the exercises of {self.id}; got {', '.join(stray)}.")
        if missing := [e.id for e in self.exercises if e.needs_answer and e.id not in answers]:
            raise ValueError(f"answers must hold one for {', '.join(missing)}; got none.")
        complete = tuple(e.with_answer(answers[e.id]) if e.id in answers else e for e in self.exercises)
        return replace(self, exercises=complete)


def is_empty(answer: Any) -> bool:
    """Whether the dots of the stub still stand where an answer, or a part of it, belongs."""
    return answer is None or answer is ... or (isinstance(answer, tuple | list) and any(part is ... for part in answer))
