"""Pack the files of a part for the browser.

A part is one gzip stream of an index, a line of JSON (paths and sizes), and the files one after the other. A browser
unpacks it in one go by its own means, and Python's file system takes the pieces without a copy: much faster than to
unzip a wheel in WebAssembly. What no cell can use (headers, type stubs, lists of files) is left out.
"""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from .pins import FILES

PACKAGES = "/lib/python3.12/site-packages"
LIBRARIES = "/usr/lib"
USELESS = {".a", ".c", ".h", ".hpp", ".pxd", ".pyi", ".pyx"}
UNUSED = ("sample_data/", ".dist-info/RECORD", "/tests/", "/include/")


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files, by their paths, as one stream; the same bytes for the same files."""
    index = json.dumps([[path, len(data)] for path, data in files.items()], separators=(",", ":"))
    return gzip.compress(index.encode() + b"\n" + b"".join(files.values()), 6, mtime=0)


def parts(release: Mapping[str, bytes]) -> dict[str, bytes]:
    """Each part of the release, packed; ``release`` holds the verified files by their names."""
    found: dict[str, dict[str, bytes]] = {}
    for pin in FILES:
        data = release[pin.file]
        inside = found.setdefault(pin.part, {})
        if pin.part == "core":
            inside[pin.file] = _stored(data) if pin.file.endswith(".zip") else data
        else:
            inside |= _unzipped(data, PACKAGES if pin.file.endswith(".whl") else LIBRARIES)
    _list_the_fonts(found["matplotlib"])
    return {name: pack(files) for name, files in found.items()}


def _stored(data):
    """A zip without its compression: the stream around it compresses better, and Python reads it faster."""
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made := io.BytesIO(), "w") as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename, entry.date_time), old.read(entry))
    return made.getvalue()


def _unzipped(data, target):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and _useful(name)]
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
