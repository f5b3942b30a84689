# SPDX-License-Identifier: Apache-2.0
"""The WCO declaration message (DEC) as a table: every class, every element, its WCO ID, format and cardinality.

A block is a class: its name and WCO ID, then its elements in the order the message has them. A row is an element:
name, WCO ID, format (or, with a capital, the block of the class it holds), cardinality, and the information packages
that use it (import, export, cargo report import and export, conveyance report, transit report); after `=` the only
codes allowed. `Parent.Class` names a class that differs by where it stands. The representation term, that is whether
an element is a code, an identifier, an amount and so on, is the end of its name, as the WCO's naming rules have it;
formats are the WCO's: `an..35` up to 35 characters, `a2` two letters, `n..16,6` up to 16 digits, 6 of them decimals.

Source: WCO Data Model 3.6, information package DEC as profiled by the UK's Declaration Management System (schema
version 2.15), facts re-stated; 337 is from the WCO Data Model, the profile leaves it out.
"""

from __future__ import annotations

from typing import Literal

import msgspec

DECLARATION_NAMESPACE = "urn:wco:datamodel:WCO:DEC-DMS:2"
DATE_NAMESPACE = "urn:wco:datamodel:WCO:Declaration_DS:DMS:2"

#: What an element holds: the end of its name in the WCO's naming rules, "Text" where it has no other.
Term = Literal["Amount", "Code", "DateTime", "ID", "Measure", "Numeric", "Quantity", "Text"]

_AGENCY = ".{1,3}"
_UNIT = r"(.|\s){1,5}"

#: Attributes a value may have, by term: name → XML Schema type, or a pattern. `formatCode` is required, none else is.
ATTRIBUTES: dict[Term, dict[str, str]] = {
    "Amount": {"currencyID": "[A-Z]{3}"},
    "Code": {
        "listID": "token",
        "listAgencyID": _AGENCY,
        "listAgencyName": "string",
        "listName": "string",
        "listVersionID": "token",
        "name": "string",
        "languageID": "language",
        "listURI": "anyURI",
        "listSchemeURI": "anyURI",
    },
    "DateTime": {"formatCode": "102|304"},
    "ID": {
        "schemeID": "token",
        "schemeName": "string",
        "schemeAgencyID": _AGENCY,
        "schemeAgencyName": "string",
        "schemeVersionID": "token",
        "schemeDataURI": "anyURI",
        "schemeURI": "anyURI",
    },
    "Measure": {"unitCode": _UNIT},
    "Numeric": {},
    "Quantity": {"unitCode": _UNIT},
    "Text": {"languageID": "language"},
}

_PACKAGES = ("IM", "EX", "CRI", "CRE", "CONV", "TRT")
_TERMS: tuple[Term, ...] = ("Amount", "Code", "DateTime", "ID", "Measure", "Numeric", "Quantity")

_BLOCKS = """
Declaration 42A
  AcceptanceDateTime            023  an..35                           0..1   IM EX
  FunctionCode                  017  n..2                             1..1   all = 9 13 14
  FunctionalReferenceID         D026 an..35                           0..1   all
  ID                            D014 an..70                           0..1   all
  IssueDateTime                 D011 an..35                           0..1   IM EX TRT
  IssueLocationID               D012 an..5                            0..1   IM EX CONV TRT
  TypeCode                      D013 an..3                            0..1   all
  GoodsItemQuantity             228  n..5                             0..1   IM EX TRT
  DeclarationOfficeID           065  an..17                           0..1   all
  InvoiceAmount                 109  n..16,3                          0..1   IM EX
  LoadingListQuantity           013  n..5                             0..1   IM EX
  TotalGrossMassMeasure         131  n..16,6                          0..1   all
  TotalPackageQuantity          146  n..8                             0..1   IM EX CRI CRE TRT
  SpecificCircumstancesCodeCode 504  an..3                            0..1   CRI CRE
  Authentication                61B  Authentication                   0..1   all
  Submitter                     17B  Declaration.Submitter            0..1   all
  AdditionalDocument            02A  Declaration.AdditionalDocument   0..n   all
  AdditionalInformation         03A  Declaration.AdditionalInformation 0..n   all
  Agent                         05A  Agent                            0..1   all
  Amendment                     06A  Amendment                        0..n   all
  AuthorisationHolder           17C  AuthorisationHolder              0..n   IM EX
  BorderTransportMeans          15A  BorderTransportMeans             0..1   all
  Consignment                   28A  Declaration.Consignment          0..1   CRI CRE TRT
  CurrencyExchange              40A  CurrencyExchange                 0..n   IM EX
  Declarant                     57B  Declarant                        0..1   all
  ExitOffice                    56A  ExitOffice                       0..1   CRI CRE
  Exporter                      57A  Exporter                         0..1   EX
  GoodsShipment                 67A  GoodsShipment                    0..1   IM EX
  ObligationGuarantee           90A  ObligationGuarantee              0..n   IM EX CRI CRE TRT
  PresentationOffice            15C  PresentationOffice               0..1   IM EX
  SupervisingOffice             97B  SupervisingOffice                0..1   IM EX

Authentication 61B
  Authentication                104  an..256                          0..1   all
  Authenticator                 12A  Authenticator                    0..1   all

Authenticator 12A
  Name                          R007 an..70                           0..1   all

Declaration.Submitter 17B
  Name                          R058 an..70                           0..1   all
  ID                            R059 an..17                           0..1   all
  Address                       04A  Address                          0..1   all

Address 04A
  CityName                      241  an..35                           0..1   all
  CountryCode                   242  a2                               0..1   all
  CountrySubDivisionCode        244  an..9                            0..1   all
  CountrySubDivisionName        243  an..35                           0..1   all
  Line                          239  an..70                           0..1   all
  PostcodeID                    245  an..9                            0..1   all

Declaration.AdditionalDocument 02A
  CategoryCode                  D031 an..3                            0..1   CRI CRE
  ID                            D005 an..70                           0..1   all
  TypeCode                      D006 an..3                            0..1   all

Declaration.AdditionalInformation 03A
  StatementCode                 226  an..17                           0..1   all
  StatementDescription          225  an..512                          0..1   all
  StatementTypeCode             369  an..3                            0..1   all
  Pointer                       97A  Pointer                          0..n   all

Pointer 97A
  SequenceNumeric               006  n..5                             0..1   all
  DocumentSectionCode           375  an..3                            0..1   all
  TagID                         381  an..4                            0..1   all

Agent 05A
  Name                          R003 an..70                           0..1   all
  ID                            R004 an..17                           0..1   all
  FunctionCode                  102  an..3                            0..1   IM EX CONV TRT
  Address                       04A  Address                          0..1   all

Amendment 06A
  ChangeReasonCode              099  an..3                            0..1   all
  Pointer                       97A  Pointer                          0..n   all

AuthorisationHolder 17C
  ID                            R144 an..17                           0..1   IM EX
  CategoryCode                  R145 an..4                            0..1   IM EX

BorderTransportMeans 15A
  Name                          T005 an..35                           0..1   IM EX CRI CRE CONV
  ID                            T006 an..35                           0..1   IM EX CRI CRE CONV
  IdentificationTypeCode        T018 an..17                           0..1   CONV
  TypeCode                      T010 an..4                            0..1   IM EX CRI CRE CONV
  RegistrationNationalityCode   T014 a2                               0..1   IM EX CRI CRE CONV
  ModeCode                      T022 n1                               0..1   IM EX CRI CRE CONV

Declaration.Consignment 28A
  Carrier                       18A  Carrier                          0..1   CRI
  ConsignmentItem               29A  ConsignmentItem                  0..999 CRI CRE TRT
  Consignor                     30A  Consignment.Consignor            0..1   TRT
  Freight                       62A  Freight                          0..1   EX
  Itinerary                     81A  Itinerary                        0..n   EX

Carrier 18A
  Name                          R011 an..70                           0..1   CRI
  ID                            R012 an..17                           0..1   CRI
  Address                       04A  Address                          0..1   CRI
  Communication                 25A  Communication                    0..1   all

Communication 25A
  ID                            240  an..50                           0..1   all
  TypeCode                      253  an..3                            0..1   all

ConsignmentItem 29A
  SequenceNumeric               006  n..5                             1..1   CRI CRE TRT
  Consignor                     30A  Consignment.Consignor            0..1   TRT
  Freight                       62A  Freight                          0..1   CRI

Consignment.Consignor 30A
  Name                          R020 an..70                           0..1   TRT
  ID                            R021 an..17                           0..1   TRT
  Address                       04A  Consignor.Address                0..1   TRT

Consignor.Address 04A
  TypeCode                      410  an..3                            0..1   TRT
  CityName                      241  an..35                           0..1   TRT
  CountryCode                   242  a2                               0..1   TRT
  CountrySubDivisionCode        244  an..9                            0..1   TRT
  CountrySubDivisionName        243  an..35                           0..1   TRT
  Line                          239  an..70                           0..1   TRT
  PostcodeID                    245  an..9                            0..1   TRT

Freight 62A
  PaymentMethodCode             098  an..3                            0..1   EX CRI

Itinerary 81A
  SequenceNumeric               006  n..5                             1..1   EX
  RoutingCountryCode            064  a2                               0..1   EX

CurrencyExchange 40A
  CurrencyTypeCode              135  a3                               0..1   IM EX
  RateNumeric                   118  n..12,5                          0..1   IM EX

Declarant 57B
  Name                          R124 an..70                           0..1   all
  ID                            R123 an..17                           0..1   all
  Address                       04A  Address                          0..1   all
  Contact                       34A  Contact                          0..1   all
  Communication                 25A  Communication                    0..1   all

Contact 34A
  Name                          246  an..70                           0..1   all

ExitOffice 56A
  ID                            G005 an..17                           0..1   CRI CRE

Exporter 57A
  Name                          R031 an..70                           0..1   EX
  ID                            R032 an..17                           0..1   EX
  Address                       04A  Address                          0..1   EX
  Contact                       34A  Contact                          0..1   EX
  Communication                 25A  Communication                    0..1   EX

GoodsShipment 67A
  ExitDateTime                  024  an..35                           0..1   IM EX
  TransactionNatureCode         103  n..2                             0..1   IM EX
  AEOMutualRecognitionParty     16C  AEOMutualRecognitionParty        0..n   IM EX
  Buyer                         16A  Buyer                            0..1   IM EX
  Consignee                     27A  Consignee                        0..1   IM EX
  Consignment                   28A  GoodsShipment.Consignment        0..1   IM EX
  Consignor                     30A  GoodsShipment.Consignor          0..1   IM EX
  CustomsValuation              41A  GoodsShipment.CustomsValuation   0..1   IM EX
  Destination                   99B  Destination                      0..1   IM EX
  DomesticDutyTaxParty          55B  DomesticDutyTaxParty             0..n   IM EX
  ExportCountry                 95B  ExportCountry                    0..1   IM EX
  GovernmentAgencyGoodsItem     68A  GovernmentAgencyGoodsItem        0..999 IM EX
  Importer                      74A  Importer                         0..1   EX
  Invoice                       78A  Invoice                          0..1   IM EX
  Payer                         56B  Payer                            0..1   IM EX
  PreviousDocument              99A  PreviousDocument                 0..n   IM EX CRE CONV TRT
  Seller                        09B  Seller                           0..1   IM EX
  Surety                        19B  Surety                           0..1   IM EX
  TradeTerms                    22B  TradeTerms                       0..1   IM EX
  UCR                           35B  UCR                              0..1   IM EX
  Warehouse                     43B  Warehouse                        0..1   IM EX

AEOMutualRecognitionParty 16C
  ID                            R143 an..17                           0..1   IM EX
  RoleCode                      R005 an..3                            0..1   IM EX

Buyer 16A
  Name                          R009 an..70                           0..1   IM EX
  ID                            R010 an..17                           0..1   IM EX
  Address                       04A  Address                          0..1   IM EX
  Contact                       34A  Contact                          0..1   IM EX
  Communication                 25A  Communication                    0..1   IM EX

Consignee 27A
  Name                          R014 an..70                           0..1   IM EX
  ID                            R015 an..17                           0..1   IM EX
  Address                       04A  Address                          0..1   IM EX

GoodsShipment.Consignment 28A
  ContainerCode                 096  an..3                            0..1   IM EX = 0 1
  ArrivalTransportMeans         10A  ArrivalTransportMeans            0..1   IM
  DepartureTransportMeans       46A  DepartureTransportMeans          0..1   EX
  GoodsLocation                 64A  GoodsLocation                    0..1   IM EX
  LoadingLocation               83A  LoadingLocation                  0..1   CRI
  TransportEquipment            31B  Consignment.TransportEquipment   0..n   IM EX

ArrivalTransportMeans 10A
  Name                          T001 an..35                           0..1   IM
  ID                            T002 an..35                           0..1   IM
  IdentificationTypeCode        T034 an..17                           0..1   CRI
  TypeCode                      T008 an..4                            0..1   IM
  ModeCode                      T020 n1                               0..1   IM

DepartureTransportMeans 46A
  Name                          T003 an..35                           0..1   EX
  ID                            T004 an..35                           0..1   EX
  IdentificationTypeCode        T029 an..17                           0..1   EX
  TypeCode                      T009 an..4                            0..1   EX
  ModeCode                      T021 n1                               0..1   EX

GoodsLocation 64A
  Name                          L016 an..256                          0..1   IM EX
  ID                            L017 an..17                           0..1   IM EX
  TypeCode                      L110 an..3                            0..1   IM EX
  Address                       04A  GoodsLocation.Address            0..1   IM EX

GoodsLocation.Address 04A
  TypeCode                      410  an..3                            0..1   IM EX
  CityName                      241  an..35                           0..1   IM EX
  CountryCode                   242  a2                               0..1   IM EX
  Line                          239  an..70                           0..1   IM EX
  PostcodeID                    245  an..9                            0..1   IM EX

LoadingLocation 83A
  Name                          L009 an..256                          0..1   CRI
  ID                            L010 an..17                           0..1   CRI

Consignment.TransportEquipment 31B
  SequenceNumeric               006  n..5                             1..1   IM EX
  ID                            159  an..17                           0..1   IM EX
  Seal                          44B  Seal                             0..n   IM EX

Seal 44B
  SequenceNumeric               006  n..5                             1..1   IM EX
  ID                            165  an..35                           0..1   IM EX

GoodsShipment.Consignor 30A
  Name                          R020 an..70                           0..1   IM EX
  ID                            R021 an..17                           0..1   IM EX
  Address                       04A  Address                          0..1   IM EX

GoodsShipment.CustomsValuation 41A
  FreightChargeAmount           117  n..16,3                          0..1   IM EX
  ChargeDeduction               58B  ChargeDeduction                  0..n   IM EX

ChargeDeduction 58B
  ChargesTypeCode               371  an..3                            0..1   IM EX
  OtherChargeDeductionAmount    181  n..16,3                          0..1   IM EX

Destination 99B
  CountryCode                   465  a2                               0..1   IM EX
  RegionID                      477  an..9                            0..1   IM EX

DomesticDutyTaxParty 55B
  ID                            R119 an..17                           0..1   IM EX
  RoleCode                      R005 an..3                            0..1   IM EX

ExportCountry 95B
  ID                            062  a2                               0..1   IM EX

GovernmentAgencyGoodsItem 68A
  CustomsValueAmount            108  n..16,3                          0..1   IM EX
  SequenceNumeric               006  n..5                             1..1   IM EX
  StatisticalValueAmount        114  n..16,3                          0..1   IM EX
  TransactionNatureCode         103  n..2                             0..1   IM EX
  AdditionalDocument            02A  GoodsItem.AdditionalDocument     0..n   IM EX
  AdditionalInformation         03A  GoodsItem.AdditionalInformation  0..n   IM EX
  AEOMutualRecognitionParty     16C  AEOMutualRecognitionParty        0..n   IM EX
  Buyer                         16A  Buyer                            0..1   IM
  Commodity                     23A  Commodity                        0..1   IM EX
  Consignee                     27A  Consignee                        0..1   IM EX
  Consignor                     30A  GoodsShipment.Consignor          0..1   IM EX
  CustomsValuation              41A  GoodsItem.CustomsValuation       0..1   IM
  Destination                   99B  Destination                      0..1   IM EX
  DomesticDutyTaxParty          55B  DomesticDutyTaxParty             0..n   IM EX
  ExportCountry                 95B  ExportCountry                    0..1   IM EX
  GovernmentProcedure           70A  GovernmentProcedure              0..n   IM EX
  Origin                        92A  Origin                           0..n   IM EX
  Packaging                     93A  Packaging                        0..n   IM EX
  PreviousDocument              99A  PreviousDocument                 0..n   IM EX
  Seller                        09B  Seller                           0..1   IM
  UCR                           35B  UCR                              0..1   IM EX CRI CRE TRT
  ValuationAdjustment           39B  ValuationAdjustment              0..1   IM EX

GoodsItem.AdditionalDocument 02A
  CategoryCode                  D031 an..3                            0..1   IM EX
  EffectiveDateTime             276  an..35                           0..1   IM EX
  ID                            D005 an..70                           0..1   IM EX
  Name                          D028 an..35                           0..1   none
  TypeCode                      D006 an..3                            0..1   IM EX
  LPCOExemptionCode             360  an..3                            0..1   IM EX
  Submitter                     17B  AdditionalDocument.Submitter     0..1   IM EX
  WriteOff                      22C  WriteOff                         0..1   IM EX

AdditionalDocument.Submitter 17B
  Name                          R058 an..70                           0..1   IM EX
  RoleCode                      R005 an..3                            0..1   IM EX

WriteOff 22C
  QuantityQuantity              502  n..16,6                          0..1   IM EX
  AmountAmount                  503  n..16,3                          0..1   IM EX

GoodsItem.AdditionalInformation 03A
  StatementCode                 226  an..17                           0..1   IM EX
  StatementDescription          225  an..512                          0..1   IM EX
  StatementTypeCode             369  an..3                            0..1   IM EX

Commodity 23A
  Description                   137  an..512                          0..1   IM EX
  Classification                21A  Classification                   0..n   IM EX
  DangerousGoods                12C  DangerousGoods                   0..n   IM EX
  DutyTaxFee                    50A  DutyTaxFee                       0..n   IM EX
  GoodsMeasure                  65A  GoodsMeasure                     0..1   IM EX
  InvoiceLine                   79A  InvoiceLine                      0..1   IM EX
  TransportEquipment            31B  Commodity.TransportEquipment     0..n   IM EX

Classification 21A
  ID                            145  an..18                           0..1   IM EX
  IdentificationTypeCode        337  an..3                            0..1   IM EX

DangerousGoods 12C
  UNDGID                        506  n..4                             0..1   IM EX

DutyTaxFee 50A
  AdValoremTaxBaseAmount        116  n..16,3                          0..1   IM EX
  DeductAmount                  111  n..16,3                          0..1   IM EX
  DutyRegimeCode                164  an..3                            0..1   IM EX
  SpecificTaxBaseQuantity       129  n..16,6                          0..1   IM EX
  TaxRateNumeric                115  an..17,3                         0..1   IM EX
  TypeCode                      113  an..3                            0..1   IM EX
  QuotaOrderID                  401  an..17                           0..1   IM EX
  Payment                       94A  Payment                          0..1   IM

Payment 94A
  MethodCode                    107  a1                               0..1   IM
  TaxAssessedAmount             120  n..16,3                          0..1   IM
  PaymentAmount                 378  n..16,3                          0..1   none

GoodsMeasure 65A
  GrossMassMeasure              126  n..16,6                          0..1   IM EX
  NetNetWeightMeasure           128  n..16,6                          0..1   IM EX
  TariffQuantity                130  n..16,6                          0..1   IM EX

InvoiceLine 79A
  ItemChargeAmount              112  n..16,3                          0..1   IM EX

Commodity.TransportEquipment 31B
  SequenceNumeric               006  n..5                             1..1   IM EX
  ID                            159  an..17                           0..1   IM EX

GoodsItem.CustomsValuation 41A
  MethodCode                    122  an..3                            0..1   IM
  ChargeDeduction               58B  ChargeDeduction                  0..n   IM

GovernmentProcedure 70A
  CurrentCode                   166  an..7                            0..1   IM EX
  PreviousCode                  161  an..7                            0..1   IM EX

Origin 92A
  CountryCode                   063  an..4                            0..1   IM EX
  RegionID                      066  an..9                            0..1   IM EX
  TypeCode                      501  an..3                            0..1   IM EX

Packaging 93A
  SequenceNumeric               006  n..5                             1..1   IM EX
  MarksNumbersID                142  an..512                          0..1   IM EX
  QuantityQuantity              144  n..8                             0..1   IM EX
  TypeCode                      141  an..2                            0..1   IM EX
  PackingMaterialDescription    344  an..256                          0..1   IM EX
  LengthMeasure                 367  n..15                            0..1   IM EX
  WidthMeasure                  368  n..15                            0..1   IM EX
  HeightMeasure                 402  n..15                            0..1   IM EX
  VolumeMeasure                 395  n..16,6                          0..1   IM EX

PreviousDocument 99A
  CategoryCode                  D031 an..3                            0..1   IM EX CRE CONV TRT
  ID                            D018 an..70                           0..1   IM EX CRE CONV TRT
  TypeCode                      D019 an..3                            0..1   IM EX CRE CONV TRT
  LineNumeric                   171  n..5                             0..1   IM EX CRE CONV TRT

Seller 09B
  Name                          R050 an..70                           0..1   IM EX
  ID                            R051 an..17                           0..1   IM EX
  Address                       04A  Address                          0..1   IM EX
  Contact                       34A  Contact                          0..1   IM EX
  Communication                 25A  Communication                    0..1   IM EX

UCR 35B
  ID                            016  an..35                           0..1   IM EX CRI CRE TRT
  TraderAssignedReferenceID     009  an..35                           0..1   IM EX CRI CRE TRT

ValuationAdjustment 39B
  AdditionCode                  188  an..4                            0..1   IM EX

Importer 74A
  Name                          R037 an..70                           0..1   EX
  ID                            R038 an..17                           0..1   EX
  Address                       04A  Address                          0..1   EX
  Contact                       34A  Contact                          0..1   EX
  Communication                 25A  Communication                    0..1   EX

Invoice 78A
  ID                            D016 an..70                           0..1   IM EX
  IssueDateTime                 D015 an..35                           0..1   IM EX

Payer 56B
  Name                          R120 an..70                           0..1   IM EX
  ID                            R121 an..17                           0..1   IM EX
  Address                       04A  Address                          0..1   IM EX

Surety 19B
  Name                          R054 an..70                           0..1   IM EX
  ID                            R055 an..17                           0..1   IM EX
  Address                       04A  Address                          0..1   IM EX

TradeTerms 22B
  ConditionCode                 090  a3                               0..1   IM EX
  CountryRelationshipCode       106  an..3                            0..1   IM EX
  Description                   089  an..70                           0..1   IM EX
  LocationID                    L002 an..17                           0..1   IM EX
  LocationName                  L001 an..256                          0..1   IM EX

Warehouse 43B
  ID                            L019 an..35                           0..1   IM EX
  TypeCode                      L112 an..3                            0..1   IM EX

ObligationGuarantee 90A
  AmountAmount                  492  n..16,3                          0..1   IM EX TRT
  ID                            D014 an..70                           0..1   IM TRT
  ReferenceID                   100  an..35                           0..1   IM EX CRI CRE TRT
  SecurityDetailsCode           101  an..3                            0..1   IM EX CRI CRE TRT
  AccessCode                    499  an..4                            0..1   IM TRT
  GuaranteeOffice               14C  GuaranteeOffice                  0..1   IM EX

GuaranteeOffice 14C
  ID                            G014 an..17                           0..1   IM EX

PresentationOffice 15C
  ID                            G015 an..17                           0..1   IM EX

SupervisingOffice 97B
  ID                            G012 an..17                           0..1   IM EX
"""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One element of a class.

    Attributes:
        name: Element name.
        wco_id: WCO ID: of a class such as `68A`, of an element such as `D026`.
        term: What it holds; None for a class.
        format: WCO format such as `an..35`; None for a class.
        block: Block of the class it holds; None for an element with a value.
        least: Fewest occurrences (count).
        most: Most occurrences (count); None if there is no limit.
        codes: The only codes allowed; empty if the format alone decides.
        usage: Information packages that use it (0..6).
    """

    name: str
    wco_id: str
    term: Term | None
    format: str | None
    block: str | None
    least: int
    most: int | None
    codes: tuple[str, ...]
    usage: tuple[str, ...]


class Class(msgspec.Struct, frozen=True, kw_only=True):
    """One class of the message.

    Attributes:
        name: Element name of the class.
        wco_id: WCO ID such as `42A`.
        fields: Its elements by name, in the order of the message (1..n).
    """

    name: str
    wco_id: str
    fields: dict[str, Field]


def _field(row: str) -> Field:
    row, _, codes = row.partition("=")
    name, wco_id, content, cardinality, *usage = row.split()
    least, _, most = cardinality.partition("..")
    is_class = content[0].isupper()
    return Field(
        name=name,
        wco_id=wco_id,
        term=None if is_class else _term(name, content),
        format=None if is_class else content,
        block=content if is_class else None,
        least=int(least),
        most=None if most == "n" else int(most),
        codes=tuple(codes.split()),
        usage=_PACKAGES if usage == ["all"] else tuple(package for package in usage if package in _PACKAGES),
    )


def _term(name: str, content: str) -> Term:
    if name == "ID" and content == "a2":  # the one identifier that is a code: ExportCountry/ID, a country
        return "Code"
    return next((term for term in _TERMS if name.endswith(term)), "Text")


def _classes(blocks: str) -> dict[str, Class]:
    classes = {}
    for block in blocks.strip().split("\n\n"):
        head, *rows = block.splitlines()
        block_name, wco_id = head.split()
        fields = {field.name: field for field in map(_field, rows)}
        classes[block_name] = Class(name=block_name.rpartition(".")[2], wco_id=wco_id, fields=fields)
    return classes


#: Every class of the message by the name of its block.
CLASSES = _classes(_BLOCKS)

#: The class of the whole message.
DECLARATION = CLASSES["Declaration"]
