# SPDX-License-Identifier: Apache-2.0
"""The life of a declaration: legal orders lead where they should, illegal ones are refused, and scenarios replay."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from cocket import standards
from cocket.findings import Finding
from cocket.model import Response
from cocket.standards import Options
from cocket.standards.wco_dm.response import NOTICES, Lifecycle, advance, replay
from tests.corpora import corpora

SCENARIOS = (
    "hmrc-cds-declarations/public/api/conf/3.0/examples/annotated_XML_samples",
    (
        "hmrc-inventory-linking-imports/public/api/conf/2.0/examples/annotated_XML_samples/wco_declaration-schemas"
        "/Annotated_XML_Samples"
    ),
)


def told(*codes: str) -> list[Response]:
    """Notifications of these functions, each with a reference of its own."""
    return [Response(function_code=code, functional_reference=f"N{place}") for place, code in enumerate(codes)]


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        ("", "lodged"),
        ("03", "rejected"),
        ("02 03", "rejected"),
        ("01 13 13 09", "cleared"),
        ("13 01 13 09", "cleared"),
        ("02 02 01 07 09 16", "exited"),
        ("01 05", "controlled"),
        ("01 13 06 51 13 08", "released"),
        ("01 13 06 02 11 13 13 07 09", "cleared"),
        ("01 13 14 15 08 13 09", "cleared"),
        ("01 09 18 16", "exited"),
        ("01 09 02 11 10", "invalidated"),
        ("02 10", "invalidated"),
        ("01 09 13", "cleared"),
    ],
)
def test_a_legal_order_leads_to_its_status(codes: str, status: str) -> None:
    state, findings = replay(told(*codes.split()))
    assert (state.status, findings) == (status, ())


@pytest.mark.parametrize(
    ("codes", "last", "status"),
    [
        ("", "09", "lodged"),
        ("", "11", "lodged"),
        ("02", "09", "received"),
        ("02", "08", "received"),
        ("02", "05", "received"),
        ("01", "01", "accepted"),
        ("01", "03", "accepted"),
        ("01", "16", "accepted"),
        ("01 09", "08", "cleared"),
        ("01 09", "05", "cleared"),
        ("01 09", "09", "cleared"),
        ("01 09 16", "10", "exited"),
        *(
            (before, code, status)
            for before, status in (("03", "rejected"), ("01 10", "invalidated"))
            for code in NOTICES
        ),
    ],
)
def test_an_illegal_order_is_refused_and_changes_nothing(codes: str, last: str, status: str) -> None:
    state, findings = replay(told(*codes.split()))
    assert (state.status, findings) == (status, ())
    refused = advance(state, Response(function_code=last, functional_reference="late"))
    assert isinstance(refused, Finding)
    assert (refused.code, refused.severity, refused.found) == ("lifecycle-order", "error", status)
    assert state.is_over is (status in ("rejected", "invalidated"))


def test_the_same_notification_again_changes_nothing() -> None:
    accepted = Response(function_code="01", functional_reference="A", declaration_version=2)
    state = advance(Lifecycle(), accepted)
    assert isinstance(state, Lifecycle)
    assert (state.status, state.version, state.told) == ("accepted", 2, ("A",))
    assert advance(state, accepted) == state


def test_a_notification_of_no_known_function_is_refused() -> None:
    for code in (None, "", "04", "1"):
        refused = advance(Lifecycle(), Response(function_code=code))
        assert isinstance(refused, Finding)
        assert refused.code == "lifecycle-unknown"


def scenarios() -> dict[str, list[tuple[str, list[Response]]]]:
    """Notifications of each published scenario in their order: the number that a file name begins with.

    A file without a number is a first attempt that was rejected; it stands by itself.
    """
    found: dict[str, list[tuple[str, list[Response]]]] = {}
    for base in SCENARIOS:
        folder = corpora(base)
        for path in sorted(folder.rglob("*")):
            names = path.relative_to(folder).parts
            if path.suffix.lower() != ".xml" or not names[0].startswith("TT_"):
                continue
            responses = responses_of(path)
            if responses:
                first_try = "" if re.match(r"\d", path.name) or "_0" in path.name else " first try"
                found.setdefault(f"{base[:22]} {names[0]}{first_try}", []).append((path.name, responses))
    return {name: sorted(files, key=lambda file: _number(file[0])) for name, files in found.items()}


def _number(name: str) -> int:
    number = re.match(r"(\d+)", name) or re.search(r"_(\d+)\.xml", name)
    return int(number[1]) if number else 0


def responses_of(path: Path) -> list[Response]:
    """The responses of a file, its known slips repaired; none if it holds something else."""
    document = standards.read(path.read_bytes(), Options(lenient=True)).document
    return [document] if isinstance(document, Response) else []


def test_every_published_scenario_reaches_its_final_status() -> None:
    final: Counter[str] = Counter()
    refused = {}
    for name, files in scenarios().items():
        responses = [each for _, several in files for each in several]
        state, findings = replay(responses)
        expected = {"09": "cleared", "16": "exited", "10": "invalidated", "03": "rejected", "08": "released"}
        last = responses[-1].function_code or ""
        assert state.status == expected.get(last, "accepted"), name
        final[state.status] += 1
        if findings:
            refused[name.split()[-1]] = [(each.code, each.found) for each in findings]
    # One sample is named as a receipt and holds the exit notice that comes again, as it should, at the end.
    assert refused == {"TT_EX038a": [("lifecycle-order", "received")]}
    assert sum(final.values()) == 213
    assert set(final) == {"cleared", "exited", "invalidated", "rejected", "released", "accepted"}
