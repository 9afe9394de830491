#!/usr/bin/env python3
"""Writes what the reference implementations make of texts, for the tests of `src/core/embed`.

    python tools/model/reference_ids.py digests tokenizer.json FOLDER > src/core/embed/expected/digests.txt
    python tools/model/reference_ids.py strings tokenizer.json > src/core/embed/expected/strings.jsonl
    python tools/model/reference_ids.py vectors tokenizer.json TABLE > src/core/embed/expected/vectors.jsonl

* digests: for each `*.md` under FOLDER a line `digest-of-the-file lines digest-of-the-ids`. Each line of the file is
  tokenised by itself; the second digest is the SHA-256 of all ids (u16, little-endian), 0xffff behind each line. No
  text of the files is written.
* strings: `{text, ids}` for strings of our own that are hard to tokenise, and for every code point that is
  not plain: their ids as one digest a block of 4,096 code points.
* vectors: `{text, hex}` for short texts of our own: numpy's mean of rows, the largest number scaled to 127, as int8.

Needs the PyPI packages `tokenizers` and, for vectors, `numpy`; made with tokenizers 0.23.3 and numpy 2.4.6.
"""
import hashlib
import json
import struct
import sys
from pathlib import Path

from tokenizers import Tokenizer


def open_tokenizer(path: str) -> Tokenizer:
    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def ids_of(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    return [row.ids for row in tokenizer.encode_batch(texts, add_special_tokens=False)]


def packed(rows: list[list[int]]) -> bytes:
    return b"".join(struct.pack(f"<{len(ids) + 1}H", *ids, 0xFFFF) for ids in rows)


def digests(tokenizer: Tokenizer, folder: str) -> None:
    out = set()
    for path in Path(folder).rglob("*.md"):
        content = path.read_bytes()
        try:
            lines = content.decode().split("\n")
        except UnicodeDecodeError:
            continue
        ids = hashlib.sha256(packed(ids_of(tokenizer, lines))).hexdigest()[:16]
        out.add(f"{hashlib.sha256(content).hexdigest()[:16]} {len(lines)} {ids}")
    print("\n".join(sorted(out)))


STRINGS = [
    "", " ", "\t\r\n", "\0", "a", "A", "Hello, World!", "don't", "state-of-the-art", "snake_case_name", "CamelCaseName",
    "don\u2019t \u201cquote\u201d \u2014 dash", "caf\u00e9 CAF\u00c9 cafe\u0301", "na\u00efve fa\u00e7ade", "Stra\u00dfe STRASSE",
    "\u0130stanbul \u0131\u015f\u0131k I\u0307", "\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03cc\u03c2 \u03a3\u03a3", "\u4f60\u597d\u4e16\u754c", "abc\u4e2ddef", "\u65e5\u672c\u8a9e\u30c6\u30ad\u30b9\u30c8",
    "\u304c\u304e\u3050 \u304b\u3099", "\ud55c\uad6d\uc5b4 \ud14d\uc2a4\ud2b8", "\u1112\u1161\u11ab", "\u0646\u0635 \u0639\u0631\u0628\u064a\u064c", "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
    "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0e44\u0e17\u0e22", "\U0001f600 ok", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1eb\U0001f1f7", "\u2764\ufe0f", "a\u200bb", "a\u00adb", "a\u200db",
    "a\u00a0b", "a\u2028b\u2029c", "a\u3000b", "a\u0085b", "a\x0bb\x0cc\x1cd", "a\x7fb", "\ufeffstart", "bad\ufffdchar", "x\ue000y",
    "\ufb01n \ufb02ow", "\u2460\u2461", "\uff28\uff25\uff2c\uff2c\uff2f", "\u1e9b\u0323", "q\u0307\u0323", "\u0344", "\u212b \u2126", "\uf900\uf901", "\U0002f800\U0002fa1d",
    "\U00020000\U0002a6d6", "\U0002b820", "\U0001d165\U0001d16d\u302e\u302f", "a\u0301\u200d\u0302", "\u0915\u093c", "[UNK]", "[CLS] text [SEP]", "a[MASK]b", "[mask]", "[PAD",
    "[[MASK]]", "[MA\0SK]", "##ing", "#", "##", "a##b", "$100 + 5% = ^x`~|<>", "http://host.example/path?x=1&y=2#z", "foo@bar.example", "3.14159", "0x1F",
    "x" * 99, "x" * 100, "x" * 101, "\u00e9" * 100, "\u00e9" * 101, "a" * 1000 + " b", "supercalifragilisticexpialidocious", "\u0435\u0301\u0436 \u0401\u0436\u0438\u043a", "\u01c5 \u01c4 \u01c6",
    "\u1f80 \u1f88 \u1fb3", "\u03d2\u0301", "\u037e\u0387\u1fef", "\u2f00 \u2e80", "\u3007\u3021", "\ua015\ua4d0", "\U00010400\U00010428", "\U0001e900\U0001e922", "\u10a0\u2d00 \u1c90\u10d0",
    "\u13a0\uab70", "\u1e9e", "\u00b5\u03bc", "\u00aa\u00ba\u00b2", "\u20ac\u00a3\u00a5", "\u00ab\u00bb\u00bf\u00a1", "\u00a9\u00ae\u2122", "\u2190\u2192 \u2713", "e\u0301\u0301\u0301", "\u0301\u0301", "\u0301a", "\U000e0041", "\U0010ffff",
]


def strings(tokenizer: Tokenizer) -> None:
    for text, ids in zip(STRINGS, ids_of(tokenizer, STRINGS)):
        print(json.dumps({"text": text, "ids": ids}))
    for block in range(0, 0x110000, 4096):
        letters = [chr(point) for point in range(block, block + 4096) if not 0xD800 <= point < 0xE000]
        rows = ids_of(tokenizer, [f"a{letter}b {letter} {letter}\u0301\u3099\u302e{letter}" for letter in letters])
        print(json.dumps({"block": block, "ids": hashlib.sha256(packed(rows)).hexdigest()[:16]}))


def vectors(tokenizer: Tokenizer, table: str) -> None:
    import numpy

    content = Path(table).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header, base = json.loads(content[8 : 8 + length]), 8 + length

    def tensor(name: str, dtype: str):
        entry = header[name]
        start, end = (base + offset for offset in entry["data_offsets"])
        return numpy.frombuffer(content[start:end], dtype).reshape(entry["shape"]).astype("float64")

    rows = tensor("embeddings", "i1") * tensor("scales", "<f2")[:, None]
    verbs = ["restarting", "configuring", "measuring", "migrating", "reviewing"]
    things = ["the build cache", "a message queue", "caf\u00e9 menus", "on-call rotas", "TLS certificates"]
    tails = ["", " in production!", " (see the FAQ, please)", " \u2014 \u65e5\u672c\u8a9e \U0001f600 " + "z" * 120]
    texts = [f"{verb} {thing}{tail}" for verb in verbs for thing in things for tail in tails]
    for text, ids in zip(texts, ids_of(tokenizer, texts)):
        mean = rows[ids].mean(axis=0)
        codes = numpy.round(mean / numpy.abs(mean).max() * 127).astype("i1")
        print(json.dumps({"text": text, "hex": codes.tobytes().hex()}))


def main() -> None:
    verb, tokenizer = sys.argv[1], open_tokenizer(sys.argv[2])
    {"digests": digests, "strings": strings, "vectors": vectors}[verb](tokenizer, *sys.argv[3:])


if __name__ == "__main__":
    main()
