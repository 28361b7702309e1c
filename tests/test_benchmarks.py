"""What README says of speed is what was measured last, and every benchmark can be started."""

import csv
import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_table_of_the_readme_is_the_stored_one():
    told = [line.strip("| ").split(" | ") for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()]
    told = [row for row in told if len(row) == 8][1:]  # without the head
    with (ROOT / "benchmarks/results/whole_fit.csv").open(encoding="utf-8") as file:
        measured = [
            [
                row["set"].partition(",")[0],
                f"{int(row['n']):,}",
                row["m"],
                row["k"],
                f"{float(row['success']):.0%}",
                f"{float(row['success_theirs']):.0%}",
                f"{float(row['fit_ratio']):.1f}",
                f"{float(row['predict_ratio']):.1f}",
            ]
            for row in csv.DictReader(file)
        ]
    assert told == measured


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py")))
def test_a_benchmark_finds_all_that_it_imports(name):
    """They are not run by the tests, and so nothing else would tell that one has lost what it stands on."""
    assert importlib.import_module(f"benchmarks.{name}").__doc__


def test_a_measurement_of_pages_says_which_program_is_not_there(monkeypatch):
    from benchmarks import pages

    monkeypatch.setattr(sys, "argv", ["pages"])
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CHROMIUM", sys.executable)
    with pytest.raises(SystemExit, match=r"no npx found: install Node\.js"):
        pages.main()
    monkeypatch.setenv("CHROMIUM", "nowhere")
    with pytest.raises(SystemExit, match="no Chromium found: install one"):
        pages.main()
