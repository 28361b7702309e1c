"""The autograder that Gradescope asks for: a zip with the judge and one homework, to be run in its container.

In the container root judges, and what was handed in runs in bubblewrap or, where that does not work, as another user.
What was zipped is unpacked into ``/autograder/source``; :mod:`~gmm_course.grading.autograder` is what runs.
"""

import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import gmm_lib

from .course import GradingError

STUDENT = "student"
HOMEWORK = "homework"
NEEDED = (
    "numpy",
    "scipy",
    "scikit-learn",
    "threadpoolctl",
    "matplotlib",
    "ipywidgets",
    "anywidget",
    "ipykernel",
    "ipython",
    "nbformat",
)
EARLIEST = (1980, 1, 1, 0, 0, 0)  # one date for every file, so that the same homework gives the same zip

SETUP = f"""#!/usr/bin/env bash
# Run once, by root, when Gradescope builds the image.
set -euo pipefail
apt-get update
for version in 3.13 3.12 3.11; do
    if apt-get install -y python$version python$version-venv; then break; fi
done
apt-get install -y bubblewrap || true
python$version -m venv /opt/autograder
/opt/autograder/bin/pip install --no-cache-dir -r /autograder/source/requirements.txt
id {STUDENT} || useradd --system --no-create-home --shell /usr/sbin/nologin {STUDENT}
chmod -R go= /autograder/source
"""

RUN = """#!/usr/bin/env bash
# Run by root for each submission; the folder, the Python and the user can be named, to try it elsewhere.
set -euo pipefail
umask 022
FOLDER="${1:-/autograder}"
export PYTHONPATH="$FOLDER/source" PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
cd "$FOLDER/source"
exec "${2:-/opt/autograder/bin/python}" -m gmm_course.grading.autograder "$FOLDER" "${3:-USER}"
""".replace("USER", STUDENT)


def write_autograder(source: Path, folder: Path) -> Path:
    """Write the autograder of a source notebook into ``folder``, and return the zip's path.

    Raises
    ------
    GradingError
        If ``folder`` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise GradingError(f"the autograder must go into a folder; {folder} is a file")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{source.stem}_gradescope.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(_files(source)):
            member = zipfile.ZipInfo(name, EARLIEST)
            member.external_attr = (0o755 if data.startswith(b"#!") else 0o644) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, data)
    return target


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    yield "setup.sh", SETUP.encode()
    yield "run_autograder", RUN.encode()
    yield "requirements.txt", "".join(f"{name}=={version(name)}\n" for name in NEEDED).encode()
    for package in (Path(gmm_lib.__file__).parent, Path(__file__).resolve().parents[1]):
        for path in package.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{package.name}/{path.relative_to(package).as_posix()}", path.read_bytes()
    for path in source.parent.rglob("*"):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(source.parent).parts):
            yield f"{HOMEWORK}/{path.relative_to(source.parent).as_posix()}", path.read_bytes()
