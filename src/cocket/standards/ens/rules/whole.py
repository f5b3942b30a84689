# SPDX-License-Identifier: Apache-2.0
"""Rules of the declaration as a whole: how many of what it has, and its customs offices."""

from __future__ import annotations

from cocket.standards.ens.rules.view import WHITE, Message, Node, whole


def rule_8102(_root: Node, _around: Node, message: Message) -> bool:
    """Goods items are numbered 1, 2, 3 and so on, in the order in which they stand.

    Source: EU Import Control System, rule R007.
    """
    numbers = [whole(number.text) for number in message.items.all("IteNumGDS7")]
    return numbers != list(range(1, len(numbers) + 1))


def rule_8611(_root: Node, _around: Node, message: Message) -> bool:
    """A declaration has 999 goods items at most.

    Source: GB Import Control System, error 8611.
    """
    return len(message.all("GOOITEGDS")) > 999


def rule_8617(_root: Node, _around: Node, message: Message) -> bool:
    """A declaration has 9,999 seals at most.

    Source: GB Import Control System, error 8617.
    """
    return len(message.all("SEAID529")) > 9999


def rule_8684(_root: Node, _around: Node, message: Message) -> bool:
    """The itinerary names two countries at least.

    Source: EU Import Control System, condition C570.
    """
    return len(message.all("ITI")) < 2


def rule_8688(_root: Node, _around: Node, message: Message) -> bool:
    """One goods item at least must have packages.

    Source: GB Import Control System, error 8688.
    """
    return not message.items.has("PACGS2")


def rule_8616(office: Node, _around: Node, message: Message) -> bool:
    """An office of lodgement is only named if it is not the office of first entry, {found}.

    Source: GB Import Control System, error 8616.
    """
    first_entry = message.together("CUSOFFFENT730").trimmed("RefNumCUSOFFFENT731")
    return office.text.strip(WHITE) == first_entry
