# SPDX-License-Identifier: Apache-2.0
"""How the attributes that only the value declaration has stand in its elements."""

from __future__ import annotations

from cocket.model import Amount, ConvertedAmount, Party
from cocket.standards.asycuda.codecs import letters_of
from cocket.standards.asycuda.mapping import Codec, Texts
from cocket.standards.asycuda.profiles import Profile
from cocket.standards.asycuda.values import flag, lines_of, number, plain

#: Elements of one sum: figure, currency, rate.
_PLACES = 3


def _read_answer(_: Profile, yes: str | None, no: str | None) -> bool | None:
    """Yes or no where exactly one of the two is ticked."""
    is_yes, is_no = (flag(text) is True if text else False for text in (yes, no))
    return None if is_yes == is_no else is_yes


def _write_answer(_: Profile, answer: bool) -> Texts:
    return ("true", "false") if answer else ("false", "true")


def _read_named(_: Profile, name: str | None, address: str | None) -> Party | None:
    name, lines = (name or "").strip(), lines_of(address)
    return Party(name=name or None, address=tuple(lines)) if name or lines else None


def _write_named(_: Profile, party: Party) -> Texts:
    return party.name, "\n".join(party.address) or None


def _read_converted(_: Profile, figure: str | None, code: str | None, rate: str | None) -> ConvertedAmount | None:
    value = number(figure) if figure else None
    if value is None:
        return None
    return ConvertedAmount(amount=Amount(value, letters_of(code)), exchange_rate=number(rate) if rate else None)


def _write_converted(_: Profile, one: ConvertedAmount) -> Texts:
    rate = None if one.exchange_rate is None else plain(one.exchange_rate)
    return plain(one.amount.value), one.amount.currency, rate


def sums(*names: str) -> Codec:
    """Several sums with their names; three elements each: figure, currency, rate.

    Args:
        names: Names in the order of the elements (1..n).

    Source: public schema of the form C71.
    """

    def read(profile: Profile, *texts: str | None) -> dict[str, ConvertedAmount] | None:
        places = (texts[start : start + _PLACES] for start in range(0, len(texts), _PLACES))
        found = {name: _read_converted(profile, *place) for name, place in zip(names, places, strict=True)}
        return {name: one for name, one in found.items() if one is not None} or None

    def write(profile: Profile, told: dict[str, ConvertedAmount]) -> Texts:
        empty: Texts = (None,) * _PLACES
        parts = (_write_converted(profile, told[name]) if name in told else empty for name in names)
        return tuple(text for part in parts for text in part)

    return Codec(read, write)


#: A question's yes and no.
ANSWER = Codec(_read_answer, _write_answer)

#: Name and address.
NAMED_PARTY = Codec(_read_named, _write_named)

#: Figure, currency, rate.
CONVERTED = Codec(_read_converted, _write_converted)
