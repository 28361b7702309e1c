"""What of the homework reaches the site: the student versions, and nothing of the solutions."""

import re
from pathlib import Path

import homework_pages
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "book" / "homework" / "source").glob("hw*/hw*.ipynb"))
REGION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


KINDS = {".html", ".ipynb", ".md", ".txt", ".js", ".json", ".py"}


@pytest.fixture(scope="session")
def texts(site):
    """Every text file of the site: ``{path relative to the site: content}``."""
    paths = [path for path in site.rglob("*") if path.suffix in KINDS and path.is_file()]
    return {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8", errors="replace") for path in paths}


def test_no_solution_marker_is_anywhere_on_the_site(texts):
    assert [name for name, text in texts.items() if "BEGIN SOLUTION" in text or "BEGIN HIDDEN TESTS" in text] == []


def test_no_solved_notebook_is_on_the_site(texts):
    notebooks = {name: text for name, text in texts.items() if name.endswith(".ipynb")}
    for source in SOURCES:
        cells = [cell.source for cell in nbformat.read(source, as_version=4).cells]
        answers = [region for text in cells for region in REGION.findall(text)]
        # A mended program repeats the sound lines of the broken one.
        given = "".join(REGION.sub("", text) for text in cells)
        lines = {line.strip() for answer in answers for line in answer.splitlines() if len(line.strip()) > 40}
        lines = {line for line in lines if line not in given}
        for name, text in notebooks.items():
            if Path(name).stem == source.stem:
                assert not [line for line in lines if line in text.replace('\\"', '"')], name


def test_every_student_version_can_be_downloaded(texts):
    offered = {Path(name).name for name in texts if name.startswith("_downloads/")}
    assert {source.name for source in SOURCES} <= offered


def test_the_page_knows_the_place_of_an_answer_in_words_as_the_grading_does():
    from gmm_course.grading.course import TEXT_STUB

    assert homework_pages.PENDING == TEXT_STUB
