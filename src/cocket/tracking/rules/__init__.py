# SPDX-License-Identifier: Apache-2.0
"""The rules, each a pure function from a case to what it found; `RULES` lists them.

A rule's first paragraph is what it looks for, as an officer would be told. None knows in which order messages came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cocket.tracking.alerts import Found
from cocket.tracking.case import Case
from cocket.tracking.rules import cargo, device, identity, motion, route, silence

Rule = Callable[[Case], Iterator[Found]]

RULES: tuple[Rule, ...] = (
    identity.seal_broken,
    identity.taken_over_red,
    identity.equipment_changed,
    identity.number_written_differently,
    motion.two_places_at_once,
    motion.place_and_readings_stuck,
    motion.no_satellites,
    motion.accuracy_poor,
    motion.cells_far_away,
    silence.nothing_heard,
    cargo.door_opened,
    cargo.temperature_left,
    cargo.light_inside,
    cargo.hard_shock,
    cargo.battery_implausible,
    device.own_alarm,
    device.seal_not_understood,
    route.corridor_left,
    route.turned_back,
    route.stopped_where_not_permitted,
    route.stood_often,
    route.forbidden_area,
    route.time_limit,
    route.running_late,
)

__all__ = ["RULES", "Rule"]
