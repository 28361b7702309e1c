"""Firefox for the tests: an installed one, headless, which is told in WebDriver BiDi what to do and needs no driver."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import websocket
from chromium import PATIENCE

NAMES = ("firefox-esr", "firefox")
ADVICE = (
    "no Firefox found: install one (Debian: apt-get install firefox-esr) or give its path in the environment "
    "variable FIREFOX"
)
NO_PYTHON = "the site was built without Python in its pages"
SOON = "const soon = () => new Promise((go) => setTimeout(go, 50));"  # for scripts that wait for something


def find():
    """The path of an installed Firefox, or None."""
    named = os.environ.get("FIREFOX")
    return next((path for path in map(shutil.which, [named] if named else NAMES) if path), None)


class Tab:
    """A tab; what went wrong in it is in ``errors``, what it asked for in ``asked``."""

    def __init__(self, socket):
        self._socket, self._number = socket, 0
        self.errors, self.asked = [], []
        self._tell("session.new", capabilities={})
        self._tell("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self.context = self._tell("browsingContext.create", type="tab")["context"]

    def _tell(self, method, **params):
        """Send a command and wait for its answer; events that come meanwhile are noted."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message["type"] == "event":
                self._note(message["method"], message["params"])
            elif message["id"] == self._number:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['message']}")
                return message["result"]

    def _note(self, event, about):
        if event == "network.beforeRequestSent":
            self.asked.append(about["request"]["url"])
        elif about["level"] == "error":
            self.errors.append(about["text"])

    def goto(self, address):
        """Open a page, and wait until it is loaded."""
        self._tell("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def evaluate(self, function, *given):
        """The value of a JavaScript function, awaited; both ways as JSON."""
        written = f"async () => JSON.stringify(await ({function})(...{json.dumps(given)}) ?? null)"
        where = {"target": {"context": self.context}, "awaitPromise": True, "userActivation": True}
        answer = self._tell("script.callFunction", functionDeclaration=written, **where)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])


@contextmanager
def launched():
    """A tab of a running headless Firefox with a profile of its own."""
    path = find()
    if path is None:
        raise RuntimeError(ADVICE)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            address = listening(Path(profile) / "WebDriverBiDiServer.json", process)
            socket = websocket.create_connection(address, timeout=PATIENCE / 1000, suppress_origin=True)
            yield Tab(socket)
            socket.close()
        finally:
            process.terminate()
            process.wait()


@contextmanager
def asked_for(site, live=False):
    """A tab for tests of the ``site``, of Python in its pages if they are ``live``; without what they need they skip,
    and fail where Firefox is asked for."""
    lost = ADVICE if find() is None else None
    if live and not (site / "_static" / "live" / "page.js").exists():
        lost = NO_PYTHON
    if lost:
        pytest.fail(lost, pytrace=False) if os.environ.get("LIVE") == "firefox" else pytest.skip(lost)
    with launched() as tab:
        yield tab


def listening(file, process):
    """The address at which Firefox can be told, which it writes into its profile."""
    for _ in range(PATIENCE // 100):
        if process.poll() is not None:
            raise RuntimeError(f"Firefox has ended with {process.returncode}")
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            return f"ws://{said['ws_host']}:{said['ws_port']}/session"
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.1)
    raise RuntimeError("Firefox does not listen")
