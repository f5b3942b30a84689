# SPDX-License-Identifier: Apache-2.0
"""Every page of the workbench has its page in the documentation, with its picture, and the key table is complete."""

from __future__ import annotations

import re
from pathlib import Path

from cocket.workbench.base.labels import KEYS
from cocket.workbench.base.rendering import HOME

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGES = {file.stem: file.read_text() for file in (DOCS / "workbench").rglob("*.md")}
PICTURE = re.compile(r"!\[[^\]]+\]\((?:\.\./)+images/([\w-]+\.png)\)")

#: Templates that are whole pages → their page in the documentation.
DOCUMENTED = {
    "control/audit": "audit",
    "control/audit_act": "audit",
    "control/audit_line": "audit",
    "control/audit_plan": "audit",
    "control/audits": "audit",
    "control/contest": "contest",
    "control/contests": "contest",
    "consignment/dossier": "dossier",
    "consignment/papers": "dossier",
    "consignment/quality": "statistics",
    "measures/doubt": "doubt",
    "measures/doubt_ask": "doubt",
    "measures/doubts": "doubt",
    "measures/charges": "duties",
    "measures/holds": "permits",
    "measures/permit": "permits",
    "measures/permit_licence": "permits",
    "measures/permit_new": "permits",
    "measures/permit_status": "permits",
    "measures/permits": "permits",
    "consignment/order": "dossier",
    "consignment/order_proof": "dossier",
    "measures/duties": "duties",
    "risk/intelligence": "intelligence",
    "risk/intelligence_end": "intelligence",
    "risk/intelligence_new": "intelligence",
    "ledger/log": "log",
    "consignment/manifest": "manifest",
    "consignment/manifests": "manifest",
    "intake/message": "message",
    "control/own_case": "own",
    "control/own_contest": "own",
    "control/own_contests": "own",
    "control/own_question": "own",
    "control/own_questions": "own",
    "control/question": "question",
    "control/question_ask": "question",
    "control/questions": "question",
    "governance/own_decisions": "own",
    "governance/own_keys": "own",
    "governance/own_mandates": "own",
    "governance/own_standings": "own",
    "governance/webhook": "own",
    "governance/webhook_secret": "own",
    "governance/webhooks": "own",
    "intake/own_accesses": "own",
    "intake/own_message": "own",
    "intake/own_messages": "own",
    "intake/own_quality": "own",
    "intake/own_lodge": "lodge-by-hand",
    "intake/own_assessment": "assess-yourself",
    "intake/own_assessment_theme": "assess-yourself",
    "intake/own_draft": "lodge-by-hand",
    "intake/own_lodged": "lodge-by-hand",
    "intake/own_codes": "lodge-by-hand",
    "control/override": "override",
    "partners/continuity": "administration",
    "partners/office_pack": "administration",
    "partners/agency_consignment": "permits",
    "partners/agency_queue": "permits",
    "partners/agency_work": "permits",
    "partners/calendar": "permits",
    "partners/own_appointments": "permits",
    "base/parts": "parts",
    "governance/password": "sign-in",
    "governance/signed_in": "sign-in",
    "ledger/proof": "proof",
    "risk/reasons": "rules",
    "risk/desk": "rules",
    "risk/review": "review",
    "trials/what_if": "what-if",
    "trials/what_ifs": "what-if",
    "governance/account": "account",
    "governance/access": "administration",
    "governance/access_account": "administration",
    "governance/access_given": "administration",
    "governance/access_key": "administration",
    "governance/access_senders": "administration",
    "governance/administration": "administration",
    "governance/agreement": "administration",
    "governance/agreements": "administration",
    "partners/sources": "administration",
    "governance/factor_app": "sign-in",
    "governance/factor_passkey": "sign-in",
    "governance/proposal": "waiting",
    "governance/retention": "administration",
    "governance/retention_erasure": "administration",
    "governance/retention_report": "administration",
    "governance/second_factor": "sign-in",
    "governance/second_step": "sign-in",
    "governance/subjects": "administration",
    "governance/waiting": "waiting",
    "governance/emergencies": "emergencies",
    "governance/emergency": "emergencies",
    "governance/emergency_consignment": "emergencies",
    "governance/mirror": "administration",
    "partners/exchange": "administration",
    "partners/message": "administration",
    "partners/notice": "administration",
    "partners/subscription": "administration",
    "governance/refusals": "administration",
    "governance/watcher_case": "watchers",
    "governance/watcher_decoys": "watchers",
    "governance/watchers": "watchers",
    "governance/codes": "administration",
    "governance/law": "administration",
    "governance/office": "administration",
    "governance/offices": "administration",
    "tracking/device_table": "administration",
    "tracking/enquiries": "tracking",
    "tracking/enquiry": "tracking",
    "tracking/hand_overs": "tracking",
    "tracking/on_call": "tracking",
    "tracking/reports": "tracking",
    "screening/lists": "administration",
    "measures/permit_file": "administration",
    "governance/policies": "policies",
    "governance/policy_draft": "policies",
    "governance/policy_look": "policies",
    "governance/policy_looks": "policies",
    "governance/policy_version": "policies",
    "governance/settings": "administration",
    "screening/names": "screening",
    "risk/rule": "rules",
    "risk/rules": "rules",
    "control/queue": "queue",
    "control/release": "release",
    "control/result": "result",
    "screening/matches": "screening",
    "screening/match": "screening",
    "base/search": "trader",
    "control/assign": "inbox",
    "control/comment": "inbox",
    "control/inbox": "inbox",
    "control/snooze": "inbox",
    "control/view": "inbox",
    "consignment/trader": "trader",
    "operations/set_aside": "set-aside",
    "operations/set_aside_act": "set-aside",
    "governance/sign_in": "sign-in",
    "control/statistics": "statistics",
    "base/measuring": "statistics",
    "trials/release": "release-times",
    "trials/release_published": "release-times",
    "control/take_over": "dossier",
    "risk/threats": "threats",
    "risk/hubs": "threats",
    "base/trouble": "trouble",
    "base/unseen": "trouble",
    "tracking/cells": "tracking",
    "tracking/control_room": "tracking",
    "tracking/guarantee": "tracking",
    "tracking/guarantee_new": "tracking",
    "tracking/guarantees": "tracking",
    "tracking/alert_act": "tracking",
    "tracking/journey_new": "tracking",
    "tracking/alert": "tracking",
    "tracking/device_act": "tracking",
    "tracking/devices": "tracking",
    "tracking/journey": "tracking",
    "tracking/journey_act": "tracking",
    "tracking/journeys": "tracking",
    "tracking/place": "tracking",
    "tracking/place_retire": "tracking",
    "tracking/places": "tracking",
    "trials/pilot": "pilots",
    "trials/pilot_plan": "pilots",
    "trials/pilot_questions": "pilots",
    "trials/pilots": "pilots",
    "trials/readiness": "readiness",
    "trials/use_cases": "use-cases",
    "trials/use_case": "use-cases",
    "trials/use_case_form": "use-cases",
    "trials/use_case_taken": "use-cases",
    "trials/year": "use-cases",
    "trials/recommendations": "recommendations",
    "trials/recommendation": "recommendations",
}


def test_every_page_is_documented() -> None:
    whole = {
        f"{file.parts[-3]}/{file.stem}"
        for file in HOME.glob("*/templates/*.html")
        if '{% extends "base/templates/frame.html" %}' in file.read_text()
    }
    assert whole == set(DOCUMENTED)
    assert set(DOCUMENTED.values()) <= set(PAGES)


def test_every_documented_page_shows_a_picture_that_is_there() -> None:
    for name, text in PAGES.items():
        pictures = PICTURE.findall(text)
        assert pictures, name
        assert [picture for picture in pictures if not (DOCS / "images" / picture).is_file()] == [], name


def test_every_picture_the_tests_take_is_used() -> None:
    tests = "".join(file.read_text() for file in sorted(Path(__file__).parent.parent.rglob("test_*.py")))
    taken = re.findall(r'\.picture\("([\w-]+)"', tests)
    readme = (DOCS.parent / "README.md").read_text().replace("docs/images/", "../images/")
    used = {picture for text in (*PAGES.values(), readme) for picture in PICTURE.findall(text)}
    assert {f"{name}.png" for name in taken} == used


def test_the_help_lists_the_keys_that_work_and_no_other() -> None:
    templates = "".join(file.read_text() for file in HOME.glob("*/templates/*.html"))
    templates += "".join(file.read_text() for file in HOME.glob("*/templates/parts/*.html"))
    pressed = set(re.findall(r'data-key="(.)"', templates))
    gone = {("g", key) for key in re.findall(r'data-go="(.)"', templates)}
    handled = set(re.findall(r'key === "(.)"', (HOME / "static" / "workbench.js").read_text())) - {"g"}
    told = [keys for keys, _ in KEYS]
    assert {keys for keys in told if keys[0] == "g"} == gone
    assert {key for keys in told if keys[0] != "g" for key in keys} == pressed | handled | {"Enter", "Esc"}


def test_every_key_is_documented() -> None:
    keys = {key for several, _ in KEYS for key in several} - {"Enter", "Esc"}
    assert [key for key in sorted(keys) if f"`{key}`" not in PAGES["keyboard"]] == []
