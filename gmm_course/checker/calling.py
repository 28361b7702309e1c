"""Call a student's function so that nothing it does can hurt: copies of the inputs, a time limit, output held back."""

import contextlib
import copy
import io
import linecache
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

IN_A_PAGE = sys.platform == "emscripten"  # WebAssembly: several times slower, and it counts no computing
# Seconds of computing, for all calls of one check together: right code takes a hundredth of it.
TIME_LIMIT = 20.0 if IN_A_PAGE else 6.0
PATIENCE = 300.0  # seconds by the clock, for a call that waits and does not compute
_computing = time.monotonic if IN_A_PAGE else time.process_time


class OutOfTime(BaseException):
    """Not an Exception: the student's ``except Exception`` must not catch it."""


@dataclass
class Outcome:
    """What one call gave.

    Attributes
    ----------
    value : Any
        What was returned; None if there was an error.
    error : BaseException or None
    line : str
        The student's own line in which the error came up, in words; empty if it is not known.
    changed : tuple of str
        The names of the arguments that the call changed in place.
    """

    value: Any = None
    error: BaseException | None = None
    line: str = ""
    changed: tuple = ()

    @property
    def late(self) -> bool:
        """Whether it ran out of time."""
        return isinstance(self.error, OutOfTime)


def has_time_limit() -> bool:
    """Whether a call can be stopped here: by a signal, or, since Python 3.12, by watching what it does."""
    return _has_timer() or hasattr(sys, "monitoring")


def _has_timer():
    """Windows and WebAssembly have no timer that sends a signal, and only the main thread gets signals."""
    timer = hasattr(signal, "setitimer") and hasattr(signal, "SIGALRM")
    return timer and threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`OutOfTime` inside the block after so many ``seconds`` of computing, whatever it is doing in Python;
    a busy machine, on which they take longer, decides nothing. Only who waits is stopped by the clock.

    Where :func:`has_time_limit` says no, nothing can be raised: who calls must have said so before.
    """
    computed, clock = _computing(), time.monotonic()

    def stop(*_):
        if _computing() - computed >= seconds or time.monotonic() - clock >= PATIENCE:
            raise OutOfTime

    if not _has_timer():
        with _watched(stop) if hasattr(sys, "monitoring") else contextlib.nullcontext():
            yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    # Computing takes at least as long by the clock. The second number repeats the alarm: for a machine that is busy,
    # and for code that swallows the first with a bare ``except:``.
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _watched(stop):
    """Call ``stop`` wherever Python code jumps back, as a loop does, or begins a function: what computes within NumPy
    is not stopped, and what is raised is raised there: so never in what ends the watch."""
    watch, tool, here = sys.monitoring, sys.monitoring.PROFILER_ID, threading.get_ident()
    ours = {one.__code__.co_filename for one in (contextlib.contextmanager, _has_timer)}
    if watch.get_tool(tool) is not None:  # a profiler, or a limit around this one
        yield
        return

    def look(code, *_):
        if threading.get_ident() == here and code.co_filename not in ours:
            stop()

    watched = watch.events.JUMP, watch.events.PY_START
    watch.use_tool_id(tool, __name__)
    try:
        for event in watched:
            watch.register_callback(tool, event, look)
        watch.set_events(tool, sum(watched))
        yield
    finally:
        watch.set_events(tool, 0)
        for event in watched:
            watch.register_callback(tool, event, None)
        watch.free_tool_id(tool)


def call(function: Callable, arguments: tuple, names: tuple, seconds: float = TIME_LIMIT) -> Outcome:
    """Call ``function`` on copies of ``arguments``; nothing is raised or printed, but an interrupt from the keyboard.

    ``names`` are those of the arguments, to say which of them were changed.
    """
    given = copy.deepcopy(arguments)
    held = io.StringIO()
    outcome = Outcome()
    try:
        with (
            contextlib.redirect_stdout(held),
            contextlib.redirect_stderr(held),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            time_limit(max(seconds, 0.05)),
        ):
            warnings.simplefilter("ignore")
            outcome.value = function(*given)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: exit() in an answer must not end the kernel
        outcome.error = error
        outcome.line = where(function, error)
    outcome.changed = tuple(name for name, now, then in zip(names, given, arguments) if not _same(now, then))
    return outcome


def _same(now, then):
    if isinstance(then, np.ndarray):
        floats = then.dtype.kind == "f"
        return isinstance(now, np.ndarray) and now.shape == then.shape and np.array_equal(now, then, equal_nan=floats)
    if isinstance(then, list | tuple):
        return len(now) == len(then) and all(_same(a, b) for a, b in zip(now, then))
    if isinstance(then, dict):
        return now.keys() == then.keys() and all(_same(now[key], then[key]) for key in then)
    if hasattr(then, "means") and hasattr(then, "__dict__"):
        return _same(vars(now), vars(then))  # parameters: their arrays are read-only, though not in a copy
    return True  # numbers cannot change, and a generator is meant to move on


def where(function: Callable, error: BaseException) -> str:
    """The last line of the student's own code that an error passed through, in words; empty if there is none."""
    if hasattr(error, "line_of_student"):  # it was raised in another process, where the line was looked up
        return error.line_of_student
    code = getattr(function, "__code__", None)
    own = [
        (frame.f_code, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if code is not None and frame.f_code.co_filename == code.co_filename
    ]
    if not own:
        return ""
    number = own[-1][1]
    # Lines are counted from the def they stand under, be it a helper's; a comprehension has none of its own.
    above = [called for called, _ in own if not called.co_name.startswith("<") and called.co_firstlineno <= number]
    home = above[-1] if above else own[-1][0]
    linecache.checkcache(code.co_filename)
    text = linecache.getline(code.co_filename, number).strip()
    return f"line {number - home.co_firstlineno + 1} of {home.co_name}{': ' if text else ''}{text}"
