"""The notebook in a student's zip: the students' version, with a cell that finds its files, and no dead links."""

import json

import nbformat

from ..grading.links import leading_to

# It stands in the notebook as it is here, but for the three gaps. In grading it finds the course and does nothing.
FIRST_CELL = """\
# @title Run this first: it finds the files of this homework
# In Jupyter and VS Code they lie beside the notebook; in Colab this cell unpacks the zip.
import importlib.util
import os
import sys
import zipfile
from pathlib import Path

NAME = {name}
{book}if importlib.util.find_spec("gmm_course") is None:
    uploaded = [path for path in Path().glob(f"{{NAME}}*.zip") if zipfile.is_zipfile(path)]
    if uploaded and not Path(NAME).exists():
        zipfile.ZipFile(max(uploaded, key=lambda path: path.stat().st_mtime)).extractall()
    if not Path(NAME, "gmm_course").is_dir():
        raise FileNotFoundError(
            f"The folder gmm_course belongs beside this notebook, and is not in {{Path.cwd()}}. "
            f"Unpack {{NAME}}.zip and open the notebook from there; in Colab upload the whole zip "
            "(the folder symbol on the left), wait until it has arrived, and run this cell again."
        )
    os.chdir(NAME)
    sys.path.insert(0, os.getcwd())
needed = {needed}
missing = [pin for package, pin in needed.items() if importlib.util.find_spec(package) is None]
if missing:
    print("Not installed here. Run this in a cell of its own, then restart the kernel:")
    print("%pip install", *missing)
"""
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # in JupyterLab and in Colab: its first line shows
BOOK = 'os.environ.setdefault("GMM_BOOK_URL", {book})  # where the messages of a check lead\n'


def first_cell(name: str, needed: dict, book: str = "") -> str:
    """The cell's text for a homework ("hw05_e_step") and the pins that it needs, by the names they are imported by."""
    where = BOOK.format(book=json.dumps(book)) if book else ""
    return FIRST_CELL.format(name=json.dumps(name), needed=json.dumps(needed), book=where).rstrip("\n")


def bundled(student: str, name: str, needed: dict, book: str = "") -> str:
    """The text of a student's notebook as it goes into the zip.

    Parameters
    ----------
    student : str
        The students' version, as nbgrader makes it.
    name : str
        "hw05_e_step".
    needed : dict
        The pins that it needs, by the names they are imported by.
    book : str
        The address of the book's site; without one, what were links to its chapters are words.
    """
    notebook = nbformat.reads(student, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = leading_to(book, cell.source)
    start = nbformat.v4.new_code_cell(first_cell(name, needed, book), id="first-cell", metadata=FOLDED)
    notebook.cells.insert(1, start)  # below the title
    return nbformat.writes(notebook, indent=1) + "\n"
