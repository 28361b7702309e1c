"""Which files of the Pyodide release are shipped, in which part, and what their bytes must be.

``pins.json`` was taken from the release's own ``pyodide-lock.json`` (whose SHA-256 stands beside its name there) and,
for the four files of the core that the lock does not list, from the release itself.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

PINS = Path(__file__).with_name("pins.json")


@dataclass(frozen=True)
class Pin:
    """One file of the release. A ``part`` is what a page loads at once."""

    file: str
    sha256: str
    part: str
    name: str
    version: str
    licence: str


class WrongFileError(ValueError):
    """A file whose bytes are not those of the release."""


def read() -> tuple[str, list[Pin]]:
    """The release's number, and its files."""
    table = json.loads(PINS.read_text(encoding="utf-8"))
    return table["release"], [Pin(**entry) for entry in table["files"]]


RELEASE, FILES = read()


def verified(data: bytes, pin: Pin, place: str) -> bytes:
    """``data``, if they are the file of the release; else a WrongFileError that names file and place."""
    found = hashlib.sha256(data).hexdigest()
    if found != pin.sha256:
        raise WrongFileError(
            f"{pin.file} of {place} is not that of Pyodide {RELEASE}: its SHA-256 is {found}, it must be {pin.sha256}"
        )
    return data
