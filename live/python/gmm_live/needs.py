"""Which parts a cell needs, read from its imports before it runs: in a page nothing can be fetched in mid-import."""

import ast

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
}
ORDER = ("numpy", "scipy", "threadpoolctl", "sklearn", "matplotlib", "traitlets")


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


def parts_of(code, library):
    """The parts that a cell needs, in the order in which they are loaded.

    ``library`` says what the modules of ours need: ``{"gmm_lib.em": ["numpy"], ...}``; to import all of ``gmm_lib`` by
    its bare name is to need all of it. Code that cannot be read needs nothing: it will say so itself.
    """
    try:
        names = list(imported(ast.parse(code)))
    except SyntaxError:
        return []
    needed = set()
    for name in names:
        needed |= set(PARTS.get(name.partition(".")[0], ()))
        needed |= set(library.get(name, ()))
    if any(name == "gmm_lib" for name in names) and not any(name.startswith("gmm_lib.") for name in names):
        needed |= {part for parts in library.values() for part in parts}
    return [part for part in ORDER if part in needed]
