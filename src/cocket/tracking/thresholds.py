# SPDX-License-Identifier: Apache-2.0
"""The measures rules are held to, each with its reason; an installation may set others, and every alert names its own."""

from __future__ import annotations

import msgspec

#: What each version of the rules changed is told in docs/explanation/tracking/journeys-and-alerts.md; an alert carries it.
RULES_VERSION = "8"

#: Greatest speed of anything that carries a consignment, in m/s, by mode: lorries are limited to 25 and a fast car makes
#: 70; the fastest freight trains make 56 and container ships 13; aircraft in a jet stream reach 340.
FASTEST_M_S = {"road": 70.0, "rail": 70.0, "sea": 30.0, "air": 340.0, "unknown": 70.0}


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The measures.

    Attributes:
        clock_ahead_s: How far a device's clock may be ahead of ours at receipt. GNSS clocks hold a second; the rest is for
            devices set by hand or by their network.
        clock_agree_s: How near the delays of two messages must be to agree on how far a clock is off: a message over a
            mobile network takes less than this, and fewer than two of one dump agree.
        era_rest_s: A message that waited longer was not kept by a device; its clock was not set, or is a GPS era off.
        accuracy_poor_m: A fix that is believed within no less is none for leave, and is a sign of its own where it goes on.
        coarse_setting_m: One figure as coarse as this at most, borne by every fix, is a setting of a device whose satellites
            say otherwise; a coarser one is no receiver's.
        no_place_m: A place as coarse as this is a country's or a network's, and no fix.
        alerts_of_kind: Most alerts of one kind and severity that a device raises on one journey; the rest is counted in the
            last, until an officer takes up or closes one.
        clock_step_s: How far back a clock may step between two messages, as when a device first hears a satellite.
        replay_after_s: After so long, and once newer messages have come, a message received again is no lost answer: a
            device sends again what was not acknowledged before it sends what is newer.
        jump_floor_m: Displacements below are never a jump: reflections between buildings and places taken from a network
            cell err by up to this much.
        frozen_messages: Messages of one value, to the last digit, before it counts as stuck. Receivers and probes have
            noise; one that stands still repeats its digits only if it filters.
        frozen_s: And for how long.
        silence_s: Shortest silence worth telling where no reporting interval is agreed: holes in coverage along main roads
            are shorter.
        silence_intervals: Silence in multiples of the agreed, else the device's usual, interval: single messages get lost.
        battery_low_percent: Below this a device that falls silent has probably run out.
        battery_rise_percent: A rise of more points within an hour, without outer power, is another battery: solar cells
            of seals give a few points an hour.
        temperature_step_k: Departure from an established temperature that counts: reefers are tested to hold theirs
            within 2 K, and a door opened for loading moves it by less than this for the first minutes.
        temperature_spread_k: Where readings spread wider, the temperature is not kept by anything and has no norm.
        temperature_history: Readings needed to call a temperature established.
        excursion_readings: Readings in a row outside before it is an excursion, and no error of a probe.
        excursion_s: And for how long: a reefer defrosts in half an hour, however often its probe is read.
        defrost_s: Longest warm spell that may be a reefer's defrosting: units defrost by a timer or on demand, and are
            back within the hour.
        defrost_spacing: How far spells may be off an even spacing, as a share of it, to be such a cycle; three are needed.
        light_lux: Light inside a closed box: a shut container is below 1 lux, shade by day is above 1,000.
        shock_g: A shock that goods packed for road or sea are not made for: humps at shunting reach 4 g.
        off_corridor_fixes: Fixes in a row outside a corridor before it counts as left; one may be an error.
        off_corridor_s: And for how long.
        back_m: How far back along a corridor is a return, and not a turn in a yard or a missed exit.
        stop_radius_m: A vehicle whose fixes stay within stands: a lorry park is no larger.
        stop_s: Stop outside permitted places that is told: drivers must rest 45 minutes after 4.5 hours of driving
            (Regulation (EC) 561/2006, article 7) and may do so where they are.
        halt_s: A halt outside permitted places that adds to standing: shorter ones are traffic.
        standing_s: Most that halts may add up to within `standing_within_s`: two rests of a driver, and as much again for
            traffic, are less.
        standing_within_s: In which halts are added up.
        convoy_gap_m: Vehicles of a convoy are nearer to the one that leads: a column of twenty lorries at the distance that the law
            asks for between them is some two kilometres long.
        convoy_s: And farther for so long before it is told: traffic lights and weighbridges hold a lorry for less.
        convoy_heard_s: Fixes of both that are compared are no farther apart in time.
        late_s: How far past its expected arrival a journey may be: as for `standing_s`.
        crossing_s: Two fixes closer in time than this may be joined by a straight line to see which fences lie between.
        fence_margin_m: One is outside a fence again only beyond its edge by this and the fix's accuracy: hysteresis.
        no_fix_s: How long a device that reports may be without a fix; long road tunnels take less.
        lorry_m_s: Speed of a lorry, to know which dead zones it can have come to (Directive 92/6/EEC: 90 km/h).
        cell_reach_m: How far a mobile network cell can be heard: 35 km by timing in GSM, some more by its mast's place.
        cluster_devices: Devices that must share a trouble in one place and time before the place is to blame.
        cluster_deg: Edge of the cells, in degrees, in which they are counted.
        cluster_s: And how long such a cell lasts.
        meeting_m: Two vehicles that stand within this distance may hand goods over.
        meeting_s: And for how long.
        port_call_s: How far a vessel's call may be off the hour that its manifest states: ships wait for tides and berths.
            Where a manifest states the day alone, half a day more.
        port_reach_m: A vessel this near to its port is taken to be there: anchorages and pilots lie up to 20 nautical miles off.
        vessel_m_s: The fastest container ships make 13 m/s (25 knots).
        door_light_window_s: Light, weight or shock this near to a stop belong to it.
    """

    clock_ahead_s: float = 600
    clock_agree_s: float = 120
    era_rest_s: float = 60 * 86_400
    accuracy_poor_m: float = 200
    coarse_setting_m: float = 1_000
    no_place_m: float = 50_000
    alerts_of_kind: int = 5
    clock_step_s: float = 300
    replay_after_s: float = 3600
    jump_floor_m: float = 5_000
    frozen_messages: int = 12
    frozen_s: float = 6 * 3600
    silence_s: float = 2 * 3600
    silence_intervals: float = 6
    battery_low_percent: float = 10
    battery_rise_percent: float = 30
    temperature_step_k: float = 5
    temperature_spread_k: float = 1.5
    temperature_history: int = 24
    excursion_readings: int = 3
    excursion_s: float = 2_100
    defrost_s: float = 3_600
    defrost_spacing: float = 0.2
    light_lux: float = 50
    shock_g: float = 5
    off_corridor_fixes: int = 3
    off_corridor_s: float = 600
    back_m: float = 5_000
    stop_radius_m: float = 250
    stop_s: float = 3600
    halt_s: float = 900
    standing_s: float = 9_000
    standing_within_s: float = 8 * 3600
    convoy_gap_m: float = 5_000
    convoy_s: float = 1_800
    convoy_heard_s: float = 900
    late_s: float = 9_000
    crossing_s: float = 900
    fence_margin_m: float = 100
    no_fix_s: float = 1800
    lorry_m_s: float = 25
    cell_reach_m: float = 40_000
    cluster_devices: int = 3
    cluster_deg: float = 0.25
    cluster_s: float = 600
    meeting_m: float = 150
    meeting_s: float = 900
    port_call_s: float = 24 * 3600
    port_reach_m: float = 37_000
    vessel_m_s: float = 13
    door_light_window_s: float = 1800
