"""Numbers in prose are printed by a cell; minutes are true; and the check of both can fail."""

import re
from functools import cache
from pathlib import Path

import pytest
from prose import Section, minutes, numbers, sections, unkept

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(
    path for folder in ("chapters", "beyond", "scale") for path in (ROOT / "book" / folder).glob("*.ipynb")
)
HOMEWORK = sorted((ROOT / "book" / "homework" / "source").rglob("hw*.ipynb"))

ASKED = re.compile(r"\((?:pencil|code|judgement),")  # the numbers of a question are given, not claimed


@cache
def printed_in(name):
    """The numbers that the notebook of this name prints."""
    path = next(path for path in (*NOTEBOOKS, *HOMEWORK) if path.stem == name)
    return [number for section in sections(path) for number in section.results]


@pytest.mark.parametrize("path", [*NOTEBOOKS, *HOMEWORK], ids=lambda path: path.stem)
def test_every_number_in_prose_is_printed_or_marked(path):
    found = [section for section in sections(path) if not ASKED.search(section.title)]
    problems = [problem for section in found for problem in unkept(section, printed_in)]
    assert not problems, f"{len(problems)}:\n" + "\n".join(problems)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_minutes_are_true(path):
    told = int(re.search(r"About (\d+) minutes", sections(path)[1].prose_as_written)[1])
    needed = minutes(path)
    assert abs(told - needed) <= max(0.15 * needed, 2.5), f"about {told} minutes are told, {needed:.0f} are needed"


def one(markdown, printed="", code="", **more):
    return Section("s", markdown=[markdown], printed=[printed], code=[code], **more)


@pytest.mark.parametrize(
    "markdown, printed",
    [
        ("it ends at $-180.185$", "log-likelihood -180.1854771"),
        ("83 % of them", "share 0.8312"),
        (r"$83\,\%$ or 83.1 %", "share 83.12"),
        ("1,000 starts, or $1\\,000$", "1000 starts"),
        (r"an error of $2.5 \cdot 10^{-7}$", "error 2.54e-07"),
        ("below 1e-9, or $10^{-9}$", "1e-09"),
        ("in 1936 three species and $x_{42}$ of [(7.25)](eq-7-25), `tol=0.25`", ""),
        ("0.52 to 0.99\n\n<!-- free: 0.52 0.99 (the article's) -->", ""),
        ("0.52\n\n<!-- from other: 0.52 -->", ""),
    ],
)
def test_kept_promises_pass(markdown, printed):
    assert list(unkept(one(markdown, printed), lambda name: [0.5196])) == []


@pytest.mark.parametrize(
    "markdown, printed",
    [
        ("it ends at $-180.185$", "log-likelihood -179.7084"),
        ("it ends at $-180.186$", "log-likelihood -180.1854771"),
        ("it ends at $-180.185$", "log-likelihood -180.2"),
        ("it ends at $-2.5$", "difference 2.5"),
        ("145 flowers", "144 of 150"),
        ("83 %", "83"[::-1]),
        (r"an error of $2.6 \cdot 10^{-7}$", "error 2.54e-07"),
        ("nothing\n\n<!-- free: 0.52 -->", ""),
        ("0.53\n\n<!-- from other: 0.53 -->", ""),
    ],
)
def test_broken_promises_are_found(markdown, printed):
    assert len(list(unkept(one(markdown, printed), lambda name: [0.5196]))) == 1


def test_an_input_counts_but_not_the_words_in_the_code():
    section = one("0.37 and 0.38", code="x = 0.37  # or 0.38")
    assert [problem[:4] for problem in unkept(section, None)] == ["0.38"]


def test_a_number_knows_its_precision():
    (number,) = numbers(r"$2.50 \times 10^{3}$")
    assert (number.value, number.unit) == (2500.0, 10.0)
