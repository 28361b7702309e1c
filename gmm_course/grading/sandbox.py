"""The walls of a cell: bubblewrap where it works, resource limits alone where it does not.

Behind the walls there is Python, the library, a course package without a judge and the student's own files. There is
no network, no other process, no home, nothing of the teacher's; what is written is gone with the cell.
"""

import compileall
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import gmm_lib

try:
    from pwd import getpwnam
except ImportError:  # Windows has no such users
    getpwnam = None  # type: ignore[assignment]

PROGRAM = "bwrap"
WORK = "/tmp/work"
HOME = "/tmp/home"
LIBRARY = "/library"
GIVEN = "/given"
SPACE = 256_000_000  # bytes that a cell may write, all files together
KERNEL = "gmm_course.grading.inside.kernel"
COURSE = Path(__file__).resolve().parents[1]
COPIED = ("checker/stubs.py", "checker/calling.py", "grading/wire.py", "grading/inside/kernel.py")

# For one process of a cell; the cell as a whole is watched from outside (see cell.py).
LIMITS = {
    "AS": 4 * 1024**3,  # bytes of memory
    "CPU": 600,  # seconds of computing
    "FSIZE": 64_000_000,  # bytes of one file
    "NOFILE": 256,
    "NPROC": 256,  # binds nobody who is root: the watch from outside counts as well
    "CORE": 0,
}


@dataclass(frozen=True)
class Sandbox:
    """How cells are walled in.

    Attributes
    ----------
    library : Path
        A folder made by :func:`furnish`.
    walls : bool
        Whether bubblewrap holds them; if not, only the resource limits do.
    sized : bool
        Whether this bubblewrap can limit what is written.
    user : int or None
        Without walls, the Unix user who runs the cells, if it is another than the judge's.
    """

    library: Path
    walls: bool
    sized: bool = False
    user: int | None = None

    def command(self, given: Path, settings: str) -> list[str]:
        """The command line that starts a kernel with the student's files in ``given``."""
        kernel = [sys.executable, "-m", KERNEL, settings]
        return [*self._walls(given), *kernel] if self.walls else kernel

    def places(self, given: Path, folder: Path) -> tuple[str, str, dict[str, str]]:
        """The working folder, the home, and what is copied where; ``folder`` is a throwaway one, used without walls."""
        if self.walls:
            return WORK, HOME, {GIVEN: WORK, f"{LIBRARY}/cache": f"{HOME}/.cache"}
        return (
            str(folder / "work"),
            str(folder / "home"),
            {str(given): str(folder / "work"), str(self.library / "cache"): str(folder / "home" / ".cache")},
        )

    def environment(self, home: str) -> dict[str, str]:
        """All the variables that a kernel sees."""
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ", "SYSTEMROOT") if name in os.environ}
        return kept | {
            "PATH": "/usr/bin:/bin",
            "HOME": home,
            "USERPROFILE": home,
            "IPYTHONDIR": f"{home}/.ipython",
            "PYTHONPATH": LIBRARY if self.walls else str(self.library),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONNOUSERSITE": "1",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        }

    def identity(self) -> dict:
        """As whom a cell's process starts: what :class:`subprocess.Popen` is told."""
        return {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}

    def _walls(self, given):
        size = ["--size", str(SPACE)] if self.sized else []
        small = ["--size", "16000000"] if self.sized else []
        walls = [PROGRAM, "--unshare-all", "--die-with-parent", "--new-session"]
        walls += ["--hostname", "cell", "--proc", "/proc", "--dev", "/dev", *small, "--tmpfs", "/dev/shm"]
        walls += [*size, "--tmpfs", "/tmp", "--dir", WORK, "--dir", HOME]
        for path in map(Path, ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")):
            if path.is_symlink():
                walls += ["--symlink", str(path.readlink()), str(path)]
            elif path.is_dir():
                walls += ["--ro-bind", str(path), str(path)]
        for path in ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "fonts", "localtime", "alternatives"):
            walls += ["--ro-bind-try", f"/etc/{path}", f"/etc/{path}"]
        for path in _python_folders():
            walls += ["--ro-bind", path, path]
        for path in _installed_courses():
            walls += [*small, "--tmpfs", path]
        walls += ["--ro-bind", str(self.library), LIBRARY, "--ro-bind", str(given), GIVEN]
        return [*walls, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK, "--"]


def _python_folders():
    """The folders that Python and its packages live in, beyond /usr."""
    packages = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    folders = [os.path.realpath(path) for path in (sys.base_prefix, sys.exec_prefix, sys.prefix, *packages)]
    spelt = [sys.base_prefix, sys.prefix, *packages]  # a virtual environment is found by the path it is called by
    every = dict.fromkeys([*folders, *spelt])
    return [path for path in every if Path(path).is_dir() and not f"{path}/".startswith("/usr/")]


def _installed_courses():
    """Course packages that were installed among the other packages: they hold the answers, and are covered up."""
    packages = [Path(path) for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    return [str(folder / "gmm_course") for folder in packages if (folder / "gmm_course").is_dir()]


def furnish(folder: Path) -> Path:
    """Write the library that cells see into ``folder``: gmm_lib, and a gmm_course with nothing to be found out."""
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(gmm_lib.__file__).parent, folder / "gmm_lib", ignore=ignored)
    for name in COPIED:
        target = folder / "gmm_course" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(COURSE / name, target)
    for part in ("checker", "grading", "grading/inside"):
        (folder / "gmm_course" / part / "__init__.py").write_text("", encoding="utf-8")
    shutil.copy(COURSE / "grading" / "inside" / "course.py", folder / "gmm_course" / "__init__.py")
    compileall.compile_dir(folder, quiet=2)  # once, for every cell
    (folder / "cache").mkdir()
    _fonts(folder / "cache" / "matplotlib")
    return folder


def _fonts(target):
    """The list of this machine's fonts, which Matplotlib would otherwise make again in every cell."""
    if find_spec("matplotlib") is None:
        return
    import matplotlib
    import matplotlib.font_manager  # makes the list where there is none

    target.mkdir()
    for path in Path(matplotlib.get_cachedir()).glob("fontlist*.json"):
        shutil.copy(path, target)


def build(folder: Path, walls: bool = True, account: str = "") -> tuple[Sandbox, str]:
    """The strongest sandbox that this machine allows, and a plain warning if it is no wall.

    ``walls=False`` asks for resource limits alone, as inside a container that is thrown away. ``account`` names the
    Unix user who runs the cells where bubblewrap does not work; only root can let another run them.
    """
    library = furnish(folder)
    if not walls:
        return Sandbox(library, False), ""
    if shutil.which(PROGRAM) is None:
        return _without_walls(library, account, "bubblewrap is not installed (Debian: apt-get install bubblewrap)")
    told = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=False)
    sandbox = Sandbox(library, True, "--size" in told.stdout + told.stderr)
    command = [*sandbox._walls(library), sys.executable, "-c", "print('works')"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False, env=sandbox.environment(HOME))
    if tried.stdout.strip() != "works":
        return _without_walls(library, account, f"bubblewrap does not work here ({tried.stderr.strip()[:200]})")
    return sandbox, ""


def _without_walls(library, account, reason):
    """Another user's cells where that is possible: they cannot read what is root's alone, nor stop the judge."""
    if account:
        try:
            sandbox = Sandbox(library, False, user=getpwnam(account).pw_uid)
            open_to_all(library)
            command = [sys.executable, "-c", "import os; print(os.getuid())"]
            said = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/", **sandbox.identity())
            if int(said.stdout) == sandbox.user != os.getuid():
                return sandbox, ""
        except (KeyError, OSError, ValueError, subprocess.CalledProcessError) as error:
            reason += f", nor can the user {account} run Python here ({type(error).__name__})"
    return Sandbox(library, False), NO_WALLS.format(reason)


def open_to_all(folder: Path) -> None:
    """Let every user read a folder and all in it."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


NO_WALLS = (
    "WARNING: {}. Submissions run with resource limits and nothing else: they can read and change what you can. "
    "Grade in a container, or on an account that has nothing to lose."
)


def settings_of(sandbox: Sandbox, given: Path, folder: Path, patience: float) -> tuple[Mapping, dict]:
    """What a kernel is told on its command line, and its environment."""
    work, home, copies = sandbox.places(given, folder)
    return {"work": work, "copies": copies, "limits": LIMITS, "patience": patience}, sandbox.environment(home)
