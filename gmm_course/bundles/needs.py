"""What a homework needs: files of the library and the course, and packages of others. Computed, never typed."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from ..grading.course import GradingError
from . import tracing

PIN = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w,]+\])?==(?P<version>[^\s#]+)", re.MULTILINE)


@dataclass(frozen=True)
class Needs:
    """What a notebook uses from its first cell to its last.

    Attributes
    ----------
    files : dict of str to Path
        Our own modules and their data: where they belong beside the notebook, and where they are.
    packages : tuple of str
        The packages of others that our own code and the notebook import, by the names they are imported by.
    """

    files: dict
    packages: tuple


def needs_of(source: Path) -> Needs:
    """What a solved notebook needs, found by running it.

    Its checks call all that a student's check calls: nothing of the checker and of an exercise is imported later.

    Raises
    ------
    GradingError
        If it does not run to its end.
    """
    quiet = {"GMM_PROGRESS": "off", "MPLBACKEND": "Agg"}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-P", tracing.__file__, str(source.resolve())],
            cwd=folder,
            env=os.environ | quiet,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise GradingError(f"{source.name} must run to its end before it can be handed out: {' '.join(last)}")
    told = json.loads(done.stdout)
    return Needs({place: Path(path) for place, path in told["files"].items()}, tuple(told["packages"]))


def pins(pinned: str) -> dict[str, str]:
    """``{"numpy": "numpy==2.4.6"}`` for each line of a requirements file."""
    return {_normal(found["name"]): f"{found['name']}=={found['version']}" for found in PIN.finditer(pinned)}


def requirements(packages: tuple, pinned: str) -> dict[str, str]:
    """The pin of each package by the name it is imported by, in the order of a requirements file.

    What that file does not pin must come along with something that it does.

    Raises
    ------
    GradingError
        If a package is neither.
    """
    pinned_by = pins(pinned)
    by_import = {package: _distribution(package) for package in packages}
    found = {name: pinned_by[one] for name, one in by_import.items() if one in pinned_by}
    brought = _brought([by_import[name] for name in found])
    if stray := [name for name, one in by_import.items() if name not in found and one not in brought]:
        raise GradingError(f"requirements.txt must pin what a homework imports; it lacks {', '.join(sorted(stray))}")
    order = list(pinned_by)
    return dict(sorted(found.items(), key=lambda item: order.index(by_import[item[0]])))


@cache
def _distributions():
    return metadata.packages_distributions()


def _distribution(package):
    """The name under which a package is installed: sklearn is scikit-learn."""
    return _normal(_distributions().get(package, [package])[0])


def _brought(distributions):
    """All that is installed along with these."""
    brought, waiting = set(), list(distributions)
    while waiting:
        for line in metadata.requires(waiting.pop()) or ():
            name = _normal(re.match(r"[\w.-]+", line)[0])
            if "extra ==" not in line and name not in brought and _installed(name):
                brought.add(name)
                waiting.append(name)
    return brought


def _installed(name):
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:  # for another system, or another Python
        return False
    return True


def _normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()
