"""The homework notebooks: ``python tools/homework.py COMMAND``, one of these.

``stamp``  writes nbgrader's metadata and the hidden tests into the source notebooks, so that nobody types them
``make``   produces the student versions with nbgrader itself (what ``make homework`` runs)
``check``  reports student versions that are not what ``make`` would produce, with exit code 1
``bundle`` writes a zip a homework for students, which needs nothing of this folder (what ``make course`` runs)
``grade``  grades a folder of submissions: see ``python tools/homework.py grade --help``
``export`` writes the marks for Canvas or Moodle, with what was marked by hand
``gradescope`` writes a homework's autograder for Gradescope
``similar`` lists pairs of submissions whose code is alike, for the teacher alone

Sources, written once with their solutions: ``book/homework/source/hw05_e_step/hw05_e_step.ipynb``. Student versions:
the same path under ``book/homework/student``.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

import nbformat

from gmm_course.bundles.zips import bundle
from gmm_course.grading.course import GradingError, student_versions
from gmm_course.grading.gradescope import write_autograder
from gmm_course.grading.similarity_report import report
from gmm_course.grading.stamping import stamp

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "book" / "homework" / "source"
STUDENT = ROOT / "book" / "homework" / "student"
COURSE = ROOT / "_build" / "course"


def sources():
    """The source notebooks, in order."""
    return sorted(SOURCE.glob("hw*/hw*.ipynb"))


def source_of(homework_id):
    """The source notebook of "hw5" (or "hw05_e_step")."""
    for path in sources():
        if homework_id in (path.stem, f"hw{int(path.stem[2:4])}"):
            return path
    raise SystemExit(f"no homework {homework_id!r}; there are: {', '.join(path.stem for path in sources())}")


def restamp(paths):
    """Write nbgrader's metadata and the hidden tests into source notebooks."""
    for path in paths:
        nbformat.write(stamp(nbformat.read(path, as_version=4)), path)
        print(f"stamped {path.relative_to(ROOT)}")


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


def report_stale(paths):
    """Print which student versions are not up to date; the exit code, 1 if there are any."""
    found = list(stale(paths))
    for name in found:
        print(f"{name}: the student version is not up to date; run: make homework")
    return int(bool(found))


def bundles(paths, folder=COURSE, book=""):
    """Write a zip for each homework into a folder, made from the sources: never what somebody typed into a notebook."""
    for name, student in student_versions(paths).items():
        data = bundle(source_of(name), student, ROOT, book)
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{name}.zip"
        target.write_bytes(data)
        print(f"made {os.path.relpath(target)} ({len(data) / 1000:.0f} kB)", flush=True)


def parsed(arguments):
    """The command line, read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    notebooks = argparse.ArgumentParser(add_help=False)
    notebooks.add_argument("homeworks", nargs="*", help="hw5, or hw05_e_step; all if none is named")
    commands.add_parser("stamp", parents=[notebooks], help="write nbgrader's metadata into the sources")
    command = commands.add_parser("make", parents=[notebooks], help="produce the student versions")
    command.add_argument("--solutions", type=Path, metavar="FOLDER", help="also copy the solved notebooks there")
    commands.add_parser("check", parents=[notebooks], help="report stale student versions")
    command = commands.add_parser("bundle", parents=[notebooks], help="write a zip a homework for students")
    command.add_argument("--to", type=Path, default=COURSE, metavar="FOLDER", help="where (default _build/course)")
    command.add_argument("--book", default="", metavar="URL", help="where students read the book: links to chapters")
    command = commands.add_parser("grade", help="grade a folder of submissions")
    command.add_argument("homework", help="hw5, or hw05_e_step")
    command.add_argument(
        "submissions",
        type=Path,
        help="one notebook (ann.ipynb), folder (ann/) or zip (ann.zip) a student; or a zip of all",
    )
    command.add_argument(
        "output", type=Path, help="a new folder, or that of an interrupted run: marks.csv, feedback/, nbgrader's course"
    )
    command.add_argument("--timeout", type=int, default=30, help="seconds one cell may compute (default 30)")
    command.add_argument("--at-once", type=int, default=2, metavar="N", help="submissions judged at a time (default 2)")
    command.add_argument(
        "--no-walls", action="store_true", help="resource limits alone, without bubblewrap: in a container of its own"
    )
    command.add_argument(
        "--numbers",
        choices=("shared", "own"),
        default="shared",
        help="what a notebook begun without a name is asked with: the text's numbers (default), or its owner's",
    )
    command.add_argument(
        "--book", default="", metavar="URL", help="where students read the book: links in the feedback"
    )
    command.add_argument("--roster", type=Path, metavar="CSV", help="who is in the class: id, name, mail, lms_id")
    command.add_argument("--course", type=Path, metavar="TOML", help="deadlines, free days and penalties")
    command.add_argument(
        "--earlier", type=Path, nargs="+", default=[], metavar="FOLDER", help="earlier outputs: free days used up there"
    )
    command = commands.add_parser("gradescope", help="write the autograder of a homework for Gradescope")
    command.add_argument("homework", help="hw5, or hw05_e_step")
    command.add_argument("folder", type=Path, help="where the zip is to be")
    command = commands.add_parser("similar", help="list pairs of submissions whose code is alike")
    command.add_argument("homework", help="hw5, or hw05_e_step")
    command.add_argument("submissions", type=Path, help="as for grade")
    command.add_argument("output", type=Path, help="a folder: gets similar.html and similar.csv")
    command.add_argument("--over", type=float, default=0.8, metavar="SHARE", help="from 0 to 1 (default 0.8)")
    command.add_argument("--roster", type=Path, metavar="CSV", help="who is in the class")
    command = commands.add_parser("export", help="write the marks for Canvas or Moodle, as they are now")
    command.add_argument("output", type=Path, help="a folder in which a class was graded")
    command.add_argument("--to", required=True, choices=("canvas", "moodle", "marks"), help="marks: marks.csv afresh")
    command.add_argument("--roster", type=Path, metavar="CSV", help="who is in the class; all but marks need it")
    command.add_argument("--column", default="", help='what the platform calls the homework (default "Homework 5")')
    command.add_argument("--by", choices=("mail", "lms_id"), default="mail", help="how Moodle knows people")
    return parser.parse_args(arguments)


def run(options):
    """Do what the command line asks for; the exit code."""
    if options.command == "grade":
        from gmm_course.grading.whole_class import grade_class  # needs nbgrader, which only teachers have

        grade_class(
            source_of(options.homework),
            options.submissions,
            options.output,
            timeout=options.timeout,
            book=options.book,
            at_once=options.at_once,
            walls=not options.no_walls,
            roster=options.roster,
            rules=options.course,
            earlier=options.earlier,
            numbers=options.numbers,
        )
        return 0
    if options.command == "gradescope":
        print(f"upload to Gradescope: {write_autograder(source_of(options.homework), options.folder)}")
        return 0
    if options.command == "similar":
        print(report(source_of(options.homework), options.submissions, options.output, options.over, options.roster))
        return 0
    if options.command == "export":
        from gmm_course.grading.exports import export

        if options.to != "marks" and options.roster is None:
            raise GradingError(f"--to {options.to} needs --roster: it says how the platform knows people")
        print(*export(options.output, options.to, options.roster, options.column, options.by), sep="\n")
        return 0
    paths = [source_of(name) for name in options.homeworks] or sources()
    if options.command == "check":
        return report_stale(paths)
    if options.command == "stamp":
        restamp(paths)
    elif options.command == "bundle":
        bundles(paths, options.to, options.book)
    else:
        make(paths, options.solutions)
    return 0


def main(arguments=None):
    """The command line's entry: an error that a teacher can do something about is one sentence."""
    try:
        return run(parsed(arguments))
    except GradingError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("interrupted; to go on, say the same again")


if __name__ == "__main__":
    sys.exit(main())
