# SPDX-License-Identifier: Apache-2.0
"""The WCO response message (RES) as a table: every class, every element, its WCO ID, format and cardinality.

A block is a class. A row is an element: name, WCO ID, format (or, with a capital, the class it holds), cardinality.
Formats are the WCO's, as `an..35` up to 35 characters, `n..16,3` up to 16 digits of which 3 are decimals. The schema
asks of a text its length alone; only the function code has to be digits. A corrected Declaration, of the namespace of
declarations, may come last.

Source: WCO Data Model 3.6, Response (07B), as profiled by the UK's Declaration Management System (schema version 2.2).
"""

from __future__ import annotations

import re

from cocket.standards.shape import FOREIGN, Class, Field, Outline, Shape, Value, rows
from cocket.standards.wco_dm.fields import ATTRIBUTES, DECLARATION_NAMESPACE, Term

RESPONSE_NAMESPACE = "urn:wco:datamodel:WCO:RES-DMS:2"
DATE_NAMESPACE = "urn:wco:datamodel:WCO:Response_DS:DMS:2"

_TABLE = """
Response
  FunctionCode              017  n..2                      1..1
  FunctionalReferenceID     D026 an..35                    0..1
  IssueDateTime             D029 an..35                    0..1
  AdditionalInformation     03A  AdditionalInformation     0..n
  Amendment                 06A  Amendment                 0..n
  AppealOffice              07A  AppealOffice              0..1
  Bank                      14A  Bank                      0..1
  ContactOffice             35A  ContactOffice             0..n
  Error                     53A  Error                     0..n
  Status                    12B  Status                    0..n
  Declaration               42A  Declaration               1..1

AdditionalInformation
  StatementCode             226  an..17                    0..1
  StatementDescription      225  an..512                   0..1
  LimitDateTime             264  an..35                    0..1
  StatementTypeCode         369  an..3                     0..1
  Pointer                   97A  Pointer                   0..n

Pointer
  SequenceNumeric           006  n..5                      0..1
  DocumentSectionCode       375  an..3                     0..1
  TagID                     381  an..4                     0..1

Amendment
  ChangeReasonCode          099  an..3                     0..1
  Pointer                   97A  Pointer                   0..n

AppealOffice
  ID                        G001 an..17                    0..1

Bank
  ReferenceID               R069 an..17                    0..1
  ID                        372  an..35                    0..1

ContactOffice
  ID                        G002 an..17                    0..1
  Communication             25A  Communication             0..n

Communication
  ID                        240  an..50                    0..1
  TypeCode                  253  an..3                     0..1

Error
  Description               488  an..512                   0..1
  ValidationCode            377  an..8                     0..1
  Pointer                   97A  Pointer                   0..n

Status
  EffectiveDateTime         380  an..35                    0..1
  NameCode                  379  an..3                     0..1
  ReleaseDateTime           277  an..35                    0..1
  Pointer                   97A  Pointer                   0..n

Declaration
  AcceptanceDateTime        023  an..35                    0..1
  CancellationDateTime      373  an..35                    0..1
  FunctionalReferenceID     D026 an..35                    0..1
  ID                        D014 an..70                    0..1
  RejectionDateTime         374  an..35                    0..1
  VersionID                 383  an..9                     0..1
  DutyTaxFee                50A  Declaration.DutyTaxFee    0..n
  GoodsShipment             67A  GoodsShipment             0..1

Declaration.DutyTaxFee
  Payment                   94A  Declaration.Payment       0..1

Declaration.Payment
  ReferenceID               014  an..35                    0..1
  TaxAssessedAmount         120  n..16,3                   0..1
  DueDateTime               376  an..35                    0..1
  PaymentAmount             378  n..16,3                   0..1
  ObligationGuarantee       90A  ObligationGuarantee       0..n

ObligationGuarantee
  ReferenceID               100  an..35                    0..1

GoodsShipment
  GovernmentAgencyGoodsItem 68A  GovernmentAgencyGoodsItem 0..n

GovernmentAgencyGoodsItem
  SequenceNumeric           006  n..5                      1..1
  Commodity                 23A  Commodity                 0..1

Commodity
  DutyTaxFee                50A  DutyTaxFee                0..n

DutyTaxFee
  AdValoremTaxBaseAmount    116  n..16,3                   0..1
  DeductAmount              111  n..16,3                   0..1
  DutyRegimeCode            164  an..3                     0..1
  SpecificTaxBaseQuantity   129  n..16,6                   0..1
  TaxRateNumeric            115  an..17,3                  0..1
  TypeCode                  113  an..3                     0..1
  Payment                   94A  Payment                   0..1

Payment
  TaxAssessedAmount         120  n..16,3                   0..1
  PaymentAmount             378  n..16,3                   0..1
"""

_FORMAT = re.compile(r"(?P<characters>an|n)\.\.(?P<size>\d+)(,(?P<decimals>\d+))?")
_TERMS: tuple[Term, ...] = ("Amount", "Code", "DateTime", "ID", "Numeric", "Quantity")
_DECIMALS = ("Amount", "Numeric", "Quantity")
_DATE_PATTERN = r"(20\d{6})(\d{6}(Z|[-+]\d\d))?"

#: Names that the schema gives to attributes' types, as values: a built-in type, else a pattern.
_ATTRIBUTES = {
    term: {
        name: Value(base=content) if content.isalpha() else Value(patterns=(content,))
        for name, content in attributes.items()
    }
    for term, attributes in ATTRIBUTES.items()
}


def _value(term: Term, field_format: str, name: str) -> Value:
    found = _FORMAT.fullmatch(field_format)
    size, decimals = (int(found["size"]), int(found["decimals"] or 0)) if found else (0, 0)
    if term == "DateTime":
        date = {"formatCode": Value(codes=("102", "304"))}
        return Value(
            longest=size,
            patterns=(_DATE_PATTERN,),
            attributes=date,
            required=("formatCode",),
            inside="DateTimeString",
        )
    if term in _DECIMALS:
        if not found or found["characters"] == "an":  # a rate: any decimal number
            return Value(base="decimal")
        return Value(base="decimal", digits=size, decimals=decimals, attributes=_ATTRIBUTES[term])
    base = "string" if term == "Text" else "token"
    patterns = ("([0-9])*",) if name == "FunctionCode" else ()
    return Value(base=base, longest=size, patterns=patterns, attributes=_ATTRIBUTES[term])


def _type_name(class_name: str, name: str, term: Term) -> str:
    """The published name of a value's type: class, element and representation term."""
    owner = class_name.rpartition(".")[2]
    element = "Identification" if name == "ID" else name.removesuffix(term)
    return f"{'BankAccount' if owner == 'Bank' and name == 'ID' else owner}{element}{term}Type"


def _outline() -> Outline:
    classes: dict[str, Class] = {}
    values: dict[str, Value] = {}
    for class_name, fields in rows(_TABLE).items():
        classes[class_name] = {}
        for name, field in fields.items():
            content = field.content
            if _FORMAT.fullmatch(content):
                term: Term = next((term for term in _TERMS if name.endswith(term)), "Text")
                content = _type_name(class_name, name, term)
                values[content] = _value(term, field.content, name)
            classes[class_name][name] = Field(
                name=name, content=content, least=field.least, most=field.most, wco_id=field.wco_id
            )
    classes["Response"]["dec"] = Field(name="dec", content=FOREIGN)
    return Outline(
        code="res",
        prefixes={"": RESPONSE_NAMESPACE, "ds": DATE_NAMESPACE, "dec": DECLARATION_NAMESPACE},
        roots={"Response": "Response"},
        classes=classes,
        values=values,
        wco_ids={"Response": "07B"},
    )


#: Every class of the message, and the schema written from it.
SHAPE = Shape(_outline())
