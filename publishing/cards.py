"""The picture of a page that is shown where somebody shares it: its title, and the first figure it has."""

import html
from copy import copy
from pathlib import Path

from bs4 import BeautifulSoup

from .assembled import beside, contents
from .browser import opened

SIZE = {"width": 1200, "height": 630}  # what Open Graph's readers cut pictures to
FOLDER = "_static/share"
DRAWN_WITH = ("book.css", "stepper.css")  # the colours of figures
STYLE = """
  body { align-items: center; background: #fff; border-bottom: 14px solid #0072b2; box-sizing: border-box;
         display: flex; font-family: sans-serif; gap: 48px; height: 630px; margin: 0; overflow: hidden; padding: 48px; }
  .words { flex: 0 0 400px; }
  h1 { color: #1b2733; font-size: 52px; line-height: 1.15; margin: 0 0 28px; text-wrap: balance; }
  p { color: #51606e; font-size: 25px; line-height: 1.35; margin: 0; }
  .picture { align-items: center; display: flex; flex: 1; height: 100%; justify-content: center; min-width: 0; }
  .picture :is(img, svg) { height: auto; max-height: 520px; max-width: 100%; object-fit: contain; width: 100%; }
  body:not(:has(.picture > *)) .words { flex: 1; }
"""


def draw(site: Path, browser=None) -> int:
    """Draw the picture of each page of the book into the site; return how many."""
    site = site.resolve()
    names = [name for name, _ in contents()]
    source = site / "_card.html"  # beside what it shows
    try:
        with opened(browser) as page:
            page.set_viewport_size(SIZE)
            for name in names:
                soup = BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
                source.write_text(card(soup, name), encoding="utf-8")
                page.goto(source.as_uri())
                page.screenshot(path=site / FOLDER / f"{name}.png")
    finally:
        source.unlink(missing_ok=True)
    return len(names)


def card(soup: BeautifulSoup, name: str) -> str:
    """The picture of the page ``name`` as HTML, of the size of the window."""
    article = soup.select_one("article.bd-article")
    heading = article.h1
    for mark in heading.select(".headerlink"):
        mark.decompose()
    book = soup.find("meta", property="og:site_name")["content"]
    title = " ".join(heading.get_text().split())
    below = html.escape(book if book != title else "")
    sheets = [beside(name, tag["href"]) for tag in soup.head.select("link[rel=stylesheet][href]")]
    drawn_with = [sheet for sheet in sheets if Path(sheet.partition("?")[0]).name in DRAWN_WITH]
    links = "".join(f'<link rel="stylesheet" href="{sheet}">' for sheet in drawn_with)
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light"><meta charset="utf-8">{links}<style>{STYLE}</style>'
        f'<body><div class="words"><h1>{html.escape(title)}</h1><p>{below}</p></div>'
        f'<div class="picture">{_figure(article, name)}</div></body></html>'
    )


def _figure(article, name):
    """The first figure, drawn or stored; none where a page has none."""
    figure = article.select_one("figure :is(img, svg), .gmm-first svg")
    if figure is None:
        return ""
    if figure.name == "img":
        figure = copy(figure)  # the page itself stays as it is
        figure["src"] = beside(name, figure["src"])
        del figure["loading"]  # it is drawn now or never
        return str(figure)
    inside = figure.find_parent(class_="gmm-stepper")
    return f'<div class="gmm-stepper" style="width: 100%">{figure}</div>' if inside else str(figure)
