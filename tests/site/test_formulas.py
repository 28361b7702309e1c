"""The formulas of the built pages: each one typeset, drawn and spoken, and a wrong one refused."""

import json
import re

import pytest
from bs4 import BeautifulSoup
from formulas import KATEX, Typesetter, lines_of


def test_every_formula_is_drawn_and_spoken_without_a_script(written):
    """On each page as many drawings and as many texts for screen readers and the clipboard as there are formulas."""
    parts = [
        r'<(?:span|div) class="(?:gmm-as-printed )?math ',
        '<span class="katex-html" aria-hidden="true">',
        '<annotation encoding="appl',
    ]
    counts = [[len(re.findall(part, text)) for part in parts] for text in written.values()]
    assert sum(count[0] for count in counts) > 2000
    assert [count for count in counts if len(set(count)) > 1] == []


def test_katex_is_the_one_that_is_pinned():
    pinned = json.loads((KATEX / "package-lock.json").read_text(encoding="utf-8"))["packages"]["node_modules/katex"]
    assert f'version:"{pinned["version"]}"' in (KATEX / "katex.min.js").read_text(encoding="utf-8"), "make katex"


@pytest.mark.parametrize("wrong", [r"\frac{1", r"\E[x]", r"\text{€}"])
def test_what_cannot_be_typeset_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="KaTeX|LaTeX"):
        Typesetter(tmp_path / "kept.json")(wrong, True)


def test_what_is_kept_needs_no_engine_and_belongs_to_its_katex(tmp_path):
    first = Typesetter(tmp_path / "kept.json")
    drawn = [first("x^2", False), first("x^2", True)]
    first.keep()
    second = Typesetter(tmp_path / "kept.json")
    assert [second("x^2", False), second("x^2", True)] == drawn and drawn[0] != drawn[1]
    assert second.engine is None
    (tmp_path / "kept.json").write_text(json.dumps({"another KaTeX": second.kept}), encoding="utf-8")
    third = Typesetter(tmp_path / "kept.json")
    assert third("x^2", False) == drawn[0] and third.engine


def test_lines_and_a_number_go_together(tmp_path):
    assert lines_of(r"a \\ b \tag{7}") == r"\begin{split}a \\ b\end{split} \tag{7}"
    assert lines_of(r"\begin{aligned}a \\ b\end{aligned}\tag{7}") == r"\begin{aligned}a \\ b\end{aligned}\tag{7}"
    assert lines_of(r"\begin{matrix}a \\ b\end{matrix} \\ c").startswith(r"\begin{split}\begin{matrix}")
    assert "(7)" in re.sub("<[^>]*>", "", Typesetter(tmp_path / "kept.json")(lines_of(r"a \\ b \tag{7}"), True))


PARTS = {"msub": 2, "msup": 2, "msubsup": 3, "mover": 2, "munder": 2, "munderover": 3, "mfrac": 2, "mroot": 2}


def test_mathml_has_as_many_parts_as_it_must(written):
    """As the standard says: an index that is an operator once came with one more."""
    formulas = {formula for text in written.values() for formula in re.findall("<math.*?</math>", text, re.DOTALL)}
    soup = BeautifulSoup("".join(sorted(formulas)), "html.parser")
    found = [(one, len(one.find_all(recursive=False))) for one in soup.find_all(list(PARTS))]
    assert len(found) > 1000
    assert [str(one) for one, parts in found if parts != PARTS[one.name]] == []
