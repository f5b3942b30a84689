# SPDX-License-Identifier: Apache-2.0
"""The messages of Cargo-XML as tables: their elements in order, whether they must stand there, what they hold.

A block is a class, a row an element: name, `-`, what it holds, cardinality. What a row names is a class of the same
table or a kind of value (`text`, `count`, `number`, `measure`, `amount`, `flag`, `time`, `country`). An element that some
editions require and others do not have is optional here: the table holds for all of them.

Source: IATA Cargo-XML, XFWB 3.00–5.00, XFZB 3.00–4.00, XFHL 2.00–3.00, XFSU 3.00–6.00 by IATA's mapping of them to ONE
Record (edition 1.2.0); XFFM 2.00–4.00 and XFNM 3.00 by what authorities publish of them. Facts re-stated.
"""

from __future__ import annotations

from cocket.standards.shape import Outline, rows

DATA = "iata:datamodel:3"

_COMMON = """
Header
  ID                                        - text        1..1
  Name                                      - text        0..1
  TypeCode                                  - text        0..1
  IssueDateTime                             - time        1..1
  PurposeCode                               - text        0..1
  VersionID                                 - text        0..1
  ConversationID                            - text        0..1
  SenderParty                               - Identified  0..n
  RecipientParty                            - Identified  0..n

Identified
  PrimaryID                                 - text        0..1

Named
  ID                                        - text        0..1
  Name                                      - text        0..1

Place
  ID                                        - text        0..1
  Name                                      - text        0..1
  TypeCode                                  - text        0..1
  FlightStatusTypeCode                      - text        0..1
  HandoverLocation                          - text        0..n
  Geolocation                               - Geolocation 0..n

Geolocation
  Latitude                                  - number      1..1
  Longitude                                 - number      1..1
  Altitude                                  - number      0..1

End
  ID                                        - text        1..1
  Name                                      - text        0..1

Document
  ID                                        - text        0..1
  IssueDateTime                             - time        0..1
  TypeCode                                  - text        0..1
  Name                                      - text        0..1

Contract
  ID                                        - text        1..1
  Name                                      - text        0..1
  TypeCode                                  - text        0..1

HeaderNote
  ContentCode                               - text        0..1
  Content                                   - text        0..1

ConsignorSignature
  Signatory                                 - text        0..1

CarrierSignature
  ActualDateTime                            - time        0..1
  Signatory                                 - text        0..1
  IssueAuthenticationLocation               - Named       0..1

Party
  PrimaryID                                 - text        0..1
  AdditionalID                              - text        0..1
  Name                                      - text        0..1
  AccountID                                 - text        0..1
  CargoAgentID                              - text        0..1
  RoleCode                                  - text        0..1
  Role                                      - text        0..1
  PostalStructuredAddress                   - Address     0..1
  FreightForwarderAddress                   - Address     0..1
  SpecifiedCargoAgentLocation               - Named       0..1
  DefinedTradeContact                       - Contact     0..1

Address
  PostcodeCode                              - text        0..1
  StreetName                                - text        0..1
  CityName                                  - text        0..1
  CountryID                                 - country     0..1
  CountryName                               - text        0..1
  CountrySubDivisionName                    - text        0..1
  PostOfficeBox                             - text        0..1
  CityID                                    - text        0..1
  CountrySubDivisionID                      - text        0..1
  SpecifiedAddressLocation                  - Place       0..1

Contact
  PersonName                                - text        0..1
  DepartmentName                            - text        0..1
  DirectTelephoneCommunication              - Number      0..1
  FaxCommunication                          - Number      0..1
  URIEmailCommunication                     - Mail        0..1
  TelexCommunication                        - Number      0..1

Number
  CompleteNumber                            - text        0..1

Mail
  URIID                                     - text        0..1

Movement
  StageCode                                 - text        0..1
  ModeCode                                  - text        0..1
  Mode                                      - text        0..1
  ID                                        - text        0..1
  SequenceNumeric                           - count       0..1
  UsedLogisticsTransportMeans               - Means       0..1
  ArrivalEvent                              - LegEvent    0..1
  DepartureEvent                            - LegEvent    0..1

Means
  Name                                      - text        0..1
  Type                                      - text        0..1
  RegistrationCountry                       - Named       0..1

LegEvent
  ScheduledOccurrenceDateTime               - time        0..1
  OccurrenceArrivalLocation                 - Place       0..1
  OccurrenceDepartureLocation               - Place       0..1

Equipment
  ID                                        - text        0..1
  CharacteristicCode                        - text        0..1
  Characteristic                            - text        0..1
  AffixedLogisticsSeal                      - Named       0..n

Device
  ID                                        - text        0..1
  GrossWeightMeasure                        - measure     0..1
  GrossVolumeMeasure                        - measure     0..1
  TareWeightMeasure                         - measure     0..1
  PieceQuantity                             - count       0..1
  LoadedPackageQuantity                     - count       0..1
  Name                                      - text        0..1
  CharacteristicCode                        - text        0..1
  OperationalStatusCode                     - text        0..1
  LoadingRemark                             - text        0..1
  PositionID                                - text        0..1
  Serviceability                            - text        0..1
  AffixedLogisticsSeal                      - Named       0..n
  OperatingParty                            - Identified  0..1
  OnCarriageTransportMovement               - Onward      0..1

Onward
  StageCode                                 - text        0..1
  ModeCode                                  - text        0..1
  Mode                                      - text        0..1
  ID                                        - text        0..1
  SequenceNumeric                           - count       0..1
  UsedLogisticsTransportMeans               - Means       0..1
  CarrierParty                              - Identified  0..1
  OnCarriageEvent                           - OnwardEvent 0..1
  SpecifiedOnCarriageEvent                  - OnwardEvent 0..1

OnwardEvent
  ScheduledArrivalOccurrenceDateTime        - time        0..1
  ScheduledDepartureOccurrenceDateTime      - time        0..1
  OccurrenceDestinationLocation             - Place       0..1
  OccurrenceDepartureLocation               - Place       0..1
  OccurrenceArrivalLocation                 - Place       0..1

Instruction
  Description                               - text        0..1
  DescriptionCode                           - text        0..1

Note
  ContentCode                               - text        0..1
  Content                                   - text        0..1
  SubjectCode                               - text        0..1
  CountryID                                 - country     0..1

Procedure
  GoodsStatusCode                           - text        0..1

OriginCurrency
  SourceCurrencyCode                        - text        0..1

TargetCurrency
  TargetCurrencyCode                        - text        0..1
  MarketID                                  - text        0..1
  ConversionRate                            - number      0..1

Service
  TransportPaymentMethodCode                - text        0..1
  ServiceTypeCode                           - text        0..1

Charge
  ID                                        - text        0..1
  AdditionalID                              - text        0..1
  PrepaidIndicator                          - flag        0..1
  LocationTypeCode                          - text        0..1
  Reason                                    - text        0..1
  PartyTypeCode                             - text        0..1
  ActualAmount                              - amount      0..1
  TimeBasisQuantity                         - number      0..1
  ItemBasisQuantity                         - number      0..1
  ServiceDate                               - text        0..1
  SpecialServiceDescription                 - text        0..1
  SpecialServiceTime                        - text        0..1

Item
  SequenceNumeric                           - count       0..1
  TypeCode                                  - text        0..n
  GrossWeightMeasure                        - measure     0..1
  GrossVolumeMeasure                        - measure     0..1
  TotalChargeAmount                         - amount      0..1
  PackageQuantity                           - count       0..1
  PieceQuantity                             - count       0..1
  VolumetricFactor                          - number      0..1
  Information                               - text        0..n
  NatureIdentificationTransportCargo        - Nature      0..1
  OriginCountry                             - Origin      0..n
  AssociatedUnitLoadTransportEquipment      - Device      0..n
  TransportLogisticsPackage                 - Package     0..n
  ApplicableFreightRateServiceCharge        - Rate        0..n
  AssociatedReferenceDocument               - Document    0..n
  SpecifiedRateCombinationPointLocation     - Named       0..1
  ApplicableUnitLoadDeviceRateClass         - RateClass   0..1

Nature
  Identification                            - text        0..1

Origin
  ID                                        - country     0..1

Package
  ItemQuantity                              - count       0..1
  GrossWeightMeasure                        - measure     0..1
  LinearSpatialDimension                    - Dimension   0..1

Dimension
  WidthMeasure                              - measure     0..1
  LengthMeasure                             - measure     0..1
  HeightMeasure                             - measure     0..1

Rate
  CategoryCode                              - text        0..1
  CommodityItemID                           - text        0..1
  ChargeableWeightMeasure                   - measure     0..1
  AppliedRate                               - number      0..1
  AppliedAmount                             - amount      0..1

RateClass
  TypeCode                                  - text        0..1
  BasisCode                                 - text        0..1
  AppliedPercent                            - number      0..1
  ReferenceID                               - text        0..1
  ReferenceTypeCode                         - text        0..1

Rating
  TypeCode                                  - text        0..1
  TotalChargeAmount                         - amount      0..1
  ConsignmentItemQuantity                   - count       0..1
  IncludedMasterConsignmentItem             - Item        1..n

TotalRating
  TypeCode                                  - text        0..1
  ApplicableDestinationCurrencyServiceCharge - DestinationCharge 0..1
  ApplicablePrepaidCollectMonetarySummation - Summation   0..2

DestinationCharge
  CollectAppliedAmount                      - amount      0..1
  DestinationAppliedAmount                  - amount      0..1
  TotalAppliedAmount                        - amount      0..1

Summation
  PrepaidIndicator                          - flag        0..1
  WeightChargeTotalAmount                   - amount      0..1
  ValuationChargeTotalAmount                - amount      0..1
  TaxTotalAmount                            - amount      0..1
  AgentTotalDuePayableAmount                - amount      0..1
  CarrierTotalDuePayableAmount              - amount      0..1
  GrandTotalAmount                          - amount      0..1
"""

_WAYBILL = """
Waybill
  rsm:MessageHeaderDocument                 - Header      1..1
  rsm:BusinessHeaderDocument                - Business    1..1
  rsm:MasterConsignment                     - Consignment 1..1

Business
  ID                                        - text        1..1
  SenderAssignedID                          - text        0..1
  IncludedHeaderNote                        - HeaderNote  0..n
  SignatoryConsignorAuthentication          - ConsignorSignature 0..1
  SignatoryCarrierAuthentication            - CarrierSignature 0..1

Consignment
  ID                                        - text        0..1
  AdditionalID                              - text        0..n
  FreightForwarderAssignedID                - text        0..1
  AssociatedReferenceID                     - text        0..n
  NilCarriageValueIndicator                 - flag        0..1
  DeclaredValueForCarriageAmount            - amount      0..1
  NilCustomsValueIndicator                  - flag        0..1
  DeclaredValueForCustomsAmount             - amount      0..1
  NilInsuranceValueIndicator                - flag        0..1
  InsuranceValueAmount                      - amount      0..1
  TotalChargePrepaidIndicator               - flag        0..1
  TotalDisbursementPrepaidIndicator         - flag        0..1
  IncludedTareGrossWeightMeasure            - measure     1..1
  GrossVolumeMeasure                        - measure     0..1
  DensityGroupCode                          - text        0..1
  PackageQuantity                           - count       0..1
  TotalPieceQuantity                        - count       1..1
  ProductID                                 - text        0..1
  ConsignorParty                            - Party       1..1
  ConsigneeParty                            - Party       1..1
  FreightForwarderParty                     - Party       0..1
  AssociatedParty                           - Party       0..n
  OriginLocation                            - End         1..1
  FinalDestinationLocation                  - End         1..1
  SpecifiedLogisticsTransportMovement       - Movement    0..n
  UtilizedLogisticsTransportEquipment       - Equipment   0..n
  HandlingSPHInstructions                   - Instruction 0..n
  HandlingSSRInstructions                   - Instruction 0..n
  HandlingOSIInstructions                   - Instruction 0..n
  IncludedAccountingNote                    - Note        0..n
  IncludedCustomsNote                       - Note        0..n
  AssociatedReferenceDocument               - Document    0..n
  AssociatedConsignmentCustomsProcedure     - Procedure   0..1
  ApplicableOriginCurrencyExchange          - OriginCurrency 0..1
  ApplicableDestinationCurrencyExchange     - TargetCurrency 0..1
  ApplicableLogisticsServiceCharge          - Service     0..1
  ApplicableLogisticsAllowanceCharge        - Charge      0..n
  ApplicableRating                          - Rating      0..3
  ApplicableTotalRating                     - TotalRating 0..3
"""

_HOUSE = """
HouseWaybill
  rsm:MessageHeaderDocument                 - Header      1..1
  rsm:BusinessHeaderDocument                - Business    1..1
  rsm:MasterConsignment                     - Master      1..1

Business
  ID                                        - text        1..1
  IncludedHeaderNote                        - HeaderNote  0..n
  SignatoryConsignorAuthentication          - ConsignorSignature 0..1
  SignatoryCarrierAuthentication            - CarrierSignature 0..1

Master
  IncludedTareGrossWeightMeasure            - measure     0..1
  TotalPieceQuantity                        - count       0..1
  TransportContractDocument                 - Contract    0..1
  OriginLocation                            - End         0..1
  FinalDestinationLocation                  - End         0..1
  IncludedHouseConsignment                  - Consignment 1..1

Consignment
  ID                                        - text        0..1
  AdditionalID                              - text        0..n
  AssociatedReferenceID                     - text        0..n
  NilCarriageValueIndicator                 - flag        0..1
  DeclaredValueForCarriageAmount            - amount      0..1
  NilCustomsValueIndicator                  - flag        0..1
  DeclaredValueForCustomsAmount             - amount      0..1
  NilInsuranceValueIndicator                - flag        0..1
  InsuranceValueAmount                      - amount      0..1
  TotalChargePrepaidIndicator               - flag        0..1
  WeightTotalChargeAmount                   - amount      0..1
  ValuationTotalChargeAmount                - amount      0..1
  TaxTotalChargeAmount                      - amount      0..1
  TotalDisbursementPrepaidIndicator         - flag        0..1
  AgentTotalDisbursementAmount              - amount      0..1
  CarrierTotalDisbursementAmount            - amount      0..1
  TotalPrepaidChargeAmount                  - amount      0..1
  TotalCollectChargeAmount                  - amount      0..1
  IncludedTareGrossWeightMeasure            - measure     1..1
  GrossVolumeMeasure                        - measure     0..1
  ConsignmentItemQuantity                   - count       0..1
  PackageQuantity                           - count       0..1
  TotalPieceQuantity                        - count       1..1
  SummaryDescription                        - text        1..1
  FreightRateTypeCode                       - text        0..1
  ConsignorParty                            - Party       1..1
  ConsigneeParty                            - Party       1..1
  FreightForwarderParty                     - Party       0..1
  AssociatedParty                           - Party       0..n
  ApplicableTransportCargoInsurance         - Insurance   0..1
  OriginLocation                            - End         1..1
  FinalDestinationLocation                  - End         1..1
  SpecifiedLogisticsTransportMovement       - Movement    0..n
  UtilizedLogisticsTransportEquipment       - Equipment   0..n
  HandlingSPHInstructions                   - Instruction 0..n
  HandlingSSRInstructions                   - Instruction 0..n
  HandlingOSIInstructions                   - Instruction 0..n
  IncludedAccountingNote                    - Note        0..n
  IncludedCustomsNote                       - Note        0..n
  AssociatedReferenceDocument               - Document    0..n
  AssociatedConsignmentCustomsProcedure     - Procedure   0..1
  ApplicableOriginCurrencyExchange          - OriginCurrency 0..1
  ApplicableDestinationCurrencyExchange     - TargetCurrency 0..1
  ApplicableLogisticsServiceCharge          - Service     0..1
  ApplicableLogisticsAllowanceCharge        - Charge      0..n
  IncludedHouseConsignmentItem              - Item        0..n

Insurance
  CoverageInsuranceParty                    - Party       0..1
"""

_HOUSES = """
HouseManifest
  rsm:MessageHeaderDocument                 - Header      1..1
  rsm:BusinessHeaderDocument                - Business    1..1
  rsm:MasterConsignment                     - Master      1..1

Business
  ID                                        - text        1..1

Master
  IncludedTareGrossWeightMeasure            - measure     1..1
  ConsignmentItemQuantity                   - count       0..1
  PackageQuantity                           - count       0..1
  TotalPieceQuantity                        - count       1..1
  TransportContractDocument                 - Contract    1..1
  OriginLocation                            - End         1..1
  FinalDestinationLocation                  - End         1..1
  IncludedCustomsNote                       - Note        0..n
  IncludedHouseConsignment                  - Consignment 1..n

Consignment
  SequenceNumeric                           - count       0..1
  GrossWeightMeasure                        - measure     1..1
  PackageQuantity                           - count       0..1
  TotalPieceQuantity                        - count       1..1
  SummaryDescription                        - text        1..1
  ConsignorParty                            - Party       0..1
  ConsigneeParty                            - Party       0..1
  TransportContractDocument                 - Contract    1..1
  OriginLocation                            - End         1..1
  FinalDestinationLocation                  - End         1..1
  HandlingSPHInstructions                   - Instruction 0..n
  HandlingSSRInstructions                   - Instruction 0..n
  HandlingOSIInstructions                   - Instruction 0..n
  IncludedCustomsNote                       - Note        0..n
  AssociatedReferenceDocument               - Document    0..n
"""

_FLIGHT = """
FlightManifest
  rsm:MessageHeaderDocument                 - Header      1..1
  rsm:BusinessHeaderDocument                - Business    1..1
  rsm:LogisticsTransportMovement            - Flight      1..1
  rsm:ArrivalEvent                          - Arrival     1..n

Business
  ID                                        - text        1..1
  IncludedHeaderNote                        - HeaderNote  0..n

Flight
  StageCode                                 - text        0..1
  ModeCode                                  - text        0..1
  Mode                                      - text        0..1
  ID                                        - text        1..1
  SequenceNumeric                           - count       0..1
  TotalGrossWeightMeasure                   - measure     0..1
  TotalGrossVolumeMeasure                   - measure     0..1
  TotalPackageQuantity                      - count       0..1
  TotalPieceQuantity                        - count       0..1
  MasterResponsibleTransportPerson          - Named       0..1
  UsedLogisticsTransportMeans               - Means       0..1
  DepartureEvent                            - Departure   1..1
  IncludedCustomsNote                       - Note        0..n

Departure
  DepartureOccurrenceDateTime               - time        0..1
  DepartureDateTimeTypeCode                 - text        0..1
  OccurrenceDepartureLocation               - Place       1..1

Arrival
  ArrivalOccurrenceDateTime                 - time        0..1
  ArrivalDateTimeTypeCode                   - text        0..1
  DepartureOccurrenceDateTime               - time        0..1
  DepartureDateTimeTypeCode                 - text        0..1
  OccurrenceArrivalLocation                 - Place       1..1
  AssociatedTransportCargo                  - Cargo       0..n

Cargo
  TypeCode                                  - text        1..1
  Description                               - text        0..1
  UtilizedUnitLoadTransportEquipment        - Device      0..1
  IncludedMasterConsignment                 - Consignment 0..n

Consignment
  GrossWeightMeasure                        - measure     0..1
  GrossVolumeMeasure                        - measure     0..1
  DensityGroupCode                          - text        0..1
  PackageQuantity                           - count       0..1
  PieceQuantity                             - count       0..1
  TotalPieceQuantity                        - count       0..1
  SummaryDescription                        - text        0..1
  TransportSplitDescription                 - text        0..1
  MovementPriorityCode                      - text        0..1
  TransportContractDocument                 - Contract    1..1
  OriginLocation                            - End         0..1
  FinalDestinationLocation                  - End         0..1
  HandlingInstructions                      - Instruction 0..n
  HandlingSPHInstructions                   - Instruction 0..n
  HandlingSSRInstructions                   - Instruction 0..n
  HandlingOSIInstructions                   - Instruction 0..n
  IncludedCustomsNote                       - Note        0..n
  AssociatedConsignmentCustomsProcedure     - Procedure   0..1
  TransportLogisticsPackage                 - Package     0..n
  OnCarriageTransportMovement               - Onward      0..1
  IncludedMasterConsignmentItem             - Item        0..n
"""

_STATUS = """
StatusMessage
  rsm:MessageHeaderDocument                 - Header      1..1
  rsm:BusinessHeaderDocument                - Business    1..1
  rsm:MasterConsignment                     - Consignment 1..1

Business
  ID                                        - text        0..1

Consignment
  GrossWeightMeasure                        - measure     0..1
  TotalGrossWeightMeasure                   - measure     0..1
  LoadTypeCode                              - text        0..1
  PieceQuantity                             - count       0..1
  TotalPieceQuantity                        - count       0..1
  TransportSplitDescription                 - text        0..1
  TransportContractDocument                 - Contract    1..1
  OriginLocation                            - End         0..1
  FinalDestinationLocation                  - End         0..1
  RoutingLocation                           - Named       0..n
  ReportedStatus                            - Status      1..n

Status
  ReasonCode                                - text        1..1
  AssociatedStatusConsignment               - Part        0..n

Part
  GrossWeightMeasure                        - measure     0..1
  GrossVolumeMeasure                        - measure     0..1
  DensityGroupCode                          - text        0..1
  PieceQuantity                             - count       0..1
  TransportSplitDescription                 - text        0..1
  DiscrepancyDescriptionCode                - text        0..1
  AssociatedManifestDocument                - Document    0..1
  ApplicableLogisticsServiceCharge          - Service     0..1
  SpecifiedLogisticsTransportMovement       - Travel      0..n
  NotifiedParty                             - Party       0..1
  DeliveryParty                             - Party       0..1
  AssociatedReceivedFromParty               - Party       0..1
  AssociatedTransferredFromParty            - Party       0..1
  HandlingOSIInstructions                   - Instruction 0..n
  IncludedCustomsNote                       - Note        0..n
  AssociatedConsignmentCustomsProcedure     - Procedure   0..1
  UtilizedUnitLoadTransportEquipment        - Device      0..n
  UtilizedbulkTransportEquipment            - Device      0..n
  IncludedHouseConsignment                  - House       0..n

Travel
  ID                                        - text        0..1
  UsedLogisticsTransportMeans               - Means       0..1
  ScheduledArrivalEvent                     - LegEvent    0..1
  ArrivalEvent                              - Arrived     0..1
  DepartureEvent                            - Departed    0..1
  CarrierParty                              - Identified  0..1
  SpecifiedLocation                         - Place       0..n
  SpecifiedEvent                            - Event       0..1

Arrived
  ArrivalOccurrenceDateTime                 - time        0..1
  ArrivalDateTimeTypeCode                   - text        0..1

Departed
  DepartureOccurrenceDateTime               - time        0..1
  DepartureDateTimeTypeCode                 - text        0..1

Event
  OccurrenceDateTime                        - time        0..1
  DateTimeTypeCode                          - text        0..1

House
  GrossWeightMeasure                        - measure     0..1
  TotalGrossWeightMeasure                   - measure     0..1
  PieceQuantity                             - count       0..1
  TotalPieceQuantity                        - count       0..1
  TransportSplitDescription                 - text        0..1
  TransportContractDocument                 - Contract    0..1
"""

_RESPONSE = """
Response
  rsm:MessageHeaderDocument                 - Header      1..1
  rsm:BusinessHeaderDocument                - Business    1..1
  rsm:ResponseStatus                        - Fault       0..n

Business
  ID                                        - text        1..1
  Name                                      - text        0..1
  TypeCode                                  - text        0..1
  StatusCode                                - text        0..1

Fault
  ConditionCode                             - text        0..1
  ReasonCode                                - text        0..1
  Reason                                    - text        0..1
  Information                               - text        0..n
"""


def _outline(root: str, namespace: str, table: str) -> Outline:
    return Outline(
        code="cargo-xml",
        prefixes={"": DATA, "rsm": namespace},
        roots={f"rsm:{root}": root},
        classes=rows(_COMMON) | rows(table),
        values={},
    )


#: Messages by name.
OUTLINES = {
    "xfwb": _outline("Waybill", "iata:waybill:1", _WAYBILL),
    "xfzb": _outline("HouseWaybill", "iata:housewaybill:1", _HOUSE),
    "xfhl": _outline("HouseManifest", "iata:housemanifest:1", _HOUSES),
    "xffm": _outline("FlightManifest", "iata:flightmanifest:1", _FLIGHT),
    "xfsu": _outline("StatusMessage", "iata:statusmessage:1", _STATUS),
    "xfnm": _outline("Response", "iata:response:3", _RESPONSE),
}
