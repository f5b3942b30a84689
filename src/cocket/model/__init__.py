# SPDX-License-Identifier: Apache-2.0
"""The nouns of customs, frozen, with the WCO Data Model's class names and no wire names.

In: values that `standards` read. Out: the same, to every other room.
Absent is None or an empty tuple; a value the sender marked "not available" is None with a finding; zero is zero.
Money is `Decimal` with its currency, mass in kg, time with the stated offset kept.
Source: WCO Data Model 3.6, class names and identifiers (42A, 67A, 68A, …).
"""

from cocket.model.cargo import BillOfLading, Manifest, PackageTotals
from cocket.model.declaration import (
    CustomsOffice,
    Declaration,
    GoodsLocation,
    GoodsShipment,
    HostStatus,
    TradeTerms,
    ValuationCharges,
)
from cocket.model.document import AdditionalDocument, AdditionalInformation, PreviousDocument
from cocket.model.goods import (
    Classification,
    Commodity,
    DutyTaxFee,
    GovernmentAgencyGoodsItem,
    GovernmentProcedure,
    Origin,
    Packaging,
    SupplementaryQuantity,
)
from cocket.model.message import Document, Envelope, HostDecision, Reading, Standing
from cocket.model.movement import Movement
from cocket.model.party import Amount, Extension, Party, Reference
from cocket.model.response import Response, ResponseError, ResponsePointer, ResponseStatus
from cocket.model.transport import Seal, TransportEquipment, TransportMeans

__all__ = [
    "AdditionalDocument",
    "AdditionalInformation",
    "Amount",
    "BillOfLading",
    "Classification",
    "Commodity",
    "CustomsOffice",
    "Declaration",
    "Document",
    "DutyTaxFee",
    "Envelope",
    "Extension",
    "GoodsLocation",
    "GoodsShipment",
    "GovernmentAgencyGoodsItem",
    "GovernmentProcedure",
    "HostDecision",
    "HostStatus",
    "Manifest",
    "Movement",
    "Origin",
    "PackageTotals",
    "Packaging",
    "Party",
    "PreviousDocument",
    "Reading",
    "Reference",
    "Response",
    "ResponseError",
    "ResponsePointer",
    "ResponseStatus",
    "Seal",
    "Standing",
    "SupplementaryQuantity",
    "TradeTerms",
    "TransportEquipment",
    "TransportMeans",
    "ValuationCharges",
]
