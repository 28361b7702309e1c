"""A made-up class goes through nbgrader's whole pipeline: every submission gets a row and a page, nothing stops it."""

import copy
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hostile_answers import MARKER, ON_BLANK, ON_RIGHT

from gmm_course import exercise

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "book" / "homework" / "source" / "hw05_e_step" / "hw05_e_step.ipynb"
STUDENT = ROOT / "book" / "homework" / "student" / "hw05_e_step" / "hw05_e_step.ipynb"
FULL = {"q1": 2, "q2": 2, "q3": 3, "q4": 3, "q5": 2, "q6": 3}
BEYOND = "q7"
BY_HAND = {"q8": 2}  # a derivation, which nbgrader leaves to a teacher
NOON = 1_796_126_400  # of 1 December 2026, UTC, in seconds since 1970
RULES = 'zone = "UTC"\nlate_days = 1\npenalty = "25%/day"\n[due]\nhw5 = "2026-12-01T12:00"\n'
TIMEOUT = 3  # seconds of computing; no answer but the endless ones needs a tenth of it

ANSWERS = {
    "q1": "point_shares = [0.3, 0.6, 0.1]",
    "q2": "new_weights = (0.55, 0.7)",
    "q3": """
def responsibilities(X, parameters):
    joint = parameters.weights * np.exp(gaussian.log_densities(X, parameters.means, parameters.covariances))
    return joint / joint.sum(axis=1, keepdims=True)""",
    "q4": """
def normalize(log_joint):
    return [np.exp(row - max(row)) / np.exp(row - max(row)).sum() for row in log_joint]""",
    "q5": """
def mixing_weights(responsibilities):
    return responsibilities.mean(axis=0)""",
    "q6": "statements = 'ace'",
    "q7": """
def gap(v, w):
    ratio = np.where(v > 0, v, 1) / np.where(v > 0, w, 1)
    return np.sum(v * np.log(ratio))""",
}

# Misconceptions, several in one notebook: they are judged one by one. Each with the words its feedback must hold.
MISCONCEPTIONS = {
    "as_printed": {
        "q1": ("point_shares = [1/7, 4/7, 2/7]", "by its densities alone"),
        "q2": ("new_weights = [5.5, 7]", "effective counts"),
        "q3": (ANSWERS["q3"].replace("parameters.weights * ", ""), "as the article prints it"),
        "q4": (ANSWERS["q4"].replace("max(row)", "log_joint.max()"), "largest entry of the whole array"),
        "q5": (ANSWERS["q5"].replace("mean", "sum"), "sum to n, the number of points"),
        "q6": ("statements = 'abce'", "not exactly the ones that hold"),
    },
    "axes_and_hard": {
        "q1": ("point_shares = [0, 1, 0]", "likeliest component"),
        "q2": ("new_weights = [0.6, 0.6]", "counted each point wholly"),
        "q3": (ANSWERS["q3"].replace("axis=1", "axis=0"), "columns sum to one"),
        "q4": (ANSWERS["q4"].replace(" - max(row)", ""), "Subtract something from the row first"),
        "q5": (ANSWERS["q5"].replace("axis=0", "axis=1"), "The average runs over the points"),
        "q6": ("statements = 'acde'", "not exactly the ones that hold"),
    },
    "by_accident": {
        "q1": ("point_shares = [30, 60, 10]", "Right in per cent"),
        "q2": ("new_weights = [0.7, 0.55]", "in another order"),
        "q3": (ANSWERS["q3"].replace("return ", ""), "returns None"),
        "q4": ("def normalize(log_joint):\n    log_joint -= log_joint.max()\n    return log_joint", "in place"),
        "q5": ("def mixing_weights(responsibilities):\n    return [0.5, 0.3, 0.2]", "The shape must be"),
        "q6": ("statements = 'ac'", "not exactly the ones that hold"),
    },
    "loops_and_errors": {
        "q3": ("def responsibilities(X, parameters):\n    return X @ parameters.nothing", "AttributeError"),
        "q4": ("def normalize(log_joint):\n    while True:\n        pass", "Does a loop never end"),
        "q5": ("def mixing_weights(w, n):\n    return w.sum(axis=0) / n", "must take (responsibilities)"),
    },
}


def with_numbers_of(student):
    first, second = (np.ravel(exercise(name).of(student).expected).tolist() for name in ("hw5.q1", "hw5.q2"))
    return {"q1": f"point_shares = {first}", "q2": f"new_weights = {second}"}


def by_id(notebook, grade_id):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def filled(answers, base=STUDENT):
    """A student version with these answers in its cells."""
    notebook = nbformat.read(base, as_version=4)
    for short, source in answers.items():
        by_id(notebook, f"hw5-{short}-answer").source = source.strip()
    return notebook


def without(notebook, *grade_ids):
    notebook.cells = [
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in grade_ids
    ]
    return notebook


def marks(**lost):
    """Full marks but for the exercises named, which get none."""
    return {short: 0 if short in lost else points for short, points in FULL.items()}


def build_class(folder):
    """Write the submissions; return {student: expected points for each exercise}."""
    expected = {}

    def hand_in(student, notebook, points, name=None):
        path = folder / (name or f"{student}.ipynb")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")  # as it is: nbformat would put copied ids right
        expected[student] = points

    hand_in("perfect", filled(ANSWERS), marks())
    hand_in("derived", filled(ANSWERS | {"q8": "By Jensen's inequality, since $\\log$ is concave."}), marks())
    hand_in("blank", filled({}), marks(**FULL))
    for student, wrong in MISCONCEPTIONS.items():
        points = marks(**wrong) | ({"q6": 2} if "q6" in wrong else {})  # all but one statement, 2/3 of three points
        hand_in(student, filled({**ANSWERS, **{short: source for short, (source, _) in wrong.items()}}), points)

    # In part: one number of two earns half the points, one statement of three nothing.
    hand_in(
        "in_part",
        filled({**ANSWERS, "q2": "new_weights = [0.55, 0.5]", "q6": "statements = 'a'"}),
        marks(q6=0) | {"q2": 1},
    )

    # Numbers of one's own: what is right for them earns the points, what is right for those of another none.
    for student, lost in {"own_numbers": {}, "of_another": {"q1": 0, "q2": 0}}.items():
        notebook = filled(ANSWERS | with_numbers_of("own numbers"))
        next(
            cell for cell in notebook.cells if cell.source.startswith("# If your teacher")
        ).source = 'begin("hw5", student="own numbers")'
        hand_in(student, notebook, marks(**lost))

    # The kernel: a cell kills it, a function leaves it when called, a cell loops for ever, one cannot be interrupted.
    hand_in("crashed", filled({**ANSWERS, "q2": "import os\nos.kill(os.getpid(), 9)"}), marks(q2=0))
    hand_in(
        "exits",
        filled({**ANSWERS, "q5": "def mixing_weights(responsibilities):\n    import os\n    os._exit(0)"}),
        marks(q5=0),
    )
    hand_in("endless", filled({**ANSWERS, "q2": "while True:\n    pass"}), marks(q2=0))
    stubborn = "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile True:\n    pass"
    hand_in("stubborn", filled({**ANSWERS, "q6": stubborn}), marks(q6=0))

    # The notebook: cells deleted, copied, edited; metadata lost; a folder with a name of its own.
    hand_in("deleted_tests", without(filled(ANSWERS), "hw5-given", "hw5-q1", "hw5-q4"), marks())
    hand_in("deleted_answer", without(filled(ANSWERS), "hw5-q3-answer"), marks(q3=0))
    copied = filled({**ANSWERS, "q1": "point_shares = [1, 2, 3]"})
    where = copied.cells.index(by_id(copied, "hw5-q1"))
    again = [copy.deepcopy(by_id(copied, "hw5-q1-answer")), copy.deepcopy(by_id(copied, "hw5-q1"))]
    again[0].source = ANSWERS["q1"]
    copied.cells[where + 1 : where + 1] = again
    hand_in("copied_cells", copied, marks())
    cheat = filled({})
    for cell in cheat.cells:
        if "check(" in cell.source and cell.cell_type == "code":
            cell.source = "print('correct')"
    by_id(cheat, "hw5-q1").metadata.nbgrader["points"] = 100
    by_id(cheat, "hw5-q1-answer").source = "import gmm_course\ngrade = check = lambda *_: None"
    hand_in("edited_tests", cheat, marks(**FULL))
    bare = filled(ANSWERS)
    for cell in bare.cells:
        cell.metadata.clear()
    by_hand = next(cell for cell in bare.cells if cell.source.startswith("*Write your derivation"))
    by_hand.source = "By the tangent: log t is at most t - 1."
    hand_in("Zoe_Miller", bare, marks(), name="Zoe Miller/my homework (1).ipynb")

    # What people try: see hostile_answers.py.
    def placed(source):
        return source.replace("{folder}", str(folder.parent)).replace("{root}", str(ROOT))

    for student, (cells, lost) in ON_RIGHT.items():
        cells = {short: placed(source) for short, source in cells.items()}
        hand_in(student, filled({**ANSWERS, **cells}), marks(**dict.fromkeys(lost)))
    for student, source in ON_BLANK.items():
        notebook = filled({})
        by_id(notebook, "hw5-q1-answer").source += "\n" + placed(source)
        hand_in(student, notebook, marks(**FULL))
    renamed = filled(ANSWERS)
    for number, cell in enumerate(renamed.cells):
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader["grade_id"] = f"mine-{number}"
    hand_in("renamed_cells", renamed, marks())

    # Files: other encodings, zips, links.
    greeting = filled(ANSWERS)
    greeting.cells.append(nbformat.v4.new_markdown_cell("Grüße von José"))
    text = json.dumps(greeting, ensure_ascii=False)
    for student, encoding in {"utf16": "utf-16", "windows": "cp1252", "with_mark": "utf-8-sig"}.items():
        (folder / f"{student}.ipynb").write_bytes(text.encode(encoding, "replace"))  # of "≤" Windows makes "?"
        expected[student] = marks()
    with zipfile.ZipFile(folder / "zipped.zip", "w") as archive:
        archive.writestr("work/hw05_e_step.ipynb", text)
        archive.writestr("../../written", "outside")
    (folder / "linked.ipynb").symlink_to(folder / "perfect.ipynb")
    expected |= {"zipped": marks(), "linked": marks(**FULL)}

    # Not a notebook at all, in several ways.
    (folder / "letter.txt").write_text("Dear teacher, my dog ate it.", encoding="utf-8")
    (folder / "half.ipynb").write_text(STUDENT.read_text(encoding="utf-8")[:3000], encoding="utf-8")
    (folder / "other_json.ipynb").write_text('{"cells": 3}', encoding="utf-8")
    (folder / "binary.ipynb").write_bytes(bytes(range(256)))
    half_a_letter = filled(ANSWERS)
    half_a_letter.cells.append(nbformat.v4.new_markdown_cell("\ud800"))
    hand_in("half_a_letter", half_a_letter, marks(**FULL))
    (folder / "empty_folder").mkdir()
    expected.update(dict.fromkeys(["letter", "half", "other_json", "binary", "empty_folder"], marks(**FULL)))
    return expected


def grade(submissions, output, *more):
    """Grade with the command line; what it printed, and the rows of marks by student."""
    command = [sys.executable, "tools/homework.py", "grade", "hw5", submissions, output, "--timeout", str(TIMEOUT)]
    done = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with (output / "marks.csv").open(newline="", encoding="utf-8") as file:
        return done.stdout, {row["student_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The folder of results, the rows by student, and what was expected."""
    if sys.platform != "linux":
        pytest.skip("this class needs walls, and bubblewrap is for Linux")
    if "CI" not in os.environ:
        pytest.importorskip("nbgrader", reason="pip install -r requirements-grading.txt")
        if shutil.which("bwrap") is None:
            pytest.skip("this class needs walls: apt-get install bubblewrap")
    root = tmp_path_factory.mktemp("class")
    (root / "submissions").mkdir()
    expected = build_class(root / "submissions")
    said, rows = grade(root / "submissions", root / "graded")
    if "bubblewrap does not work here" in said:
        pytest.skip(said.splitlines()[0])
    assert "WARNING" not in said
    return root / "graded", rows, expected


def feedback(graded, student):
    page = (graded[0] / "feedback" / f"{student}.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", "", page)
    return text.replace("&#39;", "'").replace("&quot;", '"')


def test_every_submission_has_its_row_and_its_page(graded):
    folder, rows, expected = graded
    assert set(rows) == set(expected)
    assert {path.stem for path in (folder / "feedback").glob("*.html")} == set(expected)


def test_marks_are_as_expected(graded):
    _, rows, expected = graded
    given = {student: {short: float(row[short]) for short in FULL} for student, row in rows.items()}
    assert given == expected
    for row in rows.values():
        assert float(row["score"]) == sum(float(row[short]) for short in FULL)
        assert float(row["max_score"]) == sum(FULL.values()) + sum(BY_HAND.values())
    assert rows["perfect"][BEYOND] == "done" and rows["blank"][BEYOND] == rows["letter"][BEYOND] == ""


@pytest.mark.parametrize("student", MISCONCEPTIONS)
def test_the_feedback_page_names_each_mistake(graded, student):
    text = feedback(graded, student)
    for short, (_, words) in MISCONCEPTIONS[student].items():
        assert words in text, short


def test_what_was_put_right_is_noted(graded):
    notes = {student: row["notes"] for student, row in graded[1].items()}
    assert notes["perfect"] == notes["blank"] == ""
    for student, words in {
        "crashed": "ended the kernel",
        "exits": "ended the kernel",
        "endless": "time limit",
        "stubborn": "could not be interrupted",
        "deleted_tests": "put back: hw5-q1, hw5-q4",
        "copied_cells": "the last copy counts",
        "fork_bomb": "processes",
        "sleeps": "time limit",
        "talks_on_the_wire": "no plain data",
        "utf16": "was read as utf-16",
        "windows": "was read as cp1252",
        "linked": "was not followed",
        "half_a_letter": "could not be prepared for grading",
        "letter": "could not be read as a notebook",
        "empty_folder": "no notebook",
        "derived": "to be marked by hand: q8",
        "Zoe_Miller": "to be marked by hand: q8",
        "of_another": "worked with the numbers of 'own numbers'; judged on the numbers of 'of_another'",
    }.items():
        assert words in notes[student], student
    assert graded[1]["Zoe_Miller"]["handed_in"] == "Zoe Miller"


def test_feedback_names_no_other_machine_and_no_solution(graded):
    assert "BEGIN SOLUTION" in SOURCE.read_text(encoding="utf-8") and "BEGIN SOLUTION" not in feedback(graded, "blank")
    for path in (graded[0] / "feedback").glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert "the tangent of a concave function" not in page  # of the model answer, which only a teacher sees
        assert not re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?:https?:)?//', page)


def test_nothing_of_a_cell_is_left(graded):
    root = graded[0].parent
    assert len(graded[2]) >= 40
    for place in (root, root.parent, ROOT, Path("/"), Path("/usr"), Path("/etc")):
        assert not (place / "written").exists()
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(MARKER.encode() in command.replace(b"\0", b" ") for command in commands)


def test_a_cell_reads_nothing_of_ours_and_reaches_nobody(graded):
    seen = feedback(graded, "reads_others")  # the lines that its cell printed, not those of its source
    assert re.findall(r"^COULD (?:READ True|IMPORT).*", seen, re.MULTILINE) == []
    assert re.findall(r"^(?:COULD.*|REFUSED)", feedback(graded, "uses_the_network"), re.MULTILINE) == ["REFUSED"]


def raw(graded, student):
    return (graded[0] / "feedback" / f"{student}.html").read_text(encoding="utf-8")


def test_pages_hold_nothing_active_and_nothing_of_ours(graded):
    for path in (graded[0] / "feedback").glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert len(page.encode()) <= 1_000_000
        assert not re.findall(r"<(?:script|svg|iframe|object|embed|link|form)\b", page), path
        assert not re.findall(r"<[^>]+\son\w+\s*=", page), path
        assert "Content-Security-Policy" in page and str(Path(sys.prefix)) not in page
        assert re.findall(r'<img[^>]+src="(?!data:image/png;base64,)', page) == []
    assert "steal()" in raw(graded, "active_output")
    assert '<a href="#q3">q3 ' in raw(graded, "perfect")
    assert "(2 points, which your teacher gives)" in raw(graded, "derived")
    assert str(ROOT) not in raw(graded, "perfect") and len(raw(graded, "prints_much")) < 200_000


def test_answers_of_the_library_are_flagged_with_their_line(graded):
    flags = {student: row["flags"] for student, row in graded[1].items()}
    assert flags["perfect"] == flags["blank"] == flags["as_printed"] == ""
    assert "q3, line 1: uses the library: from gmm_lib import e_step" in flags["flagged"]
    assert "q3: the answer is gmm_lib.e_step.responsibilities itself" in flags["flagged"]
    assert "q2, line 1: uses the library" in flags["looks_for_the_judge"]
    assert "q2, line 3: names reference: check.reference" in flags["looks_for_the_judge"]


def test_no_mark_depends_on_who_was_graded_before(graded, tmp_path):
    """A handful in the opposite order, one at a time, and each of them next to somebody else."""
    chosen = ["changes_the_gradebook", "perfect", "patches_numpy", "as_printed"]
    for number, student in enumerate(reversed(chosen)):
        handed_in = shutil.copy(graded[0].parent / "submissions" / f"{student}.ipynb", tmp_path / f"{number}.ipynb")
        os.utime(handed_in, (NOON + 86_400 * number,) * 2)
    output, more = tmp_path / ".graded", tmp_path / ".class"
    more.mkdir()
    people = [f"{student},{student},{number}" for number, student in enumerate(reversed(chosen)) if number != 1]
    (more / "class.csv").write_text("\n".join(["id,name,lms_id", *people, "absent,Abe Sent,7"]), encoding="utf-8")
    (more / "course.toml").write_text(RULES, encoding="utf-8")
    said, rows = grade(
        tmp_path, output, "--at-once", "1", "--roster", more / "class.csv", "--course", more / "course.toml"
    )
    stranger = chosen[2]  # whose number is missing on the roster: graded, noted, never dropped
    assert set(rows) == {*chosen, "absent", "1"} - {stranger}
    assert "not handed in: absent\ngraded, but nobody on the roster: 1\n" in said
    for student in chosen:
        row, before = rows["1" if student == stranger else student], graded[1][student]
        assert {short: row[short] for short in FULL} == {short: before[short] for short in FULL}
    assert (rows["absent"]["score"], rows["absent"]["notes"]) == ("0", "not handed in")
    assert rows["1"]["notes"] == "nobody on the roster" and rows["1"]["late_days"] == "1"
    perfect = rows["perfect"]  # the third: two days late, one of them free
    told = [perfect[key] for key in ("late_days", "free_days", "score", "final_score")]
    assert told == ["2", "1", "15", "11.25"] and "25% off" in perfect["lateness"]
    page = (output / "feedback" / "perfect.html").read_text(encoding="utf-8")
    assert "2 days late by the time of its file; 1 of them free; 25% off" in page and "nobody" not in page


def test_an_interrupted_run_goes_on_where_it_was(graded, tmp_path):
    handed_in, output = tmp_path / "submissions", tmp_path / "graded"
    kept, again, changed = {"exits", "blank", "copied_cells"}, {"perfect", "patches_numpy"}, "as_printed"
    (output / "judged").mkdir(parents=True)
    handed_in.mkdir()
    for student in kept | again | {changed}:
        shutil.copy(graded[0].parent / "submissions" / f"{student}.ipynb", handed_in)
    for student in kept:
        shutil.copy(graded[0] / "judged" / f"{student}.json", output / "judged")
    shutil.copy(graded[0] / "judged" / "homework", output / "judged")
    (output / "judged" / f"{changed}.json").write_text('{"print": "another notebook", "judged": {}}')
    said, rows = grade(handed_in, output)
    assert set(re.findall(r"^\[\d+/\d+\] (\w+)", said, re.MULTILINE)) == again | {changed}
    assert rows == {student: graded[1][student] for student in kept | again | {changed}}


def test_nbgrader_itself_reads_the_result(graded):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{graded[0] / 'course' / 'gradebook.db'}", "gaussian-mixtures") as gradebook:
        assert {student.id for student in gradebook.students} == set(graded[2])
        by_hand = [s for s in gradebook.assignment_submissions("hw05_e_step") if s.needs_manual_grade]
        assert {submission.student.id for submission in by_hand} == {"derived", "Zoe_Miller"}
