# SPDX-License-Identifier: Apache-2.0
"""The nouns of customs, frozen, with the WCO Data Model's class names and no wire names.

In: values that `standards` read. Out: the same, to every other room.
Absent is None or an empty tuple; a value the sender marked "not available" is None with a finding; zero is zero.
Money is `Decimal` with its currency, mass in kg, time with the stated offset kept.
Source: WCO Data Model 3.6, class names and identifiers (42A, 67A, 68A, …).
"""

from cocket.model.cargo import BillOfLading, CustomsNote, Manifest, PackageTotals
from cocket.model.certificate import Certificate
from cocket.model.declaration import (
    Amendment,
    AuthorisationHolder,
    CustomsOffice,
    Declaration,
    GoodsLocation,
    GoodsShipment,
    HostStatus,
    TradeTerms,
    ValuationCharges,
)
from cocket.model.document import AdditionalDocument, AdditionalInformation, PreviousDocument, StockQuantity
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
from cocket.model.licence import Licence, LicenceContact, LicenceItem
from cocket.model.message import Document, Envelope, HostDecision, Reading, Standing
from cocket.model.movement import Movement
from cocket.model.party import Amount, Extension, Party, Reference
from cocket.model.release_order import ReleaseOrder, Vehicle
from cocket.model.response import (
    Response,
    ResponseAmendment,
    ResponseError,
    ResponseItem,
    ResponsePayment,
    ResponsePointer,
    ResponseStatus,
)
from cocket.model.trade import (
    AllowanceCharge,
    CommercialInvoice,
    HandlingUnit,
    InvoiceLine,
    InvoiceTotals,
    PackingLine,
    PackingList,
)
from cocket.model.transport import Seal, TransportEquipment, TransportMeans
from cocket.model.undertaking import ExportRelease, ObligationGuarantee, Payment, Transit
from cocket.model.value_declaration import ConvertedAmount, ValueDeclaration, ValuedInvoice

__all__ = [
    "AdditionalDocument",
    "AdditionalInformation",
    "AllowanceCharge",
    "Amendment",
    "Amount",
    "AuthorisationHolder",
    "BillOfLading",
    "Certificate",
    "Classification",
    "CommercialInvoice",
    "Commodity",
    "ConvertedAmount",
    "CustomsNote",
    "CustomsOffice",
    "Declaration",
    "Document",
    "DutyTaxFee",
    "Envelope",
    "ExportRelease",
    "Extension",
    "GoodsLocation",
    "GoodsShipment",
    "GovernmentAgencyGoodsItem",
    "GovernmentProcedure",
    "HandlingUnit",
    "HostDecision",
    "HostStatus",
    "InvoiceLine",
    "InvoiceTotals",
    "Licence",
    "LicenceContact",
    "LicenceItem",
    "Manifest",
    "Movement",
    "ObligationGuarantee",
    "Origin",
    "PackageTotals",
    "Packaging",
    "PackingLine",
    "PackingList",
    "Party",
    "Payment",
    "PreviousDocument",
    "Reading",
    "Reference",
    "ReleaseOrder",
    "Response",
    "ResponseAmendment",
    "ResponseError",
    "ResponseItem",
    "ResponsePayment",
    "ResponsePointer",
    "ResponseStatus",
    "Seal",
    "Standing",
    "StockQuantity",
    "SupplementaryQuantity",
    "TradeTerms",
    "Transit",
    "TransportEquipment",
    "TransportMeans",
    "ValuationCharges",
    "ValueDeclaration",
    "ValuedInvoice",
    "Vehicle",
]
