# SPDX-License-Identifier: Apache-2.0
"""Doors for devices, opened once a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ingress.doors import Opened, opened


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("doors")) as found:
        yield found
