# SPDX-License-Identifier: Apache-2.0
"""What the synthetic country learned: four use cases in words; their figures are measured in the instance."""

from __future__ import annotations

from datetime import date

from cocket.trials.lessons import NewCard


def lesson_cards(begins: date, pilot: str) -> tuple[NewCard, ...]:
    """Four use cases of the synthetic country (4).

    Args:
        begins: First day that is measured.
        pilot: Id of the pilot at the border posts.
    """
    return (
        NewCard(
            title="Examinations chosen by chance",
            problem="Whoever examines only what rules name never learns what the rules miss.",
            data="Declarations of imports, the sealed daily draw, results of examinations.",
            method="A small share of examinations is drawn each day from a seed that is sealed before the day.",
            lesson="With few draws the interval is wide; it narrows with every examination that chance chose.",
            recommendation="Begin on the first day: what was not drawn cannot be known afterwards.",
            risk="Officers swap drawn consignments for others; the sealed draw shows it.",
            status="in-use",
            begins=begins,
            measures=("random-hit-rate", "random-examinations", "missed"),
            decided_by="Risk management",
        ),
        NewCard(
            title="Advice beside the host's lanes",
            problem="The host's lanes follow rules that are years old.",
            data="Declarations, manifests and results, as the host's files give them.",
            method="Each declaration gets a lane with reasons; the host decides, and both lanes are kept.",
            lesson="Finds per examination can be compared only where both ways were examined.",
            recommendation="Run beside the host until both have enough results.",
            status="pilot",
            begins=begins,
            measures=("advice-hit-rate", "examinations", "finds", "overrides", "advice-seconds", "advice-seconds-95"),
            decided_by="Risk management",
        ),
        NewCard(
            title="Lorries followed by electronic seals",
            problem="Goods in transit disappear between two offices.",
            data="Messages of devices on lorries, and the corridors they are to take.",
            method="A seal that is opened, a lorry off its corridor or a device that falls silent raises an alert.",
            failed="A device that falls silent looks the same as one that is jammed; someone has to drive there.",
            lesson="Without a rota that answers at night an alert is a note for the morning.",
            recommendation="Set up the rota before the first seal is attached.",
            status="pilot",
            begins=begins,
            measures=("devices", "alerts", "sealed-records"),
            decided_by="Transit office",
        ),
        NewCard(
            title="A weighbridge that goes from post to post",
            problem="Lorries at the border posts carry other weights than they declare, and few are seen by eye.",
            data="Declarations of eight border posts over five weeks, and what the host says of their examinations.",
            method="A stepped wedge: the weighbridge reaches two more posts each week, in an order drawn and sealed beforehand.",
            lesson="The report of the pilot stands beside the truth of the country; with so few lorries its interval is wide.",
            recommendation="Seal the plan before the first day, and let the draw say which post comes next.",
            risk="Hauliers hear of it and take another post; offices that took no part were not looked at.",
            status="pilot",
            begins=begins,
            measures=("examinations", "finds"),
            decided_by="Head of the border posts",
            trial=pilot,
        ),
    )
