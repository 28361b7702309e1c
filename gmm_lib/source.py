"""Show a function's own source in a notebook, so that the book never holds a pasted copy that could grow stale."""

import ast
import inspect
import textwrap
from collections.abc import Callable

from .validation import as_flag


class Source:
    """Source code that a notebook shows with colours, and a terminal as plain text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return f"```python\n{self.text}\n```"


def show_source(*objects: Callable, docstring: bool = False) -> Source:
    """The source of ``objects``, functions, methods or classes; without their docstrings, unless ``docstring`` is true.

    Raises
    ------
    ValueError
        If an object was not defined in Python source (a built-in, say), or there is none.
    """
    as_flag(docstring, "docstring")
    if not objects:
        raise ValueError("objects must be functions, methods or classes, at least one; got none.")
    return Source("\n\n\n".join(_source(obj, docstring) for obj in objects))


def _source(obj, docstring):
    try:
        text = textwrap.dedent(inspect.getsource(obj)).rstrip()
    except (OSError, TypeError):
        raise ValueError(f"objects must be defined in Python source; got {obj!r}.") from None
    return text if docstring else _without_docstrings(text)


def _without_docstrings(text):
    """Cut the docstrings by their line numbers: unlike ``ast.unparse`` this keeps comments and layout."""
    lines = text.splitlines()
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    for node in sorted(nodes, key=lambda node: -node.lineno):  # from the bottom up, so that the numbers stay true
        if ast.get_docstring(node) and len(node.body) > 1:
            first = node.body[0]
            end = first.end_lineno or first.lineno
            following = lines[end : end + 1]
            blank_after = isinstance(node, ast.ClassDef) is False and following == [""]
            del lines[first.lineno - 1 : end + blank_after]
    return "\n".join(lines)
