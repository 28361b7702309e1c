"""Run a cell, and say what comes of it, message by message: what it prints, shows and raises."""

import ast
import builtins
import io
import json
import linecache
import sys
import tokenize
import traceback
import types
from pathlib import Path

from . import showing, widgets

MOST = 400_000  # signs that a cell may print: an endless loop must not fill the page
HERE = str(Path(__file__).parent)


class Stream:
    """``sys.stdout`` and ``sys.stderr`` of a page."""

    encoding, errors = "utf-8", "strict"

    def __init__(self, name, tell):
        self.name, self._tell, self._held, self.left = name, tell, [], MOST

    def write(self, text):
        """Hold text back until a line is full: a message costs more than a letter."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.left > 0:
            self._held.append(text[: self.left])
            self.left -= len(text)
            if self.left <= 0:
                self._held.append(f"\n... (no more is shown: this cell has printed {MOST:,} signs)\n")
            if "\n" in text:
                self.flush()
        return len(text)

    def flush(self):
        """Tell the page what was held back."""
        if self._held:
            text, self._held = "".join(self._held), []
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

    def run(self, code, cell):
        """Run the code of a cell; whether it came to its end. An expression at the end is shown, but for a ``;``."""
        name = f"<cell {cell}>"
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        return self._watched(lambda: self._run(code, name), name)

    def receive(self, number, changes):
        """Follow a change in a widget, made in the page; what its functions print comes below the widget."""
        self._widget = number
        try:
            self._watched(lambda: widgets.receive(number, json.loads(changes)), "")
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

    def _watched(self, work, name):
        """Do what is somebody's own code, and show what it shows and raises; whether it came to its end."""
        for stream in self.streams:
            stream.left = MOST
        try:
            work()
            self._figures()
        except BaseException as error:  # whatever a cell raises is shown, SystemExit too
            self._flush()
            self._tell(described(error, name))
            return False
        finally:
            self._flush()
        return True

    def _run(self, code, name):
        tree = ast.parse(code, name)
        shown = tree.body and isinstance(tree.body[-1], ast.Expr) and not _silenced(code)
        last = ast.Expression(tree.body.pop().value) if shown else None
        exec(compile(tree, name, "exec"), self.names)
        if last is not None and (value := eval(compile(last, name, "eval"), self.names)) is not None:
            self.names["_"] = value
            self.show(value, "execute_result")

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


def described(error, name):
    """An error as an output: its name, its message, the line of the cell, and the way to it, less the kernel's own."""
    seen = error.__traceback__
    while seen is not None and seen.tb_frame.f_code.co_filename.startswith(HERE):
        seen = seen.tb_next
    lines = [one.lineno for one in traceback.extract_tb(seen) if one.filename == name]
    if isinstance(error, SyntaxError) and error.filename == name:
        lines = [error.lineno]
    if (own := showing.method(error, "_render_traceback_")) is not None:
        told = own()
    else:
        told = traceback.format_exception(type(error), error, seen)
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": str(error),
        "line": lines[-1] if lines else None,
        "traceback": ["".join(one if one.endswith("\n") else one + "\n" for one in told)],
    }
