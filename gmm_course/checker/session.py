"""What a notebook sees: check an answer, grade it, show the progress made in this session."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .calling import has_time_limit
from .catalogue import exercise as find_exercise
from .catalogue import homework as find_homework
from .feedback import Note, bar, verdict_note

_done = {}  # exercise id -> whether the last check in this session was right
_tries = {}  # exercise id -> how many checks of it were not right
FIRST_TRIES = 3

# Fixed, so that a whole class is graded on the same inputs; others than any student has seen.
GRADING_SEEDS = (5101, 5102, 5103)

NO_LIMIT = (
    "There is no time limit here: nothing can stop your function but you. If no verdict follows within seconds, a loop "
    "in it does not end: interrupt it."
)


class NotYetRight(AssertionError):
    """An answer did not pass grading; the message is the same as in :func:`check`."""

    shown = False

    def _render_traceback_(self):  # IPython asks for this: the message without the checker's own lines
        return ["No points yet: see the message above." if self.shown else f"NotYetRight: {self}"]


def check(exercise_id: str, answer: Any, *, seed: int | None = None) -> None:
    """Say whether an answer is right, on fresh inputs; if it is not, which mistake it shows.

    Parameters
    ----------
    exercise_id : str
        As it stands in the notebook, for instance "hw5.q3".
    answer : Any
        A number, an array, a function or a text, whatever the exercise asks for.
    seed : int, optional
        For tests: the same inputs each time. Without it every check draws new ones.

    Raises
    ------
    ValueError
        If there is no such exercise. A wrong answer raises nothing: it is shown what to look at.
    """
    exercise = find_exercise(exercise_id)
    if _autograding():
        return  # the hidden test that follows says the same, on the inputs of the whole class
    _say_if_nothing_can_stop(answer)
    verdict = exercise.examine(answer, np.random.default_rng(seed))
    _done[exercise_id] = verdict.right
    if not verdict.right and verdict.name != "unanswered":
        _tries[exercise_id] = _tries.get(exercise_id, 0) + 1
    if verdict.later and _tries[exercise_id] > FIRST_TRIES:
        verdict = replace(verdict, message=f"{verdict.later} {verdict.message}")
    _show(verdict_note(exercise, verdict, _count(exercise_id.split(".")[0])))


def grade(exercise_id: str, answer: Any, seeds: Sequence[int] = GRADING_SEEDS) -> None:
    """Pass if an answer is right on every seed's inputs; what nbgrader's hidden tests call.

    Raises
    ------
    NotYetRight
        (An AssertionError) with the message :func:`check` would show.
    ValueError
        If there is no such exercise.
    """
    exercise = find_exercise(exercise_id)
    _say_if_nothing_can_stop(answer)
    for seed in seeds:
        verdict = exercise.examine(answer, np.random.default_rng(seed))
        _done[exercise_id] = verdict.right
        if not verdict.right:
            break
    note = verdict_note(exercise, verdict)
    if _autograding():
        _show(note)
    if not verdict.right:
        failure = NotYetRight(note.text)
        failure.shown = _autograding()
        raise failure


def progress(homework_id: str | None = None) -> None:
    """Show which exercises are done in this session, as a small bar: of one homework, or of all that were begun.

    Raises
    ------
    ValueError
        If there is no such homework.
    """
    begun = (
        [homework_id] if homework_id else sorted({name.split(".")[0] for name in _done}, key=lambda name: int(name[2:]))
    )
    if not begun:
        _show(Note("Nothing has been checked yet in this session.", None))
    for name in begun:
        parent = find_homework(name)
        checked = [e for e in parent.exercises if e.has_check]
        done = [e for e in checked if _done.get(e.id)]
        still = [e for e in checked if not _done.get(e.id)]
        lines = [f"{parent.id}, {parent.title}: {bar(*_count(name))}"]
        lines += ["done: " + ", ".join(e.short for e in done)] if done else []
        lines += ["open: " + ", ".join(f"{e.short} ({e.title})" for e in still)] if still else []
        by_hand = [e.short for e in parent.exercises if not e.has_check]
        lines += ["without a check, read by your teacher: " + ", ".join(by_hand)] if by_hand else []
        _show(Note("\n".join(lines), not still or None))


def _say_if_nothing_can_stop(answer):
    """Before the first call: after it may be never."""
    if callable(answer) and not has_time_limit():
        _show(Note(NO_LIMIT, None))


def _count(homework_id):
    exercises = [e for e in find_homework(homework_id).exercises if e.has_check]
    return sum(bool(_done.get(e.id)) for e in exercises), len(exercises)


def _autograding():
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def _in_notebook():
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def _show(note):
    """With colours in a notebook, as plain text anywhere else."""
    if _in_notebook():
        sys.modules["IPython"].display.display(note)
    else:
        print(note.text)
