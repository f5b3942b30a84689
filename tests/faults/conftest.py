# SPDX-License-Identifier: Apache-2.0
"""A home made once, and copied for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.serving import copy_home, make_home


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as `cocket init` makes it, to be copied."""
    return make_home(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def home(made_home: Path, tmp_path: Path) -> Path:
    """A home of the test's own, not yet served."""
    return copy_home(made_home, tmp_path / "home")
