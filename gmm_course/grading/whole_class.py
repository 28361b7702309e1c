"""Grade a class: every submission runs in a cell of its own, is judged from outside, and only then are marks written.

Every submission gets a row in ``marks.csv`` and a page in ``feedback/``. What was judged is kept, so that a run that
was interrupted goes on where it was. Notebooks are put right first (a deleted or copied test cell, lost metadata), and
a cell that ends the kernel is taken out, so that the rest of that notebook still counts.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from sqlalchemy.exc import SAWarning

from .course import COURSE_ID, GradingError, add_source, generate
from .judge import Judged, judge
from .lateness import handed_in, lateness, moment, read_rules
from .marks import record
from .pages import page
from .preparing import lay_out, prepare
from .results import free_days_spent, keep
from .roster import ABSENT, STRANGER, collect_class, read_roster
from .sandbox import Sandbox, build
from .submissions import Submission, placeholder
from .whose import RULES, Whose, whose_numbers

STATE = "judged"  # the folder of what is judged already
FORMGRADER = f"""# So that nbgrader's formgrader, started in this folder, finds this course.
# Do not say "nbgrader autograde" here: it would run the submissions with your rights, outside their cells.
c = get_config()
c.CourseDirectory.course_id = "{COURSE_ID}"
"""


def grade_class(
    source_path: Path,
    submissions: Path,
    output: Path,
    timeout: int = 30,
    book: str = "",
    at_once: int = 2,
    walls: bool = True,
    roster: Path | None = None,
    rules: Path | None = None,
    earlier: Iterable[Path] = (),
    numbers: str = RULES[0],
) -> None:
    """Grade every submission in a folder, and say where the marks and the feedback are.

    Parameters
    ----------
    source_path : Path
        The source notebook, with its solutions.
    submissions : Path
        Holds one notebook, folder or zip a student, named after the student; or it is a zip of all these.
    output : Path
        A new or empty folder, or that of a run of the same homework that was interrupted. Gets marks.csv,
        feedback/<student>.html, and nbgrader's own folders in course/.
    timeout : int
        Seconds of computing for one cell.
    book : str
        The address of the book's site, for the links in the feedback.
    at_once : int
        How many submissions are judged at a time.
    walls : bool
        False asks for resource limits alone, without bubblewrap: inside a container that is thrown away.
    roster : Path or None
        A CSV file of the class; see :mod:`~gmm_course.grading.roster`.
    rules : Path or None
        A TOML file with deadlines and penalties; see :func:`~gmm_course.grading.lateness.read_rules`.
    earlier : iterable of Path
        Folders of earlier homeworks, in which students have used up free days.
    numbers : str
        On whose numbers a notebook is judged that was begun without a name: "shared", the text's, or "own".

    Raises
    ------
    GradingError
        If a folder is not as it must be, or nbgrader cannot make the assignment.
    """
    output, source_path = output.resolve(), source_path.resolve()
    name = source_path.stem
    people = read_roster(roster) if roster else []
    due = read_rules(rules, f"hw{int(name[2:4])}") if rules else None
    spent = free_days_spent(earlier)
    _claim(output, name)
    with tempfile.TemporaryDirectory(prefix="grading-") as folder, _environment(book):
        workshop = Path(folder)
        source = nbformat.read(source_path, as_version=4)
        found = collect_class(submissions, name, workshop / "class", people)
        if people:
            _tell_roster(found, people)
        if due:
            _time(found, due, submissions.is_file(), spent)
        started = time.monotonic()
        sandbox, warning = build(workshop / "library", walls)
        print(warning or f"{len(found)} submissions, each in a cell of its own", flush=True)
        tasks = [_Task(one, source, source_path.parent, output / STATE, timeout, numbers) for one in found]
        _judge_all(tasks, sandbox, workshop, at_once)
        _write(source_path, name, output, tasks)
    minutes = (time.monotonic() - started) / 60
    print(f"{len(found)} submissions in {minutes:.1f} minutes{_memory()}")
    if warning:
        print(warning)
    print(f"marks: {output / 'marks.csv'}\nfeedback: {output / 'feedback'}{os.sep}<student>.html")


# The folders


def _claim(output, name):
    """See that ``output`` is ours to write: new, empty, or of an interrupted run of the same homework."""
    mine = output / STATE / "homework"
    if output.exists() and any(output.iterdir()):
        if not mine.exists():
            raise GradingError(f"output must be a new or an empty folder; {output} holds files")
        if (other := mine.read_text(encoding="utf-8")) != name:
            raise GradingError(f"output must be of the same homework; {output} holds {other}, not {name}")
        if (output / "marks.csv").exists():
            raise GradingError(f"output must be a new or an empty folder; in {output} a class is graded already")
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text(name, encoding="utf-8")


@contextmanager
def _environment(book):
    here, before = Path.cwd(), dict(os.environ)
    os.environ["GMM_BOOK_URL"] = book
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        yield
    finally:
        os.chdir(here)  # nbgrader leaves its own folder as the current one
        os.environ.clear()
        os.environ.update(before)


def _memory():
    try:
        import resource
    except ImportError:
        return ""
    ours, theirs = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return f"; the largest process held {max(ours, theirs) / 1000:.0f} MB"


# Who, and when


def _tell_roster(found, people):
    absent = [one.student for one in found if ABSENT in one.notes]
    strangers = [one.student for one in found if STRANGER in one.notes]
    print(f"{len(people)} on the roster; {ABSENT}: {', '.join(absent) or 'nobody'}")
    if strangers:
        print(f"graded, but {STRANGER}: {', '.join(strangers)}")


def _time(found, rules, zipped, spent):
    """Say of every submission how late it is, and of the class what told it."""
    told: dict = {}
    for one in (one for one in found if ABSENT not in one.notes):
        person = one.person
        if person and person.handed_in:
            at, by = moment(person.handed_in), "the roster"
        else:
            at, by = handed_in(one.path, zipped)
        one.late = lateness(rules, at, by, person.extension if person else "", spent.get(one.student, 0))
        if "_LATE_" in one.path.name and not one.late.days:
            one.notes.append("its name says that Canvas took it for late")
        told[by if at else "nothing"] = told.get(by if at else "nothing", 0) + 1
    print(f"{rules.described()}; told by " + ", ".join(f"{by}: {number}" for by, number in told.items()))


# Judging


class _Task:
    """One submission on its way: mended, judged by somebody, kept."""

    def __init__(
        self, submission: Submission, source: NotebookNode, data: Path, state: Path, seconds: float, numbers: str
    ):
        self.submission = submission
        self.source = source
        self.data = data
        self.seconds = seconds
        self.judged: dict | None = None
        self.whose = Whose()
        if submission.notebook is not None:  # as it was handed in: a given cell that says "begin" will be put right
            self.whose = whose_numbers(submission.notebook, source, submission.student, numbers)
        self.notebook = prepare(submission, source)
        told = json.dumps([self.notebook, source, submission.digests, seconds, self.whose], sort_keys=True, default=str)
        self._print = hashlib.sha256(told.encode()).hexdigest()
        self._path = state / f"{submission.student}.json"
        self._recall()

    def _recall(self):
        if self.notebook is None:
            self.judged = Judged().as_dict()
        elif self._path.exists():
            try:
                kept = json.loads(self._path.read_text(encoding="utf-8"))
            except ValueError:  # it was being written when the run was interrupted
                return
            self.judged = kept["judged"] if kept["print"] == self._print else None

    def keep(self, judged: dict) -> None:
        """Remember what the judge said, so that it need not be said again."""
        self.judged = judged
        half = self._path.with_suffix(".half")
        half.write_text(json.dumps({"print": self._print, "judged": judged}), encoding="utf-8")
        half.replace(self._path)


def _judge_one(notebook: str, source: str, given: str, sandbox: Sandbox, seconds: float, whose: Whose) -> dict:
    """Judge one submission; in a process of the pool."""
    first, second = (nbformat.reads(text, as_version=4) for text in (notebook, source))
    return judge(first, second, Path(given), sandbox, seconds, whose).as_dict()


def _judge_all(tasks, sandbox, workshop, at_once):
    """Judge what is not judged yet, so many at a time, and show how far it is."""
    waiting = [task for task in tasks if task.judged is None]
    done = len(tasks) - len(waiting)
    if done:
        print(f"{done} of {len(tasks)} need not be judged: they are already, or cannot be read", flush=True)
    lost = []
    for task, judged in _rounds(waiting, sandbox, workshop, at_once):
        if judged is None:
            lost.append(task)
            continue
        task.keep(judged)
        done += 1
        print(f"[{done}/{len(tasks)}] {task.submission.student}", flush=True)
    for task in lost:  # one of them took its process of the pool along, and the others with it: each alone
        ((_, judged),) = _rounds([task], sandbox, workshop, 1)
        if judged is not None:
            task.keep(judged)
    for task in (task for task in lost if task.judged is None):
        task.submission.notes.append("could not be judged; please look at it yourself")
        task.judged = Judged().as_dict()


def _rounds(tasks, sandbox, workshop, at_once) -> Iterator[tuple[_Task, dict | None]]:
    """(task, what the judge said) as they come; None where a process of the pool did not survive it."""
    pool = ProcessPoolExecutor(max_workers=at_once, mp_context=get_context("spawn"))
    futures: dict[Future, _Task] = {}
    try:
        for number, task in enumerate(tasks):
            given = lay_out(task.submission, task.data, workshop / f"given-{number}")
            texts = (nbformat.writes(task.notebook), nbformat.writes(task.source))
            futures[pool.submit(_judge_one, *texts, str(given), sandbox, task.seconds, task.whose)] = task
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except Exception:  # its process is gone, or it did what nobody foresaw
                yield futures[future], None
    except KeyboardInterrupt:
        print("interrupted: waiting for the submissions that are under way", flush=True)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for number in range(len(tasks)):
            shutil.rmtree(workshop / f"given-{number}", ignore_errors=True)


# Writing, when all is over


def _write(source_path, name, output, tasks):
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader 0.9 predates SQLAlchemy 2.1; its results are right
    course = output / "course"
    shutil.rmtree(course, ignore_errors=True)
    add_source(course, source_path)
    (course / "nbgrader_config.py").write_text(FORMGRADER, encoding="utf-8")
    generate(course, [name])
    feedback = output / "feedback"
    feedback.mkdir(exist_ok=True)
    graded = []
    for task in tasks:
        late = task.submission.late
        reasons = [*task.submission.notes, *task.judged["notes"], *filter(None, [late and late.days and late.reason])]
        text = page(name, task.submission.student, task.notebook, task.judged, reasons)
        (feedback / f"{task.submission.student}.html").write_text(text, encoding="utf-8")
        graded.append((task.submission, _with_outputs(task, reasons), task.judged))
    record(course, name, graded)
    keep(output, name, [(submission, judged) for submission, _, judged in graded])
    shutil.copy(course / "marks.csv", output / "marks.csv")


def _with_outputs(task, reasons):
    """The notebook as it was run, with the judge's words below each test."""
    if task.notebook is None:
        return placeholder("; ".join(reasons))
    notebook = task.notebook
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        verdict = task.judged["verdicts"].get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if verdict is None:
            cell.outputs = [nbformat.from_dict(output) for output in task.judged["outputs"].get(str(index), [])]
        elif verdict["right"]:
            cell.outputs = [nbformat.v4.new_output("display_data", data={"text/plain": verdict["text"]})]
        else:
            told = [verdict["text"]]
            cell.outputs = [nbformat.v4.new_output("error", ename="NotYetRight", evalue=told[0], traceback=told)]
    return notebook
