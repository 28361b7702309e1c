"""Python in the page, without a browser: what is fetched, refused, packed and read from a cell's imports."""

import gzip
import hashlib
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import live_pages
import pytest
import traitlets
from IPython.lib import pretty

from live import folder, licences, own, parts
from live.fetching import UnavailableError, fetch
from live.folder import as_script
from live.linking import LINKER, hastened
from live.pins import FILES, Pin
from live.python.gmm_live.advice import advice
from live.python.gmm_live.cells import parsed
from live.python.gmm_live.needs import parts_of

ROOT = Path(__file__).resolve().parents[1]
RIGHT = {"a.whl": b"the bytes of a", "b.zip": b"the bytes of b"}
PINS = [Pin(name, hashlib.sha256(data).hexdigest(), "core", name, "1", "MIT") for name, data in RIGHT.items()]


class Place:
    """A place that has these files, and counts how often it is asked."""

    def __init__(self, name, files):
        self.name, self.files, self.asked = name, files, 0

    def get(self, file):
        self.asked += 1
        return self.files.get(file)


@pytest.fixture
def get(tmp_path):
    """``fetch`` of two small files, with a cache of its own; returns the files and what was said."""

    def call(*elsewhere, folder=None):
        said = []
        return fetch(folder, tmp_path / "cache", said.append, elsewhere, PINS), said

    return call


def test_each_file_comes_from_the_first_place_that_has_it_and_next_time_from_the_cache(get):
    one, other = Place("one", {"a.whl": RIGHT["a.whl"]}), Place("other", RIGHT)
    got, said = get(one, other)
    assert got == RIGHT and said == ["Python in the page: 0 MB, 1 files from one, 1 files from other"]
    again, said = get()
    assert again == RIGHT and said == ["Python in the page: 0 MB, 2 files from the cache"]


def test_the_users_folder_comes_before_all_and_is_searched_to_its_depth(get, tmp_path):
    (tmp_path / "mine" / "deep").mkdir(parents=True)
    for name, data in RIGHT.items():
        (tmp_path / "mine" / "deep" / name).write_bytes(data)
    other = Place("other", RIGHT)
    _, said = get(other, folder=tmp_path / "mine")
    assert other.asked == 0 and f"2 files from the folder {tmp_path / 'mine'}" in said[0]
    with pytest.raises(ValueError, match=r"PYODIDE must be a folder .*; got '.*nowhere'"):
        get(folder=tmp_path / "nowhere")


@pytest.mark.parametrize("where", ["the cache", "a place"])
def test_a_wrong_byte_is_refused_and_named_and_the_next_place_asked(get, tmp_path, where):
    wrong = RIGHT["a.whl"][:-1] + b"!"
    if where == "the cache":
        (tmp_path / "cache").mkdir()
        (tmp_path / "cache" / "a.whl").write_bytes(wrong)
    got, said = get(*([Place(where, {"a.whl": wrong})] if where == "a place" else []), Place("the last", RIGHT))
    assert got == RIGHT
    assert said[0].startswith(f"Refused: a.whl of {where} ") and hashlib.sha256(wrong).hexdigest() in said[0]
    assert (tmp_path / "cache" / "a.whl").read_bytes() == RIGHT["a.whl"]


def test_what_cannot_be_had_is_named_and_the_book_goes_without_in_one_line(get, monkeypatch, capsys):
    with pytest.raises(UnavailableError, match=r"1 of 2 files cannot be had, b\.zip the first"):
        get(Place("half", {"a.whl": RIGHT["a.whl"]}))

    def none(folder):
        raise UnavailableError("2 of 2 files cannot be had, a.whl the first")

    class App:
        class builder:
            format = "html"

    monkeypatch.setattr(live_pages, "fetch", none)
    live_pages.bring(App)
    told = "The book is built without Python in its pages: 2 of 2 files cannot be had, a.whl the first.\n"
    assert capsys.readouterr().out == told and not hasattr(App, "gmm_live_sizes")


def test_every_file_of_the_release_is_pinned_once():
    assert len({pin.file for pin in FILES}) == len(FILES) == 21
    assert all(len(bytes.fromhex(pin.sha256)) == 32 and pin.licence for pin in FILES)
    assert {pin.part for pin in FILES} == {"core", *parts_of("import sklearn, matplotlib, traitlets", {})}


# -- what a browser unpacks


def read(packed):
    """A part as worker.js reads it."""
    index, _, rest = gzip.decompress(packed).partition(b"\n")
    files = {}
    for path, size in json.loads(index):
        files[path], rest = rest[:size], rest[size:]
    assert rest == b""
    return files


def test_a_part_holds_its_files_byte_for_byte():
    files = {"/lib/a.py": b"x = 1\n", "/lib/empty": b"", "/lib/\u00e4.bin": bytes(range(256))}
    assert read(parts.pack(files)) == files


def test_a_wheel_is_unpacked_without_what_no_cell_uses():
    with zipfile.ZipFile(made := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as wheel:
        for name in (
            "a/__init__.py",
            "a/x.so",
            "a/x.pyi",
            "a/tests/test_a.py",
            "scipy/misc/face.dat",
            "a-1.dist-info/RECORD",
            "a-1.dist-info/LICENSE",
        ):
            wheel.writestr(name, name)
    kept = {"/there/a/__init__.py", "/there/a/x.so", "/there/a-1.dist-info/LICENSE"}
    assert set(parts._unzipped(made.getvalue(), "/there")) == kept


def test_what_is_packed_is_kept_with_a_few_that_were_made_from_other_things(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"part": b"data"}

    def kept(*made_from):
        return folder._kept(tmp_path, "release", made_from, make)

    assert kept(b"1") == kept(b"1") == {"part": b"data"} and len(made) == 1
    (file,) = tmp_path.glob("*.zip")
    file.write_bytes(file.read_bytes().replace(b"data", b"date"))
    assert kept(b"1") == {"part": b"data"} and len(made) == 2, "a wrong byte: made again"
    assert kept(b"2") == {"part": b"data"} and len(made) == 3
    assert kept(b"1") == {"part": b"data"} and len(made) == 3, "another checkout does not undo it"
    for number in range(3, 9):
        kept(str(number).encode())
    assert len(list(tmp_path.glob("*.zip"))) == folder.KEPT, "the cache does not grow for ever"


def test_any_bytes_come_through_a_script():
    """As JavaScript reads a string literal: Python's rules are the same for the escapes that are used."""
    data = bytes(range(256)) + b'\\n"\\\r\n' + bytes(reversed(range(256)))
    script = as_script("x", data)
    start, end = b'gmmLivePart("x",', b")\n"
    assert script.startswith(start) and script.endswith(end) and script.count(b"\n") == 1 and b"\r" not in script
    literal = script[len(start) : -len(end)].decode("latin-1").replace("\0", "\\0")
    assert eval(literal).encode("latin-1") == data


@pytest.mark.parametrize(
    "made, source", [("live/editor/codemirror.js", "editor.js"), ("book/search/minisearch.js", "engine.js")]
)
def test_what_is_bundled_is_made_of_what_lies_beside_it(made, source):
    here = (ROOT / made).parent
    made_from = hashlib.sha256((here / source).read_bytes() + (here / "package-lock.json").read_bytes()).hexdigest()
    first = (ROOT / made).read_text(encoding="utf-8").partition("\n")[0]
    assert f"from {made_from} " in first, "make editor, or make search, bundles it anew"


def test_the_licence_of_each_package_is_shipped_with_it_or_in_the_one_text():
    try:
        release = fetch(say=lambda _: None)
    except UnavailableError as error:
        pytest.skip(str(error))
    told = licences.text()
    for pin in FILES:
        names = []
        if pin.file.endswith(".whl"):
            with zipfile.ZipFile(io.BytesIO(release[pin.file])) as wheel:
                names = [name for name in wheel.namelist() if ".dist-info/" in name and parts._useful(name)]
        with_it = any(re.search(r"/(LICEN[CS]E|COPYING)", name) for name in names)
        assert with_it or re.search(rf"^{pin.name}\b.*\n=+\n\n.*\w", told, re.MULTILINE | re.IGNORECASE), pin.file
    for name, words in {"IPython": "IPython Development Team", "CodeMirror": "Marijn Haverbeke"}.items():
        assert words in re.split(r"\n=+\n", told.partition(f"\n{name}")[2])[1], name


# -- Pyodide's linker

# Forty libraries that ask for some of fifty names and bring some; printed is where each name ends, and how often
# a name that has its address is looked at again.
LINKED = """
let looks = 0;
WebAssembly.Global = class {
  set value(to) { this.at = to; }
  get value() { looks += this.at ? 1 : 0; return this.at ?? 0; }
};
const Module = {}, wasmImports = {}, err = (text) => { throw new Error(text); };
const isInternalSym = () => false, addFunction = (one) => one.place;
const resolveGlobalSymbol = (name) => ({ sym: wasmImports[name] });
SCRIPT
let seed = 1;
const chance = (n) => (seed = (seed * 48271) % 2147483647) % n;
const made = (place) => Object.assign(() => 0, { place });
const names = (n) => Array.from({ length: n }, () => `name${chance(50)}`);
for (let library = 1; library <= 40; library++) {
  currentModuleWeakSymbols.clear();
  names(3).forEach((name) => currentModuleWeakSymbols.add(name));
  for (const name of [...names(5), ...currentModuleWeakSymbols]) GOTHandler.get(null, name);
  const brought = names(6).map((name) => [name, chance(2) ? 100 * library : made(library)]);
  const required = Object.keys(GOT).filter((name) => GOT[name].required);
  for (const name of required) wasmImports[name] ??= chance(2) ? 3 * library : made(5);
  updateGOT(Object.fromEntries(brought), false);
  reportUndefinedSymbols();
}
const placed = Object.entries(GOT).map(([name, one]) => [name, one.at ?? 0]);
console.log(JSON.stringify([placed, looks]));
"""


def linked(script):
    """Where names end, and the looks, with the linker of this script; run by Node."""
    cut = [re.search(rf"var {name}=.*?;(?=Module\[)", script)[0] for name in ("GOT", "currentModuleWeakSymbols")]
    cut += [re.search(rf"var {name}=.*?;(?=Module\[\"{name})", script)[0] for name in ("GOTHandler", "updateGOT")]
    cut += [re.search(r"var reportUndefinedSymbols=.*?;(?=Module\[)", script)[0]]
    text = LINKED.replace("SCRIPT", "\n".join(dict.fromkeys(cut)))
    return json.loads(subprocess.run(["node", "-e", text], capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(not shutil.which("node"), reason="no Node.js")
def test_the_quicker_linker_gives_each_name_the_address_that_the_releases_own_does_and_looks_at_it_less():
    try:
        release = fetch(say=lambda _: None, files=[pin for pin in FILES if pin.file == LINKER])[LINKER]
    except UnavailableError as error:
        pytest.skip(str(error))
    (before, looks), (after, fewer) = linked(release.decode()), linked(hastened(release).decode())
    assert after == before and len(before) == 50 and sum(at > 0 for _, at in before) > 30
    assert fewer < looks / 2


def test_another_linker_is_refused():
    with pytest.raises(ValueError, match=r"pyodide\.asm\.js must have 'var GOT=\{\};' once; it has it 0 times"):
        hastened(b"var GOT = {};")


# -- widgets


@pytest.fixture
def widget(monkeypatch):
    """A widget of the page's stand-in for anywidget; what it tells the page is in ``widget.told``."""
    monkeypatch.syspath_prepend(ROOT / "live" / "python")
    monkeypatch.setitem(sys.modules, "gmm_live.pretty", pretty)  # as the site's build puts it there
    spec = importlib.util.spec_from_file_location("stand_in", ROOT / "live" / "python" / "anywidget" / "__init__.py")
    spec.loader.exec_module(stand_in := importlib.util.module_from_spec(spec))

    class Pair(stand_in.AnyWidget):
        one = traitlets.Int().tag(sync=True)
        two = traitlets.Int().tag(sync=True)
        own = traitlets.Int()

        @traitlets.observe("one")
        def _follow(self, change):
            with self.hold_sync():
                self.two, self.own = min(change.new, 9), 1
                self.one = min(change.new, 9)

    made, Pair.told = Pair(), []
    running = SimpleNamespace(tell=lambda kind, number, changes: Pair.told.append((number, changes)))
    monkeypatch.setattr(stand_in.kernel, "running", running)
    yield made
    for name in [one for one in sys.modules if one.partition(".")[0] == "gmm_live"]:
        del sys.modules[name]


def test_a_widget_tells_the_page_what_is_new_there_from_when_it_is_shown_until_it_is_not(widget):
    widget.one = 3
    assert widget.told == []
    (view,) = widget._repr_mimebundle_()[0].values()
    number = int(view["model_id"])
    assert widget.told == [(number, {"one": 3, "two": 3})]
    assert widget._repr_mimebundle_()[0].popitem()[1]["model_id"] == view["model_id"], "one widget, two views"
    widget.told.clear()
    widget.receive({"one": 5})
    assert widget.told == [(number, {"two": 5})], "the page knows what it said itself"
    widget.told.clear()
    widget.receive({"one": 12})
    assert widget.told[-1][1]["one"] == 9, "what became of it is told"
    import gmm_live.widgets

    gmm_live.widgets.close(number)
    widget.told.clear()
    widget.one = 1
    assert widget.told == []


# -- what a cell needs


@pytest.fixture(scope="module")
def library():
    return own.library()


@pytest.mark.parametrize(
    "code, needed",
    [
        ("1 + 1", []),
        ("import numpy as np", ["numpy"]),
        ("def f():\n    from scipy.stats import norm", ["numpy", "scipy"]),
        ("import sklearn.mixture as m, json", ["numpy", "scipy", "threadpoolctl", "sklearn"]),
        ("from matplotlib import pyplot as plt", ["numpy", "matplotlib"]),
        ("from gmm_lib import em, source", ["numpy", "scipy"]),
        ("from gmm_lib.parameters import Parameters", ["numpy", "scipy"]),
        ("import gmm_lib", ["numpy", "scipy", "threadpoolctl", "sklearn", "matplotlib", "traitlets"]),
        ("from gmm_course import check", ["numpy", "course"]),
        ('check("hw5.q3", responsibilities)', ["numpy", "scipy", "course"]),
        ("begin(name); progress()", []),
        ("import numpy (", []),
    ],
)
def test_the_imports_of_a_cell_say_what_it_needs(library, code, needed):
    assert parts_of(code, library) == needed


def test_what_a_module_of_ours_really_loads_is_what_it_is_said_to_need(library):
    """Against Python itself: a fresh process imports each module and looks at what it has loaded."""
    code = """
import importlib, json, sys
seen = {}
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
    seen[name] = [one for one in ("numpy", "scipy", "sklearn", "matplotlib", "traitlets") if one in sys.modules]
print(json.dumps(seen))
"""
    names = ["gmm_lib.em", "gmm_lib.sampling", "gmm_lib.plots", "gmm_lib.model"]  # in this order: each loads more
    ran = subprocess.run([sys.executable, "-c", code, json.dumps(names)], capture_output=True, text=True, check=True)
    for name, loaded in json.loads(ran.stdout).items():
        before = {part for one in names[: names.index(name) + 1] for part in library[one]}
        assert set(loaded) <= before, name


# -- what is not Python, and what a page has less of


@pytest.mark.parametrize(
    "code, line, words",
    [
        ("!ls", 1, "shell"),
        ("x = 1\nfiles = !ls *.csv", 2, "shell"),
        ("%%time\nx = 1", 1, "“%%time”"),
        ("x = 1\nt = %timeit -o x", 2, "“%timeit”"),
        ("%matplotlib inline\n%pip install seaborn", 2, "installed"),
        ("np.linalg.norm??", 1, "write help(np.linalg.norm)"),
        ("?np.linalg", 1, "write help(np.linalg)"),
        ("x = 1 +\ny = 3", 1, "invalid syntax"),
        ("print(a % b\n%c", 1, "was never closed"),
    ],
)
def test_a_command_of_jupyters_is_told_from_python_that_is_wrong(code, line, words):
    with pytest.raises(SyntaxError, match=re.escape(words)) as told:
        parsed(code)
    assert told.value.lineno == line


def test_the_command_for_figures_is_passed_over_and_what_only_looks_like_a_command_is_left_alone():
    assert parts_of("%matplotlib inline\nimport numpy", {}) == ["numpy"]
    code = "text = '''\n!ls\n%time\n'''\nrest = (7\n%4)"
    exec(compile(parsed(code), "<cell>", "exec"), names := {})
    assert names["text"] == "\n!ls\n%time\n" and names["rest"] == 3
    assert [node.lineno for node in parsed("%matplotlib\na = 1\nb = 2").body] == [2, 3]


def test_advice_is_given_where_a_page_has_less_and_nowhere_else():
    given = (
        (ModuleNotFoundError("No module named 'pandas'", name="pandas"), "cannot install more"),
        (MemoryError(), "at most 4 GB"),
        (ConnectionRefusedError(111, "refused"), "no network"),
        (SystemExit(), "starts it anew"),
        (RuntimeError("can't start new thread"), "one thread"),
        (ModuleNotFoundError("No module named 'gmm_lib.x'", name="gmm_lib.x"), None),
        (ValueError("maximum number of iterations"), None),
    )
    for error, words in given:
        assert (advice(error) is None) == (words is None) and (words or "") in (advice(error) or "")
