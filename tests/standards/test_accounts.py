# SPDX-License-Identifier: Apache-2.0
"""The account: values with their paths, what texts mean, and a trial that tells cause from coincidence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from cocket.standards.accounts import Trial, Value, keys_of, values_of
from cocket.standards.xml import location_of


def test_values_are_texts_and_attributes_with_the_paths_of_findings() -> None:
    root = etree.fromstring(
        '<a xmlns:x="urn:x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="u v">'
        '<b> 1 </b><b/><x:c unit="KG" formatCode="102">2<null/></x:c><d>  </d></a>'
    )
    assert [(value.path, value.text) for value in values_of(root, "")] == [
        ("/a[1]/b[1]", "1"),
        ("/a[1]/x:c[1]/@unit", "KG"),
        ("/a[1]/x:c[1]", "2"),
    ]
    assert values_of(root, "")[2].path == location_of(root[2])


def test_rows_are_numbered_in_order() -> None:
    root = etree.fromstring("<ASYCUDA><t>0</t><Item><t>1</t></Item><Item><q><t>2</t></q></Item></ASYCUDA>")
    assert [(value.text, value.row) for value in values_of(root, "asycuda-sad")] == [("0", None), ("1", 0), ("2", 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12.50", "12.5"),
        ("2026-03-05", "20260305"),
        ("05/03/2026", "20260305093000Z"),
        ("3/5/2026", "2026-03-05T09:30:00"),
        ("a  B\n c", "A b C"),
        ("1", "true"),
        ("no", "0"),
    ],
)
def test_texts_of_one_meaning_share_it(one: str, other: str) -> None:
    assert keys_of(one) & keys_of(other)


@pytest.mark.parametrize(("one", "other"), [("12.50", "12.51"), ("007", "07x"), ("2026-03-05", "20260306")])
def test_texts_of_other_meaning_do_not(one: str, other: str) -> None:
    assert not keys_of(one) & keys_of(other)


SOURCE = "<ASYCUDA><total>7</total><Item><mass>7</mass><name>Fine Wool</name><code>4000</code></Item></ASYCUDA>"


def recovered(write: Callable[[etree._Element], list[Value]], source: str = SOURCE) -> set[str]:
    """The last names of the values that come back by a way of writing."""
    root = etree.fromstring(source)
    trial = Trial(root, "asycuda-sad", lambda: write(root), None)
    became = trial.outcome(write(root))
    assert etree.tostring(root).decode() == source, "the source is put back as it was"
    return {path.rpartition("/")[2].partition("[")[0] for path, value in became.items() if value.misfit is None}


def test_an_equal_value_from_elsewhere_is_not_taken_for_it() -> None:
    assert recovered(lambda root: [Value("/t", root.findtext("Item/mass") or "", 0)]) == {"mass"}
    assert recovered(lambda _: [Value("/t", "7", 0)]) == set()


def test_a_text_in_parts_and_a_part_of_a_text_are_found() -> None:
    def write(root: etree._Element) -> list[Value]:
        code, name = root.findtext("Item/code") or "", root.findtext("Item/name") or ""
        return [Value("/a", code[:2], 0), Value("/b", code[2:], 0), Value("/c", f"{name}; and more", 0)]

    assert recovered(write) == {"code", "name"}


def test_a_part_that_is_lost_loses_the_whole() -> None:
    assert recovered(lambda root: [Value("/a", (root.findtext("Item/code") or "")[:2], 0)]) == set()


def test_a_value_is_used_once() -> None:
    source = "<ASYCUDA><Item><n>7</n><n>7</n></Item></ASYCUDA>"
    root = etree.fromstring(source)
    trial = Trial(root, "asycuda-sad", lambda: [Value("/t", root.findtext("Item/n") or "", 0)], None)
    assert len(trial.outcome([Value("/t", "7", 0)])) == 1


def test_a_value_of_one_item_is_not_found_in_another() -> None:
    assert recovered(lambda root: [Value("/t", root.findtext("Item/mass") or "", 1)]) == set()


def test_a_source_that_cannot_be_converted_once_changed_has_decided_the_outcome() -> None:
    root = etree.fromstring("<ASYCUDA><kind>IM</kind></ASYCUDA>")
    assert set(Trial(root, "asycuda-sad", lambda: None, None).outcome([Value("/t", "IM")])) == {"/ASYCUDA[1]/kind[1]"}


def test_a_value_the_target_has_no_room_for_became_that() -> None:
    root = etree.fromstring("<ASYCUDA><kind>IM 4</kind></ASYCUDA>")

    def again() -> list[Value]:
        return [Value("", root.findtext("kind") or "", misfit="too long")]

    assert Trial(root, "asycuda-sad", again, None).outcome(again())["/ASYCUDA[1]/kind[1]"].misfit == "too long"
