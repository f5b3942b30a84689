# SPDX-License-Identifier: Apache-2.0
"""Items of JT/T 808 reports by which locks and padlocks tell their state and who opened them.

Source: events of padlocks of the G-300 family (Shenzhen), and of Jointech locks, as restated by tracking platforms.
"""

from __future__ import annotations

from collections.abc import Callable

from cocket.tracking.adapters._bytes import Cursor, bit
from cocket.tracking.adapters._draft import Draft
from cocket.tracking.events import Alarm, LockState

_CARD_DIGITS = 8

#: Events after which a padlock is sealed, unsealed, or was found open while sealed.
_LOCKED = {0x02, 0x03, 0x05, 0x07, 0x09, 0x14}
_UNLOCKED = {0x04, 0x06, 0x08, 0x0A}
_OPEN = {0x01, 0x0F}
#: Events that name a card, user or telephone as their content.
_NAMED = {*range(0x03, 0x0F)}
_EVENT_ALARMS: dict[int, Alarm] = {
    0x0B: "tampering",
    0x0C: "tampering",
    0x0D: "tampering",
    0x0E: "tampering",
    0x0F: "removing",
    0x10: "tampering",
    0x11: "rope-cut",
    0x12: "low-battery",
    0x13: "tampering",
    0x17: "low-battery",
    0x18: "fault",
}
_SUBLOCK_EVENTS = range(0x61, 0x67)


def _padlock_event(value: Cursor, draft: Draft) -> None:
    """0x60: number of the event, whether it is an alarm, and what belongs to it."""
    event = value.u16()
    draft.put("event", event)
    if not value.left:
        return
    draft.put("eventIsAlarm", value.u8() == 1)
    if event in _SUBLOCK_EVENTS and value.left >= 6:
        draft.put("lock1Id", value.hex(6))
    content = value.text(value.left)
    named = content if content and (event in _NAMED or event in _SUBLOCK_EVENTS) else None
    draft.put("driverUniqueId", named)
    lock: LockState | None = None
    if event in _LOCKED:
        lock = "locked"
    elif event in _UNLOCKED:
        lock = "unlocked"
    elif event in _OPEN:
        lock = "open"
    strap = "cut" if event == 0x11 else "intact" if event == 0 else None
    case = "opened" if event == 0x10 else None
    draft.seal(lock=lock, strap=strap, case=case, opened_by=named if event in _UNLOCKED else None)
    if event in _EVENT_ALARMS:
        draft.alarm(_EVENT_ALARMS[event])
    elif event in _UNLOCKED:
        draft.alarm("unlock")


def _sublocks(value: Cursor, draft: Draft) -> None:
    """0x63: state of each lock behind a gateway."""
    for number in range(1, value.left // 11 + 1):
        lock = f"lock{number}"
        draft.put(f"{lock}Id", value.hex(6))
        draft.put(f"{lock}Battery", value.u16() / 1000)
        is_sealed = value.u8() == 0x31
        draft.put(f"{lock}Seal", is_sealed)
        draft.put(f"{lock}State", value.u8())
        draft.put(f"{lock}Rssi", value.u8())
        if number == 1:
            draft.seal(number=str(draft.attributes["lock1Id"]).upper(), lock="locked" if is_sealed else "unlocked")


def _carded_locks(value: Cursor, draft: Draft) -> None:
    """0xD5: locks with the card last shown to each."""
    for number in range(1, value.u8() + 1):
        lock = f"lock{number}"
        draft.put(f"{lock}Id", value.hex(5))
        card = value.hex(5)
        draft.put(f"{lock}Card", card)
        draft.put(f"{lock}Battery", value.u8())
        is_locked = not bit(value.u16(), 5)
        draft.put(f"{lock}Locked", is_locked)
        if number == 1:
            draft.seal(number=str(draft.attributes["lock1Id"]).upper(), lock="locked" if is_locked else "unlocked")


def lock_command(value: Cursor, draft: Draft) -> None:
    """0x0B: what moved a Jointech lock: the command, card or password, and whether it opened."""
    length = value.left
    draft.put("lockCommand", value.u8())
    by = None
    if 5 <= length <= 6:
        by = str(value.u32())
        draft.put("lockCard", int(by))
    elif length >= 7:
        draft.put("lockPassword", value.text(6))
    if length % 2 == 0:
        result = value.u8()
        draft.put("unlockResult", result)
    draft.seal(opened_by=by if by != "0" else None)


def _text_state(value: Cursor, draft: Draft) -> None:
    """0x33: a mode, or a line of text whose second part holds the lock's volts."""
    if value.left == 1:
        draft.put("mode", value.u8())
        return
    text = value.text(value.left)
    draft.put("lockText", text)
    state = text[8:15]
    if text.startswith("*M00") and state[2:5].isdigit():
        draft.put("battery", int(state[2:5]) / 100)


def _string(value: Cursor, draft: Draft) -> None:
    """0xDA: how often the string was cut, and whether it is in place."""
    if value.left < 3:
        return
    draft.put("stringCuts", value.u16())
    state = value.u8()
    draft.put("string", bit(state, 0))
    draft.put("motion", bit(state, 2))
    draft.put("cover", bit(state, 3))


def _status(value: Cursor, draft: Draft) -> None:
    """0xD0: state of the user's own inputs."""
    draft.alarms_of(value.u32(), {3: "vibration"})


def _number(name: str) -> Callable[[Cursor, Draft], None]:
    def item(value: Cursor, draft: Draft) -> None:
        draft.put(name, value.number(value.left))

    return item


def _text(name: str) -> Callable[[Cursor, Draft], None]:
    def item(value: Cursor, draft: Draft) -> None:
        draft.put(name, value.text(value.left))

    return item


def _equipment(value: Cursor, draft: Draft) -> None:
    """0xFB: number of the container that the lock is on."""
    number = value.text(value.left)
    draft.put("container", number)
    draft.fields["equipment"] = number or None


#: Items by number.
LOCK_ITEMS: dict[int, Callable[[Cursor, Draft], None]] = {
    0x0B: lock_command,
    0x33: _text_state,
    0x60: _padlock_event,
    0x63: _sublocks,
    0x67: _text("password"),
    0xD0: _status,
    0xD5: _carded_locks,
    0xDA: _string,
    0xFB: _equipment,
    0xFC: _number("geofence"),
}
