#!/usr/bin/env python3
"""Step 3: trains the table against the teacher.

    python tools/model/train.py WORK [--name=value …]

Reads `WORK/texts.jsonl`, `WORK/ids.npz`, `WORK/teacher.npy`; writes `WORK/NAME.npy`, [30522, 384] f32. The student is as
it is served: a passage is the plain mean of its pieces' rows, a question their mean by idf. A batch has pairs of a
question (any kind of text that belongs to the pair) and its passage; neighbours in a document come together, so that
they are hard negatives. The loss is the sum of

* distillation: KL divergence of the student's softmax over the batch's passages from the teacher's;
* contrast: cross entropy of the right passage (van den Oord et al. 2018), half of the passages without the words that the
  question was made of: words find those, meaning should find the others;
* regression: 1 − cosine with the teacher's vector, mean-centred, for questions, passages and single pieces.

Rows begin as the teacher's vector of the piece alone, times its weight a / (a + p) (Arora et al. 2017).
Needs `torch` and `numpy`.
"""
import json
import sys
import time
from pathlib import Path

import numpy
import torch
from torch.nn.functional import cross_entropy, embedding_bag, log_softmax, normalize

PIECES = 30522
OPTIONS = {
    "name": "table", "seed": 1, "epochs": 8, "batch": 1024, "run": 4, "rate": 0.004, "drop": 0.5,
    "distil": 1.0, "contrast": 0.3, "regress": 8.0, "heat": 0.05, "scale": 20.0, "sif": 1e-3, "cut": 256,
}


class Texts:
    """The texts: their pieces, the teacher's vectors, and which belong to which pair."""

    def __init__(self, work: Path):
        data = numpy.load(work / "ids.npz")
        self.starts, self.ids = data["starts"], data["ids"].astype("int32")
        self.teacher = torch.from_numpy(numpy.load(work / "teacher.npy"))
        self.rows = [json.loads(line) for line in open(work / "texts.jsonl")]
        self.mean = self.teacher[PIECES:].float().mean(0)
        self.passage: dict[int, int] = {}
        self.questions: dict[int, list[int]] = {}
        for number, row in enumerate(self.rows[PIECES:], PIECES):
            if row["kind"] == "passage":
                self.passage[row["pair"]] = number
            else:
                self.questions.setdefault(row["pair"], []).append(number)

    def pairs(self) -> list[int]:
        """The pairs to train on, in the order of their headings: neighbours of a document together."""
        some = [pair for pair, number in self.passage.items() if pair in self.questions and not self.rows[number]["held"]]
        return sorted(some, key=lambda pair: (self.rows[self.passage[pair]]["text"][:80], pair))

    def pieces(self, number: int) -> numpy.ndarray:
        return self.ids[self.starts[number] : self.starts[number + 1]]

    def without(self, pair: int, question: int) -> numpy.ndarray:
        """A passage's pieces without the words the question was made of, so that meaning has to find it."""
        ids, asked = self.pieces(self.passage[pair]), self.pieces(question)
        if self.rows[question]["kind"] != "sentence":
            body = ids[self.rows[self.passage[pair]]["body"] :]
            return body if len(body) > 5 else ids
        for at in numpy.flatnonzero(ids == asked[0]):
            if numpy.array_equal(ids[at : at + len(asked)], asked):
                return numpy.concatenate([ids[:at], ids[at + len(asked) :]]) if len(asked) < len(ids) else ids
        return ids

    def vectors(self, numbers: list[int]) -> torch.Tensor:
        return self.teacher[numbers].float()


def bag(rows: list[numpy.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    """Texts side by side, and where each begins: what `embedding_bag` takes."""
    starts = numpy.cumsum([0] + [len(row) for row in rows])[:-1]
    return torch.from_numpy(numpy.concatenate(rows)), torch.from_numpy(starts.astype("int32"))


def frequency(texts: Texts) -> tuple[torch.Tensor, torch.Tensor, int]:
    """In how many passages each piece is, and its share of all pieces of passages."""
    passages = list(texts.passage.values())
    ids = numpy.concatenate([texts.pieces(number) for number in passages]).astype("int64")
    of_text = numpy.repeat(numpy.arange(len(passages)), [len(texts.pieces(number)) for number in passages])
    distinct = numpy.unique(of_text * PIECES + ids) % PIECES
    chunks = torch.from_numpy(numpy.bincount(distinct, minlength=PIECES)).float()
    total = torch.from_numpy(numpy.bincount(ids, minlength=PIECES)).float()
    return chunks, total / total.sum(), len(passages)


def beginning(texts: Texts, share: torch.Tensor, sif: float) -> torch.Tensor:
    rows = normalize(texts.vectors(list(range(PIECES))) - texts.teacher[:PIECES].float().mean(0))
    return rows * (sif / (sif + share))[:, None]


def loss_of(table, texts, idf, batch, options, chance) -> torch.Tensor:
    questions = [texts.questions[pair][chance.integers(len(texts.questions[pair]))] for pair in batch]
    passages = [texts.passage[pair] for pair in batch]
    ids, offsets = bag([texts.pieces(number)[: options["cut"]] for number in questions])
    asked = normalize(embedding_bag(ids, table, offsets, mode="sum", per_sample_weights=idf[ids.long()]))
    dropped = chance.random(len(batch)) < options["drop"]
    rows = [
        texts.without(pair, question) if drop else texts.pieces(passage)
        for pair, question, passage, drop in zip(batch, questions, passages, dropped)
    ]
    ids, offsets = bag([row[: options["cut"]] for row in rows])
    found = normalize(embedding_bag(ids, table, offsets, mode="sum"))
    t_asked, t_found = texts.vectors(questions), texts.vectors(passages)
    scores = options["scale"] * asked @ found.T
    wanted = (t_asked @ t_found.T / options["heat"]).softmax(1)
    distil = (wanted * (wanted.clamp_min(1e-9).log() - log_softmax(scores, 1))).sum(1).mean()
    contrast = cross_entropy(scores, torch.arange(len(batch)))
    target = normalize(torch.cat([t_asked, t_found]) - texts.mean)
    regress = 1 - (torch.cat([asked, found]) * target).sum(1).mean()
    return options["distil"] * distil + options["contrast"] * contrast + options["regress"] * regress


def train(texts: Texts, options: dict) -> torch.Tensor:
    chance = numpy.random.default_rng(options["seed"])
    torch.manual_seed(options["seed"])
    chunks, share, count = frequency(texts)
    idf = ((count + 1) / (chunks + 1)).log().clamp_min(0.05)
    start = beginning(texts, share, options["sif"])
    table = start.clone().requires_grad_(True)
    pairs = numpy.array(texts.pairs())
    runs = numpy.array_split(pairs, len(pairs) // options["run"])
    steps = options["epochs"] * (len(pairs) // options["batch"])
    optimiser = torch.optim.Adam([table], lr=options["rate"], betas=(0.9, 0.99), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options["rate"], total_steps=steps + 1, pct_start=0.1)
    for epoch in range(options["epochs"]):
        began, losses = time.time(), []
        order = numpy.concatenate([runs[number] for number in chance.permutation(len(runs))])
        for step in range(len(pairs) // options["batch"]):
            batch = order[step * options["batch"] : (step + 1) * options["batch"]]
            loss = loss_of(table, texts, idf, batch, options, chance)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {numpy.mean(losses):.4f}, {time.time() - began:.0f} s", flush=True)
    return table.detach()


def main() -> None:
    work, options = Path(sys.argv[1]), dict(OPTIONS)
    for argument in sys.argv[2:]:
        name, value = argument.removeprefix("--").split("=")
        options[name] = type(options[name])(value)
    torch.set_num_threads(1)
    table = train(Texts(work), options)
    numpy.save(work / f"{options['name']}.npy", table.numpy())


if __name__ == "__main__":
    main()
