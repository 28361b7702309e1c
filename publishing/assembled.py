"""The built site's pages joined into one: what the PDF is printed from, and the EPUB is made of.

Each page's article is taken as it stands in the site, whatever has set its formulas and drawn its figures. What is of
no use away from a browser goes (buttons, scripts); what is folded opens; a stepper keeps its first frame and a link.
Names inside a page become names inside the book, and links follow them; a link to what is only on the site leads to the
published one, and is plain text if there is none.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urldefrag, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag

from .elements import end_of
from .settings import ROOT, Publishing

SITE = ROOT / "_build" / "html"
# What only a browser or a hand can use. (The code behind a picture is folded away on the site, and left away here.)
USELESS = """script, button, .headerlink, .copybtn, .gmm-live, .gmm-live-cell, a.button, details.hide.above-input,
    summary .sd-summary-state-marker, summary .sd-summary-icon, summary .sd-summary-chevron-right, .toctree-wrapper"""
# Attributes that name other elements of their page; the last ones hold lists of names.
NAMING = ("id", "for", "aria-labelledby", "aria-describedby", "aria-controls", "headers")
DRAWN_WITH = re.compile(r"url\(#([^)]+)\)")
# What stands below the first frame of a figure that moves.
HERE = re.compile("Where scripts are allowed, (this figure .+); here it stands still[.]")
DEEPEST = 5
# What KaTeX has drawn is most of a page, and holds neither names nor links: it is set aside as it is.
DRAWN = '<span class="katex-html"'
ASIDE = re.compile("<!--drawn ([0-9]+)-->")


@dataclass(frozen=True)
class Page:
    """A page of the book: its name in the site ("chapters/07_em"), the caption of its part, and its article.

    In the article a comment stands for what KaTeX has drawn; ``text`` has all of it.
    """

    name: str
    part: str
    article: Tag
    drawn: list[str]

    @property
    def text(self) -> str:
        return ASIDE.sub(lambda found: self.drawn[int(found[1])], str(self.article))

    @property
    def slug(self) -> str:
        return slug_of(self.name)

    @property
    def title(self) -> str:
        return " ".join(self.article.find(["h1", "h2"]).get_text().split())


def slug_of(name: str) -> str:
    return name.replace("/", "-")


def beside(name: str, address: str) -> str:
    """An address that stands on the page ``name``, as the site's folder sees it."""
    return normpath(PurePosixPath(name).parent / address)


def contents() -> list[tuple[str, str]]:
    """Every page in the order of ``_toc.yml``, with the caption of its part ("" for the first page)."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [(toc["root"], ""), *((file, part["caption"]) for part in toc["parts"] for file in _files(part["chapters"]))]


def _files(entries: list[dict]) -> Iterator[str]:
    """Chapters and, each after its own, their sections."""
    for entry in entries:
        yield entry["file"]
        yield from _files(entry.get("sections", []))


def pages(
    site: Path, publishing: Publishing, only: Iterable[str] | None = None, first_level: int = 2, root: str = ""
) -> Iterator[Page]:
    """The pages of the site in ``site``, ready to stand in one book; ``only`` some of them, by name.

    Their titles are headings of ``first_level``: the second where the first is that of the parts. Addresses of pictures
    begin with ``root``, and go on as the site's folder sees them.

    Raises
    ------
    ValueError
        If ``only`` names no page, or one that the book has not.
    """
    book = dict(contents())
    names = set(book if only is None else only)
    unknown = sorted(names - set(book))
    if unknown or not names:
        raise ValueError(f"pages must be some of those in _toc.yml; got {', '.join(unknown) or 'none'}.")
    for name in filter(names.__contains__, book):
        article, drawn = _article((site / f"{name}.html").read_text(encoding="utf-8"))
        article["id"] = ""
        _leave_away(article)
        _still(article, name, publishing)
        _rename(article, name)
        for link in article.find_all("a", href=True):
            _lead(link, name, names, site, publishing)
        for picture in article.find_all("img", src=True):
            picture.attrs.pop("loading", None)  # nobody comes near: all at once
            if not urlsplit(picture["src"]).scheme:
                picture["src"] = root + beside(name, picture["src"])
        if first_level == 2:
            _one_level_down(article)
        yield Page(name, book[name], article, drawn)


def _article(text):
    """The article of a page, and what KaTeX has drawn in it. What surrounds an article need not be read."""
    text = text[text.index('<article class="bd-article') : text.rindex("</article>") + len("</article>")]
    kept, drawn, at = [], [], 0
    while (begin := text.find(DRAWN, at)) >= 0:
        kept += [text[at:begin], f"<!--drawn {len(drawn)}-->"]
        at = end_of(text, begin)
        drawn.append(text[begin:at])
    return BeautifulSoup("".join(kept) + text[at:], "html.parser").article, drawn


def _leave_away(article):
    for output in article.select("details.hide.above-input > .cell_output"):  # the code is folded, what it shows is not
        output.find_parent("details").insert_after(output.extract())
    for tag in article.select(USELESS):
        if not tag.decomposed:
            tag.decompose()
    for folded in article.find_all("details"):
        if "hide" in folded.get("class", ()):  # an output that waited for a prediction
            folded.summary.decompose()
            folded.unwrap()
        else:
            folded["open"] = ""
    for dark in article.select(".gmm-drawn > .only-dark"):
        figure = dark.parent
        dark.decompose()
        figure.unwrap()
    for paragraph in article.find_all("p"):  # of which only buttons were
        if not paragraph.get_text(strip=True) and not paragraph.find(True):
            paragraph.decompose()


def _still(article, name, publishing):
    """A figure that moves is its first frame, and an invitation if it can be followed."""
    for stepper in article.select(".gmm-stepper, .gmm-interactive"):
        sentence = stepper.select_one(".gmm-first > p")
        figure = stepper.find_parent(id=True)
        where = publishing.address(f"{name}.html") and f"{publishing.address(f'{name}.html')}#{figure['id']}"
        words = HERE.sub(r"On the site \1.", sentence.get_text())
        invitation = BeautifulSoup(f'<a href="{where}">{words}</a>' if where else words, "html.parser")
        sentence.clear()
        sentence["class"] = "gmm-on-the-site"
        sentence.append(invitation)


def _rename(article, name):
    """Names of one page may be those of another: each gets its page before it."""
    slug = slug_of(name)

    def renamed(one):
        return f"{slug}--{one}" if one else slug

    for tag in (article, *article.find_all(True)):
        for attribute, value in list(tag.attrs.items()):
            if attribute in NAMING:
                listed = value if isinstance(value, list) else value.split(" ")
                tag[attribute] = " ".join(map(renamed, listed))
            elif isinstance(value, str) and "url(#" in value:
                tag[attribute] = DRAWN_WITH.sub(lambda found: f"url(#{renamed(found[1])})", value)
            elif attribute in ("href", "xlink:href") and tag.name != "a" and value.startswith("#"):
                tag[attribute] = f"#{renamed(value[1:])}"  # a shape used again
    for style in article.select("style"):
        style.string = DRAWN_WITH.sub(lambda found: f"url(#{renamed(found[1])})", style.get_text())


def _lead(link, name, names, site, publishing):
    """Let a link lead where it led: within the book, to another site, or else to the published one."""
    path, anchor = urldefrag(link["href"])
    if urlsplit(path).scheme:
        return
    target = beside(name, unquote(path)) if path else f"{name}.html"
    page = target.removesuffix(".html")
    anchor, _, state = anchor.partition("?")
    state = link.get("data-stepper") or state  # in which only the site shows a stepper
    if page in names and not (state and publishing.site):
        link["href"] = "#" + slug_of(page) + (f"--{unquote(anchor)}" if anchor else "")
    elif publishing.site:
        link["href"] = publishing.address(target) + (f"#{anchor}{state and f'?{state}'}" if anchor else "")
    else:
        link.unwrap()


def _one_level_down(article):
    for level in range(DEEPEST, 0, -1):
        for heading in article.find_all(f"h{level}"):
            heading.name = f"h{level + 1}"
