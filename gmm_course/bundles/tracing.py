"""Run a solved notebook and note what it uses: ``python -P tracing.py NOTEBOOK`` prints it as JSON.

A file of its own, run in a process of its own: nothing may be loaded before the watch begins, this package neither.
What the notebook itself prints goes nowhere.
"""

import builtins
import contextlib
import io
import json
import os
import sys
from pathlib import Path

OURS = ("gmm_lib", "gmm_course")
NOTEBOOK = "__main__"


def top(name: str) -> str:
    """The package that a dotted name belongs to."""
    return name.partition(".")[0]


class Watch:
    """Which packages of others our own code imports, and which files it opens."""

    def __init__(self):
        self.packages = set()
        self.opened = set()
        self._import = builtins.__import__
        builtins.__import__ = self._watched
        sys.addaudithook(self._audited)

    def _watched(self, name, globals=None, locals=None, fromlist=(), level=0):  # noqa: A002 (as Python calls them)
        asks = top((globals or {}).get("__name__") or "")
        if asks in (*OURS, NOTEBOOK) and level == 0 and top(name) not in (*OURS, *sys.stdlib_module_names):
            self.packages.add(top(name))
        return self._import(name, globals, locals, fromlist, level)

    def _audited(self, event, arguments):
        if event == "open" and isinstance(arguments[0], str | os.PathLike):
            self.opened.add(os.fsdecode(arguments[0]))


def run(notebook: dict) -> None:
    """Run the code cells one after the other."""
    space = {"__name__": NOTEBOOK}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "cell", "exec"), space)


def found(watch: Watch) -> dict:
    """The packages of others, and our own files by their place below the folder that holds our packages."""
    folders = [Path(sys.modules[name].__file__).parent for name in OURS if name in sys.modules]
    paths = {Path(module.__file__) for name, module in sys.modules.items() if top(name) in OURS}
    paths |= {Path(name) for name in watch.opened if not name.endswith((".py", ".pyc"))}
    places = {
        path.relative_to(folder.parent).as_posix(): str(path)
        for folder in folders
        for path in paths
        if path.is_relative_to(folder)
    }
    return {"packages": sorted(watch.packages), "files": dict(sorted(places.items()))}


def main() -> None:
    """Trace the notebook that is named on the command line."""
    notebook = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    watch = Watch()
    with contextlib.redirect_stdout(io.StringIO()):
        run(notebook)
    print(json.dumps(found(watch)))


if __name__ == "__main__":
    main()
