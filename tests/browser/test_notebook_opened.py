"""What a student opens on a homework's page, right or spoiled: what is said of it, and that no answer is lost."""

import base64
import json
import os
import re

import nbformat
import pytest
from chromium import ROOT
from homework_page import KEY, NAME, PAGE, STUDENTS, Homework, notebook_with, texts
from live_page import layer, opened  # noqa: F401 (layer: the site has Python in its pages)

HERE = {"hw5-q2-answer": "new_weights = (0.9, 0.1)", "hw5-q8-answer": "Because $\\log$ is concave."}
COMING = {
    "hw5-q1-answer": "point_shares = (0.25, 0.75)",
    "hw5-q3-answer": "def half(x):\n    return x / 2\n\n\ndef responsibilities(X, parameters):\n    return half(X)",
    "hw5-q8-answer": "By Jensen's inequality.",
}
GIVEN = STUDENTS.read_text(encoding="utf-8")
ENDING = (
    " Nothing here was changed. This page takes homework 5: the file (.ipynb) that “Save as notebook” or Jupyter made "
    "of it."
)


@pytest.fixture(scope="module")
def homework(browser):
    """The page, on which a student has written two answers."""
    page = opened(browser, PAGE, reduced_motion="reduce")
    written = Homework(page)
    page.get_by_role("button", name="Save as notebook").wait_for()
    for name, text in HERE.items():
        written.write(name, text)
    written.kept()
    yield written
    assert page.errors == [], page.errors
    assert not any(one.endswith(".part.js") for one in page.asked), "Python is not needed for it"
    page.context.close()


def given():
    """The students' notebook."""
    return nbformat.reads(GIVEN, as_version=4)


def stored(path):
    return (ROOT / "book" / f"{path}.ipynb").read_bytes()


def without(change):
    """The students' notebook after a change of its JSON."""
    notebook = json.loads(GIVEN)
    change(notebook)
    return json.dumps(notebook).encode()


def is_cell(number, **parts):
    """A change: cell ``number`` has these parts."""
    return without(lambda notebook: notebook["cells"][number - 1].update(parts))


TORN = "begins as a notebook does and cannot be read to its end: it was cut off, or changed by hand"
SPOILED = {
    "empty.ipynb": (b"", "is empty."),
    "cut.ipynb": (GIVEN[: len(GIVEN) // 2].encode(), TORN),
    "words.txt": (b"my answers", "is no notebook."),
    "list.ipynb": (b"[1]", "is no notebook: it has no cells."),
    "null.ipynb": (b"null", "is no notebook: it has no cells."),
    "printed.pdf": (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "is a PDF, of which no answer can be read"),
    "all.zip": (b"PK\x03\x04 and more", "is a zip: unpack it"),
    "page.html": (b"<!DOCTYPE html>", "is a web page: open the notebook itself"),
    "picture.png": (
        base64.b64decode("iVBORw0KGgo="),
        "is no notebook, or an editor wrote it in other letters than UTF-8",
    ),
    "old.ipynb": (b'{"nbformat": 3, "worksheets": []}', "is a notebook of format 3"),
    "damaged.ipynb": (is_cell(2, source=5), "is damaged: cell 2 of 30 has no text that can be read."),
    "hollow.ipynb": (without(lambda one: one["cells"].insert(3, None)), "is damaged: cell 4 of 31"),
    "label.ipynb": (is_cell(3, metadata="given"), "is damaged: cell 3 of 30"),
    "chapter.ipynb": (stored("chapters/02_mixture"), "is no homework of this book."),
    "mine.ipynb": (stored("homework/student/hw06_m_step/hw06_m_step"), "is homework 6."),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_cannot_be_opened_is_said_with_what_can_and_all_answers_stand(homework, name):
    content, why = SPOILED[name]
    homework.open(name, content)
    homework.says(f"“{name}” {why}")
    assert homework.said.inner_text().endswith(ENDING)
    assert homework.page.locator(".gmm-homework-ask").count() == 0
    assert texts(nbformat.reads(homework.saved()[1], 4)) == texts(given()) | HERE == texts(homework.kept())


def test_what_is_too_large_to_be_handed_in_is_not_read(homework, tmp_path):
    huge = tmp_path / "huge.ipynb"
    huge.write_bytes(b"")
    os.truncate(huge, 51_000_000)
    homework.open("huge.ipynb", huge)
    homework.says("“huge.ipynb” has 51 MB, at most 50 MB can be handed in: clear its outputs in Jupyter")


def take(homework, content, name="again.ipynb"):
    """Open a notebook, replace what is there, and return what is said and what is kept then."""
    homework.open(name, content)
    homework.page.get_by_role("button", name="Replace it").click()
    homework.says(f"“{name}” is open")
    said, kept = homework.said.inner_text(), homework.kept()
    homework.page.get_by_role("button", name="Bring back what was here").click()
    homework.says("It is as it was.")
    assert texts(homework.kept()) == texts(given()) | HERE
    return said, kept


def coming(change):
    """The bytes of a notebook with answers, after a change in the list of its cells."""
    notebook = nbformat.reads(notebook_with(COMING), as_version=4)
    change(notebook.cells)
    return json.dumps(notebook).encode()


def at(cells, grade_id):
    """The place of a cell by its name."""
    return next(i for i, cell in enumerate(cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def test_a_cell_that_was_removed_keeps_its_answer_here(homework):
    said, kept = take(homework, coming(lambda cells: cells.pop(at(cells, "hw5-q2-answer"))))
    assert said.startswith(
        "“again.ipynb” is open: 3 answers came from it. It lacks exercise 2: there all is as it was."
    )
    assert texts(kept) == texts(given()) | HERE | COMING


def test_of_a_cell_that_was_copied_the_last_counts(homework):
    def copied(cells):
        place = at(cells, "hw5-q1-answer")
        cells.insert(place, cells[place] | {"source": "point_shares = 0"})

    said, kept = take(homework, coming(copied))
    assert "1 cell stood in it more than once: the last counts." in said and "order" not in said
    assert texts(kept)["hw5-q1-answer"] == COMING["hw5-q1-answer"]


def test_cells_in_another_order_find_their_places(homework):
    said, kept = take(homework, coming(lambda cells: cells.reverse()))
    assert "Its cells stood in another order: here they stand in that of the homework." in said
    names = list(texts(given()))
    assert list(texts(kept)) == names and texts(kept)["hw5-q1-answer"] == COMING["hw5-q1-answer"]


@pytest.mark.parametrize("also", ["marks alone", "identities too"])
def test_answers_are_known_again_where_an_editor_took_all_marks_away(homework, also):
    """Code by the name that it defines, words by the question above them; the checks stand here anyway."""

    def stripped(cells):
        for cell in cells:
            cell.metadata = nbformat.from_dict({"id": "xBv3"})
            if also == "identities too":
                del cell["id"]

    said, kept = take(homework, coming(stripped))
    assert texts(kept) == texts(given()) | COMING
    assert "4 answers came from it" in said and "lacks" not in said and "came along" not in said


def test_what_was_written_into_what_is_given_is_not_lost_and_a_changed_check_does_not_count(homework):
    note = "A note below the question."

    def edited(cells):
        cells[at(cells, "hw5-q1")].source = "check = print"
        cells[0].source += f"\n\n{note}"

    said, kept = take(homework, coming(edited))
    assert "1 given cell had been changed in it: here and in grading, what is given stays as it was given." in said
    assert "1 cell of your own came along; texts among them stay in the notebook" in said
    assert "check = print" not in texts(kept).values() and sum(note in text for text in texts(kept).values()) == 1


def test_pictures_in_an_answer_in_words_come_with_it(homework):
    drawn = {"sketch.png": {"image/png": "iVBORw0KGgo="}}

    def pasted(cells):
        answer = cells[at(cells, "hw5-q8-answer")]
        answer.source, answer.attachments = "![sketch](attachment:sketch.png)", drawn

    _, kept = take(homework, coming(pasted))
    assert kept.cells[at(kept.cells, "hw5-q8-answer")].attachments == drawn


def test_a_notebook_in_utf_16_is_read(homework):
    said, kept = take(homework, coming(list).decode().encode("utf-16"))
    assert "4 answers came from it" in said and texts(kept) == texts(given()) | COMING


def test_of_thirty_megabytes_of_outputs_nothing_is_kept(homework, tmp_path):
    def full(cells):
        cells[at(cells, "hw5-q1-answer")].outputs = [nbformat.v4.new_output("stream", text="x" * 30_000_000)]

    large = tmp_path / "large.ipynb"
    large.write_bytes(coming(full))
    _, kept = take(homework, large, large.name)
    answer = kept.cells[at(kept.cells, "hw5-q1-answer")]
    assert answer.source == COMING["hw5-q1-answer"] and answer.outputs == []


def test_a_notebook_that_the_browser_cannot_keep_is_open_and_that_it_is_not_kept_stays_said(homework):
    """With more of the student's own than a browser's storage holds."""
    large = nbformat.v4.new_code_cell("large = 1", id="mine")
    large.outputs = [nbformat.v4.new_output("stream", text="x" * 8_000_000)]
    homework.open("large.ipynb", notebook_with(COMING, large).encode())
    homework.page.get_by_role("button", name="Replace it").click()
    homework.says("“large.ipynb” is open: 4 answers came from it. 1 cell of your own came along")
    warned = homework.page.locator(".gmm-homework-warned")
    assert re.match("This browser does not keep your answers: its storage is full.", warned.inner_text())
    assert texts(nbformat.reads(homework.saved()[1], 4))["mine"] == "large = 1" and warned.is_visible()
    homework.page.get_by_role("button", name="Open a notebook").wait_for()
    homework.page.evaluate("() => gmmLive.page.homework.replace(gmmLive.page.homework.given, 'As it was given.')")
    assert texts(homework.kept()) == texts(given())
    assert warned.inner_text() == "" and not warned.is_visible()


def test_what_the_browser_kept_and_cannot_read_is_said_and_can_be_saved(homework):
    page = homework.page
    page.evaluate(f'() => {{ localStorage[{KEY}] = \'{{"notebook": {{"cells": [5\'; }}')
    page.reload()
    question = page.locator(".gmm-homework-ask")
    question.wait_for()
    assert "was damaged, and cannot be shown" in question.inner_text()
    with page.expect_download() as waiting:
        question.get_by_role("button", name="Save it as a file").click()
    assert waiting.value.suggested_filename == f"{NAME}-damaged.txt"
    assert waiting.value.path().read_text() == '{"notebook": {"cells": [5'
    assert texts(nbformat.reads(homework.saved()[1], 4)) == texts(given())
