"""The markup of theme, Sphinx and MyST-NB, mended where the standard or a screen reader would have it otherwise.

What a template or a node decides is decided there (``assets/templates``; the summary of a folded cell, below). The rest
is mended in the written pages. ``make valid`` has html-validate judge the whole; a test what is certain without it.
"""

import re
from html import escape

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.transforms.post_transforms import SphinxPostTransform

# What is found in a page, and what it becomes. That is not found again: a page that did not change is mended anew.
MENDED = [
    (re.compile(pattern), mended)
    for pattern, mended in (
        # Without scripts a page is light: no style is for "auto".
        (r'(<html\b[^>]* data-theme=)"auto"', r'\1"light"'),
        # A folded part of the contents says which: its sign is hidden from screen readers.
        (
            r'(<a class="[^"]*" href="[^"]*">([^<]*)</a><details.*?>)<summary>(<span class="toctree-toggle")[^>]*>',
            r'\1<summary aria-label="Pages of \2">\3>',
        ),
        # Captions of the contents are no headings of the page.
        (r'<p aria-level="2" class="caption" role="heading">', '<p class="caption">'),
        (r'<main id="main-content" class="bd-main" role="main">', '<main id="main-content" class="bd-main">'),
        (r"<button(?![^>]*\stype=)", '<button type="button"'),
        (r'(<button[^>]* class="sidebar-toggle [^>]* title="([^"]*)")(?! aria-label)', r'\1 aria-label="\2"'),
        # The corner of a table is no heading of anything.
        (r"<th\b[^>]*><p></p></th>", "<td></td>"),
        (r'<th class="head', '<th scope="col" class="head'),
        (r'<th class="stub', '<th scope="row" class="stub'),
        (r'<meta name="viewport" content="width=device-width, initial-scale=1\.0" />', ""),  # said twice
        (r'\b(async|defer|download|open)="(?:\1)?"', r"\1"),
        (r'<((?:br|col|hr|img|input|link|meta|source|wbr)\b(?:[^>"]|"[^"]*")*?)\s*/>', r"<\1>"),
        (r"[ \t]+(?=\n)", ""),
    )
]
KEPT = re.compile(r"(<(pre|textarea|script)\b[^>]*>)(.*?</\2>)", re.DOTALL)


def mended(page):
    """The HTML of a page, mended; what stands in code and in scripts stays as it is, but for blanks at its end."""
    parts = KEPT.split(re.sub(r"[ \t]+(?=\n</pre>)", "", page))  # text, tag, its name, what is kept, text, ...
    for at, part in enumerate(parts):
        if at % 4 < 2:
            for pattern, replacement in MENDED:
                part = pattern.sub(replacement, part)
            parts[at] = part
    return "".join(part for at, part in enumerate(parts) if at % 4 != 2)


def mend(app, site, pages):
    for path, page in pages.items():
        pages[path] = mended(page)


class RowHeadings(SphinxPostTransform):
    """Where the corner of a table is empty, the cells below it head their rows."""

    default_priority = 700
    formats = ("html",)

    def run(self, **kwargs):
        for group in self.document.findall(nodes.tgroup):
            corner = group.next_node(nodes.entry)
            if isinstance(corner.parent.parent, nodes.thead) and not corner.astext():
                group.next_node(nodes.colspec)["stub"] = 1


def visit_folded(translator, node):
    """A folded cell is named by what its summary shows, which may hold no paragraphs."""
    translator.body.append(f'<details class="admonition hide {" ".join(node["classes"])}">\n<summary>')
    for state, prompt in (("collapsed", "prompt_show"), ("expanded", "prompt_hide")):
        translator.body.append(f'<span class="{state} admonition-title">{escape(node[prompt])}</span>')
    translator.body.append("</summary>\n")


def depart_folded(translator, node):
    translator.body.append("</details>\n")


def setup(app):
    app.add_post_transform(RowHeadings)
    app.add_node(HideCodeCellNode, override=True, html=(visit_folded, depart_folded))
    app.setup_extension("whole_pages")
    app.connect("pages-written", mend, priority=950)  # when the others have found what they look for
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
