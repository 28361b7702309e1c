"""What a teacher should look at: answers that take the library's own function, or look for the judge.

A flag decides no mark. It names the exercise, the line and what stands there.
"""

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from .mending import grade_id

# Of the library these are tools of every homework; the rest is what the homework asks to be written.
TOOLS = (
    "gmm_lib.parameters",
    "gmm_lib.datasets",
    "gmm_lib.plots",
    "gmm_lib.EMStepper",
    "gmm_lib.stepper",
    "gmm_lib.source",
)
ANSWERED = ("gmm_lib", "sklearn.mixture")
COURSE = "gmm_course"
OF_THE_COURSE = {"begin", "check", "progress", "is_stub", "grade", "your_numbers"}
JUDGE = {"reference", "_reference", "with_answer", "ANSWERS", "GRADING_SEEDS", "_getframe", "__subclasses__", "f_back"}


def flags_of(notebook: NotebookNode, source: NotebookNode) -> list[str]:
    """What stands in a student's cells that stands in none of the source's: one sentence for each line."""
    allowed = {
        use for cell in source.cells if cell.cell_type == "code" for _, use in _uses(cell.source, _names(source))
    }
    names = _names(notebook)
    flags = []
    known = {grade_id(cell): cell.source for cell in source.cells if _locked(cell)}
    place = "the beginning"
    for cell in notebook.cells:
        place = _place(cell) or place
        if cell.cell_type != "code" or (_locked(cell) and grade_id(cell) in known):
            continue
        lines = cell.source.splitlines()
        for number, use in _uses(cell.source, names):
            if use not in allowed and (why := _why(use)):
                line = lines[number - 1].strip()[:100] if 0 < number <= len(lines) else ""
                flags.append(f"{place}, line {number}: {why}: {line}")
    return list(dict.fromkeys(flags))[:30]


def library_function(origin: str) -> str:
    """The library's function that ``origin`` names, without private parts; empty if it is none of its."""
    return origin if origin.startswith(("gmm_lib.", "sklearn.")) else ""


def _locked(cell):
    return bool(cell.metadata.get("nbgrader", {}).get("locked"))


def _place(cell):
    found = re.fullmatch(r"hw\d+-(\w+?)(-answer(-\d+)?)?", grade_id(cell) or "")
    return found[1] if found and found[1] != "given" else None


def _why(use):
    parts = use.split(".")
    if parts[-1] in JUDGE:
        return f"names {parts[-1]}"
    if parts[0] == COURSE:
        return "" if len(parts) == 1 or parts[1] in OF_THE_COURSE else "reaches into the course"
    if any(part.startswith("_") and not part.startswith("__") for part in parts) and parts[0] == "gmm_lib":
        return "reaches into a private module"
    if use.startswith(ANSWERED) and not use.startswith(TOOLS) and use != "gmm_lib":
        return "uses the library"
    return ""


def _names(notebook):
    """What each imported name of a notebook stands for, over all its cells: {"gaussian": "gmm_lib.gaussian"}."""
    names = {}
    for cell in notebook.cells:
        for node in ast.walk(syntax_of(cell.source)) if cell.cell_type == "code" else ():
            if isinstance(node, ast.Import):
                names |= {
                    alias.asname or alias.name.split(".")[0]: alias.name if alias.asname else alias.name.split(".")[0]
                    for alias in node.names
                }
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _uses(source: str, names: dict) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of all that is imported or named in a cell, as far as it can be read off."""
    for node in ast.walk(syntax_of(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.lineno, _dotted(node, names)
        elif isinstance(node, ast.Name) and node.id in names:
            yield node.lineno, names[node.id]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(COURSE + "."):
            yield node.lineno, node.value  # import_module("gmm_course.answers")


def _dotted(node, names):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    first = names.get(node.id, node.id) if isinstance(node, ast.Name) else "?"
    return ".".join([first, *reversed(parts)])


def syntax_of(source: str) -> ast.Module:
    """The syntax of a cell; magics are left out, and what cannot be read is empty."""
    lines = ["" if re.match(r"\s*[%!?]", line) else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse("")
