# SPDX-License-Identifier: Apache-2.0
"""Compile the anchor contract: writes `Anchor.json` beside its source. Needs vyper 0.4.3, by name or by `VYPER`."""

from __future__ import annotations

import json
import os
import subprocess
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "src" / "cocket" / "exchange" / "contracts"
#: Of an age that any network runs, and without metadata, so that the same source gives the same bytes.
ARGUMENTS = ["--evm-version", "paris", "--no-bytecode-metadata"]


def artefact(vyper: str, source: Path = FOLDER / "Anchor.vy") -> str:
    """What the compiler makes of the source, as the text of the file to keep."""
    version = subprocess.run([vyper, "--version"], capture_output=True, text=True, check=True).stdout
    made = subprocess.run(
        [vyper, "-f", "abi,bytecode,bytecode_runtime", *ARGUMENTS, str(source)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    abi, bytecode, runtime = made.splitlines()
    kept = {
        "contract": source.stem,
        "compiler": f"vyper {version.partition('+')[0].strip()}",
        "arguments": ARGUMENTS,
        "source_sha256": sha256(source.read_bytes()).hexdigest(),
        "abi": json.loads(abi),
        "bytecode": bytecode,
        "runtime": runtime,
    }
    return json.dumps(kept, indent=1) + "\n"


if __name__ == "__main__":
    (FOLDER / "Anchor.json").write_text(artefact(os.environ.get("VYPER", "vyper")), encoding="utf-8")
