"""Links that lead back: from formulas to code, from slips to the errata, from terms and functions to their chapters."""

import json
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from equation_map import collect, markdown_of

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = re.compile(r"(chapters|beyond|scale)/")
TAG = re.compile(r"\\tag\{(\d+(?:\.\d+)?)\}")


def follow(pages, name, link):
    """The page and the element to which a link on page `name` leads."""
    page, _, anchor = urljoin(name, link["href"]).partition("#")
    return page, pages[page].find(id=anchor) if anchor else pages[page]


def formula(pages, number):
    for name, soup in pages.items():
        if found := soup.find(id=f"eq-{number}"):
            return name, found if "math" in found.get("class", []) else found.find_next(class_="math")
    raise AssertionError(f"equation {number} is nowhere")


@pytest.mark.parametrize("number", range(1, 15))
def test_below_each_formula_stand_its_function_its_test_and_the_map(pages, number):
    name, block = formula(pages, number)
    line = block.find_next(class_="gmm-equation-links")
    function, test, the_map, itself = line.find_all("a")
    page, signature = follow(pages, name, function)
    assert page.startswith("appendix/library/") and signature["id"] == f"gmm_lib.{function.get_text()}"
    assert signature.find_next_sibling("dd").get_text().startswith(f"Equation ({number}):")
    _, source = follow(pages, name, test)
    assert f"@pytest.mark.equation({number})" in source.get_text()
    _, row = follow(pages, name, the_map)
    assert row.find_parent("tr").get_text(" ", strip=True).startswith(f"({number})")
    assert itself["href"] == f"#eq-{number}"
    back = signature.find_next_sibling("dd").find("a", href=re.compile(rf"#eq-{number}$"))
    assert back and follow(pages, page, back)[0] == name


def test_every_numbered_formula_can_be_linked_to(pages):
    numbers = {
        number
        for folder in ("chapters", "beyond", "scale")
        for path in (ROOT / "book" / folder).glob("*.ipynb")
        for number in TAG.findall(markdown_of(path))
    }
    links = {
        link["href"]
        for name, soup in pages.items()
        if CHAPTER.match(name)
        for link in soup.select(".gmm-equation-links a.headerlink")
    }
    assert links == {f"#eq-{number.replace('.', '-')}" for number in numbers}
    assert len(numbers) > 100


def test_every_equation_has_a_preview(site, pages):
    text = (site / "_static" / "equations.js").read_text(encoding="utf-8")
    previews = json.loads(text.removeprefix("gmmEquations=").rstrip(";\n"))
    linked = {
        link["href"].partition("#")[2] for soup in pages.values() for link in soup.select("article a[href*='#eq-']")
    }
    assert linked == set(previews) & linked
    assert all(formula.count("<div") == formula.count("</div>") > 0 for _, formula in previews.values())
    assert [previews[f"eq-{number}"][0] != "" for number in range(1, 15)] == [True] * 14


@pytest.mark.parametrize("number", range(1, 26))
def test_each_slip_leads_to_its_row_of_the_errata_and_the_row_back(pages, number):
    name, slip = next((name, found) for name, soup in pages.items() if (found := soup.find(id=f"erratum-{number}")))
    _, cell = follow(pages, name, slip.select(".gmm-links a")[-1])
    row = cell.find_parent("tr")
    assert row.td.get_text(strip=True) == str(number)
    assert any(follow(pages, "appendix/errata.html", link)[1] is slip for link in row.find_all("a"))


def test_each_term_is_defined_once_and_used_where_it_is_said_to_be(pages):
    glossary = pages["appendix/glossary.html"]
    terms = [term.get_text().rstrip("#") for term in glossary.select("dl.glossary > dt")]
    assert len(terms) == len(set(terms)) > 50
    for definition in glossary.select("dl.glossary > dd"):
        used = definition.select_one(".gmm-used")
        assert used, f"nothing says where {definition} is introduced"
        names = [definition.find_previous_sibling("dt").get_text().rstrip("#")]
        names += {"evidence lower bound": ["lower bound"], "type of covariance": ["types of covariance"]}.get(
            names[0], []
        )
        links = [link for link in used.find_all("a") if link.get_text().isdigit()]
        assert links, f"{names} is used in no chapter"
        for link in links:
            page, place = follow(pages, "appendix/glossary.html", link)
            section = place if place.name in ("section", "[document]") else place.find_parent("section")
            text = " ".join(section.get_text().lower().split()).replace("-", " ")
            assert CHAPTER.match(page)
            assert any(name.lower().replace("-", " ")[:-1] in text for name in names), f"{names} is not in {page}"


def test_a_few_known_uses(pages):
    """Found by reading the chapters, not by the program that makes the lists."""

    def chapters(page, text):
        for row in pages[page].select("dl.glossary > dd, .gmm-index li, #gmm_lib\\.sampling\\.draw_points"):
            head = row.find_previous_sibling("dt") if row.name == "dd" else row.a
            if head and head.get_text().rstrip("#") == text:
                return {int(link.get_text()) for link in row.find_all("a") if link.get_text().isdigit()}
        raise AssertionError(f"{text} is not on {page}")

    assert chapters("appendix/glossary.html", "noise component") == {19}
    assert {2, 10} <= chapters("appendix/glossary.html", "log-joint")
    assert 3 in chapters("appendix/index_of_names.html", "sampling.draw_points")
    assert chapters("appendix/index_of_names.html", "Efron, B. (1979)") == {16}
    assert 21 in chapters("appendix/index_of_names.html", "record linkage")


def test_signatures_have_types_and_docstrings_formulas(pages):
    page = pages["appendix/library/mathematics.html"]
    signature = page.find(id="gmm_lib.mixture.log_density")
    text = re.sub(r"\s+", " ", signature.get_text())
    assert "X: ArrayLike" in text and "parameters: Parameters" in text and "ndarray" in text
    assert signature.find("a", href="#gmm_lib.parameters.Parameters")
    described = page.find(id="gmm_lib.e_step.responsibilities").find_next_sibling("dd")
    assert described.find(class_="math") and "sum_l" not in described.get_text()
    code = [one.get_text() for name, soup in pages.items() if "/library/" in name for one in soup.find_all("code")]
    assert not [one for one in code if re.search(r"\bsum_[ijl]\b|\b(phi|mu|Sigma)_[ij]\b", one)]


def test_docstrings_are_read_as_they_are_meant(pages):
    """What a property's first line has before a colon is taken for its type, a line after parameters for one more."""
    for name, soup in pages.items():
        if name.startswith("appendix/library/"):
            fields = soup.select("dl.field-list > dt")
            assert not [field.parent.get_text() for field in fields if field.get_text(strip=True).startswith("Type")]
            assert "Alias for field" not in soup.get_text() and "``" not in soup.get_text(), name


def test_every_module_has_its_old_place_in_the_reference(pages):
    reference = pages["appendix/library.html"]
    modules = {tag["id"] for name, soup in pages.items() if "/library/" in name for tag in soup.select("[id^=module-]")}
    assert modules <= {tag["id"] for tag in reference.find_all(id=True)}
    assert len(modules) > 60


def test_the_map_of_the_page_and_the_map_of_the_sources_agree(pages):
    shown = {box["id"] for box in pages["appendix/equation_map.html"].select("[id^=test-]")}
    assert shown == {f"test-{number}" for number, places in collect(ROOT).items() if places.tests}
