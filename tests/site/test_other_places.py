"""Binder, Colab, and what a downloaded notebook does where ``gmm_lib`` is missing."""

import json
from importlib import util

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from other_places import binder, colab, with_installation
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from publishing.settings import ROOT, Publishing

GITHUB = Publishing(repository="https://github.com/somebody/a-book", branch="trunk", pages="gh-pages")
CONFIG = """
extensions = ["myst_nb", "published", "other_places"]
nb_execution_mode = "off"
html_theme = "sphinx_book_theme"
templates_path = ["templates"]
"""


@pytest.mark.parametrize(
    "repository, where",
    [
        (GITHUB.repository, "gh/somebody/a-book"),
        ("https://gitlab.com/a/b", "gl/a%2Fb"),
        ("https://git.example.org/a/b", "git/https%3A%2F%2Fgit.example.org%2Fa%2Fb"),
    ],
)
def test_binder_opens_the_notebook_of_the_repository(repository, where):
    opened = binder(Publishing(repository=repository, branch="trunk"), "chapters/01_datasets")
    assert opened == f"https://mybinder.org/v2/{where}/trunk?urlpath=lab/tree/book/chapters/01_datasets.ipynb"
    assert (ROOT / "book/chapters/01_datasets.ipynb").exists() and (ROOT / "requirements.txt").exists()


def test_colab_opens_a_notebook_of_the_built_site_if_a_branch_on_github_holds_it():
    place = "https://colab.research.google.com/github/somebody/a-book/blob/gh-pages/_sources/chapters/01.ipynb"
    assert colab(GITHUB, "chapters/01") == place
    assert colab(Publishing(repository=GITHUB.repository), "chapters/01") == ""
    assert colab(Publishing(repository="https://gitlab.com/a/b", pages="gh-pages"), "chapters/01") == ""


@pytest.mark.parametrize("missing", [True, False])
def test_the_first_cell_installs_gmm_lib_where_it_is_missing_and_else_does_nothing(monkeypatch, missing):
    stored = (ROOT / "book/chapters/02_mixture.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(with_installation(stored, GITHUB), as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[1:] == nbformat.reads(stored, as_version=4).cells
    if missing:
        monkeypatch.setattr(util, "find_spec", lambda name: None)
    asked = []

    class Shell:
        def run_line_magic(self, name, line):
            asked.append((name, line))

    exec(TransformerManager().transform_cell(notebook.cells[0].source), {"get_ipython": Shell})
    package = f'"gmm_lib[all] @ git+{GITHUB.repository}@trunk"'
    assert asked == ([("pip", f"install --quiet {package}")] if missing else [])


@pytest.mark.parametrize("publishing", [{}, {"repository": GITHUB.repository, "pages": "gh-pages"}])
def test_pages_and_downloads_of_chapters_know_the_places_if_they_are_set(tmp_path, publishing):
    stored = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": "# A page"}], "metadata": {}}
    text = json.dumps(stored | {"nbformat": 4, "nbformat_minor": 4})
    (tmp_path / "templates").symlink_to(ROOT / "book/assets/templates")
    (tmp_path / "conf.py").write_text(f"{CONFIG}\npublishing = {publishing!r}\n")
    (tmp_path / "index.rst").write_text("A book\n======\n\n.. toctree::\n\n   chapters/01\n   homework/hw\n")
    for name in ("chapters/01", "homework/hw"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / f"{name}.ipynb").write_text(text)
    site = tmp_path / "html"
    with docutils_namespace():
        Sphinx(tmp_path, tmp_path, site, tmp_path / "trees", "html", status=None, warningiserror=True).build()
    chapter, homework = ((site / f"{name}.html").read_text() for name in ("chapters/01", "homework/hw"))
    for place in ("mybinder.org", "colab.research.google.com"):
        assert (place in chapter) == bool(publishing) and place not in homework
    assert ("pip install" in (site / "_sources/chapters/01.ipynb").read_text()) == bool(publishing)
    assert (site / "_sources/homework/hw.ipynb").read_text() == text
