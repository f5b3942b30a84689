# SPDX-License-Identifier: Apache-2.0
"""A retention schedule: which class of data is kept by which law, from which event, for how long, and what then."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import msgspec

from cocket.errors import UnreadableError

#: Class of what is kept → events from which its period can run.
CLASSES: Final[dict[str, tuple[str, ...]]] = {
    "consignment": ("first-message", "last-message", "last-act"),
    "message": ("received",),
    "intelligence": ("ended",),
    "partner-record": ("given",),
    "self-assessment": ("changed",),
    "accesses": ("accessed",),
    "draft": ("changed",),
    "continuity": ("changed",),
    "pilot-answer": ("pilot-ended",),
}

#: What, while it is so, keeps a period from ending, where a rule names it → the classes that it can be so of.
CONDITIONS: Final[dict[str, tuple[str, ...]]] = {
    "open-order": ("consignment",),
    "open-doubt": ("consignment",),
    "open-audit": ("consignment",),
    "open-payment": ("consignment",),
    "open-journey": ("consignment",),
    "open-match": ("consignment",),
    "open-matter": ("accesses",),
}

#: Conditions that keep a period from ending whether a rule names them or not: who looks into something needs what it rests on.
ALWAYS: Final = frozenset({"open-matter"})

#: Classes that have messages, so that a rule can be of some standards alone.
_WITH_PAPERS: Final = ("consignment", "message")

OnEnd = Literal["erase", "review"]

_PERIOD: Final = re.compile(r"([1-9][0-9]{0,3}) (day|month|year)s?")
_MOST_RULES: Final = 200
_LONGEST: Final = 400

_FIELDS: Final = {"class", "law", "papers", "from_event", "from_end_of_year", "period", "on_end", "hold"}


class RetentionRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a schedule.

    Attributes:
        class_: Class of what is kept, one of `CLASSES`.
        law: By which law, as the administration cites it.
        papers: Standards of messages, such as `ens`; it holds for what has one of them. Empty for all.
        from_event: Event from which the period runs, one of those of its class.
        is_from_end_of_year: Whether it runs from the end of the year of that event.
        count: How many units the period has.
        unit: Day, month or year.
        on_end: What becomes of it then: to be erased, or to be looked at one by one.
        hold: What keeps the period from ending while it is so, of `CONDITIONS` (0..n).
    """

    class_: str = msgspec.field(name="class")
    law: str
    papers: tuple[str, ...] = ()
    from_event: str
    is_from_end_of_year: bool = msgspec.field(name="from_end_of_year", default=False)
    count: int
    unit: Literal["day", "month", "year"]
    on_end: OnEnd = "review"
    hold: tuple[str, ...] = ()


class Schedule(msgspec.Struct, frozen=True):
    """The rules of a schedule, in the order of its file (0..n)."""

    rules: tuple[RetentionRule, ...] = ()


@cache
def suggested_rules() -> tuple[RetentionRule, ...]:
    """Rules that are suggested where a schedule has none of their class; none of them is in force by itself (0..n)."""
    return read_schedule((files("cocket.governance.retention") / "suggested.toml").read_bytes()).rules


def read_schedule(content: bytes) -> Schedule:
    """Read a schedule.

    Args:
        content: TOML, a table `[[rule]]` for each rule; UTF-8.

    Raises:
        UnreadableError: It is not a schedule; the message names the rule and what is wrong with it.
    """
    try:
        told = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(f"it is not TOML: {error}") from error
    if unknown := sorted(told.keys() - {"rule"}):
        raise _unreadable(f"{unknown[0]} is not known; each rule is a table [[rule]]")
    rows = told.get("rule", [])
    if not isinstance(rows, list) or not rows or not all(isinstance(one, dict) for one in rows):
        raise _unreadable("it has no rule; each rule is a table [[rule]]")
    if len(rows) > _MOST_RULES:
        raise _unreadable(f"it has {len(rows)} rules, and {_MOST_RULES} at most are read")
    return Schedule(tuple(_rule(row, number) for number, row in enumerate(rows, start=1)))


def _rule(row: dict[str, Any], number: int) -> RetentionRule:
    where = f"rule {number}"
    if unknown := sorted(row.keys() - _FIELDS):
        raise _unreadable(f"{where} has the field {unknown[0]}, which is not known")
    class_, law = _text(row, "class", where), _text(row, "law", where)
    if class_ not in CLASSES:
        raise _unreadable(f"{where}: class {class_!r} is none of {', '.join(CLASSES)}")
    event = _text(row, "from_event", where)
    if event not in CLASSES[class_]:
        raise _unreadable(f"{where}: from_event {event!r} is none of {', '.join(CLASSES[class_])}")
    period = _PERIOD.fullmatch(_text(row, "period", where))
    if period is None:
        raise _unreadable(f"{where}: period {row['period']!r} is not one such as '3 years', '18 months' or '90 days'")
    on_end = _text(row, "on_end", where)
    if on_end not in ("erase", "review"):
        raise _unreadable(f"{where}: on_end {on_end!r} is neither erase nor review")
    is_from_end = row.get("from_end_of_year", False)
    if not isinstance(is_from_end, bool):
        raise _unreadable(f"{where}: from_end_of_year is true or false")
    hold = _texts(row, "hold", where)
    for one in hold:
        if class_ not in CONDITIONS.get(one, ()):
            known = [name for name, classes in CONDITIONS.items() if class_ in classes]
            raise _unreadable(f"{where}: hold {one!r} is none of {', '.join(known) or 'none for this class'}")
    papers = _texts(row, "papers", where)
    if papers and class_ not in _WITH_PAPERS:
        raise _unreadable(f"{where}: what is of the class {class_} has no papers; {' and '.join(_WITH_PAPERS)} have")
    return RetentionRule(
        class_=class_,
        law=law,
        papers=papers,
        from_event=event,
        is_from_end_of_year=is_from_end,
        count=int(period[1]),
        unit=period[2],  # type: ignore[arg-type]  # the pattern has no other
        on_end=on_end,  # type: ignore[arg-type]  # checked above
        hold=hold,
    )


def _text(row: dict[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST or not value.isprintable():
        raise _unreadable(f"{where}: {name} must be words in quotes, at most {_LONGEST} characters")
    return value.strip()


def _texts(row: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = row.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise _unreadable(f"{where}: {name} must be a list of words in quotes")
    return tuple(dict.fromkeys(value))


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"This is not a retention schedule: {why}.", code="retention-schedule")
