"""Turn a verdict into words: plain text for a terminal, the same with a coloured edge for a notebook."""

import html
import os
import re
from pathlib import Path

from .exercise import Exercise
from .verdict import Verdict

TITLES = {
    "01_datasets": "Structure without labels",
    "02_mixture": "The mixture density",
    "03_sampling": "A generative story",
    "04_likelihood": "Parameters and likelihood",
    "05_gaussian": "The Gaussian density",
    "06_posterior": "Bayes turned round",
    "07_em": "The idea of EM",
    "08_e_step": "The E-step",
    "09_m_step": "The M-step",
    "10_model": "The whole algorithm",
    "11_evaluation": "Iris",
    "12_selection": "Limits: choosing k",
    "13_covariance_types": "Shapes",
    "14_priors": "Priors",
    "15_acceleration": "How fast",
    "16_uncertainty": "How sure",
    "17_missing": "Gaps",
    "18_labels": "Some labels",
    "19_failures": "A gallery of failures",
    "20_factor_analysis": "Dimension instead of clusters",
    "21_record_linkage": "Who is who",
    "22_item_response": "What a test measures",
    "23_stability": "Are the clusters meaningful?",
}
BOOK = Path(__file__).resolve().parents[2] / "book"
LAST_OF_PART_I = 12
EDGES = {True: "#1a7f37", False: "#bf5700", None: "#6e7781"}
WIDTH = 12


class Note:
    """A message that shows itself: ``text`` in a terminal, with a coloured edge and a link in a notebook.

    ``right`` chooses the edge: True, False, or None where nothing is judged. ``link`` is "08_e_step#eq-11".
    """

    def __init__(self, body: str, right: bool | None, link: str | None = None):
        self.body = body
        self.right = right
        self.link = link

    @property
    def text(self) -> str:
        """The message and where it leads, as plain text."""
        return self.body if self.link is None else f"{self.body}\n{link_text(self.link)}"

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        first, *rest = self.body.split("\n")
        head, _, tail = first.partition(": ")
        lines = [f"<strong>{html.escape(head)}:</strong> {html.escape(tail)}" if tail else html.escape(first)]
        lines += [_html_line(line) for line in rest]
        if self.link is not None:
            lines.append(link_html(self.link))
        style = f"border-left:4px solid {EDGES[self.right]};padding:.2em .8em;white-space:pre-wrap"
        return f'<div style="{style}">' + "\n".join(lines) + "</div>"


class Question:
    """Markdown that shows itself: rendered in a notebook, as it is in a terminal."""

    def __init__(self, text: str):
        self.text = text

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return self.text


def _html_line(line):
    escaped = html.escape(line)
    return f"<code>{escaped}</code>" if line.startswith("    ") else escaped


def bar(done: int, total: int, earlier: int = 0) -> str:
    """``[####++------] 2 of 6 done, 1 right before``: done in this session, and right at the last check before it."""
    filled = round(WIDTH * done / total)
    lighter = round(WIDTH * (done + earlier) / total) - filled
    words = f"{done} of {total} done" + (f", {earlier} right before" if earlier else "")
    return f"[{'#' * filled}{'+' * lighter}{'-' * (WIDTH - filled - lighter)}] {words}"


def verdict_note(exercise: Exercise, verdict: Verdict, count: tuple[int, int, int] | None = None) -> Note:
    """The note for a verdict; with ``count``, the arguments of :func:`bar`, a right answer shows the progress too."""
    if verdict.right and verdict.message:
        progress = f" {bar(*count)}" if count else ""
        return Note(f"{exercise.id}: noted.{progress}\n{verdict.message}", None, verdict.link)
    if verdict.right:
        return Note(f"{exercise.id}: correct." + (f" {bar(*count)}" if count else ""), True)
    state = "not yet answered." if verdict.name == "unanswered" else "not yet."
    right = None if verdict.name == "unanswered" else False
    counted = f"\n{verdict.counted}" if verdict.counted else ""
    return Note(f"{exercise.id}: {state} {verdict.message}".rstrip() + counted, right, verdict.link)


def _parse(link):
    """The parts of a link: "08_e_step#eq-11" gives the page, the anchor, the page's title and ", equation (11)"."""
    page, _, anchor = link.partition("#")
    number = re.fullmatch(r"(eq|erratum)-([\d-]+)", anchor)
    place = ""
    if number:
        place = f", slip {number[2]}" if number[1] == "erratum" else f", equation ({number[2].replace('-', '.')})"
    return page, anchor, TITLES[page], place


def link_text(link: str) -> str:
    """``See the chapter "The E-step", equation (11).``"""
    _, _, title, place = _parse(link)
    return f'See the chapter "{title}"{place}.'


def link_html(link: str) -> str:
    """The same as a link: to the site named by ``GMM_BOOK_URL``, else to the chapter's notebook if it is near by."""
    page, anchor, _, _ = _parse(link)
    words = html.escape(link_text(link), quote=False)
    target = _address(page, anchor)
    return words if target is None else f'<a href="{html.escape(target)}">{words}</a>'


def place_of(page: str) -> str:
    """Where a chapter lies in the book's folder, and on its site: "chapters/08_e_step", "beyond/17_missing"."""
    return f"{'chapters' if int(page[:2]) <= LAST_OF_PART_I else 'beyond'}/{page}"


def _address(page, anchor):
    site = os.environ.get("GMM_BOOK_URL")
    suffix = f"#{anchor}" if anchor else ""
    if site is not None:  # set but empty means: no links, as where nobody knows from where a page will be read
        return f"{site.rstrip('/')}/{place_of(page)}.html{suffix}" if site else None
    notebook = BOOK / f"{place_of(page)}.ipynb"
    if not notebook.exists():
        return None
    try:
        return Path(os.path.relpath(notebook, Path.cwd())).as_posix() + suffix
    except ValueError:  # another drive
        return None
