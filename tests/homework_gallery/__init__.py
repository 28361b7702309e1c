"""Answers that students give, right and wrong, one module a homework: each has RIGHT and WRONG, lists of these.

Where there are texts that a teacher reads, it has HINTED as well.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Right:
    """An answer that must be accepted, written in a style of its own."""

    exercise: str
    style: str
    answer: Any


@dataclass(frozen=True)
class Wrong:
    """An answer that must be refused; ``named`` is the verdict's name, None where only a counterexample is expected."""

    exercise: str
    what: str
    answer: Any
    named: str | None


@dataclass(frozen=True)
class Hinted:
    """A text that a teacher reads: the check takes it as it is, with a hint; ``named`` is the verdict's name."""

    exercise: str
    what: str
    answer: Any
    named: str


def modules():
    """The gallery's modules, in order."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("hw*.py"))
    return [import_module(f"homework_gallery.{name}") for name in names]
