"""The roster, late days and penalties: who, when, and what remains of a score, against tables made by hand."""

import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gmm_course.grading.course import GradingError
from gmm_course.grading.lateness import Late, handed_in, lateness, read_rules
from gmm_course.grading.roster import ABSENT, STRANGER, assign, read_roster
from gmm_course.grading.submissions import Submission, Unreadable, _files_of, unpack

# The roster is read strictly

GOOD = "id,name,mail,lms_id\nann,Ann Miller,ann@uni.edu,101\nbob,Bob Ng,bob@uni.edu,102\ncy,Zoë Ångström,,\n"


def roster(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "class.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_roster_is_read_in_its_order_with_or_without_a_mark_at_its_start(tmp_path):
    for encoding in ("utf-8", "utf-8-sig"):
        people = read_roster(roster(tmp_path, GOOD.replace("\n", "\r\n") + "\r\n", encoding))
        assert [(one.id, one.name, one.mail, one.lms_id) for one in people] == [
            ("ann", "Ann Miller", "ann@uni.edu", "101"),
            ("bob", "Bob Ng", "bob@uni.edu", "102"),
            ("cy", "Zoë Ångström", "", ""),
        ]


REFUSED = {
    "nothing": ("", "row 1: is missing"),
    "semicolons": (GOOD.replace(",", ";"), "row 1: the columns are separated by semicolons; they must be"),
    "no id": (GOOD.replace("id,", "student,", 1), "row 1: names no column id; it has student"),
    "unknown column": (GOOD.replace("mail", "e-mail", 1), "row 1: names 'e-mail'; allowed are id, name, mail"),
    "column twice": (GOOD.replace("lms_id", "mail", 1), "row 1: names mail twice"),
    "too few": (GOOD.replace(",,", ","), "row 4: has 3 entries; the first row names 4"),
    "empty id": (GOOD.replace("bob,", " ,", 1), "row 3: the id is empty"),
    "empty name": (GOOD.replace("Bob Ng", ""), "row 3: the name of 'bob' is empty"),
    "id twice": (GOOD.replace("bob,", "Ann,", 1), "row 3: the id 'Ann' stands in row 2 already"),
    "lms_id twice": (GOOD.replace("102", "101"), "row 3: the lms_id '101' stands in row 2 already"),
    "id with a path": (GOOD.replace("bob,", "../bob,", 1), "row 3: the id '../bob' must be"),
    "no mail": (GOOD.replace("bob@uni.edu", "bob at uni"), "row 3: 'bob at uni' is no mail address"),
    "a formula": (GOOD.replace("102", "=1+2"), "row 3: the lms_id '=1+2' must be"),
    "an open quote": (GOOD.replace("Bob Ng", '"Bob Ng'), "cannot be read as CSV"),
    "nobody": ("id,name\n", "names nobody"),
    "extension": ("id,name,extension\nann,Ann,soon\n", "row 2: ann: an extension must be days"),
    "handed in": ("id,name,handed_in\nann,Ann,today\n", "row 2: ann: a time must be like"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_roster_that_is_not_as_it_must_be_is_refused_with_its_row(tmp_path, case):
    text, said = REFUSED[case]
    with pytest.raises(GradingError, match="class.csv") as told:
        read_roster(roster(tmp_path, text))
    assert said in str(told.value)


def test_another_encoding_is_refused_and_all_mistakes_are_told_at_once(tmp_path):
    with pytest.raises(GradingError, match="row 4: is not UTF-8"):
        read_roster(roster(tmp_path, GOOD, "cp1252"))
    with pytest.raises(GradingError) as told:
        read_roster(roster(tmp_path, "id,name\n" + ",c\n" * 17))
    assert str(told.value).count("\n") == 10 and "and 7 more" in str(told.value)


# Whose is it?

WHOSE = {
    "ann.ipynb": "ann",
    "ANN.ipynb": "ann",
    "millerann_101_7788_hw05_e_step.ipynb": "ann",  # Canvas
    "millerann_LATE_101_7788_hw05_e_step-1.ipynb": "ann",
    "Ann Miller_5512_assignsubmission_file_hw05.ipynb": "ann",  # Moodle
    "Ångström Zoë_5513_assignsubmission_file": "cy",
    "homework5_bob_attempt_2026-12-01-10-00-00_hw05.ipynb": "bob",  # Blackboard
    "4411-99 - Bob Ng - Dec 1, 2026 1105 AM": "bob",  # Brightspace
    "Miller, Ann.ipynb": "ann",
    "102.zip": "bob",
    "bob@uni.edu.ipynb": "bob",
    "smith_999_7_hw05.ipynb": None,
    "Bob.ipynb": "bob",
    "Miller.ipynb": None,
}


@pytest.mark.parametrize("called", WHOSE)
def test_a_submission_is_known_by_what_platforms_call_it(tmp_path, called):
    found = assign([Submission("as_it_was", Path(called))], read_roster(roster(tmp_path, GOOD)))
    present = [one for one in found if ABSENT not in one.notes]
    assert len(present) == 1 and (present[0].person.id if present[0].person else None) == WHOSE[called]
    assert present[0].student == (WHOSE[called] or "as_it_was")
    assert (STRANGER in present[0].notes) == (WHOSE[called] is None)
    assert {one.student for one in found} >= {"ann", "bob", "cy"} and len(found) == 3 + (WHOSE[called] is None)


def test_nobody_is_dropped_who_hands_in_twice_or_bears_anothers_name(tmp_path):
    text = "id,name\nann,Ann Miller\nann_2,Ann Miller\n"
    called = ["ann.ipynb", "ANN.zip", "Ann Miller.ipynb"]
    found = assign([Submission(Path(one).stem, Path(one)) for one in called], read_roster(roster(tmp_path, text)))
    rows = {one.student: (one.path.name, "; ".join(one.notes)) for one in found}
    assert rows["ann"] == ("ann.ipynb", "") and rows["ann_2"] == ("", ABSENT)
    second = next(notes for name, notes in rows.values() if name == "ANN.zip")
    assert second == "ann handed in 2 times; the first of them is in the row ann"
    assert next(notes for name, notes in rows.values() if name == "Ann Miller.ipynb") == STRANGER
    assert len({student.lower() for student in rows}) == len(rows) == 4


# Late days. In Berlin the clocks go from 2:00 to 3:00 on 29 March 2026, and from 3:00 back to 2:00 on 25 October.

COURSE = """
zone = "Europe/Berlin"
grace = "15m"
late_days = 2
penalty = "10%/day"
at_least = "50%"

[due]
hw5 = "2026-12-01T23:59"
hw6 = "2026-03-28T12:00"
hw7 = "2026-10-24T12:00"
hw8 = "2026-12-01T23:59+00:00"
"""

# (homework, handed in, extension, free days spent) -> (days late, free ones, what remains of 17 points)
BY_HAND = [
    ("hw5", "2026-11-30T10:00", "", 0, 0, 0, 17),
    ("hw5", "2026-12-01T23:59", "", 0, 0, 0, 17),  # exactly at the deadline
    ("hw5", "2026-12-02T00:14", "", 0, 0, 0, 17),  # exactly at the end of the grace
    ("hw5", "2026-12-02T00:14:01", "", 0, 1, 1, 17),  # a second later a day has begun, counted from the deadline
    ("hw5", "2026-12-02T00:14:01", "", 2, 1, 0, 15.3),
    ("hw5", "2026-12-02T23:59", "", 2, 1, 0, 15.3),  # the last second of the first day
    ("hw5", "2026-12-02T23:59:01", "", 2, 2, 0, 13.6),
    ("hw5", "2026-12-04T08:00", "", 0, 3, 2, 15.3),
    ("hw5", "2026-12-04T08:00", "", 1, 3, 1, 13.6),
    ("hw5", "2026-12-06T08:00", "", 2, 5, 0, 8.5),  # 50% off is the floor
    ("hw5", "2027-01-01T08:00", "", 5, 31, 0, 8.5),
    ("hw5", "2026-12-04T08:00", "3", 2, 0, 0, 17),  # three days of extension
    ("hw5", "2026-12-05T00:30", "3", 2, 1, 0, 15.3),
    ("hw5", "2026-12-03T23:59", "2026-12-03", 2, 0, 0, 17),  # an extension to a date keeps the time of day
    ("hw5", "2026-12-04T00:20", "2026-12-03", 2, 1, 0, 15.3),
    ("hw5", "2026-12-03T12:16", "2026-12-03T12:00", 2, 1, 0, 15.3),
    ("hw5", "2026-12-01T22:59+00:00", "", 2, 0, 0, 17),  # 23:59 in Berlin
    ("hw5", "2026-12-01T23:15+00:00", "", 2, 1, 0, 15.3),  # 0:15 in Berlin
    ("hw6", "2026-03-29T12:00", "", 2, 1, 0, 15.3),  # a day of 23 hours
    ("hw6", "2026-03-29T12:00:01", "", 2, 2, 0, 13.6),  # 23 hours and a second
    ("hw7", "2026-10-25T12:00", "", 2, 1, 0, 15.3),  # a day of 25 hours
    ("hw7", "2026-10-25T12:00:01", "", 2, 2, 0, 13.6),
    ("hw8", "2026-12-02T00:30+00:00", "", 2, 1, 0, 15.3),  # an offset of its own beats the zone
    ("hw8", "2026-12-02T01:14", "", 2, 0, 0, 17),  # on the clock of Berlin: 0:14 UTC
]


@pytest.fixture
def course(tmp_path):
    path = tmp_path / "course.toml"
    path.write_text(COURSE, encoding="utf-8")
    return path


@pytest.mark.parametrize("row", BY_HAND, ids=lambda row: " ".join(map(str, row[:4])))
def test_days_free_days_and_the_score_that_remains(course, row):
    homework, at, extension, spent, days, free, final = row
    late = lateness(read_rules(course, homework), datetime.fromisoformat(at), "its name", extension, spent)
    assert (late.days, late.free, late.final(17)) == (days, free, final)
    assert Late.from_dict(late.as_dict()) == late


def test_the_reason_is_told_and_an_unknown_time_is_not_late(course):
    rules = read_rules(course, "hw5")
    assert rules.described() == "due 2026-12-01 23:59 (Europe/Berlin)"
    late = lateness(rules, datetime(2026, 12, 7, 1), "the time in the zip", "1", 1)
    assert late.reason == "5 days late by the time in the zip; after an extension of 1 day; 1 of them free; 40% off"
    assert late.at == "2026-12-07 01:00:00 (the time in the zip)"
    unknown = lateness(rules, None, "")
    assert (unknown.days, unknown.final(7.25), unknown.at) == (0, 7.25, "")
    assert unknown.reason == "not late, as nothing tells when it was handed in"
    assert lateness(rules, datetime(2026, 12, 2), "its name").reason == "within the grace"


def test_without_a_zone_this_machines_clock_counts(tmp_path):
    path = tmp_path / "course.toml"
    path.write_text('penalty = "25%/day"\n[due]\nhw5 = "2026-07-01T12:00"\n', encoding="utf-8")
    rules = read_rules(path, "hw5")
    noon = datetime(2026, 7, 1, 12).astimezone()
    assert "this machine's zone" in rules.described()
    assert lateness(rules, noon, "").days == 0
    assert lateness(rules, datetime.fromtimestamp(noon.timestamp() + 1, UTC), "").final(10) == 7.5


RULES_REFUSED = {
    "penalty = 10\n": "penalty must be from",
    'penalty = "10%"\n': 'penalty must be from "0%/day" to "100%/day"; got \'10%\'',
    'at_least = "150%"\n': "at_least must be from",
    'grace = "quarter"\n': "grace must be minutes, hours or days",
    "late_days = -1\n": "late_days must be a whole number",
    "late_days = true\n": "late_days must be a whole number",
    'zone = "Berlin"\n': "zone must be the name of a time zone",
    'pennalty = "10%/day"\n': "pennalty is not known; allowed are zone, grace",
    "penalty = \n": "cannot be read as TOML",
}


@pytest.mark.parametrize("rule", RULES_REFUSED)
def test_a_rule_that_cannot_be_kept_is_refused(tmp_path, rule):
    path = tmp_path / "course.toml"
    path.write_text(rule + '[due]\nhw5 = "2026-12-01T23:59"\n', encoding="utf-8")
    with pytest.raises(GradingError, match="course.toml") as told:
        read_rules(path, "hw5")
    assert RULES_REFUSED[rule] in str(told.value)


def test_a_homework_without_a_deadline_is_told(course, tmp_path):
    with pytest.raises(GradingError, match="has no deadline for hw9"):
        read_rules(course, "hw9")
    course.write_text('[due]\nhw5 = "tomorrow"\n', encoding="utf-8")
    with pytest.raises(GradingError, match="a time must be like .* got 'tomorrow'"):
        read_rules(course, "hw5")
    with pytest.raises(GradingError, match="must be a TOML file"):
        read_rules(tmp_path / "nothing.toml", "hw5")


# When it was handed in


def test_a_name_tells_the_time_before_the_file_does(tmp_path):
    moments = {
        "hw5_ann_attempt_2026-12-01-23-58-10_hw05.ipynb": datetime(2026, 12, 1, 23, 58, 10),
        "1-2 - Ann Miller - Dec 1, 2026 1158 PM": datetime(2026, 12, 1, 23, 58),
        "hw5_ann_attempt_2026-02-31-23-58-10_hw05.ipynb": None,
    }
    for name, at in moments.items():
        assert handed_in(tmp_path / name, False) == (at, "its name")


def test_a_file_tells_its_time_and_a_folder_that_of_its_newest(tmp_path):
    for name, at in {"a/x.ipynb": 1_000_000_000, "a/sub/y.csv": 1_100_000_000, "b.ipynb": 1_200_000_000}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (at, at))
    assert handed_in(tmp_path / "a", False) == (datetime.fromtimestamp(1_100_000_000, UTC), "the time of its file")
    assert handed_in(tmp_path / "b.ipynb", False)[0] == datetime(2008, 1, 10, 21, 20, tzinfo=UTC)


def test_the_zip_of_a_class_tells_the_time_on_its_own_clock(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("ann.ipynb", (2026, 12, 1, 23, 58, 10)), "{}")
        archive.writestr(zipfile.ZipInfo("bob.ipynb", (1980, 1, 1, 0, 0, 0)), "{}")  # a zip that knows no time
    folder = unpack(tmp_path / "class.zip", tmp_path / "class")
    assert handed_in(folder / "ann.ipynb", True) == (datetime(2026, 12, 1, 23, 58, 10), "the time in the zip")
    assert handed_in(folder / "bob.ipynb", True) == (None, "")


def test_a_zip_of_a_class_may_be_large_and_none_of_it_is_dropped(tmp_path):
    for name in ("class", "student"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            for number in range(501):
                archive.writestr(f"{number}.ipynb", "{}")
    folder = unpack(tmp_path / "class.zip", tmp_path / "unpacked")
    assert len(list(folder.iterdir())) == 501
    with pytest.raises(Unreadable, match="holds more than 500 files"):
        _files_of(tmp_path / "student.zip", [])
