import ast

import pytest

from gmm_lib import e_step, gaussian
from gmm_lib.parameters import Parameters
from gmm_lib.source import show_source


class Nested:
    """The outer docstring."""

    def first(self):
        """The first docstring."""

        def inner():
            """The inner docstring."""
            return 1  # a comment stays

        return inner

    def second(self):
        """The second docstring,

        on several lines.
        """
        kept = "a string stays"
        return kept  # noqa: RET504 (the assignment is what must stay)

    def only_words(self):
        """Without this there would be no body."""


def test_docstrings_go_and_all_else_stays():
    text = repr(show_source(Nested))
    assert "docstring" not in text
    for kept in ("return 1  # a comment stays", 'kept = "a string stays"', "return kept", "Without this"):
        assert kept in text


@pytest.mark.parametrize("thing", [e_step.normalize, gaussian.log_densities, Parameters, Parameters.permuted, Nested])
def test_what_is_shown_is_python_with_the_same_statements(thing):
    def statements(text):
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) and len(node.body) > 1:
                node.body = node.body[1:]
        return ast.dump(tree)

    assert statements(show_source(thing).text) == statements(show_source(thing, docstring=True).text)


def test_the_docstring_stays_if_asked_for():
    assert '"""Equation (10)' in show_source(e_step.normalize, docstring=True).text


def test_a_notebook_gets_a_coloured_block_and_a_terminal_plain_text():
    source = show_source(e_step.mixing_weights)
    assert source._repr_markdown_() == f"```python\n{source!r}\n```"


def test_several_functions_are_set_apart():
    text = show_source(e_step.responsibilities, e_step.mixing_weights).text
    assert text.count("\n\n\ndef ") == 1


@pytest.mark.parametrize("thing", [len, 3])
def test_what_has_no_python_source_is_refused(thing):
    with pytest.raises(ValueError, match="objects must be defined in Python source; got"):
        show_source(thing)
