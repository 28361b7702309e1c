"""Chapter 12 says that twice the starts print the same. This runs it with twice the starts."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import matplotlib

NOTEBOOK = Path(__file__).resolve().parent.parent / "book" / "chapters" / "12_selection.ipynb"


def test_twice_the_starts_print_the_same(monkeypatch):
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    cells = [cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]).replace("\neffort = 1 ", "\neffort = 2 ") for cell in cells]
    assert sum("\neffort = 2 " in source for source in sources) == 1
    assert sum("* effort" in source for source in sources) >= 7  # the searches

    scope = {}
    for source, cell in zip(sources, cells):
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(source, str(NOTEBOOK), "exec"), scope)
        scope["show_source"] = lambda *functions: None
        stored = "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")
        assert printed.getvalue() == stored
