"""What a notebook sees: check an answer, grade it, show the progress made, in this session and before it."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from . import memory
from .calling import has_time_limit
from .catalogue import exercise as find_exercise
from .catalogue import homework as find_homework
from .catalogue import homeworks
from .drawn import Drawn, as_asked
from .feedback import Note, Question, bar, verdict_note
from .lots import key_of
from .shares import least
from .shares import points as worth

_done = {}  # exercise id -> whether the last check in this session was right
_students = {}  # homework id -> whose numbers its pencil exercises ask for
_shares = {}  # exercise id -> which share of its points the last check in this session found
_tries = {}  # exercise id -> how many checks of it were not right
_said = set()  # what is said once a session
FIRST_TRIES = 3

# Fixed, so that a whole class is graded on the same inputs; others than any student has seen.
GRADING_SEEDS = (5101, 5102, 5103)

NO_LIMIT = (
    "There is no time limit here: nothing can stop your function but you. If no verdict follows within seconds, a loop "
    "in it does not end: interrupt it."
)

REMEMBERED = "right at the last check, before this session"
NO_MARK = "This is a memory, not a mark: an answer may have changed since. Check it again, and it counts as done."


class NotYetRight(AssertionError):
    """An answer did not pass grading; the message is the same as in :func:`check`."""

    shown = False

    def _render_traceback_(self):  # IPython asks for this: the message without the checker's own lines
        return ["No points yet: see the message above." if self.shown else f"NotYetRight: {self}"]


def begin(homework_id: str, student: str | int = "") -> None:
    """Say whose numbers the pencil exercises of a homework ask for.

    Parameters
    ----------
    homework_id : str
        For instance "hw5".
    student : str or int
        The name, or the number, under which you hand in, as your teacher gave it to you. Without it the numbers are
        those of the text, the same for everybody.

    Raises
    ------
    ValueError
        If there is no such homework, or ``student`` is no text and no whole number.
    """
    drawn = [e for e in find_homework(homework_id).exercises if isinstance(e, Drawn)]
    if not isinstance(student, str | int) or isinstance(student, bool):
        raise ValueError(f'student must be text, such as "ann", or a whole number; got {student!r}.')
    name = str(student).strip()
    if name and not key_of(name):
        raise ValueError(f"student must hold letters or digits; got {student!r}.")
    if name != _students.get(homework_id, ""):
        _students[homework_id] = name
        for exercise in drawn:
            if _done.get(exercise.id):  # it was right, and for other numbers
                _done[exercise.id], _shares[exercise.id] = False, 0.0
                _say_once(memory.keep(homework_id, exercise.id, right=False))
    whose = f"{name}'s own" if name and drawn else "those of the text, the same for everybody"
    of = f" of {', '.join(e.short for e in drawn)}" if drawn else ""
    _show(Note(f"{homework_id}: the numbers{of} are {whose}.", None))


def your_numbers(exercise_id: str) -> None:
    """Show the numbers that a pencil exercise asks you about, after :func:`begin` those of your own.

    Raises
    ------
    ValueError
        If there is no such exercise, or it has no numbers of your own.
    """
    exercise = _as_asked(find_exercise(exercise_id))
    if not isinstance(exercise, Drawn):
        raise ValueError(f"exercise_id must be that of a pencil exercise with numbers; got {exercise_id!r}.")
    _show(Question(exercise.question()))


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
    exercise = _as_asked(find_exercise(exercise_id))
    if _autograding():
        return  # the hidden test that follows says the same, on the inputs of the whole class
    _say_if_nothing_can_stop(answer)
    verdict = exercise.examine(answer, np.random.default_rng(seed))
    _done[exercise_id], _shares[exercise_id] = verdict.right, verdict.share
    if not verdict.right and verdict.name != "unanswered":
        _tries[exercise_id] = _tries.get(exercise_id, 0) + 1
    if verdict.later and _tries[exercise_id] > FIRST_TRIES:
        verdict = replace(verdict, message=f"{verdict.later} {verdict.message}")
    homework_id = exercise_id.split(".")[0]
    earlier = _earlier(homework_id)
    if earlier:
        _say_once(f"{homework_id}: {REMEMBERED}: {_listed(earlier)}.\n{NO_MARK}", about=homework_id)
    _show(verdict_note(exercise, verdict, _count(homework_id, len(earlier))))
    _say_once(memory.keep(homework_id, exercise_id, verdict.right))


def grade(exercise_id: str, answer: Any, seeds: Sequence[int] = GRADING_SEEDS) -> None:
    """Pass if an answer is right on every seed's inputs; what nbgrader's hidden tests call, which know no shares.

    Raises
    ------
    NotYetRight
        (An AssertionError) with the message :func:`check` would show.
    ValueError
        If there is no such exercise.
    """
    exercise = _as_asked(find_exercise(exercise_id))
    _say_if_nothing_can_stop(answer)
    verdict = least(exercise.examine(answer, np.random.default_rng(seed)) for seed in seeds)
    _done[exercise_id] = verdict.right
    note = verdict_note(exercise, verdict)
    if _autograding():
        _show(note)
    if not verdict.right:
        failure = NotYetRight(note.text)
        failure.shown = _autograding()
        raise failure


def progress(homework_id: str | None = None) -> None:
    """Show which exercises are done in this session, as a small bar, and which were right at a check before it.

    Of one homework, or of all that were begun.

    Raises
    ------
    ValueError
        If there is no such homework.
    """
    begun = [homework_id] if homework_id else [name for name in homeworks() if _begun(name)]
    if not begun:
        _show(Note("Nothing has been checked yet in this session.", None))
    for name in begun:
        parent = find_homework(name)
        checked = [e for e in parent.exercises if e.has_check]
        earlier = _earlier(name)
        done = [e for e in checked if _done.get(e.id)]
        still = [e for e in checked if not _done.get(e.id) and e.id not in earlier]
        lines = [f"{parent.id}, {parent.title}: {bar(*_count(name, len(earlier)))}"]
        lines += ["done: " + ", ".join(e.short for e in done)] if done else []
        lines += [f"{REMEMBERED}: {_listed(earlier)}", NO_MARK] if earlier else []
        lines += ["open: " + ", ".join(f"{e.short} ({e.title})" for e in still)] if still else []
        by_hand = [e.short for e in parent.exercises if not e.has_check]
        lines += ["without a check, read by your teacher: " + ", ".join(by_hand)] if by_hand else []
        _show(Note("\n".join(lines), len(done) == len(checked) or None))


def points_so_far(homework_id: str) -> tuple[float, float, float]:
    """The points that the last checks in this session found, of how many that a check can find, and of how many more
    that a teacher gives: what a page shows while somebody works in it.

    Raises
    ------
    ValueError
        If there is no such homework.
    """
    exercises = find_homework(homework_id).exercises
    judged = [e for e in exercises if not e.marked_by_hand]
    found = sum(worth(_shares.get(e.id, 0.0), e.points) for e in judged)
    return found, sum(e.points for e in judged), sum(e.points for e in exercises if e.marked_by_hand)


def _begun(homework_id):
    return any(name.split(".")[0] == homework_id for name in _done) or bool(_earlier(homework_id))


def _earlier(homework_id):
    """{exercise id: when} of what was right at its last check, in a session before this one."""
    remembered, trouble = memory.recall(homework_id)
    _say_once(trouble)
    checked = [e.id for e in find_homework(homework_id).exercises if e.has_check]
    return {name: remembered[name] for name in checked if name in remembered and name not in _done}


def _listed(earlier):
    return ", ".join(f"{name.split('.')[1]} ({when:%Y-%m-%d %H:%M})" for name, when in earlier.items())


def _say_once(sentence, about=None):
    """Say a sentence, if there is one, unless it (or another ``about`` the same thing) was said in this session."""
    if sentence and (about or sentence) not in _said:
        _said.add(about or sentence)
        _show(Note(sentence, None))


def _as_asked(exercise):
    return as_asked(exercise, _students.get(exercise.id.split(".")[0], ""))


def _say_if_nothing_can_stop(answer):
    """Before the first call: after it may be never."""
    if callable(answer) and not has_time_limit():
        _show(Note(NO_LIMIT, None))


def _count(homework_id, earlier):
    exercises = [e for e in find_homework(homework_id).exercises if e.has_check]
    return sum(bool(_done.get(e.id)) for e in exercises), len(exercises), earlier


def _autograding():
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def _display():
    """What shows an object with colours, in a notebook and in a page of the book (``live``); elsewhere None."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        return ipython.display.display
    page = sys.modules.get("gmm_live.kernel")
    return page and page.display


def _show(note):
    """With colours where that can be, as plain text anywhere else."""
    display = _display()
    if display is not None:
        display(note)
    else:
        print(note.text)
