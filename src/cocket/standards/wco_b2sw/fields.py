# SPDX-License-Identifier: Apache-2.0
"""The maritime arrival notice of the business-to-single-window messages (MAI) as a table.

A block is a class, a row an element: name, WCO ID where the Data Model has one for it, what it holds, cardinality.
The schema asks nothing of a value but that a code is one token and the format of the date is named.

Source: WCO Data Model, business to single window (B2SW), MAI 01A (2015), facts re-stated; WCO IDs as in Data Model 3.6.
"""

from __future__ import annotations

from cocket.standards.shape import Outline, Shape, Value, rows

MAI_NAMESPACE = "urn:wco:datamodel:WCO:MAI:01A"
VALUE_NAMESPACE = "urn:wco:datamodel:WCO:B2SW_DS:01A"

_TABLE = """
Declaration
  FunctionCode           017  DeclarationFunctionCodeType                   1..1
  FunctionalReferenceID  D026 DeclarationFunctionalReferenceIDType          1..1
  IssueDateTime          D011 DeclarationIssueDateTimeType                  1..1
  TypeCode               D013 DeclarationTypeCodeType                       1..1
  VersionID              383  DeclarationVersionIDType                      1..1
  BorderTransportMeans   15A  BorderTransportMeans                          0..1
  Declarant              57B  Declarant                                     1..1
  PreviousDocument       99A  PreviousDocument                              0..1

BorderTransportMeans
  ID                     T006 BorderTransportMeansIdentificationIDType       1..1
  IdentificationTypeCode T018 BorderTransportMeansIdentificationTypeCodeType 1..1
  TypeCode               T010 BorderTransportMeansTypeCodeType              1..1
  StayID                 -    BorderTransportMeansStayIDType                0..1
  Itinerary              81A  Itinerary                                     1..1

Itinerary
  ID                     -    ItineraryIdentificationIDType                 1..1

Declarant
  Name                   R124 DeclarantNameTextType                         1..1
  ID                     R123 DeclarantIdentificationIDType                 1..1
  RoleCode               R005 DeclarantRoleCodeType                         1..1
  Contact                34A  Contact                                       1..1
  Communication          25A  Communication                                 1..99

Contact
  Name                   246  ContactNameTextType                           1..1

Communication
  ID                     240  CommunicationIdentificationIDType             1..1
  TypeCode               253  CommunicationTypeCodeType                     1..1

PreviousDocument
  ID                     D018 PreviousDocumentIdentificationIDType          1..1
"""

_CLASSES = rows(_TABLE)


def _value(content: str) -> Value:
    if content.endswith("DateTimeType"):
        return Value(
            attributes={"formatCode": Value(codes=("304",))}, required=("formatCode",), inside="DateTimeString"
        )
    return Value(base="token" if content.endswith("CodeType") else "string")


#: The message, and the schema written from it.
MAI = Shape(
    Outline(
        code="b2sw",
        prefixes={"": MAI_NAMESPACE, "ds": VALUE_NAMESPACE},
        roots={"Declaration": "Declaration"},
        classes=_CLASSES,
        values={
            field.content: _value(field.content)
            for kind in _CLASSES.values()
            for field in kind.values()
            if field.content not in _CLASSES
        },
        wco_ids={"Declaration": "42A"},
    )
)
