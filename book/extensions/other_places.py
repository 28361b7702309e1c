"""Where else a notebook runs: buttons for Binder and Colab, and downloads with a first cell that gets ``gmm_lib``.

All of it hangs on the setting ``publishing`` (see ``publishing/settings.py``): without a repository there is no button,
and notebooks are downloaded as they are. Binder makes its machine from the repository's ``requirements.txt``. Colab has
no such file, so that it is given the site's notebooks, with their first cell: from ``pages``, the branch on GitHub that
holds the built site, if there is one.
"""

import json
from pathlib import Path
from urllib.parse import quote, urlsplit

PARTS = ("chapters/", "beyond/", "scale/")  # homework comes with what it needs, and is graded as it was handed out
INSTALL = """# Where gmm_lib is missing, as on Colab, this installs it. Elsewhere it does nothing.
from importlib.util import find_spec

if find_spec("gmm_lib") is None:
    %pip install --quiet "gmm_lib[all] @ git+{repository}@{branch}"
"""


def binder(publishing, docname):
    """The address that opens a notebook on Binder; "" without a repository."""
    place = urlsplit(publishing.repository)
    path = place.path.strip("/")
    kind = {"github.com": f"gh/{path}", "gitlab.com": f"gl/{quote(path, safe='')}"}
    where = kind.get(place.netloc, f"git/{quote(publishing.repository, safe='')}")
    opened = quote(f"lab/tree/book/{docname}.ipynb")
    return publishing.repository and f"https://mybinder.org/v2/{where}/{quote(publishing.branch)}?urlpath={opened}"


def colab(publishing, docname):
    """The address that opens a notebook of the site on Colab; "" unless a branch on GitHub holds the site."""
    place = urlsplit(publishing.repository)
    if place.netloc != "github.com" or not publishing.pages:
        return ""
    within = quote(f"{publishing.pages}/_sources/{docname}.ipynb")
    return f"https://colab.research.google.com/github{place.path}/blob/{within}"


def add_buttons(app, pagename, templatename, context, doctree):
    """Put the buttons that there are into the page's header."""
    if doctree is None or not is_chapter(app, pagename):
        return
    places = {"Binder": binder(app.config.publishing, pagename), "Colab": colab(app.config.publishing, pagename)}
    links = [
        {"type": "link", "text": name, "tooltip": f"Open in {name}", "icon": "fas fa-rocket", "url": address}
        for name, address in places.items()
        if address
    ]
    if links:
        group = {"type": "group", "tooltip": "Open elsewhere", "icon": "fas fa-rocket", "label": "launch-buttons"}
        context["header_buttons"].append(group | {"buttons": links})


def is_chapter(app, docname):
    """Whether a page is a notebook of the book, and no homework."""
    return docname.startswith(PARTS) and str(app.env.doc2path(docname)).endswith(".ipynb")


def with_installation(notebook, publishing):
    """A notebook as text, with the first cell more."""
    content = json.loads(notebook)
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    source = INSTALL.format(repository=publishing.repository, branch=publishing.branch)
    if content.get("nbformat_minor", 0) >= 5:
        cell["id"] = "install-gmm-lib"
    content["cells"].insert(0, cell | {"source": source.rstrip("\n").splitlines(keepends=True)})
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def let_downloads_install(app, error):
    """Put the cell into the copies of the notebooks that the pages offer; the sources stay as they are."""
    if error or app.builder.format != "html" or not app.config.publishing.repository:
        return
    for docname in filter(lambda one: is_chapter(app, one), app.env.found_docs):
        source = Path(app.env.doc2path(docname)).read_text(encoding="utf-8")
        copy = Path(app.outdir) / "_sources" / f"{docname}.ipynb"
        copy.write_text(with_installation(source, app.config.publishing), encoding="utf-8")


def setup(app):
    app.connect("html-page-context", add_buttons, priority=950)
    app.connect("build-finished", let_downloads_install)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
