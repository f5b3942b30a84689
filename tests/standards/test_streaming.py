# SPDX-License-Identifier: Apache-2.0
"""A large message in parts: the same verdict as of the whole at once, and nothing kept of a part that is over."""

from __future__ import annotations

import gc
import tracemalloc
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from cocket import standards
from cocket.errors import SenderError, UnreadableError
from cocket.findings import Finding
from cocket.model import Manifest, Reading
from cocket.standards import Options
from cocket.standards.asycuda.manifest.tally import Names
from cocket.standards.parts import InOrder, XmlParts
from cocket.standards.streaming import check_stream, stream
from cocket.standards.xml import Limits
from tests.contracts.standard import mutants
from tests.corpora import corpora
from tests.standards.asycuda_samples import SAMPLES, changed, sample
from tests.standards.large_manifest import Flow, large_manifest

OURS = sorted((SAMPLES / "asycuda-awmds").glob("*.xml"))


def told(reading: Reading) -> tuple[object, ...]:
    """All that a reading says but its document."""
    return tuple(getattr(reading, name) for name in Reading.__struct_fields__ if name != "document")


def same(data: bytes, options: Options | None = None) -> bool:
    """Whether whole and in parts a message is judged the same."""
    return told(standards.read(data, options)) == told(check_stream(BytesIO(data), options))


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_a_manifest_in_parts_says_what_it_says_at_once(path: Path) -> None:
    whole = standards.read(path.read_bytes())
    assert isinstance(whole.document, Manifest)
    streamed = stream(BytesIO(path.read_bytes()))
    assert isinstance(streamed.head, Manifest)
    assert streamed.head.bills == ()
    assert tuple(part.document for part in streamed) == whole.document.bills
    assert told(streamed.reading) == told(whole)
    rest = {"bills": (), "extensions": ()}
    assert msgspec.structs.replace(streamed.reading.document, **rest) == msgspec.structs.replace(whole.document, **rest)


def test_the_synthetic_manifests_are_judged_the_same() -> None:
    paths = sorted(corpora("host", "asycuda-synthetic", "manifest").glob("*.xml"))
    assert paths
    assert all(same(path.read_bytes()) for path in paths)


def test_damaged_manifests_are_judged_the_same() -> None:
    originals = [path.read_bytes() for path in OURS]
    judged = unreadable = 0
    for mutant in mutants(originals, 1500, seed=7):
        whole, parts = standards.read(mutant), check_stream(BytesIO(mutant))
        assert whole.outcome == parts.outcome
        if whole.standard is None:
            unreadable += 1
            continue
        judged += 1
        assert told(parts) == told(whole)
    assert judged > 500
    assert unreadable > 100


@pytest.mark.parametrize("limit", [0, 1, 3, 5, 100])
def test_findings_are_cut_at_the_same_place_with_the_same_count(limit: int) -> None:
    faulty = changed(
        sample("awmds-masters-and-houses"),
        {
            "Bol_segment/Bol_id/Bol_nature": "99",
            "Bol_segment/Traders_segment/Exporter/Exporter_name": "A" * 36,
            "Bol_segment/Bol_id/Bol_reference": "SAME",
            "General_segment/Totals_segment/*": "1.5",
        },
    )
    assert same(faulty, Options(limit=limit))


def test_each_part_has_its_own_findings_with_its_own_place() -> None:
    faulty = changed(sample("awmds-masters-and-houses"), {"Bol_segment[4]/Bol_id/Bol_nature": "99"})
    streamed = stream(BytesIO(faulty))
    found = {part.position: [finding.location for finding in part.findings] for part in streamed}
    assert found == {1: [], 2: [], 3: [], 4: ["/Awmds[1]/Bol_segment[4]/Bol_id[1]/Bol_nature[1]"], 5: []}
    assert streamed.findings == ()


def test_counts_and_totals_are_told_at_the_end_and_not_before() -> None:
    faulty = changed(sample("awmds-bangladesh"), {"General_segment/Totals_segment/Total_number_of_bols": "9"})
    streamed = stream(BytesIO(faulty))
    for attribute in ("findings", "reading"):
        with pytest.raises(SenderError, match="to its end"):
            getattr(streamed, attribute)
    assert [part.findings for part in streamed] == [(), ()]
    assert [finding.code for finding in streamed.findings] == ["manifest-bills-total"]


def test_a_part_that_is_empty_is_no_part_but_counts_as_a_place() -> None:
    data = sample("awmds-bangladesh").replace(b"<Bol_segment>", b"<Bol_segment/>\n<Bol_segment>", 1)
    assert [part.position for part in stream(BytesIO(data))] == [2, 3]
    assert same(data)


def test_what_stands_behind_the_bills_belongs_to_the_whole() -> None:
    data = Flow(large_manifest(100)).read()
    start, end = data.index(b"<General_segment>"), data.index(b"</General_segment>") + len(b"</General_segment>")
    moved = (data[:start] + data[end:]).replace(b"</Awmds>", data[start:end] + b"</Awmds>")
    streamed = stream(BytesIO(moved))
    assert isinstance(streamed.head, Manifest)
    assert streamed.head.voyage is None
    assert len(list(streamed)) == 100
    assert streamed.reading.reference == "XA210/LARGE1/2026-03-12"
    assert same(moved)


def test_a_manifest_without_bills_is_read() -> None:
    assert same(b"<Awmds><General_segment/></Awmds>")
    assert same(b"<Awmds>nothing</Awmds>")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "us-ascii"])
def test_encodings_are_those_of_a_whole_message(encoding: str) -> None:
    text = sample("awmds-bangladesh").decode()
    text = text.replace("SUGAR", "SUGAR" if encoding == "us-ascii" else "SUCRÉ")
    data = text.replace('encoding="UTF-8"', f'encoding="{encoding.removesuffix("-sig")}"').encode(encoding)
    assert standards.read(data).outcome == "accepted"
    assert same(data)
    assert told(check_stream(Flow(data[place : place + 1] for place in range(len(data))))) == told(standards.read(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"not XML",
        b"<Awmds>",
        b"<Awmds><Bol_segment></Awmds>",
        b"<Awmds></Awmds><Awmds/>",
        b"<!DOCTYPE Awmds><Awmds/>",
        b'<!DOCTYPE Awmds [<!ENTITY a "aaaa">]><Awmds><Bol_segment>&a;</Bol_segment></Awmds>',
        b"<!-- x --><!DOCTYPE Awmds SYSTEM 'file:///etc/passwd'><Awmds/>",
        b"<Awmds><Bol_segment>&undeclared;</Bol_segment></Awmds>",
        b'<?xml version="1.1"?><Awmds/>',
        b'<?xml version="1.0" encoding="utf-7"?><Awmds/>',
        b'<?xml version="1.0" encoding="us-ascii"?><Awmds><Bol_segment>\xe9</Bol_segment></Awmds>',
        b"<\0A\0w\0m\0d\0s\0/\0>\0",
        b"<Awmds><Bol_segment>" + b"<a>" * 300 + b"</a>" * 300 + b"</Bol_segment></Awmds>",
    ],
)
def test_what_is_refused_as_a_whole_is_refused_in_parts_with_the_same_code(data: bytes) -> None:
    whole, parts = standards.read(data), check_stream(BytesIO(data))
    assert parts.outcome == whole.outcome == "refused"
    assert [finding.code for finding in parts.findings] == [finding.code for finding in whole.findings]


def test_a_break_far_behind_ends_the_stream_where_it_is() -> None:
    data = Flow(large_manifest(300)).read().replace(b"</Awmds>", b"</Awmd>")
    taken = 0
    with pytest.raises(UnreadableError) as error:
        for _ in stream(BytesIO(data)):
            taken += 1
    assert taken > 200
    assert error.value.findings[0].code == "xml-not-well-formed"


def test_a_message_that_no_standard_reads_in_parts_is_told_so() -> None:
    for data in (b"<ASYCUDA/>", b"<Unknown/>"):
        reading = check_stream(BytesIO(data))
        assert [finding.code for finding in reading.findings] == ["standard-not-streamed"]
    wrapper = check_stream(BytesIO(b"<AsycudaWorld_Manifest/>"))
    assert [finding.code for finding in wrapper.findings] == ["manifest-unofficial"]


def test_the_caller_limits_the_whole() -> None:
    size = len(Flow(large_manifest(200)).read())
    assert check_stream(Flow(large_manifest(200)), size=size).outcome == "accepted"
    reading = check_stream(Flow(large_manifest(200)), size=size - 1)
    assert [finding.code for finding in reading.findings] == ["message-too-large"]


SMALL = Limits(size=50_000, elements=50, children=20, all_attributes=30, attributes=4, text=1_000)


@pytest.mark.parametrize(
    "part",
    [
        b"<p>" + b"<a/>" * 21 + b"</p>",
        b"<p>" + (b"<b>" + b"<a/>" * 15 + b"</b>") * 4 + b"</p>",
        b"<p><a " + b" ".join(b'a%d="1"' % n for n in range(5)) + b"/></p>",
        b"<p>" + b"<a b='1'/>" * 19 + b"<c>" + b"=" * 20 + b"</c></p>",
        b"<p><a>" + b"x" * 1_001 + b"</a></p>",
        b"<p a='" + b"x" * 1_001 + b"'/>",
        b"<p>" + b"<a>" + b"<b/>" * 10 + b" " * 300_000,
        (b"<q>" + b"y" * 900 + b"</q>") * 60,
    ],
    ids=["children", "elements", "attributes", "equal signs", "text", "attribute", "size", "outside the parts"],
)
def test_no_part_is_too_large_and_neither_is_what_is_no_part(part: bytes) -> None:
    def read(data: bytes) -> int:
        pieces = [data[place : place + 4096] for place in range(0, len(data), 4096)]
        return sum(1 for _ in XmlParts(pieces, lambda tag: tag == "p", SMALL))

    assert read(b"<r>" + b"<p><a>x</a></p>" * 500 + b"</r>") == 500
    with pytest.raises(UnreadableError) as error:
        read(b"<r><p><a>x</a></p>" + part + b"</r>")
    assert error.value.findings[0].code == "xml-too-large"


def test_a_large_manifest_is_clean_and_one_slip_in_it_is_found() -> None:
    assert check_stream(Flow(large_manifest(3_000))).findings == ()
    total, digit = check_stream(Flow(large_manifest(3_000, slip=2_345))).findings
    assert total.code == "manifest-containers-total"
    assert digit.code == "manifest-container-check-digit"
    assert str(digit.location).startswith("/Awmds[1]/Bol_segment[2345]/")
    assert standards.read(Flow(large_manifest(6_000)).read()).findings[0].code == "xml-too-large"


def test_what_is_kept_of_a_bill_is_a_few_bytes() -> None:
    check_stream(Flow(large_manifest(4_000)))  # fills the caches of numbers
    streamed = stream(Flow(large_manifest(4_000)))
    kept = {}
    tracemalloc.start()
    for part in streamed:
        if part.position in (1_000, 4_000):
            del part
            gc.collect()
            kept[len(kept)] = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept[1] - kept[0] < 3_000 * 64  # the text of a bill has 2,000


def test_nothing_of_a_bill_stays_in_the_tree() -> None:
    whole = Flow(large_manifest(500)).read()
    parts = XmlParts([whole[place : place + 1000] for place in range(0, len(whole), 1000)], lambda tag: "Bol" in tag)
    most = max(len(parts.root) for _ in parts)
    assert most <= 4
    assert len(parts.root) == 1


def test_findings_of_many_parts_come_rule_by_rule() -> None:
    one, two = (Finding(code=code, severity="warning", message="") for code in ("one", "two"))
    bag = InOrder(["one", "two"], limit=3)
    bag.extend([two, one, two, one, two])
    gathered = bag.gathered(before=[two])
    assert [finding.code for finding in gathered] == ["one", "one", "two"]
    assert gathered.left_out == 3


def test_a_set_of_names_forgets_none_while_it_grows() -> None:
    names = Names()
    assert all(names.add(f"B{number}") for number in range(2_000))
    assert not any(names.add(f"B{number}") for number in range(2_000))
    assert len(names) == 2_000
