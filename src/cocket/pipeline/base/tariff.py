# SPDX-License-Identifier: Apache-2.0
"""The tariff and exchange rates of the house, read from its files and kept until they change."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from cocket.errors import SettingsError, UnreadableError
from cocket.measures.tariff import Calculator, Rates
from cocket.measures.tariff.files import read_rates, read_tariff
from cocket.settings import Settings

Kept = TypeVar("Kept")


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
