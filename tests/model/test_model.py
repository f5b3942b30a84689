# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from cocket.model import Amount, Declaration, GoodsShipment, HostStatus, Manifest, Reading, Reference


def test_a_reading_comes_back_from_its_packed_form_as_it_was() -> None:
    document = Declaration(
        functional_reference="R1",
        issued=datetime(2026, 11, 25, 14, 5, tzinfo=UTC),
        references=(Reference("BL", "TSTB0100007"),),
        gross_mass_kg_declared=Decimal("4005.40"),
        status=HostStatus(registered=date(2026, 11, 20)),
        shipment=GoodsShipment(),
    )
    reading = Reading(standard="wco-dm", outcome="accepted", document=document)
    packed = msgspec.msgpack.encode(reading)
    assert msgspec.msgpack.decode(packed, type=Reading) == reading


def test_absent_zero_and_empty_stay_apart() -> None:
    assert Declaration(items_declared=None) != Declaration(items_declared=0)
    assert Amount(Decimal(0)) != Amount(Decimal(0), "NZD")


def test_money_keeps_its_places() -> None:
    amount = msgspec.msgpack.decode(msgspec.msgpack.encode(Amount(Decimal("10.50"), "NZD")), type=Amount)
    assert str(amount.value) == "10.50"


def test_a_manifest_is_told_from_a_declaration() -> None:
    packed = msgspec.msgpack.encode(Reading(outcome="accepted", document=Manifest(voyage="V1")))
    assert isinstance(msgspec.msgpack.decode(packed, type=Reading).document, Manifest)


def test_what_was_read_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Declaration().id = "other"  # type: ignore[misc]
