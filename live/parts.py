"""Pack the files of a part for the browser.

A part is one gzip stream of an index, a line of JSON (paths and sizes), and the files one after the other. A browser
unpacks it in one go by its own means, and Python's file system takes the pieces without a copy: much faster than to
unzip a wheel in WebAssembly. What no cell can use (headers, type stubs, lists of files) is left out, and Python's files
are compiled ahead where that can be done.
"""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from .compiling import compiled
from .linking import LINKER, hastened
from .pins import FILES

PACKAGES = "/lib/python3.12/site-packages"
LIBRARIES = "/usr/lib"
LIBRARY = "python_stdlib.zip"
USELESS = {".a", ".c", ".h", ".hpp", ".pxd", ".pyi", ".pyx"}
# Of scipy.misc, which SciPy means to drop, nothing is left but three data sets: a raccoon's picture is 1.6 MB of it.
UNUSED = ("sample_data/", "scipy/misc/", ".dist-info/RECORD", "/tests/", "/include/")


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files, by their paths, as one stream; the same bytes for the same files."""
    index = json.dumps([[path, len(data)] for path, data in files.items()], separators=(",", ":"))
    return gzip.compress(index.encode() + b"\n" + b"".join(files.values()), 6, mtime=0)


def parts(release: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The files of each part of the release, by their paths in the page; ``release`` holds the verified files."""
    found: dict[str, dict[str, bytes]] = {}
    for pin in FILES:
        data = release[pin.file]
        inside = found.setdefault(pin.part, {})
        if pin.part == "core":
            inside[pin.file] = data
        else:
            inside |= _unzipped(data, PACKAGES if pin.file.endswith(".whl") else LIBRARIES)
    found["core"][LINKER] = hastened(found["core"][LINKER])
    _list_the_fonts(found["matplotlib"])
    return _compiled(found, release)


def _compiled(found, release):
    """The parts with compiled code in the place of sources. The standard library stays one zip, with no compression of
    its own: the stream around it compresses better."""
    library = _unzipped(found["core"].pop(LIBRARY), "/lib/python312.zip", everything=True)
    sources = {
        path: data for files in (*found.values(), library) for path, data in files.items() if path.endswith(".py")
    }
    made = compiled(sources, release)
    for files in (*found.values(), library):
        for path in made.keys() & files.keys():
            del files[path]
            files[f"{path}c"] = made[path]
    with zipfile.ZipFile(zipped := io.BytesIO(), "w") as archive:
        for path, data in sorted(library.items()):
            archive.writestr(zipfile.ZipInfo(path.removeprefix("/lib/python312.zip/")), data)
    found["core"][LIBRARY] = zipped.getvalue()
    return {name: dict(sorted(files.items())) for name, files in found.items()}


def _unzipped(data, target, everything=False):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and (everything or _useful(name))]
        return {f"{target}/{name}": archive.read(name) for name in names}


def _list_the_fonts(files):
    """Mend the release's list of fonts: its version is one that Matplotlib refuses, which then looks through fonts at
    every start, and it names fonts of the machine that it was made on."""
    where, code = f"{PACKAGES}/matplotlib/fontlist.json", files[f"{PACKAGES}/matplotlib/font_manager.py"]
    fonts = json.loads(files[where])
    fonts["_version"] = int(re.search(rb"^    __version__ = (\d+)$", code, re.MULTILINE)[1])
    for kind in ("afmlist", "ttflist"):
        fonts[kind] = [font for font in fonts[kind] if f"{PACKAGES}/matplotlib/mpl-data/{font['fname']}" in files]
    files[where] = json.dumps(fonts).encode()


def _useful(name):
    return PurePosixPath(name).suffix not in USELESS and not any(part in name for part in UNUSED)
