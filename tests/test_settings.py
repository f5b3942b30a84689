# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from cocket.errors import SettingsError
from cocket.settings import Settings, read_settings


def test_without_anything_the_defaults_hold_and_doors_stay_on_loopback() -> None:
    settings = read_settings({})
    assert settings == Settings()
    assert settings.api_host == settings.workbench_host == "127.0.0.1"


def test_the_environment_comes_before_the_file_and_the_command_line_before_both(tmp_path: Path) -> None:
    file = tmp_path / "cocket.toml"
    file.write_text("api_port = 1001\nworkbench_port = 1002\nadmin_port = 1003\n", "utf-8")
    environment = {"COCKET_CONFIG": str(file), "COCKET_WORKBENCH_PORT": "2002", "COCKET_ADMIN_PORT": "2003"}
    settings = read_settings(environment, admin_port=3003, api_host=None)
    assert (settings.api_port, settings.workbench_port, settings.admin_port) == (1001, 2002, 3003)
    assert settings.api_host == "127.0.0.1"


def test_all_problems_are_told_together() -> None:
    wrong = {
        "COCKET_API_PORT": "99999",
        "COCKET_RANDOM_SHARE": "much",
        "COCKET_COLOUR": "blue",
        "COCKET_TIME_ZONE": "Mars/Olympus",
        "COCKET_LOG_ORIGIN": "two words",
    }
    with pytest.raises(SettingsError) as raised:
        read_settings(wrong)
    told = "\n".join(raised.value.problems)
    for name in ("api_port", "random_share", "colour", "Mars/Olympus", "log_origin"):
        assert name in told
    assert len(raised.value.problems) == 5


@pytest.mark.parametrize("content", [b"api_port = [", b"\xff\xfe", b"nothing = 1\n"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "cocket.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"cocket\.toml"):
        read_settings({"COCKET_CONFIG": str(file)})


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings({"COCKET_CONFIG": str(tmp_path / "none.toml")})


def test_other_variables_are_left_alone() -> None:
    assert read_settings({"PATH": "/bin", "COCKET_KEY": "secret"}) == Settings()


def test_a_second_factor_can_be_asked_of_every_role_that_an_account_may_have() -> None:
    from cocket.pipeline.governance.sign_in import ROLES

    assert read_settings({"COCKET_SECOND_FACTOR_FOR": " ".join(ROLES)}).second_factor_for.split() == list(ROLES)
    with pytest.raises(SettingsError, match="second_factor_for"):
        read_settings({"COCKET_SECOND_FACTOR_FOR": "everybody"})
