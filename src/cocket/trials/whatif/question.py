# SPDX-License-Identifier: Apache-2.0
"""A question to the past as one document: what would be otherwise, where, and over which days."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.trials.whatif.lanes import Changes

#: What people, and machines, may be more or fewer of.
STATIONS: Final = ("documents", "examination")

#: Longest texts, and most offices named (characters, count).
_TITLE, _OFFICES, _MOST_STAFF = 200, 200, 10_000


class Scanners(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scanners that examinations would pass first: what is stated here is assumed, as the past has no stamps of scans.

    Attributes:
        count: Scanners at each office (1..n).
        minutes: Minutes a scan takes (above 0).
        share: Share of examinations that are scanned (0–1).
        cleared: Share of the scanned that need no examination by hand after it (0–1).
    """

    count: int
    minutes: float
    share: float = 1.0
    cleared: float = 0.0


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What would be otherwise. At least one field besides title, offices and days says something.

    Attributes:
        title: In words, for whoever reads it later.
        offices: Offices at which it would be otherwise (0..n); none for all.
        since: First day of the past that is asked; None for a year before the last.
        until: Last day; None for today.
        examine: Share of cases examined, the random share in it (0–1); None as it is.
        documents: Share of cases whose documents are checked (0–1); None as it is.
        audit: Share of cases audited after release (0–1); None as it is.
        random: Share drawn at random (0–1); None as it is.
        examinations_a_day: Places a day at an office (count); None as it is.
        documents_a_day: The same of document checks.
        ignore_below: Declared value under which nothing is chosen; None for none.
        currency: Of that value, such as XTS; None for the one in which most of the past is declared.
        rule: Code of a rule, in force, in shadow or a draft, that would send what it fires on to `rule_lane`; None for none.
        rule_lane: `red` or `yellow`.
        model: Version of a model tried beside, whose scores would choose; None for none.
        opens: Hour of opening, as 08:00; None as measured.
        closes: Hour of closing, as 20:00; None as measured.
        weekdays: Days of the week, 1 for Monday to 7; empty as measured.
        staff: `documents`, `examination` → people more, or fewer if negative (count).
        scanners: Scanners; None for none.
    """

    title: str = ""
    offices: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    examine: float | None = None
    documents: float | None = None
    audit: float | None = None
    random: float | None = None
    examinations_a_day: int | None = None
    documents_a_day: int | None = None
    ignore_below: str | None = None
    currency: str | None = None
    rule: str | None = None
    rule_lane: Literal["red", "yellow"] = "red"
    model: str | None = None
    opens: str | None = None
    closes: str | None = None
    weekdays: tuple[int, ...] = ()
    staff: dict[str, int] = {}
    scanners: Scanners | None = None

    @property
    def is_about_choice(self) -> bool:
        """Whether it changes what is chosen, so that it needs a random share to answer."""
        chosen = (self.examine, self.documents, self.audit, self.random, self.examinations_a_day, self.documents_a_day)
        return any(one is not None for one in (*chosen, self.ignore_below, self.rule, self.model))

    @property
    def is_about_work(self) -> bool:
        """Whether it changes hours, staff or scanners."""
        return bool(self.opens or self.closes or self.weekdays or self.staff or self.scanners)


def read_question(data: bytes) -> Question:
    """Read a question as JSON or TOML with the fields of `Question`.

    Raises:
        SenderError: It is no question, or one field does not hold; the sentence names it.
    """
    try:
        text = data.decode("utf-8-sig").strip()
        given: Any = msgspec.json.decode(text) if text.startswith("{") else tomllib.loads(text)
        made = msgspec.convert(given, Question, str_keys=True)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.MsgspecError, RecursionError) as error:
        raise SenderError(f"The question cannot be read: {error}.", code="what-if-form") from error
    return check_question(made)


def check_question(one: Question) -> Question:
    """A question that holds.

    Raises:
        SenderError: A field does not hold; all that do not are named.
    """
    problems = _shares(one) + _work(one)
    if len(one.title) > _TITLE or not (one.title + "".join(one.offices)).isprintable():
        problems.append(f"the title has at most {_TITLE} printable signs")
    if len(one.offices) > _OFFICES or any(not office.strip() or len(office) > 20 for office in one.offices):
        problems.append("an office is a code of 1 to 20 signs")
    if one.since and one.until and one.since > one.until:
        problems.append("the first day is not after the last")
    if one.ignore_below is not None and amount_of(one.ignore_below) is None:
        problems.append("the value to ignore below is a number above 0")
    if one.currency is not None and not (len(one.currency) == 3 and one.currency.isascii() and one.currency.isalpha()):
        problems.append("a currency has three letters")
    if not one.is_about_choice and not one.is_about_work:
        problems.append(
            "say what would be otherwise: a share, places, a value, a rule, a model, hours, staff or scanners"
        )
    if problems:
        raise SenderError(
            f"The question does not hold: {'; '.join(problems)}.", code="what-if-question", found="; ".join(problems)
        )
    return one


def question_of(fields: Mapping[str, str]) -> Question:
    """A question as the fields of a form have it.

    Args:
        fields: Those of `Question`, empty or missing where nothing is said: shares in percent, as 4 or 4 %; `offices` parted by
            blanks or commas; `weekdays` as digits; `staff_documents` and `staff_examination` as people more, such as 2 or -1;
            `scanner_count`, `scanner_minutes`, and `scanner_share` and `scanner_cleared` in percent.

    Raises:
        SenderError: A field is not of its kind, or the question does not hold.
    """
    told = {name: each.strip() for name, each in fields.items() if each.strip()}
    problems: list[str] = []

    def share(name: str) -> float | None:
        text = told.get(name, "").replace(",", ".").removesuffix("%").strip()
        return _share(text, name, problems) if text else None

    def count(name: str) -> int | None:
        text = told.get(name, "").replace("\u2212", "-").removeprefix("+")
        if not text:
            return None
        if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) <= 8):
            problems.append(f"{_named(name)}: {text[:20]} is not a number")
            return None
        return int(text)

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(told[name]) if name in told else None
        except ValueError:
            problems.append(f"{_named(name)}: {told[name][:20]} is not a day such as 2026-12-25")
            return None

    lane = told.get("rule_lane", "red")
    if lane not in ("red", "yellow"):
        problems.append("a rule sends to red or yellow")
    scanners = count("scanner_count")
    made = Question(
        title=told.get("title", ""),
        offices=tuple(dict.fromkeys(told.get("offices", "").replace(",", " ").split())),
        since=day("since"),
        until=day("until"),
        examine=share("examine"),
        documents=share("documents"),
        audit=share("audit"),
        random=share("random"),
        examinations_a_day=count("examinations_a_day"),
        documents_a_day=count("documents_a_day"),
        ignore_below=told.get("ignore_below"),
        currency=told["currency"].upper() if "currency" in told else None,
        rule=told.get("rule"),
        rule_lane="yellow" if lane == "yellow" else "red",
        model=told.get("model"),
        opens=told.get("opens"),
        closes=told.get("closes"),
        weekdays=tuple(sorted({int(sign) for sign in told.get("weekdays", "") if sign in "1234567"})),
        staff={name: more for name in STATIONS if (more := count(f"staff_{name}"))},
        scanners=None
        if not scanners
        else Scanners(
            count=scanners,
            minutes=_plain(told.get("scanner_minutes", ""), problems),
            share=1.0 if (each := share("scanner_share")) is None else each,
            cleared=share("scanner_cleared") or 0.0,
        ),
    )
    if problems:
        raise SenderError(
            f"The question does not hold: {'; '.join(problems)}.", code="what-if-question", found="; ".join(problems)
        )
    return check_question(made)


def _share(text: str, name: str, problems: list[str]) -> float | None:
    try:
        told = Decimal(text)
    except InvalidOperation:
        told = Decimal("NaN")
    if not told.is_finite():
        problems.append(f"{_named(name)}: {text[:20]} is not a share such as 4 %")
        return None
    if not 0 <= told <= 100:
        problems.append(f"{_named(name)}: a share is from 0 to 100 %, and this is {text[:20]} %")
        return None
    return float(told / 100)


def _plain(text: str, problems: list[str]) -> float:
    amount = amount_of(text.replace(",", "."))
    if amount is None:
        problems.append("say how many minutes a scan takes")
        return 1.0
    return float(amount)


def _named(name: str) -> str:
    return name.replace("_", " ")


def change_of(one: Question, hits: frozenset[str] | None = None) -> Changes:
    """What a question changes in the lane step.

    Args:
        one: The question, checked.
        hits: Ids on which its rule fires, where it is a draft; None to go by what fired.
    """
    shares = {"red": one.examine, "yellow": one.documents, "blue": one.audit, "random": one.random}
    places = {"red": one.examinations_a_day, "yellow": one.documents_a_day}
    return Changes(
        offices=one.offices,
        shares={name: each for name, each in shares.items() if each is not None},
        places={name: each for name, each in places.items() if each is not None},
        ignore_below=amount_of(one.ignore_below) if one.ignore_below is not None else None,
        rule=one.rule,
        rule_lane=one.rule_lane,
        hits=hits,
        model=one.model,
    )


def amount_of(text: str) -> Decimal | None:
    """An amount above 0 as written; None where it is none."""
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 < amount < Decimal(10) ** 15 else None


def minutes_of(text: str) -> int | None:
    """Minutes since midnight of an hour as 08:00, 24:00 included; None where it is none."""
    hour, _, minute = text.strip().partition(":")
    if not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit() and len(minute) == 2):
        return None
    told = int(hour) * 60 + int(minute)
    return told if int(minute) < 60 and told <= 24 * 60 else None


def _shares(one: Question) -> list[str]:
    problems = []
    named = {"examine": one.examine, "documents": one.documents, "audit": one.audit, "random": one.random}
    told = {name: each for name, each in named.items() if each is not None}
    problems += [f"{name} is a share from 0 to 1" for name, each in told.items() if not 0 <= each <= 1]
    if sum(told.get(name, 0.0) for name in ("examine", "documents", "audit")) > 1:
        problems.append("the shares together are at most 1")
    if one.examine is not None and one.random is not None and one.random > one.examine:
        problems.append("the random share is part of what is examined, and not more")
    for each in (one.examinations_a_day, one.documents_a_day):
        if each is not None and not 0 <= each <= 1_000_000:
            problems.append("places a day are a count from 0 to 1000000")
    return problems


def _work(one: Question) -> list[str]:
    problems = []
    hours = [None if text is None else minutes_of(text) for text in (one.opens, one.closes)]
    if any(text is not None and at is None for text, at in zip((one.opens, one.closes), hours, strict=True)):
        problems.append("an hour is written as 08:00")
    elif hours[0] is not None and hours[1] is not None and hours[0] >= hours[1]:
        problems.append("an office opens before it closes")
    if not set(one.weekdays) <= set(range(1, 8)):
        problems.append("a day of the week is 1 for Monday to 7 for Sunday")
    if not set(one.staff) <= set(STATIONS):
        problems.append(f"staff is of {' or '.join(STATIONS)}")
    if any(abs(each) > _MOST_STAFF for each in one.staff.values()):
        problems.append(f"people more or fewer are at most {_MOST_STAFF}")
    told = one.scanners
    if told and not (
        0 < told.count <= 1000 and 0 < told.minutes <= 1440 and 0 <= told.share <= 1 and 0 <= told.cleared <= 1
    ):
        problems.append("scanners have a count, minutes above 0, and shares from 0 to 1")
    return problems
