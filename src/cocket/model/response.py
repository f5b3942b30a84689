# SPDX-License-Identifier: Apache-2.0
"""What an authority answers about an earlier message: accepted, refused with errors, selected, released, cleared."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cocket.model.declaration import CustomsOffice
from cocket.model.document import AdditionalDocument, AdditionalInformation
from cocket.model.goods import DutyTaxFee
from cocket.model.party import Extension, Party, Reference
from cocket.model.transport import TransportEquipment, TransportMeans


class ResponsePointer(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One step of the way to what an error is about (WCO 97A).

    Attributes:
        section: WCO class identifier (42A, 67A, …), or the name the standard uses.
        sequence: Which of several of that class (1-based); None where there is one.
        tag: Identifier of the element within the class, on the last step only.
    """

    section: str | None = None
    sequence: int | None = None
    tag: str | None = None


class ResponseError(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One thing that the authority found wrong (WCO 53A).

    Attributes:
        code: Validation code of the authority.
        description: What is wrong, in its words; None where only the code was sent.
        pointers: The way to the place, outermost first (0..n).
        location: The place as an XPath, where the standard says it so.
        found: The value objected to, where stated.
    """

    code: str | None = None
    description: str | None = None
    pointers: tuple[ResponsePointer, ...] = ()
    location: str | None = None
    found: str | None = None


class ResponseStatus(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A status the declaration has got (WCO 04B).

    Attributes:
        code: Name code of the status.
        effective: Since when, offset kept.
        released: Date of release that goes with it; None where not stated.
    """

    code: str | None = None
    effective: datetime | None = None
    released: datetime | None = None


class Response(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="response"):
    """An authority's answer to, or notice about, an earlier message (WCO Response).

    Attributes:
        function_code: What kind of answer, as coded by the standard (DMS 01 accepted, 03 rejected, …; ICS IE328).
        functional_reference: The answer's own reference.
        issued: When it was made, offset kept.
        office: Office that answers.
        declaration_reference: Own reference of the message it is about (LRN, D026).
        declaration_id: Number customs gave it (MRN).
        declaration_version: Version of the declaration it is about.
        declaration_accepted: When the declaration was accepted.
        declaration_rejected: When it was refused.
        declarant: Declarant or lodger, where named.
        agent: Representative, where named.
        statuses: Statuses told (0..n).
        errors: What is wrong (0..n).
        information: Statements (0..n).
        documents: Papers asked for or named (0..n).
        duties: Duties told (0..n).
        transport: Means of transport, where named.
        equipment: Containers with seals, where named (0..n).
        references: Every name by which the consignment may be known (0..n).
        extensions: What the reader knew no place for (0..n).
    """

    function_code: str | None = None
    functional_reference: str | None = None
    issued: datetime | None = None
    office: CustomsOffice = CustomsOffice()
    declaration_reference: str | None = None
    declaration_id: str | None = None
    declaration_version: int | None = None
    declaration_accepted: datetime | None = None
    declaration_rejected: datetime | None = None
    declarant: Party | None = None
    agent: Party | None = None
    statuses: tuple[ResponseStatus, ...] = ()
    errors: tuple[ResponseError, ...] = ()
    information: tuple[AdditionalInformation, ...] = ()
    documents: tuple[AdditionalDocument, ...] = ()
    duties: tuple[DutyTaxFee, ...] = ()
    transport: TransportMeans | None = None
    equipment: tuple[TransportEquipment, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()
