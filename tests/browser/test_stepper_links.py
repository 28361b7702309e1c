"""Links to the stepper: Python and the script read and write the same, and what a person has changed comes back."""

import json

import numpy as np
import pytest
import stepper_page
from hypothesis import given, settings
from hypothesis import strategies as st
from stepper_page import Stepper

from gmm_lib import EMStepper, datasets
from gmm_lib.stepper import _links, static
from gmm_lib.stepper import widget as widget_module
from gmm_lib.stepper._settings import ALLOWED, LONGEST_LINK, SETTINGS
from gmm_lib.stepper.trace import Trace, first_parameters

# What the script makes of links: the settings, and the links that it writes of them.
WALK = """(links) => JSON.stringify(JSON.parse(links).map((link) => {
  const wrong = [];
  const pairs = [...new URLSearchParams(link.replaceAll("+", "%2B"))];
  const settings = gmmStepper.readSettings(pairs, gmmStepper.DEFAULTS, gmmStepper.datasets, wrong);
  return { wrong, settings, link: gmmStepper.writeSettings(settings, settings.step) };
}))"""


@pytest.fixture
def show(page, tmp_path):
    """A stepper on a page that is a file, as at a reader's."""

    def opened(*figures, link=""):
        file = tmp_path / "page.html"
        file.write_text(stepper_page.html(*figures), encoding="utf-8")
        page.goto("about:blank")
        page.goto(file.as_uri() + link)
        return Stepper(page)

    return opened


@pytest.fixture(scope="module")
def walk(browser):
    page = browser.new_page()
    page.set_content(stepper_page.html({}))
    yield lambda links: json.loads(page.evaluate(WALK, json.dumps(links)))
    page.close()


numbers = st.floats(-1e6, 1e6, allow_subnormal=False) | st.integers(-999, 999) | st.sampled_from([1e22, 3e-9, 0.1])
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)


def rows(m, **size):
    return st.lists(st.lists(numbers, min_size=m, max_size=m), **size)


@st.composite
def tables(draw):
    m = draw(st.integers(1, 10))
    X = draw(rows(m, min_size=1, max_size=6))
    classes = draw(st.none() | st.lists(words, min_size=1, max_size=3, unique=True))
    labels = classes and [draw(st.integers(-1, len(classes) - 1)) for _ in X]
    return {"features": draw(st.lists(words, min_size=m, max_size=m)), "X": X, "labels": labels, "classes": classes}


@st.composite
def starts(draw, k):
    m = draw(st.integers(1, 4))
    factors = [np.tril(np.array(draw(rows(m, min_size=m, max_size=m))) / 1e22, -1) + np.eye(m) for _ in range(k)]
    weights = draw(st.lists(st.floats(0.01, 1), min_size=k, max_size=k))
    covariances = [(L @ L.T).tolist() for L in factors]
    return {"weights": weights, "means": draw(rows(m, min_size=k, max_size=k)), "covariances": covariances}


@st.composite
def states(draw):
    points = draw(st.none() | tables())
    k = draw(st.integers(1, 8))
    whole = {name: draw(st.integers(SETTINGS[name]["low"], SETTINGS[name]["high"])) for name in ("seed", "step")}
    chosen = {name: draw(st.lists(st.sampled_from(ALLOWED[name]), unique=True)) for name in ("view", "printed")}
    edit = st.tuples(st.integers(0, 5000), rows(2, min_size=1, max_size=1).map(lambda one: one[0]) | st.just([]))
    return {
        "data": "own" if points else draw(st.sampled_from(list(static.TITLES))),
        "k": k,
        "start": draw(st.sampled_from(ALLOWED["start"])),
        "floor": draw(st.just(0) | st.floats(1e-12, 1e8)),
        "pair": draw(st.none() | st.permutations(range(1, 11)).map(lambda columns: ",".join(map(str, columns[:2])))),
        "points": points,
        "edits": draw(st.none() | st.lists(edit.map(list), min_size=1, max_size=4)),
        "parameters": draw(st.none() | starts(k)),
        **whole,
        **chosen,
    }


@given(st.lists(states(), min_size=20, max_size=20))
@settings(max_examples=4, deadline=None)
def test_states_walk_both_ways(walk, some):
    sent = [_links.query_of(static.as_strings(state)) for state in some]
    for state, link, seen in zip(some, sent, walk(sent), strict=True):
        assert seen["wrong"] == [], link
        expected = static.check_settings(state)
        by_python, back = (static.check_settings(_links.pairs_of(one)) for one in (link, seen["link"]))
        pair = expected["pair"] and list(static.columns_of(expected["pair"], 10))
        in_script = json.loads(json.dumps(expected | {"pair": pair}))
        assert by_python == expected == back
        assert seen["settings"] == in_script


# What a person has changed


def drag(stepper, j, dx, dy):
    x, y = stepper.mean(j)
    mouse = stepper.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + dx, y + dy, steps=3)
    mouse.up()


def test_moved_means_and_points_travel_with_the_link(show):
    stepper = show({"open": "share", "mode": "edit"}).press("e", "m", "a")
    stepper.part(".gmm-cursor").focus()
    for key in ("Shift+ArrowUp", "Shift+ArrowUp", "ArrowRight", "Delete"):
        stepper.page.keyboard.press(key)
    drag(stepper, 1, -60, -40)
    stepper.press("e", "m")
    link = stepper.link()
    words, colours, points = stepper.words, stepper.colours(), stepper.points()
    edits = json.loads(_links.pairs_of(link)["edits"])
    assert [i for i, _ in edits] == [150, 0, 1] and edits[2][1] == [], "a point that is moved twice was moved once"
    again = show({"open": "share"}, link="#" + link.partition("#")[2])
    assert (again.words, again.colours(), again.points()) == (words, colours, points) and not again.alert
    # The same state in Python, and back on a page.
    widget = EMStepper.from_link(link)
    X = datasets.iris().X[:, 2:].copy()
    X[0] = edits[1][1]
    np.testing.assert_array_equal(widget.data["X"], [*np.delete(X, 1, axis=0).tolist(), edits[0][1]])
    assert widget.step == 2 and "parameters=" in widget.to_link()
    assert show({"open": "share"}, link=widget.to_link()).words == words


def test_a_table_of_one_s_own_travels_with_the_link(show):
    stepper = show({"open": "data,share"})
    stepper.field("data").select_option("own")
    stepper.field("own").fill("a & b;ü + 1;who\n" + "".join(f"{i};{i * i % 7};{'xy'[i % 2]}\n" for i in range(12)))
    stepper.click("Use these points").press("2", "l", "t", "e", "m")
    words, colours = stepper.words, stepper.colours()
    link = stepper.link()
    assert len(link) < LONGEST_LINK
    again = show({"open": "share"}, link="#" + link.partition("#")[2])
    assert (again.words, again.colours()) == (words, colours)
    assert "a & b" in again.part(".gmm-axes").text_content() and again.part(".gmm-truth ellipse").count() == 2
    widget = EMStepper.from_link(link)
    assert widget.data["features"] == ["a & b", "ü + 1"] and widget.settings["view"] == ["labels", "truth"]
    assert widget.responsibilities is not None and widget.step == 2


def test_what_no_link_holds_a_file_does(show):
    stepper = show({"open": "data,share"})
    stepper.field("data").select_option("own")
    generator = np.random.default_rng(3)
    stepper.field("own").fill("\n".join(",".join(map(str, x)) for x in generator.standard_normal((250, 2))))
    stepper.click("Use these points").press("e")
    words, colours = stepper.words, stepper.colours()
    assert stepper.link() == ""
    assert f"more than {LONGEST_LINK} signs" in stepper.part("[data-part=noLink]").inner_text()
    with stepper.page.expect_download() as info:
        stepper.click("State (file)")
    file = info.value.path().read_bytes()
    assert EMStepper.from_link(file.decode())._X.shape == (250, 2)
    again = show({"open": "data"})
    again.field("data").select_option("own")
    again.field("file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": file})
    again.page.wait_for_function("document.querySelector('.gmm-cursor').ariaValueMax === '250'")
    assert (again.words, again.colours()) == (words, colours)
    assert again.press("u").points() == 150


def test_the_file_of_a_page_made_in_python_holds_its_points_or_says_that_it_cannot(show):
    """What is dropped on another page shows the same; what cannot is refused, and nothing is saved."""
    X = datasets.overlapping()
    widget = EMStepper(X.X, X.parameters, labels=X.labels, panels=["share"])
    stepper = show(widget._html()).press("e", "m")
    with stepper.page.expect_download() as info:
        stepper.click("State (file)")
    again = EMStepper.from_link(info.value.path().read_text(encoding="utf-8"))
    np.testing.assert_array_equal(again._X, X.X)
    assert again.data["labels"] == X.labels.tolist() and again.step == 2
    expected = widget._run.extend_to(2).frames[2].state
    np.testing.assert_allclose(again.parameters.means, expected.means, rtol=1e-9)

    def lazy(X, parameters):
        return np.full((len(X), 3), 1 / 3)

    assigned = EMStepper(X.X, k=3, panels=["share"])
    assigned.responsibilities = np.eye(3)[X.labels]
    wide = EMStepper(np.random.default_rng(0).random((40, 11)), k=2, panels=["share"])
    for page, says in (
        (EMStepper(X.X, k=3, e_step=lazy, panels=["share"]), "the steps are your own"),
        (assigned, "its first responsibilities were assigned in Python"),
        (wide, "points must be features and X, of 1 to 10 columns"),
    ):
        stepper = show(page._html()).click("State (file)")
        assert stepper.alert.startswith("no file holds this state: ") and says in stepper.alert
    with pytest.raises(ValueError, match="points must be features and X, of 1 to 10 columns"):
        wide.to_link(limit=None)


@pytest.mark.parametrize(
    "query, says",
    [
        ("points=[[1,2]]&data=own", "points = “[[1,2]]” cannot be used, it must be features and X"),
        ("edits=[[500,[1,2]]]", "row 501 cannot become (1,2) in data of 150 rows"),
        ('points={"features":["a"],"X":[[1]],"x":1}', "it must be features and X"),
        ("edits=[[0,[1e200,2]]]", "it must be pairs of a row"),
        ("edits=[[0,[NaN,2]]]", "it must be pairs of a row"),
        ('points={"features":["a"],"X":[[1],[2,3]]}', "it must be features and X"),
        ('points={"features":["a"],"X":[[1]],"labels":[1],"classes":["a"]}', "it must be features and X"),
        ('k=1&parameters={"weights":[1],"means":[[0]],"covariances":[[[1]]]}', "must have 2 dimensions"),
        ('parameters={"weights":[1],"means":[[0,0]],"covariances":[[[1,0],[0,1]]]}', "must have k = 3 components"),
        ('k=1&parameters={"weights":[1],"means":[[0,0]],"covariances":[[[1,1],[1,1]]]}', "it must be weights, means"),
    ],
)
def test_a_broken_link_gets_a_clear_message_and_leaves_a_run(show, query, says):
    stepper = show({}, link=f"#fig-1?{query}")
    assert says in stepper.alert and stepper.points() == 150 and stepper.words.startswith("Start")
    with pytest.raises(ValueError, match="points|edits|parameters"):
        EMStepper.from_link(query if "data=" in query else f"data=iris_petal&{query}")


def test_a_setting_that_a_link_names_twice_is_told(show):
    """Both values in silence would be one of them lost."""
    stepper = show({}, link="#fig-1?k=2&seed=7&k=4")
    assert "k stands here more than once, and only the first counts" in stepper.alert
    assert stepper.part(".gmm-mean").count() == 2 and "seed 7" in stepper.words
    for sound in ("k=2&seed=7&view=hard", "printed=13&type=tied"):
        assert show({}, link=f"#fig-1?{sound}").alert == ""
    with pytest.raises(ValueError, match="link must name each setting once; got k more than once"):
        EMStepper.from_link("data=iris_petal&k=2&seed=7&k=4")


# Python alone


def test_a_widget_s_link_holds_its_start_and_its_points():
    X = datasets.overlapping()
    widget = EMStepper(X.X, X.parameters, labels=X.labels, feature_names=["across", "up"], view=["truth"])
    widget.step = 7
    again = EMStepper.from_link(widget.to_link("https://example.org/stepper.html", limit=None))
    np.testing.assert_array_equal(again._X, X.X)
    np.testing.assert_array_equal(again.parameters.means, widget.parameters.means)
    assert again.data == widget.data and again.step == 7
    assert again.settings == widget.settings


def test_a_link_is_computed_once_and_with_its_own_floor(monkeypatch):
    """Points on a line have a run with a floor alone, and no other run is tried before it."""
    begun = []
    start = widget_module.drawn_start
    monkeypatch.setattr(widget_module, "drawn_start", lambda *args: begun.append(args) or start(*args))
    points = '{"features":["a","b"],"X":[[0,0],[1,1],[2,2],[5,5],[6,6]]}'
    widget = EMStepper.from_link(f"data=own&k=2&seed=3&floor=0.5&step=3&view=hard&points={points}")
    X = np.array([[v, v] for v in (0, 1, 2, 5, 6)], dtype=float)
    expected = Trace(X, first_parameters(X, 2, seed=3, reg_covar=0.5), 0.5).extend_to(3).frames[3].state
    np.testing.assert_array_equal(widget.parameters.means, expected.means)
    assert len(begun) == 1 and widget.settings["view"] == ["hard"] and widget.data["features"] == ["a", "b"]
    with pytest.raises(ValueError, match="lie on one line|singular"):
        EMStepper.from_link(f"data=own&k=2&points={points}")
    with pytest.raises(ValueError, match="step must lie in"):
        EMStepper.from_link("data=well_separated&step=600")


@pytest.mark.parametrize("change", [{"e_step": lambda X, p: np.ones((150, 3)) / 3}, {}])
def test_what_a_link_cannot_hold_is_refused(change):
    widget = EMStepper(datasets.iris().X, **change)
    if not change:
        widget.responsibilities = np.eye(3)[datasets.iris().labels]
    with pytest.raises(ValueError, match="cannot hold (functions of your own|responsibilities that were assigned)"):
        widget.to_link()
    with pytest.raises(ValueError, match="at most 8000 signs .* this one has"):
        EMStepper(np.random.default_rng(0).random((900, 2))).to_link()
