# SPDX-License-Identifier: Apache-2.0
"""What customs tells the keeper of goods: that they may go, or where they are to go instead."""

from __future__ import annotations

from datetime import date

import msgspec

from cocket.model.declaration import CustomsOffice
from cocket.model.party import Extension, Party, Reference
from cocket.model.transport import TransportEquipment


class Vehicle(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A vehicle that is itself the goods.

    Attributes:
        chassis_number: Vehicle identification or chassis number.
        make: Make.
        model: Model.
        year: Year of manufacture, as written.
        colour: Colour.
    """

    chassis_number: str | None = None
    make: str | None = None
    model: str | None = None
    year: str | None = None
    colour: str | None = None


class ReleaseOrder(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="release-order"):
    """A customs release order.

    Attributes:
        id: Number of the order.
        disposition_code: What is to be done with the goods, as coded (release, hold, move to examination, …).
        office: Customs office that orders.
        issued: Day of the order.
        declaration_id: Registration of the declaration that is released.
        transport_document: Number of the bill of lading or waybill.
        manifest: Registration of the manifest.
        custodian: Who keeps the goods: port, terminal, warehouse.
        consignee: Who may have them.
        equipment: Containers with seals (0..n).
        vehicles: Vehicles (0..n).
        references: Every name by which the consignment may be known (0..n).
        extensions: What the reader knew no place for (0..n).
    """

    id: str | None = None
    disposition_code: str | None = None
    office: CustomsOffice = CustomsOffice()
    issued: date | None = None
    declaration_id: str | None = None
    transport_document: str | None = None
    manifest: str | None = None
    custodian: Party | None = None
    consignee: Party | None = None
    equipment: tuple[TransportEquipment, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()
