"""The kernel in a student's cell: it runs a notebook's cells and calls its functions, as the judge outside asks.

It is run as ``python -m``, on its standard input and output: a request, a reply. Nothing here decides a mark. Whatever
a submission does to this process, it can only change what its own functions give.
"""

import base64
import contextlib
import copy
import inspect
import json
import linecache
import os
import shutil
import sys
import time
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from ...checker import calling
from ...checker.stubs import is_stub
from ..wire import WireError, decode, encode, frame, read_frame

TEXT_OF_A_CELL = 30_000  # characters kept of what one cell prints
PICTURES_OF_A_CELL = 1_500_000
SHORT = 1000  # characters of a message

_handles: list = []  # what the judge was told of and may ask about again
_outputs: list = []  # of the cell that runs


# Limits, before anything of a student's is run


def limit(limits: dict) -> None:
    """Bind this process and all its children to the limits; they cannot be raised again."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, value in limits.items():
        with contextlib.suppress(ValueError, OSError, AttributeError):  # a system that knows fewer of them
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


# What a cell prints and shows


class _Stream:
    """Standard output or error: the beginning is kept, the rest is dropped."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name):
        self.name = name

    def write(self, text):
        last = _outputs[-1] if _outputs else {}
        if last.get("name") != self.name:
            last = {"output_type": "stream", "name": self.name, "text": ""}
            if len(_outputs) < 200:
                _outputs.append(last)
        room = TEXT_OF_A_CELL - sum(len(output.get("text", "")) for output in _outputs)
        if room > 0:
            last["text"] += str(text)[:room]
            if len(text) >= room:
                last["text"] += "\n[what was printed after this was dropped]\n"
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False

    def fileno(self):
        raise OSError("no file")


def _shown(data):
    """Of what can be displayed, the text and the picture; scripts and markup stay behind."""
    kept = {"text/plain": str(data.get("text/plain", ""))[:TEXT_OF_A_CELL]}
    picture = data.get("image/png")
    if isinstance(picture, bytes):
        picture = base64.b64encode(picture).decode()
    if isinstance(picture, str) and len(picture) < PICTURES_OF_A_CELL:
        kept["image/png"] = picture
    return kept


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, **_):
        if len(_outputs) < 200:
            _outputs.append({"output_type": "display_data", "metadata": {}, "data": _shown(data)})


class _Hook(DisplayHook):
    def __call__(self, result=None):
        if result is not None and not self.quiet():
            data, _ = self.compute_format_data(result)
            self.update_user_ns(result)
            _outputs.append(
                {"output_type": "execute_result", "metadata": {}, "data": _shown(data), "execution_count": None}
            )


class Shell(InteractiveShell):
    """IPython without a terminal: what it shows is kept, and errors are told in our words."""

    display_pub_class = _Publisher
    displayhook_class = _Hook

    def _showtraceback(self, etype, evalue, stb):
        pass

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window: ``%matplotlib inline`` asks for none."""


def _error(error):
    """An error of a cell as an output: the student's own lines, no path of anybody's."""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "ipython-input" in code.co_filename or "ipykernel" in code.co_filename:
            text = linecache.getline(code.co_filename, trace.tb_lineno).strip()
            place = "" if code.co_name == "<module>" else f" of {code.co_name}"
            lines.append(f"line {trace.tb_lineno}{place}: {text}"[:300])
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        lines.append(f"line {error.lineno}: {error.text or ''}".rstrip()[:300])
    name = "CellTimeoutError" if isinstance(error, calling.OutOfTime) else type(error).__name__
    said = "The cell was stopped: its time was up." if name == "CellTimeoutError" else str(error)[:SHORT]
    return {"output_type": "error", "ename": name, "evalue": said, "traceback": [*lines[-6:], f"{name}: {said}"]}


# What is asked


class Kernel:
    """Answers the judge's requests, one at a time."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO):
        self.incoming = incoming
        self.outgoing = outgoing
        self.shell: Any = Shell.instance()

    def serve(self) -> None:
        """Read a request, answer it, until the connection ends."""
        while True:
            request = read_frame(self._read)
            reply = getattr(self, f"on_{request['do']}")(request)
            try:
                data = frame(reply)
            except WireError as error:
                data = frame(self._raised(None, ValueError(f"the result cannot be handed over: {error}")))
            self.send(data)

    def send(self, data: bytes) -> None:
        """Send what is framed already."""
        self.outgoing.write(data)
        self.outgoing.flush()

    def _read(self, size):
        data = self.incoming.read(size)
        if len(data) < size:
            os._exit(0)  # the judge is gone
        return data

    def on_run(self, request: dict) -> dict:
        """Run the source of one cell."""
        _outputs.clear()
        out, err = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Stream("stdout"), _Stream("stderr")
        error = None
        try:
            with calling.time_limit(request["seconds"]):
                result = self.shell.run_cell(request["source"], store_history=True)
            error = result.error_before_exec or result.error_in_exec
        except BaseException as raised:
            error = raised
        finally:
            sys.stdout, sys.stderr = out, err
        outputs = list(_outputs)
        if error is not None:
            outputs.append(_error(error))
        return {"outputs": outputs, "late": isinstance(error, calling.OutOfTime)}

    def on_hand_over(self, request: dict) -> dict:
        """What an expression of the notebook's gives: the answer to an exercise."""
        try:
            with calling.time_limit(5):
                value = eval(request["expression"], self.shell.user_ns)
                return {"value": self._encoded(value, request["attributes"])}
        except BaseException as error:
            return self._raised(None, error)

    def on_call(self, request: dict) -> dict:
        """Call something that was handed over, or a method of it, on copies that nobody else holds."""
        target = _handles[request["handle"]]
        arguments = [decode(one, self._given) for one in request["arguments"]]
        pristine = copy.deepcopy(arguments)
        before = time.process_time()
        held = _Nowhere()
        try:
            if "method" in request:
                target = getattr(target, request["method"])
            with (
                contextlib.redirect_stdout(held),
                contextlib.redirect_stderr(held),
                warnings.catch_warnings(),
                np.errstate(all="ignore"),
                calling.time_limit(request["seconds"]),
            ):
                warnings.simplefilter("ignore")
                value = target(*arguments)
            reply = {"value": self._encoded(value, request["attributes"])}
        except BaseException as error:
            reply = self._raised(target.__init__ if isinstance(target, type) else target, error)
        reply["spent"] = time.process_time() - before
        try:
            changed = {
                str(i): encode(_arrays_of(now), _nothing)
                for i, (now, then) in enumerate(zip(arguments, pristine))
                if not calling._same(now, then)
            }
        except Exception:  # an argument turned into something of another shape
            changed = {}
        return reply | {"changed": changed}

    def _raised(self, function, error):
        if isinstance(error, calling.OutOfTime):
            kinds = ["OutOfTime"]
        else:
            kinds = [kind.__name__ for kind in type(error).__mro__]
        line = calling.where(function, error) if function is not None else ""
        try:
            said = str(error)[:SHORT]
        except Exception:
            said = ""
        return {"error": {"kinds": kinds[:20], "message": said, "line": line[:300]}}

    # Values, both ways

    def _given(self, data):
        """What the judge sends that is no plain data: a mixture, a generator, a function of its own."""
        if "parameters" in data:
            from gmm_lib.parameters import Parameters

            return Parameters(*decode(data["parameters"], _nothing))
        if "generator" in data:
            made = getattr(np.random, data["generator"])()
            made.state = json.loads(data["state"])
            return np.random.Generator(made)
        return self._callback(data["callback"])

    def _callback(self, number):
        def asked(*arguments):
            self.send(frame({"ask": number, "arguments": [encode(one, _nothing) for one in arguments]}))
            reply = read_frame(self._read)
            if "error" in reply:
                raise ValueError(reply["error"])
            return decode(reply["value"], _nothing)

        return asked

    def _encoded(self, value, attributes):
        return encode(value, lambda other: self._described(other, attributes))

    def _described(self, value, attributes, depth=0):
        """What is no plain data: its type, the attributes that were asked for, and a number to ask about it again."""
        _handles.append(value)
        told = {"type": type(value).__name__, "handle": len(_handles) - 1}
        if isinstance(value, type):
            told["name"] = value.__name__
        if callable(value):
            told |= {"callable": True, "stub": _stub(value), "signature": _signature(value)}
            told["origin"] = f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}"[:200]
        held = {}
        for name in attributes if depth < 2 else ():
            with contextlib.suppress(Exception):
                part = getattr(value, name)
                held[name] = encode(part, lambda other: self._described(other, attributes, depth + 1))
        told["attributes"] = held
        numbers = None
        if not callable(value):
            with contextlib.suppress(Exception):
                numbers = np.asarray(value.toarray() if hasattr(value, "toarray") else value)
        if isinstance(numbers, np.ndarray) and numbers.dtype.kind in "biufc":
            told["numbers"] = encode(numbers, _nothing)
        return told


class _Nowhere(_Stream):
    def __init__(self):
        super().__init__("nowhere")

    def write(self, text):
        return len(text)


def _nothing(value):
    raise WireError(f"{type(value).__name__} is not plain data")


def _arrays_of(value):
    names = ("weights", "means", "covariances")
    return [getattr(value, name) for name in names] if hasattr(value, "covariances") else value


def _stub(value):
    try:
        return bool(is_stub(value))
    except Exception:
        return False


def _signature(function):
    """[name, kind, whether there is a default] for each argument; None where it cannot be read."""
    try:
        parameters = inspect.signature(function).parameters.values()
        return [[p.name, int(p.kind), p.default is not p.empty] for p in parameters]
    except (TypeError, ValueError, AttributeError):
        return None


def _connection():
    """The two ends of the wire, taken away from standard input and output: what is printed there goes nowhere."""
    ends = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("r+b", buffering=0) as nowhere:
        for number in (0, 1, 2):
            os.dup2(nowhere.fileno(), number)
    return ends


def main() -> None:
    """Start with the settings named on the command line, and serve."""
    settings = json.loads(sys.argv[1])
    incoming, outgoing = _connection()
    sys.argv = ["notebook"]
    for folder, target in settings["copies"].items():
        if Path(folder).is_dir():
            shutil.copytree(folder, target, dirs_exist_ok=True)
    os.chdir(settings["work"])
    sys.path[0] = ""  # as in a notebook; our own modules are on PYTHONPATH
    calling.PATIENCE = settings["patience"]
    limit(settings["limits"])
    kernel = Kernel(incoming, outgoing)
    kernel.send(frame({"ready": True}))
    with contextlib.suppress(WireError):
        kernel.serve()


if __name__ == "__main__":
    main()
