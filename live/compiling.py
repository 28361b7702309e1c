"""Compile Python files ahead with the pages' own Python, which Node runs where it is installed.

A page then starts in about half the time: to compile SciPy's and Matplotlib's sources takes WebAssembly longer than all
else. Without Node the sources are shipped as they are, and pages are slower, no more.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .pins import FILES

HERE = Path(__file__).parent


def node() -> str | None:
    """The path of Node, or None."""
    return shutil.which("node")


def compiled(sources: Mapping[str, bytes], release: Mapping[str, bytes]) -> dict[str, bytes]:
    """The compiled form of each Python file that compiles, by the paths of ``sources``; none without Node."""
    if node() is None or not sources:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        core, work = Path(folder) / "core", Path(folder) / "work"
        core.mkdir()
        work.mkdir()
        for name in (pin.file for pin in FILES if pin.part == "core"):
            (core / name).write_bytes(release[name])
        (core / "pyodide-lock.json").write_text(json.dumps(lock()), encoding="utf-8")
        names = {f"{number}.py": path for number, path in enumerate(sources)}
        for file, path in names.items():
            (work / file).write_bytes(sources[path])
        (work / "index.json").write_text(json.dumps(list(names.items())), encoding="utf-8")
        command = [node(), str(HERE / "js" / "compile.js"), str(core), str(work)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return {}
        made = {path: work / f"{file}c" for file, path in names.items()}
        return {path: file.read_bytes() for path, file in made.items() if file.exists()}


def lock() -> dict:
    """A lock without packages: Pyodide asks for one, and packages are installed without it."""
    return json.loads((HERE / "lock.json").read_text(encoding="utf-8"))
