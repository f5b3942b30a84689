# SPDX-License-Identifier: Apache-2.0
"""The tariff and exchange rates of the house, read from its files and kept until they change."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from cocket.errors import SettingsError, UnreadableError
from cocket.measures.tariff import Calculator, Rates
from cocket.measures.tariff.files import read_rates, read_tariff
from cocket.pipeline.base.access import NotFoundError
from cocket.settings import Settings

Kept = TypeVar("Kept")


class NoTariffError(NotFoundError):
    """The instance has no tariff to compute duties by (HTTP 404)."""

    code = "no-tariff"


def calculator_of(settings: Settings) -> Calculator | None:
    """The calculator of the house's tariff and exchange rates; None if it has no tariff.

    Args:
        settings: The settings; a file that has changed is read again.

    Raises:
        SettingsError: A file is there and is not what it should be.
    """
    if not settings.tariff_file.exists():
        return None
    return _calculator(settings.tariff_file, _stamp(settings.tariff_file), *_of_rates(settings.rates_file))


def required_calculator(settings: Settings) -> Calculator:
    """The same, where nothing can be done without.

    Raises:
        NoTariffError: The house has no tariff.
        SettingsError: A file is there and is not what it should be.
    """
    found = calculator_of(settings)
    if found is None:
        raise NoTariffError(
            "This installation has no tariff.",
            code="no-tariff",
            hint="Load one with `cocket measures import TARIFF --out HOME/tariff.json`.",
        )
    return found


def tariff_digest(settings: Settings) -> str:
    """What tells the tariff and exchange rates of the house from every other: SHA-256 of each file, hexadecimal.

    Args:
        settings: The settings.

    Returns:
        The digest of the tariff; where there are exchange rates, a plus sign and theirs. Empty without a tariff.

    Raises:
        SettingsError: A file is there and cannot be read.
    """
    every = (settings.tariff_file, settings.rates_file)
    return "+".join(_digest(one, _stamp(one)) for one in every if one.exists())


@lru_cache(maxsize=4)
def _digest(path: Path, _at: int) -> str:
    return _read(path, lambda content: sha256(content).hexdigest())


def _of_rates(path: Path) -> tuple[Path | None, int]:
    return (path, _stamp(path)) if path.exists() else (None, 0)


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns


@lru_cache(maxsize=2)
def _calculator(tariff_file: Path, _tariff_stamp: int, rates_file: Path | None, _rates_stamp: int) -> Calculator:
    tariff = _read(tariff_file, read_tariff)
    told = _read(rates_file, lambda content: read_rates(content, tariff.currency)) if rates_file else ()
    return Calculator(tariff, Rates(tariff.currency, told))


def _read(path: Path, read: Callable[[bytes], Kept]) -> Kept:
    try:
        return read(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except UnreadableError as error:
        raise SettingsError(
            f"{path} is not valid: {error}", hint="Load it again with `cocket measures import`."
        ) from error
