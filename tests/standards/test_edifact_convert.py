# SPDX-License-Identifier: Apache-2.0
"""EDIFACT into standards that carry the same thing, and back: every value is recovered or told as lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocket.model import Declaration, Manifest
from cocket.standards import ConvertOptions, convert, pairs, read
from cocket.standards.edifact import bytes_of, view_of
from tests.standards.edifact_samples import BASE, MESSAGES, SAMPLES, interchange, of

EACH = [path for message in MESSAGES for path in of(message)]


@pytest.mark.parametrize("path", EACH, ids=lambda path: path.stem)
def test_the_elements_of_a_message_become_the_same_message(path: Path) -> None:
    data = path.read_bytes()
    assert read(bytes_of(view_of(data))).document == read(data).document


@pytest.mark.parametrize("path", of("CUSCAR"), ids=lambda path: path.stem)
def test_a_cargo_report_becomes_the_hosts_manifest(path: Path) -> None:
    conversion = convert(path.read_bytes(), "asycuda-awmds", ConvertOptions(partial=True))
    assert conversion.values == conversion.recovered + len(conversion.lost)
    assert conversion.message is not None
    there, here = read(conversion.message).document, read(path.read_bytes()).document
    assert isinstance(there, Manifest)
    assert isinstance(here, Manifest)
    assert [bill.id for bill in there.bills] == [bill.id for bill in here.bills]
    assert [bill.gross_mass_kg for bill in there.bills] == [bill.gross_mass_kg for bill in here.bills]
    assert [[each.id for each in bill.equipment] for bill in there.bills] == [
        [each.id for each in bill.equipment] for bill in here.bills
    ]


@pytest.mark.parametrize("target", ["wco-dm", "asycuda-sad"])
@pytest.mark.parametrize("path", of("CUSDEC"), ids=lambda path: path.stem)
def test_a_customs_declaration_becomes_another_standards(path: Path, target: str) -> None:
    conversion = convert(path.read_bytes(), target, ConvertOptions(partial=True))
    assert conversion.outcome == "accepted"
    assert conversion.values == conversion.recovered + len(conversion.lost)
    assert conversion.message is not None
    there = read(conversion.message).document
    assert isinstance(there, Declaration)
    assert [item.commodity.classifications[0].id[:8] for item in there.shipment.items] == ["84139100", "95030075"]


@pytest.mark.parametrize("kind", ["asycuda-awmds", "asycuda-sad", "wco-dm"])
def test_other_standards_become_edifact_with_a_full_account(kind: str) -> None:
    target = "edifact-cuscar" if kind == "asycuda-awmds" else "edifact-cusdec"
    for path in sorted((SAMPLES / kind).glob("*.xml"))[:4]:
        if read(path.read_bytes()).function != "original":
            continue
        conversion = convert(path.read_bytes(), target, ConvertOptions(partial=True))
        assert conversion.values == conversion.recovered + len(conversion.lost)
        assert conversion.recovered > 0
        assert conversion.message is not None
        assert read(conversion.message).document is not None


def test_the_pairs_are_listed() -> None:
    listed = {(pair.source, pair.target) for pair in pairs()}
    assert {("edifact-cuscar", "asycuda-awmds"), ("asycuda-awmds", "edifact-cuscar")} <= listed
    assert {("edifact-cusdec", "wco-dm"), ("asycuda-sad", "edifact-cusdec")} <= listed
    assert not any("edifact-baplie" in pair for pair in listed)


def two_messages() -> bytes:
    """The base twice in one interchange, under another number."""
    second = ["UNH+2+CUSCAR:D:95B:UN", *[each.replace("MAN1", "MAN2") for each in BASE[2:-2]], "UNT+17+2"]
    return interchange([*BASE[:-1], *second, "UNZ+2+R1"]).encode()


@pytest.mark.parametrize("target", ["asycuda-awmds", "edifact-cuscar"])
def test_every_message_of_an_interchange_is_converted_and_accounted_for(target: str) -> None:
    data = two_messages()
    done = convert(data, target, ConvertOptions(partial=True))
    assert len(done.further) == len(read(data).further) == 1
    alone = convert(interchange().encode(), target, ConvertOptions(partial=True))
    for each in (done, *done.further):
        assert each.values == each.recovered + len(each.lost)
        assert (each.values, each.recovered) == (alone.values, alone.recovered)
    if target == "edifact-cuscar":
        assert [read(each.message or b"").reference for each in (done, *done.further)] == ["MAN1", "MAN2"]


def test_a_message_that_the_target_cannot_carry_is_lost_as_a_whole_and_told() -> None:
    other = of("CUSREP")[0].read_bytes()
    done = convert(interchange().encode() + other, "asycuda-awmds", ConvertOptions(partial=True))
    (lost,) = done.further
    assert (lost.source, lost.outcome, lost.message, lost.recovered) == ("edifact-cusrep", "refused", None, 0)
    assert lost.values == len(lost.lost) > 10
    assert [finding.code for finding in lost.findings] == ["convert-no-way"]
