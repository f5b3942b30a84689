# SPDX-License-Identifier: Apache-2.0
"""Charges at import of countries that Cocket knows, each with its act and days: they join a tariff's rates on goods."""

from __future__ import annotations

from datetime import date
from importlib import resources
from typing import Literal

import msgspec

from cocket.errors import SettingsError, UnreadableError
from cocket.measures.tariff.book import Tariff
from cocket.measures.tariff.charge_files import is_table, read_table, write_table, write_toml
from cocket.measures.tariff.charges import Charge, graph_of
from cocket.measures.tariff.claims import may_cost_more
from cocket.measures.tariff.kinds import Kind
from cocket.measures.tariff.numbers import check_blanks, check_numbers, decode_numbers
from cocket.measures.tariff.plan import columns_of, duties_of
from cocket.measures.tariff.procedures import Procedure, Relief

_FOLDER = "acts"


class National(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Charges of a country, as a file of its own.

    Attributes:
        name: Country in words.
        currency: ISO 4217 of amounts payable.
        source: Laws, for people.
        as_of: Day as of which the acts were read.
        charges: The charges (1..n), in the order of the law.
        amounts: Names of further amounts that bases name (0..n).
        defaults: Amount that is not stated → what the law puts in its place.
        basis: What a customs value includes by its law.
        exchange_day: Day whose rate of exchange applies.
        single: Kinds of which one rate applies alone.
        procedures: What procedures do; empty for what is usual.
        reliefs: Reliefs for low value (0..n).
    """

    name: str
    currency: str
    source: str
    as_of: str
    charges: tuple[Charge, ...]
    amounts: tuple[str, ...] = ()
    defaults: dict[str, str] = {}
    basis: Literal["CIF", "FOB"] | None = None
    exchange_day: Literal["acceptance", "shipment"] = "acceptance"
    single: frozenset[Kind] = frozenset()
    procedures: tuple[Procedure, ...] = ()
    reliefs: tuple[Relief, ...] = ()


_NATIONAL = msgspec.json.Decoder(National)


def countries() -> tuple[str, ...]:
    """Countries whose charges are known, in lower case."""
    folder = resources.files(__package__).joinpath(_FOLDER)
    return tuple(sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml")))


def national(country: str) -> National:
    """Charges of a country.

    Args:
        country: Its letters (`br`, `eu`).

    Raises:
        SettingsError: None are known.
    """
    name = country.strip().lower()
    if name not in countries():
        known = ", ".join(countries())
        raise SettingsError(f"No charges of {country[:20]!r} are known; known are {known}.", code="country-unknown")
    return read_charges(resources.files(__package__).joinpath(_FOLDER, f"{name}.toml").read_bytes())


def read_charges(content: bytes) -> National:
    """Read a file of charges.

    Args:
        content: TOML, JSON if it begins with a brace, or a table (CSV) with the heads `name` and `kind`.

    Raises:
        SettingsError: It is none, or its charges are not in order.
    """
    try:
        if is_table(content):
            found = msgspec.convert(read_table(content), National)
        elif content.lstrip()[:1] == b"{":
            found = decode_numbers(content, _NATIONAL)
            check_blanks(msgspec.json.decode(content).get("charges"))
        else:
            found, raw = msgspec.toml.decode(content, type=National), msgspec.toml.decode(content)
            check_numbers(raw, found)
            check_blanks(raw.get("charges"))
    except (UnreadableError, ValueError, RecursionError) as error:
        raise SettingsError(
            f"The charges cannot be read: {str(error).rstrip('.')}.", code="charges-unreadable"
        ) from error
    graph_of(found.charges, (), found.amounts)
    return found


def write_charges(law: National, *, as_table: bool = False) -> bytes:
    """Charges of a country as a file that `read_charges` reads as the same.

    Args:
        law: The charges.
        as_table: Whether it is a table (CSV) and not TOML.

    Raises:
        SettingsError: A table cannot hold them.
    """
    told = msgspec.to_builtins(law, builtin_types=(date,))
    return write_table(told, law.charges) if as_table else write_toml(told)


def charges_in(tariff: Tariff) -> National:
    """The charges of a tariff as a file of their own would have them."""
    return National(
        name=tariff.name,
        currency=tariff.currency,
        source=tariff.source,
        as_of=tariff.edition,
        **{
            field: getattr(tariff, field)
            for field in ("charges", "amounts", "defaults", "basis", "exchange_day", "single", "procedures", "reliefs")
        },
    )


def with_national(tariff: Tariff, country: str | National) -> Tariff:
    """A tariff with the charges of a country beside its own rates on goods.

    Args:
        tariff: The tariff; its own charges are tried first.
        country: Letters of the country, or its charges.

    Raises:
        SettingsError: No charges of the country are known, they are in another currency, or not in order with the tariff.
    """
    known = national(country) if isinstance(country, str) else country
    if known.currency != tariff.currency:
        text = f"The charges of {known.name} are in {known.currency}, the tariff is in {tariff.currency}."
        raise SettingsError(text, code="charges-not-in-order")
    own = {one.name for one in tariff.charges}
    joined = msgspec.structs.replace(
        tariff,
        charges=(*tariff.charges, *(one for one in known.charges if one.name not in own)),
        amounts=tuple(dict.fromkeys((*tariff.amounts, *known.amounts))),
        defaults={**known.defaults, **tariff.defaults},
        basis=tariff.basis or known.basis,
        exchange_day=known.exchange_day,
        single=tariff.single | known.single,
        procedures=tariff.procedures or known.procedures,
        reliefs=(*tariff.reliefs, *known.reliefs),
    )
    may_cost_more(joined, graph_of(joined.charges, columns_of(joined), joined.amounts, duties_of(joined)))
    return joined
