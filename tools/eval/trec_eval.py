#!/usr/bin/env python3
"""Writes what trec_eval says of made-up runs, for the tests of `src/faces/eval/measure.rs`.

    python tools/eval/trec_eval.py > src/faces/eval/expected/trec_eval.json

Runs and judgements come from a fixed seed: graded judgements, tied scores, documents nobody judged, runs shorter than
the cut, judged questions without a run (`trec_eval -c` counts 0), and questions whose judgements are all 0.
`recip_rank` has no cut of its own; the run is cut first, in trec_eval's order (score, then name, both descending).

Needs the PyPI package `pytrec_eval-terrier`, which builds trec_eval itself; made with version 0.5.11.
"""
import json
import random
import sys

import pytrec_eval

CUTS = (1, 3, 5, 10, 100)
NAMES = {"ndcg_cut": "ndcg", "recall": "recall", "P": "precision", "success": "success"}


def made_up(dice):
    judged, runs = {}, {}
    for number in range(80):
        query = f"q{number:02}"
        names = [f"d{at:03}" for at in range(dice.choice((6, 40, 160)))]
        relevant = dice.sample(names, dice.randint(1, min(12, len(names))))
        judged[query] = {name: dice.choice((0, 1, 1, 2, 3)) for name in relevant}
        # A judged document that is in no run.
        if dice.random() < 0.3:
            judged[query]["gone"] = dice.randint(1, 3)
        if dice.random() < 0.08:
            judged[query] = dict.fromkeys(judged[query], 0)
        found = dice.sample(names, dice.randint(1, len(names)))
        # Few distinct scores make ties; all are whole eighths, the same as f32 and as f64.
        runs[query] = {name: dice.randint(0, dice.choice((4, 64))) / 8 for name in found}
        if dice.random() < 0.1:
            runs[query] = {}
    return judged, runs


def main():
    judged, runs = made_up(random.Random(20261128))
    asked = {query: run for query, run in runs.items() if run}
    measures = {f"{name}.{','.join(map(str, CUTS))}" for name in NAMES}
    values = pytrec_eval.RelevanceEvaluator(judged, measures).evaluate(asked)
    out = {query: {} for query in judged}
    for query in judged:
        for name, ours in NAMES.items():
            for cut in CUTS:
                out[query][f"{ours}@{cut}"] = values.get(query, {}).get(f"{name}_{cut}", 0.0)
    for cut in CUTS:
        cut_runs = {}
        for query, run in asked.items():
            order = sorted(run.items(), key=lambda item: (item[1], item[0]), reverse=True)
            cut_runs[query] = dict(order[:cut])
        ranks = pytrec_eval.RelevanceEvaluator(judged, {"recip_rank"}).evaluate(cut_runs)
        for query in judged:
            out[query][f"mrr@{cut}"] = ranks.get(query, {}).get("recip_rank", 0.0)
    cases = [{"run": sorted(runs[query].items()), "judged": judged[query], "values": out[query]} for query in sorted(judged)]
    means = {name: sum(case["values"][name] for case in cases) / len(cases) for name in cases[0]["values"]}
    json.dump({"cases": cases, "means": means}, sys.stdout, separators=(",", ":"), sort_keys=True)
    print()


if __name__ == "__main__":
    main()
