"""Feedback pages, one a student: text and pictures, nothing that runs, and nothing from another machine.

Whatever a submission prints is escaped, its pictures stand in the page, and a page forbids its browser everything else.
"""

import html
import re
import sys
from collections.abc import Iterator

from nbformat import NotebookNode

from ..checker.catalogue import homework
from ..checker.exercise import Homework
from ..checker.shares import points
from .mending import grade_id

LARGEST = 1_000_000  # bytes of a page
TEXT = 4_000  # characters of one text in it
PICTURES = 600_000  # bytes of all its pictures, as they stand there

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; color: #1f2328 }}
pre {{ background: #f6f8fa; padding: .6em .8em; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere }}
pre.output {{ background: none; border-left: 1px solid #d0d7de }}
img {{ max-width: 100% }}
td, th {{ padding: .1em 1em .1em 0; text-align: left }}
</style></head><body>
"""


def page(name: str, student: str, notebook: NotebookNode | None, judged: dict, reasons: list[str]) -> str:
    """The page for one student.

    Parameters
    ----------
    name : str
        Of the homework's notebook, "hw05_e_step".
    student : str
    notebook : NotebookNode or None
        As it was run; None if there was nothing to run, for the ``reasons``.
    judged : dict
        See :class:`~gmm_course.grading.judge.Judged`.
    reasons : list of str
    """
    parent = homework(f"hw{int(name[2:4])}")
    title = f"{parent.title}: {student}"
    made = [HEAD.format(title=html.escape(title)), f"<h1>{html.escape(title)}</h1>"]
    if notebook is None:
        made.append(f"<p>Nothing could be graded: {html.escape('; '.join(reasons))}.</p></body></html>")
        return "\n".join(made)
    verdicts = judged["verdicts"]
    made += _contents(parent, verdicts)
    made += [f"<p>{html.escape(reason)}</p>" for reason in reasons]
    pictures = [PICTURES]
    own = sections(notebook, parent)
    for exercise in parent.exercises:
        verdict = verdicts.get(_test_of(exercise))
        made.append(f'<h2 id="{exercise.short}">{html.escape(_heading(exercise, verdict))}</h2>')
        for index, cell in own.get(exercise.short, []):
            made += _cell(cell, judged["outputs"].get(str(index), []), pictures)
        made += _verdict(verdict)
    text = "\n".join([*made, "</body></html>\n"])
    return text if len(text.encode()) <= LARGEST else _shortened(made[:2], parent, verdicts)


def _test_of(exercise):
    return exercise.id.replace(".", "-")


def _heading(exercise, verdict):
    if exercise.marked_by_hand:
        return f"{exercise.short} {exercise.title} ({exercise.points} points, which your teacher gives)"
    done = "done" if verdict and verdict["right"] else ""
    marks = f"{_earned(exercise, verdict):g} of {exercise.points} points" if exercise.points else done
    return f"{exercise.short} {exercise.title}" + (f" ({marks})" if marks else "")


def _verdict(verdict) -> Iterator[str]:
    """The numbers that were asked for, where they are the student's own, and what the judge says."""
    if verdict and verdict["numbers"]:
        yield f"<pre>{_text(verdict['numbers'].replace('**', ''))}</pre>"
    yield verdict["html"] if verdict else "<p>Not judged.</p>"


def _earned(exercise, verdict):
    return points(verdict["share"], exercise.points) if verdict else 0


def _contents(parent, verdicts):
    earned = sum(_earned(e, verdicts.get(_test_of(e))) for e in parent.exercises)
    yield f"<p><strong>{earned:g} of {sum(e.points for e in parent.exercises)} points</strong></p><ul>"
    for exercise in parent.exercises:
        heading = html.escape(_heading(exercise, verdicts.get(_test_of(exercise))))
        yield f'<li><a href="#{exercise.short}">{heading}</a></li>'
    yield "</ul>"


def sections(notebook: NotebookNode, parent: Homework) -> dict[str, list[tuple[int, NotebookNode]]]:
    """The student's own cells by exercise, with their place: those above its check, where its answer stands."""
    waiting, found = [], {}
    tests = {_test_of(exercise): exercise.short for exercise in parent.exercises}
    for index, cell in enumerate(notebook.cells):
        mark = cell.metadata.get("nbgrader", {})
        if grade_id(cell) in tests:
            found.setdefault(tests[grade_id(cell)], []).extend(waiting)
            waiting = []
        elif mark.get("solution") or (cell.cell_type == "code" and not mark.get("locked")):
            waiting.append((index, cell))
    if waiting and found:
        found[list(found)[-1]] += waiting
    return found


def _cell(cell, outputs, pictures) -> Iterator[str]:
    yield f"<pre><code>{_text(cell.source)}</code></pre>"
    for output in outputs[:40]:
        kind = output["output_type"]
        if kind == "stream":
            yield f'<pre class="output">{_text(output["text"])}</pre>'
        elif kind == "error":
            yield f'<pre class="output">{_text(chr(10).join(output["traceback"]))}</pre>'
        else:
            yield _displayed(output["data"], pictures)


def _displayed(data, pictures):
    picture = data.get("image/png", "")
    if picture and len(picture) <= pictures[0] and re.fullmatch(r"[A-Za-z0-9+/=\n]+", picture):
        pictures[0] -= len(picture)
        return f'<p><img alt="a picture that the cell drew" src="data:image/png;base64,{picture}"></p>'
    return f'<pre class="output">{_text(data.get("text/plain", ""))}</pre>'


def _text(text):
    for folder in {sys.prefix, sys.base_prefix}:  # where a warning of Python's comes from is no student's business
        text = text.replace(folder, "python")
    cut = text if len(text) <= TEXT else text[:TEXT] + "\n[and so on]"
    return html.escape(cut)


def _shortened(head, parent, verdicts):
    """A page that would be too long: the verdicts alone."""
    made = [*head, *_contents(parent, verdicts), "<p>Your cells and what they printed are too long for this page.</p>"]
    for exercise in parent.exercises:
        verdict = verdicts.get(_test_of(exercise))
        made.append(f'<h2 id="{exercise.short}">{html.escape(_heading(exercise, verdict))}</h2>')
        made += _verdict(verdict)
    return "\n".join([*made, "</body></html>\n"])
