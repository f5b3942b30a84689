# SPDX-License-Identifier: Apache-2.0
"""A manifest written in the other dialect says the same, and what has no place there is named."""

from __future__ import annotations

import msgspec
import pytest

from cocket.errors import SenderError
from cocket.model import Declaration, Manifest, TransportEquipment
from cocket.standards.asycuda.manifest import write_as
from cocket.standards.asycuda.profiles import Dialect
from tests.standards.asycuda_samples import GONE, added, changed, read, sample

TAGS = {
    "generic": (b"<Empty_Full", b"<Marks1", b"<Place_of_loading_code"),
    "bangladesh": (b"<Status", b"<Seal_number", b"<Port_of_origin_code"),
}
#: One without an element that its dialect has alone.
PLAIN = changed(sample("awmds-bangladesh"), {"//Import_Rotation": GONE})
NAMES = ("awmds-bangladesh", "awmds-masters-and-houses", "awbolds", "awmcds-co-loader")


def manifest(data: bytes) -> Manifest:
    document = read(data).document
    assert isinstance(document, Manifest)
    return document


def other(dialect: Dialect) -> Dialect:
    return "generic" if dialect == "bangladesh" else "bangladesh"


def facts(document: Manifest) -> list[tuple[object, ...]]:
    """What both dialects can say of every bill."""
    return [
        (
            bill.id,
            bill.loading_place,
            bill.packaging,
            bill.hs_codes,
            [(u.id, u.fullness_code, u.seals[:1]) for u in bill.equipment],
        )
        for bill in document.bills
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_other_dialect_says_the_same_in_its_own_tags(name: str) -> None:
    first = read(sample(name))
    target: Dialect = "generic" if str(first.version).endswith("bangladesh") else "bangladesh"
    data, _ = write_as(manifest(sample(name)), target)
    again = read(data)
    assert again.version == f"{str(first.version).split()[0]} {target}"
    assert facts(manifest(data)) == facts(manifest(sample(name)))
    assert not any(tag in data for tag in TAGS[other(target)])
    assert again.outcome == "accepted"


def test_the_same_dialect_is_written_as_it_was_read() -> None:
    assert write_as(manifest(sample("awmds-bangladesh")), "bangladesh") == (sample("awmds-bangladesh"), ())


def test_seals_beyond_the_only_one_are_named_with_their_place() -> None:
    data, lost = write_as(manifest(sample("awmcds-co-loader")), "bangladesh")
    assert data.count(b"<Seal_number>A</Seal_number>") == 1
    assert {(f.found, f.location) for f in lost if f.code == "manifest-dialect-lost"} >= {
        ("B", "/Awmcds[1]/Bol_segment[1]/ctn_segment[1]/Marks2[1]"),
        ("C", "/Awmcds[1]/Bol_segment[1]/ctn_segment[1]/Marks3[1]"),
    }
    assert {f.found for f in lost if f.code == "manifest-dialect-code"} == {"1/1"}


def test_elements_of_one_dialect_alone_are_named_and_left_out() -> None:
    rich = changed(
        sample("awmds-bangladesh"),
        {"Bol_segment[1]/ctn_segment/IMCO": "3", "Bol_segment[1]/ctn_segment/UN": "1203"},
    )
    data, lost = write_as(manifest(rich), "generic")
    assert {f.found: f.location for f in lost if f.code == "manifest-dialect-lost"} == {
        "2026/115": "/Awmds[1]/General_segment[1]/General_segment_id[1]/Import_Rotation[1]",
        "3": "/Awmds[1]/Bol_segment[1]/ctn_segment[1]/IMCO[1]",
        "1203": "/Awmds[1]/Bol_segment[1]/ctn_segment[1]/UN[1]",
    }
    assert not any(tag in data for tag in (b"IMCO", b"<UN", b"Import_Rotation"))


def test_what_neither_dialect_knows_stands_as_it_stood() -> None:
    rich = added(PLAIN, "Bol_segment[1]", "<National><Mark>X</Mark></National>")
    data, lost = write_as(manifest(rich), "generic")
    assert b"<Mark>X</Mark>" in data
    assert not [f for f in lost if f.code == "manifest-dialect-lost"]


def test_a_text_that_only_keeps_how_a_value_was_written_is_not_lost() -> None:
    spaced = changed(PLAIN, {"Bol_segment[1]/ctn_segment/Status": " FCL "})
    data, lost = write_as(manifest(spaced), "generic")
    assert b"<Empty_Full>FCL</Empty_Full>" in data
    assert not [f for f in lost if f.code == "manifest-dialect-lost"]


def test_a_value_told_otherwise_in_both_tags_is_lost_in_one_of_them() -> None:
    both = added(PLAIN, "Bol_segment[1]/ctn_segment", "<Empty_Full>1/1</Empty_Full>")
    data, lost = write_as(manifest(both), "bangladesh")
    assert b"<Status>1/1</Status>" in data
    assert [f.found for f in lost if f.code == "manifest-dialect-lost"] == ["FCL"]


def test_a_manifest_that_was_never_read_is_written_in_either_dialect() -> None:
    unit = TransportEquipment(id="CKTU0000011", fullness_code="FCL")
    document = manifest(sample("awmds-bangladesh"))
    fresh = msgspec.structs.replace(
        document, extensions=(), bills=(msgspec.structs.replace(document.bills[0], equipment=(unit,)),)
    )
    for dialect, tags in TAGS.items():
        data, _ = write_as(fresh, dialect)  # type: ignore[arg-type]
        assert tags[0] in data
        assert tags[2] in data


def test_only_a_manifest_and_only_a_known_dialect_can_be_written() -> None:
    with pytest.raises(SenderError):
        write_as(Declaration(), "generic")
    with pytest.raises(SenderError, match="Unknown dialect"):
        write_as(Manifest(), "klingon")  # type: ignore[arg-type]
