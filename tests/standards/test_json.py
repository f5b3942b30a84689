# SPDX-License-Identifier: Apache-2.0
"""JSON as bytes: what is refused before any standard looks at it, and numbers that stay as they were."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import UnreadableError
from cocket.standards.json import CONTAINERS, DEPTH, SIZE, depth_of, looks_like_json, parse_json, write_json
from cocket.standards.json_shape import JsonShape, time_of
from tests.corpora import corpora


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":2}', "json-name-repeated"),
        (b'{"a":NaN}', "json-number"),
        (b'{"a":-Infinity}', "json-number"),
        (b'{"a":1e999}', "json-number"),
        (b'{"a":"\\ud800"}', "json-surrogate"),
        (b'{"a":1}{"b":2}', "json-not-well-formed"),
        (b'{"a":1,}', "json-not-well-formed"),
        ('{"a":1}'.encode("utf-16"), "json-encoding"),
        (b'{"a":"\xff"}', "json-encoding"),
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "json-too-deep"),
        (b"[" * 100_000 + b"]" * 100_000, "json-too-deep"),
        (b'"' + b"a" * SIZE + b'"', "json-too-large"),
        (b"[" + b"{}," * CONTAINERS + b"{}]", "json-too-large"),
    ],
)
def test_json_that_two_readers_could_take_for_two_things_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        parse_json(data)
    assert [each.code for each in caught.value.findings] == [code]


VALUES = st.recursive(
    st.none() | st.text(st.sampled_from('[]{}"\\\\é,:'), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[{"\\\\', max_size=3), inner, max_size=3),
)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


@given(VALUES, st.booleans())
def test_depth_is_known_from_the_marks_alone(value: Any, is_ascii: bool) -> None:
    assert depth_of(json.dumps(value, ensure_ascii=is_ascii).encode()) == _depth(value)


@given(VALUES, st.integers(0, 200), st.binary(max_size=4))
def test_after_a_fault_no_depth_is_missed_that_a_parser_met_before_it(value: Any, place: int, instead: bytes) -> None:
    """A parser goes no deeper than what stands before the fault, and that is counted whatever follows."""
    whole = json.dumps(value).encode()
    assert depth_of(whole[:place] + instead) >= depth_of(whole[:place])


def test_depth_is_bounded_however_far_the_process_may_recurse() -> None:
    """In a process of its own: where recursion has no limit, going down would end the process, not the test."""
    asked = (
        "import sys; sys.setrecursionlimit(10**9)\n"
        "from cocket.errors import CocketError\n"
        "from cocket.measures.permits.reading import read_matrix\n"
        "from cocket.risk.classify.examples import read_examples\n"
        "from cocket.standards.certificates.strict import read_json\n"
        "from cocket.standards.json import parse_json\n"
        "deep = b'[' * 1_000_000\n"
        "for read in (parse_json, read_json, lambda one: read_matrix(one, 'json'), lambda one: read_examples('e', one)):\n"
        "    try: read(deep)\n"
        "    except CocketError as error: print(type(error).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["UnreadableError"] * 4), done.stderr[-500:]


def test_numbers_are_written_as_they_were_read() -> None:
    data = b'{"a":12.50,"b":1E+2,"c":' + b"9" * 5000 + b',"d":-0.1,"e":7}'
    value = parse_json(data)
    assert value["a"] == Decimal("12.50") and str(value["a"]) == "12.50"
    assert write_json(value) == data


def test_a_byte_order_mark_is_no_part_of_the_message() -> None:
    assert looks_like_json(b'\xef\xbb\xbf {"a":1}')
    assert parse_json(b'\xef\xbb\xbf {"a":1}') == {"a": 1}


def test_the_public_suite_of_json_is_judged_as_it_is_labelled() -> None:
    wrong = []
    for path in sorted(corpora("hostile", "json-testsuite", "test_parsing").glob("[yn]_*.json")):
        try:
            parse_json(path.read_bytes())
            is_taken = True
        except UnreadableError:
            is_taken = False
        if is_taken is not path.name.startswith("y_"):
            wrong.append(path.name)
    # A name twice is sound JSON and is refused here on purpose.
    assert wrong == ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"]


TABLE = """
Box closed
  name ? text 2..3 /^[A-Z]+$/
  kind 1 code A B
  size ? number >0..10
  tags ? [1..2] set text
  day ? date
  at ? time
  ! name | size tags

Either
  & Box|Bag

Bag
  kind 1 code C
"""


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        ({"kind": "A", "name": "AB"}, []),
        ({"kind": "A", "size": Decimal("0.1"), "tags": ["x"]}, []),
        ({"kind": "A", "size": 3}, [("missing", "")]),
        ({"kind": "C", "name": "AB"}, [("code", "/kind")]),
        ({"name": "AB"}, [("missing", "/kind")]),
        ({"kind": "A", "name": "A"}, [("length", "/name")]),
        ({"kind": "A", "name": "ab"}, [("pattern", "/name")]),
        ({"kind": "A", "name": 7}, [("type", "/name")]),
        ({"kind": "A", "size": 0, "tags": ["x"]}, [("range", "/size")]),
        ({"kind": "A", "size": True, "tags": ["x"]}, [("type", "/size")]),
        ({"kind": "A", "size": 1, "tags": []}, [("count", "/tags")]),
        ({"kind": "A", "size": 1, "tags": ["x", "x"]}, [("repeated", "/tags")]),
        ({"kind": "A", "name": "AB", "day": "2026-02-30"}, [("type", "/day")]),
        ({"kind": "A", "name": "AB", "at": "2026-02-28T10:00Z"}, [("type", "/at")]),
        ({"kind": "A", "name": "AB", "x/y": 1}, [("unexpected", "/x~1y")]),
        ([], [("type", "")]),
    ],
)
def test_each_fault_is_told_with_its_place(value: object, faults: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.pointer) for each in JsonShape(TABLE).faults(value, "Box")] == faults


def test_of_several_classes_the_nearest_tells_its_faults() -> None:
    shape = JsonShape(TABLE)
    assert not list(shape.faults({"kind": "C"}, "Either"))
    assert [each.pointer for each in shape.faults({"kind": "A"}, "Either")] == [""]


def test_a_table_that_names_what_there_is_not_is_no_table() -> None:
    with pytest.raises(KeyError):
        JsonShape("Box\n  a ? Crate")


def test_a_time_needs_its_offset_and_may_lack_its_seconds() -> None:
    assert time_of("2026-11-24T10:00:00.1234567Z") is not None
    assert time_of("2026-11-24T10:00+03:00") is not None
    assert time_of("2026-11-24T10:00:00") is None
    assert time_of("2026-11-24T25:00:00Z") is None
    assert time_of("٢026-11-24T10:00:00Z") is None
