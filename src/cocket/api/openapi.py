# SPDX-License-Identifier: Apache-2.0
"""The description of the HTTP interface, made from the structs it answers with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from fastapi import FastAPI
from pydantic import BaseModel

from cocket.api.agency_body import AGENCY_BODIES
from cocket.api.assessment_body import ASSESSMENT_BODIES
from cocket.api.contest_body import CONTEST_BODIES
from cocket.api.guarantee_body import GUARANTEE_BODIES
from cocket.api.intake import PATH, TAKEN
from cocket.api.journey_body import JOURNEY_BODIES
from cocket.api.lesson_body import LESSON_BODIES
from cocket.api.link_body import LINK_BODIES
from cocket.api.office_pack_body import OFFICE_PACK_BODIES
from cocket.api.partner_body import PARTNER_BODIES
from cocket.api.payment_body import PAYMENT_BODIES
from cocket.api.permit_body import BODIES
from cocket.api.pilot_body import PILOT_BODIES
from cocket.api.place_body import PLACE_BODIES
from cocket.api.proposal_body import RefusalBody
from cocket.api.question_body import QUESTION_BODIES
from cocket.api.result_body import ResultBody
from cocket.api.retention_body import RETENTION_BODIES
from cocket.api.source_body import SOURCE_BODIES
from cocket.api.webhook_body import WEBHOOK_BODIES
from cocket.consignment.hand_drafts import Draft
from cocket.control.agency_words import AgencyResult, PermitDecision
from cocket.control.appointments import Appointment, Slot
from cocket.control.self_assessment import AssessmentQuestion
from cocket.exchange.gateway_calls import BatchTaken
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.gateway_files import Gateway, HeldEntry
from cocket.pipeline.base.office_pack_files import PackResult, PackStanding, PhotoTaken
from cocket.pipeline.base.outage_files import Outage
from cocket.pipeline.consignment.mirror_records import MirrorExchange
from cocket.pipeline.consignment.partner_notices import NoticeView
from cocket.pipeline.control.contests import ContestList, ContestView, OwnCase, OwnContest
from cocket.pipeline.control.questions import OwnQuestion, QuestionList, QuestionView
from cocket.pipeline.control.views import AdviceView, ConsignmentView, ResultView
from cocket.pipeline.credentials.self_assessments import OwnAssessment
from cocket.pipeline.credentials.standings import OwnStanding
from cocket.pipeline.governance.look_pages import LookPage
from cocket.pipeline.governance.mandates import Mandate
from cocket.pipeline.governance.own_keys import OwnKey
from cocket.pipeline.governance.policies import LookExplained
from cocket.pipeline.governance.second_person import WholeProposal
from cocket.pipeline.governance.watch_views import WatchCaseView, WatchList
from cocket.pipeline.governance.webhooks import UndeliveredEvent, WebhookSecretShown, WebhookView
from cocket.pipeline.intake.access_tokens import AccessToken
from cocket.pipeline.intake.drafts import DraftEntry, DraftView
from cocket.pipeline.measures.duties import ChargesView, DutySheet
from cocket.pipeline.measures.payments import OverpaymentList, PaymentLine, PaymentList, PaymentView, TakenStatement
from cocket.pipeline.measures.permits import HoldSaid, PermitList, PermitView
from cocket.pipeline.operations.legal_holds import LegalHold
from cocket.pipeline.operations.retention import DestructionReport, DueList, RetentionPlan
from cocket.pipeline.partners.agencies import AgencyAtWork, AgencyWork, GuestFile, GuestQueue
from cocket.pipeline.partners.appointments import CalendarDays, OwnAppointment
from cocket.pipeline.partners.dcsa_callbacks import CallbackView
from cocket.pipeline.partners.dcsa_subscriptions import Undelivered
from cocket.pipeline.partners.exchange import ExchangeView
from cocket.pipeline.partners.following import FollowingView, SourceSubscription
from cocket.pipeline.partners.joint import JointView, LetterTaken
from cocket.pipeline.partners.messages import Exchanged
from cocket.pipeline.partners.one_record_notices import CallbackKept, OneRecordNotice
from cocket.pipeline.partners.sources import PullView, SourceDoubt, SourceState
from cocket.pipeline.partners.subscribers import PartnerSubscription
from cocket.pipeline.queries.agreements import AgreementMeasure, AgreementView
from cocket.pipeline.queries.emergencies import EmergencyView
from cocket.pipeline.queries.mirror import MirrorReport
from cocket.pipeline.queries.own_affairs import OwnAccesses, OwnMessages
from cocket.pipeline.queries.papers_in_time import PapersInTime
from cocket.pipeline.queries.quality import OwnQuality, Quality
from cocket.pipeline.queries.views import DossierView, MessageView
from cocket.pipeline.risk.hubs import HubList
from cocket.pipeline.risk.joint_deed import JointCompared
from cocket.pipeline.tracking.cell_tables import CellTableView
from cocket.pipeline.tracking.corridor_reports import ReportOfCorridor
from cocket.pipeline.tracking.device_tables import DeviceImport
from cocket.pipeline.tracking.enquiries import EnquiryView
from cocket.pipeline.tracking.guarantees import GuaranteeList, GuaranteeView
from cocket.pipeline.tracking.hand_overs import HandOver
from cocket.pipeline.tracking.on_call import OnCallView
from cocket.pipeline.tracking.views import (
    AlertQueue,
    AlertView,
    CorridorView,
    GeofenceView,
    JourneyLine,
    JourneyPage,
    JourneyView,
    Positions,
    StockDevice,
)
from cocket.pipeline.trials.pilots import PilotLine, PilotView
from cocket.pipeline.trials.recommendations import RecommendationLedger
from cocket.pipeline.trials.release_times import ReleaseView
from cocket.pipeline.trials.use_cases import CardView, Catalogue
from cocket.pipeline.trials.whatif import WhatIf, WhatIfCheck
from cocket.risk.reasons import ReasonsCard
from cocket.trials.lessons import Card, Recommendation, TakenCard, YearReport
from cocket.trials.pilots.report import SignedReport
from cocket.trials.readiness import Readiness, ReadinessView
from cocket.trials.release import Published

_REF = "#/components/schemas/{name}"
_STRUCTS = (
    AccessToken,
    MessageView,
    DossierView,
    AdviceView,
    ResultView,
    ConsignmentView,
    ReasonsCard,
    HoldSaid,
    PermitView,
    PermitList,
    DutySheet,
    ChargesView,
    PaymentView,
    PaymentLine,
    PaymentList,
    OverpaymentList,
    TakenStatement,
    AlertQueue,
    AlertView,
    GuaranteeView,
    GuaranteeList,
    CellTableView,
    HubList,
    WatchCaseView,
    WatchList,
    WebhookView,
    WebhookSecretShown,
    UndeliveredEvent,
    CallbackView,
    Undelivered,
    PartnerSubscription,
    Exchanged,
    ExchangeView,
    NoticeView,
    StockDevice,
    DeviceImport,
    GeofenceView,
    CorridorView,
    Positions,
    JourneyLine,
    JourneyPage,
    JourneyView,
    OnCallView,
    HandOver,
    EnquiryView,
    ReportOfCorridor,
    RetentionPlan,
    DueList,
    DestructionReport,
    LegalHold,
    AgreementView,
    AgencyAtWork,
    GuestQueue,
    GuestFile,
    AgencyWork,
    PermitDecision,
    AgencyResult,
    CalendarDays,
    Slot,
    Appointment,
    OwnAppointment,
    EmergencyView,
    AgreementMeasure,
    MirrorExchange,
    MirrorReport,
    JointView,
    LetterTaken,
    JointCompared,
    SourceState,
    PullView,
    FollowingView,
    SourceDoubt,
    SourceSubscription,
    CallbackKept,
    OneRecordNotice,
    PilotLine,
    PilotView,
    SignedReport,
    WhatIf,
    WhatIfCheck,
    BatchTaken,
    Gateway,
    HeldEntry,
    Outage,
    PackResult,
    PackStanding,
    PhotoTaken,
    Proposal,
    WholeProposal,
    LookPage,
    LookExplained,
    OwnCase,
    OwnContest,
    ContestView,
    ContestList,
    OwnQuestion,
    QuestionView,
    QuestionList,
    OwnMessages,
    OwnQuality,
    OwnKey,
    OwnStanding,
    OwnAccesses,
    Draft,
    DraftEntry,
    DraftView,
    PapersInTime,
    Quality,
    ReleaseView,
    Published,
    OwnAssessment,
    AssessmentQuestion,
    Mandate,
    ReadinessView,
    Readiness,
    Catalogue,
    CardView,
    Card,
    TakenCard,
    YearReport,
    RecommendationLedger,
    Recommendation,
)
_KEY: list[dict[str, list[str]]] = [{"key": []}]

#: The description of a body that is a message of any standard.
MESSAGE_BODY: dict[str, Any] = {
    "required": True,
    "content": {name: {"schema": {"type": "string"}, "example": "<MetaData>…</MetaData>"} for name in TAKEN},
}

#: The description of a body that is a shared use case.
CARD_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "description": "GET /v1/use-cases/schema says it."}}},
}

#: The description of a body that is a draft of a declaration.
DRAFT_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": _REF.format(name="Draft")}}},
}

#: The description of a body that asks for a token.
TOKEN_BODY: dict[str, Any] = {
    "required": False,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "properties": {"grant_type": {"const": "client_credentials"}, "client_id": {"type": "string"}},
            }
        }
    },
}

#: The description of a body that is a statement of a bank.
STATEMENT_BODY: dict[str, Any] = {
    "required": True,
    "content": {name: {"schema": {"type": "string"}} for name in ("application/xml", "text/csv")},
}

#: The description of a body that is a table of network cells in OpenCelliD's form.
CELLS_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "text/csv": {"schema": {"type": "string"}},
        "application/gzip": {"schema": {"type": "string", "format": "binary"}},
    },
}

#: The description of a body that is a list of hubs.
HUBS_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "text/csv": {
            "schema": {"type": "string"},
            "example": 'identity,value,kind,note\naddress,"12 Meridian Tower, Harbour District",business-centre,\n',
        }
    },
}

#: The description of a message of a private match, as `cocket mirror private` writes it.
PRIVATE_BODY: dict[str, Any] = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}

#: The description of a body that is an object in JSON-LD.
OBJECT_BODY: dict[str, Any] = {"required": True, "content": {"application/ld+json": {"schema": {"type": "object"}}}}

#: The description of bodies in TOML, in XML and in plain text.
TOML_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/toml": {"schema": {"type": "string"}, "example": 'id = "port"\nkind = "efti"\n'}},
}
XML_BODY: dict[str, Any] = {"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}}
TEXT_BODY: dict[str, Any] = {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}}
#: The description of a question to the past, with the fields of `cocket whatif run FILE`.
QUESTION_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"$ref": _REF.format(name="Question")},
            "example": {"title": "fewer examinations", "examine": 0.04, "offices": ["XAPRT001"]},
        }
    },
}
#: The description of a message between administrations, as `cocket partner` sends it.
SIGNED_BODY: dict[str, Any] = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}

#: The description of a body that is a file.
FILE_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}

#: The description of a body that is a table of devices.
DEVICES_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "text/csv": {
            "schema": {"type": "string"},
            "example": "device,adapter,identity,authenticates\nseal-17,open-e-seal,,key\n",
        }
    },
}

_FINDING = {
    "type": "object",
    "required": ["code", "severity", "pointer", "location", "message", "expected", "found"],
    "properties": {
        "code": {"type": "string"},
        "severity": {"enum": ["error", "warning", "info"]},
        **{name: {"type": ["string", "null"]} for name in ("pointer", "location", "message", "expected", "found")},
    },
    "example": {
        "code": "sad-items-total",
        "severity": "error",
        "pointer": None,
        "location": "/ASYCUDA[1]/Property[1]/Nbers[1]",
        "message": "the number of items is 3, not 2",
        "expected": "3",
        "found": "2",
    },
}
_FAULT = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "hint"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "hint": {"type": ["string", "null"]},
            },
        },
        "findings": {"type": "array", "items": {"$ref": _REF.format(name="Finding")}},
    },
    "example": {"error": {"code": "too-large", "message": "The body is longer than 10485760 bytes.", "hint": None}},
}
_ANSWER = {
    "type": "object",
    "required": ["id", "outcome", "findings", "receipt"],
    "properties": {
        "id": {"type": "string"},
        "outcome": {"enum": ["accepted", "refused", "conflict"]},
        "findings": {"type": "array", "items": {"$ref": _REF.format(name="Finding")}},
        "receipt": {"$ref": _REF.format(name="Receipt")},
        "lane": {"enum": ["red", "yellow", "blue", "green"]},
    },
    "example": {"id": "0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611", "outcome": "accepted", "findings": [], "receipt": {}},
}
_SCHEMAS = {
    "Finding": _FINDING,
    "Fault": _FAULT,
    "Answer": _ANSWER,
    "Receipt": {"type": "object", "description": "A signed promise; check it with `cocket receipt verify`."},
    "Proof": {"type": "object", "description": "An inclusion proof with its signed head."},
    "Consignments": {
        "type": "object",
        "properties": {"consignments": {"type": "array", "items": {"$ref": _REF.format(name="ConsignmentView")}}},
    },
    "Permits": {
        "type": "object",
        "properties": {"permits": {"type": "array", "items": {"$ref": _REF.format(name="PermitView")}}},
    },
    "Holds": {
        "type": "object",
        "properties": {"holds": {"type": "array", "items": {"$ref": _REF.format(name="Hold")}}},
    },
    "Devices": {
        "type": "object",
        "properties": {"devices": {"type": "array", "items": {"$ref": _REF.format(name="StockDevice")}}},
    },
    "OnCallLists": {
        "type": "object",
        "properties": {"lists": {"type": "array", "items": {"$ref": _REF.format(name="OnCallView")}}},
    },
    "HandOvers": {
        "type": "object",
        "properties": {"hand_overs": {"type": "array", "items": {"$ref": _REF.format(name="HandOver")}}},
    },
    "Enquiries": {
        "type": "object",
        "properties": {"journeys": {"type": "array", "items": {"$ref": _REF.format(name="EnquiryView")}}},
    },
    "Places": {
        "type": "object",
        "properties": {
            "geofences": {"type": "array", "items": {"$ref": _REF.format(name="GeofenceView")}},
            "corridors": {"type": "array", "items": {"$ref": _REF.format(name="CorridorView")}},
        },
    },
    "WhatIfs": {
        "type": "object",
        "properties": {"questions": {"type": "array", "items": {"$ref": _REF.format(name="WhatIf")}}},
    },
    "WhatIfFound": {
        "type": "object",
        "properties": {
            "question": {"$ref": _REF.format(name="WhatIf")},
            "check": {"anyOf": [{"$ref": _REF.format(name="WhatIfCheck")}, {"type": "null"}]},
        },
    },
    "AgencyList": {
        "type": "object",
        "properties": {"agencies": {"type": "array", "items": {"$ref": _REF.format(name="AgencyAtWork")}}},
    },
    "Slots": {
        "type": "object",
        "properties": {"slots": {"type": "array", "items": {"$ref": _REF.format(name="Slot")}}},
    },
    "OwnAppointments": {
        "type": "object",
        "properties": {"appointments": {"type": "array", "items": {"$ref": _REF.format(name="OwnAppointment")}}},
    },
    "AgreementList": {
        "type": "object",
        "properties": {"agreements": {"type": "array", "items": {"$ref": _REF.format(name="AgreementView")}}},
    },
    "DcsaEvents": {
        "description": "An object with events; of edition 2.2 (API-Version: 2) a list of them.",
        "anyOf": [
            {"type": "object", "properties": {"events": {"type": "array", "items": {"type": "object"}}}},
            {"type": "array", "items": {"type": "object"}},
        ],
    },
    "EventSubscription": {
        "description": "A subscription as DCSA Track and Trace 2.2 has it: its id, where to, and its filters.",
        "type": "object",
        "properties": {"subscriptionID": {"type": "string"}, "callbackUrl": {"type": "string"}},
        "additionalProperties": True,
    },
    "CallbackViews": {
        "type": "object",
        "properties": {"callbacks": {"type": "array", "items": {"$ref": _REF.format(name="CallbackView")}}},
    },
    "PartnerSubscriptions": {
        "type": "object",
        "properties": {
            "subscriptions": {"type": "array", "items": {"$ref": _REF.format(name="PartnerSubscription")}},
        },
    },
    "EventSubscriptions": {"type": "array", "items": {"$ref": _REF.format(name="EventSubscription")}},
    "DcsaFeedback": {
        "type": "object",
        "properties": {
            "feedbackElements": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "severity": {"enum": ["ERROR", "WARN", "INFO"]},
                        "code": {"type": "string"},
                        "message": {"type": "string"},
                        "propertyPath": {"type": "string"},
                    },
                },
            }
        },
    },
    "EpcisJob": {
        "type": "object",
        "properties": {
            "captureID": {"type": "string"},
            "running": {"type": "boolean"},
            "success": {"type": "boolean"},
            "captureErrorBehaviour": {"enum": ["rollback", "proceed"]},
            "createdAt": {"type": "string", "format": "date-time"},
            "finishedAt": {"type": "string", "format": "date-time"},
            "errors": {"type": "array", "items": {"type": "object"}},
            "eventsReceived": {"type": "integer"},
            "eventsCaptured": {"type": "integer"},
            "messages": {"type": "array", "items": {"type": "string"}},
        },
    },
    "EpcisJobs": {"type": "array", "items": {"$ref": _REF.format(name="EpcisJob")}},
    "EpcisQueryDocument": {"type": "object", "description": "A document of GS1 EPCIS 2.0 with the events."},
    "EpcisQuery": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "query": {"type": "object"}},
    },
    "EpcisQueries": {"type": "array", "items": {"$ref": _REF.format(name="EpcisQuery")}},
    "EpcisSubscription": {
        "type": "object",
        "properties": {
            "subscriptionID": {"type": "string"},
            "queryName": {"type": "string"},
            "dest": {"type": "string"},
            "createdAt": {"type": "string", "format": "date-time"},
            "initialRecordTime": {"type": "string", "format": "date-time"},
            "lastNotifiedAt": {"type": "string", "format": "date-time"},
            "reportIfEmpty": {"type": "boolean"},
            "schedule": {"type": "object"},
            "stream": {"type": "boolean"},
            "state": {"enum": ["active", "disabled"]},
            "problem": {"type": "string"},
        },
    },
    "EpcisSubscriptions": {"type": "array", "items": {"$ref": _REF.format(name="EpcisSubscription")}},
    "OneRecordOutbox": {
        "type": "object",
        "properties": {"notices": {"type": "array", "items": {"$ref": _REF.format(name="OneRecordNotice")}}},
    },
    "OneRecordObject": {"type": "object", "description": "An object of IATA ONE Record in JSON-LD."},
    "PrivateReply": {
        "type": "object",
        "properties": {
            "form": {"type": "string"},
            "session": {"type": "string"},
            "raised": {"type": "array", "items": {"type": "string"}},
            "points": {"type": "array", "items": {"type": "string"}},
        },
    },
    "PrivateClosed": {
        "type": "object",
        "properties": {"session": {"type": "string"}, "common": {"type": "integer"}},
    },
    "ExchangeReply": {
        "type": "object",
        "properties": {
            "form": {"type": "string"},
            "message": {"type": "string"},
            "outcome": {"type": "string", "enum": ["done", "refused"]},
            "code": {"type": "string"},
            "problem": {"type": "string"},
            "body": {},
        },
    },
    "PartnerPushes": {
        "type": "object",
        "properties": {"messages": {"type": "array", "items": {"$ref": _REF.format(name="Exchanged")}}},
    },
    "PartnerNotices": {
        "type": "object",
        "properties": {"notices": {"type": "array", "items": {"$ref": _REF.format(name="NoticeView")}}},
    },
    "MirrorExchanges": {
        "type": "object",
        "properties": {"exchanges": {"type": "array", "items": {"$ref": _REF.format(name="MirrorExchange")}}},
    },
    "SourceList": {
        "type": "object",
        "properties": {"sources": {"type": "array", "items": {"$ref": _REF.format(name="SourceState")}}},
    },
    "PullList": {
        "type": "object",
        "properties": {"pulls": {"type": "array", "items": {"$ref": _REF.format(name="PullView")}}},
    },
    "OfferedSources": {
        "type": "object",
        "properties": {
            "sources": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "source": {"type": "string"},
                        "title": {"type": "string"},
                        "identifiers": {"type": "array", "items": {"$ref": _REF.format(name="Identifier")}},
                    },
                },
            }
        },
    },
    "EftiRequest": {
        "type": "object",
        "properties": {
            "requestId": {"type": "string"},
            "status": {"enum": ["PENDING", "COMPLETE", "ERROR"]},
            "data": {"type": "string", "format": "byte"},
            "errorCode": {"type": "string"},
            "errorDescription": {"type": "string"},
        },
    },
    "EftiIdentifiers": {
        "type": "object",
        "properties": {
            "requestId": {"type": "string"},
            "status": {"enum": ["COMPLETE"]},
            "identifiers": {"type": "array", "items": {"type": "object"}},
        },
    },
    "EftiNote": {"type": "object", "properties": {"message": {"type": "string"}}},
    "PilotList": {
        "type": "object",
        "properties": {"pilots": {"type": "array", "items": {"$ref": _REF.format(name="PilotLine")}}},
    },
    "Gateways": {
        "type": "object",
        "properties": {"gateways": {"type": "array", "items": {"$ref": _REF.format(name="Gateway")}}},
    },
    "HeldEntries": {
        "type": "object",
        "properties": {"held": {"type": "array", "items": {"$ref": _REF.format(name="HeldEntry")}}},
    },
    "OfficePackList": {
        "type": "object",
        "properties": {
            "packs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        **{name: {"type": "string"} for name in ("id", "office", "by")},
                        **{name: {"type": "string", "format": "date-time"} for name in ("made", "until")},
                        **{
                            name: {"type": "integer"}
                            for name in ("orders", "taken", "recorded", "beside", "compare", "refused")
                        },
                    },
                },
            }
        },
    },
    "PackResults": {
        "type": "object",
        "properties": {"results": {"type": "array", "items": {"$ref": _REF.format(name="PackResult")}}},
    },
    "Outages": {
        "type": "object",
        "properties": {"outages": {"type": "array", "items": {"$ref": _REF.format(name="Outage")}}},
    },
    "LegalHolds": {
        "type": "object",
        "properties": {"holds": {"type": "array", "items": {"$ref": _REF.format(name="LegalHold")}}},
    },
    "Proposals": {
        "type": "object",
        "properties": {"proposals": {"type": "array", "items": {"$ref": _REF.format(name="Proposal")}}},
    },
    "EmergencyList": {
        "type": "object",
        "properties": {"emergencies": {"type": "array", "items": {"$ref": _REF.format(name="EmergencyView")}}},
    },
    "Mandates": {
        "type": "object",
        "properties": {"mandates": {"type": "array", "items": {"$ref": _REF.format(name="Mandate")}}},
    },
    "Questions": {
        "type": "object",
        "properties": {"questions": {"type": "array", "items": {"$ref": _REF.format(name="AssessmentQuestion")}}},
    },
    "Drafts": {
        "type": "object",
        "properties": {"drafts": {"type": "array", "items": {"$ref": _REF.format(name="DraftEntry")}}},
    },
    "OwnStandings": {
        "type": "object",
        "properties": {"standings": {"type": "array", "items": {"$ref": _REF.format(name="OwnStanding")}}},
    },
    "Webhooks": {
        "type": "object",
        "properties": {"webhooks": {"type": "array", "items": {"$ref": _REF.format(name="WebhookView")}}},
    },
    "SentAgain": {"type": "object", "properties": {"events": {"type": "integer"}}},
    "AsyncApi": {"type": "object"},
    "UndeliveredEvents": {
        "type": "object",
        "properties": {"events": {"type": "array", "items": {"$ref": _REF.format(name="UndeliveredEvent")}}},
    },
    "OwnKeys": {
        "type": "object",
        "properties": {"keys": {"type": "array", "items": {"$ref": _REF.format(name="OwnKey")}}},
    },
    "OwnQuestions": {
        "type": "object",
        "properties": {"questions": {"type": "array", "items": {"$ref": _REF.format(name="OwnQuestion")}}},
    },
    "OwnContests": {
        "type": "object",
        "properties": {"contests": {"type": "array", "items": {"$ref": _REF.format(name="OwnContest")}}},
    },
    "Statement": {
        "type": "object",
        "properties": {
            "language": {"type": "string"},
            "parts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string"},
                        "sentences": {"type": "array", "items": {"type": "string"}},
                    },
                },
            },
        },
    },
    "HubLists": {
        "type": "object",
        "properties": {"lists": {"type": "array", "items": {"$ref": _REF.format(name="HubList")}}},
    },
    "CellTables": {
        "type": "object",
        "properties": {"tables": {"type": "array", "items": {"$ref": _REF.format(name="CellTableView")}}},
    },
    "Timeline": {
        "type": "object",
        "properties": {"timeline": {"type": "array", "items": {"$ref": _REF.format(name="TimelineEntry")}}},
    },
}
_INTAKE_STATUSES = {
    "202": "Accepted, on disk, with a receipt.",
    "400": "Not readable in any supported standard; sealed as refused.",
    "409": "The reference already belongs to another message; sealed as refused.",
    "422": "Read and refused; sealed as refused.",
}
_FAULT_STATUSES = {
    "401": "No valid API key.",
    "403": "Not allowed.",
    "413": "Too large.",
    "415": "Content type not supported.",
    "429": "Over quota; see Retry-After.",
    "503": "Nothing can be stored at the moment; see Retry-After.",
}


_WORD = {"text/plain": {"schema": {"type": "string"}}}
_PUBLIC: dict[str, dict[str, Any]] = {
    "/healthz": {
        "get": {
            "summary": "Whether this process answers",
            "responses": {"200": {"description": "ok", "content": _WORD}},
        }
    },
    "/readyz": {
        "get": {
            "summary": "Whether messages can be accepted",
            "responses": {
                "200": {"description": "ready", "content": _WORD},
                "503": {"description": "unready", "content": _WORD},
            },
        }
    },
    "/log/{name}": {
        "get": {
            "summary": "A file of the public log",
            "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "The file"}, "404": {"description": "No file of that name"}},
        }
    },
}


def described(
    schema: str | None, summary: str, *, status: int = 200, pending: bool = False, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Keyword arguments that describe a route to FastAPI.

    Args:
        schema: Name of what it answers with; None for bytes.
        summary: What it is for, in a few words.
        status: Status of a good answer.
        pending: Whether it may answer 202 first.
        body: Description of its body; None if it has none.
    """
    responses: dict[int | str, dict[str, Any]] = {status: {"description": summary, "content": _content(schema)}}
    if pending:
        responses[202] = {"description": "Not yet; ask again after Retry-After."}
    responses |= {401: _fault("No valid API key."), 404: _fault("Not found, or this key may not see it.")}
    if not body:
        responses[410] = _fault("It was stored, but can no longer be decrypted: its key is lost.")
    extra: dict[str, Any] = {"security": _KEY}
    if body:
        extra["requestBody"] = body
    return {"summary": summary, "responses": responses, "openapi_extra": extra}


def also_as(media_types: Iterable[str], description: dict[str, Any]) -> dict[str, Any]:
    """The description of a route whose good answer can be asked for in other media types too."""
    answers = description["responses"]
    answers[200]["content"] = {name: {"schema": {"type": "string"}} for name in media_types} | answers[200]["content"]
    answers[406] = _fault("Not available in the requested format.")
    return description


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """The description of a JSON body; its parts stand among the components."""
    return {"required": True, "content": {"application/json": {"schema": _schema(model)[0]}}}


def openapi_of(rest: FastAPI) -> dict[str, Any]:
    """The whole description: the routes of `rest`, lodging, and the structs."""
    document = rest.openapi()
    _, structs = msgspec.json.schema_components(_STRUCTS, ref_template=_REF)
    components = document.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **structs, **_parts(), **_SCHEMAS}
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    document["paths"] = {PATH: {"post": _lodging()}, **document["paths"], **_PUBLIC}
    return document


def _schema(model: type[BaseModel]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a body, and those of its parts by name."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return schema, schema.pop("$defs", {})


def _parts() -> dict[str, Any]:
    """Schemas of the parts of all bodies, by name."""
    return {
        name: part
        for body in (
            ResultBody,
            RefusalBody,
            *BODIES,
            *PARTNER_BODIES,
            *PAYMENT_BODIES,
            *GUARANTEE_BODIES,
            *JOURNEY_BODIES,
            *PLACE_BODIES,
            *RETENTION_BODIES,
            *WEBHOOK_BODIES,
            *CONTEST_BODIES,
            *LESSON_BODIES,
            *OFFICE_PACK_BODIES,
            *LINK_BODIES,
            *PILOT_BODIES,
            *QUESTION_BODIES,
            *SOURCE_BODIES,
            *AGENCY_BODIES,
            *ASSESSMENT_BODIES,
        )
        for name, part in _schema(body)[1].items()
    }


def _lodging() -> dict[str, Any]:
    answers = {
        code: {"description": text, "content": {"application/json": {"schema": {"$ref": _REF.format(name="Answer")}}}}
        for code, text in _INTAKE_STATUSES.items()
    }
    text = {"type": "string"}
    return {
        "summary": "Send a message in any supported standard",
        "operationId": "lodge",
        "security": _KEY,
        "parameters": [
            {
                "name": "Cocket-Sender",
                "in": "header",
                "schema": text,
                "description": "The sender on whose behalf the key is used.",
            },
            {
                "name": "Cocket-Profile",
                "in": "header",
                "schema": text,
                "description": "Profile to check the message against.",
            },
            {
                "name": "wait",
                "in": "query",
                "schema": {"type": "number", "minimum": 0, "maximum": 10},
                "description": "Seconds to wait for the lane, if the key may see it.",
            },
        ],
        "requestBody": MESSAGE_BODY,
        "responses": {**answers, **{code: _fault(text) for code, text in _FAULT_STATUSES.items()}},
    }


def _fault(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": {"$ref": _REF.format(name="Fault")}}}}


def _content(schema: str | None) -> dict[str, Any]:
    if schema is None:
        return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": {"$ref": _REF.format(name=schema)}}}
