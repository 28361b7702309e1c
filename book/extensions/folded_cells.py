"""A chapter opens with its picture: the cell of its imports (tag ``imports``) is folded, and its handle says so."""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

TAG, HANDLE = "imports", "The imports of this chapter"


class FoldedImports(SphinxPostTransform):
    """The handle of the folded imports."""

    default_priority = 198  # just before myst-nb folds
    formats = ("html",)

    def run(self, **kwargs):
        for cell in self.document.findall(nodes.container):
            if TAG in cell.get("cell_metadata", {}).get("tags", ()):
                cell["prompt_show"] = cell["prompt_hide"] = HANDLE


def setup(app):
    app.add_post_transform(FoldedImports)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
