"""The table of settings, read by Python and by the stepper's script: both agree on all that it says."""

import json

import pytest
import stepper_page
from chromium import PATIENCE
from stepper_page import Stepper

from gmm_lib import EMStepper, datasets
from gmm_lib.stepper import static
from gmm_lib.stepper._settings import DEFAULTS, SETTINGS

COLUMNS = 10  # a table that somebody typed has no more
WILD = [
    "", " ", "x", "true", "None", "-0", "0x10", "1_0", "NaN", "inf", "-inf", "Infinity", "١", "1,2", "1,1", "2,1",
    "0,1",
]  # fmt: skip
CARRIED = {
    "points": [
        '{"features":["a"],"X":[[1]]}',
        '{"features":["a","b"],"X":[[1,2],[3,4]],"labels":[0,-1],"classes":["z"]}',
    ],
    "edits": ["[[0,[1,2]],[7,[]]]"],
    "parameters": [f'{{"weights":[1,2,3],"means":[[0],[1],[2]],"covariances":[[[{v}]],[[1]],[[2]]]}}' for v in (1, 0)],
}  # what a link carries besides
WILD += ["1, 2", " 3 ", "+3", "-1", "3.0", "3.", ".5", "5e-1", "1E-3", "1e", "1e3", "1e9", "999999999", "1e400", "2;3"]

# What a link that holds one setting makes of the defaults: the setting's value, or null if it is refused.
READ = """text => JSON.stringify(JSON.parse(text).map(([name, given, datasets]) => {
  const wrong = [];
  const settings = gmmStepper.readSettings([[name, given]], gmmStepper.DEFAULTS, datasets, wrong);
  return wrong.length ? { refused: wrong[0] } : { value: settings[name] };
}))"""
WRITE = """text => JSON.stringify(JSON.parse(text).map((changes) =>
  gmmStepper.writeSettings({ ...gmmStepper.DEFAULTS, ...changes }, changes.step ?? 0)))"""


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.set_content(stepper_page.html({}))
    yield page
    page.close()


def texts(name):
    """Every allowed text of a setting, those at and beyond its limits, and some that nobody should write."""
    entry = SETTINGS[name]
    words = list(static.TITLES if name == "data" else entry.get("allowed", CARRIED.get(name, ())))
    limits = [entry[end] + one for end in ("low", "high") if end in entry for one in (-1, 0, 1)]
    guesses = ["12", "12,2:4.5:1.4", "1:-2:3e-5,8:0:1e+25", "9:1:2", "1:2", "1:2:3:4", "1:.5:2", "1000", "12,"]
    guesses += ["kmeans", "k:4", "k:4,seed:7,printed:11+12", "printed:", "k:9", "k:4,k:5", "data:iris", "seed", "k: 4"]
    guesses += ["mean:1:2", "mean:8:10", "mean:9:1", "mean:1", "weight:3", "weight:0", "spread:1", "spread:1:1"]
    guesses += ["mean:1:2,weight:3", "mean:1:2,", "mean:1:2,spread:1,weight:1"]
    guesses += ["held:1e-3,k:4", "held:-1"]
    guesses += ["floor:1e-3,type:tied,start:k-means++", "start:random", "type:,", "kmeans,k:3", "k:4,", "constructor:1"]
    return [*guesses, *words, ",".join(words), ",".join(words[::-1]), ", ".join(words[:2]), *map(str, limits), *WILD]


def by_python(name, text):
    """A setting's value by ``check_settings``, as the script would hold it; None if it is refused."""
    try:
        value = static.check_settings({name: text})[name]
        return list(static.columns_of(value, COLUMNS)) if name == "pair" else value
    except ValueError:
        return None


def titles():
    return {name: {"title": title} | advice for name, (title, advice) in static.TITLES.items()}


@pytest.mark.parametrize("name", SETTINGS)
def test_both_languages_take_and_refuse_the_same_texts(page, name):
    sent = json.dumps([[name, text, titles()] for text in texts(name)])
    taken = 0
    for text, found in zip(texts(name), json.loads(page.evaluate(READ, sent)), strict=True):
        expected = by_python(name, text)
        assert found.get("value") == expected, f"{name}={text!r}: {found}, in Python {expected!r}"
        taken += expected is not None
    assert 0 < taken < len(texts(name)), "some are taken, some are refused"


@pytest.mark.parametrize("name", SETTINGS)
def test_both_languages_have_the_same_default_and_the_same_key(page, name):
    defaults = page.evaluate("gmmStepper.DEFAULTS")
    assert list(defaults) == list(DEFAULTS) == list(SETTINGS)
    assert defaults[name] == json.loads(json.dumps(DEFAULTS[name]))


@pytest.mark.parametrize("data", static.TITLES)
def test_both_languages_take_the_same_advice_from_a_data_set(page, data):
    code = "([data, sets]) => gmmStepper.readSettings([['data', data]], gmmStepper.DEFAULTS, sets, [])"
    read = page.evaluate(code, [data, titles()])
    expected = static.check_settings({"data": data})
    assert {name: read[name] for name in expected} == expected


def test_what_the_script_writes_into_a_link_python_reads(page):
    changes = [
        {},
        {"data": "iris", "k": 8, "seed": 2**32 - 1, "start": "k-means++", "step": 600, "floor": 1e-6},
        {"data": "iris", "pair": [3, 0], "view": ["truth", "hard"], "printed": ["13", "11"], "floor": 2e-7},
    ]
    for change, link in zip(changes, json.loads(page.evaluate(WRITE, json.dumps(changes))), strict=True):
        read = static.check_settings(dict(part.split("=") for part in link.split("&")))
        pair = read["pair"] and list(static.columns_of(read["pair"], 4))
        expected = static.check_settings({}) | change
        assert read | {"pair": pair} == expected


def test_the_form_offers_what_the_table_allows(page):
    stepper = Stepper(page)
    for name, entry in SETTINGS.items():
        words = {word: (one["label"], one.get("key")) for word, one in entry.get("allowed", {}).items()}
        if name == "open":
            read = "es => es.map((e) => [e.dataset.open, [e.textContent, e.dataset.key ?? null]])"
            expected = {word: (key or label, key) for word, (label, key) in words.items()}
            assert {word: tuple(seen) for word, seen in stepper.part("[data-open]").evaluate_all(read)} == expected
            labels = stepper.part("[data-panel]").evaluate_all("es => es.map((e) => e.ariaLabel)")
            assert labels == [label for label, _ in words.values()]
        elif entry["kind"] == "words":
            read = "es => es.map((e) => [e.value, [e.parentElement.textContent, e.dataset.key ?? null]])"
            seen = {word: tuple(one) for word, one in stepper.field(name).evaluate_all(read)}
            assert seen == words
        elif entry["kind"] == "whole" and "label" in entry:
            limits = stepper.field(name).evaluate("e => [+e.min, +e.max]")
            assert limits == [entry["low"], entry["high"]]
        elif name == "mode":  # one button goes to and fro between the two
            seen = [label for label, _ in words.values()]
            assert seen == ["look", "edit"] and stepper.part("[data-do=edit][aria-pressed]").count() == 1
        elif words:
            read = "e => [...e.options].map((one) => [one.value, one.text])"
            seen = stepper.field(name).evaluate(read)
            assert seen == [[word, label] for word, (label, _) in words.items()]
        if "label" in entry:
            assert stepper.part(f"[data-label={name}]").text_content() == entry["label"]


def test_an_untouched_stepper_shows_the_defaults(page):
    stepper = Stepper(page)
    for name in ("data", "k", "start", "seed"):
        assert stepper.field(name).input_value() == str(DEFAULTS[name])
    assert not stepper.field("floored").is_checked() and DEFAULTS["floor"] == 0
    assert stepper.part("section:visible").count() == len(DEFAULTS["open"])
    assert stepper.part("input:checked").count() == len(DEFAULTS["view"]) + len(DEFAULTS["printed"])


def test_a_widget_begins_with_the_defaults_and_its_page_finds_them_again(page):
    widget = EMStepper(datasets.iris().X)
    settings = dict(widget.settings)
    own = {"data": "own", "pair": [2, 3]}  # its points are its own, and it shows the petals
    expected = {name: value for name, value in DEFAULTS.items() if name not in CARRIED} | own | {"student": False}
    assert json.loads(json.dumps(settings | {"step": widget.step})) == json.loads(json.dumps(expected))
    stored = json.loads(widget._html().partition('<script type="application/json">')[2].partition("</script>")[0])
    sent = json.dumps([[name, text, {"own": {}}] for name, text in stored["settings"].items()])
    read = [one.get("value") for one in json.loads(page.evaluate(READ, sent))]
    assert dict(zip(stored["settings"], read, strict=True)).items() <= (settings | {"step": 0}).items()
