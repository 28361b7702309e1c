"""How fast is an iteration? Ours, scikit-learn's and (where it is installed) Armadillo's, side by side.

    .venv/bin/python -m benchmarks.speed            the table, the restarts, the memory (about five minutes)
    .venv/bin/python -m benchmarks.speed scaling    time against n, m and k
    .venv/bin/python -m benchmarks.speed blocks     from memory, from disk, on a cluster
    .venv/bin/python -m benchmarks.speed plot       the pictures, from the tables

Tables go to ``benchmarks/results``. All start from the same parameters, do the same number of iterations with
tolerance 0, full covariances and float64. The contestants take turns, several rounds, and each is given its best
round, so that a neighbour on the machine disturbs all alike. What is timed is a whole fit, the choice of
coordinates included.
"""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import warnings
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
from sklearn.mixture import GaussianMixture as TheirMixture
from threadpoolctl import threadpool_limits

from gmm_lib.datasets import iris
from gmm_lib.engine import Engine
from gmm_lib.initialization import distinct_rows
from gmm_lib.parameters import Parameters
from gmm_lib.restarts import run_many

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
ROUNDS = 4


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


def our_fit(X, start, iterations, formulation="auto"):
    engine = Engine(X, formulation=formulation)
    return engine.run(engine.state(start), tol=0, max_iter=iterations)


def their_fit(X, start, iterations, threads, tol=0.0, reg_covar=0.0):
    precisions = np.linalg.inv(start.covariances)
    with threadpool_limits(threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return TheirMixture(
            start.k,
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
    if subprocess.run(command, capture_output=True).returncode:
        return None

    def milliseconds(X, start, iterations):
        with open(f"{folder}/problem", "wb") as file:
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


def useful_flops(n, m, k):
    """The two products that an iteration cannot do without, in the cheaper of the two formulations."""
    p = (m + 1) * (m + 2) // 2
    return 4 * n * k * p


def speed_table():
    compiled, peak, rows = armadillo(), 0.0, []
    for (n, m, k), required in SIZES.items():
        X, start = problem(n, m, k)
        work = n * k * (m + 2) ** 2
        iterations = int(np.clip(4e9 / work, 3, 200))
        theirs = int(np.clip(4e8 / work, 1, 100))
        contestants = {
            "ours": lambda: seconds(lambda: our_fit(X, start, iterations)) / iterations,  # noqa: B023
            "scikit-learn 1 thread": lambda: seconds(lambda: their_fit(X, start, theirs, 1)) / theirs,  # noqa: B023
            "scikit-learn 2 threads": lambda: seconds(lambda: their_fit(X, start, theirs, 2)) / theirs,  # noqa: B023
        }
        if compiled:
            contestants["Armadillo"] = lambda: compiled(X, start, theirs) / 1e3  # noqa: B023
        best = dict.fromkeys(CONTESTANTS, np.inf)
        for turn in range(ROUNDS):
            peak = max(peak, peak_flops(os.cpu_count()))
            for name, run in contestants.items():
                if turn < 2 or name != "Armadillo":  # in many dimensions it takes minutes
                    best[name] = min(best[name], run())
        ratio = min(best["scikit-learn 1 thread"], best["scikit-learn 2 threads"]) / best["ours"]
        taken = our_fit(X, start, 2).formulations[-1]
        rows.append([n, m, k, taken, *(f"{1e3 * time:.4g}" for time in best.values()), f"{ratio:.4g}", required])
        print(*rows[-1], sep=",", flush=True)
    for row in rows:
        n, m, k, _, ours = row[:5]
        row.append(f"{useful_flops(n, m, k) / (float(ours) / 1e3) / peak:.3g}")
    times = [f"{name} ms" for name in CONTESTANTS]
    write("speed.csv", ["n", "m", "k", "formulation", *times, "ratio", "required", "share of peak"], rows)


def restarts_table(runs=1000):
    """A thousand fits of iris from the same starts and by the same rule, scikit-learn's defaults otherwise."""
    X = iris().X
    starts = [distinct_rows(X, 3, np.random.RandomState(seed)) for seed in range(runs)]
    arrays = tuple(np.stack([getattr(start, name) for start in starts]) for name in ("weights", "means", "covariances"))
    ours = theirs = np.inf
    for _ in range(ROUNDS):
        ours = min(ours, seconds(lambda: run_many(X, arrays, 1e-6, tol=0.15, last_m_step=True)))
        sample = starts[:: max(runs // 100, 1)]
        fits = []
        taken = seconds(lambda: fits.extend(their_fit(X, start, 100, 1, 1e-3, 1e-6) for start in sample))  # noqa: B023
        theirs = min(theirs, taken / len(sample) * runs)
    result = run_many(X, arrays, 1e-6, tol=0.15, last_m_step=True)
    steps = result.n_iter[:: max(runs // 100, 1)]
    assert [fit.n_iter_ for fit in fits] == steps.tolist()
    per_fit = [f"{1e6 * value / runs:.4g}" for value in (ours, theirs)]
    row = [runs, f"{result.n_iter.mean():.1f}", *per_fit, f"{theirs / ours:.3g}", 60]
    print(*row, sep=",")
    header = ["runs", "mean iterations", "ours us per fit", "scikit-learn us per fit", "ratio", "required"]
    write("restarts.csv", header, [row])


def memory_table():
    """Growth of the process's resident memory during a fit, in MiB."""
    rows = []
    for n in (100_000, 1_000_000):
        for who in ("ours", "scikit-learn"):
            code = f"from benchmarks.speed import memory; memory({n}, 10, 16, {who!r})"
            out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
            rows.append([n, 10, 16, who, out.strip()])
            print(*rows[-1], sep=",", flush=True)
    write("memory.csv", ["n", "m", "k", "who", "extra MiB"], rows)


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


def scaling_table():
    """Time per iteration as one of n, m and k grows and the others stay."""
    rows = []
    for along, sizes in {
        "n": [(n, 8, 8) for n in (20_000, 40_000, 80_000, 160_000, 320_000)],
        "m": [(40_000, m, 8) for m in (4, 8, 16, 32, 64, 128)],
        "k": [(80_000, 8, k) for k in (2, 4, 8, 16, 32)],
    }.items():
        for n, m, k in sizes:
            X, start = problem(n, m, k)
            iterations = int(np.clip(2e9 / (n * k * (m + 2) ** 2), 3, 50))
            taken = min(seconds(lambda: our_fit(X, start, iterations)) for _ in range(ROUNDS))  # noqa: B023
            rows.append([along, n, m, k, f"{1e3 * taken / iterations:.4g}"])
            print(*rows[-1], sep=",", flush=True)
    write("scaling.csv", ["along", "n", "m", "k", "ms"], rows)


def blocks_table(n=1_000_000, m=10, k=16, iterations=5):
    """The same fit from memory, from disk and on one or two worker processes."""
    import dask
    import dask.array as da
    import pyarrow
    from pyarrow import parquet as writer

    from gmm_lib.engine.sources import Blocks, Distributed, parquet

    X, start = problem(n, m, k)
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/points.npy", X)
        mapped = np.load(f"{folder}/points.npy", mmap_mode="r")
        for number, block in enumerate(np.array_split(X, 8)):
            writer.write_table(pyarrow.table({f"x{a}": block[:, a] for a in range(m)}), f"{folder}/{number}.parquet")
        chunks = []
        for number, block in enumerate(np.array_split(X, 16)):  # read by the worker, not sent to it
            np.save(f"{folder}/{number}.npy", block)
            read = dask.delayed(np.load)(f"{folder}/{number}.npy", mmap_mode="r")
            chunks.append(da.from_delayed(read, block.shape, block.dtype))
        chunks = da.concatenate(chunks)
        sources = {
            "in memory": lambda: X,
            "memory-mapped file": lambda: mapped,
            "blocks of a file": lambda: Blocks([mapped[i : i + 65_536] for i in range(0, n, 65_536)]),
            "folder of Parquet files": lambda: parquet(folder),
            "Dask, 1 worker": lambda: Distributed(chunks, workers=1),
            "Dask, 2 workers": lambda: Distributed(chunks, workers=2),
        }
        rows = []
        for name, source in sources.items():
            engine = Engine(source())
            with engine.source.open():  # starting a cluster is not counted
                state = engine.state(start)
                engine.run(state, tol=0, max_iter=1)
                run = lambda: engine.run(state, tol=0, max_iter=iterations)  # noqa: E731, B023
                taken = min(seconds(run) for _ in range(ROUNDS))
            rows.append([name, n, m, k, f"{1e3 * taken / iterations:.4g}"])
            print(*rows[-1], sep=",", flush=True)
    write("blocks.csv", ["source", "n", "m", "k", "ms"], rows)


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


def main(what="all"):
    if what == "plot":
        return plot()
    if what in ("scaling", "blocks"):
        return {"scaling": scaling_table, "blocks": blocks_table}[what]()
    for table in (speed_table, restarts_table, memory_table, plot):
        table()


if __name__ == "__main__":
    main(*sys.argv[1:])
