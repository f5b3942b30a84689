# SPDX-License-Identifier: Apache-2.0
"""Take the addresses of registries and funding pages out of a package-lock.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(path: Path) -> None:
    """Rewrite the lock file; what it pins stays pinned by its hashes."""
    lock = json.loads(path.read_text())
    for package in lock["packages"].values():
        for name in ("funding", "resolved"):
            package.pop(name, None)
    path.write_text(json.dumps(lock, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
