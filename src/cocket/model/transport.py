# SPDX-License-Identifier: Apache-2.0
"""Means of transport, transport equipment and seals."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Seal(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A seal on transport equipment (WCO 44B).

    Attributes:
        id: Number on the seal.
        party_code: Who affixed it (CA carrier, SH shipper, CU customs, …); None where not stated.
    """

    id: str
    party_code: str | None = None


class TransportEquipment(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A container, trailer or unit load device (WCO 31B).

    Attributes:
        id: Number as written; compare by `cocket.codes.EquipmentNumber`.
        type_code: ISO 6346 size and type, or a national code.
        fullness_code: Empty, full or part, as written (national lists differ).
        seals: Seals on it (0..n).
        gross_mass_kg: Mass of the goods in it.
        tare_mass_kg: Mass of the empty equipment.
        packages: Packages in it (count).
        goods_description: Words on what is in it.
        item_numbers: Goods items of the declaration that it carries (1-based, 0..n).
    """

    id: str
    type_code: str | None = None
    fullness_code: str | None = None
    seals: tuple[Seal, ...] = ()
    gross_mass_kg: Decimal | None = None
    tare_mass_kg: Decimal | None = None
    packages: int | None = None
    goods_description: str | None = None
    item_numbers: tuple[int, ...] = ()


class TransportMeans(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A vessel, aircraft, truck or train (WCO 15A at the border, 10A on arrival, 12A on departure).

    Attributes:
        id: Identity: vessel name or IMO number, flight, registration plate.
        id_type_code: What kind of identity `id` is, code of the standard.
        name: Name in words, where stated apart from `id`.
        mode_code: UN/ECE Recommendation 19 mode (1 sea, 2 rail, 3 road, 4 air, 5 post, …).
        nationality_code: ISO 3166 alpha-2 of registration.
        voyage: Voyage, flight or journey number.
    """

    id: str | None = None
    id_type_code: str | None = None
    name: str | None = None
    mode_code: str | None = None
    nationality_code: str | None = None
    voyage: str | None = None
