# SPDX-License-Identifier: Apache-2.0
"""Forms of our own in JSON: at once and in parts they say the same; what was changed is not written over."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from cocket import standards
from cocket.errors import SenderError
from cocket.model import BillOfLading, Declaration, Manifest, Reading
from cocket.standards import Options, Standard
from cocket.standards.imo_fal import FAL
from cocket.standards.json import parse_json
from cocket.standards.json_view import elements_of_json, json_of_elements
from cocket.standards.low_value import LOW_VALUE
from cocket.standards.postal import POSTAL
from cocket.standards.streaming import check_stream, stream

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
FORMS = (*POSTAL, *LOW_VALUE, *FAL)
CASES = [
    pytest.param(standard, path, id=f"{standard.name}/{path.stem}")
    for standard in FORMS
    for path in sorted((SAMPLES / standard.name).glob("*.json"))
]
STREAMED = [case for case in CASES if case.values[0].stream]  # type: ignore[union-attr]


def damaged(path: Path, standard: Standard) -> bytes:
    """A sample whose second entry has no first member, and whose first has an unknown one."""
    value = json.loads(path.read_bytes())
    (entries,) = (each for each in value.values() if isinstance(each, list))
    entries[0]["surplus"] = 1
    entries.append({name: each for name, each in entries[0].items() if name != next(iter(entries[0]))})
    entries.append("no object")
    return json.dumps(value | {"beside": [1]}).encode()


def without_parts(reading: Reading) -> Reading:
    document = reading.document
    bare = structs.replace(document, bills=()) if isinstance(document, Manifest) else document
    return structs.replace(reading, document=bare, further=())


@pytest.mark.parametrize("is_damaged", [False, True])
@pytest.mark.parametrize(("standard", "path"), STREAMED)
def test_in_parts_the_same_is_said_as_at_once(standard: Standard, path: Path, is_damaged: bool) -> None:
    data = damaged(path, standard) if is_damaged else path.read_bytes()
    whole = standards.read(data)
    assert whole.standard == standard.name
    assert (whole.outcome == "refused") is is_damaged
    streamed = stream(BytesIO(data))
    parts = list(streamed)
    found = streamed.reading
    assert (found.findings, found.outcome, found.reference) == (whole.findings, whole.outcome, whole.reference)
    if isinstance(whole.document, Manifest):
        assert without_parts(found) == without_parts(whole)
        assert tuple(part.document for part in parts) == whole.document.bills
    elif not is_damaged:
        assert without_parts(found) == without_parts(whole)
        assert [part.document for part in parts] == [whole.document, *(each.document for each in whole.further)]


@pytest.mark.parametrize(("standard", "path"), STREAMED)
def test_each_part_has_its_own_findings(standard: Standard, path: Path) -> None:
    parts = list(stream(BytesIO(damaged(path, standard))))
    told = [{finding.code.rpartition("-")[2] for finding in part.findings} for part in parts]
    assert "unexpected" in told[0] and "missing" in told[-2] and "type" in told[-1]
    assert [part.position for part in parts] == list(range(1, len(parts) + 1))
    assert all(part.findings == () for part in list(stream(BytesIO(path.read_bytes()))))


def test_a_reading_is_not_to_be_had_before_the_last_part() -> None:
    streamed = stream(BytesIO((SAMPLES / "postal-list" / "itmatt.json").read_bytes()))
    assert isinstance(streamed.head, Manifest)
    with pytest.raises(SenderError, match="to its end"):
        streamed.reading  # noqa: B018 - asking is the test


@pytest.mark.parametrize(("standard", "path"), CASES)
def test_a_view_of_elements_is_the_message_again(standard: Standard, path: Path) -> None:
    value = parse_json(path.read_bytes())
    value["odd name"] = {"": [[], [1, "x"], {}], "@type": None, "flag": False}
    assert json_of_elements(elements_of_json(value)) == value


def test_a_document_changed_beside_what_it_kept_is_not_written() -> None:
    data = (SAMPLES / "express-manifest" / "flight.json").read_bytes()
    value = json.loads(data)
    value["consignments"][0]["packages"] = "one"
    document: Any = standards.read(json.dumps(value).encode()).document
    assert document.bills[0].packaging == ()
    assert json.loads(standards.write(document, "express-manifest")) == value
    described = structs.replace(document.bills[0], goods_description="Other words")
    written = json.loads(standards.write(structs.replace(document, bills=(described,)), "express-manifest"))
    assert written["consignments"][0]["description"] == "Other words"
    contradicted = structs.replace(document.bills[0], packaging=document.bills[2].packaging)
    with pytest.raises(SenderError, match="changed after it was read"):
        standards.write(structs.replace(document, bills=(contradicted,)), "express-manifest")


@pytest.mark.parametrize("standard", FORMS, ids=lambda standard: standard.name)
def test_a_document_of_another_kind_is_refused(standard: Standard) -> None:
    reading = standards.read((SAMPLES / "wco-res" / "accepted.xml").read_bytes())
    if reading.document is not None:
        with pytest.raises(SenderError):
            standard.write(reading.document)  # type: ignore[misc]
    other: Any = Declaration() if isinstance(_document(standard), Manifest) else Manifest(bills=(BillOfLading(),))
    with pytest.raises(SenderError):
        standard.write(other)  # type: ignore[misc]


def _document(standard: Standard) -> object:
    path = next((SAMPLES / standard.name).glob("*.json"))
    return standards.read(path.read_bytes()).document


def test_many_thousand_entries_are_read_in_parts_each_with_its_result() -> None:
    value = json.loads((SAMPLES / "postal-list" / "itmatt.json").read_bytes())
    items, value["items"], count = value["items"], [], 30_000
    del value["itemCount"]
    head = json.dumps(value)[:-1].replace('"items": []', '"items": [')
    data = (
        (head.removesuffix("]") + "%s]}")
        .replace(
            "%s",
            ",".join(
                json.dumps(items[0] | {"itemId": f"CP{number:09d}XA", "grossMass": number % 100})
                for number in range(count)
            ),
        )
        .encode()
    )
    streamed = stream(BytesIO(data))
    refused = sum(any(each.severity == "error" for each in part.findings) for part in streamed)
    assert refused == count // 100  # those that weigh nothing
    assert streamed.reading.outcome == "refused"
    assert standards.read(data).findings[0].code == "json-too-large"
    assert check_stream(BytesIO(data), Options(limit=3)).findings[-1].code == "findings-left-out"
