"""The built site, page by page: what a reader, a screen reader and a search engine need."""

import re
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

LOADED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "link": "href",
}
# Links in a head that a browser never loads.
NOT_LOADED = {"index", "search", "next", "prev", "author", "copyright"}


def every(pages, find_problems):
    """Fail with the list of all problems on all pages at once."""
    problems = [f"{name}: {problem}" for name, soup in pages.items() for problem in find_problems(name, soup)]
    assert not problems, "\n" + "\n".join(problems)


def short(tag):
    return re.sub(r"\s+", " ", str(tag))[:160]


def test_every_page_has_language_title_description_and_one_h1(pages):
    def problems(name, soup):
        if not soup.html.get("lang"):
            yield "no language"
        if not (soup.title and soup.title.get_text(strip=True)):
            yield "no title"
        descriptions = [meta["content"] for meta in soup.find_all("meta", attrs={"name": "description"})]
        if len(descriptions) != 1 or not 20 <= len(descriptions[0]) <= 160:
            yield f"one description of 20 to 160 characters is needed, found {descriptions}"
        if len(soup.find_all("h1")) != 1:
            yield f"one h1 is needed, found {len(soup.find_all('h1'))}"

    every(pages, problems)


def test_descriptions_differ(pages):
    texts = [soup.find("meta", attrs={"name": "description"})["content"] for soup in pages.values()]
    assert sorted(texts) == sorted(set(texts))


def test_headings_skip_no_level(pages):
    def problems(name, soup):
        level = 0
        for heading in soup.article.find_all(re.compile("^h[1-6]$")) if soup.article else []:
            if int(heading.name[1]) > level + 1:
                yield f"{heading.name} after h{level}: {heading.get_text(strip=True)}"
            level = int(heading.name[1])

    every(pages, problems)


def test_every_picture_says_what_it_shows(pages):
    def problems(name, soup):
        for img in soup.find_all("img"):
            decorative = img.find_parent("a", class_="navbar-brand")  # the title stands beside the logo
            if not img.get("alt", "").strip() and not decorative:
                yield f"no alternative text: {short(img)}"
            elif re.search(r"\.(png|svg)$|^Figure size", img.get("alt", "")) or "_build" in img.get("alt", ""):
                yield f"the alternative text is a file name: {short(img)}"
        for svg in soup.find_all("svg"):
            hidden = any(tag.get("aria-hidden") == "true" for tag in [svg, *svg.parents])
            named = any(  # what lies inside a named picture is a part of it
                tag.get("role") == "img" and (tag.get("aria-label") or tag.get("aria-labelledby"))
                for tag in [svg, *svg.parents]
            )
            if not hidden and not named:
                yield f"neither a name nor aria-hidden: {short(svg)}"

    every(pages, problems)


def test_every_figure_has_a_caption(pages):
    def problems(name, soup):
        for figure in soup.find_all("figure"):
            if not (figure.figcaption and figure.figcaption.get_text(strip=True).rstrip("#")):
                yield short(figure)
        for img in soup.select(".cell_output img"):
            if not img.find_parent("figure") and not img.find_parent(class_=("gmm-stepper", "gmm-interactive")):
                yield f"a picture made by a cell, outside a figure: {short(img)}"

    every(pages, problems)


def test_every_link_and_anchor_resolves(site, pages):
    ids = {name: {tag["id"] for tag in soup.find_all(id=True)} for name, soup in pages.items()}

    def problems(name, soup):
        for link in soup.find_all("a", href=True):
            href = link["href"]
            if urlsplit(href).scheme in ("http", "https", "mailto"):
                continue
            path, anchor = urldefrag(href)
            target = (site / name).parent / unquote(urlsplit(path).path) if path else site / name
            target = target.resolve()
            if not target.is_relative_to(site) or not target.is_file():
                yield f"no such file: {href}"
            elif (
                anchor
                and target.suffix == ".html"
                and unquote(anchor).partition("?")[0] not in ids[target.relative_to(site).as_posix()]
            ):
                yield f"no such anchor: {href}"

    every(pages, problems)


def test_no_id_twice(pages):
    def problems(name, soup):
        seen = set()
        for tag in soup.find_all(id=True):
            if tag["id"] in seen:
                yield tag["id"]
            seen.add(tag["id"])

    every(pages, problems)


def inside(site, folder, url):
    """Whether what `url` names lies in the site's folder (or in the page itself)."""
    parts = urlsplit(url)
    if parts.scheme in ("data", "blob") or url.startswith("#"):
        return True
    return not parts.scheme and not parts.netloc and (folder / unquote(parts.path)).resolve().is_relative_to(site)


def css_urls(css):
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    for match in re.finditer(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)'"]*))\s*\)|@import\s+["']([^"']+)["']""", css):
        yield next(group for group in match.groups() if group is not None).strip()


def test_nothing_is_loaded_from_elsewhere(site, pages):
    def problems(name, soup):
        folder = (site / name).parent
        for tag, attribute in LOADED.items():
            for element in soup.find_all(tag):
                if tag == "link" and NOT_LOADED & set(element.get("rel", [])):
                    continue
                url = element.get(attribute)
                if url and not inside(site, folder, url):
                    yield url
                elif url and not url.startswith(("data:", "blob:")) and not (folder / urlsplit(url).path).exists():
                    yield f"missing: {url}"
        styles = [style.get_text() for style in soup.find_all("style")]
        styles += [element["style"] for element in soup.find_all(style=True)]
        for url in css_urls("\n".join(styles)):
            if not inside(site, folder, url):
                yield url

    every(pages, problems)


def test_no_style_sheet_reaches_outside(site):
    outside = [
        f"{path.relative_to(site)}: {url}"
        for path in site.rglob("*.css")
        for url in css_urls(path.read_text(encoding="utf-8"))
        if not inside(site, path.parent, url)
    ]
    assert not outside


def test_no_warning_or_traceback_in_an_output(pages):
    def problems(name, soup):
        for output in soup.select(".cell_output"):
            text = output.get_text()
            found = re.search(r"Traceback \(most recent call last\)|\b[A-Z]\w*Warning:|<[\w.]+ object at 0x", text)
            if found:
                yield found[0]
        for output in soup.select(".cell_output .stderr"):
            yield f"on stderr: {output.get_text()[:80]!r}"

    every(pages, problems)


def test_no_markup_is_left_raw(pages):
    """A fence or role that MyST did not understand shows up as text."""

    def problems(name, soup):
        if not soup.article:
            return
        for text in soup.article.find_all(
            string=re.compile(r":::|```|\$\$|\{(py:)?(cite|ref|doc|func|class)[:}]|\]\(")
        ):
            if not text.find_parent(["pre", "code", "script", "style"]) and not text.find_parent(class_="math"):
                yield text.strip()[:100]

    every(pages, problems)


def test_every_page_names_the_licences(pages):
    def problems(name, soup):
        footer = soup.find("footer", class_="bd-footer-content")
        text = footer.get_text(" ", strip=True) if footer else ""
        if "MIT" not in text or "Creative Commons Attribution 4.0" not in text:
            yield "the footer does not name both licences"

    every(pages, problems)


def test_chapters_are_numbered_one_to_twelve(pages):
    entries = [a.get_text(strip=True) for a in pages["index.html"].select("nav.bd-docs-nav a[href^=chapters]")]
    assert [int(entry.split(".")[0]) for entry in entries] == list(range(1, 13))


@pytest.mark.parametrize("number", range(1, 15))
def test_every_equation_is_anchored_once_and_carries_its_number(pages, number):
    blocks = [soup.find(id=f"eq-{number}") for soup in pages.values()]
    blocks = [block for block in blocks if block]
    assert len(blocks) == 1
    if "math" not in blocks[0].get("class", []):
        blocks = [blocks[0].find_next(class_="math")]
    assert rf"\tag{{{number}}}" in blocks[0].get_text()
