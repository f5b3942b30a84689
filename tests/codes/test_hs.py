# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.codes import HsCode


def test_a_tariff_line_knows_its_chapter_heading_and_subheading() -> None:
    code = HsCode.parse("8703.23.90 00")
    assert code is not None
    assert (code.digits, code.chapter, code.heading, code.subheading) == ("8703239000", "87", "8703", "870323")


def test_a_short_code_has_no_longer_parts() -> None:
    chapter, heading = HsCode.parse("87"), HsCode.parse("8703")
    assert chapter is not None and heading is not None
    assert (chapter.heading, chapter.subheading) == (None, None)
    assert (heading.heading, heading.subheading) == ("8703", None)


@pytest.mark.parametrize(
    "text", ["", "8", "870", "87032", "8703239", "8703239000000", "00", "0012", "87A3", "８７０３"]
)
def test_what_has_not_the_shape_is_none(text: str) -> None:
    assert HsCode.parse(text) is None


@pytest.mark.parametrize(
    ("text", "realm"),
    [("0101", "harmonized"), ("97", "harmonized"), ("7701", "reserved"), ("98", "national"), ("99999999", "national")],
)
def test_chapters_tell_who_may_use_them(text: str, realm: str) -> None:
    code = HsCode.parse(text)
    assert code is not None
    assert code.realm == realm


@given(st.text(max_size=14))
def test_no_text_raises(text: str) -> None:
    code = HsCode.parse(text)
    assert code is None or code.digits.startswith(code.chapter)
