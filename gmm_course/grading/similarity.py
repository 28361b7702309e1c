"""How alike the answers of two students are, in what neither was given and few others have: for a teacher's eyes.

Code is read, never run. Of each exercise's cells the syntax alone counts: comments, docstrings, imports, hints, layout,
how a number is spelt and what a variable is called make no difference. Each statement is cut into short pieces
(shingles), so that code in another order has the same pieces. Pieces of the students' version, of the solution and of a
large part of the class are left out: short formulas are alike by nature.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from math import log

from nbformat import NotebookNode

from ..checker.exercise import Homework
from .flags import syntax_of
from .pages import sections

LENGTH = 9  # tokens in a piece
SHORTEST = 5  # tokens of a statement that is a piece by itself; a docstring has two
FEWEST = 12  # pieces of their own that two answers must have, to be compared at all
COMMON = 0.25  # of the class, at which a piece belongs to everybody
SO_MANY = 4  # but never fewer than so many
CODE = re.compile(r"^\s*[^\s#%!?]", re.MULTILINE)  # a line that is neither empty nor a comment nor a magic
SKIPPED = (ast.Import, ast.ImportFrom, ast.Pass, ast.expr_context)


@dataclass
class Answers:
    """One student's code, by exercise: its text, and its pieces."""

    student: str
    texts: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, set] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)  # exercises whose code is no Python


@dataclass(frozen=True)
class Pair:
    """Two students, how alike they are from 0 to 1, and in which exercise how much."""

    first: Answers
    second: Answers
    alike: float
    exercises: dict[str, float]


def answers_of(student: str, notebook: NotebookNode, parent: Homework) -> Answers:
    """The code of a mended notebook."""
    found = Answers(student)
    for short, cells in sections(notebook, parent).items():
        text = "\n\n".join(cell.source for _, cell in cells if cell.cell_type == "code")
        if not text.strip():
            continue
        found.texts[short] = text
        tree = syntax_of(text)
        found.pieces[short] = {piece for tokens in _statements(tree) for piece in _pieces(tokens)}
        if not tree.body and CODE.search(text):
            found.unread.append(short)
    return found


def pairs(class_: Iterable[Answers], known: Iterable[Answers], over: float) -> tuple[list[Pair], list[float]]:
    """The pairs that are alike by at least ``over``, most alike first, and how alike all pairs of the class are.

    ``known`` are answers that everybody may have: the students' version, the solution.
    """
    class_, known = list(class_), list(known)
    weights = _weights(class_, known)
    compared = [pair for pair in (_pair(*two, weights) for two in combinations(class_, 2)) if pair]
    alike = sorted((pair for pair in compared if pair.alike >= over), key=lambda pair: -pair.alike)
    return alike, sorted(pair.alike for pair in compared)


def _weights(class_, known):
    """{(exercise, piece): how much it tells}, by how few have it; what everybody may have is not in it."""
    given = {(short, piece) for one in known for short, pieces in one.pieces.items() for piece in pieces}
    counts = Counter((short, piece) for one in class_ for short, pieces in one.pieces.items() for piece in pieces)
    most = max(COMMON * len(class_), SO_MANY)
    return {
        key: log((len(class_) + 1) / number) for key, number in counts.items() if number <= most and key not in given
    }


def _pair(first, second, weights):
    """None if in no exercise both have enough of their own."""
    shared, whole, exercises = 0.0, 0.0, {}
    for short in first.pieces.keys() & second.pieces.keys():
        one, other = ({p for p in who.pieces[short] if (short, p) in weights} for who in (first, second))
        if min(len(one), len(other)) < FEWEST:
            continue
        common = sum(weights[short, piece] for piece in one & other)
        least = min(sum(weights[short, piece] for piece in own) for own in (one, other))
        exercises[short] = common / least
        shared, whole = shared + common, whole + least
    return Pair(first, second, shared / whole, dict(sorted(exercises.items()))) if whole else None


# Code without what makes no difference


def _pieces(tokens: list) -> Iterator[tuple]:
    """Every run of so many tokens of a statement; a variable is called by the place at which it first comes in it."""
    for start in range(max(len(tokens) - LENGTH, 0) + 1 if len(tokens) >= SHORTEST else 0):
        names: dict = {}
        yield tuple(
            names.setdefault(token, f"variable {len(names)}") if isinstance(token, _Variable) else token
            for token in tokens[start : start + LENGTH]
        )


class _Variable(str):
    """A name that the student chose."""


def _statements(tree: ast.AST) -> Iterator[list]:
    """The tokens of each statement by itself, of a loop or a function those of its head."""
    chosen = set(_chosen(tree))
    yield from (list(_walk(node, chosen)) for node in ast.walk(tree) if isinstance(node, ast.stmt))


def _chosen(tree):
    """The names that code itself gives: to variables, arguments, functions, classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def _walk(node, chosen):
    if isinstance(node, SKIPPED):
        return
    if isinstance(node, ast.Name):
        yield _Variable(node.id) if node.id in chosen else node.id
    elif isinstance(node, ast.arg):
        yield _Variable(node.arg)
    elif isinstance(node, ast.Constant):
        yield _spelt(node.value)
    else:
        yield type(node).__name__.replace("AnnAssign", "Assign")
        yield from (f".{name}" for name in (getattr(node, "attr", None), _keyword(node)) if name)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "type_comment", "decorator_list", "simple"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.stmt):
                    yield from _walk(child, chosen)


def _keyword(node):
    return node.arg if isinstance(node, ast.keyword) else None


def _spelt(value):
    """One spelling of a number: 1, 1.0 and 1e0 are the same."""
    try:
        return f"number {float(value)!r}" if isinstance(value, int | float) else f"constant {value!r}"
    except OverflowError:
        return f"number {value:x}"


__all__ = ["Answers", "Pair", "answers_of", "pairs"]
