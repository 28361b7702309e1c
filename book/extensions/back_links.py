"""Links back: the glossary and the bibliography say where the chapters use what they hold, and an index gathers both.

The glossary is Sphinx's own (`{glossary}`), whose definitions end in a line ``Introduced: [(10)](eq-10)``. What a page
uses is read from its entries for the search (:mod:`search_index`), so that a number leads to a section, and from its
citations. ``{book-index}`` lists terms, functions and authors from A to Z.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache

from docutils import nodes
from search_index import name_of_page, section_around
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

GLOSSARY, BIBLIOGRAPHY, INDEX = "appendix/glossary", "appendix/bibliography", "appendix/index_of_names"
LIBRARY = "appendix/library/"
OPENING = "Introduced: "


class BookIndex(nodes.General, nodes.Element):
    """Where the index goes, until every page has been read."""


class BookIndexDirective(SphinxDirective):
    def run(self):
        return [BookIndex()]


# -- what is read from a page


def read_page(app, doctree):
    env, docname = app.env, app.env.docname
    for kind in ("gmm_terms", "gmm_works", "gmm_cited"):
        if not hasattr(env, kind):
            setattr(env, kind, {})
    env.gmm_cited[docname] = citations(doctree)
    if docname == GLOSSARY:
        env.gmm_terms = {next(iter(names)): (names, label) for names, label in map(term_of, items(doctree))}
    elif docname == BIBLIOGRAPHY:
        env.gmm_works = dict(works(doctree))


def forget_page(app, env, docname):
    getattr(env, "gmm_cited", {}).pop(docname, None)


def merge_pages(app, env, docnames, other):
    for kind in ("gmm_terms", "gmm_works", "gmm_cited"):
        setattr(env, kind, getattr(env, kind, {}) | getattr(other, kind, {}))


def items(doctree):
    """The definitions of the glossary."""
    for glossary in doctree.findall(addnodes.glossary):
        yield from glossary.findall(nodes.definition_list_item)


def term_of(item):
    """The names of a term, each with its anchor, and the label of the place that introduces it."""
    names = {term.astext(): term["ids"][0] for term in item.children if isinstance(term, nodes.term)}
    last = introduction(item)
    if last is None:
        raise ValueError(f"the glossary must say where {next(iter(names))!r} is introduced: Introduced: [(10)](eq-10)")
    return names, last.next_node(addnodes.pending_xref)["reftarget"]


def introduction(item):
    """The paragraph of a definition that says where the term is introduced, or None."""
    paragraphs = [one for one in item.findall(nodes.paragraph) if one.astext().startswith(OPENING)]
    return paragraphs[-1] if paragraphs else None


def works(doctree):
    """``bib-wu1983``, and what its entry begins with: "Wu, C. F. J. (1983)"."""
    for paragraph in doctree.findall(nodes.paragraph):
        label = next((name for name in paragraph.get("names", ()) if name.startswith("bib-")), None)
        opening = re.match(r".*?\(\d{4}\w?\)", paragraph.astext())
        if label and opening:
            yield label, opening[0]


def citations(doctree):
    """Label of a cited work -> the section that cites it first."""
    found = {}
    for link in doctree.findall(addnodes.pending_xref):
        if link.get("reftarget", "").startswith("bib-"):
            section = section_around(link)
            found.setdefault(link["reftarget"], "" if section is None else section["ids"][0])
    return found


# -- where things are used


def chapters(env):
    """The numbered pages, in reading order: ``[(number, docname)]``."""
    numbered = [(env.toc_secnumbers.get(name, {}).get(""), name) for name in env.all_docs]
    return sorted((number[0], name) for number, name in numbered if number)


def uses_of_term(env, names, label):
    """The first place in each chapter where one of `names` stands; in the chapter that introduces it, that place."""
    home, anchor = place_of(env, label)
    found = {docname: (number, docname, used) for number, docname, used in uses_of_words(env, names)}
    found |= {docname: (number, docname, anchor) for number, docname in chapters(env) if docname == home}
    return sorted(found.values())


def uses_of_words(env, names):
    words = "|".join(plural(name) for name in names)
    upper = any(name.isupper() for name in names)
    pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", 0 if upper else re.IGNORECASE)
    return first_entries(env, lambda entry: pattern.search(f"{entry['title']} {entry['text']}"))


def plural(name):
    """A pattern of a term, each of its words in the singular or the plural."""
    words = [re.escape(word) for word in name.split()]
    ends = [rf"{word[:-1]}(?:y|ies)" if re.search("[^aeiou]y$", word) else rf"{word}(?:e?s)?" for word in words]
    return r"[\s-]".join(ends)


def uses_of_functions(env):
    """Name -> uses, for each function and class of the library that a chapter names: as ``mixture.density`` or, where
    no other has its name and no word is like it, as ``draw_points``."""
    kinds = ("function", "class", "exception")
    known = [name for name, one in env.get_domain("py").objects.items() if one.objtype in kinds and "gmm_lib." in name]
    ends = Counter(name.rpartition(".")[2] for name in known)
    found = {}
    for name in sorted(known):
        end = name.rpartition(".")[2]
        wanted = {".".join(name.split(".")[-2:])}
        if ends[end] == 1 and ("_" in end or not end.islower()):
            wanted.add(end)
        if places := first_entries(env, lambda entry, wanted=wanted: not wanted.isdisjoint(entry["names"])):
            found[name] = places
    return found


# Both once in a build, and not before pages are written: only then have chapters their numbers.


@cache
def functions_used(app):
    return uses_of_functions(app.env)


@cache
def terms_used(app):
    return {first: uses_of_term(app.env, names, label) for first, (names, label) in app.env.gmm_terms.items()}


def first_entries(env, holds):
    found = []
    for number, docname in chapters(env):
        for entry in env.gmm_search.get(docname, ()):
            if holds(entry):
                found.append((number, docname, entry["anchor"]))
                break
    return found


def names_in(entry):
    """The dotted names in an entry's code and text, each also by its last two parts."""
    found = re.findall(r"[A-Za-z_][\w.]*\w", f"{entry['code']} {entry['text']}")
    return {".".join(name.split(".")[-parts:]) for name in found for parts in (1, 2)}


def place_of(env, label):
    """(page, anchor) of a label; the anchor of a chapter's own label is empty, as in the search."""
    docname, anchor = env.get_domain("std").anonlabels[label][:2]
    return docname, "" if label.startswith("ch-") else anchor


def prepare(app, env):
    """When all pages have been read: what each introduces, for the search; and which pages are made of others."""
    introduced = defaultdict(list)
    for names, label in env.gmm_terms.values():
        introduced[place_of(env, label)] += names
    env.gmm_introduced = dict(introduced)
    for entries in env.gmm_search.values():
        for entry in entries:
            entry["names"] = names_in(entry)
    made_of_others = (GLOSSARY, BIBLIOGRAPHY, INDEX)
    return [name for name in env.all_docs if name in made_of_others or name.startswith(LIBRARY)]


# -- what is written


def resolve(app, doctree, docname):
    if docname == GLOSSARY:
        for item in items(doctree):
            used = terms_used(app)[item.next_node(nodes.term).astext()]
            introduction(item).extend([nodes.Text(". "), *sentence(app, docname, "Used in", used)])
            introduction(item)["classes"].append("gmm-used")
    elif docname == BIBLIOGRAPHY:
        cited = cited_in(app.env)
        for paragraph in doctree.findall(nodes.paragraph):
            label = next((name for name in paragraph.get("names", ()) if name in cited), None)
            if label:
                said = sentence(app, docname, "Cited in", cited[label])
                paragraph.append(nodes.inline("", " ", *said, classes=["gmm-used"]))
    elif docname.startswith(LIBRARY):
        for signature in doctree.findall(addnodes.desc_signature):
            say_where_used(app, docname, signature)
    for box in list(doctree.findall(BookIndex)):
        box.replace_self(index_of(app, docname))


def say_where_used(app, docname, signature):
    """Below a function or class of the library reference, the chapters that use it."""
    name = next(iter(signature["ids"]), "")
    if known := functions_used(app).get(name):
        said = sentence(app, docname, "Used in", known)
        signature.parent.children[-1].append(nodes.paragraph("", "", *said, classes=["gmm-used"]))


def cited_in(env):
    found = defaultdict(list)
    for number, docname in chapters(env):
        for label, anchor in env.gmm_cited.get(docname, {}).items():
            found[label].append((number, docname, anchor))
    return found


def sentence(app, docname, opening, places):
    """ "Used in chapters 2, 7 and 9.", each number a link."""
    if not places:
        return []
    parts = [nodes.Text(f"{opening} chapter{'s' * (len(places) > 1)} ")]
    return [*parts, *numbers(app, docname, places), nodes.Text(".")]


def numbers(app, docname, places):
    parts = []
    for number, target, anchor in places:
        link = link_to(app, docname, target, anchor, str(number))
        link["reftitle"] = name_of_page(app.env, target)
        parts += [link, nodes.Text(", ")]
    return parts[:-1]


def link_to(app, docname, target, anchor, content):
    """A link on the page ``docname``, with this content (text or a node), to a place of the page ``target``."""
    content = nodes.Text(content) if isinstance(content, str) else content
    address = app.builder.get_relative_uri(docname, target) + (f"#{anchor}" if anchor else "")
    return nodes.reference("", "", content, refuri=address, internal=True)


def index_of(app, docname):
    """The index: a list for each letter."""
    letters = defaultdict(list)
    for key, content, places in sorted([*terms(app), *functions(app), *authors(app)], key=lambda row: row[0]):
        row = nodes.paragraph("", "", link_to(app, docname, *content))
        if places:
            row += [nodes.Text("\u2002"), *numbers(app, docname, places)]
        letters[key[0].upper()].append(nodes.list_item("", row))
    box = nodes.container(classes=["gmm-index"])
    for letter, rows in letters.items():
        box += [nodes.rubric("", letter), nodes.bullet_list("", *rows)]
    return box


def sorting(text):
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9 ]", "", plain.lower().replace("_", " "))


def terms(app):
    for first, (names, _) in app.env.gmm_terms.items():
        for name, anchor in names.items():
            yield sorting(name), (GLOSSARY, anchor, name), terms_used(app)[first]


def functions(app):
    for name, places in functions_used(app).items():
        place = app.env.get_domain("py").objects[name]
        short = name.removeprefix("gmm_lib.")
        key = sorting(name.rpartition(".")[2])
        yield key, (place.docname, place.node_id, nodes.literal("", short)), places


def authors(app):
    cited = cited_in(app.env)
    for label, opening in app.env.gmm_works.items():
        docname, anchor = app.env.get_domain("std").anonlabels[label]
        yield sorting(opening), (docname, anchor, opening), cited[label]


def setup(app):
    app.add_node(BookIndex)
    app.add_directive("book-index", BookIndexDirective)
    app.connect("doctree-read", read_page)
    app.connect("env-purge-doc", forget_page)
    app.connect("env-merge-info", merge_pages)
    app.connect("env-updated", prepare)
    app.connect("doctree-resolved", resolve)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
