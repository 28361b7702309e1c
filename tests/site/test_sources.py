"""The sources of the book: links to equations and slips, captions, and the equation map."""

import json
import re
from pathlib import Path

import pytest
from equation_map import collect, markdown_of

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
NOTEBOOKS = sorted(path for path in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
PAGES = sorted([*BOOK.rglob("*.md"), *NOTEBOOKS])
CHAPTERS = sorted((BOOK / "chapters").glob("*.ipynb"))

FENCE = re.compile(r"^(`{3,})[^\n]*\n.*?^\1\s*$", re.MULTILINE | re.DOTALL)


def prose(markdown):
    """Markdown without code, formulas, link targets and what is already a link."""
    markdown = re.sub(r"\A---\n.*?\n---\n", "", markdown, flags=re.DOTALL)
    markdown = FENCE.sub("", markdown)
    markdown = re.sub(r"\$\$.*?\$\$", "", markdown, flags=re.DOTALL)
    markdown = re.sub(r"(`+).*?\1", "", markdown, flags=re.DOTALL)
    markdown = re.sub(r"(?<!\\)\$[^$]+\$", "", markdown)
    return re.sub(r"\[[^\]]*\]\([^)]*\)", "", markdown)


def captions(path):
    """The captions kept in the metadata of a notebook's code cells."""
    if path.suffix != ".ipynb":
        return []
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell["metadata"].get("mystnb", {}).get("figure", {}).get("caption", "") for cell in cells]


def named(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_mention_of_an_equation_is_a_link(path):
    text = "\n\n".join([markdown_of(path), *captions(path)])
    bare = re.findall(r".{0,40}(?<!\w)\((?:[1-9]|1[0-4])\).{0,40}", prose(text))
    assert not bare, "not linked, write [(7)](eq-7): " + " | ".join(bare)


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_link_leads_to_the_equation_it_names(path):
    for number, target in re.findall(r"\[\((\d+)\)\]\((?:\S*#)?eq-(\d+)\)", markdown_of(path)):
        assert number == target


@pytest.mark.parametrize("number", range(1, 26))
def test_every_slip_is_shown_in_one_chapter_and_linked_from_the_errata(number):
    target = re.compile(rf"^\(erratum-{number}\)=\s*$", re.MULTILINE)
    shown = [path.name for path in CHAPTERS if target.search(markdown_of(path))]
    assert len(shown) == 1, f"slip {number} is shown in {shown or 'no chapter'}"
    assert f"(erratum-{number})" in (BOOK / "appendix" / "errata.md").read_text(encoding="utf-8")


def test_the_bibliography_holds_what_is_cited_and_nothing_else():
    listed = re.findall(r"^\(bib-(\w+)\)=$", markdown_of(BOOK / "appendix" / "bibliography.md"), re.MULTILINE)
    pages = "\n".join(markdown_of(path) + "\n".join(captions(path)) for path in PAGES)
    assert sorted(listed) == sorted(set(re.findall(r"\]\(bib-(\w+)\)", pages)))
    assert "{cite" not in pages, "JupyterLab does not know the role: write [Wu (1983)](bib-wu1983)"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_every_picture_has_a_caption_and_an_alternative_text(path):
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"], 1):
        if any(kind.startswith("image/") for output in cell.get("outputs", []) for kind in output.get("data", {})):
            words = cell["metadata"].get("mystnb", {})
            assert words.get("image", {}).get("alt", "").strip(), f"cell {number}: no alternative text"
            assert words.get("figure", {}).get("caption", "").strip(), f"cell {number}: no caption"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_stored_outputs_hold_no_error_and_no_widget_state(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert "widgets" not in notebook["metadata"]
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert "application/vnd.jupyter.widget-view+json" not in kinds


PLACES = collect(ROOT)


@pytest.mark.parametrize("column", ["chapters", "functions", "tests"])
def test_the_equation_map_is_complete(column):
    missing = [number for number in range(1, 15) if not getattr(PLACES[number], column)]
    assert not missing, f"{14 - len(missing)} of 14; no {column} for {missing}"
    assert set(PLACES) == set(range(1, 15)), "there are fourteen numbered equations"


def test_the_library_reference_names_every_public_module():
    reference = "\n".join(path.read_text(encoding="utf-8") for path in (BOOK / "appendix" / "library").glob("*.md"))
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "gmm_lib").rglob("*.py")
        if not path.stem.startswith("_")
    }
    named_modules = set(re.findall(r"automodule:: (\S+)", reference))
    assert modules == named_modules & modules, f"not in the reference: {sorted(modules - named_modules)}"
