"""What a student handed over, as the checker sees it: plain data, and stand-ins for what stayed in the cell.

A function is stood for by something that sends its arguments into the cell and returns what comes back: the value, the
error with the student's line, the arguments as the call left them. The checker calls it like any other, so that all it
recognises at home it recognises here.
"""

import builtins
import inspect
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ..checker.calling import TIME_LIMIT, OutOfTime
from .cell import Cell, CellEnded
from .wire import WireError, decode, encode

# What the checker looks for in an object: the parts of a mixture in every spelling, and what makes it a model.
ATTRIBUTES = ("weights", "means", "covariances", "weights_", "means_", "covariances_")
ATTRIBUTES += ("parameters_", "covariance_type", "fit", "predict")
ROUNDS = 4  # a whole examination may compute so many times as long as one call
MOST_ASKED = 60_000  # bytes of what the cell may send into a function of ours


class Remote:
    """One student's answers to one exercise, and the computing time that is left for them."""

    def __init__(self, cell: Cell, names: tuple, seconds: float = TIME_LIMIT):
        self.cell = cell
        self.attributes = [*dict.fromkeys((*names, *ATTRIBUTES))]
        self.seconds = seconds
        self.left = ROUNDS * seconds
        self.origin = ""  # where the answer's code was defined, if it is a function

    def hand_over(self, expression: str) -> Any:
        """The value of an expression of the notebook's.

        Raises
        ------
        Exception
            What evaluating it raised.
        CellEnded
            If the cell did not survive it.
        """
        request = {"do": "hand_over", "expression": expression, "attributes": self.attributes}
        reply = self.cell.ask(request, 10)
        told = reply.get("value")
        if isinstance(told, dict) and isinstance(told.get("other"), dict):
            self.origin = str(told["other"].get("origin", ""))
        return self._value(reply)

    def call(self, handle: int, arguments: tuple, method: str | None = None) -> Any:
        """Call what has this number in the cell, or a method of it, as if it were here."""
        seconds = min(self.seconds, self.left)
        if seconds <= 0:
            raise OutOfTime
        callbacks: list = []
        sent = [encode(one, lambda other: _sent(other, callbacks)) for one in arguments]
        request = {"do": "call", "handle": handle, "arguments": sent, "seconds": max(seconds, 0.05)}
        request |= {"attributes": self.attributes} | ({"method": method} if method else {})
        reply = self.cell.ask(request, seconds, lambda asked: _asked(asked, callbacks))
        spent = reply.get("spent")
        self.left -= min(max(float(spent), 0.0), seconds) if isinstance(spent, int | float) else 0.0
        self._write_back(arguments, reply.get("changed"))
        return self._value(reply)

    def _value(self, reply):
        if "error" in reply:
            raise error_of(reply["error"])
        try:
            return decode(reply["value"], self._made)
        except (KeyError, WireError) as error:
            raise ValueError(f"the result cannot be read: {error}") from None

    def _made(self, told):
        """The stand-in for what is no plain data, of a type that has the same name."""
        if not isinstance(told, dict) or type(told.get("handle")) is not int:
            raise WireError("a thing without its number")
        parts = told.get("attributes")
        parts = parts if isinstance(parts, dict) else {}
        held = {name: decode(part, self._made) for name, part in parts.items() if name in self.attributes}
        if "name" in told:
            return self._class(told, held)
        space: dict = {"__init__": _fill}
        if "numbers" in told:
            array = decode(told["numbers"], _nothing)
            space["__array__"] = lambda thing, dtype=None, copy=None: np.array(array, dtype=dtype)
        if told.get("callable"):
            if told.get("stub"):
                return _unwritten
            space["__call__"] = lambda thing, *arguments: self.call(told["handle"], arguments)
            signature = _signature(told.get("signature"))
            if signature is not None:
                held = held | {"__signature__": signature}
        return type(_named(told.get("type")), (_StandIn,), space)(held)

    def _class(self, told, held):
        handle = told["handle"]
        made = self

        def start(thing, *arguments):
            thing.inside = made.call(handle, arguments)

        space: dict = {"__init__": start}
        if "predict" in held:
            space["predict"] = _unwritten if held["predict"] is _unwritten else _predict
        return type(_named(told["name"]), (_StandIn,), space)

    def _write_back(self, arguments, changed):
        for index, data in changed.items() if isinstance(changed, dict) else ():
            if index.isdigit() and int(index) < len(arguments):
                try:
                    _overwrite(arguments[int(index)], decode(data, _nothing))
                except (TypeError, ValueError, WireError):
                    continue  # of another shape: the checker judges by the value


class _StandIn:
    """For something that stayed in the cell."""

    def __repr__(self):
        return f"a {type(self).__name__}"


def _fill(thing, held):
    thing.__dict__.update(held)


def _unwritten(*_):
    """A function that was not written yet: its body is still the stub."""


def _predict(model, X):
    """Ask the model in the cell."""
    inside = model.inside
    predict = inside.predict
    return predict(X)


def _named(name):
    name = re.sub(r"\W", "", str(name))[:40]
    return name if name.isidentifier() else "object"


def _signature(told):
    """A signature with the same names, kinds and presence of defaults; None if there is none to be read."""
    if not isinstance(told, list) or len(told) > 100:
        return None
    kinds = list(inspect._ParameterKind)
    try:
        return inspect.Signature(
            [
                inspect.Parameter(str(name), kinds[int(kind)], default=None if optional else inspect.Parameter.empty)
                for name, kind, optional in told
            ]
        )
    except (TypeError, ValueError, IndexError):
        return None


def error_of(told: Any) -> BaseException:
    """An error of the same name and meaning as the one in the cell, with the student's line."""
    told = told if isinstance(told, dict) else {}
    names = [str(name) for name in told.get("kinds", []) if isinstance(name, str)] or ["Exception"]
    line = str(told.get("line", ""))[:300]
    if names[0] == "OutOfTime":
        late = OutOfTime()
        late.line_of_student = line  # type: ignore[attr-defined]
        return late
    base = next((kind for name in names if (kind := _error_kind(name))), Exception)
    message = str(told.get("message", ""))[:1000]
    space = {"__init__": lambda error: None, "__str__": lambda error: message, "line_of_student": line}
    return type(_named(names[0]), (base,), space)()


def _error_kind(name):
    """The class of a builtin error; never one that would end the judge."""
    if name == "LinAlgError":
        return np.linalg.LinAlgError
    kind = getattr(builtins, name, None)
    good = isinstance(kind, type) and issubclass(kind, Exception | SystemExit)
    return kind if good and kind is not Exception else None


# What is sent into the cell


def _sent(value, callbacks):
    """What the judge sends that is no plain data: a mixture, a generator, a function of its own."""
    if hasattr(value, "weights") and hasattr(value, "means") and hasattr(value, "covariances"):
        parts = (value.weights, value.means, value.covariances)
        return {"parameters": encode(list(map(np.asarray, parts)), _nothing)}
    if isinstance(value, np.random.Generator):
        inside = value.bit_generator
        return {"generator": type(inside).__name__, "state": json.dumps(inside.state)}
    if callable(value):
        callbacks.append(value)
        return {"callback": len(callbacks) - 1}
    raise WireError(f"{type(value).__name__} is not sent")


def _asked(asked, callbacks):
    """The reply to a cell that calls a function of ours, with arrays of its own."""
    try:
        if len(json.dumps(asked)) > MOST_ASKED:
            raise ValueError("the arguments are too large")
        function: Callable = callbacks[int(asked["ask"])]
        arguments = [decode(one, _nothing) for one in asked["arguments"]]
        return {"value": encode(function(*arguments), _nothing)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:500]}


def _nothing(other):
    raise WireError("not plain data")


def _overwrite(given, now):
    """Leave an argument as the call left its copy in the cell."""
    if isinstance(given, np.ndarray):
        given[...] = now
    elif isinstance(given, list):
        given[:] = now
    elif isinstance(given, dict):
        given.clear()
        given.update(now)
    elif hasattr(given, "covariances"):
        for name, part in zip(("weights", "means", "covariances"), now):
            getattr(given, name)[...] = part


__all__ = ["ATTRIBUTES", "CellEnded", "Remote", "error_of"]
