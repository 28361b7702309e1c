"""Numbers of a student's own: drawn by a stable hash, never degenerate, and judged on those of who hands in."""

import hashlib
import re
import sys
import unicodedata
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import multivariate_normal, norm
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import pair_confusion_matrix

from gmm_course import exercise, homework, homeworks
from gmm_course.checker import session
from gmm_course.checker.drawn import Drawn
from gmm_course.checker.lots import Lots, key_of
from gmm_course.checker.session import begin, check, your_numbers
from gmm_lib import e_step, selection
from gmm_lib.models.probabilistic_pca import closed_form

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "book" / "homework" / "source" / "hw05_e_step" / "hw05_e_step.ipynb"
DRAWN = [e for name in homeworks() for e in homework(name).exercises if isinstance(e, Drawn)]
every_drawn = pytest.mark.parametrize("owner", DRAWN, ids=lambda e: e.id)

# The right answers once more, by other ways than those of the answers.


def two_hills(first, deviation, weight):
    at = first + deviation * np.arange(3.0)
    return weight * norm.pdf(at, first) + (1 - weight) * norm.pdf(at, first + 2 * deviation, deviation)


def tilted_hill(mean, triangle, z):
    L = np.array([[triangle[0], 0], triangle[1:]])
    return multivariate_normal(mean, L @ L.T).logpdf(mean + L @ z)


def chosen(weights, uniforms):
    return 1 + np.searchsorted([weights[0], weights[0] + weights[1]], uniforms)


def one_point(mean, triangle, z):
    S = np.array([[triangle[0], 0], triangle[1:]])
    return mean + np.linalg.cholesky(S @ S.T) @ z


def border(means, variance, weight):
    sd = np.sqrt(variance)
    left, right = (lambda x: weight * norm.pdf(x, means[0], sd)), (lambda x: (1 - weight) * norm.pdf(x, means[1], sd))
    return brentq(lambda x: np.log(left(x) / right(x)), means[0] - 9, means[1] + 9)


def two_flowers(first, spots):
    """Count a million plants of the meadow."""
    plants = 1000 * np.array([first, 1000 - first]) * spots * (1 - np.array(spots))
    return [*(plants / plants.sum()), plants @ spots / plants.sum()]


def learnt_weights(total, count, densities):
    """An E-step and an average; then the peak of the log-likelihood, to which EM leads."""
    f = np.array([densities] * count + [densities[::-1]] * (total - count))
    peak = minimize_scalar(lambda p: -np.log(f @ [p, 1 - p]).sum(), bounds=(0, 1), method="bounded")
    return [e_step.normalize(np.log(f / 2))[:, 0].mean(), peak.x]


def stopped(n, history):
    small = np.flatnonzero(np.diff(history) / n < 0.001)
    return [small[0] + 1, history[small[0] + 1]]


def flowers(rows):
    pairs = [(i, j) for i, row in enumerate(rows) for j, count in enumerate(row) for _ in range(count)]
    return np.array(pairs).T


def two_rules(rows):
    """Every map from clusters to species, and those of them that are one-to-one."""
    table = np.array(rows)
    maps = {(a, b, c): table[a, 0] + table[b, 1] + table[c, 2] for a in range(3) for b in range(3) for c in range(3)}
    return [max(maps.values()) / 50, max(total for names, total in maps.items() if len(set(names)) == 3) / 50]


def matched_table(clusters):
    species = np.repeat([0, 1, 2], 4)
    named = max(
        ((a, b, 3 - a - b) for a in range(3) for b in range(3) if a != b),
        key=lambda names: sum(names[cluster] == own for cluster, own in zip(clusters, species)),
    )
    return [[sum(named[c] == j for c, own in zip(clusters, species) if own == i) for j in range(3)] for i in range(3)]


def pairs(rows):
    (apart, only_clusters), (only_classes, both) = pair_confusion_matrix(*flowers(rows)) / 2
    by_chance = (both + only_classes) * (both + only_clusters) / (apart + only_clusters + only_classes + both)
    return [both, by_chance, adjusted_rand_score(*flowers(rows))]


def line_through_gaussian(mean, covariance, seen):
    """By the precision matrix: its corner is the inverse of what is left, and its row leads to the mean."""
    variance, common, other = covariance
    P = np.linalg.inv([[variance, common], [common, other]])
    return [mean[1] - P[1, 0] / P[1, 1] * (seen - mean[0]), 1 / P[1, 1]]


def followed(values):
    """Go on step by step, each shorter by the same factor."""
    rate = (values[2] - values[1]) / (values[1] - values[0])
    place, step = values[2], values[2] - values[1]
    for _ in range(500):
        step *= rate
        place += step
    return [rate, place]


def counted_pairs(fields, share):
    """Of a million pairs, those of both kinds that look like this one."""
    matches, others = 1e6 * share, 1e6 * (1 - share)
    for m, u, agree in fields:
        matches, others = matches * (m if agree else 1 - m), others * (u if agree else 1 - u)
    return [np.log2(matches / others * (1 - share) / share), matches / (matches + others)]


def made_points(eigenvalues, q):
    """The closed form of the library, on points that have just these eigenvalues."""
    m = len(eigenvalues)
    axes = np.linalg.qr(np.random.default_rng(0).normal(size=(m, m)))[0]
    rows = np.sqrt(m * np.array(eigenvalues))[:, np.newaxis] * axes
    found = closed_form(np.vstack([rows, -rows]), q)
    return [found.noise[0], np.square(found.loadings[:, 0]).sum()]


INDEPENDENT = {
    "hw1.q1": two_hills,
    "hw1.q2": tilted_hill,
    "hw2.q1": chosen,
    "hw2.q2": one_point,
    "hw3.q1": lambda weight, densities: sum(np.log(np.average(row, weights=[weight, 1 - weight])) for row in densities),
    "hw3.q2": selection.n_free_parameters,
    "hw4.q1": two_flowers,
    "hw4.q2": border,
    "hw5.q1": lambda weights, densities: e_step.normalize(np.log([np.multiply(weights, densities)]))[0],
    "hw5.q2": learnt_weights,
    "hw6.q1": lambda places, shares: [np.dot(places, w) / np.sum(w) for w in (shares, 1 - np.array(shares))],
    "hw6.q2": lambda places, masses, old: np.cov(places, aweights=masses, bias=True),
    "hw7.q1": stopped,
    "hw8.q1": matched_table,
    "hw8.q2": two_rules,
    "hw8.q3": pairs,
    "hw10.q1": lambda ks: [len(weights_means_triangles(k, m)) for k, m in zip(ks, (2, 13))],
    "hw11.q1": line_through_gaussian,
    "hw11.q2": followed,
    "hw12.q1": counted_pairs,
    "hw12.q2": made_points,
}


def weights_means_triangles(k, m):
    """A name for each free number: all weights but the last, the coordinates of the means, the lower triangles."""
    triangle = [(i, j) for i in range(m) for j in range(i + 1)]
    return [
        *range(k - 1),
        *((j, i) for j in range(k) for i in range(m)),
        *((j, *at) for j in range(k) for at in triangle),
    ]


def digits_asked(owner):
    return 3 if owner.id == "hw1.q1" else 2


@every_drawn
def test_the_numbers_of_three_hundred_students(owner):
    """The right answer, rounded as is asked, is right; no mistake is near it or near another, the text's answer is
    wrong, and there is more than one set of numbers."""
    own = [owner.of(f"student {i}") for i in range(300)]
    for one in own:
        right = np.array(INDEPENDENT[owner.id](**one.numbers), dtype=float)
        assert one.examine(np.round(right, digits_asked(owner))).right, one.numbers
        known = np.array([right, *(mistake.wrong for mistake in one.mistakes)]).reshape(len(one.mistakes) + 1, -1)
        gaps = np.abs(known[:, np.newaxis] - known).max(axis=2)
        assert gaps[np.triu_indices(len(known), 1)].min() > 2 * owner.tolerance, one.numbers
        assert not one.examine(owner.expected).right
    assert owner.examine(INDEPENDENT[owner.id](**owner.numbers)).right
    assert len({repr(one.numbers) for one in own}) >= 10
    assert [mistake.name for mistake in owner.mistakes] == [mistake.name for mistake in own[0].mistakes]


@every_drawn
def test_each_mistake_is_named_in_a_students_numbers_too(owner):
    for i in range(6):
        own = owner.of(f"student {i}")
        for mistake in own.mistakes:
            assert own.examine(mistake.wrong).message == mistake.message
            assert 15 < len(mistake.message) < 320


@every_drawn
def test_what_is_told_holds_the_numbers_and_no_code(owner):
    own = owner.of("ann")
    told = own.question()
    assert told.startswith(f"**{owner.id}, the numbers of ann:**") and told != owner.of("ben").question()
    assert "nan" not in told and "[" not in told and "np." not in told and not re.search(r"-\d", told)
    assert "the text" in owner.question() and owner.of("") is owner


def test_a_draw_follows_from_the_hash_of_its_words():
    lots, choices = Lots("hw5.q1", "ann"), list(range(7))
    for count in (1, 2, 3):
        digest = hashlib.sha256(f"hw5.q1\nann\n{count}".encode()).hexdigest()
        assert lots.one_of(choices) == choices[int(digest[:16], 16) % 7]
    assert sorted(Lots("x").some_of("abc", 3)) == ["a", "b", "c"]


def test_nobodys_numbers_change_from_one_edition_to_the_next():
    """Whoever has begun a homework goes on with the same numbers."""
    assert exercise("hw5.q1").of("ann").numbers == {"weights": (0.3, 0.1, 0.6), "densities": (0.2, 0.1, 0.05)}
    assert exercise("hw3.q2").of("Zoe Miller").numbers == {"k": 7, "m": 3}


@pytest.mark.parametrize(
    "name", ["Zoë Miller", " zoë  miller ", "Zoë_Miller", unicodedata.normalize("NFD", "ZOË miller")]
)
def test_a_name_counts_as_the_folder_is_called(name):
    assert key_of(name) == "zoë_miller"


# At home


@pytest.fixture
def said(monkeypatch):
    """What the session shows, as text; nothing of it is left for the next test."""
    notes = []
    monkeypatch.setattr(session, "_show", lambda note: notes.append(note.text))
    for kept in ("_students", "_done", "_tries"):
        monkeypatch.setattr(session, kept, {})
    return notes


def test_at_home_a_student_is_asked_for_numbers_of_their_own(said):
    own = exercise("hw5.q1").of("ann")
    begin("hw5", student="ann")
    your_numbers("hw5.q1")
    check("hw5.q1", own.expected)
    check("hw5.q1", [0.3, 0.6, 0.1])
    assert "ann's own" in said[0] and said[1] == own.question() and said[2].startswith("hw5.q1: correct.")
    assert "right for the numbers of the text" in said[3] and "those of ann" in said[3]
    begin("hw5", student="")
    check("hw5.q1", [0.3, 0.6, 0.1])
    assert said[-1].startswith("hw5.q1: correct.")


def test_another_name_makes_what_was_right_an_open_question(said):
    check("hw5.q1", [0.3, 0.6, 0.1])
    begin("hw5", student=17)
    check("hw5.q2", exercise("hw5.q2").of("17").expected)
    assert "1 of 7 done" in said[-1]


@pytest.mark.parametrize("student", [None, 3.5, True, ["ann"], "..."])
def test_a_name_that_is_none_is_refused(student, said):
    with pytest.raises(ValueError, match="student must"):
        begin("hw5", student=student)


def test_only_exercises_with_numbers_show_them(said):
    with pytest.raises(ValueError, match="pencil exercise with numbers; got 'hw5.q3'"):
        your_numbers("hw5.q3")


# Whose numbers count when it is handed in


def begun(line):
    notebook = nbformat.read(SOURCE, as_version=4)
    cell = next(cell for cell in notebook.cells if "begin(" in cell.source and cell.cell_type == "code")
    cell.source = line
    return notebook


@pytest.mark.parametrize(
    "line, rule, student, others, note",
    [
        ('begin("hw5", student="")', "shared", "", (), ""),
        ('begin("hw5", student="")', "own", "Ann_Lee", (), "begun without a name"),
        ("", "shared", "", (), ""),
        ("", "own", "Ann_Lee", (), "begun without a name"),
        ('begin("hw5", student="ann lee")', "shared", "Ann_Lee", (), ""),
        ('begin("hw5", "Ann Lee")', "own", "Ann_Lee", (), ""),
        ('%matplotlib inline\nbegin("hw5", student="ben")', "shared", "Ann_Lee", ("ben",), "the numbers of 'ben'"),
        ('begin("hw5", student="ben")\nbegin("hw5", student="Ann Lee")', "shared", "Ann_Lee", (), ""),
        ('begin("hw4", student="ben")', "shared", "", (), ""),
        ('begin("hw5", student=f"b{0}")', "shared", "Ann_Lee", (), "cannot be read"),
    ],
)
def test_the_numbers_are_those_of_who_hands_in(line, rule, student, others, note):
    from gmm_course.grading.whose import whose_numbers

    source = nbformat.read(SOURCE, as_version=4)
    whose = whose_numbers(begun(line), source, "Ann_Lee", rule)
    assert (whose.student, whose.others) == (student, others)
    assert note in whose.note and bool(note) == bool(whose.note)
    with pytest.raises(ValueError, match="rule must be one of shared, own; got 'ours'"):
        whose_numbers(begun(line), source, "Ann_Lee", "ours")


@pytest.mark.skipif(sys.platform == "win32", reason="a cell needs POSIX")
def test_a_submission_is_judged_on_its_owners_numbers(tmp_path):
    """Two answers: one for ben's numbers, one for one's own. As at home, and what is another's is said."""
    from gmm_course.grading.judge import judge
    from gmm_course.grading.pages import page
    from gmm_course.grading.sandbox import build
    from gmm_course.grading.whose import whose_numbers

    source = nbformat.read(SOURCE, as_version=4)
    given = begun('begin("hw5", student="ben")')
    wanted = ("hw5-given", "hw5-q1-numbers", "hw5-q1-answer", "hw5-q1", "hw5-q2-answer", "hw5-q2")
    given.cells = [
        cell
        for cell in given.cells
        if "begin(" in cell.source or cell.metadata.get("nbgrader", {}).get("grade_id") in wanted
    ]
    answers = {
        "hw5-q1-answer": f"point_shares = {np.ravel(exercise('hw5.q1').of('ben').expected).tolist()}",
        "hw5-q2-answer": f"new_weights = {[exercise('hw5.q2').of('ann').expected[0], 0.123]}",
    }
    for cell in given.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    sandbox, _ = build(tmp_path / "library", walls=False)
    (tmp_path / "given").mkdir()
    judged = judge(given, source, tmp_path / "given", sandbox, 30, whose_numbers(given, source, "ann")).as_dict()
    first, second = judged["verdicts"]["hw5-q1"], judged["verdicts"]["hw5-q2"]
    assert (first["name"], first["share"]) == ("another's numbers", 0)
    assert "right for the numbers of 'ben'" in first["text"] and "those of ann" in first["text"]
    assert second["share"] == 0.5 and "1 of 2 parts is right." in second["text"]
    assert judged["notes"] == ["worked with the numbers of 'ben'; judged on the numbers of 'ann'"]
    text = page("hw05_e_step", "ann", given, judged, judged["notes"])
    assert "the numbers of ann: answer for these" in text and "(1 of 2 points)" in text
