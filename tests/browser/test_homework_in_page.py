"""A homework worked in its page, from disk: written, checked, kept, saved, opened again, graded as was promised."""

import re

import nbformat
import pytest
from chromium import ROOT, SITE
from homework_page import KEY, NAME, OTHER, PAGE, STUDENTS, Homework, notebook_with, texts
from live_page import Cell, layer, on_a_phone  # noqa: F401 (layer: the site has Python in its pages)
from test_site_in_browser import WIDER_THAN_THE_SCREEN, violations

from gmm_course.bundles.notebook import bundled
from gmm_course.checker.shares import points

SOURCE = ROOT / "book" / "homework" / "source" / NAME / f"{NAME}.ipynb"
ENDLESS = """from gmm_course.checker.calling import call


def endless():
    while True:
        try:
            pass
        except:
            pass


call(endless, (), (), 0.2).late"""
ANSWERS = {
    "hw5-q2-answer": "new_weights = (0.9, 0.1)",
    "hw5-q3-answer": "def responsibilities(X, parameters):\n"
    "    joint = np.exp(gaussian.log_densities(X, parameters.means, parameters.covariances)) * parameters.weights\n"
    "    return joint / joint.sum(axis=1, keepdims=True)",
    "hw5-q5-answer": "def mixing_weights(w):\n    return w.sum(axis=0)",
    "hw5-q8-answer": "By $\\log t \\le t - 1$ – so <b>it</b> holds.",
}


@pytest.fixture(scope="module")
def page(browser):
    """One page, on which the tests below follow one another as a student's doings would."""
    yield from on_a_phone(browser, PAGE)


@pytest.fixture(scope="module")
def homework(page):
    return Homework(page)


def test_an_untouched_homework_is_saved_byte_for_byte_as_it_was_given_and_without_python(homework):
    assert homework.saved() == (f"{NAME}.ipynb", STUDENTS.read_text(encoding="utf-8"))
    assert not any(one.endswith(".part.js") for one in homework.page.asked)
    assert homework.page.evaluate(KEY) is None


def test_what_is_written_is_kept_and_there_again_on_the_next_visit(homework):
    for name, text in ANSWERS.items():
        homework.write(name, text)
    given, kept = texts(nbformat.read(STUDENTS, as_version=4)), texts(homework.kept())
    assert kept == given | ANSWERS
    homework.page.reload()
    homework.says("4 answers that this browser kept on ")
    assert texts(nbformat.reads(homework.saved()[1], as_version=4)) == given | ANSWERS
    assert homework.page.locator("textarea").input_value() == ANSWERS["hw5-q8-answer"]
    assert (
        homework.cell("hw5-q3-answer").box.locator(".cell_input pre").text_content().strip() == ANSWERS["hw5-q3-answer"]
    )


def test_what_is_given_cannot_be_changed(homework):
    box = homework.cell("hw5-q3").box
    box.locator(".cell_input pre").click()
    assert box.get_by_role("button", name="Write").count() == box.get_by_role("button", name="Edit").count() == 0
    assert box.locator(".cm-content").count() == 0


@pytest.fixture(scope="module")
def run(homework):
    """The page after all of it has run."""
    homework.page.locator(".gmm-live-start").click()
    homework.page.wait_for_function("() => /has run|ended/.test(gmmLive.page.note.textContent)")
    return homework


def test_a_check_answers_in_place_and_leads_to_the_chapter(run):
    said = {name: run.cell(f"hw5-{name}").output.text_content() for name in ("q1", "q2", "q3", "q5")}
    assert "hw5.q1: not yet answered." in said["q1"]
    assert "hw5.q3: correct. [##----------] 1 of 7 done" in said["q3"]
    assert "effective counts" in said["q5"] or "sum to one" in said["q5"]
    assert not any("no time limit" in text for text in said.values())
    link = run.cell("hw5-q5").output.locator("a").evaluate("(link) => link.href")
    assert link.startswith((SITE / "chapters" / "08_e_step.html").as_uri())


def test_the_grader_gives_the_marks_that_the_page_promised(run, tmp_path):
    from gmm_course.grading.judge import judge
    from gmm_course.grading.mending import mend
    from gmm_course.grading.sandbox import build
    from gmm_course.grading.submissions import read

    promised = re.search(r"found ([\d.]+) of 15 points; 2 more", run.page.locator(".gmm-homework-marks").inner_text())
    source, notes = nbformat.read(SOURCE, as_version=4), []
    name, text = run.saved()
    notebook = mend(read(text.encode(), name, notes), source, notes)
    judged = judge(notebook, source, tmp_path, build(tmp_path / "library")[0], 20)
    most = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    marks = {name: points(verdict["share"], most[name]) for name, verdict in judged.verdicts.items()}
    assert notes == [] and sum(marks.values()) == float(promised[1])
    assert marks["hw5-q3"] == 3 and 0 < sum(marks.values()) < 15
    assert texts(notebook)["hw5-q8-answer"] == ANSWERS["hw5-q8-answer"]


def test_an_answer_that_never_ends_is_stopped_here_too(run):
    """Without signals, and though it catches whatever is raised."""
    begin = run.cell("cell-003")
    begin.run(ENDLESS)
    assert begin.output.text_content().strip() == "True"
    begin.box.get_by_role("button", name="Reset").click()


def test_integers_as_random_generators_give_them_can_count(run):
    """WebAssembly's own are of 32 bits, and NumPy would refuse these."""
    begin = run.cell("cell-003")
    long = "np.array([1, 2], dtype=np.int64)"
    begin.run(f"n = {long}\nprint(np.repeat([5, 6], n), np.repeat([5, 6], repeats=n), np.bincount(n))")
    assert begin.output.text_content().strip() == "[5 6 6] [5 6 6] [0 1 1]"
    begin.run("np.bincount(np.array([2**40]))", ends="stopped by an error")
    begin.box.get_by_role("button", name="Reset").click()


def test_it_can_be_used_by_everybody_also_on_a_phone(run):
    run.page.evaluate("() => document.querySelector('#pst-back-to-top').remove()")  # the theme's, not ours to judge
    assert run.page.evaluate(WIDER_THAN_THE_SCREEN) is None
    run.page.keyboard.press("Tab")  # which marks at once what scrolls, as book.js does else when it comes near
    assert violations(run.page) == []


# -- what is opened


def test_a_notebook_is_opened_after_it_was_said_what_it_replaces(run):
    """With a helper of the student's own, which comes along and runs; an edited check does not."""
    helper = nbformat.v4.new_code_cell("def half(x):\n    return x / 2\n\n\nprint(half(3))", id="mine")
    answers = {
        "hw5-q3-answer": "def responsibilities(X, parameters):\n    return 1",
        "hw5-q6-answer": 'statements = "a"',
    }
    answers |= {"hw5-q5-answer": ANSWERS["hw5-q5-answer"], "hw5-q1": "check = print"}
    run.open("hw05_e_step (1).ipynb", notebook_with(answers, helper))
    question = run.page.locator(".gmm-homework-ask")
    question.wait_for()
    assert (
        "“hw05_e_step (1).ipynb” would replace what you have here in exercise 2, exercise 3, exercise 8."
        in question.inner_text()
    )
    assert ANSWERS["hw5-q3-answer"] in question.locator("details").nth(1).text_content()
    question.locator("summary").nth(1).click()
    assert run.page.evaluate(WIDER_THAN_THE_SCREEN) is None
    question.get_by_role("button", name="Leave it").click()
    assert texts(run.kept())["hw5-q2-answer"] == ANSWERS["hw5-q2-answer"]
    run.open("again.ipynb", notebook_with(answers, helper))
    question.get_by_role("button", name="Replace it").click()
    run.says("1 cell of your own came along")
    del answers["hw5-q1"]
    expected = texts(nbformat.read(STUDENTS, as_version=4)) | answers | {"mine": helper.source}
    assert texts(run.kept()) == texts(nbformat.reads(run.saved()[1], as_version=4)) == expected
    own = Cell(run.page, 2)
    own.box.get_by_role("button", name="Run cell 1a").click()
    own.ends("done")
    assert own.output.text_content().strip() == "1.5"


def test_a_notebook_of_a_zip_from_an_editor_that_numbers_cells_anew_brings_its_answers(run):
    """Without identities, with an answer twice, and with the cell that finds the zip's files."""
    notebook = nbformat.reads(bundled(notebook_with({"hw5-q1-answer": "point_shares = 1"}), NAME, {}), as_version=4)
    before = next(
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "hw5-q1-answer"
    )
    notebook.cells.append(nbformat.from_dict(before | {"source": "point_shares = 2"}))
    begin = next(cell for cell in notebook.cells if cell.source.startswith("# If your teacher"))
    begin.source = 'begin("hw5", student="ann")'
    for number, cell in enumerate(notebook.cells):
        cell.id = "first-cell" if cell.id == "first-cell" else f"anew-{number}"
    run.open("colab.ipynb", nbformat.writes(notebook))
    run.page.get_by_role("button", name="Replace it").click()
    run.says("1 cell stood in it more than once: the last counts.")
    given = texts(nbformat.read(STUDENTS, as_version=4))
    answers = {"hw5-q1-answer": "point_shares = 2", "cell-003": 'begin("hw5", student="ann")'}
    found = texts(run.kept())
    assert found.pop("first-cell").startswith("# @title") and "mine" in found
    del found["mine"]
    assert found == given | answers
    run.page.get_by_role("button", name="Bring back what was here").click()
    run.says("It is as it was.")


def test_what_was_replaced_can_be_brought_back(run):
    run.open("empty.ipynb", STUDENTS.read_text(encoding="utf-8"))
    run.page.get_by_role("button", name="Replace it").click()
    run.says("“empty.ipynb” is open")
    run.page.get_by_role("button", name="Bring back what was here").click()
    run.says("It is as it was.")
    assert texts(run.kept())["hw5-q6-answer"] == 'statements = "a"'


# -- what is kept


def test_answers_to_an_edited_homework_are_told_from_those_to_the_earlier_one_and_can_be_dropped(run):
    run.page.evaluate(f"() => {{ localStorage[{OTHER}] = localStorage[{KEY}]; }}")
    run.page.evaluate(f"() => localStorage.removeItem({KEY})")
    run.page.reload()
    question = run.page.locator(".gmm-homework-ask")
    question.wait_for()
    assert "answers to another version of this homework" in question.inner_text()
    assert run.page.evaluate("() => gmmLive.page.homework.changed().length") == 0
    question.get_by_role("button", name="Open them").click()
    run.says("The other version is open: 3 answers came from it. 1 cell of your own came along")
    run.page.evaluate(f"() => localStorage.removeItem({OTHER})")
    run.page.reload()
    run.says("4 answers that this browser kept on ")
    run.page.get_by_role("button", name="Drop them").click()
    run.says("Dropped: the homework is as it was given.")
    assert run.saved()[1] == STUDENTS.read_text(encoding="utf-8") and run.page.evaluate(KEY) is None


@pytest.mark.parametrize(
    "broken, why",
    [
        ("throw new DOMException('', 'QuotaExceededError')", "its storage is full"),
        ("throw new DOMException('', 'SecurityError')", "its storage is closed to this page"),
    ],
)
def test_where_nothing_is_kept_that_is_said_and_nothing_is_lost(run, broken, why):
    run.page.evaluate(f"() => {{ Storage.prototype.setItem = () => {{ {broken} }}; }}")
    run.write("hw5-q8-answer", f"Because {why}.")
    run.says(f"This browser does not keep your answers: {why}. Nothing is lost as long as this page is open")
    assert texts(nbformat.reads(run.saved()[1], as_version=4))["hw5-q8-answer"] == f"Because {why}."
