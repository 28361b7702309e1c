"""The library reference, as one reads it: types in the signatures, and formulas where docstrings have plain text.

In the source a docstring must read well in a terminal: ``w_ij = phi_j f_j(x_i) / sum_l phi_l f_l(x_i)``. Here
each such literal becomes TeX, if every word in it is a letter, a Greek letter's name or an operator; a name of the code
stays code. Types are those of the source, as they are written there; classes of the library become links.
"""

import ast
import inspect
import re
import textwrap

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

import gmm_lib

SMALL = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
CAPITAL = "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
OPERATORS = "log exp max min sum prod det"
WORDS = {name: rf"\{name}" for name in f"{SMALL} {CAPITAL} {OPERATORS}".split()}
WORDS |= {
    "tr": r"\operatorname{tr}",
    "eps": r"\mathrm{eps}",
    "BIC": r"\text{BIC}",
    "Categorical": r"\text{Categorical}",
    "xhat": r"\hat x",
}
SIGNS = {"~": r"\sim", "**": "^", "*": r"\,", "<=": r"\le", ">=": r"\ge", "...": r"\dots", "|": r"\vert "}
PIECE = re.compile(
    r"\s+|\.\.\.|\*\*|<=|>=|[-+*/=~<>|,.()\[\]{}']|\d+(?:\.\d+)?|_\{[^{}]*\}|_[A-Za-z0-9]+"
    r"|\^\{[^{}]*\}|\^\([^()]*\)|\^-?[A-Za-z0-9]+|[A-Za-z]+"
)
LITERAL = re.compile(r"``([^`]+)``")


def tex_of(plain):
    """A formula in plain text as TeX, or None if it is not one: a name of the code, or words."""
    pieces, at = [], 0
    for found in PIECE.finditer(plain):
        if found.start() != at:
            return None
        at = found.end()
        piece = tex_of_piece(found[0])
        if piece is None:
            return None
        pieces.append(piece)
    mathematical = re.search(r"[\^_]|\\[a-zA-Z]", "".join(pieces).replace(r"\,", ""))
    return " ".join("".join(pieces).split()) if at == len(plain) and mathematical else None


def tex_of_piece(piece):
    if piece[0] == "_":
        inner = piece[1:].strip("{}")
        return None if len(inner) > 3 and "_" not in inner else f"_{{{letters(inner)}}}"
    if piece[0] == "^":
        inner = piece[1:].removeprefix("{").removesuffix("}")
        return "^{" + (r"\top" if inner == "T" else letters(inner)) + "}"
    if piece.isalpha():
        return WORDS[piece] + " " if piece in WORDS else piece if len(piece) == 1 else None
    return SIGNS.get(piece, piece)


def letters(text):
    return re.sub(r"[A-Za-z]+", lambda word: WORDS.get(word[0], word[0]) + " " * (word[0] in WORDS), text)


def typeset(app, what, name, obj, options, lines):
    """Turn the plain formulas of a docstring into formulas."""

    def formula(found):
        tex = tex_of(found[1])
        return f":math:`{tex}`" if tex else found[0]

    for position, line in enumerate(lines):
        lines[position] = LITERAL.sub(formula, line)


def typed(app, what, name, obj, options, signature, returned):
    """The signature with its types as the source has them; None leaves it as it is."""
    node = source_of(obj)
    if node is None or signature is None:
        return None
    names = getattr(inspect.unwrap(obj), "__globals__", None) or vars(inspect.getmodule(obj))
    for hint in [*hints(node.args), node]:
        attribute = "returns" if hint is node else "annotation"
        if getattr(hint, attribute) is not None:
            setattr(hint, attribute, linked(getattr(hint, attribute), names))
    arguments = node.args
    if what in ("method", "class", "exception") and not is_static(node):
        first = arguments.posonlyargs or arguments.args
        del first[0]
    result = ast.unparse(node.returns) if node.returns is not None and what not in ("class", "exception") else None
    return f"({ast.unparse(arguments)})", result


def source_of(obj):
    """The definition of a function, or of a class's ``__init__`` where it wrote one itself."""
    if inspect.isclass(obj):
        obj = vars(obj).get("__init__")
    if not inspect.isfunction(obj) or not obj.__code__.co_filename.endswith(".py"):
        return None
    try:
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(obj)))).body
    except (OSError, ValueError, SyntaxError):
        return None
    return node if isinstance(node, ast.FunctionDef) else None


def hints(arguments):
    more = [one for one in (arguments.vararg, arguments.kwarg) if one]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more]


def is_static(node):
    return any(ast.unparse(one) == "staticmethod" for one in node.decorator_list)


def linked(hint, names):
    """A hint in which each class of the library has its full name, shown by its last part:
    ``~gmm_lib.parameters.Parameters``."""

    class Full(ast.NodeTransformer):
        def visit_Name(self, node):
            known = names.get(node.id) or getattr(gmm_lib, node.id, None)
            if inspect.isclass(known) and re.fullmatch(
                r"gmm_lib(\.[^_]\w*)+", f"{known.__module__}.{known.__qualname__}"
            ):
                return ast.parse(f"~{known.__module__}.{known.__qualname__}", mode="eval").body
            return node

        def visit_Constant(self, node):
            return self.visit(ast.parse(node.value, mode="eval").body) if isinstance(node.value, str) else node

    return Full().visit(hint)


class ListsOfResults(SphinxPostTransform):
    """Sphinx puts a list of results into a paragraph, which may hold none: out of it."""

    default_priority = 700
    formats = ("html",)

    def run(self, **kwargs):
        for paragraph in list(self.document.findall(nodes.paragraph)):
            if any(isinstance(child, nodes.bullet_list) for child in paragraph.children):
                paragraph.replace_self(paragraph.children)


def skipped(app, what, name, obj, skip, options):
    """Fields of a tuple without a word of their own: Python's "Alias for field number 0" tells nothing."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def setup(app):
    app.add_post_transform(ListsOfResults)
    app.connect("autodoc-skip-member", skipped)
    app.connect("autodoc-process-docstring", typeset)
    app.connect("autodoc-process-signature", typed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
