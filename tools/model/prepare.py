#!/usr/bin/env python3
"""Step 1: makes the texts that the teacher reads and the student learns from.

    python tools/model/prepare.py pairs.jsonl.gz tokenizer.json WORK

Reads lines of `{heading, path, body}`; `path` is the headings over a passage, itself last, joined by spaces. Writes
`WORK/texts.jsonl`, a line a text: `{kind, pair, text, held}`, in the order in which the teacher reads them, and
`WORK/ids.npz`, their word pieces. A passage has `body`, too: how many pieces stand before its body. Kinds:

* `passage`: as the product indexes one, `path. heading. body`;
* `sentence`: one sentence of the body, at random: what a sentence around a link, or a question, is like;
* `heading`, `path`: what link texts and short questions are like;
* `question`: path or heading in a frame such as "how do I …";
* `piece`: each word piece by itself, so that pieces which no text has are where the teacher sees them.

A random part of 2,000 pairs, whole documents of them, is held out from training; `held` says so. Needs `tokenizers` and `numpy`.
"""
import gzip
import hashlib
import json
import random
import re
import sys
from pathlib import Path

import numpy
from tokenizers import Tokenizer

SEED = 1
HELD_PAIRS = 2000
FRAMES = [
    "How do I {}?", "What is {}?", "How does {} work?", "When should {} be used?", "What are the rules for {}?",
    "Where can I find {}?", "Why {}?", "Who is responsible for {}?", "What does it say about {}?",
    "What should I know about {}?", "Can you explain {}?", "{}: how and why",
]


def passage(pair: dict) -> str:
    above = pair["path"].removesuffix(pair["heading"]).strip()
    return ". ".join(part for part in (above, pair["heading"], pair["body"]) if part)


def sentence(body: str, chance: random.Random) -> str | None:
    sentences = [one for one in re.split(r"(?<=[.!?:])\s+", body) if 6 <= len(one.split()) <= 45]
    return chance.choice(sentences) if sentences else None


def held_out(pairs: list[dict]) -> set[int]:
    """Whole documents, as far as the path's first two words tell them apart, by digest: no seed moves them."""
    documents: dict[str, list[int]] = {}
    for number, pair in enumerate(pairs):
        documents.setdefault(" ".join(pair["path"].split()[:2]), []).append(number)
    held: list[int] = []
    for name in sorted(documents, key=lambda name: hashlib.sha256(name.encode()).digest()):
        if len(held) >= HELD_PAIRS:
            break
        if len(documents[name]) <= 60:
            held += documents[name]
    return set(held)


def texts(pairs: list[dict]) -> list[dict]:
    chance = random.Random(SEED)
    rows: dict[str, list[dict]] = {kind: [] for kind in ("sentence", "passage", "heading", "path", "question")}
    for number, pair in enumerate(pairs):
        def add(kind: str, text: str | None) -> None:
            if text:
                rows[kind].append({"kind": kind, "pair": number, "text": text})

        add("passage", passage(pair))
        add("sentence", sentence(pair["body"], chance))
        add("heading", pair["heading"])
        add("path", pair["path"] if pair["path"] != pair["heading"] else None)
        subject = pair["heading"] if chance.random() < 0.5 else pair["path"]
        add("question", chance.choice(FRAMES).format(subject) if chance.random() < 0.5 else None)
    for kind in rows:
        chance.shuffle(rows[kind])
    return [row for kind in rows.values() for row in kind]


def main() -> None:
    source, tokenizer, work = Path(sys.argv[1]), Tokenizer.from_file(sys.argv[2]), Path(sys.argv[3])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pairs = [json.loads(line) for line in gzip.open(source, "rt")]
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    rows = [{"kind": "piece", "pair": number, "text": piece} for piece, number in vocabulary] + texts(pairs)
    held = held_out(pairs)
    work.mkdir(parents=True, exist_ok=True)
    for row in rows:
        row["held"] = row["kind"] != "piece" and row["pair"] in held
    passages = [row for row in rows if row["kind"] == "passage"]
    before = [row["text"].removesuffix(pairs[row["pair"]]["body"]) for row in passages]
    for row, one in zip(passages, tokenizer.encode_batch(before, add_special_tokens=False)):
        row["body"] = len(one.ids)
    with open(work / "texts.jsonl", "w") as out:
        for row in rows:
            print(json.dumps(row), file=out)
    written = [row["text"] for row in rows[len(vocabulary):]]
    ids = [[number] for _, number in vocabulary]
    ids += [one.ids for one in tokenizer.encode_batch(written, add_special_tokens=False)]
    starts = numpy.cumsum([0] + [len(one) for one in ids]).astype("int32")
    numpy.savez(work / "ids.npz", starts=starts, ids=numpy.concatenate([numpy.array(one, "uint16") for one in ids]))
    print(f"{len(rows)} texts of {starts[-1]} pieces; {len(held)} of {len(pairs)} pairs are held out")


if __name__ == "__main__":
    main()
