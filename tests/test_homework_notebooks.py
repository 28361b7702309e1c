"""The homework notebooks: written once with solutions; the student versions hold stubs and nothing of the solution."""

import importlib.util
import re
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from gmm_course import exercise, homework, homeworks
from gmm_course.checker import session
from gmm_course.checker.feedback import TITLES, place_of
from gmm_course.grading.stamping import CHECK, DERIVATION, stamp

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"


def _load_tool():
    spec = importlib.util.spec_from_file_location("homework_tool", ROOT / "tools" / "homework.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tool = _load_tool()
SOURCES = {f"hw{int(path.stem[2:4])}": path for path in tool.sources()}
every_homework = pytest.mark.parametrize("name", homeworks())


def read(path):
    return nbformat.read(path, as_version=4)


def student(name):
    return read(tool.STUDENT / SOURCES[name].stem / SOURCES[name].name)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def checks(notebook):
    found = [CHECK.search(cell.source) for cell in code(notebook)]
    return [match["id"] for match in found if match]


def by_hand(notebook):
    """The exercises whose points a teacher gives, {id: points}: nbgrader's manually graded cells."""
    marks = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return {
        mark["grade_id"].removesuffix("-answer").replace("-", "."): mark["points"]
        for mark in marks
        if mark.get("grade") and mark.get("solution")
    }


def checked(name):
    return [e for e in homework(name).exercises if e.has_check]


def run(notebook, monkeypatch, folder):
    """Run the code cells here, without a kernel, and return {exercise id: verdict} of the checks."""
    verdicts = {}

    def spy(exercise_id, answer, **_):
        verdicts[exercise_id] = exercise(exercise_id).examine(answer, np.random.default_rng(3))

    monkeypatch.setattr("gmm_course.check", spy)
    monkeypatch.setattr(session, "_show", lambda note: None)
    monkeypatch.chdir(folder)
    space = {"__name__": "__main__"}
    for cell in code(notebook):
        exec(compile(cell.source, cell.metadata.get("nbgrader", {}).get("grade_id", "cell"), "exec"), space)
    return verdicts


def test_every_homework_has_its_notebook_and_the_other_way_round():
    assert set(SOURCES) == set(homeworks())


@every_homework
def test_a_notebook_checks_all_its_exercises_in_order(name):
    assert checks(read(SOURCES[name])) == [e.id for e in checked(name)]
    assert checks(student(name)) == [e.id for e in checked(name)]


@every_homework
def test_what_a_teacher_marks_is_graded_by_hand_and_shows_its_rubric(name):
    """The points belong to the answer's own cell; its check, if there is one, gives none and hides no test."""
    wanted = {e.id: e for e in homework(name).exercises if e.marked_by_hand}
    for notebook in (read(SOURCES[name]), student(name)):
        assert by_hand(notebook) == {key: e.points for key, e in wanted.items()}
        text = "\n".join(cell.source for cell in notebook.cells)
        assert all(sentence in text for e in wanted.values() for sentence in e.rubric)
    for cell in code(read(SOURCES[name])):
        match = CHECK.search(cell.source)
        if match and match["id"] in wanted:
            assert "HIDDEN" not in cell.source and not cell.metadata.nbgrader.grade


@every_homework
def test_a_derivation_has_a_model_answer_for_the_teacher_and_none_for_the_students(name):
    text = "\n".join(cell.source for cell in student(name).cells)
    models = [cell.source for cell in read(SOURCES[name]).cells if DERIVATION.search(cell.source)]
    assert len(models) == sum(not e.has_check for e in homework(name).exercises) >= 1
    for model in models:
        assert len(model) > 400
        assert not [line for line in model.splitlines() if len(line) > 30 and line in text]
    assert "Write your derivation here" in text and "<!-- derivation" not in text


@every_homework
def test_a_source_is_stamped(name):
    stored = read(SOURCES[name])
    assert stamp(read(SOURCES[name])) == stored, f"run: tools/homework.py stamp {name}, then tools/notebooks.py"
    ids = [cell.metadata.nbgrader.grade_id for cell in stored.cells if "nbgrader" in cell.metadata]
    assert len(ids) == len(set(ids))


@every_homework
def test_the_top_says_minutes_and_points(name):
    parent = homework(name)
    top = read(SOURCES[name]).cells[0].source
    assert f"About {parent.minutes} minutes; {sum(e.points for e in parent.exercises)} points" in top
    assert 30 <= parent.minutes <= 90
    assert 4 <= sum(not e.title.startswith("Beyond") for e in parent.exercises) or name in ("hw9", "hw10")


@every_homework
def test_on_the_stub_every_exercise_is_not_yet_answered(name, monkeypatch, tmp_path):
    verdicts = run(student(name), monkeypatch, tmp_path)
    assert {e: v.name for e, v in verdicts.items()} == {e.id: "unanswered" for e in checked(name)}


@every_homework
def test_on_the_solution_every_exercise_is_right(name, monkeypatch, tmp_path):
    verdicts = run(read(SOURCES[name]), monkeypatch, tmp_path)
    wrong = {e: (v.name, v.message) for e, v in verdicts.items() if not v.right}
    assert not wrong and len(verdicts) == len(checked(name))


@every_homework
def test_nothing_of_the_solution_is_in_the_student_version(name):
    text = "\n".join(cell.source for cell in student(name).cells)
    assert "SOLUTION" not in text and "HIDDEN" not in text and "grade(" not in text
    given = {line.strip() for line in text.splitlines()}
    for cell in read(SOURCES[name]).cells:
        for region in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, re.DOTALL):
            lines = {line.strip() for line in region.splitlines() if len(line.strip()) > 12}
            assert not lines & given
    assert all(not cell.get("outputs") and cell.execution_count is None for cell in code(student(name)))


@every_homework
def test_the_links_of_an_exercise_lead_to_labels_in_the_book(name):
    for e in homework(name).exercises:
        for link in [e.link, *(m.link for m in getattr(e, "mistakes", ()) if m.link)]:
            page, _, label = link.partition("#")
            assert page in TITLES, link
            text = "\n".join(cell.source for cell in read(BOOK / f"{place_of(page)}.ipynb").cells)
            assert not label or f"({label})=" in text, link


@pytest.mark.parametrize("page", TITLES)
def test_the_titles_in_messages_are_those_of_the_chapters(page):
    top = read(BOOK / f"{place_of(page)}.ipynb").cells[0].source
    assert re.search(r"^# (.+)$", top, re.MULTILINE)[1] == TITLES[page]


@every_homework
def test_messages_keep_to_one_idea_and_hold_no_code_of_the_solution(name):
    for e in homework(name).exercises:
        for mistake in getattr(e, "mistakes", ()):
            assert 15 < len(mistake.message) < 320, mistake.message
            assert "!" not in mistake.message and mistake.message[0].isupper()
        names = [mistake.name for mistake in getattr(e, "mistakes", ())]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("asked", [False, True])
def test_solutions_are_handed_out_only_when_asked_for(asked, monkeypatch, tmp_path):
    monkeypatch.setattr(tool, "STUDENT", tmp_path / "student")
    monkeypatch.setattr(tool, "student_versions", lambda paths: {path.stem: "stub" for path in paths})
    tool.make([SOURCES["hw5"]], solutions=tmp_path / "solved" if asked else None)
    assert (tmp_path / "student" / "hw05_e_step" / "hw05_e_step.ipynb").read_text() == "stub"
    assert (tmp_path / "solved" / "hw05_e_step_solution.ipynb").exists() == asked


def test_the_student_versions_are_what_nbgrader_makes_of_the_sources():
    pytest.importorskip("nbgrader", reason="pip install -r requirements-grading.txt")
    assert list(tool.stale(tool.sources())) == [], "run: make homework"
