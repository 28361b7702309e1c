"""Write the folder ``_static/live`` of a site: the parts, the script of the first click, the editor, licences."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from . import licences
from .compiling import compiled, lock, node
from .fetching import cache_folder, keep
from .own import course, own
from .parts import pack, parts

HERE = Path(__file__).parent
SCRIPTS = (
    "load",
    "machine",
    "show",
    "widgets",
    "notebook",
    "opening",
    "kept",
    "writing",
    "homework",
    "changes",
    "cell",
    "book",
)
RECIPE = ("pins.json", "pins.py", "lock.json", "parts.py", "linking.py", "compiling.py", "folder.py", "js/compile.js")
KEPT = 3  # of each kind stay in the cache: two checkouts of the book must not undo each other's work
ESCAPED = ((b"\\", rb"\\"), (b'"', rb"\""), (b"\n", rb"\n"), (b"\r", rb"\r"))


def as_script(name: str, data: bytes) -> bytes:
    """The bytes as a script of one call, a letter a byte: to be read with the encoding x-user-defined."""
    for byte, written in ESCAPED:
        data = data.replace(byte, written)
    return b'gmmLivePart("%s","%s")\n' % (name.encode(), data)


def page_script(sizes: Mapping[str, int]) -> str:
    """What a page loads at the first click; ``sizes`` are those of the parts."""
    worker = (HERE / "js" / "worker.js").read_text(encoding="utf-8")
    tables = {"PARTS": dict(sizes), "LOCK": lock(), "WORKER": worker}
    constants = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in tables.items())
    rooms = "\n".join((HERE / "js" / "page" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    return f"(() => {{\n'use strict';\n{constants}{rooms}}})();\n"


def packed(release: Mapping[str, bytes], cache: Path) -> dict[str, bytes]:
    """The parts of the release, packed: made once, and kept in ``cache`` under a name of what they are made from."""
    return _kept(cache, "release", [], lambda: {name: pack(files) for name, files in parts(release).items()})


def packed_own(release: Mapping[str, bytes], cache: Path) -> dict[str, bytes]:
    """Our own two parts, packed, with their sources: a page shows them."""
    return _with_sources("own", own(), release, cache) | _with_sources("course", course(), release, cache)


def _with_sources(name, files, release, cache):
    def make():
        sources = {path: data for path, data in files.items() if path.endswith(".py")}
        beside = {}
        for path, data in compiled(sources, release).items():
            folder, _, file = path.rpartition("/")
            beside[f"{folder}/__pycache__/{file.removesuffix('.py')}.cpython-312.pyc"] = data
        return {name: pack(files | beside)}

    return _kept(cache, name, [part for path, data in files.items() for part in (path.encode(), data)], make)


def _kept(cache, name, made_from, make):
    """What ``make`` makes, from the cache if it was made from the same, and packed alike; the oldest go."""
    made_from = [str(node() is None).encode(), *((HERE / one).read_bytes() for one in RECIPE), *made_from]
    digest = hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in made_from)).hexdigest()
    file = cache / f"{name}-{digest[:16]}.zip"
    try:
        with zipfile.ZipFile(file) as kept:  # a zip knows its checksums
            return {entry: kept.read(entry) for entry in kept.namelist()}
    except (OSError, zipfile.BadZipFile):
        made = make()
    with zipfile.ZipFile(zipped := io.BytesIO(), "w") as archive:
        for entry, data in made.items():
            archive.writestr(entry, data)
    kept = sorted(cache.glob(f"{name}-*.zip"), key=lambda one: one.stat().st_mtime)
    for old in kept[: 1 - KEPT]:
        old.unlink(missing_ok=True)
    keep(cache, file.name, zipped.getvalue())
    return made


def write(folder: Path, release: Mapping[str, bytes], cache: Path | None = None) -> dict[str, int]:
    """Write everything into ``folder``; returns the size of each part. ``release`` holds the verified files."""
    cache = cache_folder() if cache is None else cache
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for name, data in (packed(release, cache) | packed_own(release, cache)).items():
        script = as_script(name, data)
        (folder / f"{name}.part.js").write_bytes(script)
        sizes[name] = len(script)
    (folder / "page.js").write_text(page_script(sizes), encoding="utf-8")
    (folder / "licences.txt").write_text(licences.text(), encoding="utf-8")
    (folder / "editor.js").write_bytes((HERE / "editor" / "codemirror.js").read_bytes())
    return sizes
