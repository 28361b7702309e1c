"""The cover: title, the stepper's picture of a finished run, authors, version and, if there is one, the address."""

import html

from bs4 import BeautifulSoup

from gmm_lib.stepper import _script, static

from . import citation, settings
from .settings import Publishing

RUN = {"data": "iris", "k": "3", "start": "k-means++", "seed": "18", "step": "40"}
SIZE = {"width": 800, "height": 1200}
STYLE = """
  html, body { background: #fff; height: 100%; margin: 0; }
  .cover { box-sizing: border-box; font-family: sans-serif; height: 100%; padding: 140px 60px 0; text-align: center; }
  h1 { font-size: 62px; line-height: 1.15; text-wrap: balance; }
  .gmm-stepper { margin: 60px 0; }
  p { font-size: 26px; }
"""


def markup(publishing: Publishing) -> str:
    """The cover as HTML; the stepper's style sheet colours its picture."""
    cited, day = citation.read(publishing), settings.day()
    where = f'<p><a href="{publishing.site}">{publishing.site}</a></p>' if publishing.site else ""
    picture = BeautifulSoup(static.figure(RUN), "html.parser").find("svg")
    return (
        f'<section class="cover"><h1>{html.escape(cited["title"])}</h1>'
        f'<div class="gmm-stepper" aria-hidden="true">{picture}</div><p>{html.escape(citation.authors(cited))}</p>'
        f"<p>Version {cited['version']}{day and f', {day}'}</p>{where}</section>"
    )


def picture(sheet, publishing: Publishing) -> bytes:
    """The cover as a PNG, drawn on this page of a browser."""
    sheet.set_viewport_size(SIZE)
    sheet.set_content(f"<style>{_script.style()}{STYLE}</style>{markup(publishing)}")
    return sheet.screenshot()
