"""What a page or a notebook loads: scripts, styles and markup, put together from small files.

There are three scripts: ``STEPPER``, and ``FIGURES``, the figures that move, which share the engine with it; of these
``COINS``, which stands on a page beside a stepper and needs no engine, is one of its own. A panel that
is opened seldom, ``LIKELIHOOD``, is a part of the stepper in a script of its own: a page loads it when somebody opens
the panel, and a notebook, which has no address to load from, with the stepper. The files of ``js/`` share one scope and
hold neither ``import`` nor ``export``: joined in the order of a script's ``files`` they are one text.
``stepper.min.js`` is that text made short (``make stepper``), and what everybody loads: a notebook in a module, a page
in a classic script, because pages opened from a disk may not load modules. Its first line says of which sources it was
made; while somebody changes them, the sources themselves are served. Before them stand the tables that Python reads
too.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ._looks import GLYPHS, MARGINS, PALETTE
from ._settings import LONGEST_LINK, MOST_ITERATIONS, SETTINGS, TOLERANCE

HERE = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class Script:
    """A script: the name under which pages know it, its files in the order in which they are joined, the tables that
    stand before them, and what hosts and tests call. A part is a function of what it uses of the script it is part of.
    """

    name: str
    files: tuple[str, ...]
    tables: tuple[tuple[str, object], ...]
    public: str
    part_of: "Script | None" = None

    @property
    def made(self) -> str:
        """The file that holds it made short."""
        return f"{self.name}.min.js"

    @property
    def home(self) -> str:
        """The object of a page that holds what is public."""
        return f"gmm{(self.part_of or self).name.capitalize()}"


def _files(**rooms):
    return tuple(f"{room}/{name}.js" for room, names in rooms.items() for name in names.split())


LOOKS = (("GLYPHS", tuple(GLYPHS)), ("MARGINS", MARGINS))
# From the mathematics up to the hosts.
STEPPER = Script(
    name="stepper",
    files=_files(
        engine="basics random gaussian gaps e_step covariance_types m_step k_means initialization trace",
        settings="points table links settings",
        view="text marks words slices steps disturb held axes shade scale line contours stamps points components "
        "beside picture inside predict ratchet later starts controls keys pointer files own near view",
        hosts="loop page notebook",
    ),
    tables=(
        ("TOLERANCE", TOLERANCE),
        ("MOST_ITERATIONS", MOST_ITERATIONS),
        ("LONGEST_LINK", LONGEST_LINK),
        ("SETTINGS", SETTINGS),
        *LOOKS,
    ),
    public="render, start, mountAll, Trace, KMeans, DEFAULTS, readSettings, writeSettings, parseTable, tableData, "
    "takePart",
)
LIKELIHOOD = Script(
    name="likelihood",
    files=_files(engine="profile", view="map along surface"),
    tables=(),
    public="refreshAlong, chooseAlong, profile, profileRow",
    part_of=STEPPER,
)
FIGURES = Script(
    name="figures",
    files=_files(
        engine="basics random gaussian gaps covariance_types m_step k_means initialization profile",
        view="text marks axes shade line contours map components near",
        figures="figure listen k_means gaussian likelihood hosts",
    ),
    tables=(("MOST_ITERATIONS", MOST_ITERATIONS), *LOOKS),
    public="render, start, mountAll",
)
COINS = Script(
    name="coins",
    files=_files(engine="basics", view="text marks axes near", figures="figure listen coins hosts"),
    tables=(("TOLERANCE", TOLERANCE), ("MOST_ITERATIONS", MOST_ITERATIONS), *LOOKS),
    public="render, start, mountAll, coinsFrom, tossedOn",
)
SCRIPTS = (STEPPER, LIKELIHOOD, FIGURES, COINS)

# Where a theme of the palette holds; the site marks a dark page in one way and JupyterLab in another.
THEMES = {
    "light": ":is(.gmm-stepper, .gmm-interactive)",
    "dark": ":is([data-theme=dark], [data-jp-theme-light=false]) :is(.gmm-stepper, .gmm-interactive)",
    "presenter, light": ".gmm-presenter",
    "presenter, dark": "[data-theme=dark] .gmm-presenter",
}


def sources(which: Script = STEPPER) -> str:
    """The files of a script, joined: a call whose value holds what is public. Of a part it is a function."""
    files = "\n".join(_read(f"js/{file}") for file in which.files)
    shared = f", shared: {{ {', '.join(_shared(LIKELIHOOD))} }}" if which is STEPPER else ""
    names = f"const {{ {', '.join(_shared(which))} }} = shared;\n" if which.part_of else ""
    body = f"{{\n'use strict';\n{names}{files}\nreturn {{ {which.public}{shared} }};\n}}"
    return f"(shared) => {body}" if which.part_of else f"(() => {body})()"


def _shared(part: Script) -> list[str]:
    """What a part uses of the script it is part of."""
    if part.part_of is None:
        return []
    ours, whole = ("".join(_read(f"js/{file}") for file in one.files) for one in (part, part.part_of))
    declared = re.findall(r"^(?:async )?(?:function|class|const) (\w+|\[.*?\])", whole, re.MULTILINE)
    names = {name for one in declared for name in re.findall(r"\w+", one)} | {name for name, _ in part.part_of.tables}
    code = re.sub(r"//.*", "", ours)
    return sorted(name for name in names if re.search(rf"(?<![.\w]){name}\b", code))


def mark(text: str) -> str:
    """The first line of what was made from these sources."""
    return f"// Made by tools/stepper.py from js/, {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _json(table):
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"))


@cache
def _joined(which):
    tables = "".join(f"const {name} = {_json(table)};\n" for name, table in which.tables)
    text = sources(which)
    first, _, short = _read(which.made).partition("\n")
    return tables, short.strip() if first == mark(text) else text


def script(which: Script = STEPPER) -> str:
    """A script, with its part, as a module that exports ``render``, as anywidget wants it."""
    tables, core = _joined(which)
    adopted = f"made.takePart(({_joined(LIKELIHOOD)[1]})(made.shared));\n" if which is STEPPER else ""
    return f"{tables}const made = {core};\n{adopted}export default made;\n"


def page_script(which: Script = STEPPER) -> str:
    """The same as a classic script, which brings everything of its kind on its page to life; or a part alone."""
    tables, core = _joined(which)
    home = f"globalThis.{which.home}"
    if which.part_of:
        return f"{home}.{which.name} = {home}.takePart(({core})({home}.shared));\n"
    return (
        f"(() => {{\n{tables}const made = {home} = Object.assign({home} ?? {{}}, {core});\n"
        "if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', made.start);\n"
        "else made.start();\n})();\n"
    )


def style(which: Script = STEPPER) -> str:
    """The style sheet: the palette as custom properties, a rule for each theme, and ``stepper.css``; the figures have
    some rules more."""
    rules = [f"{where} {{ {_properties(PALETTE[theme])} }}\n" for theme, where in THEMES.items()]
    return "".join(rules) + _read("stepper.css") + (_read("figures.css") if which in (FIGURES, COINS) else "")


def _properties(theme: dict) -> str:
    colours = {f"c{j}": colour for j, colour in enumerate(theme.get("components", ()))}
    colours |= {name: colour for name, colour in theme.items() if name != "components"}
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def markup() -> str:
    """The parts of a stepper as HTML: its script fills in what the table of settings says, and all numbers."""
    return _read("stepper.html")


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
