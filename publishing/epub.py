"""The whole book as an EPUB 3: ``make epub``. Formulas are MathML, figures as on the site, steppers their first frame.

A page of the site becomes a file of XHTML. Chromium writes it, because it alone knows for sure what a page's HTML is as
XML; no script of the site runs. The rest is a zip with a list of what is in it.
"""

import html
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import yaml
from bs4 import Tag
from pygments.formatters import HtmlFormatter

from . import assembled, citation, cover, settings
from .assembled import SITE, Page
from .browser import opened
from .settings import ROOT, Publishing

STYLE = Path(__file__).with_name("epub.css")
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: the same book makes the same bytes
TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".css": "text/css"}
MATHML, SVG = "http://www.w3.org/1998/Math/MathML", "http://www.w3.org/2000/svg"
# Attributes of old HTML, and of formulas, that EPUB knows no longer; style sheets say the same.
FORGOTTEN = {"table": ["border", "align"], "td": ["align", "valign"], "th": ["align", "valign"], "mtd": ["width"]}

AS_XML = """(text) => {
  document.body.innerHTML = text;
  const made = new XMLSerializer().serializeToString(document.body.firstElementChild);
  document.body.replaceChildren();
  return made;
}"""


def make(
    target: Path, publishing: Publishing, site: Path = SITE, only: Iterable[str] | None = None, browser=None
) -> int:
    """Write the book that is built in ``site`` (or ``only`` these pages of it) to ``target``; return how many pages."""
    pages = list(assembled.pages(site, publishing, only, first_level=1))
    with opened(browser) as sheet, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        _add(archive, "META-INF/container.xml", CONTAINER)
        _add(archive, "OPS/epub.css", _style())
        _add(archive, "OPS/cover.png", cover.picture(sheet, publishing))
        _add(archive, "OPS/nav.xhtml", _nav(pages))
        documents = {page.slug: _document(sheet, page) for page in pages}
        images = _images(pages)
        for slug, text in documents.items():
            _add(archive, f"OPS/{slug}.xhtml", text)
        for image in images:
            _add(archive, f"OPS/{image}", (site / image).read_bytes())
        _add(archive, "OPS/package.opf", _package(documents, images, publishing))
    return len(pages)


def _add(archive, name, content, how=zipfile.ZIP_DEFLATED):
    entry = zipfile.ZipInfo(name, FIRST_DAY)
    entry.compress_type = how
    archive.writestr(entry, content)


def _images(pages):
    """The files that pages show (what a page carries itself, as data, is none)."""
    named = {image["src"] for page in pages for image in page.article.select("img[src]")}
    return sorted(name for name in named if not name.startswith("data:"))


def _style():
    """Our own, and the colours of code that the site has in the light."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    colours = config["sphinx"]["config"]["html_theme_options"]["pygments_light_style"]
    return STYLE.read_text(encoding="utf-8") + HtmlFormatter(style=colours).get_style_defs(".highlight")


def _document(sheet, page):
    """A page as XHTML."""
    article = page.article
    _plain(article)
    for link in article.select("a[href^='#']"):
        slug = link["href"][1:].partition("--")[0]
        link["href"] = f"{slug}.xhtml{link['href'] if '--' in link['href'] else ''}"
    text = sheet.evaluate(AS_XML, str(article))
    ElementTree.fromstring(text)  # what is no XML ends here
    return XHTML.format(title=html.escape(page.title), body=text)


def _plain(article: Tag) -> None:
    """Leave away what only the site's style sheets and scripts understand."""
    for formula in article.select(".katex"):
        spoken = formula.find("math")
        for source in spoken.select("annotation"):
            source.decompose()
        if formula.find_parent(class_="katex-display"):
            spoken["display"] = "block"
        formula.replace_with(spoken)
    for name, attributes in FORGOTTEN.items():
        for tag in article.find_all(name):
            for attribute in attributes:
                tag.attrs.pop(attribute, None)
    for style in article.select("style"):
        if not style.find_parent("svg"):
            style.decompose()


def _nav(pages: list[Page]) -> str:
    """The contents: parts, and in them their pages."""
    items, part = [], ""
    for page in pages:
        if page.part != part:
            items += ["</ol></li>"] * bool(part) + [f"<li><span>{html.escape(page.part)}</span><ol>"]
            part = page.part
        items.append(f'<li><a href="{page.slug}.xhtml">{html.escape(page.title)}</a></li>')
    items += ["</ol></li>"] * bool(part)
    body = f'<nav epub:type="toc" role="doc-toc"><h1>Contents</h1><ol>{"".join(items)}</ol></nav>'
    return XHTML.format(title="Contents", body=body)


def _items(documents: dict[str, str], images: list[str]) -> Iterator[str]:
    """What is in the book, each with its type."""
    yield '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    yield '<item id="style" href="epub.css" media-type="text/css"/>'
    yield '<item id="cover" href="cover.png" media-type="image/png" properties="cover-image"/>'
    for slug, text in documents.items():
        holds = [name for name, space in (("mathml", MATHML), ("svg", SVG)) if space in text]
        properties = f' properties="{" ".join(holds)}"' if holds else ""
        yield f'<item id="page-{slug}" href="{slug}.xhtml" media-type="application/xhtml+xml"{properties}/>'
    for i, image in enumerate(images):
        yield f'<item id="image-{i}" href="{html.escape(image)}" media-type="{TYPES[Path(image).suffix]}"/>'


def _package(documents, images, publishing):
    cited = citation.read(publishing)
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{publishing.site}{cited['title']} {cited['version']}")
    changed = settings.last_change() or cited["date-released"]
    features = ("alternativeText", "MathML", "structuralNavigation", "tableOfContents", "readingOrder")
    said = {
        "accessMode": ("textual", "visual"),
        "accessModeSufficient": ("textual",),
        "accessibilityFeature": features,
        "accessibilityHazard": ("none",),
    }
    meta = (f'<meta property="schema:{key}">{one}</meta>' for key, ones in said.items() for one in ones)
    return PACKAGE.format(
        name=name,
        title=html.escape(cited["title"]),
        author=html.escape(citation.authors(cited)),
        source=f"<dc:source>{html.escape(publishing.site)}</dc:source>" if publishing.site else "",
        changed=changed.isoformat(),
        meta="\n".join(meta),
        items="\n".join(_items(documents, images)),
        order="".join(f'<itemref idref="page-{slug}"/>' for slug in documents),
    )


CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OPS/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""
XHTML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>{title}</title><link rel="stylesheet" href="epub.css"/></head>
<body>{body}</body></html>
"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="name" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="name">urn:uuid:{name}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:creator>{author}</dc:creator>
<dc:language>en</dc:language>
<dc:rights>Text and figures: CC BY 4.0. Code: MIT.</dc:rights>
{source}
<meta property="dcterms:modified">{changed}T00:00:00Z</meta>
{meta}
</metadata>
<manifest>
{items}
</manifest>
<spine><itemref idref="nav"/>{order}</spine>
</package>
"""
