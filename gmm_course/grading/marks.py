"""The list of marks: one row a submission, whatever became of it."""

import csv
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins.export import ExportPlugin

from .course import COURSE_ID
from .submissions import Submission, read


class MarksExport(ExportPlugin):
    """nbgrader's export, with one row a submission: the score, each exercise's points, and what was noticed."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the marks of one assignment to ``self.to``."""
        (name,) = self.assignment
        cells = [cell.name for cell in gradebook.find_notebook(name, name).grade_cells]
        with Path(self.to).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(
                [
                    "student_id",
                    "handed_in",
                    "score",
                    "max_score",
                    *(cell.split("-", 1)[1].removesuffix("-answer") for cell in cells),
                    "notes",
                ]
            )
            for submission in self.found:
                writer.writerow(self._row(gradebook, submission, name, cells))

    def _row(self, gradebook, submission, name, cells):
        row = [submission.student, submission.path.name]
        try:
            marked = gradebook.find_submission_notebook(name, name, submission.student)
        except MissingEntry:
            maximum = gradebook.find_assignment(name).max_score
            return [*row, 0, _plain(maximum), *[0] * len(cells), "; ".join(submission.notes)]
        points = {grade.name: grade.score for grade in marked.grades}
        done = self._done(submission, name)
        scores = [done[cell] if cell in done else _plain(points.get(cell) or 0) for cell in cells]
        notes = [*submission.notes, *_by_hand(marked)]
        return [*row, _plain(marked.score), _plain(marked.max_score), *scores, "; ".join(notes)]

    def _done(self, submission, name):
        """Exercises without points, beyond the marks: "done" or nothing, read off the notebook that was run."""
        path = Path(self.to).parent / "autograded" / submission.student / name / f"{name}.ipynb"
        done = {}
        for cell in read(path).cells if path.exists() else []:
            mark = cell.metadata.get("nbgrader", {})
            if mark.get("grade") and not mark.get("points"):
                failed = any(output.output_type == "error" for output in cell.outputs)
                done[mark["grade_id"]] = "" if failed else "done"
        return done


def _by_hand(marked):
    """That a text waits for its teacher, who gives its points in nbgrader's formgrader."""
    waiting = [grade.name for grade in marked.grades if grade.needs_manual_grade]
    names = ", ".join(name.split("-", 1)[1].removesuffix("-answer") for name in waiting)
    return [f"to be marked by hand: {names}"] if names else []


def _plain(number):
    return int(number) if float(number).is_integer() else round(number, 2)


def export(course: Path, name: str, found: list[Submission]) -> None:
    """Write the marks of the assignment ``name`` in folder ``course`` to its marks.csv."""
    plugin = MarksExport(to=str(course / "marks.csv"), assignment=[name])
    plugin.found = found
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", COURSE_ID) as gradebook:
        plugin.export(gradebook)
