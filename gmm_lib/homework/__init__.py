"""Homework that says what is wrong: checks with fresh inputs that name the mistake an answer shows.

In a notebook::

    from gmm_lib.homework import check, progress

    check("hw5.q3", responsibilities)   # one exercise
    progress("hw5")                     # what is done so far

Nothing here needs a network, and a check takes well under a second. :mod:`gmm_lib.homework.exercises` says how an
exercise is declared; the exercises themselves live in one private module a homework.
"""

from ._catalogue import exercise, homework, homeworks
from ._session import NotYetRight, check, grade, progress

__all__ = ["NotYetRight", "check", "exercise", "grade", "homework", "homeworks", "progress"]
