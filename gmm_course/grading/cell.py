"""A student's cell: a process behind walls that is asked and answers, and ends when the judge says so.

Its messages are plain data (:mod:`~gmm_course.grading.wire`). A watch looks at all its processes five times a second,
and ends the cell when they are too many, too large, or compute for too long.
"""

import contextlib
import json
import os
import queue
import secrets
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from .sandbox import Sandbox, settings_of
from .wire import WireError, frame, read_frame

MOST_PROCESSES = 64
MOST_MEMORY = 4 * 1024**3  # bytes, all processes together
START = 120.0  # seconds by the clock, on a very busy machine
GRACE = 5.0  # seconds beyond its own limit, until a cell that does not stop by itself is ended
PATIENCE = 4  # a cell may wait, without computing, so many times as long as it may compute
MARK = "GMM_CELL"  # a variable that marks the processes of a cell without walls
WHOLE = 1800.0  # seconds by the clock for a whole notebook, waiting included
TOO_LONG = f"the notebook as a whole took longer than {WHOLE / 60:.0f} minutes"
EVERY = 0.2  # seconds between two looks
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class CellEnded(Exception):
    """The cell is no more; the message says why, in words for the student and the teacher."""


class Cell:
    """A kernel in its sandbox. Use it in a ``with`` block: everything in it has ended when the block has."""

    def __init__(self, sandbox: Sandbox, given: Path, seconds: float):
        self.seconds = seconds
        self.reason = ""  # why it was ended
        self._folder = tempfile.TemporaryDirectory(prefix="cell-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        for part in ("work", "home"):
            (folder / part).mkdir()
        self.patience = PATIENCE * seconds
        settings, environment = settings_of(sandbox, given, folder, self.patience)
        self._walls = sandbox.walls
        self._user = sandbox.user
        if sandbox.user is not None:
            for part in (folder, folder / "work", folder / "home"):
                os.chown(part, sandbox.user, sandbox.user)
        self._replies: queue.Queue = queue.Queue(maxsize=4)
        self._allowed = float("inf")  # seconds of computing, all told, at which the watch ends the cell
        environment[MARK] = self._mark = secrets.token_hex(8)
        self.process = subprocess.Popen(
            sandbox.command(given, json.dumps(settings)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder / "work",
            start_new_session=not sandbox.walls and os.name == "posix",
            **sandbox.identity(),
        )
        self._closed = threading.Event()
        self._until = time.monotonic() + WHOLE
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            self._receive(START)
        except BaseException:
            self.__exit__(None, None, None)  # nobody else would: there is no `with` block yet
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end("closed")
        self._closed.set()
        with contextlib.suppress(OSError):  # what was never read
            self.process.stdin.close()
        self._folder.cleanup()

    @property
    def ended(self) -> bool:
        """Whether nothing can be asked any more."""
        return bool(self.reason)

    def ask(self, request: dict, seconds: float, answer: Callable[[dict], dict] | None = None) -> dict:
        """Send a request and return the reply, within ``seconds`` of computing.

        ``answer`` replies to what the cell asks meanwhile.

        Raises
        ------
        CellEnded
            If it ended, or had to be ended.
        """
        if time.monotonic() > self._until:
            self._give_up(TOO_LONG)
        self._allowed = self._computed() + seconds + GRACE
        try:
            self._send(request)
            deadline = time.monotonic() + max(self.patience, PATIENCE * seconds) + 2 * GRACE
            while "ask" in (reply := self._receive(deadline - time.monotonic())):
                if answer is None:
                    self._give_up("it sent what was not asked for")
                self._send(answer(reply))
            return reply
        except CellEnded:
            raise
        except BaseException:  # stopped between a request and its reply: the two would never fit together again
            self.end("it could not be understood")
            raise
        finally:
            self._allowed = float("inf")

    def end(self, reason: str) -> None:
        """Kill the cell and everything in it; the first reason counts."""
        self.reason = self.reason or reason
        for _ in range(1 if self._walls else 5):  # behind walls all die with the first; here some may just be starting
            family = [] if self._walls else self._family()
            with contextlib.suppress(OSError):
                self.process.kill()
            for pid in family:
                with contextlib.suppress(OSError):
                    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)

    def _give_up(self, reason):
        self.end(reason)
        raise CellEnded(self.reason)

    def _send(self, message):
        if self.ended:
            raise CellEnded(self.reason)
        try:
            self.process.stdin.write(frame(message))
            self.process.stdin.flush()
        except OSError:
            self._give_up("the kernel ended")

    def _receive(self, seconds):
        try:
            reply = self._replies.get(timeout=max(seconds, 0.1))
        except queue.Empty:
            self._give_up("it did not answer in time and could not be interrupted")
        if isinstance(reply, str):
            self._give_up(reply)
        return reply

    def _read_all(self):
        def read(size):
            data = self.process.stdout.read(size)
            if len(data) < size:
                raise EOFError
            return data

        while True:
            try:
                message = read_frame(read)
            except (EOFError, ValueError, OSError):
                return self._put(self.reason or "the kernel ended")
            except WireError:
                return self._put("it sent what is no plain data")
            self._put(message)

    def _listen(self):
        with self.process.stdout:
            self._read_all()

    def _put(self, message):
        while not self._closed.is_set():  # a cell that sends without being asked waits here
            with contextlib.suppress(queue.Full):
                self._replies.put(message, timeout=1)
                return

    # The watch

    def _watch(self):
        while not self._closed.wait(EVERY):
            family = self._family()
            if len(family) > MOST_PROCESSES:
                self.end(f"it started more than {MOST_PROCESSES} processes")
            elif sum(_memory(pid) for pid in family) > MOST_MEMORY:
                self.end(f"it used more than {MOST_MEMORY // 1024**3} GB of memory")
            elif self._allowed < float("inf") and sum(map(_seconds, family)) > self._allowed:
                self.end("it did not stop when its time was up, and could not be interrupted")

    def _family(self):
        return _family(self.process.pid, None if self._walls else f"{MARK}={self._mark}", self._user)

    def _computed(self):
        return sum(map(_seconds, self._family()))


# What the system tells of processes (Linux; elsewhere only the clock ends a cell)


def _stat(pid):
    """The fields of /proc/<pid>/stat from the third on; none if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _family(pid, mark=None, user=None):
    """A process and all that descend from it; also those detached that carry ``mark`` or are ``user``'s."""
    if not Path("/proc/self/stat").exists():
        return [pid]
    numbers = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    parents = {number: int(fields[1]) for number in numbers if (fields := _stat(number))}
    family = [pid] if pid in parents else []
    family += [other for other in parents if other != pid and (_carries(other, mark) or _belongs(other, user))]
    children: dict = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    for member in family:  # which grows meanwhile
        family += [child for child in children.get(member, []) if child not in family]
    return family


def _belongs(pid, user):
    try:
        return user is not None and Path(f"/proc/{pid}").stat().st_uid == user
    except OSError:
        return False


def _carries(pid, mark):
    if not mark:
        return False
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def _seconds(pid):
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / _TICKS if fields else 0.0


def _memory(pid):
    fields = _stat(pid)
    return int(fields[21]) * _PAGE if fields else 0
