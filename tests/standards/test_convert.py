# SPDX-License-Identifier: Apache-2.0
"""Conversion: every value of the source is recovered or listed as lost, and nothing is invented."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from cocket import standards
from cocket.errors import CocketError, SenderError, UnreadableError
from cocket.standards import STANDARDS, Conversion, ConvertOptions, Lost, convert, pairs
from cocket.standards.accounts import Key, Trial, keys_of, values_of
from cocket.standards.convert import elements_of
from cocket.standards.passages import CARRIES, PASSAGES
from cocket.standards.xml import parse_xml

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PARTIAL = ConvertOptions(partial=True)

WRITABLE = [standard.name for standard in STANDARDS if standard.write]
WAYS = [(pair.source, pair.target) for pair in pairs()]


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.xml").read_bytes()


@cache
def partial(name: str, target: str) -> Conversion:
    """A sample converted as far as it goes."""
    return convert(sample(name), target, PARTIAL)


#: Forms of our own, which have room for nearly anything: one sample of each source is enough for them.
_FORMS = ("postal-item", "postal-list", "low-value", "express-manifest", "fal-cargo")


#: Our samples with each standard there is a way to; nothing is converted before its test runs.
CASES = [
    (f"{source}/{path.stem}", target)
    for source, target in WAYS
    for path in sorted((SAMPLES / source).glob("*.xml"))[: 1 if target in _FORMS else None]
]


def converted(name: str, target: str) -> Conversion | None:
    """A sample converted as far as it goes; None where the sample is of another thing than the target."""
    try:
        return partial(name, target)
    except SenderError as error:
        if error.code not in ("convert-other-thing", "convert-several-bills"):
            raise
        return None


def test_each_target_is_reached_from_some_sample_of_ours() -> None:
    reached = {target for name, target in CASES if converted(name, target)}
    assert reached == {target for _, target in WAYS} - {"cargo-xml-xfzb"}, "none of our samples is of a house waybill"


def squeezed(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


@cache
def said_in(message: bytes) -> tuple[frozenset[Key], list[str]]:
    """What the values of a message mean, and their letters and digits, longest first."""
    there = values_of(elements_of(message), "")
    meanings = frozenset(key for value in there for key in keys_of(value.text))
    return meanings, sorted((squeezed(value.text) for value in there), key=len, reverse=True)


def is_in(text: str, message: bytes) -> bool:
    """Whether a value is in a message: as it means, or as letters and digits within its texts."""
    meanings, letters = said_in(message)
    whole = squeezed(text)
    if not meanings.isdisjoint(keys_of(text)) or any(whole in each for each in letters):
        return True
    for _ in range(len(letters)):
        part = next((each for each in letters if each and whole.startswith(each)), "")
        whole = whole[len(part) :]
    return not whole


@pytest.mark.parametrize(("name", "target"), CASES)
def test_every_value_is_recovered_or_listed_as_lost(name: str, target: str) -> None:
    data = sample(name)
    done = converted(name, target)
    if done is None:
        return
    values = {value.path: value.text for value in values_of(parse_xml(data), done.source)}
    lost = {each.path: each.value for each in done.lost}
    assert len(lost) == len(done.lost), "a value is lost twice"
    assert lost.items() <= values.items(), "what is lost stands where it is said to stand"
    assert done.values == len(values) == done.recovered + len(done.lost)
    assert done.message is not None
    gone = [(path, text) for path, text in values.items() if path not in lost and not is_in(text, done.message)]
    assert gone == []
    assert all(each.reason for each in done.lost)


@pytest.mark.parametrize(("name", "target"), CASES)
def test_the_target_is_accepted_by_its_own_reader_or_says_what_is_missing(name: str, target: str) -> None:
    done = converted(name, target)
    if done is None:
        return
    assert done.message is not None
    reading = standards.read(done.message)
    assert (reading.standard, reading.outcome) == (target, done.outcome)
    errors = [finding for finding in done.findings if finding.severity == "error"]
    assert bool(errors) is (done.outcome == "refused")
    assert all(finding.code == "convert-missing" for finding in errors)
    assert all(finding.expected and finding.location for finding in errors)


@pytest.mark.parametrize(("name", "target"), [case for case in CASES if case[0].startswith(("ens/", "wco-dm/b"))])
def test_a_recovered_value_that_is_changed_changes_the_target(
    name: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = sample(name)
    done = converted(name, target)
    if done is None:
        return
    monkeypatch.setattr(Trial, "outcome", lambda trial, written: {})  # the message alone is asked for, no account of it
    lost = {each.path for each in done.lost}
    values = values_of(parse_xml(data), done.source)
    recovered = [value for value in values if value.path not in lost]
    times, before = Counter(value.text for value in values), Counter(texts(done.message))
    unmoved = []
    for value in recovered:
        root = parse_xml(data)
        element = at(root, value.path)
        changed = "".join("56"[sign == "5"] if sign.isdigit() else sign for sign in value.text)
        element.text = changed if changed != value.text else f"{changed}Q"
        try:
            again = convert(etree.tostring(root), target, PARTIAL).message
        except SenderError:
            continue
        if target.startswith("edifact-") and times[value.text] > 1:
            continue  # a value that does not fit is taken out of EDIFACT, and its twin stays
        if Counter(texts(again)) == before:
            unmoved.append(value.path)
    assert unmoved == []


def at(root: etree._Element, path: str) -> etree._Element:
    found = root.xpath("/" + "/".join(f"*[{step}]" for step in positions(root, path)))
    return found[0]


def positions(root: etree._Element, path: str) -> list[int]:
    """The place of each step among all children, whatever their names."""
    places, element = [1], root
    for step in path.removeprefix("/").split("/")[1:]:
        name, _, place = step.removesuffix("]").partition("[")
        local = name.rpartition(":")[2]
        same = [child for child in element if etree.QName(child).localname == local]
        places.append(list(element).index(same[int(place) - 1]) + 1)
        element = same[int(place) - 1]
    return places


def texts(message: bytes | None) -> list[str]:
    return [value.text for value in values_of(elements_of(message or b"<a/>"), "")]


@pytest.mark.parametrize(
    "name", [f"{standard}/{path.stem}" for standard in WRITABLE for path in sorted((SAMPLES / standard).glob("*.xml"))]
)
def test_to_its_own_standard_a_message_is_written_anew_and_reads_the_same(name: str) -> None:
    standard, _, _ = name.partition("/")
    done = convert(sample(name), standard)
    assert done.message is not None
    assert done.values == done.recovered + len(done.lost)
    assert standards.read(done.message).document == standards.read(sample(name)).document


def test_a_field_of_no_standard_survives_being_written_anew() -> None:
    data = sample("wco-dm/import").replace(
        b"<TypeCode>IMA<", b"<NationalKeepsake>kept</NationalKeepsake><TypeCode>IMA<"
    )
    done = convert(data, "wco-dm", PARTIAL)
    assert b"kept" in (done.message or b"")
    assert done.lost == ()


def test_a_declaration_goes_over_item_by_item() -> None:
    done = convert(sample("asycuda-sad/import-alphaland"), "wco-dm")
    assert done.outcome == "accepted"
    assert done.message is not None
    assert done.recovered > 100
    document = standards.read(done.message).document
    source = standards.read(sample("asycuda-sad/import-alphaland")).document
    assert [item.commodity.gross_mass_kg for item in document.shipment.items] == [  # type: ignore[union-attr]
        item.commodity.gross_mass_kg
        for item in source.shipment.items  # type: ignore[union-attr]
    ]


def test_a_value_that_does_not_fit_is_lost_and_says_why() -> None:
    done = convert(sample("asycuda-sad/import-alphaland"), "wco-dm")
    kind = reasons(done, "Type_of_declaration")
    assert kind == ["it does not fit into wco-dm: IM 4 is not as long as an..3 allows"]


def test_a_value_beside_the_model_says_so() -> None:
    done = convert(sample("ens/sea"), "wco-dm")
    assert reasons(done, "MesRecMES6") == ["it is specific to its standard: the model has no place for it"]


def reasons(done: Conversion, name: str) -> list[str]:
    return [each.reason for each in done.lost if name in each.path]


def test_nothing_is_given_that_lacks_what_is_asked_for_unless_asked() -> None:
    whole = convert(sample("ens/sea"), "asycuda-awmds")
    partial = convert(sample("ens/sea"), "asycuda-awmds", PARTIAL)
    assert whole.message is None
    assert partial.message is not None
    assert whole.lost == partial.lost
    assert [finding.code for finding in whole.findings if finding.severity == "error"] == ["convert-missing"]


def test_document_codes_are_parted_and_joined() -> None:
    over = convert(sample("ens/sea"), "wco-dm").message
    assert over is not None
    assert b"<CategoryCode>N</CategoryCode>" in over
    assert b"<TypeCode>705</TypeCode>" in over
    assert not reasons(convert(sample("ens/sea"), "wco-dm"), "DocTypDC21")
    back = convert(over, "ens", PARTIAL).message
    assert back is not None
    assert b"<DocTypDC21>N705</DocTypDC21>" in back


def test_items_under_one_transport_document_are_one_bill() -> None:
    done = convert(sample("ens/sea"), "asycuda-awmds", PARTIAL)
    manifest = standards.read(done.message or b"").document
    source = standards.read(sample("ens/sea")).document
    papers = {tuple(name for name in item.references if name.kind == "BL") for item in source.shipment.items}  # type: ignore[union-attr]
    assert len(manifest.bills) >= len(papers)  # type: ignore[union-attr]
    assert all(bill.id for bill in manifest.bills)  # type: ignore[union-attr]


def test_of_several_bills_one_has_to_be_named() -> None:
    data = sample("asycuda-awmds/awmds-bangladesh")
    with pytest.raises(SenderError) as refused:
        convert(data, "wco-dm")
    assert refused.value.code == "convert-several-bills"
    assert "--bill" in str(refused.value)
    number = (refused.value.expected or "").split(", ")[0]
    done = convert(data, "wco-dm", ConvertOptions(partial=True, bill=number))
    assert done.message is not None
    assert number.encode() in done.message
    assert done.values == done.recovered + len(done.lost)
    with pytest.raises(SenderError, match="no such bill"):
        convert(data, "wco-dm", ConvertOptions(bill="NOBODY'S"))


def test_every_bill_is_an_item_of_an_entry_summary() -> None:
    data = sample("asycuda-awmds/awmds-bangladesh")
    done = convert(data, "ens", PARTIAL)
    read, source = standards.read(done.message or b"").document, standards.read(data).document
    assert len(read.shipment.items) == len(source.bills)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("wco-dm/cancellation", "ens"),
        ("wco-dm/amendment", "asycuda-sad"),
        ("ens/amendment", "asycuda-awmds"),
        ("asycuda-sad/export-betania", "ens"),
        ("ics2/registered", "wco-dm"),
        ("ics2/registered", "ens"),
    ],
)
def test_what_would_become_another_thing_is_refused(name: str, target: str) -> None:
    with pytest.raises(SenderError) as refused:
        convert(sample(name), target, PARTIAL)
    assert refused.value.code == "convert-other-thing"


def test_standards_that_carry_other_things_have_no_way() -> None:
    with pytest.raises(SenderError) as refused:
        convert(sample("wco-res/accepted"), "wco-dm")
    assert refused.value.code == "convert-no-way"
    with pytest.raises(SenderError) as unknown:
        convert(sample("wco-dm/import"), "edifact")
    assert unknown.value.code == "convert-unknown"


def test_a_message_that_its_own_standard_refuses_is_not_converted_unless_asked() -> None:
    data = sample("wco-dm/import").replace(b"<TypeCode>IMA<", b"<TypeCode>IMPORT<")
    with pytest.raises(SenderError) as refused:
        convert(data, "asycuda-sad")
    assert refused.value.code == "convert-refused"
    assert refused.value.findings
    assert convert(data, "asycuda-sad", PARTIAL).message is not None


def test_what_is_no_message_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        convert(b"hello", "wco-dm")


@pytest.mark.parametrize(("name", "target"), [case for case in CASES if case[1] == "wco-dm"])
def test_no_value_is_said_that_the_source_does_not_state(name: str, target: str) -> None:
    data = sample(name)
    done = converted(name, target)
    if done is None:
        return
    source = parse_xml(data)
    everything = " ".join(squeezed(value.text) for value in values_of(source, ""))
    # What follows from the message being one at all, from the order of things, or from what a code or paper is of.
    implied = ("SequenceNumeric", "WCODataModelVersionCode", "WCOTypeName", "FunctionCode", "ContainerCode")
    implied += ("Classification[1]/IdentificationTypeCode", "Document[1]/CategoryCode", "@currencyID")
    implied += ("PreviousDocument[2]/CategoryCode", "AdditionalDocument[1]/TypeCode", "AdditionalDocument[2]/TypeCode")
    implied += ("Classification[2]/IdentificationTypeCode",)
    said = [
        v for v in values_of(elements_of(done.message or b""), target) if not any(name in v.path for name in implied)
    ]
    strange = [v for v in said if squeezed(v.text) not in everything and not is_in(v.text, data)]
    assert [v for v in strange if not any(squeezed(word) in everything for word in re.split(r"\W+", v.text))] == []


def test_every_standard_says_what_it_carries() -> None:
    assert {standard.name for standard in STANDARDS} <= set(CARRIES)
    assert {kind for way in PASSAGES for kind in way} <= set(CARRIES.values())


def test_the_pairs_lead_to_standards_that_can_be_written() -> None:
    assert {target for _, target in WAYS} <= set(WRITABLE)
    assert ("asycuda-sad", "wco-dm") in WAYS
    assert ("wco-res", "wco-dm") not in WAYS


def test_only_errors_of_ours_come_of_damaged_messages() -> None:
    for name, target in CASES[::4]:
        data = sample(name)
        for start in range(0, len(data), max(1, len(data) // 12)):
            try:
                done = convert(data[:start] + data[start + 40 :], target, PARTIAL)
            except CocketError:
                continue
            assert done.values == done.recovered + len(done.lost)


def test_a_lost_value_is_a_path_a_value_and_a_reason() -> None:
    assert Lost.__struct_fields__ == ("path", "value", "reason")
