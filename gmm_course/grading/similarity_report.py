"""The report on code that is alike, for the teacher alone: a page with both texts side by side, and a table."""

import csv
import html
import tempfile
from pathlib import Path

import nbformat

from ..checker.catalogue import homework
from .course import GradingError
from .mending import blank
from .preparing import prepare
from .roster import collect_class, read_roster
from .similarity import SO_MANY, answers_of, pairs

SHOWN = 60  # pairs with their texts; the table has all
TEXT = 6_000  # characters of one text

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 90em; margin: 2em auto; padding: 0 1em; color: #1f2328 }}
pre {{ background: #f6f8fa; padding: .6em .8em; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }}
table.texts {{ width: 100%; table-layout: fixed; border-spacing: .5em }}
table.texts td {{ vertical-align: top }}
td, th {{ padding: .1em 1em .1em 0; text-align: left }}
h2 {{ border-top: 1px solid #d0d7de; padding-top: .8em; margin-top: 2em }}
</style></head><body>
"""
PLAIN = """<p><strong>Alike is not copied.</strong> Two people who learnt together, or from one page, write alike, and a
program cannot tell who wrote first. Read both texts, and ask, before you conclude anything. Nor is what is not listed
not copied: short answers are not compared, nor words, nor is the solution itself found here.</p>
<p>Compared is the syntax, without names, comments, layout and order. What the students were given, what the solution
has, and what more than a quarter of the class has (and more than {many}), is left out. The number says how much of the
rest, the rarer the weightier, of the one with less is in the other's as well.</p>
"""


def report(source_path: Path, submissions: Path, output: Path, over: float, roster: Path | None = None) -> str:
    """Write similar.html and similar.csv into ``output``; what they say, in a sentence.

    Raises
    ------
    GradingError
        If ``over`` is not from 0 to 1, or a folder or the roster is not as it must be.
    """
    if not 0 <= over <= 1:
        raise GradingError(f"--over must be from 0 to 1; got {over:g}")
    name, source = source_path.stem, nbformat.read(source_path, as_version=4)
    parent = homework(f"hw{int(name[2:4])}")
    people = read_roster(roster) if roster else []
    with tempfile.TemporaryDirectory(prefix="alike-") as folder:
        found = collect_class(submissions, name, Path(folder) / "class", people)
        made = [(one.student, prepare(one, source)) for one in found]
    class_ = [answers_of(student, notebook, parent) for student, notebook in made if notebook is not None]
    known = [answers_of("", one, parent) for one in (source, _unsolved(source))]
    alike, all_pairs = pairs(class_, known, over)
    output.mkdir(parents=True, exist_ok=True)
    text = _page(f"{parent.title}: code that is alike", alike, all_pairs, over, class_)
    (output / "similar.html").write_text(text, encoding="utf-8")
    _write_table(output / "similar.csv", alike, [one.short for one in parent.exercises])
    return f"{_count(alike)} alike by {over:.0%} or more, of {len(all_pairs)} compared: {output / 'similar.html'}"


def _unsolved(notebook):
    """What the students were given: a solution's cells as they stand in their version."""
    cells = [blank(cell) if "BEGIN SOLUTION" in cell.source else cell for cell in notebook.cells]
    return nbformat.v4.new_notebook(cells=cells)


def _write_table(path, alike, shorts):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["first", "second", "alike", *shorts])
        for pair in alike:
            numbers = [f"{pair.exercises[short]:.2f}" if short in pair.exercises else "" for short in shorts]
            writer.writerow([pair.first.student, pair.second.student, f"{pair.alike:.2f}", *numbers])


def _count(alike):
    return "1 pair is" if len(alike) == 1 else f"{len(alike)} pairs are"


def _page(title, alike, all_pairs, over, class_):
    made = [HEAD.format(title=html.escape(title)), f"<h1>{html.escape(title)}</h1>", PLAIN.format(many=SO_MANY)]
    made.append(f"<p>{_of_the_class(all_pairs)} {_count(alike)} alike by {over:.0%} or more.</p>")
    unread = [f"{one.student} {short}" for one in class_ for short in one.unread]
    if unread:
        made.append(f"<p>Not compared, as it cannot be read as Python: {html.escape(', '.join(unread))}.</p>")
    made.append("<table><tr><th>alike</th><th>pair</th><th>exercises</th></tr>")
    for number, pair in enumerate(alike):
        names = html.escape(f"{pair.first.student}, {pair.second.student}")
        link = f'<a href="#pair-{number}">{names}</a>' if number < SHOWN else names
        made.append(f"<tr><td>{pair.alike:.0%}</td><td>{link}</td><td>{_by_exercise(pair)}</td></tr>")
    made.append("</table>")
    for number, pair in enumerate(alike[:SHOWN]):
        made += _side_by_side(number, pair)
    return "\n".join([*made, "</body></html>\n"])


def _of_the_class(all_pairs):
    """How alike a class is: what a number is to be compared with."""
    if not all_pairs:
        return "No two have enough code of their own to be compared."
    middle, high = all_pairs[len(all_pairs) // 2], all_pairs[int(0.99 * (len(all_pairs) - 1))]
    return (
        f"Of {len(all_pairs)} pairs that were compared half are alike by {middle:.0%} at most, 99 in 100 by {high:.0%}."
    )


def _by_exercise(pair):
    return ", ".join(f"{short} {share:.0%}" for short, share in pair.exercises.items())


def _side_by_side(number, pair):
    names = html.escape(f"{pair.first.student}, {pair.second.student}")
    yield f'<h2 id="pair-{number}">{pair.alike:.0%}: {names}</h2>'
    for short, share in pair.exercises.items():
        texts = (html.escape(one.texts[short][:TEXT]) for one in (pair.first, pair.second))
        cells = "".join(f"<td><pre><code>{text}</code></pre></td>" for text in texts)
        yield f'<h3>{short}: {share:.0%}</h3><table class="texts"><tr>{cells}</tr></table>'


__all__ = ["report"]
