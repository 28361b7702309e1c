"""What the pages of a published book know of their address: canonical and Open Graph addresses, the feed, links to
source and feedback, and, published or not, version and date, and how to cite (the directive ``citation``).

All of it comes from the one setting ``publishing`` (see ``publishing/settings.py``). What is not set is on no page.
Files that a host needs beside the pages are made after the build, by ``make publish``.
"""

import html
import sys
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # a book is built from a checkout, installed or not

from publishing import citation, settings


def take_settings(app, config):
    """Read the settings once, put whole addresses in their place for other extensions, and tell Sphinx the site's."""
    try:
        config.publishing = settings.read(config.publishing)
    except ValueError as error:
        raise ExtensionError(str(error)) from None
    config.html_baseurl = config.publishing.site


def own_page(app):
    """A page for addresses that are none. Its links start from the site's address: it is shown at any depth."""
    if app.config.publishing.site:
        yield "404", {"title": "Not here", "body": NOT_HERE}, "page.html"


NOT_HERE = """<h1>Not here</h1>
<p>There is no page at this address. Perhaps it had one in an earlier version of the book.</p>
<p><a href="index.html">Begin at the beginning</a>, or search: the field stands above the list of chapters.</p>"""


def tell(app, pagename, templatename, context, doctree):
    """Tags for the page's head, and what the footer's template asks for."""
    publishing = app.config.publishing
    source = doctree is not None and "book/" + app.env.doc2path(pagename, base=False)
    context["published"] = {
        "version": settings.version(),
        "day": settings.day(),
        "source": source and publishing.source(source),
        "feedback": source and publishing.feedback(f"On the page {pagename}"),
        "repository": publishing.repository,
    }
    # One address a page: the canonical one of the first page is the site's own, and a page not found has none.
    context["pageurl"] = pagename != "404" and publishing.address(f"{pagename}.html")
    context["metatags"] = context.get("metatags", "") + "\n".join(tags(publishing, pagename))


def tags(publishing, pagename):
    """What a page's head says of its address."""
    if not publishing.site:
        return
    if pagename == "404":
        yield f'<base href="{html.escape(publishing.site)}" />'
        yield '<meta name="robots" content="noindex" />'
        return
    picture = publishing.address(f"_static/share/{pagename}.png")
    yield f'<meta property="og:url" content="{html.escape(publishing.address(pagename + ".html"))}" />'
    yield f'<meta property="og:image" content="{html.escape(picture)}" />'
    yield '<meta name="twitter:card" content="summary_large_image" />'
    feed = publishing.address("feed.xml")
    yield f'<link rel="alternate" type="application/atom+xml" title="Changes" href="{html.escape(feed)}" />'


def stay(app, site, pages):
    """Let links within the page not found, such as "skip to the text", lead there, not to the site's first page."""
    lost = site / "404.html"
    if lost in pages:
        pages[lost] = pages[lost].replace('href="#', 'href="404.html#')


class Citation(SphinxDirective):
    """How to cite this version, as ``CITATION.cff`` has it, for people and for BibTeX."""

    def run(self):
        cited = citation.read(self.config.publishing)
        where = [nodes.Text(" "), nodes.reference("", cited["url"], refuri=cited["url"])] if "url" in cited else []
        text = nodes.paragraph("", f"{citation.authors(cited)} ({cited['date-released'].year}). ")
        text += [nodes.emphasis("", cited["title"]), nodes.Text(f", version {cited['version']}."), *where]
        return [text, nodes.literal_block("", citation.bibtex(cited), language="bibtex")]


def setup(app):
    app.add_directive("citation", Citation)
    app.add_config_value("publishing", {}, "html", [dict, settings.Publishing])
    app.connect("config-inited", take_settings)
    app.connect("html-collect-pages", own_page)
    app.connect("html-page-context", tell, priority=950)
    app.setup_extension("whole_pages")
    app.connect("pages-written", stay)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
