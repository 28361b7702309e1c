"""Feedback pages, one a student, that need no other machine to be read."""

import html
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from .submissions import Submission

MATHJAX = re.compile(r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.DOTALL)
LOCAL_MATHJAX = """<script>
MathJax = {tex: {inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]]}, options: {enableMenu: false}};
</script>
<script async src="tex-svg.js"></script>"""


def publish(course: Path, name: str, submission: Submission) -> None:
    """Copy a feedback page to where it is easy to hand out."""
    made = course / "feedback" / submission.student / name / f"{name}.html"
    target = course.parent / "feedback" / f"{submission.student}.html"
    target.parent.mkdir(exist_ok=True)
    if made.exists():
        page = MATHJAX.sub(lambda _: LOCAL_MATHJAX, made.read_text(encoding="utf-8"))
        target.write_text(page, encoding="utf-8")
        script = _mathjax_script()
        if script and not (target.parent / script.name).exists():
            shutil.copy(script, target.parent / script.name)
    else:
        submission.notes.append("nbgrader made no feedback page")
        reason = html.escape("; ".join(submission.notes))
        target.write_text(
            f"<!doctype html><html lang=en><meta charset=utf-8><title>{name}</title><p>{reason}</p></html>",
            encoding="utf-8",
        )


def _mathjax_script():
    """The book's own copy of MathJax, so that a feedback page calls no other machine; None if it is not installed."""
    package = find_spec("sphinx-mathjax-offline")
    return Path(package.origin).parent / "static" / "mathjax" / "tex-svg.js" if package else None
