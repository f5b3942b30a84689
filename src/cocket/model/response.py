# SPDX-License-Identifier: Apache-2.0
"""What an authority answers about an earlier message: accepted, refused with errors, selected, released, cleared."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cocket.model.declaration import CustomsOffice, Declaration
from cocket.model.document import AdditionalDocument, AdditionalInformation
from cocket.model.goods import DutyTaxFee
from cocket.model.party import Amount, Extension, Party, Reference
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
        type_code: Kind of error, where the standard parts it from the code (ICS: 12 wrong value, 13 missing, …).
        description: What is wrong, in its words; None where only the code was sent.
        pointers: The way to the place, outermost first (0..n).
        location: The place as an XPath, where the standard says it so.
        found: The value objected to, where stated.
    """

    code: str | None = None
    type_code: str | None = None
    description: str | None = None
    pointers: tuple[ResponsePointer, ...] = ()
    location: str | None = None
    found: str | None = None


class ResponseStatus(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A status the declaration has got (WCO 12B).

    Attributes:
        code: Name code of the status.
        effective: Since when, offset kept.
        released: Date of release that goes with it; None where not stated.
        item_number: Item of the declaration it is about (1-based); None where it is about the whole.
        text: The status in words; None where only the code was sent.
    """

    code: str | None = None
    effective: datetime | None = None
    released: datetime | None = None
    item_number: int | None = None
    text: str | None = None


class ResponseAmendment(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One thing that the authority changed in the declaration (WCO 06A).

    Attributes:
        code: Reason of the change, as coded.
        pointers: The way to the place, outermost first (0..n).
    """

    code: str | None = None
    pointers: tuple[ResponsePointer, ...] = ()


class ResponsePayment(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A sum to be paid or secured for the whole declaration (WCO 94A).

    Attributes:
        reference: Reference to pay under.
        assessed: What was assessed.
        amount: What is to be paid.
        due: By when, offset kept.
        guarantees: References of the guarantees that secure it (0..n).
    """

    reference: str | None = None
    assessed: Amount | None = None
    amount: Amount | None = None
    due: datetime | None = None
    guarantees: tuple[str, ...] = ()


class ResponseItem(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What is told of one goods item of the declaration (WCO 68A).

    Attributes:
        sequence: Its number (1-based).
        duties: Duties and taxes assessed on it (0..n).
    """

    sequence: int | None = None
    duties: tuple[DutyTaxFee, ...] = ()


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
        declaration_cancelled: When it was invalidated.
        declarant: Declarant or lodger, where named.
        agent: Representative, where named.
        statuses: Statuses told (0..n).
        errors: What is wrong (0..n).
        information: Statements (0..n).
        documents: Requested documents or named (0..n).
        duties: Duties told of the declaration as a whole (0..n).
        amendments: What the authority changed (0..n).
        payments: Sums for the declaration as a whole (0..n).
        items: What is told of single goods items (0..n).
        correction: The declaration as the authority corrected it, as far as it was sent; None if nothing was.
        transport: Means of transport, where named.
        equipment: Containers with seals, where named (0..n).
        references: Every name by which the consignment may be known (0..n).
        extensions: What the reader knew no place for (0..n).
        further: Further answers that came in the same message, in order (0..n).
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
    declaration_cancelled: datetime | None = None
    declarant: Party | None = None
    agent: Party | None = None
    statuses: tuple[ResponseStatus, ...] = ()
    errors: tuple[ResponseError, ...] = ()
    information: tuple[AdditionalInformation, ...] = ()
    documents: tuple[AdditionalDocument, ...] = ()
    duties: tuple[DutyTaxFee, ...] = ()
    amendments: tuple[ResponseAmendment, ...] = ()
    payments: tuple[ResponsePayment, ...] = ()
    items: tuple[ResponseItem, ...] = ()
    correction: Declaration | None = None
    transport: TransportMeans | None = None
    equipment: tuple[TransportEquipment, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()
    further: tuple[Response, ...] = ()
