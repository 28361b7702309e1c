"""What a class handed in: a notebook for each student, or why there is none."""

import html
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

# In a notebook's metadata: there is nothing to run, and no points to give.
NOTHING = "nothing_to_grade"


@dataclass
class Submission:
    """One student's hand-in.

    Attributes
    ----------
    student : str
    path : Path
        The file or folder it came from.
    notebook : NotebookNode or None
        None if it holds none that can be read.
    notes : list of str
        What was noticed, for the teacher.
    unreadable : bool
        Whether a page with the reason stands in the place of a notebook.
    """

    student: str
    path: Path
    notebook: nbformat.NotebookNode | None = None
    notes: list = field(default_factory=list)
    unreadable: bool = False

    def replace(self, reason: str) -> None:
        """Grade a page that gives the reason in the place of what cannot be graded."""
        self.notebook, self.unreadable = placeholder(reason), True


def collect(folder: Path, name: str) -> list[Submission]:
    """A :class:`Submission` for everything in ``folder``: each file, or each folder with files, is one student's.

    Of several notebooks in a folder one is taken whose name begins with ``name``, the newest.
    """
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
    hidden = lambda path: any(part.startswith(".") for part in path.relative_to(entry).parts)  # noqa: E731
    files = [path for path in sorted(entry.rglob("*.ipynb")) if not hidden(path)]
    if not files:
        raise Unreadable("no notebook (.ipynb) was handed in")
    named = [path for path in files if path.stem.startswith(name)]
    chosen = max(named or files, key=lambda path: path.stat().st_mtime)
    if len(files) > 1:
        notes.append(f"{len(files)} notebooks were handed in; {chosen.name} was graded")
    return chosen


def read(path: Path) -> nbformat.NotebookNode:
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


def placeholder(reason: str) -> nbformat.NotebookNode:
    """A notebook with nothing but the reason why there is nothing to grade."""
    text = nbformat.v4.new_markdown_cell(f"**Nothing could be graded:** {html.escape(reason)}.")
    return nbformat.v4.new_notebook(cells=[text], metadata={NOTHING: True})
