# SPDX-License-Identifier: Apache-2.0
"""The shape of a JSON message as a table, and its faults.

A table has blocks with an empty line between them. The first line of a block names a class and may say `closed` (no
other fields) or `prefixed` (others only with a prefix); each further line is one of

    name 1|? content       a field that must or may stand there
    ! a b | c              of these sets of fields, one must stand there whole
    & content              what the whole must also be

Content is `[1..n]` and `set` where it is a list, then one of: `text 1..35 /pattern/`, `code A B`, `number >0..9`,
`integer`, `flag`, `date`, `time`, `any`, the name of a value given beside the table, or classes as `A|B`.

Source: JSON Schema, draft 2020-12, validation vocabulary (minLength, maximum, required, anyOf, …).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

Test = Callable[[Any], bool]


class Fault(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One thing that is wrong with a message.

    Attributes:
        kind: `type`, `missing`, `unexpected`, `length`, `pattern`, `code`, `range`, `count`, `repeated`, `none-fits`, or
            the name of the value that it is not.
        pointer: Where, as a JSON pointer (RFC 6901); empty for the whole.
        expected: What would have been right, in words.
        found: What was there; None if nothing.
    """

    kind: str
    pointer: str
    expected: str | None = None
    found: str | None = None


class _Value:
    """Text, number, flag or anything, with its limits."""

    class_name: str | None = None

    def __init__(self, words: str, given: Mapping[str, Test]) -> None:
        kind, _, rest = words.partition(" ")
        rest, _, pattern = rest.partition("/")
        self.kind, self.pattern = kind, re.compile(pattern.rpartition("/")[0]) if pattern else None
        self.codes = frozenset(rest.split()) if kind == "code" else frozenset[str]()
        self.test = given.get(kind)
        low, _, high = rest.strip().partition("..") if kind != "code" else ("", "", "")
        self.is_above = low.startswith(">")
        limits = (low.removeprefix(">"), high)
        self.low, self.high = (Decimal(limit) if limit not in ("", "n") else None for limit in limits)
        if kind not in _KINDS and self.test is None:
            raise KeyError(words)

    def faults(self, value: Any, pointer: str) -> Iterator[Fault]:
        if self.test is not None and not self.test(value):
            yield Fault(self.kind, pointer, self.kind, _shown(value))
        elif self.test is None and not _KINDS[self.kind](value):
            yield Fault("type", pointer, _NAMES.get(self.kind, self.kind), _shown(value))
        elif self.codes and value not in self.codes:
            yield Fault("code", pointer, ", ".join(sorted(self.codes)), _shown(value))
        elif self.low is not None or self.high is not None:
            size = len(value) if isinstance(value, str) else value
            is_low = self.low is not None and (size < self.low or (self.is_above and size == self.low))
            if is_low or (self.high is not None and size > self.high):
                least = "" if self.low is None else f"{'more than ' if self.is_above else ''}{self.low}"
                limits = f"{least}..{'' if self.high is None else self.high}"
                yield Fault("length" if isinstance(value, str) else "range", pointer, limits, _shown(value))
                return
        if self.pattern is not None and isinstance(value, str) and not self.pattern.search(value):
            yield Fault("pattern", pointer, self.pattern.pattern, _shown(value))


class _Many:
    """A list."""

    def __init__(self, item: Any, least: int, most: int | None, is_set: bool) -> None:
        self.item, self.least, self.most, self.is_set = item, least, most, is_set
        self.class_name: str | None = item.class_name

    def faults(self, value: Any, pointer: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield Fault("type", pointer, "a list", _shown(value))
            return
        if len(value) < self.least or (self.most is not None and len(value) > self.most):
            yield Fault("count", pointer, f"{self.least}..{'n' if self.most is None else self.most}", str(len(value)))
        if self.is_set and len({repr(each) for each in value}) != len(value):
            yield Fault("repeated", pointer, "each once")
        faults = self.item.faults
        for number, each in enumerate(value):
            yield from faults(each, f"{pointer}/{number}")


class _Either:
    """One of several classes; if none fits, what is wrong with the one that comes nearest."""

    def __init__(self, shape: JsonShape, names: list[str]) -> None:
        self._shape, self._names = shape, names
        self.class_name = names[0] if len(names) == 1 else None

    def faults(self, value: Any, pointer: str) -> Iterator[Fault]:
        if len(self._names) == 1:
            yield from self._shape.classes[self._names[0]].faults(value, pointer)
            return
        nearest: list[Fault] | None = None
        for name in self._names:
            faults = list(self._shape.classes[name].faults(value, pointer))
            if not faults:
                return
            if nearest is None or _far(faults) < _far(nearest):
                nearest = faults
        yield from nearest or ()


def _far(faults: list[Fault]) -> tuple[int, int]:
    """How far from right: a wrong code, which tells one class from another, weighs most."""
    return sum(fault.kind == "code" for fault in faults), len(faults)


class _Class:
    """An object."""

    def __init__(self, head: str) -> None:
        self.name, *flags = head.split()
        self.is_closed, self.is_prefixed = "closed" in flags, "prefixed" in flags
        self.fields: dict[str, Any] = {}
        self.required: list[str] = []
        self.sets: list[list[frozenset[str]]] = []
        self.also: list[Any] = []

    def faults(self, value: Any, pointer: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault("type", pointer, "an object", _shown(value))
            return
        for name in self.required:
            if name not in value:
                yield Fault("missing", f"{pointer}/{name}", name)
        for name, each in value.items():
            field = self.fields.get(name)
            if field is not None:
                yield from field.faults(each, f"{pointer}/{name}")
            elif self.is_closed or (self.is_prefixed and ":" not in name and name[:1] != "@"):
                yield Fault("unexpected", f"{pointer}/{escaped(name)}", found=name[:80])
        for sets in self.sets:
            if not any(names <= value.keys() for names in sets):
                expected = " or ".join(" with ".join(sorted(names)) for names in sets)
                yield Fault("missing", pointer, expected)
        for other in self.also:
            yield from other.faults(value, pointer)


class JsonShape:
    """The classes of a table.

    Args:
        table: The table.
        values: Tests of the values that it names.

    Raises:
        KeyError: The table names a class or value that there is not.
    """

    def __init__(self, table: str, values: Mapping[str, Test] | None = None) -> None:
        self.classes: dict[str, _Class] = {}
        self._values = values or {}
        blocks = [block.splitlines() for block in re.split(r"\n\s*\n", table.strip())]
        for head, *_ in blocks:
            made = _Class(head)
            self.classes[made.name] = made
        for head, *lines in blocks:
            for line in lines:
                self._take(self.classes[head.split()[0]], line.strip())

    def faults(self, value: Any, name: str, pointer: str = "") -> Iterator[Fault]:
        """What is wrong with a value, in its order.

        Args:
            value: What `cocket.standards.json` parsed.
            name: The class that it should be.
            pointer: Where it stands.

        Source: that of the table.
        """
        return self.classes[name].faults(value, pointer)

    def _take(self, into: _Class, line: str) -> None:
        if line.startswith("!"):
            into.sets.append([frozenset(part.split()) for part in line[1:].split("|")])
        elif line.startswith("&"):
            into.also.append(self._content(line[1:].strip()))
        else:
            name, card, content = line.split(None, 2)
            into.fields[name] = self._content(content)
            if card == "1":
                into.required.append(name)

    def _content(self, words: str) -> Any:
        if words.startswith("["):
            limits, _, rest = words[1:].partition("]")
            least, _, most = limits.partition("..")
            rest = rest.strip()
            is_set = rest.startswith("set ")
            item = self._content(rest.removeprefix("set "))
            return _Many(item, int(least), None if most == "n" else int(most), is_set)
        kind = words.partition(" ")[0]
        if kind in _KINDS or kind in self._values:
            return _Value(words, self._values)
        names = words.split("|")
        for name in names:
            self.classes[name]  # a name that is none is told at once
        return _Either(self, names)


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer.

    Source: RFC 6901 §3.
    """
    return name.replace("~", "~0").replace("/", "~1")


def is_date(value: Any) -> bool:
    """Whether a value is a full date.

    Source: RFC 3339 §5.6.
    """
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.([0-9]{1,12}))?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def time_of(value: Any) -> datetime | None:
    """A date and time with its offset, the seconds of which may be left out; None if the value is none.

    Fractions finer than a microsecond are cut.

    Source: RFC 3339 §5.6; ISO 8601 §4.2.2.3 (reduced accuracy).
    """
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    day, clock, seconds, fraction, zone = found.groups()
    zone = "+00:00" if zone in "Zz" else zone
    try:
        return datetime.fromisoformat(
            f"{day}T{clock}{(seconds or ':00')[:3]}.{(fraction or '0')[:6].ljust(6, '0')}{zone}"
        )
    except ValueError:
        return None


def is_time(value: Any) -> bool:
    """Whether a value is a full date and time with its offset.

    Source: RFC 3339 §5.6.
    """
    return time_of(value) is not None and value[16] == ":"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)


_KINDS: dict[str, Test] = {
    "text": lambda value: isinstance(value, str),
    "code": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and value == Decimal(value).to_integral_value(),
    "flag": lambda value: isinstance(value, bool),
    "date": is_date,
    "time": is_time,
    "any": lambda value: True,
}

_NAMES = {"code": "text", "flag": "true or false", "time": "a date and time with offset", "date": "a date"}


def _shown(value: Any) -> str | None:
    """A value as a finding shows it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return str(value)[:200]
