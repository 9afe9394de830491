#!/usr/bin/env python3
"""Step 2: has the teacher embed the texts.

    python tools/model/teacher.py TEACHER WORK

TEACHER is the folder of all-MiniLM-L6-v2 (`model.safetensors`, `config.json`). Reads `WORK/ids.npz`; writes
`WORK/teacher.npy`, a row a text, 384 dimensions, f16, L2-normalised: the mean of the last layer over all pieces with
`[CLS]` and `[SEP]`, as its model card has it. On the way it keeps parts of 4,096 texts in `WORK/teacher/`; a part that
is there is not made again. Texts are cut at 126
pieces (the teacher was trained on 128). Runs in bfloat16: cosine with float32 is above 0.9998.
Needs `torch`, `transformers`, `numpy`.
"""
import sys
import time
from pathlib import Path

import numpy
import torch
from transformers import BertModel

PART = 4096
PIECES_MAX = 126
CLS, SEP = 101, 102
TOKENS_TOGETHER = 8192


def batches(rows: list[numpy.ndarray]):
    """Rows of like length together, at most TOKENS_TOGETHER pieces with padding."""
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    batch: list[int] = []
    for row in order:
        if batch and (len(batch) + 1) * len(rows[row]) > TOKENS_TOGETHER:
            yield batch
            batch = []
        batch.append(row)
    yield batch


def embed(model: BertModel, rows: list[numpy.ndarray]) -> numpy.ndarray:
    out = numpy.zeros((len(rows), model.config.hidden_size), "float16")
    for batch in batches(rows):
        width = max(len(rows[row]) for row in batch)
        ids = torch.zeros((len(batch), width), dtype=torch.long)
        mask = torch.zeros((len(batch), width), dtype=torch.long)
        for place, row in enumerate(batch):
            ids[place, : len(rows[row])] = torch.from_numpy(rows[row])
            mask[place, : len(rows[row])] = 1
        last = model(ids, attention_mask=mask).last_hidden_state.float()
        mean = (last * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        out[batch] = torch.nn.functional.normalize(mean, dim=1).half().numpy()
    return out


def main() -> None:
    teacher, work = sys.argv[1], Path(sys.argv[2])
    torch.set_num_threads(2)
    model = BertModel.from_pretrained(teacher, add_pooling_layer=False).eval().to(torch.bfloat16)
    data = numpy.load(work / "ids.npz")
    starts, pieces = data["starts"], data["ids"].astype("int64")
    (work / "teacher").mkdir(exist_ok=True)
    count = len(starts) - 1
    with torch.inference_mode():
        for part in range(-(-count // PART)):
            path, began = work / "teacher" / f"{part:04}.npy", time.time()
            if path.exists():
                continue
            rows = range(part * PART, min(count, (part + 1) * PART))
            texts = [pieces[starts[row] : min(starts[row + 1], starts[row] + PIECES_MAX)] for row in rows]
            vectors = embed(model, [numpy.concatenate([[CLS], text, [SEP]]) for text in texts])
            with open(path.with_suffix(".part"), "wb") as out:
                numpy.save(out, vectors)
            path.with_suffix(".part").rename(path)
            print(f"{rows.stop} of {count}, {time.time() - began:.0f} s", flush=True)
    parts = sorted((work / "teacher").glob("*.npy"))
    numpy.save(work / "teacher.npy", numpy.concatenate([numpy.load(part) for part in parts]))


if __name__ == "__main__":
    main()
