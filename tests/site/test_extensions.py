"""What the book's own extensions do where this book gives no occasion: on tables, folders and figures made up here."""

import os

import as_printed
import figures
import light_pages
import page_markup
import whole_pages
from docutils import nodes


def table(*rows, headings):
    """A table of texts as docutils has it, with its first row for headings or without any."""
    made = [nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in row)) for row in rows]
    parts = [nodes.thead("", made.pop(0))] if headings else []
    return nodes.tgroup("", *parts, nodes.tbody("", *made), cols=len(rows[0]))


def test_the_column_as_printed_is_marked_and_a_table_without_headings_has_none():
    right = table(("No.", "As printed"), ("1", "w"), headings=True)
    as_printed.mark_column(right)
    assert [entry["classes"] for entry in right.next_node(nodes.tbody).findall(nodes.entry)] == [[], ["gmm-as-printed"]]
    bare = table(("1", "As printed"), headings=False)
    as_printed.mark_column(bare)
    assert not any(entry["classes"] for entry in bare.findall(nodes.entry))


def test_pages_are_found_wherever_the_site_lies(tmp_path):
    site = tmp_path / "_static" / "live" / "site"
    (site / "_static").mkdir(parents=True)
    for name in ("index.html", "_static/part.html"):
        (site / name).write_text("<p>", encoding="utf-8")
    assert list(whole_pages.read(site)) == [site / "index.html"]


def test_the_words_of_scripts_keep_their_rules_wherever_the_site_lies(tmp_path):
    site = tmp_path / "live"
    (site / "_static" / "live").mkdir(parents=True)
    (site / "_static" / "sheet.css").write_text(".by-script {top: 0} .by-python {top: 0}", encoding="utf-8")
    (site / "_static" / "book.js").write_text('add("by-script")', encoding="utf-8")
    (site / "_static" / "live" / "python.js").write_text('add("by-python")', encoding="utf-8")
    sheet = light_pages.sheet_of(site, [], ["_static/sheet.css"])
    assert "by-script" in sheet and "by-python" not in sheet


def test_a_dark_twin_is_made_once_and_again_when_the_code_that_makes_it_has_changed(tmp_path):
    figure = tmp_path / f"{'0a' * 32}.svg"
    figure.write_text('<svg><path style="fill: #0072b2"/></svg>', encoding="utf-8")
    twin = tmp_path / figures.dark_name(figure.name)
    figures.draw_twins(tmp_path)
    made = twin.read_text(encoding="utf-8")
    assert "fill" in made and "#0072b2" not in made
    twin.write_text("kept", encoding="utf-8")
    figures.draw_twins(tmp_path)
    assert twin.read_text(encoding="utf-8") == "kept"
    os.utime(twin, (1, 1))
    figures.draw_twins(tmp_path)
    assert twin.read_text(encoding="utf-8") == made


def test_attributes_that_need_no_value_have_none_in_the_tags_of_scripts_too():
    page = '<p> \n<script defer="defer" src="a"> b = " defer="defer" "; \n</script><pre class="x">a \nb  \n</pre>'
    want = '<p>\n<script defer src="a"> b = " defer="defer" "; \n</script><pre class="x">a \nb\n</pre>'
    assert page_markup.mended(page) == want
