"""The browser of the tests: an installed Chromium, driven over file:// and kept from talking to anybody."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
sys.path.insert(0, str(ROOT))  # scripts beside this file are run from anywhere

from publishing.browser import ADVICE, PATIENCE, find, launched  # noqa: E402

__all__ = ["ADVICE", "PATIENCE", "ROOT", "SITE", "find", "launched"]
