"""Find an exercise by its id, with its right answer; a homework's modules are loaded only when it is asked for."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from .exercise import Exercise, Homework

EXERCISES = "gmm_course.exercises"
ANSWERS = "gmm_course.answers"
PREFIX = "hw"


@cache
def homeworks() -> tuple:
    """The ids of all homeworks that exist, in order: ("hw1", "hw2", ...)."""
    return tuple(_modules())


@cache
def _modules():
    names = sorted(name for _, name, _ in iter_modules(import_module(EXERCISES).__path__) if name.startswith(PREFIX))
    return {f"{PREFIX}{int(name[len(PREFIX) :].split('_')[0])}": name for name in names}  # hw05_e_step -> hw5


def _module_of(homework_id):
    modules = _modules()
    if homework_id not in modules:
        raise ValueError(f"homework_id must be one of {', '.join(modules)}; got {homework_id!r}.")
    return modules[homework_id]


@cache
def homework(homework_id: str) -> Homework:
    """The homework with this id ("hw5"), each of its exercises with its right answer.

    Raises
    ------
    ValueError
        If there is no such homework.
    """
    name = _module_of(homework_id)
    declared = import_module(f"{EXERCISES}.{name}").HOMEWORK
    if declared.id != homework_id:
        raise ValueError(f"{name} declares {declared.id!r}.")
    return declared.with_answers(import_module(f"{ANSWERS}.{name}").ANSWERS)


def exercise(exercise_id: str) -> Exercise:
    """The exercise with this id ("hw5.q3"), with its right answer.

    Raises
    ------
    ValueError
        If there is no such exercise; the message lists those that exist.
    """
    if not isinstance(exercise_id, str) or exercise_id.split(".")[0] not in _modules():
        raise ValueError(
            f"exercise_id must look like 'hw5.q3', with one of {', '.join(_modules())}; got {exercise_id!r}."
        )
    parent = homework(exercise_id.split(".")[0])
    for found in parent.exercises:
        if found.id == exercise_id:
            return found
    raise ValueError(f"exercise_id must be one of {', '.join(e.id for e in parent.exercises)}; got {exercise_id!r}.")


class AnswersOf:
    """The module of answers to one homework ("hw05_e_step"), imported when the first of its names is asked for.

    For what is made from a right answer, a mistake or an input on which it shows: its exercise can still be declared
    where the answers are not at hand.
    """

    def __init__(self, module: str):
        self._module = f"{ANSWERS}.{module}"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"answers have no attribute {name!r}")
        return getattr(import_module(self._module), name)
