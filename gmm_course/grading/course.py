"""nbgrader's course: a folder with its own layout, in which student versions are generated and submissions graded."""

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat

COURSE_ID = "gaussian-mixtures"
STUB = "...  # your answer"
TEXT_STUB = "*Write your derivation here, in words and formulas, in the place of this line.*"


class GradingError(Exception):
    """Why notebooks cannot be made or graded, in words for the teacher."""


def configuration(course: Path) -> Any:
    """nbgrader's configuration for a course in folder ``course``."""
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.course_id = COURSE_ID
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = TEXT_STUB
    return config


def nbgrader_api(config: Any) -> Any:
    """nbgrader's own programming interface, quiet on the console.

    Raises
    ------
    GradingError
        If nbgrader is not installed.
    """
    try:
        from nbgrader.apps import NbGraderAPI
    except ImportError:
        raise GradingError("nbgrader is missing: .venv/bin/pip install -r requirements-grading.txt") from None
    # nbgrader calls alembic as a program, which stands beside this Python, not always on the path.
    beside = str(Path(sys.executable).parent)
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = beside + os.pathsep + os.environ.get("PATH", "")
    for name in ("alembic", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return NbGraderAPI(config=config)


def add_source(course: Path, notebook: Path) -> None:
    """Copy the folder of a source notebook to where nbgrader looks for it."""
    ignored = shutil.ignore_patterns(".ipynb_checkpoints", ".progress-*")
    shutil.copytree(notebook.parent, course / "source" / notebook.stem, ignore=ignored)


def generate(course: Path, names: Iterable[str]) -> None:
    """Run nbgrader's generate_assignment for the notebooks in ``course/source``; they land in ``course/release``.

    Raises
    ------
    GradingError
        If nbgrader is missing, or cannot make one of them.
    """
    api = nbgrader_api(configuration(course))
    for name in names:
        result = api.generate_assignment(name, force=True)
        if not result["success"]:
            raise GradingError(f"nbgrader could not make {name}:\n{result.get('log', '')}\n{result.get('error', '')}")


def student_versions(paths: Iterable[Path]) -> dict[str, str]:
    """The text of each source notebook's student version by its name, made by nbgrader in a temporary course.

    Raises
    ------
    GradingError
        If nbgrader is missing, or cannot make one of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        course, here = Path(folder), Path.cwd()
        for path in paths:
            add_source(course, path)
        try:
            generate(course, [path.stem for path in paths])
        finally:
            os.chdir(here)  # nbgrader leaves its own folder as the current one
        made = {path.stem: nbformat.read(course / "release" / path.stem / path.name, as_version=4) for path in paths}
    return {name: nbformat.writes(notebook, indent=1) + "\n" for name, notebook in made.items()}
