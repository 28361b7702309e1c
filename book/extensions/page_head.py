"""What a page says about itself in its head: description and Open Graph tags; and two repairs of its markup.

The description is the page's own (``description`` in the front matter or the notebook's metadata) or else its
first paragraph, cut at a word.
"""

import html
import re

from docutils import nodes

LONGEST = 160  # what search engines show of a description


def shorten(text, longest=LONGEST):
    """Collapse white space and cut `text` at a word so that it is no longer than `longest` characters."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    return text[: longest - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def plain(node):
    """The text of a paragraph with its formulas as a reader would say them: without TeX."""
    copy = node.deepcopy()
    for math in list(copy.findall(nodes.math)):
        readable = re.sub(r"\\[a-zA-Z]+|[{}$]", "", math.astext())
        math.replace_self(nodes.Text(readable.strip()))
    return copy.astext()


def first_paragraph(doctree):
    """The first paragraph in the running text: not in a box, a table, a figure or an output."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section | nodes.document) and paragraph.astext().strip():
            return plain(paragraph)
    return ""


def describe(app, pagename, templatename, context, doctree):
    """Put description and Open Graph tags into the page's head."""
    meta = context.get("meta") or {}
    text = meta.get("description") or (first_paragraph(doctree) if doctree is not None else "")
    book = app.config.html_title
    title = re.sub(r"<[^>]+>", "", html.unescape(context.get("title", ""))) or book
    text = shorten(text) or shorten(f"{title}: a page of the book {book}.")
    # The theme writes the description (its own is cut in mid-word) from these two names.
    context["page_description"] = text
    kind = "website" if pagename == app.config.root_doc else "article"
    tags = {"og:title": title, "og:description": text, "og:type": kind, "og:site_name": book}
    lines = [f'<meta name="description" content="{html.escape(text)}" />']
    lines += [f'<meta property="{name}" content="{html.escape(value)}" />' for name, value in tags.items()]
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(lines)


def mend(app, pagename, templatename, context, doctree):
    """Let a long name in a narrow column break after a dot or an underscore, not in the middle of a word."""
    body = context.get("body", "")
    name = re.compile(r'(?<=<span class="pre">)[^<]{12,}(?=</span>)')
    context["body"] = name.sub(lambda found: re.sub(r"(?<=\w)([._])(?=\w)", r"\1<wbr/>", found[0]), body)


def setup(app):
    app.connect("html-page-context", mend)
    # Jupyter Book always sets this value, which belongs to an extension we leave out: without a home it would warn.
    app.add_config_value("comments_config", {}, "html")
    app.connect("html-page-context", describe, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
