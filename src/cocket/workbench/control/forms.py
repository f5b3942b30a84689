# SPDX-License-Identifier: Apache-2.0
"""From what was entered to what is recorded: each problem is said beside its field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

import msgspec

from cocket.pipeline.control.views import NewResult, ResultView
from cocket.pipeline.risk.intelligence import NewIntelligence
from cocket.workbench.base.formats import decimal, read_decimal
from cocket.workbench.base.labels import DEPTHS, _
from cocket.workbench.base.languages import ENGLISH, Language
from cocket.workbench.base.offence_labels import OFFENCES
from cocket.workbench.control.labels import (
    CONCEALMENTS,
    CONVEYANCES,
    DETECTIONS,
    DIFFERENCES,
    HANDLINGS,
    INFORMATION_GRADES,
    LINKS,
    SOURCE_GRADES,
)

_AMOUNT: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,4})?\Z")
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?\Z")
_CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")
_MEASURED: Final = re.compile(r"([0-9.,]+)([A-Z][A-Z0-9]{0,7})?\Z")
_CODE: Final = re.compile(r"[0-9][0-9 .]{0,20}\Z")
_COUNTRY: Final = re.compile(r"[A-Z]{2}\Z")
_PLACE: Final = re.compile(r"[A-Z]{2}(?:[A-Z0-9]{3})?\Z")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
_ITEM: Final = re.compile(r"item-(\d{1,5})-(\w+)\Z")
_NUMBERED: Final = re.compile(r"(seizure|evidence)-(\d{1,2})-\w+\Z")
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f]")
_LONGEST_NOTE: Final = 4000
_LONGEST_REPORT: Final = 8000

_FIGURES: Final = _("Enter the amount in figures, such as 41200.00.")
_MEASURE: Final = _("Enter figures and a unit, such as 47 NMB.")


class Filled(msgspec.Struct, frozen=True):
    """A form as it came back.

    Attributes:
        result: What to record; None while something is wrong.
        problems: Field → what is wrong with it, as a sentence.
    """

    result: NewResult | None
    problems: dict[str, str]


class FilledReport(msgspec.Struct, frozen=True):
    """A form for intelligence as it came back; see `Filled`."""

    report: NewIntelligence | None
    problems: dict[str, str]


def read_result(fields: Mapping[str, str], language: Language = ENGLISH) -> Filled:
    """What an officer found, from the fields of the form.

    Args:
        language: The reader's, which says how figures are written.
        fields: `depth`, `found` (yes, no or pending), `offence`, `also-…`, `duty`, `currency`, `note`, `sample_…`,
            `item-N-…`, `seizure-N-…`, `evidence-N-…`, `amends` (each 0..1).
    """
    reader = _Reader(fields, language)
    result = reader.result()
    if reader.problems:
        return Filled(None, reader.problems)
    return Filled(msgspec.convert(result, NewResult), {})


def fields_of(result: ResultView, language: Language = ENGLISH) -> dict[str, str]:
    """The fields of the form as they stand in a result, from which an amendment begins; figures as a language writes them."""
    found = {True: "yes", False: "no", None: "pending" if result.sample else ""}[result.found]
    fields = {"depth": result.depth, "found": found, "offence": result.offence, "currency": result.currency}
    fields |= {f"also-{name}": "yes" for name in result.other_offences}
    fields |= {"duty": decimal(result.duty_recovered or "", language), "note": result.note, "amends": result.id}
    if result.sample:
        fields |= {f"sample_{name}": value for name, value in msgspec.to_builtins(result.sample).items()}
    for item in result.items:
        found_there = msgspec.to_builtins(item.found)
        fields |= {f"item-{item.item}-{name}": _written(value, language) for name, value in found_there.items()}
    for number, seizure in enumerate(result.seizures, start=1):
        told = {name: _written(value, language) for name, value in msgspec.to_builtins(seizure).items()}
        fields |= {f"seizure-{number}-{name}": value for name, value in told.items()}
    return {name: value for name, value in fields.items() if value}


def count_of(fields: Mapping[str, str], kind: str) -> int:
    """How many blocks of a kind (`seizure`, `evidence`) the form shows: those that were filled, and one more."""
    found = (_NUMBERED.match(name) for name, text in fields.items() if text.strip())
    return max((int(one[2]) for one in found if one and one[1] == kind), default=0) + 1


def read_report(fields: Mapping[str, str], zone: tzinfo, now: datetime) -> FilledReport:
    """A report of intelligence, from the fields of the form.

    Args:
        fields: `threat`, `source`, `information`, `handling`, `text`, `expires` (a day, which still counts), and a field
            for each kind of link (each 0..1).
        zone: Time zone in which a day ends.
        now: The present moment.
    """
    text, last = fields.get("text", "").strip(), _day(fields.get("expires", ""))
    links = [(kind, line.strip()) for kind in LINKS for line in fields.get(kind, "").splitlines() if line.strip()]
    ends = datetime.combine(last + timedelta(days=1), time(), zone) if last and last < date.max else None
    checks = {
        "threat": (fields.get("threat", "") in OFFENCES, _("Enter what it warns of.")),
        "source": (fields.get("source", "") in SOURCE_GRADES, _("Grade the source.")),
        "information": (fields.get("information", "") in INFORMATION_GRADES, _("Grade the information.")),
        "handling": (fields.get("handling", "") in HANDLINGS, _("Choose who may read it.")),
        "text": (0 < len(text) <= _LONGEST_REPORT, _("Enter its text, at most 8000 characters.")),
        "PARTY": (bool(links), _("Enter at least one party, container, route or kind of goods.")),
        "expires": (ends is not None and ends > now, _("Choose a future end date.")),
    }
    problems = {name: says for name, (is_right, says) in checks.items() if not is_right}
    if problems or ends is None:
        return FilledReport(None, problems)
    told = {
        "threat": fields["threat"],
        "source_grade": fields["source"],
        "information_grade": fields["information"],
        "handling": fields["handling"],
        "text": text,
        "links": links,
        "expires": ends,
    }
    return FilledReport(msgspec.convert(told, NewIntelligence), {})


class _Reader:
    """Reads the form of a result, gathering what is wrong beside its field."""

    def __init__(self, fields: Mapping[str, str], language: Language) -> None:
        self._language = language
        self._fields = {name: text.strip() for name, text in fields.items()}
        self.problems: dict[str, str] = {}

    def result(self) -> dict[str, Any]:
        """The result as far as it can be read, as plain values."""
        depth, answer = self._text("depth"), self._text("found")
        is_examined = depth != "not-examined"
        is_found = {"yes": True, "no": False}.get(answer) if is_examined else None
        is_known = is_found is not None or answer == "pending"
        self._check("depth", depth in DEPTHS, _("Choose the depth of the examination."))
        self._check("found", not is_examined or is_known, _("Choose whether you found an irregularity."))
        told: dict[str, Any] = {"depth": depth, "found": is_found, "amends": self._text("amends") or None}
        if is_found:
            told |= self._irregularity()
        if is_examined:
            told["sample"] = self._sample(answer)
        note = self._text("note")
        self._check("note", is_examined or bool(note), _("Give the reason in the note why nothing was examined."))
        self._check("note", len(note) <= _LONGEST_NOTE, _("The note must be at most 4000 characters."))
        return {**told, "note": note or None}

    def _irregularity(self) -> dict[str, Any]:
        offence, written = self._text("offence"), self._text("duty")
        duty = read_decimal(written, self._language) or ""
        currency = self._text("currency").upper()
        self._check("offence", offence in OFFENCES, _("Choose the kind of irregularity."))
        self._check("duty", not written or bool(_AMOUNT.match(duty)), _FIGURES)
        is_named = not duty or bool(_CURRENCY.match(currency))
        self._check("currency", is_named, _("Enter the three-letter currency code, such as USD."))
        return {
            "offence": offence or None,
            "other_offences": tuple(name for name in OFFENCES if self._text(f"also-{name}") and name != offence),
            "duty_recovered": duty or None,
            "currency": currency if duty else None,
            "items": tuple(self._items()),
            "seizures": tuple(self._seizures(offence)),
            "evidence": tuple(self._evidence()),
        }

    def _sample(self, found: str) -> dict[str, Any] | None:
        names = ("number", "laboratory", "question", "answer")
        told = {name: self._text(f"sample_{name}") or None for name in names}
        day = self._text("sample_answered")
        if not any(told.values()) and not day and found != "pending":
            return None
        self._check("sample_number", bool(told["number"]), _("Enter the number of the sample."))
        self._check("sample_answered", not day or _day(day) is not None, _("Enter the date of the answer."))
        is_fitting = found == "yes" or bool(told["answer"]) is (found == "no")
        self._check(
            "sample_answer",
            is_fitting,
            _("Without the answer the result is not known yet; with it, enter the result above."),
        )
        return {**told, "answered": _day(day)}

    def _items(self) -> Iterator[dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for name, text in self._fields.items():
            place = _ITEM.match(name)
            if place and text and place[2] in DIFFERENCES:
                found.setdefault(int(place[1]), {})[place[2]] = self._difference(name, place[2], text)
        yield from ({"item": item, "found": seen} for item, seen in sorted(found.items()))

    def _difference(self, name: str, what: str, text: str) -> Any:
        if what in ("value", "quantity"):
            return self._measured(name, text, "currency" if what == "value" else "unit")
        if what == "classification":
            self._check(name, bool(_CODE.match(text)), _("Enter the digits of the code."))
        if what == "origin":
            text = text.upper()
            self._check(name, bool(_COUNTRY.match(text)), _("Enter the two-letter country code."))
        return text

    def _measured(self, name: str, text: str, unit: str) -> dict[str, Any] | None:
        """Figures with a currency or unit behind them."""
        told = _MEASURED.match(_BLANKS.sub("", text).upper())
        figures = read_decimal(told[1], self._language) if told else None
        is_number = figures is not None and _NUMBER.match(figures) is not None
        named = told[2] if told else None
        is_right = is_number and (unit == "unit" or named is None or bool(_CURRENCY.match(named)))
        self._check(name, is_right, _FIGURES if unit == "currency" else _MEASURE)
        return {"value": figures, unit: named} if is_right else None

    def _seizures(self, offence: str) -> Iterator[dict[str, Any]]:
        for number in range(1, count_of(self._fields, "seizure")):
            told = {
                name.rpartition("-")[2]: text for name, text in self._fields.items() if _of(name, "seizure", number)
            }
            at = f"seizure-{number}-"
            self._check(f"{at}goods", bool(told.get("goods")), _("Enter what was seized."))
            if told.get("quantity"):
                told["quantity"] = self._measured(f"{at}quantity", told["quantity"], "unit")  # type: ignore[assignment]
            route = [place for place in re.split(r"[^A-Z0-9]+", told.pop("route", "").upper()) if place]
            is_known = all(_PLACE.match(place) for place in route)
            self._check(f"{at}route", is_known, _("Enter countries or places, such as XJABC XK XAPTA."))
            for name, known in (("concealment", CONCEALMENTS), ("detection", DETECTIONS), ("conveyance", CONVEYANCES)):
                self._check(f"{at}{name}", told.get(name, "") in ("", *known), _("Choose one from the list."))
            told["offence"] = told.get("offence") or offence
            self._check(f"{at}offence", told["offence"] in ("", *OFFENCES), _("Choose one from the list."))
            yield {**{name: value for name, value in told.items() if value}, "route": tuple(route)}

    def _evidence(self) -> Iterator[dict[str, Any]]:
        for number in range(1, count_of(self._fields, "evidence")):
            at = f"evidence-{number}-"
            told = {name: self._text(at + name) for name in ("name", "sha256", "kept")}
            told["sha256"] = told["sha256"].lower()
            self._check(f"{at}name", bool(told["name"]), _("Enter the name of the file."))
            is_digest = bool(_DIGEST.match(told["sha256"]))
            self._check(f"{at}sha256", is_digest, _("Enter the SHA-256 of the file: 64 digits 0 to 9 and a to f."))
            self._check(f"{at}kept", bool(told["kept"]), _("Enter where the file is stored."))
            yield told

    def _text(self, name: str) -> str:
        return self._fields.get(name, "")

    def _check(self, name: str, is_right: bool, says: str) -> None:
        if not is_right:
            self.problems.setdefault(name, says)


def _of(name: str, kind: str, number: int) -> bool:
    place = _NUMBERED.match(name)
    return bool(place) and (place[1], int(place[2])) == (kind, number)  # type: ignore[index]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _written(value: Any, language: Language) -> str:
    """A value of a result as a person types it."""
    if isinstance(value, dict):
        figures, *unit = (str(part) for part in value.values() if part is not None)
        return " ".join((decimal(figures, language), *unit))
    return " ".join(value) if isinstance(value, list) else str(value)
