"""nbgrader's gradebook and the list of marks: written by the judge, when the last submission has ended."""

import csv
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.plugins.export import ExportPlugin

from ..checker.shares import points
from .course import COURSE_ID, STUB, TEXT_STUB
from .lateness import Late
from .submissions import Submission

TIMES = ("handed_in_at", "late_days", "free_days", "lateness")


class MarksExport(ExportPlugin):
    """nbgrader's export, with one row a submission: the score, each exercise's points, and what was noticed."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the marks of one assignment to ``self.to``."""
        (name,) = self.assignment
        cells = [cell.name for cell in gradebook.find_notebook(name, name).grade_cells]
        self.timed = any(submission.late for submission, _ in self.graded)
        self.named = any(submission.person for submission, _ in self.graded)
        head = ["student_id", *["name"] * self.named, "handed_in", *TIMES * self.timed, "score", "max_score"]
        head += [*["final_score"] * self.timed, *map(exercise_of, cells), "notes", "flags"]
        with Path(self.to).open("w", newline="", encoding="utf-8", errors="replace") as file:
            writer = csv.writer(file)
            writer.writerow(head)
            for submission, judged in self.graded:
                writer.writerow(self._row(gradebook, submission, judged, name, cells))

    def _row(self, gradebook, submission, judged, name, cells):
        marked = gradebook.find_submission_notebook(name, name, submission.student)
        points = {grade.name: grade for grade in marked.grades}
        scores = [plain(points[cell].score or 0) if points[cell].max_score else _done(judged, cell) for cell in cells]
        late, score = submission.late or Late(), [plain(marked.score), plain(marked.max_score)]
        row = [submission.student, *[getattr(submission.person, "name", "")] * self.named, submission.path.name]
        row += [*[late.at, late.days, late.free, late.reason] * self.timed, *score]
        row += [*[plain(late.final(marked.score))] * self.timed, *scores]
        notes, flags = "; ".join([*submission.notes, *judged["notes"], *_by_hand(marked)]), "; ".join(judged["flags"])
        return [inert(entry) for entry in [*row, notes, flags]]


def _done(judged, cell):
    """Exercises without points, beyond the marks: "done" or nothing."""
    return "done" if judged["verdicts"].get(cell, {}).get("right") else ""


def _read_by_a_teacher(notebook):
    """The names of cells that a student has written in and that have points: no judge but a teacher marks them."""
    marks = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells if not _is_blank(cell)]
    return {mark["grade_id"] for mark in marks if mark.get("points") and (mark.get("solution") or mark.get("task"))}


def _is_blank(cell):
    return cell.source.strip() == TEXT_STUB.strip() or STUB in cell.source


def _by_hand(marked):
    """That a text waits for its teacher, who gives its points in nbgrader's formgrader."""
    waiting = [grade.name for grade in marked.grades if grade.needs_manual_grade]
    names = ", ".join(map(exercise_of, waiting))
    return [f"to be marked by hand: {names}"] if names else []


def exercise_of(cell: str) -> str:
    """Of the cell "hw5-q8-answer", or "hw5-q8", the exercise: "q8"."""
    return cell.split("-", 1)[1].removesuffix("-answer")


def plain(number: float) -> int | float:
    """A number of points as people write it."""
    return int(number) if float(number).is_integer() else round(number, 2)


def inert(entry: Any) -> Any:
    """A text that no spreadsheet takes for a formula."""
    return f"'{entry}" if isinstance(entry, str) and entry.startswith(("=", "+", "-", "@", "\t", "\r")) else entry


def record(course: Path, name: str, graded: list[tuple[Submission, NotebookNode, dict]]) -> None:
    """Enter all marks in nbgrader's gradebook, keep the notebooks as they were run, and write marks.csv.

    Parameters
    ----------
    course : Path
        nbgrader's course, in which the assignment was generated.
    name : str
        Of the assignment and of its notebook.
    graded : list of (Submission, NotebookNode, dict)
        Each with its notebook, the outputs in it, and what the judge said.
    """
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", COURSE_ID) as gradebook:
        for submission, notebook, judged in graded:
            gradebook.update_or_create_student(submission.student)
            gradebook.update_or_create_submission(name, submission.student)
            written = _read_by_a_teacher(notebook)
            for grade in gradebook.find_submission_notebook(name, name, submission.student).grades:
                verdict = judged["verdicts"].get(grade.name)
                grade.needs_manual_grade = grade.name in written
                earned = points(verdict["share"], grade.max_score) if verdict else 0
                grade.auto_score = None if grade.name in written else earned
            gradebook.db.commit()
            for step in ("submitted", "autograded"):
                target = course / step / submission.student / name / f"{name}.ipynb"
                target.parent.mkdir(parents=True, exist_ok=True)
                nbformat.write(notebook, target)
    write_marks(course, name, [(submission, judged) for submission, _, judged in graded], course / "marks.csv")


def write_marks(course: Path, name: str, graded: list[tuple[Submission, dict]], to: Path) -> None:
    """Write the list of marks from nbgrader's gradebook as it is now, with what was given by hand."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", COURSE_ID) as gradebook:
        plugin = MarksExport(to=str(to), assignment=[name])
        plugin.graded = graded
        plugin.export(gradebook)
