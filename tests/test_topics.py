"""Latent Dirichlet allocation by variational EM: against scikit-learn, exact probabilities, and a known truth."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.special import gammaln
from scipy.stats import dirichlet
from sklearn.decomposition import LatentDirichletAllocation

from gmm_lib.models import topics
from gmm_lib.models.topics import Topics

pytestmark = pytest.mark.filterwarnings("error")


def corpus(rng, words, n, length, concentration):
    """``n`` documents of ``length`` words from topics with the shares ``words``."""
    shares = rng.dirichlet(np.full(len(words), concentration), n)
    return np.array([rng.multinomial(length, (share[:, np.newaxis] * words).sum(axis=0)) for share in shares]), shares


def matched(found, truth):
    """The rows of ``found`` in the order in which they are nearest to those of ``truth``."""
    distances = ((truth[:, np.newaxis] - found) ** 2).sum(axis=2)
    return linear_sum_assignment(distances)[1]


@pytest.mark.parametrize("document_prior, word_prior", [(1.0, 1.0), (0.4, 0.1)])
def test_scikit_learn_ends_at_the_same_bound_and_topics(document_prior, word_prior):
    """Its E-step repeats itself for each document until nothing moves, and it starts elsewhere."""
    words = np.array([[6, 6, 4, 4, 5, 0, 0, 0, 0], [0, 0, 0, 0, 5, 7, 5, 4, 4]]) / 25
    counts, _ = corpus(np.random.default_rng(1), words, 60, 30, 0.4)
    ours = topics.fit(counts, 2, document_prior, word_prior, tol=1e-9)
    theirs = LatentDirichletAllocation(
        2,
        doc_topic_prior=document_prior,
        topic_word_prior=word_prior,
        max_iter=40,
        mean_change_tol=1e-6,
        max_doc_update_iter=200,
        random_state=0,
    ).fit(counts)
    assert ours.converged and ours.objective == pytest.approx(theirs.score(counts), abs=1e-5)
    order = matched(ours.state.words, theirs.components_)
    np.testing.assert_allclose(ours.state.words[order], theirs.components_, atol=1e-2)
    np.testing.assert_allclose(ours.state.document_shares[:, order], theirs.transform(counts), atol=1e-3)


def test_known_topics_are_found_again_and_the_bound_never_falls():
    rng = np.random.default_rng(4)
    truth = rng.dirichlet(np.full(20, 0.2), 3)
    counts, shares = corpus(rng, truth, 400, 80, 0.3)
    run = topics.fit(counts, 3, 0.3, 0.2, tol=1e-4)
    assert (np.diff(run.history) > -1e-8).all() and run.history[-1] > run.history[0] + 1000
    order = matched(run.state.word_shares, truth)
    np.testing.assert_allclose(run.state.word_shares[order], truth, atol=0.02)
    assert np.abs(run.state.document_shares[:, order] - shares).mean() < 0.05


def of_drawn_words(counts, prior):
    """The logarithm of the probability of words in their order, their shares drawn from a Dirichlet distribution."""
    counts = np.asarray(counts)
    alone = gammaln(prior + counts).sum() - counts.size * gammaln(prior)
    return alone + gammaln(prior * counts.size) - gammaln(prior * counts.size + counts.sum())


def test_with_one_topic_the_bound_is_the_log_likelihood():
    """Nothing is hidden but the topic's shares, whose posterior is a Dirichlet distribution."""
    counts = np.array([[3, 0, 1], [2, 2, 0]])
    run = topics.fit(counts, 1, word_prior=0.7)
    assert run.objective == pytest.approx(of_drawn_words([5, 2, 1], 0.7), abs=1e-9)
    assert run.state.words == pytest.approx(np.array([[5.7, 2.7, 1.7]]))


def test_the_bound_lies_below_the_log_likelihood_of_every_division_of_the_words():
    """Two documents of three words each: all 64 ways to divide six words between two topics, one by one."""
    document, word, alpha, eta = [0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2], 0.8, 0.5
    counts = np.zeros((2, 3))
    np.add.at(counts, (document, word), 1)
    logs = []
    for topic in product((0, 1), repeat=6):
        by_document, by_word = np.zeros((2, 2)), np.zeros((2, 3))
        np.add.at(by_document, (document, topic), 1)
        np.add.at(by_word, (topic, word), 1)
        logs.append(sum(of_drawn_words(row, alpha) for row in by_document))
        logs[-1] += sum(of_drawn_words(row, eta) for row in by_word)
    exact = np.logaddexp.reduce(logs)
    bound = topics.fit(counts, 2, alpha, eta).objective
    assert exact - 2 < bound < exact


def test_a_mean_logarithm_is_that_of_drawn_shares():
    state = Topics([[2.0, 0.5]], [[3.0, 1.0, 0.7], [1.0, 4.0, 2.0]])
    rng = np.random.default_rng(0)
    of_document = np.log(dirichlet([2.0, 0.5]).rvs(200_000, random_state=rng)).mean(axis=0)
    of_words = np.array([np.log(dirichlet(row).rvs(200_000, random_state=rng)).mean(axis=0) for row in state.words])
    np.testing.assert_allclose(topics.log_joint(state)[0], of_document[:, np.newaxis] + of_words, atol=0.03)


def test_an_m_step_counts_words():
    new = topics.m_step([[2, 1]], [[[0.25, 1.0], [0.75, 0.0]]], 0.5, 0.1)
    assert new.documents == pytest.approx(np.array([[2.0, 2.0]]))
    assert new.words == pytest.approx(np.array([[0.6, 1.1], [1.6, 0.1]]))


@pytest.mark.parametrize(
    "counts, message",
    [
        ([[1, 0], [0.5, 2]], r"counts must be whole numbers, zero or more; got 0.5 at index \(1, 0\)"),
        ([[1, -2]], r"counts must be whole numbers, zero or more; got -2 at index \(0, 1\)"),
    ],
)
def test_what_is_no_count_is_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        topics.fit(counts, 2)
