#!/usr/bin/env python3
"""Steps 4 and 5: reduces a trained table to 256 dimensions and packs it into the file that the product compiles in.

    python tools/model/finish.py reduce WORK TABLE.npy … CHECKPOINT.npy
    python tools/model/finish.py pack CHECKPOINT.npy TABLE.safetensors

* reduce: the mean of the tables (of several seeds); rows of common pieces made shorter by a / (a + p); turned onto the
  256 principal axes of the training passages' vectors. Axes are a matter of the linear algebra library's last bits, so
  the result is kept: it is the checkpoint.
* pack: each row as int8 with one f16 scale. Numbers are rounded one by one, so equal checkpoints give equal bytes anywhere.

Needs `numpy`.
"""
import json
import struct
import sys
from pathlib import Path

import numpy

DIMENSIONS = 256
DAMPING = 1e-2


def reduce(work: Path, tables: list[Path]) -> numpy.ndarray:
    table = numpy.mean([numpy.load(path).astype("float64") for path in tables], axis=0)
    data = numpy.load(work / "ids.npz")
    starts, ids = data["starts"], data["ids"].astype("int64")
    kinds = [json.loads(line)["kind"] for line in open(work / "texts.jsonl")]
    passages = [number for number, kind in enumerate(kinds) if kind == "passage"]
    counts = numpy.zeros(len(table))
    for number in passages:
        numpy.add.at(counts, ids[starts[number] : starts[number + 1]], 1)
    table *= (DAMPING / (DAMPING + counts / counts.sum()))[:, None]
    covariance = numpy.zeros((table.shape[1], table.shape[1]))
    for start in range(0, len(passages), 4096):
        some = passages[start : start + 4096]
        vectors = numpy.stack([table[ids[starts[number] : starts[number + 1]]].sum(0) for number in some])
        vectors /= numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        covariance += vectors.T @ vectors
    _, axes = numpy.linalg.eigh(covariance)
    return (table @ axes[:, ::-1][:, :DIMENSIONS]).astype("float32")


def pack(rows: numpy.ndarray) -> bytes:
    """The safetensors file: header padded to 8 bytes, `embeddings` I8, `scales` F16."""
    scales = (numpy.abs(rows).max(axis=1) / numpy.float32(127)).astype("<f2")
    divisor = numpy.where(scales > 0, scales, 1).astype("float32")
    codes = numpy.clip(numpy.rint(rows / divisor[:, None]), -127, 127).astype("i1")
    header = {
        "embeddings": {"dtype": "I8", "shape": list(codes.shape), "data_offsets": [0, codes.size]},
        "scales": {"dtype": "F16", "shape": [len(scales)], "data_offsets": [codes.size, codes.size + 2 * len(scales)]},
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + codes.tobytes() + scales.tobytes()


def main() -> None:
    verb, arguments = sys.argv[1], [Path(argument) for argument in sys.argv[2:]]
    if verb == "reduce":
        numpy.save(arguments[-1], reduce(arguments[0], arguments[1:-1]))
    else:
        arguments[1].write_bytes(pack(numpy.load(arguments[0])))


if __name__ == "__main__":
    main()
