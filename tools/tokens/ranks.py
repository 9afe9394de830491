"""Makes the table that `src/core/retrieval/tokens.rs` counts with, of the published ranks of o200k_base.

The ranks come with several packages; this reads the form of one `BASE64 RANK` pair a line, plain or gzipped, for
example `data/o200k_base.tiktoken.gz` of the crate `bpe-openai`. No token's text goes into the table: a slot holds 30
bits of a token's digest and its rank.

    python3 tools/tokens/ranks.py o200k_base.tiktoken.gz src/core/retrieval/vocabulary/o200k-ranks.bin

The same ranks give the same bytes. `--check` compares instead of writing.
"""

import base64
import gzip
import sys

SLOT_BITS = 18
SLOT_BYTES = 6
RANK_BITS = 18
MASK = (1 << 64) - 1


def digest(token: bytes) -> int:
    """Must equal `digest` in `src/core/retrieval/tokens.rs`."""
    state = (len(token) * 0x9E3779B97F4A7C15) & MASK
    for at in range(0, len(token), 8):
        word = int.from_bytes(token[at : at + 8], "little")
        state = ((state ^ word) * 0xD6E8FEB86659FD93) & MASK
        state ^= state >> 32
    state = (state * 0x9E3779B97F4A7C15) & MASK
    return state ^ (state >> 29)


def table(ranks: list[tuple[bytes, int]]) -> bytes:
    slots: list[int | None] = [None] * (1 << SLOT_BITS)
    for token, rank in sorted(ranks, key=lambda pair: pair[1]):
        state = digest(token)
        mark, slot = state >> 34, state & ((1 << SLOT_BITS) - 1)
        while slots[slot] is not None:
            slot = (slot + 1) & ((1 << SLOT_BITS) - 1)
        slots[slot] = mark << RANK_BITS | rank
    empty = (1 << 8 * SLOT_BYTES) - 1
    return b"".join((empty if value is None else value).to_bytes(SLOT_BYTES, "little") for value in slots)


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    source, target = arguments
    opened = gzip.open(source, "rt") if source.endswith(".gz") else open(source, encoding="ascii")
    with opened as lines:
        pairs = [line.split() for line in lines if line.strip()]
    made = table([(base64.b64decode(token), int(rank)) for token, rank in pairs])
    if "--check" in sys.argv:
        with open(target, "rb") as known:
            same = known.read() == made
        print("the table is what the ranks give" if same else "the table differs from what the ranks give")
        sys.exit(0 if same else 1)
    with open(target, "wb") as out:
        out.write(made)


if __name__ == "__main__":
    main()
