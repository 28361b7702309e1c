"""Links from each formula: to itself, and for the article's fourteen to the function, the test and the map; from each
slip to its row in the errata. And what a link to an equation shows before it is followed (``assets/previews.js``).

The previews are cut from the pages as they were written, so that they look as the pages do, whatever sets the formulas.
"""

import json
import re
import sys
from pathlib import Path

from back_links import link_to
from docutils import nodes
from equation_map import collect_once, meanings
from sphinx.transforms.post_transforms import SphinxPostTransform

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # a book is built from a checkout, installed or not

from publishing.elements import end_of

MAP, ERRATA = "appendix/equation_map", "appendix/errata"
TAG = re.compile(r"\\tag\{(\d+(?:\.\d+)?)\}")
FORMULA = re.compile(r'<div class="(?:[\w-]+ )*math\b')
ANCHOR = re.compile(r'id="(eq-\d+(?:-\d+)?)"')


class EquationLinks(SphinxPostTransform):
    """The line below each numbered formula, and the link in each slip."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs):
        for block in list(self.document.findall(nodes.math_block)):
            if number := TAG.search(block.astext()):
                block.parent.insert(block.parent.index(block) + 1, self.line(number[1]))
        for slip in list(self.document.findall(nodes.Admonition)):
            number = next((re.fullmatch(r"erratum-(\d+)", name) for name in slip["ids"] if "erratum-" in name), None)
            if number:
                link = self.link(ERRATA, f"errata-{number[1]}", f"No. {number[1]} of the errata")
                slip.append(nodes.paragraph("", "", link, classes=["gmm-links"]))
        if self.env.docname == ERRATA:
            self.number_rows()

    def line(self, number):
        anchor = f"eq-{number.replace('.', '-')}"
        links = []
        if number.isdigit():
            name = collect_once(self.app)[int(number)].functions[0]
            place = self.env.get_domain("py").objects[name]
            code = nodes.literal("", name.removeprefix("gmm_lib."))
            links = [self.link(place.docname, place.node_id, code)]
            links += [self.link(MAP, f"test-{number}", "its test"), self.link(MAP, f"map-{number}", "the map")]
        line = nodes.paragraph("", "", classes=["gmm-links", "gmm-equation-links"])
        for position, link in enumerate(links):
            line += [nodes.Text(" · " if position else ""), link]
        itself = f'<a class="headerlink" href="#{anchor}" title="Link to equation ({number})">#</a>'
        line += nodes.raw("", itself, format="html")
        return line

    def link(self, docname, anchor, content):
        return link_to(self.app, self.env.docname, docname, anchor, content)

    def number_rows(self):
        for row in self.document.findall(nodes.row):
            first = row.next_node(nodes.paragraph)
            if first is not None and first.astext().isdigit():
                first["ids"].append(f"errata-{first.astext()}")


def previews_of(page):
    """``{"eq-7": the formula's element, without its id}`` for each numbered formula of a page."""
    found = {}
    for anchor in ANCHOR.finditer(page):
        begin = FORMULA.search(page, page.rfind("<", 0, anchor.start())).start()
        found[anchor[1]] = page[begin : end_of(page, begin)].replace(anchor[0], "", 1)
    return found


def write_previews(app, site, pages):
    known = meanings(Path(app.srcdir))
    previews = {}
    for path in sorted(pages):
        for anchor, formula in previews_of(pages[path]).items():
            number = anchor.removeprefix("eq-").replace("-", ".")
            previews[anchor] = [known.get(number, ""), formula]
    text = json.dumps(previews, ensure_ascii=False, separators=(",", ":"))
    (site / "_static" / "equations.js").write_text(f"gmmEquations={text};\n", encoding="utf-8")


def setup(app):
    app.add_post_transform(EquationLinks)
    app.setup_extension("whole_pages")
    app.connect("pages-written", write_previews)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
