# SPDX-License-Identifier: Apache-2.0
"""The messages of UK inventory linking as tables: exports in one namespace, imports in another.

A block is a class, a row an element: name, `-`, what it holds, cardinality; `nil` where it may be empty if it says so.
The UK publishes no WCO identifiers for them.

Source: UK inventory linking exports API 2.0 and inventory linking imports API 2.0, schemas of the messages; facts
re-stated.
"""

from __future__ import annotations

from cocket.standards.shape import Outline, Shape, Value, rows

EXPORTS_NAMESPACE = "http://gov.uk/customs/inventoryLinking/v1"
IMPORTS_NAMESPACE = "http://gov.uk/customs/inventoryLinkingImport/v1"

_EXPORTS = """
inventoryLinkingMovementRequest
  messageCode               - messageCodeMovement       1..1
  agentDetails              - agentDetails              0..1
  ucrBlock                  - ucrBlock                  1..1
  goodsLocation             - goodsLocation             1..1
  goodsArrivalDateTime      - xs:dateTime               0..1 nil
  goodsDepartureDateTime    - xs:dateTime               0..1 nil
  shedOPID                  - shedOPID                  0..1 nil
  masterUCR                 - ucr                       0..1 nil
  masterOpt                 - masterOpt                 0..1
  movementReference         - movementReference         0..1 nil
  transportDetails          - transportDetails          0..1

inventoryLinkingMovementResponse
  messageCode               - messageCodeMovement       1..1
  crc                       - crcCode                   0..1 nil
  goodsArrivalDateTime      - xs:dateTime               0..1 nil
  goodsLocation             - goodsLocation             0..1 nil
  shedOPID                  - shedOPID                  0..1 nil
  movementReference         - movementReference         0..1 nil
  submitRole                - submitRole                0..1 nil
  ucrBlock                  - ucrBlock                  0..1
  goodsItem                 - goodsItem                 0..999
  entryStatus               - entryStatus               0..1

inventoryLinkingConsolidationRequest
  messageCode               - messageCodeConsolidation  1..1
  masterUCR                 - ucr                       0..1
  ucrBlock                  - ucrBlock                  0..1

inventoryLinkingControlResponse
  messageCode               - messageCodeAll            1..1
  actionCode                - actionCode                1..1
  ucr                       - ucrBlock                  0..1
  movementReference         - movementReference         0..1 nil
  error                     - errorBlock                0..n

inventoryLinkingQueryRequest
  queryUCR                  - ucrBlock                  1..1

inventoryLinkingQueryResponse
  queriedDUCR               - DUCRObject                0..1
  queriedMUCR               - MUCRObject                0..1
  parentMUCR                - MUCRObject                0..1
  childDUCR                 - DUCRObject                0..n
  childMUCR                 - MUCRObject                0..n

inventoryLinkingMovementTotalsResponse
  messageCode               - messageCodeSend           1..1
  crc                       - crcCode                   0..1 nil
  goodsLocation             - goodsLocation             1..1
  masterUCR                 - ucr                       0..1
  declarationCount          - declarationCount          0..1
  goodsArrivalDateTime      - xs:dateTime               0..1 nil
  shedOPID                  - shedOPID                  0..1 nil
  movementReference         - movementReference         0..1 nil
  masterROE                 - masterROE                 0..1
  masterSOE                 - masterSOE                 0..1
  entry                     - entry                     0..999

ucrBlock
  ucr                       - ucr                       1..1
  ucrPartNo                 - _ucrPartNo                0..1 nil
  ucrType                   - ucrType                   1..1

entryStatus
  ics                       - _status                   0..1
  roe                       - _status                   0..1
  soe                       - _status                   0..1

goodsItem
  commodityCode             - _count                    0..1
  totalPackages             - _count                    0..1
  totalNetMass              - _mass                     0..1

errorBlock
  errorCode                 - _errorCode                1..1

agentDetails
  EORI                      - _eori                     0..1
  agentLocation             - _agentLocation            0..1
  agentRole                 - _agentRole                0..1

transportDetails
  transportID               - _transportID              0..1
  transportMode             - _transportMode            0..1
  transportNationality      - _country                   0..1

DUCRObject
  UCR                       - ucr                       1..1
  parentMUCR                - ucr                       0..1
  declarationID             - declarationID             1..1
  entryStatus               - entryStatus               0..1
  movement                  - movementObject            0..n
  goodsItem                 - goodsItemObject           0..n

MUCRObject
  UCR                       - ucr                       1..1
  parentMUCR                - ucr                       0..1
  entryStatus               - entryStatus               0..1
  shut                      - xs:boolean                0..1 =false
  movement                  - movementObject            0..n

goodsItemObject
  totalPackages             - _count                    0..1

movementObject
  messageCode               - messageCodeMovement       1..1
  goodsLocation             - goodsLocation             1..1
  goodsArrivalDateTime      - xs:dateTime               0..1 nil
  goodsDepartureDateTime    - xs:dateTime               0..1 nil
  movementReference         - movementReference         0..1 nil
  transportDetails          - transportDetails          0..1

entry
  ucrBlock                  - ucrBlock                  1..1
  goodsItem                 - goodsItem                 0..999
  submitRole                - submitRole                0..1 nil
  entryStatus               - entryStatus               0..1
"""

_IMPORTS = """
inventoryLinkingImportsGoodsArrival
  entryNumber                   - entryNumber                   1..1
  entryVersionNumber            - entryVersionNumber            0..1 nil
  inventoryConsignmentReference - inventoryConsignmentReference 1..1
  transportNationality          - transportNationality          0..1 nil

InventoryLinkingImportsValidateMovementResponse
  entryNumber                   - entryNumber                   1..1
  entryVersionNumber            - entryVersionNumber            0..1 nil
  inventoryConsignmentReference - inventoryConsignmentReference 1..1
  irc                           - irc                           1..1 nil

InventoryLinkingImportsValidateMovementRequest
  messageCode                   - messageCode                   1..1
  agentLocation                 - agentLocation                 1..1 nil
  agentRole                     - agentRole                     1..1 nil
  declarationMethod             - declarationMethod             1..1
  dateOfEntry                   - xs:dateTime                   1..1
  entryNumber                   - entryNumber                   1..1
  entryVersionNumber            - entryVersionNumber            1..1
  goodsArrivalDeclaration       - goodsArrivalDeclaration       1..1
  ics                           - ics                           1..1
  inventoryConsignmentReference - inventoryConsignmentReference 1..1
  irc                           - irc                           0..1 nil
  roe                           - roe                           1..1
  traderReference               - traderReference               0..1 nil
  totalPackages                 - totalPackages                 1..1

InventoryLinkingImportsDeclarationStatusNotification
  messageCode                   - messageCode                   1..1
  agentLocation                 - agentLocation                 0..1
  agentRole                     - agentRole                     0..1
  declarationMethod             - declarationMethod             1..1
  dateOfEntry                   - xs:dateTime                   1..1
  entryNumber                   - entryNumber                   1..1
  entryVersionNumber            - entryVersionNumber            0..1 nil
  goodsArrivalDeclaration       - goodsArrivalDeclaration       1..1
  ics                           - ics                           1..1
  inventoryConsignmentReference - inventoryConsignmentReference 1..1
  irc                           - irc                           0..1 nil
  roe                           - roe                           1..1
  traderReference               - traderReference               0..1 nil
  totalPackages                 - totalPackages                 1..1
"""

#: A declaration UCR is a year's last digit, a country and the rest; a master UCR begins with `GB/`, `A:` or `C:`.
_UCR = (
    r"[0-9][A-Z][A-Z][0-9A-Z\(\)\-/]{6,32}",
    r"GB/[0-9A-Z]{3,4}-[0-9A-Z]{5,28}",
    r"GB/[0-9A-Z]{9,12}-[0-9A-Z]{1,23}",
    r"A:[0-9A-Z]{3}[0-9]{8}",
    r"C:[A-Z]{3}[0-9A-Z]{3,30}",
)
_LETTERS = ("([a-zA-Z0-9])*",)
_MOVEMENTS = ("EAA", "EAL", "RET", "EDL")

_EXPORT_VALUES = {
    "ucr": Value(longest=35, patterns=_UCR),
    "ucrType": Value(codes=("D", "M")),
    "messageCodeMovement": Value(codes=_MOVEMENTS),
    "messageCodeConsolidation": Value(codes=("CST", "EAC")),
    "messageCodeAll": Value(codes=(*_MOVEMENTS, "EAC", "CST", "QUE")),
    "messageCodeSend": Value(codes=("ERS", "EMR")),
    "masterOpt": Value(codes=("A", "F", "R", "X")),
    "goodsLocation": Value(longest=17),
    "shedOPID": Value(longest=3),
    "movementReference": Value(longest=25),
    "submitRole": Value(shortest=35, longest=35),
    "crcCode": Value(shortest=3, longest=3),
    "actionCode": Value(shortest=1, longest=1),
    "declarationID": Value(longest=35),
    "declarationCount": Value(base="integer"),
    "masterROE": Value(shortest=1, longest=2),
    "masterSOE": Value(shortest=1, longest=2),
    "_ucrPartNo": Value(longest=4, patterns=("[0-9]{0,3}[A-Z]{0,1}",)),
    "_status": Value(shortest=1, longest=2),
    "_count": Value(base="positiveInteger", digits=8),
    "_mass": Value(base="decimal", decimals=4, lowest=0, highest=9_999_999_999_999_999),
    "_errorCode": Value(shortest=1, longest=1024),
    "_eori": Value(longest=17),
    "_agentLocation": Value(longest=12),
    "_agentRole": Value(longest=3),
    "_transportID": Value(longest=35),
    "_transportMode": Value(longest=1),
    "_country": Value(shortest=2, longest=2),
}

_IMPORT_VALUES = {
    "messageCode": Value(longest=3),
    "entryNumber": Value(longest=35, patterns=_LETTERS),
    "entryVersionNumber": Value(base="int"),
    "goodsArrivalDeclaration": Value(codes=("Y", "N")),
    "inventoryConsignmentReference": Value(longest=35),
    "irc": Value(longest=3),
    "transportNationality": Value(longest=2),
    "agentLocation": Value(longest=12, patterns=_LETTERS),
    "agentRole": Value(longest=3, patterns=_LETTERS),
    "declarationMethod": Value(codes=("1", "2", "3")),
    "ics": Value(longest=2, patterns=_LETTERS),
    "roe": Value(longest=2),
    "traderReference": Value(longest=35, patterns=(r".*[^\s].*",)),
    "totalPackages": Value(base="int"),
}

_EXPORT_CLASSES, _IMPORT_CLASSES = rows(_EXPORTS), rows(_IMPORTS)

#: Messages about exports.
EXPORTS = Shape(
    Outline(
        code="inventory",
        prefixes={"": EXPORTS_NAMESPACE},
        roots={name: name for name in _EXPORT_CLASSES if name.startswith("inventoryLinking")},
        classes=_EXPORT_CLASSES,
        values=_EXPORT_VALUES,
        names_classes=True,
    )
)

#: Messages about imports.
IMPORTS = Shape(
    Outline(
        code="inventory",
        prefixes={"": IMPORTS_NAMESPACE},
        roots={name: name for name in _IMPORT_CLASSES},
        classes=_IMPORT_CLASSES,
        values=_IMPORT_VALUES,
    )
)


def shape_of(tag: str) -> Shape | None:
    """The shape that an element is a message of.

    Args:
        tag: Name of the element as `{namespace}name`.

    Returns:
        The shape; None if it is no message of inventory linking.

    Source: UK inventory linking APIs.
    """
    space, _, name = tag.removeprefix("{").rpartition("}")
    return next(
        (each for each in (EXPORTS, IMPORTS) if each.outline.prefixes[""] == space and name in each.outline.roots), None
    )
