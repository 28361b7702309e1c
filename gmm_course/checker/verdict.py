"""What judging an answer comes to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """How an answer was judged.

    Attributes
    ----------
    right : bool
    name : str
        "correct", "unanswered", "differs", the name of a detector or of the exercise's
        :class:`~gmm_course.checker.exercise.Mistake`.
    message : str
        For the student; empty for a right answer, but for a hint on a text that a teacher reads.
    link : str or None
        Where the book explains it: "08_e_step#eq-11".
    later : str
        What is said only after several tries, before the message.
    share : float
        Of the points: 1 for a right answer, 0 for a wrong one, between them where parts are right (see
        ``checker.shares``).
    counted : str
        Which part that is: "2 of 3 parts are right."
    """

    right: bool
    name: str
    message: str = ""
    link: str | None = None
    later: str = ""
    share: float = 0.0
    counted: str = ""

    def __post_init__(self):
        if self.right:
            object.__setattr__(self, "share", 1.0)


CORRECT = Verdict(True, "correct")
