"""Gradescope's container in a folder of our own: an autograder unpacked, a submission beside it, its script run."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

# What a submission tries on the autograder. Whatever it can do makes its answer to q1 a wrong one.
ATTACK = """
import glob, os, pathlib, signal
could = []
for place in glob.glob("{folder}/**", recursive=True) + ["{folder}/source/homework/hw05_e_step.ipynb"]:
    try:
        if pathlib.Path(place).is_file() and pathlib.Path(place).read_bytes():
            could.append(place)
    except OSError:
        pass
for place in ("{folder}/results/results.json", "{folder}/source/gmm_course/__init__.py", "{folder}/mine"):
    try:
        pathlib.Path(place).write_text('{{"score": 100}}')
        could.append(place)
    except OSError:
        pass
if os.path.exists("/proc"):
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = pathlib.Path(f"/proc/{{number}}/cmdline").read_bytes()
            if b"grading.autograder" in text and b"{folder}" in text:
                os.kill(int(number), signal.SIGKILL)
                could.append("the judge")
        except OSError:
            pass
point_shares = [0.3, 0.6, 0.1] if not could else could
"""


def lay_out(folder: Path, autograder: Path, notebook: dict, name: str = "hw05_e_step.ipynb") -> Path:
    """Unpack an autograder as Gradescope does, and hand in a notebook."""
    with zipfile.ZipFile(autograder) as archive:
        archive.extractall(folder / "source")
    for part in ("submission", "results"):
        (folder / part).mkdir()
    (folder / "submission" / name).write_text(json.dumps(notebook), encoding="utf-8")
    return folder


def run(
    folder: Path, python: str = sys.executable, user: str = "nobody", **environment: str
) -> tuple[subprocess.CompletedProcess, dict]:
    """Run the script as Gradescope does; what it printed, and results.json (empty if there is none)."""
    command = ["bash", str(folder / "source" / "run_autograder"), str(folder), python, user]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=kept | environment)
    path = folder / "results" / "results.json"
    return done, json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
