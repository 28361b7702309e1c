"""Homework 8, evaluation on iris: what agreement is, and how not to fool oneself with it."""

from itertools import permutations
from math import ceil, log

import numpy as np

from gmm_lib import evaluation

from ..checker.catalogue import AnswersOf
from ..checker.choice import Choice
from ..checker.derivation import Derivation
from ..checker.drawn import Drawn
from ..checker.exercise import Homework, Mistake
from ..checker.function import Function
from ..checker.telling import in_words, table
from ..checker.text import Idea, Text
from . import draws

answers = AnswersOf("hw08_iris")  # for what is made from a right answer

CHAPTER = "11_evaluation"
MAJORITY = f"{CHAPTER}#erratum-21"


# q1: a confusion matrix by pencil

_Q1 = dict(clusters=(2, 2, 0, 2, 0, 0, 0, 0, 1, 1, 0, 1))  # of four flowers each of the species A, B and C


def _q1_draw(lots):
    own = lots.some_of(range(3), 3)  # the cluster of each species
    clusters = [cluster for cluster in own for _ in range(4)]
    for flower in lots.some_of(range(12), lots.one_of((2, 3))):
        clusters[flower] = lots.one_of([cluster for cluster in range(3) if cluster != clusters[flower]])
    return dict(clusters=tuple(clusters))


def _q1_told(clusters):
    species = [name for name in "ABC" for _ in range(4)]
    return table([" "] * 13, ["species", *species], ["cluster", *map(str, clusters)])


def _by_number(clusters):
    """A row for each species, a column for each cluster, in the order of their numbers."""
    table = np.zeros((3, 3), dtype=int)
    np.add.at(table, (np.arange(12) // 4, clusters), 1)
    return table


def _q1_shows(clusters):
    as_numbered = _by_number(clusters)
    matched = as_numbered[:, max(permutations(range(3)), key=lambda order: as_numbered[range(3), order].sum())]
    return (
        Mistake(
            name="clusters in their own order",
            wrong=as_numbered,
            message="The counts are right, but the columns stand in the order of the clusters' numbers. Those numbers are arbitrary: which species does each cluster go with?",
        ),
        Mistake(
            name="transposed",
            wrong=matched.T,
            message="Rows and columns have changed places: a row holds the flowers of one species, wherever they went.",
        ),
        Mistake(
            name="shares",
            wrong=matched / 4,
            message="These are shares of each species. The table asked for holds counts of flowers.",
        ),
        Mistake(
            name="shares of all",
            wrong=matched / 12,
            message="These are shares of all the flowers. The table asked for holds counts.",
        ),
        Mistake(
            name="the species alone",
            wrong=4 * np.eye(3),
            message=f"This table says that every flower is in the cluster of its species. {in_words(12 - int(np.trace(matched))).capitalize()} of the twelve are not.",
        ),
        Mistake(
            name="transposed, in the clusters' order",
            wrong=as_numbered.T,
            message="Here the rows are clusters, in the order of their numbers. Let the rows be species, and order the columns by the species each cluster is given to.",
        ),
    )


_q1 = Drawn(
    id="hw8.q1",
    title="Twelve flowers in a table",
    points=2,
    link=CHAPTER,
    tolerance=1e-6,
    hint="Each flower is one stroke in the table: its row is its species, its column the species its cluster was given to.",
    numbers=_Q1,
    draw=_q1_draw,
    told=_q1_told,
    shows=_q1_shows,
)


# q2: two rules, two agreements

TABLE = np.array([[2, 10, 8], [4, 9, 2], [14, 1, 0]])
_Q2 = dict(rows=tuple(map(tuple, TABLE.tolist())))


def _q2_draw(lots):
    while True:
        table = TABLE[lots.some_of(range(3), 3)][:, lots.some_of(range(3), 3)].ravel()
        for _ in range(4):  # flowers change their places
            giver, taker = lots.some_of(range(9), 2)
            moved = min(lots.one_of((1, 2, 3)), table[giver])
            table[giver], table[taker] = table[giver] - moved, table[taker] + moved
        largest = np.sort(table.reshape(3, 3), axis=0)
        if (largest[2] > largest[1]).all() and len(set(table.reshape(3, 3).argmax(axis=0).tolist())) == 2:
            return dict(rows=tuple(map(tuple, table.reshape(3, 3).tolist())))


def _q2_told(rows):
    lines = ([name, *map(str, row)] for name, row in zip("ABC", rows))
    return table(["", "cluster 0", "cluster 1", "cluster 2"], *lines)


def _largest_first(table):
    """What agrees if the largest entry is taken, and then the largest of what is left."""
    total = 0
    while table.size:
        row, column = np.unravel_index(table.argmax(), table.shape)
        total += table[row, column]
        table = np.delete(np.delete(table, row, axis=0), column, axis=1)
    return total


def _q2_shows(rows):
    table = np.array(rows)
    majority, by_row = table.max(axis=0).sum() / 50, table.max(axis=1).sum() / 50
    matched = max(table[range(3), order].sum() for order in permutations(range(3))) / 50
    return (
        Mistake(
            name="the two changed places",
            wrong=[matched, majority],
            message="The right two numbers, changed about. One of the rules chooses among more maps than the other; which can never come out lower?",
        ),
        Mistake(
            name="majority twice",
            wrong=[majority, majority],
            message="The majority is right. In your second number two clusters went to the same species, and another species got none.",
        ),
        Mistake(
            name="one-to-one twice",
            wrong=[matched, matched],
            message="The one-to-one agreement is right. The majority rule asks each cluster alone for its commonest species, and does not mind who else has chosen it.",
        ),
        Mistake(
            name="greedy",
            wrong=[majority, _largest_first(table) / 50],
            message="The majority is right. For the second you seem to have taken the largest entry, then the largest of what was left. Giving way once can gain more later: try all six matchings.",
        ),
        Mistake(
            name="the diagonal",
            wrong=[majority, np.trace(table) / 50],
            message="The majority is right. For the second you added up the diagonal; but the numbers of the clusters mean nothing, and you may match as you like.",
        ),
        Mistake(
            name="counts",
            wrong=[50 * majority, 50 * matched],
            message="The right counts of flowers. The agreement is their share of all fifty.",
        ),
        Mistake(
            name="majority of the rows",
            wrong=[by_row, matched],
            message="The one-to-one agreement is right. For the majority you took the largest of each row: that lets every species choose a cluster. It is the clusters that are to be named.",
        ),
    )


_q2 = Drawn(
    id="hw8.q2",
    title="Two rules for the same table",
    points=2,
    link=MAJORITY,
    tolerance=2e-3,
    hint="First take the largest entry of each column; then the best three entries of which no two share a row or a column.",
    apart=((0,), (1,)),
    numbers=_Q2,
    draw=_q2_draw,
    told=_q2_told,
    shows=_q2_shows,
)


# q3: the adjusted Rand index by pencil

_Q3 = dict(rows=((4, 2), (0, 3)))


# By far the most small tables are of no use: two slips come to the same index in them.
_TABLES = (
    *((4, 1, 0, 3), (5, 1, 0, 4), (5, 2, 0, 4), (6, 1, 0, 1), (6, 1, 0, 2), (6, 2, 0, 2), (6, 2, 0, 5), (6, 3, 0, 3)),
    *((6, 2, 1, 2), (7, 1, 0, 2), (7, 2, 0, 2), (7, 2, 0, 3), (7, 2, 1, 2), (7, 3, 0, 3), (8, 1, 0, 3), (8, 2, 0, 3)),
)


def _q3_draw(lots):
    rows = np.reshape(lots.one_of(_TABLES), (2, 2))
    rows = rows[lots.some_of(range(2), 2)][:, lots.some_of(range(2), 2)]
    return dict(rows=tuple(map(tuple, lots.one_of((rows, rows.T)).tolist())))


def _q3_told(rows):
    lines = ([f"class {i}", *map(str, row)] for i, row in enumerate(rows))
    points = in_words(int(np.sum(rows))).capitalize()
    return f"{points} points.\n\n{table(['', 'cluster 0', 'cluster 1'], *lines)}"


def _together(rows):
    """T, A, B, the number of points and that of all their pairs."""
    (a, b), (c, d) = rows
    handfuls = (a, b, c, d), (a + b, c + d), (a + c, b + d), (a + b + c + d,)
    T, A, B, N = (sum(count * (count - 1) // 2 for count in counts) for counts in handfuls)
    return T, A, B, a + b + c + d, N


def _adjusted(T, most, E):
    return (T - E) / (most - E)


def _q3_shows(rows):
    T, A, B, n, N = _together(rows)
    E, mean = A * B / N, (A + B) / 2
    aside = " (More than T can ever be is never expected.)" if A * B / n > min(A, B) else ""
    square, by_class, by_cluster = (np.square(np.sum(rows, axis=axis)).sum() for axis in ((), 1, 0))
    by_chance = by_class * by_cluster / n**2
    return (
        Mistake(
            name="squares",
            wrong=[square, by_chance, _adjusted(square, (by_class + by_cluster) / 2, by_chance)],
            message="You squared the counts. A handful of four points holds six pairs, not sixteen: nobody is paired with himself, and each pair counts once.",
        ),
        Mistake(
            name="each pair twice",
            wrong=[2 * T, 2 * E, _adjusted(T, mean, E)],
            message="The index is right, since the factor cancels. But you counted each pair twice, once from either end.",
        ),
        Mistake(
            name="Rand index",
            wrong=[T, E, (N + 2 * T - A - B) / N],
            message="T and E are right. Your third number is the Rand index, the share of pairs on which both divisions agree; it is not yet corrected for what chance gives.",
        ),
        Mistake(
            name="chance not subtracted",
            wrong=[T, E, T / mean],
            message="T and E are right. In your index E does not occur: what chance would give is to be taken off, above and below.",
        ),
        Mistake(
            name="chance subtracted above only",
            wrong=[T, E, (T - E) / mean],
            message="T and E are right. You took E off the numerator only, so that even a perfect division would not reach 1.",
        ),
        Mistake(
            name="larger of the two",
            wrong=[T, E, _adjusted(T, max(A, B), E)],
            message="T and E are right. In the denominator stands the average of A and B, and you took the larger of the two.",
        ),
        Mistake(
            name="all pairs in the denominator",
            wrong=[T, E, _adjusted(T, N, E)],
            message=f"T and E are right. In the denominator you put all {N} pairs; the most that T could reach is the average of A and B.",
        ),
        Mistake(
            name="divided by n",
            wrong=[T, A * B / n, _adjusted(T, mean, A * B / n)],
            message=f"T is right. In E you divided by the number of points; it is the number of their pairs that is wanted.{aside}",
        ),
        Mistake(
            name="divided by n squared",
            wrong=[T, A * B / n**2, _adjusted(T, mean, A * B / n**2)],
            message="T is right. In E you divided by the square of the number of points; it is the number of their pairs that is wanted.",
        ),
    )


_q3 = Drawn(
    id="hw8.q3",
    title="The adjusted Rand index by pencil",
    points=2,
    link=CHAPTER,
    hint="Pairs of a handful of four: 4 times 3, halved. First pairs in the cells, then in the row sums and in the column sums.",
    apart=((0,), (1,), (2,)),
    numbers=_Q3,
    draw=_q3_draw,
    told=_q3_told,
    shows=_q3_shows,
)


# q4: agreement under the best matching


def _tables(labels, clusters):
    rows, columns = np.max(labels) + 1, np.max(clusters) + 1
    table = np.zeros((rows, columns))
    np.add.at(table, (labels, clusters), 1)
    return table


def _majority(labels, clusters):
    return evaluation.majority_agreement(labels, clusters).agreement


def _by_rows(labels, clusters):
    return _tables(labels, clusters).max(axis=1).sum() / len(labels)


def _as_they_are(labels, clusters):
    return np.mean(labels == clusters)


def _greedy(labels, clusters):
    table, total = _tables(labels, clusters), 0.0
    for _ in range(min(table.shape)):
        row, column = np.unravel_index(table.argmax(), table.shape)
        total += table[row, column]
        table = np.delete(np.delete(table, row, axis=0), column, axis=1)
    return total / len(labels)


def _first_come(labels, clusters):
    table, taken, total = _tables(labels, clusters), set(), 0.0
    for column in table.T:
        if column.any() and column.argmax() not in taken:
            taken.add(column.argmax())
            total += column.max()
    return total / len(labels)


def _first_clusters_only(labels, clusters):
    # Permutes as many clusters as there are classes, and never looks at the others.
    k = np.max(labels) + 1
    return max(np.mean(labels == np.array([*order, *[-1] * 9])[clusters]) for order in permutations(range(k)))


def _count(labels, clusters):
    return answers.agreement(labels, clusters) * len(labels)


def _two_divisions(rng, size):
    """Labels of k classes and as many clusters."""
    # In the largest, all the wrong rules must differ from the right one and from each other.
    n, k = size[:2]
    while True:
        labels = rng.permutation(np.arange(n) % k)
        uneven = np.array([0.5, 0.3, 0.2, 0.2][:k])
        clusters = np.where(rng.uniform(size=n) < 0.4, (labels + 1) % k, rng.choice(k, n, p=uneven / uneven.sum()))
        if n < 20 or (len(set(clusters.tolist())) == k and _rules_differ(labels, clusters)):
            return labels, clusters


def _rules_differ(labels, clusters):
    found = set()
    for rule in (
        _as_they_are,
        _by_rows,
        _first_come,
        _greedy,
        _majority,
        answers.agreement,
    ):  # most draws fail at the first, the quick ones
        value = round(float(rule(labels, clusters)), 9)
        if value in found:
            return False
        found.add(value)
    return True


def _more_clusters(rng):
    labels = np.repeat([0, 1, 2], 6)
    return labels, np.where(labels == 2, 3, rng.integers(0, 4, 18))


def _fewer_clusters(rng):
    labels = rng.permutation(np.repeat([0, 1, 2], 4))
    return labels, np.where(labels == 0, 0, 1) * (rng.uniform(size=12) < 0.8)


_q4 = Function(
    id="hw8.q4",
    title="Agreement, one-to-one",
    points=3,
    link=MAJORITY,
    inputs=_two_divisions,
    sizes=tuple(draws.Size(n, k, 0) for n, k in ((1, 1), (3, 3), (7, 2), (12, 3), (14, 4), (21, 3))),
    corners=(_more_clusters, _fewer_clusters),
    hint="Count how many flowers of each species lie in each cluster, then look for the best one-to-one matching.",
    mistakes=(
        Mistake(
            name="majority rule",
            wrong=_majority,
            message="You let each cluster take its commonest class, and two clusters may take the same: the article's rule. No class may be given twice.",
        ),
        Mistake(
            name="no matching",
            wrong=_as_they_are,
            message="You compare the numbers as they are. Cluster 0 need not be class 0: somebody else's program numbers the same clusters differently.",
        ),
        Mistake(
            name="each class chooses",
            wrong=_by_rows,
            message="You let each class take the cluster where most of it lies, and two classes may take the same. One-to-one means: no cluster twice, no class twice.",
        ),
        Mistake(
            name="greedy",
            wrong=_greedy,
            message="You match the largest entry first, then the largest of what is left. A smaller first step sometimes leaves more for the others: compare all the matchings, or use an assignment method.",
        ),
        Mistake(
            name="a count",
            wrong=_count,
            message="The matching is right, and you return how many agree. The share of all points is asked for.",
        ),
        Mistake(
            name="only as many clusters as classes",
            wrong=_first_clusters_only,
            message="Right for as many clusters as classes. With four clusters and three classes you never match the last cluster: any of the four may be the one left over.",
        ),
        Mistake(
            name="first come",
            wrong=_first_come,
            message="Each cluster takes its commonest class unless an earlier one has it already. Then the order of the clusters decides; the best matching does not depend on it.",
        ),
        Mistake(
            name="normalised mutual information",
            wrong=lambda labels, clusters: _nmi(labels, clusters),
            message="This is the normalised mutual information: a measure without matching. Here the share of points is asked for.",
        ),
        Mistake(
            name="adjusted Rand index",
            wrong=lambda labels, clusters: evaluation.adjusted_rand_index(labels, clusters),
            message="This is the adjusted Rand index: a good measure, and another one. Here the share of points is asked for.",
        ),
    ),
)


# q5: the adjusted Rand index


def _pairs(count):
    return count * (count - 1) / 2


def _ari_with(pairs=_pairs, index=None, total=None):
    def implementation(labels, clusters):
        table = _tables(labels, clusters)
        n = len(labels)
        T, A, B = pairs(table).sum(), pairs(table.sum(axis=1)).sum(), pairs(table.sum(axis=0)).sum()
        E = A * B / (pairs(n) if total is None else total(n))
        return (index or (lambda T, A, B, E, n: (T - E) / ((A + B) / 2 - E)))(T, A, B, E, n)

    return implementation


def _nmi(labels, clusters):
    return evaluation.normalized_mutual_information(labels, clusters)


def _informative(rng, size):
    while True:
        labels, clusters = _two_divisions(rng, size)
        if (
            len(set(labels)) > 1
            and len(set(clusters)) > 1
            and abs(answers.adjusted_rand_index(labels, clusters)) > 1e-3
        ):
            return labels, clusters


_q5 = Function(
    id="hw8.q5",
    title="The adjusted Rand index",
    points=3,
    link=CHAPTER,
    inputs=_informative,
    sizes=tuple(draws.Size(n, k, 0) for n, k in ((5, 2), (9, 3), (10, 2), (13, 4), (21, 3))),
    corners=(_more_clusters,),
    hint="T, A, B and E as in the exercise with the pencil: print them for its nine points, where you know them.",
    mistakes=(
        Mistake(
            name="Rand index",
            wrong=_ari_with(index=lambda T, A, B, E, n: (_pairs(n) + 2 * T - A - B) / _pairs(n)),
            message="This is the Rand index: right, but not adjusted. Two random divisions already agree on many pairs, and that is to be taken off.",
        ),
        Mistake(
            name="squares",
            wrong=_ari_with(pairs=lambda count: count**2),
            message="You square the counts where pairs are to be counted: four points make six pairs, not sixteen.",
        ),
        Mistake(
            name="chance not subtracted",
            wrong=_ari_with(index=lambda T, A, B, E, n: 2 * T / (A + B)),
            message="E does not occur in your index. What chance would give is taken off, above and below.",
        ),
        Mistake(
            name="chance subtracted above only",
            wrong=_ari_with(index=lambda T, A, B, E, n: 2 * (T - E) / (A + B)),
            message="You take E off the numerator only. Then even two equal divisions would not reach 1.",
        ),
        Mistake(
            name="larger of the two",
            wrong=_ari_with(index=lambda T, A, B, E, n: (T - E) / (max(A, B) - E)),
            message="In the denominator you take the larger of A and B; their average belongs there.",
        ),
        Mistake(
            name="half forgotten",
            wrong=_ari_with(index=lambda T, A, B, E, n: (T - E) / (A + B - E)),
            message="In the denominator you take the sum of A and B; their average belongs there. Try two equal divisions: the index must be 1.",
        ),
        Mistake(
            name="all pairs in the denominator",
            wrong=_ari_with(index=lambda T, A, B, E, n: (T - E) / (_pairs(n) - E)),
            message="In the denominator you put all pairs. The most that T could reach is the average of A and B.",
        ),
        Mistake(
            name="divided by n",
            wrong=_ari_with(total=lambda n: n),
            message="In E you divide by the number of points; it is the number of their pairs that is wanted.",
        ),
        Mistake(
            name="divided by n squared",
            wrong=_ari_with(total=lambda n: n**2),
            message="In E you divide by the square of the number of points; it is the number of their pairs that is wanted.",
        ),
        Mistake(
            name="normalised mutual information",
            wrong=_nmi,
            message="This is the normalised mutual information. It is not corrected for chance; the pairs are asked about here.",
        ),
        Mistake(
            name="agreement",
            wrong=lambda labels, clusters: answers.agreement(labels, clusters),
            message="This is the agreement under the best matching. The adjusted Rand index knows no matching: it looks at pairs of points.",
        ),
    ),
)


# q6: the likeliest of many starts


def _grouped(values, r):
    return np.reshape(values, (-1, r))


def _runs(rng, n):
    r = 2 + (n + int(rng.integers(2))) % 4
    return np.round(rng.uniform(-260, -180, n * r), 1), np.round(rng.uniform(0.4, 1.0, n * r), 2), r


def _with_collapsed(rng):
    log_likelihoods, agreements, r = _runs(rng, 3)
    gone = np.arange(3) * r + rng.integers(0, r, 3)
    log_likelihoods[gone] = agreements[gone] = np.nan
    return log_likelihoods, agreements, r


def _by(choose):
    def implementation(log_likelihoods, agreements, r):
        best = choose(_grouped(log_likelihoods, r), _grouped(agreements, r))
        return np.take_along_axis(_grouped(agreements, r), best[:, np.newaxis], axis=1)[:, 0]

    return implementation


def _interleaved(log_likelihoods, agreements, r):
    best = np.nanargmax(np.reshape(log_likelihoods, (r, -1)), axis=0)
    return np.reshape(agreements, (r, -1))[best, np.arange(len(best))]


def _overall(log_likelihoods, agreements, r):
    return np.full(len(agreements) // r, agreements[np.nanargmax(log_likelihoods)])


_q6 = Function(
    id="hw8.q6",
    title="The likeliest of many starts",
    points=2,
    link=f"{CHAPTER}#erratum-24",
    inputs=_runs,
    sizes=(1, 2, 3, 5),
    corners=(_with_collapsed,),
    hint="Reshape both lists so that each group is a row, and look for the largest log-likelihood in each row.",
    mistakes=(
        Mistake(
            name="chosen by agreement",
            wrong=_by(lambda values, agreements: np.nanargmax(agreements, axis=1)),
            message="You keep the run that agrees best with the species. To do so one has to know the species, and then the agreement is no evidence any more. Choose without the labels.",
        ),
        Mistake(
            name="collapsed run chosen",
            wrong=_by(lambda values, agreements: values.argmax(axis=1)),
            message="Right as long as no run has collapsed. A collapsed run has log-likelihood nan, and argmax takes nan for the largest of all.",
            link="10_model#erratum-20",
        ),
        Mistake(
            name="lowest log-likelihood",
            wrong=_by(lambda values, agreements: np.nanargmin(values, axis=1)),
            message="You keep the run with the lowest log-likelihood. Log-likelihoods are negative here; the largest is the one nearest to zero.",
        ),
        Mistake(
            name="averaged",
            wrong=lambda log_likelihoods, agreements, r: np.nanmean(_grouped(agreements, r), axis=1),
            message="You average over each group. That is what a single start gives on average; here one run of each group is to be kept.",
        ),
        Mistake(
            name="best of the group",
            wrong=_by(lambda values, agreements: agreements.argmax(axis=1)),
            message="You keep the run that agrees best with the species. To do so one has to know the species. Choose without the labels.",
        ),
        Mistake(
            name="groups not consecutive",
            wrong=_interleaved,
            message="Your groups are not made of consecutive runs: r runs in a row make one group. Look at how reshape fills its rows.",
        ),
        Mistake(
            name="one winner for all",
            wrong=_overall,
            message="You look for the likeliest of all the runs. Each group of r runs has a winner of its own.",
        ),
        Mistake(
            name="log-likelihood returned",
            wrong=lambda log_likelihoods, agreements, r: np.nanmax(_grouped(log_likelihoods, r), axis=1),
            message="These are the winners' log-likelihoods. It is their agreement with the species that is asked for.",
        ),
        Mistake(
            name="first of each group",
            wrong=lambda log_likelihoods, agreements, r: agreements[::r],
            message="You take the first run of each group, whatever its log-likelihood.",
        ),
    ),
)


# q7: judgement

_q7 = Choice(
    id="hw8.q7",
    title="What may be concluded",
    points=2,
    link=CHAPTER,
    options={
        "a": "Which of T, A, B and E changes when two columns of the table change places?",
        "b": "Of the two rules, one maximises the same sum over more maps.",
        "c": "If every flower is alone, how many pairs are together in both divisions? And what does that make T?",
        "d": "What does the index subtract, and can T be smaller than that?",
        "e": "Which of the two numbers could somebody compute who has never seen a label?",
        "f": "For two clusters there are two matchings. What do their two agreements sum to, when there are two classes?",
    },
)


# q8: a claim to be judged

_q8 = Text(
    id="hw8.q8",
    title="A claim",
    points=2,
    link=CHAPTER,
    least=25,
    rubric=(
        "The majority rule may give one species several clusters, and gains with their number.",
        "A run was picked by the labels that it should not know; and a measure or a choice that is free of both is named.",
    ),
    ideas=(
        Idea(
            words=(
                "majority",
                "permut",
                "same species",
                "one species",
                "a species",
                "commonest",
                "most common",
                "most frequent",
                "twice",
                "hungarian",
                "clusters than",
                "more clusters",
                "many clusters",
                "twelve clusters",
                "several clusters",
                "12 clusters",
            ),
            hint="Look at the rule by which the twelve clusters got their names. Could it give one species several clusters, and does the number of clusters help it?",
        ),
        Idea(
            words=(
                "label",
                "supervis",
                "cheat",
                "select",
                "chose",
                "choos",
                "pick",
                "knowing",
                "know the",
                "knew",
                "kept",
                "uses the",
                "using the",
            ),
            hint="Look at how one run was picked from five hundred. What must one know to do that?",
        ),
        Idea(
            words=(
                "likelihood",
                " ari",
                "adjusted",
                "rand index",
                "likeliest",
                "mutual",
                "unseen",
                "held-out",
                "held out",
                "mean ",
                "typical",
                "seeds",
                "every start",
                "all starts",
                "all the starts",
                "distribution",
                "histogram",
                "average",
                "median",
                "spread",
                "one-to-one",
            ),
            hint="What would you ask them to report in its place?",
        ),
    ),
)


# q9, beyond: how many starts are enough


def _chance_and_risk(rng, n):
    while True:
        p, risk = round(float(rng.uniform(0.02, 0.5)), 3), float(rng.choice([0.2, 0.1, 0.05, 0.01, 0.005, 0.001]))
        exact = log(risk) / log(1 - p)
        if exact > 1.2 and 0.05 < exact % 1 < 0.45:  # rounding up differs from rounding
            return p, risk


def _exactly_enough(rng):
    return 0.5, float(rng.choice([0.25, 0.0625]))  # powers of two: no rounding decides


_q9 = Function(
    id="hw8.q9",
    title="Beyond: how many starts are enough",
    points=0,
    link=f"{CHAPTER}#erratum-24",
    names=("p", "risk"),
    inputs=_chance_and_risk,
    sizes=(1, 2, 3, 4, 5),
    corners=(_exactly_enough,),
    hint="With p = 0.5, two starts both miss with probability 0.25, three with 0.125.",
    mistakes=(
        Mistake(
            name="rounded down",
            wrong=lambda p, risk: int(log(risk) / log(1 - p)),
            message="One start short: with yours the risk is still larger than allowed. Whole starts, rounded to the safe side.",
        ),
        Mistake(
            name="not rounded",
            wrong=lambda p, risk: log(risk) / log(1 - p),
            message="The right quantity, but nobody can make a fraction of a start. The smallest whole number that is enough is asked for.",
        ),
        Mistake(
            name="the risk itself refused",
            wrong=lambda p, risk: int(log(risk) / log(1 - p)) + 1,
            message="Right, but where some number of starts misses with exactly the risk that is allowed: that is enough, and you ask for one more.",
        ),
        Mistake(
            name="one too many",
            wrong=lambda p, risk: answers.starts_needed(p, risk) + 1,
            message="It is enough, and one fewer is enough as well.",
        ),
        Mistake(
            name="all starts find it",
            wrong=lambda p, risk: ceil(log(risk) / log(p)),
            message="You work with the power of p, the chance that all the starts find the best. It is all of them missing that is to be unlikely.",
        ),
        Mistake(
            name="risk taken for safety",
            wrong=lambda p, risk: ceil(log(1 - risk) / log(1 - p)),
            message="You let all the starts miss with probability 1 - risk. The risk is the largest probability of missing that is allowed.",
        ),
        Mistake(
            name="one over p",
            wrong=lambda p, risk: ceil(1 / p),
            message="After 1/p starts one expects a single success. Expected is not certain: the chance that all of them miss is still large.",
        ),
    ),
)


# q10: a derivation, read by a teacher

_q10 = Derivation(
    id="hw8.q10",
    title="What chance gives",
    points=2,
    link="11_evaluation",
    rubric=(
        "One pair of the same species comes into one cluster with probability B over the number of pairs, by symmetry; the expectations of A such pairs add up.",
        "E, A and B are fixed by the sizes, so that the index is linear in T and its mean is 0.",
    ),
)


HOMEWORK = Homework(
    id="hw8",
    title="Evaluation on iris",
    minutes=55,
    exercises=(_q1, _q2, _q3, _q4, _q5, _q6, _q7, _q8, _q9, _q10),
)
