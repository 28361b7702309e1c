"""Re-execute the book's notebooks and store them without noise: ``python tools/notebooks.py [--check] [files]``.

Without files it takes every notebook of the book. Stored are the outputs and nothing that differs from one run to the
next: cell ids are numbered, execution counts run 1, 2, 3, ..., and timestamps, widget state and kernel details are
dropped. ``--check`` executes nothing and reports the noise it finds, one line each, with exit code 1.
"""

import argparse
import os
import re
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
BACKEND = "module://gmm_lib._svg"  # what draws the figures that are stored
NOISE = {
    "a memory address": re.compile(r"\bat 0x[0-9a-fA-F]{6,}|\b0x[0-9a-f]{8,}\b"),
    "an absolute path": re.compile(
        r"(?<![\w/.:])/(?:home|root|tmp|usr|opt|var|work|Users|private)/\w|[A-Z]:\\\\?Users"
    ),
    "a timing": re.compile(r"\b(?:Wall time|CPU times|\d+(?:\.\d+)? ?(?:µs|ms|s) ± )"),
}

# Of a cell's metadata: the rest is what an editor leaves there. "needs-machine": why a page cannot run the cell.
KEPT = ("mystnb", "tags", "nbgrader", "needs-machine")

# Cells that the site folds; JupyterLab reads its own names for the same.
FOLDED = {
    "hide-input": ["source_hidden"],
    "hide-output": ["outputs_hidden"],
    "hide-cell": ["source_hidden", "outputs_hidden"],
}


def book_notebooks():
    """The notebooks of the book, in order of their names; not the students' homework, which holds no outputs."""
    skipped = {".ipynb_checkpoints", "student"}
    return sorted(p for p in (ROOT / "book").rglob("*.ipynb") if not skipped & set(p.parts))


def normalize(notebook):
    """Drop from a notebook, in place, all that a second run would print differently."""
    notebook.metadata = nbformat.NotebookNode(
        {key: value for key, value in notebook.metadata.items() if key not in ("widgets", "language_info", "jupytext")}
    )
    notebook.metadata.kernelspec = KERNEL
    notebook.metadata.language_info = {"name": "python"}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:03d}"
        cell.metadata = {key: value for key, value in cell.metadata.items() if key in KEPT}
        if folded := {name: True for tag in cell.metadata.get("tags", ()) for name in FOLDED.get(tag, ())}:
            cell.metadata["jupyter"] = folded
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = [_plain(output, count) for output in _joined(cell.outputs)]
    return notebook


def _joined(outputs):
    """Join neighbouring pieces of one stream: where a kernel cuts them is a matter of timing."""
    joined = []
    for output in outputs:
        if joined and output.output_type == "stream" == joined[-1].output_type and output.name == joined[-1].name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _plain(output, count):
    if "execution_count" in output:
        output.execution_count = count
    if "data" in output:
        output.data.pop("application/vnd.jupyter.widget-view+json", None)
        output.metadata = {}
    return output


def noise(notebook):
    """Yield a line for each thing in a stored notebook that would differ from run to run, or was left undone."""
    if "widgets" in notebook.metadata:
        yield "widget state in the notebook's metadata"
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.execution_count for cell in codes] != list(range(1, len(codes) + 1)):
        yield "execution counts are not 1, 2, 3, ...: it was not run from top to bottom"
    for number, cell in enumerate(codes, start=1):
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                yield f"code cell {number} holds an error: {output.ename}"
            if output.output_type == "stream" and output.name == "stderr":
                yield f"code cell {number} wrote to stderr: {output.text.strip().splitlines()[0]}"
            for text in _texts(output):
                for what, pattern in NOISE.items():
                    if pattern.search(text):
                        yield f"code cell {number} holds {what}: {pattern.search(text).group()!r}"
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
                yield f"code cell {number} holds a widget view, dead without its kernel"


def _texts(output):
    if output.output_type == "stream":
        yield output.text
    for kind, value in output.get("data", {}).items():
        if kind.startswith("text/"):
            yield value


def execute(path):
    """Run a notebook from top to bottom in a fresh kernel, in its own folder, and return it."""
    from nbclient import NotebookClient

    os.environ["GMM_PROGRESS"] = "off"  # checks that remember an earlier run would print other outputs
    os.environ["MPLBACKEND"] = BACKEND
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    return notebook


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--check", action="store_true", help="execute nothing; report noise")
    options = parser.parse_args(arguments)
    found = False
    for path in options.files or book_notebooks():
        if options.check:
            for line in noise(nbformat.read(path, as_version=4)):
                found = True
                print(f"{path}: {line}")
        else:
            print(f"running {path}", flush=True)
            nbformat.write(normalize(execute(path)), path)
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
