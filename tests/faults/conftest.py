# SPDX-License-Identifier: Apache-2.0
"""Faults take their time: the long ones run only when asked for by `-m soak`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.serving import copy_home, make_home


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "soak: many faults over minutes; run with -m soak")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long ones unless the run asks for markers itself."""
    if "soak" not in str(config.getoption("markexpr")):
        for item in items:
            if item.get_closest_marker("soak"):
                item.add_marker(pytest.mark.skip(reason="takes minutes; run with -m soak"))


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as `cocket init` makes it, to be copied."""
    return make_home(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def home(made_home: Path, tmp_path: Path) -> Path:
    """A home of the test's own, not yet served."""
    return copy_home(made_home, tmp_path / "home")
