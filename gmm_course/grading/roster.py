"""The roster: who is in the class, from a CSV file that is read strictly, and whose each submission is.

Columns: ``id`` and ``name``, and whichever of ``mail``, ``lms_id`` (the learning platform's own number), ``extension``
(more time: days, a date, or a date with a time) and ``handed_in`` (a time that counts before every other) there are.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .course import GradingError
from .lateness import Wrong, extension_of, moment
from .submissions import Submission, Unreadable, collect, unpack

NEEDED = ("id", "name")
OPTIONAL = ("mail", "lms_id", "extension", "handed_in")
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_SAID = 10  # mistakes told at once
ABSENT = "not handed in"
STRANGER = "nobody on the roster"

# How learning platforms name what a student handed in.
CANVAS = re.compile(r"[^_]+_(?:LATE_)?(?P<number>\d+)_\d+_.+")
MOODLE = re.compile(r"(?P<name>.+)_\d+_assignsubmission_.*")
BLACKBOARD = re.compile(r".+_(?P<number>[^_]+)_attempt_\d{4}-.+")
BRIGHTSPACE = re.compile(r"\d+-\d+ - (?P<name>.+?) - .+")


@dataclass(frozen=True)
class Person:
    """One row of the roster; what it does not say is empty."""

    id: str
    name: str
    mail: str = ""
    lms_id: str = ""
    extension: str = ""
    handed_in: str = ""


def read_roster(path: Path) -> list[Person]:
    """The people of a roster, in its order.

    Raises
    ------
    GradingError
        If anything in it is not as it must be: a sentence for each mistake, with its row.
    """
    rows = _rows(path)
    head = [name.strip() for name in rows[0][1]] if rows else []
    if wrong := _wrong_head(head, rows):
        raise GradingError(f"{path.name}, row 1: {wrong}")
    people, mistakes, seen = [], [], {}
    for line, row in rows[1:]:
        if len(row) != len(head):
            mistakes.append(f"row {line}: has {len(row)} entries; the first row names {len(head)} columns")
            continue
        person = Person(**dict(zip(head, map(str.strip, row))))
        mistakes += [f"row {line}: {said}" for said in (*_wrong(person), *_twice(person, line, seen))]
        people.append(person)
    if mistakes:
        more = f"\n... and {len(mistakes) - MOST_SAID} more" if len(mistakes) > MOST_SAID else ""
        raise GradingError("\n".join(f"{path.name}, {said}" for said in mistakes[:MOST_SAID]) + more)
    if not people:
        raise GradingError(f"{path.name} names nobody: below its first row there must be one row a student")
    return people


def _rows(path):
    """(line, entries) of each row that is not empty."""
    if not path.is_file():
        raise GradingError(f"the roster must be a CSV file; {path} is none")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GradingError(
            f'{path.name}, row {line}: is not UTF-8; save the file as "CSV UTF-8", so that no name is spoilt'
        ) from None
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        raise GradingError(f"{path.name}, row {reader.line_num}: cannot be read as CSV ({error})") from None


def _wrong_head(head, rows):
    if not rows:
        return "is missing; it must name the columns: " + ", ".join((*NEEDED, *OPTIONAL))
    if len(head) == 1 and (kind := next((mark for mark in SEPARATORS if mark in head[0]), None)):
        return f"the columns are separated by {SEPARATORS[kind]}; they must be separated by commas"
    if missing := [name for name in NEEDED if name not in head]:
        return f"names no column {' and '.join(missing)}; it has {', '.join(head)}"
    if unknown := [name for name in head if name not in NEEDED + OPTIONAL]:
        return f"names {', '.join(map(repr, unknown))}; allowed are {', '.join((*NEEDED, *OPTIONAL))}"
    if twice := [name for name in dict.fromkeys(head) if head.count(name) > 1]:
        return f"names {', '.join(twice)} twice"
    return ""


def _wrong(person):
    """What is wrong with a row by itself."""
    if not person.id:
        yield "the id is empty"
    elif not re.fullmatch(r"[\w@+-][\w.@+-]{0,79}", person.id):
        yield f"the id {person.id!r} must be of at most 80 letters, digits and . _ - @ +, no full stop first"
    if not person.name:
        yield f"the name of {person.id!r} is empty"
    if person.mail and not re.fullmatch(r"\w[^\s@,;]*@[^\s@,;]+", person.mail):
        yield f"{person.mail!r} is no mail address"
    if person.lms_id and not re.fullmatch(r"\w[\w.@-]*", person.lms_id):
        yield f"the lms_id {person.lms_id!r} must be of letters, digits and . _ - @, and begin with a letter or a digit"
    try:
        extension_of(person.extension)
        moment(person.handed_in) if person.handed_in else None
    except Wrong as error:
        yield f"{person.id}: {error}"


def _twice(person, line, seen):
    """What another row says already; ids that differ in capitals alone would share a file."""
    for name in ("id", "mail", "lms_id"):
        value = getattr(person, name).lower()
        first = seen.setdefault((name, value), line)
        if value and first != line:
            yield f"the {name} {getattr(person, name)!r} stands in row {first} already"


# Whose is it?


def collect_class(submissions: Path, name: str, folder: Path, people: list[Person]) -> list[Submission]:
    """What a class handed in, by the roster if there is one; a zip of it all is unpacked into ``folder``.

    Raises
    ------
    GradingError
        If ``submissions`` is neither a folder nor a zip that can be unpacked.
    """
    if not submissions.is_dir() and submissions.suffix != ".zip":
        raise GradingError(f"submissions must be a folder or a zip; {submissions} is none")
    submissions = submissions.resolve()
    if submissions.is_file():
        folder.mkdir()
        try:
            submissions = unpack(submissions, folder)
        except Unreadable as error:
            raise GradingError(f"submissions must be a folder or a zip: {error}") from None
    found = collect(submissions, name)
    return assign(found, people) if people else found


def assign(found: Iterable[Submission], people: list[Person]) -> list[Submission]:
    """Call each submission by its student's id, note what is nobody's, and add an empty one for whoever handed in none.

    A submission is known by the id, by the name, the mail or the lms_id of a student as it is called, or as Canvas,
    Moodle, Blackboard and Brightspace call it. Whoever handed in twice has two rows, and the teacher decides.
    """
    found = list(found)
    owners = [_owner(one, people) for one in found]
    taken: dict[str, int] = {}
    for one, person in zip(found, owners):
        one.person = person
        if person is None:
            one.notes.append(STRANGER)
            continue
        taken[person.id] = taken.get(person.id, 0) + 1
        one.student = person.id if taken[person.id] == 1 else f"{person.id}_{taken[person.id]}"
        if taken[person.id] > 1:
            one.person = None
            one.notes.append(
                f"{person.id} handed in {taken[person.id]} times; the first of them is in the row {person.id}"
            )
    _make_distinct(found, people)
    absent = [
        Submission(person.id, Path(), notes=[ABSENT], person=person) for person in people if person.id not in taken
    ]
    return sorted(found + absent, key=lambda one: one.student.lower())


def _make_distinct(found, people):
    """A stranger, or a second hand-in, must not bear the name of somebody on the roster."""
    names = {person.id.lower() for person in people}
    for one in (one for one in found if one.person is None):
        while one.student.lower() in names:
            one.student += "_2"
        names.add(one.student.lower())


def _owner(submission, people):
    """The one person whom the name of a submission fits; None if there is none, or more than one."""
    entry = submission.path
    called = entry.stem if entry.suffix in (".ipynb", ".zip", ".txt") else entry.name
    for fits in (_by_id, _by_platform, _by_name):
        if len(owners := [person for person in people if fits(person, called)]) == 1:
            return owners[0]
    return None


def _by_id(person, called):
    return person.id.lower() == called.lower()


def _by_platform(person, called):
    for form in (BLACKBOARD, CANVAS):
        if match := form.fullmatch(called):
            return match["number"].lower() in (person.id.lower(), person.lms_id.lower())
    for form in (MOODLE, BRIGHTSPACE):
        if match := form.fullmatch(called):
            return _words(match["name"]) == _words(person.name)
    return False


def _by_name(person, called):
    keys = (person.lms_id.lower(), person.mail.lower())
    return bool(called) and (called.lower() in keys or _words(called) == _words(person.name))


def _words(name):
    """The words of a name whatever their order: "Miller, Ann" and "Ann_Miller" are one."""
    return sorted(re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold().replace("_", " ")))


__all__ = ["ABSENT", "STRANGER", "Person", "assign", "collect_class", "read_roster"]
