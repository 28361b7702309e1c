"""The book as one file, PDF and EPUB, of a few of its pages: whole, in order, and leading where it says.

``make pdf`` and ``make epub`` make all of it; EPUBCheck judges that.
"""

import json
import posixpath
import re
import zipfile
from xml.etree import ElementTree

import pypdf
import pytest

from publishing import assembled, epub, pdf, settings

NAMES = ["chapters/07_em", "appendix/notation"]
CHAPTER = settings.ROOT / "book/chapters/07_em.ipynb"
PUBLISHED = settings.Publishing(site="https://example.org/a/")
HTML = "{http://www.w3.org/1999/xhtml}"


def joined(text):
    """Without blanks, hyphens of lines and ligatures, which a PDF writes as it likes."""
    return re.sub(r"[\s\u00ad\u200b]+", "", text.replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff"))


@pytest.fixture(scope="module")
def printed(site, browser, tmp_path_factory):
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    assert pdf.make(target, PUBLISHED, site, NAMES, browser) > 5
    return pypdf.PdfReader(target)


@pytest.fixture(scope="module")
def texts(printed):
    return [page.extract_text() for page in printed.pages]


@pytest.mark.parametrize("make", [pdf.make, epub.make])
@pytest.mark.parametrize("names, words", [([*NAMES, "chapters/7_em"], "got chapters/7_em"), ([], "got none")])
def test_a_page_that_is_not_in_the_book_is_refused(tmp_path, make, names, words):
    with pytest.raises(ValueError, match=words):
        make(tmp_path / "book", PUBLISHED, tmp_path, names)
    assert list(tmp_path.iterdir()) == []


def levels(outline):
    """The bookmarks as nested lists of (title, what is below)."""
    found = []
    for one in outline:
        if isinstance(one, list):
            found[-1][1].extend(levels(one))
        else:
            found.append((" ".join(one.title.split()), []))
    return found


def test_the_bookmarks_are_parts_chapters_and_sections(printed):
    parts = dict(levels(printed.outline))
    title, sections = next(below for part, below in parts.items() if part.startswith("Part I"))[0]
    assert title == "7. The idea of EM"
    assert [name for name, _ in sections][-2:] == ["Try it", "Check yourself"]
    assert any(title == "Appendices" for title in parts)


def test_the_contents_name_the_pages_on_which_chapters_begin(printed, texts):
    contents = texts[1]  # after the cover
    assert "Contents" in contents
    for title in ("7. The idea of EM", "Notation"):
        said = int(re.search(rf"{re.escape(title)}[^\d]*?(\d+)\s*$", contents, re.MULTILINE)[1])
        assert joined(title) in joined(texts[said - 1])[:80]
        assert str(said) in texts[said - 1].split()  # as the page itself says


def test_every_line_of_code_that_the_page_shows_is_printed(texts):
    paper = joined("".join(texts))
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    shown = [
        c
        for c in cells
        if c["cell_type"] == "code"
        and not {"hide-input", "remove-input", "remove-cell"} & set(c["metadata"].get("tags", []))
    ]
    lines = [line for cell in shown for line in "".join(cell["source"]).splitlines() if line.strip()]
    assert len(lines) > 30
    assert [line for line in lines if joined(line) not in paper] == []


def test_every_link_within_the_pdf_arrives(printed):
    places = printed.named_destinations
    links = [note.get_object() for page in printed.pages for note in page.get("/Annots", [])]
    inside = [link["/Dest"] for link in links if "/Dest" in link]
    assert len(inside) > 10 and sorted({place for place in inside if place not in places}) == []
    outside = [link["/A"]["/URI"] for link in links if link.get("/A", {}).get("/URI")]
    assert "https://example.org/a/chapters/07_em.html#turn-the-ratchet-yourself" in outside  # of the stepper
    assert not [address for address in outside if not address.startswith("https://")]


def test_every_figure_that_moves_invites_to_the_site(site):
    page = next(assembled.pages(site, PUBLISHED, ["chapters/01_datasets"]))
    sentences = page.article.select(".gmm-interactive p")
    assert [one.get_text() for one in sentences] == ["On the site this figure moves under a hand."]
    assert sentences[0].a["href"].startswith("https://example.org/a/chapters/01_datasets.html#")
    assert "Where scripts are allowed" not in page.text


@pytest.fixture(scope="module")
def archive(site, browser, tmp_path_factory):
    target = tmp_path_factory.mktemp("epub") / "book.epub"
    assert epub.make(target, settings.Publishing(), site, NAMES, browser) == len(NAMES)
    with zipfile.ZipFile(target) as opened:
        yield {name: opened.read(name) for name in opened.namelist()}


def test_an_epub_lists_all_that_it_holds(archive):
    assert next(iter(archive)) == "mimetype" and archive["mimetype"] == b"application/epub+zip"
    package = ElementTree.fromstring(archive["OPS/package.opf"])
    items = package.findall(".//{*}item")
    listed = {"OPS/" + item.get("href") for item in items}
    assert listed == set(archive) - {"mimetype", "META-INF/container.xml", "OPS/package.opf"}
    known = {item.get("id") for item in items}
    order = [one.get("idref") for one in package.findall(".//{*}itemref")]
    assert order == ["nav", "page-chapters-07_em", "page-appendix-notation"] and set(order) <= known


def test_every_link_within_the_epub_arrives(archive):
    documents = {name: ElementTree.fromstring(text) for name, text in archive.items() if name.endswith(".xhtml")}
    ids = {name: [one.get("id") for one in tree.iter() if one.get("id")] for name, tree in documents.items()}
    for name, tree in documents.items():
        assert len(ids[name]) == len(set(ids[name])), name
        for link in tree.iter(f"{HTML}a"):
            address = link.get("href")
            if address is None or address.startswith("https://"):
                continue
            file, _, anchor = address.partition("#")
            target = posixpath.join("OPS", file) if file else name
            assert target in archive and (not anchor or anchor in ids[target]), f"{name}: {address}"
        for image in tree.iter(f"{HTML}img"):
            source = image.get("src")
            assert image.get("alt") and (source.startswith("data:") or posixpath.join("OPS", source) in archive)


def test_every_formula_of_the_site_is_mathml_in_the_epub(archive, pages):
    tree = ElementTree.fromstring(archive["OPS/chapters-07_em.xhtml"])
    formulas = tree.findall(".//{http://www.w3.org/1998/Math/MathML}math")
    article = pages["chapters/07_em.html"].article
    folded = article.select("details.hide.above-input .math")
    assert len(formulas) == len(article.select(".math")) - len(folded) > 50
    assert not tree.findall(".//*[@class='katex']")
    assert "(7.1)" in "".join(tree.itertext())


def test_without_an_address_a_file_names_none(archive):
    addresses = re.findall(rb'href="(https?://[^"]+)"', b"".join(t for n, t in archive.items() if n.endswith(".xhtml")))
    assert not [address for address in addresses if b"doi.org" not in address]
