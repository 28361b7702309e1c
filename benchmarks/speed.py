"""How fast is an iteration? Ours, scikit-learn's and (where it is installed) Armadillo's, side by side.

    .venv/bin/python -m benchmarks.speed            everything (about fifteen minutes); or one of
    .venv/bin/python -m benchmarks.speed speed      the eight problems
    .venv/bin/python -m benchmarks.speed types      the four types of covariance
    .venv/bin/python -m benchmarks.speed missing    with 1 % and 20 % of the values missing
    .venv/bin/python -m benchmarks.speed priors     with a prior, and without
    .venv/bin/python -m benchmarks.speed restarts   a thousand fits of iris
    .venv/bin/python -m benchmarks.speed memory     resident memory above the data
    .venv/bin/python -m benchmarks.speed ways       the three formulations; the size of a block
    .venv/bin/python -m benchmarks.speed scaling    time against n, m and k
    .venv/bin/python -m benchmarks.speed blocks     from memory, from disk, on a cluster
    .venv/bin/python -m benchmarks.speed plot       the picture, from the table

Tables go to ``benchmarks/results``. All start from the same parameters, do the same number of iterations with
tolerance 0, full covariances (but for "types", "missing" and "priors") and float64. The contestants take turns, and
each is given its best, so that a neighbour on the machine disturbs all alike. (Armadillo takes minutes, and has one
turn.) What is timed is a whole fit divided by its iterations: for us with the choice of coordinates (but for "missing"
and "priors", where it is an iteration of an engine that is there), for scikit-learn with the one E-step that it adds at
the end.
"""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import warnings
from functools import partial
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
from sklearn.mixture import GaussianMixture as TheirMixture
from threadpoolctl import threadpool_limits

from gmm_lib.covariance_types import TYPES, constrained, short_form
from gmm_lib.datasets import iris
from gmm_lib.engine import Engine, features
from gmm_lib.engine.incomplete import IncompleteEngine
from gmm_lib.engine.passes import WAYS
from gmm_lib.engine.restarts import run_many
from gmm_lib.engine.sources import Blocks, Distributed, InMemory, parquet
from gmm_lib.initialization import distinct_rows
from gmm_lib.parameters import Parameters
from gmm_lib.priors import mclust_prior

RESULTS = Path(__file__).parent / "results"
SIZES = {  # (n, m, k): how many times faster than scikit-learn it is meant to be
    (150, 4, 3): 4,
    (10_000, 2, 5): 7,
    (100_000, 2, 8): 15,
    (100_000, 10, 10): 9,
    (1_000_000, 2, 8): 25,
    (1_000_000, 10, 16): 25,
    (200_000, 50, 20): 7,
    (50_000, 128, 10): 4,
}
CONTESTANTS = ("ours", "scikit-learn 1 thread", "scikit-learn 2 threads", "Armadillo")
TURNS = 3  # of the contestants; twice as many where a turn is short
ROUNDS = 4  # where we run against ourselves


def problem(n, m, k):
    """Overlapping groups of n points, and the parameters to start from."""
    rng = np.random.default_rng(n + m + k)
    centres = rng.normal(0, 3, (k, m))
    X = centres[rng.integers(k, size=n)] + rng.standard_normal((n, m))
    covariance = np.cov(X[: 100 * m + 100].T).reshape(m, m)
    return X, Parameters(np.full(k, 1 / k), X[:k], np.tile(covariance, (k, 1, 1)))


def seconds(function):
    start = perf_counter()
    function()
    return perf_counter() - start


def our_fit(X, start, iterations, formulation="auto", reg_covar=0.0, covariance_type="full"):
    engine = Engine(X, reg_covar=reg_covar, formulation=formulation, covariance_type=covariance_type)
    return engine.run(engine.state(start), tol=0, max_iter=iterations)


def their_fit(X, start, iterations, threads, tol=0.0, reg_covar=0.0, covariance_type="full"):
    precisions = short_form(np.linalg.inv(start.covariances), covariance_type)
    with threadpool_limits(threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return TheirMixture(
            start.k,
            covariance_type=covariance_type,
            tol=tol,
            max_iter=iterations,
            reg_covar=reg_covar,
            weights_init=start.weights,
            means_init=start.means,
            precisions_init=precisions,
        ).fit(X)


def armadillo():
    """The compiled contestant as a function, or None where there is no compiler or no Armadillo."""
    source, folder = Path(__file__).with_name("armadillo.cpp"), tempfile.mkdtemp()
    program = f"{folder}/armadillo"
    if shutil.which("g++") is None:
        return None
    command = ["g++", "-O3", "-march=native", "-fopenmp", str(source), "-o", program, "-larmadillo"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None

    def milliseconds(X, start, iterations):
        with Path(folder, "problem").open("wb") as file:
            for array in ([*X.shape, start.k, iterations], X, start.means, start.covariances):
                np.asarray(array, dtype=np.float64).tofile(file)
        out = subprocess.run([program, f"{folder}/problem"], capture_output=True, text=True, check=True)
        return float(out.stdout)

    return milliseconds


def peak_flops(threads):
    """What the machine's matrix product reaches, in floating-point operations per second."""
    A = np.random.default_rng(0).random((2000, 2000))
    with threadpool_limits(threads):
        return 2 * 2000**3 / min(seconds(lambda: A @ A) for _ in range(3))


def threads_of(X):
    """How many threads the engine takes by itself for these points; BLAS is held to one in each."""
    return Engine(X).source.threads.count


def useful_flops(n, m, k):
    """The operations of the two products of the features."""
    p = (m + 1) * (m + 2) // 2
    return 4 * n * k * p


def speed_table():
    compiled, peak, rows = armadillo(), 0.0, []
    for (n, m, k), required in SIZES.items():
        X, start = problem(n, m, k)
        work = n * k * (m + 2) ** 2
        iterations = int(np.clip(1e9 / work, 20, 100))
        arguments = X, start, iterations
        contestants = {
            "ours": lambda: seconds(lambda: our_fit(*arguments)) / iterations,  # noqa: B023
            "scikit-learn 1 thread": lambda: seconds(lambda: their_fit(*arguments, 1)) / iterations,  # noqa: B023
            "scikit-learn 2 threads": lambda: seconds(lambda: their_fit(*arguments, 2)) / iterations,  # noqa: B023
        }
        if compiled:
            contestants["Armadillo"] = lambda: compiled(*arguments) / 1e3  # noqa: B023
        best = dict.fromkeys(CONTESTANTS, np.inf)
        for turn in range(TURNS if work * iterations > 4e9 else 2 * TURNS):
            for name, run in contestants.items():
                if turn == 0 or name != "Armadillo":  # in many dimensions it takes minutes
                    sleep(0.5)  # the threads of BLAS keep a processor busy for a while after their last product
                    repeats = 1 if name == "Armadillo" else int(np.clip(1e9 / (work * iterations), 1, 10))
                    best[name] = min(best[name], *(run() for _ in range(repeats)))
        peak = max(peak, peak_flops(os.cpu_count()))
        ratio = min(best["scikit-learn 1 thread"], best["scikit-learn 2 threads"]) / best["ours"]
        taken = our_fit(X, start, 2).formulations[-1]
        milliseconds = (f"{1e3 * time:.4g}" for time in best.values())
        rows.append([n, m, k, iterations, taken, threads_of(X), *milliseconds, f"{ratio:.4g}", required])
        print(*rows[-1], sep=",", flush=True)
    for row in rows:
        n, m, k, _, _, _, ours = row[:7]
        row.append(f"{useful_flops(n, m, k) / (float(ours) / 1e3) / peak:.3g}")
    times = [f"{name} ms" for name in CONTESTANTS]
    write(
        "speed.csv",
        ["n", "m", "k", "iterations", "formulation", "ours threads", *times, "ratio", "required", "share of peak"],
        rows,
    )


def types_table():
    """One iteration for each type of covariance, beside scikit-learn's. There is a floor, since in 50 dimensions a
    component that starts on a row may else be left alone with it."""
    rows = []
    for n, m, k in ((100_000, 2, 8), (100_000, 10, 10), (20_000, 50, 10)):
        X, pooled = problem(n, m, k)
        iterations = int(np.clip(1e9 / (n * k * (m + 2) ** 2), 20, 100))
        for kind in TYPES:
            options = dict(covariance_type=kind, reg_covar=0.1)
            arguments = X, of_kind(pooled, kind), iterations
            fits = {
                "ours": partial(our_fit, *arguments, **options),
                "1 thread": partial(their_fit, *arguments, 1, **options),
                "2 threads": partial(their_fit, *arguments, 2, **options),
            }
            best = in_turns({name: partial(per_fitted_iteration, fit, iterations) for name, fit in fits.items()})
            ratio = min(best["1 thread"], best["2 threads"]) / best["ours"]
            taken = our_fit(*arguments[:2], 2, **options).formulations[-1]
            milliseconds = (f"{1e3 * time:.4g}" for time in best.values())
            rows.append([n, m, k, kind, iterations, taken, threads_of(X), *milliseconds, f"{ratio:.3g}"])
            print(*rows[-1], sep=",", flush=True)
    times = ("ours ms", "scikit-learn 1 thread ms", "scikit-learn 2 threads ms")
    header = ["n", "m", "k", "covariance type", "iterations", "formulation", "ours threads", *times, "ratio"]
    write("types.csv", header, rows)


def missing_table():
    """An iteration with values missing at random, beside one on the complete points, ours and scikit-learn's. (What is
    sorted once before the first iteration is not in it.)"""
    rows = []
    for n, m, k in ((10_000, 2, 5), (100_000, 2, 8), (100_000, 10, 10), (20_000, 30, 10)):
        X, start = problem(n, m, k)
        iterations = int(np.clip(1e9 / (n * k * (m + 2) ** 2), 5, 100))
        for kind in ("full", "diag"):
            first = of_kind(start, kind)
            engines = {"complete": Engine(X, covariance_type=kind)}
            for share in (0.01, 0.2):
                gaps = np.random.default_rng(0).random(X.shape) < share
                points = np.where(gaps, np.nan, X)
                engines[f"{share:.0%}"] = IncompleteEngine(points, covariance_type=kind)
            contestants = {name: partial(per_iteration, one, first, iterations) for name, one in engines.items()}
            theirs = partial(their_fit, X, first, iterations, os.cpu_count(), covariance_type=kind)
            best = in_turns(contestants | {"scikit-learn": partial(per_fitted_iteration, theirs, iterations)})
            ratios = (f"{best[name] / best['complete']:.3g}" for name in ("1%", "20%"))
            rows.append([n, m, k, kind, iterations, *(f"{1e3 * time:.4g}" for time in best.values()), *ratios])
            print(*rows[-1], sep=",", flush=True)
    times = ("complete ms", "1 % missing ms", "20 % missing ms", "scikit-learn complete ms")
    header = ["n", "m", "k", "covariance type", "iterations", *times, "1 % ratio", "20 % ratio"]
    write("missing.csv", header, rows)


def priors_table():
    """An iteration with mclust's prior, beside one without."""
    rows = []
    for n, m, k in ((150, 4, 3), (10_000, 2, 5), (100_000, 2, 8), (100_000, 10, 10)):
        X, start = problem(n, m, k)
        iterations = int(np.clip(1e9 / (n * k * (m + 2) ** 2), 5, 1000))
        for kind in ("full", "diag"):
            engines = {name: Engine(X, covariance_type=kind) for name in ("without", "with")}
            engines["with"].set_prior(mclust_prior(X, k, kind))
            first = of_kind(start, kind)
            best = in_turns({name: partial(per_iteration, one, first, iterations) for name, one in engines.items()})
            times = (f"{1e3 * time:.4g}" for time in best.values())
            rows.append([n, m, k, kind, iterations, *times, f"{best['with'] / best['without']:.3g}"])
            print(*rows[-1], sep=",", flush=True)
    write("priors.csv", ["n", "m", "k", "covariance type", "iterations", "without ms", "with ms", "ratio"], rows)


def of_kind(start, kind):
    """The parameters to start from, with covariances of the type ``kind``."""
    return Parameters(start.weights, start.means, constrained(start.covariances, start.weights, kind))


def in_turns(contestants):
    """What each of the ``contestants``, functions that return seconds, takes at best, by name."""
    best = dict.fromkeys(contestants, np.inf)
    for _ in range(TURNS):
        for name, measured in contestants.items():
            sleep(0.5)  # as in the speed table
            best[name] = min(best[name], measured())
    return best


def per_fitted_iteration(fit, iterations):
    """Seconds of an iteration of a whole fit of so many."""
    return seconds(fit) / iterations


def per_iteration(engine, start, iterations):
    """Seconds of an iteration of an engine that is there, the first not counted."""
    state = engine.state(start)
    with engine.source.open():
        engine.run(state, tol=0, max_iter=1)
        return seconds(lambda: engine.run(state, tol=0, max_iter=iterations)) / iterations


def restarts_table(runs=1000):
    """A thousand fits of iris from the same starts and by the same rule, scikit-learn's defaults otherwise."""
    X = iris().X
    starts = [distinct_rows(X, 3, np.random.RandomState(seed)) for seed in range(runs)]
    arrays = tuple(np.stack([getattr(start, name) for start in starts]) for name in ("weights", "means", "covariances"))
    ours = theirs = np.inf
    for _ in range(ROUNDS):
        ours = min(ours, seconds(lambda: run_many(X, arrays, 1e-6, total_tol=0.15, last_m_step=True)))
        sample = starts[:: max(runs // 100, 1)]
        fits = []
        taken = seconds(lambda: fits.extend(their_fit(X, start, 100, 1, 1e-3, 1e-6) for start in sample))  # noqa: B023
        theirs = min(theirs, taken / len(sample) * runs)
    result = run_many(X, arrays, 1e-6, total_tol=0.15, last_m_step=True)
    steps = result.n_iter[:: max(runs // 100, 1)]
    assert [fit.n_iter_ for fit in fits] == steps.tolist()
    per_fit = [f"{1e6 * value / runs:.4g}" for value in (ours, theirs)]
    row = [runs, f"{result.n_iter.mean():.1f}", os.cpu_count(), 1, *per_fit, f"{theirs / ours:.3g}", 60]
    print(*row, sep=",")
    header = [
        "runs",
        "mean iterations",
        "ours threads",
        "scikit-learn threads",
        "ours us per fit",
        "scikit-learn us per fit",
        "ratio",
        "required",
    ]
    write("restarts.csv", header, [row])


def memory_table():
    """Growth of the process's resident memory during a fit, in MiB."""
    rows = []
    for n in (1_000_000, 3_000_000):
        for who in ("ours", "scikit-learn"):
            code = f"from benchmarks.speed import memory; memory({n}, 10, 16, {who!r})"
            out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
            rows.append([n, 10, 16, who, 2, out.strip()])
            print(*rows[-1], sep=",", flush=True)
    write("memory.csv", ["n", "m", "k", "who", "threads", "extra MiB"], rows)


def memory(n, m, k, who):
    """Fit in this process and print how far its resident memory rose above what it was with the data in it."""
    X, start = problem(n, m, k)
    fit = our_fit if who == "ours" else lambda *arguments: their_fit(*arguments, threads=2)
    fit(X[:5000], start, 1)  # what is loaded on first use is not counted
    done, peak, before = threading.Event(), 0, resident()

    def watch():
        nonlocal peak
        while not done.is_set():
            peak = max(peak, resident())
            sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    fit(X, start, 3)
    done.set()
    watcher.join()
    print(f"{max(peak - before, 0) / 2**20:.1f}")


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def ways_table():
    """The same iteration by each formulation; and by the first of them with blocks of several sizes."""
    rows = []
    for n, m, k in ((100_000, 2, 8), (100_000, 10, 10), (50_000, 32, 10), (100_000, 50, 20), (50_000, 128, 10)):
        X, start = problem(n, m, k)
        times = (f"{1e3 * iteration(X, start, formulation=how):.4g}" for how in WAYS["full"])
        rows.append([n, m, k, threads_of(X), *times])
        print(*rows[-1], sep=",", flush=True)
    write("formulations.csv", ["n", "m", "k", "threads", *(f"{how} ms" for how in WAYS["full"])], rows)

    rows, usual = [], features.block_rows
    X, start = problem(1_000_000, 2, 8)
    for size in (1024, 4096, 16_384):
        features.block_rows = lambda m, k: size  # noqa: B023
        milliseconds = (f"{1e3 * iteration(X, start, threads=threads):.4g}" for threads in (1, 2))
        rows.append([1_000_000, 2, 8, size, *milliseconds])
        print(*rows[-1], sep=",", flush=True)
    features.block_rows = usual
    write("block_rows.csv", ["n", "m", "k", "rows", "1 thread ms", "2 threads ms"], rows)


def iteration(source, start, **arguments):
    """Seconds that an iteration takes, the choice of coordinates and the start of a cluster not included."""
    engine = Engine(source, **arguments)
    state, n = engine.state(start), engine.moments.rows
    iterations = int(np.clip(2e9 / (n * start.k * (start.m + 2) ** 2), 3, 50))
    with engine.source.open():
        engine.run(state, tol=0, max_iter=1)
        return min(seconds(lambda: engine.run(state, tol=0, max_iter=iterations)) for _ in range(ROUNDS)) / iterations


def scaling_table():
    """Time per iteration as one of n, m and k grows and the others stay."""
    rows = []
    for along, sizes in {
        "n": [(n, 8, 8) for n in (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)],
        "m": [(100_000, m, 8) for m in (1, 2, 4, 8, 16, 32, 64, 128)],
        "k": [(100_000, 8, k) for k in (1, 2, 4, 8, 16, 32, 64)],
    }.items():
        for n, m, k in sizes:
            X, start = problem(n, m, k)
            rows.append([along, n, m, k, threads_of(X), f"{1e3 * iteration(X, start):.4g}"])
            print(*rows[-1], sep=",", flush=True)
    write("scaling.csv", ["along", "n", "m", "k", "threads", "ms"], rows)


def blocks_table(n=1_000_000, m=10, k=16):
    """The same fit from memory, from disk and on one or two worker processes."""
    import pyarrow
    from pyarrow import parquet as writer

    X, start = problem(n, m, k)
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/points.npy", X)
        mapped = np.load(f"{folder}/points.npy", mmap_mode="r")
        for number, block in enumerate(np.array_split(X, 8)):
            writer.write_table(pyarrow.table({f"x{a}": block[:, a] for a in range(m)}), f"{folder}/{number}.parquet")
        sources = [
            ("in memory, 1 thread", "", lambda: InMemory(X, threads=1)),
            ("in memory, 2 threads", "", lambda: InMemory(X, threads=2)),
            ("memory-mapped file", "", lambda: mapped),
            ("blocks of a file", 16, lambda: Blocks([mapped[i : i + 65_536] for i in range(0, n, 65_536)])),
            ("folder of Parquet files", 16, lambda: parquet(folder)),
        ]
        for chunks in (4, 16, 64):
            points = in_files(X, chunks, tempfile.mkdtemp(dir=folder))
            for workers in (1, 2):
                name = f"Dask, {workers} worker{'s' if workers > 1 else ''}"
                source = partial(Distributed, points, workers=workers)
                sources.append((name, chunks, source))
        rows = []
        for name, chunks, source in sources:
            rows.append([name, chunks, n, m, k, f"{1e3 * iteration(source(), start):.4g}"])
            print(*rows[-1], sep=",", flush=True)
    write("blocks.csv", ["source", "blocks", "n", "m", "k", "ms"], rows)


def in_files(X, chunks, folder):
    """X as a Dask array of so many chunks, each of them read from its file by the worker, not sent to it."""
    import dask
    import dask.array as da

    arrays = []
    for number, block in enumerate(np.array_split(X, chunks)):
        np.save(f"{folder}/{number}.npy", block)
        read = dask.delayed(np.load)(f"{folder}/{number}.npy", mmap_mode="r")
        arrays.append(da.from_delayed(read, block.shape, block.dtype))
    return da.concatenate(arrays)


def write(name, header, rows):
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / name).open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def plot():
    """The speed table as a picture, beside it."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    with (RESULTS / "speed.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = [f"{int(row['n']):,} x {row['m']}, k = {row['k']}" for row in rows]
    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    for name, marker in zip(CONTESTANTS, "os^D"):
        axes.semilogx([float(row[f"{name} ms"]) for row in rows], names, marker, label=name)
    axes.set(xlabel="milliseconds per iteration", title="One iteration of EM, the best of several turns")
    axes.invert_yaxis()
    axes.legend()
    figure.savefig(RESULTS / "speed.svg", metadata={"Date": None})


TABLES = {
    "speed": speed_table,
    "types": types_table,
    "missing": missing_table,
    "priors": priors_table,
    "restarts": restarts_table,
    "memory": memory_table,
    "ways": ways_table,
    "scaling": scaling_table,
    "blocks": blocks_table,
    "plot": plot,
}


def main(*names):
    for name in names or TABLES:
        TABLES[name]()


if __name__ == "__main__":
    main(*sys.argv[1:])
