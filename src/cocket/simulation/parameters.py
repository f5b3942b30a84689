# SPDX-License-Identifier: Apache-2.0
"""What may be set of a synthetic country, and the worlds that are ready to use."""

from __future__ import annotations

import tomllib
from datetime import date

import msgspec

from cocket.errors import SettingsError


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A synthetic country and the stretch of its trade to be told.

    Attributes:
        seed: Everything follows from it: same parameters, same bytes.
        start: First day of the live period.
        days: Length of the live period.
        size: Declarations of the live period (count).
        history_days: Length of the period before, for training.
        history_size: Declarations of that period (count).
        importers: Importers (count); one in six starts trading within the periods.
        sellers: Sellers abroad (count).
        brokers: Customs brokers (count).
        fraud_rate: Share of declarations that are fraudulent (0.01–0.08).
        lodged_directly: Share of live declarations that traders lodge themselves as WCO messages (0–1).
        random_share: Share that the host draws at random for examination (0–1).
    """

    seed: int = 1
    start: date = date(2026, 11, 2)
    days: int = 5
    size: int = 300
    history_days: int = 120
    history_size: int = 20_000
    importers: int = 400
    sellers: int = 260
    brokers: int = 30
    fraud_rate: float = 0.04
    lodged_directly: float = 0.125
    random_share: float = 0.03

    def __post_init__(self) -> None:
        problems = [f"{name} must be at least {least}" for name, least in _LEAST.items() if getattr(self, name) < least]
        problems += [
            f"{name} must be between {low} and {high}"
            for name, (low, high) in _BETWEEN.items()
            if not low <= getattr(self, name) <= high
        ]
        if problems:
            raise SettingsError("The world cannot be generated: " + "; ".join(problems) + ".", problems=tuple(problems))


_LEAST = {"days": 1, "size": 1, "history_days": 1, "history_size": 0, "importers": 10, "sellers": 10, "brokers": 1}
_BETWEEN = {"fraud_rate": (0.01, 0.08), "lodged_directly": (0.0, 1.0), "random_share": (0.0, 1.0)}

#: Worlds by name. `alphaland` is the country of the demo.
WORLDS: dict[str, Parameters] = {"alphaland": Parameters()}


def read_parameters(base: Parameters, toml: bytes) -> Parameters:
    """Parameters with some changed by a file.

    Args:
        base: What holds where the file says nothing.
        toml: A TOML table with names of `Parameters`.

    Raises:
        SettingsError: The file cannot be read, or sets something unknown or out of range.
    """
    try:
        changes = tomllib.loads(toml.decode())
        known = msgspec.to_builtins(base, builtin_types=(date,))
        return msgspec.convert(known | changes, Parameters)
    except (ValueError, msgspec.MsgspecError) as error:
        raise SettingsError(f"The parameters cannot be read: {error}", code="parameters") from error
