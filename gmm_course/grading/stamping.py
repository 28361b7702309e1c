"""What makes a notebook a homework: the metadata for nbgrader and the hidden tests, so that nobody types them."""

import re

from nbformat import NotebookNode

from ..checker.catalogue import exercise

CHECK = re.compile(
    r"^check\(\s*[\"'](?P<id>(?P<homework>hw\d+)\.(?P<short>\w+))[\"']\s*,\s*(?P<answer>.+?)\s*\)\s*$", re.MULTILINE
)
BEGIN = re.compile(r"^begin\(", re.MULTILINE)
NUMBERS = re.compile(r"^your_numbers\(\s*[\"'](?P<homework>hw\d+)\.(?P<short>\w+)[\"']\s*\)", re.MULTILINE)
DERIVATION = re.compile(r"<!-- derivation: (?P<homework>hw\d+)\.(?P<short>\w+) -->")
HIDDEN = re.compile(r"\n*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n?", re.DOTALL)


def stamp(notebook: NotebookNode) -> NotebookNode:
    """Give every cell of a source notebook the nbgrader metadata that follows from its text, in place.

    A cell with ``check("hw5.q3", answer)`` becomes the locked test of that exercise, with its points and its hidden
    test; a cell with ``### BEGIN SOLUTION`` becomes the answer to the exercise whose check comes next; every other
    code cell is locked, but for that with ``begin(``, in which students write their names. Where a teacher marks (a
    text, a derivation) the points belong to the answer itself, nbgrader's manually graded cell, and a check is a locked
    cell that only hints; the answer to a derivation is a text cell with ``<!-- derivation: hw5.q8 -->``.

    Raises
    ------
    ValueError
        If a check names an exercise that does not exist.
    """
    upcoming = _upcoming(notebook)
    used = {}
    for cell, (homework, short) in zip(notebook.cells, upcoming):
        found = CHECK.search(cell.source) if cell.cell_type == "code" else None
        cell.metadata.pop("nbgrader", None)
        derived = DERIVATION.search(cell.source) if cell.cell_type == "markdown" else None
        by_hand = short != "end" and exercise(f"{homework}.{short}").marked_by_hand
        if derived:
            name, points = f"{derived['homework']}-{derived['short']}-answer", _points(derived)
            cell.metadata["nbgrader"] = _metadata(name, grade=True, solution=True, points=points)
        elif found and by_hand:
            cell.source = HIDDEN.sub("", cell.source).rstrip("\n")
            cell.metadata["nbgrader"] = _metadata(f"{homework}-{short}", locked=True)
        elif found:
            cell.source = with_hidden_test(cell.source, found)
            points = exercise(found["id"]).points
            cell.metadata["nbgrader"] = _metadata(f"{homework}-{short}", grade=True, locked=True, points=points)
        elif "### BEGIN SOLUTION" in cell.source:
            name = _unique(f"{homework}-{short}-answer", used)
            first = name == f"{homework}-{short}-answer"
            points = exercise(f"{homework}.{short}").points if by_hand and first else None
            cell.metadata["nbgrader"] = _metadata(name, grade=points is not None, solution=True, points=points)
        elif cell.cell_type == "code" and (shown := NUMBERS.search(cell.source)):
            cell.metadata["nbgrader"] = _metadata(f"{shown['homework']}-{shown['short']}-numbers", locked=True)
        elif cell.cell_type == "code" and not BEGIN.search(cell.source):
            name = _unique(f"{homework}-given", used)
            cell.metadata["nbgrader"] = _metadata(name, locked=True)
    return notebook


def _points(found):
    return exercise(f"{found['homework']}.{found['short']}").points


def _upcoming(notebook):
    """For each cell, the homework and the exercise of the next check at or after it."""
    upcoming, current = [], None
    for cell in reversed(notebook.cells):
        found = CHECK.search(cell.source) if cell.cell_type == "code" else None
        if found:
            current = found["homework"], found["short"]
        upcoming.append(current)
    upcoming.reverse()
    last = next((pair for pair in reversed(upcoming) if pair), ("hw0", "end"))
    return [pair or (last[0], "end") for pair in upcoming]


def with_hidden_test(source: str, found: re.Match) -> str:
    """The text of a check cell with the hidden test that belongs to it, and no other; ``found`` is a match of CHECK."""
    visible = HIDDEN.sub("\n", source).rstrip("\n")
    return (
        f"{visible}\n### BEGIN HIDDEN TESTS\nfrom gmm_course import grade\n\n"
        f'grade("{found["id"]}", {found["answer"]})\n### END HIDDEN TESTS'
    )


def _unique(name, used):
    used[name] = used.get(name, 0) + 1
    return name if used[name] == 1 else f"{name}-{used[name]}"


def _metadata(grade_id, grade=False, locked=False, solution=False, points=None):
    metadata = dict(grade=grade, grade_id=grade_id, locked=locked, schema_version=3, solution=solution, task=False)
    if points is not None:
        metadata["points"] = points
    return dict(sorted(metadata.items()))
