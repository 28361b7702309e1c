"""The judge: it lets a notebook run in a cell, asks for each answer, and examines it here, with the checker.

Nothing that decides a mark is ever in the same process as a submission, and nothing of one submission is left when the
next one comes.
"""

import base64
import binascii
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from ..checker.calling import TIME_LIMIT
from ..checker.catalogue import exercise as find_exercise
from ..checker.drawn import as_asked
from ..checker.exercise import Exercise
from ..checker.feedback import verdict_note
from ..checker.session import GRADING_SEEDS
from ..checker.shares import least
from ..checker.verdict import Verdict
from .cell import TOO_LONG, Cell, CellEnded
from .flags import flags_of, library_function
from .mending import grade_id
from .remote import Remote
from .sandbox import Sandbox
from .stamping import CHECK
from .whose import Whose

MOST_RESTARTS = 5
NOBODY = Whose()
PICTURE = b"\x89PNG\r\n\x1a\n"


@dataclass
class Judged:
    """What became of one submission: plain data, so that it can be kept on disk.

    Attributes
    ----------
    outputs : dict of str to list
        What each code cell showed, by its place in the notebook.
    verdicts : dict of str to dict
        For the name of each test cell: right, share, name, the message as text and as HTML, and the numbers
        that were asked for, if they are the student's own.
    notes : list of str
        For the teacher: what went wrong on the way.
    flags : list of str
        For the teacher: what in the answers should be looked at, with its line.
    """

    outputs: dict = field(default_factory=dict)
    verdicts: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    flags: list = field(default_factory=list)

    def as_dict(self) -> dict:
        """The same as dictionaries and lists."""
        return asdict(self)


def judge(
    notebook: NotebookNode,
    source: NotebookNode,
    given: Path,
    sandbox: Sandbox,
    seconds: float,
    whose: Whose = NOBODY,
) -> Judged:
    """Run a mended notebook and examine its answers.

    Parameters
    ----------
    notebook : NotebookNode
        As :func:`~gmm_course.grading.mending.mend` leaves it.
    source : NotebookNode
        The homework with its solutions, for what an answer may use.
    given : Path
        A folder with the files that the notebook finds beside it.
    sandbox : Sandbox
    seconds : float
        Of computing, for one cell.
    whose : Whose
        Whose numbers the pencil exercises ask for.
    """
    judged = Judged(flags=flags_of(notebook, source), notes=[whose.note] if whose.note else [])
    run = _Run(notebook, given, sandbox, seconds, judged, whose)
    for _ in range(MOST_RESTARTS + 1):
        if run.to_its_end():
            break
        if run.too_long:
            run.give_up(TOO_LONG)
            break
    else:
        run.give_up(f"more than {MOST_RESTARTS} cells or answers ended the kernel")
    if run.taken_out:
        reasons = ", ".join(sorted(set(run.taken_out.values())))
        judged.notes.append(
            f"{len(run.taken_out)} cell(s) ended the kernel or could not be interrupted, and were taken out ({reasons})"
        )
    return judged


class _Run:
    """One notebook, run again from its start without the cell that ended it, until it comes to its end."""

    def __init__(self, notebook, given, sandbox, seconds, judged, whose):
        self.cells = [(i, cell) for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
        self.given = given
        self.sandbox = sandbox
        self.seconds = seconds
        self.judged = judged
        self.whose = whose
        self.taken_out = {}
        self.too_long = False

    def to_its_end(self):
        """Whether the notebook came to its end; if not, one more cell is taken out or one more exercise judged."""
        with Cell(self.sandbox, self.given, self.seconds) as cell:
            for index, one in self.cells:
                test = CHECK.search(one.source) if one.metadata.get("nbgrader", {}).get("grade") else None
                try:
                    if test is None:
                        self._run(cell, index, one.source)
                    elif grade_id(one) not in self.judged.verdicts:
                        self._examine(cell, grade_id(one), test)
                except CellEnded as end:
                    self.too_long = str(end) == TOO_LONG
                    if test is None:
                        self.taken_out[index] = str(end)
                    else:
                        self._ended(grade_id(one), test["id"], end)
                    return False
        return True

    def give_up(self, reason):
        """What is not judged yet will not be."""
        self.judged.notes.append(f"{reason}; the rest was not judged")
        for _, one in self.cells:
            test = CHECK.search(one.source) if one.metadata.get("nbgrader", {}).get("grade") else None
            if test and grade_id(one) not in self.judged.verdicts:
                self._ended(grade_id(one), test["id"], reason)

    def _run(self, cell, index, source):
        if index in self.taken_out:
            said = f"This cell was taken out: {self.taken_out[index]}."
            self.judged.outputs[str(index)] = [_error_output("RuntimeError", said)]
            return
        reply = cell.ask({"do": "run", "source": source, "seconds": self.seconds}, self.seconds)
        self.judged.outputs[str(index)] = _outputs(reply.get("outputs"))
        if reply.get("late") is True and LATE not in self.judged.notes:
            self.judged.notes.append(LATE)

    def _examine(self, cell, name, test):
        exercise = as_asked(find_exercise(test["id"]), self.whose.student, *self.whose.others)
        remote = Remote(cell, getattr(exercise, "parts", ()), getattr(exercise, "seconds", TIME_LIMIT))
        verdict, trouble = examine(exercise, remote, test["answer"])
        if cell.ended:
            raise CellEnded(cell.reason)
        if trouble:
            self.judged.notes.append(f"{exercise.short} could not be judged ({trouble}); please look at it yourself")
        if own := library_function(remote.origin):
            self.judged.flags.append(f"{exercise.short}: the answer is {own} itself")
        self._note(name, exercise, verdict)

    def _ended(self, name, exercise_id, reason):
        exercise = find_exercise(exercise_id)
        verdict = exercise.not_yet("ended the kernel", f"Your answer could not be examined: {reason}.")
        self._note(name, exercise, verdict)
        self.judged.notes.append(f"{exercise.short} ended the kernel or could not be interrupted ({reason})")

    def _note(self, name, exercise, verdict):
        note = verdict_note(exercise, verdict)
        self.judged.verdicts[name] = {
            "right": bool(verdict.right),
            "share": float(verdict.share),
            "numbers": exercise.question() if getattr(exercise, "student", "") else "",
            "name": verdict.name,
            "text": note.text[:20_000],
            "html": note._repr_html_()[:60_000],
        }


LATE = "a cell ran into the time limit"


def examine(exercise: Exercise, remote: Remote, expression: str) -> tuple[Verdict, str]:
    """The verdict on what an expression of the notebook's gives, and what went wrong in judging it, if anything did.

    An answer is right if it is right on the inputs of every seed; of one that is not, the least share counts.
    """
    try:
        answer = remote.hand_over(expression)
    except (CellEnded, KeyboardInterrupt):
        raise
    except BaseException as error:
        said = f"There is no answer to look at: {type(error).__name__}: {error}"[:500]
        return exercise.not_yet("no answer", said), ""
    total = remote.left

    def on(seed):
        remote.left = total
        return exercise.examine(answer, np.random.default_rng(seed))

    try:
        return least(map(on, GRADING_SEEDS)), ""
    except Exception as error:  # what nobody foresaw costs this exercise and is told to the teacher
        said = "Your answer could not be judged. Your teacher will look at it."
        return exercise.not_yet("not judged", said), type(error).__name__


# What came out of a cell, made harmless


def _outputs(told: Any) -> list:
    """Outputs with nothing in them but text and pictures, whatever the cell sent."""
    made = []
    for output in told[:300] if isinstance(told, list) else []:
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream":
            text, name = _text(output.get("text")), "stderr" if output.get("name") == "stderr" else "stdout"
            made.append(nbformat.v4.new_output("stream", name=name, text=text))
        elif kind == "error":
            made.append(_error_output(_text(output.get("ename"))[:100], _text(output.get("evalue")), output))
        elif kind in ("display_data", "execute_result"):
            # Both as a display: nbgrader takes a number that is a result for partial points.
            made.append(nbformat.v4.new_output("display_data", data=_data(output.get("data"))))
    return made


def _error_output(name, said, output=None):
    lines = (output or {}).get("traceback")
    lines = [_text(line)[:2000] for line in lines[:20]] if isinstance(lines, list) else [f"{name}: {said}"]
    return nbformat.v4.new_output("error", ename=name, evalue=said[:2000], traceback=lines)


def _data(told):
    told = told if isinstance(told, dict) else {}
    data = {"text/plain": _text(told.get("text/plain"))}
    picture = told.get("image/png")
    try:
        if isinstance(picture, str) and base64.b64decode(picture, validate=True).startswith(PICTURE):
            data["image/png"] = picture
    except binascii.Error:
        pass
    return data


def _text(value):
    """Text without control characters, and at most so much of it."""
    text = value if isinstance(value, str) else ""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"\x1b\[[0-9;]*m|[\x00-\x08\x0b-\x1f\x7f]", "", text)[:40_000]
