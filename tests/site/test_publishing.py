"""A published book knows its address; one that is not published shows none."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from publishing import cards, citation, host, settings

ROOT = settings.ROOT
SITE, REPOSITORY = "https://example.org/a/book", "https://github.com/somebody/a-book"
CONFIG = """
extensions = ["published", "page_head"]
html_theme = "sphinx_book_theme"
html_title = "A book"
html_theme_options = {"footer_content_items": ["published-footer.html"]}
templates_path = ["templates"]
"""


@pytest.fixture(scope="module")
def small_book(tmp_path_factory):
    """Build a book of two pages with these settings: every page parsed."""

    def build(**publishing):
        folder = tmp_path_factory.mktemp("book")
        (folder / "templates").symlink_to(ROOT / "book/assets/templates")
        (folder / "conf.py").write_text(f"{CONFIG}\npublishing = {publishing!r}\n")
        (folder / "index.rst").write_text("A book\n======\n\nAbout things.\n\n.. toctree::\n\n   part/page\n")
        (folder / "part").mkdir()
        (folder / "part/page.rst").write_text("A page\n======\n\nMore about things.\n")
        site = folder / "html"
        with docutils_namespace():
            Sphinx(folder, folder, site, folder / "trees", "html", status=None, warningiserror=True).build()
        pages = {
            page.relative_to(site).as_posix(): page.read_text()
            for page in site.rglob("*.html")
            if page.parent.name != "_static"
        }
        return {name: BeautifulSoup(text, "html.parser") for name, text in pages.items()}

    return build


def shown(soup, *wanted):
    return [tag["href"] for tag in soup.select("footer a[href]") if any(word in tag["href"] for word in wanted)]


def test_a_published_page_says_where_it_is_and_where_its_source_is(small_book):
    pages = small_book(site=SITE, repository=REPOSITORY + ".git", branch="trunk")
    head = pages["part/page.html"].head
    assert head.find("link", rel="canonical")["href"] == f"{SITE}/part/page.html"
    assert pages["index.html"].head.find("link", rel="canonical")["href"] == f"{SITE}/"
    assert head.find("meta", property="og:url")["content"] == f"{SITE}/part/page.html"
    assert head.find("meta", property="og:image")["content"] == f"{SITE}/_static/share/part/page.png"
    assert head.find("link", type="application/atom+xml")["href"] == f"{SITE}/feed.xml"
    assert shown(pages["part/page.html"], "somebody") == [
        f"{REPOSITORY}/edit/trunk/book/part/page.rst",
        f"{REPOSITORY}/issues/new?title=On%20the%20page%20part/page",
    ]
    assert pages["index.html"].head.find("meta", property="og:url")["content"] == SITE + "/"
    kinds = [page.find("meta", property="og:type")["content"] for page in (pages["index.html"].head, head)]
    assert kinds == ["website", "article"]
    inside = [link["href"] for link in pages["404.html"].select("a[href*='#']")]  # such as that which skips to the text
    assert inside and not [address for address in inside if address.startswith("#")]
    lost = pages["404.html"].head
    assert lost.find("base")["href"] == SITE + "/"  # shown at any depth, it finds its style sheet
    assert not lost.find("link", rel="canonical") and lost.find("meta", {"name": "robots"})["content"] == "noindex"


def test_a_page_that_is_not_published_shows_no_address(small_book):
    pages = small_book()
    assert "404.html" not in pages and len(pages) >= 3
    for soup in pages.values():
        assert "http" not in str(soup.head.find_all(["meta", "link"]))
        assert shown(soup, "http", "edit", "issues") == []
    assert f"Version {settings.version()}" in pages["index.html"].find(class_="bd-footer-content").get_text()


def test_the_book_as_it_is_built_shows_what_the_setting_says(pages):
    publishing = settings.read(environment={})
    for name, soup in pages.items():
        canonical = soup.head.find("link", rel="canonical")
        assert (canonical["href"] if canonical else "").startswith(publishing.site), name
        assert bool(canonical) == bool(publishing.site), name
        assert bool(soup.head.find("meta", property="og:image")) == bool(publishing.site), name
        if not publishing.repository:
            assert "Source of this page" not in soup.get_text(), name


def test_the_environment_overrules_the_file():
    said = {"site": "https://one.org", "repository": ""}
    read = settings.read(said, {"BOOK_SITE": "https://two.org/x/"})
    assert read == settings.Publishing("https://two.org/x/", "", "main")
    assert read.address("index.html") == "https://two.org/x/" and read.source("book/index.md") == ""


@pytest.mark.parametrize(
    "repository, source, feedback",
    [
        (REPOSITORY, "/blob/main/a%20b.ipynb", "/issues/new?title=A%20%26%20B"),
        ("https://gitlab.com/x/y", "/-/blob/main/a%20b.ipynb", "/-/issues/new?issue%5Btitle%5D=A%20%26%20B"),
    ],
)
def test_addresses_in_a_repository(repository, source, feedback):
    publishing = settings.Publishing(repository=repository)
    assert publishing.source("a b.ipynb") == repository + source
    assert publishing.feedback("A & B") == repository + feedback


@pytest.mark.parametrize(
    "given, words",
    [
        ({"site": "example.org"}, "site must be empty or an address like https://host/path; got 'example.org'"),
        ({"repository": "git@github.com:a/b"}, "repository must be .* got 'git@github.com:a/b'"),
        ({"site": 'https://a/"b'}, "site must be"),
        ({"sight": "https://a"}, "publishing has no 'sight'; it has site, repository, branch"),
    ],
)
def test_what_is_no_address_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        settings.read(given, {})


def test_the_wheel_names_the_same_addresses():
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    publishing = settings.read(environment={})
    assert urls.get("Homepage", "") == publishing.site and urls.get("Repository", "") == publishing.repository


def test_how_to_cite_is_said_alike_everywhere(pages):
    cited = citation.read(settings.Publishing())
    assert cited["version"] == settings.version()
    released = f"## {cited['version']} - {cited['date-released']}"
    assert released in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    sentence = (
        f"{citation.authors(cited)} ({cited['date-released'].year}). {cited['title']}, version {cited['version']}."
    )
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").replace("*", "").split())
    assert sentence in readme and sentence in pages["index.html"].article.get_text()


def test_a_published_citation_has_its_addresses():
    text = citation.as_text(settings.Publishing(f"{SITE}/", REPOSITORY))
    fields = yaml.safe_load(text)
    assert fields["url"] == f"{SITE}/" and fields["repository-code"] == REPOSITORY
    assert "http" not in citation.as_text(settings.Publishing())


def test_the_readme_names_the_site_if_there_is_one_and_no_address_that_is_not_set():
    publishing = settings.read(environment={})
    named = re.findall(r"https?://[^\s)`>\"]+", (ROOT / "README.md").read_text(encoding="utf-8"))
    named = {one for one in named if not re.search("//host/|/owner/name", one)}  # which stand for others
    assert {publishing.site} - {""} <= named <= {publishing.site, publishing.repository} - {""}


PUBLISHED = settings.Publishing("https://example.org/a/")


def test_the_sitemap_names_every_page_that_is_built(site):
    listed = ElementTree.fromstring(host.sitemap(PUBLISHED).encode()).iter()
    places = [place.text for place in listed if place.tag.endswith("loc")]
    paths = [path.relative_to(site) for path in site.rglob("*.html")]
    built = {path.as_posix() for path in paths if "_static" not in path.parts}
    wanted = {"https://example.org/a/" + name for name in built - {"index.html", "search.html", "genindex.html"}}
    assert sorted(places) == sorted(wanted | {"https://example.org/a/"})
    assert "Sitemap: https://example.org/a/sitemap.xml" in host.robots(PUBLISHED).splitlines()


def test_the_feed_tells_the_versions_that_are_released():
    log = "# Log\n\n## Unreleased\n\n- Soon.\n\n"
    log += "## 1.1.0 - 2026-12-01\n\n- *New* & fine.\n\n## 1.0.0 - 2026-11-23\n\n- First.\n"
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(host.feed(PUBLISHED, log).encode())
    entries = feed.findall(f"{atom}entry")
    assert [entry.findtext(f"{atom}title") for entry in entries] == ["Version 1.1.0", "Version 1.0.0"]
    assert feed.findtext(f"{atom}updated") == "2026-12-01T00:00:00Z"
    assert "<li><em>New</em> &amp; fine.</li>" in entries[0].findtext(f"{atom}content")
    assert len({entry.findtext(f"{atom}id") for entry in entries}) == 2
    with pytest.raises(ValueError, match="no heading like"):
        host.feed(PUBLISHED, "# Log\n\n## Unreleased\n")


def test_a_shared_page_shows_its_title_and_its_first_figure(pages):
    shown = BeautifulSoup(cards.card(pages["chapters/07_em.html"], "chapters/07_em"), "html.parser")
    assert shown.h1.get_text() == "7. The idea of EM"
    assert shown.select_one(".picture :is(img, svg)")
    bare = BeautifulSoup(cards.card(pages["appendix/licence.html"], "appendix/licence"), "html.parser")
    assert "licence" in bare.h1.get_text().lower() and not bare.select(".picture > *")


def test_pictures_to_share_are_drawn_into_a_folder_named_from_here(browser, tmp_path, monkeypatch):
    page = '<meta property="og:site_name" content="A book"><article class="bd-article"><h1>A page</h1></article>'
    (tmp_path / "site").mkdir()
    (tmp_path / "site/page.html").write_text(f"<html><head></head><body>{page}</body></html>")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cards, "contents", lambda: [("page", "")])
    assert cards.draw(Path("site"), browser) == 1
    assert Image.open("site/_static/share/page.png").size == (1200, 630)
    assert sorted(one.name for one in Path("site").iterdir()) == ["_static", "page.html"]
