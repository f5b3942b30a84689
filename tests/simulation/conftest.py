# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from cocket.simulation import Parameters, simulate

SMALL = Parameters(seed=4, size=120, days=3, history_size=6000, history_days=60, fraud_rate=0.06)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run of the synthetic country."""
    folder = tmp_path_factory.mktemp("run")
    simulate(SMALL, folder)
    return folder
