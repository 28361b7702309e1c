"""Late days: when something was handed in, how many days after its deadline, and what of its score remains.

Days are counted on the clock: a deadline at 23:59 is followed by the next at 23:59, also in the night when the clocks
change, and a day that has begun counts whole. What is taken off is a share of the score, the same for each day.
"""

import math
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from .course import GradingError

KEYS = ("zone", "grace", "late_days", "penalty", "at_least", "due")
DAY = timedelta(days=1)
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
NO_TIME = datetime(1980, 1, 1)  # what a zip says that knows no time

# Times in the names that learning platforms give
BLACKBOARD = re.compile(r"_attempt_(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)")
BRIGHTSPACE = re.compile(r" - (\w{3} \d{1,2}, \d{4} \d{3,4} [AP]M)$")


class Wrong(ValueError):
    """A time or a rule that cannot be read; the message says what was given and what is allowed."""


@dataclass(frozen=True)
class Rules:
    """What a teacher has decided about one homework; see :func:`read_rules`."""

    due: datetime
    zone: tzinfo | None = None  # None: this machine's
    grace: timedelta = timedelta()
    late_days: int = 0
    penalty: Fraction = Fraction(0)
    at_least: Fraction = Fraction(0)

    def described(self) -> str:
        """The deadline in one line, with its zone."""
        if self.due.tzinfo:
            zone = f"UTC{self.due:%z}"
        else:
            zone = str(self.zone) if self.zone else f"this machine's zone, UTC{self.due.astimezone():%z}"
        return f"due {self.due:%Y-%m-%d %H:%M} ({zone})"


@dataclass(frozen=True)
class Late:
    """What became of a submission: days after its deadline, free ones among them, and the share of the score kept."""

    at: str = ""
    days: int = 0
    free: int = 0
    kept: Fraction = Fraction(1)
    reason: str = ""

    def final(self, score: float) -> float:
        """The score that remains, to a hundredth."""
        return math.floor(Fraction(score) * self.kept * 100 + Fraction(1, 2)) / 100

    def as_dict(self) -> dict:
        """As plain data, to be kept in a file."""
        return {"at": self.at, "days": self.days, "free": self.free, "kept": str(self.kept), "reason": self.reason}

    @classmethod
    def from_dict(cls, told: dict) -> "Late":
        """What :meth:`as_dict` made."""
        return cls(**told | {"kept": Fraction(told["kept"])})


# What the teacher writes


def read_rules(path: Path, homework: str) -> Rules:
    """The rules for a homework ("hw5") from a course file in TOML.

    Keys: ``due``, a table of deadlines by homework; ``zone`` ("Europe/Berlin"; without it this machine's), ``grace``
    ("15m"), ``late_days`` (free days of a student), ``penalty`` ("10%/day" of the score) and ``at_least`` ("50%", the
    share of the score that remains in any case).

    Raises
    ------
    GradingError
        If the file cannot be read, a key is unknown, a value is not allowed, or the homework has no deadline.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise GradingError(f"the course file must be a TOML file; {path} is none") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GradingError(f"{path.name} cannot be read as TOML: {error}") from None
    if unknown := [key for key in told if key not in KEYS]:
        raise GradingError(f"{path.name}: {', '.join(unknown)} is not known; allowed are {', '.join(KEYS)}")
    due = told.get("due", {})
    if not isinstance(due, dict) or homework not in due:
        raise GradingError(
            f'{path.name}: has no deadline for {homework}; write below [due]: {homework} = "2026-12-01T23:59"'
        )
    try:
        return Rules(
            due=moment(due[homework]),
            zone=_zone(told.get("zone")),
            grace=_duration(told.get("grace", "0m")),
            late_days=_whole(told.get("late_days", 0)),
            penalty=_share(told.get("penalty", "0%/day"), "penalty", "/day"),
            at_least=_share(told.get("at_least", "0%"), "at_least"),
        )
    except Wrong as error:
        raise GradingError(f"{path.name}: {error}") from None


def moment(told: object) -> datetime:
    """A date with a time, with or without an offset from UTC.

    Raises :class:`Wrong` if it is none.
    """
    try:
        if isinstance(told, datetime):
            return told
        if isinstance(told, str) and re.match(r"\d{4}-\d\d-\d\d[T ]\d", told):
            return datetime.fromisoformat(told)
    except ValueError:
        pass
    raise Wrong(f'a time must be like "2026-12-01T23:59" or "2026-12-01T23:59+01:00"; got {str(told)!r}')


def extension_of(told: str) -> int | datetime | None:
    """More time for one student: days, or a new deadline; a date without a time has ``datetime.min``'s.

    Raises :class:`Wrong` if it is neither.
    """
    if not told:
        return None
    if re.fullmatch(r"\d{1,3}", told):
        return int(told)
    try:
        return datetime.strptime(told, "%Y-%m-%d")
    except ValueError:
        pass
    try:
        return moment(told)
    except Wrong:
        raise Wrong(f'an extension must be days ("3"), a date or a date with a time; got {told!r}') from None


def _zone(told):
    if told is None:
        return None
    try:
        return ZoneInfo(told)
    except (TypeError, ValueError, OSError, LookupError):
        raise Wrong(
            f'zone must be the name of a time zone that this machine knows, as "Europe/Berlin"; got {told!r}'
        ) from None


def _duration(told):
    match = re.fullmatch(r"(\d{1,4}) ?([mhd])", told) if isinstance(told, str) else None
    if not match:
        raise Wrong(f'grace must be minutes, hours or days, as "15m", "2h", "1d"; got {told!r}')
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _whole(told):
    if type(told) is not int or told < 0:
        raise Wrong(f"late_days must be a whole number, 0 or more; got {told!r}")
    return told


def _share(told, name, per=""):
    match = re.fullmatch(rf"(\d{{1,3}}(?:\.\d+)?) ?%{per}", told) if isinstance(told, str) else None
    share = Fraction(match[1]) / 100 if match else Fraction(2)
    if share > 1:
        raise Wrong(f'{name} must be from "0%{per}" to "100%{per}"; got {told!r}')
    return share


# When it was handed in


def handed_in(entry: Path, unpacked: bool) -> tuple[datetime | None, str]:
    """When a submission came in, as far as its name or its file tells, and which of them told.

    A name, and the zip of a whole class (then ``unpacked``), tell the time on the platform's clock, without a zone. A
    student's own zip counts by its own time, never by those in it, which the student's machine wrote.
    """
    if match := BLACKBOARD.search(entry.name):
        return _parsed(match[1], "%Y-%m-%d-%H-%M-%S"), "its name"
    if match := BRIGHTSPACE.search(entry.name):
        return _parsed(match[1], "%b %d, %Y %I%M %p"), "its name"
    inside = [path for path in entry.rglob("*") if path.is_file()] if entry.is_dir() else []
    times = [path.lstat().st_mtime for path in inside or [entry]]
    at = datetime.fromtimestamp(max(times), None if unpacked else UTC)
    if unpacked:
        return (at, "the time in the zip") if at > NO_TIME + DAY else (None, "")
    return at, "the time of its file"


def _parsed(text, form):
    try:
        return datetime.strptime(text, form)
    except ValueError:  # 31 February
        return None


# What follows from it


def lateness(rules: Rules, at: datetime | None, told_by: str, extension: str = "", spent: int = 0) -> Late:
    """What a time means by the rules.

    Parameters
    ----------
    rules : Rules
    at : datetime or None
        When it was handed in; without a zone, on the clock of the rules. None: nobody knows, and it is not late.
    told_by : str
        What told the time, in words for the teacher.
    extension : str
        As in the roster.
    spent : int
        Free days that the student has used up in earlier homeworks.
    """
    if at is None:
        return Late(reason="not late, as nothing tells when it was handed in")
    due, more = _extended(rules.due, extension)
    shown = f"{_shown(at, rules)} ({told_by})"
    if _absolute(at, rules) <= _absolute(due, rules) + rules.grace.total_seconds():
        within = _absolute(at, rules) > _absolute(due, rules)
        used = _absolute(at, rules) > _absolute(rules.due, rules) and more
        return Late(shown, reason="; ".join(filter(None, [used, "within the grace" if within else ""])))
    days = _days_begun(at, due, rules)
    free = min(days, max(rules.late_days - spent, 0))
    kept = max(1 - rules.penalty * (days - free), rules.at_least)
    reasons = [_days(days) + f" late by {told_by}", more, f"{free} of them free" if free else ""]
    reasons.append(f"{_percent(1 - kept)} off" if kept < 1 else "nothing off")
    return Late(shown, days, free, kept, "; ".join(filter(None, reasons)))


def _extended(due, extension):
    """A student's own deadline, and a few words on it."""
    more = extension_of(extension)
    if more is None:
        return due, ""
    if isinstance(more, int):
        return due + more * DAY, f"after an extension of {_days(more)}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", extension):
        more = datetime.combine(more, due.time(), due.tzinfo)
    return more, f"after an extension to {more:%Y-%m-%d %H:%M}"


def _days_begun(at, due, rules):
    """The least number of days, on the clock, after which it would have been in time."""
    days = max(math.floor((_absolute(at, rules) - _absolute(due, rules)) / DAY.total_seconds()) - 1, 1)
    while _absolute(due + days * DAY, rules) < _absolute(at, rules):
        days += 1
    return days


def _absolute(at, rules):
    """Seconds since 1970: what can be compared, whatever the zones."""
    return (at if at.tzinfo else at.replace(tzinfo=rules.zone)).timestamp()


def _shown(at, rules):
    there = datetime.fromtimestamp(_absolute(at, rules), rules.due.tzinfo or rules.zone)
    return f"{there:%Y-%m-%d %H:%M:%S}"


def _days(number):
    return f"{number} day" if number == 1 else f"{number} days"


def _percent(share):
    return f"{float(share * 100):g}%"


__all__ = ["Late", "Rules", "Wrong", "extension_of", "handed_in", "lateness", "moment", "read_rules"]
