#!/usr/bin/env python3
"""Checks that the committed table is what `finish.py pack` makes of the checkpoint.

    python tools/model/check.py [WORK] [CHECKPOINT.npy]
    python tools/model/check.py --renew WORK

Reads `tools/model/manifest.json`: the SHA-256 of the inputs and of what each step made. Always: the manifest is well
formed, the committed table and vocabulary have its digests, and the table's header, types and sizes are as the product
reads them. With a checkpoint: it has the manifest's digest, and packing it gives the committed file's bytes. With a work
folder: what lies in it has the manifest's digests. `--renew` writes a new build's digests into the manifest. Needs `numpy`
when a checkpoint is given, else nothing.
"""
import hashlib
import json
import re
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODEL = HERE.parent.parent / "src/core/embed/model"
TABLE = "static-256-int8.safetensors"
PIECES, DIMENSIONS = 30522, 256


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def wrong_in_table(content: bytes) -> list[str]:
    (length,) = struct.unpack("<Q", content[:8])
    header, size = json.loads(content[8 : 8 + length]), len(content) - 8 - length
    expected = {"embeddings": ("I8", [PIECES, DIMENSIONS]), "scales": ("F16", [PIECES])}
    found = {name: (entry["dtype"], entry["shape"]) for name, entry in header.items() if name != "__metadata__"}
    wrong = [] if found == expected else [f"table: has {found}; should have {expected}"]
    if size != PIECES * (DIMENSIONS + 2):
        wrong.append(f"table: tensors have {size} bytes; should have {PIECES * (DIMENSIONS + 2)}")
    return wrong


def wrong_in_manifest(manifest: dict) -> list[str]:
    entries = [(name, value) for step in manifest["steps"] for name, value in {**step["reads"], **step["writes"]}.items()]
    wrong = [f"manifest: {name}: {value} is no SHA-256" for name, value in entries if not re.fullmatch("[0-9a-f]{64}", value)]
    made: dict[str, str] = {}
    for step in manifest["steps"]:
        for name, value in step["reads"].items():
            if name not in manifest["inputs"] and made.get(name) != value:
                wrong.append(f"manifest: {step['step']} reads {name}, which no step before it wrote")
        made.update(step["writes"])
    return wrong


def wrong_in_files(manifest: dict, work: Path | None) -> list[str]:
    digests = {name: value for step in manifest["steps"] for name, value in step["writes"].items()}
    files = {name: work / name for name in digests} if work else {}
    files = {name: path for name, path in files.items() if path.exists()} | {TABLE: MODEL / TABLE}
    digests["vocab.txt"], files["vocab.txt"] = manifest["vocabulary"], MODEL / "vocab.txt"
    return [f"{name}: is not what the manifest says" for name, path in files.items() if digest(path.read_bytes()) != digests[name]]


def wrong_in_packing(checkpoint: Path) -> list[str]:
    import numpy

    from finish import pack

    packed = pack(numpy.load(checkpoint))
    return [] if packed == (MODEL / TABLE).read_bytes() else [f"{checkpoint}: packing it does not give the committed table"]


def renew(manifest: dict, work: Path) -> None:
    for step in manifest["steps"]:
        for names in (step["reads"], step["writes"]):
            for name in names:
                if name not in manifest["inputs"]:
                    path = MODEL / TABLE if name == TABLE else work / name
                    names[name] = digest(path.read_bytes())
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def main() -> None:
    manifest = json.loads((HERE / "manifest.json").read_text())
    if sys.argv[1:2] == ["--renew"]:
        return renew(manifest, Path(sys.argv[2]))
    given = [Path(argument) for argument in sys.argv[1:]]
    work = next((path for path in given if path.is_dir()), None)
    checkpoint = next((path for path in given if path.is_file()), work / "checkpoint.npy" if work else None)
    wrong = wrong_in_manifest(manifest) + wrong_in_files(manifest, work) + wrong_in_table((MODEL / TABLE).read_bytes())
    if checkpoint:
        last = manifest["steps"][-1]["reads"]["checkpoint.npy"]
        if digest(checkpoint.read_bytes()) != last:
            wrong.append(f"{checkpoint}: is not the manifest's checkpoint {last}")
        wrong += wrong_in_packing(checkpoint)
    print("\n".join(wrong) or f"{TABLE}: is what the manifest says{', byte by byte from its checkpoint' if checkpoint else ''}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
