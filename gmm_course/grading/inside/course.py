"""``gmm_course`` as a submission sees it while it is graded: the names a notebook imports, and no judge behind them."""

from typing import Any

from gmm_course.checker.stubs import is_stub

__all__ = ["NotYetRight", "begin", "check", "grade", "is_stub", "progress", "your_numbers"]


class NotYetRight(AssertionError):
    """Never raised here: the judge sits elsewhere."""


def begin(homework_id: str, student: str | int = "") -> None:
    """Say nothing: whose numbers count is decided by who hands in."""


def your_numbers(exercise_id: str) -> None:
    """Say nothing, as :func:`begin`."""


def check(exercise_id: str, answer: Any, *, seed: int | None = None) -> None:
    """Say nothing: what an answer is worth is said by the judge, in another process."""


def grade(exercise_id: str, answer: Any, seeds: Any = ()) -> None:
    """Say nothing, as :func:`check`."""


def progress(homework_id: str | None = None) -> None:
    """Say nothing, as :func:`check`."""
