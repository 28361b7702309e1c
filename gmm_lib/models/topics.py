"""Topics in documents: latent Dirichlet allocation, by variational EM (Blei, Ng and Jordan, 2003).

A document has shares of k topics, a topic has shares of v words, and all shares are drawn from Dirichlet distributions.
For each word of a document a topic is drawn by the document's shares, and the word by the topic's. What the words say
of the shares has no formula. So their posterior is sought among the distributions in which the topic of each word, the
shares of each document and those of each topic are independent, and EM raises the lower bound over these. Shapes: word
counts ``counts`` (n, v), a row for each document.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln, logsumexp, softmax

from .. import em
from ..validation import Rng, as_array, as_generator, as_non_negative, as_positive_integer, as_responsibilities, shown


@dataclass(frozen=True, eq=False)
class Topics:
    """What is known of the shares: a Dirichlet distribution for each document and for each topic.

    Attributes
    ----------
    documents : ndarray, shape (n, k)
        gamma: how many words of a document are of each topic, and the prior's.
    words : ndarray, shape (k, v)
        lambda: how often a topic has brought forth each word, and the prior's.

    Raises
    ------
    ValueError
        If a number is not positive, or the two do not have the same topics.
    """

    documents: np.ndarray
    words: np.ndarray

    def __post_init__(self):
        for name in ("documents", "words"):
            object.__setattr__(self, name, array := as_array(getattr(self, name), name, 2))
            if (array <= 0).any():
                raise ValueError(f"{name} must be positive; got {array.min():g}.")
        if len(self.words) != self.documents.shape[1]:
            k = self.documents.shape[1]
            raise ValueError(f"words must have {k} rows, one per column of documents; got {len(self.words)}.")

    @property
    def document_shares(self) -> np.ndarray:
        """The mean of each document's shares of the topics, shape (n, k)."""
        return self.documents / self.documents.sum(axis=1, keepdims=True)

    @property
    def word_shares(self) -> np.ndarray:
        """The mean of each topic's shares of the words, shape (k, v)."""
        return self.words / self.words.sum(axis=1, keepdims=True)


def log_joint(topics: Topics) -> np.ndarray:
    """The mean of the logarithm of a document's share of a topic times the topic's share of a word: (n, k, v)."""
    topics = _as_topics(topics)
    return _mean_logs(topics.documents)[:, :, np.newaxis] + _mean_logs(topics.words)


def e_step(topics: Topics) -> np.ndarray:
    """How probable each topic is for a word in a document: responsibilities of shape (n, k, v)."""
    return softmax(log_joint(topics), axis=1)


def m_step(
    counts: ArrayLike, responsibilities: ArrayLike, document_prior: float = 1.0, word_prior: float = 1.0
) -> Topics:
    """The distributions that maximise the lower bound, given ``responsibilities`` (n, k, v) for the words that
    ``counts`` counts: the words of each topic, in a document and in all, beside those that ``document_prior`` and
    ``word_prior`` count."""
    counts = _as_counts(counts)
    w = _as_responsibilities(responsibilities, counts)
    alpha, eta = _as_concentration(document_prior, "document_prior"), _as_concentration(word_prior, "word_prior")
    assigned = counts[:, np.newaxis] * w
    return Topics(alpha + assigned.sum(axis=2), eta + assigned.sum(axis=0))


def lower_bound(counts: ArrayLike, topics: Topics, document_prior: float = 1.0, word_prior: float = 1.0) -> float:
    """What the logarithm of the probability of ``counts`` (of the words in their order) is not below, after an E-step
    from ``topics``; with ``document_prior`` and ``word_prior`` as in :func:`fit`."""
    joint = log_joint(topics)
    counts = _as_counts(counts, (joint.shape[0], joint.shape[2]))
    alpha, eta = _as_concentration(document_prior, "document_prior"), _as_concentration(word_prior, "word_prior")
    of_words = (counts * logsumexp(joint, axis=1)).sum()
    return float(of_words - _divergence(topics.documents, alpha) - _divergence(topics.words, eta))


def fit(
    counts: ArrayLike,
    n_topics: int,
    document_prior: float = 1.0,
    word_prior: float = 1.0,
    rng: Rng = 0,
    tol: float = 1e-6,
    max_iter: int = 5000,
) -> em.Result:
    """Learn ``n_topics`` topics from ``counts``, by variational EM from words that ``rng`` draws for each topic, until
    an iteration raises the lower bound by less than ``tol``, or for ``max_iter`` iterations.

    ``document_prior`` is the concentration of the Dirichlet distribution from which a document's shares of topics come,
    ``word_prior`` that of a topic's shares of words: at 1 all shares are equally probable, below 1 rather a few large
    ones. The state of the result is the :class:`Topics`.

    Raises
    ------
    ValueError
        If an argument is not valid.
    """
    counts = _as_counts(counts)
    k, v = as_positive_integer(n_topics, "n_topics"), counts.shape[1]
    documents = np.tile(1 + counts.sum(axis=1, keepdims=True) / k, k)
    return em.run(
        Topics(documents, as_generator(rng).gamma(100, 0.01, size=(k, v))),
        e_step,
        lambda w: m_step(counts, w, document_prior, word_prior),
        lambda topics: lower_bound(counts, topics, document_prior, word_prior),
        tol=tol,
        max_iter=max_iter,
    )


def _mean_logs(concentrations):
    """The mean of the logarithm of each share, if shares have Dirichlet distributions, a row each."""
    return digamma(concentrations) - digamma(concentrations.sum(axis=1, keepdims=True))


def _divergence(concentrations, prior):
    """How far Dirichlet distributions, a row each, are from one with the concentration ``prior`` throughout: the sum of
    Kullback and Leibler's divergences."""

    def normaliser(rows):
        return gammaln(rows).sum(axis=1) - gammaln(rows.sum(axis=1))

    gained = ((concentrations - prior) * _mean_logs(concentrations)).sum(axis=1)
    return (gained - normaliser(concentrations) + normaliser(np.full_like(concentrations, prior))).sum()


def _as_topics(topics: Topics) -> Topics:
    if not isinstance(topics, Topics):
        raise ValueError(f"topics must be Topics; got {shown(topics)}.")
    return topics


def _as_counts(counts: ArrayLike, shape: tuple[int, int] | None = None) -> np.ndarray:
    counts = as_array(counts, "counts", 2)
    if shape is not None and counts.shape != shape:
        raise ValueError(f"counts must have shape {shape}, as topics; got {counts.shape}.")
    if (strange := (counts < 0) | (counts != np.round(counts))).any():
        d, r = np.argwhere(strange)[0]
        raise ValueError(f"counts must be whole numbers, zero or more; got {counts[d, r]:g} at index ({d}, {r}).")
    return counts


def _as_responsibilities(responsibilities: ArrayLike, counts: np.ndarray) -> np.ndarray:
    w, (n, v) = as_array(responsibilities, "responsibilities", 3), counts.shape
    if (w.shape[0], w.shape[2]) != (n, v):
        raise ValueError(f"responsibilities must have shape ({n}, k, {v}), as counts; got {w.shape}.")
    as_responsibilities(w.transpose(0, 2, 1).reshape(n * v, -1))
    return w


def _as_concentration(value: float, name: str) -> float:
    if not as_non_negative(value, name) > 0:
        raise ValueError(f"{name} must be positive; got {shown(value)}.")
    return float(value)
