"""Somebody's own data in the stepper: what the reader takes and refuses, and how a table comes in and goes out."""

import csv
import io
import json

import numpy as np
import pytest
import stepper_page
from hypothesis import given, settings
from hypothesis import strategies as st
from stepper_page import Stepper

from gmm_lib import datasets, m_step

READ = """(texts) => JSON.stringify(JSON.parse(texts).map((text) => {
  try {
    const table = gmmStepper.parseTable(text);
    return { ...gmmStepper.tableData(table), troubles: table.columns.map((c) => c.trouble).filter(Boolean) };
  } catch (error) {
    return { refused: error.refused ? error.message : `a fault: ${error}` };
  }
}))"""


@pytest.fixture
def stepper(page):
    page.goto("about:blank")
    page.set_content(stepper_page.html({"open": "data,share", "mode": "edit"}))
    return Stepper(page)


@pytest.fixture(scope="module")
def read(browser):
    page = browser.new_page()
    page.set_content(stepper_page.html({}))
    yield lambda *texts: json.loads(page.evaluate(READ, json.dumps(texts)))
    page.close()


# What the reader takes


@pytest.mark.parametrize(
    "text, X, features",
    [
        ("1, 2\n3, 4", [[1, 2], [3, 4]], ["column 1", "column 2"]),
        ("a b\n1 2  \n\n 3 4\n", [[1, 2], [3, 4]], ["a", "b"]),
        ("\ufeffLänge;Höhe in m\r\n1,5;2\r\n-,25;4e-1\r\n", [[1.5, 2], [-0.25, 0.4]], ["Länge", "Höhe in m"]),
        ("a\tb\n1,5\t2\n", [[1.5, 2]], ["a", "b"]),
        ('"a, b","say ""c"""\n"1",2\n"3\n",4', [[1, 2], [3, 4]], ["a, b", 'say "c"']),
        ("2019,2020\r1,2\r", [[2019, 2020], [1, 2]], ["column 1", "column 2"]),
        ("x,y,z\n1,2,\n3,4,NA\n", [[1, 2], [3, 4]], ["x", "y"]),
        ("height in cm\n1.5\n3\n", [[1.5], [3]], ["height in cm"]),
        ("x;y\n1.234,5;2\n3,1;4", [[2], [4]], ["y"]),
    ],
)
def test_a_table_is_read(read, text, X, features):
    (found,) = read(text)
    assert (found["X"], found["features"]) == (X, features)


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "there are no rows"),
        (" \n\n", "there are no rows"),
        ("a,b\n", "no rows below the names"),
        ("a,b\n1,2\n3\n", "row 2 (line 3) has not 2 cells, but 1"),
        ("1,2\n3,4,5", "row 2 has not 2 cells, but 3"),
        ('a,b\n1,2\n"3,4\n5,6', "a quotation mark on line 3"),
        ("1,5;2.5\n3;4", "“1,5” has a decimal comma and “2.5” a decimal point"),
        ("1,2\n" * 5001, "there are 5001 rows; a page takes 5000"),
        ("PK\x03\x04\x14\0workbook.xml", "save a spreadsheet as CSV"),
        ("\x89PNG\r\n\x1a\n\0\0\0", "this is no text"),
    ],
)
def test_what_is_no_table_is_refused_and_the_reason_named(read, text, says):
    assert says in read(text)[0]["refused"]


@pytest.mark.parametrize(
    "cell, says",
    [
        ("", "is empty"),
        ("NA", "holds “NA”, no number"),
        ("0x10", "holds “0x10”, no number"),
        ("Infinity", "holds “Infinity”, no number"),
        ("1e200", "holds “1e200”, beyond"),
        ("1e400", "holds “1e400”, beyond"),
        ("1 2", "holds “1 2”, no number"),
        ("<b>", "holds “<b>”, no number"),
    ],
)
def test_a_cell_that_is_no_number_is_named_by_row_and_keeps_its_column_out(read, cell, says):
    (found,) = read(f"x,y,z\n1,2,3\n4,5,6\n7,8,{cell}\n")
    assert found["troubles"] == [f"row 3 (line 4) {says}" + ("" if "holds" not in says or "no" in says else " 10¹⁵⁰")]
    assert found["features"] == ["x", "y"]


def test_labels_are_the_only_words_or_the_column_of_that_name(read):
    words, numbers = read("x,species,y\n1,b,2\n3,a,4\n5,b,6\n5,,8", "x,y,label\n1,2,10\n3,4,9\n5,6,10")
    assert (words["labels"], words["classes"]) == ([0, 1, 0, -1], ["b", "a"])
    assert (numbers["labels"], numbers["classes"]) == ([0, 1, 0], ["10", "9"])
    assert numbers["features"] == words["features"] == ["x", "y"]


def test_true_ellipses_are_those_of_the_classes(read):
    iris = datasets.iris()
    rows = [[*x, iris.target_names[label] if hasattr(iris, "target_names") else f"class {label}"]
            for x, label in zip(iris.X, iris.labels)]  # fmt: skip
    (found,) = read("\n".join(",".join(map(str, row)) for row in rows))
    expected = m_step.m_step(iris.X, np.eye(3)[iris.labels])
    np.testing.assert_allclose(found["truth"]["means"], expected.means)
    np.testing.assert_allclose(found["truth"]["covariances"], expected.covariances, atol=1e-12)


numbers = st.floats(-1e9, 1e9, allow_subnormal=False)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)


@given(
    rows=st.integers(2, 4).flatmap(lambda m: st.lists(st.lists(numbers, min_size=m, max_size=m), min_size=1)),
    header=st.lists(names.filter(lambda name: name.strip() == name and not name[0].isdigit()), min_size=4, max_size=4),
    separator=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    comma=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@settings(max_examples=60, deadline=None)
def test_what_python_s_csv_module_writes_is_read(read, rows, header, separator, end, comma, quoting):
    comma = comma and separator != ","
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator=end, quoting=quoting)
    head = [f"x{name}" for name in header[: len(rows[0])]]
    writer.writerow(head)
    writer.writerows([[repr(v).replace(".", ",") if comma else repr(v) for v in row] for row in rows])
    (found,) = read(file.getvalue())
    assert (found["X"], found["features"]) == (rows, head)


# How it comes in


TABLE = "height;weight in kg;who\n1,5;2;a\n2;1,25;b\n3,5;4;a\n5;5;b\n2;NA;a\n"


def test_a_table_is_shown_before_it_replaces_anything(stepper):
    before, colours = stepper.words, stepper.colours()
    stepper.field("data").select_option("own")
    stepper.field("own").fill(TABLE)
    preview = stepper.part("[data-part=preview]")
    assert "Points: 5. Columns: 3, separated by semicolons, decimal commas" in preview.inner_text()
    assert "“weight in kg”: row 5 (line 6) holds “NA”, no number" in preview.inner_text()
    assert stepper.field("labels").evaluate("e => e.selectedOptions[0].text") == "who"
    assert (stepper.points(), stepper.words, stepper.colours()) == (150, before, colours)
    stepper.part("[data-part=preview] input:checked").uncheck()
    stepper.click("Use these points")
    assert "choose 1 to 10 columns of numbers; chosen are 0" in stepper.alert
    assert (stepper.points(), stepper.words, stepper.colours()) == (150, before, colours)
    stepper.field("own").fill(TABLE.replace("NA", "3"))
    stepper.click("Use these points")
    assert stepper.points() == 5 and "weight in kg" in stepper.part(".gmm-axes").text_content()
    assert stepper.press("t").part(".gmm-truth ellipse").count() == 0, "a class of two points has no ellipse"
    assert stepper.press("u").points() == 150 and stepper.words.startswith("Undone")


@pytest.mark.parametrize(
    "text, says",
    [
        ("1,2", "k = 3 components need at least 3 points, and there are 1"),
        ("1,2\n" * 4, "k = 3 components need 3 different points, and there are 1"),
        ("1,1\n2,2\n3,3\n4,4", "the points lie on one line"),
        ("1,1,2\n2,2,3\n3,3,9\n5,5,0", "leave a column constant or bound to the others"),
    ],
)
def test_points_on_which_no_run_can_start_leave_the_old_run_whole(stepper, text, says):
    stepper.press("e", "m")
    before = stepper.words
    stepper.field("data").select_option("own")
    stepper.field("own").fill(text)
    stepper.click("Use these points")
    assert says in stepper.alert and stepper.words == before and stepper.points() == 150


def test_points_that_are_all_the_same_are_called_so(stepper):
    stepper.press("1").field("data").select_option("own")
    stepper.field("own").fill("1,2\n1,2\n1,2")
    stepper.click("Use these points")
    assert "the points are all the same: a variance floor helps" in stepper.alert


@pytest.mark.parametrize("encoding", ["utf-8-sig", "windows-1252"])
def test_a_file_is_chosen_or_dropped(stepper, encoding):
    content = TABLE.replace("height", "Größe").replace("NA", "3").encode(encoding)
    stepper.field("data").select_option("own")
    stepper.field("file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": content})
    stepper.click("Use these points")
    assert stepper.points() == 5 and "Größe" in stepper.part(".gmm-axes").text_content()
    stepper.drop("b.csv", b"1,2\n3,4\n5,7\n")
    stepper.part("[data-part=preview]").get_by_text("Points: 3").wait_for()
    assert stepper.points() == 5
    assert stepper.click("Use these points").points() == 3


def test_a_picture_dropped_by_mistake_changes_nothing(stepper):
    stepper.press("e")
    before = stepper.words
    stepper.drop("cat.png", [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13])
    stepper.part(".gmm-alert").get_by_text("this is no text").wait_for()
    assert stepper.words == before and not stepper.part("[data-part=preview]").is_visible()


def test_a_dropped_folder_is_named_and_so_is_what_is_no_file(stepper, tmp_path):
    """A folder as a person drops it, by the browser's own drag."""
    (tmp_path / "measurements").mkdir()
    x, y = stepper.place(0.5, 0.5)
    hand = stepper.page.context.new_cdp_session(stepper.page)
    before = stepper.words
    for files, says in (([str(tmp_path / "measurements")], "“measurements” cannot be read"), ([], "no file has come")):
        items = [] if files else [{"mimeType": "text/plain", "data": "1,2"}]
        for kind in ("dragEnter", "dragOver", "drop"):
            data = {"items": items, "files": files, "dragOperationsMask": 1}
            hand.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})
        stepper.part(".gmm-alert").get_by_text(says).wait_for()
    assert stepper.words == before


def test_a_file_too_large_is_refused_before_it_is_read(stepper):
    stepper.page.evaluate("void (Blob.prototype.arrayBuffer = () => Promise.reject(Error('it was read')))")
    too_large = stepper_page.DROP.replace("new Uint8Array(bytes)", "new Uint8Array(10_000_001)")
    stepper.page.evaluate(too_large, ["all.csv", []])
    stepper.part(".gmm-alert").get_by_text("more than 10 MB").wait_for()


# How it goes out and comes in again


def saved(stepper, button):
    with stepper.page.expect_download() as info:
        stepper.click(button)
    return info.value.path().read_text(encoding="utf-8")


def test_the_stepper_s_own_table_comes_back_in(stepper):
    stepper.field("data").select_option("own")
    stepper.field("own").fill('"a ""1""",b,kind\n' + "".join(f"{i},{i * i % 7},{'xy'[i % 2]}\n" for i in range(9)))
    stepper.click("Use these points").press("a", "e", "m")
    table = saved(stepper, "Points (CSV)")
    rows = list(csv.reader(io.StringIO(table)))
    assert rows[0] == ['a "1"', "b", "label", "w_1", "w_2", "w_3"] and rows[10][2] == ""
    stepper.field("own").fill(table)
    stepper.click("Use these points")
    assert stepper.points() == 10
    assert [row[:3] for row in csv.reader(io.StringIO(saved(stepper, "Points (CSV)")))] == [row[:3] for row in rows]
