"""Grade a class with nbgrader's own pipeline: generate, autograde, feedback, export; nothing stops it.

Every submission gets a row in ``marks.csv`` and a page in ``feedback/``. What nbgrader alone would fail on is put right
first (a deleted or copied test cell, lost metadata, a file that is no notebook), and a cell that ends the kernel or
cannot be interrupted is taken out, so that the rest of that notebook still counts.
"""

import csv
import html
import os
import re
import shutil
import sys
import warnings
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins.export import ExportPlugin
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    Execute,
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
)
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors.execute import UnresponsiveKernelError
from sqlalchemy.exc import SAWarning

import homework as tool

MOST_RESTARTS = 5
TAKEN_OUT = "raise RuntimeError('this cell was taken out: it ended the kernel or could not be interrupted')"
NOTHING = "nothing_to_grade"
FORMGRADER = """# So that nbgrader's own commands and its formgrader, started in this folder, find this course.
c = get_config()
c.CourseDirectory.course_id = "gaussian-mixtures"
"""
MATHJAX = re.compile(r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.DOTALL)
LOCAL_MATHJAX = """<script>MathJax = {tex: {inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]]}, options: {enableMenu: false}};</script>
<script async src="tex-svg.js"></script>"""


# Reading submissions


@dataclass
class Submission:
    """One student's hand-in: where it came from, the notebook if it is one, and what was noticed."""

    student: str
    path: Path
    notebook: nbformat.NotebookNode | None = None
    notes: list = field(default_factory=list)
    unreadable: bool = False

    def replace(self, reason):
        """Grade a page that gives the reason in the place of what cannot be graded."""
        self.notebook, self.unreadable = placeholder(reason), True


def collect(folder, name):
    """A :class:`Submission` for everything in ``folder``: each file, or each folder with files, is one student's."""
    taken, found = set(), []
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", "__"))]
    for entry in entries:
        student = re.sub(r"[^\w.-]+", "_", entry.stem if entry.is_file() else entry.name) or "student"
        while student.lower() in taken:
            student += "_2"
        taken.add(student.lower())
        submission = Submission(student, entry)
        try:
            submission.notebook = read(_file_of(entry, name, submission.notes))
        except Unreadable as error:
            submission.notes.append(str(error))
        found.append(submission)
    return found


class Unreadable(Exception):
    """Not a notebook; the message says why."""


def _file_of(entry, name, notes):
    if entry.is_file():
        return entry
    files = [path for path in sorted(entry.rglob("*.ipynb")) if not any(part.startswith(".") for part in path.relative_to(entry).parts)]
    if not files:
        raise Unreadable("no notebook (.ipynb) was handed in")
    named = [path for path in files if path.stem.startswith(name)]
    chosen = max(named or files, key=lambda path: path.stat().st_mtime)
    if len(files) > 1:
        notes.append(f"{len(files)} notebooks were handed in; {chosen.name} was graded")
    return chosen


def read(path):
    """The notebook in a file, brought to the current format.

    Raises :class:`Unreadable` if it is none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # copied cells share an id: mend() numbers them afresh
            notebook = nbformat.read(path, as_version=4)
        if not isinstance(notebook.get("cells"), list):
            raise ValueError("no cells")
        for cell in notebook.cells:
            if not isinstance(cell.source, str) or not isinstance(cell.metadata, dict):
                raise ValueError("a cell without text")
        return notebook
    except Exception as error:  # whatever a broken file makes nbformat raise, it is one row in the list
        raise Unreadable(f"{path.name} could not be read as a notebook ({type(error).__name__})") from error


# Putting right what would lose marks for no fault in the answers


def mend(notebook, source, notes):
    """Restore in a notebook, in place, what grading needs and a student may have removed; say so in ``notes``."""
    known = {cell.metadata.nbgrader.grade_id: cell for cell in source.cells if "nbgrader" in cell.metadata}
    _recognise(notebook, known)
    present = {_id(cell) for cell in notebook.cells}
    given = [cell for name, cell in known.items() if _is_given(cell) and name not in present]
    if given:
        notes.append(f"{len(given)} given cell(s) were missing and were put back")
    tests = [cell for name, cell in known.items() if cell.metadata.nbgrader.grade and name not in present]
    if tests:
        notes.append("test cells were missing and were put back: " + ", ".join(_id(cell) for cell in tests))
    copies = [name for name in known if sum(_id(cell) == name for cell in notebook.cells) > 1]
    if copies:
        notes.append("cells were copied; the last copy counts: " + ", ".join(copies))
        _keep_last(notebook)
    # Given cells (imports, data) go first; tests go last, where every answer is defined.
    notebook.cells = [*map(_fresh, given), *notebook.cells, *map(_fresh, tests)]
    notebook.metadata["kernelspec"] = dict(source.metadata.kernelspec)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # copies share an id, which nbformat refuses
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _keep_last(notebook):
    """Take nbgrader's mark off all copies of a cell but the last; nbgrader 0.9 trips over what it leaves there itself."""
    seen = set()
    for cell in reversed(notebook.cells):
        if _id(cell) in seen:
            del cell.metadata["nbgrader"]
        elif _id(cell) is not None:
            seen.add(_id(cell))


def _id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _is_given(cell):
    return cell.metadata.nbgrader.locked and not cell.metadata.nbgrader.grade


def _recognise(notebook, known):
    """Give test cells that lost their metadata (some editors drop it) their own again; drop what is not ours."""
    tests = {}
    for cell in known.values():
        found = tool.CHECK.search(cell.source)
        if found and cell.metadata.nbgrader.grade:
            tests[found["id"]] = cell
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader")
        if mark is not None and (not isinstance(mark, dict) or mark.get("grade_id") not in known):
            del cell.metadata["nbgrader"]
        elif mark is not None:
            # Student versions carry the right metadata: whatever was edited there, the source decides.
            cell.metadata["nbgrader"] = nbformat.from_dict(dict(known[mark["grade_id"]].metadata.nbgrader))
    present = {_id(cell) for cell in notebook.cells}
    for cell in notebook.cells:
        found = tool.CHECK.search(cell.source) if cell.cell_type == "code" and _id(cell) is None else None
        if found and found["id"] in tests and _id(tests[found["id"]]) not in present:
            cell.metadata["nbgrader"] = nbformat.from_dict(dict(tests[found["id"]].metadata.nbgrader))
            present.add(_id(cell))


def _fresh(cell):
    copy = nbformat.from_dict(cell)
    if copy.cell_type == "code":
        copy.outputs, copy.execution_count = [], None
    return copy


def placeholder(reason):
    """A notebook with nothing but the reason why there is nothing to grade."""
    text = nbformat.v4.new_markdown_cell(f"**Nothing could be graded:** {html.escape(reason)}.")
    return nbformat.v4.new_notebook(cells=[text], metadata={NOTHING: True})


# Running


class ResilientExecute(Execute):
    """nbgrader's execution, except that a cell which ends the kernel costs that cell and not the notebook."""

    taken_out = 0  # cells taken out of the notebook run last
    timed_out = False  # whether one of its cells was interrupted

    def preprocess(self, nb, resources):
        """Run all cells; after a crash run them again from the start without the cell that caused it."""
        if nb.metadata.pop(NOTHING, False):
            return _not_run(nb), resources
        originals = {}
        for _ in range(MOST_RESTARTS):
            try:
                nb, resources = super().preprocess(nb, resources)
                break
            except (DeadKernelError, CellTimeoutError):  # a timeout that gets this far is one that no interrupt ended
                originals[self._running] = nb.cells[self._running].source
                nb.cells[self._running].source = TAKEN_OUT
        else:
            raise UnresponsiveKernelError(f"{MOST_RESTARTS} cells ended the kernel")
        for index, source in originals.items():
            nb.cells[index].source = source
        ResilientExecute.taken_out = len(originals)
        return nb, resources

    def preprocess_cell(self, cell, resources, index):
        """Run one cell, and remember which."""
        self._running = index
        cell, resources = super().preprocess_cell(cell, resources, index)
        if any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", [])):
            ResilientExecute.timed_out = True
        return cell, resources


def _not_run(notebook):
    """Tests that were not run give no points: without any output, nbgrader would take them for passed."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("error", ename="NotRun", evalue="", traceback=["Not run."])]
    return notebook


def _configuration(course, timeout):
    config = tool.configuration(course)
    config.ResilientExecute.timeout = timeout
    config.ResilientExecute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
    config.ResilientExecute.shutdown_kernel = "immediate"  # half a second a submission: nothing is left to save
    config.Autograde.autograde_preprocessors = [
        ResilientExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    config.ClearMetadataPreprocessor.preserve_cell_metadata_mask = {("nbgrader",)}
    return config


# The whole run


def grade_class(source_path, submissions, output, timeout=30, book=""):
    """Grade every submission in a folder; returns the exit code 0 even if none was any good.

    Parameters
    ----------
    source_path : Path
        The source notebook, with its solutions.
    submissions : Path
        Holds one notebook or one folder a student, named after the student.
    output : Path
        Must not exist yet, or be empty. Gets marks.csv, feedback/<student>.html and nbgrader's own folders in course/.
    timeout : int
        Seconds for one cell.
    book : str
        The address of the book's site, for the links in the feedback.
    """
    if not submissions.is_dir():
        sys.exit(f"submissions must be a folder; {submissions} is none")
    if output.exists() and any(output.iterdir()):
        sys.exit(f"output must be a new or an empty folder; {output} holds files")
    submissions, output = submissions.resolve(), output.resolve()
    name, course = source_path.stem, output / "course"
    shutil.copytree(source_path.parent, course / "source" / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    (course / "nbgrader_config.py").write_text(FORMGRADER, encoding="utf-8")
    here, environment = os.getcwd(), dict(os.environ)
    os.environ["GMM_BOOK_URL"] = book
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        _pipeline(source_path, name, course, collect(submissions, name), timeout)
        shutil.copy(course / "marks.csv", output / "marks.csv")
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(environment)
    print(f"marks: {output / 'marks.csv'}\nfeedback: {output / 'feedback'}{os.sep}<student>.html")
    return 0


def _pipeline(source_path, name, course, found, timeout):
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader 0.9 predates SQLAlchemy 2.1; its results are right
    tool.generate(course, [name])
    source = nbformat.read(source_path, as_version=4)
    api = tool.nbgrader_api(_configuration(course, timeout))
    for number, submission in enumerate(found, start=1):
        print(f"[{number}/{len(found)}] {submission.student}", flush=True)
        if submission.notebook is None:
            submission.replace("; ".join(submission.notes))
        if not _autograde(api, submission, source, name, course):
            # Whatever this was, it gets a row and a page; the notebook itself stays in the folder it came from.
            submission.notes.append("could not be run; please look at it yourself")
            submission.replace("the notebook could not be run")
            _autograde(api, submission, source, name, course)
        api.generate_feedback(name, submission.student)
        _publish(course, name, submission)
    _export(course, name, found)


def _autograde(api, submission, source, name, course):
    target = course / "submitted" / submission.student / name / f"{name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        notebook = mend(submission.notebook, source, submission.notes if not submission.unreadable else [])
        nbformat.write(notebook, target)
    except Exception as error:  # a notebook so odd that it cannot be written again
        submission.notes.append(f"could not be prepared for grading ({type(error).__name__})")
        return False
    ResilientExecute.taken_out, ResilientExecute.timed_out = 0, False
    result = api.autograde(name, submission.student)
    if ResilientExecute.taken_out:
        submission.notes.append(f"{ResilientExecute.taken_out} cell(s) ended the kernel or could not be interrupted, and were taken out")
    if ResilientExecute.timed_out:
        submission.notes.append("a cell ran into the time limit")
    if not result["success"]:
        log = course / "logs" / f"{submission.student}.log"
        log.parent.mkdir(exist_ok=True)
        log.write_text(f"{result.get('log', '')}\n{result.get('error', '')}", encoding="utf-8")
    return result["success"]


def _publish(course, name, submission):
    """Copy a feedback page to where it is easy to hand out."""
    made = course / "feedback" / submission.student / name / f"{name}.html"
    target = course.parent / "feedback" / f"{submission.student}.html"
    target.parent.mkdir(exist_ok=True)
    if made.exists():
        page = MATHJAX.sub(lambda _: LOCAL_MATHJAX, made.read_text(encoding="utf-8"))
        target.write_text(page, encoding="utf-8")
        script = _mathjax_script()
        if script and not (target.parent / script.name).exists():
            shutil.copy(script, target.parent / script.name)
    else:
        submission.notes.append("nbgrader made no feedback page")
        reason = html.escape("; ".join(submission.notes))
        target.write_text(f"<!doctype html><html lang=en><meta charset=utf-8><title>{name}</title><p>{reason}</p></html>", encoding="utf-8")


def _mathjax_script():
    """The book's own copy of MathJax, so that a feedback page calls no other machine; None if it is not installed."""
    package = find_spec("sphinx-mathjax-offline")
    return Path(package.origin).parent / "static" / "mathjax" / "tex-svg.js" if package else None


class MarksExport(ExportPlugin):
    """nbgrader's export, with one row a submission: the score, each exercise's points, and what was noticed."""

    def export(self, gradebook):
        """Write the marks of one assignment to ``self.to``."""
        (name,) = self.assignment
        cells = [cell.name for cell in gradebook.find_notebook(name, name).grade_cells]
        with open(self.to, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["student_id", "handed_in", "score", "max_score", *(cell.split("-", 1)[1] for cell in cells), "notes"])
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
        return [*row, _plain(marked.score), _plain(marked.max_score), *scores, "; ".join(submission.notes)]

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


def _plain(number):
    return int(number) if float(number).is_integer() else round(number, 2)


def _export(course, name, found):
    plugin = MarksExport(to=str(course / "marks.csv"), assignment=[name])
    plugin.found = found
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "gaussian-mixtures") as gradebook:
        plugin.export(gradebook)
