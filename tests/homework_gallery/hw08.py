"""Answers to homework 8, evaluation on iris."""

from fractions import Fraction
from itertools import permutations
from math import comb

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, rand_score
from sklearn.metrics.cluster import pair_confusion_matrix

from . import Hinted, Right, Wrong

# q4


def all_injections(labels, clusters):
    classes, numbers = sorted(set(labels.tolist())), sorted(set(clusters.tolist()))
    names = classes + [None] * len(numbers)  # some clusters may stay without a class
    best = 0
    for order in set(permutations(names, len(numbers))):
        given = dict(zip(numbers, order))
        best = max(best, sum(given[c] == y for c, y in zip(clusters.tolist(), labels.tolist())))
    return best / len(labels)


def hungarian(y, c):
    table = np.zeros((y.max() + 1, c.max() + 1), dtype=int)
    for a, b in zip(y, c):
        table[a, b] += 1
    rows, columns = linear_sum_assignment(table, maximize=True)
    return np.float32(table[rows, columns].sum() / len(y))


def exact(labels, clusters):
    k = int(max(labels.max(), clusters.max())) + 1
    counts = [[int(np.sum((labels == a) & (clusters == b))) for b in range(k)] for a in range(k)]
    best = max(sum(counts[a][b] for a, b in enumerate(order)) for order in permutations(range(k)))
    return Fraction(best, len(labels))


def three_only(labels, clusters):
    return max(np.mean(np.array(order)[clusters] == labels) for order in permutations(range(3)))


def modes(labels, clusters):
    right = 0
    for c in np.unique(clusters):
        right += np.bincount(labels[clusters == c]).max()
    return right / len(labels)


def class_modes(labels, clusters):
    return sum(np.bincount(clusters[labels == c]).max() for c in np.unique(labels)) / len(labels)


def plain(labels, clusters):
    return (labels == clusters).mean()


def largest_first(labels, clusters):
    table = np.array(
        [[np.sum((labels == a) & (clusters == b)) for b in range(clusters.max() + 1)] for a in range(labels.max() + 1)]
    )
    total = 0
    for _ in range(min(table.shape)):
        a, b = np.unravel_index(np.argmax(table), table.shape)
        total += table[a, b]
        table[a, :] = -1
        table[:, b] = -1
    return total / len(labels)


def per_cent(labels, clusters):
    return 100 * hungarian(labels, clusters)


def misplaced(labels, clusters):
    return 1 - hungarian(labels, clusters)


def a_count(labels, clusters):
    return round(float(hungarian(labels, clusters)) * len(labels))


def accuracy_and_matching(labels, clusters):
    return hungarian(labels, clusters), {0: 1}


# q5


def by_pairs(labels, clusters):  # looks at every pair
    n = len(labels)
    pairs = [(labels[i] == labels[j], clusters[i] == clusters[j]) for i in range(n) for j in range(i)]
    T, A, B = sum(a and b for a, b in pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs)
    E = A * B / len(pairs)
    return (T - E) / ((A + B) / 2 - E)


def by_combinations(labels, clusters):
    classes, numbers = np.unique(labels), np.unique(clusters)
    table = [[int(np.sum((labels == a) & (clusters == b))) for b in numbers] for a in classes]
    T = sum(comb(cell, 2) for row in table for cell in row)
    A = sum(comb(sum(row), 2) for row in table)
    B = sum(comb(sum(column), 2) for column in zip(*table))
    E = Fraction(A * B, comb(len(labels), 2))
    return (T - E) / (Fraction(A + B, 2) - E)


def four_counts(labels, clusters):
    (tn, fp), (fn, tp) = pair_confusion_matrix(labels, clusters).tolist()
    return 2 * (tp * tn - fn * fp) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))


def sums(labels, clusters, pairs=lambda c: c * (c - 1) / 2):
    table = np.array(
        [[np.sum((labels == a) & (clusters == b)) for b in np.unique(clusters)] for a in np.unique(labels)]
    )
    n = len(labels)
    return pairs(table).sum(), pairs(table.sum(1)).sum(), pairs(table.sum(0)).sum(), pairs(n)


def no_average(labels, clusters):
    T, A, B, P = sums(labels, clusters)
    return (T - A * B / P) / (A + B - A * B / P)


def not_adjusted(labels, clusters):
    T, A, B, P = sums(labels, clusters)
    return T / ((A + B) / 2)


def squared(labels, clusters):
    T, A, B, P = sums(labels, clusters, np.square)
    return (T - A * B / P) / ((A + B) / 2 - A * B / P)


def e_over_n(labels, clusters):
    T, A, B, _ = sums(labels, clusters)
    E = A * B / len(labels)
    return (T - E) / ((A + B) / 2 - E)


def largest_sum(labels, clusters):
    T, A, B, P = sums(labels, clusters)
    return (T - A * B / P) / (max(A, B) - A * B / P)


# q6


def loop(log_likelihoods, agreements, r):
    kept = []
    for start in range(0, len(agreements), r):
        best = None
        for run in range(start, start + r):
            if log_likelihoods[run] == log_likelihoods[run] and (
                best is None or log_likelihoods[run] > log_likelihoods[best]
            ):
                best = run
        kept.append(agreements[best])
    return kept


def with_minus_infinity(log_likelihoods, agreements, r):
    values = np.where(np.isnan(log_likelihoods), -np.inf, log_likelihoods).reshape(-1, r)
    return agreements.reshape(-1, r)[np.arange(len(values)), values.argmax(axis=1)]


def sorted_pairs(values, agreements, r):
    groups = zip(np.split(np.nan_to_num(values, nan=-1e300), len(values) // r), np.split(agreements, len(values) // r))
    return tuple(max(zip(v, a))[1] for v, a in groups)


def plain_argmax(values, agreements, r):
    best = values.reshape(-1, r).argmax(axis=1)
    return agreements.reshape(-1, r)[range(len(best)), best]


def by_agreement(values, agreements, r):
    return np.nanmax(agreements.reshape(-1, r), axis=1)


def replaced_in_place(values, agreements, r):
    values[np.isnan(values)] = -np.inf
    values -= values.max()
    return plain_argmax(values, agreements, r)


def nan_to_zero(values, agreements, r):  # zero is the largest of all log-likelihoods here
    return plain_argmax(np.nan_to_num(values), agreements, r)


def positions(values, agreements, r):
    return np.nanargmax(values.reshape(-1, r), axis=1)


def mean_of_groups(values, agreements, r):
    return [np.nanmean(agreements[i : i + r]) for i in range(0, len(agreements), r)]


# q9


def count_up(p, risk):
    starts, missing = 1, 1 - p
    while missing > risk:
        starts, missing = starts + 1, missing * (1 - p)
    return starts


GOOD_TEXT = (
    "With twelve clusters the majority rule gives several of them to the same species, so that the number flatters. And to keep "
    "the run that agrees best one must know the labels. They should keep the likeliest run and report the adjusted Rand index."
)

RIGHT = [
    Right("hw8.q1", "nested lists", [[3, 1, 0], [0, 4, 0], [0, 1, 3]]),
    Right("hw8.q1", "an array of floats", np.array([[3.0, 1, 0], [0, 4, 0], [0, 1, 3]])),
    Right("hw8.q2", "computed", [32 / 50, 31 / 50]),
    Right("hw8.q2", "fractions", (Fraction(16, 25), Fraction(31, 50))),
    Right("hw8.q3", "two decimals", [10, 8, 0.22]),
    Right("hw8.q3", "a fraction", (10, 8.0, Fraction(2, 9))),
    Right("hw8.q4", "all injections", all_injections),
    Right("hw8.q4", "an assignment in single precision", hungarian),
    Right("hw8.q4", "a fraction", exact),
    Right("hw8.q5", "every pair", by_pairs),
    Right("hw8.q5", "exact fractions", by_combinations),
    Right("hw8.q5", "four counts", four_counts),
    Right("hw8.q5", "scikit-learn", adjusted_rand_score),
    Right("hw8.q6", "a loop", loop),
    Right("hw8.q6", "minus infinity", with_minus_infinity),
    Right("hw8.q6", "pairs", sorted_pairs),
    Right("hw8.q7", "letters", "adf"),
    Right("hw8.q7", "a list", ["a", "d", "f"]),
    Right("hw8.q8", "all three", GOOD_TEXT),
    Right(
        "hw8.q8",
        "in other words",
        "Naming each cluster by its most common species is no permutation, and more clusters make it look better. Picking one run of 500 "
        "by its accuracy uses the answers. I would like to see the mean over restarts kept by likelihood.",
    ),
    Right("hw8.q9", "counting up", count_up),
    Right("hw8.q9", "a float", lambda p, risk: float(np.ceil(np.log(risk) / np.log1p(-p)))),
]

WRONG = [
    Wrong("hw8.q1", "clusters as numbered", [[1, 0, 3], [4, 0, 0], [1, 3, 0]], "clusters in their own order"),
    Wrong("hw8.q1", "transposed", [[3, 0, 0], [1, 4, 1], [0, 0, 3]], "transposed"),
    Wrong("hw8.q1", "shares", [[0.75, 0.25, 0], [0, 1, 0], [0, 0.25, 0.75]], "shares"),
    Wrong("hw8.q1", "everything right", [[4, 0, 0], [0, 4, 0], [0, 0, 4]], "the species alone"),
    Wrong("hw8.q1", "one row", [3, 4, 3], "wrong shape"),
    Wrong("hw8.q1", "a miscount", [[3, 1, 0], [1, 3, 0], [0, 1, 3]], None),
    Wrong("hw8.q2", "changed places", [0.62, 0.64], "the two changed places"),
    Wrong("hw8.q2", "greedy", [0.64, 0.52], "greedy"),
    Wrong("hw8.q2", "the diagonal", [0.64, 11 / 50], "the diagonal"),
    Wrong("hw8.q2", "counts", (32, 31), "counts"),
    Wrong("hw8.q2", "per cent", (64, 62), "per cent"),
    Wrong("hw8.q2", "one number", 0.62, "wrong shape"),
    Wrong("hw8.q3", "squares", [29, 22.78, 0.31], "squares"),
    Wrong("hw8.q3", "the Rand index", [10, 8, 0.61], "Rand index"),
    Wrong("hw8.q3", "no chance", [10, 8, 0.588], "chance not subtracted"),
    Wrong("hw8.q3", "n for pairs", [10, 32, 1.47], "divided by n"),
    Wrong("hw8.q3", "only the index", 0.22, "wrong shape"),
    Wrong("hw8.q3", "sloppy", [10, 8, 0.25], "rounded"),
    Wrong("hw8.q4", "modes", modes, "majority rule"),
    Wrong("hw8.q4", "modes of the classes", class_modes, "each class chooses"),
    Wrong("hw8.q4", "plain", plain, "no matching"),
    Wrong("hw8.q4", "largest first", largest_first, "greedy"),
    Wrong("hw8.q4", "per cent", per_cent, "constant factor"),
    Wrong("hw8.q4", "the others", misplaced, "complement"),
    Wrong("hw8.q4", "a count", a_count, "a count"),
    Wrong("hw8.q4", "three only", three_only, "raises"),
    Wrong("hw8.q4", "more than a number", accuracy_and_matching, "wrong type"),
    Wrong("hw8.q4", "the index", adjusted_rand_score, "adjusted Rand index"),
    Wrong("hw8.q5", "Rand", rand_score, "Rand index"),
    Wrong("hw8.q5", "another index", adjusted_mutual_info_score, None),
    Wrong("hw8.q5", "no average", no_average, "half forgotten"),
    Wrong("hw8.q5", "no chance", not_adjusted, "chance not subtracted"),
    Wrong("hw8.q5", "squares", squared, "squares"),
    Wrong("hw8.q5", "n", e_over_n, "divided by n"),
    Wrong("hw8.q5", "the larger", largest_sum, "larger of the two"),
    Wrong("hw8.q5", "agreement", hungarian, "agreement"),
    Wrong("hw8.q6", "argmax and nan", plain_argmax, "collapsed run chosen"),
    Wrong("hw8.q6", "by the labels", by_agreement, "chosen by agreement"),
    Wrong("hw8.q6", "in place", replaced_in_place, "changes its input"),
    Wrong("hw8.q6", "nan as zero", nan_to_zero, "collapsed run chosen"),
    Wrong("hw8.q6", "positions", positions, None),
    Wrong("hw8.q6", "means", mean_of_groups, "averaged"),
    Wrong("hw8.q6", "one of all", lambda v, a, r: a[np.nanargmax(v)], "wrong shape"),
    Wrong("hw8.q7", "choosing by agreement", "adef", "chose e"),
    Wrong("hw8.q7", "majority lower", "abdf", "chose b"),
    Wrong("hw8.q7", "single flowers", "acdf", "chose c"),
    Wrong("hw8.q7", "never negative", "af", "left out d"),
    Wrong("hw8.q9", "rounded down", lambda p, risk: int(np.log(risk) / np.log(1 - p)), "rounded down"),
    Wrong(
        "hw8.q9",
        "the risk refused",
        lambda p, risk: next(s for s in range(1, 999) if (1 - p) ** s < risk),
        "the risk itself refused",
    ),
    Wrong("hw8.q9", "a fraction of a start", lambda p, risk: np.log(risk) / np.log(1 - p), "not rounded"),
    Wrong("hw8.q9", "expected number", lambda p, risk: np.ceil(1 / p), "one over p"),
    Wrong("hw8.q9", "the power of p", lambda p, risk: np.ceil(np.log(risk) / np.log(p)), "all starts find it"),
]

WRONG += [
    Wrong("hw8.q8", "a number", 99.3, "wrong type"),
    Wrong("hw8.q8", "nothing", "...", "unanswered"),
]

HINTED = [
    Hinted("hw8.q8", "too short", "Too good to be true, I do not believe a word of it.", "short"),
    Hinted(
        "hw8.q8",
        "praise",
        "This is a very good result, since 99.3 per cent is more than even supervised methods reach on these data, so the method is "
        "clearly much better than everything that was there before it.",
        "idea 1 not found",
    ),
    Hinted(
        "hw8.q8",
        "the rule alone",
        "With as many as twelve clusters the majority rule gives many of them to one kind of flower, and with a cluster for each "
        "flower it would even be perfect, so the number is worth nothing at all.",
        "idea 2 not found",
    ),
]
