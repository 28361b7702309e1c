"""What a homework's page is told after each cell: points found so far, and the checker's memory, to outlive Python."""

import json
import sys
from pathlib import Path


class Homework:
    """The homework of this page ("hw5"). ``memory`` is what :meth:`told` gave in an earlier session."""

    def __init__(self, name, memory=None):
        self.name = name
        self._file = Path.cwd() / f".progress-{name}.json"
        if memory:
            self._file.write_text(memory, encoding="utf-8")

    def told(self):
        """``{"marks": [found, of how many, by hand] or None, "memory": text or None}``, as JSON."""
        memory = self._file.read_text(encoding="utf-8") if self._file.exists() else None
        return json.dumps({"marks": self._marks(), "memory": memory})

    def _marks(self):
        session = sys.modules.get("gmm_course.checker.session")
        begun = any(one.startswith("gmm_course.exercises.hw") for one in sys.modules)
        try:
            return session.points_so_far(self.name) if session and begun else None
        except Exception:  # an answer shares this Python, and may have broken what it liked
            return None
