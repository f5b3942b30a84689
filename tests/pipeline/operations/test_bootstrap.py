# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from cocket.errors import SettingsError
from cocket.pipeline.base.wiring import adopt_profiles
from cocket.settings import Settings
from cocket.standards.asycuda.profiles import known

OWN = """
name = "deltaland"
offices = ["XD"]
"""


def test_profiles_of_the_home_are_known_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocket.standards.asycuda.profiles._ADOPTED", {})  # which this process would keep
    settings = Settings(home=tmp_path)
    adopt_profiles(settings)  # without a folder there is nothing to do
    settings.profiles_folder.mkdir()
    (settings.profiles_folder / "deltaland.toml").write_text(OWN, "utf-8")
    adopt_profiles(settings)
    assert "deltaland" in {profile.name for profile in known()}


def test_a_profile_that_is_not_in_order_stops_the_start(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.profiles_folder.mkdir()
    (settings.profiles_folder / "odd.toml").write_text("name = 7", "utf-8")
    with pytest.raises(SettingsError):
        adopt_profiles(settings)
