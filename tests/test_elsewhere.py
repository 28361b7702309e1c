"""The tool that plays other machines says what it really ran: never a kernel that is not in use."""

import json
import os
import re
import subprocess
from dataclasses import replace

import pytest
from test_notebooks import ROOT, _load

tool = _load("elsewhere_tool", ROOT / "tools" / "elsewhere.py")
HASWELL = {"kernels": ["Haswell"], "threads": [1], "dispatched": ["X86_V3"]}
PLACE = tool.Place("Haswell-1", "Haswell", 1)


def test_what_is_played_covers_kernels_threads_dispatch_and_a_full_load():
    assert {"Haswell", "Zen", "Sandybridge", "SkylakeX"} <= {place.kernel for place in tool.PLACES}
    played = {(place.kernel, place.threads) for place in tool.PLACES}
    assert played >= {(kernel, threads) for kernel in tool.KERNELS for threads in (1, 2)}
    assert any(place.no_dispatch for place in tool.PLACES) and any(place.busy >= 10 for place in tool.PLACES)


@pytest.mark.parametrize(
    "place, found, says",
    [
        (PLACE, HASWELL, None),
        (PLACE, None, "lacks its instructions"),
        (replace(PLACE, kernel="Zen"), HASWELL, "answers to that name with Haswell"),
        (PLACE, HASWELL | {"kernels": ["Haswell", "Nehalem"]}, "with Haswell and Nehalem"),  # NumPy's is not SciPy's
        (replace(PLACE, threads=2), HASWELL, r"takes \[1\] threads for 2"),
        (replace(PLACE, no_dispatch=True), HASWELL, "NumPy keeps X86_V3"),
        (replace(PLACE, no_dispatch=True), HASWELL | {"dispatched": []}, None),
    ],
)
def test_a_machine_that_cannot_be_played_is_said_to_be_not_run(place, found, says):
    why = place.missing(found)
    assert why == says if says is None else re.search(says, why)


def test_the_environment_overrules_what_is_preset(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", "X86_V3")
    assert "OPENBLAS_CORETYPE" not in tool.Place("here").environment()
    assert "NPY_DISABLE_CPU_FEATURES" not in tool.Place("here").environment()
    two = tool.Place("there", "Nehalem", 2, no_dispatch=True).environment(["X86_V3", "X86_V4"])
    assert [two[name] for name in tool.CHOICES] == ["Nehalem", "X86_V3 X86_V4"]
    assert [two[name] for name in tool.THREADS] == ["2", "2", "2"]


def test_the_probe_sees_the_kernel_that_is_in_use():
    """Where OpenBLAS has that kernel: another one, two threads and no dispatch are all seen, or said to be missing."""
    here = tool.probe(tool.Place("here").environment())
    assert here["threads"] == [1]
    place = tool.Place("Nehalem-2", "Nehalem", 2, no_dispatch=True)
    found = tool.probe(place.environment(here["dispatched"]))
    if place.missing(found) is None:
        assert found == {"kernels": ["Nehalem"], "threads": [2], "dispatched": []}
    else:
        assert found is None or found != here or here["kernels"] == ["unknown"]


def test_a_processor_that_stops_at_an_instruction_has_not_run_it(monkeypatch):
    monkeypatch.setattr(tool, "PROBE", "import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    assert tool.probe(dict(os.environ)) is None
    assert tool.run(PLACE, [])[0] == "not run"
    assert tool.main(["--only", "Haswell-1", "busy"]) == 2


def test_a_failing_run_fails_and_the_company_ends(tmp_path, monkeypatch, capsys):
    (tmp_path / "test_one.py").write_text("def test_it():\n    assert False\n", encoding="utf-8")
    monkeypatch.setattr(tool, "PROBE", f"print({json.dumps(json.dumps(HASWELL))})")
    monkeypatch.setattr(tool, "PYTEST", ("-q", "-p", "no:cacheprovider"))
    monkeypatch.setattr(tool, "PLACES", (replace(PLACE, busy=2),))
    started, popen = [], subprocess.Popen

    def noted(*arguments, **options):
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(tool.subprocess, "Popen", noted)
    assert tool.main(["--only", "Haswell-1", "--", str(tmp_path)]) == 1
    assert "0 passed, 1 failed, 0 not run; kernels of OpenBLAS: Haswell" in capsys.readouterr().out
    assert sum(process.args[1:] == ["-c", "while True: pass"] for process in started) == 2
    assert all(process.poll() is not None for process in started)
