"""Measures of a ranking of documents, and what a difference between two systems is worth.

Gains are linear and the ideal is the best order of all judged documents, as in trec_eval. A document counts as
relevant for the other measures when its grade is 1 or more.
"""

import math
import random
from statistics import fmean, median

DEPTH = 10
RESAMPLES = 10_000
SEED = 3

# What `score` gives for one question, in the order of the table.
NAMES = ("ndcg@10", "mrr@10", "recall@5", "success@1")


def score(ranking, relevant):
    """Scores one ranking of documents without repeats against {document: grade}."""
    gains = [relevant.get(document, 0) for document in ranking[:DEPTH]]
    ideal = sorted(relevant.values(), reverse=True)[:DEPTH]
    first = next((rank for rank, gain in enumerate(gains, 1) if gain), None)
    return {
        "ndcg@10": discounted(gains) / discounted(ideal),
        "mrr@10": 1 / first if first else 0.0,
        "recall@5": sum(1 for gain in gains[:5] if gain) / len(relevant),
        "success@1": 1.0 if first == 1 else 0.0,
    }


def discounted(gains):
    """Sums gains, each divided by the logarithm of its rank."""
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def summary(answers):
    """The row of one system over some answers: means, questions without a result, median time."""
    row = {name: fmean(answer["scores"][name] for answer in answers) for name in NAMES}
    row["questions"] = len(answers)
    row["empty"] = sum(1 for answer in answers if not answer["ranking"])
    row["median_ms"] = median(answer["ms"] for answer in answers)
    return row


def difference(ours, theirs):
    """Mean difference in nDCG@10 of the same questions, with the paired bootstrap's 95 % interval, (mean, low, high)."""
    pairs = [one["scores"]["ndcg@10"] - two["scores"]["ndcg@10"] for one, two in zip(ours, theirs, strict=True)]
    draw = random.Random(SEED)
    means = sorted(fmean(draw.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    return fmean(pairs), means[int(RESAMPLES * 0.025)], means[int(RESAMPLES * 0.975)]
