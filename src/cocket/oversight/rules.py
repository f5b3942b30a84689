# SPDX-License-Identifier: Apache-2.0
"""By what the watchers go. The rules have a version and a digest, and both are sealed with every run."""

from __future__ import annotations

from hashlib import sha256
from typing import Final, Literal

import msgspec

#: What explains a look, the strongest first.
Explanation = Literal[
    "assigned", "second-person", "contest", "doubt", "queue", "linked", "search-hit", "own-office-and-shift"
]

#: Why a case is opened.
Reason = Literal[
    "honey",
    "own-interest",
    "tip-off",
    "bulk",
    "off-shift",
    "unexplained",
    "pair",
    "lowered-then-found",
    "always-nothing",
]

#: Work that somebody else put into this officer's hands: it explains a look, whatever the dossier is.
DUTY: Final[frozenset[Explanation]] = frozenset({"assigned", "second-person", "contest", "doubt"})

#: Reason → explanations after which a look does not count for it.
ACCEPTED: Final[dict[Reason, frozenset[Explanation]]] = {
    "honey": frozenset(),
    "own-interest": DUTY,
    "tip-off": DUTY,
    "bulk": DUTY | {"queue", "linked"},
    "off-shift": DUTY,
    "unexplained": DUTY | {"queue", "linked", "search-hit", "own-office-and-shift"},
    "pair": DUTY,
    "lowered-then-found": frozenset(),
    "always-nothing": frozenset(),
}


class WatcherRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force.

    Attributes:
        version: Counts up with each change of a rule or of how it is worked out.
        false_alerts: Chance at most (0–1) that one reason names anybody in a stretch in which nothing but chance is at work.
        own_interest: The same for looks at the officer's own name, and at those of colleagues and neighbours; his own address is
            asked no chance.
        false_discoveries: Share of pairs that may be chance (0–1; Benjamini–Hochberg).
        false_slow: As `false_alerts`, for what follows from results alone, finds after lowering and examinations that find nothing: more,
            since some weeks of results say little of anybody.
        lowered_alone: Chance at most (0–1) of the finds after an officer's lowering by themselves.
        shift_gap_hours: Without work of his own so near, before or after, an officer is off shift.
        usual_share: Share of an officer's work of that time that must be near an hour of the day for it to be one of his (0–1).
        near_hours: How far apart two hours of the day may be to be near.
        search_minutes: How long a search explains that its hits are opened.
        link_days: How long work on a dossier explains looks at those linked with it.
        tip_off_hours: Windows between a look and what follows; each is tried.
        fewest_tip_offs: Looks that something followed, at least (count).
        fewest_in_bulk: Dossiers in a day or hour, at least (count).
        fewest_off_shift: Days with looks off shift, at least (count).
        fewest_unexplained: Looks that nothing explains, at least (count).
        fewest_together: Days of an officer with a trader that the draw did not give him, at least (count).
        fewest_taken: Days on which he took goods of a trader by himself, at least (count).
        fewest_finds: Lowered lanes with a later find, at least (count).
        fewest_expected: Finds that the worklist would have brought, at least (count).
        least_of_expected: Share of these under which an officer's finds count as none (0–1).
        neighbour_numbers: How far apart two house numbers of one street may be.
        cap: Cases opened in one run at most (count).

    Source: Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical Society B 57 (1995).
    """

    version: int = 3
    false_alerts: float = 0.1
    own_interest: float = 0.1
    false_discoveries: float = 0.1
    false_slow: float = 0.3
    lowered_alone: float = 0.1
    shift_gap_hours: float = 5.0
    usual_share: float = 0.1
    near_hours: int = 4
    search_minutes: int = 30
    link_days: int = 7
    tip_off_hours: tuple[float, ...] = (2.0, 6.0, 24.0)
    fewest_tip_offs: int = 3
    fewest_in_bulk: int = 20
    fewest_off_shift: int = 3
    fewest_unexplained: int = 8
    fewest_together: int = 4
    fewest_taken: int = 3
    fewest_finds: int = 2
    fewest_expected: float = 4.0
    least_of_expected: float = 0.3
    neighbour_numbers: int = 6
    cap: int = 20

    @property
    def digest(self) -> str:
        """SHA-256 over the rules and over what each reason accepts as an explanation, hexadecimal."""
        accepted = {reason: sorted(names) for reason, names in ACCEPTED.items()}
        return sha256(msgspec.json.encode([msgspec.to_builtins(self), accepted], order="deterministic")).hexdigest()


#: The rules in force.
RULES: Final = WatcherRules()
