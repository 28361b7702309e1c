"""Write the folder ``_static/live`` of a site: the parts, the script of the first click, the editor."""

import json
from collections.abc import Mapping
from pathlib import Path

from .own import own
from .parts import pack, parts
from .pins import RELEASE

HERE = Path(__file__).parent
SCRIPTS = ("load", "machine", "show", "cell", "book")
ESCAPED = ((b"\\", rb"\\"), (b'"', rb"\""), (b"\n", rb"\n"), (b"\r", rb"\r"))


def as_script(name: str, data: bytes) -> bytes:
    """The bytes as a script of one call, a letter a byte: to be read with the encoding x-user-defined."""
    for byte, written in ESCAPED:
        data = data.replace(byte, written)
    return b'gmmLivePart("%s","%s")\n' % (name.encode(), data)


def page_script(sizes: Mapping[str, int]) -> str:
    """What a page loads at the first click; ``sizes`` are those of the parts."""
    worker = (HERE / "js" / "worker.js").read_text(encoding="utf-8")
    tables = {"PARTS": dict(sizes), "RELEASE": RELEASE, "WORKER": worker}
    constants = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in tables.items())
    rooms = "\n".join((HERE / "js" / "page" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    return f"(() => {{\n'use strict';\n{constants}{rooms}}})();\n"


def write(folder: Path, release: Mapping[str, bytes]) -> dict[str, int]:
    """Write everything into ``folder``; returns the size of each part. ``release`` holds the verified files."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for name, data in (parts(release) | {"own": pack(own())}).items():
        script = as_script(name, data)
        (folder / f"{name}.part.js").write_bytes(script)
        sizes[name] = len(script)
    (folder / "page.js").write_text(page_script(sizes), encoding="utf-8")
    (folder / "editor.js").write_bytes((HERE / "editor" / "codemirror.js").read_bytes())
    return sizes
