# SPDX-License-Identifier: Apache-2.0
"""How the attributes that SAD and manifest share stand in elements."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cocket.codes import country, currency
from cocket.model import Amount, Party
from cocket.standards.asycuda.mapping import Codec, Texts
from cocket.standards.asycuda.profiles import Profile
from cocket.standards.asycuda.values import day, flag, is_plain, lines_of, number, plain, whole, write_day


def _read_text(_: Profile, text: str) -> str | None:
    return text.strip() or None


def _write_text(_: Profile, value: str) -> Texts:
    return (value,)


def _read_number(_: Profile, text: str) -> Decimal | None:
    return number(text)


def _write_number(_: Profile, value: Decimal) -> Texts:
    return (plain(value),)


def _read_count(_: Profile, text: str) -> int | None:
    return whole(text)


def _write_count(_: Profile, value: int) -> Texts:
    return (str(value),)


def _read_date(profile: Profile, text: str) -> Any:
    return day(text, profile.date_order)


def _write_date(profile: Profile, value: Any) -> Texts:
    return (write_day(value, profile.date_pattern),)


def _read_flag(_: Profile, text: str) -> bool | None:
    return flag(text)


def _write_flag(_: Profile, value: bool) -> Texts:
    return ("true" if value else "false",)


def letters_of(text: str | None) -> str | None:
    """A currency as ISO 4217 letters, from letters or the numeric code; as written if no list has the number.

    Source: ISO 4217; numeric codes in Georgian files.
    """
    text = (text or "").strip()
    known = currency(text) if text.isdigit() else None
    return known.letters if known else text or None


def _currency_as_written(profile: Profile, letters: str | None) -> str | None:
    known = currency(letters) if letters and profile.numeric_codes else None
    return known.numeric if known else letters


def _read_amount(_: Profile, value: str | None, code: str | None) -> Amount | None:
    figure = number(value) if value is not None else None
    return None if figure is None else Amount(figure, letters_of(code))


def _write_amount(profile: Profile, amount: Amount) -> Texts:
    return plain(amount.value), _currency_as_written(profile, amount.currency)


def _read_national(profile: Profile, text: str) -> Amount | None:
    figure = number(text)
    return None if figure is None else Amount(figure, profile.currency)


def _write_national(_: Profile, amount: Amount) -> Texts:
    return (plain(amount.value),)


def _read_country(_: Profile, text: str) -> str | None:
    text = text.strip()
    known = country(text) if text.isdigit() else None
    return known.alpha2 if known else text or None


def _write_country(profile: Profile, code: str) -> Texts:
    known = country(code) if profile.numeric_codes else None
    return ((known.numeric if known else None) or code,)


def _read_party(_: Profile, code: str | None, name: str | None, contact: str | None = None) -> Party | None:
    """Code, name with the address on the lines below, and the person in charge."""
    lines = lines_of(name)
    code, contact = (code or "").strip(), (contact or "").strip()
    if not (lines or code or contact):
        return None
    return Party(id=code or None, name=lines[0] if lines else None, address=tuple(lines[1:]), contact=contact or None)


def _write_party(_: Profile, party: Party) -> Texts:
    return party.id, _joined(party.name, *party.address)


def _write_party_with_contact(_: Profile, party: Party) -> Texts:
    return party.id, _joined(party.name, *party.address), party.contact


def _read_addressed_party(_: Profile, code: str | None, name: str | None, address: str | None) -> Party | None:
    """Code, name, and the address in an element of its own."""
    code, name, lines = (code or "").strip(), (name or "").strip(), lines_of(address)
    if not (code or name or lines):
        return None
    return Party(id=code or None, name=name or None, address=tuple(lines))


def _write_addressed_party(_: Profile, party: Party) -> Texts:
    return party.id, party.name, _joined(*party.address)


def _joined(*lines: str | None) -> str | None:
    return "\n".join(filter(None, lines)) or None


#: One element each: text, number, whole number, date, flag, sum in national currency, country or nationality.
TEXT = Codec(_read_text, _write_text)
NUMBER = Codec(_read_number, _write_number, is_plain)
COUNT = Codec(_read_count, _write_count)
DATE = Codec(_read_date, _write_date)
FLAG = Codec(_read_flag, _write_flag)
NATIONAL = Codec(_read_national, _write_national, is_plain)
NATION = Codec(_read_country, _write_country)

#: Value, currency.
AMOUNT = Codec(_read_amount, _write_amount)

#: Code, name and address; with a contact; with the address apart.
PARTY = Codec(_read_party, _write_party)
PARTY_WITH_CONTACT = Codec(_read_party, _write_party_with_contact)
ADDRESSED_PARTY = Codec(_read_addressed_party, _write_addressed_party)
