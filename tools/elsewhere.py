"""Run notebooks and tests as other machines would: ``python tools/elsewhere.py [--only NAME ...] [-- FILE ...]``.

A processor decides which kernels OpenBLAS and NumPy compute with, and so the last digits of every sum. Here one machine
plays others: each of OpenBLAS's kernels with one and with two threads, NumPy without its newer instructions, and a
machine that is busy with something else. Before each run a probe says what is really in use; what this processor cannot
do, or this OpenBLAS has no kernel for, counts as *not run*. Exit code 1 if a run failed, 2 if none was run.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHOICES = ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# OpenBLAS's name of a kernel, and what it answers when that kernel is in use.
KERNELS = {name: name for name in ("Haswell", "Zen", "Sandybridge", "SkylakeX", "Nehalem")} | {"Prescott": "Katmai"}
ILLEGAL = (-signal.SIGILL, 0xC000001D)  # how a process ends whose processor lacks an instruction (on Windows, too)
BUSY = 10  # processes beside the tests that do nothing but keep the processor from them

# The numbers: every notebook, and every test but those of the built pages.
NUMBERS = ("book", "tests", "--ignore=tests/site", "--ignore=tests/browser")
SHARED = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")  # among processes, file by file
PYTEST = ("--nbval", "--nbval-current-env", *SHARED, "-q", "-p", "no:cacheprovider")

PROBE = """
import json
import numpy, scipy.linalg
from threadpoolctl import threadpool_info
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
square = numpy.random.default_rng(0).random((300, 300))
scipy.linalg.cholesky(square @ square.T + numpy.eye(300))
blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
print(json.dumps({
    "kernels": sorted({library.get("architecture", "unknown") for library in blas}),
    "threads": sorted({library["num_threads"] for library in blas}),
    "dispatched": [name for name in __cpu_dispatch__ if __cpu_features__[name]],
}))
"""


@dataclass(frozen=True)
class Place:
    """Another machine to play: its kernel, the number of threads, what is switched off, and what else is going on."""

    name: str
    kernel: str | None = None
    threads: int = 1
    no_dispatch: bool = False
    busy: int = 0
    tests: tuple = field(default=NUMBERS)

    def environment(self, dispatched=()):
        """The environment of its run; ``dispatched`` are the features that NumPy would choose between."""
        kept = {key: value for key, value in os.environ.items() if key not in CHOICES}
        kept |= dict.fromkeys(THREADS, str(self.threads))
        if self.kernel:
            kept["OPENBLAS_CORETYPE"] = self.kernel
        if self.no_dispatch and dispatched:
            kept["NPY_DISABLE_CPU_FEATURES"] = " ".join(dispatched)
        return kept

    def missing(self, found):
        """Why a probe shows that this machine cannot play the other, in words; None if it can."""
        if found is None:
            return "this processor lacks its instructions"
        wanted = KERNELS.get(self.kernel)
        if wanted and found["kernels"] != [wanted]:
            return f"this OpenBLAS answers to that name with {' and '.join(found['kernels'])}"
        if found["threads"] != [self.threads]:
            return f"BLAS takes {found['threads']} threads for {self.threads}"
        if self.no_dispatch and found["dispatched"]:
            return f"NumPy keeps {' '.join(found['dispatched'])}"
        return None


PLACES = (
    *(Place(f"{kernel}-{threads}", kernel, threads) for kernel in KERNELS for threads in (1, 2)),
    Place("no-dispatch", no_dispatch=True),
    Place("busy", busy=BUSY, tests=("book", "tests")),  # the browser's tests too: a busy machine is slow there
)


def probe(environment):
    """What NumPy and SciPy really compute with in this environment; None if the processor refuses."""
    done = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=False)
    if done.returncode in ILLEGAL:
        return None
    if done.returncode:
        raise RuntimeError(f"the probe failed:\n{done.stderr}")
    return json.loads(done.stdout)


@contextmanager
def company(count):
    """``count`` processes that do nothing, as fast as they can, and end with the block."""
    with ExitStack() as stack:
        for _ in range(count):
            process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield


def run(place, arguments):
    """Play one other machine: ``("passed" | "failed" | "not run", words)``."""
    here = probe(Place("here").environment()) if place.no_dispatch else None
    environment = place.environment(here["dispatched"] if here else ())
    found = probe(environment)
    if why := place.missing(found):
        return "not run", why
    uses = f"kernel {' and '.join(found['kernels'])}, {place.threads} BLAS thread{'s' * (place.threads > 1)}"
    uses += f", NumPy with {' '.join(found['dispatched']) or 'none of its dispatched features'}"
    uses += f", beside {place.busy} busy processes" * (place.busy > 0)
    print(f"== {place.name}: {uses}", flush=True)
    command = [sys.executable, "-m", "pytest", *PYTEST, *(arguments or place.tests)]
    start = time.monotonic()
    with company(place.busy):
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    return "failed" if code else "passed", f"{uses}; {(time.monotonic() - start) / 60:.0f} min"


def main(arguments=None):
    """Run what is asked for and print what was run, what failed, and what could not be run here and why."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [place.name for place in PLACES]
    which = f"of {', '.join(names)}"
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=which)
    parser.add_argument("tests", nargs="*", help="for pytest, after a --: other files than all with numbers")
    options = parser.parse_args(arguments)
    results = [(place, *run(place, options.tests)) for place in PLACES if place.name in options.only]
    print("\n== What was run")
    for place, verdict, words in results:
        print(f"{verdict:8s} {place.name:14s} {words}")
    kernels = {place.kernel for place, verdict, _ in results if verdict != "not run" and place.kernel}
    counts = {verdict: sum(one == verdict for _, one, _ in results) for verdict in ("passed", "failed", "not run")}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()), end="; ")
    print("kernels of OpenBLAS:", ", ".join(sorted(kernels)) or "none")
    return 1 if counts["failed"] else 0 if counts["passed"] else 2


if __name__ == "__main__":
    sys.exit(main())
