# SPDX-License-Identifier: Apache-2.0
"""Files that commands are given."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from cocket.cli.base.files import read_file
from cocket.errors import SettingsError


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"\x00abc\n")))
    assert read_file(Path("-")) == b"\x00abc\n"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"{tmp_path} cannot be read: Is a directory"):
        read_file(tmp_path)
