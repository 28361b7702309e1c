"""Mistakes in one part of an answer that has several: each is named, whatever the other parts hold."""

from collections.abc import Callable

from ..checker.exercise import Mistake


def in_part(part: str, rule: Callable, right: Callable, name: str, message: str, link: str | None = None) -> Mistake:
    """The mistake of whoever gets one part by ``rule`` and the others as the ``right`` answer does; the rest as in
    :class:`~gmm_course.checker.exercise.Mistake`."""

    def wrong(*arguments):
        return {**right(*arguments), part: rule(*arguments)}

    return Mistake(name=name, message=message, wrong=wrong, part=part, link=link)
