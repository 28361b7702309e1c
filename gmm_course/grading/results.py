"""What a graded folder remembers beside nbgrader's gradebook: who handed in what and when, and what was noticed.

The gradebook alone holds points, so that those given by hand are never a copy.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from .course import GradingError
from .lateness import Late
from .submissions import Submission

FILE = "class.json"


def keep(output: Path, name: str, graded: Iterable[tuple[Submission, dict]]) -> None:
    """Write what is remembered of a class: of each its submission and what the judge said."""
    rows = [
        {
            "student": one.student,
            "handed_in": one.path.name,
            "late": one.late.as_dict() if one.late else None,
            "notes": one.notes,
            "judged": {"verdicts": judged["verdicts"], "notes": judged["notes"], "flags": judged["flags"]},
        }
        for one, judged in graded
    ]
    (output / FILE).write_text(json.dumps({"homework": name, "class": rows}, indent=1), encoding="utf-8")


def recall(output: Path) -> tuple[str, list[tuple[Submission, dict]]]:
    """The homework's name, and what :func:`keep` wrote.

    Raises
    ------
    GradingError
        If the folder is not one in which a class was graded.
    """
    try:
        told = json.loads((output / FILE).read_text(encoding="utf-8"))
    except OSError:
        raise GradingError(f"in {output} no class is graded: there is no {FILE}") from None
    except ValueError:
        raise GradingError(f"{output / FILE} is damaged; grade the class again into a new folder") from None
    return told["homework"], [(_submission(row), row["judged"]) for row in told["class"]]


def _submission(row):
    late = Late.from_dict(row["late"]) if row["late"] else None
    return Submission(row["student"], Path(row["handed_in"]), notes=row["notes"], late=late)


def free_days_spent(earlier: Iterable[Path]) -> dict[str, int]:
    """How many free days each student has used up in the homeworks that were graded into these folders.

    Raises
    ------
    GradingError
        If in one of them no class is graded, or two are of the same homework.
    """
    spent: dict[str, int] = {}
    seen: dict[str, Path] = {}
    for output in earlier:
        name, rows = recall(output)
        if name in seen:
            raise GradingError(f"{seen[name]} and {output} are both of {name}: its free days would count twice")
        seen[name] = output
        for one, _ in rows:
            spent[one.student] = spent.get(one.student, 0) + (one.late.free if one.late else 0)
    return spent
