"""The whole book as one PDF: ``make pdf``. Chromium prints the assembled book, twice: the second time the contents know
the page of each chapter, which the first has shown.
"""

import html
from collections.abc import Iterable
from pathlib import Path

import pypdf
from bs4 import BeautifulSoup

from . import assembled, citation, cover
from .assembled import SITE, Page
from .browser import opened
from .settings import Publishing

STYLE = Path(__file__).with_name("pdf.css")


def make(
    target: Path, publishing: Publishing, site: Path = SITE, only: Iterable[str] | None = None, browser=None
) -> int:
    """Print the book that is built in ``site`` (or ``only`` these pages of it) to ``target``; return how many pages."""
    site = site.resolve()
    pages = list(assembled.pages(site, publishing, only, root=f"{site.as_uri()}/"))
    source = target.resolve().with_suffix(".html")
    try:
        source.write_text(whole(pages, site, publishing), encoding="utf-8")
        with opened(browser) as page:
            page.goto(source.as_uri())
            page.evaluate("Promise.all([...document.fonts].map((font) => font.load()))")  # also what is far down
            _print(page, target)
            page.evaluate(FILL, _places(target, pages))
            _print(page, target)
    finally:
        source.unlink(missing_ok=True)
    return len(pypdf.PdfReader(target).pages)


FILL = """(places) => {
  for (const [slug, page] of Object.entries(places)) {
    document.querySelector(`nav.gmm-contents [data-of="${slug}"]`).textContent = page;
  }
}"""


def _print(page, target):
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)


def _places(target, pages):
    """The page of the PDF on which each page of the book begins, counted from 1."""
    reader = pypdf.PdfReader(target)
    found = reader.named_destinations
    return {page.slug: reader.get_destination_page_number(found[f"/{page.slug}"]) + 1 for page in pages}


def whole(pages: list[Page], site: Path, publishing: Publishing) -> str:
    """The assembled book as HTML: cover, contents, parts, pages, and for each page the running head of its own."""
    heads = [_head((site / f"{page.name}.html").read_text(encoding="utf-8")) for page in pages]
    body = [cover.markup(publishing), _contents(pages)]
    part = ""
    for page in pages:
        if page.part != part:
            part = page.part
            body.append(f'<section class="part"><h1>{html.escape(part)}</h1></section>')
        body.append(f'<div class="of-{page.slug}">{page.text}</div>')
    style = STYLE.read_text(encoding="utf-8") + "\n".join(map(_running_head, pages))
    title = html.escape(citation.read(publishing)["title"])
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light" data-content_root="./">
<head><meta charset="utf-8"><title>{title}</title>
{_needed(heads, pages, site)}
<script src="{site.as_uri()}/_static/print.js"></script>
<style>{style}</style></head>
<body><main class="bd-main"><div class="bd-content">{"".join(body)}</div></main></body></html>"""


def _head(text):
    return BeautifulSoup(text.partition("</head>")[0] + "</head>", "html.parser").head


def _needed(heads, pages, site):
    """The site's style sheets, each once and in their order."""
    needed = {}
    for head, page in zip(heads, pages, strict=True):
        for tag in head.find_all(["link", "style"]):
            if "stylesheet" in tag.get("rel", []):
                tag["href"] = f"{site.as_uri()}/{assembled.beside(page.name, tag['href'])}".partition("?")[0]
            elif tag.name == "link":
                continue
            needed.setdefault(str(tag))
    return "\n".join(needed)


def _running_head(page):
    """A page rule for one chapter, and the chapter's name for it."""
    title = page.title.replace("\\", "").replace('"', "”")
    return (
        f'.of-{page.slug} {{ page: {page.slug}; }}\n@page {page.slug} {{ @top-left {{ content: "{title}"; }} '
        f'@top-right {{ content: "{page.part.partition(":")[0]}"; }} }}'
    )


def _contents(pages):
    lines, part = [], ""
    for page in pages:
        if page.part != part:
            part = page.part
            lines.append(f"<li class='caption'>{html.escape(part)}</li>")
        lines.append(
            f'<li><a href="#{page.slug}"><span>{html.escape(page.title)}</span><span class="dots"></span>'
            f'<span data-of="{page.slug}">000</span></a></li>'
        )
    return f'<nav class="gmm-contents"><h1>Contents</h1><ul>{"".join(lines)}</ul></nav>'
