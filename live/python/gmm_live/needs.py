"""Which parts a cell needs, read from its imports before it runs: in a page nothing can be fetched in mid-import."""

import ast

from .cells import parsed

PARTS = {
    "numpy": ("numpy",),
    "scipy": ("numpy", "scipy"),
    "sklearn": ("numpy", "scipy", "threadpoolctl", "sklearn"),
    "joblib": ("numpy", "scipy", "threadpoolctl", "sklearn"),
    "threadpoolctl": ("threadpoolctl",),
    "matplotlib": ("numpy", "matplotlib"),
    "mpl_toolkits": ("numpy", "matplotlib"),
    "PIL": ("numpy", "matplotlib"),
    "traitlets": ("traitlets",),
    "anywidget": ("traitlets",),  # ours is a stand-in of a few lines
    "gmm_course": ("course",),
}
ORDER = ("numpy", "scipy", "threadpoolctl", "sklearn", "matplotlib", "traitlets", "course")
ASKING = {"begin", "check", "progress", "your_numbers", "grade"}  # of the course: they load a homework by its id


def imported(tree, package=""):
    """The dotted names that code imports, at whatever depth, as absolute names: "gmm_lib.em" of ``from gmm_lib import
    em``, too. ``package`` is where relative imports start."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (base, node.module) if part)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def asked(tree):
    """The homeworks that code asks the course for: "gmm_course.hw5" of ``check("hw5.q3", weights)``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ASKING:
            given = (one.value for one in node.args[:1] if isinstance(one, ast.Constant))
            yield from (f"gmm_course.{one.partition('.')[0]}" for one in given if isinstance(one, str))


def parts_of(code, library):
    """The parts that a cell needs, in the order in which they are loaded.

    ``library`` says what the modules of ours need: ``{"gmm_lib.em": ["numpy"], ...}``; to import all of ``gmm_lib`` by
    its bare name is to need all of it. Code that cannot be read needs nothing: it will say so itself.
    """
    try:
        tree = parsed(code)
    except SyntaxError:
        return []
    names, needed = [*imported(tree), *asked(tree)], set()
    for name in names:
        needed |= set(PARTS.get(name.partition(".")[0], ()))
        needed |= set(library.get(name, ()))
    if any(name == "gmm_lib" for name in names) and not any(name.startswith("gmm_lib.") for name in names):
        needed |= {part for name, parts in library.items() if name.startswith("gmm_lib.") for part in parts}
    return [part for part in ORDER if part in needed]
