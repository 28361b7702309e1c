"""What was right at its last check, in a small file beside the notebook, so that it outlives the kernel.

It is a memory and no mark: an answer may have changed since, and grading neither writes nor reads it. A file that
cannot be used is left as it is, and becomes a sentence, never an error.
"""

import json
import os
from datetime import datetime
from functools import cache
from pathlib import Path

ABOUT = (
    "What check found right, and when it last did, so that a new session can say so. A memory, not a mark: grading "
    "does not read it. Delete it, and it is forgotten."
)
OFF = "GMM_PROGRESS"  # set to "off" where the outputs of a notebook must not depend on what was run before

UNUSABLE = (
    "{} beside this notebook is no record of your progress ({}). It is left as it is, and progress is not kept. Delete "
    "or rename it, and it will be."
)
NOT_KEPT = "Your progress cannot be kept here ({}): after a restart, run the cells again from the top."


class _Unusable(Exception):
    """The file is there and is not what we wrote; the message says what is wrong."""


@cache
def _folder():
    """Where the session began: an answer that changes the working folder takes no memory along."""
    return Path.cwd()


def _path(homework_id):
    return _folder() / f".progress-{homework_id}.json"


def _off():
    return os.environ.get(OFF) == "off" or os.environ.get("NBGRADER_EXECUTION") == "autograde"


def recall(homework_id: str) -> tuple[dict[str, datetime], str]:
    """When each exercise was right at its last check, and a sentence if the file cannot be used (else "")."""
    if _off():
        return {}, ""
    try:
        return _when(_read(homework_id)), ""
    except OSError as error:
        return {}, NOT_KEPT.format(error.strerror or error)
    except _Unusable as error:
        return {}, UNUSABLE.format(_path(homework_id).name, error)


def keep(homework_id: str, exercise_id: str, right: bool) -> str:
    """Note what a check found; a sentence if that cannot be done (else "")."""
    if _off():
        return ""
    try:
        record = _read(homework_id)  # anew each time: another notebook may have written meanwhile
        _when(record)
        if right:
            record["right"][exercise_id] = datetime.now().astimezone().isoformat(timespec="seconds")
        elif record["right"].pop(exercise_id, None) is None:
            return ""
        _write(homework_id, record)
    except OSError as error:
        return NOT_KEPT.format(error.strerror or error)
    except _Unusable as error:
        return UNUSABLE.format(_path(homework_id).name, error)
    return ""


def _read(homework_id):
    try:
        record = json.loads(_path(homework_id).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"about": ABOUT, "homework": homework_id, "right": {}}
    except (ValueError, RecursionError):
        raise _Unusable("it is damaged") from None
    if not isinstance(record, dict) or not isinstance(record.get("right"), dict):
        raise _Unusable("it holds something else")
    if record.get("homework") != homework_id:
        raise _Unusable("it belongs to another homework")
    return record


def _when(record):
    try:
        return {name: datetime.fromisoformat(when) for name, when in record["right"].items()}
    except (TypeError, ValueError):
        raise _Unusable("it holds something else") from None


def _write(homework_id, record):
    """All or nothing: a session that ends in the middle leaves the old file."""
    path = _path(homework_id)
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)
