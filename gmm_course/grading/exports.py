"""Marks for a learning platform: a CSV file that Canvas or Moodle imports, from nbgrader's gradebook as it is now.

Canvas knows people by the number in its column ``ID``, which the roster calls lms_id; below the head of its file there
is a row of points possible. Moodle asks at import which column is whose: a mail address or an ID number. Whoever
cannot be named to the platform is left out, and told of.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook

from .course import COURSE_ID
from .lateness import Late
from .marks import exercise_of, inert, plain, write_marks
from .results import recall
from .roster import Person, read_roster

PLATFORMS = ("canvas", "moodle", "marks")


@dataclass
class Marked:
    """What one student has: the score before and after what lateness takes, each exercise's points, what waits."""

    student: str
    score: float
    max_score: float
    late: Late
    points: dict
    waiting: list = field(default_factory=list)

    @property
    def final(self) -> float:
        """The score that counts."""
        return self.late.final(self.score)


def marked(output: Path) -> Iterator[Marked]:
    """What everybody has who is in a graded folder, with the points that were given by hand since."""
    name, rows = recall(output)
    with Gradebook(f"sqlite:///{output / 'course' / 'gradebook.db'}", COURSE_ID) as gradebook:
        for one, _ in rows:
            found = gradebook.find_submission_notebook(name, name, one.student)
            points = {exercise_of(grade.name): grade.score or 0 for grade in found.grades if grade.max_score}
            waiting = [exercise_of(grade.name) for grade in found.grades if grade.needs_manual_grade]
            yield Marked(one.student, found.score, found.max_score, one.late or Late(), points, waiting)


def export(output: Path, to: str, roster: Path | None = None, column: str = "", by: str = "mail") -> list[str]:
    """Write the marks of a graded folder for a platform, and return what the teacher should know, in sentences.

    Parameters
    ----------
    output : Path
        In which a class was graded. Gets canvas.csv, moodle.csv, or a new marks.csv.
    to : {"canvas", "moodle", "marks"}
    roster : Path or None
        The roster, read afresh. Only "marks" goes without.
    column : str
        What the platform calls the homework; without it "Homework 5".
    by : {"mail", "lms_id"}
        By what Moodle is to know people.

    Raises
    ------
    GradingError
        If nothing is graded there, or the roster cannot be read.
    """
    name, rows = recall(output)
    people = {person.id: person for person in read_roster(roster)} if roster else {}
    class_ = list(marked(output))
    told = _waiting(class_)
    if to == "marks":
        for submission, _ in rows:
            submission.person = people.get(submission.student)
        write_marks(output / "course", name, rows, output / "marks.csv")
        return [*told, f"marks: {output / 'marks.csv'}"]
    by = "lms_id" if to == "canvas" else by
    known = [(people[one.student], one) for one in class_ if getattr(people.get(one.student), by, "")]
    table = {"canvas": _canvas, "moodle": _moodle}[to](known, column or f"Homework {int(name[2:4])}")
    target = output / f"{to}.csv"
    with target.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(table)
    told += _left_out(class_, people, by)
    return [*told, f"{len(known)} of {len(class_)} are in {target}"]


def _canvas(known: list[tuple[Person, Marked]], column: str) -> Iterator[list]:
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column]
    most = known[0][1].max_score if known else 0
    yield ["    Points Possible", "", "", "", "", plain(most)]  # Canvas knows the row by these words and blanks
    for person, one in known:
        yield [inert(person.name), person.lms_id, "", "", "", plain(one.final)]


def _moodle(known: list[tuple[Person, Marked]], column: str) -> Iterator[list]:
    yield ["Full name", "ID number", "Email address", column, f"{column} (feedback)"]
    for person, one in known:
        yield [inert(person.name), person.lms_id, person.mail, plain(one.final), _feedback(one)]


def _feedback(one):
    """What a student may read: the points of each exercise, and what lateness took. No notes, no flags."""
    said = [f"{exercise} {plain(score)}" for exercise, score in one.points.items() if exercise not in one.waiting]
    lateness = f"; {plain(one.score)} before lateness: {one.late.reason}" if one.late.kept < 1 else ""
    waiting = f"; not yet marked: {', '.join(one.waiting)}" if one.waiting else ""
    return ", ".join(said) + lateness + waiting


def _waiting(class_):
    """The texts that nobody has marked yet, in one sentence."""
    texts = [f"{one.student} {exercise}" for one in class_ for exercise in one.waiting]
    if not texts:
        return []
    count = "1 text waits" if len(texts) == 1 else f"{len(texts)} texts wait"
    return [f"{count} to be marked, and until then without points: {', '.join(texts)}"]


def _left_out(class_, people, by):
    strangers = [one.student for one in class_ if one.student not in people]
    nameless = [one.student for one in class_ if one.student in people and not getattr(people[one.student], by)]
    if strangers:
        yield f"left out, as they are not on the roster: {', '.join(strangers)}"
    if nameless:
        yield f"left out, as the roster has no {by} for them: {', '.join(nameless)}"


__all__ = ["PLATFORMS", "Marked", "export", "marked"]
