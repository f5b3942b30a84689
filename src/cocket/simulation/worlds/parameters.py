# SPDX-License-Identifier: Apache-2.0
"""What may be set of a world whose trade is a table, and the worlds that are ready to use."""

from __future__ import annotations

import hashlib
import math
import tomllib
from datetime import date
from typing import Any

import msgspec

from cocket.errors import SettingsError

#: Raised whenever the same parameters give another world.
WORLD_VERSION = 4


class World(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A synthetic country of traders, and the stretch of its trade to be told.

    Attributes:
        seed: Everything follows from it: same parameters, same rows.
        start: First day.
        days: Length of the stretch.
        size: Declarations (count).
        season_days: How long traders keep to what they do before some of them think again.
        tempted: Share of traders that run a scheme at a time (0–1).
        keeps_on: Chance that a trader goes on with his scheme, or without one, in the next season (0–1).
        opportunists: Chance of fraud in a declaration of a trader without a scheme; it leaves nothing to be seen (0–1).
        variation: How much every seed's schemes differ from the textbook (deviation of the ln of their parameters).
        trace_strength: Factor on what the schemes leave to be seen; 1 as in the textbook.
        declarations_a_trader: Declarations a trader, on average over the stretch.
        entering: Share of traders who begin within the stretch (0–1).
        leaving: Share of traders who end within it (0–1).
        starts: Scheme → share of the stretch after which it exists (0–1); others exist from the beginning.
        stops: Scheme → share of the stretch after which it no longer does; others go on.
        random_share: Share that the host draws at random for examination (0–1).
        return_days: Median days from examination to the return of its result.
        return_spread: Deviation of the ln of these days.
        flips: Share of results entered the wrong way round (0–1).
        unseen_regions: Regions of which nobody is examined until `unseen_until`, whatever the rules say.
        unseen_until: Share of the stretch until then (0–1).
        only_unseen: Schemes that exist in the unseen regions alone; `only_seen` in the others alone.
        habits: Scheme, or `HONESTY` → what is otherwise with it than in the textbook: names and values of `Habit`.
        lawful: Scheme → share of what looks like it that is within the law (0–1); others never are.
        novelty: Share of honest descriptions that name goods in words new to the season (0–1).
        edition_changes: Share of the stretch after which a new edition of the HS applies; 1 for never.
    """

    seed: int = 1
    start: date = date(2025, 1, 6)
    days: int = 420
    size: int = 200_000
    season_days: int = 60
    tempted: float = 0.15
    keeps_on: float = 0.95
    opportunists: float = 0.02
    variation: float = 0.10
    trace_strength: float = 2.0
    declarations_a_trader: int = 90
    entering: float = 0.30
    leaving: float = 0.15
    starts: dict[str, float] = {}
    stops: dict[str, float] = {}
    random_share: float = 0.04
    return_days: float = 5.0
    return_spread: float = 0.6
    flips: float = 0.0
    unseen_regions: tuple[int, ...] = ()
    unseen_until: float = 0.0
    only_unseen: tuple[str, ...] = ()
    only_seen: tuple[str, ...] = ()
    habits: dict[str, dict[str, Any]] = {}
    lawful: dict[str, float] = {}
    novelty: float = 0.0
    edition_changes: float = 1.0

    def __post_init__(self) -> None:
        problems = [f"{name} must be at least {least}" for name, least in _LEAST.items() if getattr(self, name) < least]
        problems += [
            f"{name} must be between {low} and {high}"
            for name, (low, high) in _BETWEEN.items()
            if not low <= getattr(self, name) <= high
        ]
        problems += [f"there is no scheme {scheme}" for scheme in sorted(self._named - set(SCHEME_NAMES))]
        if problems:
            raise SettingsError("The world cannot be generated: " + "; ".join(problems) + ".", problems=tuple(problems))

    @property
    def _named(self) -> set[str]:
        """Schemes that some parameter names."""
        regional = {*self.only_unseen, *self.only_seen}
        return {*self.starts, *self.stops, *self.lawful, *regional, *self.habits} - {HONESTY}

    @staticmethod
    def within(name: str, value: float) -> float:
        """The nearest value to this one that a parameter may have."""
        low, high = _BETWEEN.get(name, (_LEAST.get(name, -math.inf), math.inf))
        return min(max(value, low), high)

    @property
    def seasons(self) -> int:
        """Seasons in the stretch (count)."""
        return -(-self.days // self.season_days)

    @property
    def digest(self) -> str:
        """SHA-256 of version and parameters, hexadecimal: names the world without telling of it."""
        return hashlib.sha256(b"%d:" % WORLD_VERSION + msgspec.json.encode(self, order="sorted")).hexdigest()


#: Schemes by name; `schemes.py` says how each is done.
SCHEME_NAMES = (
    "undervaluation",
    "misclassification",
    "false-origin",
    "transhipment",
    "quantity",
    "splitting",
    "concealment",
    "shell-ring",
    "double-invoicing",
    "collusion",
    "probing",
)

#: Name of honesty where habits are told.
HONESTY = "honesty"

_LEAST = {"seed": 0, "days": 28, "size": 500, "season_days": 7, "declarations_a_trader": 2, "return_days": 0.1}
_BETWEEN = {
    "tempted": (0.0, 0.5),
    "keeps_on": (0.0, 1.0),
    "opportunists": (0.0, 0.05),
    "variation": (0.0, 0.5),
    "trace_strength": (0.0, 3.0),
    "entering": (0.0, 0.9),
    "leaving": (0.0, 0.9),
    "random_share": (0.0, 1.0),
    "return_spread": (0.0, 2.0),
    "flips": (0.0, 0.5),
    "unseen_until": (0.0, 1.0),
    "novelty": (0.0, 1.0),
    "edition_changes": (0.0, 1.0),
}

#: Papers made to pass: nearer to what is usual in every respect than those of honest traders.
_TOO_CLEAN = {
    "price": (0.0, 0.06),
    "package": (0.0, 0.04),
    "tare": (0.0, 0.006),
    "text": (0.96, 0.03, 0.01),
    "route": (0.90, 0.08, 0.02),
    "preference": 0.60,
    "bill_differs": 0.01,
    "mill": 0.004,
    "seen": 0.80,
    "propensity": 0.80,
}

#: Worlds by name. What sets each apart is in docs/reference/simulation-table.md.
TABLE_WORLDS: dict[str, World] = {
    "stable": World(),
    "drift": World(
        tempted=0.19,
        opportunists=0.008,
        trace_strength=2.4,
        keeps_on=0.80,
        entering=0.40,
        leaving=0.25,
        starts={"splitting": 0.35, "shell-ring": 0.50, "transhipment": 0.60, "collusion": 0.45},
        stops={"undervaluation": 0.60, "false-origin": 0.45},
        edition_changes=0.55,
    ),
    "collapse": World(
        tempted=0.24,
        opportunists=0.012,
        random_share=0.30,
        unseen_regions=(3,),
        unseen_until=1.0,
        only_seen=("quantity",),
        only_unseen=("concealment", "false-origin"),
        lawful={"quantity": 0.88},
        habits={
            "double-invoicing": {"weight": 4.0, "seen": 0.02, "seen_on_paper": 0.02},
            "quantity": {"propensity": 0.65},
            "concealment": _TOO_CLEAN,
            "false-origin": _TOO_CLEAN,
        },
        starts={name: 1.0 for name in SCHEME_NAMES if name not in ("quantity", "concealment", "false-origin")},
    ),
    "noise": World(flips=0.10, return_days=24.0, return_spread=0.55),
    "novel": World(novelty=0.35),
}


def read_world(base: World, toml: bytes) -> World:
    """A world with some parameters changed by a file.

    Args:
        base: What holds where the file says nothing.
        toml: A TOML table with names of `World`.

    Raises:
        SettingsError: The file cannot be read, or sets something unknown or out of range.
    """
    try:
        changes = tomllib.loads(toml.decode())
        known = msgspec.to_builtins(base, builtin_types=(date,))
        return msgspec.convert(known | changes, World)
    except (ValueError, msgspec.MsgspecError) as error:
        raise SettingsError(f"The parameters cannot be read: {error}", code="parameters") from error
