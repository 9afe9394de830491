#!/usr/bin/env python3
"""Verifies a Cairn ledger: python3 verify_ledger.py DATA/ledger [COPIES_OF_CHECKPOINTS]
Exits 0 good, 1 tampered, 2 torn tail only, 3 shorter than a checkpoint. verify_checkpoint.py checks the signatures."""
import hashlib, json, pathlib, re, sys

sha = lambda data: hashlib.sha256(data).digest()

def read(file):
    *lines, torn = file.read_bytes().split(b"\n") if file.exists() else [b""]
    return lines, torn

def verify(folder, copies=()):
    folder, head, seq, peaks, log, torn = pathlib.Path(folder), b"0" * 64, 0, [], None, ""
    own, unfinished = read(folder / "checkpoints")
    try: claims = sorted(map(json.loads, [*own, *copies]), key=lambda claim: -claim["size"])
    except (ValueError, KeyError, TypeError): return 1, "tampered: a line of checkpoints is none"
    segments = sorted((int(p.stem), p) for p in folder.glob("*.jsonl") if re.fullmatch(r"\d{6,}", p.stem) and f"{int(p.stem):06}" == p.stem)
    for expected, (number, path) in enumerate(segments, 1):
        bad = lambda line, why: (1, f"tampered: {expected:06}.jsonl:{line}: {why}")
        if number != expected: return bad(1, "segment missing")
        lines, half = read(path)
        for at, line in enumerate(lines, 1):
            text, seal = line[:-72], re.fullmatch(rb',"h":"([0-9a-f]{64})"}', line[-72:])
            begin = re.match(rb'\{"v":1,"seq":(\d+)(?!\d)', text)
            if not seal or not begin: return bad(at, "not a line of a ledger")
            if int(begin[1]) != seq + 1: return bad(at, f"seq {seq + 1} expected")
            if hashlib.sha256(head + text).hexdigest().encode() != seal[1]: return bad(at, "digest does not follow")
            if at == 1:
                try: header = json.loads(line)
                except ValueError: header = {}
                log = log or header.get("log")
                if [header.get(key) for key in ("kind", "segment", "prev", "log")] != ["segment", number, head.decode(), log]: return bad(1, "not this segment's header")
            node, head, size, seq = sha(b"\0" + line), seal[1], seq, seq + 1
            while size & 1: node, size = sha(b"\1" + peaks.pop() + node), size >> 1  # RFC 6962, section 2.1
            peaks.append(node)
            while claims and claims[-1]["size"] == seq:
                claim, root = claims.pop(), peaks[-1]
                for left in peaks[-2::-1]: root = sha(b"\1" + left + root)
                if (claim.get("log"), claim.get("head"), claim.get("root")) != (log, head.decode(), root.hex()): return bad(at, f"the checkpoint of {seq} lines speaks of other ones")
        if half or not lines:
            if number != len(segments): return bad(len(lines) + 1, "segment ends in half a line")
            torn = f"torn tail: {number:06}.jsonl:{len(lines) + 1}: {len(half)} bytes"
    if any(log not in (None, claim.get("log")) for claim in claims): return 1, "tampered: a checkpoint of another ledger"
    if claims: return 3, f"shorter: {seq} lines, and a checkpoint of {claims[0]['size']}"
    if torn or unfinished: return 2, torn or "torn: half a line in checkpoints"
    return 0, f"good: {seq} lines in {len(segments)} segments, head {head.decode()}"

def found_in(text):
    return re.findall(rb'\{"checkpoint":1,.*"\}', text)

if __name__ == "__main__":
    code, text = verify(sys.argv[1], found_in(pathlib.Path(sys.argv[2]).read_bytes()) if len(sys.argv) > 2 else ())
    print(text)
    sys.exit(code)
