"""``make pdf`` and ``make epub``: the book that is built, as one file."""

import shutil
import subprocess
import sys
from pathlib import Path

from . import epub, pdf, settings

MAKERS = {"pdf": pdf.make, "epub": epub.make}


def check(file: Path) -> None:
    """Let EPUBCheck judge an EPUB, if Java is there."""
    if shutil.which("java") is None:
        print("No Java, so nothing has checked the EPUB.")
        return
    judged = subprocess.run([sys.executable, "-m", "epubcheck", str(file)], check=False)
    if judged.returncode:
        sys.exit("The EPUB breaks rules: see above.")


def main(kind: str, target: str) -> None:
    file = Path(target)
    pages = MAKERS[kind](file, settings.read())
    print(f"{file}: {pages} pages, {file.stat().st_size / 1e6:.1f} MB")
    if kind == "epub":
        check(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
