# SPDX-License-Identifier: Apache-2.0
"""Every page of the workbench has its page in the documentation, with its picture, and the key table is complete."""

from __future__ import annotations

import re
from pathlib import Path

from cocket.workbench.rendering import HOME
from cocket.workbench.wording import KEYS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {file.stem: file.read_text() for file in (DOCS / "workbench").glob("*.md")}
PICTURE = re.compile(r"!\[[^\]]+\]\(\.\./images/([\w-]+\.png)\)")

#: Templates that are whole pages → their page in the documentation.
DOCUMENTED = {
    "audit": "audit", "audit_act": "audit", "audit_line": "audit", "audit_plan": "audit", "audits": "audit",
    "dossier": "dossier", "doubt": "doubt", "doubt_ask": "doubt", "doubts": "doubt",
    "intelligence": "intelligence", "intelligence_end": "intelligence", "intelligence_new": "intelligence",
    "log": "log", "manifest": "manifest", "manifests": "manifest",
    "message": "message", "override": "override", "parts": "parts", "password": "sign-in", "proof": "proof",
    "reasons": "rules", "rule": "rules", "rules": "rules",
    "queue": "queue", "release": "release", "result": "result", "screening": "screening", "screening_match": "screening",
    "search": "queue", "set_aside": "set-aside", "set_aside_act": "set-aside", "sign_in": "sign-in",
    "statistics": "statistics", "take_over": "dossier", "threats": "threats", "trouble": "trouble",
    "tracking": "tracking", "tracking_act": "tracking", "tracking_activate": "tracking", "tracking_alert": "tracking",
    "tracking_device_act": "tracking", "tracking_devices": "tracking", "tracking_journey": "tracking",
    "tracking_journey_act": "tracking", "tracking_journeys": "tracking", "tracking_place": "tracking",
    "tracking_place_retire": "tracking", "tracking_places": "tracking",
}  # fmt: skip


def test_every_page_is_documented() -> None:
    whole = {
        file.stem for file in (HOME / "pages").glob("*.html") if '{% extends "pages/frame.html" %}' in file.read_text()
    }
    assert whole == set(DOCUMENTED)
    assert set(DOCUMENTED.values()) <= set(PAGES)


def test_every_documented_page_shows_a_picture_that_is_there() -> None:
    for name, text in PAGES.items():
        pictures = PICTURE.findall(text)
        assert pictures, name
        assert [picture for picture in pictures if not (DOCS / "images" / picture).is_file()] == [], name


def test_every_picture_the_tests_take_is_used() -> None:
    files = (
        "test_browser.py", "test_demo_browser.py", "test_doubts.py", "test_audits.py", "test_manifests.py", "test_log.py",
        "test_rules.py", "test_set_aside.py", "test_threats.py", "test_tracking_browser.py", "test_screening.py",
    )  # fmt: skip
    tests = "".join((Path(__file__).parent / name).read_text() for name in files)
    taken = re.findall(r'\.picture\("([\w-]+)"', tests)
    readme = (DOCS.parent / "README.md").read_text().replace("docs/images/", "../images/")
    used = {picture for text in (*PAGES.values(), readme) for picture in PICTURE.findall(text)}
    assert {f"{name}.png" for name in taken} == used


def test_the_help_lists_the_keys_that_work_and_no_other() -> None:
    templates = "".join(file.read_text() for file in (HOME / "pages").glob("*.html"))
    templates += "".join(file.read_text() for file in (HOME / "parts").glob("*.html"))
    pressed = set(re.findall(r'data-key="(.)"', templates))
    gone = {("g", key) for key in re.findall(r'data-go="(.)"', templates)}
    handled = set(re.findall(r'key === "(.)"', (HOME / "static" / "workbench.js").read_text())) - {"g"}
    told = [keys for keys, _ in KEYS]
    assert {keys for keys in told if keys[0] == "g"} == gone
    assert {key for keys in told if keys[0] != "g" for key in keys} == pressed | handled | {"Enter", "Esc"}


def test_every_key_is_documented() -> None:
    keys = {key for several, _ in KEYS for key in several} - {"Enter", "Esc"}
    assert [key for key in sorted(keys) if f"`{key}`" not in PAGES["keyboard"]] == []
