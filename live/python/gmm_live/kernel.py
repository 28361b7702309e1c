"""Run a cell, and say what comes of it, message by message: what it prints, shows and raises."""

import ast
import builtins
import inspect
import io
import json
import linecache
import re
import sys
import time
import tokenize
import traceback
import types
from contextlib import contextmanager
from pathlib import Path

from . import showing, widgets
from .advice import advice
from .cells import parsed
from .showing import MOST

AT_ONCE = 100  # messages of a stream that are sent line by line; more come a tenth of a second's lines at a time
PAUSE, FULL = 0.1, 10_000  # seconds, signs
MAKING = re.compile(r"\b(def|class|lambda)\b")
HERE = str(Path(__file__).parent)


class Stream:
    """``sys.stdout`` and ``sys.stderr`` of a page."""

    encoding, errors = "utf-8", "strict"

    def __init__(self, name, tell):
        self.name, self._tell = name, tell
        self.begin()

    def begin(self):
        """A cell begins to print."""
        self.left, self._held, self._size, self._sent, self._when = MOST, [], 0, 0, 0.0

    def write(self, text):
        """Hold text back until a line is full, and many lines for a moment: a message costs more than a letter."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.left > 0:
            self._held.append(text[: self.left])
            self._size += len(text)
            self.left -= len(text)
            if self.left <= 0:
                self._held.append(f"\n... (no more is shown: this cell has printed {MOST:,} signs)\n")
            if self.left <= 0 or (("\n" in text or "\r" in text) and self._is_due()):
                self.flush()
        return len(text)

    def _is_due(self):
        return self._sent < AT_ONCE or self._size > FULL or time.monotonic() - self._when > PAUSE

    def flush(self):
        """Tell the page what was held back."""
        if self._held:
            text, self._held, self._size = "".join(self._held), [], 0
            self._sent, self._when = self._sent + 1, time.monotonic()
            self._tell({"output_type": "stream", "name": self.name, "text": text})

    def writable(self):
        """As a file says it."""
        return True

    def readable(self):
        """As a file says it."""
        return False

    def isatty(self):
        """As a file says it."""
        return False


class Kernel:
    """What the cells of one page share: their names, and where their outputs go.

    ``send`` takes a message to the page as JSON: an output in a notebook's own form, or what changes in a widget.
    """

    def __init__(self, send):
        self._send = send
        self._widget = None  # the one whose change in the page is followed now
        self.streams = [Stream("stdout", self._tell), Stream("stderr", self._tell)]
        sys.stdout, sys.stderr = self.streams
        main = types.ModuleType("__main__")
        main.__dict__.update(display=display, input=no_input, __builtins__=builtins)
        sys.modules["__main__"] = main
        self.names = main.__dict__
        self._texts = {}

    def run(self, code, cell):
        """Run the code of a cell; whether it came to its end. An expression at the end is shown, but for a ``;``.

        A cell that may wait for something ("await") is run by the page's event loop: what is returned says it then.
        """
        running = self._to_its_end(code, cell)
        if "await" in code or "async" in code:
            return running
        try:
            running.send(None)
        except StopIteration as end:
            return end.value
        raise RuntimeError("a cell waits without await")

    async def _to_its_end(self, code, cell):
        self.names.pop("__warningregistry__", None)  # a warning comes at every run, as in a notebook
        name = self._name_of(code, cell)
        with self._watched(name) as end:
            await self._run(code, name)
            self._figures()
        return end.well

    def _name_of(self, code, cell):
        """How errors name a cell's text: by another name than an earlier text of which functions may live on."""
        texts = self._texts.setdefault(cell, [])
        if texts and code not in texts and not MAKING.search(texts[-1]):
            texts.pop()
        if code not in texts:
            texts.append(code)
        version = texts.index(code) + 1
        name = f"<cell {cell}>" if version == 1 else f"<cell {cell}, version {version}>"
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        return name

    def receive(self, number, changes):
        """Follow a change in a widget, made in the page; what its functions print comes below the widget."""
        self._widget = number
        try:
            with self._watched(""):
                widgets.receive(number, json.loads(changes))
                self._figures()
        finally:
            self._widget = None

    def close(self, number):
        """The page shows this widget no more."""
        widgets.close(number)

    def tell(self, kind, **what):
        """Send the page a message of this kind."""
        self._send(json.dumps({"kind": kind, **what}))

    def _tell(self, output):
        self.tell("output", output=output, widget=self._widget)

    def clear(self, wait):
        """Take away what the cell has shown, at once or before it shows more."""
        self._flush()
        self._tell({"output_type": "clear_output", "wait": wait})

    @contextmanager
    def _watched(self, name):
        """For what is somebody's own code: show what it shows and raises; ``well`` is whether it came to its end."""
        for stream in self.streams:
            stream.begin()
        end = types.SimpleNamespace(well=True)
        try:
            yield end
        except BaseException as error:  # whatever a cell raises is shown, SystemExit too
            self._flush()
            self._tell(described(_as_raised(error), name))
            end.well = False
        finally:
            self._flush()

    async def _run(self, code, name):
        tree = parsed(code, name)
        shown = tree.body and isinstance(tree.body[-1], ast.Expr) and not _silenced(code)
        last = ast.Expression(tree.body.pop().value) if shown else None
        await self._done(tree, name, "exec")
        if last is not None and (value := await self._done(last, name, "eval")) is not None:
            self.names["_"] = value
            self.show(value, "execute_result")

    async def _done(self, tree, name, mode):
        """What comes of a piece of a cell, which may wait for something ("await")."""
        piece = compile(tree, name, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        value = eval(piece, self.names)
        return await value if piece.co_flags & inspect.CO_COROUTINE else value

    def _figures(self):
        if "matplotlib.pyplot" in sys.modules:
            from . import figures

            figures.show()

    def _flush(self):
        for stream in self.streams:
            stream.flush()

    def show(self, value, kind):
        """Show a value, as the result of a cell or in the midst of it."""
        self._flush()
        if (itself := showing.method(value, "_ipython_display_")) is not None:
            itself()
            return
        self._tell({"output_type": kind, "data": showing.bundle(value), "metadata": {}})


running = None


def start(send):
    """The kernel of this page."""
    global running  # noqa: PLW0603 -- there is one in a page
    running = Kernel(send)
    return running


def display(*values, **_):
    """Show values below the cell that runs."""
    for value in values:
        running.show(value, "display_data")


def no_input(prompt="", /):
    """There is nobody to ask."""
    raise RuntimeError("input() cannot ask anybody in this page: write the value into the cell.")


def _silenced(code):
    """Whether the last thing in the cell, comments aside, is a semicolon."""
    quiet = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = [one.string for one in tokenize.generate_tokens(io.StringIO(code).readline) if one.type not in quiet]
    return tokens[-1:] == [";"]


def _as_raised(error):
    """The cell's own StopIteration, which Python wraps where it leaves a coroutine."""
    wrapped = isinstance(error, RuntimeError) and str(error) == "coroutine raised StopIteration"
    return error.__cause__ if wrapped and error.__cause__ is not None else error


def described(error, name):
    """An error as an output: its name, its message, the line of the cell, the cell of the function that raised it if it
    is another one, what to do about it, and the way to it, less the kernel's own."""
    seen = error.__traceback__
    while seen is not None and seen.tb_frame.f_code.co_filename.startswith(HERE):
        seen = seen.tb_next
    places = [(one.filename, one.lineno) for one in traceback.extract_tb(seen) if one.filename.startswith("<cell ")]
    lines = [line for where, line in places if where == name]
    told = str(error)
    if isinstance(error, SyntaxError) and error.filename == name:
        lines, told = [error.lineno], error.msg
    where = "{}, line {}".format(places[-1][0].strip("<>"), places[-1][1]) if places and places[-1][0] != name else None
    if (own := showing.method(error, "_render_traceback_")) is not None:
        way = own()
    else:
        way = traceback.format_exception(type(error), error, seen)
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": told,
        "line": lines[-1] if lines else None,
        "where": where,
        "advice": advice(error),
        "traceback": ["".join(one if one.endswith("\n") else one + "\n" for one in way)],
    }
