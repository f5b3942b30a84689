# SPDX-License-Identifier: Apache-2.0
"""What a command stands on: settings, a database that answers, keys, and the house over them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from cocket.cli.base.output import note
from cocket.errors import SettingsError, StoreError
from cocket.pipeline import Instance, open_database, open_instance, prepare_home
from cocket.settings import Settings, read_settings

Given = TypeVar("Given")


def settings_of(**given: Any) -> Settings:
    """Settings from the environment, a file, and the command line.

    The file is the one that `COCKET_CONFIG` names, else `cocket.toml` in the home folder if there is one.

    Args:
        **given: What the command line gives; None stands for not given.
    """
    environment = dict(os.environ)
    home = given.get("home") or environment.get("COCKET_HOME") or Settings().home
    own = Path(home) / "cocket.toml"
    if "COCKET_CONFIG" not in environment and os.path.isfile(own):  # noqa: PTH113 - False also where one may not look
        environment["COCKET_CONFIG"] = str(own)
    return read_settings(environment, **given)


def need_home(settings: Settings) -> None:
    """Refuse to go on where `cocket init` has not been run.

    Raises:
        SettingsError: There are no keys.
    """
    if not os.path.isdir(settings.keys_folder):  # noqa: PTH112 - False also where one may not look
        raise SettingsError(f"There is no Cocket instance at {settings.home}.", hint="Run cocket init first.")


def make_home(settings: Settings) -> None:
    """Make the home folder with its keys, as far as they are missing.

    Raises:
        StoreError: It cannot be written.
    """
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{settings.home} cannot be created: {error.strerror}.") from error
    prepare_home(settings)


@contextmanager
def open_service(settings: Settings, pick: Callable[[Instance], Given]) -> Iterator[Given]:
    """The one service that a command works with, as long as the block runs.

    The embedded database is started for it if none runs already.

    Args:
        settings: The settings.
        pick: Names the service, as `lambda one: one.measures.permits`; a command that works with two gives a pair.

    Raises:
        SettingsError: There is no house, or its settings are wrong.
        StoreError: The database cannot be had.
    """
    need_home(settings)
    with open_database(settings, tell=note) as server:
        instance = open_instance(settings, server.dsn)
        try:
            yield pick(instance)
        finally:
            instance.close()


def home_option(home: Path | None) -> dict[str, Any]:
    """The `--home` of a command as a setting."""
    return {"home": home} if home is not None else {}
