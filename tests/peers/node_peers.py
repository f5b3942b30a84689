# SPDX-License-Identifier: Apache-2.0
"""Programs of others in Node.js: fetched once by their lock file, run with JSON in and JSON out."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "node"
_STAMP = FOLDER / "node_modules" / ".package-lock.json"
_MINUTES = 4


def fetch_packages() -> None:
    """Fetch the packages, if they are not there; skips the calling test where there is no Node.js or no registry.

    On a machine of the build (`CI`), packages that cannot be fetched are a failure.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    with (FOLDER / ".gitignore").open() as lock:  # any file that is always there will do
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _STAMP.exists() and _STAMP.stat().st_mtime >= (FOLDER / "package-lock.json").stat().st_mtime:
            return
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        try:
            done = subprocess.run(
                command, cwd=FOLDER, capture_output=True, text=True, timeout=60 * _MINUTES, check=False
            )
            failed = done.stderr[-500:] if done.returncode else ""
        except subprocess.TimeoutExpired:
            failed = f"npm took longer than {_MINUTES} minutes"
    if failed and os.environ.get("CI"):
        pytest.fail(f"the packages could not be fetched: {failed}")
    if failed:
        pytest.skip(f"the packages could not be fetched: {failed}")


def run(program: str, given: dict[str, Any]) -> dict[str, Any]:
    """What a program says of one thing."""
    return run_all(program, [given])[0]


def run_all(program: str, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a program says of several things, started once."""
    done = subprocess.run(
        ["node", program], cwd=FOLDER, input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said: list[dict[str, Any]] = json.loads(done.stdout)
    return said
