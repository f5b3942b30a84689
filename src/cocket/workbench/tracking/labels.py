# SPDX-License-Identifier: Apache-2.0
"""What the control room calls things. Every text here is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final

from cocket.pipeline.tracking.views import CLOSE_REASONS
from cocket.tracking.alerts import KINDS
from cocket.workbench.base.labels import _

#: How grave an alert is; each has a shape of its own on page and map.
SEVERITIES: Final[dict[str, str]] = {"red": _("Red"), "amber": _("Amber")}

#: Parts of the alert queue, in the order in which they are offered.
QUEUES: Final[dict[str, str]] = {
    "to-do": _("To do"),
    "open": _("Open"),
    "acknowledged": _("Acknowledged"),
    "assigned": _("Assigned"),
    "dispatched": _("Unit sent"),
    "closed": _("Closed"),
    "withdrawn": _("Withdrawn"),
    "all": _("All"),
}

ALERT_STATES: Final[dict[str, str]] = {
    "open": _("Open"),
    "acknowledged": _("Acknowledged"),
    "assigned": _("Assigned"),
    "dispatched": _("Unit sent"),
    "closed": _("Closed"),
    "withdrawn": _("Withdrawn"),
}

#: What became of an alert, in its history.
HAPPENED: Final[dict[str, str]] = {
    "raised": _("Raised"),
    "raised-late": _("Raised late: the data arrived afterwards"),
    "changed": _("Changed by further data"),
    "withdrawn": _("Withdrawn: later data refute it"),
    "acknowledged": _("Acknowledged"),
    "assigned": _("Assigned"),
    "dispatched": _("Unit sent"),
    "there": _("Unit there"),
    "closed": _("Closed"),
    "called": _("Officer called"),
}

#: What a guarantee is.
GUARANTEE_TYPES: Final[dict[str, str]] = {
    "comprehensive": _("Comprehensive: several journeys up to its reference amount"),
    "individual": _("Individual: one journey"),
    "waiver": _("Waiver: without a guarantor; use is recorded"),
}

GUARANTEE_STATES: Final[dict[str, str]] = {
    "valid": _("Valid"),
    "suspended": _("Suspended"),
    "cancelled": _("Cancelled"),
}

#: Acts on a guarantee: what the button says.
GUARANTEE_ACTS: Final[dict[str, str]] = {
    "suspend": _("Suspend"),
    "restore": _("Restore"),
    "cancel": _("Cancel for good"),
}

#: Why lines of a table of cells were left out.
CELLS_LEFT_OUT: Final[dict[str, str]] = {
    "few-samples": _("measured fewer than 5 times"),
    "no-number": _("no country, network, area or cell number"),
    "no-place": _("no place on the earth"),
    "twice": _("there twice; the first one counts"),
}

#: In which order alerts are listed.
ORDERS: Final[dict[str, str]] = {
    "newest": _("Red first, then newest"),
    "stake": _("By journey, most at stake first"),
}

#: Step of a response that is due: what it is called.
STEPS: Final[dict[str, str]] = {
    "acknowledge": _("to be acknowledged"),
    "dispatch": _("a unit to be sent"),
    "there": _("the unit to be there"),
    "close": _("a result"),
}

#: How far a journey that was handed over has come.
HAND_OVER_STAGES: Final[dict[str, str]] = {
    "handed-over": _("Handed over, not answered yet"),
    "taken-over": _("Taken over"),
    "arrived": _("Arrived there"),
    "discharged": _("Discharged there"),
}

ENQUIRIES: Final[dict[str, str]] = {
    "none": _("None yet"),
    "open": _("Asked"),
    "answered": _("Answered"),
    "closed": _("Closed"),
}

#: What comes of an enquiry.
OUTCOMES: Final[dict[str, str]] = {
    "presented": _("Presented after all"),
    "debt": _("A customs debt"),
    "lost": _("Lost or destroyed"),
    "other": _("Another outcome"),
}

FINES: Final[dict[str, str]] = {"imposed": _("Imposed"), "paid": _("Paid"), "waived": _("Waived")}

#: Acts on an alert: heading, what it means, what the button says.
ACTS: Final[dict[str, tuple[str, str, str]]] = {
    "acknowledge": (_("Acknowledge"), _("Shows that you have seen it and are working on it."), _("Acknowledge")),
    "assign": (_("Assign"), _("Assigns it to an officer."), _("Assign")),
    "dispatch": (_("Send a response unit"), _("Records which unit was sent, and where."), _("Record as sent")),
    "there": (_("Unit there"), _("Records that the unit has come to the place."), _("Record as there")),
    "close": (_("Close"), _("Ends the work on it; the alert stays on record."), _("Close the alert")),
}

#: Why an alert may be closed: what it is called, and what that says.
REASONS: Final[dict[str, tuple[str, str]]] = {
    "confirmed": (_("Confirmed"), CLOSE_REASONS["confirmed"]),
    "explained": (_("Explained"), CLOSE_REASONS["explained"]),
    "false-alarm": (_("False alarm"), CLOSE_REASONS["false-alarm"]),
    "no-response": (_("No response possible"), CLOSE_REASONS["no-response"]),
}

JOURNEYS: Final[dict[str, str]] = {
    "under-way": _("Under way"),
    "arrived": _("Arrived"),
    "discharged": _("Discharged"),
    "all": _("All"),
}

MODES: Final[dict[str, str]] = {
    "road": _("Road"),
    "rail": _("Rail"),
    "sea": _("Sea"),
    "air": _("Air"),
    "unknown": _("Not known"),
}

GUARANTEES: Final[dict[str, str]] = {
    "none": _("none"),
    "at-stake": _("at stake"),
    "held": _("held by a red alert"),
    "released": _("released"),
}

SEALS: Final[dict[str, str]] = {
    "unsealed": _("Not sealed"),
    "sealed": _("Sealed"),
    "open": _("Open, permitted"),
    "breached": _("Opened without permission"),
    "tampered": _("Cut or forced"),
    "powerless": _("Without power"),
    "faulty": _("Faulty"),
}

#: States of a seal in which something is wrong.
BROKEN: Final = ("breached", "tampered", "powerless", "faulty")

SIGNS: Final[dict[str, str]] = {
    "closed": _("closed"),
    "opened": _("opened"),
    "parted": _("cut or taken off"),
    "swapped": _("another number"),
    "faulty": _("faulty"),
    "power-lost": _("power lost"),
    "power-back": _("power back"),
}

LEAVES: Final[dict[str, str]] = {
    "given": _("with permission"),
    "none": _("without permission"),
    "unproven": _("permission not proven: the position is not known"),
}

#: Leave an officer may give.
LEAVE_ACTS: Final[dict[str, str]] = {
    "open": _("Open for inspection, and close again"),
    "remove": _("Remove for good"),
    "affix": _("Affix a seal"),
}

#: How a device was heard.
HEARD: Final[dict[str, str]] = {"live": _("Sent at once"), "late": _("Stored, and sent later")}

#: Acts on a journey.
JOURNEY_ACTS: Final[dict[str, str]] = {
    "leave": _("Permission to open the seal"),
    "detour": _("Allow a detour"),
    "convoy": _("Travel in a convoy"),
    "discharge": _("Discharge the journey"),
}

STRIPS: Final[dict[str, str]] = {
    "speed_m_s": _("Speed"),
    "between_m_s": _("Speed between places"),
    "temperature_c": _("Temperature"),
    "humidity_percent": _("Humidity"),
    "light_lux": _("Light inside"),
    "shock_g": _("Shock"),
    "battery_percent": _("Battery"),
    "door": _("Door"),
}

PURPOSES: Final[dict[str, str]] = {
    "office": _("Customs office"),
    "unlock": _("Place to open seals"),
    "permitted-stop": _("Permitted stop"),
    "forbidden": _("Forbidden area"),
    "dead-zone": _("Known dead zone"),
    "port": _("Port"),
    "transfer": _("Place of transfer"),
}

#: What a seal of the stock is fit for.
SEAL_CONDITIONS: Final[dict[str, str]] = {
    "usable": _("Fit to be used"),
    "workshop": _("In the workshop"),
    "blacklisted": _("Blacklisted"),
}

#: What a seal was asked to do: while it has not answered, and once it has.
SEAL_REQUESTS: Final[dict[str, tuple[str, str]]] = {
    "arm": (_("asked to arm; no answer yet"), _("armed")),
    "disarm": (_("asked to disarm; no answer yet"), _("disarmed")),
}

CUSTODIES: Final[dict[str, str]] = {"stock": _("In stock"), "issued": _("Handed out"), "missing": _("Missing")}

DEVICE_STATES: Final[dict[str, str]] = {
    "active": _("Active"),
    "suspended": _("Suspended"),
    "revoked": _("Revoked"),
}

#: Acts on a device: heading, what it means, label of the field for who has it (None if none), what the button says.
DEVICE_ACTS: Final[dict[str, tuple[str, str, str | None, str]]] = {
    "issue": (_("Hand out"), _("The device leaves the stock."), _("To whom"), _("Hand out")),
    "recover": (_("Take back"), _("The device is in stock again."), _("Office that has it"), _("Take back")),
    "missing": (_("Report missing"), _("It was not returned."), None, _("Report missing")),
    "arm": (_("Arm"), _("The seal counts as armed once its own message shows it closed."), None, _("Ask it to arm")),
    "disarm": (
        _("Disarm"),
        _("The seal counts as disarmed once its own message shows it open."),
        None,
        _("Ask it to disarm"),
    ),
    "workshop": (_("Send to the workshop"), _("It follows no journey until it is fit again."), None, _("Record")),
    "blacklist": (_("Blacklist"), _("It follows no journey until it is fit again."), None, _("Blacklist")),
    "use": (_("Fit again"), _("It may follow journeys again."), None, _("Record as fit")),
    "calibrate": (_("Calibration"), _("Records until when it is calibrated."), _("Calibrated until"), _("Record")),
    "revoke": (
        _("Revoke"),
        _("It is blocked permanently: its messages are ignored from now on. This cannot be undone."),
        None,
        _("Revoke permanently"),
    ),
}

#: What speaks against an alert, where a figure stands in the sentence.
AGAINST: Final = (_("The battery was at {charge} % before."),)

#: Why nothing was heard, as far as it can be told.
CAUSES: Final[dict[str, str]] = {
    "battery-empty": _("the battery was empty"),
    "battery-pulled": _("the battery was pulled"),
    "opened-while-off": _("opened while the device was off"),
    "dead-zone": _("a known dead zone"),
    "device-off": _("the device was off"),
    "messages-missing": _("messages were lost"),
    "unknown": _("not known"),
}

#: Values of sentences in the timeline that have a name of their own, by the place they stand in.
NAMES: Final[dict[str, dict[str, str]]] = {
    "what": {
        "activated": _("activated"),
        "leave": _("permission given"),
        "detour": _("detour allowed"),
        "discharged": _("discharged"),
        "convoy": _("convoy changed"),
        "handed-over": _("handed over"),
        "raised": _("raised"),
        "raised-late": _("raised late"),
        "changed": _("changed by further data"),
        "withdrawn": _("withdrawn by later data"),
        "acknowledged": _("acknowledged"),
        "assigned": _("assigned"),
        "dispatched": _("unit sent"),
        "there": _("unit there"),
        "closed": _("closed"),
        "held": _("held"),
        "at-stake": _("at stake"),
        "released": _("released"),
    },
    "severity": {"red": _("red"), "amber": _("amber")},
    "state": {"arrived": _("arrived"), "under-way": _("not arrived after all")},
    "sign": SIGNS,
    "after": {
        "unsealed": _("not sealed"),
        "sealed": _("sealed"),
        "open": _("open, permitted"),
        "breached": _("opened without permission"),
        "tampered": _("cut or forced"),
        "powerless": _("without power"),
        "faulty": _("faulty"),
    },
    "why": {
        **{f"red alert {kind}": says for kind, (_severity, says) in KINDS.items()},
        "no red alert is left": _("no red alert is left"),
        "discharged": _("the journey was discharged"),
    },
}

#: What became of a signed batch.
BATCHES: Final[dict[str, str]] = {
    "holds": _("holds"),
    "incomplete": _("incomplete"),
    "contradicted": _("does not match"),
    "unknown": _("not known"),
}

#: What thresholds and measurements of an alert are called, without the unit that ends their name.
MEASURES: Final[dict[str, str]] = {
    "after": _("afterwards"),
    "again_after": _("sent again after"),
    "ahead": _("ahead of its receipt"),
    "apart": _("apart"),
    "arrived": _("arrived"),
    "aside": _("off the route"),
    "away": _("away from the port"),
    "back": _("back along the route"),
    "before": _("before"),
    "call": _("call"),
    "cell_reach": _("range of a cell"),
    "cells_heard": _("network cells received"),
    "claims": _("claims to be"),
    "clock_ahead": _("clock may be ahead"),
    "clock_step": _("clock may step back"),
    "declared": _("declared"),
    "devices": _("devices"),
    "equipment": _("container or vehicle"),
    "expected": _("expected"),
    "handed_over": _("handed over as"),
    "half_width": _("half width of the corridor"),
    "highest": _("highest"),
    "jump_floor": _("error up to"),
    "jump": _("jump"),
    "light": _("light"),
    "late": _("later than expected"),
    "likely": _("likely cause"),
    "lowest": _("lowest"),
    "first": _("first"),
    "last": _("last"),
    "messages": _("messages"),
    "missing": _("not come"),
    "messages_missing": _("messages missing"),
    "metres": _("distance"),
    "named_by_the_next": _("referred to by the next message"),
    "names": _("refers to number"),
    "no_fix": _("without a fix"),
    "off": _("off by"),
    "open_alerts": _("red alerts that were open"),
    "opened_messages": _("messages while it was open"),
    "over": _("over the limit"),
    "percent": _("battery reported"),
    "radius": _("radius"),
    "reach": _("counts as in port within"),
    "replay_after": _("counts as sent again after"),
    "rise": _("rise"),
    "seal": _("seal"),
    "seconds": _("time"),
    "sequence": _("number"),
    "shock": _("shock"),
    "short": _("time missing for the route"),
    "sign": _("seen"),
    "speed": _("fastest possible"),
    "stated": _("as stated"),
    "time": _("time"),
    "time_limit": _("time limit"),
    "told_by": _("reported by"),
    "tolerance": _("tolerance"),
    "vessel": _("fastest vessel"),
    "waited": _("may have waited"),
    "why": _("reason"),
}
