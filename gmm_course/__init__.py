"""The homework's judge: checks with fresh inputs that name the mistake an answer shows.

In a notebook::

    from gmm_course import begin, check, progress, your_numbers

    begin("hw5", student="ann")         # whose numbers the pencil exercises ask for
    your_numbers("hw5.q1")              # which these are
    check("hw5.q3", responsibilities)   # one exercise
    progress("hw5")                     # what is done so far

Nothing here needs a network, and a check takes well under a second. ``gmm_course.checker`` judges,
``gmm_course.exercises`` says what is asked, ``gmm_course.answers`` holds the right answers, ``gmm_course.grading``
makes the notebooks and grades them, and ``gmm_course.bundles`` packs them for students.
"""

from .checker.catalogue import exercise, homework, homeworks
from .checker.session import NotYetRight, begin, check, grade, progress, your_numbers
from .checker.stubs import is_stub

__all__ = [
    "NotYetRight",
    "begin",
    "check",
    "exercise",
    "grade",
    "homework",
    "homeworks",
    "is_stub",
    "progress",
    "your_numbers",
]
