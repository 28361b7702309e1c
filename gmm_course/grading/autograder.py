"""What runs in Gradescope's container: one submission is judged, and ``results.json`` written when it has ended.

Run as ``python -m gmm_course.grading.autograder /autograder student``. The judge is that of a whole class. If nothing
keeps the submission from the solutions it does not judge at all: Gradescope then says that the autograder failed.
"""

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import nbformat

from ..checker.catalogue import homework
from ..checker.shares import points
from .gradescope import HOMEWORK
from .judge import Judged, judge
from .preparing import lay_out, prepare
from .sandbox import build, open_to_all
from .submissions import submission_of
from .whose import Whose, whose_numbers

SECONDS = 30.0  # of computing, for one cell


def run(folder: Path, account: str) -> None:
    """Judge what is in ``folder/submission`` and write ``folder/results/results.json``.

    ``account`` is the Unix user who runs the submission where bubblewrap does not work.
    """
    for part in ("source", "submission", "results"):
        (folder / part).mkdir(exist_ok=True)
        (folder / part).chmod(0o700)  # root's alone while somebody else's code runs
    (path,) = (folder / "source" / HOMEWORK).glob("*.ipynb")
    source = nbformat.read(path, as_version=4)
    submission = submission_of("student", folder / "submission", path.stem)
    whose = _whose(submission, source)
    notebook = prepare(submission, source)
    judged = Judged() if notebook is None else _judged(submission, notebook, source, path.parent, account, whose)
    told = results(path.stem, submission.notes, judged.as_dict())
    (folder / "results" / "results.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def _whose(submission, source):
    """Whose numbers count: who hands in is unknown here, so the notebook is believed, and the teacher told."""
    if submission.notebook is None:
        return Whose()
    whose = whose_numbers(submission.notebook, source, "")
    return replace(whose, note=f"judged on the numbers of '{whose.student}'") if whose.student else whose


def _judged(submission, notebook, source, data, account, whose):
    with tempfile.TemporaryDirectory(prefix="grading-") as name:
        workshop = Path(name)
        workshop.chmod(0o711)
        sandbox, warning = build(workshop / "library", account=account)
        if warning:
            sys.exit(f"not judged, as the submission could read the solutions. {warning}")
        given = lay_out(submission, data, workshop / "given")
        open_to_all(given)
        return judge(notebook, source, given, sandbox, SECONDS, whose)


def results(name: str, notes: list[str], judged: dict) -> dict:
    """What Gradescope reads: a test for each exercise that a program marks, and a hidden one for the teacher."""
    parent = homework(f"hw{int(name[2:4])}")
    tests = [_test(one, judged["verdicts"].get(one.id.replace(".", "-"))) for one in parent.exercises]
    by_hand = [one.short for one in parent.exercises if one.marked_by_hand]
    said = [f"Read and marked by your teacher: {', '.join(by_hand)}."] if by_hand else []
    hidden = "\n".join([*notes, *judged["notes"], *judged["flags"]])
    if hidden:
        tests.append({"name": "For the teacher", "output": hidden, "score": 0, "max_score": 0, "visibility": "hidden"})
    nothing = ["Nothing could be judged: " + "; ".join(notes) + "."] if not judged["verdicts"] else []
    return {
        "output": " ".join([*nothing, *said]),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [test for test in tests if test],
    }


def _test(exercise, verdict):
    """None for what a teacher marks."""
    if exercise.marked_by_hand:
        return None
    right = bool(verdict and verdict["right"])
    return {
        "name": f"{exercise.short} {exercise.title}",
        "score": points(verdict["share"], exercise.points) if verdict else 0,
        "max_score": exercise.points,
        "status": "passed" if right else "failed",
        "output": verdict["text"] if verdict else "Not judged.",
        "output_format": "text",
        "visibility": "visible",
    }


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2])
