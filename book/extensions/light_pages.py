"""Pages that come quickly, on a phone too: after the build, what stands in their heads is put in order.

- The style sheets of the theme and of Sphinx's extensions, seven of them, become one that holds only what can apply on
  this site (`used_rules`): half a megabyte becomes a quarter of it. The book's own follow it, as they are.
- No script holds up the text: each waits until the page is read, in the same order, and none is asked for ahead of it.
  The few options that other scripts ask for stand in the page itself. What a page has no use for is left out, and on
  every page those scripts of theme and Sphinx that ``assets/surroundings.js`` and the book's search stand in for.
- What no page asks for is not shipped with the site.
"""

import hashlib
import os
import re
import shutil

from small_icons import FONTS, carry
from used_rules import names_on, used

SHEET = "_static/styles/theme-in-use.css"
LINK = re.compile(r'\s*<link\b[^>]*\brel="stylesheet"[^>]*>')
ADDRESS = re.compile(r'\bhref="(?:\.\./)*([^"?]*)')
OF_OTHERS = re.compile(r"_static/(styles/[\w-]+|pygments|copybutton|mystnb\.\w+|sphinx-design\.min)\.css")
PRELOAD = re.compile(r'\s*<link rel="preload" as="script"[^>]*>')
SCRIPT = re.compile(r'<script(?P<before>[^>]*) src="(?P<address>[^"]*)"(?P<after>[^>]*)></script>')
WAITS = re.compile(r"\b(?:defer|async)\b")
OPTIONS = "documentation_options.js"
SERVES = {"design-tabs.js": "sd-tab-set", "copybutton.js": "<pre", "clipboard.min.js": "<pre"}
REPLACED = {"sphinx-book-theme.js", "bootstrap.js", "pydata-sphinx-theme.js", "doctools.js", "sphinx_highlight.js"}
# Of theme, Sphinx, and our own folder of static files: pages are made of it, or did ask for it.
NOT_SHIPPED = ("vendor", "scripts", "locales", "templates", "webpack-macros.html", "sbt-webpack-macros.html", OPTIONS)
NOT_SHIPPED += ("doctools.js", "sphinx_highlight.js", "searchtools.js", "language_data.js", "basic.css")


def of_others(page):
    """The links of a page to style sheets of the theme and of extensions: ``[(link, path below the site)]``."""
    links = [(link, ADDRESS.search(link)[1]) for link in LINK.findall(page)]
    return [(link, path) for link, path in links if OF_OTHERS.fullmatch(path)]


def sheet_of(site, pages, paths):
    """One style sheet of several, with what can apply on these pages."""
    own, live = site / "_static", site / "_static" / "live"
    scripts = [path for path in own.rglob("*.js") if live not in path.parents or path.name == "page.js"]
    scripts = [path for path in scripts if path.name not in REPLACED]
    names = names_on(pages, [path.read_text(encoding="utf-8") for path in scripts])
    return "\n".join(used(moved(site / path, (site / SHEET).parent), names) for path in paths)


def moved(path, folder):
    """The text of a style sheet with its addresses as seen from another folder, and with what it imports."""
    there = os.path.relpath(path.parent, folder).replace(os.sep, "/")
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"url\((?![\"']?(?:data:|#))([\"']?)", rf"url(\g<1>{there}/", text)
    return re.sub(r'@import "([^"]+)";', lambda found: moved(path.parent / found[1], folder), text)


def light(page, sheet, options):
    """The HTML of a page with one style sheet of others (the link ``sheet``) and no script that is waited for."""
    links = [link for link, _ in of_others(page)]
    if not links:
        return page  # nothing of the theme is in it
    page = page.replace(links[0], f"\n    {sheet}", 1)
    for link in links[1:]:
        page = page.replace(link, "", 1)

    def wait(script):
        name = script["address"].partition("?")[0].rpartition("/")[2]
        if name == OPTIONS:
            return f"<script>{options}</script>"
        if name in REPLACED or SERVES.get(name, "") not in page:
            return ""
        waits = WAITS.search(script["before"] + script["after"])
        return script[0] if waits else script[0].replace("<script", "<script defer", 1)

    return SCRIPT.sub(wait, PRELOAD.sub("", page))


def lighten(app, site, pages):
    """Put every page's head in order, and remove what none asks for any more."""
    paths = dict.fromkeys(path for page in pages.values() for _, path in of_others(page) if path != SHEET)
    if paths:
        merge(site, pages, paths)  # else no page is new
    clear(site)


def merge(site, pages, paths):
    """Write one style sheet of those at ``paths``, and have all pages ask for it."""
    sheet = carry(sheet_of(site, pages.values(), paths), site / FONTS)
    (site / SHEET).write_text(sheet, encoding="utf-8")
    options = (site / "_static" / OPTIONS).read_text(encoding="utf-8")
    for path, page in pages.items():
        top = "../" * (len(path.relative_to(site).parts) - 1)
        link = f'<link rel="stylesheet" href="{top}{SHEET}?v={hashlib.sha256(sheet.encode()).hexdigest()[:8]}" />'
        pages[path] = light(page, link, options)
    for merged in paths:
        (site / merged).unlink()


def clear(site):
    """Remove what no page asks for."""
    for name in NOT_SHIPPED:
        path = site / "_static" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def setup(app):
    app.setup_extension("whole_pages")
    app.connect("pages-written", lighten, priority=900)  # when the others have drawn what styles are asked for
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
