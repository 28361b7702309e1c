"""What the article prints and the book corrects looks corrected: it gets the class ``gmm-as-printed``.

In the box of a slip that is all from *As printed* to *As it must be*; in the errata, the column of that name.
"""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

CLASS, PRINTED, RIGHT = "gmm-as-printed", "As printed", "As it must be"


class AsPrinted(SphinxPostTransform):
    """The class of what is quoted as printed."""

    default_priority = 390
    formats = ("html",)

    def run(self, **kwargs):
        for box in self.document.findall(nodes.Admonition):
            if "slip" in box["classes"]:
                mark_between(box)
        for table in self.document.findall(nodes.tgroup):
            mark_column(table)


def mark_between(box):
    quoted = False
    for part in box.children:
        if isinstance(part, nodes.paragraph) and part.astext().startswith((PRINTED, RIGHT)):
            quoted = part.astext().startswith(PRINTED)
        if quoted:
            part["classes"].append(CLASS)


def mark_column(table):
    """A table without a row of headings has no column of that name."""
    titles = [entry.astext() for head in table.findall(nodes.thead) for entry in head.findall(nodes.entry)]
    if PRINTED in titles:
        for row in table.next_node(nodes.tbody).children:
            row.children[titles.index(PRINTED)]["classes"].append(CLASS)


def setup(app):
    app.add_post_transform(AsPrinted)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
