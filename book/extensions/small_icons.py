"""The dozen icons that pages show, instead of two thousand.

The theme ships all of Font Awesome, as one script of 1.5 MB and as web fonts, which Firefox refuses on pages opened
from disk. After the build each place of an icon gets its drawing; the few icons that the style sheet itself writes come
as letters of a font inside it.
"""

import re
from functools import cache

from formula_fonts import with_font
from sphinx.errors import ExtensionError

SCRIPT = "_static/scripts/fontawesome.js"
FONTS = "_static/vendor/fontawesome"
FACE = re.compile(r"@font-face\s*\{[^}]*url\([^)]*/fontawesome/webfonts/([\w-]+)\.woff2\)[^}]*\}")
LETTER = re.compile("[\uf000-\uf8ff]")  # where fonts keep what is no letter of any language
PLACE = re.compile(r'<(i|span) class="([^"]*\b(?:fa-solid|fas) fa-([a-z-]+)[^"]*)"([^>]*)></\1>')
LOADED = re.compile(r'\s*<script[^>]*src="[^"]*scripts/fontawesome\.js[^>]*></script>')
SOLID = r'["{,]"?%s"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]'
DRAWING = (
    '<svg class="svg-inline--fa {classes}" viewBox="0 0 {width} {height}" aria-hidden="true"{data}>'
    '<path fill="currentColor" d="{path}"/></svg>'
)


def drawings(everything):
    """A function that puts the drawings of icons into a page; ``everything``: the theme's script of all icons."""

    @cache
    def icon(name):
        found = re.findall(SOLID % re.escape(name), everything)
        if not found:
            raise ExtensionError(f"the theme's {SCRIPT} holds no icon {name!r}: has its format changed?")
        return found[-1]  # the solid style comes after the regular one

    def draw(place):
        _, classes, name, more = place.groups()
        width, height, path = icon(name)
        data = "".join(re.findall(r' data-[\w-]+="[^"]*"', more))
        classes = " ".join(classes.split())
        return DRAWING.format(classes=classes, width=width, height=height, data=data, path=path)

    return lambda page: PLACE.sub(draw, LOADED.sub("", page))


def carry(sheet, fonts):
    """A style sheet with Font Awesome's solid icons inside it, as far as it writes them, from the folder ``fonts``."""
    letters = set(LETTER.findall(sheet))

    def face(found):
        if found[1] != "fa-solid-900" or not letters:
            return ""
        return with_font(found[0], fonts / "webfonts" / f"{found[1]}.woff2", letters)

    return FACE.sub(face, sheet)


def shrink(app, site, pages):
    """Draw the icons of every page; drop the script they came in, and the source maps beside it."""
    drawn = drawings((site / SCRIPT).read_text(encoding="utf-8"))
    for path, page in pages.items():
        pages[path] = drawn(page)
    (site / SCRIPT).unlink()
    for source_map in (site / "_static").rglob("*.map"):
        source_map.unlink()


def setup(app):
    app.setup_extension("whole_pages")
    app.connect("pages-written", shrink)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
