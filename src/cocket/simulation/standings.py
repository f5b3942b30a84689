# SPDX-License-Identifier: Apache-2.0
"""Standings of some traders of the synthetic country, so that trust has something to weigh on. All are invented.

The country grants them as countries do: to larger and mostly honest traders, and now and then to one who is not.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from cocket.control.standing import Scope, Standing, Status, trader_number
from cocket.simulation.parameters import Parameters
from cocket.simulation.people import Importer, settle

_SCHEMES: tuple[tuple[str, tuple[Scope, ...]], ...] = (
    ("AEO-C", ("import", "simplified")),
    ("AEO-F", ("import", "security", "simplified")),
    ("AEO-S", ("security",)),
)
_SHARE = 0.12
_LARGEST = 0.5


def standings(parameters: Parameters) -> tuple[Standing, ...]:
    """The register of the country's authorised traders.

    Args:
        parameters: The country; the same parameters give the same register.

    Returns:
        Standings by number (1..n): most valid, one in twelve each suspended, withdrawn or run out.
    """
    dice = Random(f"{parameters.seed}:standings")
    importers = settle(parameters).importers
    largest = sorted(importers, key=lambda each: -each.weight)[: max(1, int(len(importers) * _LARGEST))]
    honest_first = sorted(largest, key=lambda each: each.temptation + dice.gauss(0.0, 1.0))
    granted = honest_first[: max(1, int(len(importers) * _SHARE))]
    return tuple(_standing(dice, number, each, parameters.start) for number, each in enumerate(granted, start=1))


def register(parameters: Parameters) -> str:
    """The same register as an administration would hand it over: CSV that `cocket aeo import` takes."""
    rows = ["number,trader,scheme,scopes,valid_from,valid_to,status"]
    for each in standings(parameters):
        last = each.valid_to.isoformat() if each.valid_to else ""
        scopes = " ".join(each.scopes)
        rows.append(f"{each.number},{each.trader},{each.scheme},{scopes},{each.valid_from},{last},{each.status}")
    return "\n".join(rows) + "\n"


def _standing(dice: Random, number: int, holder: Importer, start: date) -> Standing:
    scheme, scopes = dice.choices(_SCHEMES, (0.5, 0.35, 0.15))[0]
    statuses: tuple[Status, ...] = ("valid", "suspended", "withdrawn")
    status = dice.choices(statuses, (10, 1, 1))[0]
    has_run_out = dice.random() < 1 / 12
    return Standing(
        scheme=scheme,
        number=f"XA{number:05d}",
        trader=trader_number(holder.id),
        scopes=scopes,
        valid_from=start - timedelta(days=dice.randint(400, 1400)),
        valid_to=start - timedelta(days=dice.randint(1, 300)) if has_run_out else None,
        status=status,
    )
