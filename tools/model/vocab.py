#!/usr/bin/env python3
"""Derives the tokenizer's two plain files from a Hugging Face `tokenizer.json` (BERT uncased WordPiece).

    python tools/model/vocab.py tokenizer.json src/core/embed/model

* `vocab.txt`: the word pieces, one a line; the line's number, from 0, is the piece's id.
* `classes.txt`: what the reference normaliser and pre-tokenizer make of each code point beyond ASCII, asked of the
  reference itself, one code point at a time: `first last class` in hexadecimal, a run a line, sorted. Classes: `d`
  dropped before anything else, `s` white space, `i` ideograph (a word by itself), `m` mark (dropped after
  decomposition), `p` punctuation. What is in no run is part of a word.

Needs the PyPI package `tokenizers`; the versions that made the committed files: tokenizers 0.23.3.
"""
import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, normalizers


def pieces(source: Path) -> list[str]:
    vocabulary = sorted(json.loads(source.read_text())["model"]["vocab"].items(), key=lambda entry: entry[1])
    assert [number for _, number in vocabulary] == list(range(len(vocabulary))), "ids must be 0, 1, 2 …"
    assert not any("\n" in piece for piece, _ in vocabulary)
    return [piece for piece, _ in vocabulary]


def classes(source: Path) -> list[tuple[int, int, str]]:
    tokenizer = Tokenizer.from_file(str(source))
    cleaner = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False
    )

    def one(letter: str) -> str:
        cleaned = cleaner.normalize_str(letter)
        if cleaned == "":
            return "d"
        if cleaned == " ":
            return "s"
        if cleaned == f" {letter} ":
            return "i"
        assert cleaned == letter
        if tokenizer.normalizer.normalize_str(letter) == "":
            return "m"
        return "p" if len(tokenizer.pre_tokenizer.pre_tokenize_str(f"a{letter}a")) == 3 else ""

    runs: list[tuple[int, int, str]] = []
    for point in range(0x80, 0x110000):
        if 0xD800 <= point < 0xE000:
            continue
        kind = one(chr(point))
        if runs and runs[-1][1] == point - 1 and runs[-1][2] == kind:
            runs[-1] = (runs[-1][0], point, kind)
        else:
            runs.append((point, point, kind))
    return [run for run in runs if run[2]]


def main() -> None:
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in pieces(source)))
    (folder / "classes.txt").write_text("".join(f"{a:x} {b:x} {kind}\n" for a, b, kind in classes(source)))


if __name__ == "__main__":
    main()
