"""Code that is alike: disguised copies are found, and right solutions that were written apart are not."""

import ast
import csv
import inspect
import json
import random
import re
import textwrap
from pathlib import Path

import homework_gallery
import nbformat
import pytest

from gmm_course.grading.course import GradingError
from gmm_course.grading.similarity_report import report

ROOT = Path(__file__).resolve().parent.parent
NAME = "hw06_m_step"
SOURCE = ROOT / "book" / "homework" / "source" / NAME / f"{NAME}.ipynb"
STUDENT = ROOT / "book" / "homework" / "student" / NAME / f"{NAME}.ipynb"


def gallery():
    """The right functions of homework 6, as text, by exercise; each was written in a way of its own."""
    module = next(module for module in homework_gallery.modules() if module.__name__.endswith("hw06"))
    texts: dict = {}
    for entry in module.RIGHT:
        if inspect.isfunction(entry.answer) and entry.answer.__name__ != "<lambda>":
            text = textwrap.dedent(inspect.getsource(entry.answer))
            texts.setdefault(entry.exercise.split(".")[1], []).append(text)
    return texts


def independent():
    """Ten students, no two of whom have the same text for an exercise."""
    texts = gallery()
    assert len(texts["q4"]) >= 8 and len(texts["q3"]) >= 6 and len(texts["q5"]) >= 5
    students: dict = {f"student{number}": {} for number in range(10)}
    for short, first in {"q4": 0, "q3": 4, "q5": 5, "q7": 2}.items():
        for number, text in enumerate(texts[short][: 10 - first]):
            students[f"student{first + number}"][short] = text
    return students


class Rename(ast.NodeTransformer):
    """Every name that the code gives, another one; arguments among them."""

    def __init__(self, tree):
        stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        self.new = {name: f"thing_{number}" for number, name in enumerate(sorted(stored))}
        self.new |= {node.arg: f"given_{node.arg}" for node in ast.walk(tree) if isinstance(node, ast.arg)}

    def visit_Name(self, node):
        node.id = self.new.get(node.id, node.id)
        return node

    def visit_arg(self, node):
        node.arg = self.new[node.arg]
        return node


def renamed(text):
    tree = ast.parse(text)
    return ast.unparse(Rename(tree).visit(tree))


def reformatted(text):
    lines = [f"{line}  # {random.Random(line).random()}" for line in ast.unparse(ast.parse(text)).splitlines()]
    lines[0] = lines[0].split("  #")[0]
    documented = [lines[0], '    """My very own idea."""', *lines[1:]]
    return re.sub(r"(?<![\w.])1(?![\w.])", "1.0", "\n\n".join(documented))


def reordered(text):
    """The statements of each function turned round, a new function before it, and an import in between."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = node.body[::-1]  # nobody runs it
    return f"def unused(values):\n    return sorted(values)\n\n\nimport numpy as np\n\n{ast.unparse(tree)}"


def hand_in(folder, students):
    for student, answers in students.items():
        notebook = nbformat.read(STUDENT, as_version=4)
        for cell in notebook.cells:
            short = cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix("hw6-").removesuffix("-answer")
            if cell.metadata.get("nbgrader", {}).get("solution") and short in answers:
                cell.source = answers[short]
        (folder / f"{student}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def listed(folder):
    with (folder / "similar.csv").open(newline="", encoding="utf-8") as file:
        return [(row["first"], row["second"], float(row["alike"])) for row in csv.DictReader(file)]


def test_ten_who_wrote_apart_are_not_listed(tmp_path):
    (tmp_path / "class").mkdir()
    hand_in(tmp_path / "class", independent())
    said = report(SOURCE, tmp_path / "class", tmp_path / "out", 0.5)
    assert said.startswith("0 pairs are alike by 50% or more, of ") and listed(tmp_path / "out") == []
    compared = int(re.search(r"of (\d+) compared", said)[1])
    assert compared > 20  # it has looked


def test_copies_in_another_dress_are_found_and_shown_side_by_side(tmp_path):
    students = independent()
    copied = students["student5"]
    assert len(copied) >= 3
    dressed = {"renamed": renamed, "reformatted": reformatted, "reordered": reordered}
    for name, dress in dressed.items():
        students[name] = {short: dress(text) for short, text in copied.items()}
        assert all(students[name][short] != text for short, text in copied.items())
    (tmp_path / "class").mkdir()
    hand_in(tmp_path / "class", students)
    said = report(SOURCE, tmp_path / "class", tmp_path / "out", 0.8)
    rows = listed(tmp_path / "out")
    group = {"student5", *dressed}
    assert {frozenset(row[:2]) for row in rows} == {frozenset((a, b)) for a in group for b in group if a != b}
    assert [row[2] for row in rows] == sorted((row[2] for row in rows), reverse=True) and said.startswith("6 pairs are")
    page = (tmp_path / "out" / "similar.html").read_text(encoding="utf-8")
    assert "Alike is not copied." in page and "My very own idea." in page and "given_" in page
    assert "half are alike by 0% at most" in page and "<script" not in page


def test_the_solution_and_what_was_given_make_nobody_alike(tmp_path):
    (tmp_path / "class").mkdir()
    for student in ("ann", "bob"):
        (tmp_path / "class" / f"{student}.ipynb").write_bytes(SOURCE.read_bytes())
    for student in ("cy", "di"):
        (tmp_path / "class" / f"{student}.ipynb").write_bytes(STUDENT.read_bytes())
    assert report(SOURCE, tmp_path / "class", tmp_path / "out", 0.0).startswith("0 pairs are alike by 0% or more, of 0")


def test_what_cannot_be_read_is_told_and_markup_in_it_stays_text(tmp_path):
    (tmp_path / "class").mkdir()
    evil = "<script>alert(1)</script>"
    hand_in(tmp_path / "class", {"ann": {"q3": f"def means(: '{evil}'"}, "bob": {"q3": "x = 1"}})
    report(SOURCE, tmp_path / "class", tmp_path / "out", 0.8)
    page = (tmp_path / "out" / "similar.html").read_text(encoding="utf-8")
    assert "cannot be read as Python: ann q3" in page and evil not in page


@pytest.mark.parametrize("over", [-0.1, 1.5, float("nan")])
def test_a_share_is_from_0_to_1(tmp_path, over):
    with pytest.raises(GradingError, match="--over must be from 0 to 1"):
        report(SOURCE, tmp_path, tmp_path / "out", over)
