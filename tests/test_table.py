"""A table says the same in a terminal, where columns are aligned, and on a page, read by a parser of HTML."""

import pytest
from bs4 import BeautifulSoup

from gmm_lib.table import Table

COINS = Table({"set": "", "heads": "d", "<w>": ".2f"}, [("a & b", 3, 0.444), ("sum", 10, None), ("c", 4, "never")])


def test_columns_are_aligned_numbers_at_the_right():
    assert repr(COINS).splitlines() == [
        "set    heads    <w>",
        "a & b      3   0.44",
        "sum       10",
        "c          4  never",
    ]


def test_a_caption_stands_above():
    table = Table({"k": "d"}, [(1,)], caption="of iris")
    assert repr(table) == "of iris\nk\n1"
    assert BeautifulSoup(table._repr_html_(), "html.parser").caption.text == "of iris"


def test_the_page_says_the_same_and_names_every_row_and_column():
    soup = BeautifulSoup(COINS._repr_html_(), "html.parser")
    cells = [[cell.text for cell in row.find_all(["th", "td"])] for row in soup.find_all("tr")]
    lines = repr(COINS).splitlines()
    assert [[one for one in row if one] for row in cells[:1] + cells[2:]] == [
        line.split() for line in lines[:1] + lines[2:]
    ]
    assert cells[1] == ["a & b", "3", "0.44"]
    assert [th["scope"] for th in soup.find_all("th")] == ["col"] * 3 + ["row"] * 3 and all(
        th.text for th in soup.find_all("th")
    )


def test_what_cannot_be_written_is_refused_by_its_column():
    with pytest.raises(ValueError, match=r"rows must fit their columns: 'k' is written 'd'; got 1\.5"):
        Table({"k": "d"}, [(1.5,)])
