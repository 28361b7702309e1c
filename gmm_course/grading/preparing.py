"""What is done to a submission before it is judged: it is put right, and the files that it reads are laid out."""

import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from .mending import mend
from .submissions import Submission


def prepare(submission: Submission, source: NotebookNode) -> NotebookNode | None:
    """The notebook as it can be judged; None if there is none, with the reason in the submission's notes."""
    if submission.notebook is None:
        return None
    notes: list = []
    try:
        notebook = mend(submission.notebook, source, notes)
        text = nbformat.writes(notebook).encode().decode()  # half a letter cannot be written again
    except Exception as error:  # a notebook so odd that it cannot be written again
        submission.notes.append(
            f"could not be prepared for grading ({type(error).__name__}); please look at it yourself"
        )
        return None
    submission.notes += notes
    return nbformat.reads(text, as_version=4)


def lay_out(submission: Submission, data: Path, folder: Path) -> Path:
    """Write into ``folder`` what the notebook finds beside it: the homework's data, and what came with it."""
    shutil.copytree(data, folder, ignore=shutil.ignore_patterns("*.ipynb", ".*"), dirs_exist_ok=True)
    for path, content in submission.beside.items():
        target = (folder / path).resolve()
        if target.is_relative_to(folder.resolve()) and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return folder
