"""Marks for Canvas and Moodle, from nbgrader's gradebook as it is after a teacher has marked texts in it."""

import csv
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="pip install -r requirements-grading.txt")

from nbgrader.api import Gradebook

from gmm_course.grading.course import COURSE_ID, GradingError, configuration, nbgrader_api
from gmm_course.grading.exports import export, marked
from gmm_course.grading.lateness import Late, Rules
from gmm_course.grading.marks import record
from gmm_course.grading.results import free_days_spent, keep
from gmm_course.grading.roster import ABSENT, Person
from gmm_course.grading.submissions import Submission, placeholder
from gmm_course.grading.whole_class import _time

ROOT = Path(__file__).resolve().parent.parent
NAME = "hw05_e_step"
SOURCE = ROOT / "book" / "homework" / "source" / NAME / f"{NAME}.ipynb"
ROSTER = """id,name,mail,lms_id
ann,Ann Miller,ann@uni.edu,101
bob,=Bob,bob@uni.edu,
cy,"Ångström, Zoë",,103
"""
CLASS = {  # id: (the exercises that are right, whether a text waits, lateness)
    "ann": (("q1", "q2", "q3"), True, Late("2026-12-02 10:00:00", 2, 1, Fraction(9, 10), "2 days late; 10% off")),
    "bob": (("q1",), True, None),
    "cy": ((), False, None),
    "zed": (("q6",), False, None),  # on no roster
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A folder as grading leaves it, but for the judge: what is right is said above."""
    output = tmp_path_factory.mktemp("graded")
    source = nbformat.read(SOURCE, as_version=4)
    (output / "course").mkdir()
    nbgrader_api(configuration(output / "course"))  # which finds the program that makes a gradebook
    with Gradebook(f"sqlite:///{output / 'course' / 'gradebook.db'}", COURSE_ID) as gradebook:
        gradebook.add_assignment(NAME)
        gradebook.add_notebook(NAME, NAME)
        for cell in source.cells:
            mark = cell.metadata.get("nbgrader", {})
            if mark.get("grade"):
                gradebook.add_grade_cell(
                    mark["grade_id"], NAME, NAME, max_score=mark["points"], cell_type=cell.cell_type
                )
    made = []
    for student, (right, text, late) in CLASS.items():
        verdicts = {f"hw5-q{i}": {"right": f"q{i}" in right, "share": float(f"q{i}" in right)} for i in range(1, 8)}
        notes = [ABSENT] if student == "cy" else []
        submission = Submission(student, Path(f"{student}.ipynb"), notes=notes, late=late)
        notebook = source if text else placeholder("nothing")
        made.append((submission, notebook, {"verdicts": verdicts, "notes": [], "flags": ["secret flag"]}))
    record(output / "course", NAME, made)
    keep(output, NAME, [(submission, judged) for submission, _, judged in made])
    (output / "class.csv").write_text(ROSTER, encoding="utf-8")
    return output


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def give(graded, student, points):
    """Mark the derivation, as the formgrader does."""
    with Gradebook(f"sqlite:///{graded / 'course' / 'gradebook.db'}", COURSE_ID) as gradebook:
        grade = gradebook.find_grade("hw5-q8-answer", NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, points is None
        gradebook.db.commit()


def test_canvas_gets_its_columns_its_row_of_points_and_whoever_has_a_number(graded):
    told = export(graded, "canvas", graded / "class.csv")
    assert table(graded / "canvas.csv") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 5"],
        ["    Points Possible", "", "", "", "", "17"],
        ["Ann Miller", "101", "", "", "", "6.3"],  # 2 + 2 + 3, less a tenth
        ["Ångström, Zoë", "103", "", "", "", "0"],
    ]
    assert told[:-1] == [
        "2 texts wait to be marked, and until then without points: ann q8, bob q8",
        "left out, as they are not on the roster: zed",
        "left out, as the roster has no lms_id for them: bob",
    ]
    assert told[-1].startswith("2 of 4 are in ")


def test_moodle_gets_a_mail_address_or_a_number_and_words_for_the_student(graded):
    told = export(graded, "moodle", graded / "class.csv", column="Quiz 5")
    head, ann, bob = table(graded / "moodle.csv")
    assert head == ["Full name", "ID number", "Email address", "Quiz 5", "Quiz 5 (feedback)"]
    assert ann[1:4] == ["101", "ann@uni.edu", "6.3"] and bob[:4] == ["'=Bob", "", "bob@uni.edu", "2"]
    words = "q1 2, q2 2, q3 3, q4 0, q5 0, q6 0; 7 before lateness: 2 days late; 10% off; not yet marked: q8"
    assert ann[4] == words and "flag" not in ann[4]
    assert "left out, as the roster has no mail for them: cy" in told
    export(graded, "moodle", graded / "class.csv", by="lms_id")
    assert [row[1] for row in table(graded / "moodle.csv")[1:]] == ["101", "103"]


def test_what_is_marked_by_hand_is_read_from_the_gradebook(graded):
    give(graded, "ann", 1.5)
    try:
        told = export(graded, "canvas", graded / "class.csv")
        assert told[0] == "1 text waits to be marked, and until then without points: bob q8"
        assert table(graded / "canvas.csv")[2][-1] == "7.65"  # 8.5, less a tenth
        export(graded, "moodle", graded / "class.csv")
        assert "q6 0, q8 1.5; 8.5 before" in table(graded / "moodle.csv")[1][4]
        export(graded, "marks", graded / "class.csv")
        head, first, *_ = table(graded / "marks.csv")
        ann = dict(zip(head, first))
        told = [ann[key] for key in ("name", "score", "final_score", "q8", "flags")]
        assert told == ["Ann Miller", "8.5", "7.65", "1.5", "secret flag"]
    finally:
        give(graded, "ann", None)
    assert {one.student: one.waiting for one in marked(graded)} == {"ann": ["q8"], "bob": ["q8"], "cy": [], "zed": []}


def test_free_days_are_counted_over_the_homeworks_before(graded, tmp_path):
    assert free_days_spent([graded]) == {"ann": 1, "bob": 0, "cy": 0, "zed": 0}
    keep(tmp_path, "hw04_posterior", [(Submission("ann", Path("a"), late=Late(days=3, free=2)), NOTHING_SAID)])
    assert free_days_spent([graded, tmp_path])["ann"] == 3
    with pytest.raises(GradingError, match="are both of hw05_e_step: its free days would count twice"):
        free_days_spent([graded, graded])


NOTHING_SAID: dict = {"verdicts": {}, "notes": [], "flags": []}


def test_what_tells_the_time_is_said_and_canvas_is_believed_by_nobody_but_the_teacher(capsys):
    rules = Rules(datetime(2026, 12, 1, 12, tzinfo=UTC), UTC, penalty=Fraction(1, 10))
    known = Person("ann", "Ann", handed_in="2026-12-02T12:00")
    found = [
        Submission("ann", Path("ann_LATE_1_2_hw05.ipynb"), person=known),
        Submission("bob", Path("hw5_bob_attempt_2026-12-01-11-59-00_LATE_.ipynb")),
        Submission("cy", Path(), notes=[ABSENT]),
    ]
    _time(found, rules, False, {})
    assert [one.late.days if one.late else None for one in found] == [1, 0, None]
    assert [one.notes for one in found] == [[], ["its name says that Canvas took it for late"], [ABSENT]]
    assert capsys.readouterr().out == "due 2026-12-01 12:00 (UTC+0000); told by the roster: 1, its name: 1\n"


def test_a_folder_without_a_class_is_told(tmp_path):
    with pytest.raises(GradingError, match="no class is graded"):
        export(tmp_path, "marks")
    (tmp_path / "class.json").write_text("{")
    with pytest.raises(GradingError, match="is damaged"):
        export(tmp_path, "marks")
