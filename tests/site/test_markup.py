"""The markup of the built pages, as far as it is certain without a judge of HTML (which ``make valid`` calls)."""

import re

import pytest

TAG = re.compile(r"""<(?P<end>/?)(?P<name>[a-zA-Z][\w-]*)(?P<more>(?:[^>"']|"[^"]*"|'[^']*')*)>""")
# Comments, and the insides of what holds no tags.
SILENT = re.compile(r"<!--.*?-->|(<(script|style|textarea|title)\b[^>]*>).*?(?=</\2>)", re.DOTALL)
VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr")
# The standard's content models: what holds words, signs and links alone, and what it cannot hold.
WORDS_ONLY = re.compile("p|span|summary|button|label|h[1-6]|em|strong|code|kbd|cite|small|pre")
BLOCK = re.compile(
    "address|article|aside|blockquote|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|"
    "li|main|nav|ol|p|pre|section|table|ul"
)
# What is there or is not: true, whatever its value.
BOOLEAN = re.compile("async|checked|defer|disabled|hidden|inert|multiple|open|readonly|required|selected")
ATTRIBUTE = re.compile(r"""([^\s=/"'<>]+)(\s*=\s*(?:"[^"]*"|'[^']*'))?""")


def wrong(page):
    """Each tag of a page that ends another element than it should, stands in one that cannot hold it, has an attribute
    twice or a value where none belongs, or is a button that would send a form; and lines that end in blanks."""
    if blank := re.search(r"[ \t]+$", page, re.MULTILINE):
        yield f"a blank at the end of a line: {page[max(0, blank.start() - 60) : blank.start()]}"
    around = []
    for tag in TAG.finditer(SILENT.sub(lambda found: found[1] or "", page)):
        name = tag["name"]
        if tag["end"]:
            if not around or around.pop() != name:
                yield f"{tag[0]} ends something else"
                return
            continue
        attributes = [attribute for attribute, _ in ATTRIBUTE.findall(tag["more"])]
        if [1 for attribute, value in ATTRIBUTE.findall(tag["more"]) if value and BOOLEAN.fullmatch(attribute)]:
            yield f"a value where none belongs: {tag[0]}"
        if len(attributes) != len(set(attributes)):
            yield f"an attribute twice: {tag[0]}"
        if name == "button" and "type" not in attributes:
            yield f"a button without a type: {tag[0]}"
        if around and WORDS_ONLY.fullmatch(around[-1]) and BLOCK.fullmatch(name):
            yield f"{tag[0]} in <{around[-1]}>"
        if not VOID.fullmatch(name) and not tag["more"].endswith("/"):
            around.append(name)
    if around:
        yield f"<{around[-1]}> has no end"


def test_the_markup_is_as_the_standard_says(undrawn):
    """But for what KaTeX has drawn."""
    assert [f"{name}: {problem}" for name, text in undrawn.items() for problem in wrong(text)] == []


def test_no_heading_of_a_table_is_empty(pages):
    empty = [name for name, soup in pages.items() for head in soup.find_all("th") if not head.get_text(strip=True)]
    assert empty == []


@pytest.mark.parametrize(
    "page, problem",
    [
        ("<p>a<ul></ul></p>", "<ul> in <p>"),
        ("<div><b></div></b>", "</div> ends something else"),
        ("<section><br>", "<section> has no end"),
        ('<button title="a > b">c</button>', "a button without a type"),
        ('<i id="a" class="b" id="c"></i>', "an attribute twice"),
        ('<script defer="defer" src="a"></script>', "a value where none belongs"),
        ("<pre>a \nb</pre>", "a blank at the end"),
    ],
)
def test_what_is_wrong_is_found(page, problem):
    assert [found for found in wrong(page) if problem in found]
    assert list(wrong("<p>a<br>b<svg><path/></svg></p><!-- <p> --><script defer src='a'><p></script>")) == []
