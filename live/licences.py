"""The licences of what the pages carry and what does not bring its own: one text, ``_static/live/licences.txt``."""

from importlib.metadata import distribution
from pathlib import Path

HERE = Path(__file__).parent / "licences"
WHOSE = {
    "pyodide": "Pyodide. Its source is at https://github.com/pyodide/pyodide, under the tag of the version",
    "cpython": "CPython",
    "openblas": "OpenBLAS",
    "lapack": "LAPACK, a part of OpenBLAS",
    "codemirror": "CodeMirror and Lezer, the editor",
}


def text() -> str:
    """All of them, each below its name."""
    texts = {whose: (HERE / f"{name}.txt").read_text(encoding="utf-8") for name, whose in WHOSE.items()}
    printer = "IPython, of which the pages carry the printer of values"
    texts[printer] = distribution("IPython").read_text("licenses/LICENSE")
    return "\n\n".join(f"{whose}\n{'=' * len(whose)}\n\n{licence.strip()}\n" for whose, licence in texts.items())
