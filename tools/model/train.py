#!/usr/bin/env python3
"""Step 3: trains the table against the teacher.

    python tools/model/train.py WORK [--name=value …]

Reads `WORK/texts.jsonl`, `WORK/ids.npz`, `WORK/teacher/`; writes `WORK/NAME.npy`, [30522, 384] f32. The student is as
it is served: a passage is the plain mean of its pieces' rows, a question their mean by idf. A batch has pairs of a
question (any kind of text that belongs to the pair) and its passage; neighbours in a document come together, so that
they are hard negatives. The loss is the sum of

* distillation: KL divergence of the student's softmax over the batch's passages from the teacher's;
* contrast: cross entropy of the right passage (van den Oord et al. 2018);
* regression: 1 − cosine with the teacher's vector, mean-centred, for questions, passages and single pieces.

Rows begin as the teacher's vector of the piece alone, times its weight a / (a + p) (Arora et al. 2017), and decay towards that.
Needs `torch` and `numpy`.
"""
import json
import sys
import time
from pathlib import Path

import numpy
import torch
from torch.nn.functional import cross_entropy, embedding_bag, log_softmax, normalize

OPTIONS = {
    "name": "table", "seed": 1, "epochs": 6, "batch": 1024, "run": 4, "rate": 0.004, "decay": 0.0,
    "distil": 1.0, "contrast": 0.3, "regress": 3.0, "heat": 0.05, "scale": 20.0, "sif": 1e-3, "cut": 256, "kinds": "sentence,heading,path,question",
}


class Texts:
    """The texts: pieces, teacher's vectors, and which belong to which pair."""

    def __init__(self, work: Path):
        data = numpy.load(work / "ids.npz")
        self.starts, self.ids = data["starts"], torch.from_numpy(data["ids"].astype("int32"))
        parts = sorted((work / "teacher").glob("*.npy"))
        self.teacher = torch.from_numpy(numpy.concatenate([numpy.load(part) for part in parts]))
        self.rows = [json.loads(line) for line in open(work / "texts.jsonl")][: len(self.teacher)]
        self.mean = self.teacher[30522:].float().mean(0)
        self.passage: dict[int, int] = {}
        self.questions: dict[int, list[int]] = {}
        self.kind = [row["kind"] for row in self.rows]
        self.path: dict[int, str] = {}

    def pairs(self, kinds: set[str], held: bool) -> list[int]:
        """Pairs with a passage and a question, in the order of their headings: neighbours of a document together."""
        self.passage, self.questions = {}, {}
        for number, row in enumerate(self.rows):
            if row["kind"] == "passage" and row["held"] == held:
                self.passage[row["pair"]] = number
            elif row["kind"] in kinds and row["held"] == held:
                self.questions.setdefault(row["pair"], []).append(number)
        both = [pair for pair in self.passage if pair in self.questions]
        return sorted(both, key=lambda pair: (self.rows[self.passage[pair]]["text"][:80], pair))

    def bag(self, numbers: list[int], cut: int) -> tuple[torch.Tensor, torch.Tensor]:
        spans = [(self.starts[number], min(self.starts[number + 1], self.starts[number] + cut)) for number in numbers]
        ids = torch.cat([self.ids[start:end] for start, end in spans])
        offsets = torch.tensor(numpy.cumsum([0] + [end - start for start, end in spans])[:-1], dtype=torch.int32)
        return ids, offsets

    def vectors(self, numbers: list[int]) -> torch.Tensor:
        return self.teacher[numbers].float()


def frequency(texts: Texts) -> tuple[torch.Tensor, torch.Tensor, int]:
    """In how many passages each piece is, and its share of all pieces of passages."""
    of_text = numpy.repeat(numpy.arange(len(texts.rows)), numpy.diff(texts.starts[: len(texts.rows) + 1]))
    is_passage = numpy.array([kind == "passage" for kind in texts.kind])
    keep = is_passage[of_text]
    ids = texts.ids.numpy()[: len(of_text)][keep].astype("int64")
    distinct = numpy.unique(of_text[keep].astype("int64") * 30522 + ids) % 30522
    chunks = torch.from_numpy(numpy.bincount(distinct, minlength=30522)).float()
    total = torch.from_numpy(numpy.bincount(ids, minlength=30522)).float()
    return chunks, total / total.sum(), int(is_passage.sum())


def beginning(texts: Texts, share: torch.Tensor, sif: float) -> torch.Tensor:
    rows = normalize(texts.vectors(list(range(30522))) - texts.teacher[:30522].float().mean(0))
    return rows * (sif / (sif + share))[:, None]


def loss_of(table, texts, idf, batch, options, chance) -> torch.Tensor:
    questions = [texts.questions[pair][chance.integers(len(texts.questions[pair]))] for pair in batch]
    passages = [texts.passage[pair] for pair in batch]
    ids, offsets = texts.bag(questions, options["cut"])
    asked = normalize(embedding_bag(ids, table, offsets, mode="sum", per_sample_weights=idf[ids.long()]))
    ids, offsets = texts.bag(passages, options["cut"])
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
    pairs = numpy.array(texts.pairs(set(options["kinds"].split(",")), held=False))
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
            if options["decay"]:
              with torch.no_grad():
                table.lerp_(start, options["decay"] * schedule.get_last_lr()[0])
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
