"""The students' notebooks as pages of the site, on which they are worked and saved as notebooks again.

In a notebook a link to a chapter names its file; on the site it becomes the book's own link to the equation. Where the
site has Python in its pages (``live_pages``), the bar below the title says how a homework is worked there, an answer
has a button to write it, and ``_static/live/homework`` holds each students' version, for ``live/js/page/homework.js``.
"""

import hashlib
import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

FOLDER = "homework/student/"
ANCHORED = re.compile(r"\((?:\.\./)+[\w/]+\.ipynb#([\w-]+)\)")
PENDING = "*Write your derivation here, in words and formulas, in the place of this line.*"
DO = '<button type="button" class="gmm-live-do{kind}" data-do="{do}" aria-label="{label}">{words}</button>'
HOW = (
    '<p class="gmm-homework-how">Write your answers here: they stay in this browser, and nothing is sent anywhere. '
    "<b>Save as notebook</b> when you are done, or want to go on elsewhere, and hand that file in. "
    '<span class="gmm-homework-marks"></span></p><p class="gmm-homework-said"></p>'
)


def is_homework(docname: str) -> bool:
    """Whether a page is a student's notebook."""
    return docname.startswith(FOLDER)


def linked(app, docname, source):
    """Let links to an equation in a chapter's notebook be links to the equation, as the chapters have them."""
    if not is_homework(docname):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = ANCHORED.sub(r"(\1)", "".join(cell["source"]))
    source[0] = json.dumps(notebook)


class Answers(SphinxPostTransform):
    """A button below each answer in words."""

    default_priority = 905
    formats = ("html",)

    def run(self, **kwargs):
        if not is_homework(self.env.docname) or not getattr(self.app, "gmm_live_sizes", None):
            return
        for stub in list(self.document.findall(lambda node: isinstance(node, nodes.paragraph) and _is_stub(node))):
            write = DO.format(kind="", do="write", label="Write this answer", words="Write")
            box = nodes.raw("", f'<div class="gmm-live-cell gmm-homework-text">{write}</div>', format="html")
            stub.parent.insert(stub.parent.index(stub) + 1, box)


def _is_stub(paragraph):
    return paragraph.astext() == PENDING.strip("*")


def of_bar(docname: str, path: Path) -> dict:
    """What the bar of a page has besides the button that runs it; ``path`` is that of the page's source."""
    if not is_homework(docname):
        return {"about": "", "more": "", "below": ""}
    name, version = path.stem, hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    about = f' data-homework="{name}" data-course="hw{int(name[2:4])}" data-version="{version}"'
    save = DO.format(kind="", do="save", label="Save as notebook", words="Save as notebook")
    opener = DO.format(kind="", do="open", label="Open a notebook of this homework", words="Open a notebook")
    return {"about": about, "more": save + opener, "below": HOW}


def of_cell(docname: str, metadata: dict, number: int) -> dict:
    """What the line below a code cell has besides the button that runs it."""
    if not is_homework(docname):
        return {"about": "", "more": ""}
    if metadata.get("editable") is False:
        return {"about": " data-given", "more": ""}
    label = f"Write your answer in cell {number}"
    return {"about": "", "more": DO.format(kind=" gmm-live-edit", do="write", label=label, words="Write")}


def write(folder: Path, book: Path) -> None:
    """Put each students' version into ``folder`` as a script: opened from disk, a page may fetch nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted((book / FOLDER).glob("*/*.ipynb")):
        notebook = json.dumps(json.loads(path.read_text(encoding="utf-8")))
        (folder / f"{path.stem}.js").write_text(f'gmmLiveNotebook("{path.stem}", {notebook});\n', encoding="utf-8")


def setup(app):
    app.connect("source-read", linked)
    app.add_post_transform(Answers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
