"""What a page or a notebook loads: the stepper's script, style and markup, put together from small files.

The files of ``js/`` share one scope and hold neither ``import`` nor ``export``: joined in the order of ``FILES`` they
are one text. ``stepper.min.js`` is that text made short (``make stepper``), and what everybody loads: a notebook in a
module, a page in a classic script, because pages opened from a disk may not load modules. Its first line says of which
sources it was made; while somebody changes them, the sources themselves are served. Before them stand the tables that
Python reads too.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

from ._looks import GLYPHS, MARGINS, PALETTE
from ._settings import LONGEST_LINK, MOST_ITERATIONS, SETTINGS, TOLERANCE

HERE = Path(__file__).parent
MADE = "stepper.min.js"

# In the order in which they are joined: from the mathematics up to the hosts.
FILES = tuple(
    f"{room}/{name}.js"
    for room, names in {
        "engine": (
            "basics", "random", "gaussian", "e_step", "covariance_types", "m_step", "k_means", "initialization",
            "trace", "profile",
        ),
        "settings": ("points", "table", "links", "settings"),
        "view": (
            "text", "marks", "words", "slices", "steps", "disturb", "held", "scale", "line", "contours", "points",
            "components", "beside", "picture", "inside", "predict", "ratchet", "along", "starts", "controls", "keys",
            "pointer", "files", "own", "view",
        ),
        "hosts": ("page", "notebook"),
    }.items()
    for name in names
)  # fmt: skip
SHARED = {
    "TOLERANCE": TOLERANCE,
    "MOST_ITERATIONS": MOST_ITERATIONS,
    "LONGEST_LINK": LONGEST_LINK,
    "SETTINGS": SETTINGS,
    "GLYPHS": tuple(GLYPHS),
    "MARGINS": MARGINS,
}
# What hosts and tests call.
PUBLIC = (
    "{ render, start, mountAll, Trace, KMeans, profile, DEFAULTS, readSettings, writeSettings, parseTable, tableData }"
)

# Where a theme of the palette holds; the site marks a dark page in one way and JupyterLab in another.
THEMES = {
    "light": ".gmm-stepper",
    "dark": ":is([data-theme=dark], [data-jp-theme-light=false]) .gmm-stepper",
    "presenter, light": ".gmm-presenter",
    "presenter, dark": "[data-theme=dark] .gmm-presenter",
}


def sources() -> str:
    """The files of ``js/``, joined: a call whose value holds what is public."""
    files = "\n".join(_read(f"js/{file}") for file in FILES)
    return f"(() => {{\n'use strict';\n{files}\nreturn {PUBLIC};\n}})()"


def mark(text: str) -> str:
    """The first line of what was made from these sources."""
    return f"// Made by tools/stepper.py from js/, {hashlib.sha256(text.encode()).hexdigest()[:16]}"


@cache
def _joined() -> tuple[str, str]:
    tables = "".join(f"const {name} = {json.dumps(table, ensure_ascii=False)};\n" for name, table in SHARED.items())
    text = sources()
    first, _, short = _read(MADE).partition("\n")
    return tables, short.strip() if first == mark(text) else text


def script() -> str:
    """The stepper as a module that exports ``render``, as anywidget wants it."""
    tables, core = _joined()
    return f"{tables}export default {core};\n"


def page_script() -> str:
    """The same as a classic script, which brings every stepper of its page to life."""
    tables, core = _joined()
    return (
        f"(() => {{\n{tables}const stepper = Object.assign(globalThis.gmmStepper, {core});\n"
        "if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', stepper.start);\n"
        "else stepper.start();\n})();\n"
    )


def style() -> str:
    """The style sheet: the palette as custom properties, a rule for each theme, and ``stepper.css``."""
    rules = [f"{where} {{ {_properties(PALETTE[theme])} }}\n" for theme, where in THEMES.items()]
    return "".join(rules) + _read("stepper.css")


def _properties(theme: dict) -> str:
    colours = {f"c{j}": colour for j, colour in enumerate(theme.get("components", ()))}
    colours |= {name: colour for name, colour in theme.items() if name != "components"}
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def markup() -> str:
    """The parts of a stepper as HTML: its script fills in what the table of settings says, and all numbers."""
    return _read("stepper.html")


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
