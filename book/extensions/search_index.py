"""The book's own search: what of each page can be found, written as a script that a page loads when somebody searches.

Sphinx's own search finds pages, and its index is loaded with every page. Here the unit is what a reader wants to land
on: a section, a numbered equation, a slip, a term, a function of the library. MiniSearch (``book/search``) looks for
words in them in the browser; a script, because pages from disk may fetch nothing. The stemmer is the one that Sphinx
brings.

An entry is ``[page, anchor, kind, title, trail, text, code, about]``: ``trail`` are the sections around it, ``code``
the names in its cells, ``about`` the terms that it introduces (the glossary says which).
"""

import json
import re
import unicodedata
from pathlib import Path

from docutils import nodes
from equation_map import meanings
from sphinx import addnodes
from sphinx.search.en import js_porter_stemmer
from sphinx.util.fileutil import copy_asset

SOURCE = Path(__file__).resolve().parents[1] / "search"
SCRIPTS = ("dialog.js", "words.js", "finder.js", "arrive.js", "minisearch.js", "minisearch-licence.txt")
NUMBER = re.compile(r"\\tag\{(\d+(?:\.\d+)?)\}")
NAME = re.compile(r"[A-Za-z_][\w.]+\w")
# Not running text: markup, what a page only shows, and what has an entry of its own.
SILENT = (
    *(nodes.raw, nodes.comment, nodes.target, nodes.title, nodes.section, nodes.system_message),
    *(addnodes.desc, addnodes.desc_signature, addnodes.glossary),
)
SIGNS = {"ell": "\u2113", "mid": "|", "sum": "∑", "le": "≤", "ge": "≥", "times": "×", "infty": "∞"}
SIGNS |= {word: word for word in ("log", "exp", "max", "min", "arg", "det")}


def entries_of(doctree):
    """Every entry of a page, but for the page itself: a list of dictionaries, sections before what stands in them."""
    found = []
    for section in doctree.findall(nodes.section):
        trail = trail_of(section)
        found.append(
            {
                "kind": "section" if trail or not isinstance(section.parent, nodes.document) else "page",
                "anchor": section["ids"][0] if trail else "",
                "ids": section["ids"] if trail else [""],
                "title": title_of(section),
                "trail": trail[1:],
                "text": words_of(section),
                "code": names_of(section),
            }
        )
        inner = [*trail[1:], title_of(section)] if trail else []
        found += [entry | {"trail": inner} for entry in things_in(section)]
    return [entry for entry in found if entry["title"]]


def things_in(section):
    """What of a section has an entry of its own: numbered equations, slips, terms, functions and classes."""
    for node in section.findall():
        if section_around(node) is not section:
            continue
        if isinstance(node, nodes.math_block) and (number := NUMBER.search(node.astext())):
            yield entry("equation", f"eq-{number[1].replace('.', '-')}", f"({number[1]})", said_before(node))
        elif isinstance(node, nodes.Admonition) and "slip" in node.get("classes", ()) and node["ids"]:
            yield entry("slip", node["ids"][0], title_of(node), words_of(node))
        elif isinstance(node, nodes.term) and isinstance(node.parent.parent.parent, addnodes.glossary):
            yield entry("term", node["ids"][0], node.astext(), readable(node.parent.children[-1]))
        elif isinstance(node, addnodes.desc):
            name = node.next_node(addnodes.desc_signature)
            if name is not None and name["ids"]:
                yield entry("function", name["ids"][0], name["ids"][0].removeprefix("gmm_lib."), words_of(node))


def entry(kind, anchor, title, text):
    return {"kind": kind, "anchor": anchor, "ids": [anchor], "title": title, "text": text, "code": ""}


def section_around(node):
    node = node.parent
    while node is not None and not isinstance(node, nodes.section):
        node = node.parent
    return node


def trail_of(section):
    """The titles of the sections around `section`, the outermost (the page) first."""
    titles = []
    around = section_around(section)
    while around is not None:
        titles.insert(0, title_of(around))
        around = section_around(around)
    return titles


def title_of(node):
    title = next((child for child in node.children if isinstance(child, nodes.title)), None)
    return readable(title) if title is not None else ""


def said_before(equation):
    """What stands beside an equation: the paragraph that leads to it, and the one that follows."""
    siblings = equation.parent.children
    at = siblings.index(equation)
    beside = siblings[max(0, at - 3) : at + 2]
    return " ".join(readable(node) for node in beside if isinstance(node, nodes.paragraph))


def words_of(node):
    """The running text below `node`, without its code, its numbered equations' TeX and its subsections."""
    parts = []
    for child in node.children:
        if isinstance(child, SILENT) or is_cell(child) or isinstance(child, nodes.math_block):
            continue
        if isinstance(child, nodes.literal_block):
            parts.append(child.astext() if len(child.astext()) < 400 else "")
        elif any(isinstance(one, (*SILENT, nodes.math_block, nodes.literal_block)) for one in child.children):
            parts.append(words_of(child))
        elif isinstance(child, nodes.TextElement):
            parts.append(readable(child))
        else:
            parts.append(words_of(child))
    return " ".join(" ".join(parts).split())


def is_cell(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def names_of(section):
    """The names in a section's cells, each once."""
    names = {}
    for cell in section.findall(is_cell):
        if section_around(cell) is section:
            for block in cell.findall(nodes.literal_block):
                names |= dict.fromkeys(NAME.findall(block.astext()))
    return " ".join(names)


def readable(node):
    """The text of a node, its formulas as signs: Greek letters for their names, no braces."""
    return " ".join("".join(said(node)).split())


def said(node):
    if isinstance(node, nodes.Text):
        yield str(node)
    elif isinstance(node, nodes.math):
        yield signs(node.astext())
    for child in () if isinstance(node, nodes.math) else node.children:
        if not isinstance(child, SILENT):
            yield from said(child)


def signs(tex):
    tex = re.sub(r"\\(text|mathrm|operatorname)\{([^{}]*)\}", r"\2", tex)
    tex = re.sub(r"\\([a-zA-Z]+) ?", lambda name: letter(name[1]), tex)
    return re.sub(r"[{}$\\]", "", tex).strip()


def letter(name):
    if name in SIGNS:
        return SIGNS[name]
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {name.upper()}")
    except KeyError:
        return ""


# -- the pages' entries, from the reading of a page to the script


def read_page(app, doctree):
    if not hasattr(app.env, "gmm_search"):
        app.env.gmm_search = {}
    app.env.gmm_search[app.env.docname] = entries_of(doctree)


def forget_page(app, env, docname):
    getattr(env, "gmm_search", {}).pop(docname, None)


def merge_pages(app, env, docnames, other):
    env.gmm_search = getattr(env, "gmm_search", {}) | {name: other.gmm_search[name] for name in docnames}


def name_of_page(env, docname):
    number = env.toc_secnumbers.get(docname, {}).get("")
    title = readable(env.titles[docname])
    return f"{'.'.join(map(str, number))}. {title}" if number else title


def write_index(app, exception):
    """Write ``_static/search``: the scripts, and the index as one of them."""
    if exception is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "search"
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCRIPTS:
        copy_asset(str(SOURCE / name), str(folder))
    (folder / "stemmer.js").write_text(js_porter_stemmer, encoding="utf-8")
    text = json.dumps(index_of(app.env), ensure_ascii=False, separators=(",", ":"))
    (folder / "index.js").write_text(f"gmmSearch.index={text};\n", encoding="utf-8")


def index_of(env):
    pages, entries = [], []
    about = getattr(env, "gmm_introduced", {})
    said = meanings(Path(env.srcdir))  # what the fourteen equations say
    for docname, found in sorted(env.gmm_search.items()):
        number = len(pages)
        pages.append([docname, name_of_page(env, docname)])
        for one in found:
            terms = " ".join(term for anchor in one["ids"] for term in about.get((docname, anchor), ()))
            title = f"{one['title']} {said.get(one['title'].strip('()'), '')}".strip()
            entries.append([number, one["anchor"], one["kind"], title, one["trail"], one["text"], one["code"], terms])
    return {"pages": pages, "entries": entries}


def leave_out_sphinxs_own(app):
    """No index of Sphinx's; the page ``search.html`` is ours (``assets/templates/search.html``)."""
    app.builder.search = False


def search_page(app):
    yield "search", {}, "search.html"


def setup(app):
    app.connect("builder-inited", leave_out_sphinxs_own)
    app.connect("doctree-read", read_page)
    app.connect("env-purge-doc", forget_page)
    app.connect("env-merge-info", merge_pages)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write_index)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
