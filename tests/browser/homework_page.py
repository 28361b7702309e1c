"""A homework's page, as the tests work it: written, saved, opened, and what the browser keeps of it."""

import json
from pathlib import Path

import nbformat
from chromium import ROOT
from live_page import Cell

NAME = "hw05_e_step"
PAGE = f"homework/student/{NAME}/{NAME}"
STUDENTS = ROOT / "book" / f"{PAGE}.ipynb"
OTHER = "'gmm-homework/hw05_e_step/earlier'"
KEY = f"Object.keys(localStorage).find((key) => key.startsWith('gmm-homework/hw05_e_step/') && key !== {OTHER})"


class Homework:
    """A homework's page, as a student works it."""

    def __init__(self, page):
        self.page = page
        self.said = page.locator(".gmm-homework-said")
        self.cells = [cell for cell in nbformat.read(STUDENTS, as_version=4).cells if cell.cell_type == "code"]

    def cell(self, grade_id):
        """The code cell with this name."""
        names = [cell.metadata.get("nbgrader", {}).get("grade_id", cell.id) for cell in self.cells]
        return HomeworkCell(self.page, names.index(grade_id) + 1)

    def write(self, grade_id, text):
        """Write an answer, in code or in words."""
        if grade_id == "hw5-q8-answer":
            if self.page.locator("textarea").count() == 0:
                self.page.locator(".gmm-homework-text").get_by_role("button", name="Write").click()
            self.page.locator("textarea").fill(text)
        else:
            self.cell(grade_id).write(text)

    def saved(self):
        """What *Save as notebook* gives: the file's name and its text."""
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name="Save as notebook").click()
        return waiting.value.suggested_filename, waiting.value.path().read_text(encoding="utf-8")

    def open(self, name, content):
        """Open a file with these bytes, or this text, or the file of a path, by *Open a notebook*."""
        content = content.encode() if isinstance(content, str) else content
        made = {"name": name, "mimeType": "application/json", "buffer": content}
        with self.page.expect_file_chooser() as waiting:
            self.page.get_by_role("button", name="Open a notebook").click()
        waiting.value.set_files(content if isinstance(content, Path) else made)

    def says(self, words):
        """Wait until the page says this."""
        self.page.locator(".gmm-live", has_text=words).wait_for()

    def kept(self):
        """The notebook that the browser keeps, once it is one with what was written last."""
        self.page.wait_for_function("() => gmmLive.page.homework.unkept === false")
        return nbformat.reads(json.dumps(self.page.evaluate(f"() => JSON.parse(localStorage[{KEY}]).notebook")), 4)


class HomeworkCell(Cell):
    """A cell of a homework: it is written by the button *Write*."""

    def write(self, code):
        if not self.box.locator(".cm-content").count():
            self.box.get_by_role("button", name="Write").click()
            self.box.locator(".cm-content").wait_for()
        super().write(code)


def texts(notebook):
    """The text of each cell, by its name."""
    named = ((cell.metadata.get("nbgrader", {}).get("grade_id", cell.id), cell.source) for cell in notebook.cells)
    return dict(named)


def notebook_with(answers, *more):
    """The text of the students' version with these answers, and with cells of the student's own after the first."""
    notebook = nbformat.read(STUDENTS, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    notebook.cells[2:2] = more
    return nbformat.writes(notebook)
