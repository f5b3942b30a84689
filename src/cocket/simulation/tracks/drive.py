# SPDX-License-Identifier: Apache-2.0
"""How goods truly move along a way, before any device looks at them."""

from __future__ import annotations

from bisect import bisect_right
from random import Random

from cocket.simulation.tracks.world import Regime, Way
from cocket.tracking.geometry import Line

_DRIVE_S = 4.5 * 3600
_STEP_M = 2_000.0


class Drive:
    """Where goods are at each moment: knots of seconds since departure and metres along the way.

    Args:
        way: The way.
        regime: What the world is like.
        chance: Of this journey.
    """

    def __init__(self, way: Way, regime: Regime, chance: Random) -> None:
        self.line = Line(way.points)
        self.knots: list[tuple[float, float]] = [(0.0, 0.0)]
        if way.mode == "sea":
            self._sail(chance)
        else:
            self._drive(way, regime, chance)
        self.arrived_s = self.knots[-1][0]
        self.stay(chance.uniform(2_400, 5_400) * (2 if way.mode == "sea" else 1))

    def stay(self, seconds: float) -> None:
        """Stand where one is."""
        self.knots.append((self.knots[-1][0] + seconds, self.knots[-1][1]))

    def insert_stop(self, at_s: float, seconds: float) -> None:
        """Stand for a while from a moment on; all that comes after comes later."""
        along = self.along(at_s)
        before = [knot for knot in self.knots if knot[0] < at_s]
        after = [(time + seconds, each) for time, each in self.knots if time > at_s]
        self.knots = [*before, (at_s, along), (at_s + seconds, along), *after]
        self.arrived_s += seconds if at_s < self.arrived_s else 0

    def along(self, at_s: float) -> float:
        """Metres along the way at a moment."""
        place = bisect_right(self.knots, (at_s, float("inf")))
        if place == 0:
            return 0.0
        if place == len(self.knots):
            return self.knots[-1][1]
        (start, low), (end, high) = self.knots[place - 1], self.knots[place]
        return low if end == start else low + (high - low) * (at_s - start) / (end - start)

    def _go(self, metres: float, speed: float) -> None:
        time, along = self.knots[-1]
        self.knots.append((time + metres / max(0.5, speed), along + metres))

    def _sail(self, chance: Random) -> None:
        usual = chance.uniform(6.5, 10.5)
        while (left := self.line.length_m - self.knots[-1][1]) > 1:
            self._go(min(left, 40_000.0), max(3.0, chance.gauss(usual, 0.8)))

    def _drive(self, way: Way, regime: Regime, chance: Random) -> None:
        """Drive at one's own pace, with jams, short halts, and a rest in a park before the law asks for it."""
        pace = max(0.75, min(1.25, chance.gauss(1, 0.08)))
        parks = [along for along, _ in way.parks]
        rested = 0.0
        while (left := self.line.length_m - self.knots[-1][1]) > 1:
            step = min(left, _STEP_M)
            speed = regime.speed_m_s * pace * max(0.5, chance.gauss(1, 0.12))
            if chance.random() < regime.jam * step / 1e5:
                speed = chance.uniform(1.5, 5)
            self._go(step, speed)
            time, along = self.knots[-1]
            if chance.random() < 0.25 * step / 1e5:
                self.stay(chance.uniform(240, 1_500))
            is_tired = time - rested > _DRIVE_S * chance.uniform(0.7, 0.95)
            if is_tired and any(abs(along - park) <= _STEP_M / 2 for park in parks):
                self.knots[-1] = (time, min(parks, key=lambda park: abs(along - park)))
                self.stay(chance.uniform(2_700, 5_400))
                rested = self.knots[-1][0]
