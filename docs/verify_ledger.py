#!/usr/bin/env python3
"""Verifies a Cairn ledger: python3 verify_ledger.py DATA/ledger. Exits 0 good, 1 tampered, 2 torn tail only."""
import hashlib, json, pathlib, re, sys

folder, head, seq = pathlib.Path(sys.argv[1]), b"0" * 64, 1
segments = sorted(p for p in folder.glob("*.jsonl") if re.fullmatch(r"\d{6,}", p.stem) and f"{int(p.stem):06}" == p.stem)
segments.sort(key=lambda path: int(path.stem))
for number, path in enumerate(segments, 1):
    bad = lambda line, why: (print(f"tampered: {number:06}.jsonl:{line}: {why}"), sys.exit(1))
    int(path.stem) == number or bad(1, "segment missing")
    *lines, torn = path.read_bytes().split(b"\n")
    for at, line in enumerate(lines, 1):
        text, seal = line[:-72], re.fullmatch(rb',"h":"([0-9a-f]{64})"}', line[-72:])
        begin = re.match(rb'\{"v":1,"seq":(\d+)(?!\d)', text)
        seal and begin or bad(at, "not a line of a ledger")
        int(begin[1]) == seq or bad(at, f"seq {seq} expected")
        hashlib.sha256(head + text).hexdigest().encode() == seal[1] or bad(at, "digest does not follow")
        if at == 1:
            header = json.loads(line)
            (header["kind"], header.get("segment"), header.get("prev")) == ("segment", number, head.decode()) or bad(1, "not this segment's header")
        head, seq = seal[1], seq + 1
    if torn or not lines:
        number == len(segments) or bad(len(lines) + 1, "segment ends in half a line")
        print(f"torn tail: {number:06}.jsonl:{len(lines) + 1}: {len(torn)} bytes"), sys.exit(2)
print(f"good: {seq - 1} lines in {len(segments)} segments, head {head.decode()}")
