# SPDX-License-Identifier: Apache-2.0
"""How each scheme is done: how often, what it leaves to be seen, who sees it, and what it costs the treasury.

Every trace can be found in an honest declaration too; only the chances differ. Nothing here is drawn: these are the
textbook's figures, which every world varies by its seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cocket.errors import SettingsError
from cocket.simulation.worlds.parameters import HONESTY, SCHEME_NAMES

TEXTS = ("fitting", "vague", "other-heading")
ROUTES = ("direct", "hub", "odd")


class Habit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scheme, or honesty.

    Attributes:
        weight: Its share among the schemes.
        propensity: Chance of fraud in a declaration of a trader who runs it.
        price: Mean and deviation of ln(declared price per kg over the usual one).
        package: Mean and deviation of ln(gross mass per package over the usual one).
        tare: Mean and deviation of ln(gross mass over net mass), less the usual 0.07.
        text: Chances of `TEXTS`.
        route: Chances of `ROUTES`.
        preference: Chance of a preference claim where the tariff has one.
        bill_differs: Chance that the bill of lading tells another mass or number of packages.
        under_threshold: Chance that the value is cut to just under the threshold of simplified clearance.
        same_bill: Chance that it is one more part of the trader's last consignment.
        new_importer: Chance that the trader uses an importer's number nobody has seen.
        mill: Chance that the seller is one of the few who write what the scheme needs.
        corrupt: Chance that it goes through a broker with a friend in the office.
        seen: Chance that an examination finds it.
        seen_on_paper: Chance that a look at the documents finds it.
        cost: Duty and tax withheld, as lowest and highest share of the full duty and tax on the declared value.
    """

    weight: float = 0.0
    propensity: float = 0.0
    price: tuple[float, float] = (0.0, 0.22)
    package: tuple[float, float] = (0.0, 0.16)
    tare: tuple[float, float] = (0.0, 0.025)
    text: tuple[float, float, float] = (0.90, 0.07, 0.03)
    route: tuple[float, float, float] = (0.80, 0.16, 0.04)
    preference: float = 0.35
    bill_differs: float = 0.04
    under_threshold: float = 0.03
    same_bill: float = 0.04
    new_importer: float = 0.004
    mill: float = 0.004
    corrupt: float = 0.03
    seen: float = 0.0
    seen_on_paper: float = 0.0
    cost: tuple[float, float] = (0.0, 0.0)


HONEST = Habit()

#: Of honest declarations, those with a mistake that an examination, or a look at the documents, tells as found.
MISTAKE, MISTAKE_ON_PAPER = 0.008, 0.003

#: How much wider a tenth of the honest prices scatter: other qualities, job lots, friends' prices.
ODD_PRICES, ODD_PRICE_DEVIATION = 0.10, 0.55

HABITS: dict[str, Habit] = {
    "undervaluation": Habit(weight=0.22, propensity=0.36, price=(-0.50, 0.28), mill=0.10, new_importer=0.01,
        seen=0.70, seen_on_paper=0.25, cost=(0.3, 1.2)),
    "misclassification": Habit(weight=0.15, propensity=0.35, price=(0.30, 0.35), text=(0.48, 0.24, 0.28),
        package=(0.0, 0.25), seen=0.80, seen_on_paper=0.20, cost=(0.1, 0.6)),
    "false-origin": Habit(weight=0.12, propensity=0.36, route=(0.35, 0.35, 0.30), preference=0.90, price=(-0.10, 0.25),
        mill=0.20, seen=0.55, seen_on_paper=0.30, cost=(0.2, 0.5)),
    "transhipment": Habit(weight=0.08, propensity=0.32, route=(0.10, 0.65, 0.25), bill_differs=0.20,
        price=(-0.20, 0.25), mill=0.10, seen=0.50, seen_on_paper=0.25, cost=(0.3, 0.9)),
    "quantity": Habit(weight=0.12, propensity=0.35, package=(-0.30, 0.20), tare=(0.02, 0.035), bill_differs=0.35,
        seen=0.85, seen_on_paper=0.15, cost=(0.25, 0.8)),
    "splitting": Habit(weight=0.07, propensity=0.43, under_threshold=0.50, same_bill=0.45, seen=0.70,
        seen_on_paper=0.35, cost=(0.6, 1.0)),
    "concealment": Habit(weight=0.07, propensity=0.29, package=(0.28, 0.30), tare=(0.05, 0.05),
        text=(0.60, 0.30, 0.10), route=(0.60, 0.20, 0.20), bill_differs=0.15, seen=0.80, seen_on_paper=0.02,
        cost=(0.8, 2.0)),
    "shell-ring": Habit(weight=0.06, propensity=0.43, price=(-0.35, 0.30), new_importer=0.12, text=(0.70, 0.25, 0.05),
        mill=0.15, seen=0.70, seen_on_paper=0.20, cost=(0.5, 1.5)),
    "double-invoicing": Habit(weight=0.05, propensity=0.36, price=(-0.35, 0.20), mill=0.35, seen=0.50,
        seen_on_paper=0.35, cost=(0.3, 0.8)),
    "collusion": Habit(weight=0.03, propensity=0.40, price=(-0.35, 0.30), package=(-0.20, 0.25), corrupt=0.50,
        seen=0.75, seen_on_paper=0.20, cost=(0.5, 1.5)),
    "probing": Habit(weight=0.03, propensity=0.54, price=(-0.45, 0.30), text=(0.65, 0.25, 0.10), seen=0.75,
        seen_on_paper=0.20, cost=(0.6, 1.6)),
}  # fmt: skip

#: A prober dares nothing while one of his last so many declarations was looked at; then his chance is a tenth.
PROBES, PROBING_SHARE = 3, 0.1

#: Chance that a colluding officer tells what he sees, of what another would have told.
LOYALTY = 0.05


def textbook(otherwise: Mapping[str, Mapping[str, Any]]) -> tuple[Habit, ...]:
    """Honesty, then every scheme in the order of `SCHEME_NAMES`, `(1 + n_schemes,)`.

    Args:
        otherwise: Scheme, or `HONESTY` → what is otherwise with it than in the textbook: names and values of `Habit`.

    Raises:
        SettingsError: A habit has no such name, or the value is of another type.
    """
    book = {HONESTY: HONEST} | HABITS
    try:
        return tuple(
            msgspec.convert(msgspec.to_builtins(book[name]) | dict(otherwise.get(name, {})), Habit)
            for name in (HONESTY, *SCHEME_NAMES)
        )
    except msgspec.ValidationError as error:
        raise SettingsError(f"The habits cannot be read: {error}", code="parameters") from error
