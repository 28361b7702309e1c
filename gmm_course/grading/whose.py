"""Whose numbers the pencil exercises of a submission are judged on: those of who hands it in.

A notebook says in ``begin("hw5", student="ann")`` whose numbers it was worked with. That is read, never run, and it
decides nothing but what the teacher is told, unless nobody knows who handed it in.
"""

import ast
import re
from dataclasses import dataclass

from nbformat import NotebookNode

from ..checker.catalogue import homework
from ..checker.drawn import Drawn
from ..checker.lots import key_of
from .flags import syntax_of
from .stamping import CHECK

RULES = ("shared", "own")  # what a notebook gets that was begun without a name: the text's numbers, or its owner's


@dataclass(frozen=True)
class Whose:
    """Whose numbers count.

    Attributes
    ----------
    student : str
        Empty for the numbers of the text.
    others : tuple of str
        With whose the notebook was worked, if that is somebody else.
    note : str
        For the teacher, if there is something to say.
    """

    student: str = ""
    others: tuple = ()
    note: str = ""


def whose_numbers(notebook: NotebookNode, source: NotebookNode, student: str, rule: str = RULES[0]) -> Whose:
    """Decide it for one submission.

    Parameters
    ----------
    notebook : NotebookNode
        As it was handed in.
    source : NotebookNode
        The homework with its solutions.
    student : str
        Who handed it in; empty if nobody knows, and then the notebook is believed.
    rule : str
        One of :data:`RULES`.

    Raises
    ------
    ValueError
        If there is no such rule.
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}; got {rule!r}.")
    homework_id = next(found["homework"] for cell in source.cells if (found := CHECK.search(cell.source)))
    if not any(isinstance(exercise, Drawn) for exercise in homework(homework_id).exercises):
        return Whose()
    begun, name = _begun(notebook, homework_id)
    if not student:
        return Whose(name)
    judged = f"judged on the numbers of '{student}'"
    if not begun:
        return Whose(student, (), f"begun without a name; {judged}") if rule == "own" else Whose()
    if not name:
        return Whose(student, (), f"begun with a name that cannot be read; {judged}")
    if key_of(name) != key_of(student):
        return Whose(student, (name,), f"worked with the numbers of '{name}'; {judged}")
    return Whose(student)


def _begun(notebook, homework_id):
    """Whether the notebook was begun with a name, and the name; empty if it is not written out."""
    begun, name = False, ""
    for cell in notebook.cells:
        for call in ast.walk(syntax_of(cell.source)) if cell.cell_type == "code" else ():
            if _calls_begin(call) and _written(call.args[0]) == homework_id:
                given = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "student")]
                name = re.sub(r"\s+", " ", _written(given[0])).strip()[:80] if given else ""
                begun = bool(given) and (bool(name) or not isinstance(given[0], ast.Constant))
    return begun, name


def _calls_begin(node):
    return (
        isinstance(node, ast.Call) and "begin" == getattr(node.func, "id", getattr(node.func, "attr", "")) and node.args
    )


def _written(node):
    """A text, or a whole number, that stands there; empty for anything else."""
    value = node.value if isinstance(node, ast.Constant) else ""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
