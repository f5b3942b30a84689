# SPDX-License-Identifier: Apache-2.0
"""Events, documents and queries of EPCIS 2.0 as one table; XML is read into the same form as JSON and judged by it.

Source: GS1 EPCIS 2.0 §7 (data definition), §8 (query), §9 and §10 (bindings); facts re-stated.
"""

from __future__ import annotations

import re
from typing import Any

from cocket.standards.epcis import vocabulary
from cocket.standards.epcis.identifiers import is_identifier, is_object, is_uri
from cocket.standards.json_shape import JsonShape, Test, time_of

_OFFSET = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
_VERSION = re.compile(r"(?:1|1\.[0-2]|2|2\.[0-9])(?:\.[0-9])*")
_NODE = re.compile(r"_:[A-Za-z0-9._-]+")
_UNIT = re.compile(r"[A-Z0-9]{2,3}")

#: Kinds of events that the standard has; any other is somebody's own and named with a prefix.
EVENTS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")

#: Further kind, of version 1 only.
OLD_EVENT = "QuantityEvent"

#: What the query interface is asked beside `Poll` and `Subscribe`, what it answers, and what it says instead.
CALLS = ("GetQueryNames", "GetSubscriptionIDs", "Unsubscribe", "GetStandardVersion", "GetVendorVersion")
ANSWERS = ("SubscribeResult", *(f"{call}Result" for call in CALLS))
EXCEPTIONS = vocabulary.words(
    """DuplicateNameException InvalidURIException NoSuchNameException NoSuchSubscriptionException
    DuplicateSubscriptionException QueryParameterException QueryTooLargeException QueryTooComplexException
    SubscriptionControlsException SubscribeNotPermittedException SecurityException ValidationException
    ImplementationException"""
)


def _is_context(value: Any) -> bool:
    each = value if isinstance(value, list) else [value]
    return bool(each) and all(
        isinstance(one, dict) or (is_uri(one) and one.startswith(("http://", "https://", "urn:"))) for one in each
    )


def _matches(pattern: re.Pattern[str]) -> Test:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_measurement(value: Any) -> bool:
    """Bare words are those of the table; those of GS1 with a prefix may be newer, which the checks tell."""
    return vocabulary.MEASUREMENTS.allows(value) or (isinstance(value, str) and ":" in value and is_uri(value))


def _is_certificate(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_certificate, value))
    return is_uri(value) or isinstance(value, dict)


VALUES: dict[str, Test] = {
    "moment": lambda value: time_of(value) is not None,
    "uri": is_uri,
    "node-uri": lambda value: is_uri(value) or _matches(_NODE)(value),
    "object-id": is_object,
    "identifier": is_identifier,
    "context": _is_context,
    "zone-offset": _matches(_OFFSET),
    "version": _matches(_VERSION),
    "unit": _matches(_UNIT),
    "certificate": _is_certificate,
    "biz-step": vocabulary.STEPS.allows,
    "disposition": vocabulary.DISPOSITIONS.allows,
    "transaction-type": vocabulary.TRANSACTIONS.allows,
    "source-type": vocabulary.ENDS.allows,
    "error-reason": vocabulary.REASONS.allows,
    "measurement-type": _is_measurement,
    "alert-type": vocabulary.ALERTS.allows,
    "component": vocabulary.COMPONENTS.allows,
}

_COMMON = """
  @context              ? context
  type                  1 text 1..
  id                    ? node-uri
  eventTime             1 moment
  recordTime            ? moment
  eventTimeZoneOffset   1 zone-offset
  eventID               ? node-uri
  certificationInfo     ? certificate
  errorDeclaration      ? ErrorDeclaration"""

_WHERE = """
  bizStep               ? biz-step
  disposition           ? disposition
  persistentDisposition ? PersistentDisposition
  readPoint             ? Place
  bizLocation           ? Place
  sourceList            ? [0..n] Source
  destinationList       ? [0..n] Destination
  sensorElementList     ? [0..n] SensorElement"""

_DEALS = """
  bizTransactionList    ? [0..n] BizTransaction"""

_ACTION = """
  action                1 code ADD OBSERVE DELETE"""

_OF_QUERIES = "\n".join(
    f"  {name:<30} ? {kind}"
    for names, kind in ((CALLS, "any"), (ANSWERS, "any"), (EXCEPTIONS, "Exception"))
    for name in names
)

_TABLE = f"""
EPCISDocument prefixed
  @context              1 context
  id                    ? node-uri
  type                  1 code EPCISDocument
  schemaVersion         1 version
  creationDate          1 moment
  instanceIdentifier    ? text
  sender                ? text
  receiver              ? text
  epcisHeader           ? Header
  epcisBody             1 Body

Body prefixed
  eventList             1 [1..n] any

EPCISQueryDocument prefixed
  @context              1 context
  id                    ? node-uri
  type                  1 code EPCISQueryDocument
  schemaVersion         ? version
  creationDate          ? moment
  epcisHeader           ? Header
  epcisBody             1 QueryBody

QueryBody prefixed
  queryResults          ? QueryResults
  Poll                  ? Poll
  Subscribe             ? Poll
{_OF_QUERIES}
  ! queryResults | Poll | Subscribe | {" | ".join((*CALLS, *ANSWERS, *EXCEPTIONS))}

Exception prefixed
  reason                1 text
  severity              ? code ERROR SEVERE
  queryName             ? text
  subscriptionID        ? text

EPCISException prefixed
  @context              1 context
  type                  1 code EPCISException
  problem               ? uri
  title                 ? text
  status                ? any
  detail                ? text
  instance              ? uri
  reason                ? text

Poll prefixed
  queryName             1 text 1..
  params                ? any
  dest                  ? uri
  controls              ? any
  subscriptionID        ? text

Contextless
  @context              1 context

EPCISCaptureJob prefixed
  @context              1 context
  type                  1 text
  captureID             1 text 1..
  running               1 code true false
  success               1 code true false
  captureErrorBehaviour ? code rollback proceed
  createdAt             ? moment
  finishedAt            ? moment
  errorFile             ? uri
  errors                ? any

QueryResults prefixed
  queryName             1 text 1..
  subscriptionID        ? text
  resultsBody           1 Results

Results prefixed
  eventList             ? [0..n] any
  vocabularyList        ? [0..n] Vocabulary
  ! eventList | vocabularyList

EPCISMasterDataDocument prefixed
  type                  1 code EPCISMasterDataDocument
  @context              1 context
  schemaVersion         1 version
  creationDate          1 moment
  epcisBody             1 MasterDataBody

MasterDataBody prefixed
  vocabularyList        1 [0..n] Vocabulary

Header prefixed
  epcisMasterData       ? MasterData

MasterData prefixed
  vocabularyList        ? [0..n] Vocabulary

Vocabulary prefixed
  type                  1 uri
  vocabularyElementList ? [0..n] VocabularyElement

VocabularyElement prefixed
  id                    1 uri
  attributes            ? [0..n] Attribute
  children              ? [0..n] uri

Attribute prefixed
  id                    1 uri
  attribute             ? any

ObjectEvent prefixed{_COMMON}{_ACTION}{_WHERE}{_DEALS}
  epcList               ? [0..n] set object-id
  quantityList          ? [0..n] QuantityElement
  ilmd                  ? Ilmd
  ! epcList | quantityList

AggregationEvent prefixed{_COMMON}{_ACTION}{_WHERE}{_DEALS}
  parentID              ? identifier
  childEPCs             ? [0..n] set object-id
  childQuantityList     ? [0..n] QuantityElement

TransactionEvent prefixed{_COMMON}{_ACTION}{_WHERE}
  bizTransactionList    1 [1..n] BizTransaction
  parentID              ? identifier
  epcList               ? [0..n] set object-id
  quantityList          ? [0..n] QuantityElement

TransformationEvent prefixed{_COMMON}{_WHERE}{_DEALS}
  inputEPCList          ? [0..n] set object-id
  inputQuantityList     ? [0..n] QuantityElement
  outputEPCList         ? [0..n] set object-id
  outputQuantityList    ? [0..n] QuantityElement
  transformationID      ? identifier
  ilmd                  ? Ilmd

AssociationEvent prefixed{_COMMON}{_ACTION}{_WHERE}{_DEALS}
  parentID              1 identifier
  childEPCs             ? [0..n] set object-id
  childQuantityList     ? [0..n] QuantityElement

QuantityEvent prefixed{_COMMON}{_WHERE}{_DEALS}
  epcClass              1 object-id
  quantity              1 number

OtherEvent{_COMMON}

ErrorDeclaration prefixed
  declarationTime       1 moment
  reason                ? error-reason
  correctiveEventIDs    ? [0..n] node-uri

PersistentDisposition closed
  set                   ? [1..n] set disposition
  unset                 ? [1..n] set disposition
  ! set | unset

Place prefixed
  id                    1 identifier

BizTransaction closed
  type                  ? transaction-type
  bizTransaction        1 identifier

Source closed
  type                  1 source-type
  source                1 identifier

Destination closed
  type                  1 source-type
  destination           1 identifier

QuantityElement closed
  epcClass              1 object-id
  quantity              ? number
  uom                   ? unit

Ilmd prefixed

SensorElement prefixed
  type                  ? uri
  sensorMetadata        ? SensorMetadata
  sensorReport          1 [1..n] SensorReport

SensorMetadata prefixed
  time                  ? moment
  startTime             ? moment
  endTime               ? moment
  deviceID              ? identifier
  deviceMetadata        ? uri
  rawData               ? uri
  dataProcessingMethod  ? uri
  bizRules              ? uri

SensorReport prefixed
  type                  1 measurement-type
  exception             ? alert-type
  deviceID              ? identifier
  deviceMetadata        ? uri
  rawData               ? uri
  dataProcessingMethod  ? uri
  bizRules              ? uri
  time                  ? moment
  microorganism         ? uri
  chemicalSubstance     ? uri
  coordinateReferenceSystem ? uri
  value                 ? number
  component             ? component
  stringValue           ? text
  booleanValue          ? flag
  hexBinaryValue        ? text /^[0-9A-Fa-f]+$/
  uriValue              ? uri
  minValue              ? number
  maxValue              ? number
  meanValue             ? number
  sDev                  ? number
  percRank              ? number
  percValue             ? number
  uom                   ? text 1..3
"""

SHAPE = JsonShape(_TABLE, VALUES)
