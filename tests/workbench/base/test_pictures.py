# SPDX-License-Identifier: Apache-2.0
"""The pictures of the documentation can be taken anew by one command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from scripts.draw_pictures import IMAGES, REPORTS, ROOT, shown, taken_by


def test_every_picture_is_shown_and_taken_by_a_test_or_a_command() -> None:
    kept = {path.stem for path in IMAGES.glob("*.png")}
    assert kept == set(shown())
    assert kept == set(taken_by()) | set(REPORTS)


@pytest.mark.slow
def test_a_picture_is_taken_anew(tmp_path: Path, chromium: object) -> None:
    command = [sys.executable, ROOT / "scripts" / "draw_pictures.py", "account", "--to", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    with Image.open(tmp_path / "account.png") as image:
        assert image.width == 1920
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 20
    unknown = subprocess.run([*command[:2], "none"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (unknown.returncode, "No test takes none" in unknown.stderr) == (2, True)
