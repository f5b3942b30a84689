# SPDX-License-Identifier: Apache-2.0
"""Lanes and leftovers of the whole suite: what is slow is marked and runs first, and what a module made ends with it."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from cocket.pipeline.governance import passwords
from cocket.standards.asycuda import profiles
from cocket.stores.risk import kept_history
from tests import postgres

TESTS = Path(__file__).parent

#: Rooms whose every test is slow: it starts houses as processes, programs of others, or follows pages by hand.
SLOW_ROOMS = ("docs", "faults", "peers")

#: Rooms after these, in the order in which they begin; what is not named comes last.
LONG_ROOMS = ("house", "cli", "pipeline", "workbench", "risk", "exchange", "simulation", "stores", "api", "feeds")

#: How long a test waits for an answer before it fails (seconds): a machine under load answers late, and none is timed.
PATIENCE_S = 60.0
httpx._config.DEFAULT_TIMEOUT_CONFIG.read = PATIENCE_S  # what every client has that is given no other

#: How deep calls may nest in a test (frames), as in Python itself; a changed copy of the code needs more for a call.
FRAMES = int(os.environ.get("COCKET_TEST_FRAMES", "1000"))

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, and put long files first, so that no worker is left alone with one at the end.

    What is slow waits for other programs on a busy machine: it is tried a second time before it counts as failed, and
    what needed that is listed at the end of a run.
    """
    slow_files = set()
    for item in items:
        if _room(item) in SLOW_ROOMS or "chromium" in getattr(item, "fixturenames", ()):
            slow_files.add(item.path)
            if item.get_closest_marker("soak") is None:
                item.add_marker("slow")
                item.add_marker(pytest.mark.flaky(reruns=1))
    places = {room: number for number, room in enumerate(LONG_ROOMS)}
    items.sort(key=lambda item: (item.path not in slow_files, places.get(_room(item), len(places))))


def pytest_collection_finish() -> None:
    """Pass over what collecting left, which stays to the end: looking through it again and again took a fifth of a run's time."""
    gc.collect()
    gc.freeze()


def _room(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""


@pytest.fixture(scope="module", autouse=True)
def _passwords_cost_little(request: pytest.FixtureRequest) -> Iterator[None]:
    """Passwords of tests are hashed as cheaply as argon2 goes, except where what a hash costs is tested."""
    with pytest.MonkeyPatch.context() as patch:
        if not request.path.is_relative_to(TESTS / "pipeline" / "governance"):
            patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def _place_of_the_server(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The shared PostgreSQL lives in the run's own folder, which goes with it."""
    postgres.parent = tmp_path_factory.getbasetemp()


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for the name of a socket, of which a system takes 107 bytes."""
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        yield Path(made)


@pytest.fixture(scope="module", autouse=True)
def _databases_end_with_their_module() -> Iterator[None]:
    yield
    postgres.drop_databases()
    kept_history.close_all()


def pytest_runtest_setup() -> None:
    """Undo what py-evm does on import (with its limit, deep JSON overruns the stack), and forget adopted profiles."""
    sys.setrecursionlimit(FRAMES)
    profiles._ADOPTED.clear()
