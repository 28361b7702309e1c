"""The homework notebooks: ``python tools/homework.py [stamp | make | check | grade]``.

``stamp``  writes nbgrader's metadata and the hidden tests into the source notebooks, so that nobody types them
``make``   produces the student versions with nbgrader itself (what ``make homework`` runs)
``check``  reports student versions that are not what ``make`` would produce, with exit code 1
``grade``  grades a folder of submissions: see ``python tools/homework.py grade --help``

Sources, written once with their solutions: ``book/homework/source/hw05_e_step/hw05_e_step.ipynb``. Student versions:
the same path under ``book/homework/student``.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "book" / "homework" / "source"
STUDENT = ROOT / "book" / "homework" / "student"
STUB = "...  # your answer"

CHECK = re.compile(r"^check\(\s*[\"'](?P<id>(?P<homework>hw\d+)\.(?P<short>\w+))[\"']\s*,\s*(?P<answer>.+?)\s*\)\s*$", re.MULTILINE)
HIDDEN = re.compile(r"\n*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n?", re.DOTALL)


def sources():
    """The source notebooks, in order."""
    return sorted(SOURCE.glob("hw*/hw*.ipynb"))


def source_of(homework_id):
    """The source notebook of "hw5" (or "hw05_e_step")."""
    for path in sources():
        if homework_id in (path.stem, f"hw{int(path.stem[2:4])}"):
            return path
    raise SystemExit(f"no homework {homework_id!r}; there are: {', '.join(path.stem for path in sources())}")


# Stamping


def stamp(notebook):
    """Give every cell of a source notebook the nbgrader metadata that follows from its text, in place.

    A cell with ``check("hw5.q3", answer)`` becomes the locked test of that exercise, with its points and its hidden
    test; a cell with ``### BEGIN SOLUTION`` becomes the answer to the exercise whose check comes next; every other
    code cell is locked.
    """
    from gmm_lib.homework import exercise

    upcoming = _upcoming(notebook)
    used = {}
    for cell, (homework, short) in zip(notebook.cells, upcoming):
        found = CHECK.search(cell.source) if cell.cell_type == "code" else None
        cell.metadata.pop("nbgrader", None)
        if found:
            cell.source = with_hidden_test(cell.source, found)
            points = exercise(found["id"]).points
            cell.metadata["nbgrader"] = _metadata(f"{homework}-{short}", grade=True, locked=True, points=points)
        elif "### BEGIN SOLUTION" in cell.source:
            name = _unique(f"{homework}-{short}-answer", used)
            cell.metadata["nbgrader"] = _metadata(name, solution=True)
        elif cell.cell_type == "code":
            name = _unique(f"{homework}-given", used)
            cell.metadata["nbgrader"] = _metadata(name, locked=True)
    return notebook


def _upcoming(notebook):
    """For each cell, the homework and the exercise of the next check at or after it."""
    upcoming, current = [], None
    for cell in reversed(notebook.cells):
        found = CHECK.search(cell.source) if cell.cell_type == "code" else None
        if found:
            current = found["homework"], found["short"]
        upcoming.append(current)
    upcoming.reverse()
    last = next((pair for pair in reversed(upcoming) if pair), ("hw0", "end"))
    return [pair or (last[0], "end") for pair in upcoming]


def with_hidden_test(source, found):
    """A check cell with the hidden test that belongs to it, and no other."""
    visible = HIDDEN.sub("\n", source).rstrip("\n")
    return (
        f"{visible}\n### BEGIN HIDDEN TESTS\nfrom gmm_lib.homework import grade\n\n"
        f'grade("{found["id"]}", {found["answer"]})\n### END HIDDEN TESTS'
    )


def _unique(name, used):
    used[name] = used.get(name, 0) + 1
    return name if used[name] == 1 else f"{name}-{used[name]}"


def _metadata(grade_id, grade=False, locked=False, solution=False, points=None):
    metadata = dict(grade=grade, grade_id=grade_id, locked=locked, schema_version=3, solution=solution, task=False)
    if points is not None:
        metadata["points"] = points
    return dict(sorted(metadata.items()))


# Student versions


def configuration(course):
    """nbgrader's configuration for a course in folder ``course``."""
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.course_id = "gaussian-mixtures"
    config.ClearSolutions.code_stub = {"python": STUB}
    return config


def nbgrader_api(config):
    """nbgrader's own programming interface, quiet on the console."""
    import logging

    try:
        from nbgrader.apps import NbGraderAPI
    except ImportError:
        sys.exit("nbgrader is missing: .venv/bin/pip install -r requirements-grading.txt")
    # nbgrader calls alembic as a program, which stands beside this Python, not always on the path.
    beside = str(Path(sys.executable).parent)
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = beside + os.pathsep + os.environ.get("PATH", "")
    for name in ("alembic", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return NbGraderAPI(config=config)


def generate(course, names):
    """Run nbgrader's generate_assignment for the notebooks in ``course/source``; they land in ``course/release``."""
    api = nbgrader_api(configuration(course))
    for name in names:
        result = api.generate_assignment(name, force=True)
        if not result["success"]:
            sys.exit(f"nbgrader could not make {name}:\n{result.get('log', '')}\n{result.get('error', '')}")
    return api


def student_versions(paths):
    """{name: text of the student notebook} for source notebooks, made by nbgrader in a temporary course."""
    with tempfile.TemporaryDirectory() as course:
        course = Path(course)
        for path in paths:
            shutil.copytree(path.parent, course / "source" / path.stem, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        here = os.getcwd()
        generate(course, [path.stem for path in paths])
        os.chdir(here)
        made = {path.stem: nbformat.read(course / "release" / path.stem / path.name, as_version=4) for path in paths}
    return {name: nbformat.writes(notebook, indent=1) + "\n" for name, notebook in made.items()}


def make(paths, solutions=None):
    """Write the student versions; with ``solutions``, the solved notebooks too, into that folder."""
    for name, text in student_versions(paths).items():
        target = STUDENT / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        print(f"made {os.path.relpath(target, ROOT)}")
    for path in paths if solutions else []:
        solutions.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, solutions / f"{path.stem}_solution.ipynb")
        print(f"copied {solutions / path.stem}_solution.ipynb")


def stale(paths):
    """The names of the student versions that differ from what would be made now."""
    for name, text in student_versions(paths).items():
        target = STUDENT / name / f"{name}.ipynb"
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            yield name


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("stamp", "write nbgrader's metadata into the sources"), ("make", "produce the student versions"), ("check", "report stale student versions")):
        command = commands.add_parser(name, help=text)
        command.add_argument("homeworks", nargs="*", help="hw5, or hw05_e_step; all if none is named")
        if name == "make":
            command.add_argument("--solutions", type=Path, metavar="FOLDER", help="also copy the solved notebooks there")
    command = commands.add_parser("grade", help="grade a folder of submissions")
    command.add_argument("homework", help="hw5, or hw05_e_step")
    command.add_argument("submissions", type=Path, help="one notebook (ann.ipynb) or one folder (ann/) a student")
    command.add_argument("output", type=Path, help="a new folder: marks.csv, feedback/, and nbgrader's course")
    command.add_argument("--timeout", type=int, default=30, help="seconds allowed for one cell (default 30)")
    command.add_argument("--book", default="", metavar="URL", help="where students read the book: links in the feedback")
    options = parser.parse_args(arguments)
    if options.command == "grade":
        from homework_grading import grade_class

        return grade_class(source_of(options.homework), options.submissions, options.output, options.timeout, options.book)
    paths = [source_of(name) for name in options.homeworks] or sources()
    if options.command == "stamp":
        for path in paths:
            nbformat.write(stamp(nbformat.read(path, as_version=4)), path)
            print(f"stamped {path.relative_to(ROOT)}")
    elif options.command == "make":
        make(paths, options.solutions)
    else:
        found = list(stale(paths))
        for name in found:
            print(f"{name}: the student version is not up to date; run: make homework")
        return int(bool(found))
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    sys.exit(main())
