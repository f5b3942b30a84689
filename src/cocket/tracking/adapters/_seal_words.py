# SPDX-License-Identifier: Apache-2.0
"""What a seal, a door and alarms are called in recorded tracks and queries, and what their values mean.

Names are compared without case, in camelCase or with underscores, also where they stand under `seal`. What looks like a state
of a seal and is not one of these words is a doubt of its message (`SEAL_UNREAD`): no cut is lost for the want of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, get_args

from cocket.tracking.adapters._draft import Context, Draft
from cocket.tracking.events import SEAL_UNREAD, Alarm, SealReading

#: Columns of seals, doors and alarms under the names that are known for them, also after `seal_`.
COLUMNS: Final = {
    "seal": "seal seal_number seal_no seal_id",
    "seal_state": "seal_state seal_status sealed is_sealed",
    "lock": "lock locked is_locked lock_state lock_status bolt bolt_state",
    "strap": "strap strap_state strap_status rope rope_state shackle shackle_state",
    "case": "case case_state case_status",
    "condition": "seal_condition seal_condition_code",
    "opened_by": "opened_by",
    "cut": "cut is_cut strap_cut rope_cut seal_broken",
    "tamper": "tamper tampered tampering is_tampered tamper_alarm",
    "door": " ".join(["door", "door_state", "door_status"]),
    "alarms": "alarms alarm alarm_type",
    "light_lux": "light lux light_lux",
}

_FIELDS: Final = {name: field for field, names in COLUMNS.items() for name in names.split()}

_YES, _NO = frozenset({"true", "yes", "1", "on"}), frozenset({"false", "no", "0", "off"})
_CUT = frozenset({"cut", "broken", "parted", "severed", "torn", "open", "opened"})
_WHOLE = frozenset({"intact", "whole", "closed", "ok", "uncut", "unbroken"})
_UNLOCKED = frozenset({"unlocked", "unlock"})
_OPEN = frozenset({"open", "opened"})
_LOCKED = frozenset({"locked", "lock", "closed", "shut", "sealed"})
_FORCED = frozenset({"cut", "broken", "tampered", "tampering", "tamper", "forced", "breached", "severed", "parted"})
_GONE = frozenset({"missing", "removed", "absent"})
_ALARMS: dict[str, Alarm] = {alarm: alarm for alarm in get_args(Alarm)}
_ALARMS |= {
    "tamper": "tampering",
    "tampered": "tampering",
    "cut": "rope-cut",
    "strap-cut": "rope-cut",
    "removed": "removing",
    "door-open": "door",
    "door-opened": "door",
    "unlocked": "unlock",
    "opened": "unlock",
    "locked": "lock",
}

#: Words of a column's name that suggest a seal's state.
_NAMES = frozenset(
    {
        "seal",
        "sealed",
        "eseal",
        "strap",
        "rope",
        "cable",
        "shackle",
        "hasp",
        "latch",
        "lock",
        "locked",
        "unlocked",
        "unlock",
        "padlock",
    }
    | {
        "bolt",
        "tamper",
        "tampered",
        "tampering",
        "door",
        "doors",
        "light",
        "lux",
        "cut",
        "opened",
        "intact",
        "breach",
        "breached",
    }
)
#: Values that suggest one, whatever the column is called.
_VALUES = _FORCED | _UNLOCKED | {"unsealed", "opened", "rope-cut", "strap-cut"}

#: Last words of names that say which seal it is and not how it is.
_WHICH = frozenset(["number", "no", "id", "reference", "type", "model", "battery", "count"])
#: What no later column takes back.
_BREACHES = frozenset({"unlocked", "open", "cut", "opened", "3", "4"})

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAPS = re.compile(r"[^0-9A-Za-z]+")
_COMMAS = re.compile(r"[,;|]+")


def snake(name: object) -> str:
    """A column's name in small letters with underscores: `sealLock`, `Seal Lock` and `seal.lock` are `seal_lock`."""
    return _GAPS.sub("_", _HUMP.sub("_", str(name).strip())).strip("_").lower()


def seal_field(name: object) -> str | None:
    """What a column is known to hold of a seal, a door, light or alarms; None if that is not known."""
    plain = snake(name)
    ways = (plain, plain.removeprefix("seal_"), plain.replace("_", ""))
    return next((_FIELDS[way] for way in ways if way in _FIELDS), None)


def suggests_seal(name: str, value: object) -> bool:
    """Whether a column that was not understood looks like a state of a seal, by its name or its value."""
    if value is None or value == "":
        return False
    words = snake(name).split("_")
    is_named = words[-1] not in _WHICH and not _NAMES.isdisjoint(words)
    return is_named or not _VALUES.isdisjoint(_words(value))


def read_seal(known: dict[str, Any], draft: Draft) -> None:
    """Note what a row says of seal, door, light and alarms; what is not understood is an attribute and a doubt.

    Args:
        known: Values of the columns of `COLUMNS`, as they stand in the row.
        draft: The event in the making.
    """
    for field, read in _READERS.items():
        value = known.get(field)
        if value is not None and value != "" and not read(_said(value), value, draft):
            draft.attributes[field] = value if isinstance(value, bool | int | float | str) else str(value)
            parts = (snake(word).replace("_", "-") for word in _words(value))
            is_word = not _NAMES.isdisjoint(part for word in parts for part in word.split("-"))
            if suggests_seal(field, value) or is_word:
                draft.doubt(SEAL_UNREAD)


def state_in_words(said: str) -> SealReading | None:
    """What a seal says of itself in one word, such as `broken`, as in a column of its state; None if the word is not known."""
    draft = Draft(Context(received_at=datetime.min.replace(tzinfo=UTC)), "seal")  # a word says nothing of when
    is_known = _state(_said(said), None, draft)
    return draft.fields.get("seal") if is_known else None


def read_named(values: Iterable[tuple[str, Any]], draft: Draft) -> tuple[tuple[str, Any], ...]:
    """Note what named values say of seal, door, light and alarms.

    Args:
        values: Names and values, as they stand in a message (0..n); of several for one thing the first is read.
        draft: The event in the making.

    Returns:
        The others (0..n), in their order; one that looks like a state of a seal is a doubt.
    """
    known: dict[str, Any] = {}
    others: list[tuple[str, Any]] = []
    for name, value in values:
        field = seal_field(name)
        if field is not None and field not in known and value is not None and value != "":
            known[field] = value
        else:
            others.append((name, value))
            if suggests_seal(name, value):
                draft.doubt(SEAL_UNREAD)
    read_seal(known, draft)
    return tuple(others)


def _note(draft: Draft, **values: Any) -> None:
    """Note what the seal says of itself; what shows it opened or cut stays, whatever another column says."""
    before = draft.fields.get("seal")
    is_new = {name: getattr(before, name, None) not in _BREACHES for name in values}
    draft.seal(**{name: value for name, value in values.items() if is_new[name]})


def _said(value: object) -> str:
    return str(value).strip().lower().replace("_", "-")


def _words(value: object) -> set[str]:
    several = value if isinstance(value, list | tuple) else [value]
    return {word for one in several for part in _COMMAS.split(str(one)) for word in _alarm_words(part)}


def _alarm_words(part: str) -> Iterator[str]:
    """A phrase as one word if it is known, else its words."""
    whole = snake(part).replace("_", "-")
    if whole in _ALARMS:
        yield whole
    else:
        yield from (snake(word).replace("_", "-") for word in part.split())


def _seal(said: str, value: object, draft: Draft) -> bool:
    if isinstance(value, bool | dict | list) or (said in _YES | _NO and said not in {"0", "1"}):
        return False
    if _state(said, None, draft):
        return True
    _note(draft, number=str(value).strip())
    return True


def _state(said: str, value: object, draft: Draft) -> bool:
    if said in _FORCED:
        _note(draft, condition="4")
    elif said in _GONE:
        _note(draft, condition="3")
    elif said in _UNLOCKED | {"unsealed", "not-sealed"} or value is False or said in {"false", "no"}:
        _note(draft, lock="unlocked")
    elif said in _OPEN:
        _note(draft, lock="open")
    elif said in _LOCKED or value is True or said in {"true", "yes"}:
        _note(draft, lock="locked")
    elif said in _WHOLE:
        _note(draft, condition="1")
    else:
        return False
    return True


def _lock(said: str, value: object, draft: Draft) -> bool:
    if said in _LOCKED | _YES:
        _note(draft, lock="locked")
    elif said in _UNLOCKED | _NO:
        _note(draft, lock="unlocked")
    elif said in _OPEN:
        _note(draft, lock="open")
    else:
        return _part(said, draft)
    return True


def _part(said: str, draft: Draft) -> bool:
    """A bolt or strap that is called cut, forced or gone."""
    if said not in _FORCED | _GONE:
        return False
    _note(draft, condition="3" if said in _GONE else "4")
    return True


def _cut(said: str, _: object, draft: Draft) -> bool:
    if said in _YES | _CUT:
        _note(draft, strap="cut")
    return said in _YES | _CUT | _NO | _WHOLE


def _strap(said: str, _: object, draft: Draft) -> bool:
    if said in _CUT:
        _note(draft, strap="cut")
    elif said in _WHOLE | _LOCKED:
        _note(draft, strap="intact")
    else:
        return _part(said, draft)
    return True


def _case(said: str, _: object, draft: Draft) -> bool:
    if said in _OPEN:
        _note(draft, case="opened")
    elif said in {"closed", "shut", "intact"}:
        _note(draft, case="closed")
    else:
        return _part(said, draft)
    return True


def _condition(said: str, _: object, draft: Draft) -> bool:
    said = said.removesuffix(".0")
    if said in {"1", "2", "3", "4", "5"}:
        _note(draft, condition=said)
        return True
    return _state(said, None, draft)


def _opened_by(_: str, value: object, draft: Draft) -> bool:
    _note(draft, opened_by=str(value))
    return True


def _tamper(said: str, _: object, draft: Draft) -> bool:
    if said in _YES | _FORCED | _OPEN:
        draft.alarm("tampering")
    return said in _YES | _FORCED | _OPEN | _NO | _WHOLE | {"none"}


def _door(said: str, _: object, draft: Draft) -> bool:
    is_open = said in {"open", "opened", "1", "true", "yes", "ajar"}
    if is_open or said in {"closed", "shut", "0", "false", "no", "locked"}:
        draft.put("door", is_open)
        return True
    return False


def _alarms(_: str, value: object, draft: Draft) -> bool:
    words = _words(value) - {"none", "no", "0", "false", "[]", ""}
    draft.alarm(*(_ALARMS[word] for word in sorted(words) if word in _ALARMS))
    return words <= _ALARMS.keys()


def _light(said: str, value: object, draft: Draft) -> bool:
    if value is True or said in {"true", "yes", "on", "light", "bright", "detected"}:
        draft.alarm("light")
        return True
    if value is False or said in {"false", "no", "off", "dark", "none"}:
        return True
    try:
        lux = float(said)
    except ValueError:
        return False
    draft.put("light_lux", lux)
    return True


_READERS: Final = {
    "seal": _seal,
    "seal_state": _state,
    "lock": _lock,
    "strap": _strap,
    "case": _case,
    "condition": _condition,
    "opened_by": _opened_by,
    "cut": _cut,
    "tamper": _tamper,
    "door": _door,
    "alarms": _alarms,
    "light_lux": _light,
}
