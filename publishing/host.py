"""What a host of static files needs beside the pages: ``make publish`` builds the site and calls this.

Sitemap and robots.txt for search engines, a feed of the versions, a picture of each page for those who share it, how to
cite the copy. All of it is made of the built pages and of CHANGELOG.md, and all of it names the one address.
"""

import html
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

from . import citation, settings
from .assembled import contents
from .settings import ROOT, Publishing

VERSION = re.compile(
    r"^## (?P<version>\d[\w.]*) - (?P<day>\d{4}-\d\d-\d\d)\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL
)


def sitemap(publishing: Publishing) -> str:
    """Every page of the book, in its order."""
    places = (f"  <url><loc>{html.escape(publishing.address(f'{name}.html'))}</loc></url>\n" for name, _ in contents())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{''.join(places)}</urlset>\n"
    )


def robots(publishing: Publishing) -> str:
    """Everybody may read everything, and finds the list of pages."""
    return f"User-agent: *\nAllow: /\nSitemap: {publishing.address('sitemap.xml')}\n"


def feed(publishing: Publishing, changelog: str) -> str:
    """The versions of the changelog as an Atom feed, the newest first; what is not released yet is not news yet.

    Raises
    ------
    ValueError
        If the changelog holds no version with its day.
    """
    versions = list(VERSION.finditer(changelog))
    if not versions:
        raise ValueError("the changelog has no heading like '## 1.0.0 - 2026-11-23', so the feed would be empty.")
    cited, own = citation.read(publishing), html.escape(publishing.address("feed.xml"))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{html.escape(cited['title'])}: changes</title>\n<id>{own}</id>\n"
        f'<link rel="self" href="{own}"/>\n<link href="{html.escape(publishing.site)}"/>\n'
        f"<updated>{versions[0]['day']}T00:00:00Z</updated>\n"
        f"<author><name>{html.escape(citation.authors(cited))}</name></author>\n"
        f"{''.join(_entry(publishing, version) for version in versions)}</feed>\n"
    )


def _entry(publishing, version):
    text = html.escape(MarkdownIt().render(version["text"].strip()))
    place = html.escape(publishing.address("feed.xml"))
    return (
        f"<entry>\n<title>Version {version['version']}</title>\n<id>{place}#{version['version']}</id>\n"
        f'<link href="{html.escape(publishing.site)}"/>\n<updated>{version["day"]}T00:00:00Z</updated>\n'
        f'<content type="html">{text}</content>\n</entry>\n'
    )


def files(publishing: Publishing) -> Iterator[tuple[str, str]]:
    """What lies in the site's folder beside the pages: name and text."""
    yield "sitemap.xml", sitemap(publishing)
    yield "robots.txt", robots(publishing)
    yield "feed.xml", feed(publishing, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    yield citation.FILE, citation.as_text(publishing)
    yield ".nojekyll", ""  # else GitHub's pages leave away every folder that begins with an underscore


def main(folder: str | None = None) -> None:
    """Complete the site in ``folder``; without one, only say whether there is an address to publish it at."""
    from . import cards

    publishing = settings.read()
    if not publishing.site:
        sys.exit("A site is published at an address: make publish SITE=https://host/path/ (or `site` in _config.yml).")
    if folder is None:
        return
    site = Path(folder)
    for name, text in files(publishing):
        (site / name).write_text(text, encoding="utf-8")
    drawn = cards.draw(site)
    print(f"{site} is ready for {publishing.site}: any host of static files will do ({drawn} pictures to share).")


if __name__ == "__main__":
    main(*sys.argv[1:])
