#!/usr/bin/env python3
"""Checks who signed checkpoints of a Cairn ledger: python3 verify_checkpoint.py DATA/ledger.pub DATA/ledger/checkpoints
Exits 0 if every line is signed with this key, 1 if one is not. Ed25519 as RFC 8032, section 5.1.7, has it."""
import functools, hashlib, pathlib, re, sys

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, I = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)

def add(p, q):  # in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0]), 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, p):
    sum = (0, 1, 1, 0)
    for digit in f"{n:b}":
        sum = add(sum, sum)
        if digit == "1": sum = add(sum, p)
    return sum

def point(bytes):
    y, odd = int.from_bytes(bytes, "little") & 2**255 - 1, bytes[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square: x = x * I % P
    if y >= P or x * x % P != square or (x == 0 and odd): return None
    x = P - x if x & 1 != odd else x
    return x, y, 1, x * y % P

BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

@functools.cache
def signed(key, text, sig):
    a, r, s = point(key), point(sig[:32]), int.from_bytes(sig[32:], "little")
    if not a or not r or s >= L: return False
    h = int.from_bytes(hashlib.sha512(sig[:32] + key + text).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(h, a))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))

def good(line, key):
    """Whether a checkpoint's line (bytes, no line feed) is signed with a key as ledger.pub has it (bytes)."""
    parts = re.fullmatch(rb'(\{"checkpoint":1,.*,"key":"(ed25519:[0-9a-f]{64})"),"sig":"([0-9a-f]{128})"\}', line)
    return bool(parts) and parts[2] == key and signed(bytes.fromhex(key[8:].decode()), parts[1], bytes.fromhex(parts[3].decode()))

if __name__ == "__main__":
    key = pathlib.Path(sys.argv[1]).read_bytes().strip()
    bad = [n for n, line in enumerate(pathlib.Path(sys.argv[2]).read_bytes().splitlines(), 1) if not good(line, key)]
    print(f"not signed with this key: line {bad[0]}" if bad else "all checkpoints are signed with this key")
    sys.exit(1 if bad else 0)
