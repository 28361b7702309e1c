"""Grade a class with nbgrader's own pipeline: generate, autograde, feedback, export; nothing stops it.

Every submission gets a row in ``marks.csv`` and a page in ``feedback/``. What nbgrader alone would fail on is put right
first (a deleted or copied test cell, lost metadata, a file that is no notebook), and a cell that ends the kernel or
cannot be interrupted is taken out, so that the rest of that notebook still counts.
"""

import os
import shutil
import warnings
from pathlib import Path

import nbformat
from sqlalchemy.exc import SAWarning

from .course import COURSE_ID, GradingError, add_source, generate, nbgrader_api
from .marks import export
from .mending import mend
from .pages import publish
from .running import ResilientExecute, resilient
from .submissions import collect

FORMGRADER = f"""# So that nbgrader's own commands and its formgrader, started in this folder, find this course.
c = get_config()
c.CourseDirectory.course_id = "{COURSE_ID}"
"""


def grade_class(source_path: Path, submissions: Path, output: Path, timeout: int = 30, book: str = "") -> None:
    """Grade every submission in a folder, and say where the marks and the feedback are.

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

    Raises
    ------
    GradingError
        If a folder is not as it must be, or nbgrader cannot make the assignment.
    """
    if not submissions.is_dir():
        raise GradingError(f"submissions must be a folder; {submissions} is none")
    if output.exists() and any(output.iterdir()):
        raise GradingError(f"output must be a new or an empty folder; {output} holds files")
    submissions, output = submissions.resolve(), output.resolve()
    name, course = source_path.stem, output / "course"
    add_source(course, source_path)
    (course / "nbgrader_config.py").write_text(FORMGRADER, encoding="utf-8")
    here, environment = Path.cwd(), dict(os.environ)
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


def _pipeline(source_path, name, course, found, timeout):
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader 0.9 predates SQLAlchemy 2.1; its results are right
    generate(course, [name])
    source = nbformat.read(source_path, as_version=4)
    api = nbgrader_api(resilient(course, timeout))
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
        publish(course, name, submission)
    export(course, name, found)


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
        submission.notes.append(
            f"{ResilientExecute.taken_out} cell(s) ended the kernel or could not be interrupted, and were taken out"
        )
    if ResilientExecute.timed_out:
        submission.notes.append("a cell ran into the time limit")
    if not result["success"]:
        log = course / "logs" / f"{submission.student}.log"
        log.parent.mkdir(exist_ok=True)
        log.write_text(f"{result.get('log', '')}\n{result.get('error', '')}", encoding="utf-8")
    return result["success"]
