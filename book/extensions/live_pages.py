"""Buttons that run a page's cells in the page, and the folder of what they need (the package ``live``).

Each notebook's page gets one bar below its title, and each code cell a button. They are all that a page carries: the
scripts and Python itself come at the first click. A cell that the browser cannot run has the tag ``needs-machine``, and
says why in its metadata, under the same name. If the files of Pyodide cannot be had, one line says so and the pages
are as they would be without this extension.
"""

import html
import os
import sys
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # a book is built from a checkout, installed or not

import homework_pages

from live import own
from live.fetching import UnavailableError, fetch
from live.folder import write
from live.pins import FILES
from live.python.gmm_live.needs import ORDER, parts_of

TAG = "needs-machine"
BAR = (
    '<div class="gmm-live" data-folder="{folder}"{about}>'
    '<button type="button" class="gmm-live-start">Run this page</button>{more}'
    '<span class="gmm-live-note">Python in your browser: {size:.0f} MB of this book, once. Nothing leaves the page.'
    "</span>{below}</div>"
)
CELL = (
    '<div class="gmm-live-cell" data-needs="{needs}"{about}>'
    '<button type="button" class="gmm-live-run" aria-label="Run cell {number}">Run</button>{more}</div>'
)
ELSEWHERE = '<p class="gmm-live-cell gmm-live-elsewhere">Needs your own machine: {reason}</p>'


class LiveCells(SphinxPostTransform):
    """The bar of a page, and the buttons of its cells."""

    default_priority = 900  # when folded cells have got their folds
    formats = ("html",)

    def run(self, **kwargs):
        sizes = getattr(self.app, "gmm_live_sizes", None)
        cells = [one for one in self.document.findall(nodes.container) if one.get("nb_element") == "cell_code"]
        title = next(self.document.findall(nodes.title), None)
        if not sizes or not cells or title is None:
            return
        needed = {"core", "own"}
        for number, cell in enumerate(cells, start=1):
            bar, parts = self.bar_of(cell, number)
            needed |= set(parts)
            cell.insert(1, nodes.raw("", bar, format="html"))
        folder = f"{own.HOME}/book/{self.env.docname.rpartition('/')[0]}"
        size = sum(sizes[part] for part in needed) / 1e6
        at = title.parent.index(title) + 1
        more = homework_pages.of_bar(self.env.docname, Path(self.env.doc2path(self.env.docname)))
        bar = BAR.format(folder=html.escape(folder), size=size, **more)
        title.parent.insert(at, nodes.raw("", bar, format="html"))

    def bar_of(self, cell, number):
        about = cell.get("cell_metadata", {})
        if TAG in about.get("tags", ()):
            return ELSEWHERE.format(reason=html.escape(about[TAG])), []
        parts = parts_of(source_of(cell), self.app.gmm_live_library)
        more = homework_pages.of_cell(self.env.docname, about, number)
        return CELL.format(needs=" ".join(parts), number=number, **more), parts


class ShippedFiles(SphinxDirective):
    """What of Pyodide's release the pages carry, with its licences: a table, from ``live/pins.json``."""

    def run(self):
        found = {(pin.name, pin.version, pin.licence): None for pin in FILES}
        rows = ["| | Version | Licence |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in found)]
        box = nodes.container()
        self.state.nested_parse(StringList(rows, source="pins.json"), self.content_offset, box)
        return [box]


def source_of(cell):
    """The code of a cell."""
    return next(cell.findall(nodes.literal_block)).astext()


def bring(app):
    """Get the files of Pyodide, if they can be had, and write the folder."""
    if app.builder.format != "html":
        return
    try:
        named = os.environ.get("PYODIDE")
        release = fetch(named and own.ROOT / named)  # as seen from where make is called, not from book/
    except UnavailableError as error:
        print(f"The book is built without Python in its pages: {error}.")
        return
    folder = Path(app.outdir) / "_static" / "live"
    app.gmm_live_sizes = write(folder, release)
    homework_pages.write(folder / "homework", Path(app.srcdir))
    app.gmm_live_library = own.library()
    assert set(app.gmm_live_sizes) >= set(ORDER)


def setup(app):
    app.add_directive("shipped-files", ShippedFiles)
    app.add_post_transform(LiveCells)
    app.connect("builder-inited", bring)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
