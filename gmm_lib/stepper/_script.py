"""What a page or a notebook loads: the stepper's script, style and markup, put together from small files.

The files of ``js/`` share one scope and hold neither ``import`` nor ``export``: joined in the order of ``FILES`` they
are one text, which a notebook loads as a module and a page as a classic script, because pages opened from a disk may
not load modules. So there is nothing to build and nothing to strip. Before them stand the tables that Python reads too.
"""

import json
from functools import cache
from pathlib import Path

from ._looks import GLYPHS, MARGINS, PALETTE
from ._settings import LONGEST_LINK, MOST_ITERATIONS, SETTINGS, TOLERANCE

HERE = Path(__file__).parent

# In the order in which they are joined: from the mathematics up to the hosts.
FILES = tuple(
    f"{room}/{name}.js"
    for room, names in {
        "engine": (
            "basics", "random", "gaussian", "e_step", "covariance_types", "m_step", "k_means", "initialization",
            "trace",
        ),
        "settings": ("points", "table", "links", "settings"),
        "view": (
            "text", "marks", "words", "slices", "steps", "disturb", "scale", "contours", "points", "components",
            "beside", "picture", "inside", "predict", "ratchet", "starts", "controls", "keys", "pointer", "files",
            "own", "view",
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
PUBLIC = "{ render, start, Trace, KMeans, DEFAULTS, readSettings, writeSettings, parseTable, tableData }"

# Where a theme of the palette holds; the site marks a dark page in one way and JupyterLab in another.
THEMES = {
    "light": ".gmm-stepper",
    "dark": ":is([data-theme=dark], [data-jp-theme-light=false]) .gmm-stepper",
    "presenter, light": ".gmm-presenter",
    "presenter, dark": "[data-theme=dark] .gmm-presenter",
}


@cache
def _joined() -> str:
    tables = "".join(f"const {name} = {json.dumps(table, ensure_ascii=False)};\n" for name, table in SHARED.items())
    return tables + "\n".join(_read(f"js/{file}") for file in FILES)


def script() -> str:
    """The stepper as a module that exports ``render``, as anywidget wants it."""
    return f"{_joined()}\nexport default {PUBLIC};\n"


def page_script() -> str:
    """The same as a classic script, which brings every stepper of its page to life."""
    return (
        f"(() => {{\n'use strict';\n{_joined()}\nconst stepper = Object.assign(globalThis.gmmStepper, {PUBLIC});\n"
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
