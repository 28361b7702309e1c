"""KaTeX's style sheet with its fonts inside it, each cut down to the characters that the book's formulas show in it.

Inside, as data, because Firefox refuses to load fonts on pages opened from disk. Cut down, the fonts weigh less than a
picture, and come with the style: no formula is drawn twice.
"""

import base64
import html
import io
import logging
import re
from collections import defaultdict

from fontTools import subset
from fontTools.ttLib import TTFont

logging.getLogger("fontTools").setLevel(logging.WARNING)  # which tables it cut is no news for who builds a book

FACE = re.compile(r"@font-face\{[^}]*?url\(fonts/KaTeX_([\w-]+)\.woff2\)[^}]*\}")
SOURCES = re.compile(r"src:[^;}]*")
DRAWN = re.compile(r'<span class="katex-html"[^>]*>')
TOKEN = re.compile(r'<span(?: class="(?P<classes>[^"]*)")?[^>]*>|(?P<end></span>)|<[^>]*>|(?P<text>[^<]+)')
# What KaTeX's style sheet says: which of its classes asks for which face.
ASKED_BY = {
    "AMS-Regular": "amsrm mathbb textbb",
    "Caligraphic-Regular": "mathcal",
    "Fraktur-Bold": "mathboldfrak textboldfrak",
    "Fraktur-Regular": "mathfrak textfrak",
    "Main-Bold": "mathbf textbf",
    "Main-Italic": "mathit textit",
    "Main-Regular": "mainrm mathrm textrm",
    "Math-BoldItalic": "boldsymbol",
    "Math-Italic": "mathnormal",
    "SansSerif-Bold": "mathboldsf textboldsf",
    "SansSerif-Italic": "mathsfit mathitsf textitsf",
    "SansSerif-Regular": "mathsf textsf",
    "Script-Regular": "mathscr textscr",
    "Size1-Regular": "size1 delim-size1 small-op",
    "Size2-Regular": "size2 large-op",
    "Size3-Regular": "size3",
    "Size4-Regular": "size4 delim-size4",
    "Typewriter-Regular": "mathtt texttt",
}
FACE_OF = {name: face for face, names in ASKED_BY.items() for name in names.split()}


def characters_by_face(page):
    """What the formulas of a page (its HTML) show: ``{face: set of characters}``."""
    shown = defaultdict(set)
    for opening in DRAWN.finditer(page):
        faces = ["Main-Regular"]
        for token in TOKEN.finditer(page, opening.end()):
            if token["end"]:
                faces.pop()
                if not faces:
                    break
            elif token["text"]:
                shown[faces[-1]].update(html.unescape(token["text"]))
            elif token[0].startswith("<span"):
                faces.append(face_of(token["classes"] or "", faces[-1]))
    return shown


def face_of(classes, inherited):
    """The face that an element of these classes is drawn in. (``size3``: of a delimiter a face, else a height.)"""
    names = [name for name in classes.split() if "delimsizing" in classes or not re.fullmatch(r"size\d", name)]
    asked = [FACE_OF[name] for name in names if name in FACE_OF]
    return asked[-1] if asked else inherited


def cut(path, characters):
    """The font in the file ``path``, with nothing but these characters, as WOFF2."""
    font = TTFont(path, recalcTimestamp=False)
    cutter = subset.Subsetter(subset.Options(layout_features=[], name_IDs=[], hinting=False))
    cutter.populate(text="".join(sorted(characters)))
    cutter.subset(font)
    font.flavor, made = "woff2", io.BytesIO()
    font.save(made)
    return made.getvalue()


def with_font(face, path, characters):
    """A rule ``@font-face`` with the font in the file ``path`` inside it, cut down to these characters."""
    font = base64.b64encode(cut(path, characters)).decode()
    return SOURCES.sub(f'src:url(data:font/woff2;base64,{font}) format("woff2")', face)


def write_style(katex, pages, folder):
    """Write ``katex.css`` into ``folder`` for these pages, from the style and the fonts in the folder ``katex``."""
    shown = defaultdict(set)
    for page in pages:
        for face, characters in characters_by_face(page).items():
            shown[face] |= characters

    def rule(found):
        characters = shown[found[1]]
        return with_font(found[0], katex / "fonts" / f"KaTeX_{found[1]}.woff2", characters) if characters else ""

    style = (katex / "katex.min.css").read_text(encoding="utf-8")
    (folder / "katex.css").write_text(FACE.sub(rule, style), encoding="utf-8")
