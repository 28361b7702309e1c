"""One zip a homework: what is in it, and how it comes out byte for byte the same each time."""

import io
import zipfile
import zlib
from pathlib import Path

import nbformat

from .how_to import how_to
from .needs import needs_of, pins, requirements
from .notebook import bundled

LICENCES = ("LICENSE", "LICENSE-CONTENT")
REQUIREMENTS = "# What this homework imports, in the versions that it is tested with; Python 3.11 or newer.\n"
DAY = (2026, 1, 1)


def bundle(source: Path, student: str, project: Path, book: str = "") -> bytes:
    """The zip of a homework.

    Parameters
    ----------
    source : Path
        Its solved notebook, which is run to find what it needs.
    student : str
        The students' version of it, as nbgrader makes it.
    project : Path
        The folder with requirements.txt and the licences.
    book : str
        The address of the book's site; without one, what were links to its chapters are words.

    Raises
    ------
    GradingError
        If the solved notebook does not run to its end, or imports what requirements.txt does not pin.
    """
    return packed(source.stem, contents(source, student, project, book))


def contents(source: Path, student: str, project: Path, book: str = "") -> dict[str, bytes]:
    """The files of a homework's zip by their place beside the notebook; see :func:`bundle`."""
    name, needs = source.stem, needs_of(source)
    pinned = (project / "requirements.txt").read_text(encoding="utf-8")
    needed = requirements(needs.packages, pinned)
    title = nbformat.reads(student, as_version=4).cells[0].source.splitlines()[0].lstrip("# ")
    texts = {
        f"{name}.ipynb": bundled(student, name, needed, book),
        "HOW-TO.md": how_to(title, name, pins(pinned)),
        "requirements.txt": REQUIREMENTS + "".join(f"{pin}\n" for pin in needed.values()),
    }
    files = {licence: project / licence for licence in LICENCES} | needs.files
    made = {place: text.encode("utf-8") for place, text in texts.items()}
    return made | {place: path.read_bytes() for place, path in files.items()}


def packed(name: str, files: dict[str, bytes]) -> bytes:
    """A zip with one folder, in fixed order and uncompressed: another version of zlib would compress otherwise."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as archive:
        for place, data in sorted(files.items()):
            member = zipfile.ZipInfo(f"{name}/{place}", (*DAY, *_time(data)))
            member.create_system, member.external_attr = 3, 0o644 << 16
            archive.writestr(member, data)
    return memory.getvalue()


def _time(data):
    """A time of day that follows from the content: Python takes a changed module for the old one if its time is the
    same and its length."""
    minutes, half_seconds = divmod(zlib.crc32(data) % (24 * 60 * 30), 30)
    return (*divmod(minutes, 60), 2 * half_seconds)
