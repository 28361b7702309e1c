"""Run submissions in nbgrader's pipeline so that nothing in one of them stops it."""

from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    Execute,
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
)
from nbgrader.preprocessors.execute import UnresponsiveKernelError

from .course import configuration
from .submissions import NOTHING

MOST_RESTARTS = 5
TAKEN_OUT = "raise RuntimeError('this cell was taken out: it ended the kernel or could not be interrupted')"


class ResilientExecute(Execute):
    """nbgrader's execution, except that a cell which ends the kernel costs that cell and not the notebook."""

    taken_out = 0  # cells taken out of the notebook run last
    timed_out = False  # whether one of its cells was interrupted

    def preprocess(self, nb: nbformat.NotebookNode, resources: dict) -> tuple:
        """Run all cells; after a crash run them again from the start without the cell that caused it."""
        if nb.metadata.pop(NOTHING, False):
            return _not_run(nb), resources
        originals = {}
        for _ in range(MOST_RESTARTS):
            try:
                nb, resources = super().preprocess(nb, resources)
                break
            except (DeadKernelError, CellTimeoutError):  # a timeout that gets this far is one that no interrupt ended
                originals[self._running] = nb.cells[self._running].source
                nb.cells[self._running].source = TAKEN_OUT
        else:
            raise UnresponsiveKernelError(f"{MOST_RESTARTS} cells ended the kernel")
        for index, source in originals.items():
            nb.cells[index].source = source
        ResilientExecute.taken_out = len(originals)
        return nb, resources

    def preprocess_cell(self, cell: nbformat.NotebookNode, resources: dict, index: int) -> tuple:
        """Run one cell, and remember which."""
        self._running = index
        cell, resources = super().preprocess_cell(cell, resources, index)
        if any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", [])):
            ResilientExecute.timed_out = True
        return cell, resources


def _not_run(notebook):
    """Tests that were not run give no points: without any output, nbgrader would take them for passed."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("error", ename="NotRun", evalue="", traceback=["Not run."])]
    return notebook


def resilient(course: Path, timeout: int) -> Any:
    """nbgrader's configuration to grade a course in folder ``course``, with ``timeout`` seconds for a cell."""
    config = configuration(course)
    config.ResilientExecute.timeout = timeout
    config.ResilientExecute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
    config.ResilientExecute.shutdown_kernel = "immediate"  # half a second a submission: nothing is left to save
    config.Autograde.autograde_preprocessors = [
        ResilientExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    config.ClearMetadataPreprocessor.preserve_cell_metadata_mask = {("nbgrader",)}
    return config
