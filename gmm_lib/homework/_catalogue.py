"""Find an exercise by its id; each homework's module is loaded only when it is asked for."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

PREFIX = "_hw"


@cache
def homeworks():
    """The ids of all homeworks that exist, in order: ("hw1", "hw2", ...)."""
    return tuple(_modules())


@cache
def _modules():
    package = import_module("gmm_lib.homework")
    names = sorted(name for _, name, _ in iter_modules(package.__path__) if name.startswith(PREFIX))
    return {f"hw{int(name[len(PREFIX):].split('_')[0])}": name for name in names}  # _hw05_e_step -> hw5


@cache
def homework(homework_id):
    """The :class:`~gmm_lib.homework.exercises.Homework` with this id ("hw5").

    Raises
    ------
    ValueError
        If there is no such homework.
    """
    modules = _modules()
    if homework_id not in modules:
        raise ValueError(f"homework_id must be one of {', '.join(modules)}; got {homework_id!r}.")
    found = import_module(f"gmm_lib.homework.{modules[homework_id]}").HOMEWORK
    if found.id != homework_id:
        raise ValueError(f"{modules[homework_id]} declares {found.id!r}.")
    return found


def exercise(exercise_id):
    """The exercise with this id ("hw5.q3").

    Raises
    ------
    ValueError
        If there is no such exercise; the message lists those that exist.
    """
    if not isinstance(exercise_id, str) or exercise_id.split(".")[0] not in _modules():
        raise ValueError(f"exercise_id must look like 'hw5.q3', with one of {', '.join(_modules())}; got {exercise_id!r}.")
    parent = homework(exercise_id.split(".")[0])
    for found in parent.exercises:
        if found.id == exercise_id:
            return found
    raise ValueError(f"exercise_id must be one of {', '.join(e.id for e in parent.exercises)}; got {exercise_id!r}.")
