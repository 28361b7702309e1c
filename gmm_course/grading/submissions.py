"""What a class handed in: a notebook for each student, or why there is none.

A student's hand-in is read and never run here: a notebook, a folder or a zip with one in it. Nothing outside it is
read, wherever its links or the names in its zip may lead.
"""

import hashlib
import html
import os
import re
import warnings
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat

from .lateness import Late

# In a notebook's metadata: there is nothing to run, and no points to give.
NOTHING = "nothing_to_grade"

LARGEST = 50_000_000  # bytes of one file
MOST_FILES = 500
OF_A_CLASS = (20_000, 1_000_000_000)  # files, and their bytes, in the zip of a whole class
MOST_BESIDE = 5_000_000  # bytes of the files that a notebook finds beside it, all together
OURS = ("gmm_lib", "gmm_course")  # they came with the student's zip; a cell has its own
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1")


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
    beside : dict of str to bytes
        The other files that were handed in, by their path: the notebook may read them.
    person : Person or None
        The student's row of the roster.
    late : Late or None
        What became of the time it was handed in; None where no deadline was given.
    """

    student: str
    path: Path
    notebook: nbformat.NotebookNode | None = None
    notes: list = field(default_factory=list)
    beside: dict = field(default_factory=dict)
    person: Any = None
    late: Late | None = None

    @property
    def digests(self) -> list[tuple[str, str]]:
        """What identifies the files beside it: one that changed is another, whatever it is called."""
        return sorted((str(path), hashlib.sha256(data).hexdigest()) for path, data in self.beside.items())


class Unreadable(Exception):
    """Not a notebook; the message says why."""


def collect(folder: Path, name: str) -> list[Submission]:
    """A :class:`Submission` for everything in ``folder``: each file, folder or zip is one student's.

    Of several notebooks in a folder one is taken whose name begins with ``name``, the newest.
    """
    taken, found = set(), []
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", "__"))]
    for entry in entries:
        student = re.sub(r"[^\w.-]+", "_", entry.stem if entry.is_file() else entry.name)[:80].strip(".") or "student"
        while student.lower() in taken:
            student += "_2"
        taken.add(student.lower())
        found.append(submission_of(student, entry, name))
    return found


def submission_of(student: str, entry: Path, name: str) -> Submission:
    """One student's file, folder or zip."""
    submission = Submission(student, entry)
    try:
        _read_into(submission, name)
    except Unreadable as error:
        submission.notes.append(str(error))
    submission.notes = [note.encode("utf-8", "replace").decode() for note in submission.notes]  # names of files
    return submission


def _read_into(submission, name):
    entry = submission.path
    if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
        raise Unreadable(f"{entry.name} is a link or no file, and was not followed")
    files = _files_of(entry, submission.notes)
    notebooks = [path for path in files if path.suffix == ".ipynb"]
    if entry.is_file() and len(files) == 1 and not notebooks:
        notebooks = list(files)  # whatever it is called, it may be a notebook
    if not notebooks:
        raise Unreadable("no notebook (.ipynb) was handed in")
    named = [path for path in notebooks if path.stem.startswith(name)]
    chosen = max(named or notebooks, key=lambda path: (files[path][1], str(path)))
    if len(notebooks) > 1:
        submission.notes.append(f"{len(notebooks)} notebooks were handed in; {chosen.name} was graded")
    submission.notebook = read(files[chosen][0](), chosen.name, submission.notes)
    room = MOST_BESIDE
    for path, (content, _) in files.items():
        place = path.relative_to(chosen.parent) if path.is_relative_to(chosen.parent) else path
        if path not in notebooks and room > 0:
            data = content()
            room -= len(data)
            if room > 0:
                submission.beside[str(place)] = data


def _passed_over(path):
    """What no submission is made of; an environment beside a notebook alone holds more files than one may have."""
    return any(part.startswith((".", "__MACOSX")) or part in OURS for part in path.parts)


def _files_of(entry, notes):
    """{path inside: (a function that reads it, when it was changed)}, of a file, a folder or a zip."""
    if entry.is_file() and zipfile.is_zipfile(entry):
        return _files_of_zip(entry)
    paths = [entry] if entry.is_file() else sorted(path for path in entry.rglob("*") if not path.is_dir())
    paths = [path for path in paths if not _passed_over(path.relative_to(entry))]
    links = [path for path in paths if path.is_symlink() or not path.is_file() or _leads_out(path, entry)]
    if links:
        notes.append(f"{len(links)} link(s) were not followed")
    paths = [path for path in paths if path not in links][:MOST_FILES]
    base = entry.parent if entry.is_file() else entry
    return {
        PurePosixPath(path.relative_to(base).as_posix()): (lambda path=path: _bytes(path), path.stat().st_mtime)
        for path in paths
    }


def _leads_out(path, entry):
    return not path.resolve().is_relative_to(entry.resolve())


def _bytes(path):
    if path.stat().st_size > LARGEST:
        raise Unreadable(f"{path.name} is larger than {LARGEST // 1_000_000} MB")
    return path.read_bytes()


def _files_of_zip(entry, most_files=MOST_FILES, largest=LARGEST):
    try:
        with zipfile.ZipFile(entry) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            members = [member for member in members if not _passed_over(_place(member))]
            if len(members) > most_files:
                raise Unreadable(f"{entry.name} holds more than {most_files} files")
            if sum(member.file_size for member in members) > largest:
                raise Unreadable(f"{entry.name} unpacks to more than {largest // 1_000_000} MB")
            found = {}
            for member in members:
                path = _place(member)
                if path.is_absolute() or ".." in path.parts:
                    continue  # a name that leads out of the zip
                data = archive.open(member).read(LARGEST)
                found[path] = (lambda data=data: data, member.date_time)
            return found
    except Unreadable:
        raise
    except Exception as error:  # damaged, encrypted, of a kind that is not supported
        raise Unreadable(f"{entry.name} could not be unpacked ({type(error).__name__})") from error


def _place(member):
    return PurePosixPath(member.filename.replace("\\", "/"))


def read(data: bytes, name: str, notes: list) -> nbformat.NotebookNode:
    """The notebook in a file's bytes, brought to the current format; a foreign encoding is said in ``notes``.

    Raises :class:`Unreadable` if it is none.
    """
    try:
        text, encoding = _decoded(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # copied cells share an id: mend() numbers them afresh
            notebook = nbformat.reads(text, as_version=4)
        if not isinstance(notebook.get("cells"), list):
            raise ValueError("no cells")
        for cell in notebook.cells:
            if not isinstance(cell.source, str) or not isinstance(cell.metadata, dict):
                raise ValueError("a cell without text")
        if encoding not in ("utf-8", "utf-8-sig"):
            notes.append(f"{name} was read as {encoding}, not UTF-8: letters with accents may be wrong")
        return notebook
    except Exception as error:  # whatever a broken file makes nbformat raise, it is one row in the list
        raise Unreadable(f"{name} could not be read as a notebook ({type(error).__name__})") from error


def _decoded(data):
    """The text of a file and its encoding: the first in which it begins as JSON does."""
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if text.lstrip().startswith("{"):
            return text, encoding
    return data.decode("utf-8"), "utf-8"


def placeholder(reason: str) -> nbformat.NotebookNode:
    """A notebook with nothing but the reason why there is nothing to grade."""
    text = nbformat.v4.new_markdown_cell(f"**Nothing could be graded:** {html.escape(reason)}.")
    return nbformat.v4.new_notebook(cells=[text], metadata={NOTHING: True})


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a zip of a whole class, as a learning platform gives it, and return the folder of the submissions.

    Files keep the time that the zip tells, read on this machine's clock. Raises :class:`Unreadable` if it is no zip.
    """
    for path, (content, changed) in _files_of_zip(archive, *OF_A_CLASS).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content())
        os.utime(target, (_seconds(changed),) * 2)
    inside = [path for path in folder.iterdir() if not path.name.startswith((".", "__"))]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _seconds(changed):
    try:
        return datetime(*changed).timestamp()
    except ValueError:  # month 0: the zip knows no time
        return datetime(1980, 1, 1).timestamp()


__all__ = ["NOTHING", "Submission", "Unreadable", "collect", "placeholder", "read", "submission_of", "unpack"]
