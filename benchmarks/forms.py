# SPDX-License-Identifier: Apache-2.0
"""Reading and checking the JSON forms of post, low-value trade and ships, beside bare parsing; and many items in parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from io import BytesIO
from typing import Any

from benchmarks.figures import Figure
from cocket import standards
from cocket.codes import PostalItemId
from cocket.errors import SenderError
from cocket.standards.streaming import check_stream

_ENTRIES = 200
_MANY = 20_000
_MADE = "2026-11-24T06:00:00Z"

Paired = Callable[[Callable[[], Any], Callable[[], Any], float], tuple[float, float]]


def bench_forms(seconds: float, paired: Paired) -> Iterator[Figure]:
    """Messages of each form, an entry each, and a long list of postal items in parts.

    Args:
        seconds: How long to measure each form.
        paired: Times two pieces of work in turns.
    """
    for name, value in (
        ("postal-item", _postal("CUSITM", _ENTRIES)),
        ("postal-list", _postal("ITMATT", _ENTRIES)),
        ("low-value", _declarations()),
        ("express-manifest", _consignments()),
        ("fal-cargo", _cargo()),
        ("fal-passengers", _passengers()),
    ):
        data = json.dumps(value).encode()
        if (refused := standards.read(data)).outcome == "refused":
            raise SenderError("The message made for the bench is refused.", findings=refused.findings)
        whole, bare = paired(partial(standards.read, data), partial(json.loads, data), seconds)
        note = f"an entry of a message of {_ENTRIES}, {len(data) / 1024:.1f} KiB, read and checked"
        yield Figure(name=name, value=whole / _ENTRIES * 1e6, unit="µs CPU", note=note)
        yield Figure(name=f"{name} ratio", value=whole / bare, unit="×", note="of bare json.loads")
    many = json.dumps(_postal("ITMATT", _MANY)).encode()
    whole, bare = paired(lambda: check_stream(BytesIO(many)), partial(json.loads, many), seconds)
    yield Figure(name="postal stream", value=_MANY / whole, unit="items/s", note="a list in parts, read and checked")
    yield Figure(name="postal stream ratio", value=whole / bare, unit="×", note="of bare json.loads of the whole")


def _party(name: str, country: str) -> dict[str, Any]:
    return {"name": name, "address": ["4 Weavers Row"], "city": "Alphatown", "postcode": "A1", "country": country}


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def _postal(message: str, count: int) -> dict[str, Any]:
    items = [
        {
            "itemId": _identifier(number),
            "category": "sale-of-goods",
            "grossMass": 1.85,
            "postage": _money(18),
            "sender": _party("Loom House", "XA"),
            "addressee": _party("B. Reader", "XB"),
            "contents": [
                {
                    "description": words,
                    "quantity": 2,
                    "netMass": 0.8,
                    "value": _money(24),
                    "hsCode": "630251",
                    "origin": "XA",
                }
                for words in ("Woven cotton table cloth", "Cotton napkins")
            ],
        }
        for number in range(count)
    ]
    head = {"postalMessage": message, "id": "BENCH-1", "prepared": _MADE, "sender": "XAA", "recipient": "XBA"}
    return head | {"items": items}


def _identifier(number: int) -> str:
    serial = f"{number:08d}"
    return f"CP{serial}{PostalItemId('CP', serial, 0, 'XA').expected_check_digit}XA"


def _declarations() -> dict[str, Any]:
    head = {"lowValueMessage": "H7", "id": "BENCH-2", "prepared": _MADE, "sender": "XB0417", "office": "XB0100"}
    return head | {
        "declarations": [
            {
                "lrn": f"H7-{number}",
                "additionalType": "A",
                "transportDocument": {"type": "N703", "id": f"ZX{number:07d}"},
                "exporter": _party("Loom House", "XA"),
                "importer": _party("B. Reader", "XB"),
                "declarant": {"id": "XB0000000417"},
                "fiscalReferences": [{"role": "FR5", "id": "IM3720000224"}],
                "grossMass": 1.85,
                "items": [
                    {
                        "number": 1,
                        "procedures": ["C07", "F48"],
                        "description": "Woven cotton table cloth",
                        "hsCode": "630251",
                        "intrinsicValue": _money(48),
                        "packages": 1,
                    }
                ],
            }
            for number in range(_ENTRIES)
        ]
    }


def _consignments() -> dict[str, Any]:
    head: dict[str, Any] = {
        "lowValueMessage": "EXPRESS-MANIFEST",
        "id": "BENCH-3",
        "prepared": _MADE,
        "sender": "XB0417",
    }
    head |= {"transport": {"mode": "4", "id": "ZZ417"}, "departurePlace": "XAALT", "arrivalPlace": "XBBTP"}
    return head | {
        "carrier": {"id": "XB0000000417"},
        "consignments": [
            {
                "waybill": f"ZX{number:07d}",
                "shipper": _party("Loom House", "XA"),
                "consignee": _party("B. Reader", "XB"),
                "description": "Woven cotton table cloth",
                "hsCodes": ["630251"],
                "packages": 1,
                "grossMass": 1.85,
                "value": _money(48),
            }
            for number in range(_ENTRIES)
        ],
    }


def _form(number: int) -> dict[str, Any]:
    ship = {"name": "Alpha Star", "imoNumber": "9074729", "flag": "XA"}
    head = {"falForm": f"FAL{number}", "id": f"BENCH-{number}", "prepared": _MADE, "sender": "XB0042"}
    return head | {"movement": "arrival", "ship": ship, "voyage": "417E", "port": "XBBTP", "at": _MADE}


def _cargo() -> dict[str, Any]:
    return _form(2) | {
        "consignments": [
            {
                "document": f"ALPB{number:07d}",
                "packages": 400,
                "packageKind": "CT",
                "description": "Black tea in cartons",
                "grossMass": 12000.5,
                "containers": [{"id": "CSQU3054383", "type": "22G1", "seals": ["SEAL417"]}],
            }
            for number in range(_ENTRIES)
        ]
    }


def _passengers() -> dict[str, Any]:
    return _form(6) | {
        "persons": [
            {
                "number": number + 1,
                "familyName": "Guest",
                "givenNames": "Gail",
                "nationality": "XC",
                "birthDate": str(date(1990, 7, 1)),
                "birthPlace": "Gammaville",
                "documentType": "passport",
                "documentNumber": f"G{number}",
                "embarked": "XAALT",
                "disembarks": "XBBTP",
                "isInTransit": False,
            }
            for number in range(_ENTRIES)
        ]
    }
