"""Every page as it was written, read once after the build and written once, whoever has something to change in it.

Extensions connect to the event ``pages-written``. They get the site's folder and its pages, ``{path: HTML}``, in which
they put their own in place of what they find.
"""

from pathlib import Path


def read(site):
    """The pages below the folder ``site``: ``{path: HTML}``."""
    paths = [path for path in site.rglob("*.html") if "_static" not in path.relative_to(site).parts]
    return {path: path.read_text(encoding="utf-8") for path in paths}


def finish(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    pages = read(site)
    before = dict(pages)
    app.emit("pages-written", site, pages)
    for path, page in pages.items():
        if page != before[path]:
            path.write_text(page, encoding="utf-8")


def setup(app):
    app.add_event("pages-written")
    app.connect("build-finished", finish, priority=900)  # when the theme has copied its files
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
