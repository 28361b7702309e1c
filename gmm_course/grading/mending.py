"""Put right in a submission what would lose marks for no fault in the answers."""

import re
from itertools import pairwise

from nbformat import NotebookNode, from_dict

from .course import STUB, TEXT_STUB
from .links import in_words
from .stamping import CHECK, NUMBERS

SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL | re.MULTILINE)


def mend(notebook: NotebookNode, source: NotebookNode, notes: list) -> NotebookNode:
    """Restore in a notebook, in place, what grading needs and a student may have removed; say so in ``notes``."""
    known = {cell.metadata.nbgrader.grade_id: cell for cell in source.cells if "nbgrader" in cell.metadata}
    _recognise(notebook, known)
    _recognise_texts(notebook, source)
    present = {grade_id(cell) for cell in notebook.cells}
    given = [cell for name, cell in known.items() if _is_given(cell) and name not in present]
    if given:
        notes.append(f"{len(given)} given cell(s) were missing and were put back")
    graded = [cell for name, cell in known.items() if cell.metadata.nbgrader.grade and name not in present]
    tests = [cell for cell in graded if not _by_hand(cell)]
    texts = [blank(cell) for cell in graded if _by_hand(cell)]  # as in the students' version, never as solved
    if tests:
        notes.append("test cells were missing and were put back: " + ", ".join(grade_id(cell) for cell in tests))
    copies = [name for name in known if sum(grade_id(cell) == name for cell in notebook.cells) > 1]
    if copies:
        notes.append("cells were copied; the last copy counts: " + ", ".join(copies))
        _keep_last(notebook)
    # Given cells (imports, data) go first; tests go last, where every answer is defined.
    notebook.cells = [*map(_fresh, given), *notebook.cells, *texts, *map(_fresh, tests)]
    notebook.metadata["kernelspec"] = dict(source.metadata.kernelspec)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # copies share an id, which nbformat refuses
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _keep_last(notebook):
    """Take nbgrader's mark off all copies of a cell but the last: nbgrader 0.9 fails on those it unmarks itself."""
    seen = set()
    for cell in reversed(notebook.cells):
        if grade_id(cell) in seen:
            del cell.metadata["nbgrader"]
        elif grade_id(cell) is not None:
            seen.add(grade_id(cell))


def grade_id(cell: NotebookNode) -> str | None:
    """The name by which nbgrader knows a cell; None if it does not."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _is_given(cell):
    # Nothing depends on the check of a text, which only hints, nor on a cell that shows numbers.
    mark = cell.metadata.nbgrader
    return mark.locked and not mark.grade and not CHECK.search(cell.source) and not NUMBERS.search(cell.source)


def _by_hand(cell):
    """Whether a teacher marks it: an answer that has the points itself."""
    return cell.metadata.nbgrader.grade and cell.metadata.nbgrader.solution


def blank(cell: NotebookNode) -> NotebookNode:
    """An answer's cell as it stands in the students' version."""
    copy = _fresh(cell)
    copy.source = TEXT_STUB if cell.cell_type == "markdown" else SOLUTION.sub(rf"\1{STUB}", cell.source)
    return copy


def _recognise(notebook, known):
    """Give cells the metadata of the source's, also test cells that lost theirs: some editors drop it."""
    _drop_what_is_not_ours(notebook, known)
    tests = {}
    for cell in known.values():
        found = CHECK.search(cell.source)
        if found and cell.metadata.nbgrader.grade:
            tests[found["id"]] = cell
    present = {grade_id(cell) for cell in notebook.cells}
    for cell in notebook.cells:
        found = CHECK.search(cell.source) if cell.cell_type == "code" and grade_id(cell) is None else None
        if found and found["id"] in tests and grade_id(tests[found["id"]]) not in present:
            cell.metadata["nbgrader"] = from_dict(dict(tests[found["id"]].metadata.nbgrader))
            _restore(cell, tests[found["id"]])
            present.add(grade_id(cell))


def _recognise_texts(notebook, source):
    """Give answers that a teacher marks their metadata again: each stands below its question."""
    present = {grade_id(cell) for cell in notebook.cells}
    for question, answer in pairwise(source.cells):
        if grade_id(answer) is None or not _by_hand(answer) or grade_id(answer) in present:
            continue
        asked = in_words(question.source)  # in a student's zip the links lead elsewhere
        for above, cell in pairwise(notebook.cells):
            if in_words(above.source) == asked and grade_id(cell) is None and cell.cell_type == answer.cell_type:
                cell.metadata["nbgrader"] = from_dict(dict(answer.metadata.nbgrader))
                break


def _drop_what_is_not_ours(notebook, known):
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader")
        if mark is not None and (not isinstance(mark, dict) or mark.get("grade_id") not in known):
            del cell.metadata["nbgrader"]
        elif mark is not None:
            # Student versions carry the right metadata: whatever was edited there, the source decides.
            source = known[mark["grade_id"]]
            cell.metadata["nbgrader"] = from_dict(dict(source.metadata.nbgrader))
            if source.metadata.nbgrader.locked or cell.cell_type != source.cell_type:
                _restore(cell, source)


def _restore(cell, source):
    """What is given is as it was given: a locked cell's text, and any cell's type."""
    if source.metadata.nbgrader.locked:
        cell.source = source.source
    cell.cell_type = source.cell_type
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def _fresh(cell):
    copy = from_dict(cell)
    if copy.cell_type == "code":
        copy.outputs, copy.execution_count = [], None
    return copy
