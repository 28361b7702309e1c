"""Show a function's own source in a notebook, so that the book never holds a pasted copy that could grow stale."""

import ast
import inspect
import textwrap

from .validation import as_flag


class Source:
    """Source code that a notebook shows with colours, and a terminal as plain text."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return f"```python\n{self.text}\n```"


def show_source(*objects, docstring=False):
    """The source of functions, methods or classes, without their docstrings unless asked for.

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
            following = lines[first.end_lineno : first.end_lineno + 1]
            blank_after = isinstance(node, ast.ClassDef) is False and following == [""]
            del lines[first.lineno - 1 : first.end_lineno + blank_after]
    return "\n".join(lines)
