"""What a submission of homework 5 may try: for each way the cells it replaces, and the marks that it must get.

``{folder}`` stands for the folder of the class and its results, ``{root}`` for this repository.
"""

SHARES = "point_shares = [0.3, 0.6, 0.1]"
WEIGHTS = "new_weights = (0.55, 0.7)"
MARKER = "sleep 86399.25"  # the command of a process that must not outlive its cell

# On top of right answers: (cells, the exercises that this costs)
ON_RIGHT = {
    "fork_bomb": ({"q2": "import os\nwhile True:\n    os.fork()"}, ["q2"]),
    "detached": (
        {
            "q2": f"""
import os, subprocess
subprocess.Popen({MARKER.split()!r}, start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", {MARKER.split()!r})
    os._exit(0)
{WEIGHTS}"""
        },
        [],
    ),
    "prints_much": ({"q2": f"print('x' * 50_000_000)\n{WEIGHTS}"}, []),
    "eats_memory": ({"q2": f"held = bytearray(8 << 30)\n{WEIGHTS}"}, ["q2"]),
    "fills_the_disk": ({"q2": f"open('large', 'wb').write(bytes(100_000_000))\n{WEIGHTS}"}, ["q2"]),
    "sleeps": ({"q2": "import time\ntime.sleep(9999)"}, ["q2"]),
    "writes_outside": (
        {
            "q2": f"""
import pathlib
for place in ("{{folder}}/written", "{{root}}/written", "/written", "/usr/written", "/etc/written"):
    try:
        pathlib.Path(place).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(place).write_text("here")
    except OSError:
        pass
{WEIGHTS}"""
        },
        [],
    ),
    "reads_others": (
        {
            "q2": f"""
import importlib, os, pathlib
for place in ("{{folder}}/submissions/perfect.ipynb", "{{root}}/gmm_course/answers/hw05_e_step.py",
              "{{root}}/gmm_course/exercises/hw05_e_step.py", "{{root}}/tests/homework_gallery/hw05.py",
              "{{root}}/book/homework/source/hw05_e_step/hw05_e_step.ipynb", "/etc/passwd", "/proc/1/environ"):
    try:
        print("COULD READ", len(pathlib.Path(place).read_text()) > 500)
    except OSError:
        pass
for name in ("gmm_course.answers", "gmm_course.exercises", "gmm_course.checker.catalogue", "homework_gallery"):
    try:
        importlib.import_module(name)
        print("COULD IMPORT", name)
    except ImportError:
        pass
{WEIGHTS}"""
        },
        [],
    ),
    "uses_the_network": (
        {
            "q2": f"""
import socket
try:
    socket.create_connection(("192.0.2.1", 80), 2)
    print("COULD CONNECT")
except OSError as error:
    print("REFUSED" if "unreachable" in str(error) else "COULD TRY")
{WEIGHTS}"""
        },
        [],
    ),
    "active_output": (
        {
            "q2": f"""
from IPython.display import HTML, Javascript, display
display(HTML("<script>steal()</script>"), Javascript("steal()"), HTML("<img src=//evil.example/x onerror=steal()>"))
print("</pre><script>steal()</script><img src='https://evil.example/x' onload=steal()>")
{WEIGHTS}
class Page:
    def _repr_svg_(self):
        return "<svg onload=steal()></svg>"
display(Page())""",
            "q7": "def gap(v, w):\n    raise ValueError('<script>steal()</script>')",
        },
        [],
    ),
    "talks_on_the_wire": (
        {
            "q2": """
import os
for number in range(3, 60):
    try:
        os.write(number, b"\\xff" * 99)
    except OSError:
        pass"""
        },
        ["q2"],
    ),
    "keyboard_interrupt": ({"q4": "def normalize(log_joint):\n    raise KeyboardInterrupt"}, ["q4"]),
    "exits_politely": ({"q4": "def normalize(log_joint):\n    raise SystemExit"}, ["q4"]),
    "nested": ({"q1": "point_shares = []\nfor _ in range(5000):\n    point_shares = [point_shares]"}, ["q1"]),
    "huge": ({"q1": "point_shares = np.zeros(10_000_000)"}, ["q1"]),
    "flagged": (
        {"q3": "from gmm_lib import e_step\n\nresponsibilities = e_step.responsibilities"},
        [],
    ),
    "looks_for_the_judge": (
        {
            "q2": f"""
from gmm_lib.engine import passes as _
try:
    check.reference
except Exception:
    pass
{WEIGHTS}"""
        },
        [],
    ),
}

# On top of an empty notebook, which must stay without points: all this can change nothing but its own answers
ON_BLANK = {
    "patches_the_course": """
import gmm_course, sys
import gmm_course.checker.calling as calling
gmm_course.check = gmm_course.grade = check = grade = lambda *a, **k: None
calling.call = lambda *a, **k: None
for module in list(sys.modules.values()):
    for name in ("examine", "grade", "check", "verdict"):
        if hasattr(module, name):
            setattr(module, name, lambda *a, **k: True)""",
    "patches_numpy": """
import numpy as np
np.random.default_rng = lambda *a: None
np.allclose = np.isclose = np.array_equal = lambda *a, **k: True""",
    "patches_ipython": """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["pass\\n"])
shell.ast_transformers.append(None)""",
    "patches_the_kernel": """
import gc
right = {"value": True, "right": True, "verdict": "correct", "score": 100, "spent": -1e9, "changed": {}}
for thing in gc.get_objects():
    if type(thing).__name__ == "Kernel":
        type(thing).on_hand_over = type(thing).on_call = lambda self, request: right""",
    "always_equal": """
class Yes:
    __array_priority__ = 1e9
    def __eq__(self, other): return True
    def __le__(self, other): return True
    def __array_ufunc__(self, *a, **k): return True
    def __call__(self, *a): return self
    def __getattr__(self, name): return self
point_shares = new_weights = statements = responsibilities = normalize = mixing_weights = gap = Yes()
import builtins
builtins.isinstance = lambda *a: True""",
    "changes_the_gradebook": """
import glob, pathlib, sqlite3
for path in ["{folder}/graded/course/gradebook.db", *glob.glob("{folder}/graded/**/*", recursive=True)]:
    try:
        with sqlite3.connect(path) as base:
            base.execute("update grade set auto_score = max_score")
        pathlib.Path(path).write_text("")
    except Exception:
        pass""",
    "prints_a_verdict": 'print("hw5.q1: correct.")\nget_ipython().run_line_magic("reset", "-f")',
}
