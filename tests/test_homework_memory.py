"""Progress outlives the kernel: a memory beside the notebook, which is no mark and never in the way."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
import pytest

import gmm_course as hw
from gmm_course.checker import memory, session
from gmm_course.grading.course import add_source
from gmm_course.grading.submissions import collect

RIGHT = [0.3, 0.6, 0.1]
NO_HOLD = {"damaged": '{"homework": "hw5", "ri', "deep": "[" * 100_000, "not text": "\ud800"}
NO_HOLD |= {
    "a list": "[1, 2]",
    "no record": '{"homework": "hw5"}',
    "no times": '{"homework": "hw5", "right": {"hw5.q1": 3}}',
}
NO_HOLD |= {"another homework": '{"homework": "hw6", "right": {"hw5.q1": "2026-01-01T10:00"}}'}


class Session:
    """Sessions in one folder, one after the other."""

    def __init__(self, folder, monkeypatch, capsys):
        self.file = folder / ".progress-hw5.json"
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.delenv(memory.OFF, raising=False)
        monkeypatch.setattr(memory, "_folder", lambda: folder)
        self.restart()

    def restart(self):
        for name, empty in {"_done": {}, "_tries": {}, "_said": set()}.items():
            self._monkeypatch.setattr(session, name, empty)

    def says(self, ask, *arguments):
        self._capsys.readouterr()
        ask(*arguments)
        return self._capsys.readouterr().out

    def right(self):
        return json.loads(self.file.read_text(encoding="utf-8"))["right"]


@pytest.fixture
def student(tmp_path, monkeypatch, capsys):
    return Session(tmp_path, monkeypatch, capsys)


def test_after_a_restart_a_check_says_what_was_right_and_when(student):
    hw.check("hw5.q1", RIGHT)
    when = datetime.fromisoformat(student.right()["hw5.q1"])
    assert abs(datetime.now().astimezone() - when) < timedelta(minutes=5)
    student.restart()
    said = student.says(hw.check, "hw5.q6", "ace")
    assert f"before this session: q1 ({when:%Y-%m-%d %H:%M}).\nThis is a memory, not a mark" in said
    assert "hw5.q6: correct. [##+---------] 1 of 7 done, 1 right before\n" in said
    said = student.says(hw.check, "hw5.q5", lambda w: w.mean(axis=0))
    assert "memory" not in said and "2 of 7 done, 1 right before" in said  # at length it is said once


def test_what_was_right_before_counts_as_done_only_when_it_is_checked_again(student):
    hw.check("hw5.q1", RIGHT)
    student.restart()
    said = student.says(hw.progress)
    assert "[++----------] 0 of 7 done, 1 right before" in said and "\ndone: " not in said
    assert "before this session: q1 (" in said and "q1 (One point" not in said
    assert "1 of 7 done\n" in student.says(hw.check, "hw5.q1", RIGHT)
    assert "right before" not in student.says(hw.progress, "hw5")


def test_an_answer_that_was_broken_since_is_open_again(student):
    for broken in ([0.1, 0.6, 0.3], ...):
        hw.check("hw5.q1", RIGHT)
        student.restart()
        hw.check("hw5.q1", broken)
        assert student.right() == {}
        student.restart()
        assert "Nothing has been checked" in student.says(hw.progress)


@pytest.mark.parametrize("what", NO_HOLD)
def test_a_file_that_is_no_record_is_one_sentence_and_stays_as_it_is(what, student):
    student.file.write_bytes(NO_HOLD[what].encode("utf-8", "surrogatepass"))
    before = student.file.read_bytes()
    said = student.says(hw.check, "hw5.q1", RIGHT)
    assert "hw5.q1: correct." in said and "1 of 7 done\n" in said and "before this session" not in said
    assert said.count(".progress-hw5.json beside this notebook is no record of your progress (it ") == 1
    assert "no record" not in student.says(hw.check, "hw5.q1", 3) + student.says(hw.progress, "hw5")
    assert student.file.read_bytes() == before


def cannot(*_, **__):
    raise OSError(30, "Read-only file system")


def test_where_nothing_can_be_written_that_is_said_once_and_all_else_works(student, monkeypatch):
    monkeypatch.setattr(Path, "write_text", cannot)
    said = student.says(hw.check, "hw5.q1", RIGHT)
    assert "1 of 7 done\n" in said and "cannot be kept here (Read-only file system)" in said
    assert "cannot be kept" not in student.says(hw.check, "hw5.q6", "ace") and not student.file.exists()


@pytest.mark.parametrize("way", ["a folder has its name", "the folder is gone"])
def test_what_cannot_be_read_is_said_once_and_all_else_works(way, student, monkeypatch):
    if way == "the folder is gone":
        monkeypatch.setattr(memory, "_folder", cannot)
    else:
        student.file.mkdir()
    said = student.says(hw.check, "hw5.q1", RIGHT) + student.says(hw.progress, "hw5")
    assert "1 of 7 done\n" in said and said.count("cannot be kept here (") == 1


def test_a_write_that_breaks_off_leaves_the_old_file(student, monkeypatch):
    hw.check("hw5.q1", RIGHT)
    before = student.file.read_bytes()
    monkeypatch.setattr(Path, "replace", cannot)
    hw.check("hw5.q6", "ace")
    assert student.file.read_bytes() == before


def test_two_notebooks_of_one_homework_do_not_forget_each_other(student):
    hw.check("hw5.q1", RIGHT)
    student.restart()
    hw.check("hw5.q6", "ace")
    assert set(student.right()) == {"hw5.q1", "hw5.q6"}


# No mark comes of it


def test_grading_neither_writes_nor_reads_it(student, monkeypatch):
    hw.grade("hw5.q1", RIGHT)
    assert not student.file.exists()
    hw.check("hw5.q1", RIGHT)
    student.restart()
    with pytest.raises(hw.NotYetRight):
        hw.grade("hw5.q1", 3)
    assert list(student.right()) == ["hw5.q1"]
    student.restart()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert "right before" not in student.says(hw.progress, "hw5")
    assert student.says(hw.check, "hw5.q1", 3) == "" and list(student.right()) == ["hw5.q1"]


def test_handed_in_or_beside_a_source_it_reaches_no_cell(student, tmp_path):
    hand_in = tmp_path / "class" / "ann"
    hand_in.mkdir(parents=True)
    for name in ("hw05_e_step.ipynb", ".progress-hw5.json", "notes.txt"):
        nbformat.write(nbformat.v4.new_notebook(), hand_in / name)
    (submission,) = collect(tmp_path / "class", "hw05_e_step")
    assert list(submission.beside) == ["notes.txt"]
    add_source(tmp_path / "course", hand_in / "hw05_e_step.ipynb")
    assert {path.name for path in (tmp_path / "course").rglob("*.*")} == {"hw05_e_step.ipynb", "notes.txt"}


def test_the_books_own_notebooks_remember_nothing():
    """What they print would depend on what was run before: tests and tools switch it off (conftest.py)."""
    assert os.environ[memory.OFF] == "off"
    assert memory.keep("hw5", "hw5.q1", True) == "" and memory.recall("hw5") == ({}, "")
    assert not (memory._folder() / ".progress-hw5.json").exists()
